/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Every object hashed, every mention checked. The ledger is read first and the objects after it: what the ledger names
 * exists before it is named, so a writer at work cannot make an object look lost.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/store/db.h"

enum state { STATE_GOOD, STATE_CORRUPT };

struct verification {
	struct store *s;
	struct arena *arena;   /* of the faults */
	struct arena *scratch;
	VEC(struct ref) refs;
	VEC(struct ref) damaged; /* results whose row is */
	struct digest_map objects; /* that exist → enum state */
	VEC(struct digest) corrupt;
	VEC(struct verify_fault) faults;
	size_t checked;
	enum store_status status; /* why the walk stopped */
};

static void fault(struct verification *v, struct verify_fault f)
{
	VEC_PUSH(v->arena, &v->faults, f);
}

/* A row whose metrics or attempt are not those that were recorded: named, and dropped by a repair like one that lost an object. */
static void see_result(void *user, const struct result_row *row, int64_t id)
{
	CLEANUP(arena_cleanup) struct arena *a = arena_new();
	struct verification *v = user;
	struct result r;

	if (!row->attempt_lost && result_of_row(row, a, &r))
		return;
	VEC_PUSH(v->scratch, &v->damaged, ((struct ref){ .from = REF_RESULT, .row = id }));
	fault(v, (struct verify_fault){ FAULT_CORRUPT, STR(LEDGER_NAME), arena_str(v->arena, row->task), STR("") });
}

static void see_object(void *user, const struct ref *r)
{
	struct verification *v = user;
	struct ref kept = *r;

	kept.task = arena_str(v->arena, r->task);
	kept.output = arena_str(v->arena, r->output);
	VEC_PUSH(v->scratch, &v->refs, kept);
}

static int hash_object(struct verification *v, const char *relative, const struct digest *d)
{
	CLEANUP(close_fd) int fd = openat(v->s->objects_fd, relative, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	struct digest found;
	uint64_t size;

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	int err = hash_fd(v->s, fd, -1, &found, &size);

	/* a sector that cannot be read is damage, and the rest still wants checking */
	if (err < 0 && err != -EIO)
		return err;
	bool good = err == 0 && digest_same(&found, d);

	digest_map_add(&v->objects, d, good ? STATE_GOOD : STATE_CORRUPT);
	if (!good)
		VEC_PUSH(v->scratch, &v->corrupt, *d);
	v->checked++;
	return 0;
}

static int check_see(void *user, const char *relative, const struct digest *d, const struct stat *st)
{
	struct verification *v = user;

	(void)st;
	if (!d) {
		fault(v, (struct verify_fault){ FAULT_STRAY, arena_printf(v->arena, "objects/%s", relative), STR(""), STR("") });
		return 0;
	}
	int err = hash_object(v, relative, d);

	if (err < 0)
		v->status = object_fail(v->s, d, err);
	return err;
}

static struct str fault_path(struct verification *v, const struct digest *d)
{
	char object[OBJECT_NAME_SIZE];

	object_name(d, object);
	return arena_printf(v->arena, "objects/%s", object);
}

/* A fault for every mention of an object that is missing or damaged; `bad` are the mentions. */
static void match(struct verification *v, struct digest_map *blamed, struct ref *bad, size_t *bad_count)
{
	for (size_t i = 0; i < v->refs.n; i++) {
		const struct ref *r = &v->refs.data[i];
		uint32_t state = STATE_GOOD;
		bool exists = digest_map_get(&v->objects, &r->object, &state);

		if (exists && state == STATE_GOOD)
			continue;
		digest_map_add(blamed, &r->object, 0);
		bad[(*bad_count)++] = *r;
		fault(v, (struct verify_fault){ exists ? FAULT_CORRUPT : FAULT_MISSING, fault_path(v, &r->object), r->task,
		                                r->output });
	}
	for (size_t i = 0; i < v->damaged.n; i++)
		bad[(*bad_count)++] = v->damaged.data[i];
	for (size_t i = 0; i < v->corrupt.n; i++)
		if (!digest_map_get(blamed, &v->corrupt.data[i], NULL))
			fault(v, (struct verify_fault){ FAULT_CORRUPT, fault_path(v, &v->corrupt.data[i]), STR(""), STR("") });
}

static int by_path(const void *a, const void *b)
{
	const struct verify_fault *x = a, *y = b;
	int order = str_cmp(x->path, y->path);

	if (!order)
		order = str_cmp(x->task, y->task);
	return order ? order : str_cmp(x->output, y->output);
}

/* ---- repair ------------------------------------------------------------------------------------------------------- */

static enum store_status drop_mention(struct store *s, const struct ref *r)
{
	static const enum stmt drop_of[] = {
		[REF_RESULT] = STMT_RESULT_DROP,           [REF_ATTEMPT_OUT] = STMT_ATTEMPT_DROP_OUT,
		[REF_ATTEMPT_ERR] = STMT_ATTEMPT_DROP_ERR, [REF_RUN_STUDY] = STMT_RUN_DROP_STUDY,
		[REF_RUN_KEYS] = STMT_RUN_DROP_KEYS,       [REF_CALL] = STMT_CALL_DROP,
	};
	CLEANUP(stmt_done) sqlite3_stmt *st = db_stmt(s->db, drop_of[r->from]);

	if (!st)
		return db_fail(s, s->db);
	sqlite3_bind_int64(st, 1, r->row);
	return db_run(s, s->db, st);
}

struct mentions {
	const struct ref *list;
	size_t n;
};

static enum store_status drop_mentions(struct store *s, struct db *db, void *user)
{
	const struct mentions *bad = user;
	enum store_status status = STORE_OK;

	(void)db;
	for (size_t i = 0; i < bad->n && status == STORE_OK; i++)
		status = drop_mention(s, &bad->list[i]);
	return status;
}

/* The ledger first: an object that is gone while the ledger names it would be found missing, not wrong. */
static enum store_status repair_all(struct verification *v, const struct ref *list, size_t n)
{
	struct store *s = v->s;
	struct mentions bad = { list, n };
	enum store_status status = n ? db_transaction(s, s->db, drop_mentions, &bad) : STORE_OK;

	if (status != STORE_OK)
		return status;
	for (size_t i = 0; i < v->corrupt.n; i++) {
		char object[OBJECT_NAME_SIZE];

		object_name(&v->corrupt.data[i], object);
		if (unlinkat(s->objects_fd, object, 0) != 0 && errno != ENOENT)
			return object_fail(s, &v->corrupt.data[i], errno);
	}
	return memory_refresh(s);
}

/* ---- the door ----------------------------------------------------------------------------------------------------- */

static enum store_status check_ledger(struct store *s)
{
	CLEANUP(stmt_done) sqlite3_stmt *st = db_stmt(s->db, STMT_QUICK_CHECK);

	if (!st || sqlite3_step(st) != SQLITE_ROW)
		return db_fail(s, s->db);
	struct str found = column_str(st, 0);

	if (str_is(found, "ok"))
		return STORE_OK;
	return store_fail(s, STORE_CORRUPT, "%s/" LEDGER_NAME ": " STR_FMT, s->root, STR_ARG(found));
}

static enum store_status check(struct verification *v)
{
	struct ref_see see = { v, see_result, see_object };
	enum store_status status = check_ledger(v->s);

	if (status == STORE_OK)
		status = refs_walk(v->s, &see);
	if (status != STORE_OK)
		return status;
	int err = objects_walk(v->s, check_see, v);

	if (v->status != STORE_OK)
		return v->status;
	return err < 0 ? store_fail_errno(v->s, v->s->root, err) : STORE_OK;
}

enum store_status store_verify(struct store *s, bool repair, struct arena *a, struct verify_fault **out, size_t *n,
                               size_t *checked)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new();
	struct verification v = { .s = s, .arena = a, .scratch = scratch, .objects = { .arena = scratch } };
	struct digest_map blamed = { .arena = scratch };
	size_t bad_count = 0;

	if (repair && s->mode != STORE_WRITE)
		return store_fail(s, STORE_READ_ONLY, "%s: is open for reading", s->root);
	enum store_status status = check(&v);

	if (status != STORE_OK)
		return status;
	struct ref *bad = arena_array(scratch, struct ref, v.refs.n + v.damaged.n + 1);

	match(&v, &blamed, bad, &bad_count);
	if (v.faults.n)
		qsort(v.faults.data, v.faults.n, sizeof(*v.faults.data), by_path);
	if (repair)
		status = repair_all(&v, bad, bad_count);
	if (status != STORE_OK)
		return status;
	*out = v.faults.data;
	*n = v.faults.n;
	*checked = v.checked;
	return STORE_OK;
}
