/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Wald and Wolfowitz's test of runs (Annals of Mathematical Statistics 11, 1940): do signs come in an order that chance
 * would give? Zeros are passed over.
 */
#ifndef RUNG_STAT_RUNS_H
#define RUNG_STAT_RUNS_H

#include <stddef.h>

/* Exact two-sided p: 2 min(P(R ≤ r), P(R ≥ r)), at most 1. NaN when all signs are the same, or more than 2,000. */
double runs_p(const double *x, size_t n);

#endif
