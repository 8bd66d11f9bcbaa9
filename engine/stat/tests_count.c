/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "engine/stat/dist.h"
#include "engine/stat/power.h"
#include "engine/stat/tests.h"

#define COINS_SUMMED 1000 /* 2^-n is a normal number */

/* P(K = k): exact while C(n, k) has 53 bits, for each product is a whole number that the division leaves whole. */
static double chance_of(size_t k, size_t n)
{
	double ways = 1;

	if (n > COINS_SUMMED)
		return dist_binomial((unsigned)k, 0.5, (unsigned)n) - (k ? dist_binomial((unsigned)k - 1, 0.5, (unsigned)n) : 0);
	for (size_t i = 0; i < k; i++)
		ways = ways * (double)(n - i) / (double)(i + 1);
	return ldexp(ways, -(int)n);
}

/* P(K <= k) of n fair coins. */
static double lower_tail(size_t k, size_t n)
{
	double ways = 1, sum = 1;

	if (n > COINS_SUMMED)
		return dist_binomial((unsigned)k, 0.5, (unsigned)n);
	for (size_t i = 0; i < k; i++)
		sum += ways = ways * (double)(n - i) / (double)(i + 1);
	return ldexp(sum, -(int)n);
}

/* k of n fair coins: both tails with k itself. */
static double p_of_coins(size_t k, size_t n, enum alternative alternative)
{
	double lower = lower_tail(k, n), upper = lower_tail(n - k, n);

	if (alternative == GREATER)
		return upper;
	if (alternative == LESS)
		return lower;
	double p = 2 * (lower < upper ? lower : upper);

	return p < 1 ? p : 1;
}

struct test_result test_sign(const double *d, size_t n, const struct test_options *o)
{
	struct test_result r = test_absent(TEST_OK);
	size_t above = 0;

	for (size_t i = 0; i < n; i++) {
		above += d[i] > 0;
		r.zeros += d[i] == 0;
	}
	r.n = n - r.zeros;
	if (!r.n) {
		r.state = n ? TEST_ALL_ZERO : TEST_TOO_FEW;
		return r;
	}
	r.how = TEST_EXACT;
	r.statistic = (double)above;
	r.p = p_of_coins(above, r.n, o->alternative);
	r.smallest = power_smallest_signs(r.n, o->alternative == TWO_SIDED);
	return r;
}

static double p_of_chi(double b, double c, bool correct, enum alternative alternative, double *statistic)
{
	double step = correct && b != c ? 1 : 0, off = fabs(b - c) - step, root = off / sqrt(b + c);

	*statistic = root * root;
	if (alternative == TWO_SIDED)
		return dist_chi2_upper(*statistic, 1);
	if (b < c)
		root = -root;
	return alternative == GREATER ? dist_normal_upper(root) : dist_normal(root);
}

struct test_result test_mcnemar(size_t b, size_t c, enum mcnemar way, const struct test_options *o)
{
	struct test_result r = test_absent(TEST_OK);

	r.n = b + c;
	if (!r.n) {
		r.state = TEST_ALL_ZERO;
		return r;
	}
	r.statistic = (double)b;
	r.how = way == MCNEMAR_EXACT ? TEST_EXACT : way == MCNEMAR_MID_P ? TEST_MID_P : TEST_ASYMPTOTIC;
	if (way == MCNEMAR_CHI2) {
		r.df = 1;
		r.corrected = o->correct;
		r.p = p_of_chi((double)b, (double)c, o->correct, o->alternative, &r.statistic);
		return r;
	}
	r.p = p_of_coins(b, r.n, o->alternative);
	r.smallest = power_smallest_signs(r.n, o->alternative == TWO_SIDED);
	if (way == MCNEMAR_MID_P) {
		/* Equal counts: the two tails share their middle, and the p-value is 1. */
		if (o->alternative != TWO_SIDED)
			r.p -= chance_of(b, r.n) / 2;
		else
			r.p = b == c ? 1 : r.p - chance_of(b < c ? b : c, r.n);
		r.smallest /= 2;
	}
	return r;
}
