/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugins/threshold/question.h"

#include <math.h>

#include "engine/stat/fastmath.h"

#define REACH 100

bool question_of_two(const struct question *q)
{
	return q->what == ASK_RATIO || q->what == ASK_BUDGET || q->what == ASK_AT_BUDGET;
}

size_t question_parts(const struct question *q)
{
	return q->what == ASK_AT_BUDGET ? 0 : q->what == ASK_RATIO ? 2 : 1;
}

static struct cross_curve curve_of(const struct market *m, size_t group, const struct assumptions *s)
{
	struct cross_curve c = m->laws[group].curve;

	if (s->params && s->params[group])
		c.params = s->params[group];
	return c;
}

static struct cross_side bought(const struct market *m, size_t group, const struct assumptions *s)
{
	return (struct cross_side){ curve_of(m, group, s), 1, s->price[group], s->fixed[group] };
}

struct cross_problem question_problem(const struct market *m, const struct question *q, size_t part,
                                      const struct assumptions *s)
{
	const size_t group = part ? q->b : q->a;
	const struct fitted_law *l = &m->laws[group];
	struct cross_problem p = { .low = l->x_min / REACH, .high = l->x_max * REACH };

	if (q->what == ASK_BUDGET) {
		const struct fitted_law *a = &m->laws[q->a], *b = &m->laws[q->b];

		p.side[0] = bought(m, q->a, s);
		p.side[1] = bought(m, q->b, s);
		p.low = fmin(s->fixed[q->a] + s->price[q->a] * a->x_min, s->fixed[q->b] + s->price[q->b] * b->x_min) / REACH;
		p.high = fmax(s->fixed[q->a] + s->price[q->a] * a->x_max, s->fixed[q->b] + s->price[q->b] * b->x_max) * REACH;
		return p;
	}
	p.side[0] = (struct cross_side){ curve_of(m, group, s), 1, 1, 0 };
	if (q->what != ASK_BENEFIT) {
		p.level = s->given;
		return p;
	}
	const double worth = m->lower_is_better ? -s->worth : s->worth;

	p.side[0].value = worth;
	p.level = s->fixed[group] + worth * s->baseline;
	p.unit = s->price[group];
	return p;
}

static double at_budget(const struct market *m, const struct question *q, const struct assumptions *s, double *const g[2])
{
	const struct cross_side a = bought(m, q->a, s), b = bought(m, q->b, s);

	return cross_curve_at(&a.curve, (s->given - a.fixed) / a.price, g ? g[0] : NULL) -
	       cross_curve_at(&b.curve, (s->given - b.fixed) / b.price, g ? g[1] : NULL);
}

bool question_answer(const struct market *m, const struct question *q, const struct assumptions *s, double *t)
{
	double sum = 0;

	if (q->what == ASK_AT_BUDGET)
		sum = at_budget(m, q, s, NULL);
	for (size_t part = 0; part < question_parts(q); part++) {
		const struct cross_problem p = question_problem(m, q, part, s);
		struct cross_root r;

		if (!(p.low > 0) || !cross_follow(&p, &q->root[part], &r))
			return false;
		sum += q->what == ASK_RATIO && part == 0 ? -r.t : r.t;
	}
	*t = sum;
	return isfinite(sum);
}

double question_value(const struct question *q, const struct assumptions *s, double t)
{
	if (q->what == ASK_AT_BUDGET)
		return t;
	return q->what == ASK_COST ? s->price[q->a] * fm_exp(t) + s->fixed[q->a] : fm_exp(t);
}

bool question_inside(const struct market *m, const struct question *q)
{
	for (size_t part = 0; part < (question_of_two(q) ? 2u : 1u); part++) {
		const size_t group = part ? q->b : q->a;
		const struct assumptions *s = &m->base;
		const double x = q->what == ASK_AT_BUDGET ? (q->given - s->fixed[group]) / s->price[group]
		                 : q->what == ASK_RATIO   ? q->root[part].x[0]
		                                          : q->root[0].x[part];

		if (!(x >= m->laws[group].x_min && x <= m->laws[group].x_max))
			return false;
	}
	return true;
}

/* ---- intervals ---------------------------------------------------------------------------------------------------- */

/* Gradient of the estimate by the parameters of both laws; false where it has none. */
static bool gradients(const struct market *m, const struct question *q, const struct assumptions *s, double *const g[2])
{
	if (q->what == ASK_AT_BUDGET) {
		if (!isfinite(at_budget(m, q, s, g)))
			return false;
		for (size_t k = 0; k < m->laws[q->b].spread.p; k++)
			g[1][k] = -g[1][k];
		return true;
	}
	const struct cross_problem p = question_problem(m, q, 0, s);

	if (!cross_root_gradient(&p, &q->root[0], 0, g[0]))
		return false;
	if (q->what == ASK_BUDGET)
		return cross_root_gradient(&p, &q->root[0], 1, g[1]);
	if (q->what != ASK_RATIO)
		return true;
	const struct cross_problem second = question_problem(m, q, 1, s);

	for (size_t k = 0; k < m->laws[q->a].spread.p; k++)
		g[0][k] = -g[0][k];
	return cross_root_gradient(&second, &q->root[1], 0, g[1]);
}

static void delta(const struct market *m, const struct question *q, const struct assumptions *s, bool paired,
                  const struct fitted_law *b, struct estimate *e)
{
	const struct fitted_law *a = &m->laws[q->a];
	const bool two = question_of_two(q);
	double *g[2] = { work_array(m->w, double, a->spread.p), work_array(m->w, double, b->spread.p) };
	const double *const seen[2] = { g[0], two ? g[1] : NULL };
	const struct cross_spread spread[2] = { a->spread, b->spread };

	if (!a->law || !b->law || !gradients(m, q, s, g))
		return;
	const struct cross_error error = cross_error(spread, seen, paired);

	estimate_delta(m->w, e, &error, m->level, "covariances");
}

static void draws(const struct market *m, const struct question *q, struct assumptions *s, struct estimate *e)
{
	const struct fitted_law *a = &m->laws[q->a], *b = &m->laws[q->b];
	const size_t all = a->draws_n < b->draws_n ? a->draws_n : b->draws_n;
	double *t = work_array(m->w, double, all);
	size_t n = 0;

	s->params = work_array(m->w, const double *, m->n);
	for (size_t i = 0; i < all; i++) {
		s->params[q->b] = b->draws + i * b->spread.p;
		s->params[q->a] = a->draws + i * a->spread.p;
		if (!isnan(*s->params[q->a]) && !isnan(*s->params[q->b]) && question_answer(m, q, s, &t[n]))
			n++;
	}
	s->params = NULL;
	estimate_draws(e, t, n, m->level);
}

int question_estimate(const struct market *m, const struct question *q, struct estimate *out)
{
	struct assumptions s = m->base;
	struct fitted_law b = m->laws[q->b];
	bool paired = false;

	s.given = q->given;
	*out = (struct estimate){ NAN, NAN, NAN, NAN, NAN, NAN, NULL };
	if (question_of_two(q) && fitted_pairing(m->w, &m->laws[q->a], &b, &paired))
		return -1;
	if (q->what == ASK_AT_BUDGET)
		out->value = at_budget(m, q, &s, NULL);
	else
		out->value = q->what == ASK_RATIO ? q->root[1].t - q->root[0].t : q->root[0].t;
	delta(m, q, &s, paired, &b, out);
	draws(m, q, &s, out);
	return 0;
}
