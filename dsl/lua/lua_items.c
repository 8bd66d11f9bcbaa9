/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A Lua file as a list of statements, and which of them a hook can reach. Reach goes by name, and rather too far than not
 * far enough: a name that is mentioned brings every statement that assigns it or a field of it, locals of the same name
 * included; a statement that assigns nothing (a call, a loop) comes along when it mentions something that is reached.
 *
 * Lua has no statement separator. Outside of all brackets and blocks, a statement ends where a name or a keyword follows
 * something that can end an expression.
 */
#include <stdlib.h>

#include "dsl/lua/lua_host.h"
#include "dsl/lua/lua_tokens.h"

enum open { OPEN_BRACKET, OPEN_BLOCK, OPEN_LOOP /* `for` or `while` whose `do` has not come */ };

struct splitter {
	struct arena *a;
	VEC(enum open) open;
};

static bool ends_expression(const struct lua_token *t)
{
	static const char *const ends[] = { ")", "]", "}", "...", ";", "end", "nil", "true", "false", "break" };

	if (t->kind == LT_NAME || t->kind == LT_NUMBER || t->kind == LT_STRING)
		return true;
	for (size_t i = 0; i < countof(ends); i++)
		if (lua_token_is(t, ends[i]))
			return true;
	return false;
}

static bool starts_statement(const struct lua_token *t)
{
	static const char *const starts[] = { "local", "function", "if",     "for",   "while", "do", "repeat",
		                              "goto",  "::",       "return", "break" };

	if (t->kind == LT_NAME)
		return true;
	for (size_t i = 0; i < countof(starts); i++)
		if (lua_token_is(t, starts[i]))
			return true;
	return false;
}

static void track(struct splitter *s, const struct lua_token *t)
{
	bool bracket = lua_token_is(t, "(") || lua_token_is(t, "{") || lua_token_is(t, "[");

	if (bracket) {
		VEC_PUSH(s->a, &s->open, OPEN_BRACKET);
	} else if (lua_token_is(t, "for") || lua_token_is(t, "while")) {
		VEC_PUSH(s->a, &s->open, OPEN_LOOP);
	} else if (lua_token_is(t, "do") && s->open.n && s->open.data[s->open.n - 1] == OPEN_LOOP) {
		s->open.data[s->open.n - 1] = OPEN_BLOCK;
	} else if (lua_token_is(t, "do") || lua_token_is(t, "function") || lua_token_is(t, "if") ||
	           lua_token_is(t, "repeat")) {
		VEC_PUSH(s->a, &s->open, OPEN_BLOCK);
	} else if (s->open.n && (lua_token_is(t, ")") || lua_token_is(t, "}") || lua_token_is(t, "]") ||
	                         lua_token_is(t, "end") || lua_token_is(t, "until"))) {
		s->open.n--;
	}
}

/* a, b.c = …: the first names, when the statement is an assignment. */
static void assigned(const struct lua_item *item, struct arena *a, struct names *out)
{
	struct names found = { 0 };
	long depth = 0;
	bool first = true;

	for (size_t i = 0; i < item->n; i++) {
		const struct lua_token *t = &item->tokens[i];

		if (depth == 0 && lua_token_is(t, "=")) {
			*out = found;
			return;
		}
		if (first && t->kind == LT_NAME)
			names_add(&found, a, t->text);
		first = depth == 0 && lua_token_is(t, ",");
		depth += lua_token_is(t, "[") || lua_token_is(t, "(") || lua_token_is(t, "{");
		depth -= lua_token_is(t, "]") || lua_token_is(t, ")") || lua_token_is(t, "}");
	}
}

static void define(struct lua_item *item, struct arena *a)
{
	const struct lua_token *t = item->tokens;
	size_t at = item->local_ ? 1 : 0;

	if (at < item->n && lua_token_is(&t[at], "function")) {
		if (at + 1 < item->n && t[at + 1].kind == LT_NAME)
			names_add(&item->defines, a, t[at + 1].text);
	} else if (item->local_) {
		struct lua_tokens head = { .data = item->tokens };

		for (head.n = 0; head.n < item->n && !lua_token_is(&t[head.n], "="); head.n++)
			;
		lua_declared(&head, a, &item->defines);
	} else if (lua_token_is(t, "return")) {
		names_add(&item->defines, a, STR("return"));
	} else if (t->kind == LT_NAME) {
		assigned(item, a, &item->defines);
	}
}

static void add_item(struct lua_items *to, struct arena *a, struct lua_token *tokens, size_t n)
{
	struct lua_item item = { .tokens = tokens, .n = n, .local_ = lua_token_is(tokens, "local") };
	struct lua_tokens view = { .data = tokens, .n = n };

	define(&item, a);
	lua_mentioned(&view, a, &item.mentions);
	VEC_PUSH(a, to, item);
}

void lua_items_add(struct lua_items *to, struct arena *a, struct str text)
{
	struct lua_tokens t = lua_tokenize(a, text);
	struct splitter s = { .a = a };
	size_t from = 0;

	for (size_t i = 0; i < t.n; i++) {
		if (i > from && !s.open.n && starts_statement(&t.data[i]) && ends_expression(&t.data[i - 1]) &&
		    !lua_token_is(&t.data[from], "goto") && !(i == from + 1 && lua_token_is(&t.data[from], "local"))) {
			add_item(to, a, &t.data[from], i - from);
			from = i;
		}
		track(&s, &t.data[i]);
	}
	if (t.n > from)
		add_item(to, a, &t.data[from], t.n - from);
}

/* ---- reach -------------------------------------------------------------------------------------------------------- */

static bool any_known(const struct names *of, const struct names *known)
{
	for (size_t i = 0; i < of->n; i++)
		if (names_have(known, of->data[i]))
			return true;
	return false;
}

/* Is the item reached, given the names reached so far? A statement without a name only matters through names of the file. */
static bool reached(const struct lua_item *item, const struct names *names, const struct names *own)
{
	if (item->defines.n)
		return any_known(&item->defines, names);
	for (size_t i = 0; i < item->mentions.n; i++)
		if (names_have(names, item->mentions.data[i]) && names_have(own, item->mentions.data[i]))
			return true;
	return false;
}

struct pick {
	const struct lua_item *item;
	size_t index;
};

static int by_name(const void *a, const void *b)
{
	const struct pick *p = a, *q = b;
	struct str x = p->item->defines.n ? p->item->defines.data[0] : STR("\x7f"); /* behind every name */
	struct str y = q->item->defines.n ? q->item->defines.data[0] : STR("\x7f");
	int c = str_cmp(x, y);

	return c ? c : (p->index > q->index) - (p->index < q->index);
}

static void write_picks(struct pick *picks, size_t n, struct sb *out)
{
	if (n)
		qsort(picks, n, sizeof(*picks), by_name);
	for (size_t i = 0; i < n; i++) {
		if (out->n)
			sb_char(out, '\n');
		lua_canonical(picks[i].item->tokens, picks[i].item->n, out);
	}
}

void lua_reached(const struct lua_items *items, struct arena *a, const struct names *from, struct sb *out,
                 struct names *names)
{
	struct pick *picks = arena_array(a, struct pick, items->n);
	bool *taken = arena_array(a, bool, items->n), more = true;
	struct names known = { 0 }, own = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < from->n; i++)
		names_add(&known, a, from->data[i]);
	for (size_t i = 0; i < items->n; i++)
		for (size_t k = 0; k < items->data[i].defines.n; k++)
			names_add(&own, a, items->data[i].defines.data[k]);
	while (more) {
		more = false;
		for (size_t i = 0; i < items->n; i++) {
			const struct lua_item *item = &items->data[i];

			if (taken[i] || !reached(item, &known, &own))
				continue;
			taken[i] = more = true;
			picks[n++] = (struct pick){ item, i };
			for (size_t k = 0; k < item->mentions.n; k++)
				names_add(&known, a, item->mentions.data[k]);
		}
	}
	for (size_t i = 0; names && i < n; i++) {
		struct lua_tokens view = { .data = picks[i].item->tokens,
			                   .n = picks[i].item->n };

		lua_free_names(&view, a, &own, names);
	}
	write_picks(picks, n, out);
}
