/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/stat/bfgs.h"

#include <math.h>
#include <string.h>

#define DECREASE 1e-4  /* of the predicted fall, that a step must reach */
#define CURVATURE 0.9  /* of the slope, that a step must leave behind */
#define TRIALS 40      /* of one line search */
#define VANISHED 1e-28 /* of f at the start: what rounding leaves of a sum of squares that can be 0 */
#define FLAT 1e-13     /* a relative change of f that may be rounding */
#define FLAT_STEPS 12  /* steps in a row that change f by no more than that */

struct state {
	const struct bfgs_problem *p;
	double *x, *g, *d, *x_next, *g_next, *y, *hy, *h; /* h: n × n, the inverse of the second derivative */
	double f, f_start;
	unsigned evaluations;
	bool fresh; /* h is a multiple of 1: no curvature is known yet */
};

/* A point on the line: where, f and slope there. */
struct mark {
	double t, f, slope;
};

size_t bfgs_work(size_t n)
{
	return n * (n + 6);
}

static double dot(const double *a, const double *b, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += a[i] * b[i];
	return sum;
}

static double norm_of(const struct state *s)
{
	double most = 0;

	if (fabs(s->f) <= VANISHED * fabs(s->f_start))
		return 0;
	for (size_t i = 0; i < s->p->n; i++) {
		double g = fabs(s->g[i]) * fmax(fabs(s->x[i]), 1);

		if (!(g <= most))
			most = g;
	}
	return most > 0 ? most / fabs(s->f) : 0;
}

static void forget(struct state *s, double scale)
{
	size_t n = s->p->n;

	memset(s->h, 0, n * n * sizeof *s->h);
	for (size_t i = 0; i < n; i++)
		s->h[i * n + i] = scale;
}

/* The first step has length 1 at most; the line search finds a better one. */
static void restart(struct state *s)
{
	forget(s, 1 / fmax(sqrt(dot(s->g, s->g, s->p->n)), 1e-300));
	s->fresh = true;
}

/* d = -h g; returns the slope along d, which is not negative when the estimate has become useless. */
static double direction(struct state *s)
{
	size_t n = s->p->n;

	for (size_t i = 0; i < n; i++)
		s->d[i] = -dot(s->h + i * n, s->g, n);
	return dot(s->d, s->g, n);
}

static struct mark try_step(struct state *s, double t)
{
	size_t n = s->p->n;
	struct mark m = { .t = t };

	for (size_t i = 0; i < n; i++)
		s->x_next[i] = s->x[i] + t * s->d[i];
	m.f = s->p->f(s->p->user, s->x_next, s->g_next);
	m.slope = dot(s->g_next, s->d, n);
	s->evaluations++;
	return m;
}

/* The minimum of the cubic through two marks, kept away from both; the middle when there is none. */
static double between(const struct mark *a, const struct mark *b)
{
	double width = b->t - a->t;

	if (!isfinite(b->f) || !isfinite(b->slope))
		return a->t + 0.25 * width; /* the bad region starts somewhere before b */
	double z = 3 * (a->f - b->f) / width + a->slope + b->slope, root = z * z - a->slope * b->slope;

	if (!(root >= 0))
		return a->t + 0.5 * width;
	root = sqrt(root);
	double t = b->t - width * (b->slope + root - z) / (b->slope - a->slope + 2 * root);

	if (!(t >= a->t + 0.1 * width))
		return a->t + 0.1 * width;
	return t <= b->t - 0.1 * width ? t : b->t - 0.1 * width;
}

/* Leaves the new point in x_next and g_next. False: nothing lower was found. */
static bool line_search(struct state *s, double slope, struct mark *out)
{
	struct mark low = { .t = 0, .f = s->f, .slope = slope }, high = { .t = INFINITY };
	double t = 1, flat = FLAT * fabs(s->f);

	for (int i = 0; i < TRIALS; i++) {
		struct mark m = try_step(s, t);
		bool finite = isfinite(m.f) && isfinite(m.slope);
		bool falls = m.f <= s->f + DECREASE * t * slope;

		if (finite && !falls && m.f <= s->f + flat)
			falls = m.slope <= (2 * DECREASE - 1) * slope;
		if (!finite || !falls)
			high = m;
		else if (m.slope < CURVATURE * slope)
			low = m;
		else
			return *out = m, true;
		t = isfinite(high.t) ? between(&low, &high) : 2 * low.t;
		if (!(t > low.t) || !(t < high.t) || !isfinite(t))
			break;
	}
	if (!(low.t > 0))
		return false;
	*out = try_step(s, low.t);
	return true;
}

/* h of the step from x to x_next. */
static void learn(struct state *s, double t)
{
	size_t n = s->p->n;
	double sy = 0, yy = 0;

	for (size_t i = 0; i < n; i++) {
		s->y[i] = s->g_next[i] - s->g[i];
		s->d[i] *= t;
		sy += s->d[i] * s->y[i];
		yy += s->y[i] * s->y[i];
	}
	if (!(sy > 0) || !(yy > 0) || !isfinite(sy) || !isfinite(yy))
		return;
	if (s->fresh && isfinite(sy / yy) && sy / yy > 0)
		forget(s, sy / yy);
	s->fresh = false;
	for (size_t i = 0; i < n; i++)
		s->hy[i] = dot(s->h + i * n, s->y, n);
	double c = (1 + dot(s->y, s->hy, n) / sy) / sy;

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < n; k++)
			s->h[i * n + k] += c * s->d[i] * s->d[k] - (s->hy[i] * s->d[k] + s->d[i] * s->hy[k]) / sy;
}

/* One iteration. False when no direction leads down. */
static bool advance(struct state *s, bool *flat)
{
	struct mark m;

	for (;;) {
		double slope = direction(s);

		if (slope < 0 && isfinite(slope) && line_search(s, slope, &m))
			break;
		if (s->fresh)
			return false;
		restart(s);
	}
	learn(s, m.t);
	*flat = fabs(m.f - s->f) <= FLAT * fabs(s->f);
	memcpy(s->x, s->x_next, s->p->n * sizeof *s->x);
	memcpy(s->g, s->g_next, s->p->n * sizeof *s->g);
	s->f = m.f;
	return true;
}

struct bfgs_result bfgs_minimise(const struct bfgs_problem *p, double *x, double *work)
{
	size_t n = p->n;
	struct state s = { .p = p, .x = x, .g = work, .d = work + n, .x_next = work + 2 * n, .g_next = work + 3 * n,
		           .y = work + 4 * n, .hy = work + 5 * n, .h = work + 6 * n };
	struct bfgs_result r = { .gradient_norm = INFINITY };
	unsigned flat_steps = 0;

	r.f = s.f = s.f_start = p->f(p->user, x, s.g);
	s.evaluations = r.evaluations = 1;
	if (!isfinite(s.f) || !isfinite(dot(s.g, s.g, n)))
		return r;
	restart(&s);
	while ((r.gradient_norm = norm_of(&s)) > p->gradient_tolerance && r.iterations < p->max_iterations) {
		bool flat;

		if (!advance(&s, &flat))
			break;
		r.iterations++;
		flat_steps = flat ? flat_steps + 1 : 0;
		if (flat_steps == FLAT_STEPS)
			break;
	}
	r.gradient_norm = norm_of(&s);
	r.f = s.f;
	r.evaluations = s.evaluations;
	r.converged = r.gradient_norm <= p->gradient_tolerance;
	return r;
}
