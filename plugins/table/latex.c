/* SPDX-License-Identifier: GPL-3.0-or-later
 * LaTeX with booktabs and nothing else: numbers whose decimals differ are set in two columns that meet at the point. */
#include <string.h>

#include "plugins/table/layout.h"

static const struct {
	const char *plain, *tex;
} special[] = {
	{ "\\", "\\textbackslash{}" }, { "~", "\\textasciitilde{}" }, { "^", "\\textasciicircum{}" },
	{ "<", "\\textless{}" },       { ">", "\\textgreater{}" },    { "|", "\\textbar{}" },
	{ "\n", " " },                 { "\r", " " },                 { "\"", "''" },
	{ "&", "\\&" },                { "%", "\\%" },                { "$", "\\$" },
	{ "#", "\\#" },                { "_", "\\_" },                { "{", "\\{" },
	{ "}", "\\}" },                { "±", "$\\pm$" },             { "−", "$-$" },
	{ "∞", "$\\infty$" },          { "—", "---" },                { "–", "--" },
	{ "≥", "$\\geq$" },            { "≤", "$\\leq$" },            { "×", "$\\times$" },
	{ "…", "\\dots{}" },           { "²", "\\textsuperscript{2}" }, { "α", "$\\alpha$" },
};

/* In a number a hyphen is a minus: at its start and behind a blank or a bracket. */
static bool is_minus(struct str s, size_t i)
{
	return s.p[i] == '-' && (!i || s.p[i - 1] == ' ' || s.p[i - 1] == '[');
}

static void latex_put(struct text *out, struct str s, bool number)
{
	for (size_t i = 0; i < s.n;) {
		const char *tex = number && is_minus(s, i) ? "$-$" : NULL;
		size_t n = 1;

		for (size_t k = 0; !tex && k < sizeof special / sizeof *special; k++) {
			size_t length = strlen(special[k].plain);

			if (length <= s.n - i && !memcmp(s.p + i, special[k].plain, length)) {
				tex = special[k].tex;
				n = length;
			}
		}
		if (tex)
			text_z(out, tex);
		else
			text_add(out, (struct str){ s.p + i, 1 });
		i += n;
	}
}

/* Right alignment does when all numbers have as much behind the point. */
static bool is_split(const struct layout *l, const struct layout_column *c)
{
	size_t first = SIZE_MAX;

	for (size_t r = 0; c->numbers && r < l->rows; r++) {
		size_t after = width_of_text(c->text[r]) - point_of(c->text[r]);

		if (!is_number_text(c->text[r]))
			continue;
		if (first != SIZE_MAX && after != first)
			return true;
		first = after;
	}
	return false;
}

static void latex_cell(const struct layout *l, size_t column, size_t row, bool split, struct text *out)
{
	const struct layout_column *c = &l->columns[column];
	struct str s = c->text[row];
	bool number = c->numbers && is_number_text(s);
	size_t cut = 0;

	if (split && !number)
		text_z(out, "\\multicolumn{2}{c}{");
	while (split && number && cut < s.n && s.p[cut] != '.' && s.p[cut] != ' ' && s.p[cut] != '*')
		cut++;
	if (split && number) {
		latex_put(out, (struct str){ s.p, cut }, true);
		text_z(out, " & ");
		if (cut < s.n && s.p[cut] == ' ') /* a blank at the start of a cell would vanish */
			text_z(out, "\\ ");
	}
	latex_put(out, (struct str){ s.p + cut, s.n - cut }, number);
	if (!column && l->marks[row].n)
		text_printf(out, "\\textsuperscript{%.*s}", STR_ARG(l->marks[row]));
	text_z(out, split && !number ? "}" : "");
}

static void latex_head(const struct layout_column *c, bool split, struct text *out)
{
	if (split)
		text_z(out, "\\multicolumn{2}{c}{");
	latex_put(out, c->title, false);
	if (c->unit.n) {
		text_z(out, " (");
		latex_put(out, c->unit, false);
		text_z(out, ")");
	}
	text_z(out, split ? "}" : "");
}

/* Neighbours of one group stand under its name, with a rule between. */
static void latex_groups(const struct layout *l, const bool *split, struct text *out)
{
	struct text rules = { .w = l->w };
	bool any = false;

	for (size_t c = 0; c < l->n; c++)
		any |= l->columns[c].group.n > 0;
	for (size_t c = 0, at = 1, to; any && c < l->n; c = to) {
		size_t span = 0;

		for (to = c; to < l->n && str_same(l->columns[to].group, l->columns[c].group); to++)
			span += split[to] ? 2 : 1;
		text_z(out, c ? " & " : "");
		text_printf(out, "\\multicolumn{%zu}{c}{", span);
		latex_put(out, l->columns[c].group, false);
		text_z(out, "}");
		if (l->columns[c].group.n)
			text_printf(&rules, "\\cmidrule(lr){%zu-%zu}", at, at + span - 1);
		at += span;
	}
	if (any)
		text_printf(out, " \\\\\n%.*s\n", STR_ARG(text_str(&rules)));
}

static void latex_body(const struct layout *l, const bool *split, struct text *out)
{
	text_z(out, "\\begin{tabular}{");
	for (size_t c = 0; c < l->n; c++)
		text_z(out, split[c] ? "r@{}l" : l->columns[c].numbers ? "r" : "l");
	text_z(out, "}\n\\toprule\n");
	latex_groups(l, split, out);
	for (size_t c = 0; c < l->n; c++) {
		text_z(out, c ? " & " : "");
		latex_head(&l->columns[c], split[c], out);
	}
	text_z(out, " \\\\\n\\midrule\n");
	for (size_t r = 0; r < l->rows; r++) {
		for (size_t c = 0; c < l->n; c++) {
			text_z(out, c ? " & " : "");
			latex_cell(l, c, r, split[c], out);
		}
		text_z(out, " \\\\\n");
	}
	text_z(out, "\\bottomrule\n\\end{tabular}\n");
}

void layout_latex(const struct layout *l, struct text *out)
{
	bool *split = work_array(l->w, bool, l->n), floating = l->title.n || l->label.n || l->notes_n;

	for (size_t c = 0; c < l->n; c++)
		split[c] = is_split(l, &l->columns[c]);
	text_z(out, "% needs \\usepackage{booktabs}\n");
	text_z(out, floating ? "\\begin{table}\n\\centering\n" : "");
	if (l->title.n) {
		text_z(out, "\\caption{");
		latex_put(out, l->title, false);
		text_z(out, "}\n");
	}
	if (l->label.n)
		text_printf(out, "\\label{%.*s}\n", STR_ARG(l->label));
	latex_body(l, split, out);
	for (size_t i = 0; i < l->notes_n; i++) {
		text_z(out, i ? "\\\\\n" : "\\par\\smallskip\n{\\footnotesize ");
		if (i < l->marked)
			text_printf(out, "\\textsuperscript{%.*s}\\,", STR_ARG(mark_name(l->w, i)));
		latex_put(out, l->notes[i], false);
	}
	text_z(out, l->notes_n ? "\\par}\n" : "");
	text_z(out, floating ? "\\end{table}\n" : "");
}
