/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The bootstrap: clusters (the values of `over`) are redrawn with replacement inside each group, or single rows. Groups with
 * the same clusters get the same draws, so that differences between their laws are paired.
 */
#include <math.h>
#include <string.h>

#include "engine/stat/chinchilla.h"
#include "engine/stat/order.h"
#include "engine/stat/resample.h"
#include "engine/stat/rng.h"
#include "plugins/fit/read.h"

#define FEW_CLUSTERS 10 /* below, bootstraps are known to cover too little */

struct booting {
	struct fitted *f;
	struct fit_again *again;
	struct mt19937 *numpy;
	double *weight, *y;
	size_t *times;
};

static void draw_times(const struct sample *g, struct dice *dice, size_t *times)
{
	memset(times, 0, g->clusters * sizeof *times);
	for (size_t i = 0; i < g->clusters; i++)
		times[dice_below(dice, g->clusters)]++;
}

static void weigh(struct booting *b)
{
	const struct sample *g = b->f->g;

	for (size_t i = 0; i < g->n; i++)
		b->weight[i] = (double)b->times[g->cluster[i]] * (g->weight ? g->weight[i] : 1);
}

/* Rows with replacement within each place. */
static void draw_stratified(struct booting *b, struct dice *dice)
{
	const struct sample *g = b->f->g;

	memset(b->weight, 0, g->n * sizeof *b->weight);
	for (size_t c = 0; c < g->places; c++) {
		size_t n = 0;

		for (size_t i = 0; i < g->n; i++)
			if (g->place[i] == c)
				b->times[n++] = i;
		for (size_t i = 0; i < n; i++) {
			const size_t k = b->times[dice_below(dice, n)];

			b->weight[k] += g->weight ? g->weight[k] : 1;
		}
	}
}

/* Residuals, blown up for leverage and centred, at other points; or in place with the sign of their cluster. */
static void draw_values(struct booting *b, struct dice *dice)
{
	const struct fitted *f = b->f;
	const struct sample *g = f->g;
	double mean = 0;

	for (size_t i = 0; i < g->n; i++) {
		b->weight[i] = f->r.residual[i] / sqrt(fmax(1e-6, 1 - f->r.leverage[i]));
		mean += b->weight[i] / (double)g->n;
	}
	for (size_t c = 0; c < g->clusters; c++)
		b->times[c] = dice_below(dice, 2);
	for (size_t i = 0; i < g->n; i++) {
		const double move = f->s->boot == BOOT_WILD ? b->weight[i] * (b->times[g->cluster[i]] ? 1 : -1)
		                                            : b->weight[dice_below(dice, g->n)] - mean;

		b->y[i] = f->s->space == FIT_LOG ? f->r.fitted[i] * exp(move) : f->r.fitted[i] + move;
	}
	for (size_t i = 0; i < g->n; i++)
		b->weight[i] = g->weight ? g->weight[i] : 1;
}

static enum fit_refit draw_once(struct booting *b, size_t r, double *params)
{
	const struct fit_settings *s = b->f->s;
	const struct sample *g = b->f->g;
	struct dice dice;

	/* The clusters' names are in the seed, so equal sets are drawn alike and others apart. */
	dice_seed(&dice, rng_mix(s->seed ^ g->clusters_hash) + r);
	if (s->boot == BOOT_RESIDUAL || s->boot == BOOT_WILD) {
		draw_values(b, &dice);
		return fit_refit(b->again, b->weight, b->y, params);
	}
	if (b->numpy) {
		memset(b->times, 0, g->n * sizeof *b->times);
		for (size_t i = 0; i < g->n; i++)
			b->times[mt19937_below(b->numpy, g->n)]++;
		weigh(b);
	} else if (s->boot == BOOT_STRATIFIED) {
		draw_stratified(b, &dice);
	} else {
		draw_times(g, &dice, b->times);
		weigh(b);
	}
	return fit_refit(b->again, b->weight, NULL, params);
}

/* Acceleration of one parameter: refits without each cluster. all: clusters × p. */
static bool leave_out(struct booting *b, double *all)
{
	const struct sample *g = b->f->g;

	for (size_t c = 0; c < g->clusters; c++) {
		for (size_t i = 0; i < g->clusters; i++)
			b->times[i] = i != c;
		weigh(b);
		if (fit_refit(b->again, b->weight, NULL, all + c * b->f->p) == FIT_REFIT_FAILED)
			return false;
	}
	return true;
}

static void ends(struct booting *b)
{
	struct fitted *f = b->f;
	const size_t units = f->g->clusters;
	double *left = work_array(f->s->w, double, units * f->p), *one = work_array(f->s->w, double, units + f->draws_n);
	const bool left_ok = f->s->bca && leave_out(b, left);
	bool fell_back = false;

	for (size_t k = 0; k < f->p; k++) {
		double acceleration = NAN;
		size_t n = 0;

		for (size_t c = 0; left_ok && c < units; c++)
			one[c] = left[c * f->p + k];
		if (left_ok)
			acceleration = resample_acceleration_of(one, units);
		for (size_t i = 0; i < f->draws_n; i++)
			if (isfinite(f->draws[i * f->p]))
				one[n++] = f->draws[i * f->p + k];
		sort_reals(one, n);
		const struct resample_bounds e = f->s->bca ? resample_bca(f->r.params[k], one, n, acceleration, f->s->level)
		                                           : resample_percentile(one, n, f->s->level);

		fell_back |= f->s->bca && e.method != RESAMPLE_BCA;
		/* With fewer than 20 draws the ends of a 95 % interval are the extremes: better none. */
		f->boot[k] = n >= 20 && e.method != RESAMPLE_NONE && !f->r.fixed[k]
		                     ? (struct fit_interval){ e.low, e.high, FIT_END_FOUND, FIT_END_FOUND }
		                     : (struct fit_interval){ NAN, NAN, FIT_END_NONE, FIT_END_NONE };
		f->has_boot |= f->boot[k].low_end == FIT_END_FOUND;
	}
	if (fell_back)
		fit_note(f, "bca", "BCa is not defined for every parameter here: percentiles stand in");
}

static void boot_notes(struct fitted *f, size_t at_bound)
{
	if (f->g->clusters < FEW_CLUSTERS && f->s->columns.over.n)
		fit_note(f, "few-clusters", "a %s interval over %zu values of %.*s covers about %s %%, not %g %%, by simulation",
		         f->s->bca ? "BCa" : "percentile", f->g->clusters, STR_ARG(f->s->columns.over),
		         f->g->clusters < 4 ? "70-77" : f->g->clusters < 7 ? "82-85" : "85-90", 100 * f->s->level);
	if (10 * f->draws_failed > f->draws_n)
		fit_note(f, "draws-failed", "%zu of %zu redrawn samples did not determine the law", f->draws_failed, f->draws_n);
	if (10 * at_bound > f->draws_n)
		fit_note(f, "draws-at-bound", "in %zu of %zu redrawn samples a parameter ended at the end of its search", at_bound, f->draws_n);
}

/* The loss of Hoffmann et al. over single rows: one descent a resample, from one start. */
static bool boot_hoffmann(struct fitted *f)
{
	const struct fit_settings *s = f->s;
	double *draws = work_array(s->w, double, s->resamples * f->p), start[CHINCHILLA_PARAMS];
	struct mt19937 *numpy = work_array(s->w, struct mt19937, 1);
	struct chinchilla c;

	if (!s->numpy || !fit_is_hoffmann(f) || !fit_hoffmann(f, f->g, &c))
		return false;
	for (size_t k = 0; k < CHINCHILLA_PARAMS; k++) {
		static const size_t from_law[CHINCHILLA_PARAMS] = { 1, 2, 0, 3, 4 };
		const double v = s->boot_from ? s->boot_from[k] : f->r.params[from_law[k]];

		start[k] = k <= CHINCHILLA_E ? fm_log(v) : v;
	}
	mt19937_seed(numpy, (uint32_t)s->seed);
	(void)chinchilla_bootstrap(&c, &s->mem, start, s->resamples, chinchilla_draw_numpy, numpy, s->level, draws);
	for (size_t r = 0; r < s->resamples; r++) {
		double *to = f->draws + r * f->p;

		fit_from_hoffmann(draws + r * f->p, to);
		f->draws_failed += isfinite(to[0]) ? 0 : 1;
	}
	return true;
}

static void draw_all(struct booting *b, size_t *at_bound)
{
	struct fitted *f = b->f;
	const struct law_span span = f->law ? law_span_of(f->law, f->g->x, f->g->n) : (struct law_span){ 0 };

	for (size_t r = 0; r < f->draws_n; r++) {
		double *to = f->draws + r * f->p;
		bool edge = false;

		if (draw_once(b, r, to) == FIT_REFIT_FAILED) {
			for (size_t k = 0; k < f->p; k++)
				to[k] = NAN;
			f->draws_failed++;
			continue;
		}
		for (size_t k = f->law ? f->law->linear : f->p; k < f->p; k++) {
			const struct law_range limit = law_limit(f->law, k, &span);

			edge |= !f->r.fixed[k] && (to[k] <= limit.low || to[k] >= limit.high);
		}
		*at_bound += edge;
	}
}

void fit_bootstrap(struct fitted *f)
{
	const struct fit_settings *s = f->s;
	const struct sample *g = f->g;
	struct booting b = { .f = f, .again = fit_again_new(&f->problem, &f->r, &s->mem) };
	size_t at_bound = 0;

	b.weight = work_array(s->w, double, g->n);
	b.y = work_array(s->w, double, g->n);
	b.times = work_array(s->w, size_t, g->n);
	f->draws = work_array(s->w, double, s->resamples * f->p);
	f->draws_n = s->resamples;
	if (s->numpy) {
		b.numpy = work_array(s->w, struct mt19937, 1);
		mt19937_seed(b.numpy, (uint32_t)s->seed);
	}
	if (!boot_hoffmann(f))
		draw_all(&b, &at_bound);
	ends(&b);
	boot_notes(f, at_bound);
}
