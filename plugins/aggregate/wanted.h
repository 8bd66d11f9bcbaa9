/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Private to `aggregate`: which statistics are asked of which column, and the names of the columns that hold them.
 */
#ifndef RUNG_AGGREGATE_WANTED_H
#define RUNG_AGGREGATE_WANTED_H

#include "plugins/rows.h"

enum stat {
	STAT_N,
	STAT_MEAN,
	STAT_STD,
	STAT_SEM,
	STAT_SUM,
	STAT_MIN,
	STAT_MAX,
	STAT_MEDIAN,
	STAT_QUANTILE,
	STAT_IQM,
	STAT_MAD,
	STAT_CI,
	STAT_WILSON,
	STAT_CLOPPER,
	STAT_BOUNDS,
};

struct wanted {
	enum stat stat;
	struct str name;
	double p; /* of a quantile; the level of an interval */
};

struct measured {
	struct str name;
	struct wanted *stats;
	size_t n;
	bool keeps;  /* something is asked that needs the values themselves */
	bool truths; /* … that needs every value to be 0 or 1 */
	bool shares; /* … that needs every value to be between 0 and 1 */
	bool bounded;       /* the bounds are asked for by name */
	struct str prefix;  /* "NAME_" */
};

extern const char wanted_known[]; /* the statistics there are, for help and messages */

/* Every key of the fields but `of` and `by`. -1: failed. */
int wanted_read(const struct work *w, struct measured **out, size_t *n);

#endif
