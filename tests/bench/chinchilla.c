/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The times of chinchilla.sh: `chinchilla CSV` prints `<what> <seconds> <of the processor> …`, one line a task.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "engine/stat/chinchilla.h"

#define MOST 1000
#define DROPPED 5
#define RESAMPLES 4000

static void *take(void *owner, size_t bytes)
{
	void *p = calloc(1, bytes);

	(void)owner;
	if (!p)
		abort();
	return p;
}

static double processor(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int main(int argc, char **argv)
{
	static double params[MOST], tokens[MOST], loss[MOST], draws[RESAMPLES * CHINCHILLA_PARAMS];
	static const double hoffmann[] = { 6.0073404, 6.0179186, 0.5267228, 0.33917084, 0.2849083 };
	struct mem mem = { .alloc = take };
	struct chinchilla c;
	struct mt19937 numpy;
	char line[512];
	size_t n = 0, row;
	FILE *f = argc == 2 ? fopen(argv[1], "r") : NULL;

	if (!f || !fgets(line, sizeof line, f)) {
		fprintf(stderr, "usage: chinchilla svg_extracted_data.csv\n");
		return 2;
	}
	for (double flop; n < MOST && fgets(line, sizeof line, f); n++) {
		if (sscanf(line, "%*[^,],%*[^,],%*[^,],%lf,%lf,%*[^,],%lf", &params[n], &flop, &loss[n]) != 3)
			return 1;
		tokens[n] = flop / (6 * params[n]);
	}
	if (chinchilla_init(&c, &mem, n - DROPPED, params + DROPPED, tokens + DROPPED, loss + DROPPED, 1e-3, &row))
		return 1;
	double start = processor();
	struct chinchilla_search s = chinchilla_search(&c, &mem, &chinchilla_grid);

	printf("grid %.4f s: %zu starts, %zu at the best, %zu converged, %.1f evaluations a start, f %.13e\n", processor() - start,
	       s.starts, s.at_best, s.converged, (double)s.evaluations / (double)s.starts, s.best.f);
	mt19937_seed(&numpy, 42);
	start = processor();
	struct chinchilla_resampled r =
		chinchilla_bootstrap(&c, &mem, hoffmann, RESAMPLES, chinchilla_draw_numpy, &numpy, 0.95, draws);

	printf("bootstrap %.4f s: %d refits, %zu converged, %.1f evaluations a refit, SE of alpha %.7f\n", processor() - start,
	       RESAMPLES, r.converged, (double)r.evaluations / RESAMPLES, r.se[CHINCHILLA_ALPHA]);
	return 0;
}
