/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Axes: a list of scalars, a list of maps with `name` (linked settings), or a range {from, to, step | points, scale}.
 * Their arithmetic is checked before anything is multiplied.
 */
#include <math.h>

#include "dsl/study/load.h"

#define AXIS_MAX 1000000u
#define CLOSE 1e-12 /* share by which the division may miss a whole number: 0.3 / 0.1 */

static const struct field range_fields[] = {
	{ .name = "from", .type = T_NUMBER, .flags = F_REQUIRED | F_PLAIN, .help = "first value" },
	{ .name = "to", .type = T_NUMBER, .flags = F_REQUIRED | F_PLAIN, .help = "last value" },
	{ .name = "step", .type = T_NUMBER, .flags = F_PLAIN, .help = "distance between values; 1 when nothing is said" },
	{ .name = "points", .type = T_INT, .flags = F_PLAIN, .min = 1, .max = INFINITY, .help = "how many values, instead of step" },
	{ .name = "scale", .type = T_TEXT, .flags = F_PLAIN, .choices = "linear|log", .help = "of points" },
	{ .name = NULL },
};

/* ---- ranges -------------------------------------------------------------------------------------------------------- */

struct range {
	double from, to, step;
	bool whole; /* all that was written are integers */
	bool log;
	size_t points; /* 0 = by step */
};

/* 12 significant digits: 0.1 + 0.2 is 0.3 in a task's name. */
static double tidy(double r)
{
	if (r == 0 || !isfinite(r))
		return r;
	double scale = pow(10, 11 - floor(log10(fabs(r))));

	return isfinite(scale) && scale > 0 ? round(r * scale) / scale : r;
}

static struct value range_value(const struct range *r, size_t i, size_t n)
{
	double at = n > 1 ? (double)i / (double)(n - 1) : 0, x;

	if (!r->points)
		x = r->from + (double)i * r->step;
	else if (r->log)
		x = r->from * pow(r->to / r->from, at);
	else
		x = r->from + at * (r->to - r->from);
	if (r->points && i + 1 == n && n > 1)
		x = r->to;
	x = r->whole && r->log ? round(x) : tidy(x);
	if (r->whole && x == floor(x) && fabs(x) < 9e15)
		return value_int((int64_t)x);
	return value_real(x);
}

static bool too_many(struct load *l, struct span at, const struct range *r, double n)
{
	char from[32], to[32], step[32];
	struct str f = { from, real_text(r->from, from) }, t = { to, real_text(r->to, to) }, s = { step, real_text(r->step, step) };
	struct str by = r->step == 1 ? STR("") : arena_printf(l->a, " by " STR_FMT, STR_ARG(s));

	if (r->points)
		diag_error(l->d, at, "axis-too-long", STR_FMT " points; the limit is " STR_FMT,
		           STR_ARG(count_text(l->a, r->points)), STR_ARG(count_text(l->a, AXIS_MAX))),
			diag_hint(l->d, "take fewer points");
	else
		diag_error(l->d, at, "axis-too-long", "from " STR_FMT " to " STR_FMT STR_FMT " makes " STR_FMT " values; the limit is "
		           STR_FMT, STR_ARG(f), STR_ARG(t), STR_ARG(by), STR_ARG(count_text(l->a, n < 1e18 ? (uint64_t)n : (uint64_t)1e18)),
		           STR_ARG(count_text(l->a, AXIS_MAX))),
			diag_hint(l->d, "a larger `step` makes fewer, and `points: N` as many as that");
	return false;
}

static void never_there(struct load *l, const struct range *r, struct span at)
{
	char from[32], to[32], step[32];
	struct str f = { from, real_text(r->from, from) }, t = { to, real_text(r->to, to) }, s = { step, real_text(r->step, step) };

	diag_error(l->d, at, "bad-range", "steps of " STR_FMT " never get from " STR_FMT " to " STR_FMT, STR_ARG(s), STR_ARG(f),
	           STR_ARG(t));
	diag_hint(l->d, r->to < r->from ? "a falling range needs a negative step: step: -1" : "the step must be above 0");
}

static bool read_range(struct load *l, const struct value *map, struct str name, struct range *r)
{
	struct node n;

	if (!node_table(l, map, range_fields, name, map->at, &n))
		return false;
	const struct node *step = node_get(&n, "step"), *points = node_get(&n, "points"), *scale = node_get(&n, "scale");
	const struct value *from = &node_get(&n, "from")->plain, *to = &node_get(&n, "to")->plain;

	*r = (struct range){ .step = 1 };
	(void)value_number(from, &r->from);
	(void)value_number(to, &r->to);
	if (step)
		(void)value_number(&step->plain, &r->step);
	r->points = points ? (size_t)points->plain.i : 0;
	r->log = scale && str_is(scale->plain.s, "log");
	r->whole = from->type == V_INT && to->type == V_INT && (!step || step->plain.type == V_INT);
	if (step && points)
		diag_error(l->d, step->plain.at, "bad-range", "either 'step' or 'points', not both"),
			diag_hint(l->d, "leave one of them out");
	else if (scale && !points)
		diag_error(l->d, scale->plain.at, "bad-range", "'scale' says how 'points' are spread; there is no 'points'"),
			diag_hint(l->d, "points: 10");
	else if (r->log && (r->from <= 0 || r->to <= 0))
		diag_error(l->d, (r->from <= 0 ? from : to)->at, "bad-range", "a logarithmic range must stay above 0"),
			diag_hint(l->d, "start from a small number, such as 0.001");
	else if (!points && (r->step == 0 || (r->to - r->from) / r->step < 0))
		never_there(l, r, step ? step->plain.at : to->at);
	else
		return true;
	return false;
}

bool axis_range(struct load *l, const struct value *map, struct str name, struct value *list)
{
	struct range r;

	if (!read_range(l, map, name, &r))
		return false;
	double count = r.points ? (double)r.points : floor((r.to - r.from) / r.step * (1 + CLOSE)) + 1;

	if (!(count <= AXIS_MAX))
		return too_many(l, map->at, &r, count);
	*list = value_list(l->a, (size_t)count);
	list->at = map->at;
	for (size_t i = 0; i < list->list.n; i++) {
		list->list.items[i] = range_value(&r, i, list->list.n);
		list->list.items[i].at = map->at;
	}
	return true;
}

/* ---- values -------------------------------------------------------------------------------------------------------- */

/* What would be misread in a task's name. */
static bool is_encoded(unsigned char c)
{
	return c < 0x20 || c == 0x7f || c == ',' || c == '[' || c == ']' || c == '%';
}

struct str axis_label(struct arena *a, const struct value *v)
{
	static const char hex[] = "0123456789ABCDEF";
	const struct value *shown = v->type == V_MAP ? value_get(v, "name") : v;
	struct sb text, out;

	if (!shown)
		return STR("");
	if (shown->type == V_STR) { /* nearly always: nothing to encode */
		size_t i = 0;

		while (i < shown->s.n && !is_encoded((unsigned char)shown->s.p[i]))
			i++;
		if (i == shown->s.n)
			return shown->s;
	}
	sb_init(&text, 1 << 24);
	sb_init(&out, 1 << 26);
	value_text(shown, &text);
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.s[i];

		if (is_encoded(c)) {
			sb_char(&out, '%');
			sb_char(&out, hex[c >> 4]);
			c = (unsigned char)hex[c & 15];
		}
		sb_char(&out, (char)c);
	}
	struct str label = sb_take(&out, a);

	sb_release(&text);
	sb_release(&out);
	return label;
}

static bool good_value(struct load *l, const struct value *v, bool linked, struct str axis)
{
	const struct value *name = value_get(v, "name");

	if (v->type == V_NULL || v->type == V_LIST || (v->type == V_REAL && !isfinite(v->r))) {
		struct str words = value_words(v, l->a);

		diag_error(l->d, v->at, "axis-value", "a value of axis '" STR_FMT "' cannot be " STR_FMT, STR_ARG(axis), STR_ARG(words));
		diag_hint(l->d, "values are text, numbers, true or false, or maps with a 'name'");
		return false;
	}
	if (v->type == V_STR && str_find(v->s, STR("${")) >= 0) {
		diag_error(l->d, v->at, "no-template", "no ${…} in params and axes: they are what expressions read");
		diag_hint(l->d, "put the expression where the value is used; a plain ${ cannot stand in a value");
		return false;
	}
	if (linked != (v->type == V_MAP)) {
		diag_error(l->d, v->at, "axis-value", "axis '" STR_FMT "' mixes maps with plain values", STR_ARG(axis));
		diag_hint(l->d, "write the plain ones as maps too: {name: …}");
		return false;
	}
	if (!linked || (name && (name->type == V_STR || name->type == V_INT || name->type == V_REAL)))
		return true;
	diag_error(l->d, name ? name->at : v->at, "axis-value", "a map on axis '" STR_FMT "' needs a 'name'", STR_ARG(axis));
	diag_hint(l->d, "- {name: base, …}: the name stands in the names of tasks and in tables");
	return false;
}

static void fill_axis(struct load *l, struct axis *x, const struct value *list)
{
	struct map seen = { .arena = l->a };
	bool linked = list->list.n && list->list.items[0].type == V_MAP;

	x->values = arena_array(l->a, struct value, list->list.n);
	x->labels = arena_array(l->a, struct str, list->list.n);
	for (size_t i = 0; i < list->list.n; i++) {
		struct value *v = &list->list.items[i];

		if (!good_value(l, v, linked, x->name))
			continue;
		struct str label = axis_label(l->a, v);
		const struct value *first = map_get(&seen, label);

		if (first) {
			diag_error(l->d, v->at, "axis-duplicate", "axis '" STR_FMT "' has the value '" STR_FMT "' twice", STR_ARG(x->name),
			           STR_ARG(label));
			if (first->at.line == v->at.line && first->at.col == v->at.col) {
				diag_hint(l->d, "fewer points, or ends that are no integers: 1.0");
				return; /* a range: once is enough */
			}
			diag_hint(l->d, "take one away; a number and a text of the same spelling have one name");
			diag_note(l->d, first->at, "the first is here");
			continue;
		}
		map_put(&seen, label, v);
		x->values[x->n] = *v;
		x->labels[x->n++] = label;
	}
}

static void load_axis(struct load *l, const struct pair *p, struct axis *x)
{
	struct value list = p->val;

	if (list.type == V_MAP && !value_get(&list, "name")) {
		if (!axis_range(l, &p->val, p->key, &list))
			return;
	} else if (list.type != V_LIST) {
		list = value_list(l->a, 1);
		list.list.items[0] = p->val;
	}
	if (!list.list.n) {
		diag_error(l->d, p->at, "axis-empty", "axis '" STR_FMT "' has no values", STR_ARG(p->key)),
			diag_hint(l->d, "list some: [1, 2, 3]; or take the axis out");
		return;
	}
	if (list.list.n > AXIS_MAX) {
		diag_error(l->d, p->at, "axis-too-long", "axis '" STR_FMT "' has " STR_FMT " values; the limit is " STR_FMT,
		           STR_ARG(p->key), STR_ARG(count_text(l->a, list.list.n)), STR_ARG(count_text(l->a, AXIS_MAX))),
			diag_hint(l->d, "take fewer; rows of a table are no axis: hand the table over as a dataset");
		return;
	}
	fill_axis(l, x, &list);
}

void load_axes(struct load *l, const struct value *v)
{
	struct subject s = { NULL, T_MAP, STR("axes"), { 0 } };

	if (!v || (v->type != V_MAP && !wrong_type(l->a, l->d, &s, v)))
		return;
	l->s->axes = arena_array(l->a, struct axis, v->map.n);
	for (size_t i = 0; i < v->map.n; i++) {
		const struct pair *p = &v->map.pairs[i];
		struct axis *x = &l->s->axes[l->s->axis_count++];

		*x = (struct axis){ .name = p->key, .at = p->at };
		(void)claim_name(l, p->key, p->at, "axis");
		load_axis(l, p, x);
		map_put(&l->s->axis_by_name, p->key, x);
	}
}
