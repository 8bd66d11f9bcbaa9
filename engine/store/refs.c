/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Every mention of an object in the ledger: what gc keeps and verify checks. A new column that names an object must be
 * walked here, or gc takes the object away.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/store/db.h"

struct digest_slot {
	struct digest d;
	uint32_t number;
	bool used;
};

static struct digest_slot *digest_slot_of(const struct digest_map *m, const struct digest *d)
{
	uint64_t h;

	memcpy(&h, d->b, sizeof(h));
	size_t at = h & (m->cap - 1);

	while (m->slots[at].used && !digest_same(&m->slots[at].d, d))
		at = (at + 1) & (m->cap - 1);
	return &m->slots[at];
}

void digest_map_add(struct digest_map *m, const struct digest *d, uint32_t number)
{
	if ((m->n + 1) * 3 > m->cap * 2) {
		struct digest_map grown = { .arena = m->arena, .n = m->n, .cap = m->cap ? m->cap * 2 : 1024 };

		grown.slots = arena_array(m->arena, struct digest_slot, grown.cap);
		for (size_t i = 0; i < m->cap; i++)
			if (m->slots[i].used)
				*digest_slot_of(&grown, &m->slots[i].d) = m->slots[i];
		*m = grown;
	}
	struct digest_slot *slot = digest_slot_of(m, d);

	if (slot->used)
		return;
	*slot = (struct digest_slot){ *d, number, true };
	m->n++;
}

bool digest_map_get(const struct digest_map *m, const struct digest *d, uint32_t *number)
{
	if (!m->cap)
		return false;
	const struct digest_slot *slot = digest_slot_of(m, d);

	if (slot->used && number)
		*number = slot->number;
	return slot->used;
}

/* ---- the walk ----------------------------------------------------------------------------------------------------- */

struct refs {
	struct store *s;
	const struct ref_see *see;
	struct arena *scratch; /* of one row */
};

static void tell(const struct refs *w, const struct ref *r)
{
	if (w->see->object)
		w->see->object(w->see->user, r);
}

static void tree_refs(const struct refs *w, const struct ref *listing)
{
	struct tree t;

	if (tree_read(w->s, &listing->object, w->scratch, &t) != STORE_OK)
		return;
	for (size_t i = 0; i < t.entries.n; i++) {
		const struct tree_entry *e = &t.entries.data[i];
		struct ref r = *listing;

		if (e->mode != ENTRY_FILE && e->mode != ENTRY_EXECUTABLE)
			continue;
		r.object = e->digest;
		r.output = path_join(w->scratch, listing->output, e->path);
		tell(w, &r);
	}
}

static enum store_status result_refs(const struct refs *w, const struct result_row *row, int64_t id)
{
	struct artifact *list;
	size_t n;

	if (w->see->result)
		w->see->result(w->see->user, row, id);
	if (!artifacts_decode(row->artifacts, w->scratch, &list, &n))
		return store_fail(w->s, STORE_CORRUPT, "%s/" LEDGER_NAME ": the artifacts of task '" STR_FMT "' are damaged",
		                  w->s->root, STR_ARG(row->task));
	for (size_t i = 0; i < n; i++) {
		struct ref r = { .from = REF_RESULT, .row = id, .object = list[i].digest, .task = row->task,
			         .output = list[i].name };

		tell(w, &r);
		if (list[i].kind == ARTIFACT_TREE)
			tree_refs(w, &r);
	}
	return STORE_OK;
}

static enum store_status walk_results(const struct refs *w)
{
	CLEANUP(stmt_done) sqlite3_stmt *st = db_stmt(w->s->db, STMT_RESULTS_ALL);
	enum store_status status = STORE_OK;
	int rc = SQLITE_ERROR;

	while (status == STORE_OK && st && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		struct arena_mark mark = arena_mark(w->scratch);
		struct result_row row = { .outcome = column_str(st, 4), .step = column_str(st, 5), .task = column_str(st, 6),
			                  .metrics = column_str(st, 7), .artifacts = column_str(st, 8) };

		(void)column_digest(st, 0, &row.key);
		(void)column_digest(st, 1, &row.content);
		row.attempt = sqlite3_column_int64(st, 2);
		row.duration_ms = sqlite3_column_int64(st, 3);
		row.attempt_lost = sqlite3_column_int(st, 10);
		status = result_refs(w, &row, sqlite3_column_int64(st, 9));
		arena_reset(w->scratch, mark);
	}
	if (status == STORE_OK && rc != SQLITE_DONE)
		return db_fail(w->s, w->s->db);
	return status;
}

/* Rows that name two objects in columns `first` and `first` + 1. */
struct pair_walk {
	enum stmt stmt;
	int first;
	enum ref_from from[2];
	const char *output[2];
	bool of_task; /* column 2 is the task's name, column 1 the run */
	bool of_run;  /* the row is a run */
};

static const struct pair_walk pair_walks[] = {
	{ STMT_ATTEMPTS_OBJECTS, 3, { REF_ATTEMPT_OUT, REF_ATTEMPT_ERR }, { "stdout", "stderr" }, true, false },
	{ STMT_RUNS_OBJECTS, 1, { REF_RUN_STUDY, REF_RUN_KEYS }, { "study", "keys" }, false, true },
	{ STMT_CALLS_OBJECTS, 1, { REF_CALL, REF_CALL }, { "request", "answer" }, false, false },
};

static enum store_status walk_pairs(const struct refs *w, const struct pair_walk *p)
{
	CLEANUP(stmt_done) sqlite3_stmt *st = db_stmt(w->s->db, p->stmt);
	int rc = SQLITE_ERROR;

	while (st && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		struct ref r = { .row = sqlite3_column_int64(st, 0), .task = STR("") };

		r.run = p->of_task ? sqlite3_column_int64(st, 1) : 0;
		if (p->of_run)
			r.run = r.row;
		for (int i = 0; i < 2; i++) {
			if (!column_digest(st, p->first + i, &r.object))
				continue;
			r.from = p->from[i];
			r.output = str_z(p->output[i]);
			/* read last: views of other columns end with a conversion */
			r.task = p->of_task ? column_str(st, 2) : STR("");
			tell(w, &r);
		}
	}
	return rc == SQLITE_DONE ? STORE_OK : db_fail(w->s, w->s->db);
}

enum store_status refs_walk(struct store *s, const struct ref_see *see)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new();
	struct refs w = { s, see, scratch };
	enum store_status status = walk_results(&w);

	for (size_t i = 0; i < countof(pair_walks) && status == STORE_OK; i++)
		status = walk_pairs(&w, &pair_walks[i]);
	return status;
}
