/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Proves: expressions mean what Lua means, over the study's names; errors point at the true place and say which name was
 * meant; hooks leave nothing behind; canonical source changes when the meaning does and not otherwise.
 */
#include "lua_fixture.h"

#define EVAL(z, want) assert_string_equal(eval_text(w, z), want)
#define HOOK(z, args, want) assert_string_equal(hook_text(w, z, args, 0), want)

static void values_come_and_go(void **state)
{
	struct world *w = *state;

	EVAL("1 + 1", "2");
	EVAL("budget", "1000");
	EVAL("budget * share", "200");
	EVAL("budget // 3", "333");
	EVAL("source .. '!'", "\"gpt!\"");
	EVAL("nil", "null");
	EVAL("policy.deep.x", "7");
	EVAL("policy['na' .. 'me']", "\"bad\"");
	EVAL("policy.nope", "s.yaml:1:8: error: 'policy' has no field 'nope' [unknown-name]\n    1 | policy.nope\n"
	                    "      |        ^~~~\n      = hint: did you mean 'name'?\n");
	EVAL("policy.nope or 3", "3");
	EVAL("{1, 2, {x = true}}", "[1,2,{\"x\":true}]");
	EVAL("{}", "[]");
	EVAL("{[2] = 'b', a = 1, [-1] = 0}", "{\"-1\":0,\"2\":\"b\",\"a\":1}");
	EVAL("{b = 1, a = 2, B = 3}", "{\"B\":3,\"a\":2,\"b\":1}");
	EVAL("#list", "3");
	EVAL("list[2]:upper()", "\"B C\"");
	EVAL("('x'):rep(3)", "\"xxx\"");
	EVAL("('abab'):gsub('a', 'x')", "\"xbxb\"");
	EVAL("tostring(1.5) .. tostring({}) .. tostring(print == nil)",
	     "s.yaml:1:43: error: unknown name 'print' [unknown-name]\n"
	     "    1 | tostring(1.5) .. tostring({}) .. tostring(print == nil)\n"
	     "      |                                           ^~~~~\n"
	     "      = hint: one of 'source', 'budget', 'share', 'policy', 'list', 'none', 'train', 'score', 'late', 'out', "
	     "'hostile', 'nothing'\n");
}

static void numbers_stay_what_they_are(void **state)
{
	struct world *w = *state;
	struct value v;
	struct lua_chunk *c = lua_expression(w->h, STR("{0/0, 1/0, -1/0, 3, 3.0, 1 << 62}"), (struct span){ 0 });

	assert_int_equal(lua_eval(w->h, c, &w->scope, w->a, &v, &w->d), EVAL_OK);
	assert_int_equal(v.list.n, 6);
	assert_true(v.list.items[0].r != v.list.items[0].r);
	assert_true(v.list.items[1].r > 1e308 && v.list.items[2].r < -1e308);
	assert_int_equal(v.list.items[3].type, V_INT);
	assert_int_equal(v.list.items[4].type, V_REAL);
	assert_int_equal(v.list.items[5].i, INT64_C(1) << 62);
}

static void the_empty_map_stays_one(void **state)
{
	struct world *w = *state;

	w->hostile = (struct value){ .type = V_MAP };
	EVAL("{hostile, none, {}}", "[{},[],[]]");
	w->hostile = json(w, "{\"a\":[],\"b\":{}}");
	EVAL("(hostile)", "{\"a\":[],\"b\":{}}");
}

static void what_is_no_value(void **state)
{
	struct world *w = *state;

	EVAL("(function() local t = {} t.t = t return t end)()",
	     "s.yaml:1:1: error: a table is nested too deeply, or holds itself [lua-error]\n"
	     "    1 | (function() local t = {} t.t = t return t end)()\n"
	     "      | ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~\n");
	EVAL("math.floor", "s.yaml:1:1: error: a function is no value; did you mean to call it? [lua-error]\n"
	                   "    1 | math.floor\n      | ^~~~~~~~~~\n");
	EVAL("{[1.5] = 1}", "s.yaml:1:1: error: a key of a table must be a text or a whole number, not a number [lua-error]\n"
	                    "    1 | {[1.5] = 1}\n      | ^~~~~~~~~~~\n");
	EVAL("{[5] = 1, ['5'] = 2}",
	     "s.yaml:1:1: error: a table has the number 5 and the text '5' as keys [lua-error]\n"
	     "    1 | {[5] = 1, ['5'] = 2}\n      | ^~~~~~~~~~~~~~~~~~~~\n");
	EVAL("(function() local t = {} for i = 1, 60 do t = {t, t} end return t end)()",
	     "s.yaml:1:1: error: the value is too large [lua-error]\n"
	     "    1 | (function() local t = {} for i = 1, 60 do t = {t, t} end return t end)()\n"
	     "      | ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~\n");
}

static void steps_are_texts_and_values(void **state)
{
	struct world *w = *state;

	EVAL("train", "\"<0>\"");
	EVAL("train.out", "\"<0>\"");
	EVAL("train.out.model", "\"<0model>\"");
	EVAL("train.out['mo' .. 'del']", "\"<0model>\"");
	EVAL("'--m=' .. train.out.model .. ' ' .. train", "\"--m=<0model> <0>\"");
	EVAL("tostring(train)", "\"<0>\"");
	EVAL("string.format('%s', train)", "\"<0>\"");
	EVAL("{train, out.log, out}", "[\"<0>\",\"<outlog>\",\"<out>\"]");
	EVAL("out.model", "\"<outmodel>\"");
	EVAL("train{budget = prev(budget), seed = 3}.out.model", "\"<0model>\"");
	assert_string_equal(w->over, "{\"budget\":{\"prev\":1000},\"seed\":3}");
	EVAL("train.accuracy", "0.5");
	EVAL("train.accuracy + train{seed = 1}.loss", "2.5");
	EVAL("train.acuracy", "s.yaml:1:7: error: 'train' has no metric 'acuracy' [unknown-name]\n    1 | train.acuracy\n"
	                      "      |       ^~~~~~~\n      = hint: did you mean 'accuracy'?\n");
	EVAL("(train.acuracy)", "s.yaml:1:8: error: the step has no metric 'acuracy' [unknown-name]\n"
	                        "    1 | (train.acuracy)\n      |        ^~~~~~~\n"
	                        "      = hint: did you mean 'accuracy'?\n");
	EVAL("train.out.modle", "s.yaml:1:11: error: 'train' has no output 'modle' [lua-error]\n    1 | train.out.modle\n"
	                        "      |           ^~~~~\n");
	EVAL("(train.out.modle)", "s.yaml:1:12: error: 'train' has no output 'modle' [lua-error]\n"
	                          "    1 | (train.out.modle)\n      |            ^~~~~\n");
	EVAL("#score", "3");
	EVAL("score[2].f1", "0.2");
	EVAL("score.f1", "[0.1,0.2,0.4]");
	EVAL("(function() local s = 0 for i, r in ipairs(score) do s = s + r.f1 * i end return s end)()", "1.7000000000000002");
	EVAL("(function() local s = '' for i, r in pairs(score) do s = s .. i .. r.seed end return s end)()", "\"112233\"");
	EVAL("late.accuracy", "waits");
	EVAL("late.accuracy + 1", "waits");
	EVAL("pcall(function() return late.accuracy end)", "waits");
	EVAL("(function() pcall(xpcall, function() return late.x end, function() return 1 end) return 7 end)()", "waits");
	EVAL("late.out.model", "\"<2model>\"");
	assert_int_equal(w->d.errors, 0);
}

static void errors_point_at_the_line(void **state)
{
	struct world *w = *state;
	const char *yaml = "steps:\n  a:\n    check: |\n      function(row)\n        local x = row.name\n        return x.y.z\n"
	                   "      end\n";
	struct span at = { diag_source(&w->d, STR("study.yaml"), str_z(yaml)), 3, 12, 1 };
	struct value arg = json(w, "{\"name\":\"n\"}"), v;
	struct lua_hook *k = lua_hook(w->h, STR("function(row)\n  local x = row.name\n  return x.y.z\nend\n"), at);

	assert_non_null(k);
	assert_false(lua_hook_call(w->h, k, &w->scope, &arg, 1, 0, false, NULL, w->a, &v, &w->d));
	assert_string_equal(said(w), "study.yaml:6:18: error: attempt to index a nil value (field 'y') [lua-error]\n"
	                             "    6 |         return x.y.z\n      |                  ^\n");
	assert_null(lua_hook(w->h, STR("function(row)\n  local x = row.name\n  return x.y.z +\nend\n"), at));
	assert_string_equal(said(w), "study.yaml:3:12: error: unexpected symbol near 'end' [lua-syntax]\n"
	                             "    3 |     check: |\n      |            ^\n");
	assert_null(lua_hook(w->h, STR("function(row)\n  local x = row.name\n  return x.y.z\nend end\n"), at));
	assert_string_equal(said(w), "study.yaml:7:7: error: 'end' cannot stand here: the expression is complete before it [lua-syntax]\n"
	                             "    7 |       end\n      |       ^~~\n");
}

static void errors_of_syntax(void **state)
{
	struct world *w = *state;

	EVAL("budget >", "s.yaml:1:1: error: unexpected symbol at the end [lua-syntax]\n    1 | budget >\n"
	                 "      | ^~~~~~~~\n");
	EVAL("budget = 3", "s.yaml:1:8: error: '=' cannot stand here: the expression is complete before it [lua-syntax]\n"
	                   "    1 | budget = 3\n      |        ^\n      = hint: to compare, write '=='\n");
	EVAL("", "s.yaml:1:1: error: the expression is empty [lua-syntax]\n"
	                        "      = hint: name what shall stand here; a plain ${} is written $${}\n");
	EVAL("1, 2", "s.yaml:1:2: error: an expression has one value, so ',' cannot stand here [lua-syntax]\n"
	             "    1 | 1, 2\n      |  ^\n"
	             "      = hint: several values are a list: {a, b}\n");
	EVAL("return 1", "s.yaml:1:1: error: 'return' starts a statement, but this must be an expression [lua-syntax]\n"
	                 "    1 | return 1\n      | ^~~~~~\n"
	                 "      = hint: statements stand inside a function: function() … end\n");
	EVAL("'abc", "s.yaml:1:1: error: unfinished string at the end [lua-syntax]\n    1 | 'abc\n      | ^~~~\n");
	EVAL("\x1bLua", "s.yaml:1:1: error: unexpected symbol near '<\\27>' [lua-syntax]\n    1 | ?Lua\n      | ^~~~\n");
}

static void unknown_names(void **state)
{
	struct world *w = *state;

	EVAL("1 + budgt", "s.yaml:1:5: error: unknown name 'budgt' [unknown-name]\n    1 | 1 + budgt\n"
	                  "      |     ^~~~~\n      = hint: did you mean 'budget'?\n");
	EVAL("budgt", "s.yaml:1:1: error: unknown name 'budgt' [unknown-name]\n    1 | budgt\n"
	              "      | ^~~~~\n      = hint: did you mean 'budget'?\n");
}

static void names_of_an_expression(void **state)
{
	struct world *w = *state;
	size_t n;
	struct lua_chunk *c = lua_expression(
		w->h, STR("a.b + f(c:d(), {e = g, [h] = 1, i}) -- j\n + (function(k, ...) local l <const> = m for q in pairs(k) do "
	                  "goto z ::z:: end return k, l end)() .. [[o]] .. 'p' .. string.rep(a.r, 2)"),
		(struct span){ 0 });
	const struct str *names = lua_chunk_names(c, &n), *parts;
	const char *const want[] = { "a", "f", "c", "g", "h", "i", "m" };

	assert_int_equal(n, countof(want));
	for (size_t i = 0; i < n; i++)
		assert_true(str_is(names[i], want[i]));
	assert_false(lua_chunk_is_path(c, &parts, &n));
	c = lua_expression(w->h, STR(" a . b --x"), (struct span){ 0 });
	assert_true(lua_chunk_is_path(c, &parts, &n));
	assert_int_equal(n, 2);
	assert_true(str_is(parts[1], "b"));
}

static void reads_are_told(void **state)
{
	struct world *w = *state;

	EVAL("budget + (budget) + share + #policy.name", "2003.2");
	assert_int_equal(w->read_count, 3);
	assert_true(str_is(w->reads[0], "budget") && str_is(w->reads[1], "share") && str_is(w->reads[2], "policy"));
}

static void the_box_is_closed(void **state)
{
	struct world *w = *state;
	static const char *const out_of_it[] = { "io", "os", "debug", "load", "loadstring", "require", "dofile", "next",
		                                 "collectgarbage", "coroutine", "package", "rawset", "_G", "print" };

	for (size_t i = 0; i < countof(out_of_it); i++)
		assert_non_null(strstr(eval_text(w, arena_printf(w->a, "1 + %s", out_of_it[i]).p), "[unknown-name]"));
	EVAL("{string.dump, math.random, math.randomseed, ('x').dump}", "[]");
	EVAL("getmetatable('')", "false");
	EVAL("getmetatable(string)", "false");
	EVAL("tostring({}) .. tostring(pairs) .. tostring(string.format)", "\"tablefunctionfunction\"");
	EVAL("string.format('%s %d %5.1f %%', {}, 3, 1.25)", "\"table 3   1.2 %\"");
	EVAL("pcall(string.format, '%p', {})", "false");
	EVAL("select(2, pcall(string.format, '%5p', {}))", "\"'%p' is not allowed: addresses differ from run to run\"");
	EVAL("select(2, pcall(function() string.rep = 1 end))", "\"the library cannot be changed\"");
	EVAL("select(2, pcall(setmetatable, {}, {__gc = 1}))",
	     "\"'__gc' is not allowed: when it acts differs from run to run\"");
	EVAL("select(2, pcall(function() local x = nil; return x.y end))",
	     "\"attempt to index a nil value (local 'x')\"");
	EVAL("tostring(0/0) .. tostring(-(0/0))", "\"nannan\"");
}

/* As R 4.2.2 and scipy 1.10.1 have them (test_stat_moments.c has their digits). */
static void statistics_of_lists(void **state)
{
	struct world *w = *state;

	EVAL("{stats.sum{1, 2, 4}, stats.mean{1, 2, 3, 4}, stats.median{3, 1, 2, 10}, stats.min{3, 1}, stats.max{3, 1}}",
	     "[7,2.5,2.5,1,3]");
	EVAL("{stats.std{1, 2, 3, 4}, stats.variance{1, 2, 3, 4}, stats.sem{1, 2, 3, 4}}",
	     "[1.2909944487358056,1.6666666666666667,0.6454972243679028]");
	EVAL("{stats.quantile({1, 2, 3, 4}, 0.1), stats.iqm{1, 2, 3, 100}, stats.mad{1, 2, 3, 100}, stats.geomean{1, 4}}",
	     "[1.3,2.5,1,2]");
	EVAL("{stats.ci95{1, 2, 3, 4}}", "[0.4457397432394816,4.554260256760518]");
	EVAL("{stats.ci({1, 2, 3, 4}, 0.95)}", "[0.4457397432394816,4.554260256760518]");
	EVAL("(stats.ci({1, 2, 3, 4}, 0.5)) > 2", "true");
	EVAL("{stats.wilson(15, 25)}", "[0.40739457358967,0.7659669762225203]");
	EVAL("{stats.wilson{true, true, false}}", "[0.20765960080204782,0.9385080552796038]");
	EVAL("(stats.clopper(15, 25)) < (stats.wilson(15, 25, 0.95))", "true");
	EVAL("stats.corr({1, 2, 3}, {2, 4, 7})", "0.9933992677987828");
	EVAL("math.abs(stats.mean(score.f1) - 0.7 / 3) < 1e-16", "true"); /* a gathered metric is a list */
	/* too few values: nil, not nan */
	EVAL("{type(stats.mean{}), type(stats.std{1}), type(stats.ci95{1}), type(stats.wilson{}), type(stats.corr({1, 1}, {1, 2}))}",
	     "[\"nil\",\"nil\",\"nil\",\"nil\",\"nil\"]");
	EVAL("select('#', stats.ci95{1})", "2");
}

#define REFUSED(z, want) EVAL("select(2, pcall(function() return " z " end))", "\"" want "\"")

static void statistics_refuse_other_lists(void **state)
{
	struct world *w = *state;

	REFUSED("stats.mean{1, 'two'}", "stats.mean: item 2 of the list is the text 'two', expected a number: tonumber makes one");
	REFUSED("stats.mean{1, {}}", "stats.mean: item 2 of the list is a table, expected a number");
	REFUSED("stats.std{1, 0/0}", "stats.std: item 2 of the list is not finite");
	REFUSED("stats.std{math.huge}", "stats.std: item 1 of the list is not finite");
	REFUSED("stats.mean{1, nil, 3}", "stats.mean: item 2 of the list is missing; take out what has no value first");
	REFUSED("stats.mean{1, [7] = 3}", "stats.mean: item 2 of the list is missing; take out what has no value first");
	REFUSED("stats.mean{a = 1}", "stats.mean: expected a list of numbers, not a map");
	REFUSED("stats.mean(3)", "stats.mean: argument 1 is a number, expected a list of numbers");
	REFUSED("stats.median()", "stats.median: argument 1 is a no value, expected a list of numbers");
	REFUSED("stats.geomean{1, 0}", "stats.geomean: item 2 of the list is not above 0, so it has no logarithm");
	REFUSED("stats.quantile({1}, 2)", "stats.quantile: argument 2 must be a number from 0 to 1");
	REFUSED("stats.quantile{1}", "stats.quantile: argument 2 must be a number from 0 to 1");
	REFUSED("stats.ci({1, 2}, 95)", "stats.ci: the level must be a number between 0 and 1, such as 0.95");
	REFUSED("stats.wilson{1, 0.5}", "stats.wilson: item 2 of the list is neither 0 nor 1, true nor false");
	REFUSED("stats.clopper(3, 2)", "stats.clopper: expected how many are right and of how many: whole numbers, the first not "
	                               "above the second");
	REFUSED("stats.corr({1}, {1, 2})", "stats.corr: the lists have 1 and 2 items, expected as many");
	REFUSED("stats.mean(score)", "stats.mean: item 1 of the list is a table, expected a number");
	REFUSED("(function() stats.mean = 1 end)()", "the library cannot be changed");
	EVAL("type(stats.nosuch)", "\"nil\"");
}

static void pairs_are_sorted(void **state)
{
	struct world *w = *state;

	EVAL("(function() local s = '' for k, v in pairs{b=1, a=2, 'x', 'y', [-3]='m', [1.5]=0, [true]=1} do "
	     "s = s .. tostring(k) .. ' ' end return s end)()", "\"-3 1 1.5 2 a b true \"");
	EVAL("(function() local t, s = {a=1, b=2, c=3}, '' for k in pairs(t) do t.b = nil; s = s .. k end return s end)()",
	     "\"ac\"");
	EVAL("select(2, pcall(pairs, {[{}] = 1}))", "\"'pairs' has no order for a key that is a table\"");
}

static void conditions(void **state)
{
	struct world *w = *state;
	const struct str args[] = { STR("source"), STR("budget"), STR("type") };
	const char *text = "source == \"gpt\" or budget <= 1000 and type ~= 'x'";
	struct lua_chunk *c = lua_condition(w->h, str_z(text), source_of(w, text), args, 3);
	const struct value gpt = value_str(STR("gpt")), manual = value_str(STR("manual")), few = value_int(100),
			   many = value_int(2000);
	bool yes;

	assert_non_null(c);
	assert_int_equal(lua_test(w->h, c, (const struct value *[]){ &gpt, &many, &gpt }, 3, &yes, &w->d), EVAL_OK);
	assert_true(yes);
	assert_int_equal(lua_test(w->h, c, (const struct value *[]){ &manual, &many, &gpt }, 3, &yes, &w->d), EVAL_OK);
	assert_false(yes);
	assert_int_equal(lua_test(w->h, c, (const struct value *[]){ &manual, &few, &gpt }, 3, &yes, &w->d), EVAL_OK);
	assert_true(yes);
	assert_int_equal(lua_test(w->h, c, (const struct value *[]){ &gpt, &gpt, &gpt }, 3, &yes, &w->d), EVAL_OK);
	assert_int_equal(lua_test(w->h, c, (const struct value *[]){ &manual, &gpt, &gpt }, 3, &yes, &w->d), EVAL_ERROR);
	assert_string_equal(said(w), "s.yaml:1:1: error: attempt to compare string with number [lua-error]\n"
	                             "    1 | source == \"gpt\" or budget <= 1000 and type ~= 'x'\n"
	                             "      | ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~\n");
	assert_null(lua_condition(w->h, STR("budgt > 3"), source_of(w, "budgt > 3"), args, 3));
	assert_string_equal(said(w), "s.yaml:1:1: error: unknown name 'budgt' [unknown-name]\n    1 | budgt > 3\n"
	                             "      | ^~~~~\n      = hint: did you mean 'budget'?\n");
}

static void files_and_hooks(void **state)
{
	struct world *w = *state;

	assert_true(load(w, "local factor = 2\ncount = 0\ngraders = {}\ndialogues = {}\n"
	                    "function double(x) return x * factor end\n"
	                    "function graders.gpt(row, reply) return row.a == reply end\n"
	                    "function dialogues.one(row) count = count + 1; graders.x = 1; factor = 3; return count end\n"
	                    "function reads() return budget end\n"
	                    "function typo() return budgt end\n"));
	assert_true(lua_host_defines(w->h, STR("double")) && !lua_host_defines(w->h, STR("factor")));
	EVAL("double(budget)", "2000");
	EVAL("reads()", "1000");
	EVAL("typo()", "hooks.lua:9:24: error: unknown name 'budgt' [unknown-name]\n"
	               "    9 | function typo() return budgt end\n      |                        ^~~~~\n"
	               "      = hint: did you mean 'budget'?\n"
	               "s.yaml:1:1: note: called from here\n    1 | typo()\n      | ^~~~~~\n");
	HOOK("dialogues.one", "[1]", "1");
	HOOK("dialogues.one", "[1]", "1");
	HOOK("double", "[4]", "8");
	HOOK("graders[source]", "[{\"a\": 3}, 3]", "true");
	HOOK("function(x) y = x return y end", "[5]", "5");
	EVAL("(function() return graders.x end)()", "null");
	HOOK("function(x) return {x, ...} end", "[5]", "s.yaml:1:24: error: cannot use '...' outside a vararg function near "
	                                               "'...' [lua-syntax]\n    1 | function(x) return {x, ...} end\n"
	                                               "      |                        ^~~\n");
}

static void random_is_seeded(void **state)
{
	struct world *w = *state;
	const char *z = "{random(), random(10), random(5, 6)}";

	assert_string_equal(hook_text(w, z, "[]", 7), hook_text(w, z, "[]", 7));
	assert_string_not_equal(hook_text(w, z, "[]", 7), hook_text(w, z, "[]", 8));
	HOOK("random()", "[]", "s.yaml:1:1: error: 'random' works only in hooks of a running task: only those have a seed "
	                       "[lua-error]\n    1 | random()\n      | ^~~~~~~~\n");
	assert_string_equal(hook_text(w, "random(0)", "[]", 1),
	                    "s.yaml:1:1: error: 'random' was asked for a number between 1 and 0 [lua-error]\n"
	                    "    1 | random(0)\n      | ^~~~~~~~~\n");
}

static const char *source_text(struct world *w, const char *z)
{
	return lua_hook_source(lua_hook(w->h, str_z(z), (struct span){ 0 })).p;
}

static void canonical_source(void **state)
{
	struct world *w = *state;
	size_t n;

	assert_true(load(w, "-- about\nlocal LIMIT <const> = 3\nweights = {a = 1}\nfunction unused() return 1 end\n"
	                    "function used(x)\n  -- says\n  return helper(x) + LIMIT + other_step\nend\n"
	                    "local function helper2() return weights end\n"
	                    "function helper(x) return helper2()[x] end\n"
	                    "weights.b = 2\nsetmetatable(weights, {__index = function() return fallback end})\n"
	                    "for i = 1, 3 do while false do end weights[i] = i end\n"));
	assert_string_equal(source_text(w, "used( budget ) -- x"),
	                    "used ( budget )\n"
	                    "local LIMIT < const > = 3\n"
	                    "function helper ( x ) return helper2 ( ) [ x ] end\n"
	                    "local function helper2 ( ) return weights end\n"
	                    "function used ( x ) return helper ( x ) + LIMIT + other_step end\n"
	                    "weights = { a = 1 }\n"
	                    "weights . b = 2\n"
	                    "setmetatable ( weights , { __index = function ( ) return fallback end } )\n"
	                    "for i = 1 , 3 do while false do end weights [ i ] = i end");
	assert_string_equal(source_text(w, "unused()"), "unused ( )\nfunction unused ( ) return 1 end");
	assert_string_equal(source_text(w, "budget"), "budget");
	struct lua_hook *k = lua_hook(w->h, STR("used(budget)"), (struct span){ 0 });
	const struct str *names = lua_hook_names(k, &n);

	assert_int_equal(n, 3);
	assert_true(str_is(names[0], "budget") && str_is(names[1], "other_step") && str_is(names[2], "fallback"));
}

static void kinds_in_lua(void **state)
{
	struct world *w = *state;
	uint32_t file = diag_source(&w->d, STR("mine.lua"), STR("local n = 0\n"
	                            "local function more() n = n + 1 return n end\n"
	                            "return {name = 'mine', version = 2, fields = {of = {type = 'table'}},\n"
	                            "  run = function(job) return {{x = job.fields.k + more(), r = random(3) <= 3}} end}\n"));
	struct value v, arg = json(w, "{\"fields\":{\"k\":4}}");

	assert_true(lua_host_load(w->h, file, STR("mine.lua")));
	assert_true(lua_host_kinds(w->h, STR("mine.lua"), (struct span){ 0 }, w->a, &v));
	assert_string_equal(shown(w, &v), "[{\"fields\":{\"of\":{\"type\":\"table\"}},\"name\":\"mine\",\"run\":true,\"version\":2}]");
	for (int i = 0; i < 2; i++) {
		assert_true(lua_kind_call(w->h, STR("mine.lua"), STR("mine"), &arg, 1, NULL, w->a, &v, &w->d));
		assert_string_equal(shown(w, &v), "[{\"r\":true,\"x\":5}]");
	}
	assert_string_equal(lua_kind_source(w->h, STR("mine.lua"), STR("mine")).p,
	                    "local function more ( ) n = n + 1 return n end\nlocal n = 0\n"
	                    "return { name = 'mine' , version = 2 , fields = { of = { type = 'table' } } , run = function ( job ) "
	                    "return { { x = job . fields . k + more ( ) , r = random ( 3 ) <= 3 } } end }");
	EVAL("1 + more", "s.yaml:1:5: error: unknown name 'more' [unknown-name]\n    1 | 1 + more\n"
	                 "      |     ^~~~\n      = hint: did you mean 'none'?\n");
	assert_false(lua_kind_call(w->h, STR("mine.lua"), STR("mine"), &(struct value){ .type = V_MAP }, 1, NULL, w->a, &v,
	                           &w->d));
	assert_string_equal(said(w), "mine.lua:4:40: error: attempt to index a nil value (field 'fields') [lua-error]\n"
	                    "    4 |   run = function(job) return {{x = job.fields.k + more(), r = random(3) <= 3}} end}\n"
	                    "      |                                        ^~~~~~\n");
}

static void broken_files(void **state)
{
	struct world *w = *state;

	assert_false(load(w, "x = 1\nfunction f(\n"));
	assert_string_equal(said(w), "hooks.lua:2:1: error: <name> or '...' expected at the end [lua-syntax]\n"
	                             "    2 | function f(\n      | ^~~~~~~~~~~\n");
	assert_false(load(w, "y = 1\nz = y.a.b\n"));
	assert_string_equal(said(w), "hooks.lua:2:5: error: attempt to index a number value (global 'y') [lua-error]\n"
	                             "    2 | z = y.a.b\n      |     ^\n");
	assert_false(load(w, "a = 1\nb = aa\n"));
	assert_string_equal(said(w), "hooks.lua:2:5: error: unknown name 'aa' [unknown-name]\n    2 | b = aa\n"
	                             "      |     ^~\n");
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
	const struct CMUnitTest tests[] = {
		T(values_come_and_go), T(numbers_stay_what_they_are), T(the_empty_map_stays_one), T(what_is_no_value),
		T(steps_are_texts_and_values), T(errors_point_at_the_line), T(errors_of_syntax), T(unknown_names),
		T(names_of_an_expression), T(reads_are_told), T(the_box_is_closed), T(statistics_of_lists),
		T(statistics_refuse_other_lists), T(pairs_are_sorted), T(conditions),
		T(files_and_hooks), T(random_is_seeded), T(canonical_source), T(kinds_in_lua), T(broken_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
