/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The schema's version (user_version) and the way forward from an older one. All steps of a migration are one
 * transaction: a crash leaves the old schema whole.
 */
#include "engine/store/db.h"

enum store_status schema_check(struct store *s, struct db *db, int64_t *version)
{
	int64_t application = 0, count = 0;
	enum store_status status = db_int(s, db, STMT_VERSION_GET, version);

	if (status == STORE_OK)
		status = db_int(s, db, STMT_APPLICATION_GET, &application);
	if (status == STORE_OK)
		status = db_int(s, db, STMT_SCHEMA_COUNT, &count);
	if (status != STORE_OK)
		return status;
	if (*version == 0 && count == 0)
		return STORE_OK;
	if (application != APPLICATION_ID)
		return store_fail(s, STORE_CORRUPT, "%s/" LEDGER_NAME ": is an SQLite file, but no ledger of rung", s->root);
	if (*version > SCHEMA_VERSION)
		return store_fail(s, STORE_TOO_NEW, "%s/" LEDGER_NAME ": has schema %lld, this rung knows schemas up to %d",
		                  s->root, (long long)*version, SCHEMA_VERSION);
	if (*version < 1)
		return store_fail(s, STORE_CORRUPT, "%s/" LEDGER_NAME ": has schema %lld, which never existed", s->root,
		                  (long long)*version);
	return STORE_OK;
}

/* A step is several statements; each one is run and forgotten. */
static enum store_status run_script(struct store *s, struct db *db, const char *script)
{
	return sqlite3_exec(db->h, script, NULL, NULL, NULL) == SQLITE_OK ? STORE_OK : db_fail(s, db);
}

static enum store_status migrate(struct store *s, struct db *db, void *user)
{
	int64_t version = 0;
	enum store_status status = schema_check(s, db, &version);

	(void)user;
	if (status == STORE_OK && version == 0)
		status = db_exec(s, db, STMT_APPLICATION_SET);
	for (; version < SCHEMA_VERSION && status == STORE_OK; version++) {
		status = run_script(s, db, schema_steps[version]);
		if (status == STORE_OK)
			status = db_exec(s, db, schema_version_set[version]);
	}
	return status;
}

enum store_status schema_migrate(struct store *s, struct db *db)
{
	int64_t version = 0;
	enum store_status status = schema_check(s, db, &version);

	if (status != STORE_OK || version == SCHEMA_VERSION)
		return status;
	return db_transaction(s, db, migrate, NULL);
}
