/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Functions of `lua:` may change tables and locals of their file while they run, and the next call must not see it: the
 * same call has to give the same result in another process. So after loading, everything that the files can reach is
 * remembered (tables by their pairs and metatable, functions by their upvalues) and put back before the next call, when a
 * function of a file was used at all. What a call made anew is not reachable from there.
 */
#include "dsl/lua/lua_box.h"

/* The snapshot is a list of {object, copy, metatable}; `skip` holds what is ours and never changes. */
enum { OBJECT = 1, COPY, META, PARTS = META };

static bool wanted(lua_State *L, int i, int seen)
{
	bool is_function = lua_type(L, i) == LUA_TFUNCTION && !lua_iscfunction(L, i);

	if (lua_type(L, i) != LUA_TTABLE && !is_function)
		return false;
	lua_pushvalue(L, i);
	bool fresh = lua_rawget(L, seen) == LUA_TNIL;

	lua_pop(L, 1);
	return fresh;
}

/* Queues the value on top, when it is new, and pops it. */
static void visit(lua_State *L, int seen, int list)
{
	int top = lua_gettop(L);

	if (wanted(L, top, seen)) {
		lua_pushvalue(L, top);
		lua_pushboolean(L, 1);
		lua_rawset(L, seen);
		lua_createtable(L, PARTS, 0);
		lua_pushvalue(L, top);
		lua_rawseti(L, -2, OBJECT);
		lua_rawseti(L, list, (lua_Integer)lua_rawlen(L, list) + 1);
	}
	lua_settop(L, top - 1);
}

/* stack: entry, object → entry, object */
static void remember_table(lua_State *L, int entry, int object, int seen, int list)
{
	lua_newtable(L);
	int copy = lua_gettop(L);

	for (lua_pushnil(L); lua_next(L, object);) {
		lua_pushvalue(L, -2);
		lua_pushvalue(L, -2);
		lua_rawset(L, copy);
		visit(L, seen, list);
		lua_pushvalue(L, -1);
		visit(L, seen, list);
	}
	lua_rawseti(L, entry, COPY);
	if (!lua_getmetatable(L, object))
		return;
	lua_pushvalue(L, -1);
	lua_rawseti(L, entry, META);
	visit(L, seen, list);
}

static void remember_function(lua_State *L, int entry, int object, int seen, int list)
{
	lua_newtable(L);
	for (int i = 1; lua_getupvalue(L, object, i); i++) {
		lua_pushvalue(L, -1);
		lua_rawseti(L, -3, i);
		visit(L, seen, list);
	}
	lua_rawseti(L, entry, COPY);
}

void freeze_files(lua_State *L)
{
	struct lua_host *h = host_of(L);
	const int ours[] = { h->base, h->env_meta, h->file_meta, h->proxy_meta, h->map_meta };

	lua_newtable(L);
	int seen = lua_gettop(L), list = seen + 1;

	lua_newtable(L);
	for (size_t i = 0; i < countof(ours); i++) {
		host_push(L, ours[i]);
		lua_pushboolean(L, 1);
		lua_rawset(L, seen);
	}
	host_push(L, h->base);
	for (lua_pushnil(L); lua_next(L, -2);) { /* the libraries */
		lua_pushboolean(L, 1);
		lua_rawset(L, seen);
	}
	lua_pop(L, 1);
	for (size_t i = 0; i < h->envs.n; i++) {
		if (!h->envs.data[i]->ref)
			continue;
		host_push(L, h->envs.data[i]->ref);
		visit(L, seen, list);
		host_push(L, h->envs.data[i]->result);
		visit(L, seen, list);
	}
	for (lua_Integer i = 1; lua_rawgeti(L, list, i) == LUA_TTABLE; i++) {
		int entry = lua_gettop(L);

		if (lua_rawgeti(L, entry, OBJECT) == LUA_TTABLE)
			remember_table(L, entry, entry + 1, seen, list);
		else
			remember_function(L, entry, entry + 1, seen, list);
		lua_settop(L, list);
	}
	lua_settop(L, list);
	if (!h->snapshot)
		h->snapshot = luaL_ref(L, LUA_REGISTRYINDEX);
	else
		lua_rawseti(L, LUA_REGISTRYINDEX, h->snapshot);
	lua_settop(L, seen - 1);
}

/* First what is too much or different, then what is missing. */
static void put_back_table(lua_State *L, int object, int copy)
{
	for (lua_pushnil(L); lua_next(L, object); lua_pop(L, 1)) {
		lua_pushvalue(L, -2);
		lua_rawget(L, copy);
		if (lua_rawequal(L, -1, -2)) {
			lua_pop(L, 1);
			continue;
		}
		lua_pushvalue(L, -3);
		lua_insert(L, -2);
		lua_rawset(L, object);
	}
	for (lua_pushnil(L); lua_next(L, copy);) {
		lua_pushvalue(L, -2);
		if (lua_rawget(L, object) == LUA_TNIL) {
			lua_pushvalue(L, -3);
			lua_pushvalue(L, -3);
			lua_rawset(L, object);
		}
		lua_pop(L, 2);
	}
}

static void put_back_function(lua_State *L, int object, int copy)
{
	for (int i = 1; lua_getupvalue(L, object, i); i++) {
		lua_rawgeti(L, copy, i);
		if (lua_rawequal(L, -1, -2) || !lua_setupvalue(L, object, i))
			lua_pop(L, 1);
		lua_pop(L, 1);
	}
}

void thaw_files(lua_State *L)
{
	struct lua_host *h = host_of(L);
	int list = lua_gettop(L) + 1;

	h->dirty = false;
	if (!h->snapshot)
		return;
	host_push(L, h->snapshot);
	for (lua_Integer i = 1; lua_rawgeti(L, list, i) == LUA_TTABLE; i++) {
		int entry = list + 1, object = list + 2;

		lua_rawgeti(L, entry, OBJECT);
		lua_rawgeti(L, entry, COPY);
		if (lua_type(L, object) == LUA_TFUNCTION) {
			put_back_function(L, object, object + 1);
		} else {
			put_back_table(L, object, object + 1);
			lua_rawgeti(L, entry, META);
			lua_setmetatable(L, object);
		}
		lua_settop(L, list);
	}
	lua_settop(L, list - 1);
}
