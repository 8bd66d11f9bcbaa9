/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Intervals of the parameters and bands of the curve. Which method is the main one follows the coverage measured in
 * tests/bench/coverage: profiles scaled to whole seeds, else to the cells' own variances, else to one pooled variance.
 */
#include <math.h>

#include "engine/stat/dist.h"
#include "engine/stat/fastmath.h"
#include "engine/stat/rng.h"
#include "plugins/fit/fit.h"

#define FEW_SEEDS 3
#define X_DRAWS 200

static void delta_all(struct fitted *f)
{
	for (size_t k = 0; k < f->p; k++) {
		double unit[FIT_PARAMS] = { 0 }, df;

		unit[k] = 1;
		const double se = spread_se(&f->spread, unit, &df), half = dist_t_inv(0.5 + f->s->level / 2, df) * se;

		f->delta[k] = se > 0 ? (struct fit_interval){ f->r.params[k] - half, f->r.params[k] + half, FIT_END_FOUND, FIT_END_FOUND }
		                     : (struct fit_interval){ NAN, NAN, FIT_END_NONE, FIT_END_NONE };
	}
	f->has_delta = true;
}

static void open_note(struct fitted *f, size_t k, const struct fit_interval *i)
{
	const bool low = i->low_end == FIT_END_OPEN || i->low_end == FIT_END_AT_BOUND;
	const bool high = i->high_end == FIT_END_OPEN || i->high_end == FIT_END_AT_BOUND;

	if (low || high)
		fit_note(f, "open", "open: the data do not bound %.*s %s", STR_ARG(f->names[k]),
		         low && high ? "on either side" : low ? "below" : "above");
}

static void profile_all(struct fitted *f)
{
	bool lower = false, seen = false;

	for (size_t k = 0; k < f->p; k++) {
		double critical = spread_critical(&f->spread, &f->r, k, f->s->level);

		if (!isfinite(critical)) /* at its bound: the model has no standard error to scale */
			critical = f->r.dof ? dist_t_inv(0.5 + f->s->level / 2, (double)f->r.dof) : NAN;
		f->profile[k] = fit_profile_to(&f->problem, &f->r, &f->s->mem, k, critical, &seen);
		lower |= seen;
		f->has_profile |= f->profile[k].low_end != FIT_END_NONE;
	}
	if (lower)
		fit_note(f, "lower-minimum", "a profile met a lower minimum than the fit: give more `starts`");
}

/* The spread that the runs allow, and the name of its profile. */
static const char *choose_spread(struct fitted *f)
{
	const struct sample *g = f->g;
	const struct fit_settings *s = f->s;

	if (s->ask == ASK_SANDWICH) {
		const size_t *cluster = s->columns.over.n ? g->cluster : NULL;

		if (spread_pooled(&f->r, &f->spread) && fit_sandwich(&f->problem, &f->r, &s->mem, cluster, f->spread.covariance))
			f->spread.df = cluster ? (double)g->clusters - 1 : f->spread.df;
		else
			f->spread.kind = SPREAD_NONE;
		return f->spread.kind == SPREAD_NONE ? NULL : cluster ? "seeds" : "";
	}
	if (s->columns.over.n && g->clusters >= FEW_SEEDS &&
	    spread_seeds(&f->problem, &f->r, &s->mem, g->cluster, g->clusters, &f->spread)) {
		if (!g->balanced)
			fit_note(f, "unbalanced", "not every %.*s is equally often at every x: how well the intervals cover was not measured",
			         STR_ARG(s->columns.over));
		return "seeds";
	}
	if (s->columns.over.n && g->clusters < FEW_SEEDS)
		fit_note(f, "few-seeds", "%zu values of %.*s: too few to tell how far whole seeds are apart", g->clusters,
		         STR_ARG(s->columns.over));
	if (s->ask == ASK_AUTO && spread_cells(&f->problem, &f->r, &s->mem, g->place, g->places, &f->spread))
		return "Welch";
	return spread_pooled(&f->r, &f->spread) ? "" : NULL;
}

static const char *method_name(const struct fitted *f, const char *what, const char *spread)
{
	struct text t = { .w = f->s->w };

	text_printf(&t, "%s%s%s", what, *spread ? ", " : "", spread);
	return t.p;
}

/* Covariance of the parameters of rows of p; rows that begin with NaN are left out. */
static size_t covary(const double *rows, size_t n, size_t p, double *out)
{
	double mean[FIT_PARAMS] = { 0 };
	size_t there = 0;

	for (size_t i = 0; i < n; i++)
		there += isfinite(rows[i * p]) != 0;
	if (there < 2)
		return there;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < p && isfinite(rows[i * p]); k++)
			mean[k] += rows[i * p + k] / (double)there;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < p * p && isfinite(rows[i * p]); k++)
			out[k] += (rows[i * p + k / p] - mean[k / p]) * (rows[i * p + k % p] - mean[k % p]) / ((double)there - 1);
	return there;
}

/* Uncertain x: each place anew between its limits, evenly in the logarithm; what that moves is added to the variance. */
static bool redraw_x(struct fitted *f)
{
	const struct sample *g = f->g;
	const struct work *w = f->s->w;
	struct fit_problem p = f->problem;
	double *x = work_array(w, double, g->n), *to = work_array(w, double, g->places);
	double *all = work_array(w, double, X_DRAWS * f->p), more[FIT_PARAMS * FIT_PARAMS] = { 0 };
	struct dice dice;

	dice_seed(&dice, rng_mix(f->s->seed ^ g->clusters_hash) ^ 0x78);
	p.x = x;
	for (size_t r = 0; r < X_DRAWS; r++) {
		struct fit_result got;

		for (size_t c = 0; c < g->places; c++)
			to[c] = dice_unit(&dice);
		for (size_t i = 0; i < g->n; i++) {
			const double low = fm_log(g->points[i].low), high = fm_log(g->points[i].high);

			x[i] = fm_exp(low + (high - low) * to[g->place[i]]);
		}
		const bool there = fit_solve(&p, &f->s->mem, &got) == FIT_DONE;

		for (size_t k = 0; k < f->p; k++)
			all[r * f->p + k] = there ? got.params[k] : NAN;
	}
	if (covary(all, X_DRAWS, f->p, more) < X_DRAWS / 2) {
		fit_note(f, "x-range", "x redrawn between its limits mostly did not determine the law: the intervals leave it out");
		return false;
	}
	for (size_t k = 0; k < f->p * f->p; k++)
		f->spread.covariance[k] += more[k];
	f->spread.cells = 0; /* the sum has no cells; its degrees of freedom stay the least of theirs */
	return true;
}

/* No model gives a standard error for this loss: the draws do. */
static void spread_of_draws(struct fitted *f)
{
	f->spread = (struct spread){ .p = f->p };
	if (covary(f->draws, f->draws_n, f->p, f->spread.covariance) < 2)
		return;
	f->spread.kind = SPREAD_DRAWS;
	f->spread.df = fmax(1, (double)f->r.dof);
}

void fit_intervals(struct fitted *f)
{
	const enum fit_ask ask = f->s->ask;
	const char *spread = choose_spread(f);

	if (f->s->resamples)
		fit_bootstrap(f);
	if (spread && f->s->columns.low.n && redraw_x(f)) {
		struct text t = { .w = f->s->w };

		text_printf(&t, "%s%sx redrawn", spread, *spread ? ", " : "");
		spread = t.p;
	}
	if (!spread && f->has_boot)
		spread_of_draws(f);
	if (spread) {
		delta_all(f);
		if (f->s->loss == FIT_L2 && ask != ASK_DELTA && ask != ASK_SANDWICH)
			profile_all(f);
	}
	if (ask == ASK_BOOTSTRAP || (!spread && f->has_boot)) {
		f->main = f->has_boot ? f->boot : NULL;
		f->method = f->has_boot ? method_name(f, f->s->bca ? "bca" : "percentile", f->s->columns.over.n ? "seeds" : "rows") : NULL;
	} else if (f->has_profile) {
		f->main = f->profile;
		f->method = method_name(f, "profile", spread);
	} else if (f->has_delta) {
		f->main = f->delta;
		f->method = method_name(f, ask == ASK_SANDWICH ? "sandwich" : "delta", spread);
	}
	for (size_t k = 0; f->main && k < f->p; k++)
		open_note(f, k, &f->main[k]);
	if (f->main)
		return;
	if (!f->r.dof)
		fit_note(f, "no-interval", "as many points as parameters: the law goes through all of them, no interval can be had");
	else if (f->r.covariance_gap == FIT_GAP_LOSS)
		fit_note(f, "no-interval", "the interval of a fit by this loss comes from a bootstrap: ask for one with `bootstrap:`");
	else
		fit_note(f, "no-interval", "the points do not tell the parameters apart: no interval can be had");
}

struct band fit_band(const struct fitted *f, const double *x, double m)
{
	double g[FIT_PARAMS] = { 0 }, df = NAN;
	struct band b = { fit_at(&f->problem, f->r.params, x, g), NAN, NAN, NAN, NAN };
	const bool log = f->s->space == FIT_LOG;

	if (!isfinite(b.y) || f->spread.kind == SPREAD_NONE || (log && !(b.y > 0)))
		return b;
	for (size_t k = 0; log && k < f->p; k++)
		g[k] /= b.y;
	const double se = spread_se(&f->spread, g, &df), t = dist_t_inv(0.5 + f->s->level / 2, df);
	const double s2 = isfinite(f->r.s2) ? f->r.s2 : f->r.rss / fmax(1, (double)f->r.dof); /* robust losses have none */
	const double mean = t * se, new = t * sqrt(se * se + s2 / m), at = log ? fm_log(b.y) : b.y;

	b.mean_low = log ? fm_exp(at - mean) : at - mean;
	b.mean_high = log ? fm_exp(at + mean) : at + mean;
	b.low = log ? fm_exp(at - new) : at - new;
	b.high = log ? fm_exp(at + new) : at + new;
	return b;
}
