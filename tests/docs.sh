#!/bin/bash
# Does what README.md, docs/*.md and studies/*/README.md say, each page in a fresh copy of the tree, block by block, in order.
# What a block is follows from the words behind its fence:
#
#   sh              commands; run as one script in the page's folder, none may fail
#   console         `$ COMMAND` and what it prints; run one by one, `cd` stays; a line `…` stands for any lines
#   LANG FILE       the file is written (a name with a dot); `LANG +FILE`: the lines are added to it
#   yaml study      a whole study: `rung check` must find nothing
#
# In another block no line may start with `rung`: a command that is shown is a command that is run. A block inside an HTML
# comment is run too; that is how a page gets files that the reader has already. Names of commands, options, keys and kinds
# in running text must exist. Before all that the script tries itself: pages that are wrong must fail.
set -u
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root" || exit 1
export PATH=$root/build/release:$PATH LC_ALL=C.UTF-8 TZ=UTC TERM=dumb
export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=reader GIT_AUTHOR_EMAIL=reader@localhost
export GIT_COMMITTER_NAME=reader GIT_COMMITTER_EMAIL=reader@localhost
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
passed=0 failed=0

good() { passed=$((passed + 1)); }
bad() { failed=$((failed + 1)); echo "--- $page: $1"; shift; [ $# -eq 0 ] || cat "$@"; }

# What differs from run to run, on both sides of a comparison.
normalise() {
	sed -E -e 's/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z/TIME/g' -e 's/TIME \([^)]* ago\)/TIME/g' \
		-e 's/\b[0-9]+(\.[0-9]+)? m?s\b/N s/g' -e 's/key [0-9a-f]{16}…/key DIGEST…/g' -e 's/ on [^ ]+$/ on HOST/' \
		-e 's/at most [0-9.]+ [kMG]?B of memory/at most N of memory/' -e 's/"seconds":[0-9.e-]+/"seconds":N/g' \
		-e 's/[0-9.]+ [kMG]?B( stay)?/N B\1/g' -e 's/\b[0-9a-f]{64}\b/DIGEST/g' -e "s#$work/tree#TREE#g" -e 's/[[:space:]]+$//'
}

# Does the text match what is expected, where a line `…` stands for any lines?
matches() { # expected, got
	awk 'NR == FNR { want[++n] = $0; next } { got[++m] = $0 }
		END {
			at = 1
			for (i = 1; i <= n; i++) {
				if (want[i] != "…") { if (at > m || got[at] != want[i]) exit 1; at++; continue }
				if (i == n) exit 0
				while (at <= m && got[at] != want[i + 1]) at++
			}
			exit at != m + 1
		}' "$1" "$2"
}

# Cuts a page into block.NNN, whose first line is the fence with its words.
cut_blocks() {
	rm -f "$work"/block.*
	awk -v out="$work/block" '
		/^ *```/ && !inside { inside = 1; file = sprintf("%s.%03d", out, ++n); print > file; next }
		/^ *```/ { inside = 0; close(file); next }
		inside { print > file }
		END { if (inside) { print "unclosed" > (out ".999") } }' "$1"
}

one_command() { # command: its output goes to $work/got, the folder it ends in to $work/cwd
	(
		cd "$(cat "$work/cwd")" || exit 1
		ulimit -t 120
		eval "$1"
		pwd >"$work/cwd"
	) >"$work/got" 2>&1 </dev/null
}

try_console() { # block: `$ command`, output, `$ command`, …
	local line command='' wanted="$work/wanted"
	: >"$wanted"
	while IFS= read -r line || [ -n "$line" ]; do
		case $line in
		'$ '*)
			[ -z "$command" ] || compare "$command"
			command=${line#'$ '}
			: >"$wanted" ;;
		*) printf '%s\n' "$line" >>"$wanted" ;;
		esac
	done < <(sed 1d "$1"; echo '$ true')
	[ "$command" = true ] || bad 'a console block without a command' "$1"
}

compare() { # command; what it should print is in $work/wanted
	one_command "$1"
	normalise <"$work/wanted" >"$work/wanted.n"
	normalise <"$work/got" >"$work/got.n"
	if matches "$work/wanted.n" "$work/got.n"; then good
	else
		diff -u --label shown --label printed "$work/wanted.n" "$work/got.n" >"$work/diff"
		bad "'$1' prints something else" "$work/diff"
	fi
}

try_sh() { # block
	sed 1d "$1" | grep -vxE '\./tests/run|\./studies/quickstart' >"$work/now"
	if (cd "$(cat "$work/cwd")" && timeout 300 bash -e "$work/now") >"$work/log" 2>&1; then good
	else bad 'a command failed' "$1" <(tail -n 15 "$work/log"); fi
}

try_study() { # block
	rm -rf "$work/check"; mkdir "$work/check"
	sed 1d "$1" >"$work/check/study.yaml"
	if (cd "$work/check" && rung check) >"$work/log" 2>&1; then good; else bad 'the study is wrong' "$work/log"; fi
}

write_file() { # block, name
	local to
	to=$(cat "$work/cwd")/${2#+}
	mkdir -p "$(dirname "$to")"
	case $2 in
	+*) sed 1d "$1" >>"$to" ;;
	*) sed 1d "$1" >"$to" ;;
	esac
	good
}

try_block() { # block
	local kind words
	read -r kind words < <(sed -n '1s/^ *```//p' "$1")
	case "$kind $words" in
	'sh ') try_sh "$1" ;;
	'console ') try_console "$1" ;;
	'yaml study') try_study "$1" ;;
	*' '*.*) write_file "$1" "$words" ;;
	*)
		if grep -qE '^ *(\$ )?([^ ]*/)?rung( |$)' "$1"; then bad 'commands are shown that nothing runs: let it be `sh` or `console`' "$1"; fi ;;
	esac
}

# `rung why TASK --parts` in running text: is there such a command, and has it the option?
try_words() { # page
	local command option
	awk '/^ *```/ { inside = !inside } !inside' "$1" | grep -oE '`rung [a-z]+[^`]*`' | tr -d '`' | sort -u >"$work/spans"
	while read -r _ command rest; do
		grep -qx -- "$command" "$work/commands" || { bad "there is no command 'rung $command'"; continue; }
		for option in $(grep -oE -- '--[a-z-]+' <<<"$rest"); do
			rung complete -- "$command" -- | grep -qx -- "$option" || bad "'rung $command' has no option '$option'"
		done
		good
	done <"$work/spans"
}

try_page() { # page
	page=$1
	local block before=$passed
	chmod -R u+w "$work/tree" 2>/dev/null; rm -rf "$work/tree"; mkdir -p "$work/tree/build"
	git ls-files -z | tar --null -cf - -T - 2>/dev/null | tar -xf - -C "$work/tree"
	ln -s "$root/build/release" "$work/tree/build/release"
	echo "$work/tree" >"$work/cwd"
	cut_blocks "$page"
	[ ! -f "$work/block.999" ] || bad 'a block has no end'
	for block in "$work"/block.*; do [ ! -f "$block" ] || try_block "$block"; done
	try_words "$page"
	if grep -qE '^ *```(sh|console)' "$page" && [ "$passed" -eq "$before" ] && [ "$failed" -eq 0 ]; then bad 'nothing of it was tried'; fi
}

# The reference names every key and kind, and no page is out of the readers' reach.
try_reference() {
	page=docs/language.md
	local word
	for word in $( (rung help study; rung help step) | sed -nE 's/^  ([a-z_]+) .*/\1/p'; rung complete -- help kind ''); do
		if grep -qE "\`$word[\`:]" "$page"; then good; else bad "it does not name '$word'"; fi
	done
	for page in docs/*.md; do
		if grep -q "($page)" README.md; then good; else bad 'README.md does not lead to it'; fi
	done
}

# ---- pages that are wrong, each in one way: the checks above must see it ------------------------------------------------

must_fail() { # what is wrong; the page on stdin
	local before=$failed
	cat >"$work/page.md"
	try_page "$work/page.md" >"$work/said" 2>&1
	if [ "$failed" -gt "$before" ]; then failed=$before; good
	else page=tests/docs.sh; bad "it does not see $1"; fi
}

try_myself() {
	printf '```sh\nrung check nowhere.yaml\n```\n' | must_fail 'a command that fails'
	printf '```console\n$ rung version\nrung 9.9\n```\n' | must_fail 'output that differs'
	printf '```console\n$ rung version\n…\nrung 9.9\n```\n' | must_fail 'output that differs behind …'
	printf '```console\n$ rung version\n```\n' | must_fail 'output that is not shown'
	printf '```console\nrung version\n```\n' | must_fail 'a console block without a command'
	printf '```\nrung version\n```\n' | must_fail 'a command that is not run'
	printf '    ```\n    $ rung version\n    ```\n' | must_fail 'a command that is not run, deeper'
	printf '```yaml study\nstudy: x\n```\n' | must_fail 'a study with a mistake'
	printf 'see `rung nothing`\n' | must_fail 'a command that does not exist'
	printf 'see `rung why TASK --nothing`\n' | must_fail 'an option that does not exist'
	printf '```sh\ntrue\n' | must_fail 'a block without an end'
}

rung complete -- '' >"$work/commands"
printf '%s\n' version worker >>"$work/commands"
try_myself
for page in README.md docs/*.md studies/*/README.md; do try_page "$page"; done
try_reference
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
