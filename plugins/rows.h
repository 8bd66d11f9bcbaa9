/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Private to the kinds: rows in and rows out.
 *
 * A `struct frame` is a whole table in the job's memory, for kinds that look at small tables more than once. Kinds that
 * may meet a million rows read through the host row by row and use `columns_find` alone.
 */
#ifndef RUNG_KIND_ROWS_H
#define RUNG_KIND_ROWS_H

#include "plugins/work.h"

struct columns {
	struct str label; /* what messages call the table */
	const struct str *names;
	size_t n;
};

/* The column's index. When it is missing: fails, blaming `field`, with the columns there are and the nearest one. */
int columns_find(const struct work *w, const struct columns *in, const char *field, struct str name, size_t *out);
/* The same for a list of names; *out is an array of n indices. */
int columns_find_all(const struct work *w, const struct columns *in, const char *field, size_t **out, size_t *n);

struct frame_row {
	const struct value *cells;
	size_t n; /* columns that were known when the row was read; cells beyond are null */
	size_t line;
};

struct frame {
	struct str kind; /* of the step that made it */
	struct columns columns;
	struct frame_row *rows;
	size_t n;
};

int frame_read(const struct work *w, struct str name, const char *field, struct frame *out);
const struct value *frame_cell(const struct frame *f, size_t row, size_t column);
/* -1 when there is no such column. */
long frame_column(const struct frame *f, const char *name);
/* The cell in the column of that name; null when there is no such column. */
const struct value *frame_get(const struct frame *f, size_t row, const char *name);

/* `true`, `True` or `TRUE`, and the same for false. */
bool text_truth(struct str s, bool *out);
/* A number, a truth (1 or 0), or text that is one of them. */
bool cell_number(const struct work *w, const struct value *cell, double *out);
/* Fails because the cell is no finite number: blames the field, says table, column, row (from 1) and what stands there. */
int cell_no_number(const struct work *w, const char *field, const struct columns *in, struct str column, size_t row,
                   const struct value *cell);
/* Null, or text without any bytes. */
bool cell_missing(const struct value *cell);
/* Text itself, numbers and truths as text, nothing for null, lists and maps. */
struct str cell_text(const struct work *w, const struct value *cell);
/* Fails, blaming `field`: "s: column 'v', row 3: 'n/a' is no number". */
int cell_refuse(const struct work *w, const char *field, const struct columns *in, struct str column, size_t row,
                const struct value *cell);
/* Several cells as one key, in the order of the columns; with one column the cell's text itself. The result is a view of
 * a cell or of `scratch`, which is written anew: a million rows cost no memory. */
struct str cells_key(struct text *scratch, const struct value *cells, const size_t *columns, size_t n);
struct value cell_copy(const struct work *w, const struct value *cell);

/* Does the row say that it was not scored? By a reason or true in its cell `unscored`, or by `unscored` or `error`, with or
 * without a reason in parentheses, in its cell `status`. NULL: there is no such column. */
enum row_status { ROW_SCORED, ROW_UNSCORED, ROW_FAILED };
enum row_status row_status(const struct value *unscored, const struct value *status);

/* ---- a row being built ---- */

struct row {
	const struct work *w;
	struct value map;
	size_t cap;
};

void row_put(struct row *r, struct str key, struct value v);
void row_set(struct row *r, const char *key, struct value v);
/* Writes it, or fails, blaming `by`: a grouping column has the name of a column that the kind itself makes. */
int row_save(const struct work *w, struct writer *out, const struct value *row);
/* NaN and infinities become null: no table of rung holds them. */
void row_real(struct row *r, const char *key, double v);

/* ---- keys to dense numbers, in order of first appearance ---- */

struct groups {
	const struct work *w;
	struct str *keys;
	uint64_t *hashes;
	size_t n, cap, hash_cap;
	uint32_t *slots; /* index + 1, 0 = free */
	size_t slot_count;
};

/* The key's number; a new key is copied and gets the next one. */
size_t groups_number(struct groups *g, struct str key);
/* False when the key is not there. */
bool groups_find(const struct groups *g, struct str key, size_t *number);

#endif
