/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Private to `fit`: the points of a table by group, place on the x axis and cluster, as arrays that the numerics take.
 */
#ifndef RUNG_FIT_SAMPLE_H
#define RUNG_FIT_SAMPLE_H

#include "plugins/rows.h"

#define SAMPLE_COLUMNS 2 /* of x */

struct sample_columns {
	struct str x[SAMPLE_COLUMNS], y;
	size_t columns;           /* of x */
	struct str over;          /* clusters; empty: every row its own */
	struct str weight;        /* empty: all 1 */
	bool weight_is_se;        /* 1/SE² is the weight */
	struct str low, high;     /* x is known to lie between; empty: exact */
	struct str split;         /* what decides which rows are held out; empty: x */
	bool keep_order;          /* rows as in the table, not sorted: published resamples count on it */
};

struct sample_point {
	double x[SAMPLE_COLUMNS], y, weight, low, high, split;
	struct str cluster;
	size_t row;
};

struct sample {
	struct value *by;             /* the by cells */
	struct sample_point *points;  /* by cluster, x, y; or as in the table */
	size_t n, cap, left_out;      /* left out: rows without x, y or weight */
	size_t columns;
	double *x, *y, *weight;       /* n rows of `columns`; n; n or NULL */
	double *place_x;              /* distinct rows of x, rising: places × columns */
	size_t *place, places;        /* of each point */
	size_t *cluster, clusters;    /* of each point; without `over` each point its own */
	bool balanced;                /* every cluster is equally often at each place */
	uint64_t clusters_hash;       /* of their names in order; for single rows, of the group's name */
};

struct sample_set {
	const struct str *by_names;
	size_t by_count;
	struct sample *groups; /* in order of first appearance */
	size_t n, cap;
	bool clustered;
};

/* Reads the step's `of` by its `by`. */
int sample_read(const struct work *w, const struct sample_columns *columns, struct sample_set *out);
/* The points that `take` marks, as a sample of their own. */
struct sample sample_part(const struct work *w, const struct sample *all, const bool *take);

#endif
