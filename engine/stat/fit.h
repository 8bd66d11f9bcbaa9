/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Fitting a curve: one entry for every family, space and loss.
 *
 *   minimise  Σ w_i ρ(r_i),  r_i = s(y_i) - s(f(x_i; p)),  s(y) = y (FIT_RAW) or ln y (FIT_LOG),
 *   ρ(r) = r² (FIT_L2), Huber's r²/2 for |r| ≤ δ else δ(|r| - δ/2) (FIT_HUBER), |r| (FIT_L1)
 *
 * How (L2): a family of law.h is searched by variable projection from many starts (varpro.h says which and how many), in log
 * space with weights w/y², which is the same to first order, and then descends in log space itself; a formula by
 * Levenberg–Marquardt from the given starts, or from 64 points of Sobol's sequence in its bounds. Minima whose objectives
 * agree to 1e-6 are one; up to 12 of the lowest are polished in long double until the gradient vanishes. Huber and L1 start
 * from those minima (robust.h). The result says how many starts there were, how many reached the best, and which is the next
 * distinct minimum.
 *
 * Bounds: coefficients exactly, others by projection; logarithms of positive parameters are what is searched. A logistic map
 * was not taken: it never reaches a bound, so "at its bound" would be a guess. low == high fixes a parameter.
 *
 * Whatever cannot be had is NaN and named by a `gap`; the words for it are the caller's.
 */
#ifndef RUNG_STAT_FIT_H
#define RUNG_STAT_FIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/stat/law.h"
#include "engine/stat/mem.h"

#define FIT_PARAMS 16

enum fit_space { FIT_RAW, FIT_LOG };
enum fit_loss { FIT_L2, FIT_HUBER, FIT_L1 };

/* A curve of the caller's. Its derivatives are taken by differences: central ones while searching, Ridders' extrapolation
 * (Advances in Engineering Software 4, 1982) at the end, good to about 10 digits for a smooth f. */
struct fit_formula {
	double (*f)(void *user, const double *x, const double *params); /* not finite: no value there */
	void *user;
	size_t columns, params; /* params ≤ FIT_PARAMS */
};

struct fit_problem {
	const struct law *law;             /* one of these two */
	const struct fit_formula *formula;
	size_t n;
	const double *x;      /* n rows of as many columns as the curve takes */
	const double *y;
	const double *weight; /* NULL: all 1; rows of weight 0 do not count. 1/variance up to a factor, or counts */
	enum fit_space space;
	enum fit_loss loss;
	double delta;         /* of FIT_HUBER, in the units of r */
	const double *low, *high; /* a number for each parameter; NULL or ±infinity: none but the family's */
	const double *starts; /* starts_n rows of parameters, besides the automatic ones */
	size_t starts_n;
	uint64_t seed;        /* turns the starts round; 0 leaves them */
};

enum fit_status {
	FIT_DONE,
	FIT_BAD_VALUE,      /* `row`: y, x or weight is not finite, or the weight negative */
	FIT_X_OUTSIDE,      /* `row`: x is not in the family's domain */
	FIT_Y_NOT_POSITIVE, /* `row`: no logarithm */
	FIT_FEW_POINTS,     /* fewer points than free parameters */
	FIT_FEW_PLACES,     /* fewer different x than free parameters */
	FIT_SAME_Y,         /* all y are equal: any curve through that level will do */
	FIT_BAD_BOUNDS,     /* `row`: the parameter with nothing between its bounds */
	FIT_NO_START,       /* a formula without starts and without finite bounds; delta not above 0 */
	FIT_NO_VALUE,       /* the curve has no value at any start */
};

enum fit_gap {
	FIT_HERE,
	FIT_GAP_DOF,      /* as many parameters as points */
	FIT_GAP_SINGULAR, /* the points do not tell the parameters apart */
	FIT_GAP_LOSS,     /* there is no such thing for this loss; bootstrap */
	FIT_GAP_EXACT,    /* the curve goes through all points: no likelihood */
};

struct fit_result {
	enum fit_status status;
	size_t row;
	size_t p, free;      /* parameters; those not fixed */
	size_t n, dof;       /* points with weight; n - free */
	double params[FIT_PARAMS];
	bool fixed[FIT_PARAMS], at_low[FIT_PARAMS], at_high[FIT_PARAMS]; /* at a bound of the caller's or the family's */
	double objective, gradient; /* Σ w ρ; the gradient as in nls.h, for robust losses max |∂Σwρ/∂ ln p| / Σwρ */
	bool converged;
	size_t starts, reached_best;
	bool has_next;       /* a second minimum was seen */
	double next_objective, next_params[FIT_PARAMS];
	/* in the fitted space, weighted */
	double rss, tss, r2, s2, aic, aicc, bic;
	enum fit_gap r2_gap, s2_gap, information_gap, covariance_gap;
	double inverse[FIT_PARAMS * FIT_PARAMS];    /* (JᵀWJ)⁻¹, p × p; 0 in rows of fixed parameters and those at a bound */
	double covariance[FIT_PARAMS * FIT_PARAMS]; /* s2 × inverse */
	double se[FIT_PARAMS];                      /* 0 where fixed or at a bound */
	double *fitted, *residual, *leverage;       /* n of the problem: f, r, and w Jᵢ(JᵀWJ)⁻¹Jᵢᵀ; NaN where weight is 0 */
	double *jacobian;                           /* ∂s(f)/∂p, n × p by rows */
};

enum fit_status fit_solve(const struct fit_problem *p, const struct mem *m, struct fit_result *out);

/* Value and gradient of the curve itself (raw) at one x; NaN where it has none. */
double fit_at(const struct fit_problem *p, const double *params, const double *x, double *gradient);

/* ---- the same problem with other weights or values ---------------------------------------------------------------- */

enum fit_refit { FIT_REFIT_FAILED, FIT_REFIT_WARM, FIT_REFIT_SEARCHED };

/* Allocates once; p and its arrays must outlive it. */
struct fit_again *fit_again_new(const struct fit_problem *p, const struct fit_result *all, const struct mem *m);
/* From the minimum of all data; what does not converge there is searched from all starts. weight: n, y: n or NULL = the
 * problem's. Failed: the points with weight do not determine the curve (fewer places than parameters, all y equal, no
 * finite value); params are then untouched. Allocates nothing. */
enum fit_refit fit_refit(struct fit_again *a, const double *weight, const double *y, double *params);

/* ---- intervals ---------------------------------------------------------------------------------------------------- */

enum fit_end { FIT_END_FOUND, FIT_END_OPEN, FIT_END_AT_BOUND, FIT_END_NONE };

struct fit_interval {
	double low, high; /* ∓infinity when open, the bound when there; NaN when none can be had */
	enum fit_end low_end, high_end;
};

/* p̂ ± t se with n - p degrees of freedom. */
struct fit_interval fit_delta(const struct fit_result *r, size_t param, double level);
/* Where the profile's signed root τ = ±√((RSS(θ) - RSS)/s²) meets ±t_{n-p}: the interval of R's confint(nls), but with the
 * ends solved for to 1e-9 in τ instead of read off a spline. Open where another parameter meets the end of its search on the
 * way. L2 only. Sees a lower minimum on its way: *lower = true. */
struct fit_interval fit_profile(const struct fit_problem *p, const struct fit_result *r, const struct mem *m, size_t param,
                                double level, bool *lower);
/* The same with another critical value for |τ|: whoever knows better than s² how far the estimate moves from sample to sample
 * gives t × that standard error / se. */
struct fit_interval fit_profile_to(const struct fit_problem *p, const struct fit_result *r, const struct mem *m, size_t param,
                                   double critical, bool *lower);
/* (JᵀWJ)⁻¹ (Σ_g u_g u_gᵀ) (JᵀWJ)⁻¹ × c with u_g the sum of w r J over a cluster: c = G/(G-1) · (n-1)/(n-p). cluster: a number
 * a row, any; NULL = each row its own, c = n/(n-p) (HC1). False where there is no inverse or fewer than 2 clusters. */
bool fit_sandwich(const struct fit_problem *p, const struct fit_result *r, const struct mem *m, const size_t *cluster,
                  double *covariance);

struct fit_prediction {
	double y;                  /* of the curve, raw */
	double mean_low, mean_high; /* band of the curve: ŷ ± t √(gᵀVg), in the fitted space and carried back */
	double new_low, new_high;   /* of the mean of `repeats` new values of weight 1: ŷ ± t √(gᵀVg + s²/repeats) */
	enum fit_gap gap;
};

struct fit_prediction fit_predict(const struct fit_problem *p, const struct fit_result *r, const double *x, double repeats,
                                  double level);

struct fit_f_test {
	double f, df1, df2, p;
	bool possible; /* same n, more parameters in `large`, s² there */
};

/* Nested laws of the same points, space and weights, by least squares. */
struct fit_f_test fit_compare(const struct fit_result *small, const struct fit_result *large);

#endif
