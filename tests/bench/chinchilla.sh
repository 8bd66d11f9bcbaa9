#!/bin/sh
# Hoffmann's data: the grid of 4,500 starts and 4,000 bootstrap refits on one core, rung's numerics against scipy. Processor
# time of the fits alone; scipy runs a part of the tasks and is scaled up. The data: $RUNG_DATA, else ../shared/data.
set -eu
. "$(dirname "$0")/setup.sh"
ROOT=$(cd "$BENCH/../.." && pwd)
CSV=${RUNG_DATA:-$ROOT/../shared/data}/chinchilla/svg_extracted_data.csv
[ -f "$CSV" ] || { echo "bench: no $CSV; set RUNG_DATA to the folder that has chinchilla/svg_extracted_data.csv" >&2; exit 2; }
LIB=$(dirname "$RUNG")/librung_stat.a
${CC:-cc} -std=c17 -D_GNU_SOURCE -O2 -I "$ROOT" "$BENCH/chinchilla.c" "$LIB" -lgsl -lgslcblas -lm -o chinchilla
for turn in 1 2 3; do ./chinchilla "$CSV" | sed "s/^/rung, turn $turn: /"; done | tee rung.txt
/usr/bin/python3 "$BENCH/chinchilla_peer.py" "$CSV" | tee scipy.txt
awk -F': ' '
	FNR == NR { split($3, w, " "); k = $2; sub(/ .*/, "", k); split($2, t, " "); if (!(k in best) || t[2] < best[k]) best[k] = t[2]; next }
	/scaled/ { split($2, t, " "); k = $1; sub(/,.*/, "", k); printf "ratio, %s: %.0f\n", $1, t[1] / best[k] }
' rung.txt scipy.txt
