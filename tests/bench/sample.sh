#!/bin/sh
# 50 stratified manifests from a 1,000,000-row CSV: rung against pandas (groupby.sample), both whole processes. The rung
# figure is wall time of the whole run, planning and recording included.
set -eu
. "$(dirname "$0")/setup.sh"
mkdir -p sample && cd sample
[ -f pool.csv ] || awk 'BEGIN {
	print "id,text,label"
	for (i = 0; i < 1000000; i++) { h = (i * 7919) % 1000003; printf "r%07d,word%d,l%d\n", i, h, h % 9 }
}' >pool.csv
cat >study.yaml <<'YAML'
study: manifests
axes:
  budget: [100, 250, 500, 800, 1000, 2000, 5000, 10000, 20000, 40000]
  seed: [42, 123, 456, 789, 999]
steps:
  manifest:
    each: [budget, seed]
    sample: {from: pool.csv, size: "${budget}", seed: "${seed}", by: label, id: id}
YAML
cat >pandas_peer.py <<'PY'
import pandas, os
pool = pandas.read_csv("pool.csv")
os.makedirs("peer", exist_ok=True)
for budget in [100, 250, 500, 800, 1000, 2000, 5000, 10000, 20000, 40000]:
    for seed in [42, 123, 456, 789, 999]:
        part = pool.groupby("label", group_keys=False).sample(frac=budget / len(pool), random_state=seed)
        part.to_csv(f"peer/n{budget}_s{seed}.csv", index=False)
PY
echo "50 manifests from 1,000,000 rows"
python3 "$BENCH/compare.py" -n 3 --before "rm -rf .rung peer" rung "$RUNG run -j1" pandas "/usr/bin/python3 pandas_peer.py"


