/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Two plans of one study against the same store: which tasks are new, gone or changed, and by which parts of their keys.
 * A task whose own parts are as they were is changed too when something it reads is new, gone or changed.
 */
#ifndef RUNG_CLI_DIFF_COMPARE_H
#define RUNG_CLI_DIFF_COMPARE_H

#include "engine/base/map.h"
#include "engine/cli/diff_tree.h"
#include "engine/cli/world.h"

enum change { SAME, NEW, GONE, CHANGED, CHANGE_COUNT };
extern const char *const change_names[CHANGE_COUNT];

struct comparison {
	struct world *w;
	struct old_tree tree;
	struct study_options made;
	struct diags diags; /* of the old study */
	struct study *study;
	struct graph *graph;
	struct plan *plan;
	struct map names;   /* of the old tasks; value: index + 1 */
	unsigned char *now; /* enum change of every present task */
	unsigned char *kept; /* old tasks that are still there */
	bool list;
	size_t sum[CHANGE_COUNT];
};

struct str diff_task_name(const struct graph *g, uint32_t task, struct arena *a);
/* Fills in names, now and kept. */
void diff_classify(struct comparison *c);
/* Why the present task differs from the old one (index + 1 in names); the reasons live in the arena. */
size_t diff_reasons(struct comparison *c, uint32_t was, uint32_t is, struct arena *a, struct reason **out);

#endif
