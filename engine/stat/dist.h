/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Distributions: lower tail P(X <= x) under the plain name, upper tail P(X > x) as `_upper`, quantile as `_inv`.
 *
 * Each tail is computed on its own side, so that a small p-value keeps its digits. Arguments outside the domain give NaN,
 * never an abort: GSL's aborting handler is switched off before its first use. Degrees of freedom may be fractions.
 */
#ifndef RUNG_STAT_DIST_H
#define RUNG_STAT_DIST_H

double dist_normal(double z);
double dist_normal_upper(double z);
double dist_normal_inv(double p);
double dist_t(double t, double df);
double dist_t_upper(double t, double df);
double dist_t_inv(double p, double df);
double dist_t_two_sided(double t, double df); /* P(|T| >= |t|) */
double dist_chi2_upper(double x, double df);
double dist_chi2_inv(double p, double df);
double dist_f_upper(double f, double df1, double df2);
double dist_f_inv(double p, double df1, double df2);
double dist_beta_inv(double p, double a, double b);
double dist_binomial(unsigned k, double p, unsigned n);       /* P(K <= k) */
double dist_binomial_upper(unsigned k, double p, unsigned n); /* P(K > k) */

#endif
