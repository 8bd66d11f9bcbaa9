#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# train.sh: train one fastText classifier of words on one manifest.
#
#   sh train.sh MANIFEST MODEL -epoch E [OPTION OF fasttext supervised …]
#
# MANIFEST is a CSV file with the columns text and label, in any place; its fields hold no comma. MODEL is the one file
# that is written. An epoch is one pass over the manifest, or, for a manifest of under 1,000 rows, as many passes as
# make 1,000 rows: else a small manifest would be left half learnt.

set -eu
export LC_ALL=C

epoch_rows=3000

[ $# -ge 4 ] && [ "$3" = -epoch ] || {
	echo 'usage: train.sh MANIFEST MODEL -epoch E [option of fasttext supervised …]' >&2
	exit 2
}
manifest=$1 model=$2 epoch=$4
shift 4

work=$(mktemp -d "$model.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# From CSV to fastText's format, a line a row: __label__de wort
awk -F, -v file="$manifest" '
	{ sub(/\r$/, ""); gsub(/"/, "") }
	NR == 1 {
		for (i = 1; i <= NF; i++) column[$i] = i
		if ("text" in column && "label" in column) next
		print "train: " file " lacks the column text or label" > "/dev/stderr"
		exit 1
	}
	{ print "__label__" $column["label"], $column["text"] }
' "$manifest" >"$work/rows"

rows=$(wc -l <"$work/rows")
[ "$rows" -gt 0 ] || { echo "train: $manifest has no rows" >&2; exit 1; }
passes=$epoch
[ "$rows" -ge "$epoch_rows" ] || passes=$(((epoch * epoch_rows + rows - 1) / rows))

# One thread and a seed make fastText repeatable to the byte. A word is known by its pieces of two to five letters
# alone: whole words, none of which comes twice, are kept out by -minCount, and that makes the model small.
fasttext supervised -input "$work/rows" -output "$work/model" -epoch "$passes" -thread 1 -verbose 0 \
	-minCount 1000000000 -minn 2 -maxn 5 -bucket 30000 "$@"

mv "$work/model.bin" "$model"
echo "rows $rows"
echo "passes $passes"
