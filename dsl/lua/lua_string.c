/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The string library of the box: without dump, and with a format that knows no addresses.
 */
#include "dsl/lua/lua_box.h"

static const char *const string_names[] = { "byte",  "char",    "find", "gmatch",   "gsub", "len",    "lower",
	                                    "match", "pack",    "packsize", "rep",  "reverse", "sub", "unpack", "upper" };

/* Upvalue 1 is Lua's own format. */
static int box_format(lua_State *L)
{
	struct str format;

	format.p = luaL_checklstring(L, 1, &format.n);
	for (size_t i = 0; i + 1 < format.n; i++) {
		if (format.p[i] != '%')
			continue;
		for (i++; i < format.n && (format.p[i] < 'A' || format.p[i] > 'z') && format.p[i] != '%';)
			i++;
		if (i < format.n && format.p[i] == 'p')
			return luaL_error(L, "'%%p' is not allowed: addresses differ from run to run");
	}
	for (int i = 2; i <= lua_gettop(L); i++) {
		if (lua_type(L, i) != LUA_TTABLE && lua_type(L, i) != LUA_TFUNCTION && lua_type(L, i) != LUA_TUSERDATA)
			continue;
		sandbox_text(L, i);
		lua_replace(L, i);
	}
	lua_pushvalue(L, lua_upvalueindex(1));
	lua_insert(L, 1);
	lua_call(L, lua_gettop(L) - 1, 1);
	return 1;
}

/* stack: +1, the table. Texts get it as their methods, and cannot hand it out. */
void sandbox_strings(lua_State *L)
{
	lua_pushcfunction(L, luaopen_string);
	lua_call(L, 0, 1);
	lua_createtable(L, 0, (int)countof(string_names) + 1);
	for (size_t i = 0; i < countof(string_names); i++) {
		lua_getfield(L, -2, string_names[i]);
		lua_setfield(L, -2, string_names[i]);
	}
	lua_getfield(L, -2, "format");
	lua_pushcclosure(L, box_format, 1);
	lua_setfield(L, -2, "format");
	lua_remove(L, -2);
	lua_pushliteral(L, "");
	if (!lua_getmetatable(L, -1))
		BUG("texts have no methods");
	lua_pushvalue(L, -3);
	lua_setfield(L, -2, "__index");
	lua_pushboolean(L, 0);
	lua_setfield(L, -2, "__metatable");
	lua_pop(L, 2);
}
