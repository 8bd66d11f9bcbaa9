/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Writing CSV, and JSON Lines to CSV: one pass to learn the columns, one to write the rows.
 */
#include <string.h>

#include "engine/base/fs_private.h"
#include "engine/base/table.h"

#define PIECE ((size_t)64 << 10)

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

void csv_cell(struct str text, struct sb *out)
{
	bool quote = text.n && (is_blank(text.p[0]) || is_blank(text.p[text.n - 1]));

	for (size_t i = 0; i < text.n && !quote; i++)
		quote = memchr(",\"\r\n", text.p[i], 4) != NULL;
	if (!quote) {
		sb_add(out, text);
		return;
	}
	sb_char(out, '"');
	for (struct str part, rest = text; str_split(&rest, '"', &part);) {
		sb_add(out, part);
		if (part.p + part.n < text.p + text.n)
			sb_z(out, "\"\"");
	}
	sb_char(out, '"');
}

static void put_value(const struct value *v, struct sb *text, struct sb *out)
{
	if (v->type == V_STR) {
		csv_cell(v->s, out);
		return;
	}
	sb_clear(text);
	value_text(v, text);
	csv_cell(sb_str(text), out);
}

/* A line of one empty cell would be a blank line, which readers skip. */
static void end_line(struct sb *out, size_t start)
{
	if (out->n == start)
		sb_z(out, "\"\"");
	sb_char(out, '\n');
}

static void put_header(struct table *t, struct sb *out)
{
	size_t n, start = out->n;
	const struct str *columns = table_columns(t, &n);

	for (size_t i = 0; i < n; i++) {
		if (i)
			sb_char(out, ',');
		csv_cell(columns[i], out);
	}
	if (n) /* no row, no column: an empty file */
		end_line(out, start);
}

/* Reads all rows, so that all columns are known. */
static int learn_columns(struct table *t)
{
	const struct value *cells;
	int more;

	do
		more = table_next(t, &cells);
	while (more > 0);
	return more;
}

struct csv_out {
	struct aside file;
	struct sb bytes; /* not written yet */
	struct sb text;  /* of one cell */
	int e;           /* of the file */
};

static void flush(struct csv_out *o, size_t above)
{
	if (o->e < 0 || o->bytes.n <= above)
		return;
	o->e = fs_write_all(o->file.fd, o->bytes.s, o->bytes.n);
	sb_clear(&o->bytes);
}

/* Rows in the order of `columns`, the table that has seen them all. */
static int put_rows(struct table *columns, struct table *rows, struct csv_out *o)
{
	const struct value *cells;
	size_t n, have;
	int more;

	(void)table_columns(columns, &n);
	put_header(columns, &o->bytes);
	while ((more = table_next(rows, &cells)) > 0) {
		size_t start = o->bytes.n;

		/* Both read the same rows, so the columns come in the same order; what was not met yet is empty. */
		(void)table_columns(rows, &have);
		for (size_t i = 0; i < n; i++) {
			if (i)
				sb_char(&o->bytes, ',');
			if (i < have)
				put_value(&cells[i], &o->text, &o->bytes);
		}
		end_line(&o->bytes, start);
		flush(o, PIECE);
		if (o->e < 0)
			return -1;
	}
	flush(o, 0);
	return more;
}

int table_to_csv(struct arena *a, const char *jsonl_path, const char *csv_path, struct str *error)
{
	const enum table_format format = TABLE_JSONL;
	struct table *columns = table_open(a, jsonl_path, str_z(jsonl_path), &format, error), *rows = NULL;
	struct csv_out o = { .file.fd = -1 };
	int result = -1;

	sb_init(&o.bytes, SIZE_MAX / 2);
	sb_init(&o.text, SIZE_MAX / 2);
	if (columns && learn_columns(columns) < 0)
		*error = table_error(columns);
	else if (columns)
		rows = table_open(a, jsonl_path, str_z(jsonl_path), &format, error);
	if (rows) {
		o.e = aside_open(&o.file, csv_path, 0644);
		result = o.e < 0 ? -1 : put_rows(columns, rows, &o);
		if (result == 0 && o.e == 0)
			o.e = aside_commit(&o.file);
		if (o.e < 0)
			*error = arena_printf(a, "%s: cannot be written: %s", csv_path, strerror(-o.e));
		else if (result < 0)
			*error = table_error(rows);
		result = o.e < 0 ? -1 : result;
	}
	aside_drop(&o.file);
	sb_release(&o.bytes);
	sb_release(&o.text);
	table_close(rows);
	table_close(columns);
	return result;
}
