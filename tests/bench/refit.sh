#!/bin/sh
# 10,000 bootstrap refits of y = E + A x^-alpha on 50 points, on one core, against scipy's curve_fit in the same run; the
# parameters of all of them are compared with a curve_fit that was let run to the end.
set -eu
. "$(dirname "$0")/setup.sh"
BUILD=$BENCH/../../build/release
cmake --build "$BUILD" --target bench_refit >build.log || { cat build.log >&2; exit 2; }
PYTHON=${PYTHON:-/usr/bin/python3}
$PYTHON "$BENCH/refit.py" make .
echo "10,000 refits of power3 on 50 points"
set -- $("$BUILD/bench_refit" points resamples results)
ours=$1 searched=$2
set -- $($PYTHON "$BENCH/refit.py" time .)
awk -v ours="$ours" -v searched="$searched" -v scipy="$1" -v worst="$2" 'BEGIN {
	printf "  %-28s %10.1f ms   (median of 9; %d refits needed a full search)\n", "rung (cpu)", ours * 1000, searched
	printf "  %-28s %10.1f ms\n", "scipy curve_fit (cpu)", scipy * 1000
	printf "  ratio scipy / rung: %.1f; largest relative difference of a parameter %s (bar 1e-8)\n", scipy / ours, worst
	exit !(worst <= 1e-8)
}'
