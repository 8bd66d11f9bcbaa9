/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Showing diagnostics: as text with the source line and a caret, or as JSON.
 *
 * What is shown comes from files and models, so nothing reaches the terminal raw: everything goes through glyph.h.
 * Spans count bytes; the caret stands under columns.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/base/diag.h"
#include "engine/base/glyph.h"
#include "engine/base/oom.h"
#include "engine/base/value.h"

#define WIDEST 160u
#define BEFORE_CARET 60 /* columns kept before the caret when a line is cut */

static const char red[] = "\033[1;31m", yellow[] = "\033[1;33m", cyan[] = "\033[1;36m", bold[] = "\033[1m",
		  plain[] = "\033[0m";

struct view {
	const struct diags *d;
	struct sb *out;
	bool colour;
};

static void paint(const struct view *v, const char *colour)
{
	if (v->colour)
		sb_z(v->out, colour);
}

struct str span_text(const struct diags *d, struct span at, struct arena *a)
{
	if (!at.file || at.file > d->source_count)
		return (struct str){ "", 0 };
	struct str path = d->sources[at.file - 1].path;

	if (!at.line)
		return arena_str(a, path);
	return arena_printf(a, STR_FMT ":%u:%u", STR_ARG(path), at.line, at.col ? at.col : 1);
}

/* Text of a message; further lines are indented. */
static void put_text(struct sb *out, struct str s)
{
	while (s.n) {
		struct glyph g = glyph_at(s);

		if (s.p[0] == '\n')
			sb_z(out, "\n        ");
		else
			glyph_put(out, s, g);
		s = str_from(s, g.bytes, s.n);
	}
}

/* ---- the source line ---------------------------------------------------------------------------------------------- */

static bool line_of(const struct diags *d, struct span at, struct str *line)
{
	if (!at.file || at.file > d->source_count || !at.line)
		return false;
	struct str rest = d->sources[at.file - 1].text;

	for (uint32_t n = 1; str_split(&rest, '\n', line); n++) {
		if (n < at.line)
			continue;
		if (line->n && line->p[line->n - 1] == '\r')
			line->n--;
		return true;
	}
	return false;
}

/* The part of the line that is shown. */
struct cut {
	size_t from, to; /* bytes */
	bool before, after;
};

static struct cut cut_around(struct str line, size_t caret)
{
	struct cut c = { 0, line.n, false, false };
	unsigned columns = 0;

	/* Bytes are limited too: a heap of combining marks has no width. */
	if (line.n <= WIDEST * 4 && glyphs_width(line) <= WIDEST)
		return c;
	c.from = caret;
	for (unsigned i = 0; i < BEFORE_CARET && c.from > 0; i++)
		c.from = glyph_before(line, c.from);
	c.before = c.from > 0;
	for (c.to = c.from; c.to < line.n;) {
		struct glyph g = glyph_at(str_from(line, c.to, line.n));

		columns += g.columns;
		if (columns > WIDEST - 2 || c.to - c.from > WIDEST * 4)
			break;
		c.to += g.bytes;
	}
	c.after = c.to < line.n;
	return c;
}

static void put_line(const struct view *v, struct str line, struct cut c)
{
	if (c.before)
		sb_z(v->out, "…");
	for (size_t i = c.from; i < c.to;) {
		struct str rest = str_from(line, i, line.n);
		struct glyph g = glyph_at(rest);

		glyph_put(v->out, rest, g);
		i += g.bytes;
	}
	if (c.after)
		sb_z(v->out, "…");
	sb_char(v->out, '\n');
}

static void put_snippet(const struct view *v, struct span at, const char *colour)
{
	struct str line;

	if (!line_of(v->d, at, &line))
		return;
	size_t caret = at.col ? at.col - 1 : 0, end;

	if (caret > line.n)
		caret = line.n;
	struct cut c = cut_around(line, caret);

	end = at.len > line.n - caret ? line.n : caret + at.len;
	if (end > c.to)
		end = c.to;
	sb_printf(v->out, "%5u | ", at.line);
	put_line(v, line, c);
	sb_z(v->out, "      | ");
	for (unsigned i = glyphs_width(str_from(line, c.from, caret - c.from)) + c.before; i > 0; i--)
		sb_char(v->out, ' ');
	paint(v, colour);
	sb_char(v->out, '^');
	for (unsigned i = end > caret ? glyphs_width(str_from(line, caret, end - caret)) : 0; i > 1; i--)
		sb_char(v->out, '~');
	paint(v, plain);
	sb_char(v->out, '\n');
}

/* ---- a diagnostic ------------------------------------------------------------------------------------------------- */

static void put_place(const struct view *v, struct span at)
{
	if (!at.file || at.file > v->d->source_count)
		return;
	paint(v, bold);
	put_text(v->out, v->d->sources[at.file - 1].path);
	if (at.line)
		sb_printf(v->out, ":%u:%u", at.line, at.col ? at.col : 1);
	sb_z(v->out, ": ");
	paint(v, plain);
}

static void put_aside(const struct view *v, const char *word, struct str text)
{
	sb_z(v->out, "      = ");
	paint(v, cyan);
	sb_printf(v->out, "%s: ", word);
	paint(v, plain);
	put_text(v->out, text);
	sb_char(v->out, '\n');
}

static void put_diag(const struct view *v, const struct diag *g)
{
	const char *colour = g->severity == SEV_ERROR ? red : yellow;

	put_place(v, g->at);
	paint(v, colour);
	sb_z(v->out, g->severity == SEV_ERROR ? "error: " : "warning: ");
	paint(v, plain);
	put_text(v->out, g->message);
	sb_printf(v->out, " [%s]\n", g->code);
	put_snippet(v, g->at, colour);
	for (const struct diag_note *n = g->notes; n; n = n->next)
		if (!n->at.file)
			put_aside(v, "note", n->text);
	for (const struct diag_note *n = g->hints; n; n = n->next)
		put_aside(v, "hint", n->text);
	for (const struct diag_note *n = g->notes; n; n = n->next) {
		if (!n->at.file)
			continue;
		put_place(v, n->at);
		paint(v, cyan);
		sb_z(v->out, "note: ");
		paint(v, plain);
		put_text(v->out, n->text);
		sb_char(v->out, '\n');
		put_snippet(v, n->at, cyan);
	}
}

static int by_place(const void *a, const void *b)
{
	const struct diag *const *p = a, *const *q = b;
	struct span s = (*p)->at, t = (*q)->at;

	if (s.file != t.file)
		return s.file < t.file ? -1 : 1;
	if (s.line != t.line)
		return s.line < t.line ? -1 : 1;
	if (s.col != t.col)
		return s.col < t.col ? -1 : 1;
	return *p < *q ? -1 : *p > *q; /* as they were found */
}

/* The list sorted by place; the caller frees it. */
static const struct diag **sorted(const struct diags *d)
{
	const struct diag **list = grow_or_die(NULL, (d->n + 1) * sizeof(*list));

	for (size_t i = 0; i < d->n; i++)
		list[i] = &d->list[i];
	qsort(list, d->n, sizeof(*list), by_place);
	return list;
}

void diags_render(const struct diags *d, struct sb *out, bool colour)
{
	const struct view v = { d, out, colour };
	const struct diag **list = sorted(d);

	for (size_t i = 0; i < d->n; i++)
		put_diag(&v, list[i]);
	free(list);
	if (d->dropped)
		sb_printf(out, "… and %zu more\n", d->dropped);
}

/* ---- for machines ------------------------------------------------------------------------------------------------- */

static void json_place(const struct diags *d, struct span at, struct sb *out)
{
	struct arena *a = arena_new();

	json_quote(span_text(d, at, a), out);
	arena_free(a);
}

static void json_diag(const struct diags *d, const struct diag *g, struct sb *out)
{
	sb_printf(out, "{\"severity\":\"%s\",\"code\":", g->severity == SEV_ERROR ? "error" : "warning");
	json_quote(str_z(g->code), out);
	sb_z(out, ",\"message\":");
	json_quote(g->message, out);
	sb_z(out, ",\"at\":");
	json_place(d, g->at, out);
	sb_z(out, ",\"hints\":[");
	for (const struct diag_note *n = g->hints; n; n = n->next) {
		json_quote(n->text, out);
		if (n->next)
			sb_char(out, ',');
	}
	sb_z(out, "],\"notes\":[");
	for (const struct diag_note *n = g->notes; n; n = n->next) {
		sb_z(out, "{\"at\":");
		json_place(d, n->at, out);
		sb_z(out, ",\"text\":");
		json_quote(n->text, out);
		sb_z(out, n->next ? "}," : "}");
	}
	sb_z(out, "]}\n");
}

void diags_json(const struct diags *d, struct sb *out)
{
	const struct diag **list = sorted(d);

	for (size_t i = 0; i < d->n; i++)
		json_diag(d, list[i], out);
	free(list);
}
