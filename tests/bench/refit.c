/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * 10,000 bootstrap refits of y = E + A x^-alpha on 50 points, timed; `refit.py` makes the points and the resamples, and
 * does the same with scipy. Usage: refit POINTS RESAMPLES RESULTS, whose rows are E A alpha.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "engine/stat/fit.h"
#include "tests/unit/mem_fixture.h"

#define POINTS 50
#define REFITS 10000
#define RUNS 9

static double now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void read_all(const char *path, void *into, size_t bytes)
{
	FILE *f = fopen(path, "rb");

	if (!f || fread(into, 1, bytes, f) != bytes) {
		(void)fprintf(stderr, "refit: cannot read %zu bytes of %s\n", bytes, path);
		exit(2);
	}
	(void)fclose(f);
}

int main(int argc, char **argv)
{
	static double xy[2][POINTS], results[REFITS][3], weight[POINTS], seconds[RUNS];
	static unsigned char drawn[REFITS][POINTS];
	struct mem_block *blocks = NULL;
	const struct mem mem = { mem_fixture_alloc, &blocks };
	size_t searched = 0;

	if (argc != 4)
		return 2;
	read_all(argv[1], xy, sizeof xy);
	read_all(argv[2], drawn, sizeof drawn);
	struct fit_problem p = { .law = &law_families[LAW_POWER3], .n = POINTS, .x = xy[0], .y = xy[1] };
	struct fit_result all;

	if (fit_solve(&p, &mem, &all) != FIT_DONE)
		return 1;
	struct fit_again *again = fit_again_new(&p, &all, &mem);

	for (int run = 0; run < RUNS; run++) {
		double start = now();

		searched = 0;
		for (size_t i = 0; i < REFITS; i++) {
			for (size_t k = 0; k < POINTS; k++)
				weight[k] = 0;
			for (size_t k = 0; k < POINTS; k++)
				weight[drawn[i][k]] += 1;
			enum fit_refit how = fit_refit(again, weight, NULL, results[i]);

			if (how == FIT_REFIT_FAILED)
				results[i][0] = results[i][1] = results[i][2] = NAN;
			searched += how == FIT_REFIT_SEARCHED;
		}
		seconds[run] = now() - start;
	}
	FILE *out = fopen(argv[3], "wb");

	if (!out || fwrite(results, sizeof results, 1, out) != 1 || fclose(out))
		return 1;
	qsort(seconds, RUNS, sizeof *seconds, by_size);
	printf("%.6f %zu\n", seconds[RUNS / 2], searched);
	mem_fixture_clear(&blocks);
	return 0;
}
