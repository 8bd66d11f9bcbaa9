/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Ranks: 1 for the smallest value; equal values share the mean of the ranks they take up (midranks).
 */
#ifndef RUNG_STAT_RANKS_H
#define RUNG_STAT_RANKS_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/stat/mem.h"

/* Sums over the groups of equal values, t the size of a group: what variances of rank statistics are corrected by. */
struct ties {
	bool any;
	double pairs;   /* Σ t(t - 1) */
	double triples; /* Σ t(t - 1)(t - 2) */
	double cubes;   /* Σ (t³ - t) */
	double kendall; /* Σ t(t - 1)(2t + 5) */
};

/* x: n finite values; rank: n numbers out, each a multiple of 1/2. Takes memory for n values. */
struct ties ranks_of(const struct mem *m, const double *x, size_t n, double *rank);

#endif
