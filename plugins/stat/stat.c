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
