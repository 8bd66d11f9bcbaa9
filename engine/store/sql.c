/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One SELECT of a user, in a closed world. The authorizer lets it read and call functions and nothing else: no ATTACH,
 * no PRAGMA, no writing, no extension. Functions whose answer changes from call to call are refused too: what a query
 * gives is remembered under a key that does not know of them.
 *
 * Rejected: sqlite3_stmt_readonly alone (ATTACH and some PRAGMAs count as reading); a list of forbidden words (SQL has
 * too many ways to write one).
 */
#include "engine/store/sql_private.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/vec.h"

#define STEPS_A_CALL 100000
#define STEPS_MAX UINT64_C(20000000000) /* some minutes; a join of two tables of 100,000 rows without a condition */
#define VALUE_MAX (256 << 20)           /* bytes of one text: hex(zeroblob(n)) can ask for anything */

bool sql_fail(struct sql *q, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(q->error, sizeof(q->error), fmt, ap);
	va_end(ap);
	return false;
}

bool sql_fail_here(struct sql *q, const char *what)
{
	return sql_fail(q, "%s%s%s", what, *what ? ": " : "", sqlite3_errmsg(q->h));
}

const char *sql_error(const struct sql *q)
{
	return q->error;
}

bool sql_run(struct sql *q, const char *text)
{
	return sqlite3_exec(q->h, text, NULL, NULL, NULL) == SQLITE_OK;
}

void sql_quote(struct str name, struct sb *out)
{
	sb_char(out, '"');
	for (size_t i = 0; i < name.n; i++) {
		if (name.p[i] == '"')
			sb_char(out, '"');
		sb_char(out, name.p[i]);
	}
	sb_char(out, '"');
}

/* ---- the closed world --------------------------------------------------------------------------------------------- */

static bool is_in(const char *name, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (sqlite3_stricmp(name, list[i]) == 0)
			return true;
	return false;
}

static int deny(struct sql *q, const char *what, const char *why)
{
	if (!q->denied[0])
		(void)snprintf(q->denied, sizeof(q->denied), "%s is not allowed: %s", what, why);
	return SQLITE_DENY;
}

static int judge_function(struct sql *q, const char *name)
{
	static const char *const fickle[] = { "random", "randomblob", "current_timestamp", "current_time", "current_date" };
	static const char *const outside[] = { "load_extension", "readfile", "writefile", "edit", "fts3_tokenizer" };
	char shown[64];

	(void)snprintf(shown, sizeof(shown), "%s()", name);
	if (is_in(name, fickle, countof(fickle)))
		return deny(q, shown, "the same query must give the same rows each time");
	if (is_in(name, outside, countof(outside)))
		return deny(q, shown, "a query sees its tables alone");
	return SQLITE_OK;
}

static int judge(void *user, int action, const char *first, const char *second, const char *database, const char *trigger)
{
	struct sql *q = user;

	(void)first;
	(void)database;
	(void)trigger;
	if (!q->closed_world)
		return SQLITE_OK;
	switch (action) {
	case SQLITE_SELECT:
	case SQLITE_READ:
	case SQLITE_RECURSIVE:
		return SQLITE_OK;
	case SQLITE_FUNCTION:
		return judge_function(q, second);
	case SQLITE_PRAGMA:
		/* what a table looks like stands in sqlite_schema */
		return deny(q, "PRAGMA", "a query only reads");
	case SQLITE_ATTACH:
	case SQLITE_DETACH:
		return deny(q, action == SQLITE_ATTACH ? "ATTACH" : "DETACH", "a query sees its tables alone");
	default:
		return deny(q, "a statement that writes", "a query is one SELECT");
	}
}

/* date('now') cannot be told from other dates by the authorizer; but it has to ask the time. */
static int no_clock(sqlite3_vfs *vfs, sqlite3_int64 *now)
{
	/* ours is a member of that struct, so the alignment is right */
	struct sql *q = (void *)((char *)vfs - offsetof(struct sql, vfs));

	(void)deny(q, "the time 'now'", "the same query must give the same rows each time");
	*now = 0;
	return SQLITE_ERROR;
}

static bool register_vfs(struct sql *q)
{
	const sqlite3_vfs *usual = sqlite3_vfs_find(NULL);

	if (!usual)
		return false;
	q->vfs = *usual;
	(void)snprintf(q->vfs_name, sizeof(q->vfs_name), "rung-%p", (void *)q);
	q->vfs.zName = q->vfs_name;
	q->vfs.pNext = NULL;
	q->vfs.xCurrentTimeInt64 = no_clock;
	return sqlite3_vfs_register(&q->vfs, 0) == SQLITE_OK;
}

static int count_steps(void *user)
{
	struct sql *q = user;

	q->steps += STEPS_A_CALL;
	q->too_long = q->steps > q->steps_max;
	return q->too_long;
}

struct sql *sql_new(void)
{
	struct sql *q = calloc(1, sizeof(*q));
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_MEMORY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI;

	if (!q)
		return NULL;
	q->steps_max = STEPS_MAX;
	if (!register_vfs(q) || sqlite3_open_v2(":memory:", &q->h, flags, q->vfs_name) != SQLITE_OK || !sql_functions(q) ||
	    !sql_statistics(q)) {
		sql_free(q);
		return NULL;
	}
	(void)sqlite3_db_config(q->h, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
	/* "no_such_column" in double quotes is a mistake, not a text */
	(void)sqlite3_db_config(q->h, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
	(void)sqlite3_limit(q->h, SQLITE_LIMIT_LENGTH, VALUE_MAX);
	(void)sqlite3_set_authorizer(q->h, judge, q);
	sqlite3_progress_handler(q->h, STEPS_A_CALL, count_steps, q);
	return q;
}

void sql_free(struct sql *q)
{
	if (!q)
		return;
	sqlite3_close(q->h);
	(void)sqlite3_vfs_unregister(&q->vfs);
	free(q);
}

/* ---- a statement -------------------------------------------------------------------------------------------------- */

static struct value column_value(sqlite3_stmt *st, int at, struct arena *a)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *bytes;
	size_t n;

	switch (sqlite3_column_type(st, at)) {
	case SQLITE_INTEGER:
		return value_int(sqlite3_column_int64(st, at));
	case SQLITE_FLOAT:
		return value_real(sqlite3_column_double(st, at));
	case SQLITE_TEXT:
		bytes = sqlite3_column_text(st, at);
		return value_str((struct str){ (const char *)bytes, (size_t)sqlite3_column_bytes(st, at) });
	case SQLITE_BLOB:
		/* bytes have no place in a table of text and numbers: hex */
		bytes = sqlite3_column_blob(st, at);
		n = (size_t)sqlite3_column_bytes(st, at);
		char *hex = arena_alloc(a, 2 * n + 1);

		for (size_t i = 0; i < n; i++) {
			hex[2 * i] = digits[bytes[i] >> 4];
			hex[2 * i + 1] = digits[bytes[i] & 15];
		}
		return value_str((struct str){ hex, 2 * n });
	default:
		return (struct value){ .type = V_NULL };
	}
}

static bool fail_statement(struct sql *q)
{
	if (q->too_long)
		return sql_fail(q, "the query was stopped after %llu million steps; is a join without its condition?",
		                (unsigned long long)(q->steps_max / 1000000));
	return q->denied[0] ? sql_fail(q, "%s", q->denied) : sql_fail_here(q, "");
}

static bool give_rows(struct sql *q, sqlite3_stmt *st, sql_row row, void *user)
{
	CLEANUP(arena_cleanup) struct arena *a = arena_new();
	size_t n = (size_t)sqlite3_column_count(st);
	struct str *columns = arena_array(a, struct str, n + 1);
	struct value *values = arena_array(a, struct value, n + 1);
	int rc;

	for (size_t i = 0; i < n; i++)
		columns[i] = arena_z(a, sqlite3_column_name(st, (int)i));
	struct arena_mark mark = arena_mark(a);

	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		for (size_t i = 0; i < n; i++)
			values[i] = column_value(st, (int)i, a);
		if (q->denied[0])
			return fail_statement(q);
		if (!row(user, n, columns, values))
			return true;
		arena_reset(a, mark);
	}
	return rc == SQLITE_DONE && !q->denied[0] ? true : fail_statement(q);
}

static void finalize(sqlite3_stmt **st)
{
	sqlite3_finalize(*st);
}

/* Is there a second statement behind the first? Blanks and comments give none. */
static bool is_last(struct sql *q, const char *tail, const char *end)
{
	sqlite3_stmt *more = NULL;

	while (tail < end && !more) {
		const char *next = NULL;

		if (sqlite3_prepare_v2(q->h, tail, (int)(end - tail), &more, &next) != SQLITE_OK || next == tail)
			return false;
		tail = next;
	}
	sqlite3_finalize(more);
	return !more;
}

static bool query_judged(struct sql *q, struct str text, sql_row row, void *user)
{
	CLEANUP(finalize) sqlite3_stmt *st = NULL;
	const char *tail = NULL;

	if (text.n > (1 << 20))
		return sql_fail(q, "the query is longer than 1 MiB");
	if (sqlite3_prepare_v2(q->h, text.p, (int)text.n, &st, &tail) != SQLITE_OK)
		return fail_statement(q);
	if (!st)
		return sql_fail(q, "there is no query in the text");
	if (!sqlite3_column_count(st) || !sqlite3_stmt_readonly(st))
		return sql_fail(q, "a query is one SELECT");
	if (!is_last(q, tail, text.p + text.n))
		return sql_fail(q, "there is more than one statement; a query is one SELECT");
	return give_rows(q, st, row, user);
}

bool sql_query(struct sql *q, struct str text, sql_row row, void *user)
{
	q->denied[0] = '\0';
	q->steps = 0;
	q->too_long = false;
	q->closed_world = true;
	bool ok = query_judged(q, text, row, user);

	q->closed_world = false;
	return ok;
}
