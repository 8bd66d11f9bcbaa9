# A full disk ends the run with a clear error and loses nothing; with room again the rerun goes on.
. "$(dirname "$0")/lib.sh"
[ "$(id -u)" = 0 ] || { echo "skip: needs root to mount a small tmpfs"; exit 1; }
write_study calm && "$RUNG" run calm >/dev/null 2>&1 || die "the undisturbed run"
mkdir small && mount -t tmpfs -o size=700k tmpfs small 2>/dev/null || { echo "skip: cannot mount a tmpfs"; exit 1; }
write_study small
"$RUNG" run small >/dev/null 2>err
code=$?
[ "$code" = 2 ] || die "exit $code instead of 2: $(cat err)"
grep -qi 'no space left' err || die "the message does not name the cause: $(cat err)"
grep -qi 'hint' err || die "no hint: $(cat err)"
mount -o remount,size=50m small || die "remount"
"$RUNG" run small >/dev/null 2>err || die "the rerun: $(cat err)"
[ "$(results_sum calm)" = "$(results_sum small)" ] || die "results differ"
"$RUNG" verify -C small >/dev/null 2>err || die "verify: $(cat err)"
echo "700 kB were too small: exit 2 with the cause; with room again the rerun ended well and verify is clean"
