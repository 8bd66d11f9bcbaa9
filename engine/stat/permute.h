/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Permutation tests of a difference of means.
 *
 * Paired: every sign pattern of the differences is as likely; statistic: their sum. Unpaired: every way to deal the values
 * out to the two arms is as likely; statistic: the difference of means. Up to PERMUTE_EXACT_MAX values (differences other
 * than 0; both arms together) all of them are counted, in two halves that are then met: p is exact. Beyond, `resamples`
 * of them are drawn and p = (b + 1)/(B + 1), b the number at least as extreme (Davison and Hinkley, 1997, 4.2).
 *
 * "At least as extreme" gives way by 1e-12 of the sum of absolute values, so that values which are equal but for rounding
 * (0.3 - 0.1 and 0.2) count as equal.
 */
#ifndef RUNG_STAT_PERMUTE_H
#define RUNG_STAT_PERMUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/stat/mem.h"
#include "engine/stat/tests.h"

#define PERMUTE_EXACT_MAX 20

/* d: n differences, those that are 0 do not count. statistic: mean of all n; n: those that are not 0. */
struct test_result permute_signs(const struct mem *m, const double *d, size_t n, enum alternative alternative,
                                 size_t resamples, uint64_t seed);
/* statistic: mean of x - mean of y. */
struct test_result permute_arms(const struct mem *m, const double *x, size_t nx, const double *y, size_t ny,
                                enum alternative alternative, size_t resamples, uint64_t seed);

#endif
