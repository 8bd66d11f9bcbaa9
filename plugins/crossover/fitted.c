/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugins/crossover/fitted.h"

#include <math.h>
#include <string.h>

#include "engine/stat/dist.h"
#include "engine/stat/order.h"

#define FEW_CLUSTERS 10

/* ---- which row ---------------------------------------------------------------------------------------------------- */

static bool row_is(const struct work *w, const struct frame *f, size_t row, struct str name)
{
	struct text all = { .w = w };
	struct str at = field_text(w, "at");

	for (size_t i = 0; i < f->columns.n && !str_is(f->columns.names[i], "law"); i++) {
		struct str cell = cell_text(w, frame_cell(f, row, i));

		if (str_same(cell, name) && (!at.n || str_same(f->columns.names[i], at)))
			return true;
		text_printf(&all, "%s%.*s", i ? ", " : "", STR_ARG(cell));
	}
	return !at.n && str_same(text_str(&all), name);
}

static bool chosen(const struct frame *f, size_t row)
{
	const struct value *v = frame_get(f, row, "chosen");

	return v->type == V_BOOL && v->b;
}

static int row_find(const struct work *w, const struct frame *f, struct str name, const char *field, size_t *out)
{
	struct text there = { .w = w };
	struct str law = field_text(w, "law"), last = { "", 0 };
	size_t found = 0, best = 0, best_at = 0;

	for (size_t i = 0; i < f->n; i++) {
		struct str first = cell_text(w, frame_cell(f, i, 0));

		if (!i || !str_same(first, last))
			text_printf(&there, "%s%.*s", i ? ", " : "", STR_ARG(first));
		last = first;
		if (!row_is(w, f, i, name) || (law.n && !str_same(cell_text(w, frame_get(f, i, "law")), law)))
			continue;
		*out = i;
		found++;
		if (chosen(f, i)) {
			best++;
			best_at = i;
		}
	}
	if (found > 1 && best == 1) {
		*out = best_at;
		return 0;
	}
	if (found == 1)
		return 0;
	if (found)
		return w->host->fail(w->job, field,
		                     "name one of them with `law`, say in which column with `at`, or give the step the axes that tell them apart",
		                     "%zu laws of %.*s are called '%.*s'", found, STR_ARG(f->columns.label), STR_ARG(name));
	return w->host->fail(w->job, field, NULL, "%.*s has no %.*s%slaw for '%.*s'; it has %s", STR_ARG(f->columns.label),
	                     STR_ARG(law), law.n ? " " : "", STR_ARG(name), there.n ? there.p : "none");
}

/* ---- what it holds ------------------------------------------------------------------------------------------------ */

static double named_real(const struct work *w, const struct frame *f, size_t row, struct str name, const char *suffix)
{
	struct text t = { .w = w };
	double v;

	text_printf(&t, "%.*s%s", STR_ARG(name), suffix);
	return value_number(frame_get(f, row, t.p), &v) ? v : (double)NAN;
}

static bool params_read(const struct work *w, const struct frame *f, size_t row, struct fitted_law *out)
{
	size_t p = law_params(out->law);

	out->params = work_array(w, double, p);
	out->low = work_array(w, double, p);
	out->high = work_array(w, double, p);
	for (size_t k = 0; k < p; k++) {
		struct str name = str_of(out->law->params[k].name);

		out->params[k] = named_real(w, f, row, name, "");
		out->low[k] = named_real(w, f, row, name, "_low");
		out->high[k] = named_real(w, f, row, name, "_high");
		if (isnan(out->params[k]))
			return false;
	}
	out->spread.p = p;
	out->curve = (struct cross_curve){ .law = out->law, .params = out->params };
	return true;
}

/* rows × p numbers of a list of lists; NULL where one is missing. A missing row is NaN when `gaps`. */
static double *matrix_read(const struct work *w, const struct value *list, size_t p, bool gaps)
{
	if (list->type != V_LIST || !list->list.n)
		return NULL;
	double *out = work_array(w, double, list->list.n * p);

	for (size_t i = 0; i < list->list.n; i++) {
		const struct value *row = &list->list.items[i];
		bool whole = row->type == V_LIST && row->list.n == p;

		for (size_t k = 0; whole && k < p; k++)
			whole = value_number(&row->list.items[k], &out[i * p + k]);
		if (!whole && !gaps)
			return NULL;
		if (!whole)
			out[i * p] = NAN;
	}
	return out;
}

static void influence_read(const struct work *w, const struct value *map, struct fitted_law *out)
{
	const struct value *names = value_get(map, "clusters");
	const size_t p = out->spread.p;

	if (!names || names->type != V_LIST || names->list.n < 2)
		return;
	size_t n = names->list.n;
	double *all = work_array(w, double, n * p);

	out->clusters = work_array(w, struct str, n);
	for (size_t g = 0; g < n; g++)
		out->clusters[g] = cell_text(w, &names->list.items[g]);
	for (size_t k = 0; k < p; k++) {
		const struct value *of = value_get(map, out->law->params[k].name);

		if (!of || of->type != V_LIST || of->list.n != n)
			return;
		for (size_t g = 0; g < n; g++)
			if (!value_number(&of->list.items[g], &all[g * p + k]))
				return;
	}
	out->spread.influence = all;
	out->spread.clusters = n;
}

static bool all_positive(const double *x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (x[i] <= 0)
			return false;
	return true;
}

/* x and y of a list of maps, as straight lines. */
static struct cross_curve lines_read(const struct work *w, const struct value *list)
{
	struct cross_curve c = { 0 };

	if (list->type != V_LIST)
		return c;
	double *x = work_array(w, double, list->list.n), *y = work_array(w, double, list->list.n);

	for (size_t i = 0; i < list->list.n; i++) {
		const struct value *one = &list->list.items[i];

		if (value_number(value_get(one, "x"), &x[c.n]) && value_number(value_get(one, "y"), &y[c.n]) &&
		    (!c.n || x[c.n] > x[c.n - 1]))
			c.n++;
	}
	c.x = x;
	c.y = y;
	c.straight_in_x = !all_positive(x, c.n);
	return c;
}

/* Variances of the cells' means; none as soon as one has no spread. df: of the smallest cell. */
static void cells_spread(const struct work *w, const struct value *list, struct fitted_law *out)
{
	const size_t n = out->cells.n;
	double *v = work_array(w, double, n * n);

	out->cells_df = INFINITY;
	if (!n || list->list.n != n)
		return;
	for (size_t i = 0; i < n; i++) {
		double sd, runs;

		if (!value_number(value_get(&list->list.items[i], "sd"), &sd) ||
		    !value_number(value_get(&list->list.items[i], "n"), &runs) || runs < 2)
			return;
		v[i * n + i] = sd * sd / runs;
		out->cells_df = fmin(out->cells_df, runs - 1);
	}
	out->cells_variance = v;
}

static void law_errors(const struct work *w, const struct frame *f, size_t row, struct fitted_law *out)
{
	const struct value *v = frame_get(f, row, "covariance"), *draws = frame_get(f, row, "draws");
	const size_t p = out->spread.p;

	if (v->type == V_LIST && v->list.n == p)
		out->spread.covariance = matrix_read(w, v, p, false);
	if (!value_number(frame_get(f, row, "df"), &out->spread.df))
		out->spread.covariance = NULL;
	influence_read(w, frame_get(f, row, "influence"), out);
	out->draws = matrix_read(w, draws, p, true);
	out->draws_n = out->draws ? draws->list.n : 0;
}

int fitted_read(const struct work *w, const struct frame *f, struct str name, const char *field, struct fitted_law *out)
{
	size_t row = 0;

	*out = (struct fitted_law){ .name = name, .x_min = NAN, .x_max = NAN };
	if (row_find(w, f, name, field, &row))
		return -1;
	const struct value *refused = frame_get(f, row, "refused"), *points = frame_get(f, row, "points");
	const struct str law = cell_text(w, frame_get(f, row, "law"));
	struct text z = { .w = w };

	text_add(&z, law);
	out->law = z.n ? law_named(z.p) : NULL;
	out->law_name = law;
	out->x = cell_text(w, frame_get(f, row, "x"));
	out->y = cell_text(w, frame_get(f, row, "y"));
	out->space = cell_text(w, frame_get(f, row, "space"));
	if (!cell_missing(refused)) {
		struct text why = { .w = w };

		text_printf(&why, "there is no law for '%.*s': %.*s", STR_ARG(name), STR_ARG(cell_text(w, refused)));
		out->refused = why.p;
		return 0;
	}
	if (frame_get(f, row, "x")->type == V_LIST)
		return w->host->fail(w->job, "of", "fit a law of one column", "the law '%.*s' is one of two columns: such curves have no crossing points but lines",
		                     STR_ARG(law));
	bool there = value_number(frame_get(f, row, "x_min"), &out->x_min) && value_number(frame_get(f, row, "x_max"), &out->x_max);

	if (out->law) {
		there = there && params_read(w, f, row, out);
	} else {
		out->curve = lines_read(w, frame_get(f, row, "curve"));
		there = there && out->curve.n > 1;
	}
	if (!there)
		return w->host->fail(w->job, "of", "`of` names a step of kind fit", "%.*s is no table of fitted laws",
		                     STR_ARG(f->columns.label));
	if (out->law)
		law_errors(w, f, row, out);
	out->cells = lines_read(w, points);
	if (points->type == V_LIST)
		cells_spread(w, points, out);
	return 0;
}

/* ---- two of them -------------------------------------------------------------------------------------------------- */

static const char *differ(const struct work *w, const char *what, const struct fitted_law *a, struct str in_a,
                          const struct fitted_law *b, struct str in_b)
{
	struct text t = { .w = w };

	text_printf(&t, "the laws have different %s: %.*s for '%.*s', %.*s for '%.*s'", what, STR_ARG(in_a), STR_ARG(a->name),
	            STR_ARG(in_b), STR_ARG(b->name));
	return t.p;
}

const char *fitted_mismatch(const struct work *w, const struct fitted_law *a, const struct fitted_law *b)
{
	if (a->refused || b->refused)
		return a->refused ? a->refused : b->refused;
	if (!str_same(a->x, b->x))
		return differ(w, "x", a, a->x, b, b->x);
	if (!str_same(a->y, b->y))
		return differ(w, "y", a, a->y, b, b->y);
	if (!str_same(a->space, b->space)) /* one follows means, the other medians */
		return differ(w, "spaces", a, a->space, b, b->space);
	return NULL;
}

bool fitted_pair(const struct work *w, const struct fitted_law *a, struct fitted_law *b)
{
	const size_t n = a->spread.clusters, p = b->spread.p;

	if (n < 2 || b->spread.clusters != n)
		return false;
	double *moved = work_array(w, double, n * p);

	for (size_t g = 0; g < n; g++) {
		size_t at = 0;

		while (at < n && !str_same(a->clusters[g], b->clusters[at]))
			at++;
		if (at == n)
			return false;
		memcpy(moved + g * p, b->spread.influence + at * p, p * sizeof *moved);
	}
	b->clusters = a->clusters;
	b->spread.influence = moved;
	return true;
}

int fitted_pairing(const struct work *w, const struct fitted_law *a, struct fitted_law *b, bool *paired)
{
	struct str asked = field_text(w, "paired");

	*paired = !str_is(asked, "no") && fitted_pair(w, a, b);
	if (str_is(asked, "yes") && !*paired && !a->refused && !b->refused)
		return w->host->fail(w->job, "paired", "give the fit `over: seed`, and both groups the same seeds, or write `paired: auto`",
		                     "'%.*s' and '%.*s' do not have the same seeds", STR_ARG(a->name), STR_ARG(b->name));
	return 0;
}

/* ---- intervals ---------------------------------------------------------------------------------------------------- */

void estimate_delta(const struct work *w, struct estimate *e, const struct cross_error *error, double level, const char *source)
{
	struct text t = { .w = w };

	if (error->how == CROSS_UNKNOWN)
		return;
	double half = dist_t_inv((1 + level) / 2, error->df) * error->se;

	e->se = error->se;
	e->low = e->value - half;
	e->high = e->value + half;
	text_printf(&t, "delta over %s, t with %.*s degrees of freedom",
	            error->how == CROSS_PAIRED     ? "paired seeds"
	            : error->how == CROSS_CLUSTERS ? "seeds"
	                                           : source,
	            STR_ARG(digits_text(w, error->df, 3)));
	e->method = t.p;
}

void estimate_draws(struct estimate *e, double *draws, size_t n, double level)
{
	if (n < FITTED_DRAWS_MIN)
		return;
	sort_reals(draws, n);
	e->boot_low = quantile_sorted(draws, n, (1 - level) / 2);
	e->boot_high = quantile_sorted(draws, n, (1 + level) / 2);
	if (e->method)
		return;
	e->low = e->boot_low;
	e->high = e->boot_high;
	e->method = "percentile bootstrap";
}

const char *fitted_few_seeds(const struct work *w, const struct fitted_law *l)
{
	struct text t = { .w = w };

	if (!l->draws_n || l->spread.clusters < 2 || l->spread.clusters >= FEW_CLUSTERS)
		return NULL;
	text_printf(&t, "percentile intervals over %zu seeds are too narrow: at 95 %% they cover 74 to 77 %% with 3 seeds, 82 to 85 %% with 5",
	            l->spread.clusters);
	return t.p;
}
