/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The library `stats` of the box: lists of numbers in, numbers out, computed by engine/stat. What a list is too short for is
 * nil, never nan. Truths count as 1 and 0. A list with a gap, or with anything else in it, is an error that names the place.
 */
#include <math.h>
#include <string.h>

#include "dsl/lua/lua_box.h"
#include "engine/stat/moments.h"
#include "engine/stat/order.h"
#include "engine/stat/proportion.h"

#define LEVEL 0.95

enum stat {
	STAT_SUM,
	STAT_MEAN,
	STAT_VARIANCE,
	STAT_STD,
	STAT_SEM,
	STAT_MIN,
	STAT_MAX,
	STAT_GEOMEAN,
	STAT_MEDIAN,
	STAT_IQM,
	STAT_MAD,
};

static const char *const stat_names[] = { "sum", "mean",    "variance", "std", "sem", "min",
	                                      "max", "geomean", "median",   "iqm", "mad" };

struct list {
	const char *of; /* the function, for messages */
	double *x;
	size_t n;
};

/* ---- arguments ---------------------------------------------------------------------------------------------------- */

/* What stands at the top of the stack, as item i of the list; raises when it is no finite number. */
static double item(lua_State *L, const struct list *l, lua_Integer i)
{
	const int type = lua_type(L, -1);
	double x = 0;

	if (type == LUA_TBOOLEAN)
		x = lua_toboolean(L, -1);
	else if (type == LUA_TNUMBER)
		x = lua_tonumber(L, -1);
	else if (type == LUA_TNIL)
		luaL_error(L, "stats.%s: item %I of the list is missing; take out what has no value first", l->of, i);
	else if (type == LUA_TSTRING)
		luaL_error(L, "stats.%s: item %I of the list is the text '%s', expected a number: tonumber makes one", l->of, i,
		           lua_tostring(L, -1));
	else
		luaL_error(L, "stats.%s: item %I of the list is a %s, expected a number", l->of, i, luaL_typename(L, -1));
	if (!isfinite(x))
		luaL_error(L, "stats.%s: item %I of the list is not finite", l->of, i);
	return x;
}

/* A key that is no place in 1 … n: behind a gap, or no number at all. */
static void check_keys(lua_State *L, int at, const struct list *l)
{
	if (!lua_istable(L, at) || luaL_getmetafield(L, at, "__len") != LUA_TNIL)
		return;
	for (lua_pushnil(L); lua_next(L, at); lua_pop(L, 1)) {
		if (!lua_isinteger(L, -2))
			luaL_error(L, "stats.%s: expected a list of numbers, not a map", l->of);
		if (lua_tointeger(L, -2) < 1 || lua_tointeger(L, -2) > (lua_Integer)l->n)
			luaL_error(L, "stats.%s: item %I of the list is missing; take out what has no value first", l->of,
			           (lua_Integer)l->n + 1);
	}
}

/* The list at `at`; its numbers live in a userdata on the stack, for anything here may raise. */
static struct list take_list(lua_State *L, int at, const char *of)
{
	struct list l = { .of = of };

	if (lua_type(L, at) != LUA_TTABLE && lua_type(L, at) != LUA_TUSERDATA)
		luaL_error(L, "stats.%s: argument %d is a %s, expected a list of numbers", of, at, luaL_typename(L, at));
	const lua_Integer n = luaL_len(L, at);

	l.n = n > 0 ? (size_t)n : 0;
	check_keys(L, at, &l);
	l.x = lua_newuserdatauv(L, (l.n + 1) * sizeof(*l.x), 0);
	for (lua_Integer i = 1; i <= n; i++) {
		(void)lua_geti(L, at, i);
		l.x[i - 1] = item(L, &l, i);
		lua_pop(L, 1);
	}
	return l;
}

/* A level of confidence, 0.95 when absent. */
static double take_level(lua_State *L, int at, const char *of)
{
	const double level = lua_isnoneornil(L, at) ? LEVEL : lua_type(L, at) == LUA_TNUMBER ? lua_tonumber(L, at) : NAN;

	if (!(level > 0 && level < 1))
		luaL_error(L, "stats.%s: the level must be a number between 0 and 1, such as 0.95", of);
	return level;
}

/* ---- functions ---------------------------------------------------------------------------------------------------- */

static int give(lua_State *L, double x)
{
	if (isfinite(x))
		lua_pushnumber(L, x);
	else
		lua_pushnil(L);
	return 1;
}

static int give_both(lua_State *L, bool there, double low, double high)
{
	(void)give(L, there ? low : NAN);
	(void)give(L, there ? high : NAN);
	return 2;
}

static void *lua_memory(void *owner, size_t bytes)
{
	void *p = lua_newuserdatauv(owner, bytes, 0); /* stays on the stack until the function returns */

	return memset(p, 0, bytes);
}

/* Upvalue 1: which. */
static int of_one_list(lua_State *L)
{
	const enum stat stat = (enum stat)lua_tointeger(L, lua_upvalueindex(1));
	const struct mem mem = { lua_memory, L };
	const struct list l = take_list(L, 1, stat_names[stat]);
	const struct summary s = summary_of(l.x, l.n);

	if (stat >= STAT_MEDIAN)
		sort_reals(l.x, l.n);
	for (size_t i = 0; stat == STAT_GEOMEAN && i < l.n; i++)
		if (!(l.x[i] > 0))
			return luaL_error(L, "stats.geomean: item %I of the list is not above 0, so it has no logarithm", (lua_Integer)i + 1);
	switch (stat) {
	case STAT_SUM: return give(L, s.sum);
	case STAT_MEAN: return give(L, s.mean);
	case STAT_VARIANCE: return give(L, s.variance);
	case STAT_STD: return give(L, s.sd);
	case STAT_SEM: return give(L, s.sem);
	case STAT_MIN: return give(L, s.min);
	case STAT_MAX: return give(L, s.max);
	case STAT_GEOMEAN: return give(L, geometric_mean(l.x, l.n));
	case STAT_MEDIAN: return give(L, median_sorted(l.x, l.n));
	case STAT_IQM: return give(L, iqm_sorted(l.x, l.n));
	case STAT_MAD: return give(L, mad_sorted(&mem, l.x, l.n));
	}
	return 0;
}

/* quantile(list, p) */
static int stats_quantile(lua_State *L)
{
	const double p = lua_type(L, 2) == LUA_TNUMBER ? lua_tonumber(L, 2) : NAN;

	if (!(p >= 0 && p <= 1))
		return luaL_error(L, "stats.quantile: argument 2 must be a number from 0 to 1");
	const struct list l = take_list(L, 1, "quantile");

	sort_reals(l.x, l.n);
	return give(L, quantile_sorted(l.x, l.n, p));
}

/* ci(list, level): low, high */
static int stats_ci(lua_State *L)
{
	const double level = take_level(L, 2, "ci");
	const struct list l = take_list(L, 1, "ci");
	const struct summary s = summary_of(l.x, l.n);
	const double half = summary_half_width(&s, level);

	return give_both(L, isfinite(half), s.mean - half, s.mean + half);
}

/* ci95(list): low, high */
static int stats_ci95(lua_State *L)
{
	lua_settop(L, 1);
	return stats_ci(L);
}

typedef bool interval_of(uint64_t k, uint64_t n, double level, struct interval *out);

/* wilson(list of truths), wilson(right, of), each with a level behind: low, high */
static int share(lua_State *L, const char *of, interval_of *compute)
{
	uint64_t k = 0, n;
	int level_at = 2;
	struct interval v = { 0, 0 };

	if (lua_type(L, 1) == LUA_TNUMBER) {
		if (!lua_isinteger(L, 1) || !lua_isinteger(L, 2) || lua_tointeger(L, 1) < 0 || lua_tointeger(L, 1) > lua_tointeger(L, 2))
			return luaL_error(L, "stats.%s: expected how many are right and of how many: whole numbers, the first not above "
			                     "the second", of);
		k = (uint64_t)lua_tointeger(L, 1);
		n = (uint64_t)lua_tointeger(L, 2);
		level_at = 3;
	} else {
		lua_settop(L, 2);
		const struct list l = take_list(L, 1, of);

		n = l.n;
		for (size_t i = 0; i < l.n; i++) {
			if (l.x[i] != 0 && l.x[i] != 1)
				return luaL_error(L, "stats.%s: item %I of the list is neither 0 nor 1, true nor false", of, (lua_Integer)i + 1);
			k += l.x[i] == 1;
		}
	}
	const bool there = compute(k, n, take_level(L, level_at, of), &v);

	return give_both(L, there, v.low, v.high);
}

static int stats_wilson(lua_State *L)
{
	return share(L, "wilson", proportion_wilson);
}

static int stats_clopper(lua_State *L)
{
	return share(L, "clopper", proportion_clopper_pearson);
}

/* corr(list, list) */
static int stats_corr(lua_State *L)
{
	lua_settop(L, 2);
	const struct list x = take_list(L, 1, "corr"), y = take_list(L, 2, "corr");
	struct comoments c = { 0 };

	if (x.n != y.n)
		return luaL_error(L, "stats.corr: the lists have %I and %I items, expected as many", (lua_Integer)x.n, (lua_Integer)y.n);
	for (size_t i = 0; i < x.n; i++)
		comoments_add(&c, x.x[i], y.x[i]);
	return give(L, comoments_r(&c));
}

/* stack: +1, the table */
void sandbox_stats(lua_State *L)
{
	static const struct luaL_Reg others[] = { { "quantile", stats_quantile }, { "ci", stats_ci },           { "ci95", stats_ci95 },
		                                      { "wilson", stats_wilson },     { "clopper", stats_clopper }, { "corr", stats_corr },
		                                      { NULL, NULL } };

	luaL_newlib(L, others);
	for (size_t i = 0; i < countof(stat_names); i++) {
		lua_pushinteger(L, (lua_Integer)i);
		lua_pushcclosure(L, of_one_list, 1);
		lua_setfield(L, -2, stat_names[i]);
	}
}
