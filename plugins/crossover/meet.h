/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Private to `plot`: a power law out of a row of `fit`, and its draws.
 */
#ifndef RUNG_CROSSOVER_MEET_H
#define RUNG_CROSSOVER_MEET_H

#include "plugins/rows.h"
#include "plugins/stat/power.h"

struct meet_law {
	struct power law;
	double x_min, x_max;
	struct power *draws; /* alpha NaN: that draw is unknown */
	size_t n;
};

/* False when the row holds no law. */
bool meet_law_read(const struct frame *f, size_t row, struct meet_law *out);
void meet_draws_read(const struct work *w, const struct value *draws, struct meet_law *out);

#endif
