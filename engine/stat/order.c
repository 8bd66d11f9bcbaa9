/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/stat/order.h"

#include <math.h>
#include <stdlib.h>

static int by_size(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

void sort_reals(double *x, size_t n)
{
	if (n > 1)
		qsort(x, n, sizeof *x, by_size);
}

double quantile_sorted(const double *sorted, size_t n, double p)
{
	if (!n)
		return NAN;
	const double at = p * (double)(n - 1);
	const size_t low = (size_t)at;

	if (low + 1 >= n)
		return sorted[n - 1];
	return sorted[low] + (at - (double)low) * (sorted[low + 1] - sorted[low]);
}

double median_sorted(const double *sorted, size_t n)
{
	return quantile_sorted(sorted, n, 0.5);
}

double trimmed_mean_sorted(const double *sorted, size_t n, double cut)
{
	const size_t off = (size_t)(cut * (double)n);
	long double sum = 0;

	if (!n)
		return NAN;
	for (size_t i = off; i < n - off; i++)
		sum += sorted[i];
	return (double)(sum / (long double)(n - 2 * off));
}

double iqm_sorted(const double *sorted, size_t n)
{
	return trimmed_mean_sorted(sorted, n, 0.25);
}

double mad_sorted(const struct mem *m, const double *sorted, size_t n)
{
	const double median = median_sorted(sorted, n);
	double *off = mem_array(m, double, n);

	for (size_t i = 0; i < n; i++)
		off[i] = fabs(sorted[i] - median);
	sort_reals(off, n);
	return median_sorted(off, n);
}
