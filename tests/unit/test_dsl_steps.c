/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Proves: steps and their fields come in as the tables say, and every mistake in them is told in one go, each with its
 * place and a way out. Asserts whole texts.
 */
#include "tests/unit/study_fixture.h"

static void a_good_study(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(load(f, HEAD "about: why\nceiling: 0.50 USD\npools: {ram: 2.5}\nmodels: {m: {id: x}}\n"
	                                 "params: {n: 3, lr: {gpt: 0.5}}\naxes: {x: [1, 2], y: a}\nwhere: x < n\n"
	                                 "steps:\n  a:\n    each: x\n    run: echo hi\n    out: m.bin\n    timeout: 1m\n    retry: 2\n"
	                                 "    resources: {cpus: 2, memory: 1KiB, pools: {ram: 2}}\n    isolate: {network: true}\n"
	                                 "  b: {sample: {from: a, by: x, wait: 30s}, needs: [a], save: b.csv, version: v2}\n"), "");
	assert_true(f->ok);
	assert_string_equal(study_about(f->s).p, "why");
	assert_true(f->s->ceiling == 500000000000);
	assert_true(f->s->pools[0].amount == 2.5 && f->s->where_count == 1 && f->s->where[0].axis_count == 1);
	assert_true(f->s->where[0].param_count == 1 && f->s->where[0].params[0]->i == 3);
	const struct step_decl *a = &f->s->steps[0], *b = &f->s->steps[1];

	assert_true(a->axis_count == 1 && a->timeout_s == 60 && a->retries == 2 && a->cpus == 2 && a->memory == 1024);
	assert_true(a->isolate && a->network && a->pool_count == 1 && a->pools[0].amount == 2);
	assert_true(a->out.what == NODE_MAP && a->out.n == 1 && str_is(a->out.keys[0], "out") &&
	            str_is(a->out.children[0].plain.s, "m.bin"));
	assert_true(a->fields.n == 1 && a->fields.children[0].what == NODE_TEMPLATE);
	assert_true(b->save.what == NODE_LIST && b->save.n == 1 && str_is(b->save.children[0].plain.s, "b.csv"));
	assert_true(b->needs.list.n == 1 && str_is(b->version.s, "v2"));
	assert_int_equal(b->fields.n, 5);
	assert_string_equal(json_of(f, &b->fields.children[1].plain), "[\"x\"]");
	assert_true(b->fields.children[2].plain.r == 30);
	assert_true(str_is(b->fields.keys[3], "size") && b->fields.children[3].plain.i == 100);
	assert_true(str_is(b->fields.keys[4], "method") && str_is(b->fields.children[4].plain.s, "nested"));
}

static void which_kind(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(load(f, HEAD "steps:\n  a: {rnu: x}\n  b: {run: x, sample: {from: a}}\n  c: {timeout: 5s}\n  d:\n  e: [x]\n"
	                                 "  f: {sample: 5}\n"),
	                    "s.yaml:3:7: error: unknown key 'rnu' in step 'a' [unknown-key]\n"
	                    "    3 |   a: {rnu: x}\n"
	                    "      |       ^~~\n"
	                    "      = hint: did you mean 'run'?\n"
	                    "s.yaml:4:15: error: step 'b' is both 'run' and 'sample' [two-kinds]\n"
	                    "    4 |   b: {run: x, sample: {from: a}}\n"
	                    "      |               ^~~~~~\n"
	                    "      = hint: make two steps of it\n"
	                    "s.yaml:4:7: note: 'run' is here\n"
	                    "    4 |   b: {run: x, sample: {from: a}}\n"
	                    "      |       ^~~\n"
	                    "s.yaml:5:3: error: step 'c' does not say what it does [no-kind]\n"
	                    "    5 |   c: {timeout: 5s}\n"
	                    "      |   ^\n"
	                    "      = hint: it needs one of: run, sample\n"
	                    "s.yaml:6:3: error: step 'd' does not say what it does [no-kind]\n"
	                    "    6 |   d:\n"
	                    "      |   ^\n"
	                    "      = hint: it needs one of: run, sample\n"
	                    "s.yaml:7:6: error: 'e' must be a map, not a list [wrong-type]\n"
	                    "    7 |   e: [x]\n"
	                    "      |      ^\n"
	                    "s.yaml:8:15: error: 'sample' must be a map, not the integer 5 [wrong-type]\n"
	                    "    8 |   f: {sample: 5}\n"
	                    "      |               ^\n"
	                    "      = hint: `rung help sample` lists its fields\n");
}

static void fields(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(load(f, HEAD "steps:\n  a:\n    sample: {size: 0, fro: x, method: nestd, by: [a, 3]}\n"
	                                 "  b: {sample: {from: a, size: 1e3, wait: 2m, strata: {last: 1}}}\n"
	                                 "  c: {sample: {from: a, size: 1.5, wait: 5}}\n  d: {sample: {from: a, wait: \"${x}\"}}\n"),
	                    "s.yaml:4:20: error: 'size' is 0; it must lie between 1 and 1000000 [out-of-range]\n"
	                    "    4 |     sample: {size: 0, fro: x, method: nestd, by: [a, 3]}\n"
	                    "      |                    ^\n"
	                    "s.yaml:4:23: error: unknown key 'fro' in 'sample' [unknown-key]\n"
	                    "    4 |     sample: {size: 0, fro: x, method: nestd, by: [a, 3]}\n"
	                    "      |                       ^~~\n"
	                    "      = hint: did you mean 'from'?\n"
	                    "s.yaml:4:39: error: 'method' cannot be 'nestd' [unknown-choice]\n"
	                    "    4 |     sample: {size: 0, fro: x, method: nestd, by: [a, 3]}\n"
	                    "      |                                       ^~~~~\n"
	                    "      = hint: did you mean 'nested'?\n"
	                    "s.yaml:4:54: error: 'by' must be text, not the integer 3 [wrong-type]\n"
	                    "    4 |     sample: {size: 0, fro: x, method: nestd, by: [a, 3]}\n"
	                    "      |                                                      ^\n"
	                    "      = hint: put it in quotes: \"3\"\n"
	                    "s.yaml:5:42: error: 'wait' is 2m; it must lie between 0s and 60s [out-of-range]\n"
	                    "    5 |   b: {sample: {from: a, size: 1e3, wait: 2m, strata: {last: 1}}}\n"
	                    "      |                                          ^~\n"
	                    "s.yaml:5:55: error: unknown key 'last' in 'strata' [unknown-key]\n"
	                    "    5 |   b: {sample: {from: a, size: 1e3, wait: 2m, strata: {last: 1}}}\n"
	                    "      |                                                       ^~~~\n"
	                    "      = hint: did you mean 'least'?\n"
	                    "s.yaml:6:31: error: 'size' must be an integer, not the number 1.5 [wrong-type]\n"
	                    "    6 |   c: {sample: {from: a, size: 1.5, wait: 5}}\n"
	                    "      |                               ^~~\n"
	                    "s.yaml:6:42: error: 'wait' must be a duration such as 10m, not the integer 5 [wrong-type]\n"
	                    "    6 |   c: {sample: {from: a, size: 1.5, wait: 5}}\n"
	                    "      |                                          ^\n"
	                    "      = hint: write the unit: 5s, 5m or 5h\n"
	                    "s.yaml:7:31: error: no ${…} in 'wait': it must be known before anything runs [no-template]\n"
	                    "    7 |   d: {sample: {from: a, wait: \"${x}\"}}\n"
	                    "      |                               ^~~~~~\n");
}

static void common_keys(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(load(f, HEAD "axes: {seed: [1]}\nsteps:\n  a:\n    run: x\n    each: [seed, sead, seed]\n    needs: [a, bb]\n"
	                                 "    out: {p: ../x, q: y, r: ./y}\n    retry: {tims: 3}\n    save: /etc/passwd\n    env: {A=: 1}\n"
	                                 "  b: {sample: {from: a}, out: x, metrics: {m: '1'}, resources: {pools: {gpu: 1}, memory: 5}}\n"),
	                    "s.yaml:6:18: error: there is no axis 'sead' [unknown-axis]\n"
	                    "    6 |     each: [seed, sead, seed]\n"
	                    "      |                  ^~~~\n"
	                    "      = hint: did you mean 'seed'?\n"
	                    "s.yaml:6:24: error: 'each' names axis 'seed' twice [each-twice]\n"
	                    "    6 |     each: [seed, sead, seed]\n"
	                    "      |                        ^~~~\n"
	                    "      = hint: name it once\n"
	                    "s.yaml:7:13: error: step 'a' cannot need itself [needs-itself]\n"
	                    "    7 |     needs: [a, bb]\n"
	                    "      |             ^\n"
	                    "s.yaml:7:16: error: there is no step 'bb' [unknown-step]\n"
	                    "    7 |     needs: [a, bb]\n"
	                    "      |                ^~\n"
	                    "      = hint: did you mean 'b'?\n"
	                    "s.yaml:8:14: error: '../x' is not a file name inside the task's folder [out-path]\n"
	                    "    8 |     out: {p: ../x, q: y, r: ./y}\n"
	                    "      |              ^~~~\n"
	                    "      = hint: every task has a folder of its own; 'save:' puts results elsewhere\n"
	                    "s.yaml:8:29: error: two outputs have the file './y' [out-twice]\n"
	                    "    8 |     out: {p: ../x, q: y, r: ./y}\n"
	                    "      |                             ^~~\n"
	                    "      = hint: give each a file of its own\n"
	                    "s.yaml:8:23: note: the first is here\n"
	                    "    8 |     out: {p: ../x, q: y, r: ./y}\n"
	                    "      |                       ^\n"
	                    "s.yaml:9:13: error: unknown key 'tims' in 'retry' [unknown-key]\n"
	                    "    9 |     retry: {tims: 3}\n"
	                    "      |             ^~~~\n"
	                    "      = hint: did you mean 'times'?\n"
	                    "s.yaml:10:11: error: '/etc/passwd' is not inside the study's folder [outside]\n"
	                    "   10 |     save: /etc/passwd\n"
	                    "      |           ^~~~~~~~~~~\n"
	                    "      = hint: paths are relative to the folder of the study, without '..'\n"
	                    "s.yaml:11:11: error: 'A=' cannot be the name of a variable [bad-name]\n"
	                    "   11 |     env: {A=: 1}\n"
	                    "      |           ^~\n"
	                    "      = hint: letters, digits and '_', no digit first\n"
	                    "s.yaml:12:31: error: 'out' is for steps that run a command; 'sample' makes its outputs itself [no-command]\n"
	                    "   12 |   b: {sample: {from: a}, out: x, metrics: {m: '1'}, resources: {pools: {gpu: 1}, memory: 5}}\n"
	                    "      |                               ^\n"
	                    "      = hint: leave it out; 'save:' puts a copy elsewhere\n"
	                    "s.yaml:12:43: error: 'metrics' is for steps that run a command; 'sample' makes a table [no-command]\n"
	                    "   12 |   b: {sample: {from: a}, out: x, metrics: {m: '1'}, resources: {pools: {gpu: 1}, memory: 5}}\n"
	                    "      |                                           ^\n"
	                    "      = hint: leave it out: the columns of the table are its values\n"
	                    "s.yaml:12:73: error: there is no pool 'gpu' [unknown-pool]\n"
	                    "   12 |   b: {sample: {from: a}, out: x, metrics: {m: '1'}, resources: {pools: {gpu: 1}, memory: 5}}\n"
	                    "      |                                                                         ^~~\n"
	                    "      = hint: name it and its size under 'pools:' at the top level\n"
	                    "s.yaml:12:90: error: 'memory' must be a size such as 512MiB, not the integer 5 [wrong-type]\n"
	                    "   12 |   b: {sample: {from: a}, out: x, metrics: {m: '1'}, resources: {pools: {gpu: 1}, memory: 5}}\n"
	                    "      |                                                                                          ^\n"
	                    "      = hint: write the unit: 5MiB or 5GB\n");
}

static void lua_in_yaml(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(load(f, HEAD "axes: {a: [1]}\nwhere:\n  - b == 1\n  - a == ${x}\nsteps:\n  s:\n    run: x\n    metrics:\n"
	                                 "      p: >\n        1\n        + 1\n      q: \"1\n        + 1\"\n      r: |\n        1\n        + 1\n"
	                                 "      s: >-\n        1 + 1\n"),
	                    "s.yaml:4:5: error: 'where' reads 'b', which is neither an axis nor a param [where-name]\n"
	                    "    4 |   - b == 1\n"
	                    "      |     ^\n"
	                    "      = hint: there is only 'a'\n"
	                    "s.yaml:5:5: error: no ${…} here: this is Lua already [lua-template]\n"
	                    "    5 |   - a == ${x}\n"
	                    "      |     ^~~~~~~~~\n"
	                    "      = hint: write the expression itself\n"
	                    "s.yaml:10:10: error: Lua over several lines must stand as it is, in a block [lua-folded]\n"
	                    "   10 |       p: >\n"
	                    "      |          ^\n"
	                    "      = hint: write '|' here, and the text indented on the lines below\n"
	                    "s.yaml:13:10: error: Lua over several lines must stand as it is, in a block [lua-folded]\n"
	                    "   13 |       q: \"1\n"
	                    "      |          ^~\n"
	                    "      = hint: write '|' here, and the text indented on the lines below\n");
}

static void help(void **state)
{
	struct sb b;

	(void)state;
	sb_init(&b, 1 << 20);
	fields_help(sample_fields, &b, false);
	assert_string_equal(b.s, "  from    a path or the name of a step or a dataset (required)\n"
	                         "          rows to draw from\n"
	                         "  size    an integer, 1 to 1000000 (default 100)\n"
	                         "          how many rows\n"
	                         "  by      text or a list\n"
	                         "          strata\n"
	                         "  method  nested | simple (default nested)\n"
	                         "          how rows are drawn\n"
	                         "  wait    a duration such as 10m, 0 to 60\n"
	                         "          a pause\n"
	                         "  strata  a map\n"
	                         "          more on strata\n"
	                         "      least  an integer, at least 1 (required)\n"
	                         "             rows of each\n");
	sb_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_good_study),
		T(which_kind),
		T(fields),
		T(common_keys),
		T(lua_in_yaml),
		T(help),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
