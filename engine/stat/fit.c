/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/stat/fit.h"

#include <math.h>
#include <string.h>

#include "engine/stat/fastmath.h"
#include "engine/stat/fit_model.h"

#define EXACT 1e-26 /* rss this small against Σ w y² is rounding */

static double weight_of(const struct fit_problem *p, size_t i)
{
	return p->weight ? p->weight[i] : 1;
}

/* ---- what cannot be fitted ---------------------------------------------------------------------------------------- */

static enum fit_status check_rows(const struct fit_problem *p, size_t columns, struct fit_result *out)
{
	for (size_t i = 0; i < p->n; i++) {
		bool finite = isfinite(p->y[i]) && isfinite(weight_of(p, i)) && weight_of(p, i) >= 0;

		for (size_t c = 0; c < columns; c++)
			finite &= isfinite(p->x[i * columns + c]) != 0;
		out->row = i;
		if (!finite)
			return FIT_BAD_VALUE;
		if (p->law && !law_takes(p->law, p->x + i * columns))
			return FIT_X_OUTSIDE;
		if (p->space == FIT_LOG && p->y[i] <= 0)
			return FIT_Y_NOT_POSITIVE;
		out->n += weight_of(p, i) > 0;
	}
	out->row = 0;
	return FIT_DONE;
}

enum fit_status fit_spread(const struct fit_problem *p, const double *weight, const double *y, size_t free)
{
	const size_t columns = p->law ? p->law->columns : p->formula->columns;
	size_t places = 0, n = 0, first = 0, seen[FIT_PARAMS];
	bool differs = false;

	for (size_t i = 0; i < p->n; i++) {
		if (weight && !(weight[i] > 0))
			continue;
		if (!n++)
			first = i;
		differs |= y[i] != y[first];
		size_t s = 0;

		while (s < places && memcmp(p->x + seen[s] * columns, p->x + i * columns, columns * sizeof *p->x) != 0)
			s++;
		if (s == places && places < free)
			seen[places++] = i;
		if (places >= free && n >= free && differs)
			return FIT_DONE;
	}
	if (n < free || !n)
		return FIT_FEW_POINTS;
	if (places < free)
		return FIT_FEW_PLACES;
	return differs ? FIT_DONE : FIT_SAME_Y;
}

static enum fit_status check_parameters(const struct fit_problem *p, const struct fit_model *f, struct fit_result *out)
{
	bool boxed = true;

	for (size_t k = 0; k < f->p; k++) {
		out->row = k;
		if (!(f->low[k] <= f->high[k]))
			return FIT_BAD_BOUNDS;
		out->fixed[k] = f->low[k] == f->high[k];
		out->free += !out->fixed[k];
		boxed &= isfinite(f->low[k]) && isfinite(f->high[k]);
	}
	out->row = 0;
	if ((!p->law && !p->starts_n && !boxed) || (p->loss == FIT_HUBER && !(p->delta > 0)))
		return FIT_NO_START;
	return FIT_DONE;
}

/* ---- what is said of the minimum ---------------------------------------------------------------------------------- */

static void describe_points(struct fit_model *f, const struct mem *m, struct fit_result *r)
{
	const struct fit_problem *p = f->problem;
	long double sum = 0, weights = 0;

	r->fitted = mem_array(m, double, p->n);
	r->residual = mem_array(m, double, p->n);
	r->leverage = mem_array(m, double, p->n);
	r->jacobian = mem_array(m, double, p->n * f->p);
	long double at[FIT_PARAMS], *value = mem_array(m, long double, p->n), *j = mem_array(m, long double, p->n * f->p);

	for (size_t k = 0; k < f->p; k++)
		at[k] = r->params[k];
	(void)f->nls.eval_long(f, at, value, j);
	for (size_t i = 0; i < p->n * f->p; i++)
		r->jacobian[i] = (double)j[i];
	for (size_t i = 0; i < p->n; i++) {
		sum += weight_of(p, i) * f->y[i];
		weights += weight_of(p, i);
	}
	const long double level = sum / weights;
	long double rss = 0, tss = 0;

	for (size_t i = 0; i < p->n; i++) {
		const bool counts = weight_of(p, i) > 0;

		r->fitted[i] = (double)(p->space == FIT_LOG ? expl(value[i]) : value[i]);
		r->residual[i] = counts ? (double)(f->y[i] - value[i]) : NAN;
		if (!counts)
			continue;
		rss += weight_of(p, i) * (f->y[i] - value[i]) * (f->y[i] - value[i]);
		tss += weight_of(p, i) * (f->y[i] - level) * (f->y[i] - level);
	}
	r->rss = (double)rss;
	r->tss = (double)tss;
	r->r2 = tss > 0 ? (double)(1 - rss / tss) : NAN;
	r->r2_gap = tss > 0 ? FIT_HERE : FIT_GAP_EXACT;
}

/* AIC = n ln(2π rss/n) + n - Σ ln w + 2k with k = parameters + 1 for the variance; AICc adds 2k(k+1)/(n-k-1). */
static void describe_likelihood(const struct fit_model *f, struct fit_result *r)
{
	const struct fit_problem *p = f->problem;
	const double n = (double)r->n, k = (double)r->free + 1;
	double logs = 0, squares = 0;

	r->s2 = r->aic = r->aicc = r->bic = NAN;
	r->s2_gap = p->loss != FIT_L2 ? FIT_GAP_LOSS : r->dof ? FIT_HERE : FIT_GAP_DOF;
	if (r->s2_gap == FIT_HERE)
		r->s2 = r->rss / (double)r->dof;
	for (size_t i = 0; i < p->n; i++) {
		if (!(weight_of(p, i) > 0))
			continue;
		logs += fm_log(weight_of(p, i));
		squares += weight_of(p, i) * f->y[i] * f->y[i];
	}
	r->information_gap = p->loss != FIT_L2 ? FIT_GAP_LOSS : r->rss <= EXACT * squares ? FIT_GAP_EXACT : FIT_HERE;
	if (r->information_gap != FIT_HERE)
		return;
	const double twice = n * fm_log(2 * M_PI * r->rss / n) + n - logs;

	r->aic = twice + 2 * k;
	r->bic = twice + k * fm_log(n);
	if (n - k - 1 > 0)
		r->aicc = r->aic + 2 * k * (k + 1) / (n - k - 1);
}

static void describe_covariance(struct fit_model *f, struct fit_result *r)
{
	const struct fit_problem *p = f->problem;
	const size_t n = f->p;

	r->covariance_gap = r->s2_gap;
	if (!nls_information_inverse(&f->nls, &f->work, r->params, r->inverse)) {
		r->covariance_gap = r->covariance_gap == FIT_HERE ? FIT_GAP_SINGULAR : r->covariance_gap;
		memset(r->inverse, 0, sizeof r->inverse);
	}
	for (size_t i = 0; i < n * n; i++)
		r->covariance[i] = r->covariance_gap == FIT_HERE ? r->s2 * r->inverse[i] : NAN;
	for (size_t k = 0; k < n; k++)
		r->se[k] = sqrt(r->covariance[k * n + k]);
	for (size_t i = 0; i < p->n; i++) {
		const double *g = r->jacobian + i * n;
		double h = 0;

		for (size_t a = 0; a < n; a++)
			for (size_t b = 0; b < n; b++)
				h += g[a] * r->inverse[a * n + b] * g[b];
		r->leverage[i] = weight_of(p, i) > 0 && r->covariance_gap != FIT_GAP_SINGULAR ? weight_of(p, i) * h : NAN;
	}
}

static void take_minima(const struct fit_search *s, double scale, struct fit_result *r)
{
	const struct fit_minimum *best = &s->minima[0];

	memcpy(r->params, best->params, sizeof r->params);
	r->objective = best->objective;
	r->gradient = best->gradient;
	r->converged = best->converged;
	r->starts = s->starts;
	r->reached_best = best->hits;
	for (size_t i = 1; i < s->n && !r->has_next; i++) {
		if (!s->minima[i].converged || fit_same(s->minima[i].objective, best->objective, scale))
			continue;
		r->has_next = true;
		r->next_objective = s->minima[i].objective;
		memcpy(r->next_params, s->minima[i].params, sizeof r->next_params);
	}
}

enum fit_status fit_solve(const struct fit_problem *p, const struct mem *m, struct fit_result *out)
{
	const size_t columns = p->law ? p->law->columns : p->formula->columns;
	struct fit_model f;
	struct fit_search s;
	double scale = 0;

	*out = (struct fit_result){ .p = p->law ? law_params(p->law) : p->formula->params };
	if ((out->status = check_rows(p, columns, out)))
		return out->status;
	fit_model_init(&f, p, m);
	if ((out->status = check_parameters(p, &f, out)))
		return out->status;
	if ((out->status = fit_spread(p, p->weight, p->y, out->free)))
		return out->status;
	out->dof = out->n - out->free;
	fit_search_init(&s, &f, m);
	if (p->loss == FIT_L2)
		fit_search_run(&s, true);
	else
		fit_robust_run(&s);
	if (!s.n)
		return out->status = FIT_NO_VALUE;
	for (size_t i = 0; i < p->n; i++)
		scale += weight_of(p, i) * f.y[i] * f.y[i];
	take_minima(&s, scale, out);
	if (p->law) {
		law_order(p->law, out->params);
		law_order(p->law, out->next_params);
	}
	for (size_t k = 0; k < f.p; k++) {
		out->at_low[k] = !out->fixed[k] && out->params[k] <= f.low[k];
		out->at_high[k] = !out->fixed[k] && out->params[k] >= f.high[k];
	}
	describe_points(&f, m, out);
	describe_likelihood(&f, out);
	describe_covariance(&f, out);
	return FIT_DONE;
}
