/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Runs, and which key each task had in the last one. Written by the opening thread.
 */
#include <string.h>

#include "engine/store/db.h"

static bool is_zero(const struct digest *d)
{
	static const struct digest zero;

	return digest_same(d, &zero);
}

static enum store_status writable(struct store *s)
{
	return s->mode == STORE_WRITE ? STORE_OK : store_fail(s, STORE_READ_ONLY, "%s: is open for reading", s->root);
}

static enum store_status insert_run(struct store *s, struct db *db, void *user)
{
	CLEANUP(stmt_done) sqlite3_stmt *st = db_stmt(db, STMT_RUN_INSERT);
	struct run_info *run = user;

	if (!st)
		return db_fail(s, db);
	sqlite3_bind_int64(st, 1, run->started_ns);
	bind_str(st, 2, run->study);
	bind_str(st, 3, run->command);
	bind_str(st, 4, run->host);
	sqlite3_bind_int64(st, 5, run->pid);
	bind_digest(st, 6, is_zero(&run->study_digest) ? NULL : &run->study_digest);
	bind_digest(st, 7, run->has_keys ? &run->keys : NULL);
	return db_run(s, db, st);
}

enum store_status store_run_begin(struct store *s, struct run_info *run)
{
	enum store_status status = writable(s);

	if (status == STORE_OK)
		status = pending_flush(s);
	if (status == STORE_OK)
		status = db_transaction(s, s->db, insert_run, run);
	if (status == STORE_OK)
		run->id = sqlite3_last_insert_rowid(s->db->h);
	return status;
}

struct run_ending {
	const struct run_info *run;
	struct str counts; /* encoded; empty = none */
};

static enum store_status update_run(struct store *s, struct db *db, void *user)
{
	CLEANUP(stmt_done) sqlite3_stmt *st = db_stmt(db, STMT_RUN_END);
	const struct run_ending *e = user;

	if (!st)
		return db_fail(s, db);
	sqlite3_bind_int64(st, 1, e->run->id);
	sqlite3_bind_int64(st, 2, e->run->ended_ns);
	sqlite3_bind_int64(st, 3, e->run->exit_code);
	if (e->counts.n)
		bind_bytes(st, 4, e->counts);
	bind_digest(st, 5, is_zero(&e->run->study_digest) ? NULL : &e->run->study_digest);
	bind_digest(st, 6, e->run->has_keys ? &e->run->keys : NULL);
	return db_run(s, db, st);
}

enum store_status store_run_end(struct store *s, const struct run_info *run)
{
	struct sb counts;
	enum store_status status = writable(s);

	if (status == STORE_OK)
		status = pending_flush(s);
	if (status != STORE_OK)
		return status;
	sb_init(&counts, (size_t)1 << 20);
	if (run->counts.type != V_NULL)
		value_canon(&run->counts, &counts);
	struct run_ending ending = { run, sb_str(&counts) };

	status = db_transaction(s, s->db, update_run, &ending);
	sb_release(&counts);
	return status;
}

/* ---- task keys ---------------------------------------------------------------------------------------------------- */

#define SCAN_FROM 256 /* tasks; fewer are looked up one by one */

static struct digest list_digest(const struct str *tasks, const struct digest *keys, size_t n, struct arena *a)
{
	struct hasher *h = hasher_new(a);

	hasher_start(h);
	for (size_t i = 0; i < n; i++) {
		uint64_t length = tasks[i].n;

		hasher_add(h, &length, sizeof(length));
		hasher_add(h, tasks[i].p, tasks[i].n);
		hasher_add(h, keys[i].b, DIGEST_BYTES);
	}
	return hasher_final(h);
}

/* Is it the list that was remembered last? Then there is nothing to look at: the common case of a run that does nothing. */
static enum store_status list_known(struct store *s, const struct digest *list, bool *known)
{
	CLEANUP(stmt_done) sqlite3_stmt *st = db_stmt(s->db, STMT_TASK_KEYS_GET);
	struct digest last;

	*known = false;
	if (!st)
		return db_fail(s, s->db);
	int rc = sqlite3_step(st);

	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		return db_fail(s, s->db);
	*known = rc == SQLITE_ROW && column_digest(st, 0, &last) && digest_same(&last, list);
	return STORE_OK;
}

/* All names and keys that the ledger has: name → 32 bytes, NULL where the task has no key. */
static enum store_status all_keys(struct store *s, struct arena *a, struct map *out)
{
	CLEANUP(stmt_done) sqlite3_stmt *st = db_stmt(s->db, STMT_TASKS_KEYS);
	int rc;

	if (!st)
		return db_fail(s, s->db);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		struct digest key;

		if (!column_digest(st, 1, &key))
			continue;
		struct digest *kept = arena_make(a, struct digest);

		*kept = key;
		(void)map_put(out, arena_str(a, column_str(st, 0)), kept);
	}
	return rc == SQLITE_DONE ? STORE_OK : db_fail(s, s->db);
}

/* A key without parts is left alone: `why` would have nothing to compare with. */
static enum store_status move_key(struct store *s, struct str task, const struct digest *key)
{
	CLEANUP(stmt_done) sqlite3_stmt *st = db_stmt(s->db, STMT_TASK_MOVE_KEY);

	if (!st)
		return db_fail(s, s->db);
	bind_str(st, 1, task);
	bind_digest(st, 2, key);
	return db_run(s, s->db, st);
}

static enum store_status has_key(struct store *s, struct str task, const struct digest *key, bool *same)
{
	CLEANUP(stmt_done) sqlite3_stmt *st = db_stmt(s->db, STMT_TASK_KEY);
	struct digest last;

	if (!st)
		return db_fail(s, s->db);
	bind_str(st, 1, task);
	int rc = sqlite3_step(st);

	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		return db_fail(s, s->db);
	*same = rc == SQLITE_ROW && column_digest(st, 0, &last) && digest_same(&last, key);
	return STORE_OK;
}

struct key_list {
	const struct str *tasks;
	const struct digest *keys;
	size_t n;
	struct digest digest;
};

/* With the results in memory, a task that has none needs no question to the ledger: a cold plan has a million of them. */
static bool is_no_hit(struct store *s, const struct digest *key)
{
	struct result_row row;

	pthread_mutex_lock(&s->mutex);
	bool no_hit = s->index && !index_find(s->index, key, &row);

	pthread_mutex_unlock(&s->mutex);
	return no_hit;
}

static enum store_status move_keys(struct store *s, const struct key_list *l)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new();
	struct map known = { .arena = scratch };
	bool scan = l->n >= SCAN_FROM;
	enum store_status status = scan ? all_keys(s, scratch, &known) : STORE_OK;

	for (size_t i = 0; i < l->n && status == STORE_OK; i++) {
		if (is_no_hit(s, &l->keys[i]))
			continue;
		const struct digest *last = scan ? map_get(&known, l->tasks[i]) : NULL;
		bool same = last && digest_same(last, &l->keys[i]);

		if (!scan)
			status = has_key(s, l->tasks[i], &l->keys[i], &same);
		if (status == STORE_OK && !same)
			status = move_key(s, l->tasks[i], &l->keys[i]);
	}
	return status;
}

static enum store_status remember_keys(struct store *s, struct db *db, void *user)
{
	const struct key_list *l = user;
	enum store_status status = move_keys(s, l);
	CLEANUP(stmt_done) sqlite3_stmt *st = db_stmt(db, STMT_TASK_KEYS_SET);

	if (status != STORE_OK)
		return status;
	if (!st)
		return db_fail(s, db);
	bind_digest(st, 1, &l->digest);
	return db_run(s, db, st);
}

enum store_status store_task_keys(struct store *s, const struct str *tasks, const struct digest *keys, size_t n)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new();
	struct key_list list = { tasks, keys, n, list_digest(tasks, keys, n, scratch) };
	bool known = false;
	enum store_status status = writable(s);

	if (status == STORE_OK)
		status = list_known(s, &list.digest, &known);
	if (status != STORE_OK)
		return status;
	atomic_store(&s->knows_task_keys, true);
	return known ? STORE_OK : db_transaction(s, s->db, remember_keys, &list);
}
