#!/bin/bash
# Faults: kill -9 at random moments, full, read-only and damaged disks, two runs at once, gc beside a run, processes that do not
# end, odd outputs, bad workers, poor environments. Each part prints what it
# proves; ends with `N passed, M failed, K skipped`. RUNG = the binary; KILLS = how many kills (default 200).
set -u
here=$(cd "$(dirname "$0")" && pwd)
RUNG=$(readlink -f "${RUNG:-$here/../../build/release/rung}")
export RUNG RUNG_BACKOFF_MS=1 RUNG_KILL_AFTER=200
passed=0 failed=0 skipped=0
for part in "$here"/[a-z]*.sh; do
	[ "$part" = "$here/run.sh" ] || [ "$part" = "$here/lib.sh" ] && continue
	name=$(basename "$part" .sh)
	work=$(mktemp -d)
	if (cd "$work" && timeout 600 bash "$part") >"$work.log" 2>&1; then
		passed=$((passed + 1))
		echo "$name: $(tail -n 1 "$work.log")"
	elif [ "$(tail -n 1 "$work.log" | cut -c1-5)" = "skip:" ]; then
		skipped=$((skipped + 1))
		echo "$name: $(tail -n 1 "$work.log")"
	else
		failed=$((failed + 1))
		echo "--- $name failed:"
		tail -n 40 "$work.log"
	fi
	for m in $(awk -v w="$work" 'index($2, w) == 1 { print $2 }' /proc/mounts | sort -r); do umount -l "$m"; done
	chmod -R u+w "$work" 2>/dev/null
	rm -rf "$work" "$work.log"
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
