/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Private to base: a table being read, shared by table.c (files, windows), csv.c and jsonl.c (rows).
 *
 * The bytes that are not read yet stand between `at` and `end`. Of a plain file that is all of it, mapped. Of a
 * compressed one it is a window: a row that does not end inside it is scanned again, from its start, after
 * `table_more` has moved it to the front of a buffer and filled up behind it.
 */
#ifndef RUNG_TABLE_PRIVATE_H
#define RUNG_TABLE_PRIVATE_H

#include "engine/base/map.h"
#include "engine/base/table.h"
#include "engine/base/unzip.h"
#include "engine/base/vec.h"

enum scan { SCAN_ROW, SCAN_END, SCAN_MORE, SCAN_FAILED };

enum layout {
	LAYOUT_CSV,
	LAYOUT_LINES, /* JSON, an object a line */
	LAYOUT_ARRAY, /* JSON, one array of objects */
};

enum array_state { ARRAY_START, ARRAY_OPEN, ARRAY_AFTER_ROW, ARRAY_AFTER_COMMA, ARRAY_END };

struct table {
	struct arena *a;   /* the caller's: columns, error */
	struct arena *row; /* cells that are no view of the window; emptied before each row */
	struct str name;
	enum layout layout;
	char separator; /* CSV */

	const char *at, *end;
	bool eof; /* nothing comes behind `end` */
	void *mapping;
	size_t mapping_size;
	struct unzip *unzip; /* NULL for a plain file */
	char *buffer;
	size_t buffer_size;

	VEC(struct str) columns;
	struct map column_index; /* name → index + 1, as a pointer */
	struct value *cells;     /* of the present row; cell_cap >= columns.n once rows are read */
	size_t cell_cap;
	uint64_t *seen; /* JSON: number of the row that last had the column; rows count from 1 */
	uint64_t row_number;

	size_t line;     /* in the file, of `at` */
	size_t row_line; /* where the present row starts */
	size_t row_cells; /* CSV: cells of the present row */
	struct str raw, header, error;
	bool pending; /* the present row was read ahead, to know the columns */
	enum array_state array; /* LAYOUT_ARRAY: what was seen last */
	bool failed;
};

/* Records "NAME:LINE: …"; returns SCAN_FAILED. */
enum scan table_fail(struct table *t, size_t line, const char *fmt, ...) PRINTF(3, 4);
/* More bytes behind `end`, or `eof`; moves `at`. False on failure. */
bool table_more(struct table *t);
size_t table_add_column(struct table *t, struct str name); /* the caller knows that it is new; name is copied */
void table_grow_cells(struct table *t, size_t want);

enum scan csv_scan(struct table *t);
bool csv_header(struct table *t); /* the row just scanned becomes the header; false when it failed */
enum scan jsonl_scan(struct table *t);
enum scan json_array_scan(struct table *t);

#endif
