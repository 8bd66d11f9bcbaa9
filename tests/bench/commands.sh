#!/bin/sh
# 9,001 trivial commands at -j2: rung (results hashed and recorded) against ninja. $1 = commands (default 9000).
set -eu
. "$(dirname "$0")/setup.sh"
n=${1:-9000}
mkdir -p commands/study commands/ninja && cd commands
cat >study/study.yaml <<YAML
study: commands
axes:
  i: {from: 1, to: $n}
steps:
  a: {each: [i], run: 'echo \${i} > \${out.x}', out: {x: x}}
  all: {needs: [a], run: 'echo done > \${out.x}', out: {x: x}}
YAML
awk -v n="$n" 'BEGIN {
	print "rule say\n  command = echo $i > $out\nrule done\n  command = echo done > $out"
	for (i = 1; i <= n; i++) printf "build a/%d: say\n  i = %d\n", i, i
	printf "build all: done |"
	for (i = 1; i <= n; i++) printf " a/%d", i
	print ""
}' >ninja/build.ninja
echo "$((n + 1)) trivial commands, -j2"
python3 "$BENCH/compare.py" -n "${RUNS:-3}" --before "rm -rf study/.rung ninja/a ninja/all ninja/.ninja*" \
	rung "$RUNG run -j2 study" ninja "ninja -C ninja -j2"
