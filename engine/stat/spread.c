/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/stat/spread.h"

#include <math.h>
#include <string.h>

#include "engine/stat/dist.h"

static double quadratic(const double *matrix, const double *g, size_t p)
{
	double sum = 0;

	for (size_t a = 0; a < p; a++)
		for (size_t b = 0; b < p; b++)
			sum += g[a] * matrix[a * p + b] * g[b];
	return sum;
}

static bool possible(const struct fit_result *r, struct spread *out)
{
	*out = (struct spread){ .p = r->p };
	return r->status == FIT_DONE && r->covariance_gap == FIT_HERE;
}

bool spread_pooled(const struct fit_result *r, struct spread *out)
{
	if (!possible(r, out))
		return false;
	memcpy(out->covariance, r->covariance, sizeof out->covariance);
	out->df = (double)r->dof;
	out->kind = SPREAD_POOLED;
	return true;
}

bool spread_seeds(const struct fit_problem *p, const struct fit_result *r, const struct mem *m, const size_t *seed, size_t seeds,
                  struct spread *out)
{
	if (!possible(r, out) || seeds < 2 || !fit_sandwich(p, r, m, seed, out->covariance))
		return false;
	/* fit_sandwich's further factor (n - 1)/(n - p) is not wanted here */
	for (size_t i = 0; i < r->p * r->p; i++)
		out->covariance[i] *= (double)r->dof / ((double)r->n - 1);
	out->df = (double)seeds - 1;
	out->kind = SPREAD_SEEDS;
	return true;
}

/* Variance within each place and its degrees of freedom; false when one has fewer than two values. */
static bool variances(const struct fit_problem *p, const struct fit_result *r, const size_t *place, size_t places, double *v,
                      double *df, double *mean)
{
	for (size_t i = 0; i < p->n; i++) {
		mean[place[i]] += r->residual[i];
		df[place[i]] += 1;
	}
	for (size_t c = 0; c < places; c++) {
		if (df[c] < 2)
			return false;
		mean[c] /= df[c];
		df[c] -= 1;
	}
	for (size_t i = 0; i < p->n; i++)
		v[place[i]] += (r->residual[i] - mean[place[i]]) * (r->residual[i] - mean[place[i]]) / df[place[i]];
	return true;
}

bool spread_cells(const struct fit_problem *p, const struct fit_result *r, const struct mem *m, const size_t *place,
                  size_t places, struct spread *out)
{
	const size_t k = r->p;
	double *v = mem_array(m, double, places), *mean = mem_array(m, double, places);

	if (!possible(r, out) || r->n != p->n)
		return false;
	out->cell_df = mem_array(m, double, places);
	out->cell = mem_array(m, double, places * k * k);
	if (!variances(p, r, place, places, v, out->cell_df, mean))
		return false;
	out->cells = places;
	for (size_t i = 0; i < p->n; i++) {
		double *to = out->cell + place[i] * k * k, move[FIT_PARAMS] = { 0 };

		for (size_t a = 0; a < k; a++)
			for (size_t b = 0; b < k; b++)
				move[a] += r->inverse[a * k + b] * r->jacobian[i * k + b] * (p->weight ? p->weight[i] : 1);
		for (size_t a = 0; a < k; a++)
			for (size_t b = 0; b < k; b++)
				to[a * k + b] += v[place[i]] * move[a] * move[b];
	}
	for (size_t c = 0; c < places; c++)
		for (size_t i = 0; i < k * k; i++)
			out->covariance[i] += out->cell[c * k * k + i];
	out->kind = SPREAD_CELLS;
	out->df = INFINITY;
	for (size_t a = 0; a < k; a++) {
		double unit[FIT_PARAMS] = { 0 }, df;

		unit[a] = 1;
		if (spread_se(out, unit, &df) > 0)
			out->df = fmin(out->df, df);
	}
	if (!isfinite(out->df))
		out->kind = SPREAD_NONE;
	return out->kind != SPREAD_NONE;
}

double spread_se(const struct spread *s, const double *gradient, double *df)
{
	double sum = 0, squares = 0;

	for (size_t c = 0; c < s->cells; c++) {
		const double q = quadratic(s->cell + c * s->p * s->p, gradient, s->p);

		sum += q;
		squares += q * q / s->cell_df[c];
	}
	*df = s->cells && squares > 0 ? sum * sum / squares : s->df;
	const double variance = s->cells ? sum : quadratic(s->covariance, gradient, s->p);

	return variance > 0 ? sqrt(variance) : 0;
}

double spread_critical(const struct spread *s, const struct fit_result *r, size_t k, double level)
{
	double unit[FIT_PARAMS] = { 0 }, df;

	unit[k] = 1;
	const double se = spread_se(s, unit, &df);

	return r->se[k] > 0 && se > 0 ? dist_t_inv(0.5 + level / 2, df) * se / r->se[k] : NAN;
}
