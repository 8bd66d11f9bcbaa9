/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "engine/stat/chinchilla.h"
#include "engine/stat/order.h"

#define K CHINCHILLA_PARAMS

void chinchilla_draw_numpy(void *user, size_t n, uint32_t *count)
{
	memset(count, 0, n * sizeof *count);
	for (size_t i = 0; i < n; i++)
		count[mt19937_below(user, n)]++;
}

/* The rows that the resample has, each once, with their numbers as weights: 63 in 100 of a large table. */
static void weigh(struct chinchilla *to, const struct chinchilla *from, const uint32_t *count)
{
	size_t used = 0;

	for (size_t i = 0; i < from->rows; i++) {
		if (!count[i])
			continue;
		const struct chinchilla_pair *a = &from->pair[i / 2];
		struct chinchilla_pair *b = &to->pair[used / 2];

		b->n[used % 2] = a->n[i % 2];
		b->d[used % 2] = a->d[i % 2];
		b->loss[used % 2] = a->loss[i % 2];
		b->weight[used % 2] = count[i];
		used++;
	}
	if (used % 2) {
		to->pair[used / 2].n[1] = to->pair[used / 2].n[0];
		to->pair[used / 2].d[1] = to->pair[used / 2].d[0];
		to->pair[used / 2].weight[1] = 0;
	}
	to->pairs = (used + 1) / 2;
}

/* Of one parameter, on the scale that people read. */
static void describe(struct chinchilla_resampled *r, size_t k, double level, double *value)
{
	double n = (double)r->finite, sum = 0, squares = 0;

	for (size_t i = 0; i < r->finite; i++)
		sum += value[i];
	r->mean[k] = sum / n;
	for (size_t i = 0; i < r->finite; i++)
		squares += (value[i] - r->mean[k]) * (value[i] - r->mean[k]);
	r->se[k] = sqrt(squares / (n - 1));
	sort_reals(value, r->finite);
	r->low[k] = quantile_sorted(value, r->finite, (1 - level) / 2);
	r->high[k] = quantile_sorted(value, r->finite, 1 - (1 - level) / 2);
}

static void covary(struct chinchilla_resampled *r, const double *draws)
{
	double mean[K] = { 0 }, n = (double)r->finite;

	for (size_t i = 0; i < r->resamples; i++)
		for (size_t k = 0; k < K && isfinite(draws[i * K]); k++)
			mean[k] += draws[i * K + k] / n;
	for (size_t i = 0; i < r->resamples; i++)
		for (size_t k = 0; k < K * K && isfinite(draws[i * K]); k++)
			r->covariance[k] += (draws[i * K + k / K] - mean[k / K]) * (draws[i * K + k % K] - mean[k % K]) / (n - 1);
}

static void undefined(struct chinchilla_resampled *r)
{
	for (size_t k = 0; k < K; k++)
		r->mean[k] = r->se[k] = r->low[k] = r->high[k] = NAN;
	for (size_t k = 0; k < K * K; k++)
		r->covariance[k] = NAN;
}

static void refit(const struct chinchilla *c, const double *start, double *p, struct chinchilla_resampled *r)
{
	struct chinchilla_fit fit = chinchilla_descend(c, start);
	bool finite = isfinite(fit.f);

	for (size_t k = 0; k < K; k++)
		finite = finite && isfinite(fit.p[k]);
	for (size_t k = 0; k < K; k++)
		p[k] = finite ? fit.p[k] : NAN;
	r->finite += finite;
	r->converged += fit.converged;
	r->evaluations += fit.evaluations;
}

struct chinchilla_resampled chinchilla_bootstrap(const struct chinchilla *c, const struct mem *m, const double *start,
                                                 size_t resamples, chinchilla_draw *draw, void *user, double level,
                                                 double *draws)
{
	struct chinchilla_resampled r = { .resamples = resamples };
	struct chinchilla some = *c;
	uint32_t *count = mem_array(m, uint32_t, c->rows);
	double *value = mem_array(m, double, resamples);

	some.pair = mem_array(m, struct chinchilla_pair, c->pairs);
	for (size_t i = 0; i < resamples; i++) {
		draw(user, c->rows, count);
		weigh(&some, c, count);
		refit(&some, start, draws + i * K, &r);
	}
	if (r.finite < 2) {
		undefined(&r);
		return r;
	}
	for (size_t k = 0; k < K; k++) {
		size_t n = 0;

		for (size_t i = 0; i < resamples; i++)
			if (isfinite(draws[i * K]))
				value[n++] = k <= CHINCHILLA_E ? fm_exp(draws[i * K + k]) : draws[i * K + k];
		describe(&r, k, level, value);
	}
	covary(&r, draws);
	return r;
}
