/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a name means. Order: the library, then what `lua:` files define, then the scope of the call; lua_free_names leaves the
 * first two out, so that what the language checks and what runs agree.
 *
 * Each evaluation has an environment of its own: names that were read stay in it, and so do globals that a hook sets;
 * it goes when the call ends. Functions of files find the scope through the same environment.
 */
#include "dsl/lua/lua_box.h"

#define CANDIDATES 512

/* The names to suggest from: the scope's, a condition's, the files'. */
static const struct str *readable(struct lua_host *h, size_t *n)
{
	const struct lua_call *call = h->door->call;
	struct names all = { 0 };
	const struct str *some = NULL;
	size_t k = 0;

	if (call->scope && call->scope->names)
		k = call->scope->names(call->scope->user, &some);
	for (size_t i = 0; i < k && i < CANDIDATES; i++)
		VEC_PUSH(h->scratch, &all, some[i]);
	for (size_t i = 0; call->chunk && i < call->chunk->arg_count && i < CANDIDATES; i++)
		VEC_PUSH(h->scratch, &all, call->chunk->args[i]);
	for (size_t i = 0; i < h->envs.data[0]->defines.n && all.n < CANDIDATES; i++)
		VEC_PUSH(h->scratch, &all, h->envs.data[0]->defines.data[i]);
	*n = all.n;
	return all.data;
}

static int raise_unknown(lua_State *L, struct str name)
{
	struct lua_host *h = host_of(L);
	size_t n;

	mask(h);
	const struct str *names = readable(h, &n);
	struct str text = arena_printf(h->scratch, "unknown name '" STR_FMT "'", STR_ARG(name));

	unmask(h);
	raise_refusal(L, &(struct refusal){ .code = "unknown-name", .text = text, .wrong = name, .names = names, .name_count = n });
}

NORETURN void raise_waits(lua_State *L)
{
	host_of(L)->door->waits = true;
	lua_pushliteral(L, "a value is not known yet");
	lua_error(L);
	__builtin_unreachable();
}

/* stack: +1 when true */
static bool push_from_scope(lua_State *L, struct str name)
{
	struct lua_host *h = host_of(L);
	const struct lua_scope *s = h->door->call->scope;
	struct name_meaning m;

	if (!s || !s->name)
		return false;
	mask(h);
	m = s->name(s->user, name);
	if (m.what == NAME_VALUE && s->read)
		s->read(s->user, name, &m.value);
	unmask(h);
	switch (m.what) {
	case NAME_UNKNOWN:
		return false;
	case NAME_VALUE:
		push_value(L, &m.value);
		return true;
	case NAME_STEP:
		push_step(L, m.step);
		return true;
	case NAME_OUT:
		push_own_out(L);
		return true;
	}
	return false;
}

/* The name at index 2, from the scope, remembered in the environment at index `env`. stack: +1 */
static int read_scope(lua_State *L, int env)
{
	struct str name;

	name.p = lua_tolstring(L, 2, &name.n);
	if (!push_from_scope(L, name))
		return raise_unknown(L, name);
	lua_pushvalue(L, 2);
	lua_pushvalue(L, -2);
	lua_rawset(L, env);
	return 1;
}

static bool in_table(lua_State *L, int ref)
{
	host_push(L, ref);
	lua_pushvalue(L, 2);
	if (lua_rawget(L, -2) != LUA_TNIL)
		return true;
	lua_pop(L, 2);
	return false;
}

/* __index of an expression's environment */
static int env_index(lua_State *L)
{
	struct lua_host *h = host_of(L);

	if (lua_type(L, 2) != LUA_TSTRING)
		return 0;
	if (in_table(L, h->base))
		return 1;
	if (in_table(L, h->envs.data[0]->ref)) {
		h->dirty = true;
		return 1;
	}
	return read_scope(L, 1);
}

/* __index of the globals of `lua:` and of plugin files */
static int file_index(lua_State *L)
{
	struct lua_host *h = host_of(L);

	if (lua_type(L, 2) != LUA_TSTRING)
		return 0;
	if (in_table(L, h->base))
		return 1;
	if (in_table(L, h->env))
		return 1;
	host_push(L, h->env);
	return read_scope(L, lua_gettop(L));
}

void scope_open(lua_State *L)
{
	struct lua_host *h = host_of(L);
	const struct luaL_Reg env[] = { { "__index", env_index }, { NULL, NULL } };
	const struct luaL_Reg file[] = { { "__index", file_index }, { NULL, NULL } };

	luaL_newlib(L, env);
	lua_pushboolean(L, 0);
	lua_setfield(L, -2, "__metatable");
	h->env_meta = luaL_ref(L, LUA_REGISTRYINDEX);
	luaL_newlib(L, file);
	lua_pushboolean(L, 0);
	lua_setfield(L, -2, "__metatable");
	h->file_meta = luaL_ref(L, LUA_REGISTRYINDEX);
	lua_newtable(L);
	lua_pushboolean(L, 0);
	lua_setfield(L, -2, "__metatable");
	h->map_meta = luaL_ref(L, LUA_REGISTRYINDEX);
}

void scope_fresh_env(lua_State *L)
{
	struct lua_host *h = host_of(L);

	lua_createtable(L, 0, 4);
	host_push(L, h->env_meta);
	lua_setmetatable(L, -2);
	lua_pushvalue(L, -1);
	lua_rawseti(L, LUA_REGISTRYINDEX, h->env);
}
