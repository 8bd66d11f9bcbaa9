/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Private to `threshold`: its questions, each a zero of cross.h or a difference of two, and their answers under assumptions.
 *
 *   needed       n(τ), where the law of a reaches the target             cost   price × n(τ) + fixed
 *   price ratio  n_b(τ)/n_a(τ): a is the cheaper way to τ while price_a/price_b is below it (no fixed costs)
 *   budget       B with f_a((B - fixed_a)/price_a) = f_b((B - fixed_b)/price_b)
 *   at budget    f_a - f_b of what a given B buys
 *   benefit      x with worth × gain = price × x + fixed; gain: y - baseline, or baseline - y where lower is better
 *
 * All but `at budget` are estimated on the logarithm.
 */
#ifndef RUNG_THRESHOLD_QUESTION_H
#define RUNG_THRESHOLD_QUESTION_H

#include "plugins/crossover/fitted.h"

enum what { ASK_NEEDED, ASK_COST, ASK_RATIO, ASK_BUDGET, ASK_AT_BUDGET, ASK_BENEFIT };

/* What a study assumes; sensitivities change one number of it. Money in USD. */
struct assumptions {
	double *price, *fixed;  /* for each group */
	double worth, baseline; /* worth: of one unit of y */
	double given;           /* target or budget */
	const double **params;  /* of each group's law; NULL: those of the fit */
};

struct market {
	const struct work *w;
	struct fitted_law *laws;
	size_t n;
	struct assumptions base;
	bool has_worth, lower_is_better;
	double level;
};

struct question {
	enum what what;
	size_t a, b;         /* b = a where there is one group */
	double given;        /* NaN: nothing */
	struct cross_root root[2];
};

bool question_of_two(const struct question *q);
size_t question_parts(const struct question *q); /* zeros that it is made of */
struct cross_problem question_problem(const struct market *m, const struct question *q, size_t part,
                                      const struct assumptions *s);
/* The estimate's own scale; false when there is no answer. The zero nearest to that of the base, of the same direction. */
bool question_answer(const struct market *m, const struct question *q, const struct assumptions *s, double *t);
/* From that scale to what is asked for. */
double question_value(const struct question *q, const struct assumptions *s, double t);
/* The estimate under the base assumptions with its intervals. */
int question_estimate(const struct market *m, const struct question *q, struct estimate *out);
bool question_inside(const struct market *m, const struct question *q);

#endif
