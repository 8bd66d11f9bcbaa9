/* SPDX-License-Identifier: GPL-3.0-or-later
 * Rows of `fit` as curves with bands, rows of `crossover` as marks. */
#include <math.h>
#include <string.h>

#include "engine/stat/law.h"
#include "engine/stat/order.h"
#include "plugins/plot/figure.h"

#define PLACES 121    /* on a curve that is computed here */
#define DRAWS_LEAST 20 /* fewer redrawn fits make no band */

bool is_fit(const struct frame *t)
{
	return str_is(t->kind, "fit") || (frame_column(t, "law") >= 0 && frame_column(t, "curve") >= 0);
}

bool is_crossing(const struct frame *t)
{
	return str_is(t->kind, "crossover") || (frame_column(t, "crosses") >= 0 && frame_column(t, "level") >= 0);
}

static double number_or_nan(const struct value *v)
{
	double out = NAN;

	return value_number(v, &out) ? out : (double)NAN;
}

/* ---- curves that the fit hands over ------------------------------------------------------------------------------- */

static void places_read(const struct work *w, const struct value *list, struct curve *out)
{
	out->places = work_array(w, struct place, list->list.n);
	for (size_t i = 0; i < list->list.n; i++) {
		const struct value *v = &list->list.items[i], *inside = value_get(v, "inside");
		struct place p = {
			.x = number_or_nan(value_get(v, "x")), .y = number_or_nan(value_get(v, "y")),
			.mean_low = number_or_nan(value_get(v, "mean_low")), .mean_high = number_or_nan(value_get(v, "mean_high")),
			.low = number_or_nan(value_get(v, "low")), .high = number_or_nan(value_get(v, "high")),
			.inside = inside && inside->type == V_BOOL && inside->b,
		};

		if (isfinite(p.x) && isfinite(p.y))
			out->places[out->n++] = p;
	}
}

/* Where the data end, a place is put between its neighbours: the solid line ends there and not a step before. */
static void ends_insert(const struct work *w, struct curve *c, double first, double last)
{
	struct place *all = work_array(w, struct place, c->n + 2);
	size_t n = 0;

	for (size_t i = 0; i < c->n; i++) {
		const struct place *b = &c->places[i], *a = i ? b - 1 : b;
		double end = b->inside ? first : last, share = (end - a->x) / (b->x - a->x);

		if (a->inside != b->inside && share > 0 && share < 1)
			all[n++] = (struct place){
				.x = end, .y = a->y + share * (b->y - a->y), .inside = true,
				.mean_low = a->mean_low + share * (b->mean_low - a->mean_low),
				.mean_high = a->mean_high + share * (b->mean_high - a->mean_high),
				.low = a->low + share * (b->low - a->low), .high = a->high + share * (b->high - a->high),
			};
		all[n++] = *b;
	}
	c->places = all;
	c->n = n;
}

static void residuals_read(const struct work *w, const struct value *list, struct series *s)
{
	s->residuals = work_array(w, struct residual, list->list.n);
	for (size_t i = 0; i < list->list.n; i++) {
		struct residual r = { number_or_nan(value_get(&list->list.items[i], "x")),
			              number_or_nan(value_get(&list->list.items[i], "residual")) };

		if (isfinite(r.x) && isfinite(r.value))
			s->residuals[s->residual_count++] = r;
	}
}

/* ---- curves from the parameters alone: rows that `fit` wrote without a curve --------------------------------------- */

struct known_law {
	const struct law *law;
	double params[LAW_PARAMS], *draws;
	size_t draws_n;
};

static bool law_read(const struct frame *t, size_t row, struct known_law *out)
{
	const struct value *law = frame_get(t, row, "law");
	char z[32] = "";

	if (law->type != V_STR || law->s.n >= sizeof z)
		return false;
	memcpy(z, law->s.p, law->s.n);
	out->law = law_named(z);
	if (!out->law || out->law->columns != 1)
		return false;
	for (size_t k = 0; k < law_params(out->law); k++)
		if (!value_number(frame_get(t, row, out->law->params[k].name), &out->params[k]))
			return false;
	return true;
}

static void draws_read(const struct work *w, const struct value *list, struct known_law *l)
{
	size_t p = law_params(l->law);

	if (list->type != V_LIST)
		return;
	l->draws = work_array(w, double, list->list.n * p);
	for (size_t i = 0; i < list->list.n; i++) {
		const struct value *v = &list->list.items[i];
		double *to = l->draws + l->draws_n * p;
		size_t k = 0;

		while (v->type == V_LIST && v->list.n == p && k < p && value_number(&v->list.items[k], &to[k]))
			k++;
		l->draws_n += k == p;
	}
}

static void band_of(const struct known_law *l, double *scratch, struct place *out)
{
	size_t p = law_params(l->law);

	for (size_t i = 0; i < l->draws_n; i++)
		scratch[i] = law_at(l->law, l->draws + i * p, &out->x);
	sort_reals(scratch, l->draws_n);
	out->mean_low = quantile_sorted(scratch, l->draws_n, 0.025);
	out->mean_high = quantile_sorted(scratch, l->draws_n, 0.975);
}

static void places_make(const struct work *w, const struct frame *t, size_t row, struct curve *out)
{
	double low = number_or_nan(frame_get(t, row, "x_min")), high = number_or_nan(frame_get(t, row, "x_max"));
	struct known_law l = { .draws = NULL };

	if (!(high > low) || !law_read(t, row, &l))
		return;
	draws_read(w, frame_get(t, row, "draws"), &l);
	double *scratch = work_array(w, double, l.draws_n);
	bool log_x = low > 0;

	out->places = work_array(w, struct place, PLACES);
	for (size_t i = 0; i < PLACES; i++) {
		double share = ((double)i - 10) / (PLACES - 21); /* ten places beyond the data at either end */
		struct place p = { .x = log_x ? low * pow(high / low, share) : low + share * (high - low), .mean_low = NAN,
			           .mean_high = NAN, .low = NAN, .high = NAN, .inside = i >= 10 && i <= PLACES - 11 };

		if (!law_takes(l.law, &p.x))
			continue;
		p.y = law_at(l.law, l.params, &p.x);
		if (l.draws_n >= DRAWS_LEAST)
			band_of(&l, scratch, &p);
		if (isfinite(p.y))
			out->places[out->n++] = p;
	}
}

/* ---- rows of fit -------------------------------------------------------------------------------------------------- */

static bool is_chosen(const struct frame *t, size_t row)
{
	const struct value *v = frame_get(t, row, "chosen");

	return v->type == V_BOOL && v->b;
}

/* Of several laws for one group the chosen one is drawn, or all when none was chosen. */
static bool is_drawn(const struct figure *f, const struct frame *t, size_t row, bool *alone)
{
	struct str name = series_of_row(f, t, row);
	bool chosen = false;

	*alone = true;
	for (size_t r = 0; r < t->n; r++) {
		if (!str_same(series_of_row(f, t, r), name))
			continue;
		chosen |= is_chosen(t, r);
		*alone &= r == row;
	}
	*alone |= chosen;
	return !chosen || is_chosen(t, row);
}

static bool begins(struct str s, const char *z)
{
	const size_t n = strlen(z);

	return s.n >= n && !memcmp(s.p, z, n);
}

static void warnings_read(struct figure *f, const struct frame *t, size_t row, struct str who)
{
	const struct value *list = frame_get(t, row, "warnings"), *all = frame_get(t, row, "warning");
	const char *between = who.n ? ": " : "";

	if (list->type != V_LIST || !list->list.n) {
		if (all->type == V_STR && all->s.n)
			note_add(f, "%.*s%s%.*s", STR_ARG(who), between, STR_ARG(all->s));
		return;
	}
	const struct value *interval = frame_get(t, row, "interval");
	const struct str method = interval->type == V_STR ? interval->s : (struct str){ "", 0 };
	const bool redrawn = begins(method, "percentile") || begins(method, "bca");

	for (size_t i = 0; i < list->list.n; i++) {
		const struct value *text = value_get(&list->list.items[i], "text"), *code = value_get(&list->list.items[i], "code");

		/* what is wrong with a bootstrap's interval belongs under a figure that draws it */
		if (!redrawn && code && code->type == V_STR && str_is(code->s, "few-clusters"))
			continue;
		if (text && text->type == V_STR)
			note_add(f, "%.*s%s%.*s", STR_ARG(who), between, STR_ARG(text->s));
	}
}

static struct str curve_name(const struct figure *f, struct str group, struct str law, bool alone)
{
	struct text t = { .w = f->w };

	if (alone && group.n)
		return group;
	if (alone)
		return (struct str){ "", 0 };
	text_printf(&t, "%.*s%s%.*s", STR_ARG(group), group.n ? ", " : "", STR_ARG(law));
	return text_str(&t);
}

static void curve_read(struct figure *f, const struct frame *t, size_t row, bool alone)
{
	const struct value *refused = frame_get(t, row, "refused"), *curve = frame_get(t, row, "curve"),
	                   *points = frame_get(t, row, "points");
	struct str law = cell_text(f->w, frame_get(t, row, "law")), group = series_of_row(f, t, row);

	(void)value_number(frame_get(t, row, "level"), &f->level);
	if (cell_missing(refused) && slices_read(f, t, row, group)) {
		warnings_read(f, t, row, group);
		return;
	}
	struct series *s = series_named(f, curve_name(f, group, law, alone));
	double seeds = number_or_nan(frame_get(t, row, "seeds"));

	s->curve.law = law;
	warnings_read(f, t, row, s->name);
	if (!cell_missing(refused)) {
		s->refused = cell_text(f->w, refused);
		note_add(f, "%.*s%s%.*s refused: %.*s", STR_ARG(s->name), s->name.n ? ": " : "", STR_ARG(law), STR_ARG(s->refused));
		return;
	}
	if (curve->type == V_LIST && curve->list.n) {
		places_read(f->w, curve, &s->curve);
		ends_insert(f->w, &s->curve, number_or_nan(frame_get(t, row, "x_min")), number_or_nan(frame_get(t, row, "x_max")));
	} else {
		places_make(f->w, t, row, &s->curve);
	}
	if (points->type == V_LIST)
		residuals_read(f->w, points, s);
	if (isfinite(seeds))
		f->seeds = seeds;
}

void curves_read(struct figure *f, const struct frame *t)
{
	bool alone;

	for (size_t r = 0; r < t->n; r++)
		if (is_drawn(f, t, r, &alone))
			curve_read(f, t, r, alone);
}

/* ---- crossings ---------------------------------------------------------------------------------------------------- */

void mark_add(struct figure *f, struct mark m)
{
	f->marks = work_grow(f->w, f->marks, f->marks_n, &f->marks_cap, sizeof *f->marks);
	f->marks[f->marks_n++] = m;
}

/* The row's main interval, or the bootstrap's. An end that is absent beside one that is there has no bound. */
static void mark_interval(const struct frame *t, size_t row, struct mark *m)
{
	double ends[2][2] = { { number_or_nan(frame_get(t, row, "low")), number_or_nan(frame_get(t, row, "high")) },
		              { number_or_nan(frame_get(t, row, "boot_low")), number_or_nan(frame_get(t, row, "boot_high")) } };
	const double *use = isnan(ends[0][0]) && isnan(ends[0][1]) ? ends[1] : ends[0];

	m->low = use[0];
	m->high = use[1];
	if (isnan(m->low) && !isnan(m->high))
		m->low = -(double)INFINITY;
	if (isnan(m->high) && !isnan(m->low))
		m->high = INFINITY;
}

static bool is_kind(const struct frame *t, size_t row, const char *kind)
{
	const struct value *v = frame_get(t, row, "kind");

	return v->type == V_STR && str_is(v->s, kind);
}

/* Does the table say where the laws of this row's pair meet? Then the meeting of the lines of means is not drawn beside it. */
static bool has_fitted(const struct figure *f, const struct frame *t, size_t row)
{
	for (size_t r = 0; r < t->n; r++)
		if (is_kind(t, r, "fitted") && str_same(cell_text(f->w, frame_get(t, r, "a")), cell_text(f->w, frame_get(t, row, "a"))) &&
		    str_same(cell_text(f->w, frame_get(t, r, "b")), cell_text(f->w, frame_get(t, row, "b"))))
			return true;
	return false;
}

void marks_read(struct figure *f, const struct frame *t)
{
	struct text x = { .w = f->w };

	text_add(&x, f->x.field);
	for (size_t r = 0; r < t->n; r++) {
		if (is_kind(t, r, "interpolated") && has_fitted(f, t, r))
			continue;
		struct mark m = { .level = number_or_nan(frame_get(t, r, "level")) };
		const struct value *crosses = frame_get(t, r, "crosses"), *refused = frame_get(t, r, "refused"),
		                   *note = frame_get(t, r, "note");
		struct str a = cell_text(f->w, frame_get(t, r, "a")), b = cell_text(f->w, frame_get(t, r, "b"));

		struct text said = { .w = f->w };

		if (!cell_missing(refused))
			text_printf(&said, "%.*s and %.*s: crossover refused: %.*s", STR_ARG(a), STR_ARG(b),
			            STR_ARG(cell_text(f->w, refused)));
		else if (!cell_missing(note))
			text_printf(&said, "%.*s and %.*s: %.*s", STR_ARG(a), STR_ARG(b), STR_ARG(cell_text(f->w, note)));
		else if (crosses->type == V_BOOL && !crosses->b)
			text_printf(&said, "%.*s and %.*s do not cross", STR_ARG(a), STR_ARG(b));
		m.note = text_str(&said);
		if (!value_number(frame_get(t, r, x.p), &m.x)) {
			if (said.n)
				note_add(f, "%.*s", STR_ARG(m.note));
			continue;
		}
		mark_interval(t, r, &m);
		mark_add(f, m);
	}
}
