/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Proves: the top level of a study is checked as a whole, every mistake in one go, each with its place and a way out;
 * overrides and phases change what they should and nothing else. Asserts whole texts.
 */
#include "tests/unit/study_fixture.h"

/* "a,b,c" of an axis. */
static const char *labels(struct fixture *f, const char *name)
{
	const struct axis *x = map_get(&f->s->axis_by_name, str_z(name));
	struct str out = STR("");

	for (size_t i = 0; i < x->n; i++)
		out = arena_printf(f->a, STR_FMT "%s" STR_FMT, STR_ARG(out), i ? "," : "", STR_ARG(x->labels[i]));
	return out.p;
}

static void the_top_level(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(load(f, "study: Label Budget\nabuot: x\nlanguage: 2\nceiling: 5\n"),
	                    "s.yaml: error: 'steps' is missing [missing-key]\n"
	                    "      = hint: steps: what is done, by name: see 'rung help step' and 'rung help KIND'\n"
	                    "s.yaml:1:8: error: 'Label Budget' cannot be the name of a study [bad-name]\n"
	                    "    1 | study: Label Budget\n"
	                    "      |        ^~~~~~~~~~~~\n"
	                    "      = hint: at most 100 of a-z, 0-9, '-' and '_'\n"
	                    "s.yaml:2:1: error: unknown key 'abuot' [unknown-key]\n"
	                    "    2 | abuot: x\n"
	                    "      | ^~~~~\n"
	                    "      = hint: did you mean 'about'?\n"
	                    "s.yaml:3:11: error: 'language' is 2; it must be 1 [out-of-range]\n"
	                    "    3 | language: 2\n"
	                    "      |           ^\n"
	                    "s.yaml:4:10: error: 'ceiling' must be money such as 0.50 USD, not the integer 5 [wrong-type]\n"
	                    "    4 | ceiling: 5\n"
	                    "      |          ^\n"
	                    "      = hint: write the currency: 5 USD\n");
	assert_string_equal(load(f, "- a\n"), "s.yaml:1:1: error: a study is a map, not a list [not-a-map]\n"
	                                      "    1 | - a\n"
	                                      "      | ^\n"
	                                      "      = hint: it starts with `study: NAME`\n");
}

static void names(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(load(f, HEAD "params: {seed: 3, end: 4}\naxes:\n  seed: [1]\n  model-x: [a]\nsteps:\n  out: {run: x}\n"),
	                    "s.yaml:2:10: error: 'seed' names an axis and a param [name-clash]\n"
	                    "    2 | params: {seed: 3, end: 4}\n"
	                    "      |          ^~~~\n"
	                    "      = hint: expressions read both by bare name: rename one\n"
	                    "s.yaml:4:3: note: the axis is here\n"
	                    "    4 |   seed: [1]\n"
	                    "      |   ^~~~\n"
	                    "s.yaml:2:19: error: 'end' cannot be the name of a param: expressions give it another meaning "
	                    "[reserved-name]\n"
	                    "    2 | params: {seed: 3, end: 4}\n"
	                    "      |                   ^~~\n"
	                    "      = hint: 'my_end' could\n"
	                    "s.yaml:5:3: error: 'model-x' cannot be the name of an axis: letters, digits and '_' can [bad-name]\n"
	                    "    5 |   model-x: [a]\n"
	                    "      |   ^~~~~~~\n"
	                    "      = hint: 'model_x' could\n"
	                    "s.yaml:7:3: error: 'out' cannot be the name of a step: expressions give it another meaning "
	                    "[reserved-name]\n"
	                    "    7 |   out: {run: x}\n"
	                    "      |   ^~~\n"
	                    "      = hint: 'my_out' could\n");
}

static void ranges(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(load(f, HEAD STEPS "axes:\n  a: {from: 1, to: 5, step: 2}\n  b: {from: 0, to: 1, step: 0.1}\n"
	                                       "  c: {from: 1, to: 1000, points: 7, scale: log}\n  d: {from: 0, to: 1, points: 5}\n"
	                                       "  e: {from: 3, to: 1, step: -1}\n  f: {from: 0.001, to: 1, points: 4, scale: log}\n"
	                                       "  g: {from: 5, to: 5}\n"), "");
	assert_string_equal(labels(f, "a"), "1,3,5");
	assert_string_equal(labels(f, "b"), "0,0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,0.9,1");
	assert_string_equal(labels(f, "c"), "1,3,10,32,100,316,1000");
	assert_string_equal(labels(f, "d"), "0,0.25,0.5,0.75,1");
	assert_string_equal(labels(f, "e"), "3,2,1");
	assert_string_equal(labels(f, "f"), "0.001,0.01,0.1,1");
	assert_string_equal(labels(f, "g"), "5");
}

static void bad_axes(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(load(f, HEAD STEPS "axes:\n  a: {from: 1, to: 1000000000}\n  b: [1, 2, '2']\n  c: [1, {name: x}, null]\n"
	                                       "  d: [{v: 1}]\n  e: {from: 9, to: 1}\n  g: []\n  h: {from: 0, to: 1, step: 1e-9}\n"),
	                    "s.yaml:4:6: error: from 1 to 1000000000 makes 1,000,000,000 values; the limit is 1,000,000 [axis-too-long]\n"
	                    "    4 |   a: {from: 1, to: 1000000000}\n"
	                    "      |      ^\n"
	                    "      = hint: a larger `step` makes fewer, and `points: N` as many as that\n"
	                    "s.yaml:5:13: error: axis 'b' has the value '2' twice [axis-duplicate]\n"
	                    "    5 |   b: [1, 2, '2']\n"
	                    "      |             ^~~\n"
	                    "      = hint: take one away; a number and a text of the same spelling have one name\n"
	                    "s.yaml:5:10: note: the first is here\n"
	                    "    5 |   b: [1, 2, '2']\n"
	                    "      |          ^\n"
	                    "s.yaml:6:10: error: axis 'c' mixes maps with plain values [axis-value]\n"
	                    "    6 |   c: [1, {name: x}, null]\n"
	                    "      |          ^\n"
	                    "      = hint: write the plain ones as maps too: {name: …}\n"
	                    "s.yaml:6:21: error: a value of axis 'c' cannot be nothing [axis-value]\n"
	                    "    6 |   c: [1, {name: x}, null]\n"
	                    "      |                     ^~~~\n"
	                    "      = hint: values are text, numbers, true or false, or maps with a 'name'\n"
	                    "s.yaml:7:7: error: a map on axis 'd' needs a 'name' [axis-value]\n"
	                    "    7 |   d: [{v: 1}]\n"
	                    "      |       ^\n"
	                    "      = hint: - {name: base, …}: the name stands in the names of tasks and in tables\n"
	                    "s.yaml:8:20: error: steps of 1 never get from 9 to 1 [bad-range]\n"
	                    "    8 |   e: {from: 9, to: 1}\n"
	                    "      |                    ^\n"
	                    "      = hint: a falling range needs a negative step: step: -1\n"
	                    "s.yaml:9:3: error: axis 'g' has no values [axis-empty]\n"
	                    "    9 |   g: []\n"
	                    "      |   ^\n"
	                    "      = hint: list some: [1, 2, 3]; or take the axis out\n"
	                    "s.yaml:10:6: error: from 0 to 1 by 1e-9 makes 1,000,000,001 values; the limit is 1,000,000 [axis-too-long]\n"
	                    "   10 |   h: {from: 0, to: 1, step: 1e-9}\n"
	                    "      |      ^\n"
	                    "      = hint: a larger `step` makes fewer, and `points: N` as many as that\n");
}

static void labels_are_encoded(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(load(f, HEAD STEPS "axes: {a: ['x,y', 'p[1]', '50%', \"a\\tb\", a b], b: [{name: 'n,1', v: 2}]}\n"), "");
	assert_string_equal(labels(f, "a"), "x%2Cy,p%5B1%5D,50%25,a%09b,a b");
	assert_string_equal(labels(f, "b"), "n%2C1");
}

static void overrides(void **state)
{
	struct fixture *f = *state;
	const struct str sets[] = { STR("n=5"), STR("lr.gpt=0.25"), STR("t=[1, x]") }, only[] = { STR("a=3,1"), STR("p=two") };

	f->o.sets = sets;
	f->o.set_count = countof(sets);
	f->o.only = only;
	f->o.only_count = countof(only);
	f->o.phase = STR("pilot");
	assert_string_equal(load(f, HEAD STEPS "params: {n: 1, m: 1, t: x, lr: {gpt: 1, man: 2}}\n"
	                                       "axes: {a: [1, 2, 3], b: [x, y], p: [{name: one}, {name: two}]}\n"
	                                       "ceiling: 9 USD\nphases:\n  pilot: {only: {a: [2], b: y}, set: {n: 7, m: 8}, ceiling: 1 USD}\n"
	                                       "  full: {}\n"), "");
	assert_string_equal(json_of(f, &f->s->params), "{\"n\":5,\"m\":8,\"t\":[1,\"x\"],\"lr\":{\"gpt\":0.25,\"man\":2}}");
	assert_string_equal(labels(f, "a"), "1,3");
	assert_string_equal(labels(f, "b"), "y");
	assert_string_equal(labels(f, "p"), "two");
	assert_true(f->s->ceiling == 1000000000000);
	const struct str *phases;

	assert_int_equal(study_phases(f->s, &phases), 2);
	assert_true(str_is(phases[1], "full"));
}

static void bad_overrides(void **state)
{
	struct fixture *f = *state;
	const struct str sets[] = { STR("epok=3"), STR("epoch"), STR("lr=3"), STR("seed=1") };
	const struct str only[] = { STR("seed=3"), STR("epoch=1"), STR("seed=") };

	f->o.sets = sets;
	f->o.set_count = countof(sets);
	f->o.only = only;
	f->o.only_count = countof(only);
	f->o.phase = STR("pilto");
#define LINE "    1 | rung --phase pilto -s epok=3 -s epoch -s lr=3 -s seed=1 --only seed=3 --only epoch=1 --only seed=\n"
	assert_string_equal(load(f, HEAD STEPS "params: {epoch: 1, lr: {gpt: 1}}\naxes: {seed: [1, 2]}\nphases:\n  pilot: {set: {n: 1}}\n"),
	                    "s.yaml:6:17: error: there is no param 'n' [unknown-param]\n"
	                    "    6 |   pilot: {set: {n: 1}}\n"
	                    "      |                 ^\n"
	                    "      = hint: one of 'epoch', 'lr'\n"
	                    "command line:1:14: error: there is no phase 'pilto' [unknown-phase]\n" LINE
	                    "      |              ^~~~~\n"
	                    "      = hint: did you mean 'pilot'?\n"
	                    "command line:1:23: error: there is no param 'epok' [unknown-param]\n" LINE
	                    "      |                       ^~~~\n"
	                    "      = hint: did you mean 'epoch'?\n"
	                    "command line:1:33: error: 'epoch' has no '=' [override]\n" LINE
	                    "      |                                 ^~~~~\n"
	                    "      = hint: -s epoch=5\n"
	                    "command line:1:42: error: param 'lr' is a map; name what to set in it [override]\n" LINE
	                    "      |                                          ^~\n"
	                    "      = hint: lr.gpt=…\n"
	                    "command line:1:50: error: there is no param 'seed' [unknown-param]\n" LINE
	                    "      |                                                  ^~~~\n"
	                    "      = hint: 'seed' is an axis: --only seed=…\n"
	                    "command line:1:69: error: axis 'seed' has no value '3' [unknown-value]\n" LINE
	                    "      |                                                                     ^\n"
	                    "      = hint: one of '1', '2'\n"
	                    "command line:1:78: error: there is no axis 'epoch' [unknown-axis]\n" LINE
	                    "      |                                                                              ^~~~~\n"
	                    "      = hint: 'epoch' is a param: -s epoch=…\n"
	                    "command line:1:93: error: no value of axis 'seed' is left [nothing-left]\n" LINE
	                    "      |                                                                                             ^~~~\n"
	                    "      = hint: name at least one of its values\n");
}

static void datasets_and_files(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(load(f, HEAD STEPS "lua: [h.lua, ../x.lua]\nplugins: p.so\ndatasets:\n  d: {id: x}\n  e: /etc/x\n"),
	                    "s.yaml:3:7: error: cannot read the Lua file 'h.lua': No such file or directory [cannot-read]\n"
	                    "    3 | lua: [h.lua, ../x.lua]\n"
	                    "      |       ^~~~~\n"
	                    "      = hint: paths are relative to the folder of the study\n"
	                    "s.yaml:3:14: error: the Lua file '../x.lua' is not inside the study's folder [outside]\n"
	                    "    3 | lua: [h.lua, ../x.lua]\n"
	                    "      |              ^~~~~~~~\n"
	                    "      = hint: copy it there, or link to it from there: a study is one folder\n"
	                    "s.yaml:4:10: error: 'p.so' is no Lua file [plugin-file]\n"
	                    "    4 | plugins: p.so\n"
	                    "      |          ^~~~\n"
	                    "      = hint: plugins of a study end in '.lua'\n"
	                    "s.yaml:6:3: error: 'd' needs 'path' [missing-key]\n"
	                    "    6 |   d: {id: x}\n"
	                    "      |   ^\n"
	                    "      = hint: path: CSV or JSON Lines file of the study\n"
	                    "s.yaml:7:6: error: the dataset '/etc/x' is not inside the study's folder [outside]\n"
	                    "    7 |   e: /etc/x\n"
	                    "      |      ^~~~~~\n"
	                    "      = hint: copy it there, or link to it from there: a study is one folder\n");
}

static void plugins(void **state)
{
	struct fixture *f = *state;
	const struct study_file files[] = {
		{ .path = STR("s.yaml"), .text = STR(HEAD "plugins: [p/mine.lua, two.lua]\nsteps:\n  a: {double: {of: b, times: 0, how: c}}\n"
	                                             "  b: {double: {of: x}}\n") },
		{ .path = STR("p/mine.lua"),
		  .text = STR("return { {name = 'double', version = 3, run = function(t) return t.inputs.of end, fields = {\n"
		              "of = {type = 'table', required = true}, how = {type = 'text', choices = {'a', 'b'}, default = 'a'},\n"
		              "tags = {type = 'text|list', default = {'x'}}, times = {type = 'integer', default = 2, min = 1} }} }\n") },
		{ .path = STR("two.lua"), .text = STR("return { {name = 'run', run = function() end} }\n") },
	};
	struct sb b;
	size_t n;

	f->o.snapshot = files;
	f->o.snapshot_count = countof(files);
	assert_false(study_load(&f->o, f->a, &f->d, &f->s));
	sb_init(&b, 1 << 20);
	diags_render(&f->d, &b, false);
	assert_string_equal(b.s, "s.yaml:2:23: error: the plugin defines the kind 'run', which exists already [plugin-kind]\n"
	                         "    2 | plugins: [p/mine.lua, two.lua]\n"
	                         "      |                       ^~~~~~~\n"
	                         "      = hint: give it another name\n"
	                         "s.yaml:4:30: error: 'times' is 0; it must be at least 1 [out-of-range]\n"
	                         "    4 |   a: {double: {of: b, times: 0, how: c}}\n"
	                         "      |                              ^\n"
	                         "s.yaml:4:38: error: 'how' cannot be 'c' [unknown-choice]\n"
	                         "    4 |   a: {double: {of: b, times: 0, how: c}}\n"
	                         "      |                                      ^\n"
	                         "      = hint: one of 'a', 'b'\n");
	sb_release(&b);
	const struct step_decl *step = &f->s->steps[1];

	assert_true(step->kind == study_kinds(f->s)[2] && step->kind->version == 3 && !step->kind->run);
	assert_true(f->s->plugin_kinds.n == 1 && str_is(f->s->plugin_kinds.data[0].plugin, "mine"));
	assert_int_equal(step->fields.n, 4);
	assert_true(study_files(f->s, &n) && n == 3);
}

static void the_disk(void **state)
{
	struct fixture *f = *state;
	struct sb b;
	size_t n;

	f->o.path = TEST_DATA "/../studies/label-budget";
	f->ok = study_load(&f->o, f->a, &f->d, &f->s); /* most of its kinds are not ours */
	const struct study_file *files = study_files(f->s, &n);

	assert_true(n >= 1 && str_is(files[0].path, "study.yaml") && files[0].text.n > 1000);
	assert_true(str_ends(study_root(f->s), "/studies/label-budget") && study_root(f->s).p[0] == '/');
	assert_int_equal(f->s->step_count, 11);
	study_close(f->s);
	diags_init(&f->d, f->a);
	f->o.path = "no-such-file.yaml";
	f->ok = study_load(&f->o, f->a, &f->d, &f->s);
	assert_false(f->ok);
	sb_init(&b, 1 << 20);
	diags_render(&f->d, &b, false);
	assert_string_equal(b.s, "error: cannot read the study 'no-such-file.yaml': No such file or directory [cannot-read]\n");
	sb_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_top_level),
		T(names),
		T(ranges),
		T(bad_axes),
		T(labels_are_encoded),
		T(overrides),
		T(bad_overrides),
		T(datasets_and_files),
		T(plugins),
		T(the_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
