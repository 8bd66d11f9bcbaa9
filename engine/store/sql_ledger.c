/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The ledger for `rung query`: attached read-only under the name `ledger`, with readable views beside it (ledger_views):
 * digests in hex, times in ISO, packed columns as JSON.
 */
#include "engine/store/sql_private.h"

#include <stdlib.h>
#include <string.h>

#include "engine/store/db.h"

static void give_json(sqlite3_context *c, const struct value *v)
{
	struct sb json;

	sb_init(&json, SIZE_MAX / 2);
	json_write(v, &json);
	sqlite3_result_text64(c, json.s, json.n, SQLITE_TRANSIENT, SQLITE_UTF8);
	sb_release(&json);
}

static struct str argument(sqlite3_value *v)
{
	const void *p = sqlite3_value_blob(v);

	return (struct str){ p, p ? (size_t)sqlite3_value_bytes(v) : 0 };
}

/* canon_json(bytes): canonical bytes as JSON; null when they are none. */
static void canon_json(sqlite3_context *c, int n, sqlite3_value **values)
{
	CLEANUP(arena_cleanup) struct arena *a = arena_new();
	struct value v;

	(void)n;
	if (sqlite3_value_type(values[0]) != SQLITE_NULL && value_uncanon(a, argument(values[0]), &v))
		give_json(c, &v);
}

/* artifacts_json(bytes): [{"name","file","kind","digest","size"}, …]. */
static void artifacts_json(sqlite3_context *c, int n, sqlite3_value **values)
{
	CLEANUP(arena_cleanup) struct arena *a = arena_new();
	struct artifact *list;
	size_t count;

	(void)n;
	if (!artifacts_decode(argument(values[0]), a, &list, &count))
		return;
	struct value all = value_list(a, count);

	for (size_t i = 0; i < count; i++) {
		struct value one = value_map(a, 5);

		(void)value_set(&one, STR("name"), value_str(list[i].name));
		(void)value_set(&one, STR("file"), value_str(list[i].file));
		(void)value_set(&one, STR("kind"), value_str(str_z(artifact_kind_name(list[i].kind))));
		(void)value_set(&one, STR("digest"), value_str(digest_str(a, &list[i].digest)));
		(void)value_set(&one, STR("size"), value_int((int64_t)list[i].size));
		all.list.items[i] = one;
	}
	give_json(c, &all);
}

bool sql_functions(struct sql *q)
{
	int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC;

	return sqlite3_create_function(q->h, "canon_json", 1, flags, NULL, canon_json, NULL, NULL) == SQLITE_OK &&
	       sqlite3_create_function(q->h, "artifacts_json", 1, flags, NULL, artifacts_json, NULL, NULL) == SQLITE_OK;
}

/* ---- attaching ---------------------------------------------------------------------------------------------------- */

static bool attach_file(struct sql *q, struct store *s)
{
	CLEANUP(arena_cleanup) struct arena *a = arena_new();
	struct str path = arena_printf(a, "%s/" LEDGER_NAME, s->root);
	struct str uri = db_uri(a, path.p, s->ledger_immutable ? "?mode=ro&immutable=1" : "?mode=ro");
	sqlite3_stmt *st = NULL;

	sqlite3_busy_timeout(q->h, 10000);
	bool ok = sqlite3_prepare_v2(q->h, sql_attach_ledger, -1, &st, NULL) == SQLITE_OK;

	if (ok) {
		sqlite3_bind_text64(st, 1, uri.p, uri.n, SQLITE_STATIC, SQLITE_UTF8);
		ok = sqlite3_step(st) == SQLITE_DONE;
	}
	sqlite3_finalize(st);
	return ok;
}

/* A ledger that the store itself could read only as a copy has no path: it is copied once more. */
static bool attach_copy(struct sql *q, struct store *s)
{
	if (!sql_run(q, sql_attach_memory))
		return false;
	sqlite3_backup *backup = sqlite3_backup_init(q->h, "ledger", s->db->h, "main");

	if (!backup)
		return false;
	(void)sqlite3_backup_step(backup, -1);
	return sqlite3_backup_finish(backup) == SQLITE_OK;
}

static bool has_table(struct sql *q, const char *name)
{
	return sqlite3_table_column_metadata(q->h, "main", name, NULL, NULL, NULL, NULL, NULL, NULL) == SQLITE_OK;
}

static bool make_view(struct sql *q, const struct ledger_view *view)
{
	struct sb text;

	if (has_table(q, view->name))
		return true;
	sb_init(&text, (size_t)64 << 10);
	sb_printf(&text, "CREATE TEMP VIEW %s AS %s", view->name, view->text);
	bool ok = !text.overflow && sql_run(q, text.s);

	sb_release(&text);
	return ok;
}

bool sql_ledger(struct sql *q, struct store *s)
{
	bool ok = s->ledger_in_memory ? attach_copy(q, s) : attach_file(q, s);

	for (size_t i = 0; i < ledger_view_count && ok; i++)
		ok = make_view(q, &ledger_views[i]);
	q->has_ledger = ok;
	return ok || sql_fail(q, "%s/" LEDGER_NAME ": %s", s->root, sqlite3_errmsg(q->h));
}
