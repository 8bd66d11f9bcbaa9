/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/stat/linear.h"

#include <math.h>

#include "engine/stat/dist.h"

#define DEPENDENT 1e-16L /* of a unit column: what is left of it once the others are taken out */

/* X stored by columns, which Householder walks along; `order` is the pivoting. */
struct qr {
	size_t n, p;
	long double *x, *y;
	long double *scale; /* length of each column before it was made 1 */
	long double *diagonal;
	size_t *order;
};

static bool usable(const struct linear_data *d)
{
	for (size_t i = 0; i < d->n; i++)
		if (!isfinite(d->y[i]) || (d->weight && !(isfinite(d->weight[i]) && d->weight[i] >= 0)))
			return false;
	for (size_t i = 0; i < d->n * d->p; i++)
		if (!isfinite(d->x[i]))
			return false;
	return true;
}

static long double dot(const long double *a, const long double *b, size_t n)
{
	long double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += a[i] * b[i];
	return sum;
}

/* Rows times √w, columns of length 1. */
static void load(const struct mem *m, const struct linear_data *d, struct qr *q)
{
	*q = (struct qr){ .n = d->n, .p = d->p };
	q->x = mem_array(m, long double, d->n * d->p);
	q->y = mem_array(m, long double, d->n);
	q->scale = mem_array(m, long double, d->p);
	q->diagonal = mem_array(m, long double, d->p);
	q->order = mem_array(m, size_t, d->p);
	for (size_t i = 0; i < d->n; i++) {
		const long double root = d->weight ? sqrtl(d->weight[i]) : 1;

		q->y[i] = root * d->y[i];
		for (size_t j = 0; j < d->p; j++)
			q->x[j * d->n + i] = root * d->x[i * d->p + j];
	}
	for (size_t j = 0; j < d->p; j++) {
		long double *column = q->x + j * d->n;

		q->order[j] = j;
		q->scale[j] = sqrtl(dot(column, column, d->n));
		for (size_t i = 0; i < d->n && q->scale[j] > 0; i++)
			column[i] /= q->scale[j];
	}
}

static long double *column_of(const struct qr *q, size_t at)
{
	return q->x + q->order[at] * q->n;
}

static void reflect(const long double *v, long double *column, size_t n, long double half_length2)
{
	const long double f = dot(v, column, n) / half_length2;

	for (size_t i = 0; i < n; i++)
		column[i] -= f * v[i];
}

/* The longest of what is left of the columns comes next. */
static long double pivot(struct qr *q, size_t k)
{
	long double longest = -1;
	size_t at = k;

	for (size_t j = k; j < q->p; j++) {
		const long double *c = column_of(q, j) + k, length = dot(c, c, q->n - k);

		if (length > longest) {
			longest = length;
			at = j;
		}
	}
	const size_t swap = q->order[k];

	q->order[k] = q->order[at];
	q->order[at] = swap;
	return sqrtl(longest);
}

/* Below and on the diagonal column k keeps its Householder vector. False: column order[*bad] depends on the others. */
static bool factor(struct qr *q, size_t *bad)
{
	for (size_t k = 0; k < q->p; k++) {
		long double length = pivot(q, k), *v = column_of(q, k) + k;

		if (!(length > DEPENDENT)) {
			*bad = q->order[k];
			return false;
		}
		if (v[0] > 0)
			length = -length;
		q->diagonal[k] = length;
		const long double half_length2 = length * (length - v[0]);

		v[0] -= length;
		for (size_t j = k + 1; j < q->p; j++)
			reflect(v, column_of(q, j) + k, q->n - k, half_length2);
		reflect(v, q->y + k, q->n - k, half_length2);
	}
	return true;
}

/* R z = rhs, for the leading p entries of rhs, in place and in pivoted order. */
static void solve_r(const struct qr *q, long double *rhs)
{
	for (size_t k = q->p; k-- > 0;) {
		for (size_t j = k + 1; j < q->p; j++)
			rhs[k] -= column_of(q, j)[k] * rhs[j];
		rhs[k] /= q->diagonal[k];
	}
}

/* (XᵀWX)⁻¹ = R⁻¹R⁻ᵀ, with the pivoting and the scaling undone. */
static long double *inverse(const struct mem *m, const struct qr *q)
{
	const size_t p = q->p;
	long double *r = mem_array(m, long double, p * p), *out = mem_array(m, long double, p * p);

	for (size_t k = 0; k < p; k++) { /* row k of r: column k of R⁻¹ */
		r[k * p + k] = 1;
		solve_r(q, r + k * p);
	}
	for (size_t i = 0; i < p; i++) {
		for (size_t j = 0; j < p; j++) {
			const size_t a = q->order[i], b = q->order[j];
			long double sum = 0;

			for (size_t k = i > j ? i : j; k < p; k++)
				sum += r[k * p + i] * r[k * p + j];
			out[a * p + b] = sum / (q->scale[a] * q->scale[b]);
		}
	}
	return out;
}

static long double total(const struct linear_data *d)
{
	long double weight = 0, sum = 0, squares = 0;

	for (size_t i = 0; i < d->n && d->constant; i++) {
		const long double w = d->weight ? d->weight[i] : 1;

		weight += w;
		sum += w * d->y[i];
	}
	for (size_t i = 0; i < d->n; i++) {
		const long double off = d->y[i] - (d->constant ? sum / weight : 0);

		squares += (d->weight ? d->weight[i] : 1) * off * off;
	}
	return squares;
}

/* Fitted values, residuals, RSS and leverages, from the data as they came. */
static void rows_of(const struct linear_data *d, const long double *b, const long double *inv, struct linear *out)
{
	long double rss = 0;

	for (size_t i = 0; i < d->n; i++) {
		const double *row = d->x + i * d->p;
		const long double w = d->weight ? d->weight[i] : 1;
		long double y = 0, h = 0;

		for (size_t j = 0; j < d->p; j++) {
			y += row[j] * b[j];
			for (size_t k = 0; k < d->p; k++)
				h += row[j] * inv[j * d->p + k] * row[k];
		}
		out->fitted[i] = (double)y;
		out->residual[i] = (double)(d->y[i] - y);
		out->leverage[i] = (double)(w * h);
		rss += w * (d->y[i] - y) * (d->y[i] - y);
	}
	out->rss = (double)rss;
}

static void finish(const struct mem *m, const struct linear_data *d, const struct qr *q, struct linear *out)
{
	const size_t p = d->p;
	long double *b = mem_array(m, long double, p), *z = mem_array(m, long double, p), *inv = inverse(m, q);

	for (size_t k = 0; k < p; k++)
		z[k] = q->y[k];
	solve_r(q, z);
	for (size_t k = 0; k < p; k++)
		b[q->order[k]] = z[k] / q->scale[q->order[k]];
	out->b = mem_array(m, double, p);
	out->se = mem_array(m, double, p);
	out->covariance = mem_array(m, double, p * p);
	out->fitted = mem_array(m, double, d->n);
	out->residual = mem_array(m, double, d->n);
	out->leverage = mem_array(m, double, d->n);
	rows_of(d, b, inv, out);
	out->tss = (double)total(d);
	out->r2 = out->tss > 0 ? 1 - out->rss / out->tss : NAN;
	out->s = out->df ? sqrt(out->rss / (double)out->df) : NAN;
	const long double s2 = out->df ? (long double)out->rss / (long double)out->df : NAN;

	for (size_t i = 0; i < p * p; i++)
		out->covariance[i] = (double)(s2 * inv[i]);
	for (size_t j = 0; j < p; j++) {
		out->b[j] = (double)b[j];
		out->se[j] = (double)sqrtl(s2 * inv[j * p + j]);
	}
}

enum linear_result linear_fit(const struct mem *m, const struct linear_data *d, struct linear *out)
{
	struct qr q;

	*out = (struct linear){ .p = d->p };
	if (!usable(d))
		return LINEAR_NOT_FINITE;
	for (size_t i = 0; i < d->n; i++)
		out->n += !d->weight || d->weight[i] > 0;
	if (out->n < d->p || !d->p)
		return LINEAR_FEW;
	out->df = out->n - d->p;
	load(m, d, &q);
	if (!factor(&q, &out->column))
		return LINEAR_DEPENDENT;
	finish(m, d, &q, out);
	return LINEAR_DONE;
}

struct linear_point linear_at(const struct linear *l, const double *row, double level, double repeats)
{
	const double t = l->df ? dist_t_inv(0.5 + level / 2, (double)l->df) : NAN;
	long double y = 0, v = 0;

	for (size_t i = 0; i < l->p; i++) {
		y += row[i] * (long double)l->b[i];
		for (size_t j = 0; j < l->p; j++)
			v += row[i] * (long double)l->covariance[i * l->p + j] * row[j];
	}
	const double at = (double)y, mean = t * (double)sqrtl(v),
	             again = t * (double)sqrtl(v + (long double)l->s * l->s / repeats);

	return (struct linear_point){ at, at - mean, at + mean, at - again, at + again };
}
