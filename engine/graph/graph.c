/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Questions to a graph. A task's place in its step is its index less the step's first; coordinates and dependencies are
 * rows of that number.
 */
#include "engine/graph/graph.h"

#include <stdlib.h>
#include <string.h>

const struct step *graph_step_of(const struct graph *g, uint32_t task)
{
	size_t from = 0, to = g->step_count;

	/* the last step that begins at or before the task: steps without tasks begin where the next one does */
	while (to - from > 1) {
		size_t mid = from + (to - from) / 2;

		if (g->steps[mid].first <= task)
			from = mid;
		else
			to = mid;
	}
	const struct step *s = &g->steps[from];

	if (from == to || task < s->first || task - s->first >= s->count)
		BUG("task %u is in no step", (unsigned)task);
	return s;
}

uint32_t graph_step_named(const struct graph *g, struct str name)
{
	for (size_t i = 0; i < g->step_count; i++)
		if (str_same(g->steps[i].name, name))
			return (uint32_t)i;
	return UINT32_MAX;
}

uint32_t graph_dep(const struct graph *g, const struct step *s, uint32_t task, size_t mention)
{
	(void)g;
	return s->deps[(size_t)(task - s->first) * s->mention_count + mention];
}

const uint32_t *graph_coords(const struct step *s, uint32_t task)
{
	return s->axis_count ? s->coords + (size_t)(task - s->first) * s->axis_count : NULL;
}

void graph_task_name(const struct graph *g, uint32_t task, struct sb *out)
{
	const struct step *s = graph_step_of(g, task);
	const uint32_t *at = graph_coords(s, task);

	sb_add(out, s->name);
	for (size_t i = 0; i < s->axis_count; i++) {
		const struct axis *x = &g->axes[s->axes[i]];

		sb_char(out, i ? ',' : '[');
		sb_add(out, x->name);
		sb_char(out, '=');
		sb_add(out, x->labels[at[i]]);
	}
	if (s->axis_count)
		sb_char(out, ']');
}

struct value graph_point(const struct graph *g, uint32_t task, struct arena *a)
{
	const struct step *s = graph_step_of(g, task);
	const uint32_t *at = graph_coords(s, task);
	struct value point = value_map(a, s->axis_count);

	for (size_t i = 0; i < s->axis_count; i++) {
		const struct axis *x = &g->axes[s->axes[i]];
		const struct value *v = &x->values[at[i]], *name = value_get(v, "name");

		(void)value_set(&point, x->name, name ? *name : *v);
	}
	return point;
}

void graph_each_dep(const struct graph *g, uint32_t task, void (*see)(void *user, uint32_t dep), void *user)
{
	const struct step *s = graph_step_of(g, task);

	for (size_t m = 0; m < s->mention_count; m++) {
		uint32_t dep = graph_dep(g, s, task, m);

		if (dep == DEP_NONE)
			continue;
		if (!(dep & DEP_GROUP)) {
			see(user, dep);
			continue;
		}
		const struct group *group = &g->groups[dep & ~DEP_GROUP];

		for (uint32_t i = 0; i < group->n; i++)
			see(user, group->tasks[i]);
	}
}

/* Marks what the task mentions. A group is walked once, however many tasks share it. */
static void mark_deps(const struct graph *g, const struct step *s, uint32_t task, unsigned char *marks, unsigned char *seen)
{
	for (size_t m = 0; m < s->mention_count; m++) {
		uint32_t dep = graph_dep(g, s, task, m);

		if (dep == DEP_NONE)
			continue;
		if (!(dep & DEP_GROUP)) {
			marks[dep] = 1;
			continue;
		}
		dep &= ~DEP_GROUP;
		for (uint32_t i = 0; !seen[dep] && i < g->groups[dep].n; i++)
			marks[g->groups[dep].tasks[i]] = 1;
		seen[dep] = 1;
	}
}

/* Dependencies come first in the order, so one walk from its end reaches everything. */
void graph_close_upstream(const struct graph *g, unsigned char *marks)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new();
	unsigned char *seen = arena_array(scratch, unsigned char, g->group_count + 1);
	const struct step *s = NULL;

	for (uint32_t i = g->task_count; i-- > 0;) {
		uint32_t task = g->order ? g->order[i] : i;

		if (!marks[task])
			continue;
		if (!s || task < s->first || task - s->first >= s->count)
			s = graph_step_of(g, task);
		mark_deps(g, s, task, marks, seen);
	}
}
