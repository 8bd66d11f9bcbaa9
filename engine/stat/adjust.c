/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/stat/adjust.h"

#include <stdlib.h>

struct ordered {
	double p;
	size_t at;
};

static int by_p(const void *a, const void *b)
{
	const struct ordered *x = a, *y = b;

	return x->p != y->p ? (x->p < y->p ? -1 : 1) : x->at < y->at ? -1 : x->at > y->at;
}

static double smaller(double a, double b)
{
	return a < b ? a : b;
}

/* Step down: the largest of (n - i) p so far. */
static void holm(struct ordered *s, size_t n)
{
	double most = 0;

	for (size_t i = 0; i < n; i++) {
		double q = (double)(n - i) * s[i].p;

		most = q > most ? q : most;
		s[i].p = most;
	}
}

/* Step up from the largest p: the smallest of factor × p so far. */
static void step_up(struct ordered *s, size_t n, enum adjustment how)
{
	double least = 1, harmonic = 0;

	for (size_t i = 1; i <= n; i++)
		harmonic += 1 / (double)i;
	for (size_t i = n; i-- > 0;) {
		double rank = (double)(i + 1), all = (double)n;
		double factor = how == ADJUST_HOCHBERG ? all - rank + 1 : how == ADJUST_BH ? all / rank : harmonic * all / rank;

		least = smaller(least, factor * s[i].p);
		s[i].p = least;
	}
}

/* Wright (Biometrics 48, 1992), appendix. */
static void hommel(const struct mem *m, struct ordered *s, size_t n)
{
	double *q = mem_array(m, double, n), *most = mem_array(m, double, n), least = (double)n * s[0].p;

	for (size_t i = 1; i < n; i++)
		least = smaller(least, (double)n * s[i].p / (double)(i + 1));
	for (size_t i = 0; i < n; i++)
		q[i] = most[i] = least;
	for (size_t k = n - 1; k >= 2; k--) {
		size_t split = n - k + 1; /* the first `split` are multiplied, the others follow them */

		least = (double)k * s[split].p / 2;
		for (size_t i = split + 1; i < n; i++)
			least = smaller(least, (double)k * s[i].p / (double)(i - split + 2));
		for (size_t i = 0; i < split; i++)
			q[i] = smaller((double)k * s[i].p, least);
		for (size_t i = split; i < n; i++)
			q[i] = q[split - 1];
		for (size_t i = 0; i < n; i++)
			most[i] = q[i] > most[i] ? q[i] : most[i];
	}
	for (size_t i = 0; i < n; i++)
		s[i].p = most[i] > s[i].p ? most[i] : s[i].p;
}

void adjust_p(const struct mem *m, const double *p, size_t n, enum adjustment how, double *out)
{
	struct ordered *s = mem_array(m, struct ordered, n);

	for (size_t i = 0; i < n; i++)
		s[i] = (struct ordered){ p[i], i };
	if (n > 1)
		qsort(s, n, sizeof *s, by_p);
	if (how == ADJUST_HOMMEL && n > 2)
		hommel(m, s, n);
	else if (how == ADJUST_HOLM)
		holm(s, n);
	else if (how == ADJUST_HOMMEL) /* of two, Hochberg's */
		step_up(s, n, ADJUST_HOCHBERG);
	else if (how == ADJUST_HOCHBERG || how == ADJUST_BH || how == ADJUST_BY)
		step_up(s, n, how);
	for (size_t i = 0; i < n; i++)
		out[s[i].at] = smaller(how == ADJUST_BONFERRONI ? s[i].p * (double)n : s[i].p, 1);
}
