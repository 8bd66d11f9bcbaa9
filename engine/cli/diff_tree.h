/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The study's folder as it was at a git revision, in a temporary folder: tracked files from the revision, everything that
 * git does not track (data, downloads) as links to the present ones.
 */
#ifndef RUNG_CLI_DIFF_TREE_H
#define RUNG_CLI_DIFF_TREE_H

#include "engine/base/str.h"

struct old_tree {
	struct str folder; /* temporary; holds tree/ */
	struct str root;   /* folder/tree */
};

/* root: the study's folder; file: the study's file name in it. 0 or an exit code after saying what is wrong. */
int old_tree_make(struct arena *a, struct str root, struct str file, struct str rev, struct old_tree *out);
void old_tree_remove(const struct old_tree *t);

#endif
