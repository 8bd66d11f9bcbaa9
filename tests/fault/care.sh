# gc beside a run and killed in the middle; what it keeps. Over a thousand tasks leave neither descriptors nor zombies.
. "$(dirname "$0")/lib.sh"
write_gc() { mkdir -p s && cat >s/study.yaml <<YAML
study: care
language: 1
axes: {i: {from: 1, to: 20}}
steps:
  a: {each: [i], run: 'echo \${i} $1 > \${out.x}', out: {x: x}}
  b: {each: [i], run: 'cat \${a} \${a} > \${out.y}', out: {y: y}, save: 'results/\${i}'}
YAML
}
for version in one two three; do
	write_gc $version
	"$RUNG" run s -q 2>err || die "version $version: $(cat err)"
done
count() { "$RUNG" query -C s --csv 'select count(*) from results' 2>/dev/null | tail -n 1; }
[ "$(count)" = 120 ] || die "$(count) results before gc"
"$RUNG" gc s --keep-runs 2 2>err >out || die "gc: $(cat err)"
grep -q 'would remove 40 results' err && [ "$(count)" = 120 ] || die "the dry gc: $(cat err)"
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
	"$RUNG" gc s --keep-runs 2 --delete >/dev/null 2>&1 &
	pid=$!
	perl -e 'select undef, undef, undef, $ARGV[0] / 1000' $((i % 6))
	kill -9 "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	"$RUNG" verify -C s >out 2>err || die "gc killed the $i. time: $(cat out err)"
done
"$RUNG" gc s --keep-runs 2 --delete >out 2>err || die "gc after it was killed: $(cat err)"
[ "$(count)" = 80 ] || die "$(count) results after --keep-runs 2"
write_gc one
"$RUNG" plan s 2>&1 | grep -q ' 0 known' || die "the oldest results are still there: $("$RUNG" plan s 2>&1)"
write_gc two
"$RUNG" gc s --keep-runs 0 --delete >out 2>err || die "gc --keep-runs 0: $(cat err)"
[ "$(count)" = 40 ] || die "$(count) results after --keep-runs 0: $(cat err)"
"$RUNG" run s -q 2>err && grep -q '40 cached, ran 0' err || die "what the study needs was removed: $(cat err)"

mkdir t && cat >t/study.yaml <<'YAML'
study: many
language: 1
axes: {i: {from: 1, to: 300}}
steps:
  a: {each: [i], run: 'echo ${i} | tee ${out.x}; test ${i % 50} != 0', out: {x: x}, metrics: {v: tonumber(stdout)}}
  s: {each: [i], run: 'setsid -f sh -c "sleep 9; : $RUNG_ATTEMPT_DIR"; echo ${i}', timeout: 1m}
  b: {each: [i], run: 'cat ${a} > ${out.y}', out: {y: y}}
  w: {each: [i], aggregate: {of: a, by: [i], v: [mean]}}
YAML
mkfifo events
"$RUNG" run t -j 3 --json >events 2>err &
pid=$!
n=0 early=0 late=0 zombies=0
while read -r line; do
	n=$((n + 1))
	[ $((n % 50)) = 0 ] || continue
	now=$(ls /proc/$pid/fd 2>/dev/null | wc -l)
	if [ "$n" -le 1000 ]; then [ "$now" -gt "$early" ] && early=$now; else [ "$now" -gt "$late" ] && late=$now; fi
	now=$(ps --ppid "$pid" -o stat= | grep -c Z)
	[ "$now" -gt "$zombies" ] && zombies=$now
	case $line in *'"finished"'*) break ;; esac
done <events
wait "$pid"
[ $? = 1 ] || die "many tasks: $(tail -n 5 err)"
[ "$n" -gt 2000 ] || die "only $n events"
[ "$late" -le $((early + 3)) ] || die "descriptors grew from $early to $late"
[ "$zombies" -le 12 ] || die "$zombies zombies at once"
! pgrep -f "$PWD/t/.rung/attempts" >left || die "left behind: $(cat left)"
mkfifo gate && cat >s/study.yaml <<'YAML'
study: care
language: 1
steps: {a: {run: 'touch ../up; cat ../gate > ${out.x}', out: {x: x}}}
YAML
"$RUNG" run s -q 2>err &
pid=$!
until [ -e up ]; do :; done
"$RUNG" gc s --delete >out 2>gc.err
[ $? = 4 ] || die "gc beside a run: $(cat gc.err)"
grep -q "another run holds the store: pid $pid on" gc.err || die "gc beside a run: $(cat gc.err)"
"$RUNG" gc s >out 2>gc.err && "$RUNG" verify -C s >out 2>gc.err || die "a look beside a run: $(cat gc.err)"
echo >gate
wait "$pid" || die "the run beside gc: $(cat err)"
"$RUNG" verify -C s >out 2>err || die "verify at the end: $(cat out)"
echo "gc keeps what runs and study need, 12 times killed; beside a run it says who holds the store; $n events, $early then $late descriptors"
