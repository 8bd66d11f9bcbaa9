/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Effect sizes: how large a difference is, whatever the number of rows. NaN where a size is not defined: no spread, fewer
 * than two values, no pair that differs.
 */
#ifndef RUNG_STAT_EFFECT_H
#define RUNG_STAT_EFFECT_H

#include <stddef.h>

#include "engine/stat/mem.h"

struct effect {
	double value, low, high;
};

/* Cohen's d: (mean of x - mean of y)/pooled standard deviation (Cohen, 1988). */
double effect_d(const double *x, size_t nx, const double *y, size_t ny);
/* dz: mean of the differences/their standard deviation: the d of paired data. */
double effect_dz(const double *d, size_t n);
/* Hedges' g: J·d, J = Γ(df/2)/(√(df/2) Γ((df - 1)/2)), without the bias of d (Hedges, 1981). Interval: J times the
 * noncentralities under which the observed t is the upper, the lower quantile (Steiger and Fouladi, 1997). */
struct effect effect_g(const double *x, size_t nx, const double *y, size_t ny, double level);
struct effect effect_gz(const double *d, size_t n, double level);
/* Matched rank-biserial correlation: (sum of positive ranks - sum of negative ranks)/sum of ranks of |d| (Kerby, 2014). */
double effect_rank_biserial(const struct mem *m, const double *d, size_t n);
/* Cliff's delta: P(x > y) - P(x < y) over all pairs; what the rank-biserial correlation is for two samples. */
double effect_cliff(const struct mem *m, const double *x, size_t nx, const double *y, size_t ny);
/* Odds ratio of McNemar's table: b/c, interval from Clopper and Pearson's of b/(b + c). c = 0: value and high are
 * infinite; b + c = 0: NaN. */
struct effect effect_odds(size_t b, size_t c, double level);

#endif
