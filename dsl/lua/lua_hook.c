/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Hooks: a field declared as Lua. The text is an expression; when its value is a function (`function(row) … end`, or the
 * name of one in `lua:`, or graders[dataset]) that function is called with the arguments.
 */
#include "dsl/lua/lua_box.h"

#define SOURCE_MAX ((size_t)64 << 20)

static void describe(struct lua_host *h, struct lua_hook *k, const struct lua_tokens *t)
{
	const struct lua_env *env = h->envs.data[0];
	struct names mentioned = { 0 };
	struct sb source;

	lua_free_names(t, h->arena, &env->defines, &k->names);
	lua_mentioned(t, h->arena, &mentioned);
	sb_init(&source, SOURCE_MAX);
	lua_canonical(t->data, t->n, &source);
	lua_reached(&env->items, h->arena, &mentioned, &source, &k->names);
	k->source = sb_take(&source, h->arena);
	sb_release(&source);
}

struct lua_hook *lua_hook(struct lua_host *h, struct str text, struct span at)
{
	struct lua_hook *k = arena_make(h->arena, struct lua_hook);

	k->chunk = lua_expression(h, text, at);
	if (!k->chunk)
		return NULL;
	struct lua_tokens t = lua_tokenize(h->arena, k->chunk->text);

	describe(h, k, &t);
	return k;
}

const struct str *lua_hook_names(const struct lua_hook *k, size_t *n)
{
	*n = k->names.n;
	return k->names.data;
}

struct str lua_hook_source(const struct lua_hook *k)
{
	return k->source;
}

struct hook_run {
	const struct lua_chunk *chunk;
	const struct value *args;
	size_t n;
	struct arena *a;
	struct value *out;
};

static int hook_body(lua_State *L)
{
	const struct hook_run *r = door_arg(L);

	if (host_of(L)->dirty)
		thaw_files(L);
	push_code(L, r->chunk);
	scope_fresh_env(L);
	lua_setupvalue(L, -2, 1);
	lua_call(L, 0, 1);
	if (lua_type(L, -1) == LUA_TFUNCTION) {
		host_of(L)->dirty = true;
		luaL_checkstack(L, (int)r->n + 4, "too many arguments");
		for (size_t i = 0; i < r->n; i++)
			push_value(L, &r->args[i]);
		lua_call(L, (int)r->n, 1);
	}
	pull_value(L, -1, r->a, false, r->out);
	return 0;
}

bool lua_hook_call(struct lua_host *h, const struct lua_hook *k, const struct lua_scope *scope, const struct value *args,
                   size_t n, uint64_t seed, bool seeded, const struct lua_caps *caps, struct arena *a, struct value *out,
                   struct diags *d)
{
	struct lua_call call = { .chunk = k->chunk, .scope = scope, .caps = caps, .seeded = seeded, .seed = seed };
	struct value v;
	struct hook_run r = { k->chunk, args, n, a, &v };

	if (k->chunk->parts.n) {
		enum eval e = path_eval(h, k->chunk, scope, a, out, d);

		return e == EVAL_WAITS ? diag_error(d, k->chunk->at, "lua-error", "a value is not known yet")
		                       : e == EVAL_OK;
	}
	switch (lua_enter(h, &call, hook_body, &r)) {
	case DOOR_OK:
		v.at = k->chunk->at;
		*out = v;
		return true;
	case DOOR_WAITS:
		return diag_error(d, k->chunk->at, "lua-error", "a value is not known yet");
	case DOOR_ERROR:
		break;
	}
	fault_report(h, &call, d);
	return false;
}
