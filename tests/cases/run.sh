#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Golden cases. A case is a folder here: `cmd` (shell lines that call `rung`), beside it the files of its study, and what
# must come out: `out` (stdout), `err` (stderr), `code` (exit code; absent = 0). Each runs in a copy of its folder.
#
#   tests/cases/run.sh [-jN] [CASE…]      UPDATE=1 writes out, err and code anew      RUNG=path of the binary
#
# Cases whose `needs` file names a program that is not here are skipped. What differs from run to run is normalised below.
here=$(cd "$(dirname "$0")" && pwd)
rung=${RUNG:-$here/../../build/release/rung}

normalise() { # file, folder of the case
	sed -E \
		-e "s#$2#DIR#g" \
		-e 's#/tmp/rung-[A-Za-z0-9_.-]+#TMP#g' \
		-e 's/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z/TIME/g' \
		-e 's/TIME \([^)]* ago\)/TIME/g' \
		-e 's/\b[0-9a-f]{64}\b/DIGEST/g' \
		-e 's#objects/[0-9a-f]{2}/[0-9a-f]{62}#objects/DIGEST#g' \
		-e 's/key [0-9a-f]{16}…/key DIGEST…/g' \
		-e 's/\b[0-9]+\.[0-9]+ s\b/N s/g' \
		-e 's/\b[0-9]+m[0-9]{2}s\b/N s/g' \
		-e 's/"(seconds|user_s|system_s|recompute_s)":[0-9.e-]+/"\1":N/g' \
		-e 's/"(max_rss|pid|free)":[0-9]+/"\1":N/g' \
		-e 's/"host":"[^"]*"/"host":"HOST"/g' \
		-e 's/at most [0-9.]+ [kMG]?B of memory/at most N of memory/g' \
		-e "s/ on $(uname -n)\$/ on HOST/" \
		-e "s/ on $(uname -n) / on HOST /g" \
		-e 's/\bpid [0-9]+/pid N/g' \
		-e 's/-INT [0-9]+/-INT N/g' "$1"
}

one() { # case; says ok, FAILED or skipped
	case=$here/$1
	if [ -f "$case/needs" ]; then
		while read -r program; do
			command -v "$program" >/dev/null || { echo "skipped $1: no $program"; return; }
		done <"$case/needs"
	fi
	work=$(mktemp -d "${TMPDIR:-/tmp}/case-XXXXXX")
	mkdir "$work/study" "$work/bin" "$work/got"
	cp -R "$case/." "$work/study"
	rm -f "$work/study/out" "$work/study/err" "$work/study/code" "$work/study/needs"
	mv "$work/study/cmd" "$work/cmd"
	ln -s "$rung" "$work/bin/rung"
	(
		cd "$work/study" || exit 99
		unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE NO_COLOR
		export LC_ALL=C.UTF-8 TZ=UTC TERM=dumb HOME="$work" PATH="$work/bin:$PATH"
		export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
		export GIT_AUTHOR_NAME=case GIT_AUTHOR_EMAIL=case@localhost GIT_COMMITTER_NAME=case GIT_COMMITTER_EMAIL=case@localhost
		timeout "${CASE_SECONDS:-120}" sh "$work/cmd" </dev/null >"$work/out" 2>"$work/err"
		echo $? >"$work/got/code"
	)
	normalise "$work/out" "$work/study" >"$work/got/out"
	normalise "$work/err" "$work/study" >"$work/got/err"
	if [ -n "${UPDATE:-}" ]; then
		cp "$work/got/out" "$work/got/err" "$work/got/code" "$case/"
		for f in out err; do [ -s "$case/$f" ] || rm -f "$case/$f"; done
		[ "$(cat "$case/code")" != 0 ] || rm -f "$case/code"
	fi
	[ -f "$case/code" ] && code=$(cat "$case/code") || code=0
	bad=
	for f in out err; do
		want=$case/$f
		[ -f "$want" ] || want=/dev/null
		diff -u "$want" "$work/got/$f" >"$work/diff.$f" || bad="$bad $f"
	done
	[ "$(cat "$work/got/code")" = "$code" ] || bad="$bad code"
	if [ -z "$bad" ]; then
		echo "ok $1"
	else
		{
			echo "FAILED $1:$bad (exit code $(cat "$work/got/code"), wanted $code)"
			sed 's/^/    /' "$work/diff.out" "$work/diff.err"
		} >"$work/report"
		cat "$work/report"
	fi
	chmod -R u+w "$work"
	rm -rf "$work"
}

if [ "${1:-}" = --one ]; then
	one "$2"
	exit
fi
jobs=$(nproc)
case ${1:-} in
-j*) jobs=${1#-j}; shift ;;
esac
[ -x "$rung" ] || { echo "run.sh: no binary at $rung" >&2; exit 2; }
rung=$(cd "$(dirname "$rung")" && pwd)/$(basename "$rung")
export RUNG="$rung"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if [ $# -gt 0 ]; then printf '%s\n' "$@"; else (cd "$here" && ls -d */cmd | sed 's#/cmd$##'); fi |
	xargs -n 1 -P "$jobs" sh "$0" --one >"$log"
grep -v '^ok ' "$log"
passed=$(grep -c '^ok ' "$log")
failed=$(grep -c '^FAILED ' "$log")
skipped=$(grep -c '^skipped ' "$log")
if [ "$skipped" -gt 0 ]; then echo "$passed passed, $failed failed, $skipped skipped"; else echo "$passed passed, $failed failed"; fi
[ "$failed" -eq 0 ]
