#!/bin/sh
# Mean and standard deviation of two columns of a 1,000,000-row CSV by three keys (100 groups): rung against pandas
# (read_csv and groupby), whole processes first. The rung figure there is the whole run: hashing the file, planning and
# recording included. Then the work alone: the task's seconds as `rung run --json` gives them, worker and all, against
# read_csv and groupby timed inside an interpreter that has its libraries loaded.
set -eu
. "$(dirname "$0")/setup.sh"
mkdir -p aggregate && cd aggregate
[ -f pool.csv ] || awk 'BEGIN {
	srand(1)
	split("100 250 500 800 1000 2000 5000 10000 20000 40000", budget, " ")
	split("42 123 456 789 999", seed, " ")
	print "source,budget,seed,accuracy,loss"
	for (i = 0; i < 1000000; i++)
		printf "%s,%d,%d,%.10f,%.9f\n", rand() < 0.5 ? "manual" : "gpt", budget[1 + int(rand() * 10)],
			seed[1 + int(rand() * 5)], rand(), rand() * 10
}' >pool.csv
cat >study.yaml <<'YAML'
study: groups
datasets: {pool: {path: pool.csv}}
steps:
  by_group:
    aggregate: {of: pool, by: [source, budget, seed], accuracy: [mean, std], loss: [mean, std]}
YAML
cat >pandas_peer.py <<'PY'
import time, pandas
start = time.perf_counter()
pool = pandas.read_csv("pool.csv")
pool.groupby(["source", "budget", "seed"])[["accuracy", "loss"]].agg(["mean", "std"]).to_json("peer.json")
print(f"{time.perf_counter() - start:.4f}")
PY
echo "mean and std of 2 columns by 3 keys, 1,000,000 rows"
python3 "$BENCH/compare.py" -n "${RUNS:-5}" --before "rm -rf .rung peer.json" rung "$RUNG run -j1" pandas "/usr/bin/python3 pandas_peer.py"
for turn in $(seq "${RUNS:-5}"); do
	rm -rf .rung
	"$RUNG" run -j1 --json 2>/dev/null | sed -n 's/.*"event":"done".*"seconds":\([0-9.]*\).*/rung \1/p'
	echo "pandas $(/usr/bin/python3 pandas_peer.py)"
done | sort -k1,1 -k2,2n | awk '
	{ seen[$1, ++n[$1]] = $2 }
	END {
		for (name in n) { half = int((n[name] + 1) / 2); middle[name] = seen[name, half]
			printf "  %-28s %10.1f ms of work  (%.1f–%.1f)\n", name, 1000 * middle[name], 1000 * seen[name, 1], 1000 * seen[name, n[name]] }
		printf "  ratio rung / pandas: %.3f\n", middle["rung"] / middle["pandas"]
	}'
