/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The library of the box, by an allow-list. What is missing (io, os, load, require, next, math.random, collectgarbage …)
 * could reach the machine, or give another result in the next run. Library tables cannot be changed: a study sees proxies.
 *
 * pcall and xpcall give the text of an error without its place, since places move when a comment does, and pass on what
 * nobody may swallow: a value that is not known yet. (Caps do not come by here at all, see lua_box.h.)
 */
#include <math.h>

#include "dsl/lua/lua_box.h"

static const char *const base_names[] = { "assert",   "error",  "getmetatable", "ipairs",   "rawequal",
	                                  "rawget",   "rawlen", "select",       "tonumber", "type" };
static const char *const added_names[] = { "pairs",    "pcall", "xpcall", "tostring", "setmetatable", "unpack",
	                                   "random",   "prev",  "string", "table",    "math",         "utf8",
	                                   "stats" };
static const char *const math_names[] = { "abs",  "acos", "asin", "atan",      "ceil", "cos",        "deg",
	                                  "exp",  "floor", "fmod", "huge",     "log",  "max",        "maxinteger",
	                                  "min",  "mininteger", "modf", "pi",  "rad",  "sin",        "sqrt",
	                                  "tan",  "tointeger",  "type", "ult" };
static const char *const table_names[] = { "concat", "insert", "move", "pack", "remove", "sort", "unpack" };
static const char *const utf8_names[] = { "char", "charpattern", "codepoint", "codes", "len", "offset" };

bool lua_reserved(struct str name)
{
	for (size_t i = 0; i < countof(base_names); i++)
		if (str_is(name, base_names[i]))
			return true;
	for (size_t i = 0; i < countof(added_names); i++)
		if (str_is(name, added_names[i]))
			return true;
	return lua_is_keyword(name);
}

/* ---- functions of ours ---------------------------------------------------------------------------------------------- */

/* The error at index i: a text loses its place. */
static void clean_error(lua_State *L, int i)
{
	struct fault place;
	struct str text;

	if (lua_type(L, i) != LUA_TSTRING)
		return;
	text.p = lua_tolstring(L, i, &text.n);
	if (!fault_strip(&text, &place))
		return;
	lua_pushlstring(L, text.p, text.n);
	lua_replace(L, i);
}

/* What may not be swallowed goes on; the error is on top. */
static void pass_on(lua_State *L, int status)
{
	if (status == LUA_ERRMEM)
		caps_stop(host_of(L), STOP_MEMORY);
	host_of(L)->masked = 0; /* an error may have left a masked reader of values */
	if (host_of(L)->door->waits)
		lua_error(L);
}

static int box_pcall(lua_State *L)
{
	luaL_checkany(L, 1);
	int status = lua_pcall(L, lua_gettop(L) - 1, LUA_MULTRET, 0);

	if (status != LUA_OK) {
		pass_on(L, status);
		clean_error(L, lua_gettop(L));
	}
	lua_pushboolean(L, status == LUA_OK);
	lua_insert(L, 1);
	return lua_gettop(L);
}

/* The handler runs after the stack is unwound: without a debug library nobody can tell. */
static int box_xpcall(lua_State *L)
{
	luaL_checktype(L, 2, LUA_TFUNCTION);
	lua_pushvalue(L, 1);
	lua_rotate(L, 3, 1); /* f, handler, f, arguments… */
	int status = lua_pcall(L, lua_gettop(L) - 3, LUA_MULTRET, 0);

	if (status != LUA_OK) {
		pass_on(L, status);
		clean_error(L, lua_gettop(L));
		lua_pushvalue(L, 2);
		lua_insert(L, -2);
		lua_call(L, 1, LUA_MULTRET);
	}
	lua_pushboolean(L, status == LUA_OK);
	lua_insert(L, 3);
	return lua_gettop(L) - 2;
}

static int box_setmetatable(lua_State *L)
{
	static const char *const refused[] = { "__gc", "__mode" };

	luaL_checktype(L, 1, LUA_TTABLE);
	luaL_argexpected(L, lua_isnil(L, 2) || lua_istable(L, 2), 2, "nil or table");
	for (size_t i = 0; lua_istable(L, 2) && i < countof(refused); i++) {
		lua_pushstring(L, refused[i]);
		if (lua_rawget(L, 2) != LUA_TNIL)
			return luaL_error(L, "'%s' is not allowed: when it acts differs from run to run", refused[i]);
		lua_pop(L, 1);
	}
	if (luaL_getmetafield(L, 1, "__metatable") != LUA_TNIL)
		return luaL_error(L, "cannot change a protected metatable");
	lua_settop(L, 2);
	lua_setmetatable(L, 1);
	return 1;
}

void sandbox_text(lua_State *L, int i)
{
	i = lua_absindex(L, i);
	if (luaL_callmeta(L, i, "__tostring")) {
		if (!lua_isstring(L, -1))
			luaL_error(L, "'__tostring' must return a string");
	} else if (lua_type(L, i) == LUA_TNUMBER && !lua_isinteger(L, i) && isnan(lua_tonumber(L, i))) {
		lua_pushliteral(L, "nan"); /* the C library knows a -nan as well */
	} else if (lua_type(L, i) == LUA_TTABLE || lua_type(L, i) == LUA_TFUNCTION) {
		lua_pushstring(L, luaL_typename(L, i)); /* no address */
	} else {
		luaL_tolstring(L, i, NULL);
	}
}

static int box_tostring(lua_State *L)
{
	luaL_checkany(L, 1);
	sandbox_text(L, 1);
	return 1;
}

static int box_prev(lua_State *L)
{
	luaL_checkany(L, 1);
	lua_settop(L, 1);
	lua_createtable(L, 0, 1);
	lua_insert(L, 1);
	lua_setfield(L, 1, "prev");
	return 1;
}

static int box_random(lua_State *L)
{
	struct door *d = host_of(L)->door;
	lua_Integer low = 1, high;

	if (!d->call->seeded)
		return luaL_error(L, "'random' works only in hooks of a running task: only those have a seed");
	if (lua_gettop(L) == 0) {
		lua_pushnumber(L, rng_unit(&d->rng));
		return 1;
	}
	high = luaL_checkinteger(L, 1);
	if (lua_gettop(L) > 1)
		low = high, high = luaL_checkinteger(L, 2);
	if (low > high)
		return luaL_error(L, "'random' was asked for a number between %I and %I", low, high);
	uint64_t span = (uint64_t)high - (uint64_t)low;
	uint64_t r = span == UINT64_MAX ? rng_next(&d->rng) : rng_below(&d->rng, span + 1);

	lua_pushinteger(L, (lua_Integer)((uint64_t)low + r));
	return 1;
}

static int refuse_write(lua_State *L)
{
	return luaL_error(L, "the library cannot be changed");
}

/* ---- assembling --------------------------------------------------------------------------------------------------- */

/* The table on top becomes a proxy in base[name] that cannot be written to. stack: base … table → base … */
static void add_library(lua_State *L, int base, const char *name)
{
	int real = lua_gettop(L);

	lua_newtable(L);
	lua_createtable(L, 0, 3);
	lua_pushvalue(L, real);
	lua_setfield(L, -2, "__index");
	lua_pushcfunction(L, refuse_write);
	lua_setfield(L, -2, "__newindex");
	lua_pushboolean(L, 0);
	lua_setfield(L, -2, "__metatable");
	lua_setmetatable(L, -2);
	lua_setfield(L, base, name);
	lua_settop(L, real - 1);
}

static void copy_some(lua_State *L, lua_CFunction open, const char *const *names, size_t n)
{
	lua_pushcfunction(L, open);
	lua_call(L, 0, 1);
	lua_createtable(L, 0, (int)n);
	for (size_t i = 0; i < n; i++) {
		lua_getfield(L, -2, names[i]);
		lua_setfield(L, -2, names[i]);
	}
	lua_remove(L, -2);
}

void sandbox_open(lua_State *L)
{
	const struct luaL_Reg ours[] = { { "pcall", box_pcall },   { "xpcall", box_xpcall }, { "pairs", sandbox_pairs },
		                         { "random", box_random }, { "prev", box_prev }, { "tostring", box_tostring },
		                         { "setmetatable", box_setmetatable }, { NULL, NULL } };
	int base = lua_gettop(L) + 1;

	copy_some(L, luaopen_base, base_names, countof(base_names));
	luaL_setfuncs(L, ours, 0);
	copy_some(L, luaopen_table, table_names, countof(table_names));
	lua_getfield(L, -1, "unpack");
	lua_setfield(L, base, "unpack");
	add_library(L, base, "table");
	copy_some(L, luaopen_math, math_names, countof(math_names));
	add_library(L, base, "math");
	copy_some(L, luaopen_utf8, utf8_names, countof(utf8_names));
	add_library(L, base, "utf8");
	sandbox_strings(L);
	add_library(L, base, "string");
	sandbox_stats(L);
	add_library(L, base, "stats");
	/* luaopen_base left the functions that are not allowed in the global table. */
	lua_newtable(L);
	lua_rawseti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
	host_of(L)->base = luaL_ref(L, LUA_REGISTRYINDEX);
}
