/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/stat/bfgs.h"
#include "engine/stat/fit_model.h"

#define SEARCHES 3
#define RESTARTS 4
#define ITERATIONS 500
#define TOLERANCE 1e-8
#define LEAST_WEIGHT 1e-3 /* of the median |r|: below it a point's weight grows no more */
#define L1_STAGES 4
#define L1_SHRINK 1e-2

/* ρ of Huber, and its derivative. */
static double huber(double r, double delta, double *slope)
{
	if (fabs(r) <= delta) {
		*slope = r;
		return r * r / 2;
	}
	*slope = r > 0 ? delta : -delta;
	return delta * (fabs(r) - delta / 2);
}

/* The problem in whitened coordinates z: inner = centre + basis z, clamped at the bounds. */
struct robust {
	struct fit_search *s;
	double delta;
	double centre[FIT_PARAMS], basis[FIT_PARAMS][FIT_PARAMS];
	double scale; /* the objective is divided by it: the δ of L1's stages */
};

static double natural_of(const struct robust *r, size_t k, double inner, double *slope)
{
	const struct fit_model *f = r->s->model;
	const struct law *l = f->problem->law;
	double value = l ? law_natural(l, k, &r->s->v.span, inner) : inner;

	*slope = l ? law_natural_slope(l, k, &r->s->v.span, inner) : 1;
	if (value <= f->low[k] || value >= f->high[k]) {
		*slope = 0;
		return value <= f->low[k] ? f->low[k] : f->high[k];
	}
	return value;
}

static void place(const struct robust *r, const double *z, double *params, double *slope)
{
	const size_t n = r->s->model->p;

	for (size_t k = 0; k < n; k++) {
		double inner = r->centre[k];

		for (size_t i = 0; i <= k; i++)
			inner += r->basis[k][i] * z[i];
		params[k] = natural_of(r, k, inner, &slope[k]);
	}
}

static double weight_of(const struct fit_model *f, size_t i)
{
	return f->nls.weight ? f->nls.weight[i] : 1;
}

static double robust_value(void *user, const double *z, double *gradient)
{
	struct robust *r = user;
	struct fit_model *f = r->s->model;
	double params[FIT_PARAMS], slope[FIT_PARAMS], g[FIT_PARAMS] = { 0 }, sum = 0;

	place(r, z, params, slope);
	if (!f->nls.eval(f, params, f->work.f, f->work.j))
		return INFINITY;
	for (size_t i = 0; i < f->problem->n; i++) {
		double d, w = weight_of(f, i);

		if (!(w > 0))
			continue;
		sum += w * huber(f->y[i] - f->work.f[i], r->delta, &d);
		for (size_t k = 0; k < f->p; k++)
			g[k] -= w * d * f->work.j[i * f->p + k];
	}
	for (size_t i = 0; i < f->p; i++) {
		gradient[i] = 0;
		for (size_t k = i; k < f->p; k++)
			gradient[i] += r->basis[k][i] * slope[k] * g[k] / r->scale;
	}
	return sum / r->scale;
}

/* Lower triangle with L Lᵀ = (JᵀWJ)⁻¹ in inner coordinates; parameters that are held, or that nothing tells apart, get none. */
static bool whiten(struct robust *r, const double *params)
{
	struct fit_model *f = r->s->model;
	const size_t n = f->p;
	double inverse[FIT_PARAMS * FIT_PARAMS], slope;

	if (!nls_information_inverse(&f->nls, &f->work, params, inverse))
		return false;
	memset(r->basis, 0, sizeof r->basis);
	for (size_t k = 0; k < n; k++) {
		r->centre[k] = f->problem->law ? law_inner(f->problem->law, k, &r->s->v.span, params[k]) : params[k];
		(void)natural_of(r, k, r->centre[k], &slope);
		for (size_t i = 0; i < n; i++) {
			inverse[k * n + i] *= slope > 0 ? 1 / slope : 0;
			inverse[i * n + k] *= slope > 0 ? 1 / slope : 0;
		}
	}
	for (size_t k = 0; k < n; k++)
		for (size_t i = 0; i <= k; i++) {
			double sum = inverse[k * n + i];

			for (size_t c = 0; c < i; c++)
				sum -= r->basis[k][c] * r->basis[i][c];
			if (i < k)
				r->basis[k][i] = r->basis[i][i] > 0 ? sum / r->basis[i][i] : 0;
			else
				r->basis[k][k] = sum > 0 ? sqrt(sum) : 0;
		}
	return true;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Median of |r| over the points that count; s->sizes is scratch. */
static double middle_size(struct fit_search *s, const double *params)
{
	struct fit_model *f = s->model;
	size_t n = 0;

	if (!f->nls.eval(f, params, f->work.f, NULL))
		return 0;
	for (size_t i = 0; i < f->problem->n; i++)
		if (weight_of(f, i) > 0)
			s->sizes[n++] = fabs(f->y[i] - f->work.f[i]);
	qsort(s->sizes, n, sizeof *s->sizes, by_size);
	return n ? s->sizes[n / 2] : 0;
}

/* One δ, restarted until a fresh whitening finds nothing lower. */
static bool descend(struct robust *r, struct fit_minimum *m)
{
	const size_t n = r->s->model->p;
	double before = INFINITY;
	bool any = false;

	for (int i = 0; i < RESTARTS && whiten(r, m->params); i++) {
		const struct bfgs_problem p = { .n = n, .f = robust_value, .user = r, .gradient_tolerance = TOLERANCE,
			                        .max_iterations = ITERATIONS };
		double z[FIT_PARAMS] = { 0 }, slope[FIT_PARAMS];
		struct bfgs_result got = bfgs_minimise(&p, z, r->s->bfgs);

		if (!isfinite(got.f))
			break;
		place(r, z, m->params, slope);
		m->gradient = got.gradient_norm;
		m->converged = got.converged || before - got.f <= 1e-12 * got.f;
		any = true;
		if (before - got.f <= 1e-12 * got.f)
			break;
		before = got.f;
	}
	return any;
}

/* Σ w ρ(r); infinity where there is no value. */
static double objective(struct fit_model *f, const double *params)
{
	double sum = 0, slope;

	if (!f->nls.eval(f, params, f->work.f, NULL))
		return INFINITY;
	for (size_t i = 0; i < f->problem->n; i++) {
		const double r = f->y[i] - f->work.f[i], w = weight_of(f, i);

		if (w > 0)
			sum += w * (f->problem->loss == FIT_L2    ? r * r
			            : f->problem->loss == FIT_L1 ? fabs(r)
			                                         : huber(r, f->problem->delta, &slope));
	}
	return sum;
}

static bool descend_loss(struct fit_search *s, struct fit_minimum *m)
{
	const struct fit_problem *p = s->model->problem;
	struct robust r = { .s = s, .delta = p->delta, .scale = 1 };

	if (p->loss == FIT_HUBER) {
		if (!descend(&r, m))
			return false;
	} else {
		double first = middle_size(s, m->params), last = INFINITY;

		r.delta = first;
		for (int stage = 0; stage < L1_STAGES && r.delta > 0; stage++, r.delta *= L1_SHRINK) {
			r.scale = r.delta;
			if (!descend(&r, m))
				return false;
			double now = objective(s->model, m->params);

			m->converged |= fabs(last - now) <= 1e-6 * now;
			last = now;
		}
	}
	m->objective = objective(s->model, m->params);
	return isfinite(m->objective) != 0;
}

void fit_robust_descend(struct fit_search *s)
{
	struct fit_minimum old[FIT_MINIMA];
	const size_t n = s->n;

	memcpy(old, s->minima, n * sizeof *old);
	s->n = 0;
	for (size_t i = 0; i < n; i++)
		if (descend_loss(s, &old[i]))
			fit_search_insert(s, &old[i], old[i].objective);
}

/* w ψ(r)/r at params, into s->robust_weight. */
static bool reweight(struct fit_search *s, const double *params, const double *weight)
{
	struct fit_model *f = s->model;
	const double least = LEAST_WEIGHT * middle_size(s, params);

	if (!(least > 0))
		return false; /* the curve goes through half of the points */
	for (size_t i = 0; i < f->problem->n; i++) {
		const double size = fmax(fabs(f->y[i] - f->work.f[i]), least);
		const double own = f->problem->loss == FIT_L1 ? 1 / size : fmin(1, f->problem->delta / size);

		s->robust_weight[i] = own * (weight ? weight[i] : 1);
	}
	return true;
}

void fit_robust_run(struct fit_search *s)
{
	struct fit_model *f = s->model;
	const double *weight = f->nls.weight;

	fit_search_run(s, false);
	for (int i = 0; i < SEARCHES && s->n && reweight(s, s->minima[0].params, weight); i++) {
		f->nls.weight = s->robust_weight;
		fit_search_run(s, false);
		f->nls.weight = weight;
	}
	fit_robust_descend(s);
}
