/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The parametric scaling law of Hoffmann et al. (arXiv 2203.15556, approach 3), L(N, D) = E + A N^-α + B D^-β, fitted to
 * ln L by Huber's loss as they state it:
 *
 *     f(a, b, e, α, β) = Σ_i w_i H_δ(ln L_i - ln(exp(a - α ln N_i) + exp(b - β ln D_i) + exp e)),   a = ln A, b = ln B, e = ln E,
 *     H_δ(r) = c (|r| - c/2), c = min(|r|, δ).
 *
 * A sum, not a mean. δ = INFINITY gives least squares: f is then half the sum of squares. The weights are whole numbers: how
 * often a resample has the row.
 *
 * f has many local minima and plateaus (E → 0, A → 0, …), so one start is never enough: chinchilla_search runs a grid of
 * them all and counts how many ended at the best. Each descent is bfgs.h with the exact gradient, in coordinates that are
 * centred and scaled by the data (the same function, better shaped). exp and log are polynomials (fastmath.h and the .c
 * file), two rows at a time, without libm, threads or fused multiply-add: same input, same bytes on every x86-64 machine.
 */
#ifndef RUNG_STAT_CHINCHILLA_H
#define RUNG_STAT_CHINCHILLA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/stat/fastmath.h"
#include "engine/stat/mem.h"
#include "engine/stat/rng.h"

#define CHINCHILLA_PARAMS 5
enum chinchilla_param { CHINCHILLA_A, CHINCHILLA_B, CHINCHILLA_E, CHINCHILLA_ALPHA, CHINCHILLA_BETA };

enum chinchilla_refusal {
	CHINCHILLA_OK,
	CHINCHILLA_NOT_POSITIVE, /* a number of row `row` is not finite and above 0 */
	CHINCHILLA_FEW_ROWS,     /* no more rows than parameters */
	CHINCHILLA_ONE_SIZE,     /* all N are the same, or all D: nothing says what their exponent is */
};

/* Two rows of a table. */
struct chinchilla_pair {
	fm_pair n, d; /* ln N and ln D, centred and scaled */
	fm_pair loss; /* ln L */
	fm_pair weight;
};

struct chinchilla {
	size_t rows;
	double delta;
	double mid_n, mid_d, spread_n, spread_d; /* of ln N and ln D */
	size_t pairs;
	struct chinchilla_pair *pair; /* the last one may have a second row of weight 0 */
};

/* n rows of N, D, L; row: which one was refused, set by CHINCHILLA_NOT_POSITIVE alone. Memory of m. */
enum chinchilla_refusal chinchilla_init(struct chinchilla *c, const struct mem *m, size_t n, const double *params,
                                        const double *tokens, const double *loss, double delta, size_t *row);
/* p: ln A, ln B, ln E, α, β everywhere in this header. gradient may be NULL. Infinite where a term is above exp(700) E or a
 * parameter is not finite; the gradient then means nothing. */
double chinchilla_objective(const struct chinchilla *c, const double *p, double *gradient);

struct chinchilla_fit {
	double p[CHINCHILLA_PARAMS];
	double f, gradient_norm; /* as in bfgs.h, in the coordinates of the search */
	unsigned iterations, evaluations;
	bool converged; /* gradient_norm <= CHINCHILLA_TOLERANCE */
};

#define CHINCHILLA_TOLERANCE 1e-9

struct chinchilla_fit chinchilla_descend(const struct chinchilla *c, const double *start);

/* ---- many starts -------------------------------------------------------------------------------------------------- */

struct chinchilla_starts {
	const double *value[CHINCHILLA_PARAMS];
	size_t count[CHINCHILLA_PARAMS];
};

/* Their grid: a, b in 0, 5 … 25; e in -1, -.5 … 1; α, β in 0, .5 … 2: 4,500 starts. */
extern const struct chinchilla_starts chinchilla_grid;

#define CHINCHILLA_SAME 1e-6 /* relative: closer values of f are called the same optimum */

struct chinchilla_search {
	struct chinchilla_fit best; /* of all, converged or not: its own flag says */
	size_t starts;
	size_t at_best;   /* of them ended within CHINCHILLA_SAME of the best f */
	size_t converged; /* of them, anywhere */
	bool has_next;
	struct chinchilla_fit next; /* the lowest converged one above the best */
	uint64_t evaluations;
};

/* Every start is run to its end: none is dropped as hopeless. */
struct chinchilla_search chinchilla_search(const struct chinchilla *c, const struct mem *m,
                                           const struct chinchilla_starts *s);

/* ---- the bootstrap over rows -------------------------------------------------------------------------------------- */

/* How often each of n rows is in the next resample. */
typedef void chinchilla_draw(void *user, size_t n, uint32_t *count);
/* numpy's legacy np.random.choice(n, n): user is a struct mt19937. */
void chinchilla_draw_numpy(void *user, size_t n, uint32_t *count);

struct chinchilla_resampled {
	size_t resamples, converged, finite; /* a refit that is not finite is left out of what follows */
	double mean[CHINCHILLA_PARAMS], se[CHINCHILLA_PARAMS]; /* of A, B, E, α, β; se with n - 1 */
	double low[CHINCHILLA_PARAMS], high[CHINCHILLA_PARAMS]; /* of A, B, E, α, β; percentiles of type 7 */
	double covariance[CHINCHILLA_PARAMS * CHINCHILLA_PARAMS]; /* of ln A, ln B, ln E, α, β */
	uint64_t evaluations;
};

/* One descent from `start` for each resample. draws: resamples × 5, the refits in order; NaN where one is not finite. Fewer
 * than two finite refits: what needs two is NaN and `finite` says why. */
struct chinchilla_resampled chinchilla_bootstrap(const struct chinchilla *c, const struct mem *m, const double *start,
                                                 size_t resamples, chinchilla_draw *draw, void *user, double level,
                                                 double *draws);

/* ---- what follows from parameters --------------------------------------------------------------------------------- */

/* (p - q)' S⁻¹ (p - q); its upper tail is χ² with 5 degrees of freedom. NaN when S is not positive definite. */
double chinchilla_wald(const double *p, const double *q, const double *covariance);

struct chinchilla_errors {
	double rmsle, bias, worst; /* of ln L: root mean square, mean of prediction - observation, largest in size */
};

/* c's own δ plays no part. */
struct chinchilla_errors chinchilla_errors(const struct chinchilla *c, const double *p);

/* Where C = 6 N D FLOP are spent best: with G = (αA / βB)^(1/(α+β)), N = G (C/6)^(β/(α+β)), D = (C/6)^(α/(α+β)) / G. */
struct chinchilla_optimum {
	double params, tokens, ratio, loss, exponent; /* ratio: tokens / params; exponent: β/(α+β), of N in C */
};

/* NaN throughout unless α and β are above 0. */
struct chinchilla_optimum chinchilla_optimum(const double *p, double flop);

#endif
