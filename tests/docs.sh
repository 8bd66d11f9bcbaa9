#!/bin/bash
# Runs every command that README.md and docs/*.md show in a block tagged `sh`, in order, each page in a fresh copy of the
# tree; checks every block tagged `yaml study` with `rung check`. The two commands that other stages run are left out.
set -u
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root" || exit 1
export PATH=$root/build/release:$PATH
passed=0 failed=0
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
for page in README.md docs/*.md studies/*/README.md; do
	tree=$work/tree
	rm -rf "$tree"; mkdir -p "$tree"
	git ls-files -z | tar --null -cf - -T - 2>/dev/null | tar -xf - -C "$tree"
	mkdir -p "$tree/build" && ln -s "$root/build/release" "$tree/build/release"
	awk -v out="$work/block" '
		/^```(sh|yaml study)$/ { n++; kind = $1 == "```sh" ? "sh" : "yaml"; file = sprintf("%s.%03d.%s", out, n, kind); next }
		/^```/ { file = "" }
		file { print > file }' "$page"
	for block in "$work"/block.*; do
		[ -f "$block" ] || continue
		case $block in
		*.sh)
			grep -vE '^\./(tests/run|studies/quickstart)$' "$block" >"$work/now"
			if (cd "$tree/${DOCS_DIR:-}" && timeout 300 bash -e "$work/now") >"$work/log" 2>&1; then passed=$((passed + 1))
			else failed=$((failed + 1)); echo "--- $page:"; cat "$block"; tail -n 15 "$work/log"; fi ;;
		*.yaml)
			mkdir -p "$work/check" && cp "$block" "$work/check/study.yaml"
			if (cd "$work/check" && rung check) >"$work/log" 2>&1; then passed=$((passed + 1))
			else failed=$((failed + 1)); echo "--- $page:"; tail -n 15 "$work/log"; fi
			rm -rf "$work/check" ;;
		esac
		rm -f "$block"
	done
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
