/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the ledger knows. A question that fails (a damaged page, say) is answered like one that finds nothing, with the
 * facts in store_error: the task then runs again, and the commit that follows reports the damage.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/store/db.h"

/* ---- results ------------------------------------------------------------------------------------------------------ */

/* The columns that RESULT_OF_KEY and RESULTS_ALL begin with. */
static bool row_read(sqlite3_stmt *st, struct result_row *row)
{
	if (!column_digest(st, 0, &row->key) || !column_digest(st, 1, &row->content))
		return false;
	row->attempt = sqlite3_column_int64(st, 2);
	row->duration_ms = sqlite3_column_int64(st, 3);
	row->outcome = column_str(st, 4);
	row->step = column_str(st, 5);
	row->task = column_str(st, 6);
	row->metrics = column_str(st, 7);
	row->artifacts = column_str(st, 8);
	return true;
}

bool result_of_row(const struct result_row *row, struct arena *a, struct result *out)
{
	struct digest content;
	struct result r = { .key = row->key, .content = row->content, .attempt = row->attempt, .duration_ms = row->duration_ms };

	/* the artifacts' names point into the row: one copy of it for all */
	if (!outcome_parse(row->outcome, &r.outcome) ||
	    !artifacts_decode(arena_str(a, row->artifacts), a, &r.artifacts, &r.artifact_count))
		return false;
	if (row->metrics.n && !value_uncanon(a, arena_str(a, row->metrics), &r.metrics))
		return false;
	/* SQLite's pages have no sums: a bit that flipped in a metric would be a wrong number in a table */
	content = result_content(&r);
	if (!digest_same(&content, &r.content))
		return false;
	r.task = arena_str(a, row->task);
	r.step = arena_str(a, row->step);
	*out = r;
	return true;
}

static bool result_in_index(struct store *s, const struct digest *key, struct arena *a, struct result *out)
{
	struct result_row row;

	pthread_mutex_lock(&s->mutex);
	bool found = index_find(s->index, key, &row);

	pthread_mutex_unlock(&s->mutex);
	/* outside: a record never changes and never moves */
	return found && result_of_row(&row, a, out);
}

bool store_result(struct store *s, const struct digest *key, struct arena *a, struct result *out)
{
	if (s->index)
		return result_in_index(s, key, a, out);
	CLEANUP(stmt_done) sqlite3_stmt *st = db_stmt(s->db, STMT_RESULT_OF_KEY);
	struct result_row row;
	int rc = SQLITE_ERROR;

	if (st) {
		bind_digest(st, 1, key);
		rc = sqlite3_step(st);
	}
	if (rc == SQLITE_ROW)
		return row_read(st, &row) && result_of_row(&row, a, out);
	if (rc != SQLITE_DONE)
		(void)db_fail(s, s->db);
	return false;
}

enum store_status store_results_preload(struct store *s)
{
	int64_t last = 0;
	enum store_status status = db_int(s, s->db, STMT_RESULTS_LAST_ID, &last);
	CLEANUP(stmt_done) sqlite3_stmt *st = db_stmt(s->db, STMT_RESULTS_ALL);
	struct result_row row;
	int rc;

	if (status != STORE_OK)
		return status;
	if (!st)
		return db_fail(s, s->db);
	/* a commit of the other thread is either in the reading or waits here and adds to the new index */
	pthread_mutex_lock(&s->mutex);
	struct index *x = index_new(last > 0 && last < 100000000 ? (size_t)last : 0);

	while ((rc = sqlite3_step(st)) == SQLITE_ROW)
		if (row_read(st, &row))
			index_add(x, &row);
	if (rc == SQLITE_DONE) {
		index_free(s->index);
		s->index = x;
	} else {
		index_free(x);
	}
	pthread_mutex_unlock(&s->mutex);
	if (rc != SQLITE_DONE)
		return db_fail(s, s->db);
	presence_close(s);
	s->presence = s->objects_fd >= 0 ? presence_scan(s) : NULL;
	return STORE_OK;
}

size_t store_result_count(struct store *s)
{
	int64_t n = 0;

	if (!s->index)
		return db_int(s, s->db, STMT_RESULTS_COUNT, &n) == STORE_OK ? (size_t)n : 0;
	pthread_mutex_lock(&s->mutex);
	n = (int64_t)index_count(s->index);
	pthread_mutex_unlock(&s->mutex);
	return (size_t)n;
}

/* ---- keys --------------------------------------------------------------------------------------------------------- */

static bool parts_step(struct store *s, sqlite3_stmt *st, struct arena *a, struct key_parts *out)
{
	int rc = sqlite3_step(st);
	struct digest key;

	if (rc == SQLITE_DONE)
		return false;
	if (rc != SQLITE_ROW || !column_digest(st, 0, &key)) {
		(void)db_fail(s, s->db);
		return false;
	}
	out->key = key;
	out->task = arena_str(a, column_str(st, 1));
	out->common = arena_str(a, column_str(st, 2));
	out->own = arena_str(a, column_str(st, 3));
	return true;
}

bool store_last_parts(struct store *s, struct str task, struct arena *a, struct key_parts *out)
{
	CLEANUP(stmt_done) sqlite3_stmt *st = db_stmt(s->db, STMT_PARTS_OF_TASK);

	if (!st)
		return false;
	bind_str(st, 1, task);
	if (!parts_step(s, st, a, out))
		return false;
	out->task = arena_str(a, task); /* the key's maker may be another task */
	return true;
}

bool store_parts(struct store *s, const struct digest *key, struct arena *a, struct key_parts *out)
{
	CLEANUP(stmt_done) sqlite3_stmt *st = db_stmt(s->db, STMT_PARTS_OF_KEY);

	if (!st)
		return false;
	bind_digest(st, 1, key);
	return parts_step(s, st, a, out);
}

/* ---- durations ---------------------------------------------------------------------------------------------------- */

int64_t store_step_duration(struct store *s, struct str step)
{
	/* all steps come from one reading */
	if (!s->index && store_results_preload(s) != STORE_OK)
		return -1;
	pthread_mutex_lock(&s->mutex);
	int64_t ms = index_step_duration(s->index, step);

	pthread_mutex_unlock(&s->mutex);
	return ms;
}

#define TASK_TIMES 5 /* attempts the median is over: what a task takes changes with its inputs */

int64_t store_task_duration(struct store *s, struct str task)
{
	CLEANUP(stmt_done) sqlite3_stmt *st = db_stmt(s->db, STMT_ATTEMPTS_TIMES);
	int64_t times[TASK_TIMES];
	int n = 0;

	if (!st)
		return -1;
	bind_str(st, 1, task);
	sqlite3_bind_int(st, 2, TASK_TIMES);
	while (n < TASK_TIMES && sqlite3_step(st) == SQLITE_ROW) {
		int64_t ms = sqlite3_column_int64(st, 0);
		int at = n++;

		/* kept in order */
		for (; at > 0 && times[at - 1] > ms; at--)
			times[at] = times[at - 1];
		times[at] = ms;
	}
	return n ? times[n / 2] : -1;
}

/* ---- attempts, runs, names ---------------------------------------------------------------------------------------- */

static struct attempt attempt_read(sqlite3_stmt *st, struct arena *a)
{
	struct attempt t = { .run = sqlite3_column_int64(st, 0), .number = sqlite3_column_int(st, 4) };

	t.task = arena_str(a, column_str(st, 1));
	t.step = arena_str(a, column_str(st, 2));
	(void)column_digest(st, 3, &t.key);
	t.started_ns = sqlite3_column_int64(st, 5);
	t.ended_ns = sqlite3_column_int64(st, 6);
	/* a word of a later rung: closest to "something went wrong" */
	if (!outcome_parse(column_str(st, 7), &t.outcome))
		t.outcome = OUTCOME_REFUSED;
	t.exit_code = sqlite3_column_int(st, 8);
	t.signal = sqlite3_column_int(st, 9);
	t.detail = arena_str(a, column_str(st, 10));
	t.has_out = column_digest(st, 11, &t.out);
	t.has_err = column_digest(st, 12, &t.err);
	t.user_s = (double)sqlite3_column_int64(st, 13) / 1e6;
	t.system_s = (double)sqlite3_column_int64(st, 14) / 1e6;
	t.max_rss = sqlite3_column_int64(st, 15);
	t.host = arena_str(a, column_str(st, 16));
	return t;
}

size_t store_attempts(struct store *s, struct str task, size_t max, struct arena *a, struct attempt **out)
{
	CLEANUP(stmt_done) sqlite3_stmt *st = db_stmt(s->db, STMT_ATTEMPTS_OF_TASK);
	VEC(struct attempt) list = { 0 };
	int rc = SQLITE_ERROR;

	if (st) {
		bind_str(st, 1, task);
		sqlite3_bind_int64(st, 2, max > INT64_MAX ? INT64_MAX : (int64_t)max);
		while ((rc = sqlite3_step(st)) == SQLITE_ROW)
			VEC_PUSH(a, &list, attempt_read(st, a));
	}
	if (rc != SQLITE_DONE)
		(void)db_fail(s, s->db);
	*out = list.data;
	return list.n;
}

static struct run_info run_read(sqlite3_stmt *st, struct arena *a)
{
	struct run_info r = { .id = sqlite3_column_int64(st, 0), .started_ns = sqlite3_column_int64(st, 1) };
	struct str counts = column_str(st, 7);

	r.ended_ns = sqlite3_column_int64(st, 2);
	r.study = arena_str(a, column_str(st, 3));
	r.command = arena_str(a, column_str(st, 4));
	r.host = arena_str(a, column_str(st, 5));
	r.pid = sqlite3_column_int64(st, 6);
	if (counts.n && !value_uncanon(a, arena_str(a, counts), &r.counts))
		r.counts = (struct value){ .type = V_NULL };
	r.exit_code = sqlite3_column_int(st, 8);
	(void)column_digest(st, 9, &r.study_digest);
	r.has_keys = column_digest(st, 10, &r.keys);
	return r;
}

size_t store_runs(struct store *s, size_t max, struct arena *a, struct run_info **out)
{
	CLEANUP(stmt_done) sqlite3_stmt *st = db_stmt(s->db, STMT_RUNS_LAST);
	VEC(struct run_info) list = { 0 };
	int rc = SQLITE_ERROR;

	if (st) {
		sqlite3_bind_int64(st, 1, max > INT64_MAX ? INT64_MAX : (int64_t)max);
		while ((rc = sqlite3_step(st)) == SQLITE_ROW)
			VEC_PUSH(a, &list, run_read(st, a));
	}
	if (rc != SQLITE_DONE)
		(void)db_fail(s, s->db);
	*out = list.data;
	return list.n;
}

size_t store_task_names(struct store *s, struct str prefix, size_t max, struct arena *a, struct str **out)
{
	CLEANUP(stmt_done) sqlite3_stmt *st = db_stmt(s->db, STMT_TASKS_NAMES);
	VEC(struct str) list = { 0 };

	if (st)
		bind_str(st, 1, prefix);
	while (st && list.n < max && sqlite3_step(st) == SQLITE_ROW) {
		struct str name = column_str(st, 0);

		/* names come in order, so the first without the prefix is behind the last with it */
		if (!str_same(str_from(name, 0, prefix.n), prefix))
			break;
		VEC_PUSH(a, &list, arena_str(a, name));
	}
	*out = list.data;
	return list.n;
}

int64_t store_generation(struct store *s)
{
	int64_t generation = 0;

	(void)db_int(s, s->db, STMT_GENERATION_GET, &generation);
	return generation;
}
