/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How often do nominal 95 % intervals cover the truth in studies of the ladder's shape, and how wide are they? One table
 * for each kind of noise; a row for each method. `coverage STUDIES RESAMPLES [NOISE…]`
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "methods.h"

static const struct noise noises[] = {
	{ "measured", 5, true, 0, 0 },      /* standard deviations as measured, runs independent */
	{ "equal", 5, false, 0, 0 },        /* one standard deviation */
	{ "shared", 5, true, 0.5, 0 },      /* half of the variance is the seed's, at all budgets and in both sources */
	{ "tails", 5, true, 0, 0.05 },      /* one error in twenty is three times as large */
	{ "three", 3, true, 0, 0 },         /* three seeds */
	{ "ten", 10, true, 0, 0 },          /* ten seeds */
	{ "ten-shared", 10, true, 0.5, 0 }, /* ten seeds, half of the variance the seed's */
};

struct score {
	size_t asked, given, covered, low_misses, bounded;
	double *width;
};

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void judge(const struct sample *s, const struct method *m, enum quantity q, struct score *score)
{
	struct range r;
	double truth = truth_of(q);

	score->asked++;
	if (!m->range(s, q, &r))
		return;
	score->width[score->given++] = r.high - r.low;
	score->covered += r.low <= truth && truth <= r.high;
	score->low_misses += truth < r.low;
	score->bounded += isfinite(r.high - r.low);
}

static void print_table(const struct noise *n, size_t studies, size_t resamples, struct score *score)
{
	printf("\n## %s: %zu seeds, %s deviations, correlation %.1f, tails %.2f; %zu studies, %zu resamples\n\n", n->name,
	       n->seeds, n->measured ? "measured" : "equal", n->correlation, n->tail, studies, resamples);
	printf("Coverage in %% of the intervals given, then (median width; %% of studies without an interval, %% without an end).\n\n");
	printf("| method |");
	for (size_t q = 0; q < QUANTITIES; q++)
		printf(" %s |", quantity_name[q]);
	printf("\n|---|");
	for (size_t q = 0; q < QUANTITIES; q++)
		printf("---|");
	printf("\n");
	for (size_t i = 0; i < methods_n; i++) {
		printf("| %s |", methods[i].name);
		for (size_t q = 0; q < QUANTITIES; q++) {
			struct score *c = &score[i * QUANTITIES + q];

			if (!c->given) {
				printf(" |");
				continue;
			}
			qsort(c->width, c->given, sizeof *c->width, by_size);
			printf(" %.1f (%.3g; %.0f, %.0f) |", 100 * (double)c->covered / (double)c->given, c->width[c->given / 2],
			       100 * (double)(c->asked - c->given) / (double)c->asked,
			       100 * (double)(c->given - c->bounded) / (double)c->given);
		}
		printf("\n");
	}
	fflush(stdout);
}

static void run(const struct noise *n, size_t studies, size_t resamples)
{
	struct score *score = calloc(methods_n * QUANTITIES, sizeof *score);
	struct sample *s = calloc(1, sizeof *s);
	struct dice d;

	if (!score || !s)
		abort();
	for (size_t i = 0; i < methods_n * QUANTITIES; i++)
		score[i].width = calloc(studies, sizeof(double));
	sample_reserve(s, resamples);
	for (size_t r = 0; r < studies; r++) {
		dice_seed(&d, rng_mix(20261120) + r); /* a study does not depend on how many there are */
		simulate(&d, n, &s->study);
		sample_prepare(s, &d);
		for (size_t i = 0; i < methods_n; i++)
			for (size_t q = 0; q < QUANTITIES; q++)
				if (q != Q_MEAN || methods[i].for_mean)
					judge(s, &methods[i], (enum quantity)q, &score[i * QUANTITIES + q]);
	}
	print_table(n, studies, resamples, score);
}

int main(int argc, char **argv)
{
	size_t studies = argc > 1 ? (size_t)atol(argv[1]) : 2000, resamples = argc > 2 ? (size_t)atol(argv[2]) : 999;

	if (studies < 1 || resamples < 2) {
		fprintf(stderr, "usage: coverage [STUDIES [RESAMPLES [NOISE...]]]\n");
		return 2;
	}
	ladder_init();
	for (size_t i = 0; i < sizeof noises / sizeof *noises; i++) {
		bool asked = argc <= 3;

		for (int k = 3; k < argc; k++)
			asked = asked || !strcmp(argv[k], noises[i].name);
		if (asked)
			run(&noises[i], studies, resamples);
	}
	return 0;
}
