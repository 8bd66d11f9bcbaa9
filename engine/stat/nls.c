/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/stat/nls.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define POLISH_STEPS 60
#define HALVINGS 30
#define SETTLE_STEPS 300
#define SHRINKS 0.95
#define GRADIENT_ENOUGH 1e-8
#define SAME_RSS 1e-12 /* sums of squares this near are the same minimum */
#define LAST_DIGITS 1e-16L /* of the sum of squares, and a tenth of it or double's rounding of ‖r‖‖y‖: changes below are rounding */
#define ROUNDING 1e-13 /* residuals this small against y are rounding: the gradient's direction means nothing then */

void nls_work_init(struct nls_work *w, const struct mem *m, size_t n, size_t p)
{
	*w = (struct nls_work){ .mem = m };
	lsq_init(&w->lsq, m, n, p);
	lsq_init(&w->small, m, 2 * p, p);
	w->f = mem_array(m, double, n);
	w->j = mem_array(m, double, n * p);
	w->next = mem_array(m, double, p);
	w->scale = mem_array(m, double, p);
	w->fl = mem_array(m, long double, n);
	w->jl = mem_array(m, long double, n * p);
	w->r = mem_array(m, long double, n);
	w->rhs = mem_array(m, long double, n + 2 * p);
	w->step = mem_array(m, long double, p);
	w->at = mem_array(m, long double, p);
	w->trial = mem_array(m, long double, p);
	w->held = mem_array(m, unsigned char, p);
	w->free_at = mem_array(m, size_t, p);
}

static long double root_weight(const struct nls_model *m, size_t i)
{
	return m->weight ? sqrtl(m->weight[i]) : 1;
}

/* w->r = √w (y - f) in long double; the sum of squares, or infinity. long_too: by eval_long, into w->jl when jacobian. */
static long double residuals(const struct nls_model *m, struct nls_work *w, const long double *p, bool polish, bool jacobian)
{
	long double sum = 0;

	if (polish && m->eval_long) {
		if (!m->eval_long(m->user, p, w->fl, jacobian ? w->jl : NULL))
			return INFINITY;
	} else {
		double *narrow = w->next;

		for (size_t k = 0; k < m->p; k++)
			narrow[k] = (double)p[k];
		if (!m->eval(m->user, narrow, w->f, jacobian ? w->j : NULL))
			return INFINITY;
		for (size_t i = 0; i < m->n; i++)
			w->fl[i] = w->f[i];
		for (size_t i = 0; jacobian && i < m->n * m->p; i++)
			w->jl[i] = w->j[i];
	}
	for (size_t i = 0; i < m->n; i++) {
		if (m->weight && !(m->weight[i] > 0)) {
			w->r[i] = 0;
			continue;
		}
		w->r[i] = root_weight(m, i) * (m->y[i] - w->fl[i]);
		sum += w->r[i] * w->r[i];
	}
	return isfinite(sum) ? sum : INFINITY;
}

/* Largest |cos| between r and a column that is free; marks the held ones. */
static double gradient(const struct nls_model *m, struct nls_work *w, const long double *p, long double rss)
{
	double worst = 0;

	for (size_t k = 0; k < m->p; k++) {
		long double dot = 0, square = 0;

		for (size_t i = 0; i < m->n; i++) {
			long double c = root_weight(m, i) * w->jl[i * m->p + k];

			dot += c * w->r[i];
			square += c * c;
		}
		w->held[k] = (m->low && p[k] <= m->low[k] && dot <= 0) || (m->high && p[k] >= m->high[k] && dot >= 0);
		if (m->low && m->low[k] == m->high[k])
			w->held[k] = 1;
		if (!w->held[k] && square > 0 && rss > 0) {
			double cosine = (double)(fabsl(dot) / sqrtl(square * rss));

			worst = cosine > worst ? cosine : worst;
		}
	}
	return worst;
}

/* QR of the free columns, rhs = Qᵀr; w->free_at names them. */
static size_t factor(const struct nls_model *m, struct nls_work *w)
{
	size_t free_n = 0;

	for (size_t k = 0; k < m->p; k++)
		if (!w->held[k])
			w->free_at[free_n++] = k;
	lsq_shape(&w->lsq, m->n, free_n);
	for (size_t i = 0; i < m->n; i++) {
		long double root = root_weight(m, i);

		for (size_t k = 0; k < free_n; k++)
			*lsq_at(&w->lsq, i, k) = root * w->jl[i * m->p + w->free_at[k]];
		w->rhs[i] = w->r[i];
	}
	lsq_factor(&w->lsq);
	return free_n;
}

static void project(const struct nls_model *m, long double *p)
{
	for (size_t k = 0; k < m->p; k++) {
		if (m->low && p[k] < m->low[k])
			p[k] = m->low[k];
		if (m->high && p[k] > m->high[k])
			p[k] = m->high[k];
	}
}

static long double weighted_squares(const struct nls_model *m)
{
	long double all = 0;

	for (size_t i = 0; i < m->n; i++)
		all += (m->weight ? m->weight[i] : 1) * (long double)m->y[i] * m->y[i];
	return all;
}

static bool is_rounding(const struct nls_model *m, long double rss)
{
	return rss <= weighted_squares(m) * (ROUNDING * ROUNDING);
}

static void result(const struct nls_model *m, struct nls_result *out, long double rss, double cosine)
{
	out->rss = (double)rss;
	out->gradient = cosine;
	out->converged = cosine <= GRADIENT_ENOUGH || is_rounding(m, rss);
}

/* ---- polish ------------------------------------------------------------------------------------------------------- */

/* Changes of the sum of squares below this are rounding. */
static long double slack(const struct nls_model *m, long double rss)
{
	const long double value = m->in_double || !m->eval_long ? DBL_EPSILON : LAST_DIGITS / 10;

	return LAST_DIGITS * rss + value * sqrtl(rss * weighted_squares(m));
}

/* The longest of 1, ½, ¼ … of the step that lowers the sum of squares, taken; false when none does. */
static bool take_step(const struct nls_model *m, struct nls_work *w, long double *p, long double *rss)
{
	const long double below = *rss - slack(m, *rss);
	long double part = 1;

	for (int h = 0; h < HALVINGS; h++, part /= 2) {
		for (size_t k = 0; k < m->p; k++)
			w->trial[k] = p[k] + part * w->step[k];
		project(m, w->trial);
		long double now = residuals(m, w, w->trial, true, false);

		if (now < below) {
			memcpy(p, w->trial, m->p * sizeof *p);
			*rss = now;
			return true;
		}
	}
	return false;
}

/* The Gauss–Newton step at the place of w->jl and w->r; returns how long the residuals' part in the tangent space is. */
static long double find_step(const struct nls_model *m, struct nls_work *w)
{
	long double d[NLS_PARAMS];
	const size_t free_n = factor(m, w);
	long double inside = 0;

	lsq_solve(&w->lsq, w->rhs, d);
	for (size_t k = 0; k < w->lsq.rank; k++)
		inside += w->rhs[k] * w->rhs[k];
	memset(w->step, 0, m->p * sizeof *w->step);
	for (size_t k = 0; k < free_n; k++)
		w->step[w->free_at[k]] = d[k];
	return sqrtl(inside);
}

/* Where the sum of squares is flat to rounding, the residuals' part inside the tangent space still points: steps, whole or a
 * half or a quarter, as long as one of them shrinks it. */
static double settle(const struct nls_model *m, struct nls_work *w, long double *at, long double *rss)
{
	long double part = 1, inside;

	(void)gradient(m, w, at, *rss);
	inside = find_step(m, w);
	for (size_t k = 0; k < m->p; k++)
		w->trial[k] = at[k] + w->step[k];
	for (int i = 0; i < SETTLE_STEPS && inside > 0 && part >= 0.25L; i++) {
		project(m, w->trial);
		long double now = residuals(m, w, w->trial, true, true), left = INFINITY;

		if (now <= *rss + slack(m, *rss)) {
			(void)gradient(m, w, w->trial, now);
			left = find_step(m, w);
		}
		part = left < SHRINKS * inside ? 1 : part / 2;
		if (part == 1) {
			memcpy(at, w->trial, m->p * sizeof *at);
			*rss = now;
			inside = left;
		}
		for (size_t k = 0; k < m->p; k++)
			w->trial[k] = part == 1 ? at[k] + w->step[k] : at[k] + (w->trial[k] - at[k]) / 2;
	}
	*rss = residuals(m, w, at, true, true);
	return gradient(m, w, at, *rss);
}

bool nls_polish(const struct nls_model *m, struct nls_work *w, double *p, struct nls_result *out)
{
	long double *at = w->at, rss;
	double cosine = 0;

	for (size_t k = 0; k < m->p; k++)
		at[k] = p[k];
	rss = residuals(m, w, at, true, true);
	if (!isfinite(rss))
		return false;
	for (out->iterations = 0; out->iterations < POLISH_STEPS; out->iterations++) {
		cosine = gradient(m, w, at, rss);
		if (!(cosine > 0))
			break;
		(void)find_step(m, w);
		bool gained = take_step(m, w, at, &rss);

		rss = residuals(m, w, at, true, true);
		if (!gained)
			break;
	}
	cosine = settle(m, w, at, &rss);
	result(m, out, rss, cosine);
	for (size_t k = 0; k < m->p; k++)
		p[k] = (double)at[k];
	return true;
}

bool nls_information_inverse(const struct nls_model *m, struct nls_work *w, const double *p, double *out)
{
	for (size_t k = 0; k < m->p; k++) {
		w->at[k] = p[k];
		w->held[k] = (m->low && p[k] <= m->low[k]) || (m->high && p[k] >= m->high[k]);
	}
	memset(out, 0, m->p * m->p * sizeof *out);
	if (!isfinite(residuals(m, w, w->at, true, true)))
		return false;
	size_t free_n = factor(m, w);
	long double *inverse = w->jl; /* no longer needed, and n ≥ p where the rank is full */

	if (w->lsq.rank < free_n)
		return false;
	lsq_inverse(&w->lsq, inverse);
	for (size_t a = 0; a < free_n; a++)
		for (size_t b = 0; b < free_n; b++)
			out[w->free_at[a] * m->p + w->free_at[b]] = (double)inverse[a * free_n + b];
	return true;
}

/* ---- the portfolio ------------------------------------------------------------------------------------------------ */

/* Of equal minima the one found first stays, so that the digits do not hang on which solver rounded better. */
static bool better(const struct nls_result *a, const struct nls_result *b)
{
	if (a->rss < b->rss * (1 - SAME_RSS))
		return true;
	return a->rss <= b->rss * (1 + SAME_RSS) && a->converged && !b->converged;
}

bool nls_solve(const struct nls_model *m, struct nls_work *w, double *p, struct nls_result *out)
{
	double try[NLS_PARAMS], best[NLS_PARAMS];
	bool any = false;

	for (unsigned method = 0; method <= NLS_GSL_METHODS; method++) {
		struct nls_result r = { 0 };

		memcpy(try, p, m->p * sizeof *try);
		if (method ? !nls_gsl(m, w, method - 1, try) : !nls_descend(m, w, 1000, try, &r))
			continue;
		if (!nls_polish(m, w, try, &r) || (any && !better(&r, out)))
			continue;
		*out = r;
		out->solver = method ? nls_gsl_name(method - 1) : "minpack";
		memcpy(best, try, m->p * sizeof *best);
		any = true;
	}
	if (any)
		memcpy(p, best, m->p * sizeof *p);
	return any;
}
