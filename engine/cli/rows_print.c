/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cli/rows_print.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/table.h"
#include "engine/cli/command.h"

#define LIST_COLUMNS 32
#define TEXT_COLUMNS 120

void rows_begin(struct rows *r, size_t columns, const struct str *names)
{
	r->columns = columns;
	if (r->as == ROWS_GRID) {
		r->grid = arena_make(r->arena, struct grid);
		*r->grid = grid_new(r->arena, columns, NULL);
		grid_row(r->grid);
		for (size_t c = 0; c < columns; c++)
			grid_put(r->grid, c, arena_str(r->arena, names[c]));
	}
	if (r->as == ROWS_CSV) {
		struct sb b;

		sb_init(&b, (size_t)1 << 24);
		for (size_t c = 0; c < columns; c++) {
			sb_z(&b, c ? "," : "");
			csv_cell(names[c], &b);
		}
		sb_char(&b, '\n');
		out_text(sb_str(&b));
		sb_release(&b);
	}
}

/* For the eye: six digits, long lists and maps cut. CSV and JSON have it all. */
static struct str cell_shown(const struct value *v, struct sb *b, struct arena *a)
{
	sb_clear(b);
	if (v->type == V_REAL)
		sb_printf(b, "%.6g", v->r);
	else
		value_text(v, b);
	return text_fit(a, sb_str(b), v->type == V_LIST || v->type == V_MAP ? LIST_COLUMNS : TEXT_COLUMNS);
}

static void put_grid(struct rows *r, const struct value *cells)
{
	struct sb b;

	sb_init(&b, (size_t)1 << 24);
	grid_row(r->grid);
	for (size_t c = 0; c < r->columns; c++) {
		grid_put(r->grid, c, cell_shown(&cells[c], &b, r->arena));
		if (r->n == 0)
			r->grid->right[c] = true;
		if (cells[c].type != V_INT && cells[c].type != V_REAL && cells[c].type != V_NULL)
			r->grid->right[c] = false;
	}
	sb_release(&b);
}

void rows_put(struct rows *r, const struct str *names, const struct value *cells)
{
	struct sb b;

	if (r->as == ROWS_GRID)
		put_grid(r, cells);
	r->n++;
	if (r->as == ROWS_GRID)
		return;
	sb_init(&b, SIZE_MAX / 2);
	if (r->as == ROWS_JSON)
		sb_char(&b, '{');
	for (size_t c = 0; c < r->columns; c++) {
		sb_z(&b, c ? "," : "");
		if (r->as == ROWS_JSON) {
			json_quote(names[c], &b);
			sb_char(&b, ':');
			json_write(&cells[c], &b);
		} else {
			struct sb text;

			sb_init(&text, SIZE_MAX / 2);
			value_text(&cells[c], &text);
			csv_cell(sb_str(&text), &b);
			sb_release(&text);
		}
	}
	if (r->as == ROWS_CSV && !b.n)
		sb_z(&b, "\"\""); /* a blank line is no row to whoever reads it */
	sb_z(&b, r->as == ROWS_JSON ? "}\n" : "\n");
	out_text(sb_str(&b));
	sb_release(&b);
}

void rows_end(struct rows *r)
{
	if (r->grid)
		grid_print(r->grid);
}

/* JSON Lines may bring a new column late, so the columns are gathered first; CSV and tables need them all. */
static bool all_columns(struct rows *r, const char *path, struct str **names, size_t *n, struct str *error)
{
	struct table *t = table_open(r->arena, path, STR("rows"), NULL, error);
	const struct value *cells;
	int got = 0;

	if (!t)
		return false;
	while ((got = table_next(t, &cells)) > 0)
		;
	if (got < 0)
		*error = arena_str(r->arena, table_error(t));
	const struct str *columns = table_columns(t, n);

	*names = arena_array(r->arena, struct str, *n);
	for (size_t i = 0; i < *n; i++)
		(*names)[i] = arena_str(r->arena, columns[i]);
	table_close(t);
	return got == 0;
}

bool rows_file(struct rows *r, const char *path, struct str *error)
{
	struct str *names;
	size_t n;
	const struct value *cells;
	int got;

	if (!all_columns(r, path, &names, &n, error))
		return false;
	struct table *t = table_open(r->arena, path, STR("rows"), NULL, error);

	if (!t)
		return false;
	struct value *row = arena_array(r->arena, struct value, n);

	rows_begin(r, n, names);
	while ((got = table_next(t, &cells)) > 0) {
		size_t have;

		(void)table_columns(t, &have);
		for (size_t c = 0; c < n; c++)
			row[c] = c < have ? cells[c] : (struct value){ .type = V_NULL };
		rows_put(r, names, row);
	}
	if (got < 0)
		*error = arena_str(r->arena, table_error(t));
	table_close(t);
	rows_end(r);
	return got == 0;
}

const char *rows_temporary(struct arena *a)
{
	const char *dir = getenv("TMPDIR");
	struct str path = arena_printf(a, "%s/rung-XXXXXX.jsonl", dir && dir[0] ? dir : "/tmp");
	char *name = (char *)(uintptr_t)path.p; /* ours, in the arena */
	int fd = mkostemps(name, 6, O_CLOEXEC);

	if (fd < 0) {
		(void)wrong("cannot make a temporary file %s: %s", name, strerror(errno));
		return NULL;
	}
	close(fd);
	return name;
}
