/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Nonlinear least squares: min Σ w_i (y_i - f_i(p))² for a model given as callbacks.
 *
 * Three pieces. `nls_descend` is one run of Levenberg and Marquardt's method in the form of MINPACK's lmder (Moré, Lecture
 * Notes in Mathematics 630, 1978), with the linear algebra in long double and simple bounds by projection: a parameter that
 * stands on its bound while the gradient points outward is held, a step is cut at the box. `nls_polish` takes
 * Gauss–Newton steps in long double until the sum of squares falls no more. `nls_solve` runs a portfolio from one start —
 * nls_descend, then GSL's lmaccel, lm and dogleg with each of its three scalings, every one polished — and keeps the lowest
 * sum of squares: no single method gets through NIST's hard sets, the portfolio does (tests/nist). It knows no bounds.
 *
 * The gradient is measured without units: the largest |cos| between the residuals and a parameter's column of the Jacobian
 * (MINPACK's gtol); 0 when the residuals vanish. Nothing here depends on threads; the last digits of long double results
 * go when they are rounded.
 */
#ifndef RUNG_STAT_NLS_H
#define RUNG_STAT_NLS_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/stat/lsq.h"
#include "engine/stat/mem.h"

#define NLS_PARAMS 32 /* most parameters */

struct nls_model {
	size_t n, p;
	void *user;
	/* f: n values; j, unless NULL: n × p by rows, ∂f_i/∂p_k. False outside the model's domain. */
	bool (*eval)(void *user, const double *p, double *f, double *j);
	bool (*eval_long)(void *user, const long double *p, long double *f, long double *j); /* NULL: eval serves */
	bool in_double;           /* eval_long's values are no better than double: the polish must expect their rounding */
	const double *y, *weight; /* weight NULL: all 1 */
	const double *low, *high; /* NULL: none; a parameter with low == high is fixed */
};

/* Prepared once for problems of at most this size. */
struct nls_work {
	const struct mem *mem;
	struct lsq lsq, small;
	double *f, *j, *next, *scale;
	long double *fl, *jl, *r, *rhs, *step, *at, *trial;
	unsigned char *held;
	size_t *free_at; /* which parameters are free */
};

struct nls_result {
	double rss, gradient;
	unsigned iterations;
	bool converged;     /* gradient ≤ 1e-8, or residuals at the level of rounding */
	const char *solver; /* which of the portfolio found it */
};

void nls_work_init(struct nls_work *w, const struct mem *m, size_t n, size_t p);
/* p: the start, becomes the result. False when the model has no value at the start; p is then untouched. */
bool nls_descend(const struct nls_model *m, struct nls_work *w, unsigned max_iterations, double *p, struct nls_result *out);
bool nls_polish(const struct nls_model *m, struct nls_work *w, double *p, struct nls_result *out);
bool nls_solve(const struct nls_model *m, struct nls_work *w, double *p, struct nls_result *out);
/* (JᵀWJ)⁻¹ at p over the parameters that stand on no bound, 0 elsewhere: p × p. False when J has not full rank there. */
bool nls_information_inverse(const struct nls_model *m, struct nls_work *w, const double *p, double *out);

/* The portfolio's GSL part; method 0 … NLS_GSL_METHODS - 1. */
#define NLS_GSL_METHODS 9
bool nls_gsl(const struct nls_model *m, struct nls_work *w, unsigned method, double *p);
const char *nls_gsl_name(unsigned method);

#endif
