/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Late values: what an expression sees of an earlier step, once that step is done.
 */
#include "engine/base/table.h"
#include "engine/base/vec.h"
#include "engine/plan/internal.h"

bool plan_needs_late(const struct plan *p, uint32_t task)
{
	const struct step *s = graph_step_of(p->g, task);

	if (!p->steps[s - p->g->steps].reads_values)
		return false;
	for (size_t m = 0; m < s->mention_count; m++)
		if (s->mentions[m].what == MENTION_VALUE && graph_dep(p->g, s, task, m) != DEP_NONE)
			return true;
	return false;
}

#define LATE_ROWS_MAX (1u << 20) /* bytes of a table that an expression may index; bigger ones are for steps */

/* The rows of a small table that a worker's step made: an expression may say `rows[1].text`. */
static bool rows_of(struct plan *p, const struct result *r, struct arena *a, struct value *out)
{
	static const enum table_format jsonl = TABLE_JSONL;
	const struct artifact *x = r->artifact_count ? &r->artifacts[0] : NULL;
	const struct value *cells;
	struct str error;
	size_t n;
	int more = -1;
	VEC(struct value) rows = { 0 };

	if (!p->store || !x || !str_ends(x->file, ".jsonl") || x->size > LATE_ROWS_MAX)
		return false;
	struct table *t = table_open(a, store_object_path(p->store, &x->digest, a).p, x->file, &jsonl, &error);

	while (t && (more = table_next(t, &cells)) == 1) {
		const struct str *columns = table_columns(t, &n);
		struct value row = value_map(a, n);

		for (size_t i = 0; i < n; i++)
			(void)value_set(&row, arena_str(a, columns[i]), value_copy(a, &cells[i]));
		VEC_PUSH(a, &rows, row);
	}
	table_close(t);
	*out = (struct value){ .type = V_LIST, .list = { rows.data, rows.n } };
	return more == 0; /* rows before a broken one would pass for all of them */
}

static struct value metrics_of(struct plan *p, uint32_t task, struct arena *a)
{
	struct result r;
	struct value rows;

	if (!plan_result(p, task, a, &r))
		return (struct value){ .type = V_NULL };
	if (graph_step_of(p->g, task)->kind->exec == EXEC_WORKER && rows_of(p, &r, a, &rows))
		return rows;
	return r.metrics.type == V_MAP ? r.metrics : value_map(a, 0);
}

/* Axes, then metrics; an axis wins over a metric of its name. */
static struct value row_of(struct plan *p, uint32_t task, struct arena *a)
{
	struct value point = graph_point(p->g, task, a), metrics = metrics_of(p, task, a);
	struct value row = value_map(a, point.map.n + (metrics.type == V_MAP ? metrics.map.n : 0));

	for (size_t i = 0; i < point.map.n; i++)
		(void)value_set(&row, point.map.pairs[i].key, point.map.pairs[i].val);
	for (size_t i = 0; metrics.type == V_MAP && i < metrics.map.n; i++) {
		const struct pair *pair = &metrics.map.pairs[i];
		bool taken = false;

		for (size_t k = 0; k < point.map.n; k++)
			taken = taken || str_same(point.map.pairs[k].key, pair->key);
		if (!taken)
			(void)value_set(&row, pair->key, pair->val);
	}
	return row;
}

/* Made once: many tasks may gather the same. */
static struct value group_rows(struct plan *p, uint32_t group)
{
	const struct group *members = &p->g->groups[group];
	struct value *list = p->late_groups[group];

	if (list)
		return *list;
	for (uint32_t i = 0; i < members->n; i++)
		if (!plan_done(p, members->tasks[i]))
			return (struct value){ .type = V_NULL };
	list = arena_make(p->a, struct value);
	*list = value_list(p->a, members->n);
	list->list.n = 0;
	for (uint32_t i = 0; i < members->n; i++)
		if (p->state[members->tasks[i]] == TASK_HIT)
			list->list.items[list->list.n++] = row_of(p, members->tasks[i], p->a);
	p->late_groups[group] = list;
	return *list;
}

struct value *plan_late(struct plan *p, uint32_t task, struct arena *a)
{
	const struct step *s = graph_step_of(p->g, task);
	struct value *late = arena_array(a, struct value, s->mention_count + 1);

	plan_refresh(p);
	for (size_t m = 0; m < s->mention_count; m++) {
		uint32_t dep = graph_dep(p->g, s, task, m);

		if (s->mentions[m].what != MENTION_VALUE || dep == DEP_NONE)
			continue;
		if (dep & DEP_GROUP)
			late[m] = group_rows(p, dep & ~DEP_GROUP);
		else if (p->state[dep] == TASK_HIT)
			late[m] = metrics_of(p, dep, a);
	}
	return late;
}
