# kill -9 of the coordinator and of any child at random moments: the results are byte-identical to an undisturbed run,
# verify is clean, nothing needs unlocking.
. "$(dirname "$0")/lib.sh"
kills=${KILLS:-200}
write_study calm && write_study storm
"$RUNG" run calm >/dev/null 2>calm.err || die "the undisturbed run: $(cat calm.err)"
results_sum calm >calm.sum
RANDOM=${SEED:-4711}
coordinators=0 children=0 rounds=0
while [ $((coordinators + children)) -lt "$kills" ]; do
	"$RUNG" run -j2 storm >/dev/null 2>storm.err &
	pid=$!
	while kill -0 "$pid" 2>/dev/null && [ $((coordinators + children)) -lt "$kills" ]; do
		perl -e 'select undef, undef, undef, $ARGV[0] / 1000' $((RANDOM % 60))
		if [ $((RANDOM % 2)) = 0 ]; then
			kill -9 "$pid" 2>/dev/null && coordinators=$((coordinators + 1))
			break
		fi
		victims=($(pgrep -P "$pid"))
		[ ${#victims[@]} -gt 0 ] || continue
		kill -9 "${victims[RANDOM % ${#victims[@]}]}" 2>/dev/null && children=$((children + 1))
	done
	wait "$pid" 2>/dev/null
	code=$?
	case $code in 0 | 1 | 137) ;; *) die "exit $code: $(cat storm.err)" ;; esac
	if [ "$code" = 0 ]; then # finished in spite of it: check, then from nothing again
		results_sum storm >storm.sum
		cmp -s calm.sum storm.sum || die "results differ: $(diff calm.sum storm.sum)"
		"$RUNG" verify -C storm >verify.out 2>&1 || die "verify: $(cat verify.out)"
		chmod -R u+w storm/.rung; rm -rf storm/.rung storm/results
		rounds=$((rounds + 1))
	fi
done
"$RUNG" run storm >/dev/null 2>storm.err || die "the last run: $(cat storm.err)"
results_sum storm >storm.sum
cmp -s calm.sum storm.sum || die "results differ: $(diff calm.sum storm.sum)"
"$RUNG" verify -C storm >verify.out 2>&1 || die "verify: $(cat verify.out)"
echo "$coordinators coordinators and $children children killed over $((rounds + 1)) studies; results identical, verify clean"
