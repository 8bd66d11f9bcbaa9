/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Expressions and conditions: compiling, the way around Lua for plain paths, evaluation.
 *
 * A chunk is compiled with as many line ends in front as stand before it in its file, so that Lua counts the lines that the
 * user sees. A condition gets its names by position and shares one environment that cannot be written to, so that a test
 * makes no garbage.
 */
#include "dsl/lua/lua_box.h"

struct text_reader {
	uint32_t newlines;
	struct str parts[2];
	size_t part;
};

static const char *read_text(lua_State *L, void *ud, size_t *n)
{
	static const char newlines[] = "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n";
	struct text_reader *r = ud;

	(void)L;
	if (r->newlines) {
		*n = r->newlines < sizeof(newlines) - 1 ? r->newlines : sizeof(newlines) - 1;
		r->newlines -= (uint32_t)*n;
		return newlines;
	}
	while (r->part < countof(r->parts)) {
		struct str s = r->parts[r->part++];

		*n = s.n;
		if (s.n)
			return s.p;
	}
	*n = 0;
	return NULL;
}

int load_text(lua_State *L, struct str text, uint32_t line, const char *name, const char *prefix, size_t prefix_n)
{
	struct text_reader r = { line - 1, { { prefix, prefix_n }, text }, 0 };

	return lua_load(L, read_text, &r, name, "t");
}

/* stack: +1, a function, compiled anew */
static void compile(lua_State *L, const struct lua_chunk *c)
{
	struct lua_host *h = host_of(L);
	struct sb prefix;

	mask(h);
	sb_init(&prefix, 1 << 20);
	for (size_t i = 0; i < c->arg_count; i++)
		sb_printf(&prefix, "%s" STR_FMT, i ? "," : "local ", STR_ARG(c->args[i]));
	sb_z(&prefix, c->arg_count ? "=... return " : "return ");
	struct str head = sb_take(&prefix, h->scratch);

	sb_release(&prefix);
	h->masked--;
	if (load_text(L, c->text, c->line, "@\1c", head.p, head.n) == LUA_OK)
		return;
	h->fault.code = "lua-syntax";
	lua_error(L);
}

static int refuse_global(lua_State *L)
{
	return luaL_error(L, "a condition cannot set '%s'", luaL_tolstring(L, 2, NULL));
}

/* stack: function → function, with an environment that only reads */
static void bind_reading_env(lua_State *L)
{
	lua_newtable(L);
	lua_newtable(L);
	host_push(L, host_of(L)->env_meta);
	lua_getfield(L, -1, "__index");
	lua_setfield(L, -3, "__index");
	lua_pop(L, 1);
	lua_pushcfunction(L, refuse_global);
	lua_setfield(L, -2, "__newindex");
	lua_pushboolean(L, 0);
	lua_setfield(L, -2, "__metatable");
	lua_setmetatable(L, -2);
	lua_setupvalue(L, -2, 1);
}

void push_code(lua_State *L, const struct lua_chunk *c)
{
	struct lua_host *h = host_of(L);
	bool nested = h->door->outer; /* the same chunk may be running further out, in another environment */

	if (c->code->generation == h->generation && (!nested || c->args)) {
		host_push(L, c->code->ref);
		return;
	}
	compile(L, c);
	if (c->args)
		bind_reading_env(L);
	if (nested && !c->args)
		return;
	lua_pushvalue(L, -1);
	c->code->ref = luaL_ref(L, LUA_REGISTRYINDEX);
	c->code->generation = h->generation;
}

static int compile_body(lua_State *L)
{
	const struct lua_call *call = door_arg(L);

	push_code(L, call->chunk);
	return 0;
}

/* ---- compiling ---------------------------------------------------------------------------------------------------- */

struct lua_chunk *chunk_new(struct lua_host *h, struct str text, struct span at)
{
	struct arena *a = h->arena;
	struct lua_chunk *c = arena_make(a, struct lua_chunk);

	c->text = arena_str(a, text);
	c->at = at;
	c->line = place_in(h->diags, c->text, at, 0, 1).line;
	c->line = c->line ? c->line : 1;
	c->code = arena_make(a, struct lua_code);
	return c;
}

bool chunk_compile(struct lua_host *h, const struct lua_chunk *c)
{
	struct lua_call call = { .chunk = c };

	if (lua_enter(h, &call, compile_body, &call) == DOOR_OK)
		return true;
	fault_report(h, &call, h->diags);
	return false;
}

static bool is_expression(struct lua_host *h, const struct lua_chunk *c, const struct lua_tokens *t)
{
	const struct lua_token *comma = lua_outer_comma(t);

	if (!t->n && !t->bad)
		return diag_error(h->diags, c->at, "lua-syntax", "the expression is empty"),
			diag_hint(h->diags, "name what shall stand here; a plain ${} is written $${}"), false;
	if (comma)
		return diag_error(h->diags, place_in(h->diags, c->text, c->at, comma->at, 1), "lua-syntax",
		                  "an expression has one value, so ',' cannot stand here"),
			diag_hint(h->diags, "several values are a list: {a, b}"), false;
	if (t->n && (lua_token_is(&t->data[0], "return") || lua_token_is(&t->data[0], "local")))
		return diag_error(h->diags, place_in(h->diags, c->text, c->at, t->data[0].at, t->data[0].text.n),
		                  "lua-syntax", "'" STR_FMT "' starts a statement, but this must be an expression",
		                  STR_ARG(t->data[0].text)),
		       diag_hint(h->diags, "statements stand inside a function: function() … end"), false;
	return true;
}

struct lua_chunk *lua_expression(struct lua_host *h, struct str text, struct span at)
{
	struct lua_chunk *c = chunk_new(h, text, at);
	struct lua_tokens t = lua_tokenize(h->arena, c->text);

	if (!is_expression(h, c, &t))
		return NULL;
	lua_free_names(&t, h->arena, &h->envs.data[0]->defines, &c->names);
	/* A path from a name of the library or of a file is Lua's business. */
	if (lua_path(&t, h->arena, &c->parts)) {
		if (c->names.n)
			return c;
		c->parts.n = 0;
	}
	return chunk_compile(h, c) ? c : NULL;
}

const struct str *lua_chunk_names(const struct lua_chunk *c, size_t *n)
{
	*n = c->names.n;
	return c->names.data;
}

bool lua_chunk_is_path(const struct lua_chunk *c, const struct str **parts, size_t *n)
{
	*parts = c->parts.data;
	*n = c->parts.n;
	return c->parts.n > 0;
}

/* ---- evaluating --------------------------------------------------------------------------------------------------- */

struct evaluation {
	const struct lua_chunk *chunk;
	struct arena *a;
	struct value *out;
};

static int eval_body(lua_State *L)
{
	const struct evaluation *e = door_arg(L);

	if (host_of(L)->dirty)
		thaw_files(L);
	push_code(L, e->chunk);
	scope_fresh_env(L);
	lua_setupvalue(L, -2, 1);
	lua_call(L, 0, 1);
	pull_value(L, -1, e->a, false, e->out);
	return 0;
}

enum eval lua_eval(struct lua_host *h, const struct lua_chunk *c, const struct lua_scope *scope, struct arena *a,
                   struct value *out, struct diags *d)
{
	struct lua_call call = { .chunk = c, .scope = scope };
	struct value v;
	struct evaluation e = { c, a, &v };

	if (c->parts.n)
		return path_eval(h, c, scope, a, out, d);
	switch (lua_enter(h, &call, eval_body, &e)) {
	case DOOR_OK:
		v.at = c->at;
		*out = v;
		return EVAL_OK;
	case DOOR_WAITS:
		return EVAL_WAITS;
	case DOOR_ERROR:
		break;
	}
	fault_report(h, &call, d);
	return EVAL_ERROR;
}

/* ---- conditions --------------------------------------------------------------------------------------------------- */

struct lua_chunk *lua_condition(struct lua_host *h, struct str text, struct span at, const struct str *args, size_t n)
{
	struct lua_chunk *c = chunk_new(h, text, at);
	struct lua_tokens t = lua_tokenize(h->arena, c->text);
	struct names all = { 0 };

	for (size_t i = 0; i < n; i++)
		VEC_PUSH(h->arena, &all, arena_str(h->arena, args[i]));
	VEC_RESERVE(h->arena, &all, 1); /* a condition over nothing is one as well: args must not be NULL */
	c->args = all.data;
	c->arg_count = n;
	if (!is_expression(h, c, &t))
		return NULL;
	bool fine = true;

	lua_free_names(&t, h->arena, &h->envs.data[0]->defines, &c->names);
	for (size_t i = 0; i < c->names.n; i++) {
		struct str name = c->names.data[i];

		if (names_have(&all, name))
			continue;
		fine = diag_error(h->diags, place_of_chunk_line(h->diags, c, c->line, name), "unknown-name",
		                  "unknown name '" STR_FMT "'", STR_ARG(name));
		diag_suggest(h->diags, name, args, n);
	}
	return fine && chunk_compile(h, c) ? c : NULL;
}

struct test {
	const struct lua_chunk *chunk;
	const struct value *const *args;
	size_t n;
	bool truth;
};

static int test_body(lua_State *L)
{
	struct test *t = door_arg(L);
	int n = (int)t->n;

	if (host_of(L)->dirty)
		thaw_files(L);
	luaL_checkstack(L, n + 4, "too many axes");
	push_code(L, t->chunk);
	for (size_t i = 0; i < t->n; i++)
		push_value(L, t->args[i]);
	lua_call(L, n, 1);
	t->truth = lua_toboolean(L, -1);
	return 0;
}

enum eval lua_test(struct lua_host *h, const struct lua_chunk *c, const struct value *const *args, size_t n, bool *out,
                   struct diags *d)
{
	struct lua_call call = { .chunk = c };
	struct test t = { c, args, n, false };
	enum door_end end = lua_enter(h, &call, test_body, &t);

	if (end == DOOR_OK) {
		*out = t.truth;
		return EVAL_OK;
	}
	if (end == DOOR_WAITS)
		return EVAL_WAITS;
	fault_report(h, &call, d);
	return EVAL_ERROR;
}
