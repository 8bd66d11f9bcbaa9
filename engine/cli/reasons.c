/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cli/reasons.h"

struct value reason_value(struct world *w, const struct reason *r, struct arena *a)
{
	struct value v = value_map(a, 4), none = { .type = V_NULL };

	(void)value_set(&v, STR("part"), value_str(r->part));
	(void)value_set(&v, STR("old"), r->old.n ? value_str(r->old) : none);
	(void)value_set(&v, STR("new"), r->new_.n ? value_str(r->new_) : none);
	(void)value_set(&v, STR("at"), value_span(w, r->at, a));
	return v;
}

struct str reason_line(const struct reason *r, struct arena *a)
{
	if (str_is(r->part, "failed") && r->old.n)
		return arena_printf(a, "failed: " STR_FMT, STR_ARG(r->old));
	if (r->old.n && r->new_.n)
		return arena_printf(a, STR_FMT " " STR_FMT " → " STR_FMT, STR_ARG(r->part), STR_ARG(r->old), STR_ARG(r->new_));
	if (r->old.n)
		return arena_printf(a, STR_FMT " " STR_FMT " → (none)", STR_ARG(r->part), STR_ARG(r->old));
	if (r->new_.n)
		return arena_printf(a, STR_FMT " " STR_FMT, STR_ARG(r->part), STR_ARG(r->new_));
	return arena_str(a, r->part);
}

/* Without what differs from task to task: the point of a task that is named, digests of inputs. */
static struct reason in_general(const struct reason *r, struct arena *a)
{
	struct reason g = *r;
	long open = str_find(r->part, STR("[")), close = str_find(r->part, STR("]"));

	if (open > 0 && close > open)
		g.part = arena_printf(a, STR_FMT STR_FMT, STR_ARG(str_from(r->part, 0, (size_t)open)),
		                      STR_ARG(str_from(r->part, (size_t)close + 1, r->part.n)));
	if (str_starts(r->old, "content ") && str_starts(r->new_, "content ")) {
		g.old = STR("");
		g.new_ = STR("changed");
	}
	return g;
}

void tally_add(struct reason_tally *t, const struct reason *r)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new();
	struct reason general = in_general(r, scratch);
	struct str line = reason_line(&general, scratch);

	for (size_t i = 0; i < t->list.n; i++)
		if (str_same(t->list.data[i].line, line)) {
			t->list.data[i].tasks++;
			return;
		}
	VEC_PUSH(t->arena, &t->list, ((struct reason_count){ arena_str(t->arena, line), r->at, 1 }));
}

void tally_sort(struct reason_tally *t)
{
	for (size_t i = 1; i < t->list.n; i++) {
		struct reason_count c = t->list.data[i];
		size_t k = i;

		for (; k > 0 && t->list.data[k - 1].tasks < c.tasks; k--)
			t->list.data[k] = t->list.data[k - 1];
		t->list.data[k] = c;
	}
}
