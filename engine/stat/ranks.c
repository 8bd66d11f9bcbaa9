/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/stat/ranks.h"

#include <stdlib.h>

struct placed {
	double x;
	size_t at;
};

static int by_value(const void *a, const void *b)
{
	const struct placed *p = a, *q = b;

	return (p->x > q->x) - (p->x < q->x);
}

static void ties_add(struct ties *all, size_t equal)
{
	double t = (double)equal;

	if (equal < 2)
		return;
	all->any = true;
	all->pairs += t * (t - 1);
	all->triples += t * (t - 1) * (t - 2);
	all->cubes += t * t * t - t;
	all->kendall += t * (t - 1) * (2 * t + 5);
}

struct ties ranks_of(const struct mem *m, const double *x, size_t n, double *rank)
{
	struct placed *sorted = mem_array(m, struct placed, n);
	struct ties all = { .any = false };

	for (size_t i = 0; i < n; i++)
		sorted[i] = (struct placed){ x[i], i };
	if (n > 1)
		qsort(sorted, n, sizeof *sorted, by_value);
	for (size_t from = 0, to; from < n; from = to) {
		for (to = from + 1; to < n && sorted[to].x == sorted[from].x; to++)
			;
		for (size_t i = from; i < to; i++)
			rank[sorted[i].at] = (double)(from + 1 + to) / 2;
		ties_add(&all, to - from);
	}
	return all;
}
