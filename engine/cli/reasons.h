/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reasons as people and scripts read them: of one task, and grouped over many.
 */
#ifndef RUNG_CLI_REASONS_H
#define RUNG_CLI_REASONS_H

#include "engine/cli/world.h"

/* {"part","old","new","at"} */
struct value reason_value(struct world *w, const struct reason *r, struct arena *a);
/* "params.epoch 6 → 8", "new", "waits for corpus" … */
struct str reason_line(const struct reason *r, struct arena *a);

/* The same reason of several tasks. */
struct reason_count {
	struct str line;
	struct span at;
	size_t tasks;
};
struct reason_tally {
	struct arena *arena;
	VEC(struct reason_count) list;
};
void tally_add(struct reason_tally *t, const struct reason *r);
void tally_sort(struct reason_tally *t); /* most frequent first, then in order of appearance */

#endif
