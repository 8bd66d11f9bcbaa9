/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Exact distributions of rank statistics under their null hypothesis, by dynamic programming over probabilities: only sums
 * of positive numbers, so a tail keeps its digits. Both tails include the value itself.
 *
 * Sizes are the caller's to keep small; cost and memory stand beside each. Everything fits into milliseconds up to
 * EXACT_RANKS_MAX.
 */
#ifndef RUNG_STAT_EXACT_H
#define RUNG_STAT_EXACT_H

#include <stddef.h>

#include "engine/stat/mem.h"

#define EXACT_RANKS_MAX 100   /* values in a signed-rank or rank-sum distribution, both samples together */
#define EXACT_SPEARMAN_MAX 9  /* as R; 2^n polynomials */

struct exact_tails {
	double lower, upper; /* P(S <= s), P(S >= s) */
};

/* S: sum of the weights whose fair coin shows heads (Wilcoxon signed rank: ranks as weights). n × Σ weights steps. */
struct exact_tails exact_signed(const struct mem *m, const unsigned *weight, size_t n, unsigned s);
/* S: sum of `take` weights drawn from the n without replacement (rank sum). n × take × Σ weights steps. */
struct exact_tails exact_subset(const struct mem *m, const unsigned *weight, size_t n, size_t take, unsigned s);
/* S: concordant pairs of a random permutation of n (Kendall). n³ steps. */
struct exact_tails exact_kendall(const struct mem *m, size_t n, unsigned s);
/* S: Σ(i - π(i))² of a random permutation π of n <= EXACT_SPEARMAN_MAX (Spearman). */
struct exact_tails exact_spearman(const struct mem *m, size_t n, unsigned s);

#endif
