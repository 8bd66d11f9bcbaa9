/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Statistics of the ordered sample: quantiles, median, trimmed means, median absolute deviation.
 *
 * Functions named `_sorted` want finite values in rising order; all are NaN when n is 0, and that is the only reason.
 */
#ifndef RUNG_STAT_ORDER_H
#define RUNG_STAT_ORDER_H

#include <stddef.h>

#include "engine/stat/mem.h"

void sort_reals(double *x, size_t n);
/* Type 7 of Hyndman and Fan (The American Statistician 50(4), 1996), the default of R and numpy: with h = p(n-1),
 * x[⌊h⌋] + (h - ⌊h⌋)(x[⌊h⌋+1] - x[⌊h⌋]). p in [0, 1]. */
double quantile_sorted(const double *sorted, size_t n, double p);
double median_sorted(const double *sorted, size_t n);
/* Mean without the ⌊cut·n⌋ smallest and the ⌊cut·n⌋ largest values, as scipy.stats.trim_mean; cut in [0, 0.5). */
double trimmed_mean_sorted(const double *sorted, size_t n, double cut);
/* Interquartile mean: trimmed by 0.25, as rliable defines it (Agarwal et al., NeurIPS 2021) for the runs and tasks of a
 * method laid out as one list. */
double iqm_sorted(const double *sorted, size_t n);
/* Median of |x - median|, unscaled; 1.4826 times it estimates sd of a normal sample. Takes n doubles from m. */
double mad_sorted(const struct mem *m, const double *sorted, size_t n);

#endif
