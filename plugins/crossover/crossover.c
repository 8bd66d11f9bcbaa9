/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `crossover`: where two fitted laws meet, and where the straight lines between their cell means do. A row for each meeting:
 * those inside the data of both first, then those beyond, up to a hundred times the data's range (one width of it where x is
 * not above 0), then the interpolated ones.
 */
#include <math.h>

#include "engine/stat/fastmath.h"
#include "plugins/crossover/fitted.h"
#include "plugins/kinds.h"

#define REACH 100

static const struct field fields[] = {
	{ .name = "of", .type = T_TABLE, .flags = F_REQUIRED, .help = "a fit step" },
	{ .name = "between", .type = T_LIST | T_TEXT, .flags = F_REQUIRED, .help = "the two groups, such as [manual, gpt]" },
	{ .name = "at", .type = T_TEXT, .help = "the column that holds them, where the laws are grouped by several" },
	{ .name = "law", .type = T_TEXT, .help = "which law, where the fit has several for a group; absent: the chosen one" },
	{ .name = "better", .type = T_TEXT, .choices = "higher|lower", .fallback = "higher", .help = "which y is better" },
	{ .name = "paired", .type = T_TEXT, .choices = "auto|yes|no", .fallback = "auto",
	  .help = "the groups share their seeds; auto: when the fit's clusters have the same names" },
	{ .name = "level", .type = T_NUMBER, .min = 0.5, .max = 0.999999, .fallback = "0.95", .help = "of the intervals" },
	{ .name = NULL },
};

static const struct output outputs[] = { { "table", "table.jsonl" }, { NULL, NULL } };

struct crossover {
	const struct work *w;
	struct fitted_law laws[2];
	struct cross_problem fitted, interpolated;
	double common[2]; /* x that both have data for; empty when the first is above the second */
	double level;
	bool lower_is_better, paired;
	const char *refused;
	/* of the fitted curves */
	struct cross_root roots[CROSS_ROOTS];
	struct estimate estimates[CROSS_ROOTS];
	size_t n;
	struct cross_closest closest;
	double probability; /* that draws of both cross in the common range; NaN without draws */
};

/* ---- reading ------------------------------------------------------------------------------------------------------ */

static int read_fields(struct crossover *c)
{
	const struct work *w = c->w;
	struct frame f;
	size_t n;
	const struct value *names = field_list(w, "between", &n);

	c->lower_is_better = str_is(field_text(w, "better"), "lower");
	if (!value_number(value_get(w->host->fields(w->job), "level"), &c->level))
		c->level = 0.95;
	if (n != 2)
		return w->host->fail(w->job, "between", "write [manual, gpt]", "a crossover is between 2 groups, not %zu", n);
	if (str_same(cell_text(w, &names[0]), cell_text(w, &names[1])))
		return w->host->fail(w->job, "between", "name two groups", "'%.*s' is there twice: a law meets itself everywhere",
		                     STR_ARG(cell_text(w, &names[0])));
	if (frame_read(w, field_text(w, "of"), "of", &f))
		return -1;
	if (field_text(w, "at").n) {
		size_t column;

		if (columns_find(w, &f.columns, "at", field_text(w, "at"), &column))
			return -1;
	}
	for (size_t i = 0; i < 2; i++)
		if (fitted_read(w, &f, cell_text(w, &names[i]), "between", &c->laws[i]))
			return -1;
	return fitted_pairing(w, &c->laws[0], &c->laws[1], &c->paired);
}

static void problems(struct crossover *c)
{
	const struct fitted_law *a = &c->laws[0], *b = &c->laws[1];
	double low = fmin(a->x_min, b->x_min), high = fmax(a->x_max, b->x_max);
	bool linear = low <= 0;

	c->common[0] = fmax(a->x_min, b->x_min);
	c->common[1] = fmin(a->x_max, b->x_max);
	c->fitted = (struct cross_problem){ .side = { { a->curve, 1, 1, 0 }, { b->curve, 1, 1, 0 } }, .linear = linear,
		                                .low = linear ? low - (high - low) : low / REACH,
		                                .high = linear ? high + (high - low) : high * REACH };
	c->interpolated = c->fitted;
	c->interpolated.low = c->common[0];
	c->interpolated.high = c->common[1];
	for (size_t i = 0; i < 2; i++) {
		c->interpolated.side[i].curve = c->laws[i].cells;
		c->interpolated.side[i].curve.straight_in_x = linear;
	}
}

static bool within(const struct crossover *c, double x)
{
	return x >= c->common[0] && x <= c->common[1];
}

/* ---- errors ------------------------------------------------------------------------------------------------------- */

static void delta(const struct crossover *c, const struct cross_problem *p, const struct cross_root *r,
                  const struct cross_spread spread[2], bool paired, struct estimate *e)
{
	const double *g[2];

	for (size_t i = 0; i < 2; i++) {
		double *one = work_array(c->w, double, p->side[i].curve.law ? spread[i].p : p->side[i].curve.n);

		if (!spread[i].p || !cross_root_gradient(p, r, i, one))
			return;
		g[i] = one;
	}
	const struct cross_error error = cross_error(spread, g, paired);

	estimate_delta(c->w, e, &error, c->level, p == &c->fitted ? "covariances" : "cells");
}

static size_t draw_pairs(const struct crossover *c)
{
	const size_t a = c->laws[0].draws_n, b = c->laws[1].draws_n;

	return a < b ? a : b;
}

/* In each pair of draws: whether they cross in the common range, and the meeting of the same direction nearest to each root. */
static void draws(struct crossover *c)
{
	const struct work *w = c->w;
	size_t all = draw_pairs(c), tried = 0, crossing = 0, near_n[CROSS_ROOTS] = { 0 };
	double *near[CROSS_ROOTS];
	struct cross_problem p = c->fitted;

	for (size_t k = 0; k < c->n; k++)
		near[k] = work_array(w, double, all);
	for (size_t i = 0; i < all; i++) {
		struct cross_root found[CROSS_ROOTS];
		bool in = false;

		for (size_t s = 0; s < 2; s++)
			p.side[s].curve.params = c->laws[s].draws + i * c->laws[s].spread.p;
		if (isnan(p.side[0].curve.params[0]) || isnan(p.side[1].curve.params[0]))
			continue;
		size_t n = cross_roots(&p, CROSS_COARSE, found, NULL);

		tried++;
		for (size_t j = 0; j < n; j++)
			in |= within(c, found[j].at);
		crossing += in;
		for (size_t k = 0; k < c->n; k++) {
			double best = INFINITY;

			for (size_t j = 0; j < n; j++)
				if (found[j].below * c->roots[k].below > 0 && fabs(found[j].t - c->roots[k].t) < fabs(best - c->roots[k].t))
					best = found[j].t;
			if (isfinite(best))
				near[k][near_n[k]++] = best;
		}
	}
	for (size_t k = 0; k < c->n; k++)
		estimate_draws(&c->estimates[k], near[k], near_n[k], c->level);
	c->probability = tried && c->common[0] < c->common[1] ? (double)crossing / (double)tried : (double)NAN;
}

static void solve(struct crossover *c)
{
	const struct cross_spread spread[2] = { c->laws[0].spread, c->laws[1].spread };

	c->n = cross_roots(&c->fitted, CROSS_FINE, c->roots, &c->closest);
	for (size_t k = 0; k < c->n; k++) {
		c->estimates[k] = (struct estimate){ c->roots[k].t, NAN, NAN, NAN, NAN, NAN, NULL };
		delta(c, &c->fitted, &c->roots[k], spread, c->paired, &c->estimates[k]);
	}
	draws(c);
}

/* ---- rows --------------------------------------------------------------------------------------------------------- */

static struct value better(const struct crossover *c, double difference)
{
	if (difference == 0 || isnan(difference))
		return (struct value){ .type = V_NULL };
	return value_str(c->laws[(difference > 0) == c->lower_is_better].name);
}

static struct str shown(const struct crossover *c, double x)
{
	return digits_text(c->w, x, 4);
}

static void note_beyond(const struct crossover *c, double x, struct text *note)
{
	for (size_t i = 0; i < 2; i++) {
		const struct fitted_law *l = &c->laws[i];

		if (x < l->x_min || x > l->x_max)
			text_printf(note, "%sbeyond the data of %.*s (%.*s to %.*s)", note->n ? "; " : "", STR_ARG(l->name),
			            STR_ARG(shown(c, l->x_min)), STR_ARG(shown(c, l->x_max)));
	}
}

static void note_apart(const struct crossover *c, const struct cross_problem *p, const struct cross_closest *near,
                       struct text *note)
{
	if (near->same)
		text_printf(note, "the two %s are the same", p == &c->fitted ? "laws" : "lines of means");
	else if (near->nowhere)
		text_printf(note, "the two have no x in common between %.*s and %.*s", STR_ARG(shown(c, p->low)), STR_ARG(shown(c, p->high)));
	else
		text_printf(note, "the %s do not meet between %.*s and %.*s; closest at %.*s, where they are %.*s apart",
		            p == &c->fitted ? "laws" : "lines of means", STR_ARG(shown(c, p->low)), STR_ARG(shown(c, p->high)),
		            STR_ARG(shown(c, near->at)), STR_ARG(shown(c, near->gap)));
}

static struct str x_column(const struct crossover *c)
{
	static const char *const taken[] = { "a", "b", "kind", "crosses", "level", "se", "low", "high", "boot_low", "boot_high", "boot_note",
		                                 "method", "inside", "probability", "better_below", "better_above", "note", "refused" };
	struct str column = c->laws[0].x.n ? c->laws[0].x : STR("x");

	for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
		if (str_is(column, taken[i]))
			return STR("x");
	return column;
}

struct meeting {
	const struct cross_problem *p;
	const struct cross_root *root; /* NULL: they do not meet */
	const struct cross_closest *closest;
	struct estimate e;
};

static double placed(const struct cross_problem *p, double t)
{
	return p->linear ? t : fm_exp(t);
}

static void put_text(struct row *row, const char *key, const char *z)
{
	row_set(row, key, z ? value_str(str_of(z)) : (struct value){ .type = V_NULL });
}

static void notes(const struct crossover *c, const struct meeting *m, struct text *note)
{
	if (c->refused)
		return;
	if (m->root)
		note_beyond(c, m->root->at, note);
	else
		note_apart(c, m->p, m->closest, note);
	if (m->p != &c->fitted)
		return;
	for (size_t i = 0; i < 2; i++)
		if (!c->laws[i].law)
			text_printf(note, "%sthe law of %.*s is a formula: read off its curve, without an interval", note->n ? "; " : "",
			            STR_ARG(c->laws[i].name));
}

static struct value row_of(const struct crossover *c, const struct meeting *m)
{
	struct row row = { .w = c->w };
	struct text note = { .w = c->w };
	const struct cross_root *r = m->root;
	struct str column = x_column(c);
	bool fitted = m->p == &c->fitted;
	double below = r ? r->below : c->refused || m->closest->same ? 0 : cross_difference(m->p, m->closest->at);

	notes(c, m, &note);
	row_set(&row, "a", value_str(c->laws[0].name));
	row_set(&row, "b", value_str(c->laws[1].name));
	put_text(&row, "kind", fitted ? "fitted" : "interpolated");
	row_set(&row, "crosses", c->refused ? (struct value){ .type = V_NULL } : value_bool(r != NULL));
	if (!str_is(column, "x")) /* which column holds the place */
		row_set(&row, "x", value_str(c->laws[0].x));
	row_put(&row, column, r ? value_real(r->at) : (struct value){ .type = V_NULL });
	row_real(&row, "level", r ? r->y[0] : (double)NAN);
	row_real(&row, "se", m->e.se);
	row_real(&row, "low", placed(m->p, m->e.low));
	row_real(&row, "high", placed(m->p, m->e.high));
	row_real(&row, "boot_low", placed(m->p, m->e.boot_low));
	row_real(&row, "boot_high", placed(m->p, m->e.boot_high));
	put_text(&row, "boot_note", isfinite(m->e.boot_low) ? fitted_few_seeds(c->w, &c->laws[0]) : NULL);
	put_text(&row, "method", m->e.method);
	row_set(&row, "inside", c->refused ? (struct value){ .type = V_NULL } : value_bool(r && within(c, r->at)));
	row_real(&row, "probability", fitted && !c->refused ? c->probability : (double)NAN);
	row_set(&row, "better_below", better(c, below));
	row_set(&row, "better_above", better(c, r ? r->above : below));
	row_set(&row, "note", note.n ? value_str(text_str(&note)) : (struct value){ .type = V_NULL });
	put_text(&row, "refused", c->refused);
	return row.map;
}

static int write_one(const struct crossover *c, struct writer *out, const struct meeting *m)
{
	struct value row = row_of(c, m);

	return c->w->host->rows_put(out, &row);
}

static int write_fitted(const struct crossover *c, struct writer *out)
{
	const struct estimate none = { NAN, NAN, NAN, NAN, NAN, NAN, NULL };

	for (size_t pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < c->n; i++) {
			const struct meeting m = { &c->fitted, &c->roots[i], &c->closest, c->estimates[i] };

			if (within(c, c->roots[i].at) == (pass == 0) && write_one(c, out, &m))
				return -1;
		}
	if (c->n)
		return 0;
	return write_one(c, out, &(struct meeting){ &c->fitted, NULL, &c->closest, none });
}

/* The means are independent here: their spread is known by cell, not by seed. */
static int write_interpolated(const struct crossover *c, struct writer *out)
{
	struct cross_root roots[CROSS_ROOTS];
	struct cross_closest closest;
	struct cross_spread spread[2] = { { 0 }, { 0 } };

	if (!c->laws[0].cells.n || !c->laws[1].cells.n || !(c->common[0] < c->common[1]))
		return 0;
	for (size_t i = 0; i < 2; i++)
		if (c->laws[i].cells_variance)
			spread[i] = (struct cross_spread){ c->laws[i].cells.n, c->laws[i].cells_variance, c->laws[i].cells_df, NULL, 0 };
	size_t n = cross_roots(&c->interpolated, CROSS_FINE, roots, &closest);

	for (size_t i = 0; i < n || i == 0; i++) {
		struct meeting m = { &c->interpolated, n ? &roots[i] : NULL, &closest, { NAN, NAN, NAN, NAN, NAN, NAN, NULL } };

		if (n) {
			m.e.value = roots[i].t;
			delta(c, &c->interpolated, &roots[i], spread, false, &m.e);
		}
		if (write_one(c, out, &m))
			return -1;
	}
	return 0;
}

static int crossover_run(const struct host *host, struct job *job)
{
	const struct work w = { host, job };
	struct crossover c = { .w = &w, .probability = NAN };

	if (read_fields(&c))
		return -1;
	struct writer *out = host->rows_open(job, "table");

	if (!out)
		return -1;
	c.refused = fitted_mismatch(&w, &c.laws[0], &c.laws[1]);
	if (c.refused)
		return write_fitted(&c, out);
	problems(&c);
	solve(&c);
	return write_fitted(&c, out) || write_interpolated(&c, out) ? -1 : 0;
}

const struct kind kind_crossover = {
	.abi = RUNG_ABI,
	.struct_size = sizeof(struct kind),
	.name = "crossover",
	.version = 3,
	.summary = "where two fitted laws meet, with intervals",
	.exec = EXEC_WORKER,
	.fields = fields,
	.outputs = outputs,
	.run = crossover_run,
};
