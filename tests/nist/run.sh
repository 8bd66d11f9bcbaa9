#!/bin/sh
# Runs every program of a build folder that compares with NIST's certified values and prints the digits each reached.
# Ends with `N passed, M failed, K skipped`, the sum over the programs.
set -u
build=${1:-build/dev}
passed=0 failed=0 skipped=0 ran=0
out=$(mktemp)
trap 'rm -f "$out"' EXIT
for t in "$build"/tests/nist_*; do
	[ -x "$t" ] && [ -f "$t" ] || continue
	ran=$((ran + 1))
	echo "== $(basename "$t")"
	timeout 300 "$t" >"$out" 2>&1
	code=$?
	cat "$out"
	if line=$(tail -n 1 "$out" | grep -E '^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$'); then
		# shellcheck disable=SC2086 # the words are wanted
		set -- $(echo "$line" | tr -d ,)
		passed=$((passed + $1)) failed=$((failed + $3)) skipped=$((skipped + $5))
		[ "$code" -eq 0 ] || [ "$3" -gt 0 ] || failed=$((failed + 1))
	else
		echo "$(basename "$t") did not finish: status $code"
		failed=$((failed + 1))
	fi
done
[ "$ran" -gt 0 ] || echo "no programs in $build/tests; build it first: cmake --preset dev && cmake --build --preset dev"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$ran" -gt 0 ]
