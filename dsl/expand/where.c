/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `where`: conditions that share axes form a component; components are independent of each other, so only the axes inside
 * one are ever multiplied. A step that names some axes of a component gets the projection: its tuples for which some values
 * of the other axes satisfy all conditions. The search assigns axis by axis and asks each condition as soon as its axes are
 * known; answers are remembered, one byte per combination of the condition's axes.
 */
#include <string.h>

#include "dsl/expand/expand.h"

#define MEMO_MAX ((uint64_t)1 << 26)    /* bytes of memory for one condition */
#define VISIT_MAX ((uint64_t)40000000)  /* combinations that are looked at for one projection */

enum { MEMO_UNKNOWN, MEMO_FALSE, MEMO_TRUE };

struct relation { /* a condition with its memory */
	const struct condition *c;
	size_t component;
	unsigned char *memo; /* NULL: too many combinations to remember */
	uint64_t *stride;
	const struct value **args;
};

struct filter {
	struct expansion *ex;
	struct relation *relations;
	size_t relation_count, component_count;
	size_t *component_of; /* axis → component, SIZE_MAX = free */
	struct tuples **known; /* component → projections made so far */
	uint32_t *assigned;   /* axis → value of the search */
	bool *reported;       /* component → its emptiness has been told */
	bool failed;
};

struct search {
	struct filter *f;
	uint32_t *order; /* asked axes first, then the others of the component */
	size_t asked, n;
	struct relation ***ready; /* depth → relations to ask there, NULL-terminated */
	uint64_t visits;
	VEC(uint32_t) rows;
	size_t count;
	bool too_many;
};

/* Union of sets: every condition joins the components of the axes that it reads. */
static void find_components(struct filter *f, const struct study *s)
{
	for (size_t i = 0; i < f->relation_count; i++) {
		const struct condition *c = f->relations[i].c;
		size_t mine = i;

		for (size_t k = 0; k < c->axis_count; k++) {
			size_t old = f->component_of[c->axes[k]];

			f->component_of[c->axes[k]] = mine;
			if (old == SIZE_MAX || old == mine)
				continue;
			for (size_t x = 0; x < s->axis_count; x++)
				if (f->component_of[x] == old)
					f->component_of[x] = mine;
		}
	}
	f->component_count = f->relation_count;
	for (size_t i = 0; i < f->relation_count; i++) {
		const struct condition *c = f->relations[i].c;

		f->relations[i].component = c->axis_count ? f->component_of[c->axes[0]] : i;
	}
}

static void relation_start(struct relation *r, const struct study *s)
{
	uint64_t size = 1;

	r->stride = arena_array(s->arena, uint64_t, r->c->axis_count + 1);
	r->args = arena_array(s->arena, const struct value *, r->c->axis_count + r->c->param_count + 1);
	for (size_t k = 0; k < r->c->param_count; k++)
		r->args[r->c->axis_count + k] = r->c->params[k];
	for (size_t k = r->c->axis_count; k-- > 0;) {
		r->stride[k] = size;
		if (size <= MEMO_MAX)
			size *= s->axes[r->c->axes[k]].n;
	}
	if (size <= MEMO_MAX)
		r->memo = arena_alloc(s->arena, size);
}

struct filter *filter_new(struct expansion *ex)
{
	const struct study *s = ex->study;
	struct filter *f = arena_make(s->arena, struct filter);

	f->ex = ex;
	f->relation_count = s->where_count;
	f->relations = arena_array(s->arena, struct relation, s->where_count + 1);
	f->component_of = arena_array(s->arena, size_t, s->axis_count + 1);
	f->assigned = arena_array(s->arena, uint32_t, s->axis_count + 1);
	f->reported = arena_array(s->arena, bool, s->where_count + 1);
	f->known = arena_array(s->arena, struct tuples *, s->where_count + 1);
	for (size_t i = 0; i < s->axis_count; i++)
		f->component_of[i] = SIZE_MAX;
	for (size_t i = 0; i < s->where_count; i++) {
		f->relations[i].c = &s->where[i];
		relation_start(&f->relations[i], s);
	}
	find_components(f, s);
	return f;
}

size_t filter_component_count(const struct filter *f)
{
	return f->component_count;
}

bool filter_is_constant(const struct filter *f, size_t component)
{
	for (size_t i = 0; i < f->relation_count; i++)
		if (f->relations[i].component == component && f->relations[i].c->axis_count)
			return false;
	return f->relations[component].c->axis_count == 0;
}

bool filter_reads(const struct filter *f, size_t component, uint32_t axis)
{
	return f->component_of[axis] == component;
}

/* Does the condition hold for the assigned values? An error in it is recorded once and ends the search. */
static bool relation_holds(struct filter *f, struct relation *r)
{
	const struct study *s = f->ex->study;
	uint64_t at = 0;
	bool holds = false;

	for (size_t k = 0; k < r->c->axis_count; k++)
		at += f->assigned[r->c->axes[k]] * r->stride[k];
	if (r->memo && r->memo[at] != MEMO_UNKNOWN)
		return r->memo[at] == MEMO_TRUE;
	for (size_t k = 0; k < r->c->axis_count; k++)
		r->args[k] = &s->axes[r->c->axes[k]].values[f->assigned[r->c->axes[k]]];
	if (!f->failed &&
	    lua_test(s->lua, r->c->chunk, r->args, r->c->axis_count + r->c->param_count, &holds, f->ex->d) != EVAL_OK) {
		f->failed = true;
		for (size_t k = 0; k < r->c->axis_count; k++)
			diag_note(f->ex->d, r->args[k]->at, "with '" STR_FMT "' = %s", STR_ARG(s->axes[r->c->axes[k]].name),
			          value_show(r->args[k], s->arena).p);
	}
	if (r->memo)
		r->memo[at] = holds ? MEMO_TRUE : MEMO_FALSE;
	return holds;
}

static bool depth_holds(struct search *q, size_t depth)
{
	if (++q->visits > VISIT_MAX)
		q->too_many = true;
	for (struct relation **r = q->ready[depth]; *r; r++)
		if (!relation_holds(q->f, *r))
			return false;
	return true;
}

static bool search_exists(struct search *q, size_t depth)
{
	if (depth == q->n)
		return true;
	uint32_t axis = q->order[depth];

	for (uint32_t v = 0; v < q->f->ex->study->axes[axis].n && !q->too_many && !q->f->failed; v++) {
		q->f->assigned[axis] = v;
		if (depth_holds(q, depth) && search_exists(q, depth + 1))
			return true;
	}
	return false;
}

static void search_walk(struct search *q, size_t depth)
{
	struct arena *a = q->f->ex->study->arena;

	if (depth == q->asked) {
		if (!search_exists(q, depth))
			return;
		for (size_t i = 0; i < q->asked; i++)
			VEC_PUSH(a, &q->rows, q->f->assigned[q->order[i]]);
		if (++q->count > GRAPH_TASK_MAX)
			q->too_many = true;
		return;
	}
	uint32_t axis = q->order[depth];

	for (uint32_t v = 0; v < q->f->ex->study->axes[axis].n && !q->too_many && !q->f->failed; v++) {
		q->f->assigned[axis] = v;
		if (depth_holds(q, depth))
			search_walk(q, depth + 1);
	}
}

/* Sorts the component's axes (those asked for first) and its conditions (each where its last axis is assigned). */
static void search_plan(struct search *q, size_t component, const uint32_t *axes, size_t n)
{
	struct filter *f = q->f;
	const struct study *s = f->ex->study;
	size_t *depth_of = arena_array(s->arena, size_t, s->axis_count + 1);

	q->order = arena_array(s->arena, uint32_t, s->axis_count + 1);
	for (; q->n < n; q->n++)
		q->order[q->n] = axes[q->n];
	q->asked = n;
	for (uint32_t x = 0; x < s->axis_count; x++) {
		bool asked = false;

		for (size_t i = 0; i < n; i++)
			asked = asked || axes[i] == x;
		if (!asked && f->component_of[x] == component)
			q->order[q->n++] = x;
	}
	for (size_t i = 0; i < q->n; i++)
		depth_of[q->order[i]] = i;
	q->ready = arena_array(s->arena, struct relation **, q->n + 1);
	for (size_t d = 0; d <= q->n; d++)
		q->ready[d] = arena_array(s->arena, struct relation *, f->relation_count + 1);
	for (size_t i = 0; i < f->relation_count; i++) {
		struct relation *r = &f->relations[i], **list;
		size_t last = 0;

		if (r->component != component)
			continue;
		for (size_t k = 0; k < r->c->axis_count; k++)
			if (depth_of[r->c->axes[k]] > last)
				last = depth_of[r->c->axes[k]];
		for (list = q->ready[last]; *list; list++)
			;
		*list = r;
	}
}

static const struct condition *first_condition(const struct filter *f, size_t component)
{
	for (size_t i = 0; i < f->relation_count; i++)
		if (f->relations[i].component == component)
			return f->relations[i].c;
	return f->relations[0].c;
}

static void report_empty(struct filter *f, size_t component, const struct step_decl *step)
{
	struct diags *d = f->ex->d;
	const struct condition *first = first_condition(f, component);

	f->reported[component] = true;
	diag_error(d, first->at, "where-empty", "'where' leaves no point for step '" STR_FMT "'", STR_ARG(step->name));
	for (size_t i = 0; i < f->relation_count; i++)
		if (f->relations[i].component == component && f->relations[i].c != first)
			diag_note(d, f->relations[i].c->at, "together with this condition");
	diag_hint(d, "no values of the axes satisfy it; a text and a number are never equal: \"1\" is not 1");
}

static void report_many(const struct search *q, size_t component, const struct step_decl *step)
{
	const struct study *s = q->f->ex->study;
	struct diags *d = q->f->ex->d;
	bool found = q->count > GRAPH_TASK_MAX;
	struct sb b;

	sb_init(&b, 1 << 16);
	for (size_t i = 0; i < (found ? q->asked : q->n); i++)
		sb_printf(&b, "%s%s", i ? " × " : "", number_commas(s->arena, s->axes[q->order[i]].n).p);
	diag_error(d, first_condition(q->f, component)->at, "too-many-points",
	           found ? "step '" STR_FMT "': 'where' leaves more than %s of %s points; that is the limit"
	                 : "step '" STR_FMT "': 'where' was not decided after %s of %s combinations",
	           STR_ARG(step->name), number_commas(s->arena, found ? GRAPH_TASK_MAX : VISIT_MAX).p, b.s);
	diag_hint(d, found ? "name fewer axes in `each`, shorten them, or take more points away"
	                   : "split the condition so that each part reads fewer axes, or shorten the axes");
	sb_release(&b);
}

const struct tuples *filter_tuples(struct filter *f, size_t component, const uint32_t *axes, size_t n,
                                   const struct step_decl *step)
{
	struct arena *a = f->ex->study->arena;

	for (struct tuples *t = f->known[component]; t; t = t->next)
		if (t->width == n && !memcmp(t->axes, axes, n * sizeof(*axes)))
			return t->count ? t : NULL;
	struct search q = { .f = f };
	struct tuples *out = arena_make(a, struct tuples);

	search_plan(&q, component, axes, n);
	if (q.n || depth_holds(&q, 0))
		search_walk(&q, 0);
	if (q.too_many)
		report_many(&q, component, step);
	else if (!q.count && !f->failed && !f->reported[component])
		report_empty(f, component, step);
	*out = (struct tuples){ .width = n, .rows = q.rows.data, .count = q.too_many || f->failed ? 0 : q.count,
		                .next = f->known[component] };
	uint32_t *copy = arena_array(a, uint32_t, n + 1);

	if (n)
		memcpy(copy, axes, n * sizeof(*axes));
	out->axes = copy;
	f->known[component] = out;
	return out->count ? out : NULL;
}
