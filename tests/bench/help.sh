#!/bin/sh
# How long `rung help` takes, against a process that does nothing.
set -eu
. "$(dirname "$0")/setup.sh"
echo "rung help"
python3 "$BENCH/compare.py" -n 41 "rung help" "$RUNG help" "true" "/bin/true"
