/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Correlation of two columns, with the p-values of R 4.2.2's cor.test.
 *
 * Pearson: t = r √(n-2)/√(1-r²), n - 2 degrees of freedom; interval by Fisher's z with 1/√(n-3).
 * Spearman: r of the midranks. Without ties: exact for n <= 9, Edgeworth series of AS 89 up to n = 1290 (statistic Σd²);
 * else t as Pearson's. Interval by Fisher's z with √((1 + r²/2)/(n-3)).
 * Kendall: τ-b. Without ties and below 50 values exact (statistic: concordant pairs), else normal (statistic z, variance with
 * ties, no continuity correction). Interval by Fisher's z with √(0.437/(n-4)).
 * Intervals of the rank correlations: Bonett and Wright, Psychometrika 65 (2000).
 */
#ifndef RUNG_STAT_CORRELATE_H
#define RUNG_STAT_CORRELATE_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/stat/mem.h"
#include "engine/stat/tests.h"

enum correlation_method { CORRELATION_PEARSON, CORRELATION_SPEARMAN, CORRELATION_KENDALL };

enum correlation_state { CORRELATION_OK, CORRELATION_TOO_FEW /* below 3 pairs */, CORRELATION_X_CONSTANT, CORRELATION_Y_CONSTANT };

struct correlation {
	enum correlation_state state;
	enum test_how how;
	bool ties;
	bool perfect; /* |r| is 1: no interval, and Pearson's t is infinite */
	size_t n;
	double r, low, high; /* the interval is NaN when perfect, or when n is 3 (Kendall: below 5) */
	double statistic, df, p;
};

struct correlation correlate(const struct mem *m, const double *x, const double *y, size_t n,
                             enum correlation_method method, const struct test_options *o);

#endif
