/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Private to the kinds: statistics of one sample. GSL is named in plugins/stat alone, with its aborting error handler off.
 */
#ifndef RUNG_KIND_STAT_H
#define RUNG_KIND_STAT_H

#include <stddef.h>
#include <stdint.h>

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

/* xoshiro256** (Blackman and Vigna, ACM TOMS 47(4), 2021), seeded through splitmix64. Results depend on it. */
struct dice {
	uint64_t s[4];
};

void dice_seed(struct dice *d, uint64_t seed);
size_t dice_below(struct dice *d, size_t n); /* n > 0, below 2^32 */

#endif
