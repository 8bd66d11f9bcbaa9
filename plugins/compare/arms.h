/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Private to `compare`: the table, cut into groups and arms.
 *
 * The values of an arm are sorted by pair key, cluster and value, and clusters are numbered by their sorted names, so that
 * nothing that follows depends on the order of rows.
 */
#ifndef RUNG_COMPARE_ARMS_H
#define RUNG_COMPARE_ARMS_H

#include "plugins/rows.h"

struct arm_value {
	double y;
	struct str key;          /* what pairs rows; empty when nothing does */
	struct str cluster_name;
	uint32_t cluster;
	size_t row;              /* from 1 */
};

struct arm {
	struct arm_value *values;
	size_t n, cap;
	size_t missing; /* rows without y, or without a cell that pairs them */
};

struct arm_group {
	struct value *by; /* cells */
	struct arm *arms; /* as many as there are names */
	struct str name;  /* of the group, for messages; empty when there is one only */
};

struct arms {
	const struct work *w;
	struct frame frame;
	size_t y, between, *by, by_count, *pair, pair_count, cluster;
	bool clustered;
	struct groups names;     /* of the arms */
	size_t clusters;
	struct arm_group *groups;
	size_t n, cap;
};

/* Fails, blaming the field, on: no rows, missing columns, what is no finite number, arms that are not there, fewer than two
 * arms, rows of one arm with the same pair key. */
int arms_read(const struct work *w, struct arms *out);
/* Order of bytes: what the values of an arm are sorted by. */
int key_order(struct str a, struct str b);
struct str arm_name(const struct arms *a, size_t arm);

#endif
