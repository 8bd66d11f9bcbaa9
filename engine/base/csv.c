/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Rows of a CSV file (RFC 4180). What the RFC leaves open: blank lines are skipped, a quote inside a bare cell is an
 * ordinary character, a lone CR does not end a line, the last line may lack its end.
 */
#include <string.h>

#include "engine/base/table_private.h"

/* A row being scanned. */
struct row {
	struct table *t;
	const char *p;
	size_t n;     /* cells so far */
	size_t lines; /* line ends inside quotes */
};

/* Is there a line end at p, or the end of the file? *after: where the next line starts. */
static bool at_line_end(const struct table *t, const char *p, const char **after)
{
	if (p < t->end && *p == '\r')
		p++;
	if (p < t->end && *p != '\n')
		return false;
	*after = p < t->end ? p + 1 : p;
	return true;
}

/* A quoted cell without its doubled quotes. */
static struct str single_quotes(struct arena *a, struct str s)
{
	char *out = arena_alloc(a, s.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		out[n++] = s.p[i];
		i += s.p[i] == '"';
	}
	return (struct str){ out, n };
}

/* From behind the opening quote to behind the closing one. */
static enum scan scan_quoted(struct row *r, struct str *text)
{
	struct table *t = r->t;
	const char *start = r->p, *end;
	size_t first_line = t->line + r->lines;
	bool doubled = false;

	for (end = start;; end += 2) {
		end = end < t->end ? memchr(end, '"', (size_t)(t->end - end)) : NULL;
		if ((!end || end + 1 == t->end) && !t->eof)
			return SCAN_MORE; /* the quote may turn out to be doubled */
		if (!end)
			return table_fail(t, first_line, "a quote is opened here and never closed");
		if (end + 1 == t->end || end[1] != '"')
			break;
		doubled = true;
	}
	*text = (struct str){ start, (size_t)(end - start) };
	for (const char *p = start; (p = memchr(p, '\n', (size_t)(end - p))); p++)
		r->lines++;
	if (doubled)
		*text = single_quotes(t->row, *text);
	r->p = end + 1;
	return SCAN_ROW;
}

/* The cell to fill: rows that are too long are counted to their end, for the message. */
static struct value *next_cell(struct row *r, struct value *spill)
{
	struct table *t = r->t;

	if (!t->columns.n) /* the header */
		table_grow_cells(t, r->n + 1);
	else if (r->n >= t->columns.n)
		return spill;
	return &t->cells[r->n];
}

#define EACH_BYTE(b) ((uint64_t)(unsigned char)(b) * UINT64_C(0x0101010101010101))

/* The first byte from p on that is `a` or `b`; `end` when there is none. Eight bytes at a time: a byte of v ^ EACH_BYTE(a)
 * is zero where a stands, and the lowest zero byte is the lowest one whose top bit the subtraction sets (Mycroft, 1987). */
static const char *find_either(const char *p, const char *end, char a, char b)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	for (; end - p >= 8; p += 8) {
		uint64_t v;

		memcpy(&v, p, 8);
		const uint64_t x = v ^ EACH_BYTE(a), y = v ^ EACH_BYTE(b);
		const uint64_t found = (((x - EACH_BYTE(1)) & ~x) | ((y - EACH_BYTE(1)) & ~y)) & EACH_BYTE(0x80);

		if (found)
			return p + __builtin_ctzll(found) / 8;
	}
#endif
	while (p < end && *p != a && *p != b)
		p++;
	return p;
}

/* A cell without quotes. *raw_end: behind it, without the CR of a line end. */
static enum scan scan_bare(struct row *r, struct value *cell, const char **raw_end)
{
	const char *start = r->p, *end = r->t->end, *p = find_either(start, end, r->t->separator, '\n');

	if (p == end && !r->t->eof)
		return SCAN_MORE;
	r->p = p;
	if ((p == end || *p == '\n') && p > start && p[-1] == '\r')
		p--;
	cell->s = (struct str){ start, (size_t)(p - start) };
	cell->type = p > start ? V_STR : V_NULL;
	*raw_end = p;
	return SCAN_ROW;
}

static enum scan scan_cell(struct row *r, const char **raw_end)
{
	struct table *t = r->t;
	struct value spill, *cell = next_cell(r, &spill);
	const char *after;

	if (r->p == t->end || *r->p != '"')
		return scan_bare(r, cell, raw_end);
	r->p++;
	enum scan found = scan_quoted(r, &cell->s);

	if (found != SCAN_ROW)
		return found;
	if (t->end - r->p < 2 && !t->eof)
		return SCAN_MORE; /* CR and LF may be torn apart */
	if (!(r->p < t->end && *r->p == t->separator) && !at_line_end(t, r->p, &after))
		return table_fail(t, t->line + r->lines, "text after a closing quote, expected '%c' or the end of the line",
		                  t->separator);
	cell->type = V_STR;
	*raw_end = r->p;
	return SCAN_ROW;
}

/* Blank lines before a row; SCAN_ROW: there is one. */
static enum scan skip_blank_lines(struct table *t)
{
	const char *after;

	for (;;) {
		if (t->end - t->at < 2 && !t->eof)
			return SCAN_MORE;
		if (t->at == t->end)
			return SCAN_END;
		if ((*t->at != '\n' && *t->at != '\r') || !at_line_end(t, t->at, &after))
			return SCAN_ROW;
		t->at = after;
		t->line++;
	}
}

enum scan csv_scan(struct table *t)
{
	enum scan found = skip_blank_lines(t);
	struct row r = { .t = t, .p = t->at };
	const char *raw_end = t->at, *after = t->at;

	while (found == SCAN_ROW) {
		found = scan_cell(&r, &raw_end);
		r.n++;
		if (found != SCAN_ROW || r.p == t->end || *r.p != t->separator)
			break;
		r.p++;
	}
	if (found != SCAN_ROW)
		return found;
	if (t->columns.n && r.n != t->columns.n)
		return table_fail(t, t->line, "%zu cell%s, expected %zu as in the header", r.n, r.n == 1 ? "" : "s", t->columns.n);
	(void)at_line_end(t, r.p, &after); /* it is: a bare cell ends nowhere else, a quoted one was checked */
	if (!t->columns.n)
		t->header = (struct str){ t->at, (size_t)(after - t->at) };
	t->raw = (struct str){ t->at, (size_t)(raw_end - t->at) };
	t->row_cells = r.n;
	t->row_line = t->line;
	t->line += r.lines + 1;
	t->at = after;
	return SCAN_ROW;
}

bool csv_header(struct table *t)
{
	size_t n = t->row_cells;

	t->header = arena_str(t->a, t->header);
	for (size_t i = 0; i < n; i++) {
		struct str name = t->cells[i].type == V_STR ? t->cells[i].s : STR("");

		if (map_has(&t->column_index, name))
			return table_fail(t, t->row_line, "two columns are named '" STR_FMT "'", STR_ARG(name)) == SCAN_ROW;
		(void)table_add_column(t, name);
	}
	return !t->failed;
}
