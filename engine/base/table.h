/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Tables in files: CSV (RFC 4180: quotes, doubled quotes, line ends inside quotes, CRLF, byte-order mark) and JSON Lines,
 * plain or compressed (.gz, .zst through libarchive, opened at run time only when needed).
 *
 * A plain file is mapped and cells point into it: nothing is copied unless a cell has doubled quotes. Reading costs
 * memory for one row, not for the file. The reader follows the plugin contract (`table_open` … `table_header`), which
 * says what cells mean. Errors are text with file, line and what was expected; the reader prints nothing.
 * A mapped file that someone cuts short meanwhile kills the process (SIGBUS): read blobs, or files in a worker.
 * JSON may also be one array of objects, whatever the file is called; `table_raw` of its rows has no line ends.
 */
#ifndef RUNG_TABLE_H
#define RUNG_TABLE_H

#include "engine/base/value.h"

enum table_format { TABLE_CSV, TABLE_JSONL };

struct table;

/* name: how messages call the file. format: by the ending (.csv .tsv .jsonl .ndjson .json, each also .gz .zst) when
 * `format` is NULL. NULL on failure, *error set (in the arena). */
struct table *table_open(struct arena *a, const char *path, struct str name, const enum table_format *format,
                         struct str *error);
void table_close(struct table *t); /* NULL is fine; cells die with it */
const struct str *table_columns(struct table *t, size_t *n);
long table_column(struct table *t, struct str name); /* index or -1 */
int table_next(struct table *t, const struct value **cells); /* 1 a row, 0 the end, -1 failed */
size_t table_line(const struct table *t);
struct str table_raw(const struct table *t);
struct str table_header(const struct table *t);
struct str table_error(const struct table *t); /* after -1 */

/* What a column of a CSV file holds. A column is a number's when all its cells that are not empty are written as one
 * would be: 007, +5 and 12345678901234567890 make it text, for they are more likely names, and as numbers they would
 * lose a digit. In such a column an empty cell, quoted or not, is null. In order: a column is the largest of its cells. */
enum csv_type { CSV_EMPTY, CSV_INTEGER, CSV_REAL, CSV_TEXT };

enum csv_type csv_type_of(struct str cell);
void csv_types_see(enum csv_type *types, const struct value *cells, size_t n); /* widens the type of each column */
struct value csv_typed(const struct value *cell, enum csv_type type);          /* borrows the text of the cell */

/* CSV text of a cell: quoted only when it holds comma, quote, CR, LF, or leading or trailing blanks. */
void csv_cell(struct str text, struct sb *out);
/* Rows of a JSON Lines file to CSV with a header: columns in order of first appearance. 0, or -1 with *error. */
int table_to_csv(struct arena *a, const char *jsonl_path, const char *csv_path, struct str *error) MUST_USE;

#endif
