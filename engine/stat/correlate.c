/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/stat/correlate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/stat/dist.h"
#include "engine/stat/exact.h"
#include "engine/stat/moments.h"
#include "engine/stat/ranks.h"

#define EDGEWORTH_MAX 1290
#define KENDALL_EXACT_BELOW 50

static bool is_constant(const double *x, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (x[i] != x[0])
			return false;
	return true;
}

static double pearson(const double *x, const double *y, size_t n)
{
	struct comoments c = { 0 };

	for (size_t i = 0; i < n; i++)
		comoments_add(&c, x[i], y[i]);
	double r = comoments_r(&c);

	return r > 1 ? 1 : r < -1 ? -1 : r;
}

static double one_tail(enum alternative a, double upper, double lower)
{
	double least = upper < lower ? upper : lower, p = a == GREATER ? upper : a == LESS ? lower : 2 * least;

	return p < 1 ? p : 1;
}

static void interval(struct correlation *c, double variance, double level)
{
	if (c->perfect || !(variance > 0) || !isfinite(variance))
		return;
	double half = sqrt(variance) * dist_normal_inv((1 + level) / 2), z = atanh(c->r);

	c->low = tanh(z - half);
	c->high = tanh(z + half);
}

static void by_t(struct correlation *c, const struct test_options *o)
{
	c->df = (double)c->n - 2;
	c->statistic = c->r * sqrt(c->df / ((1 - c->r) * (1 + c->r)));
	c->p = one_tail(o->alternative, dist_t_upper(c->statistic, c->df), dist_t(c->statistic, c->df));
}

/* ---- Spearman ----------------------------------------------------------------------------------------------------- */

/* P(Σd² >= s) or P(Σd² < s): Best and Roberts, AS 89, Applied Statistics 24 (1975), with R's constants. */
static double edgeworth(double s, double n, bool lower)
{
	static const double c[] = { 0.2274, 0.2531, 0.1745, 0.0758, 0.1033, 0.3932, 0.0879, 0.0151, 0.0072, 0.0831, 0.0131, 4.6e-4 };
	double b = 1 / n, x = (6 * (s - 1) * b / (n * n - 1) - 1) * sqrt(n - 1), y = x * x;
	double u = x * b *
	           (c[0] + b * (c[1] + c[2] * b) +
	            y * (-c[3] + b * (c[4] + c[5] * b) -
	                 y * b * (c[6] + c[7] * b - y * (c[8] - c[9] * b + y * b * (c[10] - c[11] * y)))));
	double correction = u / exp(y / 2), p = lower ? dist_normal(x) - correction : dist_normal_upper(x) + correction;

	return p < 0 ? 0 : p > 1 ? 1 : p;
}

static void spearman_p(const struct mem *m, struct correlation *c, bool ties, const struct test_options *o)
{
	double n = (double)c->n, cube = n * (n * n - 1), s = cube * (1 - c->r) / 6;
	bool exact = o->exact != EXACT_NEVER && !ties && c->n <= EDGEWORTH_MAX;
	double lower, upper; /* tails of Σd²: small sums are positive correlation */

	if (!exact) {
		by_t(c, o);
		c->statistic = s;
		c->df = NAN;
		return;
	}
	c->statistic = round(s);
	if (c->n <= EXACT_SPEARMAN_MAX) {
		struct exact_tails t = exact_spearman(m, c->n, (unsigned)c->statistic);

		c->how = TEST_EXACT;
		lower = t.lower;
		upper = t.upper;
	} else {
		/* Sums of squares are even: the next one is 2 away. */
		c->how = TEST_EDGEWORTH;
		lower = edgeworth(c->statistic + 2, n, true);
		upper = c->statistic <= 0 ? 1 : edgeworth(c->statistic, n, false);
		lower = c->statistic >= cube / 3 ? 1 : lower;
	}
	/* R takes the tail on the side of the observed sum, not the smaller one. */
	if (o->alternative == TWO_SIDED)
		c->p = fmin(1, 2 * (c->statistic > cube / 6 ? upper : lower));
	else
		c->p = o->alternative == GREATER ? lower : upper;
}

/* ---- Kendall ------------------------------------------------------------------------------------------------------ */

struct point {
	double x, y;
};

static int by_x_then_y(const void *a, const void *b)
{
	const struct point *p = a, *q = b;

	if (p->x != q->x)
		return p->x < q->x ? -1 : 1;
	return (p->y > q->y) - (p->y < q->y);
}

/* Sorts y and counts the pairs that were the wrong way round: Knight, JASA 61 (1966). */
static double exchanges(double *y, double *spare, size_t n)
{
	if (n < 2)
		return 0;
	size_t half = n / 2, i = 0, j = half, k = 0;
	double count = exchanges(y, spare, half) + exchanges(y + half, spare, n - half);

	while (i < half && j < n) {
		if (y[j] < y[i]) {
			count += (double)(half - i);
			spare[k++] = y[j++];
		} else {
			spare[k++] = y[i++];
		}
	}
	memcpy(spare + k, y + i, (half - i) * sizeof *y);
	memcpy(y, spare, (k + half - i) * sizeof *y);
	return count;
}

/* Pairs equal in both columns; p is sorted. */
static double joint_ties(const struct point *p, size_t n)
{
	double pairs = 0;

	for (size_t from = 0, to; from < n; from = to) {
		for (to = from + 1; to < n && p[to].x == p[from].x && p[to].y == p[from].y; to++)
			;
		pairs += (double)(to - from) * (double)(to - from - 1) / 2;
	}
	return pairs;
}

static void kendall_p(const struct mem *m, struct correlation *c, double s, const struct ties *tx, const struct ties *ty,
                      const struct test_options *o)
{
	double n = (double)c->n, all = n * (n - 1) / 2;

	if (!c->ties && c->n < KENDALL_EXACT_BELOW && o->exact != EXACT_NEVER) {
		c->how = TEST_EXACT;
		c->statistic = round((s + all) / 2);
		struct exact_tails t = exact_kendall(m, c->n, (unsigned)c->statistic);

		c->p = one_tail(o->alternative, t.upper, t.lower);
		return;
	}
	double v = (n * (n - 1) * (2 * n + 5) - tx->kendall - ty->kendall) / 18 + tx->pairs * ty->pairs / (2 * n * (n - 1)) +
	           tx->triples * ty->triples / (9 * n * (n - 1) * (n - 2));

	c->statistic = s / sqrt(v);
	c->p = one_tail(o->alternative, dist_normal_upper(c->statistic), dist_normal(c->statistic));
}

static void kendall(const struct mem *m, struct correlation *c, const double *x, const double *y, const struct test_options *o)
{
	size_t n = c->n;
	struct point *p = mem_array(m, struct point, n);
	double *rank = mem_array(m, double, n), *ys = mem_array(m, double, n), *spare = mem_array(m, double, n);
	struct ties tx = ranks_of(m, x, n, rank), ty = ranks_of(m, y, n, rank);
	double all = (double)n * (double)(n - 1) / 2;

	for (size_t i = 0; i < n; i++)
		p[i] = (struct point){ x[i], y[i] };
	qsort(p, n, sizeof *p, by_x_then_y);
	for (size_t i = 0; i < n; i++)
		ys[i] = p[i].y;
	/* concordant + discordant + tied in x + tied in y - tied in both = all */
	double s = all - tx.pairs / 2 - ty.pairs / 2 + joint_ties(p, n) - 2 * exchanges(ys, spare, n);

	c->ties = tx.any || ty.any;
	c->r = s / sqrt((all - tx.pairs / 2) * (all - ty.pairs / 2)); /* one root: that of a square is exact */
	c->r = c->r > 1 ? 1 : c->r < -1 ? -1 : c->r;
	c->perfect = fabs(c->r) == 1;
	kendall_p(m, c, s, &tx, &ty, o);
	interval(c, 0.437 / ((double)n - 4), o->level);
}

struct correlation correlate(const struct mem *m, const double *x, const double *y, size_t n,
                             enum correlation_method method, const struct test_options *o)
{
	struct correlation c = { .n = n, .r = NAN, .low = NAN, .high = NAN, .statistic = NAN, .df = NAN, .p = NAN };

	c.state = n < 3                ? CORRELATION_TOO_FEW
	          : is_constant(x, n) ? CORRELATION_X_CONSTANT
	          : is_constant(y, n) ? CORRELATION_Y_CONSTANT
	                              : CORRELATION_OK;
	if (c.state != CORRELATION_OK)
		return c;
	if (method == CORRELATION_KENDALL) {
		kendall(m, &c, x, y, o);
		return c;
	}
	if (method == CORRELATION_PEARSON) {
		c.r = pearson(x, y, n);
		c.perfect = fabs(c.r) == 1;
		by_t(&c, o);
		interval(&c, 1 / ((double)n - 3), o->level);
		return c;
	}
	double *rx = mem_array(m, double, n), *ry = mem_array(m, double, n);
	struct ties tx = ranks_of(m, x, n, rx), ty = ranks_of(m, y, n, ry);

	c.ties = tx.any || ty.any;
	c.r = pearson(rx, ry, n);
	c.perfect = fabs(c.r) == 1;
	spearman_p(m, &c, c.ties, o);
	interval(&c, (1 + c.r * c.r / 2) / ((double)n - 3), o->level);
	return c;
}
