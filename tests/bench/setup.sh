# Sourced by the benches: RUNG (the release binary), BENCH (this folder), and a scratch folder as the current one.
BENCH=$(cd "$(dirname "$0")" && pwd)
RUNG=${RUNG:-$BENCH/../../build/release/rung}
RUNG=$(readlink -f "$RUNG")
[ -x "$RUNG" ] || { echo "bench: no $RUNG; build it: cmake --preset release && cmake --build --preset release" >&2; exit 2; }
BENCH_DIR=${BENCH_DIR:-$(mktemp -d)}
mkdir -p "$BENCH_DIR"
cd "$BENCH_DIR"
