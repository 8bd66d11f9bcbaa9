#!/bin/bash
# Fails on an include that runs back up the house, on a foreign header outside its room, and on files that grew too long.
set -u
cd "$(dirname "$0")/.." || exit 1
bad=0 seen=0
declare -A may
while IFS=: read -r room rooms; do
	case $room in '' | '#'* | @*) continue ;; esac
	may[$room]=" $room $rooms "
done <tests/layers.txt
room_of() { case $1 in engine/* | dsl/*/*) cut -d/ -f1-2 <<<"$1" ;; *) cut -d/ -f1 <<<"$1" ;; esac; }
while IFS=: read -r file _ include; do
	seen=$((seen + 1))
	target=$(sed -E 's/.*"([^"]+)".*/\1/' <<<"$include")
	case $target in
	engine/* | dsl/* | plugins/*)
		from=$(room_of "$file") to=$(room_of "$target")
		case ${may[$from]:-} in
		*" $to "*) ;;
		*) echo "$file includes $target: $from may not see $to"; bad=$((bad + 1)) ;;
		esac ;;
	esac
done < <(grep -rnE '^#include "' engine dsl plugins --include='*.c' --include='*.h')
while IFS=: read -r prefix places; do
	case $prefix in @*) ;; *) continue ;; esac
	while IFS=: read -r file _; do
		ok=
		for place in $places; do case $file in "$place"*) ok=1 ;; esac; done
		[ -n "$ok" ] || { echo "$file includes <${prefix#@}…>: only$places may"; bad=$((bad + 1)); }
	done < <(grep -rnF "#include <${prefix#@}" engine dsl plugins --include='*.c' --include='*.h')
done <tests/layers.txt
while read -r lines file; do
	[ "$file" = total ] || [ "$lines" -le 600 ] || { echo "$file has $lines lines; split it by responsibility (limit 600)"; bad=$((bad + 1)); }
done < <(find engine dsl plugins tests \( -name '*.c' -o -name '*.h' \) -print0 | xargs -0 wc -l)
banned='\b(strtok|sprintf|strcpy|strcat|gets|atoi|atof|system|strtod)[[:space:]]*\('
if grep -rnE "$banned" engine dsl plugins --include='*.c' | grep -vE '^[^:]*:[0-9]+:[[:space:]]*(\*|//|/\*)'; then bad=$((bad + 1)); fi
echo "$((seen)) includes checked"
[ "$bad" -eq 0 ] && echo "1 passed, 0 failed" || { echo "0 passed, $bad failed"; exit 1; }
