/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Dependency slots: for every task and mention the task, the group or nothing that it means. One rule: the axes that both
 * steps name are given, braces give more; what is not given is gathered. Groups are shared by all tasks that give the same.
 * Linear in points and edges: a task is found by arithmetic or one hash look-up, a group by one look-up.
 */
#include <string.h>

#include "dsl/expand/expand.h"

struct route { /* how the point of one step becomes a point of another */
	struct stage *to;
	uint32_t own[STEP_AXIS_MAX]; /* column of the target → position in the naming step; UINT32_MAX = not given */
	uint64_t given;
};

static uint64_t all_columns(size_t n)
{
	return n == 64 ? UINT64_MAX : ((uint64_t)1 << n) - 1;
}

static void route_find(const struct stage *st, uint32_t target, struct route *r)
{
	r->to = &st->ex->stages[target];
	r->given = 0;
	for (size_t c = 0; c < r->to->decl->axis_count; c++) {
		r->own[c] = UINT32_MAX;
		for (size_t i = 0; i < st->decl->axis_count; i++)
			if (st->decl->axes[i] == r->to->decl->axes[c]) {
				r->own[c] = (uint32_t)i;
				r->given |= (uint64_t)1 << c;
			}
	}
}

static struct gather *gather_make(struct expansion *ex, struct stage *to, uint64_t mask)
{
	struct arena *a = ex->study->arena;
	const struct points *p = to->points;
	struct gather *g = arena_make(a, struct gather);
	uint32_t *of = arena_array(a, uint32_t, p->count + 1), *reps = arena_array(a, uint32_t, p->count + 1);
	uint32_t n = 0, first = ex->by_index ? ex->study->graph->steps[to->index].first : 0;

	g->target = to->number;
	g->mask = mask;
	g->table = (struct coord_table){ .rows = p->coords, .width = p->axis_count, .mask = mask, .reps = reps };
	coord_table_start(a, &g->table, mask ? p->count : 1);
	for (uint32_t i = 0; i < p->count; i++) {
		reps[n] = i;
		of[i] = coord_table_add(&g->table, p->coords + (size_t)i * p->axis_count, n);
		n += of[i] == n;
	}
	uint32_t *start = arena_array(a, uint32_t, (size_t)n + 2), *tasks = arena_array(a, uint32_t, p->count + 1);

	for (uint32_t i = 0; i < p->count; i++)
		start[of[i] + 2]++;
	for (uint32_t i = 2; i < n + 1; i++)
		start[i] += start[i - 1];
	for (uint32_t i = 0; i < p->count; i++)
		tasks[start[of[i] + 1]++] = first + i;
	g->first_group = (uint32_t)ex->groups.n;
	for (uint32_t i = 0; i < n; i++) {
		struct group group = { .tasks = tasks + start[i], .n = start[i + 1] - start[i] };

		VEC_PUSH(a, &ex->groups, group);
	}
	g->next = ex->gathers;
	ex->gathers = g;
	return g;
}

static uint32_t empty_group(struct expansion *ex)
{
	if (ex->empty_group == UINT32_MAX && !ex->built) {
		ex->empty_group = (uint32_t)ex->groups.n;
		VEC_PUSH(ex->study->arena, &ex->groups, ((struct group){ 0 }));
	}
	return ex->empty_group;
}

/* What stands at a row of the target of which the columns in `given` are set. */
static uint32_t look_up(struct expansion *ex, struct stage *to, uint64_t given, const uint32_t *row)
{
	struct gather *g = ex->gathers;
	uint32_t at;

	if (given == all_columns(to->points->axis_count)) {
		at = points_find(ex, to->points, row);
		return at == UINT32_MAX ? POINT_MISSING : ex->study->graph->steps[to->index].first + at;
	}
	while (g && (g->target != to->number || g->mask != given))
		g = g->next;
	if (!g && ex->built)
		return POINT_MISSING; /* no slot gathers this way, so nobody can mean it */
	if (!g)
		g = gather_make(ex, to, given);
	at = coord_table_find(&g->table, row);
	if (at != UINT32_MAX)
		return DEP_GROUP | (g->first_group + at);
	at = empty_group(ex);
	return at == UINT32_MAX ? POINT_MISSING : DEP_GROUP | at;
}

static bool is_empty(const struct expansion *ex, uint32_t dep)
{
	return dep == POINT_MISSING || ((dep & DEP_GROUP) && !ex->groups.data[dep & ~DEP_GROUP].n);
}

static uint32_t edge_follow(struct expansion *ex, const struct route *r, const uint32_t *coords, const struct pick *picks,
                            size_t n)
{
	uint32_t row[STEP_AXIS_MAX] = { 0 };
	uint64_t given = r->given;
	long searched = -1;

	for (size_t c = 0; c < r->to->points->axis_count; c++) {
		row[c] = r->own[c] == UINT32_MAX ? 0 : coords[r->own[c]];
		for (size_t i = 0; i < n; i++) {
			if (picks[i].axis != r->to->decl->axes[c])
				continue;
			given |= (uint64_t)1 << c;
			row[c] = picks[i].value;
			if (!picks[i].prev)
				continue;
			if (!row[c])
				return DEP_NONE;
			row[c]--;
			searched = (long)c;
		}
	}
	uint32_t dep = look_up(ex, r->to, given, row);

	while (searched >= 0 && is_empty(ex, dep)) {
		if (!row[searched])
			return DEP_NONE;
		row[searched]--;
		dep = look_up(ex, r->to, given, row);
	}
	return dep;
}

uint32_t edge_at(struct stage *st, uint32_t target, const uint32_t *coords, const struct pick *picks, size_t n)
{
	struct route r;

	route_find(st, target, &r);
	return edge_follow(st->ex, &r, coords, picks, n);
}

static bool report_missing(struct stage *st, const struct slot *slot, const uint32_t *coords)
{
	struct expansion *ex = st->ex;
	struct str name = ex->study->steps[slot->target].name;

	diag_error(ex->d, slot->at, "missing-point", "'" STR_FMT "' names a point of '" STR_FMT "' that `where` takes away",
	           STR_ARG(point_text(st, coords, ex->study->arena)), STR_ARG(name));
	diag_hint(ex->d, "let `where` leave that point, or take the points of '" STR_FMT "' away that need it",
	          STR_ARG(st->decl->name));
	return false;
}

static bool slot_edges(struct stage *st, size_t m, uint32_t *deps)
{
	struct expansion *ex = st->ex;
	const struct slot *slot = &st->slots.data[m];
	const struct points *p = st->points;
	struct pick picks[STEP_AXIS_MAX];
	struct route r;
	size_t width = st->slots.n, n = 0;

	route_find(st, slot->target, &r);
	if (!slot->braces && r.to->points == p) { /* the same axes: the same row */
		uint32_t first = ex->study->graph->steps[r.to->index].first;

		for (uint32_t i = 0; i < p->count; i++)
			deps[i * width + m] = first + i;
		return true;
	}
	for (uint32_t i = 0; i < p->count; i++) {
		const uint32_t *coords = p->coords + (size_t)i * p->axis_count;

		if (slot->braces && !braces_at(st, slot, coords, picks, &n))
			return false;
		uint32_t dep = edge_follow(ex, &r, coords, picks, n);

		if (dep == POINT_MISSING)
			return report_missing(st, slot, coords);
		deps[i * width + m] = dep;
	}
	return true;
}

bool edges_make(struct expansion *ex, struct graph *g, struct step *steps)
{
	struct arena *a = ex->study->arena;
	bool ok = true;

	ex->empty_group = UINT32_MAX;
	for (size_t i = 0; i < g->step_count; i++) {
		struct stage *st = &ex->stages[ex->by_index[i]];
		uint32_t *deps = arena_array(a, uint32_t, (size_t)st->points->count * st->slots.n + 1);
		struct mention *mentions = arena_array(a, struct mention, st->slots.n + 1);

		for (size_t m = 0; m < st->slots.n; m++) {
			const struct slot *s = &st->slots.data[m];

			mentions[m] = (struct mention){ .step = ex->stages[s->target].index, .what = s->what, .at = s->at };
			ok = slot_edges(st, m, deps) && ok;
		}
		steps[i].deps = deps;
		steps[i].mentions = mentions;
		steps[i].mention_count = st->slots.n;
	}
	g->groups = ex->groups.data;
	g->group_count = ex->groups.n;
	ex->built = true;
	return ok;
}
