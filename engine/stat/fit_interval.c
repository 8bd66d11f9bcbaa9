/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "engine/stat/dist.h"
#include "engine/stat/fastmath.h"
#include "engine/stat/fit_model.h"

#define WIDEN 60      /* steps outwards */
#define NARROW 80     /* steps inwards */
#define TAU_ENOUGH 1e-9
#define LOWER 1e-7    /* relative: a lower minimum than the fit's */

static const struct fit_interval none = { NAN, NAN, FIT_END_NONE, FIT_END_NONE };

struct fit_interval fit_delta(const struct fit_result *r, size_t k, double level)
{
	if (r->status != FIT_DONE || r->covariance_gap != FIT_HERE || !(r->se[k] > 0))
		return none;
	const double half = dist_t_inv(0.5 + level / 2, (double)r->dof) * r->se[k];

	return (struct fit_interval){ r->params[k] - half, r->params[k] + half, FIT_END_FOUND, FIT_END_FOUND };
}

/* ---- profile ------------------------------------------------------------------------------------------------------ */

struct profile {
	struct fit_model model;
	const struct fit_result *r;
	size_t k;
	double low, high;           /* bounds of the parameter */
	double near[FIT_PARAMS];    /* the others, at the last place looked at */
	bool lower;
};

/* |τ| at the value; infinity where there is no curve. */
static double tau(struct profile *p, double value)
{
	struct nls_result got;
	double params[FIT_PARAMS];

	memcpy(params, p->near, sizeof params);
	params[p->k] = p->model.low[p->k] = p->model.high[p->k] = value;
	if (!nls_descend(&p->model.nls, &p->model.work, 200, params, &got))
		return INFINITY;
	memcpy(p->near, params, sizeof params);
	if (got.rss < p->r->rss * (1 - LOWER))
		p->lower = true;
	return got.rss > p->r->rss ? sqrt((got.rss - p->r->rss) / p->r->s2) : 0;
}

/* The value between inside (|τ| < t) and outside (|τ| > t) where |τ| = t: false position with Illinois' halving, with a
 * bisection now and then and where the curve has no value. */
static double narrow(struct profile *p, double t, double inside, double outside, double beyond)
{
	double under = tau(p, inside) - t, over = beyond - t;
	int side = 0;

	for (int i = 0; i < NARROW; i++) {
		double value = isfinite(over) ? outside - over * (outside - inside) / (over - under) : NAN;

		if (i % 8 == 7 || !isfinite(value))
			value = inside + (outside - inside) / 2;
		const double at = tau(p, value) - t;

		if (fabs(at) <= TAU_ENOUGH * t || value == inside || value == outside)
			return value;
		if (at < 0) {
			inside = value;
			under = at;
			over = side < 0 && isfinite(over) ? over / 2 : over;
			side = -1;
		} else {
			outside = value;
			over = at;
			under = side > 0 ? under / 2 : under;
			side = 1;
		}
	}
	return inside + (outside - inside) / 2;
}

/* Another parameter ran into the end of the family's search on the way: had it gone on, there would be no end here. */
static bool held_up(const struct profile *p)
{
	const struct fit_problem *q = p->model.problem;

	for (size_t j = 0; j < p->model.p; j++) {
		const bool low = p->near[j] <= p->model.low[j] && !(q->low && q->low[j] >= p->model.low[j]);
		const bool high = p->near[j] >= p->model.high[j] && !(q->high && q->high[j] <= p->model.high[j]);

		if (j != p->k && !p->r->fixed[j] && !p->r->at_low[j] && !p->r->at_high[j] && (low || high))
			return true;
	}
	return false;
}

/* One end; sign says which. */
static double profile_end(struct profile *p, double t, int sign, enum fit_end *end)
{
	const double best = p->r->params[p->k], bound = sign < 0 ? p->low : p->high;
	double inside = best, step = p->r->se[p->k] > 0 ? t * p->r->se[p->k] : 0.1 * (fabs(best) > 0 ? fabs(best) : 1);

	memcpy(p->near, p->r->params, sizeof p->near);
	for (int i = 0; i < WIDEN; i++, step *= 2) {
		double value = inside + sign * step;
		const bool last = sign < 0 ? value <= bound : value >= bound;
		double held[FIT_PARAMS];

		value = last ? bound : value;
		memcpy(held, p->near, sizeof held);
		const double at = tau(p, value);

		if (at >= t) {
			memcpy(p->near, held, sizeof held);
			const double found = narrow(p, t, inside, value, at);

			if (held_up(p)) {
				*end = FIT_END_OPEN;
				return sign < 0 ? -INFINITY : INFINITY;
			}
			/* No curve at the bound itself, but all the way up to it. */
			*end = isfinite(bound) && fabs(found - bound) <= 1e-9 * fabs(bound) ? FIT_END_AT_BOUND : FIT_END_FOUND;
			return found;
		}
		if (last) {
			*end = FIT_END_AT_BOUND;
			return bound;
		}
		inside = value;
	}
	*end = FIT_END_OPEN;
	return sign < 0 ? -INFINITY : INFINITY;
}

struct fit_interval fit_profile_to(const struct fit_problem *problem, const struct fit_result *r, const struct mem *m, size_t k,
                                   double critical, bool *lower)
{
	struct profile p = { .r = r, .k = k };
	struct fit_interval out = none;

	*lower = false;
	if (r->status != FIT_DONE || r->s2_gap != FIT_HERE || !(r->s2 > 0) || r->fixed[k] || !(critical > 0))
		return out;
	fit_model_init(&p.model, problem, m);
	p.low = p.model.low[k];
	p.high = p.model.high[k];
	out.low = profile_end(&p, critical, -1, &out.low_end);
	out.high = profile_end(&p, critical, 1, &out.high_end);
	*lower = p.lower;
	return out;
}

struct fit_interval fit_profile(const struct fit_problem *problem, const struct fit_result *r, const struct mem *m, size_t k,
                                double level, bool *lower)
{
	*lower = false;
	if (r->status != FIT_DONE || !r->dof)
		return none;
	return fit_profile_to(problem, r, m, k, dist_t_inv(0.5 + level / 2, (double)r->dof), lower);
}

/* ---- sandwich ----------------------------------------------------------------------------------------------------- */

static double weight_of(const struct fit_problem *p, size_t i)
{
	return p->weight ? p->weight[i] : 1;
}

/* Numbers 0 … G-1 for the clusters of the rows that count; returns G. */
static size_t number(const struct fit_problem *p, const size_t *cluster, size_t *first, size_t *which)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++) {
		size_t g = 0;

		if (!(weight_of(p, i) > 0))
			continue;
		while (cluster && g < n && cluster[first[g]] != cluster[i])
			g++;
		g = cluster ? g : n;
		if (g == n)
			first[n++] = i;
		which[i] = g;
	}
	return n;
}

bool fit_sandwich(const struct fit_problem *p, const struct fit_result *r, const struct mem *m, const size_t *cluster,
                  double *covariance)
{
	const size_t k_n = r->p;
	size_t *first = mem_array(m, size_t, p->n), *which = mem_array(m, size_t, p->n);
	const size_t groups = number(p, cluster, first, which);
	double *score = mem_array(m, double, groups * k_n), meat[FIT_PARAMS * FIT_PARAMS] = { 0 };

	if (r->status != FIT_DONE || r->covariance_gap != FIT_HERE || groups < 2)
		return false;
	const double n = (double)r->n, g_n = (double)groups;
	const double c = cluster ? g_n / (g_n - 1) * (n - 1) / (double)r->dof : n / (double)r->dof;

	for (size_t i = 0; i < p->n; i++)
		for (size_t k = 0; weight_of(p, i) > 0 && k < k_n; k++)
			score[which[i] * k_n + k] += weight_of(p, i) * r->residual[i] * r->jacobian[i * k_n + k];
	for (size_t g = 0; g < groups; g++) {
		double u[FIT_PARAMS] = { 0 }; /* (JᵀWJ)⁻¹ u_g */

		for (size_t a = 0; a < k_n; a++)
			for (size_t b = 0; b < k_n; b++)
				u[a] += r->inverse[a * k_n + b] * score[g * k_n + b];
		for (size_t a = 0; a < k_n; a++)
			for (size_t b = 0; b < k_n; b++)
				meat[a * k_n + b] += u[a] * u[b];
	}
	for (size_t i = 0; i < k_n * k_n; i++)
		covariance[i] = c * meat[i];
	return true;
}

/* ---- bands -------------------------------------------------------------------------------------------------------- */

struct fit_prediction fit_predict(const struct fit_problem *p, const struct fit_result *r, const double *x, double repeats,
                                  double level)
{
	double g[FIT_PARAMS], variance = 0;
	struct fit_prediction out = { NAN, NAN, NAN, NAN, NAN, r->covariance_gap };

	out.y = fit_at(p, r->params, x, g);
	if (r->covariance_gap != FIT_HERE || !isfinite(out.y) || (p->space == FIT_LOG && !(out.y > 0)))
		return out;
	const double share = p->space == FIT_LOG ? 1 / out.y : 1, centre = p->space == FIT_LOG ? fm_log(out.y) : out.y;

	for (size_t a = 0; a < r->p; a++)
		for (size_t b = 0; b < r->p; b++)
			variance += g[a] * share * r->covariance[a * r->p + b] * g[b] * share;
	const double t = dist_t_inv(0.5 + level / 2, (double)r->dof);
	const double mean = t * sqrt(variance), new = t * sqrt(variance + r->s2 / repeats);

	out.mean_low = p->space == FIT_LOG ? fm_exp(centre - mean) : centre - mean;
	out.mean_high = p->space == FIT_LOG ? fm_exp(centre + mean) : centre + mean;
	out.new_low = p->space == FIT_LOG ? fm_exp(centre - new) : centre - new;
	out.new_high = p->space == FIT_LOG ? fm_exp(centre + new) : centre + new;
	return out;
}

struct fit_f_test fit_compare(const struct fit_result *small, const struct fit_result *large)
{
	struct fit_f_test out = { NAN, NAN, NAN, NAN, false };

	if (small->status != FIT_DONE || large->status != FIT_DONE || small->n != large->n || small->free >= large->free ||
	    large->s2_gap != FIT_HERE || !(large->s2 > 0))
		return out;
	out.df1 = (double)(large->free - small->free);
	out.df2 = (double)large->dof;
	out.f = (small->rss - large->rss) / out.df1 / large->s2;
	out.p = dist_f_upper(out.f > 0 ? out.f : 0, out.df1, out.df2);
	out.possible = true;
	return out;
}
