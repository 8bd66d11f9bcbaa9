#!/bin/sh
# 1,000,000 points planned cold: seconds, and bytes a task from the peak memory. No peer plans this many; ninja's time for
# 90,001 nodes is in noop.sh.
set -eu
. "$(dirname "$0")/setup.sh"
mkdir -p plan && cd plan
cat >study.yaml <<'YAML'
study: plan
params: {dim: 16}
axes:
  source: [manual, gpt]
  budget: {from: 1, to: 1000}
  seed: {from: 1, to: 500}
steps:
  train:
    each: [source, budget, seed]
    run: train --source ${source} --budget ${budget} --seed ${seed} --dim ${dim} --model ${out.model}
    out: {model: model.bin}
YAML
echo "1,000,000 points, cold"
rm -rf .rung
python3 "$BENCH/compare.py" -n 3 "rung plan" "$RUNG plan"
