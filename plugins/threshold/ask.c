/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "plugins/threshold/threshold.h"

static int found(struct threshold *t, struct answer *a)
{
	a->there = true;
	if (question_estimate(&t->m, a->q, &a->e))
		return -1;
	return write_answer(t, a) || write_sensitivity(t, a->q) ? -1 : 0;
}

static struct answer unanswered(const struct question *q)
{
	return (struct answer){ .q = q, .e = { NAN, NAN, NAN, NAN, NAN, NAN, NULL }, .below = -1, .above = -1, .here = -1 };
}

static int refuse(struct threshold *t, const struct question *q, const char *why)
{
	struct answer a = unanswered(q);

	a.refused = why;
	return write_answer(t, &a);
}

static struct str shown(const struct market *m, double v)
{
	return digits_text(m->w, v, 4);
}

static const char *not_reached(const struct market *m, const struct question *q, const struct cross_problem *p,
                               const struct cross_closest *near)
{
	struct text t = { .w = m->w };
	const struct fitted_law *l = &m->laws[q->a];
	const double ahead = near->nowhere ? 0 : cross_difference(p, near->at);

	if (ahead != 0 && (ahead > 0) != m->lower_is_better)
		text_printf(&t, "'%.*s' is past %.*s all the way between %.*s = %.*s and %.*s", STR_ARG(l->name), STR_ARG(shown(m, q->given)),
		            STR_ARG(l->x), STR_ARG(shown(m, p->low)), STR_ARG(shown(m, p->high)));
	else
		text_printf(&t, "'%.*s' does not reach %.*s between %.*s = %.*s and %.*s; closest at %.*s, %.*s away", STR_ARG(l->name),
		            STR_ARG(shown(m, q->given)), STR_ARG(l->x), STR_ARG(shown(m, p->low)), STR_ARG(shown(m, p->high)),
		            STR_ARG(shown(m, near->at)), STR_ARG(shown(m, near->gap)));
	return t.p;
}

static const char *wrong_way(const struct market *m, const struct question *q, const struct cross_root *r)
{
	struct text t = { .w = m->w };

	text_printf(&t, "'%.*s' passes %.*s from the better side, at %.*s = %.*s; `better: %s` if %s is better", STR_ARG(m->laws[q->a].name),
	            STR_ARG(shown(m, q->given)), STR_ARG(m->laws[q->a].x), STR_ARG(shown(m, r->at)),
	            m->lower_is_better ? "higher" : "lower", m->lower_is_better ? "more" : "less");
	return t.p;
}

/* The first place where the law reaches the target from its worse side; false, and why, when it never does. */
static bool reach(const struct market *m, struct question *q, size_t part, const char **why)
{
	struct assumptions s = m->base;
	struct cross_root roots[CROSS_ROOTS];
	struct cross_closest near;
	const size_t group = part ? q->b : q->a;
	const struct question one = { .what = ASK_NEEDED, .a = group, .b = group, .given = q->given };

	s.given = q->given;
	const struct cross_problem p = question_problem(m, &one, 0, &s);
	size_t n = cross_roots(&p, CROSS_FINE, roots, &near);

	for (size_t i = 0; i < n; i++)
		if ((roots[i].above > 0) != m->lower_is_better) {
			q->root[part] = roots[i];
			return true;
		}
	*why = n ? wrong_way(m, &one, &roots[0]) : not_reached(m, &one, &p, &near);
	return false;
}

int ask_target(struct threshold *t, size_t a, double target)
{
	for (enum what what = ASK_NEEDED; what <= ASK_COST; what++) {
		struct question q = { .what = what, .a = a, .b = a, .given = target };
		struct answer answer = unanswered(&q);

		if (t->m.laws[a].refused ? refuse(t, &q, t->m.laws[a].refused)
		    : reach(&t->m, &q, 0, &answer.note) ? found(t, &answer)
		                                        : write_answer(t, &answer))
			return -1;
	}
	return 0;
}

static int ask_ratio(struct threshold *t, size_t a, size_t b, double target)
{
	const struct market *m = &t->m;
	struct question q = { .what = ASK_RATIO, .a = a, .b = b, .given = target };
	struct answer answer = unanswered(&q);

	if (!reach(m, &q, 0, &answer.note) || !reach(m, &q, 1, &answer.note))
		return write_answer(t, &answer);
	const double cost_a = m->base.price[a] * q.root[0].at, cost_b = m->base.price[b] * q.root[1].at;

	answer.below = (int)a;
	answer.above = (int)b;
	answer.here = cost_a == cost_b ? -1 : (int)(cost_a < cost_b ? a : b);
	return found(t, &answer);
}

/* Which of a and b has the better y where f_a - f_b has this sign. */
static int better_of(const struct market *m, size_t a, size_t b, double sign)
{
	return sign == 0 || isnan(sign) ? -1 : (int)((sign > 0) != m->lower_is_better ? a : b);
}

static const char *never_equal(const struct market *m, const struct question *q, const struct cross_problem *p,
                               const struct cross_closest *near)
{
	struct text t = { .w = m->w };

	if (near->same)
		text_z(&t, "both buy the same at every budget");
	else if (near->nowhere)
		text_z(&t, "no budget buys both");
	else
		text_printf(&t, "no budget between %.*s and %.*s USD buys the same %.*s in both; closest at %.*s USD, %.*s apart",
		            STR_ARG(shown(m, p->low)), STR_ARG(shown(m, p->high)), STR_ARG(m->laws[q->a].y), STR_ARG(shown(m, near->at)),
		            STR_ARG(shown(m, near->gap)));
	return t.p;
}

static int ask_budget(struct threshold *t, size_t a, size_t b)
{
	const struct market *m = &t->m;
	struct question q = { .what = ASK_BUDGET, .a = a, .b = b, .given = NAN };
	const struct cross_problem p = question_problem(m, &q, 0, &m->base);
	struct cross_root roots[CROSS_ROOTS];
	struct cross_closest near;
	struct answer answer = unanswered(&q);
	size_t n = cross_roots(&p, CROSS_FINE, roots, &near);

	for (size_t i = 0; i < n; i++) {
		q.root[0] = roots[i];
		answer = unanswered(&q);
		answer.below = better_of(m, a, b, roots[i].below);
		answer.above = better_of(m, a, b, roots[i].above);
		if (found(t, &answer))
			return -1;
	}
	if (n)
		return 0;
	answer.note = never_equal(m, &q, &p, &near);
	answer.below = answer.above = near.same || near.nowhere ? -1 : better_of(m, a, b, cross_difference(&p, near.at));
	return write_answer(t, &answer);
}

static int ask_at_budget(struct threshold *t, size_t a, size_t b, double budget)
{
	struct question q = { .what = ASK_AT_BUDGET, .a = a, .b = b, .given = budget };
	struct answer answer = unanswered(&q);
	struct assumptions s = t->m.base;
	double difference;

	s.given = budget;
	if (!question_answer(&t->m, &q, &s, &difference)) {
		answer.note = "the budget does not buy both";
		return write_answer(t, &answer);
	}
	answer.here = better_of(&t->m, a, b, difference);
	return found(t, &answer);
}

int ask_benefit(struct threshold *t, size_t a)
{
	const struct market *m = &t->m;
	struct question q = { .what = ASK_BENEFIT, .a = a, .b = a, .given = NAN };
	struct answer answer = unanswered(&q);

	if (m->laws[a].refused)
		return refuse(t, &q, m->laws[a].refused);
	const struct cross_problem p = question_problem(m, &q, 0, &m->base);
	struct cross_root roots[CROSS_ROOTS];
	struct cross_closest near;
	size_t n = cross_roots(&p, CROSS_FINE, roots, &near);

	for (size_t i = 0; i < n; i++) {
		q.root[0] = roots[i];
		answer = unanswered(&q);
		answer.below = roots[i].below > 0 ? (int)a : -1;
		answer.above = roots[i].above > 0 ? (int)a : -1;
		if (found(t, &answer))
			return -1;
	}
	if (n)
		return 0;
	const bool pays = cross_difference(&p, near.at) > 0;
	struct text note = { .w = m->w };

	text_printf(&note, "benefit %s cost everywhere between %.*s = %.*s and %.*s", pays ? "exceeds" : "is below",
	            STR_ARG(m->laws[a].x), STR_ARG(shown(m, p.low)), STR_ARG(shown(m, p.high)));
	answer.note = note.p;
	answer.below = answer.above = pays ? (int)a : -1;
	return write_answer(t, &answer);
}

int ask_pair(struct threshold *t, size_t a, size_t b)
{
	const struct work *w = t->m.w;
	const char *why = fitted_mismatch(w, &t->m.laws[a], &t->m.laws[b]);
	size_t targets, budgets;
	const struct value *target = field_list(w, "target", &targets), *budget = field_list(w, "budget", &budgets);

	if (why)
		return refuse(t, &(struct question){ .what = ASK_BUDGET, .a = a, .b = b, .given = NAN }, why);
	if (ask_budget(t, a, b))
		return -1;
	for (size_t i = 0; i < budgets; i++)
		if (ask_at_budget(t, a, b, dollars(&budget[i])))
			return -1;
	for (size_t i = 0; i < targets; i++) {
		double v;

		if (value_number(&target[i], &v) && ask_ratio(t, a, b, v))
			return -1;
	}
	return 0;
}
