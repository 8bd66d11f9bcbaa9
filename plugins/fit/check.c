/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a reviewer asks next: held-out points, the nested law, residuals, points left out, other losses.
 */
#include <math.h>
#include <string.h>

#include "engine/stat/fastmath.h"
#include "engine/stat/moments.h"
#include "engine/stat/runs.h"
#include "plugins/fit/read.h"

#define PLACES_MAX 400 /* more are not left out one by one */

/* Mean of y at each place. */
static double *place_means(const struct work *w, const struct sample *g, const double *v, double *count)
{
	double *mean = work_array(w, double, g->places);

	for (size_t i = 0; i < g->n; i++) {
		mean[g->place[i]] += v[i];
		count[g->place[i]] += 1;
	}
	for (size_t c = 0; c < g->places; c++)
		mean[c] /= count[c];
	return mean;
}

/* ---- held-out points ---------------------------------------------------------------------------------------------- */

static double split_at(const struct fitted *f)
{
	const struct sample *g = f->g;
	double most = -INFINITY, *all;

	if (!f->s->hold_share && isfinite(f->s->hold_at))
		return f->s->hold_at;
	for (size_t i = 0; i < g->n; i++)
		most = fmax(most, g->points[i].split);
	if (!f->s->hold_share)
		return most / 2;
	all = work_array(f->s->w, double, g->places);
	for (size_t i = 0; i < g->n; i++)
		all[g->place[i]] = g->points[i].split;
	const size_t held = (size_t)fmax(1, floor(f->s->hold_at * (double)g->places));

	return g->places > held ? all[g->places - held - 1] : most;
}

/* The same settings on a part of the points, by a law that may be another. */
static struct fitted *part_fit(const struct fitted *f, const struct law *law, const struct sample *g)
{
	struct fitted *part = work_array(f->s->w, struct fitted, 1);

	*part = *f;
	part->g = g;
	part->notes_n = 0;
	part->spread = (struct spread){ 0 };
	if (law) {
		part->law = law;
		part->p = law_params(law);
		for (size_t k = 0; k < part->p; k++)
			part->names[k] = str_of(law->params[k].name);
	}
	fit_problem_of(part, g, &part->problem);
	if (law == &law_families[LAW_POWER2] && f->law != &law_families[LAW_POWER3]) /* a yardstick, not a special case */
		part->problem.low = part->problem.high = NULL;
	fit_solve_it(part, &part->problem, g, &part->r);
	return part;
}

struct errors {
	double squares, bias, inside, n;
};

/* Against the means of the places that were held out. */
static struct errors errors_of(const struct fitted *part, const struct sample *held, double last)
{
	struct errors e = { 0 };
	double *count = work_array(part->s->w, double, held->places), *mean = place_means(part->s->w, held, held->y, count);

	for (size_t c = 0; c < held->places; c++) {
		const double *x = held->place_x + c * held->columns;
		const struct band b = isfinite(last) ? (struct band){ .y = last } : fit_band(part, x, count[c]);
		const double error = b.y > 0 && mean[c] > 0 ? fm_log(b.y) - fm_log(mean[c]) : NAN;

		e.squares += error * error;
		e.bias += error;
		e.inside += isfinite(b.low) ? (mean[c] >= b.low && mean[c] <= b.high) : NAN;
		e.n += 1;
	}
	return e;
}

static void hold_out(struct fitted *f)
{
	const struct sample *g = f->g;
	struct holdout *h = &f->hold;
	bool *below = work_array(f->s->w, bool, g->n), *above = work_array(f->s->w, bool, g->n);

	h->above = split_at(f);
	for (size_t i = 0; i < g->n; i++) {
		below[i] = g->points[i].split <= h->above;
		above[i] = !below[i];
	}
	struct sample *low = work_array(f->s->w, struct sample, 1), high = sample_part(f->s->w, g, above);

	*low = sample_part(f->s->w, g, below);
	if (!high.n || low->places < f->r.free || low->n <= f->r.free)
		return;
	struct fitted *part = part_fit(f, NULL, low);

	if (part->r.status != FIT_DONE)
		return;
	(void)spread_pooled(&part->r, &part->spread);
	const struct errors e = errors_of(part, &high, NAN);

	h->done = true;
	h->n = high.places;
	h->rmsle = sqrt(e.squares / e.n);
	h->bias = e.bias / e.n;
	h->coverage = e.inside / e.n;
	h->last_value = h->power2 = NAN;
	if (g->columns > 1)
		return;
	double *count = work_array(f->s->w, double, low->places), *mean = place_means(f->s->w, low, low->y, count);

	h->last_value = sqrt(errors_of(part, &high, mean[low->places - 1]).squares / e.n);
	const struct fitted *two = part_fit(f, &law_families[LAW_POWER2], low);

	if (two->r.status == FIT_DONE)
		h->power2 = sqrt(errors_of(two, &high, NAN).squares / e.n);
	if (h->rmsle > h->last_value)
		fit_note(f, "loses-to-last-value",
		         "extrapolation loses to the last value: held-out error %.3g, the last value carried forward %.3g", h->rmsle,
		         h->last_value);
}

/* ---- nested laws, residuals --------------------------------------------------------------------------------------- */

static void nested(struct fitted *f)
{
	static const struct { enum law_family large, small; } pairs[] = {
		{ LAW_POWER3, LAW_POWER2 }, { LAW_POWER4, LAW_POWER3 }, { LAW_WEIBULL4, LAW_EXP3 },
		{ LAW_BNSL1, LAW_POWER3 },  { LAW_BNSL2, LAW_BNSL1 },   { LAW_BNSL3, LAW_BNSL2 },
	};

	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		const struct law *small = &law_families[pairs[i].small];

		if (f->law != &law_families[pairs[i].large] || f->s->loss != FIT_L2)
			continue;
		const struct fitted *part = part_fit(f, small, f->g);

		f->f = fit_compare(&part->r, &f->r);
		f->f_against = small->name;
	}
}

static void residuals(struct fitted *f)
{
	double *count = work_array(f->s->w, double, f->g->places);
	const double *mean = place_means(f->s->w, f->g, f->r.residual, count);

	f->runs_p = runs_p(mean, f->g->places);
	f->lag1 = f->g->places > 2 ? lag1_autocorrelation(mean, f->g->places) : NAN;
	if (f->runs_p < 0.05)
		fit_note(f, "residual-runs", "residuals keep their sign along %.*s (runs test, p = %.2g): the law does not have the shape of the data",
		         STR_ARG(f->s->columns.x[0]), f->runs_p);
}

/* ---- points left out ---------------------------------------------------------------------------------------------- */

/* The parameter that says how fast the curve bends. */
static size_t exponent_of(const struct fitted *f)
{
	for (size_t k = f->law ? f->law->linear : f->p; k < f->p; k++)
		if (f->law->params[k].role != LAW_PLACE && f->law->params[k].role != LAW_SHIFT)
			return k;
	return f->p - 1;
}

static void sensitivity_add(struct fitted *f, const char *what, const double *params)
{
	struct sensitivity *s = &f->sensitivity[f->sensitivity_n++];

	s->what = what;
	memcpy(s->params, params, f->p * sizeof *params);
}

static const char *without(const struct fitted *f, size_t place)
{
	struct text t = { .w = f->s->w };

	text_printf(&t, "without %.*s = %.*s", STR_ARG(f->s->columns.x[0]),
	            STR_ARG(number_text(f->s->w, f->g->place_x[place * f->g->columns])));
	return t.p;
}

static void leave_out(struct fitted *f)
{
	const struct sample *g = f->g;
	const size_t k = exponent_of(f);
	double *weight = work_array(f->s->w, double, g->n), params[FIT_PARAMS], far = 0, far_at = NAN;
	size_t driver = 0;

	f->loo_parameter = k;
	if (g->places <= f->r.free || g->places > PLACES_MAX || f->r.fixed[k])
		return;
	struct fit_again *again = fit_again_new(&f->problem, &f->r, &f->s->mem);

	for (size_t c = 0; c < g->places; c++) {
		for (size_t i = 0; i < g->n; i++)
			weight[i] = g->place[i] == c ? 0 : g->weight ? g->weight[i] : 1;
		if (fit_refit(again, weight, NULL, params) == FIT_REFIT_FAILED)
			continue;
		f->loo_low = fmin(isfinite(f->loo_low) ? f->loo_low : params[k], params[k]);
		f->loo_high = fmax(isfinite(f->loo_high) ? f->loo_high : params[k], params[k]);
		if (c == 0 || c == g->places - 1)
			sensitivity_add(f, without(f, c), params);
		if (fabs(params[k] - f->r.params[k]) > far) {
			far = fabs(params[k] - f->r.params[k]);
			far_at = params[k];
			driver = c;
		}
	}
	const struct fit_interval *i = f->main ? &f->main[k] : NULL;

	if (i && ((i->low_end == FIT_END_FOUND && far_at < i->low) || (i->high_end == FIT_END_FOUND && far_at > i->high)))
		fit_note(f, "one-point", "driven by one point: %s %.*s is %.3g, outside its interval", without(f, driver),
		         STR_ARG(f->names[k]), far_at);
}

static void other_losses(struct fitted *f)
{
	static const struct { const char *what; enum fit_loss loss; double delta; } all[] = {
		{ "loss l2", FIT_L2, 0 }, { "loss huber 0.0001", FIT_HUBER, 1e-4 }, { "loss huber 0.001", FIT_HUBER, 1e-3 },
		{ "loss huber 0.01", FIT_HUBER, 1e-2 }, { "loss l1", FIT_L1, 0 },
	};

	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		struct fit_problem p = f->problem;
		struct fit_result r;

		if (all[i].loss == f->s->loss && (all[i].loss != FIT_HUBER || !(fabs(all[i].delta - f->s->delta) > 0)))
			continue;
		p.loss = all[i].loss;
		p.delta = all[i].delta;
		if (fit_solve(&p, &f->s->mem, &r) == FIT_DONE)
			sensitivity_add(f, all[i].what, r.params);
	}
}

void fit_checks(struct fitted *f)
{
	f->sensitivity = work_array(f->s->w, struct sensitivity, 8);
	if (f->s->hold)
		hold_out(f);
	nested(f);
	residuals(f);
	leave_out(f);
	if (f->law && f->p <= 5)
		other_losses(f);
}

/* ---- the choice between laws -------------------------------------------------------------------------------------- */

/* By held-out error; where no law has one, by AICc. */
void fit_choose(struct fitted *const *all, size_t n)
{
	struct fitted *best = NULL;
	bool held = false;

	for (size_t i = 0; i < n; i++)
		held |= !all[i]->refused && all[i]->hold.done && isfinite(all[i]->hold.rmsle);
	for (size_t i = 0; i < n; i++) {
		const double own = held ? all[i]->hold.rmsle : all[i]->r.aicc;

		if (all[i]->refused || (held && !all[i]->hold.done) || !isfinite(own))
			continue;
		if (!best || own < (held ? best->hold.rmsle : best->r.aicc))
			best = all[i];
	}
	if (n == 1)
		best = all[0];
	if (!best)
		return;
	best->chosen = true;
	if (n > 1 && held)
		fit_note(best, "chosen", "chosen by held-out error (%.3g on %zu place%s above %.6g), not by how well it fits",
		         best->hold.rmsle, best->hold.n, best->hold.n == 1 ? "" : "s", best->hold.above);
	else if (n > 1)
		fit_note(best, "chosen", "chosen by AICc: there are no held-out points");
}
