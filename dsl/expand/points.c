/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The points of a step: free axes times the tuples of each component of `where`, in the order of `each`, last axis
 * fastest. Every component's tuples are sorted, so that the walk narrows a range per component and never meets a dead end:
 * the cost is the number of points. Counted, and refused, before anything is multiplied.
 */
#include <string.h>

#include "dsl/expand/expand.h"

struct level { /* an axis of the step */
	uint32_t size;  /* free axis: number of values */
	size_t part;    /* SIZE_MAX = free */
	size_t column;  /* of the part's tuples */
};

struct walk {
	const struct tuples **parts;
	size_t part_count;
	size_t *low, *high; /* present range of each part */
	struct level *levels;
	size_t n;
	uint32_t *row, *out;
};

static void walk_free_last(struct walk *w, uint32_t size)
{
	size_t last = w->n - 1;

	for (uint32_t v = 0; v < size; v++) {
		if (last)
			memcpy(w->out, w->row, last * sizeof(*w->out));
		w->out[last] = v;
		w->out += w->n;
	}
}

static void walk_level(struct walk *w, size_t depth)
{
	if (depth == w->n) {
		memcpy(w->out, w->row, w->n * sizeof(*w->out));
		w->out += w->n;
		return;
	}
	const struct level *l = &w->levels[depth];

	if (l->part == SIZE_MAX) {
		if (depth + 1 == w->n) {
			walk_free_last(w, l->size);
			return;
		}
		for (uint32_t v = 0; v < l->size; v++) {
			w->row[depth] = v;
			walk_level(w, depth + 1);
		}
		return;
	}
	const struct tuples *t = w->parts[l->part];
	size_t low = w->low[l->part], high = w->high[l->part];

	for (size_t i = low; i < high;) {
		uint32_t v = t->rows[i * t->width + l->column];
		size_t end = i + 1;

		while (end < high && t->rows[end * t->width + l->column] == v)
			end++;
		w->row[depth] = v;
		w->low[l->part] = i;
		w->high[l->part] = end;
		walk_level(w, depth + 1);
		i = end;
	}
	w->low[l->part] = low;
	w->high[l->part] = high;
}

/* Components that the step has to obey, with their tuples. Those whose axes it does not name must only be possible. */
static bool walk_parts(struct expansion *ex, const struct step_decl *step, struct walk *w)
{
	struct arena *a = ex->study->arena;
	size_t components = filter_component_count(ex->filter);

	w->parts = arena_array(a, const struct tuples *, components + 1);
	for (size_t c = 0; c < components; c++) {
		uint32_t *axes = arena_array(a, uint32_t, step->axis_count + 1);
		size_t n = 0;

		for (size_t i = 0; i < step->axis_count; i++) {
			if (!filter_reads(ex->filter, c, step->axes[i]))
				continue;
			w->levels[i].part = w->part_count;
			w->levels[i].column = n;
			axes[n++] = step->axes[i];
		}
		if (!n && !filter_is_constant(ex->filter, c))
			continue;
		w->parts[w->part_count] = filter_tuples(ex->filter, c, axes, n, step);
		if (!w->parts[w->part_count++])
			return false;
	}
	return true;
}

static bool refuse(struct expansion *ex, const struct step_decl *step, const struct walk *w)
{
	struct arena *a = ex->study->arena;
	struct sb b;
	uint64_t total = 1;
	bool over = false;
	const char *times = "";

	sb_init(&b, 1 << 16);
	for (size_t i = 0; i < w->part_count; i++) {
		over = over || __builtin_mul_overflow(total, (uint64_t)w->parts[i]->count, &total);
		sb_printf(&b, "%s%s", times, number_commas(a, w->parts[i]->count).p);
		times = " × ";
	}
	for (size_t i = 0; i < w->n; i++) {
		if (w->levels[i].part != SIZE_MAX)
			continue;
		over = over || __builtin_mul_overflow(total, (uint64_t)w->levels[i].size, &total);
		sb_printf(&b, "%s%s", times, number_commas(a, w->levels[i].size).p);
		times = " × ";
	}
	sb_printf(&b, " = %s%s points", over ? "more than " : "", number_commas(a, over ? UINT64_MAX : total).p);
	diag_error(ex->d, step->at, "too-many-points", "step '" STR_FMT "': %s; the limit is %s", STR_ARG(step->name), b.s,
	           number_commas(a, GRAPH_TASK_MAX).p);
	diag_hint(ex->d, "name fewer axes in `each`, shorten them, or take points away with `where`");
	sb_release(&b);
	return false;
}

static bool count_points(const struct walk *w, uint64_t *out)
{
	uint64_t total = 1;

	for (size_t i = 0; i < w->part_count; i++)
		if (__builtin_mul_overflow(total, (uint64_t)w->parts[i]->count, &total))
			return false;
	for (size_t i = 0; i < w->n; i++)
		if (w->levels[i].part == SIZE_MAX && __builtin_mul_overflow(total, (uint64_t)w->levels[i].size, &total))
			return false;
	*out = total;
	return total <= GRAPH_TASK_MAX;
}

static void fill(struct expansion *ex, struct points *p, struct walk *w)
{
	struct arena *a = ex->study->arena;

	p->full = w->part_count == 0;
	p->coords = arena_array(a, uint32_t, (size_t)p->count * p->axis_count + 1);
	p->stride = arena_array(a, uint32_t, p->axis_count + 1);
	for (size_t i = p->axis_count, stride = 1; i-- > 0;) {
		p->stride[i] = (uint32_t)stride; /* of use only when full: then the product is within the limit */
		stride *= w->levels[i].size;
	}
	w->low = arena_array(a, size_t, w->part_count + 1);
	w->high = arena_array(a, size_t, w->part_count + 1);
	for (size_t i = 0; i < w->part_count; i++)
		w->high[i] = w->parts[i]->count;
	w->row = arena_array(a, uint32_t, w->n + 1);
	w->out = p->coords;
	if (w->n && p->count)
		walk_level(w, 0);
}

bool points_make(struct expansion *ex, struct stage *st)
{
	const struct step_decl *step = st->decl;
	struct arena *a = ex->study->arena;
	struct walk w = { .n = step->axis_count };
	uint64_t count = 0;

	for (struct points *p = ex->points; p; p = p->next)
		if (p->axis_count == step->axis_count &&
		    (!p->axis_count || !memcmp(p->axes, step->axes, p->axis_count * sizeof(*p->axes)))) {
			st->points = p;
			return true;
		}
	if (step->axis_count > STEP_AXIS_MAX)
		return diag_error(ex->d, step->at, "too-many-axes", "step '" STR_FMT "' names %zu axes; the limit is %d",
		                  STR_ARG(step->name), step->axis_count, STEP_AXIS_MAX),
			diag_hint(ex->d, "settings that go together are one axis of maps with a name"), false;
	w.levels = arena_array(a, struct level, w.n + 1);
	for (size_t i = 0; i < w.n; i++)
		w.levels[i] = (struct level){ .size = (uint32_t)ex->study->axes[step->axes[i]].n, .part = SIZE_MAX };
	if (!walk_parts(ex, step, &w))
		return false;
	if (!count_points(&w, &count))
		return refuse(ex, step, &w);
	struct points *p = arena_make(a, struct points);

	p->axes = step->axes;
	p->axis_count = step->axis_count;
	p->count = (uint32_t)count;
	fill(ex, p, &w);
	p->next = ex->points;
	ex->points = p;
	st->points = p;
	return true;
}
