/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Private to the kinds: statistics of one sample. GSL is named in plugins/stat alone, with its aborting error handler off.
 */
#ifndef RUNG_KIND_STAT_H
#define RUNG_KIND_STAT_H

#include <stddef.h>

#include "engine/stat/rng.h"

struct moments {
	size_t n;
	double mean, sum;
	double sd; /* with n - 1; NaN when n < 2 */
};

/* Two passes in long double with the correction of Chan, Golub and LeVeque (The American Statistician, 1983). */
struct moments moments_of(const double *x, size_t n);
/* Quantile of sorted values by linear interpolation, Hyndman and Fan's type 7; NaN when n is 0. */
double quantile_sorted(const double *sorted, size_t n, double p);
void sort_reals(double *x, size_t n);
/* Half the width of the 95 % interval of the mean by Student's t; NaN when n < 2. */
double ci95_half(const struct moments *m);

#endif
