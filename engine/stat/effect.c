/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/stat/effect.h"

#include <math.h>

#include "engine/stat/dist.h"
#include "engine/stat/moments.h"
#include "engine/stat/noncentral.h"
#include "engine/stat/ranks.h"

/* A spread that is only rounding is none. */
static double standardised(double difference, double sd, double size)
{
	return sd > 10 * 0x1p-52 * size ? difference / sd : (double)NAN;
}

double effect_d(const double *x, size_t nx, const double *y, size_t ny)
{
	struct summary a = summary_of(x, nx), b = summary_of(y, ny);

	if (nx < 2 || ny < 2)
		return NAN;
	double variance = ((double)(nx - 1) * a.variance + (double)(ny - 1) * b.variance) / (double)(nx + ny - 2);

	return standardised(a.mean - b.mean, sqrt(variance), fmax(fabs(a.mean), fabs(b.mean)));
}

double effect_dz(const double *d, size_t n)
{
	struct summary s = summary_of(d, n);

	return n < 2 ? (double)NAN : standardised(s.mean, s.sd, fabs(s.mean));
}

/* The gammas of large arguments cancel; there the first terms of the series have all the digits. */
static double hedges_j(double df)
{
	if (df > 1e4)
		return 1 - 3 / (4 * df) - 7 / (32 * df * df);
	return exp(lgamma(df / 2) - lgamma((df - 1) / 2)) / sqrt(df / 2);
}

/* root: √ of the size that turns d into t. */
static struct effect with_interval(double d, double root, double df, double level)
{
	struct effect e = { NAN, NAN, NAN };

	if (!isfinite(d) || !(df > 1))
		return e;
	double j = hedges_j(df), t = d * root;

	e.value = j * d;
	e.low = j * noncentral_t_ncp((1 + level) / 2, t, df) / root;
	e.high = j * noncentral_t_ncp((1 - level) / 2, t, df) / root;
	return e;
}

struct effect effect_g(const double *x, size_t nx, const double *y, size_t ny, double level)
{
	double a = (double)nx, b = (double)ny;

	return with_interval(effect_d(x, nx, y, ny), sqrt(a * b / (a + b)), a + b - 2, level);
}

struct effect effect_gz(const double *d, size_t n, double level)
{
	return with_interval(effect_dz(d, n), sqrt((double)n), (double)n - 1, level);
}

double effect_rank_biserial(const struct mem *m, const double *d, size_t n)
{
	double *size = mem_array(m, double, n), *rank = mem_array(m, double, n), up = 0, all = 0;
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (d[i] != 0)
			size[kept++] = fabs(d[i]);
	(void)ranks_of(m, size, kept, rank);
	for (size_t i = 0, k = 0; i < n; i++) {
		if (d[i] == 0)
			continue;
		all += rank[k];
		up += d[i] > 0 ? rank[k] : -rank[k];
		k++;
	}
	return kept ? up / all : (double)NAN;
}

double effect_cliff(const struct mem *m, const double *x, size_t nx, const double *y, size_t ny)
{
	size_t n = nx + ny;
	double *all = mem_array(m, double, n), *rank = mem_array(m, double, n), sum = 0, a = (double)nx;

	if (!nx || !ny)
		return NAN;
	for (size_t i = 0; i < n; i++)
		all[i] = i < nx ? x[i] : y[i - nx];
	(void)ranks_of(m, all, n, rank);
	for (size_t i = 0; i < nx; i++)
		sum += rank[i];
	return 2 * (sum - a * (a + 1) / 2) / (a * (double)ny) - 1;
}

struct effect effect_odds(size_t b, size_t c, double level)
{
	struct effect e = { NAN, NAN, NAN };
	double up = (double)b, down = (double)c, tail = (1 - level) / 2;

	if (!b && !c)
		return e;
	double low = b ? dist_beta_inv(tail, up, down + 1) : 0, high = c ? dist_beta_inv(1 - tail, up + 1, down) : 1;

	e.value = c ? up / down : INFINITY;
	e.low = low / (1 - low);
	e.high = high < 1 ? high / (1 - high) : INFINITY;
	return e;
}
