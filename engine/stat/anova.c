/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/stat/anova.h"

#include <math.h>

#include "engine/stat/dist.h"

struct cell {
	long double mean, rest, squares;
	size_t n;
};

/* Two passes: means, then deviations; `rest` is the rounding of the mean, taken off again. */
static long double cells_fill(struct cell *cells, const double *y, const size_t *group, size_t n)
{
	long double grand = 0;

	for (size_t i = 0; i < n; i++) {
		cells[group[i]].n++;
		cells[group[i]].mean += (long double)y[i] - y[0]; /* from y[0]: the constant digits go */
	}
	for (size_t i = 0; i < n; i++) {
		struct cell *c = &cells[group[i]];
		const long double off = (long double)y[i] - y[0] - c->mean / (long double)c->n;

		c->rest += off;
		c->squares += off * off;
		grand += (long double)y[i] - y[0];
	}
	return n ? grand / (long double)n : 0;
}

enum anova_result anova_one_way(const struct mem *m, const double *y, const size_t *group, size_t n, size_t groups,
                                struct anova *out)
{
	struct cell *cells = mem_array(m, struct cell, groups);
	const long double grand = cells_fill(cells, y, group, n);
	long double between = 0, within = 0;

	*out = (struct anova){ .n = n, .f = NAN, .p = NAN, .r2 = NAN };
	for (size_t g = 0; g < groups; g++) {
		const struct cell *c = &cells[g];
		const long double k = (long double)c->n, d = c->n ? c->mean / k - grand : 0;

		out->groups += c->n > 0;
		between += k * d * d;
		within += c->n ? c->squares - c->rest * c->rest / k : 0;
	}
	if (out->groups < 2)
		return ANOVA_ONE_GROUP;
	if (out->groups == n)
		return ANOVA_NO_REPEATS;
	const long double df1 = (long double)(out->groups - 1), df2 = (long double)(n - out->groups);

	out->between = (double)between;
	out->within = (double)within;
	out->df_between = (double)df1;
	out->df_within = (double)df2;
	out->ms_between = (double)(between / df1);
	out->ms_within = (double)(within / df2);
	out->s = (double)sqrtl(within / df2);
	if (between + within > 0)
		out->r2 = (double)(between / (between + within));
	if (!(within > 0))
		return ANOVA_NO_SCATTER;
	out->f = (double)(between / df1 / (within / df2));
	out->p = dist_f_upper(out->f, out->df_between, out->df_within);
	return ANOVA_DONE;
}
