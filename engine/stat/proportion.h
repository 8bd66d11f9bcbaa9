/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Intervals of a proportion: k successes in n independent trials, any level in (0, 1).
 *
 * Wilson's (JASA 22, 1927) is the default choice: its coverage is close to the level on average (Brown, Cai and DasGupta,
 * Statistical Science 16(2), 2001). It is the plain score interval, without a correction for continuity: R's
 * prop.test gives it with `correct = FALSE`. Clopper and Pearson's (Biometrika 26, 1934) never covers less than the level
 * and is wider. Neither leaves [0, 1], neither is of width 0 when k is 0 or n, and neither sees clusters: trials that come
 * in groups need an error of the mean that knows the groups.
 */
#ifndef RUNG_STAT_PROPORTION_H
#define RUNG_STAT_PROPORTION_H

#include <stdbool.h>
#include <stdint.h>

struct interval {
	double low, high;
};

/* False, and *out untouched, when n is 0, k > n or the level is not in (0, 1). */
bool proportion_wilson(uint64_t k, uint64_t n, double level, struct interval *out);
bool proportion_clopper_pearson(uint64_t k, uint64_t n, double level, struct interval *out);

#endif
