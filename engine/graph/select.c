/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Tasks by a name or a part of it: STEP, STEP[axis=label,…] or axis=label,…
 *
 * Without a step, tasks of all steps that have every axis named are meant. A value may be written as it stands in task
 * names, or as plain text where that has no comma or bracket.
 */
#include <string.h>

#include "engine/base/vec.h"
#include "engine/graph/graph.h"

struct wish {
	uint32_t axis;
	size_t value;
};
typedef VEC(struct wish) wishes;

struct selection {
	const struct graph *g;
	struct arena *a;
	struct str *why;
	struct str step, rest; /* the parts of the pattern; step may be empty */
	bool bracket;
	wishes wishes;
};

#define LISTED 8

/* The sentence, with the nearest of the candidates behind it, or the first few where none is near. */
static bool refuse(struct selection *x, struct str sentence, struct str wrong, const struct str *candidates, size_t n)
{
	struct str near = str_nearest(wrong, candidates, n);

	if (near.n) {
		*x->why = arena_printf(x->a, STR_FMT "; did you mean '" STR_FMT "'?", STR_ARG(sentence), STR_ARG(near));
		return false;
	}
	for (size_t i = 0; i < n && i < LISTED; i++)
		sentence = arena_printf(x->a, STR_FMT "%s'" STR_FMT "'", STR_ARG(sentence), i ? ", " : n > 1 ? "; one of " : "; there is only ",
		                        STR_ARG(candidates[i]));
	*x->why = n > LISTED ? arena_printf(x->a, STR_FMT " and %zu more", STR_ARG(sentence), n - LISTED) : sentence;
	return false;
}

static bool refuse_step(struct selection *x)
{
	struct str *names = arena_array(x->a, struct str, x->g->step_count + 1);

	for (size_t i = 0; i < x->g->step_count; i++)
		names[i] = x->g->steps[i].name;
	return refuse(x, arena_printf(x->a, "there is no step '" STR_FMT "'", STR_ARG(x->step)), x->step, names, x->g->step_count);
}

static bool refuse_axis(struct selection *x, struct str axis)
{
	struct str *names = arena_array(x->a, struct str, x->g->axis_count + 1);

	for (size_t i = 0; i < x->g->axis_count; i++)
		names[i] = x->g->axes[i].name;
	return refuse(x, arena_printf(x->a, "there is no axis '" STR_FMT "'", STR_ARG(axis)), axis, names, x->g->axis_count);
}

static bool find_axis(const struct graph *g, struct str name, uint32_t *out)
{
	for (size_t i = 0; i < g->axis_count; i++)
		if (str_same(g->axes[i].name, name)) {
			*out = (uint32_t)i;
			return true;
		}
	return false;
}

/* By its label, or by its text. */
static bool find_value(const struct axis *x, struct str text, size_t *out)
{
	struct sb plain;

	for (size_t i = 0; i < x->n; i++)
		if (str_same(x->labels[i], text)) {
			*out = i;
			return true;
		}
	sb_init(&plain, 1 << 20);
	bool found = false;

	for (size_t i = 0; i < x->n && !found; i++) {
		const struct value *name = value_get(&x->values[i], "name");

		sb_clear(&plain);
		value_text(name ? name : &x->values[i], &plain);
		found = str_same(sb_str(&plain), text);
		*out = i;
	}
	sb_release(&plain);
	return found;
}

static bool add_wish(struct selection *x, struct str part)
{
	long eq = str_find(part, STR("="));
	struct wish w;

	if (eq <= 0) {
		*x->why = arena_printf(x->a, "'" STR_FMT "' is not axis=value", STR_ARG(part));
		return false;
	}
	struct str name = str_trim(str_from(part, 0, (size_t)eq)), text = str_trim(str_from(part, (size_t)eq + 1, part.n));

	if (!find_axis(x->g, name, &w.axis))
		return refuse_axis(x, name);
	const struct axis *axis = &x->g->axes[w.axis];

	if (!find_value(axis, text, &w.value)) {
		struct str sentence = arena_printf(x->a, "axis '" STR_FMT "' has no value '" STR_FMT "'", STR_ARG(name), STR_ARG(text));

		return refuse(x, sentence, text, axis->labels, axis->n);
	}
	VEC_PUSH(x->a, &x->wishes, w);
	return true;
}

/* Cuts the pattern into step and wishes. */
static bool take_apart(struct selection *x, struct str pattern)
{
	long open = str_find(pattern, STR("["));

	if (open >= 0) {
		if (!str_ends(pattern, "]")) {
			*x->why = arena_printf(x->a, "'" STR_FMT "' lacks its ']'", STR_ARG(pattern));
			return false;
		}
		x->bracket = true;
		x->step = str_trim(str_from(pattern, 0, (size_t)open));
		x->rest = str_from(pattern, (size_t)open + 1, pattern.n - (size_t)open - 2);
	} else if (str_find(pattern, STR("=")) >= 0) {
		x->rest = pattern;
	} else {
		x->step = pattern;
	}
	if (!x->step.n && (x->bracket || !x->rest.n)) {
		*x->why = arena_printf(x->a, "'" STR_FMT "' names no step; write STEP, STEP[axis=value] or axis=value", STR_ARG(pattern));
		return false;
	}
	struct str rest = x->rest, part;

	while (str_split(&rest, ',', &part))
		if (!add_wish(x, str_trim(part)))
			return false;
	return true;
}

/* Where in the step's own axes the wish's axis stands. */
static bool axis_place(const struct step *s, uint32_t axis, size_t *out)
{
	for (size_t i = 0; i < s->axis_count; i++)
		if (s->axes[i] == axis) {
			*out = i;
			return true;
		}
	return false;
}

static bool task_matches(const struct selection *x, const struct step *s, uint32_t task)
{
	const uint32_t *at = graph_coords(s, task);
	size_t place = 0;

	for (size_t i = 0; i < x->wishes.n; i++)
		if (!axis_place(s, x->wishes.data[i].axis, &place) || at[place] != x->wishes.data[i].value)
			return false;
	return true;
}

/* A step that is named must have every axis that is. */
static bool check_axes(struct selection *x, const struct step *s)
{
	size_t place;

	for (size_t i = 0; i < x->wishes.n; i++) {
		struct str axis = x->g->axes[x->wishes.data[i].axis].name;

		if (axis_place(s, x->wishes.data[i].axis, &place))
			continue;
		struct str *names = arena_array(x->a, struct str, s->axis_count + 1);

		for (size_t k = 0; k < s->axis_count; k++)
			names[k] = x->g->axes[s->axes[k]].name;
		return refuse(x, arena_printf(x->a, "step '" STR_FMT "' does not run over '" STR_FMT "'", STR_ARG(s->name), STR_ARG(axis)), axis,
		              names, s->axis_count);
	}
	return true;
}

bool graph_select(const struct graph *g, struct str pattern, struct arena *a, uint32_t **tasks, size_t *n, struct str *why)
{
	struct selection x = { .g = g, .a = a, .why = why };
	VEC(uint32_t) found = { 0 };

	pattern = str_trim(pattern);
	if (!take_apart(&x, pattern))
		return false;
	uint32_t named = x.step.n ? graph_step_named(g, x.step) : UINT32_MAX;

	if (x.step.n && named == UINT32_MAX)
		return refuse_step(&x);
	if (x.step.n && !check_axes(&x, &g->steps[named]))
		return false;
	for (size_t i = 0; i < g->step_count; i++) {
		const struct step *s = &g->steps[i];

		if (named != UINT32_MAX && i != named)
			continue;
		for (uint32_t t = s->first; t < s->first + s->count; t++)
			if (task_matches(&x, s, t))
				VEC_PUSH(a, &found, t);
	}
	if (!found.n) {
		*why = arena_printf(a, "no task matches '" STR_FMT "': the study has no such point", STR_ARG(pattern));
		return false;
	}
	*tasks = found.data;
	*n = found.n;
	return true;
}
