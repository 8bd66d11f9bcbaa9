# Cpus, memory, graphics cards and pools are never over-subscribed: every command writes to one log when it begins and when
# it ends, and the sums over those between are checked. Work with the same key is done once. A failure stops only what
# needs it; with --fail-fast nothing more is started; a retry says why and waits longer each time.
. "$(dirname "$0")/lib.sh"
mkdir s && cat >s/study.yaml <<'YAML'
study: shares
language: 1
pools: {licence: 2}
axes: {i: {from: 1, to: 12}}
steps:
  one: {each: [i], run: 'sh ../take one ${i}'}
  two: {each: [i], run: 'sh ../take two ${i}', resources: {cpus: 2}}
  half: {each: [i], run: 'sh ../take half ${i}', resources: {cpus: 0.5}}
  big: {each: [i], run: 'sh ../take big ${i}', resources: {cpus: 0.1, memory: 800MiB}}
  card: {each: [i], run: 'sh ../take card ${i}', resources: {cpus: 0.1, gpus: 1}}
  licensed: {each: [i], run: 'sh ../take licensed ${i}; test ${i % 4} != 0', resources: {cpus: 0.1, pools: {licence: 1}}, retry: 1}
  both: {each: [i], run: 'sh ../take both ${i}', resources: {cpus: 1, gpus: 0.5, pools: {licence: 2}}}
YAML
cat >take <<'SH'
echo "+ $1" >>../log
perl -e 'select undef, undef, undef, rand(0.01)'
echo "- $1" >>../log
SH
"$RUNG" run s -j 4 --memory 2GiB --gpus 2 2>err
grep -q 'ran 81, 3 failed' err || die "what ran: $(tail -n 3 err)"
awk '
BEGIN {
	split("one 1 0 0 0,two 2 0 0 0,half .5 0 0 0,big .1 800 0 0,card .1 0 1 0,licensed .1 0 0 1,both 1 0 .5 2", kinds, ",")
	for (k in kinds) { split(kinds[k], w, " "); for (j = 2; j <= 5; j++) need[w[1], j] = w[j] }
	split("- 4 2048 2 2", most, " "); split("- cpus memory gpus licence", name, " ")
}
{
	for (j = 2; j <= 5; j++) {
		used[j] += ($1 == "+" ? 1 : -1) * need[$2, j]
		if (used[j] > peak[j]) peak[j] = used[j]
		if (used[j] > most[j] + 1e-9) { print "line " NR ": " used[j] " " name[j] " of " most[j]; bad = 1 }
	}
}
END {
	for (j = 2; j <= 5; j++) { printf "%s%s %g of %g", (j > 2 ? ", " : ""), name[j], peak[j], most[j]; if (peak[j] < most[j] / 2) bad = 1 }
	print ""; exit bad
}' log >peaks || die "over-subscribed, or hardly used: $(cat peaks)"
[ "$(grep -c '^+' log)" = 87 ] || die "$(grep -c '^+' log) attempts instead of 84 and 3 retries"

mkdir same && cat >same/study.yaml <<'YAML'
study: same
language: 1
axes: {i: {from: 1, to: 20}}
steps:
  work: {each: [i], run: 'echo once >> ../times; echo result > ${out.x}', out: {x: x}}
  read: {each: [i], run: 'cat ${work} > ${out.y}; echo ${i} >> ${out.y}', out: {y: y}}
YAML
"$RUNG" run same -q -j 8 2>err || die "the same work: $(cat err)"
[ "$(wc -l <times)" = 1 ] || die "the same work was done $(wc -l <times) times"
grep -q '40 tasks, 19 cached, ran 21' err || die "the same work: $(cat err)"

mkdir fail && cat >fail/study.yaml <<'YAML'
study: fail
language: 1
axes: {i: {from: 1, to: 6}}
steps:
  bad: {run: 'echo "try no $(wc -l < ../tries)"; echo >> ../tries; exit 7', retry: 3}
  below: {run: 'true', needs: [bad]}
  other: {each: [i], run: 'echo ${i} >> ../others'}
YAML
echo >tries
RUNG_BACKOFF_MS=8 "$RUNG" run fail -j 1 --json >events 2>/dev/null && die "it was to fail"
[ "$(wc -l <others)" = 6 ] || die "a failure stopped what does not need it"
grep -c '"event":"retry"' events | grep -qx 3 || die "not 3 retries: $(cat events)"
grep '"event":"retry"' events | grep -q '"detail":"exit code 7"' || die "a retry without its reason: $(cat events)"
grep -o '"event":"retry".*' events | sed 's/.*"seconds":\([0-9.e-]*\).*/\1/' |
	awk '{ low = 0.008 * 2 ^ (NR - 1) * 0.75; high = low * 5 / 3; if ($1 < low - 1e-9 || $1 > high + 1e-9) { print "wait " NR " is " $1 " s"; exit 1 } }' >waits ||
	die "the waits do not double: $(cat waits)"
grep -qF '{"event":"blocked","task":"below","detail":"bad"}' events || die "not blocked with its reason: $(cat events)"
grep -q '"ran":6,"cached":0,"failed":1,"blocked":1' events || die "what ran: $(tail -n 1 events)"
sed -i 's/, retry: 3//' fail/study.yaml
rm others; echo >tries
"$RUNG" run fail -j 1 --fail-fast --force bad --force other -q 2>err && die "it was to fail fast"
[ ! -e others ] || die "--fail-fast started $(wc -l <others) more"
grep -q 'ran 0, 1 failed, 1 blocked, 6 not reached' err || die "--fail-fast: $(cat err)"
echo "peaks: $(cat peaks); 20 equal tasks ran once; 3 retries with reason and doubled waits; a failure stops only what needs it"
