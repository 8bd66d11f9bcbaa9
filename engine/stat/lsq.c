/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/stat/lsq.h"

#include <math.h>

#define EXPLAINED 1e-17L

void lsq_init(struct lsq *q, const struct mem *m, size_t n, size_t p)
{
	*q = (struct lsq){ .cap_n = n, .cap_p = p };
	q->a = mem_array(m, long double, n * p);
	q->scale = mem_array(m, long double, p);
	q->beta = mem_array(m, long double, p);
	q->column = mem_array(m, size_t, p);
	q->work = mem_array(m, long double, n + p);
}

void lsq_shape(struct lsq *q, size_t n, size_t p)
{
	q->n = n;
	q->p = p;
	q->rank = 0;
}

static long double length(const long double *v, size_t n)
{
	long double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += v[i] * v[i];
	return sqrtl(sum);
}

/* v -= (reflection k) v, the reflection being I - beta u uᵀ with u in column k from row k on. */
static void reflect(const struct lsq *q, size_t k, long double *v)
{
	const long double *u = q->a + q->column[k] * q->n;
	long double dot = v[k];

	for (size_t i = k + 1; i < q->n; i++)
		dot += u[i] * v[i];
	dot *= q->beta[k];
	v[k] -= dot;
	for (size_t i = k + 1; i < q->n; i++)
		v[i] -= dot * u[i];
}

void lsq_factor(struct lsq *q)
{
	q->rank = 0;
	for (size_t j = 0; j < q->p; j++) {
		long double *c = q->a + j * q->n;

		q->scale[j] = length(c, q->n);
		for (size_t i = 0; i < q->n && q->scale[j] > 0; i++)
			c[i] /= q->scale[j];
		for (size_t k = 0; k < q->rank; k++)
			reflect(q, k, c);
		const size_t at = q->rank;
		const long double rest = at < q->n ? length(c + at, q->n - at) : 0;

		if (!(rest > EXPLAINED) || !isfinite(rest))
			continue;
		/* u = c + sign(c) ‖c‖ e1, scaled to u_1 = 1; R's diagonal is kept in place of u_1. */
		const long double head = c[at], top = head + (head < 0 ? -rest : rest);

		q->beta[at] = top / (head < 0 ? -rest : rest);
		for (size_t i = at + 1; i < q->n; i++)
			c[i] /= top;
		c[at] = head < 0 ? rest : -rest;
		q->column[q->rank++] = j;
	}
}

/* R⁻¹ b for the first rank entries, in place. */
static void back(const struct lsq *q, long double *b)
{
	for (size_t k = q->rank; k-- > 0;) {
		for (size_t i = k + 1; i < q->rank; i++)
			b[k] -= q->a[q->column[i] * q->n + k] * b[i];
		b[k] /= q->a[q->column[k] * q->n + k];
	}
}

void lsq_solve(const struct lsq *q, long double *b, long double *d)
{
	for (size_t k = 0; k < q->rank; k++)
		reflect(q, k, b);
	for (size_t k = 0; k < q->rank; k++)
		q->work[k] = b[k];
	back(q, q->work);
	for (size_t j = 0; j < q->p; j++)
		d[j] = 0;
	for (size_t k = 0; k < q->rank; k++)
		d[q->column[k]] = q->work[k] / q->scale[q->column[k]];
}

void lsq_inverse(const struct lsq *q, long double *out)
{
	for (size_t i = 0; i < q->p * q->p; i++)
		out[i] = 0;
	for (size_t c = 0; c < q->rank; c++) { /* column c of R⁻¹, added as its outer product */
		for (size_t k = 0; k < q->rank; k++)
			q->work[k] = k == c;
		back(q, q->work);
		for (size_t i = 0; i <= c; i++)
			for (size_t j = 0; j <= c; j++)
				out[q->column[i] * q->p + q->column[j]] +=
				    q->work[i] / q->scale[q->column[i]] * (q->work[j] / q->scale[q->column[j]]);
	}
}
