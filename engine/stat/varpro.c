/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/stat/varpro.h"

#include <math.h>
#include <string.h>

#include "engine/stat/fastmath.h"

#define EXPLAINED 1e-12 /* a column that the earlier ones explain to this is left out */
#define LAMBDA_FIRST 1e-3
#define LAMBDA_MAX 1e12
#define FLAT 1e-14      /* relative gain of a step that counts as none */
#define GRADIENT_ENOUGH 1e-7

void varpro_init(struct varpro *v, const struct mem *m, const struct law *law, const double *x, size_t n)
{
	*v = (struct varpro){ .law = law, .n = n, .x = x, .span = law_span_of(law, x, n) };
	v->lx = mem_array(m, double, n * law->columns);
	for (size_t i = 0; law->domain != LAW_ANY_X && i < n * law->columns; i++)
		v->lx[i] = fm_log(x[i]);
	for (size_t k = 0; k < law_params(law); k++) {
		struct law_range limit = law_limit(law, k, &v->span);

		v->low[k] = v->high[k] = NAN;
		(void)varpro_bound(v, k, limit.low, limit.high);
	}
	v->root = mem_array(m, double, n);
	v->phi = mem_array(m, double, n * law->linear);
	v->dphi = mem_array(m, double, n * law->linear * law->nonlinear);
	v->q = mem_array(m, double, n * law->linear);
	v->r = mem_array(m, double, n);
	v->j = mem_array(m, double, n * law->nonlinear);
}

bool varpro_bound(struct varpro *v, size_t k, double low, double high)
{
	if (!(low <= v->low[k]))
		v->low[k] = low;
	if (!(high >= v->high[k]))
		v->high[k] = high;
	if (k >= v->law->linear) {
		v->inner_low[k - v->law->linear] = law_inner(v->law, k, &v->span, v->low[k]);
		v->inner_high[k - v->law->linear] = law_inner(v->law, k, &v->span, v->high[k]);
	}
	return v->low[k] <= v->high[k];
}

void varpro_values(struct varpro *v, const double *y, const double *weight)
{
	v->y = y;
	for (size_t i = 0; i < v->n; i++)
		v->root[i] = weight ? sqrt(weight[i]) : 1;
}

void varpro_params(const struct varpro *v, const struct varpro_point *p, double *params)
{
	for (size_t j = 0; j < v->law->linear; j++)
		params[j] = p->c[j];
	for (size_t k = 0; k < v->law->nonlinear; k++) {
		const size_t at = v->law->linear + k;
		double value = law_natural(v->law, at, &v->span, p->inner[k]);

		/* A bound is met to the bit, not to the rounding of exp and log. */
		if (p->inner[k] <= v->inner_low[k] || value < v->low[at])
			value = v->low[at];
		if (p->inner[k] >= v->inner_high[k] || value > v->high[at])
			value = v->high[at];
		params[at] = value;
	}
}

static double clamp(double x, double low, double high)
{
	return x < low ? low : x > high ? high : x;
}

void varpro_start_at(const struct varpro *v, const double *params, struct varpro_point *p)
{
	*p = (struct varpro_point){ 0 };
	for (size_t k = 0; k < v->law->nonlinear; k++) {
		const size_t at = v->law->linear + k;
		double value = clamp(params[at], v->low[at], v->high[at]);

		p->inner[k] = clamp(law_inner(v->law, at, &v->span, value), v->inner_low[k], v->inner_high[k]);
	}
}

/* √w φ and √w ∂φ/∂inner of all points. */
static bool fill(struct varpro *v, const double *inner)
{
	const struct law *l = v->law;
	double theta[LAW_NONLINEAR], slope[LAW_NONLINEAR], phi[LAW_LINEAR], d[LAW_LINEAR * LAW_NONLINEAR];
	double all = 0;

	for (size_t k = 0; k < l->nonlinear; k++) {
		theta[k] = law_natural(l, l->linear + k, &v->span, inner[k]);
		slope[k] = law_natural_slope(l, l->linear + k, &v->span, inner[k]);
	}
	for (size_t i = 0; i < v->n; i++) {
		l->basis(v->x + i * l->columns, v->lx + i * l->columns, theta, phi, d);
		for (size_t j = 0; j < l->linear; j++) {
			v->phi[j * v->n + i] = v->root[i] > 0 ? v->root[i] * phi[j] : 0;
			all += v->phi[j * v->n + i];
			for (size_t k = 0; k < l->nonlinear; k++) {
				double g = v->root[i] > 0 ? v->root[i] * slope[k] * d[j * l->nonlinear + k] : 0;

				v->dphi[(j * l->nonlinear + k) * v->n + i] = g;
				all += g;
			}
		}
	}
	return isfinite(all) != 0;
}

static double dot(const double *a, const double *b, size_t n)
{
	double even = 0, odd = 0;
	size_t i = 0;

	for (; i + 2 <= n; i += 2) {
		even += a[i] * b[i];
		odd += a[i + 1] * b[i + 1];
	}
	return even + odd + (i < n ? a[i] * b[i] : 0);
}

static void subtract(double *a, double factor, const double *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		a[i] -= factor * b[i];
}

/* Least squares over the free coefficients, the others as they are in c: Gram and Schmidt twice. Returns the rss; v->q holds
 * the free columns' space, v->r the residuals. */
static double project(struct varpro *v, const bool *is_free, double *c)
{
	const size_t m = v->law->linear, n = v->n;
	double upper[LAW_LINEAR][LAW_LINEAR] = { { 0 } }, length[LAW_LINEAR], rhs[LAW_LINEAR];
	size_t who[LAW_LINEAR];

	v->q_n = 0;
	for (size_t i = 0; i < n; i++)
		v->r[i] = v->root[i] > 0 ? v->root[i] * v->y[i] : 0;
	for (size_t j = 0; j < m; j++) {
		if (!is_free[j]) {
			subtract(v->r, c[j], v->phi + j * n, n);
			continue;
		}
		double *q = v->q + v->q_n * n, most = 0, whole;
		const double *a = v->phi + j * n;

		c[j] = 0;
		for (size_t i = 0; i < n; i++)
			most = fabs(a[i]) > most ? fabs(a[i]) : most;
		if (!(most > 0))
			continue;
		for (size_t i = 0; i < n; i++)
			q[i] = a[i] / most;
		whole = sqrt(dot(q, q, n));
		for (int pass = 0; pass < 2; pass++)
			for (size_t k = 0; k < v->q_n; k++) {
				double part = dot(q, v->q + k * n, n);

				upper[k][v->q_n] += part;
				subtract(q, part, v->q + k * n, n);
			}
		double rest = sqrt(dot(q, q, n));

		if (!(rest > EXPLAINED * whole)) {
			for (size_t k = 0; k < v->q_n; k++)
				upper[k][v->q_n] = 0;
			continue;
		}
		for (size_t i = 0; i < n; i++)
			q[i] /= rest;
		upper[v->q_n][v->q_n] = rest;
		length[v->q_n] = most;
		who[v->q_n++] = j;
	}
	for (size_t k = 0; k < v->q_n; k++) {
		rhs[k] = dot(v->r, v->q + k * n, n);
		subtract(v->r, rhs[k], v->q + k * n, n);
	}
	for (size_t k = v->q_n; k-- > 0;) {
		for (size_t i = k + 1; i < v->q_n; i++)
			rhs[k] -= upper[k][i] * rhs[i];
		rhs[k] /= upper[k][k];
		c[who[k]] = rhs[k] / length[k];
	}
	return dot(v->r, v->r, n);
}

/* The best coefficients in their box. Each of them is free (0), on its low (1) or on its high bound (2). */
static double solve(struct varpro *v, double *c)
{
	const size_t m = v->law->linear;
	unsigned best = 0, cases = 1;
	double least = INFINITY;

	for (size_t j = 0; j < m; j++)
		cases *= 3;
	for (unsigned code = 0; code < cases || (code == cases && isfinite(least)); code++) {
		bool is_free[LAW_LINEAR], fits = true;
		unsigned rest = code == cases ? best : code;

		for (size_t j = 0; j < m; j++, rest /= 3) {
			is_free[j] = rest % 3 == 0;
			if (!is_free[j])
				c[j] = rest % 3 == 1 ? v->low[j] : v->high[j];
			fits &= is_free[j] ? v->low[j] < v->high[j] : isfinite(c[j]) != 0;
		}
		if (!fits)
			continue;
		double rss = project(v, is_free, c);

		for (size_t j = 0; j < m; j++)
			fits &= c[j] >= v->low[j] && c[j] <= v->high[j];
		if (code == cases || (fits && code == 0))
			return rss; /* without a bound in the way the first case is the answer */
		if (fits && rss < least) {
			least = rss;
			best = code;
		}
	}
	return INFINITY;
}

bool varpro_look(struct varpro *v, struct varpro_point *p)
{
	p->rss = INFINITY;
	if (!fill(v, p->inner))
		return false;
	p->rss = solve(v, p->c);
	return isfinite(p->rss) != 0;
}

/* ---- descent ------------------------------------------------------------------------------------------------------ */

struct normal {
	size_t n; /* free parameters */
	size_t who[LAW_NONLINEAR];
	double a[LAW_NONLINEAR][LAW_NONLINEAR], g[LAW_NONLINEAR], scale[LAW_NONLINEAR];
};

/* Kaufman's Jacobian at the place looked at, and its normal equations over the parameters that can move. */
static void differentiate(struct varpro *v, struct varpro_point *p, struct normal *e)
{
	const size_t k_n = v->law->nonlinear, n = v->n;

	e->n = 0;
	p->gradient = 0;
	for (size_t k = 0; k < k_n; k++) {
		double *j = v->j + e->n * n;

		memset(j, 0, n * sizeof *j);
		for (size_t c = 0; c < v->law->linear; c++)
			subtract(j, -p->c[c], v->dphi + (c * k_n + k) * n, n);
		for (size_t q = 0; q < v->q_n; q++)
			subtract(j, dot(j, v->q + q * n, n), v->q + q * n, n);
		double g = dot(j, v->r, n), square = dot(j, j, n);

		if ((p->inner[k] <= v->inner_low[k] && g <= 0) || (p->inner[k] >= v->inner_high[k] && g >= 0) || !(square > 0))
			continue;
		if (p->rss > 0)
			p->gradient = fmax(p->gradient, fabs(g) / sqrt(square * p->rss));
		e->scale[e->n] = sqrt(square);
		e->g[e->n] = g / e->scale[e->n];
		for (size_t i = 0; i < e->n; i++)
			e->a[e->n][i] = dot(j, v->j + i * n, n) / (e->scale[e->n] * e->scale[i]);
		e->who[e->n++] = k;
	}
}

/* (A + lambda I) d = g by Cholesky, in units of the scale. False when the matrix is not positive enough. */
static bool damped_step(const struct normal *e, double lambda, double *d)
{
	double l[LAW_NONLINEAR][LAW_NONLINEAR];

	for (size_t i = 0; i < e->n; i++) {
		for (size_t j = 0; j <= i; j++) {
			double sum = i == j ? 1 + lambda : e->a[i][j];

			for (size_t k = 0; k < j; k++)
				sum -= l[i][k] * l[j][k];
			if (i != j)
				l[i][j] = sum / l[j][j];
			else if (!(sum > 1e-15))
				return false;
			else
				l[i][i] = sqrt(sum);
		}
		d[i] = e->g[i];
		for (size_t k = 0; k < i; k++)
			d[i] -= l[i][k] * d[k];
		d[i] /= l[i][i];
	}
	for (size_t i = e->n; i-- > 0;) {
		for (size_t k = i + 1; k < e->n; k++)
			d[i] -= l[k][i] * d[k];
		d[i] /= l[i][i];
	}
	return true;
}

/* One accepted step; false when no damping gains. */
static bool advance(struct varpro *v, const struct normal *e, double *lambda, struct varpro_point *p)
{
	for (; *lambda < LAMBDA_MAX; *lambda *= 8) {
		struct varpro_point next = *p;
		double d[LAW_NONLINEAR];

		if (!damped_step(e, *lambda, d))
			continue;
		for (size_t i = 0; i < e->n; i++) {
			const size_t k = e->who[i];

			next.inner[k] = clamp(next.inner[k] + d[i] / e->scale[i], v->inner_low[k], v->inner_high[k]);
		}
		if (varpro_look(v, &next) && next.rss < p->rss) {
			*p = next;
			*lambda = *lambda > 1e-15 ? *lambda / 10 : *lambda;
			return true;
		}
	}
	return false;
}

bool varpro_descend(struct varpro *v, unsigned max_iterations, struct varpro_point *p)
{
	double lambda = LAMBDA_FIRST, all = 0;
	unsigned flat = 0;
	struct normal e;

	p->gradient = 0;
	p->converged = true;
	p->iterations = 0;
	if (!varpro_look(v, p))
		return false;
	for (size_t i = 0; i < v->n; i++)
		all += v->root[i] * v->y[i] * (v->root[i] * v->y[i]);
	while (p->iterations < max_iterations && v->law->nonlinear) {
		double before = p->rss;

		differentiate(v, p, &e);
		if (!e.n || !(p->gradient > 1e-12) || p->rss <= 1e-31 * all)
			break;
		p->iterations++;
		if (!advance(v, &e, &lambda, p)) {
			(void)varpro_look(v, p); /* what was tried last is not where p stands */
			break;
		}
		flat = before - p->rss <= FLAT * before ? flat + 1 : 0;
		if (flat >= 2)
			break;
	}
	p->converged = p->gradient <= GRADIENT_ENOUGH || flat >= 2 || p->rss <= 1e-26 * all;
	return true;
}
