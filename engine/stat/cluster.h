/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Standard errors of means whose values come in clusters (questions of one passage, rows of one seed): values of a cluster
 * resemble each other, and a standard error that takes them as independent is too small.
 *
 * SE² = Σ(s_i - m)²/(n(n - 1)) + n⁻² Σ_c Σ_{i≠j in c} (s_i - m)(s_j - m)   (Miller, arXiv 2411.00640)
 * Of a difference of two means the same with u_i = ±(s_i - m of its arm)/n of its arm, so that a cluster with rows in both
 * arms counts with its covariance.
 */
#ifndef RUNG_STAT_CLUSTER_H
#define RUNG_STAT_CLUSTER_H

#include <stddef.h>
#include <stdint.h>

#include "engine/stat/mem.h"

struct cluster_error {
	size_t clusters;      /* with a value */
	double se;            /* NaN: fewer than two values or clusters, or values that do not vary */
	double naive;         /* as if all were independent */
	double design_effect; /* se²/naive²; NaN with se */
	double df;            /* clusters - 1, or - 2 for two arms that share none */
};

/* cluster[i] in 0 … count-1. */
struct cluster_error cluster_error_of(const struct mem *m, const double *x, const uint32_t *cluster, size_t n, size_t count);
struct cluster_error cluster_error_of_arms(const struct mem *m, const double *x, const uint32_t *cx, size_t nx,
                                           const double *y, const uint32_t *cy, size_t ny, size_t count);

#endif
