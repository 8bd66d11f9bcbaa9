/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Rows on stdout: an aligned table, CSV, or JSON Lines. Rows are kept for a table, since its widths depend on all.
 */
#ifndef RUNG_CLI_ROWS_PRINT_H
#define RUNG_CLI_ROWS_PRINT_H

#include "engine/cli/world.h"

enum rows_as { ROWS_GRID, ROWS_CSV, ROWS_JSON };

struct rows {
	struct arena *arena;
	enum rows_as as;
	size_t columns, n;
	struct grid *grid;
};

/* Begins; columns may be 0 when no row ever came. */
void rows_begin(struct rows *r, size_t columns, const struct str *names);
void rows_put(struct rows *r, const struct str *names, const struct value *cells);
void rows_end(struct rows *r);

/* A JSON Lines file of rows; false: *error. */
bool rows_file(struct rows *r, const char *path, struct str *error);
/* A new empty file with the ending .jsonl in the temporary folder; NULL when it cannot be made (said). */
const char *rows_temporary(struct arena *a);

#endif
