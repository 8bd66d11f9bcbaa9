/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugins/table/layout.h"

#include <math.h>
#include <string.h>

void layout_measure(const struct layout *l, struct layout_column *c)
{
	double least = INFINITY, most = 0;

	c->numbers = true;
	for (size_t i = 0; i < l->rows; i++) {
		const struct value *v = c->cells[i];

		if (v->type == V_REAL && v->r != 0) {
			least = fmin(least, fabs(v->r));
			most = fmax(most, fabs(v->r));
		}
		if (v->type == V_STR) {
			double x;

			c->numbers &= !v->s.n || l->w->host->number(v->s, &x);
		} else if (v->type == V_BOOL || v->type == V_LIST || v->type == V_MAP) {
			c->numbers = false;
		}
	}
	if (most == 0)
		return;
	int top = (int)floor(log10(most)), bottom = (int)floor(log10(least));

	c->decimals = top < l->digits ? l->digits - 1 - top : 0;
	if (top - bottom > l->digits - 2 || top > 14 || top < -8)
		c->decimals = -1;
}

/* A real by significant digits, without exponent where that stays short. */
static struct str significant(const struct layout *l, double r)
{
	struct text t = { .w = l->w };
	double size = fabs(r);

	if (size != 0 && (size >= 1e15 || size < 1e-5)) {
		text_printf(&t, "%.*g", l->digits, r);
		return text_str(&t);
	}
	int decimals = size != 0 ? l->digits - 1 - (int)floor(log10(size)) : 0;

	text_printf(&t, "%.*f", decimals > 0 ? decimals : 0, r);
	return text_str(&t);
}

static struct str cell_rounded(const struct layout *l, const struct layout_column *c, size_t row)
{
	const struct value *v = c->cells[row];
	struct text t = { .w = l->w };

	if (v->type != V_REAL)
		return cell_text(l->w, v);
	/* A real that is whole (a budget that went through a fit) needs no decimals beside others that have none. */
	if (c->decimals < 0)
		return significant(l, v->r);
	text_printf(&t, "%.*f", c->decimals, v->r);
	return text_str(&t);
}

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

void layout_csv(const struct layout *l, struct text *out)
{
	for (size_t c = 0; c < l->n; c++) {
		text_z(out, c ? "," : "");
		csv_put(out, l->columns[c].title);
	}
	text_z(out, "\n");
	for (size_t r = 0; r < l->rows; r++) {
		for (size_t c = 0; c < l->n; c++) {
			text_z(out, c ? "," : "");
			csv_put(out, cell_text(l->w, l->columns[c].cells[r]));
		}
		text_z(out, "\n");
	}
}

/* ---- Markdown ----------------------------------------------------------------------------------------------------- */

static struct str markdown_text(const struct layout *l, struct str s)
{
	struct text t = { .w = l->w };

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '|' || s.p[i] == '\\' || s.p[i] == '*' || s.p[i] == '`' || s.p[i] == '<')
			text_z(&t, "\\");
		text_add(&t, s.p[i] == '\n' || s.p[i] == '\r' ? STR(" ") : (struct str){ s.p + i, 1 });
	}
	return text_str(&t);
}

/* Width in code points: columns of the source line up in an editor. */
static size_t width_of(struct str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
	return n;
}

static void padded(struct text *out, struct str s, size_t width, bool right)
{
	size_t blanks = width - width_of(s);

	for (size_t i = 0; right && i < blanks; i++)
		text_z(out, " ");
	text_add(out, s);
	for (size_t i = 0; !right && i < blanks; i++)
		text_z(out, " ");
}

void layout_markdown(const struct layout *l, struct text *out)
{
	size_t *widths = work_array(l->w, size_t, l->n), at = 0;
	struct str *cells = work_array(l->w, struct str, l->n * (l->rows + 1));

	for (size_t c = 0; c < l->n; c++) {
		for (size_t r = 0; r <= l->rows; r++) {
			struct str s = r ? cell_rounded(l, &l->columns[c], r - 1) : l->columns[c].title;

			cells[r * l->n + c] = markdown_text(l, s);
			if (width_of(cells[r * l->n + c]) > widths[c])
				widths[c] = width_of(cells[r * l->n + c]);
		}
		if (widths[c] < 3)
			widths[c] = 3;
	}
	if (l->title.n)
		text_printf(out, "**%.*s**\n\n", STR_ARG(markdown_text(l, l->title)));
	for (size_t r = 0; r <= l->rows; r++) {
		for (size_t c = 0; c < l->n; c++) {
			text_z(out, "| ");
			padded(out, cells[at++], widths[c], l->columns[c].numbers);
			text_z(out, " ");
		}
		text_z(out, "|\n");
		for (size_t c = 0; !r && c < l->n; c++) {
			text_z(out, "| ");
			for (size_t i = 1; i < widths[c]; i++)
				text_z(out, "-");
			text_z(out, l->columns[c].numbers ? ": " : "- ");
		}
		if (!r)
			text_z(out, "|\n");
	}
}

/* ---- LaTeX -------------------------------------------------------------------------------------------------------- */

static void latex_put(struct text *out, struct str s)
{
	static const struct {
		char c;
		const char *tex;
	} special[] = {
		{ '\\', "\\textbackslash{}" }, { '~', "\\textasciitilde{}" }, { '^', "\\textasciicircum{}" },
		{ '<', "\\textless{}" },       { '>', "\\textgreater{}" },    { '|', "\\textbar{}" },
		{ '\n', " " },                 { '\r', " " },                 { '"', "''" },
	};

	for (size_t i = 0; i < s.n; i++) {
		const char *tex = NULL;

		for (size_t k = 0; k < sizeof special / sizeof *special; k++)
			if (s.p[i] == special[k].c)
				tex = special[k].tex;
		if (tex) {
			text_z(out, tex);
			continue;
		}
		if (s.p[i] && strchr("&%$#_{}", s.p[i]))
			text_z(out, "\\");
		text_add(out, (struct str){ s.p + i, 1 });
	}
}

void layout_latex(const struct layout *l, struct text *out)
{
	text_z(out, "% needs \\usepackage{booktabs}\n");
	if (l->title.n) {
		text_z(out, "\\begin{table}\n\\centering\n\\caption{");
		latex_put(out, l->title);
		text_z(out, "}\n");
	}
	text_z(out, "\\begin{tabular}{");
	for (size_t c = 0; c < l->n; c++)
		text_z(out, l->columns[c].numbers ? "r" : "l");
	text_z(out, "}\n\\toprule\n");
	for (size_t r = 0; r <= l->rows; r++) {
		for (size_t c = 0; c < l->n; c++) {
			struct str s = r ? cell_rounded(l, &l->columns[c], r - 1) : l->columns[c].title;
			bool minus = r && l->columns[c].numbers && s.n && s.p[0] == '-';

			text_z(out, c ? " & " : "");
			text_z(out, minus ? "$-$" : "");
			latex_put(out, minus ? (struct str){ s.p + 1, s.n - 1 } : s);
		}
		text_z(out, r ? " \\\\\n" : " \\\\\n\\midrule\n");
	}
	text_z(out, "\\bottomrule\n\\end{tabular}\n");
	if (l->title.n)
		text_z(out, "\\end{table}\n");
}
