/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/stat/cross.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_roots.h>
#include <math.h>
#include <stdint.h>

#include "engine/stat/fastmath.h"

#define GOLDEN 0.61803398874989484820
#define SAME 1e-12

/* ---- curves ------------------------------------------------------------------------------------------------------- */

static double table_at(const struct cross_curve *c, double x, double *gradient)
{
	size_t low = 0, high = c->n;

	if (!c->n || !(x >= c->x[0] && x <= c->x[c->n - 1]) || (!c->straight_in_x && c->x[0] <= 0))
		return NAN;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (c->x[middle] <= x)
			low = middle;
		else
			high = middle;
	}
	if (gradient)
		for (size_t i = 0; i < c->n; i++)
			gradient[i] = i == low;
	if (high == c->n)
		return c->y[low];
	double share = c->straight_in_x ? (x - c->x[low]) / (c->x[high] - c->x[low])
	                                : (fm_log(x) - fm_log(c->x[low])) / (fm_log(c->x[high]) - fm_log(c->x[low]));

	if (gradient) {
		gradient[low] = 1 - share;
		gradient[high] = share;
	}
	return c->y[low] + share * (c->y[high] - c->y[low]);
}

double cross_curve_at(const struct cross_curve *c, double x, double *gradient)
{
	if (!c->law)
		return table_at(c, x, gradient);
	if (!law_takes(c->law, &x))
		return NAN;
	double y = law_gradient(c->law, c->params, &x, gradient);

	return isfinite(y) ? y : NAN;
}

static double place(const struct cross_problem *p, double t)
{
	return p->linear ? t : fm_exp(t);
}

static double units(const struct cross_side *s, double at)
{
	return (at - s->fixed) / s->price;
}

double cross_difference(const struct cross_problem *p, double at)
{
	double h = -p->level - p->unit * at;

	for (size_t i = 0; i < 2; i++) {
		const struct cross_side *s = &p->side[i];

		if (s->value != 0)
			h += (i ? -s->value : s->value) * cross_curve_at(&s->curve, units(s, at), NULL);
	}
	return isfinite(h) ? h : NAN;
}

static double h_of(double t, void *problem)
{
	const struct cross_problem *p = problem;

	return cross_difference(p, place(p, t));
}

static double h_at(const struct cross_problem *p, double t)
{
	return cross_difference(p, place(p, t));
}

/* How large the terms of h are: what "0" is measured against. */
static double size_at(const struct cross_problem *p, double t)
{
	double at = place(p, t), size = fabs(p->level) + fabs(p->unit * at);

	for (size_t i = 0; i < 2; i++)
		if (p->side[i].value != 0)
			size += fabs(p->side[i].value * cross_curve_at(&p->side[i].curve, units(&p->side[i], at), NULL));
	return size;
}

/* ---- zeros -------------------------------------------------------------------------------------------------------- */

static double close_in(const struct cross_problem *p, double low, double high)
{
	gsl_function f = { h_of, (void *)(uintptr_t)p };

	(void)gsl_set_error_handler_off();
	gsl_root_fsolver *s = gsl_root_fsolver_alloc(gsl_root_fsolver_brent);
	double best = low + (high - low) / 2;

	if (!s)
		return best;
	int status = gsl_root_fsolver_set(s, &f, low, high);

	for (int i = 0; i < 200 && status == GSL_SUCCESS; i++) {
		status = gsl_root_fsolver_iterate(s);
		best = gsl_root_fsolver_root(s);
		if (gsl_root_test_interval(gsl_root_fsolver_x_lower(s), gsl_root_fsolver_x_upper(s), 1e-15, 1e-14) == GSL_SUCCESS)
			break;
	}
	gsl_root_fsolver_free(s);
	return best;
}

/* dh/dt by differences over four points: their error goes with the fourth power of the step. Lines bend at their points, so
 * there the step is small, where nothing is lost by it. */
static double slope_at(const struct cross_problem *p, double t)
{
	bool lines = (p->side[0].value != 0 && !p->side[0].curve.law) || (p->side[1].value != 0 && !p->side[1].curve.law);
	double wide = p->linear ? (p->high - p->low) / 10 : 1, d = wide * (lines ? 1e-7 : 1e-3);
	double slope = (8 * (h_at(p, t + d) - h_at(p, t - d)) - (h_at(p, t + 2 * d) - h_at(p, t - 2 * d))) / (12 * d);

	return isfinite(slope) ? slope : 0;
}

static struct cross_root root_at(const struct cross_problem *p, double low, double high, double below)
{
	struct cross_root r = { .t = close_in(p, low, high), .below = below < 0 ? -1 : 1, .above = below < 0 ? 1 : -1 };

	r.at = place(p, r.t);
	r.slope = slope_at(p, r.t);
	for (size_t i = 0; i < 2; i++) {
		const struct cross_side *s = &p->side[i];

		r.x[i] = s->value != 0 ? units(s, r.at) : (double)NAN;
		r.y[i] = s->value != 0 ? cross_curve_at(&s->curve, r.x[i], NULL) : (double)NAN;
	}
	return r;
}

/* The t in between where |h| is smallest, by golden section; sign: that of h at both ends. Stops at a change of sign. */
static double dip(const struct cross_problem *p, double low, double high, double sign)
{
	double a = high - GOLDEN * (high - low), b = low + GOLDEN * (high - low), ha = sign * h_at(p, a), hb = sign * h_at(p, b);

	for (int i = 0; i < 60 && ha > 0 && hb > 0; i++) {
		if (ha < hb) {
			high = b;
			b = a;
			hb = ha;
			a = high - GOLDEN * (high - low);
			ha = sign * h_at(p, a);
		} else {
			low = a;
			a = b;
			ha = hb;
			b = low + GOLDEN * (high - low);
			hb = sign * h_at(p, b);
		}
	}
	return ha <= hb ? a : b;
}

struct scan {
	const struct cross_problem *p;
	struct cross_root *roots;
	size_t n, seen, zeros;
	double t[2], h[2]; /* the last two places where h is not 0, the later one second */
	size_t held;
	double best_t, best;
};

static void scan_root(struct scan *s, double low, double high, double below)
{
	if (s->n < CROSS_ROOTS)
		s->roots[s->n++] = root_at(s->p, low, high, below);
}

static void scan_best(struct scan *s, double t, double h)
{
	if (fabs(h) < s->best) {
		s->best = fabs(h);
		s->best_t = t;
	}
}

static void scan_dip(struct scan *s, double t, double now)
{
	double sign = now > 0 ? 1 : -1;

	if (s->held < 2 || (s->h[0] > 0) != (now > 0) || fabs(s->h[1]) > fabs(s->h[0]) || fabs(s->h[1]) > fabs(now))
		return;
	double low = dip(s->p, s->t[0], t, sign), h = h_at(s->p, low);

	if (isnan(h))
		return;
	scan_best(s, low, h);
	/* Two curves that touch differ by rounding there; that is not a pair of crossings. */
	if (h * sign >= 0 || fabs(h) <= SAME * size_at(s->p, low))
		return;
	scan_root(s, s->t[0], low, now);
	scan_root(s, low, t, -now);
	s->held = 0;
}

static void scan_step(struct scan *s, double t)
{
	double now = h_at(s->p, t);

	if (isnan(now)) {
		s->held = 0;
		return;
	}
	s->seen++;
	scan_best(s, t, now);
	s->zeros += fabs(now) <= SAME * size_at(s->p, t);
	if (now == 0)
		return; /* the sign on the far side tells whether they cross here or touch */
	if (s->held && (s->h[1] > 0) != (now > 0)) {
		scan_root(s, s->t[1], t, s->h[1]);
		s->held = 0;
	} else {
		scan_dip(s, t, now);
	}
	s->t[0] = s->t[1];
	s->h[0] = s->h[1];
	s->t[1] = t;
	s->h[1] = now;
	s->held = s->held < 2 ? s->held + 1 : 2;
}

size_t cross_roots(const struct cross_problem *p, size_t steps, struct cross_root roots[CROSS_ROOTS],
                   struct cross_closest *closest)
{
	struct scan s = { .p = p, .roots = roots, .best = INFINITY };
	double from = p->linear ? p->low : fm_log(p->low), to = p->linear ? p->high : fm_log(p->high);

	for (size_t i = 0; i <= steps; i++)
		scan_step(&s, i == steps ? to : from + (to - from) * (double)i / (double)steps);
	bool same = s.seen && s.zeros == s.seen;

	if (closest)
		*closest = (struct cross_closest){ s.seen ? place(p, s.best_t) : (double)NAN, s.seen ? s.best : (double)NAN, same, !s.seen };
	return same ? 0 : s.n;
}

bool cross_follow(const struct cross_problem *p, const struct cross_root *of, struct cross_root *out)
{
	struct cross_root all[CROSS_ROOTS];
	size_t n = cross_roots(p, CROSS_COARSE, all, NULL);
	bool found = false;

	for (size_t i = 0; i < n; i++)
		if (all[i].below * of->below > 0 && (!found || fabs(all[i].t - of->t) < fabs(out->t - of->t))) {
			*out = all[i];
			found = true;
		}
	return found;
}

bool cross_root_gradient(const struct cross_problem *p, const struct cross_root *r, size_t side, double *g)
{
	const struct cross_side *s = &p->side[side];
	size_t n = s->curve.law ? law_params(s->curve.law) : s->curve.n;

	if (s->value == 0 || r->slope == 0 || isnan(cross_curve_at(&s->curve, r->x[side], g)))
		return false;
	for (size_t i = 0; i < n; i++)
		g[i] *= (side ? s->value : -s->value) / r->slope;
	return true;
}

/* ---- errors ------------------------------------------------------------------------------------------------------- */

static double dot(const double *a, const double *b, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += a[i] * b[i];
	return sum;
}

/* G/(G-1) Σ (u - ū)² over the clusters of one curve, or of both added up. */
static double by_clusters(const struct cross_spread s[2], const double *const g[2], size_t clusters)
{
	double mean = 0, squares = 0;

	for (int pass = 0; pass < 2; pass++)
		for (size_t c = 0; c < clusters; c++) {
			double u = 0;

			for (size_t i = 0; i < 2; i++)
				if (g[i])
					u += dot(g[i], s[i].influence + c * s[i].p, s[i].p);
			if (pass)
				squares += (u - mean) * (u - mean);
			else
				mean += u / (double)clusters;
		}
	return squares * (double)clusters / ((double)clusters - 1);
}

static double by_residuals(const struct cross_spread *s, const double *g)
{
	double sum = 0;

	for (size_t i = 0; i < s->p; i++)
		sum += g[i] * dot(s->covariance + i * s->p, g, s->p);
	return sum;
}

struct cross_error cross_error(const struct cross_spread s[2], const double *const g[2], bool paired)
{
	const struct cross_error unknown = { CROSS_UNKNOWN, NAN, NAN };
	double total = 0, squares = 0;
	enum cross_how how = CROSS_CLUSTERS;

	if (paired && g[0] && g[1] && s[0].influence && s[1].influence && s[0].clusters == s[1].clusters && s[0].clusters > 1) {
		total = by_clusters(s, g, s[0].clusters);
		if (!(total > 0) || !isfinite(total))
			return unknown;
		return (struct cross_error){ CROSS_PAIRED, sqrt(total), (double)s[0].clusters - 1 };
	}
	for (size_t i = 0; i < 2; i++) {
		const double *one[2] = { i ? NULL : g[0], i ? g[1] : NULL };
		double variance, df;

		if (!g[i])
			continue;
		if (s[i].influence && s[i].clusters > 1) {
			variance = by_clusters(s, one, s[i].clusters);
			df = (double)s[i].clusters - 1;
		} else if (s[i].covariance && s[i].df > 0) {
			variance = by_residuals(&s[i], g[i]);
			df = s[i].df;
			how = CROSS_RESIDUALS;
		} else {
			return unknown;
		}
		total += variance;
		squares += variance * variance / df;
	}
	if (!(total > 0) || !isfinite(total))
		return unknown;
	return (struct cross_error){ how, sqrt(total), total * total / squares };
}
