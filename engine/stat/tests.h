/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Classical tests of one hypothesis: two arms, paired or not, or several.
 *
 * Conventions are those of R 4.2.2's t.test, wilcox.test, binom.test, mcnemar.test, friedman.test and kruskal.test, to 1e-9.
 * "greater" means that the first arm is above the second. Intervals are two-sided at `level` whatever the alternative.
 * Values are finite. p is in (0, 1]; a p-value that a double cannot hold is 0.
 *
 * A result whose state is not TEST_OK holds no number but n. Otherwise what a test does not have (df of a rank test, an
 * interval) is NaN, and the comment at the test says so.
 */
#ifndef RUNG_STAT_TESTS_H
#define RUNG_STAT_TESTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/stat/mem.h"

enum alternative { TWO_SIDED, GREATER, LESS };

enum test_state {
	TEST_OK,
	TEST_TOO_FEW,    /* values: two for a t test, one for the others, in each arm */
	TEST_NO_SPREAD,  /* all values, or all differences, are the same */
	TEST_ALL_ZERO,   /* no difference is other than 0; McNemar: no pair disagrees */
};

enum test_how { TEST_ASYMPTOTIC, TEST_EXACT, TEST_MID_P, TEST_MONTE_CARLO, TEST_EDGEWORTH };

/* Whether a rank test counts or approximates. AUTO is R's rule: exact below 50 values (in each arm) without ties or
 * zeros, else the normal approximation. EXACT: exact with ties too, over the midranks that are there (as R's package coin
 * does), up to EXACT_RANKS_MAX values. */
enum exactness { EXACT_AUTO, EXACT_ALWAYS, EXACT_NEVER };

struct test_result {
	enum test_state state;
	enum test_how how;
	bool corrected;    /* for continuity */
	bool ties;
	size_t n;          /* values, pairs or differences that the test used */
	size_t zeros;      /* differences of 0, left out */
	size_t drawn;      /* permutations drawn, of a Monte-Carlo test */
	double statistic, df;
	double p;
	double estimate, low, high; /* of a t test: the difference of means and its interval */
	double smallest;   /* an exact test: the smallest p that so many values can give */
};

/* A result without numbers. */
struct test_result test_absent(enum test_state state);

struct test_options {
	enum alternative alternative;
	double level;         /* of intervals */
	enum exactness exact; /* rank tests */
	bool correct;         /* for continuity: rank tests by approximation, χ² of McNemar */
};

/* ---- means (tests_mean.c): statistic t, df, interval ---- */

struct test_result test_t_one(const double *d, size_t n, const struct test_options *o); /* paired: of the differences */
struct test_result test_t_pooled(const double *x, size_t nx, const double *y, size_t ny, const struct test_options *o);
struct test_result test_t_welch(const double *x, size_t nx, const double *y, size_t ny, const struct test_options *o);
/* A difference with a standard error that was found elsewhere (cluster.h). */
struct test_result test_t_given(double difference, double se, double df, const struct test_options *o);

/* ---- ranks (tests_rank.c): no df, no interval ---- */

/* V: sum of the ranks of positive differences; zeros are dropped first (Wilcoxon's way, and R's). */
struct test_result test_wilcoxon(const struct mem *m, const double *d, size_t n, const struct test_options *o);
/* W = Σ ranks of x - nx(nx + 1)/2: pairs in which x is above y, ties half. */
struct test_result test_mann_whitney(const struct mem *m, const double *x, size_t nx, const double *y, size_t ny,
                                     const struct test_options *o);
/* Statistic: positive differences; zeros dropped. Always exact: binomial with 1/2. */
struct test_result test_sign(const double *d, size_t n, const struct test_options *o);

/* ---- counts (tests_count.c) ---- */

enum mcnemar { MCNEMAR_EXACT, MCNEMAR_MID_P, MCNEMAR_CHI2 };
/* b: pairs in which only the first succeeds, c: only the second. Exact: 2 P(Bin(b + c, 1/2) <= min), at most 1, statistic b.
 * Mid-p: that less P(min) (Fagerland, Lydersen and Laake, 2013). χ²: (|b - c| - correct)²/(b + c), df 1; one-sided by its
 * signed root. */
struct test_result test_mcnemar(size_t b, size_t c, enum mcnemar way, const struct test_options *o);

/* ---- several arms (tests_rank.c): χ² approximation with k - 1 degrees of freedom, corrected for ties ---- */

/* x[block * arms + arm]. Blocks without a difference count. */
struct test_result test_friedman(const struct mem *m, const double *x, size_t blocks, size_t arms);
/* x: all values; arm[i] in 0 … arms-1. */
struct test_result test_kruskal(const struct mem *m, const double *x, const size_t *arm, size_t n, size_t arms);

#endif
