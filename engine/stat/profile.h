/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Comparing methods over runs and tasks, as rliable does (Agarwal, Schwarzer, Castro, Courville and Bellemare, "Deep
 * reinforcement learning at the edge of the statistical precipice", NeurIPS 2021). Its fourth measure, the interquartile
 * mean, is iqm_sorted of order.h. All are NaN when there is no value, and that is the only reason.
 */
#ifndef RUNG_STAT_PROFILE_H
#define RUNG_STAT_PROFILE_H

#include <stddef.h>

/* Performance profile at tau: the fraction of values that are above it. */
double profile_sorted(const double *sorted, size_t n, double tau);
/* P(X > Y) for one task: Mann and Whitney's U/(nx·ny), a tie counting one half. Over several tasks rliable takes the plain
 * mean of these. Both samples in rising order. */
double improvement_sorted(const double *x, size_t nx, const double *y, size_t ny);
/* gamma - mean(min(x, gamma)): by how much the values fall short of gamma, where more than gamma is worth nothing. */
double optimality_gap(const double *x, size_t n, double gamma);

#endif
