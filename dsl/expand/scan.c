/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Lua and SQL by the token: enough to find names, braces and fields, no grammar. Lua itself has compiled the text before,
 * so that what arrives here is well formed.
 */
#include "dsl/expand/expand.h"

static bool is_name_start(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_name_char(char c)
{
	return is_name_start(c) || (c >= '0' && c <= '9');
}

/* Length of the long bracket `[==[` at s[i], 0 when there is none; *level = the number of `=`. */
static size_t long_bracket(struct str s, size_t i, size_t *level)
{
	size_t j = i + 1;

	if (i >= s.n || s.p[i] != '[')
		return 0;
	while (j < s.n && s.p[j] == '=')
		j++;
	if (j >= s.n || s.p[j] != '[')
		return 0;
	*level = j - i - 1;
	return j - i + 1;
}

static size_t long_end(struct str s, size_t i, size_t level)
{
	for (; i < s.n; i++) {
		size_t j = i + 1;

		if (s.p[i] != ']')
			continue;
		while (j < s.n && s.p[j] == '=')
			j++;
		if (j < s.n && s.p[j] == ']' && j - i - 1 == level)
			return j + 1;
	}
	return s.n;
}

static size_t skip_blank(struct str s, size_t i)
{
	while (i < s.n) {
		char c = s.p[i];
		size_t level = 0;

		if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
			i++;
			continue;
		}
		if (c != '-' || i + 1 >= s.n || s.p[i + 1] != '-')
			break;
		size_t open = long_bracket(s, i + 2, &level);

		if (open) {
			i = long_end(s, i + 2 + open, level);
		} else {
			while (i < s.n && s.p[i] != '\n')
				i++;
		}
	}
	return i;
}

static size_t quoted_end(struct str s, size_t i, bool escapes)
{
	char quote = s.p[i++];

	while (i < s.n && s.p[i] != quote)
		i += escapes && s.p[i] == '\\' && i + 1 < s.n ? 2 : 1;
	return i < s.n ? i + 1 : s.n;
}

size_t lex_next(struct str s, size_t from, struct lex *out)
{
	size_t i = skip_blank(s, from), end = i + 1, level = 0;

	if (i >= s.n) {
		*out = (struct lex){ .what = LEX_END, .at = s.n };
		return s.n;
	}
	char c = s.p[i];
	size_t open = long_bracket(s, i, &level);

	out->what = LEX_SIGN;
	if (open) {
		out->what = LEX_TEXT;
		end = long_end(s, i + open, level);
	} else if (c == '"' || c == '\'') {
		out->what = LEX_TEXT;
		end = quoted_end(s, i, true);
	} else if (is_name_start(c)) {
		out->what = LEX_NAME;
		while (end < s.n && is_name_char(s.p[end]))
			end++;
	} else if (c >= '0' && c <= '9') {
		out->what = LEX_NUMBER;
		while (end < s.n && (is_name_char(s.p[end]) || (s.p[end] == '.' && s.p[end - 1] != '.')))
			end++;
	} else if (end < s.n && ((c == '.' && s.p[end] == '.') || (s.p[end] == '=' && (c == '=' || c == '~' || c == '<' || c == '>')))) {
		end++;
		if (c == '.' && end < s.n && s.p[end] == '.')
			end++;
	}
	out->at = i;
	out->text = (struct str){ s.p + i, end - i };
	return end;
}

bool lex_expression(struct str s, size_t *from, struct str *inside, size_t *at)
{
	for (size_t i = *from; i + 1 < s.n; i++) {
		if (s.p[i] != '$')
			continue;
		if (s.p[i + 1] == '$' && i + 2 < s.n && s.p[i + 2] == '{') {
			i += 2;
			continue;
		}
		if (s.p[i + 1] != '{')
			continue;
		size_t start = i + 2, j = start, depth = 0;
		struct lex t = { 0 };

		for (;;) {
			j = lex_next(s, j, &t);
			if (t.what == LEX_END)
				return false;
			if (t.what != LEX_SIGN)
				continue;
			if (t.text.p[0] == '{')
				depth++;
			else if (t.text.p[0] == '}' && depth-- == 0)
				break;
		}
		*inside = (struct str){ s.p + start, t.at - start };
		*at = start;
		*from = j;
		return true;
	}
	return false;
}

void lex_lua(struct arena *a, struct str s, size_t base, struct lex_list *out)
{
	for (size_t i = 0;;) {
		struct lex t = { 0 };

		i = lex_next(s, i, &t);
		if (t.what == LEX_END)
			return;
		t.at += base;
		VEC_PUSH(a, out, t);
	}
}

/* Position behind a comment at i, or i. */
static size_t sql_comment(struct str s, size_t i)
{
	if (i + 1 >= s.n)
		return i;
	if (s.p[i] == '-' && s.p[i + 1] == '-') {
		while (i < s.n && s.p[i] != '\n')
			i++;
	} else if (s.p[i] == '/' && s.p[i + 1] == '*') {
		long end = str_find(str_from(s, i + 2, s.n), STR("*/"));

		i = end < 0 ? s.n : i + 4 + (size_t)end;
	}
	return i;
}

struct str *sql_names(struct arena *a, struct str s, size_t *n)
{
	struct map seen = { .arena = a };
	VEC(struct str) out = { 0 };

	for (size_t i = 0; i < s.n;) {
		size_t next = sql_comment(s, i), from = i;
		char c = s.p[i];

		if (next != i) {
			i = next;
			continue;
		}
		if (c == '\'') {
			i = quoted_end(s, i, false);
			continue;
		}
		if (c == '"' || c == '`') {
			i = quoted_end(s, i, false);
			from++;
			next = i - 1;
		} else if (c == '[') {
			while (i < s.n && s.p[i] != ']')
				i++;
			from++;
			next = i;
		} else if (is_name_start(c)) {
			while (i < s.n && is_name_char(s.p[i]))
				i++;
			next = i;
		} else {
			i++;
			continue;
		}
		struct str name = { s.p + from, next > from ? next - from : 0 };

		if (name.n && !map_has(&seen, name)) {
			map_put(&seen, name, &seen);
			VEC_PUSH(a, &out, name);
		}
	}
	*n = out.n;
	return out.data;
}
