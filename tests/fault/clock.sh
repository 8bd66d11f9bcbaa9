# A wall clock that goes backwards: the same results, durations that are none the worse, nothing run twice, nothing lost by gc.
. "$(dirname "$0")/lib.sh"
here=$(cd "$(dirname "$0")" && pwd)
cc -shared -fPIC -o clock_back.so "$here/clock_back.c" || { echo "skip: no compiler"; exit 1; }
write_study calm && "$RUNG" run calm >/dev/null 2>&1 || die "the undisturbed run"
write_study back
LD_PRELOAD=$PWD/clock_back.so "$RUNG" run back >/dev/null 2>err || die "the run: $(cat err)"
[ "$(results_sum calm)" = "$(results_sum back)" ] || die "results differ"
"$RUNG" query -C back --csv 'select count(*) from attempts where not seconds between 0 and 60' 2>/dev/null | tail -n 1 | grep -qx 0 ||
	die "attempts of odd length: $("$RUNG" query -C back 'select task, seconds from attempts where not seconds between 0 and 60 limit 3' 2>&1)"
LD_PRELOAD=$PWD/clock_back.so "$RUNG" gc back --delete >/dev/null 2>err || die "gc: $(cat err)"
"$RUNG" run back 2>err >/dev/null && grep -q 'cached, ran 0' err || die "the rerun: $(cat err)"
"$RUNG" verify -C back >out 2>err || die "verify: $(cat out)"
echo "a clock that goes back by 37 s at every look changes neither results nor durations"
