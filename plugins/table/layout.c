/* SPDX-License-Identifier: GPL-3.0-or-later
 * CSV and Markdown. */
#include "plugins/table/layout.h"

#include <string.h>

/* ---- CSV ---------------------------------------------------------------------------------------------------------- */

static void csv_put(struct text *out, struct str s)
{
	bool quote = s.n && (s.p[0] == ' ' || s.p[0] == '\t' || s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t');

	for (size_t i = 0; i < s.n; i++)
		quote |= s.p[i] == ',' || s.p[i] == '"' || s.p[i] == '\r' || s.p[i] == '\n';
	if (!quote) {
		text_add(out, s);
		return;
	}
	text_z(out, "\"");
	for (size_t i = 0; i < s.n; i++)
		text_add(out, s.p[i] == '"' ? STR("\"\"") : (struct str){ s.p + i, 1 });
	text_z(out, "\"");
}

/* r = 0: the header. A column with an uncertainty takes two or three in a CSV, under their own names. */
static void csv_column(const struct layout *l, const struct layout_column *c, size_t r, struct text *out)
{
	const struct value **const parts[4] = { c->cells, c->half, c->low, c->high };

	for (size_t i = 0; i < 4; i++) {
		if (!parts[i])
			continue;
		text_z(out, i ? "," : "");
		if (r)
			csv_put(out, cell_text(l->w, parts[i][r - 1]));
		else
			csv_put(out, i ? c->names[i] : c->title);
	}
}

void layout_csv(const struct layout *l, struct text *out)
{
	for (size_t r = 0; r <= l->rows; r++) {
		for (size_t c = 0; c < l->n; c++) {
			text_z(out, c ? "," : "");
			csv_column(l, &l->columns[c], r, out);
		}
		text_z(out, "\n");
	}
}

/* ---- Markdown ----------------------------------------------------------------------------------------------------- */

static bool is_word(struct str s, size_t i)
{
	unsigned char c = i < s.n ? (unsigned char)s.p[i] : ' ', lower = c | 0x20;

	return (c >= '0' && c <= '9') || (lower >= 'a' && lower <= 'z') || c >= 0x80;
}

/* An underscore between letters is one; at the edge of a word it would begin or end an emphasis. */
static bool markdown_special(struct str s, size_t i)
{
	if (s.p[i] == '_')
		return !(i && is_word(s, i - 1) && is_word(s, i + 1));
	if (s.p[i] == '&')
		return is_word(s, i + 1) || (i + 1 < s.n && s.p[i + 1] == '#');
	return s.p[i] == '<' || strchr("|\\*`$", s.p[i]);
}

static struct str markdown_text(const struct layout *l, struct str s)
{
	struct text t = { .w = l->w };

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] && markdown_special(s, i))
			text_z(&t, "\\");
		text_add(&t, s.p[i] == '\n' || s.p[i] == '\r' ? STR(" ") : (struct str){ s.p + i, 1 });
	}
	return text_str(&t);
}

static struct str markdown_head(const struct layout *l, const struct layout_column *c)
{
	struct text t = { .w = l->w };

	if (c->group.n)
		text_printf(&t, "%.*s: ", STR_ARG(c->group));
	text_add(&t, c->title);
	if (c->unit.n)
		text_printf(&t, " (%.*s)", STR_ARG(c->unit));
	return markdown_text(l, text_str(&t));
}

static struct str markdown_cell(const struct layout *l, size_t column, size_t row)
{
	struct text t = { .w = l->w };

	text_add(&t, markdown_text(l, l->columns[column].text[row]));
	if (!column && l->marks[row].n)
		text_printf(&t, "<sup>%.*s</sup>", STR_ARG(l->marks[row]));
	return text_str(&t);
}

static void blanks(struct text *out, size_t n)
{
	while (n--)
		text_z(out, " ");
}

/* Widths in code points, so that columns of the source line up in an editor; numbers line up at their points. */
struct widths {
	size_t all, before, after;
};

static struct widths widths_of(const struct layout_column *c, const struct str *cells, size_t rows)
{
	struct widths w = { .all = 3 };

	for (size_t r = 1; r <= rows && c->numbers; r++) {
		if (!is_number_text(c->text[r - 1]))
			continue;
		size_t before = point_of(cells[r]), after = width_of_text(cells[r]) - before;

		w.before = before > w.before ? before : w.before;
		w.after = after > w.after ? after : w.after;
	}
	w.all = w.before + w.after > w.all ? w.before + w.after : w.all;
	for (size_t r = 0; r <= rows; r++)
		w.all = width_of_text(cells[r]) > w.all ? width_of_text(cells[r]) : w.all;
	return w;
}

/* at_point: a number that lines up with the others; else, in a column of numbers, to the right. */
static void padded(struct text *out, struct str s, const struct widths *w, bool number, bool at_point)
{
	size_t width = width_of_text(s), after = number && at_point ? w->after - (width - point_of(s)) : 0;

	if (number)
		blanks(out, w->all - width - after);
	text_add(out, s);
	blanks(out, number ? after : w->all - width);
}

static void markdown_rule(const struct layout *l, const struct widths *w, struct text *out)
{
	for (size_t c = 0; c < l->n; c++) {
		text_z(out, "| ");
		for (size_t i = 1; i < w[c].all; i++)
			text_z(out, "-");
		text_z(out, l->columns[c].numbers ? ": " : "- ");
	}
	text_z(out, "|\n");
}

void layout_markdown(const struct layout *l, struct text *out)
{
	struct widths *w = work_array(l->w, struct widths, l->n);
	struct str **cells = work_array(l->w, struct str *, l->n);

	for (size_t c = 0; c < l->n; c++) {
		cells[c] = work_array(l->w, struct str, l->rows + 1);
		cells[c][0] = markdown_head(l, &l->columns[c]);
		for (size_t r = 0; r < l->rows; r++)
			cells[c][r + 1] = markdown_cell(l, c, r);
		w[c] = widths_of(&l->columns[c], cells[c], l->rows);
	}
	if (l->title.n)
		text_printf(out, "**%.*s**\n\n", STR_ARG(markdown_text(l, l->title)));
	for (size_t r = 0; r <= l->rows; r++) {
		for (size_t c = 0; c < l->n; c++) {
			text_z(out, "| ");
			padded(out, cells[c][r], &w[c], l->columns[c].numbers, r && is_number_text(l->columns[c].text[r - 1]));
			text_z(out, " ");
		}
		text_z(out, "|\n");
		if (!r)
			markdown_rule(l, w, out);
	}
	for (size_t i = 0; i < l->notes_n; i++) {
		text_z(out, "\n");
		if (i < l->marked)
			text_printf(out, "<sup>%.*s</sup> ", STR_ARG(mark_name(l->w, i)));
		text_printf(out, "%.*s\n", STR_ARG(markdown_text(l, l->notes[i])));
	}
}
