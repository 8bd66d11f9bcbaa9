/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How far the parameters of a fitted curve move from sample to sample, read off the runs themselves.
 *
 *   pooled  s²(JᵀWJ)⁻¹ with n - p degrees of freedom: one variance for all points, which are independent.
 *   cells   Σ_c v_c Σ_{i in c} a_i a_iᵀ, a_i = (JᵀWJ)⁻¹ w_i J_i: a variance for each place of x, from its replicates. Degrees of
 *           freedom of a contrast by Welch and Satterthwaite: (Σ q_c)² / Σ q_c²/(n_c - 1).
 *   seeds   G/(G-1) Σ_g u_g u_gᵀ, u_g = (JᵀWJ)⁻¹ Σ_{i in g} w_i r_i J_i, with G - 1 degrees of freedom: whole seeds are compared,
 *           so cells may differ in variance and a seed's runs may share their noise.
 *
 * Least squares only; which of them covers is measured in tests/bench/coverage.
 */
#ifndef RUNG_STAT_SPREAD_H
#define RUNG_STAT_SPREAD_H

#include "engine/stat/fit.h"

enum spread_kind { SPREAD_NONE, SPREAD_POOLED, SPREAD_CELLS, SPREAD_SEEDS, SPREAD_DRAWS /* filled by who has draws */ };

struct spread {
	enum spread_kind kind;
	size_t p;
	double covariance[FIT_PARAMS * FIT_PARAMS];
	double df;                 /* of cells: the least of the parameters' */
	size_t cells;              /* of SPREAD_CELLS, else 0 */
	double *cell, *cell_df;    /* cells × p × p; cells */
};

/* False, and kind SPREAD_NONE, where there is none: no inverse, no degrees of freedom, fewer than 2 in a cell, than 2 seeds. */
bool spread_pooled(const struct fit_result *r, struct spread *out);
/* place: 0 … places - 1 for each row. */
bool spread_cells(const struct fit_problem *p, const struct fit_result *r, const struct mem *m, const size_t *place,
                  size_t places, struct spread *out);
/* seed: 0 … seeds - 1 for each row. */
bool spread_seeds(const struct fit_problem *p, const struct fit_result *r, const struct mem *m, const size_t *seed, size_t seeds,
                  struct spread *out);

/* Standard error of gᵀp, and its degrees of freedom. */
double spread_se(const struct spread *s, const double *gradient, double *df);
/* t_df × se / the model's se of parameter k: for fit_profile_to. NaN where the model has none. */
double spread_critical(const struct spread *s, const struct fit_result *r, size_t k, double level);

#endif
