/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Garbage: decide (refs_walk), write the ledger, remove the objects. In that order, so that a crash in between leaves
 * objects that nobody names, which the next gc removes. Where the disk is too full for the ledger's transaction, the
 * objects go first: a result may lack its objects (its task runs again), and then there is room.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/store/db.h"

/* Attempts of a Slurm job may outlive their coordinator, and a file server's clock may differ from ours. */
#define ATTEMPT_MARGIN_NS (INT64_C(3600) * 1000000000)

#define NO_STEP UINT32_MAX

struct drop {
	enum stmt stmt;
	int64_t row;
};

struct collection {
	struct store *s;
	struct arena *arena; /* of the report */
	bool keep_all;       /* sweep_unnamed: whatever the ledger names */
	bool dry;
	struct digest_map keys;    /* results to keep */
	struct digest_map objects; /* to keep */
	struct digest_map gone;    /* objects of results that go → step */
	struct map step_of;        /* name → index + 1 into report->steps */
	VEC(bool) attempt_kept;    /* by id: made a result that stays */
	struct str damaged;        /* a task whose row names an attempt that never was; empty = none */
	VEC(struct drop) drops;
	int64_t first_run; /* kept, with all that follow */
	bool result_kept;  /* the result whose objects are being told */
	uint32_t result_step;
	struct gc_report report;
	size_t step_cap;
};

/* ---- what goes ---------------------------------------------------------------------------------------------------- */

static uint32_t step_number(struct collection *c, struct str step)
{
	uintptr_t known = (uintptr_t)map_get(&c->step_of, step);

	if (known)
		return (uint32_t)known - 1;
	c->report.steps = vec_grow(c->arena, c->report.steps, c->report.step_count, &c->step_cap, 1, sizeof(*c->report.steps));
	memset(&c->report.steps[c->report.step_count], 0, sizeof(*c->report.steps));
	c->report.steps[c->report.step_count].step = arena_str(c->arena, step);
	c->report.step_count++;
	(void)map_put(&c->step_of, c->report.steps[c->report.step_count - 1].step, (void *)(uintptr_t)c->report.step_count);
	return (uint32_t)c->report.step_count - 1;
}

static void keep_attempt(struct collection *c, int64_t id)
{
	if (id <= 0 || c->keep_all)
		return;
	while (c->attempt_kept.n <= (size_t)id)
		VEC_PUSH(c->keys.arena, &c->attempt_kept, false);
	c->attempt_kept.data[id] = true;
}

static void see_result(void *user, const struct result_row *row, int64_t id)
{
	struct collection *c = user;

	/* its number is nothing to count up to */
	if (row->attempt_lost && !c->damaged.n)
		c->damaged = arena_str(c->keys.arena, row->task);
	c->result_kept = c->keep_all || digest_map_get(&c->keys, &row->key, NULL);
	if (c->result_kept) {
		if (!row->attempt_lost)
			keep_attempt(c, row->attempt);
		return;
	}
	c->result_step = step_number(c, row->step);
	c->report.steps[c->result_step].results++;
	c->report.steps[c->result_step].recompute_ms += row->duration_ms;
	c->report.results_removed++;
	VEC_PUSH(c->keys.arena, &c->drops, ((struct drop){ STMT_RESULT_DROP, id }));
}

static bool ref_kept(const struct collection *c, const struct ref *r)
{
	if (c->keep_all)
		return true;
	switch (r->from) {
	case REF_RESULT:
		return c->result_kept;
	case REF_ATTEMPT_OUT:
	case REF_ATTEMPT_ERR:
		return r->run >= c->first_run || ((size_t)r->row < c->attempt_kept.n && c->attempt_kept.data[r->row]);
	case REF_RUN_KEYS:
		return r->run >= c->first_run;
	case REF_RUN_STUDY: /* the text is small, and what was run stays on record */
	case REF_CALL:      /* a paid answer is never thrown away */
		return true;
	}
	return true;
}

static void see_object(void *user, const struct ref *r)
{
	static const enum stmt drop_of[] = { [REF_ATTEMPT_OUT] = STMT_ATTEMPT_DROP_OUT, [REF_ATTEMPT_ERR] = STMT_ATTEMPT_DROP_ERR,
		                             [REF_RUN_KEYS] = STMT_RUN_DROP_KEYS };
	struct collection *c = user;

	if (ref_kept(c, r))
		digest_map_add(&c->objects, &r->object, NO_STEP);
	else if (r->from == REF_RESULT)
		digest_map_add(&c->gone, &r->object, c->result_step);
	else
		VEC_PUSH(c->keys.arena, &c->drops, ((struct drop){ drop_of[r->from], r->row }));
}

static void keep_pending(struct collection *c)
{
	pthread_mutex_lock(&c->s->mutex);
	for (size_t i = 0; i < c->s->pending.list.n; i++)
		digest_map_add(&c->objects, &c->s->pending.list.data[i], NO_STEP);
	pthread_mutex_unlock(&c->s->mutex);
}

/* All keys of the plan of a run that is kept. If they cannot be read, nothing may be removed. */
static enum store_status keep_keys_of(struct collection *c, const struct run_info *run, struct arena *a)
{
	struct str keys;
	enum store_status status = store_read(c->s, &run->keys, SMALL_OBJECT, a, &keys);

	if (status != STORE_OK)
		return status;
	for (size_t at = 0; at + DIGEST_BYTES <= keys.n; at += DIGEST_BYTES) {
		struct digest d;

		memcpy(d.b, keys.p + at, DIGEST_BYTES);
		digest_map_add(&c->keys, &d, 0);
	}
	return STORE_OK;
}

static enum store_status keep_runs(struct collection *c, size_t keep)
{
	struct arena *a = c->keys.arena;
	struct run_info *runs;
	size_t n = store_runs(c->s, keep, a, &runs);
	enum store_status status = STORE_OK;

	c->first_run = n ? runs[n - 1].id : INT64_MAX;
	for (size_t i = 0; i < n && status == STORE_OK; i++)
		if (runs[i].has_keys)
			status = keep_keys_of(c, &runs[i], a);
	return status;
}

/* ---- removing ----------------------------------------------------------------------------------------------------- */

static int sweep_see(void *user, const char *relative, const struct digest *d, const struct stat *st)
{
	struct collection *c = user;
	uint32_t step = NO_STEP;

	if (!d)
		return 0; /* not ours: verify tells of it */
	if (digest_map_get(&c->objects, d, NULL)) {
		c->report.objects_kept++;
		c->report.bytes_kept += (uint64_t)st->st_size;
		return 0;
	}
	if (!c->dry && unlinkat(c->s->objects_fd, relative, 0) != 0 && errno != ENOENT)
		return -errno;
	c->report.objects_removed++;
	c->report.bytes_removed += (uint64_t)st->st_size;
	if (digest_map_get(&c->gone, d, &step))
		c->report.steps[step].bytes += (uint64_t)st->st_size;
	return 0;
}

static enum store_status sweep(struct collection *c)
{
	int err = objects_walk(c->s, sweep_see, c);

	return err < 0 ? store_fail_inside(c->s, "objects", err) : STORE_OK;
}

static enum store_status drop_row(struct store *s, struct db *db, const struct drop *d)
{
	CLEANUP(stmt_done) sqlite3_stmt *st = db_stmt(db, d->stmt);

	if (!st)
		return db_fail(s, db);
	sqlite3_bind_int64(st, 1, d->row);
	return db_run(s, db, st);
}

static enum store_status drop_rows(struct store *s, struct db *db, void *user)
{
	struct collection *c = user;
	enum store_status status = STORE_OK;

	for (size_t i = 0; i < c->drops.n && status == STORE_OK; i++)
		status = drop_row(s, db, &c->drops.data[i]);
	if (status == STORE_OK)
		status = db_exec(s, db, STMT_PARTS_PRUNE);
	return status == STORE_OK ? db_exec(s, db, STMT_COMMONS_PRUNE) : status;
}

/* What lies in the folder from before the last run: attempts of that run may still be in use by jobs that outlived it, its
 * downloads are gone on with by the next. */
static void leftovers_clean(struct store *s, const char *folder)
{
	CLEANUP(arena_cleanup) struct arena *a = arena_new();
	int64_t started = 0;
	int fd = openat(s->root_fd, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CLEANUP(close_dir) DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (!dir || db_int(s, s->db, STMT_RUN_LAST_START, &started) != STORE_OK)
		return;
	for (struct dirent *e; (e = readdir(dir));) {
		struct stat st;

		if (str_is(str_z(e->d_name), ".") || str_is(str_z(e->d_name), ".."))
			continue;
		if (fstatat(fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
			continue;
		if (clock_file_ns(st.st_mtim) < started - ATTEMPT_MARGIN_NS)
			(void)fs_remove_tree(arena_printf(a, "%s/%s/%s", s->root, folder, e->d_name).p);
	}
}

void tmp_clean(struct store *s)
{
	int fd = openat(s->root_fd, "tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CLEANUP(close_dir) DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	for (struct dirent *e; dir && (e = readdir(dir));)
		if (!str_is(str_z(e->d_name), ".") && !str_is(str_z(e->d_name), ".."))
			(void)unlinkat(fd, e->d_name, 0);
}

enum store_status memory_refresh(struct store *s)
{
	return s->index ? store_results_preload(s) : STORE_OK;
}

/* ---- the two doors ------------------------------------------------------------------------------------------------ */

static enum store_status collect(struct collection *c)
{
	struct ref_see see = { c, see_result, see_object };
	enum store_status status = refs_walk(c->s, &see);

	if (status != STORE_OK)
		return status;
	if (c->damaged.n && !c->keep_all)
		return store_fail(c->s, STORE_CORRUPT, "the ledger's row of task '" STR_FMT "' names an attempt that never was",
		                  STR_ARG(c->damaged));
	keep_pending(c);
	if (c->dry || !c->drops.n)
		return sweep(c);
	status = db_transaction(c->s, c->s->db, drop_rows, c);
	if (status != STORE_FULL)
		return status == STORE_OK ? sweep(c) : status;
	status = sweep(c);
	return status == STORE_OK ? db_transaction(c->s, c->s->db, drop_rows, c) : status;
}

enum store_status sweep_unnamed(struct store *s)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new();
	struct collection c = { .s = s, .arena = scratch, .keep_all = true };

	c.keys.arena = c.objects.arena = c.gone.arena = c.step_of.arena = scratch;
	return collect(&c);
}

static int by_bytes(const void *a, const void *b)
{
	const struct gc_step *x = a, *y = b;

	if (x->bytes != y->bytes)
		return x->bytes < y->bytes ? 1 : -1;
	return str_cmp(x->step, y->step);
}

enum store_status store_gc(struct store *s, const struct digest *keep, size_t n, size_t runs, bool dry, struct arena *a,
                           struct gc_report *out)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new();
	struct collection c = { .s = s, .arena = a, .dry = dry };

	if (s->mode != STORE_WRITE && !dry)
		return store_fail(s, STORE_READ_ONLY, "%s: is open for reading", s->root);
	c.keys.arena = c.objects.arena = c.gone.arena = c.step_of.arena = scratch;
	for (size_t i = 0; i < n; i++)
		digest_map_add(&c.keys, &keep[i], 0);
	enum store_status status = keep_runs(&c, runs);

	if (status == STORE_OK)
		status = collect(&c);
	if (status == STORE_OK && !dry) {
		leftovers_clean(s, "attempts");
		leftovers_clean(s, "downloads");
		status = memory_refresh(s);
	}
	if (status != STORE_OK)
		return status;
	if (c.report.step_count)
		qsort(c.report.steps, c.report.step_count, sizeof(*c.report.steps), by_bytes);
	*out = c.report;
	return STORE_OK;
}
