/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Kinds written in Lua: a plugin file returns a kind, {name = …, fields = {…}, run = function(job) … end}, or a list of them.
 */
#include "dsl/lua/lua_box.h"

#define SOURCE_MAX ((size_t)64 << 20)

struct kinds_reading {
	const struct lua_env *env;
	struct arena *a;
	struct value *out;
};

static int kinds_body(lua_State *L)
{
	const struct kinds_reading *r = door_arg(L);

	host_push(L, r->env->result);
	if (lua_istable(L, -1))
		pull_value(L, -1, r->a, true, r->out);
	return 0;
}

bool lua_host_kinds(struct lua_host *h, struct str name, struct span at, struct arena *a, struct value *out)
{
	struct lua_call call = { .at = at };
	struct value v = { .type = V_NULL };
	struct kinds_reading r = { host_env(h, name), a, &v };

	if (!r.env)
		BUG("no plugin file '" STR_FMT "' was loaded", STR_ARG(name));
	if (lua_enter(h, &call, kinds_body, &r) != DOOR_OK) {
		fault_report(h, &call, h->diags);
		return false;
	}
	if (v.type == V_MAP) {
		*out = value_list(a, 1);
		out->list.items[0] = v;
	} else {
		*out = v;
	}
	return true;
}

struct kind_run {
	const struct lua_env *env;
	struct str kind;
	const struct value *arg;
	struct arena *a;
	struct value *out;
};

/* stack: a table of a kind → the same; is it the one? */
static bool is_kind(lua_State *L, struct str kind)
{
	struct str name = { 0 };
	bool same;

	if (!lua_istable(L, -1))
		return false;
	lua_pushliteral(L, "name");
	if (lua_rawget(L, -2) == LUA_TSTRING)
		name.p = lua_tolstring(L, -1, &name.n);
	same = name.p && str_same(name, kind);
	lua_pop(L, 1);
	return same;
}

/* stack: +1, the table of the kind */
static void push_kind(lua_State *L, const struct kind_run *r)
{
	host_push(L, r->env->result);
	if (!lua_istable(L, -1) || is_kind(L, r->kind))
		return;
	int list = lua_gettop(L);

	for (lua_Integer i = 1; lua_rawgeti(L, list, i) != LUA_TNIL; i++) {
		if (is_kind(L, r->kind))
			return;
		lua_pop(L, 1);
	}
}

static int kind_body(lua_State *L)
{
	const struct kind_run *r = door_arg(L);

	thaw_files(L);
	host_of(L)->dirty = true;
	scope_fresh_env(L);
	push_kind(L, r);
	if (lua_istable(L, -1)) {
		lua_pushliteral(L, "run");
		lua_rawget(L, -2);
	}
	if (lua_type(L, -1) != LUA_TFUNCTION)
		return luaL_error(L, "the kind has no function 'run'");
	push_value(L, r->arg);
	lua_call(L, 1, 1);
	pull_value(L, -1, r->a, false, r->out);
	return 0;
}

bool lua_kind_call(struct lua_host *h, struct str plugin_name, struct str kind, const struct value *arg, uint64_t seed,
                   const struct lua_caps *caps, struct arena *a, struct value *out, struct diags *d)
{
	struct lua_call call = { .caps = caps, .seeded = true, .seed = seed };
	struct value v;
	struct kind_run r = { host_env(h, plugin_name), kind, arg, a, &v };

	if (!r.env)
		BUG("no plugin file '" STR_FMT "' was loaded", STR_ARG(plugin_name));
	if (lua_enter(h, &call, kind_body, &r) != DOOR_OK) {
		fault_report(h, &call, d);
		return false;
	}
	*out = v;
	return true;
}

struct str lua_kind_source(struct lua_host *h, struct str plugin_name, struct str kind)
{
	const struct lua_env *env = host_env(h, plugin_name);
	struct names from = { 0 };
	struct sb source;

	(void)kind; /* the returned table is one statement: it holds all kinds of the file */
	if (!env)
		return (struct str){ "", 0 };
	names_add(&from, h->arena, STR("return"));
	sb_init(&source, SOURCE_MAX);
	lua_reached(&env->items, h->arena, &from, &source, NULL);
	struct str s = sb_take(&source, h->arena);

	sb_release(&source);
	return s;
}
