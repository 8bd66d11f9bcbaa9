#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# score.sh: how well a classifier does on a test set.
#
#   sh score.sh MODEL TEST
#
# TEST is a CSV file with the columns text and label, in any place; its fields hold no comma. Prints the number of
# rows, the accuracy and the mean of the F1 scores of the languages. (fasttext test would print three digits only.)

set -eu
export LC_ALL=C

[ $# -eq 2 ] || { echo 'usage: score.sh MODEL TEST' >&2; exit 2; }
model=$1 test=$2
[ -r "$model" ] && [ -r "$test" ] || { echo "score: cannot read $model and $test" >&2; exit 1; }

# Both programs read the test set: the first shows its words to the classifier, the second compares the answers.
fields='
	function fail(why) { print "score: " file " " why > "/dev/stderr"; failed = 1; exit 1 }
	{ sub(/\r$/, ""); gsub(/"/, "") }
	FNR == 1 && NR == 1 {
		for (i = 1; i <= NF; i++) column[$i] = i
		if (!("text" in column && "label" in column)) fail("lacks the column text or label")
		next
	}'

awk -F, -v file="$test" "$fields"'
	{ print $column["text"] }
' "$test" | fasttext predict "$model" - 1 | awk -F, -v file="$test" "$fields"'
	NR == FNR { label[NR - 1] = $column["label"]; rows = NR - 1; next }
	{
		if (!sub(/^__label__/, "") || FNR > rows) fail("has a row " FNR " without a prediction")
		truth[label[FNR]]++
		answered[$0]++
		if ($0 == label[FNR]) { right[$0]++; correct++ }
		compared = FNR
	}
	END {
		if (failed) exit 1
		if (!rows || compared != rows) fail("has " rows + 0 " rows, but " compared + 0 " predictions came")
		for (l in truth) { classes++; f1 += 2 * right[l] / (truth[l] + answered[l]) }
		printf "rows %d\naccuracy %.6f\nmacro_f1 %.6f\n", rows, correct / rows, f1 / classes
	}
' "$test" -
