/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Proves: a study is checked as a whole, every mistake in one go, each with its place and a way out; values come in as the
 * field tables say; overrides and phases change what they should and nothing else. Asserts whole texts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dsl/study.h"

static const struct field run_fields[] = {
	{ .name = "command", .type = T_COMMAND, .flags = F_REQUIRED | F_PRIMARY, .help = "a shell line, or a list of words" },
	{ .name = NULL },
};

static const struct field strata_fields[] = {
	{ .name = "least", .type = T_INT, .flags = F_REQUIRED, .min = 1, .max = 1e15, .help = "rows of each" },
	{ .name = NULL },
};

static const struct field sample_fields[] = {
	{ .name = "from", .type = T_TABLE | T_PATH, .flags = F_REQUIRED, .help = "rows to draw from" },
	{ .name = "size", .type = T_INT, .min = 1, .max = 1e6, .fallback = "100", .help = "how many rows" },
	{ .name = "by", .type = T_LIST | T_TEXT, .help = "strata" },
	{ .name = "method", .type = T_TEXT, .choices = "nested|simple", .fallback = "nested", .help = "how rows are drawn" },
	{ .name = "wait", .type = T_DURATION, .flags = F_PLAIN, .max = 60, .help = "a pause" },
	{ .name = "strata", .type = T_MAP, .sub = strata_fields, .help = "more on strata" },
	{ .name = NULL },
};

static const struct kind run_kind = { RUNG_ABI, sizeof(struct kind), "run", 1, "a command", EXEC_COMMAND, run_fields,
				      NULL,     NULL,                NULL };
static const struct kind sample_kind = { RUNG_ABI, sizeof(struct kind), "sample", 1, "rows", EXEC_WORKER, sample_fields,
					 NULL,     NULL,                NULL };
static const struct kind *const kinds[] = { &run_kind, &sample_kind, NULL };

struct fixture {
	struct arena *a;
	struct diags d;
	struct study *s;
	struct study_options o;
	bool ok;
};

static int setup(void **state)
{
	static struct fixture f;

	f = (struct fixture){ .a = arena_new(), .o = { .path = "s.yaml", .kinds = kinds } };
	diags_init(&f.d, f.a);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	study_close(f->s);
	arena_free(f->a);
	return 0;
}

static const char *load(struct fixture *f, const char *text)
{
	struct study_file *file = arena_make(f->a, struct study_file);
	struct sb b;

	*file = (struct study_file){ .path = STR("s.yaml"), .text = str_z(text) };
	f->o.snapshot = file;
	f->o.snapshot_count = 1;
	study_close(f->s);
	diags_init(&f->d, f->a);
	f->ok = study_load(&f->o, f->a, &f->d, &f->s);
	sb_init(&b, 1 << 20);
	diags_render(&f->d, &b, false);
	const char *z = sb_take(&b, f->a).p;

	sb_release(&b);
	return z;
}

static const char *json_of(struct fixture *f, const struct value *v)
{
	struct sb b;

	sb_init(&b, 1 << 20);
	json_write(v, &b);
	const char *z = sb_take(&b, f->a).p;

	sb_release(&b);
	return z;
}

/* "a,b,c" of an axis. */
static const char *labels(struct fixture *f, const char *name)
{
	const struct axis *x = map_get(&f->s->axis_by_name, str_z(name));
	struct str out = STR("");

	for (size_t i = 0; i < x->n; i++)
		out = arena_printf(f->a, STR_FMT "%s" STR_FMT, STR_ARG(out), i ? "," : "", STR_ARG(x->labels[i]));
	return out.p;
}

#define HEAD "study: s\n"
#define STEPS "steps: {go: {run: x}}\n"

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
	assert_true(a->out.what == NODE_MAP && a->out.n == 1 && str_is(a->out.keys[0], "m.bin"));
	assert_true(a->fields.n == 1 && a->fields.children[0].what == NODE_TEMPLATE);
	assert_true(b->save.what == NODE_LIST && b->save.n == 1 && str_is(b->save.children[0].plain.s, "b.csv"));
	assert_true(b->needs.list.n == 1 && str_is(b->version.s, "v2"));
	assert_int_equal(b->fields.n, 5);
	assert_string_equal(json_of(f, &b->fields.children[1].plain), "[\"x\"]");
	assert_true(b->fields.children[2].plain.r == 30);
	assert_true(str_is(b->fields.keys[3], "size") && b->fields.children[3].plain.i == 100);
	assert_true(str_is(b->fields.keys[4], "method") && str_is(b->fields.children[4].plain.s, "nested"));
}

static void the_top_level(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(load(f, "study: Label Budget\nabuot: x\nlanguage: 2\nceiling: 5\n"),
	                    "s.yaml: error: 'steps' is missing [missing-key]\n"
	                    "      = hint: steps: what is done\n"
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
	                    "s.yaml:5:3: error: 'model-x' cannot be the name of an axis: letters, digits and '_' can [bad-name]\n"
	                    "    5 |   model-x: [a]\n"
	                    "      |   ^~~~~~~\n"
	                    "      = hint: 'model_x' could\n"
	                    "s.yaml:7:3: error: 'out' cannot be the name of a step: expressions give it another meaning "
	                    "[reserved-name]\n"
	                    "    7 |   out: {run: x}\n"
	                    "      |   ^~~\n");
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
	                    "s.yaml:5:13: error: axis 'b' has the value '2' twice [axis-duplicate]\n"
	                    "    5 |   b: [1, 2, '2']\n"
	                    "      |             ^~~\n"
	                    "s.yaml:5:10: note: the first is here\n"
	                    "    5 |   b: [1, 2, '2']\n"
	                    "      |          ^\n"
	                    "s.yaml:6:10: error: axis 'c' mixes maps with plain values [axis-value]\n"
	                    "    6 |   c: [1, {name: x}, null]\n"
	                    "      |          ^\n"
	                    "s.yaml:6:21: error: a value of axis 'c' cannot be nothing [axis-value]\n"
	                    "    6 |   c: [1, {name: x}, null]\n"
	                    "      |                     ^~~~\n"
	                    "      = hint: values are text, numbers, true or false, or maps with a 'name'\n"
	                    "s.yaml:7:7: error: a map on axis 'd' needs a 'name' [axis-value]\n"
	                    "    7 |   d: [{v: 1}]\n"
	                    "      |       ^\n"
	                    "      = hint: - {name: base, …}: the name stands in the names of tasks and in tables\n"
	                    "s.yaml:8:20: error: these steps never get from 'from' to 'to' [bad-range]\n"
	                    "    8 |   e: {from: 9, to: 1}\n"
	                    "      |                    ^\n"
	                    "s.yaml:9:3: error: axis 'g' has no values [axis-empty]\n"
	                    "    9 |   g: []\n"
	                    "      |   ^\n"
	                    "s.yaml:10:6: error: from 0 to 1 by 1e-9 makes 1,000,000,001 values; the limit is 1,000,000 [axis-too-long]\n"
	                    "   10 |   h: {from: 0, to: 1, step: 1e-9}\n"
	                    "      |      ^\n");
}

static void labels_are_encoded(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(load(f, HEAD STEPS "axes: {a: ['x,y', 'p[1]', '50%', \"a\\tb\", a b], b: [{name: 'n,1', v: 2}]}\n"), "");
	assert_string_equal(labels(f, "a"), "x%2Cy,p%5B1%5D,50%25,a%09b,a b");
	assert_string_equal(labels(f, "b"), "n%2C1");
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
	                    "s.yaml:4:5: error: 'sample' needs 'from' [missing-key]\n"
	                    "    4 |     sample: {size: 0, fro: x, method: nestd, by: [a, 3]}\n"
	                    "      |     ^~~~~~\n"
	                    "      = hint: from: rows to draw from\n"
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
	                    "s.yaml:5:42: error: 'wait' is 2m; it must lie between 0 and 60 [out-of-range]\n"
	                    "    5 |   b: {sample: {from: a, size: 1e3, wait: 2m, strata: {last: 1}}}\n"
	                    "      |                                          ^~\n"
	                    "s.yaml:5:54: error: 'strata' needs 'least' [missing-key]\n"
	                    "    5 |   b: {sample: {from: a, size: 1e3, wait: 2m, strata: {last: 1}}}\n"
	                    "      |                                                      ^\n"
	                    "      = hint: least: rows of each\n"
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
	                    "s.yaml:8:23: note: the first is here\n"
	                    "    8 |     out: {p: ../x, q: y, r: ./y}\n"
	                    "      |                       ^\n"
	                    "s.yaml:9:12: error: 'retry' needs 'times' [missing-key]\n"
	                    "    9 |     retry: {tims: 3}\n"
	                    "      |            ^\n"
	                    "      = hint: times: attempts after the first\n"
	                    "s.yaml:9:13: error: unknown key 'tims' in 'retry' [unknown-key]\n"
	                    "    9 |     retry: {tims: 3}\n"
	                    "      |             ^~~~\n"
	                    "      = hint: did you mean 'times'?\n"
	                    "s.yaml:10:11: error: '/etc/passwd' is not inside the study's folder [outside]\n"
	                    "   10 |     save: /etc/passwd\n"
	                    "      |           ^~~~~~~~~~~\n"
	                    "s.yaml:11:11: error: 'A=' cannot be the name of a variable [bad-name]\n"
	                    "   11 |     env: {A=: 1}\n"
	                    "      |           ^~\n"
	                    "s.yaml:12:31: error: 'out' is for steps that run a command; 'sample' makes its outputs itself [no-command]\n"
	                    "   12 |   b: {sample: {from: a}, out: x, metrics: {m: '1'}, resources: {pools: {gpu: 1}, memory: 5}}\n"
	                    "      |                               ^\n"
	                    "s.yaml:12:43: error: 'metrics' is for steps that run a command; 'sample' has metrics of its own "
	                    "[no-command]\n"
	                    "   12 |   b: {sample: {from: a}, out: x, metrics: {m: '1'}, resources: {pools: {gpu: 1}, memory: 5}}\n"
	                    "      |                                           ^\n"
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
	                    "      |                                                                                             ^~~~\n");
}

static void datasets_and_files(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(load(f, HEAD STEPS "lua: [h.lua, ../x.lua]\nplugins: p.so\ndatasets:\n  d: {id: x}\n  e: /etc/x\n"),
	                    "s.yaml:3:7: error: cannot read the Lua file 'h.lua': No such file or directory [cannot-read]\n"
	                    "    3 | lua: [h.lua, ../x.lua]\n"
	                    "      |       ^~~~~\n"
	                    "s.yaml:3:14: error: the Lua file '../x.lua' is not inside the study's folder [outside]\n"
	                    "    3 | lua: [h.lua, ../x.lua]\n"
	                    "      |              ^~~~~~~~\n"
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
	                    "      |      ^~~~~~\n");
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
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(a_good_study),
		T(the_top_level),
		T(names),
		T(ranges),
		T(bad_axes),
		T(labels_are_encoded),
		T(which_kind),
		T(fields),
		T(common_keys),
		T(lua_in_yaml),
		T(overrides),
		T(bad_overrides),
		T(datasets_and_files),
		T(the_disk),
		T(help),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
