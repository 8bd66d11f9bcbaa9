/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Values into Lua and out of it.
 *
 *   null ↔ nil (in a list it leaves a hole)   whole numbers ↔ integers   other numbers, nan and infinities ↔ floats
 *   a table with the keys 1…n is a list, and so is an empty one unless it came in as an empty map; any other table is a
 *   map: whole-number keys first, ascending, as decimal text, then text keys by their bytes. Other keys, functions and
 *   tables that hold themselves are no values. A step stands for the text of its output.
 */
#include <stdlib.h>
#include <string.h>

#include "dsl/lua/lua_box.h"

#define NODE_BYTES 64 /* what a value costs at least, for the cap */

static void push_list(lua_State *L, const struct value *v)
{
	int n = v->list.n < INT32_MAX ? (int)v->list.n : 0;

	lua_createtable(L, n, 0);
	for (size_t i = 0; i < v->list.n; i++) {
		push_value(L, &v->list.items[i]);
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
}

static void push_map(lua_State *L, const struct value *v)
{
	int n = v->map.n < INT32_MAX ? (int)v->map.n : 0;

	lua_createtable(L, 0, n);
	for (size_t i = 0; i < v->map.n; i++) {
		lua_pushlstring(L, v->map.pairs[i].key.p, v->map.pairs[i].key.n);
		push_value(L, &v->map.pairs[i].val);
		lua_rawset(L, -3);
	}
	if (!v->map.n) { /* else nobody could tell it from an empty list */
		host_push(L, host_of(L)->map_meta);
		lua_setmetatable(L, -2);
	}
}

void push_value(lua_State *L, const struct value *v)
{
	luaL_checkstack(L, 4, "a value is too deep");
	switch (v->type) {
	case V_NULL:
		lua_pushnil(L);
		return;
	case V_BOOL:
		lua_pushboolean(L, v->b);
		return;
	case V_INT:
		lua_pushinteger(L, v->i);
		return;
	case V_REAL:
		lua_pushnumber(L, v->r);
		return;
	case V_STR:
		lua_pushlstring(L, v->s.p, v->s.n);
		return;
	case V_LIST:
		push_list(L, v);
		return;
	case V_MAP:
		push_map(L, v);
		return;
	}
}

/* ---- out of Lua: masked all the way, so nothing here may raise -------------------------------------------------------- */

struct pull {
	lua_State *L;
	struct arena *a;
	bool functions;
	size_t spent, budget;
	struct refusal why;
};

struct key {
	bool whole;
	int64_t i;
	struct str s;
};

static int by_key(const void *a, const void *b)
{
	const struct key *p = a, *q = b;

	if (p->whole != q->whole)
		return p->whole ? -1 : 1;
	return p->whole ? (p->i > q->i) - (p->i < q->i) : str_cmp(p->s, q->s);
}

static bool refuse(struct pull *p, struct str why)
{
	p->why = (struct refusal){ .text = why };
	return false;
}

static bool spend(struct pull *p, size_t bytes)
{
	p->spent += bytes + NODE_BYTES;
	return p->spent <= p->budget || refuse(p, STR("the value is too large"));
}

static bool pull(struct pull *p, int i, unsigned depth, struct value *out);

/* How many keys; *list: they are 1…n. */
static bool count_keys(struct pull *p, int t, size_t *n, bool *list)
{
	lua_State *L = p->L;
	lua_Integer largest = 0;

	*n = 0;
	*list = true;
	for (lua_pushnil(L); lua_next(L, t); lua_pop(L, 1)) {
		++*n;
		if (lua_isinteger(L, -2) && lua_tointeger(L, -2) > 0) {
			if (lua_tointeger(L, -2) > largest)
				largest = lua_tointeger(L, -2);
			continue;
		}
		*list = false;
		if (lua_type(L, -2) == LUA_TSTRING || lua_isinteger(L, -2))
			continue;
		refuse(p, arena_printf(p->a, "a key of a table must be a text or a whole number, not a %s",
		                       luaL_typename(L, -2)));
		lua_pop(L, 2);
		return false;
	}
	*list = *list && (lua_Unsigned)largest == *n;
	return spend(p, 0);
}

static bool pull_list(struct pull *p, int t, size_t n, unsigned depth, struct value *out)
{
	if (!spend(p, n * sizeof(struct value)))
		return false;
	*out = value_list(p->a, n);
	for (size_t i = 0; i < n; i++) {
		bool fine = (lua_rawgeti(p->L, t, (lua_Integer)i + 1), pull(p, lua_gettop(p->L), depth + 1, &out->list.items[i]));

		lua_pop(p->L, 1);
		if (!fine)
			return false;
	}
	return true;
}

static struct key *sorted_keys(struct pull *p, int t, size_t n)
{
	struct key *keys = arena_array(p->a, struct key, n);
	lua_State *L = p->L;
	size_t k = 0;

	for (lua_pushnil(L); lua_next(L, t); lua_pop(L, 1)) {
		struct key *key = &keys[k++];

		key->whole = lua_isinteger(L, -2);
		if (key->whole) {
			key->i = lua_tointeger(L, -2);
		} else {
			key->s.p = lua_tolstring(L, -2, &key->s.n);
		}
	}
	if (n)
		qsort(keys, n, sizeof(*keys), by_key);
	return keys;
}

/* 1 and "1" would be the same key. Both are in order by their own kind, so the texts are searched. */
static bool has_text(const struct key *keys, size_t n, struct str text)
{
	struct key wanted = { .s = text };

	return n && bsearch(&wanted, keys, n, sizeof(*keys), by_key);
}

static bool pull_map(struct pull *p, int t, size_t n, unsigned depth, struct value *out)
{
	if (!spend(p, n * (sizeof(struct pair) + sizeof(struct key))))
		return false;
	struct key *keys = sorted_keys(p, t, n);

	*out = value_map(p->a, n);
	for (size_t i = 0; i < n; i++) {
		const struct key *k = &keys[i];
		struct value v;
		struct str name = k->whole ? arena_printf(p->a, "%lld", (long long)k->i) : arena_str(p->a, k->s);

		if (k->whole && has_text(keys, n, name))
			return refuse(p, arena_printf(p->a, "a table has the number " STR_FMT
			                              " and the text '" STR_FMT "' as keys", STR_ARG(name), STR_ARG(name)));
		if (k->whole) {
			lua_rawgeti(p->L, t, k->i);
		} else {
			/* An existing string needs memory only when it is long. */
			lua_pushlstring(p->L, k->s.p, k->s.n);
			lua_rawget(p->L, t);
		}
		bool fine = spend(p, name.n) && pull(p, lua_gettop(p->L), depth + 1, &v);

		lua_pop(p->L, 1);
		if (!fine)
			return false;
		value_set(out, name, v);
	}
	return true;
}

static bool pull_table(struct pull *p, int t, unsigned depth, struct value *out)
{
	size_t n;
	bool list;

	if (depth >= VALUE_DEPTH)
		return refuse(p, STR("a table is nested too deeply, or holds itself"));
	if (!lua_checkstack(p->L, 6))
		return refuse(p, STR("a table is nested too deeply"));
	if (!count_keys(p, t, &n, &list))
		return false;
	if (n == 0 && lua_getmetatable(p->L, t)) {
		host_push(p->L, host_of(p->L)->map_meta);
		list = !lua_rawequal(p->L, -1, -2);
		lua_pop(p->L, 2);
	}
	return list ? pull_list(p, t, n, depth, out) : pull_map(p, t, n, depth, out);
}

static bool pull(struct pull *p, int i, unsigned depth, struct value *out)
{
	lua_State *L = p->L;

	*out = (struct value){ .type = V_NULL };
	switch (lua_type(L, i)) {
	case LUA_TNIL:
		return true;
	case LUA_TBOOLEAN:
		*out = value_bool(lua_toboolean(L, i));
		return true;
	case LUA_TNUMBER:
		*out = lua_isinteger(L, i) ? value_int(lua_tointeger(L, i)) : value_real(lua_tonumber(L, i));
		return spend(p, 0);
	case LUA_TSTRING:
		out->s.p = lua_tolstring(L, i, &out->s.n);
		if (!spend(p, out->s.n))
			return false;
		*out = value_str(arena_str(p->a, out->s));
		return true;
	case LUA_TTABLE:
		return pull_table(p, i, depth, out);
	case LUA_TFUNCTION:
		*out = value_bool(true);
		return p->functions || refuse(p, STR("a function is no value; did you mean to call it?"));
	default:
		out->type = V_STR;
		if (!is_proxy(L, i))
			return refuse(p, STR("this is no value"));
		if (!proxy_text(L, i, &out->s, &p->why))
			return false;
		if (out->s.p)
			out->s = arena_str(p->a, out->s);
		else
			out->type = V_NULL; /* prev() of the first point */
		return true;
	}
}

void pull_value(lua_State *L, int i, struct arena *a, bool functions, struct value *out)
{
	struct lua_host *h = host_of(L);
	struct pull p = { .L = L, .a = a, .functions = functions, .budget = h->door->caps.memory };
	bool fine;

	luaL_checkstack(L, 8, "a value is too deep");
	mask(h);
	fine = pull(&p, lua_absindex(L, i), 0, out);
	unmask(h);
	if (fine)
		return;
	raise_refusal(L, &p.why);
}
