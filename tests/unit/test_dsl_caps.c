/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Proves: no hook can take more memory, instructions or time than it may, whatever it tries; the error says which cap and
 * where; afterwards the host works as before, files of `lua:` included.
 */
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lua_fixture.h"

/* Each runs into its own cap long before the others, on a loaded machine too. */
static const struct lua_caps small = { .memory = 8 << 20, .instructions = 3000000, .wall_s = 60 };
static const struct lua_caps patient = { .memory = 8 << 20, .instructions = UINT64_C(1) << 60, .wall_s = 0.15 };
static const struct lua_caps roomy = { .memory = 256 << 20, .instructions = 3000000, .wall_s = 60 };

static const char *capped_args(struct world *w, const char *z, const struct lua_caps *caps)
{
	struct value v, arg = value_str(STR("x"));
	struct lua_hook *k = lua_hook(w->h, str_z(z), source_of(w, z));
	struct timespec from, to;

	clock_gettime(CLOCK_MONOTONIC, &from);
	if (!k || !lua_hook_call(w->h, k, &w->scope, &arg, 1, 1, true, caps, w->a, &v, &w->d)) {
		clock_gettime(CLOCK_MONOTONIC, &to);
		assert_true(to.tv_sec - from.tv_sec < 50); /* far from the minutes it would take; a loaded machine is no failure */
		return said(w);
	}
	return shown(w, &v);
}

/* The first line of what is said, without the place's column; afterwards everything works. */
static void stopped(struct world *w, const char *z, const struct lua_caps *caps, const char *want)
{
	const char *got = capped_args(w, z, caps);
	size_t n = strlen(want);

	if (strncmp(got, want, n))
		fail_msg("%s\n  gave: %s\n  not: %s", z, got, want);
	assert_string_equal(eval_text(w, "double(budget) + 1"), "2001");
	assert_string_equal(hook_text(w, "function(s) return s:rep(3) end", "[\"ab\"]", 0), "\"ababab\"");
}

static int setup(void **state)
{
	int result = world_setup(state);
	struct world *w = *state;

	assert_true(load(w, "function double(x) return x * 2 end\nfunction forever()\n  while true do end\nend\n"
	                    "function try(f)\n  while true do pcall(f) end\nend\n"));
	return result;
}

#define INSTRUCTIONS "hook stopped: more than 3,000,000 instructions [lua-cap]\n"
#define WALL "hook stopped: ran longer than 0.15 s [lua-cap]\n"
#define MEMORY "hook stopped: needs more than 8 MiB [lua-cap]\n"

static void endless_loops(void **state)
{
	struct world *w = *state;

	stopped(w, "function()\n  local n = 0\n  while true do n = n + 1 end\nend", &small,
	        "s.yaml:3:3: error: " INSTRUCTIONS "    3 |   while true do n = n + 1 end\n      |   ^~");
	stopped(w, "function() ::a:: goto a end", &small, "s.yaml:1:1: error: " INSTRUCTIONS);
	stopped(w, "function() repeat until false end", &small, "s.yaml:1:1: error: " INSTRUCTIONS);
	stopped(w, "function() for i = 1, math.huge do end end", &small, "s.yaml:1:1: error: " INSTRUCTIONS);
	stopped(w, "forever()", &small, "hooks.lua:3:3: error: " INSTRUCTIONS);
	stopped(w, "function()\n  while true do end\nend", &patient, "s.yaml:2:3: error: " WALL);
	stopped(w, "function() local function f() return f() end return f() end", &small, "s.yaml:1:1: error: " INSTRUCTIONS);
}

static void nothing_swallows_a_cap(void **state)
{
	struct world *w = *state;

	stopped(w, "try(function() while true do end end)", &small, "s.yaml:1:1: error: " INSTRUCTIONS);
	stopped(w, "try(forever)", &small, "hooks.lua:3:3: error: " INSTRUCTIONS);
	stopped(w, "function() while true do xpcall(forever, function() while true do end end) end end", &small,
	        "hooks.lua:3:3: error: " INSTRUCTIONS);
	stopped(w, "function() local x <close> = setmetatable({}, {__close = forever}) error('a') end", &small,
	        "hooks.lua:3:3: error: " INSTRUCTIONS);
	stopped(w, "function() local x <close> = setmetatable({}, {__close = function() forever() end}) forever() end", &small,
	        "hooks.lua:3:3: error: " INSTRUCTIONS);
	stopped(w, "function() table.sort({3, 2, 1}, forever) end", &small, "hooks.lua:3:3: error: " INSTRUCTIONS);
	stopped(w, "function() return ('x'):gsub('.', forever) end", &small, "hooks.lua:3:3: error: " INSTRUCTIONS);
	stopped(w, "function() return tostring(setmetatable({}, {__tostring = forever})) end", &small,
	        "hooks.lua:3:3: error: " INSTRUCTIONS);
	stopped(w, "function() for k in setmetatable({}, {__call = forever}) do end end", &small,
	        "hooks.lua:3:3: error: " INSTRUCTIONS);
	stopped(w, "function() while true do pcall(string.rep, 'x', 1 << 24) end end", &small,
	        "s.yaml:1:1: error: " MEMORY);
	stopped(w, "function() while true do pcall(pcall, string.rep, 'x', 1e8) end end", &small, "s.yaml:1:1: error: " MEMORY);
}

static void runaway_c_functions(void **state)
{
	struct world *w = *state;

	stopped(w, "function()\n  return ('a'):rep(40):find(('a*'):rep(40) .. 'b')\nend", &patient, "s.yaml:2:3: error: " WALL);
	stopped(w, "function()\n\n  return ('a'):rep(40):match(('a*'):rep(40) .. 'b')\nend", &patient, "s.yaml:3:3: error: " WALL);
	stopped(w, "('a'):rep(40):gsub(('a*'):rep(40) .. 'b', '')", &patient, "s.yaml:1:1: error: " WALL);
	stopped(w, "pcall(string.find, ('a'):rep(40), ('a*'):rep(40) .. 'b')", &patient, "s.yaml:1:1: error: " WALL);
	stopped(w, "function() for x in ('a'):rep(40):gmatch(('a*'):rep(40) .. 'b') do end end", &patient,
	        "s.yaml:1:1: error: " WALL);
	stopped(w, "function() while true do pcall(string.find, ('a'):rep(40), ('a*'):rep(40) .. 'b') end end", &patient,
	        "s.yaml:1:1: error: " WALL);
	stopped(w, "function() return table.concat(setmetatable({}, {__len = function() return 1 << 60 end, "
	           "__index = function() return '' end})) end", &roomy, "s.yaml:1:1: error: hook stopped: more than 3,000,000 i");
}

static void memory_hogs(void **state)
{
	struct world *w = *state;

	stopped(w, "('x'):rep(1 << 40)", &small, "s.yaml:1:1: error: resulting string too large [lua-error]\n");
	stopped(w, "('x'):rep(1 << 30)", &small, "s.yaml:1:1: error: " MEMORY);
	stopped(w, "('x'):rep(1e6):rep(1e3)", &small, "s.yaml:1:1: error: " MEMORY);
	stopped(w, "function()\n  local t = {}\n  for i = 1, 1e9 do t[i] = i .. 'x' end\nend", &small,
	        "s.yaml:3:3: error: " MEMORY);
	stopped(w, "function() local s = 'x' while true do s = s .. s end end", &small, "s.yaml:1:1: error: " MEMORY);
	stopped(w, "function() return {unpack({}, 1, 1e6)} end", &small, "s.yaml:1:1: error: ");
	stopped(w, "function() local t = setmetatable({}, {__index = function(t) return ('x'):rep(1e9) end}) return t.x end",
	        &small, "s.yaml:1:1: error: " MEMORY);
	/* Garbage is collected before anything is refused. */
	assert_string_equal(capped_args(w, "function() local n = 0 for i = 1, 2000 do n = n + #('x'):rep(100000) end return n end",
	                                &small), "200000000");
}

static void odd_errors(void **state)
{
	struct world *w = *state;

	stopped(w, "error(nil)", &small, "s.yaml:1:1: error: error was called without a text [lua-error]\n");
	stopped(w, "error({})", &small, "s.yaml:1:1: error: error was called with a table instead of a text [lua-error]\n");
	stopped(w, "error(setmetatable({}, {__tostring = forever, __name = 'x', __concat = forever}))", &small,
	        "s.yaml:1:1: error: error was called with a table instead of a text [lua-error]\n");
	stopped(w, "error('a\\0b\\n' .. 1)", &small, "s.yaml:1:1: error: a?b\n        1 [lua-error]\n");
	stopped(w, "error(train)", &small, "s.yaml:1:1: error: error was called with a userdata instead of a text [lua-error]\n");
	stopped(w, "error(12)", &small, "s.yaml:1:1: error: error(12) [lua-error]\n");
	stopped(w, "error('mine', 0)", &small, "s.yaml:1:1: error: mine [lua-error]\n");
	stopped(w, "function() local function f() return 1 + f() end return f() end", &roomy,
	        "s.yaml:1:1: error: stack overflow [lua-error]\n");
	stopped(w, "function() local function f(s) return (s:gsub('.', f)) end return f('x') end", &roomy,
	        "s.yaml:1:1: error: C stack overflow [lua-error]\n");
	stopped(w, "function() local t = {} setmetatable(t, {__index = t}) return t.x end", &roomy,
	        "s.yaml:1:1: error: '__index' chain too long; possible loop [lua-error]\n");
	stopped(w, "function() getmetatable('').__index = nil end", &small,
	        "s.yaml:1:1: error: attempt to index a boolean value [lua-error]\n");
	stopped(w, "setmetatable('x', {})", &small,
	        "s.yaml:1:1: error: bad argument #1 to 'setmetatable' (table expected, got string) [lua-error]\n");
}

#define DEEP "s.yaml:1:1: error: brackets or functions are nested too deeply [lua-syntax]\n"

static void of_compiling(void **state)
{
	struct world *w = *state;
	struct sb b;

	sb_init(&b, 1 << 22);
	for (int i = 0; i < 100000; i++)
		sb_char(&b, '(');
	const char *got = eval_text(w, b.s);

	assert_memory_equal(got, DEEP, strlen(DEEP));
	sb_clear(&b);
	sb_char(&b, '1');
	for (int i = 0; i < 300000; i++)
		sb_z(&b, "+1");
	assert_string_equal(eval_text(w, b.s), "300001");
	sb_release(&b);
	assert_string_equal(eval_text(w, "double(1)"), "2");
}

static void conditions_too(void **state)
{
	struct world *w = *state;
	const struct str args[] = { STR("x") };
	const struct value one = value_int(1);
	struct lua_host *h = lua_host_new(w->a, &w->d, patient);
	struct lua_chunk *c = lua_condition(h, STR("('a'):rep(40):find(('a*'):rep(39 + x) .. 'b')"), (struct span){ 0 }, args, 1);
	struct lua_chunk *plain = lua_condition(h, STR("x == 1"), (struct span){ 0 }, args, 1);
	bool yes = false;

	for (int i = 0; i < 3; i++) {
		assert_int_equal(lua_test(h, c, (const struct value *[]){ &one }, 1, &yes, &w->d), EVAL_ERROR);
		assert_string_equal(said(w), "error: hook stopped: ran longer than 0.15 s [lua-cap]\n"
		                             "      = hint: expressions and hooks are for small things: let a command do the work\n");
		assert_int_equal(lua_test(h, plain, (const struct value *[]){ &one }, 1, &yes, &w->d), EVAL_OK);
		assert_true(yes);
	}
	lua_host_free(h);
}

/* A callback that evaluates something itself, which then hits a cap: both calls end, nothing is touched twice. */
static struct name_meaning nested_name(void *user, struct str name)
{
	struct world *w = user;
	struct value v = value_int(0);

	if (str_is(name, "inner"))
		(void)lua_eval(w->h, lua_expression(w->h, STR("1 + budget"), (struct span){ 0 }), &w->scope, w->a, &v, &w->d);
	if (str_is(name, "bad")) {
		struct lua_hook *k = lua_hook(w->h, STR("forever()"), (struct span){ 0 });

		(void)lua_hook_call(w->h, k, &w->scope, NULL, 0, 0, false, &small, w->a, &v, &w->d);
	}
	return (struct name_meaning){ .what = NAME_VALUE, .value = v };
}

static void calls_inside_calls(void **state)
{
	struct world *w = *state;
	struct lua_scope scope = { .user = w, .name = nested_name };
	struct lua_chunk *c = lua_expression(w->h, STR("inner + 1"), (struct span){ 0 });
	struct value v;

	assert_int_equal(lua_eval(w->h, c, &scope, w->a, &v, &w->d), EVAL_OK);
	assert_int_equal(v.i, 1002);
	c = lua_expression(w->h, STR("pcall(function() return bad + 1 end)"), (struct span){ 0 });
	assert_int_equal(lua_eval(w->h, c, &scope, w->a, &v, &w->d), EVAL_ERROR);
	assert_non_null(strstr(said(w), "hook stopped: more than 3,000,000 instructions"));
	assert_string_equal(eval_text(w, "double(4)"), "8");
}

static void after_a_fork(void **state)
{
	struct world *w = *state;
	int status;

	assert_string_equal(eval_text(w, "double(4)"), "8"); /* the timer exists */
	pid_t pid = fork();

	if (pid == 0) {
		const char *got = capped_args(w, "('a'):rep(40):find(('a*'):rep(40) .. 'b')", &patient);

		_exit(strstr(got, "ran longer than 0.15 s") ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, world_teardown)
	const struct CMUnitTest tests[] = {
		T(endless_loops), T(nothing_swallows_a_cap), T(runaway_c_functions), T(memory_hogs), T(odd_errors),
		T(of_compiling), T(conditions_too), T(calls_inside_calls), T(after_a_fork),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
