#!/bin/sh
# Runs every unit test of a build folder; ends with `N passed, M failed`. Counts cmocka's own tests.
set -u
build=$1
passed=0 failed=0 skipped=0
out=$(mktemp)
trap 'rm -f "$out"' EXIT
for t in "$build"/tests/test_*; do
	[ -x "$t" ] && [ -f "$t" ] || continue
	if timeout 300 "$t" >"$out" 2>&1; then
		:
	else
		echo "--- $(basename "$t") failed:"
		grep -vE '^\[ +(OK|RUN) ' "$out" | tail -n 60
		grep -q '^\[  FAILED' "$out" || failed=$((failed + 1))
	fi
	passed=$((passed + $(grep -c '^\[       OK' "$out")))
	skipped=$((skipped + $(grep -cE '^\[  SKIPPED \] [a-z_0-9]+$' "$out")))
	failed=$((failed + $(grep -E '^\[  FAILED  \] [a-z_0-9]+$' "$out" | sort -u | wc -l))) # cmocka names them twice
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
