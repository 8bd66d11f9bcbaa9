/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugins/stat/law.h"

#include <math.h>
#include <string.h>

#define ALPHA_MIN 1e-3
#define ALPHA_MAX 20.0
#define ALPHA_MIN_GROWING (-5.0)
#define POLISH_STEPS 100

size_t law_parameters(enum law_kind kind)
{
	return kind == LAW_POWER2 ? 2 : 3;
}

double law_at(const struct law *l, double x)
{
	return l->e + l->a * exp(-l->alpha * log(x));
}

void law_prepare(const struct work *w, struct law_search *s, enum law_kind kind, const double *x, size_t n)
{
	*s = (struct law_search){ .kind = kind, .n = n };
	s->log_x = work_array(w, double, n);
	s->now = work_array(w, double, n);
	for (size_t i = 0; i < n; i++) {
		s->log_x[i] = log(x[i]);
		if (!i || s->log_x[i] < s->origin)
			s->origin = s->log_x[i];
	}
	for (size_t i = 0; i < n; i++)
		s->log_x[i] -= s->origin;
	const double ratio = pow(ALPHA_MAX / ALPHA_MIN, 1.0 / (LAW_GRID_MAX / 2 - 1));

	if (kind == LAW_POWER2) {
		for (double a = ALPHA_MIN_GROWING; a < -ALPHA_MIN && s->grid_n < LAW_GRID_MAX / 2; a /= ratio)
			s->grid[s->grid_n++] = a;
	}
	double a = ALPHA_MIN;

	for (size_t i = 0; i < LAW_GRID_MAX / 2; i++, a *= ratio)
		s->grid[s->grid_n++] = a;
	s->powers = work_array(w, double, s->grid_n * n);
	for (size_t g = 0; g < s->grid_n; g++)
		for (size_t i = 0; i < n; i++)
			s->powers[g * n + i] = exp(-s->grid[g] * s->log_x[i]);
}

struct points {
	const double *weight, *mean;
	size_t n;
};

/* The linear part for given powers u: E, A and the sum of squares. NaN when u does not vary. */
static double linear(enum law_kind kind, const struct points *p, const double *u, struct law *out)
{
	double w = 0, mu = 0, my = 0, suu = 0, suy = 0, rss = 0;

	if (kind == LAW_POWER3) {
		for (size_t i = 0; i < p->n; i++) {
			w += p->weight[i];
			mu += p->weight[i] * u[i];
			my += p->weight[i] * p->mean[i];
		}
		mu /= w;
		my /= w;
	}
	for (size_t i = 0; i < p->n; i++) {
		suu += p->weight[i] * (u[i] - mu) * (u[i] - mu);
		suy += p->weight[i] * (u[i] - mu) * (p->mean[i] - my);
	}
	if (!(suu > 0) || !isfinite(suu))
		return NAN;
	out->a = suy / suu;
	out->e = my - out->a * mu;
	for (size_t i = 0; i < p->n; i++) {
		double d = p->mean[i] - out->e - out->a * u[i];

		rss += p->weight[i] * d * d;
	}
	return rss;
}

/* Half the derivative of the sum of squares by alpha, at the best E and A. */
static double slope(const struct law_search *s, const struct points *p, double alpha, struct law *out)
{
	double sum = 0;

	for (size_t i = 0; i < s->n; i++)
		s->now[i] = exp(-alpha * s->log_x[i]);
	out->alpha = alpha;
	(void)linear(s->kind, p, s->now, out);
	for (size_t i = 0; i < s->n; i++)
		sum += p->weight[i] * (p->mean[i] - out->e - out->a * s->now[i]) * out->a * s->now[i] * s->log_x[i];
	return sum;
}

/* Root of the derivative between two alphas: false position with Illinois' halving, bisection when that stalls. */
static void polish(const struct law_search *s, const struct points *p, double low, double high, struct law *out)
{
	double at_low = slope(s, p, low, out), at_high = slope(s, p, high, out);
	int side = 0;

	if (!(at_low * at_high < 0)) {
		(void)slope(s, p, fabs(at_low) < fabs(at_high) ? low : high, out);
		return;
	}
	for (int step = 0; step < POLISH_STEPS && high - low > 4e-16 * fabs(high); step++) {
		double alpha = high - at_high * (high - low) / (at_high - at_low);

		if (!(alpha > low && alpha < high) || step % 8 == 7)
			alpha = low + (high - low) / 2;
		double at = slope(s, p, alpha, out);

		if (at == 0)
			return;
		if ((at < 0) == (at_low < 0)) {
			if (side == -1)
				at_high /= 2;
			side = -1;
			low = alpha;
			at_low = at;
		} else {
			if (side == 1)
				at_low /= 2;
			side = 1;
			high = alpha;
			at_high = at;
		}
	}
}

static bool determined(const struct law_search *s, const double *weight, const double *mean)
{
	size_t places = 0, first = 0;
	bool varies = false;

	for (size_t i = 0; i < s->n; i++) {
		if (!(weight[i] > 0))
			continue;
		if (!places++)
			first = i;
		varies |= mean[i] != mean[first];
	}
	return varies && places >= law_parameters(s->kind);
}

bool law_solve(const struct law_search *s, const double *weight, const double *mean, struct law *out, bool *edge)
{
	const struct points p = { weight, mean, s->n };
	double best = INFINITY;
	size_t at = 0;
	struct law l = { 0 };

	*edge = false;
	if (!determined(s, weight, mean))
		return false;
	for (size_t g = 0; g < s->grid_n; g++) {
		double rss = linear(s->kind, &p, s->powers + g * s->n, &l);

		if (rss < best) {
			best = rss;
			at = g;
		}
	}
	if (!isfinite(best))
		return false;
	*edge = at == 0 || at + 1 == s->grid_n;
	if (*edge) {
		(void)slope(s, &p, s->grid[at], &l);
	} else {
		/* The minimum is on one side of the grid's best; the other side only if the derivative says so. */
		double middle = slope(s, &p, s->grid[at], &l), below = slope(s, &p, s->grid[at - 1], &l);

		if (middle == 0)
			(void)slope(s, &p, s->grid[at], &l);
		else if ((below < 0) != (middle < 0))
			polish(s, &p, s->grid[at - 1], s->grid[at], &l);
		else
			polish(s, &p, s->grid[at], s->grid[at + 1], &l);
	}
	l.a *= exp(l.alpha * s->origin);
	if (!isfinite(l.a) || !isfinite(l.e))
		return false;
	*out = l;
	return true;
}
