/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One-way analysis of variance: do the means of k groups differ? Means first, then squares of deviations, both in long
 * double: thirteen constant leading digits (NIST SmLs07 to SmLs09) cost no more than rounding the data to doubles did.
 */
#ifndef RUNG_STAT_ANOVA_H
#define RUNG_STAT_ANOVA_H

#include <stddef.h>

#include "engine/stat/mem.h"

enum anova_result {
	ANOVA_DONE,
	ANOVA_ONE_GROUP,    /* fewer than two groups hold a value */
	ANOVA_NO_REPEATS,   /* every group holds one value: nothing says how much values scatter */
	ANOVA_NO_SCATTER,   /* all values of each group are equal: F is infinite, or 0/0 when the groups are equal too */
};

struct anova {
	size_t n, groups; /* groups that hold a value */
	double between, within; /* sums of squares */
	double df_between, df_within;
	double ms_between, ms_within;
	double f, p;
	double r2; /* between/(between + within) = η² */
	double s;  /* √ms_within */
};

/* group[i] in 0 … groups-1. On ANOVA_NO_SCATTER all but f, p (and r2 when nothing varies at all, NaN) is there. */
enum anova_result anova_one_way(const struct mem *m, const double *y, const size_t *group, size_t n, size_t groups,
                                struct anova *out);

#endif
