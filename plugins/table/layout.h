/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Private to `table`: columns with their titles and widths, and the three ways to write them.
 */
#ifndef RUNG_TABLE_LAYOUT_H
#define RUNG_TABLE_LAYOUT_H

#include "plugins/rows.h"

struct layout_column {
	struct str title;
	const struct value **cells;
	bool numbers; /* all that is not missing is a number: aligned to the right */
	int decimals; /* of reals; -1 = each cell by its own significant digits, as the column spans too many orders */
};

struct layout {
	const struct work *w;
	struct layout_column *columns;
	size_t n, rows;
	int digits;
	struct str title;
};

/* Decides alignment and decimals of a column whose cells are set. */
void layout_measure(const struct layout *l, struct layout_column *c);
void layout_csv(const struct layout *l, struct text *out);
void layout_markdown(const struct layout *l, struct text *out);
void layout_latex(const struct layout *l, struct text *out);

#endif
