/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Linear least squares, y = Xb + e: Householder QR with column pivoting on columns of unit length, in long double
 * (Golub and Van Loan, Matrix Computations, §5.4). Weights stand for 1/variance up to a factor: Σw(y - Xb)² is least.
 *
 * With df = n - p and s² = RSS/df the covariance of b is s²(XᵀWX)⁻¹, and intervals use Student's t with df degrees of
 * freedom. With df = 0 the coefficients are there and everything that needs s² is NaN: `df` says why.
 * A value is what it is as a double: where a power of x is a column, its rounding is part of the data.
 */
#ifndef RUNG_STAT_LINEAR_H
#define RUNG_STAT_LINEAR_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/stat/mem.h"

enum linear_result {
	LINEAR_DONE,
	LINEAR_FEW,        /* fewer rows with a weight above 0 than columns */
	LINEAR_DEPENDENT,  /* `column` is a combination of the others, to 16 digits */
	LINEAR_NOT_FINITE, /* a value, or a weight, that is not; or a weight below 0 */
};

struct linear_data {
	const double *x; /* n rows of p columns; a constant is a column of ones */
	const double *y;
	const double *weight; /* NULL: all 1 */
	size_t n, p;
	bool constant; /* the columns can make a constant: TSS and R² are then about the mean of y, else about 0 */
};

struct linear {
	size_t n, p; /* n: rows with a weight above 0 */
	size_t df;
	size_t column; /* LINEAR_DEPENDENT: which */
	double *b, *se; /* p */
	double *covariance; /* p × p */
	double *fitted, *residual, *leverage; /* a value a row; leverage = diagonal of the hat matrix W½X(XᵀWX)⁻¹XᵀW½ */
	double rss, tss, r2; /* r2 = 1 - RSS/TSS; NaN when TSS is 0 */
	double s; /* residual standard deviation */
};

enum linear_result linear_fit(const struct mem *m, const struct linear_data *d, struct linear *out);

struct linear_point {
	double y;
	double mean_low, mean_high; /* of the expected value there */
	double new_low, new_high;   /* of the mean of `repeats` new values there */
};

/* At a row of p columns; a new value has weight 1. NaN bounds when df is 0. */
struct linear_point linear_at(const struct linear *l, const double *row, double level, double repeats);

#endif
