/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Private to the kinds that read fitted laws: a law out of a row of `fit`, its draws, and where two of them meet.
 */
#ifndef RUNG_CROSSOVER_MEET_H
#define RUNG_CROSSOVER_MEET_H

#include "plugins/rows.h"
#include "plugins/stat/power.h"

#define MEET_ROOTS 8 /* two such laws meet at most twice; more would be noise of rounding */
#define MEET_FINE 4000 /* steps of the scan over log x */
#define MEET_COARSE 400

struct meet_law {
	struct power law;
	double x_min, x_max;
	struct power *draws; /* alpha NaN: that draw is unknown */
	size_t n;
};

struct meet_root {
	double x;
	double below, above; /* sign of the difference on either side */
};

/* False when the row holds no law. */
bool meet_law_read(const struct frame *f, size_t row, struct meet_law *out);
void meet_draws_read(const struct work *w, const struct value *draws, struct meet_law *out);

double meet_difference(const struct meet_law laws[2], double x);
/* All changes of sign between range[0] and range[1], rising; returns how many. */
size_t meet_roots(const struct meet_law laws[2], const double range[2], size_t steps, struct meet_root roots[MEET_ROOTS]);

size_t meet_draws(const struct meet_law *a, const struct meet_law *b); /* pairs of draws */
bool meet_draw_known(const struct meet_law laws[2], size_t draw);
size_t meet_draw(const struct meet_law laws[2], size_t draw, const double range[2], struct meet_root roots[MEET_ROOTS]);

#endif
