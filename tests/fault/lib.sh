# Sourced by the fault tests: a study that uses commands, workers, hooks and publishing, and a way to compare results.
die() { echo "FAILED: $*"; exit 1; }
write_study() { # folder
	mkdir -p "$1"
	cat >"$1/study.yaml" <<'YAML'
study: faulty
language: 1
axes:
  size: [5, 10, 20]
  seed: {from: 1, to: 12}
steps:
  pool:
    run: awk 'BEGIN { print "id,label"; for (i = 0; i < 200; i++) print i "," i % 3 }' > ${out.pool}
    out: {pool: pool.csv}
    retry: 9
  part:
    each: [size, seed]
    sample: {from: "${pool}", size: "${size}", seed: "${seed}", by: label}
    save: results/parts/${size}_${seed}.csv
    retry: 9
  sum:
    each: [size, seed]
    run: awk -F, 'NR > 1 { s += $1 } END { print s }' ${part} | tee ${out.sum}
    out: {sum: sum.txt}
    metrics: {total: tonumber(stdout)}
    retry: 9
  folder:
    each: [size]
    run: mkdir -p ${out.d}/sub; echo ${size} | tee ${out.d}/a > ${out.d}/sub/b; ln -s a ${out.d}/link
    out: {d: d}
    save: results/folders/${size}
    retry: 9
  by_size:
    aggregate: {of: sum, by: size, total: [n, mean, std]}
    save: results/by_size.csv
    retry: 9
YAML
}
results_sum() { (cd "$1" && find results -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum); }
