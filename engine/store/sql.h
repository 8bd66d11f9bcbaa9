/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * SQL over tables: an in-memory SQLite database filled from JSON Lines or CSV files, for the step kind `query` and for
 * `rung query`. Read-only towards the world: no ATTACH, no PRAGMA, no files, no extensions, no random() and no clock; a
 * statement is capped by a step count.
 *
 * CSV columns that hold only numbers become INTEGER or REAL, everything else TEXT (007, +5 and integers beyond 64 bits
 * are names, not numbers); JSON lists and maps become JSON text, true and false 1 and 0. Blobs come out as hex.
 *
 * Beside SQLite's own there are the aggregates variance, stddev, sem, median, quantile(x, p), iqm, geomean, corr(x, y),
 * ci95_low, ci95_high, wilson_low, wilson_high, clopper_low, clopper_high, computed by engine/stat (sql_stats.c).
 */
#ifndef RUNG_SQL_H
#define RUNG_SQL_H

#include "engine/base/table.h"
#include "engine/store/store.h"

struct sql;

struct sql *sql_new(void);
void sql_free(struct sql *q);
const char *sql_error(const struct sql *q);
/* Loads the file as a table of that name. false: see sql_error. */
bool sql_load(struct sql *q, struct str name, const char *path, struct str label);
/* Makes the ledger visible, read-only: runs, tasks, attempts, results, artifacts, metrics, parts, calls, charges, events,
 * with digests in hex, times in ISO and packed columns as JSON. A loaded table of the same name comes first, whichever
 * was there before; the ledger's own tables are below `ledger.`. */
bool sql_ledger(struct sql *q, struct store *s);
/* Runs one SELECT; `row` gets column names and values per row, valid during the call, and stops it with false. */
typedef bool (*sql_row)(void *user, size_t n, const struct str *columns, const struct value *values);
bool sql_query(struct sql *q, struct str text, sql_row row, void *user);

#endif
