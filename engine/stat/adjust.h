/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * p-values of a family of tests, adjusted: reject what is at or below alpha. The formulas of R's p.adjust.
 *
 * Chance of any false rejection: Bonferroni, Holm (1979; always valid, never weaker than Bonferroni), Hochberg (1988) and
 * Hommel (1988; both for independent or positively dependent tests). Expected share of false ones among the rejected:
 * Benjamini and Hochberg (1995; same condition), Benjamini and Yekutieli (2001; any dependence).
 */
#ifndef RUNG_STAT_ADJUST_H
#define RUNG_STAT_ADJUST_H

#include <stddef.h>

#include "engine/stat/mem.h"

enum adjustment { ADJUST_NONE, ADJUST_BONFERRONI, ADJUST_HOLM, ADJUST_HOCHBERG, ADJUST_HOMMEL, ADJUST_BH, ADJUST_BY };

/* p: n numbers in [0, 1]; out: n, may be p. */
void adjust_p(const struct mem *m, const double *p, size_t n, enum adjustment how, double *out);

#endif
