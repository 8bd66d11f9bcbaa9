/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dsl/lua/lua_tokens.h"

#include <string.h>

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static char peek(const struct lua_lexer *x, size_t ahead)
{
	return x->pos + ahead < x->text.n ? x->text.p[x->pos + ahead] : '\0';
}

bool lua_is_keyword(struct str s)
{
	static const char *const words[] = { "and",  "break", "do",     "else",   "elseif", "end",  "false", "for",
		                             "function", "goto", "if",  "in",     "local",  "nil",  "not",   "or",
		                             "repeat", "return", "then", "true",  "until",  "while" };

	for (size_t i = 0; i < countof(words); i++)
		if (str_is(s, words[i]))
			return true;
	return false;
}

bool lua_is_name(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_letter(s.p[i]) && (i == 0 || !is_digit(s.p[i])))
			return false;
	return s.n && !lua_is_keyword(s);
}

/* At '[': how many '=' a long bracket has, or -1 when it is none. */
static long long_bracket(const struct lua_lexer *x, size_t from)
{
	size_t n = 1;

	while (peek(x, from + n) == '=')
		n++;
	return peek(x, from + n) == '[' ? (long)n - 1 : -1;
}

/* Past the closing bracket; false when there is none. */
static bool skip_long(struct lua_lexer *x, size_t level)
{
	for (x->pos += level + 2; x->pos < x->text.n; x->pos++) {
		if (peek(x, 0) != ']')
			continue;
		size_t n = 1;

		while (n <= level && peek(x, n) == '=')
			n++;
		if (n == level + 1 && peek(x, n) == ']') {
			x->pos += level + 2;
			return true;
		}
	}
	return false;
}

/* Blanks and comments; false at a comment without an end. */
static bool skip_layout(struct lua_lexer *x)
{
	for (;;) {
		while (x->pos < x->text.n && is_space(x->text.p[x->pos]))
			x->pos++;
		if (peek(x, 0) != '-' || peek(x, 1) != '-')
			return true;
		long level = peek(x, 2) == '[' ? long_bracket(x, 2) : -1;

		x->pos += 2;
		if (level >= 0) {
			if (!skip_long(x, (size_t)level))
				return false;
			continue;
		}
		while (x->pos < x->text.n && x->text.p[x->pos] != '\n')
			x->pos++;
	}
}

static bool skip_string(struct lua_lexer *x)
{
	char quote = peek(x, 0);

	for (x->pos++; x->pos < x->text.n; x->pos++) {
		char c = x->text.p[x->pos];

		if (c == '\n')
			return false;
		if (c == '\\') {
			bool skips_layout = peek(x, 1) == 'z';

			x->pos++;
			while (skips_layout && x->pos + 1 < x->text.n && is_space(peek(x, 1)))
				x->pos++;
		} else if (c == quote) {
			x->pos++;
			return true;
		}
	}
	return false;
}

/* As Lua reads it: digits, letters, dots and the sign of an exponent; whether it is a number the compiler says. */
static void skip_number(struct lua_lexer *x)
{
	bool hex = peek(x, 0) == '0' && (peek(x, 1) == 'x' || peek(x, 1) == 'X');

	for (x->pos += hex ? 2 : 1;; x->pos++) {
		char c = peek(x, 0), before = x->text.p[x->pos - 1];
		bool exponent = hex ? before == 'p' || before == 'P' : before == 'e' || before == 'E';

		if (!is_digit(c) && !is_letter(c) && c != '.' && !((c == '+' || c == '-') && exponent))
			return;
	}
}

static size_t operator_length(const struct lua_lexer *x)
{
	static const char *const longer[] = { "...", "..", "==", "~=", "<=", ">=", "//", "::", "<<", ">>" };

	for (size_t i = 0; i < countof(longer); i++)
		if (str_starts(str_from(x->text, x->pos, 3), longer[i]))
			return strlen(longer[i]);
	return peek(x, 0) && strchr("+-*/%^#&~|<>=(){}[];:,.", peek(x, 0)) ? 1 : 0;
}

static enum lua_token_kind skip_token(struct lua_lexer *x)
{
	size_t from = x->pos, n;
	char c = peek(x, 0);

	if (is_letter(c)) {
		while (is_letter(peek(x, 0)) || is_digit(peek(x, 0)))
			x->pos++;
		return lua_is_keyword(str_from(x->text, from, x->pos - from)) ? LT_KEYWORD : LT_NAME;
	}
	if (is_digit(c) || (c == '.' && is_digit(peek(x, 1)))) {
		skip_number(x);
		return LT_NUMBER;
	}
	if (c == '"' || c == '\'')
		return skip_string(x) ? LT_STRING : LT_BAD;
	if (c == '[' && long_bracket(x, 0) >= 0)
		return skip_long(x, (size_t)long_bracket(x, 0)) ? LT_STRING : LT_BAD;
	n = operator_length(x);
	x->pos += n ? n : 1;
	return n ? LT_OP : LT_BAD;
}

struct lua_token lua_lex(struct lua_lexer *x)
{
	size_t from = x->pos;

	if (!skip_layout(x))
		return (struct lua_token){ LT_BAD, str_from(x->text, from, 2), from };
	from = x->pos;
	if (from >= x->text.n)
		return (struct lua_token){ LT_END, { "", 0 }, from };
	enum lua_token_kind kind = skip_token(x);

	if (x->pos > x->text.n)
		x->pos = x->text.n;
	return (struct lua_token){ kind, str_from(x->text, from, x->pos - from), from };
}

struct lua_tokens lua_tokenize(struct arena *a, struct str text)
{
	struct lua_tokens t = { 0 };
	struct lua_lexer x = { .text = text };

	for (;;) {
		struct lua_token next = lua_lex(&x);

		if (next.kind == LT_END)
			return t;
		if (next.kind == LT_BAD) {
			t.bad = true;
			return t;
		}
		VEC_PUSH(a, &t, next);
	}
}

bool lua_token_is(const struct lua_token *t, const char *text)
{
	return (t->kind == LT_KEYWORD || t->kind == LT_OP) && str_is(t->text, text);
}
