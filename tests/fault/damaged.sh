# Damage on the disk: flipped bits and lost ends of the ledger, a lost log of SQLite, objects that were changed or are
# gone. A run either ends well with the same results as ever or says what is damaged; it never crashes and is never wrong.
. "$(dirname "$0")/lib.sh"
write_study calm && "$RUNG" run calm >/dev/null 2>err || die "the undisturbed run: $(cat err)"
results_sum calm >calm.sum
rm -f calm/.rung/fresh
again() { [ ! -e s ] || { chmod -R u+w s; rm -rf s; }; cp -a calm s; }
flip() { perl -e 'my ($file, $n, $seed) = @ARGV; srand $seed; open my $f, "+<", $file or die; my $size = -s $f;
	for (1 .. $n) { my $at = int rand $size; seek $f, $at, 0; read $f, my $b, 1; seek $f, $at, 0; print $f chr(ord($b) ^ 1 << int rand 8) }' "$@"; }
good=0 told=0
look() { # what: the run, its exit code and what it said
	"$RUNG" run -q s >/dev/null 2>err
	code=$?
	case $code in
	0)
		results_sum s >s.sum
		cmp -s calm.sum s.sum || die "$1: the results differ: $(diff calm.sum s.sum)"
		good=$((good + 1)) ;;
	2)
		grep -qE 'the store is damaged|malformed|not a database|store cannot be used|damaged' err || die "$1: $(cat err)"
		told=$((told + 1)) ;;
	*) die "$1: exit $code: $(cat err)" ;;
	esac
}
for seed in 1 2 3 4 5 6 7 8; do
	again
	rm -f s/results/by_size.csv
	flip s/.rung/ledger.db $((seed % 4 ? 30 : 2)) "$seed"
	look "flipped bits, seed $seed"
done
size=$(stat -c %s calm/.rung/ledger.db)
for part in 0 4 9; do
	again
	truncate -s $((size * part / 10)) s/.rung/ledger.db
	look "a ledger cut to $part tenths"
done
again
printf 'no database, but long enough to have a header of one hundred bytes, so that somebody looks at what is in it' >s/.rung/ledger.db
"$RUNG" run s 2>err && die "a ledger of rubbish passed"
grep -qF 'error: the store is damaged:' err && grep -qF 'ledger.db: file is not a database' err || die "rubbish: $(cat err)"
grep -qF 'hint: move ledger.db, ledger.db-wal and ledger.db-shm to another folder and run again' err || die "no remedy: $(cat err)"
mkdir away && mv s/.rung/ledger.db* away
look "a ledger that was moved away"
for memo in lock stat present fresh; do head -c 5000 /dev/urandom >s/.rung/$memo; done
look "memos of rubbish"

again
objects=($("$RUNG" query -C s --csv 'select distinct digest from artifacts order by digest' 2>/dev/null | sed -nE 's#^([0-9a-f]{2})([0-9a-f]{62}).*#objects/\1/\2#p'))
[ ${#objects[@]} -gt 40 ] || die "only ${#objects[@]} outputs"
for i in 3 20 40; do f=s/.rung/${objects[$i]}; chmod u+w "$f"; printf '#' | dd of="$f" conv=notrunc status=none; chmod a-w "$f"; done
for i in 10 30; do rm -f "s/.rung/${objects[$i]}"; done
"$RUNG" verify -C s >out 2>err && die "verify saw nothing"
for i in 3 20 40; do grep -q "^corrupt ${objects[$i]}: .*, output " out || die "${objects[$i]} is not named as corrupt: $(cat out)"; done
for i in 10 30; do grep -q "^missing ${objects[$i]}: .*, output " out || die "${objects[$i]} is not named as missing: $(cat out)"; done
"$RUNG" verify -C s --repair >out 2>err || die "repair: $(cat out err)"
look "repaired objects"
"$RUNG" verify -C s >out 2>err || die "verify after the repair and the run: $(cat out)"

again # the log of a run that was killed is lost
chmod -R u+w s/.rung; rm -rf s/.rung s/results
"$RUNG" run -q -j2 s 2>err &
pid=$!
until [ -s s/.rung/ledger.db-wal ] || ! kill -0 "$pid" 2>/dev/null; do :; done
kill -9 "$pid" 2>/dev/null
wait "$pid" 2>/dev/null
rm -f s/.rung/ledger.db-wal s/.rung/ledger.db-shm
look "a lost log"
echo "$good runs ended well with the same results, $told said that the ledger is damaged; changed and missing objects were named and made again"
