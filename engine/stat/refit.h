/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The same curve again and again with other weights: y = E + A exp(-t u), as power2 (no E), power3 (u = ln x, t = alpha) and
 * exp3 (u = x, t = k) are, from a start close by. Made for bootstraps: resamples share their x, and their optimum lies near
 * that of all data.
 *
 * Sums over the distinct places u give E, A, the derivative of the projected sum of squares by t and its exact second
 * derivative, so Newton's method needs three or four rounds; in the first the exponentials come from a table. It stops when
 * a step is below 1e-5 of 1/(range of u), takes that step to first order, and is then off by its square. Nothing is
 * allocated. A resample that does not get there (second derivative not positive, t outside its limits, 20 rounds) is given
 * back to the caller, who searches it in full. The bytes do not depend on the machine.
 */
#ifndef RUNG_STAT_REFIT_H
#define RUNG_STAT_REFIT_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/stat/law.h"
#include "engine/stat/mem.h"

struct refit {
	bool floor;       /* has E */
	size_t n, places; /* rows; distinct u, rounded up to even */
	size_t *place;    /* of each row; NULL: the rows are the places */
	double *u;        /* less `origin` */
	double origin, range, t, low, high;
	double *e;        /* exp(-t u) at the start t */
	double *weight, *sum; /* of the places: Σw, Σw (y - level) */
	double level;     /* mean of y, taken off so that sums do not cancel */
	const double *y;
};

/* Families this serves: power2, power3, exp3. */
bool refit_serves(const struct law *law);
/* params: the start, as law.h orders them; limits of t from low to high. x, y: n rows, y stays the caller's. */
void refit_init(struct refit *r, const struct mem *m, const struct law *law, const double *x, const double *y, size_t n,
                const double *params, double low, double high);
/* weight: one a row, such as how often it was drawn. y: NULL = that of refit_init. False: not converged from here. */
bool refit_run(struct refit *r, const double *weight, const double *y, double *params);

#endif
