/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/stat/runs.h"

#include <math.h>

#define MOST 2000

/* C(n, k); 0 outside. Up to 2,000 it stays in the range of a long double. */
static long double choose(size_t n, size_t k)
{
	long double c = 1;

	if (k > n)
		return 0;
	for (size_t i = 1; i <= k; i++)
		c = c * (long double)(n - k + i) / (long double)i;
	return c;
}

/* Ways of r runs among a signs of one kind and b of the other. */
static long double ways(size_t r, size_t a, size_t b)
{
	const size_t k = r / 2;

	if (r < 2)
		return 0;
	if (r % 2 == 0)
		return 2 * choose(a - 1, k - 1) * choose(b - 1, k - 1);
	return choose(a - 1, k) * choose(b - 1, k - 1) + choose(a - 1, k - 1) * choose(b - 1, k);
}

double runs_p(const double *x, size_t n)
{
	size_t above = 0, below = 0, runs = 0;
	int last = 0;
	long double low = 0, high = 0, all = 0;

	for (size_t i = 0; i < n; i++) {
		const int sign = (x[i] > 0) - (x[i] < 0);

		above += sign > 0;
		below += sign < 0;
		runs += sign && sign != last;
		last = sign ? sign : last;
	}
	if (!above || !below || above + below > MOST)
		return NAN;
	for (size_t r = 2; r <= above + below; r++) {
		const long double w = ways(r, above, below);

		all += w;
		low += r <= runs ? w : 0;
		high += r >= runs ? w : 0;
	}
	return (double)fminl(1, 2 * fminl(low, high) / all);
}
