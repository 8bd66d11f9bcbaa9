/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Connections of writers, prepared statements, transactions, and the meaning of SQLite's errors. How readers get in is
 * in db_reader.c.
 */
#include "engine/store/db.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BUSY_MS 30000 /* another process's checkpoint or, without WAL, a reader; never another run: that has the lock */

static enum store_status status_of(int code, int sys)
{
	switch (code & 0xff) {
	case SQLITE_OK:
		return STORE_OK;
	case SQLITE_FULL:
		return STORE_FULL;
	case SQLITE_READONLY:
	case SQLITE_PERM:
		return STORE_READ_ONLY;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return STORE_CORRUPT;
	case SQLITE_CANTOPEN:
		if (sys == EROFS || sys == EACCES)
			return STORE_READ_ONLY;
		break;
	case SQLITE_IOERR:
		/* a page that ends early is damage, not a refusal; and SQLite says FULL only for write(2) itself */
		if (code == SQLITE_IOERR_SHORT_READ || code == SQLITE_IOERR_CORRUPTFS)
			return STORE_CORRUPT;
		break;
	default:
		break;
	}
	return errno_is_full(sys) ? STORE_FULL : STORE_IO;
}

/* The errno behind SQLite's error. Not every path of SQLite keeps it for the connection (a failed fsync of the log does
 * not); the files keep theirs, until the rollback closes the journal; errno itself is last, as it may be of something
 * else: db_stmt has cleared it, and only what tells of the disk is believed. */
static int system_errno(const struct db *db, int last)
{
	static const int files[] = { SQLITE_FCNTL_JOURNAL_POINTER, SQLITE_FCNTL_FILE_POINTER };
	int sys = sqlite3_system_errno(db->h);

	for (size_t i = 0; i < countof(files) && !sys; i++) {
		sqlite3_file *file = NULL;

		if (sqlite3_file_control(db->h, "main", files[i], &file) == SQLITE_OK && file && file->pMethods)
			(void)file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &sys);
	}
	if (!sys && (errno_is_full(last) || last == EIO || last == EROFS))
		sys = last;
	return sys;
}

enum store_status db_fail(struct store *s, const struct db *db)
{
	int last = errno;
	int code = sqlite3_extended_errcode(db->h), kind = code & 0xff;
	bool of_system = kind == SQLITE_IOERR || kind == SQLITE_CANTOPEN || kind == SQLITE_FULL;
	int sys = of_system ? system_errno(db, last) : 0;
	char cause[128];

	return store_fail(s, status_of(code, sys), "%s/" LEDGER_NAME ": %s%s%s", s->root, sqlite3_errmsg(db->h),
	                  sys ? ": " : "", sys ? strerror_r(sys, cause, sizeof(cause)) : "");
}

sqlite3_stmt *db_stmt(struct db *db, enum stmt id)
{
	if (!db->stmts[id] &&
	    sqlite3_prepare_v3(db->h, statement_text[id], -1, SQLITE_PREPARE_PERSISTENT, &db->stmts[id], NULL) != SQLITE_OK)
		return NULL;
	errno = 0; /* see system_errno */
	return db->stmts[id];
}

void stmt_done(sqlite3_stmt **st)
{
	if (!*st)
		return;
	sqlite3_reset(*st);
	sqlite3_clear_bindings(*st);
}

enum store_status db_run(struct store *s, struct db *db, sqlite3_stmt *st)
{
	int rc;

	while ((rc = sqlite3_step(st)) == SQLITE_ROW)
		;
	return rc == SQLITE_DONE ? STORE_OK : db_fail(s, db);
}

enum store_status db_exec(struct store *s, struct db *db, enum stmt id)
{
	CLEANUP(stmt_done) sqlite3_stmt *st = db_stmt(db, id);

	return st ? db_run(s, db, st) : db_fail(s, db);
}

enum store_status db_int(struct store *s, struct db *db, enum stmt id, int64_t *out)
{
	CLEANUP(stmt_done) sqlite3_stmt *st = db_stmt(db, id);
	int rc = st ? sqlite3_step(st) : SQLITE_ERROR;

	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		return db_fail(s, db);
	*out = rc == SQLITE_ROW ? sqlite3_column_int64(st, 0) : 0;
	return STORE_OK;
}

static void rollback(struct db *db)
{
	/* SQLite rolls some failures back itself; there is then nothing to undo. A rollback that fails leaves the journal,
	 * which the next opening plays back. */
	if (!sqlite3_get_autocommit(db->h)) {
		CLEANUP(stmt_done) sqlite3_stmt *st = db_stmt(db, STMT_ROLLBACK);

		if (st)
			(void)sqlite3_step(st);
	}
}

static enum store_status transaction_once(struct store *s, struct db *db, db_body body, void *user)
{
	enum store_status status = db_exec(s, db, STMT_BEGIN);

	if (status != STORE_OK)
		return status;
	status = body(s, db, user);
	if (status == STORE_OK)
		status = db_exec(s, db, STMT_GENERATION_RAISE);
	if (status == STORE_OK)
		status = db_exec(s, db, STMT_COMMIT);
	if (status != STORE_OK)
		rollback(db);
	return status;
}

enum store_status db_transaction(struct store *s, struct db *db, db_body body, void *user)
{
	enum store_status status = transaction_once(s, db, body, user);

	if (status != STORE_FULL)
		return status;
	int64_t busy = 0;

	if (db_int(s, db, STMT_CHECKPOINT, &busy) == STORE_OK && !busy)
		return transaction_once(s, db, body, user);
	return store_fail(s, STORE_FULL, "%s/" LEDGER_NAME ": No space left on device", s->root);
}

void bind_str(sqlite3_stmt *st, int at, struct str v)
{
	sqlite3_bind_text64(st, at, v.n ? v.p : "", v.n, SQLITE_STATIC, SQLITE_UTF8);
}

void bind_bytes(sqlite3_stmt *st, int at, struct str v)
{
	sqlite3_bind_blob64(st, at, v.n ? v.p : "", v.n, SQLITE_STATIC);
}

void bind_digest(sqlite3_stmt *st, int at, const struct digest *d)
{
	if (d)
		sqlite3_bind_blob(st, at, d->b, DIGEST_BYTES, SQLITE_STATIC);
}

struct str column_str(sqlite3_stmt *st, int at)
{
	/* blob first, then bytes: the order in which SQLite promises no conversion between the two */
	const void *p = sqlite3_column_blob(st, at);

	return (struct str){ p, p ? (size_t)sqlite3_column_bytes(st, at) : 0 };
}

bool column_digest(sqlite3_stmt *st, int at, struct digest *out)
{
	struct str bytes = column_str(st, at);

	*out = (struct digest){ 0 };
	if (bytes.n != DIGEST_BYTES)
		return false;
	memcpy(out->b, bytes.p, DIGEST_BYTES);
	return true;
}

struct str db_uri(struct arena *a, const char *path, const char *query)
{
	struct sb b;

	sb_init(&b, 1 << 16);
	sb_z(&b, "file:");
	for (const char *p = path; *p; p++) {
		if (strchr("%?#", *p))
			sb_printf(&b, "%%%02x", (unsigned char)*p);
		else
			sb_char(&b, *p);
	}
	sb_z(&b, query);

	struct str uri = sb_take(&b, a);

	sb_release(&b);
	return uri;
}

void db_close(struct db *db)
{
	if (!db)
		return;
	for (size_t i = 0; i < STMT_COUNT; i++)
		sqlite3_finalize(db->stmts[i]);
	sqlite3_close(db->h);
	free(db);
}

/* WAL where the disk is local. SQLite stays with the old mode without an error where it cannot change it, so what is
 * reported is what was found. */
static enum store_status journal_choose(struct store *s, struct db *db)
{
	char volume[32];
	bool local = volume_is_local(s->root_fd, volume);
	CLEANUP(stmt_done) sqlite3_stmt *st = db_stmt(db, local ? STMT_JOURNAL_WAL : STMT_JOURNAL_DELETE);

	if (!st || sqlite3_step(st) != SQLITE_ROW)
		return db_fail(s, db);
	struct str mode = column_str(st, 0);

	/* the first connection has told already, and this one may belong to another thread */
	if (s->journal[0])
		return STORE_OK;
	if (str_is(mode, "wal"))
		(void)snprintf(s->journal, sizeof(s->journal), "wal");
	else
		(void)snprintf(s->journal, sizeof(s->journal), STR_FMT " (%s)", STR_ARG(mode), volume);
	return STORE_OK;
}

/* `durable`: every commit of this connection outlives a power cut. Without it a power cut may take the last commits with
 * it, never the consistency; but that is so only with WAL. */
static enum store_status writer_setup(struct store *s, bool durable, struct db *db)
{
	static const enum stmt settings[] = { STMT_SECURE_DELETE_OFF, STMT_TRUSTED_SCHEMA_OFF, STMT_CELL_CHECK_ON,
		                              STMT_TEMP_IN_MEMORY, STMT_WAL_LIMIT, STMT_CACHE_WRITER };
	enum store_status status = STORE_OK;

	for (size_t i = 0; i < countof(settings) && status == STORE_OK; i++)
		status = db_exec(s, db, settings[i]);
	if (status == STORE_OK)
		status = journal_choose(s, db);
	if (status != STORE_OK)
		return status;
	durable = durable || strcmp(s->journal, "wal") != 0;
	return db_exec(s, db, durable ? STMT_SYNC_FULL : STMT_SYNC_NORMAL);
}

enum store_status db_open_writer(struct store *s, bool durable, struct db **out)
{
	struct db *db = calloc(1, sizeof(*db));
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new();
	struct str path = arena_printf(scratch, "%s/" LEDGER_NAME, s->root);
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;

	if (!db)
		return store_fail(s, STORE_IO, "%s: out of memory", path.p);
	enum store_status status = STORE_OK;

	if (sqlite3_open_v2(path.p, &db->h, flags, NULL) != SQLITE_OK)
		status = db_fail(s, db);
	if (status == STORE_OK) {
		sqlite3_busy_timeout(db->h, BUSY_MS);
		status = writer_setup(s, durable, db);
	}
	if (status == STORE_OK)
		*out = db;
	else
		db_close(db);
	return status;
}
