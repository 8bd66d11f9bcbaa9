/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Private to engine/store: what the parts of sql.h share.
 */
#ifndef RUNG_STORE_SQL_PRIVATE_H
#define RUNG_STORE_SQL_PRIVATE_H

#include <sqlite3.h>

#include "engine/store/sql.h"

struct sql {
	sqlite3 *h;
	sqlite3_vfs vfs;    /* the usual one, but for the clock; registered under vfs_name */
	char vfs_name[40];
	bool closed_world;  /* the authorizer judges: set while a user's statement is prepared and run */
	bool has_ledger;
	char denied[256];   /* what the statement asked for in vain, and why; empty = nothing */
	uint64_t steps;     /* of SQLite's machine, by the running statement */
	uint64_t steps_max;
	bool too_long;
	char error[1024];
};

/* Records and returns false. */
bool sql_fail(struct sql *q, const char *fmt, ...) PRINTF(2, 3);
bool sql_fail_here(struct sql *q, const char *what); /* what: SQLite's message */
bool sql_run(struct sql *q, const char *text);       /* our own statements; not judged */

/* An identifier in double quotes. */
void sql_quote(struct str name, struct sb *out);

/* canon_json and artifacts_json, for the ledger's views. */
bool sql_functions(struct sql *q);
/* stddev, quantile, wilson_low and the like. */
bool sql_statistics(struct sql *q);

#endif
