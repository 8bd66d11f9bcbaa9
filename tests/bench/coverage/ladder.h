/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A study of the ladder's shape, simulated: two sources of labels, y = E + A x^-alpha with A < 0 plus noise, some seeds per
 * budget. From it the five numbers that a paper would print (and one plain mean), each with the weights by which it hangs on
 * the cell means: to first order, value = constant + Σ weight · mean.
 */
#ifndef COVERAGE_LADDER_H
#define COVERAGE_LADDER_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/stat/rng.h"

#define SOURCES 2
#define MANUAL_CELLS 5
#define GPT_CELLS 10
#define CELLS (MANUAL_CELLS + GPT_CELLS) /* those of manual first */
#define SEEDS 20                         /* most */
#define PARAMS 6                         /* E, A, alpha of manual, then of gpt */

enum quantity { Q_ALPHA_MANUAL, Q_ALPHA_GPT, Q_FLOOR_MANUAL, Q_FLOOR_GPT, Q_CROSSOVER, Q_MEAN, QUANTITIES };
extern const char *const quantity_name[QUANTITIES]; /* the crossover is ln x, the mean that of manual at 100 */

/* Which cells a source has. */
static inline size_t first_cell(size_t source)
{
	return source ? MANUAL_CELLS : 0;
}

static inline size_t end_cell(size_t source)
{
	return source ? CELLS : MANUAL_CELLS;
}

extern double log_x[CELLS];
extern const double truth_law[PARAMS];

struct noise {
	const char *name;
	size_t seeds;
	bool measured;      /* each cell has the standard deviation that was measured there, or all have the same */
	double correlation; /* of the errors that one seed makes at two budgets or sources */
	double tail;        /* 0: normal; else the share of errors that are three times as large */
};

struct study {
	size_t seeds;
	double y[CELLS][SEEDS], mean[CELLS], var[CELLS];
};

struct estimate {
	double p[PARAMS], rss[SOURCES];
	bool edge[SOURCES]; /* alpha stands at the end of its range: no inner minimum */
	double value[QUANTITIES], weight[QUANTITIES][CELLS];
	bool ok[QUANTITIES];
};

void ladder_init(void);
double truth_of(enum quantity q);
void simulate(struct dice *d, const struct noise *n, struct study *s);
void summarise(struct study *s); /* means and variances of y */
void estimate_of(const double *mean, bool weights, struct estimate *e);

/* The best law among those with quantity q equal to `at`; p: the start, becomes the result. `score`: the direction in which
 * the means would move if q did, at right angles to everything that the other parameters can do, of length 1. Returns the
 * sum of squares about it, or a negative number when the search failed. */
double constrained(enum quantity q, double at, const double *mean, double *p, double *fitted, double *score);

#endif
