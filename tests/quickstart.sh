#!/bin/bash
# What the README promises of ./studies/quickstart: it ends with the table, the crossover and three figures; again, it
# runs nothing; editing what does not matter runs nothing; growing the study runs only what is new.
set -u
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root" || exit 1
passed=0 failed=0
ok() { # what, then a command
	local what=$1
	shift
	if "$@"; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "FAILED: $what"; fi
}
study=studies/label-budget
./studies/quickstart >quick.out 2>quick.err || { cat quick.out quick.err; echo "0 passed, 1 failed"; exit 1; }
cat quick.out
ok "the table is printed" grep -q 'accuracy' quick.out
ok "a crossover inside the manual budgets" grep -qE '(^|[^0-9.])[3-7][0-9][0-9](\.[0-9]+)?([^0-9]|$)' quick.out
for f in svg pdf png gp; do ok "figure .$f" test -s "$study/results/label-budget.$f"; done
ok "75 manifests" test "$(find $study/results/manifests -name '*.csv' | wc -l)" = 75
ok "manifest as the documented rule makes it" \
	test "$(sha256sum <$study/results/manifests/manual_n100_s42.csv | cut -c1-16)" = 3e20f789353058ca
for s in manual gpt; do
	ok "$s per run" test -s $study/results/${s}_labels_per_run.csv
	ok "$s by budget" test -s $study/results/${s}_labels_by_budget.csv
done
ok "25 manual rows" test "$(wc -l <$study/results/manual_labels_per_run.csv)" = 26
ok "50 gpt rows" test "$(wc -l <$study/results/gpt_labels_per_run.csv)" = 51
rm -f quick.out quick.err

rung=$root/build/release/rung
copy=$(mktemp -d)
trap 'chmod -R u+w "$copy"; rm -rf "$copy"' EXIT
cp -a $study/. "$copy/"
cd "$copy" || exit 1
ran() { "$rung" run --json "$@" 2>/dev/null | tail -n 1 | sed -E 's/.*"ran":([0-9]+).*/\1/'; }
is() { # what, wanted, command…
	local what=$1 want=$2 got
	shift 2
	got=$("$@")
	ok "$what: wanted $want, got $got" test "$got" = "$want"
}
is "copied elsewhere, nothing runs" 0 ran
is "again" 0 ran
echo "# a comment" >>study.yaml
is "a comment" 0 ran
sed -i 's/^    timeout: 2m/    timeout: 3m/' study.yaml
is "another timeout" 0 ran
touch scripts/*.sh scripts/*.pl study.yaml
is "touched files" 0 ran
sed -i 's/^  epoch: 6 *$/  @/; s/^  dim: 6 *$/  epoch: 6/; s/^  @/  dim: 6/' study.yaml
is "keys in another order" 0 ran
sum=$(sha256sum <results/label-budget.md)
rm results/label-budget.md results/manifests/gpt_n100_s42.csv
is "deleted results" 0 ran
ok "they came back" test "$(sha256sum <results/label-budget.md)" = "$sum"
ok "both" test -s results/manifests/gpt_n100_s42.csv
# 15 budgets (5 manual, 10 gpt): manifest, train, score of one more seed = 45, and what gathers over them
sed -i 's/^  seed: \[42, 123, 456, 789, 999\]/  seed: [42, 123, 456, 789, 999, 7]/' study.yaml
before=$("$rung" plan --json 2>/dev/null | grep -c '"state":"stale"')
ok "one more seed: 15 manifests stale at once, got $before" test "$before" = 15
is "one more seed: 45 tasks and 9 that gather" 54 ran
sed -i 's/, 999, 7\]/, 999]/' study.yaml
is "the seed taken back" 0 ran
sed -i 's/^  epoch: 6/  epoch: 5/' study.yaml
ok "epoch: the plan names it" bash -c "'$rung' why 'train[source=gpt,budget=100,seed=42]' | grep -q 'epoch.*6.*5'"
is "epoch: training and below (75 + 75 + 9)" 159 ran
sed -i 's/^  epoch: 5/  epoch: 6/' study.yaml
is "epoch taken back" 0 ran
ok "verify is clean" "$rung" verify >/dev/null
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
