/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "engine/stat/dist.h"
#include "engine/stat/moments.h"
#include "engine/stat/tests.h"

struct test_result test_absent(enum test_state state)
{
	return (struct test_result){ .state = state, .statistic = NAN, .df = NAN, .p = NAN, .estimate = NAN, .low = NAN,
		                     .high = NAN, .smallest = NAN };
}

struct test_result test_t_given(double difference, double se, double df, const struct test_options *o)
{
	struct test_result r = test_absent(TEST_OK);

	if (!(se > 0) || !(df > 0))
		return test_absent(TEST_NO_SPREAD);
	double half = se * dist_t_inv((1 + o->level) / 2, df);

	r.statistic = difference / se;
	r.df = df;
	r.p = o->alternative == TWO_SIDED ? dist_t_two_sided(r.statistic, df)
	      : o->alternative == GREATER ? dist_t_upper(r.statistic, df)
	                                  : dist_t(r.statistic, df);
	r.estimate = difference;
	r.low = difference - half;
	r.high = difference + half;
	return r;
}

/* Values that differ by no more than rounding do not vary: R's t.test draws the same line. */
static bool is_constant(double se, double a, double b)
{
	double size = fabs(a) > fabs(b) ? fabs(a) : fabs(b);

	return se < 10 * 0x1p-52 * size;
}

struct test_result test_t_one(const double *d, size_t n, const struct test_options *o)
{
	struct summary s = summary_of(d, n);
	struct test_result r;

	if (n < 2)
		r = test_absent(TEST_TOO_FEW);
	else if (is_constant(s.sem, s.mean, 0))
		r = test_absent(TEST_NO_SPREAD);
	else
		r = test_t_given(s.mean, s.sem, (double)(n - 1), o);
	r.n = n;
	return r;
}

struct test_result test_t_pooled(const double *x, size_t nx, const double *y, size_t ny, const struct test_options *o)
{
	struct summary a = summary_of(x, nx), b = summary_of(y, ny);
	struct test_result r;

	if (nx < 2 || ny < 2) {
		r = test_absent(TEST_TOO_FEW);
	} else {
		double df = (double)(nx + ny - 2);
		double variance = ((double)(nx - 1) * a.variance + (double)(ny - 1) * b.variance) / df;
		double se = sqrt(variance * (1 / (double)nx + 1 / (double)ny));

		r = is_constant(se, a.mean, b.mean) ? test_absent(TEST_NO_SPREAD) : test_t_given(a.mean - b.mean, se, df, o);
	}
	r.n = nx + ny;
	return r;
}

struct test_result test_t_welch(const double *x, size_t nx, const double *y, size_t ny, const struct test_options *o)
{
	struct summary a = summary_of(x, nx), b = summary_of(y, ny);
	struct test_result r;

	if (nx < 2 || ny < 2) {
		r = test_absent(TEST_TOO_FEW);
	} else {
		double va = a.variance / (double)nx, vb = b.variance / (double)ny, se = sqrt(va + vb);

		if (is_constant(se, a.mean, b.mean)) {
			r = test_absent(TEST_NO_SPREAD);
		} else {
			/* Shares, not squares of variances: those would leave the range of doubles at 1e-80. */
			double share_a = va / (va + vb), share_b = vb / (va + vb);
			double df = 1 / (share_a * share_a / (double)(nx - 1) + share_b * share_b / (double)(ny - 1));

			r = test_t_given(a.mean - b.mean, se, df, o);
		}
	}
	r.n = nx + ny;
	return r;
}
