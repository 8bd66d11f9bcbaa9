/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * For the tests of fits: R's cars and Puromycin, the Chinchilla points when ../shared/data is there, memory, closeness.
 * cmocka is included first.
 */
#ifndef RUNG_TEST_FIT_FIXTURE_H
#define RUNG_TEST_FIT_FIXTURE_H

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/stat/fit.h"
#include "tests/unit/mem_fixture.h"

/* Ezekiel 1930, as datasets::cars of R: speed (mph) and stopping distance (ft). */
static const double cars_x[50] = { 4,  4,  7,  7,  8,  9,  10, 10, 10, 11, 11, 12, 12, 12, 12, 13, 13,
	                           13, 13, 14, 14, 14, 14, 15, 15, 15, 16, 16, 17, 17, 17, 18, 18, 18,
	                           18, 19, 19, 19, 20, 20, 20, 20, 20, 22, 23, 24, 24, 24, 24, 25 };
static const double cars_y[50] = { 2,  10, 4,  22, 16, 10, 18, 26, 34, 17, 28, 14, 20, 24, 28, 26, 34,
	                           34, 46, 26, 36, 60, 80, 20, 26, 54, 32, 40, 32, 40, 50, 42, 56, 76,
	                           84, 36, 46, 68, 32, 48, 52, 56, 64, 66, 54, 70, 92, 93, 120, 85 };

/* Treloar 1974, as the treated half of datasets::Puromycin: concentration and rate. */
static const double puromycin_x[12] = { 0.02, 0.02, 0.06, 0.06, 0.11, 0.11, 0.22, 0.22, 0.56, 0.56, 1.10, 1.10 };
static const double puromycin_y[12] = { 76, 47, 97, 107, 123, 139, 159, 152, 191, 201, 207, 200 };

struct runs {
	size_t n;
	double nd[245][2], loss[245], flop[245]; /* N / 1e6, D / 1e9 */
};

static inline int runs_by_loss(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The runs below the `drop` highest losses and below the compute limit. False when the file is not there. */
static inline bool runs_read(struct runs *r, size_t drop, double limit)
{
	const char *data = getenv("RUNG_DATA");
	char path[4096], line[512];
	struct runs all = { 0 };
	double sorted[245];

	(void)snprintf(path, sizeof path, "%s/chinchilla/svg_extracted_data.csv", data ? data : TEST_DATA "/../../shared/data");
	FILE *in = fopen(path, "r");

	if (!in)
		return false;
	while (fgets(line, sizeof line, in) && all.n < 245) {
		double params, flop, loss;

		if (sscanf(line, "%*[^,],%*[^,],%*[^,],%lf,%lf,%*[^,],%lf", &params, &flop, &loss) != 3)
			continue;
		all.nd[all.n][0] = params / 1e6;
		all.nd[all.n][1] = flop / (6 * params) / 1e9;
		all.flop[all.n] = flop;
		all.loss[all.n++] = loss;
	}
	(void)fclose(in);
	memcpy(sorted, all.loss, sizeof sorted);
	qsort(sorted, all.n, sizeof *sorted, runs_by_loss);
	r->n = 0;
	for (size_t i = 0; i < all.n; i++) {
		if ((drop && all.loss[i] >= sorted[all.n - drop]) || all.flop[i] >= limit)
			continue;
		memcpy(r->nd[r->n], all.nd[i], sizeof all.nd[i]);
		r->loss[r->n++] = all.loss[i];
	}
	return all.n == 245;
}

static struct mem_block *blocks;
static const struct mem mem = { mem_fixture_alloc, &blocks };

static inline int clear(void **state)
{
	(void)state;
	mem_fixture_clear(&blocks);
	return 0;
}

static inline void near(double got, double want, double relative)
{
	if (!(fabs(got - want) <= relative * fabs(want)))
		fail_msg("%.15g is not %.15g (off by %.2g of it)", got, want, fabs(got / want - 1));
}

/* Michaelis and Menten: p0 x / (p1 + x). */
static inline double michaelis(void *user, const double *x, const double *p)
{
	(void)user;
	return p[0] * x[0] / (p[1] + x[0]);
}

#endif
