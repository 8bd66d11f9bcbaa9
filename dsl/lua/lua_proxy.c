/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Steps inside Lua. `train` is a proxy: train.out.model and a bare train are texts that stand for paths; train.accuracy is
 * a value of the finished step; train{budget = 100} is the step at another point; a gathered step is also a list of maps.
 */
#include "dsl/lua/lua_box.h"

enum proxy_what { PROXY_STEP, PROXY_OUT /* step.out */, PROXY_OWN /* out */ };

struct proxy { /* user value 1: the table of overrides, or nil */
	enum proxy_what what;
	uint32_t step;
};

static void push_proxy(lua_State *L, enum proxy_what what, uint32_t step)
{
	struct proxy *p = lua_newuserdatauv(L, sizeof(*p), 1);

	*p = (struct proxy){ what, step };
	host_push(L, host_of(L)->proxy_meta);
	lua_setmetatable(L, -2);
}

void push_step(lua_State *L, uint32_t step)
{
	push_proxy(L, PROXY_STEP, step);
}

void push_own_out(lua_State *L)
{
	push_proxy(L, PROXY_OWN, 0);
}

bool is_proxy(lua_State *L, int i)
{
	return lua_type(L, i) == LUA_TUSERDATA; /* there is no other userdata */
}

/* The overrides of the proxy at i, in scratch; may raise. */
static struct value overrides(lua_State *L, int i)
{
	struct value over = { .type = V_MAP };

	if (lua_getiuservalue(L, i, 1) == LUA_TTABLE)
		pull_value(L, -1, host_of(L)->scratch, false, &over);
	lua_pop(L, 1);
	if (over.type != V_MAP)
		over = (struct value){ .type = V_MAP };
	return over;
}

/* Texts of outputs; masked. */
static bool out_text(struct lua_host *h, const struct proxy *p, const struct value *over, struct str output,
                     struct str *text, struct refusal *why)
{
	const struct lua_scope *s = h->door->call->scope;

	*why = (struct refusal){ .text = STR("outputs are not known here") };
	if (p->what == PROXY_OWN)
		return s && s->own_out && s->own_out(s->user, output, text, why);
	return s && s->step_out && s->step_out(s->user, p->step, over, output, text, why);
}

bool proxy_text(lua_State *L, int i, struct str *text, struct refusal *why)
{
	struct value over = overrides(L, i);

	return out_text(host_of(L), lua_touserdata(L, i), &over, (struct str){ "", 0 }, text, why);
}

static int push_text(lua_State *L, int i, struct str output)
{
	struct lua_host *h = host_of(L);
	struct value over = overrides(L, i);
	struct str text = { 0 };
	struct refusal why;

	mask(h);
	bool fine = out_text(h, lua_touserdata(L, i), &over, output, &text, &why);

	unmask(h);
	if (!fine)
		raise_refusal(L, &why);
	if (text.p)
		lua_pushlstring(L, text.p, text.n);
	else
		lua_pushnil(L); /* prev() of the first point: there is no such task */
	return 1;
}

/* The step's value; does not come back when it waits or is wrong. */
static struct value step_value(lua_State *L, int i)
{
	struct lua_host *h = host_of(L);
	const struct proxy *p = lua_touserdata(L, i);
	const struct lua_scope *s = h->door->call->scope;
	struct value over = overrides(L, i), v = { 0 };
	struct refusal why = { .text = STR("values of steps are not known here") };
	enum late late = LATE_ERROR;

	if (p->what != PROXY_STEP)
		luaL_error(L, "outputs are files: they have no values here");
	mask(h);
	if (s && s->step_value)
		late = s->step_value(s->user, p->step, &over, &v, &why);
	unmask(h);
	if (late == LATE_WAITS)
		raise_waits(L);
	if (late == LATE_ERROR)
		raise_refusal(L, &why);
	return v;
}

static const struct value *field_of(const struct value *map, struct str key)
{
	for (size_t i = 0; map->type == V_MAP && i < map->map.n; i++)
		if (str_same(map->map.pairs[i].key, key))
			return &map->map.pairs[i].val;
	return NULL;
}

static void raise_no_metric(lua_State *L, const struct value *v, struct str key)
{
	struct lua_host *h = host_of(L);
	const struct value *map = v->type == V_LIST && v->list.n ? &v->list.items[0] : v;
	struct names names = { 0 };

	mask(h);
	for (size_t i = 0; map->type == V_MAP && i < map->map.n; i++)
		VEC_PUSH(h->scratch, &names, arena_str(h->scratch, map->map.pairs[i].key));
	struct str text = arena_printf(h->scratch, names.n ? "the step has no metric '" STR_FMT "'"
	                                                   : "the step has no metrics, so no '" STR_FMT "'", STR_ARG(key));

	unmask(h);
	raise_refusal(L, &(struct refusal){ .code = "unknown-name", .text = text, .wrong = key, .names = names.data,
	                                    .name_count = names.n });
}

/* A metric; over a gather, the list of it. */
static int push_metric(lua_State *L, const struct value *v, struct str key)
{
	const struct value *field = field_of(v, key);
	bool any = false;

	if (v->type != V_LIST) {
		if (!field)
			raise_no_metric(L, v, key);
		push_value(L, field);
		return 1;
	}
	lua_newtable(L);
	for (size_t i = 0; i < v->list.n; i++) {
		field = field_of(&v->list.items[i], key);
		any = any || field;
		if (field)
			push_value(L, field);
		else
			lua_pushnil(L);
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	if (!any && v->list.n)
		raise_no_metric(L, v, key);
	return 1;
}

static int proxy_index(lua_State *L)
{
	const struct proxy *p = lua_touserdata(L, 1);
	struct str key = { 0 };

	if (lua_type(L, 2) == LUA_TSTRING)
		key.p = lua_tolstring(L, 2, &key.n);
	if (p->what != PROXY_STEP)
		return key.p ? push_text(L, 1, key) : luaL_error(L, "the name of an output must be a text, not a %s",
		                                                 luaL_typename(L, 2));
	if (key.p && str_is(key, "out")) {
		push_proxy(L, PROXY_OUT, p->step);
		lua_getiuservalue(L, 1, 1);
		lua_setiuservalue(L, -2, 1);
		return 1;
	}
	struct value v = step_value(L, 1);

	if (v.type == V_NULL)
		return 0; /* prev() of the first point */
	if (key.p)
		return push_metric(L, &v, key);
	if (v.type != V_LIST || !lua_isinteger(L, 2))
		return luaL_error(L, "the step ran once here: it has metrics, but no numbered items");
	lua_Integer i = lua_tointeger(L, 2);

	if (i < 1 || (lua_Unsigned)i > v.list.n)
		return 0;
	push_value(L, &v.list.items[i - 1]);
	return 1;
}

static int proxy_call(lua_State *L)
{
	const struct proxy *p = lua_touserdata(L, 1);

	if (p->what != PROXY_STEP || lua_type(L, 2) != LUA_TTABLE)
		return luaL_error(L, "a step is no function; another point of it is written step{axis = value}");
	push_step(L, p->step);
	lua_pushvalue(L, 2);
	lua_setiuservalue(L, -2, 1);
	return 1;
}

static int proxy_tostring(lua_State *L)
{
	return push_text(L, 1, (struct str){ "", 0 });
}

static int proxy_concat(lua_State *L)
{
	lua_settop(L, 2);
	for (int i = 1; i <= 2; i++) {
		if (is_proxy(L, i))
			push_text(L, i, (struct str){ "", 0 });
		else if (lua_type(L, i) == LUA_TSTRING || lua_type(L, i) == LUA_TNUMBER)
			lua_pushvalue(L, i);
		else
			return luaL_error(L, "attempt to concatenate a %s value", luaL_typename(L, i));
	}
	lua_concat(L, 2);
	return 1;
}

static int proxy_len(lua_State *L)
{
	struct value v = step_value(L, 1);

	if (v.type != V_LIST)
		return luaL_error(L, "the step ran once here: there is nothing to count");
	lua_pushinteger(L, (lua_Integer)v.list.n);
	return 1;
}

static int proxy_pairs(lua_State *L)
{
	struct value v = step_value(L, 1);

	lua_settop(L, 0);
	push_value(L, &v);
	return sandbox_pairs(L);
}

void proxy_open(lua_State *L)
{
	const struct luaL_Reg meta[] = { { "__index", proxy_index }, { "__call", proxy_call },
		                         { "__tostring", proxy_tostring }, { "__concat", proxy_concat },
		                         { "__len", proxy_len }, { "__pairs", proxy_pairs }, { NULL, NULL } };

	luaL_newlib(L, meta);
	lua_pushliteral(L, "step");
	lua_setfield(L, -2, "__name");
	lua_pushboolean(L, 0);
	lua_setfield(L, -2, "__metatable");
	host_of(L)->proxy_meta = luaL_ref(L, LUA_REGISTRYINDEX);
}
