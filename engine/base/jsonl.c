/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Rows of JSON: an object a line, or one array of objects.
 *
 * Most rows are flat objects with plain text and numbers. Those are scanned here, cells pointing into the file; a value
 * that is nested or has escapes goes to json_parse alone. What the scanner does not understand goes to json_parse as a
 * whole: it says what is wrong. So the scanner may be narrow, but must never accept what json_parse refuses.
 */
#include <string.h>

#include "engine/base/table_private.h"

struct cursor {
	const char *p, *end;
};

static void skip_blanks(struct cursor *c)
{
	while (c->p < c->end && (*c->p == ' ' || *c->p == '\t' || *c->p == '\r' || *c->p == '\n'))
		c->p++;
}

static bool take(struct cursor *c, char wanted)
{
	skip_blanks(c);
	if (c->p == c->end || *c->p != wanted)
		return false;
	c->p++;
	return true;
}

/* From an opening quote to behind the closing one; false when there is none. */
static bool pass_text(struct cursor *c, bool *escapes)
{
	for (const char *p = c->p + 1; p < c->end; p++) {
		if (*p == '\\') {
			*escapes = true;
			p++;
		} else if (*p == '"') {
			c->p = p + 1;
			return true;
		}
	}
	return false;
}

/* From an opening bracket to behind the one that closes it. Only brackets and texts are looked at. */
static bool pass_nested(struct cursor *c)
{
	size_t depth = 0;
	bool escapes;

	while (c->p < c->end) {
		char ch = *c->p;

		if (ch == '"') {
			if (!pass_text(c, &escapes))
				return false;
			continue;
		}
		c->p++;
		depth += ch == '{' || ch == '[';
		depth -= ch == '}' || ch == ']';
		if (depth == 0)
			return true;
	}
	return false;
}

static bool plain_text(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < 0x20)
			return false;
	return str_utf8(s, NULL);
}

/* Text with quotes around: its content, when that stands there as it is. */
static bool take_plain(struct cursor *c, struct str *out)
{
	const char *start = c->p;
	bool escapes = false;

	if (c->p == c->end || *c->p != '"' || !pass_text(c, &escapes) || escapes)
		return false;
	*out = (struct str){ start + 1, (size_t)(c->p - start) - 2 };
	return plain_text(*out);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The number grammar of JSON, narrower than ours: no plus, no leading zeros, digits on both sides of a point. */
static bool take_number(struct cursor *c, struct value *out)
{
	const char *start = c->p, *p = start, *end = c->end;
	bool real = false;

	p += p < end && *p == '-';
	const char *digits = p;

	while (p < end && (is_digit(*p) || memchr(".eE+-", *p, 5))) {
		real = real || !is_digit(*p);
		p++;
	}
	struct str text = { start, (size_t)(p - start) };
	const char *point = memchr(text.p, '.', text.n);

	if (p == digits || !is_digit(*digits) || (*digits == '0' && p - digits > 1 && is_digit(digits[1])))
		return false;
	if (point && (point + 1 == p || !is_digit(point[1])))
		return false;
	c->p = p;
	*out = (struct value){ .type = real ? V_REAL : V_INT };
	return real ? str_real(text, &out->r) : str_int(text, &out->i);
}

static bool take_word(struct cursor *c, const char *word, struct value v, struct value *out)
{
	size_t n = strlen(word);

	if ((size_t)(c->end - c->p) < n || memcmp(c->p, word, n) != 0)
		return false;
	c->p += n;
	*out = v;
	return true;
}

static bool take_value(struct table *t, struct cursor *c, struct value *out)
{
	const char *start = c->p;
	bool escapes = false;
	struct str why, text;

	if (c->p == c->end)
		return false;
	switch (*c->p) {
	case 't':
		return take_word(c, "true", value_bool(true), out);
	case 'f':
		return take_word(c, "false", value_bool(false), out);
	case 'n':
		return take_word(c, "null", (struct value){ 0 }, out);
	case '"':
		if (take_plain(c, &text)) {
			*out = value_str(text);
			return true;
		}
		c->p = start;
		if (!pass_text(c, &escapes))
			return false;
		return json_parse(t->row, (struct str){ start, (size_t)(c->p - start) }, out, &why);
	case '{':
	case '[':
		if (!pass_nested(c))
			return false;
		return json_parse(t->row, (struct str){ start, (size_t)(c->p - start) }, out, &why);
	default:
		return take_number(c, out);
	}
}

/* The cell of a column, marked as seen; NULL when this row had it before. */
static struct value *cell_of(struct table *t, struct str name, size_t expected)
{
	size_t index = expected;

	if (expected >= t->columns.n || !str_same(t->columns.data[expected], name)) {
		long found = table_column(t, name);

		index = found < 0 ? table_add_column(t, name) : (size_t)found;
	}
	if (t->seen[index] == t->row_number)
		return NULL;
	t->seen[index] = t->row_number;
	return &t->cells[index];
}

/* A row by the scanner; *n: how many cells it had. */
static bool scan_object(struct table *t, struct str text, size_t *n)
{
	struct cursor c = { text.p, text.p + text.n };
	struct str name;

	*n = 0;
	if (!take(&c, '{'))
		return false;
	if (!take(&c, '}')) {
		do {
			struct value v, *cell;

			skip_blanks(&c);
			if (!take_plain(&c, &name) || !take(&c, ':'))
				return false;
			skip_blanks(&c);
			if (!take_value(t, &c, &v))
				return false;
			cell = cell_of(t, name, *n);
			if (!cell || t->failed)
				return false;
			*cell = v;
			++*n;
		} while (take(&c, ','));
		if (!take(&c, '}'))
			return false;
	}
	skip_blanks(&c);
	return c.p == c.end;
}

/* A row by json_parse. */
static enum scan parse_object(struct table *t, struct str text, size_t *n)
{
	struct value v;
	struct str why;

	if (!json_parse(t->row, text, &v, &why)) {
		long colon = str_find(why, STR(": ")); /* its line is always 1 here, and its column counts from the row */

		why = str_from(why, colon < 0 ? 0 : (size_t)colon + 2, why.n);
		return table_fail(t, t->line, "not valid JSON: " STR_FMT, STR_ARG(why));
	}
	if (v.type != V_MAP)
		return table_fail(t, t->line, "%s, expected an object such as {\"id\": 1}", value_type_name(&v));
	for (size_t i = 0; i < v.map.n; i++) {
		struct value *cell = cell_of(t, v.map.pairs[i].key, i);

		if (!cell)
			BUG("a duplicate key got through json_parse");
		*cell = v.map.pairs[i].val;
	}
	*n = v.map.n;
	return t->failed ? SCAN_FAILED : SCAN_ROW;
}

static enum scan read_object(struct table *t, struct str text)
{
	size_t n;

	t->row_number++;
	if (!scan_object(t, text, &n)) {
		t->row_number++; /* what the scanner saw does not count */
		enum scan found = t->failed ? SCAN_FAILED : parse_object(t, text, &n);

		if (found != SCAN_ROW)
			return found;
	}
	if (n < t->columns.n)
		for (size_t i = 0; i < t->columns.n; i++)
			if (t->seen[i] != t->row_number)
				t->cells[i] = (struct value){ 0 };
	t->raw = text;
	t->row_line = t->line;
	return SCAN_ROW;
}

enum scan jsonl_scan(struct table *t)
{
	for (;;) {
		size_t n = (size_t)(t->end - t->at);
		const char *end = n ? memchr(t->at, '\n', n) : NULL;

		if (!end && !t->eof)
			return SCAN_MORE;
		if (!n)
			return SCAN_END;
		struct str text = str_trim((struct str){ t->at, (size_t)((end ? end : t->end) - t->at) });
		bool blank = text.n == 0;

		if (!blank && read_object(t, text) == SCAN_FAILED)
			return SCAN_FAILED;
		t->at = end ? end + 1 : t->end;
		t->line++;
		if (!blank)
			return SCAN_ROW;
	}
}

/* ---- one array ---------------------------------------------------------------------------------------------------- */

/* The next character that is no blank, or 0 at the end; the blanks are used up and their lines counted. */
static char next_mark(struct table *t)
{
	for (; t->at < t->end && memchr(" \t\r\n", *t->at, 4); t->at++)
		t->line += *t->at == '\n';
	return t->at < t->end ? *t->at : '\0';
}

/* The object's bytes, on one line: line ends in JSON stand only where a blank may stand. One inside a text stays, for it
 * is a mistake that json_parse is to tell. */
static struct str one_line(struct table *t, struct str text)
{
	if (!memchr(text.p, '\n', text.n))
		return text;
	char *copy = arena_alloc(t->row, text.n + 1);
	bool inside = false, escaped = false;

	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		copy[i] = !inside && (c == '\n' || c == '\r') ? ' ' : c;
		inside ^= c == '"' && !escaped;
		escaped = inside && c == '\\' && !escaped;
	}
	return (struct str){ copy, text.n };
}

static enum scan array_object(struct table *t)
{
	struct cursor c = { t->at, t->end };

	if (!pass_nested(&c))
		return t->eof ? table_fail(t, t->line, "an object is opened here and never closed") : SCAN_MORE;
	struct str text = { t->at, (size_t)(c.p - t->at) };
	enum scan found = read_object(t, one_line(t, text));

	if (found != SCAN_ROW)
		return found;
	for (; t->at < c.p; t->at++)
		t->line += *t->at == '\n';
	t->array = ARRAY_AFTER_ROW;
	return SCAN_ROW;
}

enum scan json_array_scan(struct table *t)
{
	for (;;) {
		char mark = next_mark(t);

		if (!mark && !t->eof)
			return SCAN_MORE;
		if (!mark && t->array != ARRAY_END)
			return table_fail(t, t->line, "the array is opened and never closed");
		if (!mark)
			return SCAN_END;
		if (mark == '{' && (t->array == ARRAY_OPEN || t->array == ARRAY_AFTER_COMMA))
			return array_object(t);
		if (mark == '[' && t->array == ARRAY_START)
			t->array = ARRAY_OPEN;
		else if (mark == ',' && t->array == ARRAY_AFTER_ROW)
			t->array = ARRAY_AFTER_COMMA;
		else if (mark == ']' && (t->array == ARRAY_OPEN || t->array == ARRAY_AFTER_ROW))
			t->array = ARRAY_END;
		else if (t->array == ARRAY_END)
			return table_fail(t, t->line, "text after the end of the array");
		else if (t->array == ARRAY_AFTER_ROW)
			return table_fail(t, t->line, "expected a comma or the end of the array");
		else
			return table_fail(t, t->line, "expected an object such as {\"id\": 1}");
		t->at++;
	}
}
