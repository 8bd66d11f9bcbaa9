/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/stat/moments.h"

#include <math.h>

#include "engine/stat/dist.h"

/* ---- one variable ------------------------------------------------------------------------------------------------- */

static long double apart(const struct moments *a, const struct moments *b)
{
	return b->off - a->off + ((long double)b->origin - a->origin);
}

void moments_merge(struct moments *into, const struct moments *from)
{
	if (!from->n)
		return;
	if (!into->n) {
		*into = *from;
		return;
	}
	const long double a = (long double)into->n, b = (long double)from->n, d = apart(into, from);

	into->off += d * b / (a + b);
	into->m2 += from->m2 + d * d * a * b / (a + b);
	into->n += from->n;
	into->min = from->min < into->min ? from->min : into->min;
	into->max = from->max > into->max ? from->max : into->max;
}

struct summary moments_summary(const struct moments *m)
{
	struct summary s = { .n = m->n, .mean = NAN, .variance = NAN, .sd = NAN, .sem = NAN, .min = NAN, .max = NAN };

	if (!m->n)
		return s;
	s.mean = (double)(m->origin + m->off);
	s.sum = (double)((m->origin + m->off) * (long double)m->n);
	s.min = m->min;
	s.max = m->max;
	if (m->n < 2)
		return s;
	const long double variance = m->m2 / (long double)(m->n - 1);

	s.variance = (double)variance;
	s.sd = (double)sqrtl(variance);
	s.sem = (double)sqrtl(variance / (long double)m->n);
	return s;
}

/* Two passes over the values, as differences from `origin`. */
static struct moments two_passes(const double *x, size_t n, double origin)
{
	struct moments m = { .n = n, .origin = origin, .min = x[0], .max = x[0] };
	long double sum = 0, rest = 0;

	for (size_t i = 0; i < n; i++) {
		sum += (long double)x[i] - origin;
		m.min = x[i] < m.min ? x[i] : m.min;
		m.max = x[i] > m.max ? x[i] : m.max;
	}
	m.off = sum / (long double)n;
	for (size_t i = 0; i < n; i++) {
		const long double d = (long double)x[i] - origin - m.off;

		m.m2 += d * d;
		rest += d; /* 0 but for rounding; its square is taken off */
	}
	m.m2 -= rest * rest / (long double)n;
	m.off += rest / (long double)n;
	return m;
}

void moments_add_all(struct moments *m, const double *x, size_t n)
{
	if (!n)
		return;
	const struct moments more = two_passes(x, n, m->n ? m->origin : x[0]);

	moments_merge(m, &more);
}

struct summary summary_of(const double *x, size_t n)
{
	const struct moments m = n ? two_passes(x, n, x[0]) : (struct moments){ 0 };
	struct summary s = moments_summary(&m);
	long double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += x[i];
	s.sum = (double)sum;
	return s;
}

double summary_half_width(const struct summary *s, double level)
{
	if (s->n < 2 || !(level > 0 && level < 1))
		return NAN;
	return dist_t_inv(0.5 + level / 2, (double)(s->n - 1)) * s->sem;
}

/* ---- weighted ----------------------------------------------------------------------------------------------------- */

void weighted_add(struct weighted_moments *m, double x, double weight)
{
	const struct weighted_moments one = { .mean = x, .weight = weight, .weight2 = (long double)weight * weight,
		                                  .n = 1, .min = x, .max = x };

	if (weight > 0)
		weighted_merge(m, &one);
}

void weighted_merge(struct weighted_moments *into, const struct weighted_moments *from)
{
	if (!from->n)
		return;
	if (!into->n) {
		*into = *from;
		return;
	}
	const long double all = into->weight + from->weight, d = from->mean - into->mean;

	into->m2 += from->m2 + d * d * into->weight * from->weight / all;
	into->mean += d * from->weight / all;
	into->weight = all;
	into->weight2 += from->weight2;
	into->n += from->n;
	into->min = from->min < into->min ? from->min : into->min;
	into->max = from->max > into->max ? from->max : into->max;
}

struct weighted_summary weighted_summary(const struct weighted_moments *m)
{
	struct weighted_summary s = { .n = m->n, .mean = NAN, .variance = NAN, .sd = NAN, .min = NAN, .max = NAN };

	if (!m->n)
		return s;
	s.weight = (double)m->weight;
	s.effective_n = (double)(m->weight * m->weight / m->weight2);
	s.mean = (double)m->mean;
	s.min = m->min;
	s.max = m->max;
	if (m->n < 2)
		return s;
	const long double variance = m->m2 / (m->weight - m->weight2 / m->weight);

	s.variance = (double)variance;
	s.sd = (double)sqrtl(variance);
	return s;
}

/* ---- two variables ------------------------------------------------------------------------------------------------ */

void comoments_add(struct comoments *c, double x, double y)
{
	const long double dx = c->x.n ? (long double)x - c->x.origin - c->x.off : 0;

	moments_add(&c->x, x);
	moments_add(&c->y, y);
	c->cxy += dx * ((long double)y - c->y.origin - c->y.off);
}

void comoments_merge(struct comoments *into, const struct comoments *from)
{
	const long double a = (long double)into->x.n, b = (long double)from->x.n;

	if (a + b > 0)
		into->cxy += from->cxy + apart(&into->x, &from->x) * apart(&into->y, &from->y) * a * b / (a + b);
	moments_merge(&into->x, &from->x);
	moments_merge(&into->y, &from->y);
}

double comoments_r(const struct comoments *c)
{
	if (c->x.n < 2 || !(c->x.m2 > 0) || !(c->y.m2 > 0))
		return NAN;
	const double r = (double)(c->cxy / (sqrtl(c->x.m2) * sqrtl(c->y.m2)));

	return r > 1 ? 1 : r < -1 ? -1 : r;
}

double comoments_covariance(const struct comoments *c)
{
	return c->x.n < 2 ? NAN : (double)(c->cxy / (long double)(c->x.n - 1));
}

double geometric_mean(const double *x, size_t n)
{
	long double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += logl((long double)x[i]);
	return n ? (double)expl(sum / (long double)n) : NAN;
}

double lag1_autocorrelation(const double *x, size_t n)
{
	long double sum = 0, squares = 0, products = 0, before = 0;

	for (size_t i = 0; i < n; i++)
		sum += x[i];
	for (size_t i = 0; i < n; i++) {
		const long double d = x[i] - sum / (long double)n;

		squares += d * d;
		if (i)
			products += before * d;
		before = d;
	}
	return n < 2 || !(squares > 0) ? NAN : (double)(products / squares);
}
