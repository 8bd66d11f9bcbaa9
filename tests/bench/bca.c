/* SPDX-License-Identifier: GPL-3.0-or-later
 * BCa intervals of the mean and of the median, 9,999 resamples of 200 values: milliseconds, the median of 21 runs each. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/stat/resample.h"
#include "tests/unit/mem_fixture.h"

#define N 200
#define B 9999
#define RUNS 21

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static struct resample_bounds once(const double *x, bool median)
{
	static double draws[B], left_out[N];
	struct mem_block *blocks = NULL;
	const struct mem mem = { mem_fixture_alloc, &blocks };
	double sorted[N], estimate = 0;

	if (median) {
		memcpy(sorted, x, sizeof sorted);
		qsort(sorted, N, sizeof *sorted, by_size);
		estimate = (sorted[N / 2 - 1] + sorted[N / 2]) / 2;
		resample_medians(&mem, x, N, 42, 0, B, draws);
		resample_jackknife_medians(&mem, x, N, left_out);
	} else {
		for (size_t i = 0; i < N; i++)
			estimate += x[i] / N;
		resample_means(x, N, 42, 0, B, draws);
		resample_jackknife_means(x, N, left_out);
	}
	size_t n = resample_sort(draws, B);
	struct resample_bounds b = resample_bca(estimate, draws, n, resample_acceleration_of(left_out, N), 0.95);

	mem_fixture_clear(&blocks);
	return b;
}

int main(int argc, char **argv)
{
	double x[N], times[RUNS];
	FILE *f = argc > 1 ? fopen(argv[1], "r") : NULL;

	for (size_t i = 0; f && i < N; i++)
		if (fscanf(f, "%lf", &x[i]) != 1)
			return 2;
	if (!f)
		return 2;
	(void)fclose(f);
	for (int median = 0; median < 2; median++) {
		struct resample_bounds b = { .low = 0 };

		for (int run = -1; run < RUNS; run++) {
			double start = now();

			b = once(x, median);
			if (run >= 0)
				times[run] = now() - start;
		}
		qsort(times, RUNS, sizeof *times, by_size);
		printf("%-6s %8.3f %.6f %.6f\n", median ? "median" : "mean", times[RUNS / 2], b.low, b.high);
	}
	return 0;
}
