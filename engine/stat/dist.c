/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/stat/dist.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <math.h>

/* GSL aborts the process on bad arguments unless told otherwise; a static flag would race, the call is cheap and idempotent. */
static void calm(void)
{
	(void)gsl_set_error_handler_off();
}

double dist_normal(double z)
{
	return gsl_cdf_ugaussian_P(z);
}

double dist_normal_upper(double z)
{
	return gsl_cdf_ugaussian_Q(z);
}

double dist_normal_inv(double p)
{
	if (!(p >= 0 && p <= 1))
		return NAN;
	return gsl_cdf_ugaussian_Pinv(p);
}

double dist_t(double t, double df)
{
	if (!(df > 0) || isnan(t))
		return NAN;
	return gsl_cdf_tdist_P(t, df);
}

double dist_t_upper(double t, double df)
{
	if (!(df > 0) || isnan(t))
		return NAN;
	return gsl_cdf_tdist_Q(t, df);
}

double dist_t_inv(double p, double df)
{
	calm();
	if (!(df > 0) || !(p >= 0 && p <= 1))
		return NAN;
	return gsl_cdf_tdist_Pinv(p, df);
}

double dist_t_two_sided(double t, double df)
{
	return 2 * dist_t_upper(fabs(t), df);
}

double dist_chi2_upper(double x, double df)
{
	if (!(df > 0) || isnan(x))
		return NAN;
	return gsl_cdf_chisq_Q(x, df);
}

double dist_chi2_inv(double p, double df)
{
	calm();
	if (!(df > 0) || !(p >= 0 && p <= 1))
		return NAN;
	return gsl_cdf_chisq_Pinv(p, df);
}

double dist_f_upper(double f, double df1, double df2)
{
	if (!(df1 > 0) || !(df2 > 0) || isnan(f))
		return NAN;
	return gsl_cdf_fdist_Q(f, df1, df2);
}

double dist_f_inv(double p, double df1, double df2)
{
	calm();
	if (!(df1 > 0) || !(df2 > 0) || !(p >= 0 && p <= 1))
		return NAN;
	return gsl_cdf_fdist_Pinv(p, df1, df2);
}

/* Between neighbouring doubles at the latest. */
static double beta_halving(double p, double a, double b)
{
	double low = 0, high = 1;

	for (;;) {
		const double middle = low + (high - low) / 2;

		if (!(middle > low && middle < high))
			return middle;
		if (gsl_cdf_beta_P(middle, a, b) < p)
			low = middle;
		else
			high = middle;
	}
}

double dist_beta_inv(double p, double a, double b)
{
	calm();
	if (!(a > 0) || !(b > 0) || !(p >= 0 && p <= 1))
		return NAN;
	const double x = gsl_cdf_beta_Pinv(p, a, b);

	/* GSL's search gives up, or stops early, where the distribution is narrow: (0.025, 999999, 2) is NaN. */
	if (x >= 0 && x <= 1 && fabs(gsl_cdf_beta_P(x, a, b) - p) <= 1e-12 * p)
		return x;
	return beta_halving(p, a, b);
}

double dist_binomial(unsigned k, double p, unsigned n)
{
	calm();
	if (!(p >= 0 && p <= 1))
		return NAN;
	return k >= n ? 1 : gsl_cdf_binomial_P(k, p, n);
}

double dist_binomial_upper(unsigned k, double p, unsigned n)
{
	calm();
	if (!(p >= 0 && p <= 1))
		return NAN;
	return k >= n ? 0 : gsl_cdf_binomial_Q(k, p, n);
}
