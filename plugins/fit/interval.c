/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Intervals of the parameters and bands of the curve. Which method is the main one follows the coverage measured in
 * tests/bench/coverage: profiles scaled to whole seeds, else to the cells' own variances, else to one pooled variance.
 */
#include <math.h>

#include "engine/stat/dist.h"
#include "engine/stat/fastmath.h"
#include "plugins/fit/fit.h"

#define FEW_SEEDS 3

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
	if (spread_cells(&f->problem, &f->r, &s->mem, g->place, g->places, &f->spread))
		return "Welch";
	return spread_pooled(&f->r, &f->spread) ? "" : NULL;
}

static const char *method_name(const struct fitted *f, const char *what, const char *spread)
{
	struct text t = { .w = f->s->w };

	text_printf(&t, "%s%s%s", what, *spread ? ", " : "", spread);
	return t.p;
}

void fit_intervals(struct fitted *f)
{
	const enum fit_ask ask = f->s->ask;
	const char *spread = choose_spread(f);

	if (f->s->resamples)
		fit_bootstrap(f);
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
	const double mean = t * se, new = t * sqrt(se * se + f->r.s2 / m), at = log ? fm_log(b.y) : b.y;

	b.mean_low = log ? fm_exp(at - mean) : at - mean;
	b.mean_high = log ? fm_exp(at + mean) : at + mean;
	b.low = log ? fm_exp(at - new) : at - new;
	b.high = log ? fm_exp(at + new) : at + new;
	return b;
}
