/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Edges are kept downwards, as one list of dependents per node; a node is a task or, behind the tasks, a group.
 */
#include <string.h>

#include "engine/base/vec.h"
#include "engine/run/scheduler.h"

struct heap {
	VEC(uint32_t) tasks;
};

struct sched {
	const struct graph *g;
	struct pools *pools;
	struct arena *a;
	const unsigned char *live;
	size_t nodes;          /* tasks, then groups */
	uint32_t *missing;     /* per node: unfinished dependencies */
	size_t *below_at;      /* per node: where its dependents start; nodes + 1 */
	uint32_t *below;
	float *path;           /* per node */
	unsigned char *blocked; /* per node */
	uint32_t *queue;       /* of free tasks; each task enters once */
	size_t queue_from, queue_to;
	struct heap *ready;    /* per class of needs */
	uint32_t starving;     /* class whose best task was overtaken; UINT32_MAX = none */
	uint32_t overtaken;
	uint32_t starving_task;
};

static size_t node_of_dep(const struct sched *s, uint32_t dep)
{
	return dep & DEP_GROUP ? s->g->task_count + (dep & ~DEP_GROUP) : dep;
}

/* Calls see for each edge (node, dependent) between live ones. */
typedef void (*see_edge)(struct sched *s, size_t node, size_t dependent);

static void group_edges(struct sched *s, size_t group, see_edge see)
{
	const struct group *members = &s->g->groups[group];

	for (uint32_t i = 0; i < members->n; i++)
		if (s->live[members->tasks[i]])
			see(s, members->tasks[i], s->g->task_count + group);
}

static void each_edge(struct sched *s, see_edge see)
{
	const struct graph *g = s->g;

	for (size_t i = 0; i < g->group_count; i++)
		group_edges(s, i, see);
	for (size_t i = 0; i < g->step_count; i++) {
		const struct step *step = &g->steps[i];

		for (uint32_t t = step->first; t < step->first + step->count; t++) {
			for (size_t m = 0; s->live[t] && m < step->mention_count; m++) {
				uint32_t dep = graph_dep(g, step, t, m);

				if (dep != DEP_NONE && (dep & DEP_GROUP || s->live[dep]))
					see(s, node_of_dep(s, dep), t);
			}
		}
	}
}

static void count_edge(struct sched *s, size_t node, size_t dependent)
{
	s->below_at[node + 1]++;
	s->missing[dependent]++;
}

/* below_at[node] moves on while the list fills; shifted back afterwards */
static void store_edge(struct sched *s, size_t node, size_t dependent)
{
	s->below[s->below_at[node]++] = (uint32_t)dependent;
}

static void build_edges(struct sched *s)
{
	each_edge(s, count_edge);
	for (size_t i = 0; i < s->nodes; i++)
		s->below_at[i + 1] += s->below_at[i];
	s->below = arena_array(s->a, uint32_t, s->below_at[s->nodes] + 1);
	each_edge(s, store_edge);
	memmove(s->below_at + 1, s->below_at, s->nodes * sizeof(*s->below_at));
	s->below_at[0] = 0;
}

static float longest_below(const struct sched *s, size_t node)
{
	float best = 0;

	for (size_t i = s->below_at[node]; i < s->below_at[node + 1]; i++)
		if (s->path[s->below[i]] > best)
			best = s->path[s->below[i]];
	return best;
}

/* Tasks from the last to the first, so that what is below is known; a group's is asked anew, for it stands nowhere in the
 * order: its consumers push their path up to it. */
static void build_paths(struct sched *s, const float *seconds)
{
	const struct graph *g = s->g;

	for (uint32_t k = g->task_count; k-- > 0;) {
		uint32_t t = g->order ? g->order[k] : k;

		if (!s->live[t])
			continue;
		s->path[t] = seconds[t] + longest_below(s, t);
		const struct step *step = graph_step_of(g, t);

		for (size_t m = 0; m < step->mention_count; m++) {
			uint32_t dep = graph_dep(g, step, t, m);

			if (dep == DEP_NONE || !(dep & DEP_GROUP))
				continue;
			float *above = &s->path[node_of_dep(s, dep)];

			if (s->path[t] > *above)
				*above = s->path[t];
		}
	}
}

struct sched *sched_new(const struct graph *g, const unsigned char *live, const float *seconds, struct pools *pools,
                        struct arena *a)
{
	struct sched *s = arena_make(a, struct sched);

	*s = (struct sched){ .g = g, .pools = pools, .a = a, .live = live, .nodes = g->task_count + g->group_count,
		.starving = UINT32_MAX, .starving_task = UINT32_MAX };
	s->missing = arena_array(a, uint32_t, s->nodes + 1);
	s->below_at = arena_array(a, size_t, s->nodes + 2);
	s->path = arena_array(a, float, s->nodes + 1);
	s->blocked = arena_alloc(a, s->nodes + 1);
	s->queue = arena_array(a, uint32_t, (size_t)g->task_count + 1);
	s->ready = arena_array(a, struct heap, pools->class_count + 1);
	build_edges(s);
	build_paths(s, seconds);
	/* a group whose members were all done before is done */
	for (size_t i = 0; i < g->group_count; i++) {
		size_t node = g->task_count + i;

		if (s->missing[node] == 0)
			for (size_t e = s->below_at[node]; e < s->below_at[node + 1]; e++)
				s->missing[s->below[e]]--;
	}
	for (uint32_t k = 0; k < g->task_count; k++) {
		uint32_t t = g->order ? g->order[k] : k;

		if (live[t] && s->missing[t] == 0)
			s->queue[s->queue_to++] = t;
	}
	return s;
}

float sched_path(const struct sched *s, uint32_t task)
{
	return s->path[task];
}

/* ---- ready tasks -------------------------------------------------------------------------------------------------- */

static bool before(const struct sched *s, uint32_t a, uint32_t b)
{
	if (s->path[a] != s->path[b])
		return s->path[a] > s->path[b];
	return a < b;
}

static uint32_t class_of(const struct sched *s, uint32_t task)
{
	return s->pools->class_of[graph_step_of(s->g, task) - s->g->steps];
}

void sched_ready(struct sched *s, uint32_t task)
{
	struct heap *h = &s->ready[class_of(s, task)];

	VEC_PUSH(s->a, &h->tasks, task);
	uint32_t *d = h->tasks.data;
	size_t i = h->tasks.n - 1;

	for (; i > 0 && before(s, task, d[(i - 1) / 2]); i = (i - 1) / 2)
		d[i] = d[(i - 1) / 2];
	d[i] = task;
}

static uint32_t heap_pop(struct sched *s, struct heap *h)
{
	uint32_t *d = h->tasks.data;
	uint32_t top = d[0], last = d[--h->tasks.n];
	size_t i = 0, n = h->tasks.n;

	for (;;) {
		size_t child = 2 * i + 1;

		if (child >= n)
			break;
		if (child + 1 < n && before(s, d[child + 1], d[child]))
			child++;
		if (!before(s, d[child], last))
			break;
		d[i] = d[child];
		i = child;
	}
	if (n)
		d[i] = last;
	return top;
}

bool sched_has_ready(const struct sched *s)
{
	for (size_t c = 0; c < s->pools->class_count; c++)
		if (s->ready[c].tasks.n)
			return true;
	return false;
}

/* The class with the best first task, among those that fit or among those that do not; UINT32_MAX = none. */
static uint32_t best_class(const struct sched *s, bool fits)
{
	bool kept = s->overtaken >= OVERTAKE_MAX && s->starving != UINT32_MAX;
	uint32_t best = UINT32_MAX;

	for (uint32_t c = 0; c < s->pools->class_count; c++) {
		if (!s->ready[c].tasks.n || pools_fit(s->pools, c) != fits)
			continue;
		if (fits && kept && c != s->starving && pools_compete(s->pools, c, s->starving))
			continue;
		if (best == UINT32_MAX || before(s, s->ready[c].tasks.data[0], s->ready[best].tasks.data[0]))
			best = c;
	}
	return best;
}

/* Counts how often the best task that does not fit was passed by. */
static void note_overtaking(struct sched *s, uint32_t taken)
{
	uint32_t waiting = best_class(s, false);
	uint32_t task = waiting == UINT32_MAX ? UINT32_MAX : s->ready[waiting].tasks.data[0];

	if (s->starving != UINT32_MAX && s->ready[s->starving].tasks.n && s->ready[s->starving].tasks.data[0] == s->starving_task &&
	    s->starving != taken) {
		s->overtaken++;
		return;
	}
	s->starving = waiting;
	s->starving_task = task;
	s->overtaken = waiting == UINT32_MAX ? 0 : 1;
}

bool sched_next(struct sched *s, uint32_t *task)
{
	uint32_t c = best_class(s, true);

	if (c == UINT32_MAX)
		return false;
	if (s->pools->class_count > 1)
		note_overtaking(s, c);
	*task = heap_pop(s, &s->ready[c]);
	pools_take(s->pools, c);
	return true;
}

void sched_release(struct sched *s, uint32_t task)
{
	pools_give(s->pools, class_of(s, task));
}

/* ---- the end of a task -------------------------------------------------------------------------------------------- */

bool sched_free(struct sched *s, uint32_t *task)
{
	while (s->queue_from < s->queue_to) {
		*task = s->queue[s->queue_from++];
		if (!s->blocked[*task])
			return true;
	}
	return false;
}

void sched_drop(struct sched *s, uint32_t task)
{
	s->blocked[task] = 1;
}

static void node_done(struct sched *s, size_t node)
{
	for (size_t i = s->below_at[node]; i < s->below_at[node + 1]; i++) {
		uint32_t below = s->below[i];

		if (--s->missing[below] > 0)
			continue;
		if (below >= s->g->task_count)
			node_done(s, below);
		else
			s->queue[s->queue_to++] = below;
	}
}

void sched_done(struct sched *s, uint32_t task)
{
	node_done(s, task);
}

void sched_block(struct sched *s, uint32_t task, void (*see)(void *user, uint32_t blocked), void *user)
{
	VEC(size_t) todo = { 0 };

	VEC_PUSH(s->a, &todo, task);
	while (todo.n) {
		size_t node = todo.data[--todo.n];

		for (size_t i = s->below_at[node]; i < s->below_at[node + 1]; i++) {
			uint32_t below = s->below[i];

			if (s->blocked[below])
				continue;
			s->blocked[below] = 1;
			VEC_PUSH(s->a, &todo, below);
			if (below < s->g->task_count)
				see(user, below);
		}
	}
}
