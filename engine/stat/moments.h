/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Moments of one sample: n, mean, spread, smallest and largest.
 *
 * Two ways in. `struct moments` runs along: one value at a time, in any number of pieces that are merged afterwards
 * (Welford, Technometrics 4(3), 1962; Chan, Golub and LeVeque, The American Statistician 37(3), 1983). An empty one is all
 * zero. `summary_of` passes twice over an array that is there. Both keep 64 bits of mantissa inside: on NIST's nine
 * univariate sets they reach the digits that data rounded to doubles allow. Merging in another order changes the last
 * digits of those 64 bits, which a double rarely shows: merge in a fixed order where bytes matter.
 *
 * The values must be finite; the caller says which one is not, in words that its user knows.
 * What a sample is too small for is NaN in the result, and `n` says why: mean, min and max need one value, sd and what
 * follows from it two. That is for the caller to turn into "absent"; it goes into no table.
 */
#ifndef RUNG_STAT_MOMENTS_H
#define RUNG_STAT_MOMENTS_H

#include <stddef.h>
#include <stdint.h>

struct moments {
	long double off, m2; /* mean less origin; sum of squared deviations from the mean */
	uint64_t n;
	double origin; /* the first value: differences from it are exact, where the mean of values far from 0 is not */
	double min, max;
};

static inline void moments_add(struct moments *m, double x)
{
	if (!m->n)
		m->origin = m->min = m->max = x;
	if (x < m->min)
		m->min = x;
	if (x > m->max)
		m->max = x;
	const long double from = (long double)x - m->origin, d = from - m->off;

	m->off += d / (long double)(int64_t)++m->n; /* signed: x87 converts it in one instruction */
	m->m2 += d * (from - m->off);
}

/* n values at once, for loops over many: one division for all of them. */
void moments_add_all(struct moments *m, const double *x, size_t n);
/* `into` becomes what it would be, had it seen the values of `from` too. */
void moments_merge(struct moments *into, const struct moments *from);

struct summary {
	size_t n;
	double mean, sum;
	double variance, sd; /* with n - 1 */
	double sem;          /* sd/√n */
	double min, max;
};

struct summary moments_summary(const struct moments *m);
struct summary summary_of(const double *x, size_t n);
/* Half the width of the mean's interval by Student's t with n - 1 degrees of freedom; level in (0, 1). NaN when n < 2. */
double summary_half_width(const struct summary *s, double level);

/* Weighted: mean = Σwx/Σw. Weights are finite and not negative; those of 0 change nothing.
 * Variance for weights that say how reliable a value is: Σw(x-mean)²/(Σw - Σw²/Σw); equal weights give the ordinary one.
 * Effective n: (Σw)²/Σw² (Kish, Survey Sampling, 1965). Merged like the others. */
struct weighted_moments {
	long double mean, m2, weight, weight2;
	uint64_t n; /* values with a weight above 0 */
	double min, max;
};

struct weighted_summary {
	size_t n;
	double weight, effective_n;
	double mean, variance, sd, min, max;
};

void weighted_add(struct weighted_moments *m, double x, double weight);
void weighted_merge(struct weighted_moments *into, const struct weighted_moments *from);
struct weighted_summary weighted_summary(const struct weighted_moments *m);

/* Two variables at once: Pearson's r and what it is made of. NaN when n < 2 or one of them does not vary. */
struct comoments {
	struct moments x, y;
	long double cxy; /* Σ(x - x̄)(y - ȳ) */
};

void comoments_add(struct comoments *c, double x, double y);
void comoments_merge(struct comoments *into, const struct comoments *from);
double comoments_r(const struct comoments *c);
double comoments_covariance(const struct comoments *c); /* with n - 1 */

/* exp(mean(log x)); NaN when n is 0. Values above 0. Through logl and expl of the C library, whose last digit of 64 bits may
 * differ between versions. */
double geometric_mean(const double *x, size_t n);

/* r₁ = Σ(x_i - m)(x_{i+1} - m)/Σ(x_i - m)², as NIST certifies it. NaN when n < 2 or nothing varies. */
double lag1_autocorrelation(const double *x, size_t n);

#endif
