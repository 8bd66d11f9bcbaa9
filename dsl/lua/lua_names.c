/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which names a Lua text mentions, declares and leaves free. The scan is lexical and knows no blocks: a name declared
 * anywhere in the text counts as declared everywhere in it.
 */
#include "dsl/lua/lua_host.h"
#include "dsl/lua/lua_tokens.h"

void names_add(struct names *to, struct arena *a, struct str name)
{
	if (!names_have(to, name))
		VEC_PUSH(a, to, name);
}

bool names_have(const struct names *in, struct str name)
{
	for (size_t i = 0; i < in->n; i++)
		if (str_same(in->data[i], name))
			return true;
	return false;
}

static bool at(const struct lua_tokens *t, size_t i, const char *text)
{
	return i < t->n && lua_token_is(&t->data[i], text);
}

static bool name_at(const struct lua_tokens *t, size_t i)
{
	return i < t->n && t->data[i].kind == LT_NAME;
}

/* Names between `local` or `for` or '(' and what ends the list; attributes (<const>) are skipped. */
static void declared_list(const struct lua_tokens *t, size_t i, struct arena *a, struct names *out)
{
	while (name_at(t, i)) {
		names_add(out, a, t->data[i++].text);
		if (at(t, i, "<"))
			i += 3;
		if (!at(t, i, ","))
			return;
		i++;
	}
}

/* After `function`: an optional name, then the parameters. */
static void declared_parameters(const struct lua_tokens *t, size_t i, struct arena *a, struct names *out)
{
	for (; i < t->n && !at(t, i, "("); i++)
		if (at(t, i, ":"))
			names_add(out, a, STR("self"));
	declared_list(t, i + 1, a, out);
}

void lua_declared(const struct lua_tokens *t, struct arena *a, struct names *out)
{
	for (size_t i = 0; i < t->n; i++) {
		if (at(t, i, "local") && at(t, i + 1, "function") && name_at(t, i + 2))
			names_add(out, a, t->data[i + 2].text);
		else if (at(t, i, "local") || at(t, i, "for"))
			declared_list(t, i + 1, a, out);
		else if (at(t, i, "function"))
			declared_parameters(t, i + 1, a, out);
	}
}

/* Is the name at i the key in { key = value }? `brace`: the innermost bracket is a brace. */
static bool is_key(const struct lua_tokens *t, size_t i, bool brace)
{
	return brace && at(t, i + 1, "=") && (at(t, i - 1, "{") || at(t, i - 1, ",") || at(t, i - 1, ";"));
}

static bool is_reference(const struct lua_tokens *t, size_t i, bool brace)
{
	if (i == 0)
		return true;
	if (at(t, i - 1, ".") || at(t, i - 1, ":") || at(t, i - 1, "goto") || at(t, i - 1, "::"))
		return false;
	if (i >= 2 && at(t, i - 1, "<") && at(t, i + 1, ">") &&
	    (str_is(t->data[i].text, "const") || str_is(t->data[i].text, "close")))
		return false;
	return !is_key(t, i, brace);
}

void lua_mentioned(const struct lua_tokens *t, struct arena *a, struct names *out)
{
	VEC(bool) braces = { 0 }; /* the open brackets: is it a brace? */

	for (size_t i = 0; i < t->n; i++) {
		const struct lua_token *k = &t->data[i];

		if (lua_token_is(k, "{") || lua_token_is(k, "(") || lua_token_is(k, "["))
			VEC_PUSH(a, &braces, lua_token_is(k, "{"));
		else if (braces.n && (lua_token_is(k, "}") || lua_token_is(k, ")") || lua_token_is(k, "]")))
			braces.n--;
		else if (k->kind == LT_NAME && is_reference(t, i, braces.n && braces.data[braces.n - 1]))
			names_add(out, a, k->text);
	}
}

void lua_free_names(const struct lua_tokens *t, struct arena *a, const struct names *known, struct names *out)
{
	struct names mentioned = { 0 }, declared = { 0 };

	lua_mentioned(t, a, &mentioned);
	lua_declared(t, a, &declared);
	for (size_t i = 0; i < mentioned.n; i++) {
		struct str name = mentioned.data[i];

		if (!names_have(&declared, name) && !(known && names_have(known, name)) && !lua_reserved(name))
			names_add(out, a, name);
	}
}

bool lua_path(const struct lua_tokens *t, struct arena *a, struct names *parts)
{
	if (t->bad || t->n % 2 == 0)
		return false;
	for (size_t i = 0; i < t->n; i++)
		if (i % 2 ? !at(t, i, ".") : !name_at(t, i))
			return false;
	for (size_t i = 0; i < t->n; i += 2)
		VEC_PUSH(a, parts, t->data[i].text);
	return true;
}

void lua_canonical(const struct lua_token *t, size_t n, struct sb *out)
{
	for (size_t i = 0; i < n; i++) {
		if (i)
			sb_char(out, ' ');
		sb_add(out, t[i].text);
	}
}

const struct lua_token *lua_outer_comma(const struct lua_tokens *t)
{
	static const char *const open[] = { "(", "{", "[", "function", "if", "do", "repeat" };
	static const char *const close[] = { ")", "}", "]", "end", "until" };
	long depth = 0;

	for (size_t i = 0; i < t->n; i++) {
		for (size_t k = 0; k < countof(open); k++)
			depth += lua_token_is(&t->data[i], open[k]);
		for (size_t k = 0; k < countof(close); k++)
			depth -= lua_token_is(&t->data[i], close[k]);
		if (depth == 0 && lua_token_is(&t->data[i], ","))
			return &t->data[i];
	}
	return NULL;
}
