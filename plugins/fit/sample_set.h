/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Private to `fit`: the points of a table by group, place on the x axis and cluster.
 */
#ifndef RUNG_FIT_SAMPLE_SET_H
#define RUNG_FIT_SAMPLE_SET_H

#include "plugins/rows.h"

struct sample_point {
	double x, y;
	size_t place;       /* index into sample_group.x */
	struct str cluster; /* value of `over`; empty when rows are redrawn singly */
};

struct sample_group {
	struct value *by; /* the by cells */
	struct sample_point *points; /* sorted by cluster */
	size_t n, cap;
	size_t left_out;    /* rows without x or y */
	double *x;          /* distinct, rising */
	size_t places;
	size_t *cluster_at; /* clusters + 1 indices into points */
	size_t clusters;
	uint64_t clusters_hash; /* of their names in order; for single rows, of the group's name */
};

struct sample_set {
	const struct str *by_names;
	size_t by_count;
	struct sample_group *groups; /* in order of first appearance */
	size_t n, cap;
};

/* Reads the step's `of` by its `by`. over: empty = redraw single rows. */
int sample_set_read(const struct work *w, struct str x, struct str y, struct str over, struct sample_set *out);

#endif
