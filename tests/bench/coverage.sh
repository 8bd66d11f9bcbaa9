#!/bin/sh
# How often nominal 95 % intervals cover in simulated studies of the ladder's shape. STUDIES=2000 RESAMPLES=999; words name
# the kinds of noise (default: all; coverage/coverage.c has the list).
set -eu
. "$(dirname "$0")/setup.sh"
ROOT=$(cd "$BENCH/../.." && pwd)
${CC:-cc} -std=c17 -D_GNU_SOURCE -O2 -I "$ROOT" "$BENCH"/coverage/*.c "$(dirname "$RUNG")/librung_stat.a" \
	-lgsl -lgslcblas -lm -o coverage
./coverage "${STUDIES:-2000}" "${RESAMPLES:-999}" "$@"
