/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Files into tables. Two readings: the first finds the columns (JSON Lines may bring new ones in any row) and, for CSV,
 * whether a column is all numbers; the second inserts. The columns of the SQL table have no type, so SQLite changes
 * nothing: what goes in is what comes out.
 */
#include "engine/store/sql_private.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/base/vec.h"

struct loading {
	struct sql *q;
	struct arena *a;
	struct str name, label;
	const char *path;
	VEC(struct str) columns;
	VEC(enum csv_type) types;
};

static void close_table(struct table **t)
{
	table_close(*t);
}

static struct table *open_table(struct loading *l)
{
	struct str error = { 0 };
	struct table *t = table_open(l->a, l->path, l->label, NULL, &error);

	if (!t)
		(void)sql_fail(l->q, STR_FMT, STR_ARG(error));
	return t;
}

static bool taken(const struct loading *l, struct str name)
{
	for (size_t i = 0; i < l->columns.n; i++)
		if (l->columns.data[i].n == name.n && strncasecmp(l->columns.data[i].p, name.p, name.n) == 0)
			return true;
	return false;
}

/* SQL does not tell A from a: the later of them is called a_2. */
static struct str column_name(const struct loading *l, struct str name)
{
	struct str free = arena_str(l->a, name);

	for (int k = 2; taken(l, free); k++)
		free = arena_printf(l->a, STR_FMT "_%d", STR_ARG(name), k);
	return free;
}

static void columns_take(struct loading *l, struct table *t)
{
	size_t n;
	const struct str *columns = table_columns(t, &n);

	for (size_t i = l->columns.n; i < n; i++) {
		VEC_PUSH(l->a, &l->columns, column_name(l, columns[i]));
		VEC_PUSH(l->a, &l->types, CSV_EMPTY);
	}
}

static bool find_columns(struct loading *l)
{
	CLEANUP(close_table) struct table *t = open_table(l);
	const struct value *cells;
	int got;

	if (!t)
		return false;
	columns_take(l, t);
	bool csv = table_header(t).n > 0;

	while ((got = table_next(t, &cells)) == 1) {
		columns_take(l, t);
		if (csv)
			csv_types_see(l->types.data, cells, l->columns.n);
	}
	return got == 0 || sql_fail(l->q, STR_FMT, STR_ARG(table_error(t)));
}

static bool create_table(struct loading *l)
{
	struct sb text;

	sb_init(&text, (size_t)16 << 20);
	sb_z(&text, "CREATE TABLE main.");
	sql_quote(l->name, &text);
	for (size_t i = 0; i < l->columns.n; i++) {
		sb_char(&text, i ? ',' : '(');
		sql_quote(l->columns.data[i], &text);
	}
	/* SQL knows no table without columns; a step without rows has none */
	sb_z(&text, l->columns.n ? ")" : "(\"(no rows)\")");
	bool ok = !text.overflow && sql_run(l->q, text.s);

	sb_release(&text);
	return ok || sql_fail(l->q, STR_FMT ": %s", STR_ARG(l->label), sqlite3_errmsg(l->q->h));
}

static sqlite3_stmt *prepare_insert(struct loading *l)
{
	struct sb text;
	sqlite3_stmt *st = NULL;

	sb_init(&text, (size_t)16 << 20);
	sb_z(&text, "INSERT INTO main.");
	sql_quote(l->name, &text);
	for (size_t i = 0; i < l->columns.n; i++)
		sb_z(&text, i ? ",?" : " VALUES(?");
	sb_char(&text, ')');
	if (sqlite3_prepare_v2(l->q->h, text.s, -1, &st, NULL) != SQLITE_OK)
		(void)sql_fail(l->q, STR_FMT ": %s", STR_ARG(l->label), sqlite3_errmsg(l->q->h));
	sb_release(&text);
	return st;
}

/* Not copied: a cell outlives the step that stores it. */
static void bind_text(sqlite3_stmt *st, int at, struct str s)
{
	sqlite3_bind_text64(st, at, s.n ? s.p : "", s.n, SQLITE_STATIC, SQLITE_UTF8);
}

static void bind_value(sqlite3_stmt *st, int at, const struct value *v, struct sb *json)
{
	switch (v->type) {
	case V_NULL:
		sqlite3_bind_null(st, at);
		break;
	case V_BOOL:
		sqlite3_bind_int(st, at, v->b);
		break;
	case V_INT:
		sqlite3_bind_int64(st, at, v->i);
		break;
	case V_REAL:
		sqlite3_bind_double(st, at, v->r);
		break;
	case V_STR:
		bind_text(st, at, v->s);
		break;
	case V_LIST:
	case V_MAP:
		sb_clear(json);
		json_write(v, json);
		sqlite3_bind_text64(st, at, json->s, json->n, SQLITE_TRANSIENT, SQLITE_UTF8);
		break;
	}
}

static void finalize(sqlite3_stmt **st)
{
	sqlite3_finalize(*st);
}

static bool insert_rows(struct loading *l, struct sb *json)
{
	CLEANUP(close_table) struct table *t = open_table(l);
	CLEANUP(finalize) sqlite3_stmt *st = t ? prepare_insert(l) : NULL;
	const struct value *cells;
	int got;

	if (!st)
		return false;
	while ((got = table_next(t, &cells)) == 1) {
		size_t n;

		/* columns that come later are null in this row; a file that grew since the first reading has no more */
		(void)table_columns(t, &n);
		for (size_t i = 0; i < l->columns.n; i++) {
			const struct value cell = i < n ? csv_typed(&cells[i], l->types.data[i]) : (struct value){ .type = V_NULL };

			bind_value(st, (int)i + 1, &cell, json);
		}
		int rc = sqlite3_step(st);

		sqlite3_reset(st);
		if (rc != SQLITE_DONE)
			return sql_fail(l->q, STR_FMT ":%zu: %s", STR_ARG(l->label), table_line(t), sqlite3_errmsg(l->q->h));
	}
	return got == 0 || sql_fail(l->q, STR_FMT, STR_ARG(table_error(t)));
}

/* A view of the ledger stands before a table of the same name; the user's table wins. */
static void drop_view(struct loading *l)
{
	struct sb text;

	if (!l->q->has_ledger)
		return;
	sb_init(&text, 4096);
	sb_z(&text, "DROP VIEW IF EXISTS temp.");
	sql_quote(l->name, &text);
	(void)sql_run(l->q, text.s);
	sb_release(&text);
}

bool sql_load(struct sql *q, struct str name, const char *path, struct str label)
{
	CLEANUP(arena_cleanup) struct arena *a = arena_new();
	struct loading l = { .q = q, .a = a, .name = name, .label = label, .path = path };
	struct sb json;

	if (!find_columns(&l))
		return false;
	drop_view(&l);
	if (!sql_run(q, "BEGIN"))
		return sql_fail_here(q, "");
	sb_init(&json, SIZE_MAX / 2);
	bool ok = create_table(&l) && (!l.columns.n || insert_rows(&l, &json));

	sb_release(&json);
	return sql_run(q, ok ? "COMMIT" : "ROLLBACK") && ok;
}
