/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Private to fit*.c: a fit_problem as a model for nls.h, s(y) against s(f), with what it needs prepared.
 */
#ifndef RUNG_STAT_FIT_MODEL_H
#define RUNG_STAT_FIT_MODEL_H

#include "engine/stat/fit.h"
#include "engine/stat/nls.h"
#include "engine/stat/varpro.h"

struct fit_model {
	const struct fit_problem *problem;
	size_t p, columns;
	double *lx;           /* ln x */
	long double *x_long, *lx_long;
	double *y;            /* s(y) */
	const double *raw;    /* y */
	double *relative;     /* w / y², for the search before a fit in log space */
	double low[FIT_PARAMS], high[FIT_PARAMS];
	struct nls_model nls; /* eval of the fitted space; y, weight, bounds set */
	struct nls_work work;
};

/* p was checked. */
void fit_model_init(struct fit_model *f, const struct fit_problem *p, const struct mem *m);
void fit_model_y(struct fit_model *f, const double *y); /* other values */

/* Minima found, lowest first. */
struct fit_minimum {
	double params[FIT_PARAMS], objective, gradient;
	size_t hits;
	bool converged;
};

#define FIT_MINIMA 12

struct fit_search {
	struct fit_model *model;
	struct varpro v;            /* of a law */
	struct varpro_point *found; /* room for its starts */
	struct fit_minimum minima[FIT_MINIMA];
	size_t n, starts;
	double *robust_weight, *bfgs, *sizes; /* for robust losses */
};

void fit_search_init(struct fit_search *s, struct fit_model *f, const struct mem *m);
/* Fills minima by least squares with the model's y and weights. polish: in long double, and equal ones become one. */
void fit_search_run(struct fit_search *s, bool polish);
/* Keeps the lowest FIT_MINIMA; one that equals another becomes its hit. */
void fit_search_insert(struct fit_search *s, const struct fit_minimum *new, double scale);
/* Two objectives that are one minimum. scale: Σ w y². */
bool fit_same(double a, double b, double scale);

/* Do these weights and values determine `free` parameters? FIT_DONE, or which of FEW_POINTS, FEW_PLACES, SAME_Y. */
enum fit_status fit_spread(const struct fit_problem *p, const double *weight, const double *y, size_t free);

/* fit_search_run for Huber and L1. Least squares, then three more searches with the weights w ψ(r)/r of the best so far
 * (so that outliers do not choose the basin), then BFGS from each minimum, in coordinates where JᵀWJ is the identity. L1 is
 * Huber with δ going down from the median |r| by hundredths to 1e-6 of it. */
void fit_robust_run(struct fit_search *s);
/* The BFGS part, for the minima that are there. */
void fit_robust_descend(struct fit_search *s);

#endif
