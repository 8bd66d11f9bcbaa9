#!/bin/sh
# BCa intervals of 200 values, 9,999 resamples: engine/stat on one core against scipy.stats.bootstrap in the same run. The
# times are of the work alone, processes and imports left out on both sides; the intervals are printed to be compared.
set -eu
. "$(dirname "$0")/setup.sh"
build=$(dirname "$RUNG")
mkdir -p bca && cd bca
cc -std=c17 -O2 -D_GNU_SOURCE -I"$BENCH/../.." "$BENCH/bca.c" "$build/librung_stat.a" -lgsl -lgslcblas -lm -o bca
cat >peer.py <<'PY'
import statistics, sys, time
import numpy
from scipy import stats
x = numpy.loadtxt("values")
for name, function in ("mean", numpy.mean), ("median", numpy.median):
    times = []
    for run in range(6):
        start = time.perf_counter()
        ci = stats.bootstrap((x,), function, n_resamples=9999, random_state=run).confidence_interval
        times.append((time.perf_counter() - start) * 1e3)
    print(f"{name:6} {statistics.median(times[1:]):8.3f} {ci.low:.6f} {ci.high:.6f}")
PY
awk 'BEGIN { srand(7); for (i = 0; i < 200; i++) printf "%.12f\n", exp(sqrt(-2 * log(1 - rand())) * cos(6.283185307 * rand()) / 2) }' >values
echo "BCa, 9,999 resamples of 200 values                 ms       low      high"
./bca values >rung.txt
/usr/bin/python3 peer.py >peer.txt
paste -d' ' rung.txt peer.txt | awk '{
	printf "  %-6s  rung   %8.2f  %8s  %8s\n          scipy  %8.2f  %8s  %8s\n", $1, $2, $3, $4, $6, $7, $8
	printf "          ratio rung / scipy: %.3f; bar for the mean: 8 ms\n", $2 / $6
}'
