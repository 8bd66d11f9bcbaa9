/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Private to the kinds: power laws y = E + A x^-alpha, fitted by least squares through variable projection.
 *
 * For a given alpha the best E and A follow from a linear fit, so the search is over alpha alone: a grid, and then the
 * root of the derivative inside the best bracket (Golub and Pereyra, SIAM J. Numer. Anal. 10, 1973). There is no start
 * value and no second minimum to be caught in. Points at the same x enter as their mean with a weight: that moves the
 * sum of squares by a constant and leaves the minimum where it is.
 */
#ifndef RUNG_KIND_LAW_H
#define RUNG_KIND_LAW_H

#include <stdbool.h>
#include <stddef.h>

#include "plugins/work.h"

enum law_kind {
	LAW_POWER2, /* E = 0; alpha may be negative: a growing law */
	LAW_POWER3,
};

struct law {
	double e, a, alpha;
};

#define LAW_GRID_MAX 192

struct law_search {
	enum law_kind kind;
	size_t n;       /* places on the x axis, distinct */
	double *log_x;  /* less `origin` */
	double origin;  /* of log x: the smallest, so that powers stay in range */
	double grid[LAW_GRID_MAX];
	size_t grid_n;
	double *powers; /* grid_n × n: exp(-grid × log_x) */
	double *now;    /* n powers at the alpha being tried */
};

size_t law_parameters(enum law_kind kind);
/* x: distinct and positive. */
void law_prepare(const struct work *w, struct law_search *s, enum law_kind kind, const double *x, size_t n);
/* Weighted least squares; places with weight 0 do not count. False when the points do not determine the law. *edge: the
 * best alpha lies at the end of the search, so the data do not show one. */
bool law_solve(const struct law_search *s, const double *weight, const double *mean, struct law *out, bool *edge);
double law_at(const struct law *l, double x);

#endif
