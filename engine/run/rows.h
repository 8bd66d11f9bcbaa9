/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Private to engine/run: the rows that a task offers to those who read it as a table: the axes of its point, then its
 * metrics, or each row of its primary output where that is a table. A column of the row itself wins over an axis of the
 * same name. Written as JSON Lines; a column of CSV files gets one type for all files that are gathered (base/table.h).
 */
#ifndef RUNG_RUN_ROWS_H
#define RUNG_RUN_ROWS_H

#include "engine/base/table.h"
#include "engine/graph/graph.h"
#include "engine/store/store.h"

struct rows_of {
	struct value point;   /* V_MAP */
	struct value metrics; /* V_MAP or V_NULL */
	struct str table;     /* path of the primary table; empty = none */
	enum table_format format;
	struct str label;     /* what messages call it */
};

/* What the task offers. The primary output of a kind with outputs; its format by the ending. */
struct rows_of rows_of_result(const struct step *step, struct value point, const struct result *r, const struct store *s,
                              struct arena *a);
bool table_format_of(struct str file, enum table_format *out); /* by the ending; false: no table */

/* 0, or -1 with *error in the arena. */
int rows_write(struct arena *a, const char *path, const struct rows_of *from, size_t n, struct str *error) MUST_USE;

struct value rows_encode(const struct rows_of *r, struct arena *a);
struct rows_of rows_decode(const struct value *v, struct arena *a);

#endif
