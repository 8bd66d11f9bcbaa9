#!/bin/sh
# Nothing to do, 90,001 tasks: rung against ninja on the same graph. $1 = chains (default 30000).
set -eu
. "$(dirname "$0")/setup.sh"
chains=${1:-30000}
mkdir -p noop/study noop/ninja && cd noop
cat >study/study.yaml <<YAML
study: noop
axes:
  i: {from: 1, to: $chains}
steps:
  a: {each: [i], run: 'echo \${i} > \${out.x}', out: {x: x}}
  b: {each: [i], run: 'cp \${a.out.x} \${out.x}', out: {x: x}}
  c: {each: [i], run: 'cp \${b.out.x} \${out.x}', out: {x: x}}
  all: {needs: [c], run: 'echo done > \${out.x}', out: {x: x}}
YAML
awk -v n="$chains" 'BEGIN {
	print "rule say\n  command = echo $i > $out\nrule copy\n  command = cp $in $out\nrule done\n  command = echo done > $out"
	for (i = 1; i <= n; i++) {
		printf "build a/%d: say\n  i = %d\nbuild b/%d: copy a/%d\nbuild c/%d: copy b/%d\n", i, i, i, i, i, i
	}
	printf "build all: done |"
	for (i = 1; i <= n; i++) printf " c/%d", i
	print ""
}' >ninja/build.ninja
ninja -C ninja -j2 >/dev/null
"$RUNG" run -j2 study 2>&1 | tail -n 1
echo "no-op, $((3 * chains + 1)) tasks"
python3 "$BENCH/compare.py" -n 9 rung "$RUNG run study" ninja "ninja -C ninja"
rm -f study/.rung/fresh
echo "the same without the certificate (every key computed and looked up)"
python3 "$BENCH/compare.py" -n 5 --before "rm -f study/.rung/fresh" rung "$RUNG plan study" ninja "ninja -C ninja"
