/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How a reader gets into the ledger, whatever state it is in. In this order:
 *
 * 1. Read-only, the plain way. Works beside a writer, and where the -shm file exists or can be made.
 * 2. Opened for writing, though nothing is written: without WAL a killed writer leaves a hot journal, and SQLite must
 *    play it back before anyone can read. It takes its own locks for that.
 * 3. A folder that cannot be written, with a -wal or -journal of any size: what the ledger says is in both files. They
 *    are copied to a temporary folder and read there. (immutable=1 would ignore the second: stale at best, torn after
 *    a checkpoint that was cut short.)
 * 4. A folder that cannot be written, and the ledger alone: immutable=1, which takes no locks and makes no files.
 *
 * A ledger of an older schema is copied into memory and brought up to date there: a reader never writes.
 */
#include "engine/store/db.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define READER_BUSY_MS 10000

/* Opens and reads the header, so that what is wrong shows now. */
static enum store_status reader_try(struct store *s, const char *uri, struct db *db)
{
	/* the URI's mode can only narrow what the flags allow */
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_URI;
	int64_t ignored;

	if (sqlite3_open_v2(uri, &db->h, flags, NULL) != SQLITE_OK)
		return db_fail(s, db);
	sqlite3_busy_timeout(db->h, READER_BUSY_MS);
	enum store_status status = db_exec(s, db, STMT_QUERY_ONLY);

	return status == STORE_OK ? db_int(s, db, STMT_SCHEMA_COUNT, &ignored) : status;
}

static void reader_drop(struct db *db)
{
	for (size_t i = 0; i < STMT_COUNT; i++)
		sqlite3_finalize(db->stmts[i]);
	sqlite3_close(db->h);
	*db = (struct db){ 0 };
}

static const char *const side_files[] = { "-wal", "-journal" };

static bool has_side_file(const struct store *s, struct arena *scratch)
{
	struct stat st;

	for (size_t i = 0; i < countof(side_files); i++)
		if (stat(arena_printf(scratch, "%s/" LEDGER_NAME "%s", s->root, side_files[i]).p, &st) == 0 && st.st_size > 0)
			return true;
	return false;
}

static enum store_status copy_ledger(struct store *s, struct arena *scratch, const char *folder)
{
	struct str from = arena_printf(scratch, "%s/" LEDGER_NAME, s->root);
	struct str to = arena_printf(scratch, "%s/" LEDGER_NAME, folder);
	int err = fs_copy(from.p, to.p, 0600);

	for (size_t i = 0; i < countof(side_files) && err == 0; i++) {
		err = fs_copy(arena_printf(scratch, "%s%s", from.p, side_files[i]).p,
		              arena_printf(scratch, "%s%s", to.p, side_files[i]).p, 0600);
		if (err == -ENOENT)
			err = 0;
	}
	return err < 0 ? store_fail_errno(s, from.p, err) : STORE_OK;
}

/* Reads in a folder of its own, which is gone again when this returns: the open files stay. */
static enum store_status reader_copy(struct store *s, struct arena *scratch, struct db *db)
{
	const char *base = getenv("TMPDIR");
	struct str folder = arena_printf(scratch, "%s/rung-ledger-XXXXXX", base && *base ? base : "/tmp");

	if (!mkdtemp((char *)folder.p))
		return store_fail_errno(s, folder.p, errno);
	enum store_status status = copy_ledger(s, scratch, folder.p);
	struct str copy = arena_printf(scratch, "%s/" LEDGER_NAME, folder.p);

	if (status == STORE_OK)
		status = reader_try(s, db_uri(scratch, copy.p, "").p, db);
	s->ledger_in_memory = true; /* it has no path for others to open */
	(void)fs_remove_tree(folder.p);
	return status;
}

static enum store_status reader_enter(struct store *s, struct arena *scratch, struct db *db)
{
	struct str path = arena_printf(scratch, "%s/" LEDGER_NAME, s->root);
	enum store_status status = reader_try(s, db_uri(scratch, path.p, "?mode=ro").p, db);

	if (status == STORE_OK || status == STORE_CORRUPT)
		return status;
	reader_drop(db);
	if (faccessat(s->root_fd, ".", W_OK, AT_EACCESS) == 0)
		return reader_try(s, db_uri(scratch, path.p, "?mode=rw").p, db);
	if (has_side_file(s, scratch))
		return reader_copy(s, scratch, db);
	s->ledger_immutable = true;
	return reader_try(s, db_uri(scratch, path.p, "?mode=ro&immutable=1").p, db);
}

/* Replaces the connection by a copy in memory that has today's schema. */
static enum store_status reader_upgrade(struct store *s, struct db *db)
{
	struct db copy = { 0 };
	enum store_status status = STORE_OK;
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;

	if (sqlite3_open_v2(":memory:", &copy.h, flags, NULL) != SQLITE_OK)
		status = db_fail(s, &copy);
	if (status == STORE_OK) {
		sqlite3_backup *backup = sqlite3_backup_init(copy.h, "main", db->h, "main");

		if (backup)
			(void)sqlite3_backup_step(backup, -1);
		if (!backup || sqlite3_backup_finish(backup) != SQLITE_OK)
			status = db_fail(s, &copy);
	}
	if (status == STORE_OK)
		status = schema_migrate(s, &copy);
	if (status != STORE_OK) {
		reader_drop(&copy);
		return status;
	}
	reader_drop(db);
	*db = copy;
	s->ledger_in_memory = true;
	return STORE_OK;
}

static void journal_found(struct store *s, struct db *db)
{
	CLEANUP(stmt_done) sqlite3_stmt *st = db_stmt(db, STMT_JOURNAL_FOUND);
	char volume[32];

	(void)volume_is_local(s->root_fd, volume);
	if (!st || sqlite3_step(st) != SQLITE_ROW)
		return;
	struct str mode = column_str(st, 0);

	if (s->ledger_in_memory)
		(void)snprintf(s->journal, sizeof(s->journal), "none (a copy, %s)", volume);
	else if (str_is(mode, "wal"))
		(void)snprintf(s->journal, sizeof(s->journal), "wal");
	else
		(void)snprintf(s->journal, sizeof(s->journal), STR_FMT " (%s)", STR_ARG(mode), volume);
}

enum store_status db_open_reader(struct store *s)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new();
	struct db *db = calloc(1, sizeof(*db));
	int64_t version = 0;

	if (!db)
		return store_fail(s, STORE_IO, "%s/" LEDGER_NAME ": out of memory", s->root);
	enum store_status status = reader_enter(s, scratch, db);

	if (status == STORE_OK)
		status = schema_check(s, db, &version);
	if (status == STORE_OK && version == 0)
		status = store_fail(s, STORE_ABSENT, "%s/" LEDGER_NAME ": is empty", s->root);
	if (status == STORE_OK && version < SCHEMA_VERSION)
		status = reader_upgrade(s, db);
	if (status != STORE_OK) {
		db_close(db);
		return status;
	}
	journal_found(s, db);
	s->db = db;
	return STORE_OK;
}
