/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Minimum of a function of few variables (up to some dozens) whose gradient is known, by the dense method of Broyden,
 * Fletcher, Goldfarb and Shanno: the inverse of the second derivative is estimated from the gradients met on the way.
 *
 * The line search asks for the weak Wolfe conditions (1e-4, 0.9) by bracketing, as in Lewis and Overton, "Nonsmooth
 * optimization via quasi-Newton methods", Math. Program. 141 (2013): it needs no smoothness, so Huber losses and kinks are
 * fine. Where f no longer resolves a decrease it goes by the slope alone (Hager and Zhang, SIAM J. Optim. 16, 2005), so
 * that the gradient can vanish to more digits than f shows.
 *
 * A local method: it finds one minimum, from one start. Many starts are the caller's. Nothing here is random, allocates,
 * or calls libm beyond sqrt, so a result depends on f alone.
 *
 * How it ends. `converged` says only that the gradient vanished, measured without the units of x and f:
 *     gradient_norm = max_i |g_i| max(|x_i|, 1) / |f|  <=  gradient_tolerance,
 * and 0 once |f| has fallen to 1e-28 of its start, which is what rounding leaves of squares that can all be 0.
 * Otherwise the iterations ran out or no step made progress, from a fresh estimate of the curvature too: at a kink, in a
 * valley that goes on for ever, or with a tolerance below what rounding leaves. The result is then the best point seen, not
 * a claim. f may be infinite or NaN away from the start: such points are stepped back from. At the start it may not: then
 * evaluations is 1, gradient_norm is infinite, x is untouched.
 */
#ifndef RUNG_STAT_BFGS_H
#define RUNG_STAT_BFGS_H

#include <stdbool.h>
#include <stddef.h>

struct bfgs_problem {
	size_t n;
	double (*f)(void *user, const double *x, double *gradient);
	void *user;
	double gradient_tolerance; /* 1e-8 is attainable for a sum of a few hundred terms */
	unsigned max_iterations;
};

struct bfgs_result {
	double f, gradient_norm;
	unsigned iterations, evaluations;
	bool converged;
};

size_t bfgs_work(size_t n); /* doubles */
/* x: n numbers, the start; becomes the result. work: bfgs_work(n) doubles, need not be cleared. */
struct bfgs_result bfgs_minimise(const struct bfgs_problem *p, double *x, double *work);

#endif
