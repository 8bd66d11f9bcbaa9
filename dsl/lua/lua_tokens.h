/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Lua text as tokens, for what the Lua library does not tell: where an expression ends, which names it leaves free,
 * which functions of a file it can reach, and its text without comments and layout. Private to dsl/.
 *
 * Tokens are views of the text. A text that is not Lua gives LT_BAD somewhere; the compiler then says why.
 */
#ifndef RUNG_LUA_TOKENS_H
#define RUNG_LUA_TOKENS_H

#include "engine/base/str.h"
#include "engine/base/vec.h"

enum lua_token_kind { LT_END, LT_NAME, LT_KEYWORD, LT_NUMBER, LT_STRING, LT_OP, LT_BAD };

struct lua_token {
	enum lua_token_kind kind;
	struct str text;
	size_t at; /* offset in the text */
};

struct lua_lexer {
	struct str text;
	size_t pos;
};

struct lua_tokens {
	struct lua_token *data;
	size_t n, cap;
	bool bad; /* the text is not Lua; tokens up to there */
};

struct names { /* unique, in order of appearance */
	struct str *data;
	size_t n, cap;
};

struct lua_token lua_lex(struct lua_lexer *x);
struct lua_tokens lua_tokenize(struct arena *a, struct str text);
bool lua_token_is(const struct lua_token *t, const char *text); /* a keyword or operator of this text */
bool lua_is_keyword(struct str s);
bool lua_is_name(struct str s); /* could be an identifier */

/* ---- lua_names.c -------------------------------------------------------------------------------------------------- */

void names_add(struct names *to, struct arena *a, struct str name);
bool names_have(const struct names *in, struct str name);
/* Every identifier that is no field, no table key, no label. */
void lua_mentioned(const struct lua_tokens *t, struct arena *a, struct names *out);
/* The identifiers that the text declares anywhere: locals, parameters, loop variables. */
void lua_declared(const struct lua_tokens *t, struct arena *a, struct names *out);
/* mentioned less declared, library names and `known` (may be NULL). */
void lua_free_names(const struct lua_tokens *t, struct arena *a, const struct names *known, struct names *out);
/* a, a.b, a.b.c: the parts. */
bool lua_path(const struct lua_tokens *t, struct arena *a, struct names *parts);
void lua_canonical(const struct lua_token *t, size_t n, struct sb *out); /* joined by one blank */
/* The first comma that stands outside all brackets and functions; NULL when there is none. */
const struct lua_token *lua_outer_comma(const struct lua_tokens *t);

/* ---- lua_items.c: the statements of a file -------------------------------------------------------------------------- */

struct lua_item {
	struct lua_token *tokens;
	size_t n;
	struct names defines; /* first names of what it assigns; empty for other statements */
	struct names mentions;
	bool local_;
};

struct lua_items {
	struct lua_item *data;
	size_t n, cap;
};

void lua_items_add(struct lua_items *to, struct arena *a, struct str text);
/* The items that the names reach, transitively, as one text: sorted by name, statements without a name last. Their free
 * names are added to `names` when it is not NULL. */
void lua_reached(const struct lua_items *items, struct arena *a, const struct names *from, struct sb *out,
                 struct names *names);

#endif
