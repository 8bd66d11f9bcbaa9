/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "engine/base/glyph.h"
#include "engine/cli/print.h"

struct grid grid_new(struct arena *a, size_t columns, const char *const *header)
{
	struct grid g = { .arena = a, .columns = columns };

	g.right = arena_array(a, bool, columns);
	if (!header)
		return g;
	grid_row(&g);
	for (size_t c = 0; c < columns; c++)
		grid_put(&g, c, str_z(header[c]));
	return g;
}

void grid_row(struct grid *g)
{
	if (g->rows == g->cap) {
		size_t cap = g->cap ? g->cap * 2 : 16;
		struct str *cells = arena_array(g->arena, struct str, cap * g->columns);

		if (g->rows)
			memcpy(cells, g->cells, g->rows * g->columns * sizeof(*cells));
		g->cells = cells;
		g->cap = cap;
	}
	g->rows++;
}

void grid_put(struct grid *g, size_t column, struct str text)
{
	g->cells[(g->rows - 1) * g->columns + column] = text;
}

static void put_blanks(struct sb *line, unsigned n)
{
	while (n-- > 0)
		sb_char(line, ' ');
}

/* Control characters of a cell become '?', a line end too: a row stays a line. */
static void put_shown(struct sb *line, struct str s)
{
	while (s.n) {
		struct glyph g = glyph_at(s);

		glyph_put(line, s, g);
		s = str_from(s, g.bytes, s.n);
	}
}

void grid_print(const struct grid *g)
{
	unsigned *widths = arena_array(g->arena, unsigned, g->columns);
	struct sb line;

	for (size_t i = 0; i < g->rows * g->columns; i++) {
		unsigned w = text_width(g->cells[i]);

		if (w > widths[i % g->columns])
			widths[i % g->columns] = w;
	}
	sb_init(&line, (size_t)1 << 24);
	for (size_t r = 0; r < g->rows; r++) {
		sb_clear(&line);
		if (r == 0)
			sb_z(&line, paint_out(BOLD));
		for (size_t c = 0; c < g->columns; c++) {
			struct str cell = g->cells[r * g->columns + c];
			unsigned pad = widths[c] - text_width(cell);

			if (c)
				sb_z(&line, "  ");
			if (g->right[c])
				put_blanks(&line, pad);
			put_shown(&line, cell);
			if (!g->right[c] && c + 1 < g->columns)
				put_blanks(&line, pad);
		}
		while (line.n && line.s[line.n - 1] == ' ')
			line.n--;
		out_text(sb_str(&line));
		if (r == 0)
			out_f("%s", paint_out(PLAIN));
		out_text(STR("\n"));
	}
	sb_release(&line);
}

/* ---- the line behind a place -------------------------------------------------------------------------------------- */

static bool line_at(const struct diags *d, struct span at, struct str *line)
{
	if (!at.file || at.file > d->source_count || !at.line)
		return false;
	struct str rest = d->sources[at.file - 1].text;

	for (uint32_t n = 1; str_split(&rest, '\n', line); n++)
		if (n == at.line)
			return true;
	return false;
}

void print_snippet(const struct diags *d, struct span at)
{
	struct str whole;
	struct sb b;

	if (!line_at(d, at, &whole))
		return;
	struct str line = str_trim(whole);
	size_t cut = line.n ? (size_t)(line.p - whole.p) : 0;
	size_t caret = at.col > cut + 1 ? at.col - 1 - cut : 0;

	if (line.n > 300)
		line.n = 300;
	if (caret > line.n)
		caret = line.n;
	sb_init(&b, (size_t)1 << 14);
	sb_printf(&b, "    %s%5u |%s ", paint_out(DIM), at.line, paint_out(PLAIN));
	put_shown(&b, line);
	sb_printf(&b, "\n          %s|%s ", paint_out(DIM), paint_out(PLAIN));
	put_blanks(&b, text_width(str_from(line, 0, caret)));
	size_t len = at.len && at.len <= line.n - caret ? at.len : 1;

	sb_z(&b, paint_out(CYAN));
	sb_char(&b, '^');
	for (size_t i = 1; i < len; i++)
		sb_char(&b, '~');
	sb_z(&b, paint_out(PLAIN));
	sb_char(&b, '\n');
	out_text(sb_str(&b));
	sb_release(&b);
}
