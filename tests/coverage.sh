#!/bin/bash
# Lines of engine/ and dsl/ that unit tests and golden cases reach; at least 85 %.
set -u
cd "$(dirname "$0")/.." || exit 1
build=build/coverage
cmake --preset coverage >/dev/null && cmake --build --preset coverage -j "$(nproc)" >"$build.log" 2>&1 || { tail -n 30 "$build.log"; exit 1; }
find "$build" -name '*.gcda' -delete
tests/unit/run.sh "$build" || exit 1
RUNG=$PWD/$build/rung tests/cases/run.sh -j"$(nproc)" || exit 1
gcovr --root . --object-directory "$build" --filter 'engine/' --filter 'dsl/' --exclude-unreachable-branches \
	--gcov-ignore-parse-errors >"$build/report.txt" 2>"$build/gcovr.log" || { tail -n 5 "$build/gcovr.log"; exit 1; }
awk '/^(engine|dsl)\// { print $1, $4 } ' "$build/report.txt" | sort -k2 -t' ' | head -n 20
total=$(awk '/^TOTAL/ { sub("%", "", $4); print $4 }' "$build/report.txt")
echo "coverage of lines in engine/ and dsl/: $total %"
if [ "${total:-0}" -ge 85 ]; then echo "1 passed, 0 failed"; else echo "below 85 %"; echo "0 passed, 1 failed"; exit 1; fi
