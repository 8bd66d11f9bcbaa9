#!/bin/bash
# Fails on a diagnostic code that no golden case shows, and on one that is excused here but shown, or gone.
# A code is the text before the message in a call that records a diagnostic, or stands in a table of such.
set -u
cd "$(dirname "$0")/.." || exit 1
# What no study can bring about: faults of the machine or of rung itself. Unit and fault tests see to those.
excused="broken-step late-value no-hook store system rows"

codes() {
	# one statement a line, so that a call over several lines is seen whole
	cat dsl/*/*.c engine/plan/*.c engine/run/*.c engine/graph/*.c | tr -d '\n' | tr ';' '\n' |
		grep -oE '(diag_error|diag_warning)\(.*' | grep -oE ', *"[a-z][a-z0-9-]*" *,' | tr -d ', "'
	grep -ohE '(\.code|->code|\bcode) = "[a-z0-9-]+"' dsl/*/*.c | grep -oE '"[a-z0-9-]+"' | tr -d '"'
	grep -ohE '"yaml-[a-z0-9-]+"' dsl/yaml/*.c | tr -d '"'
}
shown=$(grep -rhoE '\[[a-z][a-z0-9-]*\]|"code":"[a-z0-9-]+"' tests/cases --include=err --include=out |
	sed -E 's/"code":"(.*)"/\1/' | tr -d '[]' | sort -u)
all=$(codes | sort -u) bad=0 seen=0
for code in $all; do
	seen=$((seen + 1))
	if grep -qx -- "$code" <<<"$shown"; then
		case " $excused " in *" $code "*) echo "$code is excused in tests/codes.sh, but a case shows it"; bad=$((bad + 1)) ;; esac
		continue
	fi
	case " $excused " in *" $code "*) continue ;; esac
	echo "no case under tests/cases shows the diagnostic [$code]"
	bad=$((bad + 1))
done
for code in $excused; do
	grep -qx -- "$code" <<<"$all" || { echo "$code is excused in tests/codes.sh, but there is no such code"; bad=$((bad + 1)); }
done
echo "$((seen - bad)) passed, $bad failed"
[ "$seen" -gt 80 ] && [ "$bad" -eq 0 ]
