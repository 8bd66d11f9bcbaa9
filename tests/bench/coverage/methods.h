/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Ways to put a 95 % interval around a quantity of a simulated study. A method is one function; the table in methods.c
 * names them all.
 */
#ifndef COVERAGE_METHODS_H
#define COVERAGE_METHODS_H

#include "ladder.h"

#define LEVEL 0.95

enum redraw { BY_SEED, BY_CELL, PARAMETRIC, REDRAWS };

/* A study with what its methods share. */
struct sample {
	struct study study;
	struct estimate at;
	double pooled[SOURCES], df[SOURCES]; /* residual variance of a run about the law */
	double pure, pure_df;                /* variance of a run about its cell's mean, over all cells */
	double left_out[QUANTITIES][SEEDS];  /* the quantity without seed g; NaN: not determined */
	size_t draws;
	double *drawn[REDRAWS][QUANTITIES];   /* sorted; NaN at the end */
	double *student[REDRAWS][QUANTITIES]; /* (draw - estimate) / its own standard error, sorted */
	size_t drawn_n[REDRAWS][QUANTITIES], student_n[REDRAWS][QUANTITIES];
};

struct range {
	double low, high; /* ±INFINITY: the method says that there is no end */
};

struct method {
	const char *name, *what;
	bool (*range)(const struct sample *s, enum quantity q, struct range *out); /* false: refuses */
	bool for_mean;
};

extern const struct method methods[];
extern const size_t methods_n;

void sample_reserve(struct sample *s, size_t draws);
void sample_prepare(struct sample *s, struct dice *d); /* of a study that is simulated */

#endif
