/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Commits. The only part of the store that may run beside the opening thread: it has a connection of its own.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/store/db.h"

#define COMMONS_KNOWN 16 /* steps whose commits come mixed */

/* One group of commits on its way. */
struct group {
	struct store *s;
	struct db *db;
	struct arena *scratch;
	struct commit *commits;
	size_t n;
	int64_t *attempt_ids; /* one a commit */
	struct {
		struct str bytes;
		int64_t id;
	} commons[COMMONS_KNOWN]; /* known to this transaction; id 0 = free */
	size_t next_common;
};

static enum store_status step_id(struct group *g, sqlite3_stmt *st, int64_t *id)
{
	/* RETURNING: the one row comes before the end, and the end must be reached */
	if (sqlite3_step(st) != SQLITE_ROW)
		return db_fail(g->s, g->db);
	*id = sqlite3_column_int64(st, 0);
	return db_run(g->s, g->db, st);
}

static enum store_status ensure_task(struct group *g, struct str task, struct str step, int64_t *id)
{
	CLEANUP(stmt_done) sqlite3_stmt *st = db_stmt(g->db, STMT_TASK_ENSURE);

	if (!st)
		return db_fail(g->s, g->db);
	bind_str(st, 1, task);
	bind_str(st, 2, step);
	return step_id(g, st, id);
}

static enum store_status set_task_key(struct group *g, int64_t task, const struct digest *key)
{
	CLEANUP(stmt_done) sqlite3_stmt *st = db_stmt(g->db, STMT_TASK_SET_KEY);

	if (!st)
		return db_fail(g->s, g->db);
	sqlite3_bind_int64(st, 1, task);
	bind_digest(st, 2, key);
	return db_run(g->s, g->db, st);
}

static int64_t microseconds(double seconds)
{
	return seconds > 0 && seconds < 1e12 ? (int64_t)(seconds * 1e6 + 0.5) : 0;
}

static enum store_status insert_attempt(struct group *g, const struct attempt *a, int64_t task, int64_t *id)
{
	CLEANUP(stmt_done) sqlite3_stmt *st = db_stmt(g->db, STMT_ATTEMPT_INSERT);

	if (!st)
		return db_fail(g->s, g->db);
	sqlite3_bind_int64(st, 1, a->run);
	sqlite3_bind_int64(st, 2, task);
	bind_digest(st, 3, &a->key);
	sqlite3_bind_int64(st, 4, a->number);
	sqlite3_bind_int64(st, 5, a->started_ns);
	sqlite3_bind_int64(st, 6, a->ended_ns);
	bind_str(st, 7, str_z(outcome_name(a->outcome)));
	sqlite3_bind_int64(st, 8, a->exit_code);
	sqlite3_bind_int64(st, 9, a->signal);
	bind_str(st, 10, a->detail);
	bind_digest(st, 11, a->has_out ? &a->out : NULL);
	bind_digest(st, 12, a->has_err ? &a->err : NULL);
	sqlite3_bind_int64(st, 13, microseconds(a->user_s));
	sqlite3_bind_int64(st, 14, microseconds(a->system_s));
	sqlite3_bind_int64(st, 15, a->max_rss);
	bind_str(st, 16, a->host);
	enum store_status status = db_run(g->s, g->db, st);

	if (status == STORE_OK)
		*id = sqlite3_last_insert_rowid(g->db->h);
	return status;
}

static enum store_status find_common(struct group *g, struct str bytes, int64_t *id)
{
	struct digest d = digest_of(bytes);
	CLEANUP(stmt_done) sqlite3_stmt *get = db_stmt(g->db, STMT_COMMON_GET);

	if (!get)
		return db_fail(g->s, g->db);
	bind_digest(get, 1, &d);
	int rc = sqlite3_step(get);

	if (rc == SQLITE_ROW) {
		*id = sqlite3_column_int64(get, 0);
		return STORE_OK;
	}
	if (rc != SQLITE_DONE)
		return db_fail(g->s, g->db);
	CLEANUP(stmt_done) sqlite3_stmt *insert = db_stmt(g->db, STMT_COMMON_INSERT);

	if (!insert)
		return db_fail(g->s, g->db);
	bind_digest(insert, 1, &d);
	bind_bytes(insert, 2, bytes);
	enum store_status status = db_run(g->s, g->db, insert);

	if (status == STORE_OK)
		*id = sqlite3_last_insert_rowid(g->db->h);
	return status;
}

/* The tasks of a step share the pointer or at least the text, and come in long rows: most need neither hash nor query. */
static enum store_status ensure_common(struct group *g, struct str bytes, int64_t *id)
{
	for (size_t i = 0; i < COMMONS_KNOWN; i++)
		if (g->commons[i].id && str_same(g->commons[i].bytes, bytes)) {
			*id = g->commons[i].id;
			return STORE_OK;
		}
	enum store_status status = find_common(g, bytes, id);

	if (status != STORE_OK)
		return status;
	g->commons[g->next_common].bytes = bytes;
	g->commons[g->next_common].id = *id;
	g->next_common = (g->next_common + 1) % COMMONS_KNOWN;
	return STORE_OK;
}

static enum store_status put_parts(struct group *g, const struct commit *c, int64_t task, int64_t *id)
{
	int64_t common = 0;
	enum store_status status = ensure_common(g, c->parts.common, &common);
	CLEANUP(stmt_done) sqlite3_stmt *st = db_stmt(g->db, STMT_PARTS_PUT);

	if (status != STORE_OK)
		return status;
	if (!st)
		return db_fail(g->s, g->db);
	bind_digest(st, 1, &c->result.key);
	sqlite3_bind_int64(st, 2, task);
	sqlite3_bind_int64(st, 3, common);
	bind_bytes(st, 4, c->parts.own);
	return step_id(g, st, id);
}

/* The row of a result, its texts encoded into the arena. */
static struct result_row row_of(const struct result *r, int64_t attempt, struct arena *a)
{
	struct result_row row = { .key = r->key, .content = r->content, .attempt = attempt, .duration_ms = r->duration_ms,
		                  .task = r->task, .step = r->step, .outcome = str_z(outcome_name(r->outcome)) };
	struct sb bytes;

	sb_init(&bytes, SIZE_MAX / 2);
	if (r->metrics.type != V_NULL) {
		value_canon(&r->metrics, &bytes);
		row.metrics = sb_take(&bytes, a);
		sb_clear(&bytes);
	}
	if (r->artifact_count) {
		artifacts_encode(r->artifacts, r->artifact_count, &bytes);
		row.artifacts = sb_take(&bytes, a);
	}
	sb_release(&bytes);
	return row;
}

static enum store_status put_result(struct group *g, const struct result_row *row, int64_t id)
{
	CLEANUP(stmt_done) sqlite3_stmt *st = db_stmt(g->db, STMT_RESULT_PUT);

	if (!st)
		return db_fail(g->s, g->db);
	sqlite3_bind_int64(st, 1, id);
	bind_digest(st, 2, &row->key);
	bind_digest(st, 3, &row->content);
	sqlite3_bind_int64(st, 4, row->attempt);
	sqlite3_bind_int64(st, 5, row->duration_ms);
	bind_str(st, 6, row->outcome);
	bind_str(st, 7, row->step);
	bind_str(st, 8, row->task);
	if (row->metrics.n)
		bind_bytes(st, 9, row->metrics);
	if (row->artifacts.n)
		bind_bytes(st, 10, row->artifacts);
	return db_run(g->s, g->db, st);
}

static enum store_status record(struct group *g, const struct commit *c, size_t at)
{
	int64_t task = 0, parts = 0;
	enum store_status status = ensure_task(g, c->attempt.task, c->attempt.step, &task);

	if (status == STORE_OK)
		status = insert_attempt(g, &c->attempt, task, &g->attempt_ids[at]);
	if (status != STORE_OK || !c->has_result)
		return status;
	struct result_row row = row_of(&c->result, g->attempt_ids[at], g->scratch);

	status = put_parts(g, c, task, &parts);
	if (status == STORE_OK)
		status = put_result(g, &row, parts);
	return status == STORE_OK ? set_task_key(g, task, &c->result.key) : status;
}

static enum store_status record_all(struct store *s, struct db *db, void *user)
{
	struct group *g = user;
	enum store_status status = STORE_OK;

	/* what an earlier try has put in is gone with it */
	memset(g->commons, 0, sizeof(g->commons));
	/* A run that told all its keys keeps to them; others (`rung exec`) may leave the list of store_task_keys behind. */
	if (!atomic_load(&s->knows_task_keys))
		status = db_exec(s, db, STMT_TASK_KEYS_DROP);
	for (size_t i = 0; i < g->n && status == STORE_OK; i++)
		status = record(g, &g->commits[i], i);
	return status;
}

static void remember(struct group *g)
{
	for (size_t i = 0; i < g->n; i++)
		if (g->commits[i].has_result)
			g->commits[i].result.attempt = g->attempt_ids[i];
	pthread_mutex_lock(&g->s->mutex);
	for (size_t i = 0; i < g->n && g->s->index; i++) {
		if (!g->commits[i].has_result)
			continue;
		struct result_row row = row_of(&g->commits[i].result, g->attempt_ids[i], g->scratch);

		index_add(g->s->index, &row);
	}
	pthread_mutex_unlock(&g->s->mutex);
}

enum store_status store_commit(struct store *s, struct commit *commits, size_t n)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new();

	if (s->mode != STORE_WRITE)
		return store_fail(s, STORE_READ_ONLY, "%s: is open for reading", s->root);
	enum store_status status = pending_flush(s);

	if (status == STORE_OK && !s->commit_db)
		status = db_open_writer(s, true, &s->commit_db);
	if (status != STORE_OK || !n)
		return status;
	struct group g = { .s = s, .db = s->commit_db, .scratch = scratch, .commits = commits, .n = n };

	g.attempt_ids = arena_array(scratch, int64_t, n);
	status = db_transaction(s, s->commit_db, record_all, &g);
	if (status == STORE_OK)
		remember(&g);
	return status;
}
