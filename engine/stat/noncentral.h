/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Student's t when the mean is not 0: (Z + ncp)/√(χ²_df/df). Power, and intervals of standardised differences.
 *
 * P(T <= t) = ∫ Φ(t s - ncp) f(s) ds over s = √(χ²_df/df), by the trapezoidal rule in ln s, halved until it stands still:
 * the integrand is analytic, so it converges faster than any power of the step. Both tails to 1e-12 absolute for df >= 1;
 * tested against R's pt (AS 243) to 1e-10. df may be a fraction.
 */
#ifndef RUNG_STAT_NONCENTRAL_H
#define RUNG_STAT_NONCENTRAL_H

double noncentral_t(double t, double df, double ncp);
double noncentral_t_upper(double t, double df, double ncp);
/* The ncp at which P(T <= t) = p, by bisection; NaN unless 0 < p < 1, df > 0 and t is finite. */
double noncentral_t_ncp(double p, double t, double df);

#endif
