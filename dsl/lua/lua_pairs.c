/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * pairs in sorted order: numbers, then texts by bytes, then false and true. Lua's own order depends on a seed that differs
 * from process to process. Keys of other types have no order that would be the same tomorrow, so they are an error.
 */
#include <stdlib.h>
#include <string.h>

#include "dsl/lua/lua_box.h"

struct sort_key {
	int type; /* LUA_TNUMBER, LUA_TSTRING, LUA_TBOOLEAN */
	bool whole, yes;
	lua_Integer i;
	double r;
	struct str s;
};

static int rank(int type)
{
	return type == LUA_TNUMBER ? 0 : type == LUA_TSTRING ? 1 : 2;
}

static int number_order(const struct sort_key *a, const struct sort_key *b)
{
	if (a->whole && b->whole)
		return (a->i > b->i) - (a->i < b->i);
	double x = a->whole ? (double)a->i : a->r, y = b->whole ? (double)b->i : b->r;

	if (x != y)
		return x > y ? 1 : -1;
	return a->whole - b->whole; /* they are not equal to Lua; any fixed order will do */
}

static int by_key(const void *p, const void *q)
{
	const struct sort_key *a = p, *b = q;

	if (rank(a->type) != rank(b->type))
		return rank(a->type) - rank(b->type);
	if (a->type == LUA_TNUMBER)
		return number_order(a, b);
	return a->type == LUA_TSTRING ? str_cmp(a->s, b->s) : a->yes - b->yes;
}

static void read_key(lua_State *L, struct sort_key *k)
{
	k->type = lua_type(L, -1);
	if (k->type == LUA_TNUMBER) {
		k->whole = lua_isinteger(L, -1);
		k->i = k->whole ? lua_tointeger(L, -1) : 0;
		k->r = k->whole ? 0 : lua_tonumber(L, -1);
	} else if (k->type == LUA_TSTRING) {
		k->s.p = lua_tolstring(L, -1, &k->s.n);
	} else if (k->type == LUA_TBOOLEAN) {
		k->yes = lua_toboolean(L, -1);
	} else {
		luaL_error(L, "'pairs' has no order for a key that is a %s", lua_typename(L, k->type));
	}
}

static void push_key(lua_State *L, const struct sort_key *k)
{
	if (k->type == LUA_TSTRING)
		lua_pushlstring(L, k->s.p, k->s.n);
	else if (k->type == LUA_TBOOLEAN)
		lua_pushboolean(L, k->yes);
	else if (k->whole)
		lua_pushinteger(L, k->i);
	else
		lua_pushnumber(L, k->r);
}

/* Upvalues: the keys in order as a table, how many were given. Keys that went meanwhile are passed over. */
static int pairs_step(lua_State *L)
{
	lua_Integer i = lua_tointeger(L, lua_upvalueindex(2));

	for (;;) {
		if (lua_rawgeti(L, lua_upvalueindex(1), ++i) == LUA_TNIL)
			return 1;
		lua_pushvalue(L, -1);
		if (lua_rawget(L, 1) != LUA_TNIL)
			break;
		lua_pop(L, 2);
	}
	lua_pushinteger(L, i);
	lua_replace(L, lua_upvalueindex(2));
	return 2;
}

/* stack: table at 1 → +1, its keys in order */
static void push_sorted_keys(lua_State *L)
{
	struct lua_host *h = host_of(L);
	size_t n = 0, k = 0;

	for (lua_pushnil(L); lua_next(L, 1); lua_pop(L, 1))
		n++;
	struct sort_key *keys = lua_newuserdatauv(L, (n + 1) * sizeof(*keys), 0);

	memset(keys, 0, (n + 1) * sizeof(*keys));
	for (lua_pushnil(L); lua_next(L, 1);) {
		lua_pop(L, 1);
		read_key(L, &keys[k++]);
	}
	mask(h); /* qsort may allocate; the table holds the texts */
	qsort(keys, n, sizeof(*keys), by_key);
	h->masked--;
	lua_createtable(L, n < INT32_MAX ? (int)n : 0, 0);
	for (size_t i = 0; i < n; i++) {
		push_key(L, &keys[i]);
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	lua_remove(L, -2);
}

int sandbox_pairs(lua_State *L)
{
	luaL_checkany(L, 1);
	if (luaL_getmetafield(L, 1, "__pairs") != LUA_TNIL) {
		lua_pushvalue(L, 1);
		lua_call(L, 1, 3);
		return 3;
	}
	luaL_checktype(L, 1, LUA_TTABLE);
	lua_settop(L, 1);
	push_sorted_keys(L);
	lua_pushinteger(L, 0);
	lua_pushcclosure(L, pairs_step, 2);
	lua_pushvalue(L, 1);
	lua_pushnil(L);
	return 3;
}
