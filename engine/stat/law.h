/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The families of curves that rung fits.
 *
 * Each of them is a sum of basis functions, y = Σ c_j φ_j(x; θ): few coefficients c that enter linearly and stand first
 * among the parameters, then the parameters θ that do not. That is what variable projection (varpro.h) needs, and value and
 * gradient follow from φ and ∂φ/∂θ: ∂y/∂c_j = φ_j, ∂y/∂θ_k = Σ c_j ∂φ_j/∂θ_k.
 *
 *   linear      a + b x                       log        a + b ln x               ilog2   E + A / ln x, x > 1
 *   power2      A x^-alpha                    power3     E + A x^-alpha           power4  E + A (x + d)^-alpha
 *   exp3        E + A exp(-k x)               weibull4   E + A exp(-(x/h)^d)      mmf4    c + (a - c) / (1 + (x/h)^d)
 *   bnsl1 … 3   a + b x^-c0 Π (1 + (x/d_i)^(1/f_i))^(-c_i f_i)
 *   chinchilla  E + A N^-alpha + B D^-beta    (two columns)
 *
 * Signs of A are free, so one form serves rising and falling curves. Against other writings: exp3's c - exp(b - a x) has
 * E = c, A = -e^b, k = a; weibull4's c - b exp(-a x^d) has h = a^(-1/d); mmf4's (a b + c x^d)/(b + x^d) has b = h^d — h is
 * a place on the x axis, so it has units and a scale, which a and b have not. Sources: Viering and Loog, "The shape of
 * learning curves", IEEE TPAMI 45(6), 2023 (the two to four parameter families; mmf4 after Morgan, Mercer and Flodin 1975);
 * Caballero et al., "Broken neural scaling laws", ICLR 2023 (bnsl); Hoffmann et al., arXiv 2203.15556 (chinchilla).
 *
 * Two precisions: `double` by fastmath.h (the same bytes everywhere) for searching, `long double` by libm for the last
 * steps, whose result is then rounded to double.
 */
#ifndef RUNG_STAT_LAW_H
#define RUNG_STAT_LAW_H

#include <stdbool.h>
#include <stddef.h>

#define LAW_COLUMNS 2
#define LAW_LINEAR 3    /* most coefficients */
#define LAW_NONLINEAR 10
#define LAW_PARAMS 12

enum law_family {
	LAW_LINE, LAW_LOG, LAW_POWER2, LAW_POWER3, LAW_POWER4, LAW_MMF4, LAW_EXP3, LAW_WEIBULL4, LAW_ILOG2,
	LAW_BNSL1, LAW_BNSL2, LAW_BNSL3, LAW_CHINCHILLA, LAW_FAMILIES
};

/* What x may be. */
enum law_domain { LAW_ANY_X, LAW_POSITIVE_X, LAW_X_ABOVE_1 };

/* How a parameter is searched. X is the span of the data's x; a "box" is where starts are drawn, a "limit" where the
 * search ends. POSITIVE ones are searched by their logarithm. */
enum law_role {
	LAW_COEFFICIENT, /* linear: no start, no limit */
	LAW_EXPONENT,    /* box 0.02 … 5, limit 0.001 … 20, by logarithm */
	LAW_SIGNED,      /* box -2 … 3, limit -20 … 20 */
	LAW_SHAPE,       /* box 0.1 … 5, limit 0.01 … 50, by logarithm */
	LAW_RATE,        /* box 0.05/X_max … 20/X_min, limit 0.001/X_max … 1000/X_min, by logarithm */
	LAW_PLACE,       /* box X_min/3 … 3 X_max, limit X_min/1000 … 1000 X_max, by logarithm */
	LAW_WIDTH,       /* box 0.05 … 2, limit 0.01 … 20, by logarithm */
	LAW_SHIFT,       /* box of d + X_min: X_min/10 … 10 X_max, limit X_min/1000 … 1000 X_max, by its logarithm */
};

struct law_param {
	const char *name, *latex;
	enum law_role role;
	unsigned char column; /* whose x it belongs to */
};

struct law {
	const char *name;
	const char *formula, *latex;
	size_t columns, linear, nonlinear;
	enum law_domain domain;
	struct law_param params[LAW_PARAMS];
	/* φ_0 … φ_linear-1 at one point and, unless d is NULL, d[j × nonlinear + k] = ∂φ_j/∂θ_k. lx: ln x of each column. */
	void (*basis)(const double *x, const double *lx, const double *theta, double *phi, double *d);
	void (*basis_long)(const long double *x, const long double *lx, const long double *theta, long double *phi,
	                   long double *d);
};

extern const struct law law_families[LAW_FAMILIES];

/* NULL when no family has that name. */
const struct law *law_named(const char *name);
static inline size_t law_params(const struct law *l)
{
	return l->linear + l->nonlinear;
}

bool law_takes(const struct law *l, const double *x); /* x of all columns lie in the domain and are finite */
double law_at(const struct law *l, const double *params, const double *x);
/* Value, and d value / d params in gradient. */
double law_gradient(const struct law *l, const double *params, const double *x, double *gradient);

/* Smallest and largest of |x| per column, zeros left out. */
struct law_span {
	double min[LAW_COLUMNS], max[LAW_COLUMNS];
};

/* x: n rows of l->columns numbers. */
struct law_span law_span_of(const struct law *l, const double *x, size_t n);

/* The coordinate in which parameter k is searched and back; both rise with each other. */
double law_inner(const struct law *l, size_t k, const struct law_span *s, double natural);
double law_natural(const struct law *l, size_t k, const struct law_span *s, double inner);
double law_natural_slope(const struct law *l, size_t k, const struct law_span *s, double inner); /* d natural / d inner */

struct law_range {
	double low, high;
};

struct law_range law_box(const struct law *l, size_t k, const struct law_span *s);   /* in inner coordinates */
struct law_range law_limit(const struct law *l, size_t k, const struct law_span *s); /* in natural ones */

/* Brings a solution with exchangeable parts (the breaks of bnsl) into one order: rising d_i. */
void law_order(const struct law *l, double *params);

#endif
