/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Levenberg–Marquardt as in MINPACK's lmder: a trust region ‖D d‖ ≤ delta in the scale D of the largest column lengths seen,
 * whose multiplier is found from the small triangular system, and radii that follow the ratio of actual to promised gain.
 * The promise is computed for the step as cut by the bounds.
 */
#include <float.h>
#include <math.h>
#include <string.h>

#include "engine/stat/nls.h"

#define FIRST_RADIUS 100 /* MINPACK's factor */
#define SECULAR_STEPS 40
#define TRIALS 40

/* One run. All arrays are the work's. */
struct descent {
	const struct nls_model *m;
	struct nls_work *w;
	double *p;
	long double rss;
	double radius, multiplier;
	size_t free_n;
	long double qtr[NLS_PARAMS]; /* first rows of Qᵀr */
	long double d[NLS_PARAMS];   /* the step, of the free parameters */
};

static bool outside(const struct nls_model *m, const double *p, size_t k, double dot)
{
	return (m->low && p[k] <= m->low[k] && dot <= 0) || (m->high && p[k] >= m->high[k] && dot >= 0) ||
	       (m->low && m->high && m->low[k] == m->high[k]);
}

/* Residuals, Jacobian and its QR at p. False when the model has no value there. */
static bool look(struct descent *t, double *cosine)
{
	const struct nls_model *m = t->m;
	struct nls_work *w = t->w;

	if (!m->eval(m->user, t->p, w->f, w->j))
		return false;
	t->rss = 0;
	for (size_t i = 0; i < m->n; i++) {
		long double root = m->weight ? sqrtl(m->weight[i]) : 1;

		w->r[i] = root > 0 ? root * ((long double)m->y[i] - w->f[i]) : 0;
		t->rss += w->r[i] * w->r[i];
	}
	t->free_n = 0;
	*cosine = 0;
	for (size_t k = 0; k < m->p; k++) {
		long double dot = 0, square = 0;

		for (size_t i = 0; i < m->n; i++) {
			long double c = (m->weight ? sqrtl(m->weight[i]) : 1) * (long double)w->j[i * m->p + k];

			dot += c * w->r[i];
			square += c * c;
		}
		if (!isfinite(square))
			return false;
		if (sqrtl(square) > w->scale[k])
			w->scale[k] = (double)sqrtl(square);
		if (outside(m, t->p, k, (double)dot))
			continue;
		w->free_at[t->free_n++] = k;
		if (square > 0 && t->rss > 0 && fabsl(dot) / sqrtl(square * t->rss) > *cosine)
			*cosine = (double)(fabsl(dot) / sqrtl(square * t->rss));
	}
	return isfinite(t->rss);
}

static void factor(struct descent *t)
{
	const struct nls_model *m = t->m;
	struct nls_work *w = t->w;

	lsq_shape(&w->lsq, m->n, t->free_n);
	for (size_t i = 0; i < m->n; i++) {
		long double root = m->weight ? sqrtl(m->weight[i]) : 1;

		for (size_t k = 0; k < t->free_n; k++)
			*lsq_at(&w->lsq, i, k) = root * w->j[i * m->p + w->free_at[k]];
		w->rhs[i] = w->r[i];
	}
	lsq_factor(&w->lsq);
	lsq_solve(&w->lsq, w->rhs, t->d);
	memcpy(t->qtr, w->rhs, t->free_n * sizeof *t->qtr);
}

/* The step for one multiplier: min ‖R d - Qᵀr‖² + multiplier ‖D d‖², through the stacked small system. Returns ‖D d‖. */
static long double damped(struct descent *t, long double multiplier)
{
	struct nls_work *w = t->w;
	const struct lsq *q = &w->lsq;
	const size_t n = t->free_n;
	long double rhs[2 * NLS_PARAMS] = { 0 }, sum = 0;

	lsq_shape(&w->small, 2 * n, n);
	for (size_t k = 0; k < n; k++) {
		for (size_t i = 0; i < 2 * n; i++)
			*lsq_at(&w->small, i, k) = 0;
		*lsq_at(&w->small, n + k, k) = sqrtl(multiplier) * w->scale[w->free_at[k]];
	}
	for (size_t k = 0; k < q->rank; k++) {
		const size_t c = q->column[k];

		rhs[k] = t->qtr[k];
		for (size_t i = 0; i <= k; i++)
			*lsq_at(&w->small, i, c) = q->a[c * q->n + i] * q->scale[c];
	}
	lsq_factor(&w->small);
	lsq_solve(&w->small, rhs, t->d);
	for (size_t k = 0; k < n; k++)
		sum += t->d[k] * w->scale[w->free_at[k]] * (t->d[k] * w->scale[w->free_at[k]]);
	return sqrtl(sum);
}

static long double scaled_length(const struct descent *t)
{
	long double sum = 0;

	for (size_t k = 0; k < t->free_n; k++) {
		long double v = t->d[k] * t->w->scale[t->w->free_at[k]];

		sum += v * v;
	}
	return sqrtl(sum);
}

/* The multiplier whose step is as long as the radius, to a tenth; bisection on its logarithm. 0: the whole step fits. */
static long double fit_radius(struct descent *t, bool undamped)
{
	long double low = 0, high = 1e-20L, len;

	if (undamped && (len = scaled_length(t)) <= 1.1L * t->radius) {
		t->multiplier = 0;
		return len;
	}
	while ((len = damped(t, high)) > t->radius && high < 1e40L) {
		low = high;
		high *= 100;
	}
	for (int i = 0; i < SECULAR_STEPS && fabsl(len - t->radius) > 0.1L * t->radius && low > 0; i++) {
		long double middle = sqrtl(low * high);

		len = damped(t, middle);
		if (len > t->radius)
			low = middle;
		else
			high = middle;
	}
	t->multiplier = 1;
	return len;
}

/* ‖r‖² - ‖r - J d‖² for the step from p to next. */
static long double promise(const struct descent *t, const double *next)
{
	const struct nls_model *m = t->m;
	long double after = 0;

	for (size_t i = 0; i < m->n; i++) {
		long double change = 0, root = m->weight ? sqrtl(m->weight[i]) : 1;

		for (size_t k = 0; k < m->p; k++)
			change += t->w->j[i * m->p + k] * ((long double)next[k] - t->p[k]);
		after += (t->w->r[i] - root * change) * (t->w->r[i] - root * change);
	}
	return t->rss - after;
}

static long double rss_at(const struct descent *t, const double *p)
{
	const struct nls_model *m = t->m;
	long double sum = 0;

	if (!m->eval(m->user, p, t->w->f, NULL))
		return INFINITY;
	for (size_t i = 0; i < m->n; i++) {
		long double d = (long double)m->y[i] - t->w->f[i], weight = m->weight ? m->weight[i] : 1;

		sum += weight > 0 ? weight * d * d : 0;
	}
	return isfinite(sum) ? sum : INFINITY;
}

static void place(const struct descent *t, double *next)
{
	const struct nls_model *m = t->m;

	memcpy(next, t->p, m->p * sizeof *next);
	for (size_t k = 0; k < t->free_n; k++) {
		size_t at = t->w->free_at[k];

		next[at] += (double)t->d[k];
		if (m->low && next[at] < m->low[at])
			next[at] = m->low[at];
		if (m->high && next[at] > m->high[at])
			next[at] = m->high[at];
	}
}

/* Shorter and shorter steps until one gains. False: none does. */
static bool advance(struct descent *t)
{
	double *next = t->w->next;
	bool undamped = t->w->lsq.rank == t->free_n;

	for (int trial = 0; trial < TRIALS; trial++) {
		long double len = fit_radius(t, undamped);

		if (trial && undamped)
			undamped = false; /* t->d no longer holds the whole step */
		place(t, next);
		long double promised = promise(t, next), now = rss_at(t, next), ratio = (t->rss - now) / promised;

		if (!(promised > 0))
			return false;
		if (!(ratio > 0.25L)) {
			long double cut = isfinite(now) && now < 100 * t->rss ? 0.25L : 0.1L;

			t->radius = (double)(cut * (len < t->radius ? len : t->radius));
		} else if (t->multiplier == 0 || ratio >= 0.75L) {
			t->radius = (double)(2 * len);
		}
		if (ratio > 1e-4L) {
			memcpy(t->p, next, t->m->p * sizeof *next);
			return true;
		}
		if (!(t->radius > 0))
			return false;
	}
	return false;
}

bool nls_descend(const struct nls_model *m, struct nls_work *w, unsigned max_iterations, double *p, struct nls_result *out)
{
	double mine[NLS_PARAMS], cosine = 0;
	struct descent t = { .m = m, .w = w, .p = mine };
	unsigned quiet = 0;

	memcpy(mine, p, m->p * sizeof *mine);
	memset(w->scale, 0, m->p * sizeof *w->scale);
	*out = (struct nls_result){ .solver = "minpack" };
	for (; out->iterations < max_iterations; out->iterations++) {
		long double before = t.rss;

		if (!look(&t, &cosine)) {
			if (!out->iterations)
				return false;
			break;
		}
		quiet = out->iterations && before - t.rss <= 1e-15L * before ? quiet + 1 : 0;
		if (!(cosine > 1e-15) || t.rss == 0 || quiet >= 3 || !t.free_n)
			break;
		for (size_t k = 0; k < m->p; k++)
			if (!(w->scale[k] > 0))
				w->scale[k] = 1;
		if (!out->iterations) {
			long double sum = 0;

			for (size_t k = 0; k < m->p; k++)
				sum += (long double)w->scale[k] * mine[k] * w->scale[k] * mine[k];
			t.radius = sum > 0 ? FIRST_RADIUS * (double)sqrtl(sum) : FIRST_RADIUS;
		}
		factor(&t);
		if (!advance(&t))
			break;
	}
	memcpy(p, mine, m->p * sizeof *mine);
	out->rss = (double)t.rss;
	out->gradient = cosine;
	out->converged = cosine <= 1e-8;
	return true;
}
