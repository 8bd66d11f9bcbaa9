/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A field table as text, for `rung help KIND`:
 *
 *   from   text or a path (required)
 *          table to draw from
 *   size   an integer, at least 1 (default 100)
 *          rows of the sample
 */
#include <math.h>

#include "dsl/study/load.h"

#define DEEPEST 4 /* tables inside tables; none of ours goes further */
#define PAGE 80   /* columns */

static void put_number(struct sb *out, double r)
{
	char text[32];

	sb_add(out, (struct str){ text, real_text(r, text) });
}

static void put_range(const struct field *f, struct sb *out)
{
	bool low = f->min > -1e15, high = f->max < 1e15;

	if ((f->min == 0 && f->max == 0) || (!low && !high))
		return;
	if (f->min == f->max) {
		sb_z(out, ", only ");
		put_number(out, f->min);
		return;
	}
	sb_z(out, low && high ? ", " : low ? ", at least " : ", at most ");
	if (low)
		put_number(out, f->min);
	if (low && high)
		sb_z(out, " to ");
	if (high)
		put_number(out, f->max);
}

static void put_type(const struct field *f, struct sb *out, struct arena *a)
{
	struct str rest = str_z(f->choices), part;
	bool first = true;

	if (!f->choices)
		sb_add(out, type_words(f->type, a));
	while (str_split(&rest, '|', &part)) {
		sb_z(out, first ? "" : " | ");
		sb_add(out, part);
		first = false;
	}
	if (f->choices && f->type & T_LIST)
		sb_z(out, ", or a list of these");
	put_range(f, out);
	if (f->flags & F_REQUIRED)
		sb_z(out, " (required)");
	else if (f->fallback)
		sb_printf(out, " (default %s)", f->fallback);
}

static struct str shown_name(const struct field *f)
{
	return str_is(str_z(f->name), "*") ? STR("(name)") : str_z(f->name);
}

static size_t widest(const struct field *fields)
{
	size_t most = 0;

	for (const struct field *f = fields; f->name; f++)
		most = shown_name(f).n > most ? shown_name(f).n : most;
	return most < 24 ? most : 24;
}

/* Words in lines that end before the page does; the first line is at column `indent` already. */
static void put_words(struct str text, int indent, struct sb *out)
{
	struct str word;
	size_t column = (size_t)indent;

	while (str_split(&text, ' ', &word)) {
		if (column > (size_t)indent && column + 1 + word.n > PAGE) {
			sb_printf(out, "\n%*s", indent, "");
			column = (size_t)indent;
		} else if (column > (size_t)indent) {
			sb_char(out, ' ');
			column++;
		}
		sb_add(out, word);
		column += word.n;
	}
	sb_char(out, '\n');
}

static void put_table(const struct field *fields, struct sb *out, bool colour, int depth, struct arena *a)
{
	int indent = 2 + 4 * depth, width = (int)widest(fields);
	struct sb type;

	for (const struct field *f = fields; f->name; f++) {
		sb_printf(out, "%*s%s%-*s%s  ", indent, "", colour ? "\033[1m" : "", width, shown_name(f).p, colour ? "\033[0m" : "");
		sb_init(&type, 1 << 16);
		put_type(f, &type, a);
		put_words((struct str){ type.s, type.n }, indent + width + 2, out);
		sb_release(&type);
		if (f->help && *f->help) {
			sb_printf(out, "%*s", indent + width + 2, "");
			put_words(str_z(f->help), indent + width + 2, out);
		}
		if (f->sub && depth + 1 < DEEPEST)
			put_table(f->sub, out, colour, depth + 1, a);
	}
}

void fields_help(const struct field *fields, struct sb *out, bool colour)
{
	struct arena *a = arena_new();

	if (fields)
		put_table(fields, out, colour, 0, a);
	arena_free(a);
}
