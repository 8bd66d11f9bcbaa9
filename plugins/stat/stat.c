/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugins/stat/stat.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdlib.h>

#include "plugins/work.h"

struct moments moments_of(const double *x, size_t n)
{
	struct moments m = { .n = n, .mean = NAN, .sd = NAN };
	long double sum = 0, squares = 0, rest = 0;

	for (size_t i = 0; i < n; i++)
		sum += x[i];
	m.sum = (double)sum;
	if (!n)
		return m;
	long double mean = sum / (long double)n;

	for (size_t i = 0; i < n; i++) {
		long double d = x[i] - mean;

		squares += d * d;
		rest += d; /* 0 but for rounding; its square is taken off */
	}
	m.mean = (double)(mean + rest / (long double)n);
	if (n > 1)
		m.sd = (double)sqrtl((squares - rest * rest / (long double)n) / (long double)(n - 1));
	return m;
}

double quantile_sorted(const double *sorted, size_t n, double p)
{
	if (!n)
		return NAN;
	double at = p * (double)(n - 1);
	size_t low = (size_t)at;

	if (low + 1 >= n)
		return sorted[n - 1];
	return sorted[low] + (at - (double)low) * (sorted[low + 1] - sorted[low]);
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

void sort_reals(double *x, size_t n)
{
	if (n > 1)
		qsort(x, n, sizeof *x, by_size);
}

double ci95_half(const struct moments *m)
{
	if (m->n < 2)
		return NAN;
	(void)gsl_set_error_handler_off();
	return gsl_cdf_tdist_Pinv(0.975, (double)(m->n - 1)) * m->sd / sqrt((double)m->n);
}

void dice_seed(struct dice *d, uint64_t seed)
{
	for (size_t i = 0; i < 4; i++)
		d->s[i] = mix_bits(seed += 0x9e3779b97f4a7c15u);
}

static uint64_t turn(uint64_t x, unsigned k)
{
	return x << k | x >> (64 - k);
}

static uint64_t dice_next(struct dice *d)
{
	uint64_t *s = d->s, result = turn(s[1] * 5, 7) * 9, t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = turn(s[3], 45);
	return result;
}

size_t dice_below(struct dice *d, size_t n)
{
	/* Multiply and shift; the bias is below n / 2^64. */
	return (size_t)((unsigned __int128)dice_next(d) * n >> 64);
}
