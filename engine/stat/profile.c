/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/stat/profile.h"

#include <math.h>

static size_t not_above(const double *sorted, size_t n, double v)
{
	size_t low = 0, high = n;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (sorted[middle] > v)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

double profile_sorted(const double *sorted, size_t n, double tau)
{
	return n ? (double)(n - not_above(sorted, n, tau)) / (double)n : NAN;
}

double improvement_sorted(const double *x, size_t nx, const double *y, size_t ny)
{
	size_t low = 0, high = 0;
	double halves = 0; /* counts up to 2^53: exact */

	if (!nx || !ny)
		return NAN;
	for (size_t i = 0; i < nx; i++) {
		while (low < ny && y[low] < x[i])
			low++;
		while (high < ny && y[high] <= x[i])
			high++;
		halves += (double)(low + high);
	}
	return halves / 2 / ((double)nx * (double)ny);
}

double optimality_gap(const double *x, size_t n, double gamma)
{
	long double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += x[i] < gamma ? x[i] : gamma;
	return n ? (double)(gamma - sum / (long double)n) : NAN;
}
