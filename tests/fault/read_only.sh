# A store that cannot be written: a clear error, nothing lost, reading still works.
. "$(dirname "$0")/lib.sh"
[ "$(id -u)" = 0 ] || { echo "skip: needs root to mount read-only"; exit 1; }
write_study s && "$RUNG" run s >/dev/null 2>&1 || die "the first run"
mkdir s2 && mount --bind s s2 2>/dev/null && mount -o remount,ro,bind s2 || { echo "skip: cannot bind-mount"; exit 1; }
"$RUNG" run s2 -s unknown=1 >/dev/null 2>&1 && die "an unknown param passed"
rm -f s/.rung/fresh s/results/by_size.csv
"$RUNG" run s2 >/dev/null 2>err
code=$?
[ "$code" = 2 ] || die "exit $code instead of 2: $(cat err)"
grep -qi 'read-only' err || die "the message does not name the cause: $(cat err)"
"$RUNG" status -C s2 >out 2>err || die "status on a read-only store: $(cat err)"
"$RUNG" verify -C s2 >out 2>err || die "verify on a read-only store: $(cat err)"
umount s2
"$RUNG" run s --json 2>/dev/null | tail -n 1 | grep -q '"ran":0,' || die "the rerun had to run something"
echo "exit 2 with the cause; status and verify read it; writable again: ran 0"
