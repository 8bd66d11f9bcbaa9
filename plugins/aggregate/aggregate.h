/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Private to `aggregate`: what is known of each column in each group, filled by aggregate.c, written by write.c.
 */
#ifndef RUNG_AGGREGATE_H
#define RUNG_AGGREGATE_H

#include "engine/stat/moments.h"
#include "plugins/aggregate/keys.h"
#include "plugins/aggregate/wanted.h"

#define TALLY_FRESH 8 /* values that go into the moments at once: it costs a third of taking each by itself */

struct tally {
	struct moments m;           /* of all values but the fresh ones */
	uint64_t n;                 /* values so far */
	uint64_t unscored, missing; /* rows without a value */
	double *x; /* all values, for columns that keep them */
	size_t cap;
	double fresh[TALLY_FRESH];
};

struct aggregate {
	const struct work *w;
	struct str label; /* what messages call the table */
	const struct str *by;
	size_t by_count;
	struct measured *measured;
	size_t n;
	struct keys keys;
	struct tally *tallies; /* groups × n */
};

int aggregate_write(struct aggregate *a);

#endif
