#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Draws every law of `fit` (tests/bench/gallery/study.yaml) and writes one page with all figures, to look at before a change
# of `plot` is called good.
#
#   tests/bench/gallery.sh [FOLDER]      RUNG=path of the binary; FOLDER: where the page goes, a new one in /tmp by default
set -eu
here=$(cd "$(dirname "$0")" && pwd)
rung=${RUNG:-$here/../../build/release/rung}
folder=${1:-$(mktemp -d /tmp/rung-gallery-XXXXXX)}
mkdir -p "$folder"
cp "$here/gallery/study.yaml" "$folder"
(cd "$folder" && "$rung" run)
{
	echo '<!doctype html><meta charset="utf-8"><title>gallery</title><style>img{width:8.4cm;margin:4mm}</style>'
	for png in "$folder"/results/*.png; do
		echo "<img src=\"results/$(basename "$png")\" alt=\"$(basename "$png" .png)\">"
	done
} >"$folder/index.html"
echo "$folder/index.html"
