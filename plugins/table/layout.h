/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Private to `table`: columns with their titles, what stands in their cells, and the three ways to write them.
 *
 * A column shows one column of the table, or a value together with its uncertainty: "0.347 ± 0.015" from two columns,
 * "0.347 [0.317, 0.373]" from three. Markdown and LaTeX show rounded text, CSV every digit.
 */
#ifndef RUNG_TABLE_LAYOUT_H
#define RUNG_TABLE_LAYOUT_H

#include "plugins/rows.h"

enum format { FORMAT_AUTO, FORMAT_P, FORMAT_COUNT, FORMAT_PERCENT, FORMAT_TEXT };

struct layout_column {
	struct str title, unit, group;
	const struct value **cells;
	const struct value **half;         /* ± of each row; NULL = none */
	const struct value **low, **high;  /* ends of an interval; NULL = none */
	struct str names[4]; /* of the columns behind cells, half, low, high: for the CSV */
	enum format format;
	bool stars;   /* behind p-values: * < 0.05, ** < 0.01, *** < 0.001 */
	bool numbers; /* all that is not missing is a number: aligned at the decimal point */
	int digits;   /* significant ones; 0 = the table's */
	int decimals; /* of reals; -1 = each cell by its own significant digits, as the column spans too many orders */
	struct str *text; /* what Markdown and LaTeX show, before escapes */
};

struct layout {
	const struct work *w;
	struct layout_column *columns;
	size_t n, rows;
	int digits;
	struct str title, label;
	struct str *notes; /* those with a mark first */
	size_t notes_n, notes_cap, marked;
	struct str *marks; /* of each row: its notes' letters; empty = none */
};

/* Decides alignment and decimals of a column whose cells are set, and writes what its cells show. reasons: of each row,
 * why it has no value; taken by the first empty cell. */
void layout_measure(const struct layout *l, struct layout_column *c, struct str *reasons);
void layout_csv(const struct layout *l, struct text *out);
void layout_markdown(const struct layout *l, struct text *out);
void layout_latex(const struct layout *l, struct text *out);

/* Where a number's text has its decimal point: characters before it; all of them when there is none. */
size_t point_of(struct str s);
bool is_number_text(struct str s); /* what a number or a p-value is shown as, not a dash or a reason */
struct str mark_name(const struct work *w, size_t number); /* a, b, … z, aa, … */
size_t width_of_text(struct str s); /* in code points */

#endif
