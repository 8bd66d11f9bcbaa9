/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/stat/cluster.h"

#include <math.h>

#include "engine/stat/moments.h"

struct sums {
	double *u;                 /* of each cluster */
	unsigned char *arms;       /* bit 0: has a value of the first arm, bit 1: of the second */
	double squares, corrected; /* Σu², and what the arms' variances are */
};

static void add_arm(struct sums *s, const double *x, const uint32_t *cluster, size_t n, int arm)
{
	double mean = summary_of(x, n).mean, sign = arm ? -1 : 1, squares = 0;

	for (size_t i = 0; i < n; i++) {
		double u = sign * (x[i] - mean) / (double)n;

		s->u[cluster[i]] += u;
		s->arms[cluster[i]] |= (unsigned char)(1 << arm);
		squares += u * u;
	}
	s->squares += squares;
	s->corrected += squares * (double)n / (double)(n - 1);
}

static struct cluster_error error_of(const struct sums *s, size_t count, int arms)
{
	struct cluster_error e = { .se = NAN, .design_effect = NAN, .df = NAN, .naive = sqrt(s->corrected) };
	double together = 0;
	int shared = 0;

	for (size_t c = 0; c < count; c++) {
		together += s->u[c] * s->u[c];
		e.clusters += s->arms[c] != 0;
		shared |= s->arms[c] == 3;
	}
	double variance = s->corrected + (together - s->squares), df = (double)e.clusters - (arms == 2 && !shared ? 2 : 1);

	if (df < 1 || !(variance > 0))
		return e;
	e.df = df;
	e.se = sqrt(variance);
	e.design_effect = variance / s->corrected;
	return e;
}

struct cluster_error cluster_error_of(const struct mem *m, const double *x, const uint32_t *cluster, size_t n, size_t count)
{
	struct sums s = { mem_array(m, double, count), mem_array(m, unsigned char, count), 0, 0 };

	if (n < 2)
		return (struct cluster_error){ n, NAN, NAN, NAN, NAN };
	add_arm(&s, x, cluster, n, 0);
	return error_of(&s, count, 1);
}

struct cluster_error cluster_error_of_arms(const struct mem *m, const double *x, const uint32_t *cx, size_t nx,
                                           const double *y, const uint32_t *cy, size_t ny, size_t count)
{
	struct sums s = { mem_array(m, double, count), mem_array(m, unsigned char, count), 0, 0 };

	if (nx < 2 || ny < 2)
		return (struct cluster_error){ 0, NAN, NAN, NAN, NAN };
	add_arm(&s, x, cx, nx, 0);
	add_arm(&s, y, cy, ny, 1);
	return error_of(&s, count, 2);
}
