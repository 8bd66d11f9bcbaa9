/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Order and cycles. When the steps, self-references aside, form no cycle, they are laid out dependency first and the
 * identity is an order of the tasks; a step that names its own earlier points (`prev`) keeps it so. Otherwise tasks and
 * groups are sorted (Kahn 1962); what is left over holds a cycle, which is reported by its points.
 */
#include "dsl/expand/expand.h"

#define PATH_SHOWN 12

enum { WHITE, GREY, BLACK };

static bool visit(struct expansion *ex, uint32_t number, unsigned char *colour, uint32_t *n)
{
	struct stage *st = &ex->stages[number];
	bool ok = true;

	colour[number] = GREY;
	for (size_t i = 0; i < st->slots.n; i++) {
		uint32_t target = st->slots.data[i].target;

		if (target == number)
			continue;
		if (colour[target] == GREY)
			ok = false;
		else if (colour[target] == WHITE)
			ok = visit(ex, target, colour, n) && ok;
	}
	colour[number] = BLACK;
	ex->by_index[(*n)++] = number;
	return ok;
}

bool stages_order(struct expansion *ex)
{
	const struct study *s = ex->study;
	unsigned char *colour = arena_alloc(s->arena, s->step_count + 1);
	uint32_t n = 0;
	bool ok = true;

	ex->by_index = arena_array(s->arena, uint32_t, s->step_count + 1);
	for (uint32_t i = 0; i < s->step_count; i++)
		if (colour[i] == WHITE)
			ok = visit(ex, i, colour, &n) && ok;
	for (uint32_t i = 0; i < s->step_count; i++) {
		if (!ok)
			ex->by_index[i] = i;
		ex->stages[ex->by_index[i]].index = i;
	}
	return ok;
}

static bool in_order(const struct expansion *ex, const struct graph *g)
{
	uint32_t *last = arena_array(ex->study->arena, uint32_t, g->group_count + 1);

	for (size_t i = 0; i < g->group_count; i++)
		for (uint32_t k = 0; k < g->groups[i].n; k++)
			if (g->groups[i].tasks[k] + 1 > last[i])
				last[i] = g->groups[i].tasks[k] + 1;
	for (size_t i = 0; i < g->step_count; i++) {
		const struct step *s = &g->steps[i];
		size_t n = s->mention_count;

		for (size_t k = 0; k < s->count * n; k++) {
			uint32_t dep = s->deps[k], task = s->first + (uint32_t)(k / n);

			if (dep == DEP_NONE)
				continue;
			if (dep & DEP_GROUP ? last[dep & ~DEP_GROUP] > task : dep >= task)
				return false;
		}
	}
	return true;
}

struct sorting { /* nodes: the tasks, then the groups */
	const struct graph *g;
	size_t *start;     /* node → its followers in `to` */
	uint32_t *to;
	uint32_t *missing; /* node → dependencies that are not sorted yet */
};

static void each_edge(const struct graph *g, void (*see)(struct sorting *, uint32_t from, uint32_t to), struct sorting *q)
{
	for (size_t i = 0; i < g->step_count; i++) {
		const struct step *s = &g->steps[i];

		for (uint32_t t = 0; t < s->count; t++)
			for (size_t m = 0; m < s->mention_count; m++) {
				uint32_t dep = s->deps[t * s->mention_count + m];

				if (dep != DEP_NONE)
					see(q, dep & DEP_GROUP ? g->task_count + (dep & ~DEP_GROUP) : dep, s->first + t);
			}
	}
	for (uint32_t i = 0; i < g->group_count; i++)
		for (uint32_t k = 0; k < g->groups[i].n; k++)
			see(q, g->groups[i].tasks[k], g->task_count + i);
}

static void count_edge(struct sorting *q, uint32_t from, uint32_t to)
{
	q->start[from + 2]++;
	q->missing[to]++;
}

static void put_edge(struct sorting *q, uint32_t from, uint32_t to)
{
	q->to[q->start[from + 1]++] = to;
}

static uint32_t sort_tasks(struct arena *a, struct sorting *q, uint32_t *order)
{
	size_t nodes = q->g->task_count + q->g->group_count, head = 0, tail = 0;
	uint32_t *queue = arena_array(a, uint32_t, nodes + 1), n = 0;

	q->start = arena_array(a, size_t, nodes + 3);
	q->missing = arena_array(a, uint32_t, nodes + 1);
	each_edge(q->g, count_edge, q);
	for (size_t i = 2; i < nodes + 2; i++)
		q->start[i] += q->start[i - 1];
	q->to = arena_array(a, uint32_t, q->start[nodes + 1] + 1);
	each_edge(q->g, put_edge, q);
	for (uint32_t i = 0; i < nodes; i++)
		if (!q->missing[i])
			queue[tail++] = i;
	while (head < tail) {
		uint32_t node = queue[head++];

		if (node < q->g->task_count)
			order[n++] = node;
		for (size_t k = q->start[node]; k < q->start[node + 1]; k++)
			if (--q->missing[q->to[k]] == 0)
				queue[tail++] = q->to[k];
	}
	return n;
}

/* A task behind `task` that is not sorted either, and the mention that leads there. */
static uint32_t stuck_dep(const struct sorting *q, uint32_t task, size_t *mention)
{
	const struct graph *g = q->g;
	const struct step *s = graph_step_of(g, task);

	for (size_t m = 0; m < s->mention_count; m++) {
		uint32_t dep = s->deps[(size_t)(task - s->first) * s->mention_count + m];

		*mention = m;
		if (dep == DEP_NONE)
			continue;
		if (!(dep & DEP_GROUP) && q->missing[dep])
			return dep;
		if (!(dep & DEP_GROUP))
			continue;
		const struct group *group = &g->groups[dep & ~DEP_GROUP];

		for (uint32_t k = 0; k < group->n; k++)
			if (q->missing[group->tasks[k]])
				return group->tasks[k];
	}
	BUG("task %u is in no cycle", task);
}

static struct str task_text(const struct expansion *ex, const struct graph *g, uint32_t task)
{
	const struct step *s = graph_step_of(g, task);

	return point_text(&ex->stages[ex->by_index[s - g->steps]], s->coords + (size_t)(task - s->first) * s->axis_count,
	                  ex->study->arena);
}

static bool report_cycle(struct expansion *ex, const struct sorting *q, uint32_t start)
{
	const struct graph *g = q->g;
	size_t mention = 0, length = 0;
	uint32_t task = start;
	struct sb path;

	for (uint32_t i = 0; i < g->task_count; i++) /* after that many moves we stand inside a cycle */
		task = stuck_dep(q, task, &mention);
	start = task;
	sb_init(&path, 1 << 16);
	do {
		if (length++ < PATH_SHOWN)
			sb_printf(&path, "%s → ", task_text(ex, g, task).p);
		task = stuck_dep(q, task, &mention);
	} while (task != start);
	sb_printf(&path, "%s%s", length > PATH_SHOWN ? "… → " : "", task_text(ex, g, start).p);
	const struct step *s = graph_step_of(g, start);
	uint32_t next = stuck_dep(q, start, &mention);

	if (next == start) {
		diag_error(ex->d, s->mentions[mention].at, "cycle", "step '" STR_FMT "' names itself at the same point", STR_ARG(s->name));
		diag_hint(ex->d, "its own outputs are ${out.NAME}; an earlier point is " STR_FMT "{axis=prev(axis)}", STR_ARG(s->name));
		sb_release(&path);
		return false;
	}
	diag_error(ex->d, s->mentions[mention].at, "cycle", "these tasks wait for each other: %s", path.s),
		diag_hint(ex->d, "take one of these names out, or name another point there: step{axis=prev(axis)}");
	for (size_t i = 0; i < length && i < PATH_SHOWN; i++) {
		s = graph_step_of(g, task);
		next = stuck_dep(q, task, &mention);
		if (i) /* the first is where the error stands */
			diag_note(ex->d, s->mentions[mention].at, "'" STR_FMT "' names '" STR_FMT "' here", STR_ARG(s->name),
			          STR_ARG(g->steps[s->mentions[mention].step].name));
		task = next;
	}
	sb_release(&path);
	return false;
}

bool tasks_order(struct expansion *ex, struct graph *g)
{
	struct sorting q = { .g = g };
	uint32_t *order;

	if (in_order(ex, g))
		return true;
	order = arena_array(ex->study->arena, uint32_t, (size_t)g->task_count + 1);
	if (sort_tasks(ex->study->arena, &q, order) == g->task_count) {
		g->order = order;
		return true;
	}
	for (uint32_t i = 0; i < g->task_count; i++)
		if (q.missing[i])
			return report_cycle(ex, &q, i);
	BUG("tasks are missing, but none waits");
}
