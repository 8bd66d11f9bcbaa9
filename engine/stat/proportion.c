/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/stat/proportion.h"

#include <math.h>

#include "engine/stat/dist.h"

static bool sensible(uint64_t k, uint64_t n, double level)
{
	return n && k <= n && level > 0 && level < 1;
}

bool proportion_wilson(uint64_t k, uint64_t n, double level, struct interval *out)
{
	if (!sensible(k, n, level))
		return false;
	const double z = -dist_normal_inv((1 - level) / 2), m = (double)n, p = (double)k / m;
	const double middle = p + z * z / (2 * m), half = z * sqrt(p * (1 - p) / m + z * z / (4 * m * m));
	const double scale = 1 + z * z / m;

	out->low = k == 0 ? 0 : (middle - half) / scale;
	out->high = k == n ? 1 : (middle + half) / scale;
	return true;
}

bool proportion_clopper_pearson(uint64_t k, uint64_t n, double level, struct interval *out)
{
	if (!sensible(k, n, level))
		return false;
	const double tail = (1 - level) / 2, a = (double)k, b = (double)(n - k);

	out->low = k == 0 ? 0 : dist_beta_inv(tail, a, b + 1);
	/* the same quantile from the side where its digits are */
	out->high = k == n ? 1 : a < b ? dist_beta_inv(1 - tail, a + 1, b) : 1 - dist_beta_inv(tail, b, a + 1);
	return true;
}
