/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Linear least squares in long double: Householder's QR of a small, column-scaled matrix.
 *
 * min ‖b - J d‖ for J of n rows and p columns (n >= p not required: missing rows make the rank less). Columns are scaled to
 * length 1 first, so parameters of any size stand side by side. Columns that the earlier ones explain to 1e-17 of their
 * length are left out: their entry of the solution is 0.
 */
#ifndef RUNG_STAT_LSQ_H
#define RUNG_STAT_LSQ_H

#include <stddef.h>

#include "engine/stat/mem.h"

struct lsq {
	size_t n, p, cap_n, cap_p;
	long double *a;     /* n × p by columns; after lsq_factor: R above and the reflections below the diagonal */
	long double *scale; /* length of each column, 0: a column of zeros */
	long double *beta;  /* of the reflections */
	size_t *column;     /* which column stands k-th in R, k < rank */
	long double *work;  /* p + n */
	size_t rank;
};

void lsq_init(struct lsq *q, const struct mem *m, size_t n, size_t p); /* room for that many rows and columns */
/* Room for the next matrix, of at most the size of lsq_init; fill it by lsq_at, then factor. */
void lsq_shape(struct lsq *q, size_t n, size_t p);
static inline long double *lsq_at(const struct lsq *q, size_t row, size_t column)
{
	return &q->a[column * q->n + row];
}

void lsq_factor(struct lsq *q);
/* b (n) is overwritten by Qᵀb; d (p). */
void lsq_solve(const struct lsq *q, long double *b, long double *d);
/* (JᵀJ)⁻¹ of the columns in the rank, zeros elsewhere; p × p. */
void lsq_inverse(const struct lsq *q, long double *out);

#endif
