/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Private to engine/store: one SQLite connection, its prepared statements and what its errors mean.
 *
 *   CLEANUP(stmt_done) sqlite3_stmt *st = db_stmt(db, STMT_TASK_KEY);
 *   if (!st) return db_fail(s, db);
 *   bind_str(st, 1, name);  …sqlite3_step(st)…
 *
 * A statement is always reset when its scope ends: an open one would hold a read lock and stop the writer where there is
 * no WAL.
 */
#ifndef RUNG_STORE_DB_H
#define RUNG_STORE_DB_H

#include <sqlite3.h>

#include "engine/store/internal.h"
#include "engine/store/statements.h"

struct db {
	sqlite3 *h;
	sqlite3_stmt *stmts[STMT_COUNT]; /* NULL = not prepared yet */
};

enum store_status db_open_writer(struct store *s, bool durable, struct db **out);
enum store_status db_open_reader(struct store *s);
void db_close(struct db *db); /* NULL is fine */
/* What the connection's last error means; records it. */
enum store_status db_fail(struct store *s, const struct db *db);

sqlite3_stmt *db_stmt(struct db *db, enum stmt id); /* NULL: see db_fail */
void stmt_done(sqlite3_stmt **st);
/* Runs a statement that gives no rows, or whose rows do not matter. */
enum store_status db_run(struct store *s, struct db *db, sqlite3_stmt *st);
enum store_status db_exec(struct store *s, struct db *db, enum stmt id);
/* The first column of the first row; 0 without one. */
enum store_status db_int(struct store *s, struct db *db, enum stmt id, int64_t *out);

/* A transaction that writes and raises the store's generation; all of it or nothing. `body` may be run twice: a log that
 * has filled the disk is written back, and then there may be room. */
typedef enum store_status (*db_body)(struct store *s, struct db *db, void *user);
enum store_status db_transaction(struct store *s, struct db *db, db_body body, void *user);

void bind_str(sqlite3_stmt *st, int at, struct str v);   /* text; not copied */
void bind_bytes(sqlite3_stmt *st, int at, struct str v); /* blob; not copied */
void bind_digest(sqlite3_stmt *st, int at, const struct digest *d); /* NULL → null; not copied */
struct str column_str(sqlite3_stmt *st, int at);         /* text or blob; a view until the next step */
bool column_digest(sqlite3_stmt *st, int at, struct digest *out); /* false: null, or not 32 bytes; *out is zeroed */

/* "file:/a%20b/ledger.db?<query>", as SQLite wants it. */
struct str db_uri(struct arena *a, const char *path, const char *query);

/* ---- ledger_schema.c ---------------------------------------------------------------------------------------------- */

enum store_status schema_check(struct store *s, struct db *db, int64_t *version); /* 0 = empty file */
enum store_status schema_migrate(struct store *s, struct db *db); /* to SCHEMA_VERSION; creates it from nothing too */

#endif
