#!/bin/bash
# Runs every fuzz target of a build for some seconds each, from the kept corpus; ends with `N passed, M failed`.
# tests/fuzz/run.sh BUILD SECONDS
set -u
build=$1 seconds=${2:-60}
here=$(cd "$(dirname "$0")" && pwd)
passed=0 failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
one() {
	local target=$1 name=$2 found=$work/$2
	mkdir -p "$found" "$here/corpus/$name"
	if [ "$name" = fuzz_study ]; then # every golden case and every study that ships is a seed
		for f in "$here"/../cases/*/study.yaml "$here"/../../studies/*/study.yaml; do
			[ "$(wc -c <"$f")" -gt 8192 ] || cp "$f" "$found/$(basename "$(dirname "$f")")"
		done
	fi
	"$target" -seed=20261120 -max_total_time="$seconds" -timeout=20 -rss_limit_mb=4096 -max_len=8192 -print_final_stats=1 \
		-artifact_prefix="$found." "$found" "$here/corpus/$name" >"$work/$name.log" 2>&1
	echo $? >"$work/$name.rc"
}
names=()
for target in "$build"/tests/fuzz_*; do
	[ -x "$target" ] && [ -f "$target" ] || continue
	name=$(basename "$target")
	names+=("$name")
	one "$target" "$name" &
	while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do wait -n; done
done
wait
for name in "${names[@]}"; do
	if [ "$(cat "$work/$name.rc")" = 0 ]; then
		passed=$((passed + 1))
		echo "$name: $(grep -o 'number_of_executed_units: [0-9]*' "$work/$name.log") in $seconds s"
	else
		failed=$((failed + 1))
		tail -n 40 "$work/$name.log"
		for f in "$work/$name".*-*; do [ -f "$f" ] && { echo "input:"; base64 "$f" | head -c 2000; }; done
	fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
