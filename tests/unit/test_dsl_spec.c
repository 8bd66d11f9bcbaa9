/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dsl_fixture.h"

#define TOP "study: t\nparams: {epoch: 5, lr: {gpt: 0.5}}\naxes:\n  source: [manual, gpt]\n  seed: [1, 2]\n"

static void own_and_common(void **state)
{
	struct fixture f;

	(void)state;
	expect_good(&f, TOP "steps:\n  corpus:\n    out: {manual: m.csv, gpt: g.csv}\n    run: sh train.sh ${out.manual} ${out.gpt} ${epoch}\n"
	                    "  train:\n    each: [source, seed]\n    out: {model: model.bin}\n    env: {LANG: C}\n    version: 2\n"
	                    "    metrics: {acc: 'tonumber(stdout) + params.epoch'}\n    tools: [uname -s]\n"
	                    "    run: sh train.sh ${corpus.out[source]} ${out.model} -s ${seed} data/pool.csv\n"
	                    "    save: results/${source}_${seed}.{bin,txt}\n");
	struct spec s = spec_of(&f, "train", 3, NULL);

	assert_false(s.waits);
	assert_string_equal(json_of(&f, &s.own),
	                    "{\"command\":\"sh train.sh '\\u001f0\\u001f' '\\u001f1\\u001f' -s '2' data/pool.csv\"}");
	assert_string_equal(json_of(&f, s.common),
	                    "{\"metrics\":{\"acc\":{\"lua\":\"tonumber ( stdout ) + params . epoch\",\"reads\":{\"params\":{\"epoch\":5}}}},"
	                    "\"out\":{\"model\":\"model.bin\"},\"env\":{\"LANG\":\"C\"},\"version\":2}");
	assert_int_equal(s.token_count, 2);
	assert_int_equal(s.tokens[0].what, TOKEN_OUT);
	assert_string_equal(s.tokens[0].name.p, "gpt");
	assert_int_equal(s.tokens[1].what, TOKEN_OWN);
	assert_int_equal(s.file_count, 2);
	assert_string_equal(s.files[0].p, "data/pool.csv");
	assert_string_equal(s.files[1].p, "train.sh");
	assert_int_equal(s.save_count, 2);
	assert_true(str_is(s.saves[1].path, "results/gpt_2.txt"));
	assert_int_equal(s.tool_count, 1);
	assert_int_equal(s.out_count, 1);
	assert_int_equal(s.read_count, 3);
	struct spec other = spec_of(&f, "train", 0, NULL);

	assert_ptr_equal(other.common, s.common);
	s = spec_of(&f, "corpus", 0, NULL);
	assert_int_equal(s.own.map.n, 0);
	assert_string_equal(json_of(&f, value_get(s.common, "command")), "\"sh train.sh '\\u001f0\\u001f' '\\u001f1\\u001f' '5'\"");
	assert_true(str_is(s.reads[0].label, "params.epoch"));
	assert_int_equal(s.reads[0].at.line, 2);
	fixture_end(&f);
}

static void late_values(void **state)
{
	struct fixture f;
	struct value metrics, none = { 0 };

	(void)state;
	expect_good(&f, TOP "steps:\n  score:\n    each: [source]\n    run: echo 1\n    metrics: {acc: 'tonumber(stdout)'}\n"
	                    "  again:\n    each: [source]\n    run: echo ${score.acc}\n    when: score.acc > 0.5\n");
	metrics = value_map(f.a, 1);
	value_set(&metrics, STR("acc"), value_real(0.75));
	struct spec s = spec_of(&f, "again", 0, NULL);

	assert_true(s.waits);
	s = spec_of(&f, "again", 0, &none);
	assert_true(s.waits);
	assert_int_equal(f.d.errors, 0);
	s = spec_of(&f, "again", 0, &metrics);
	assert_false(s.waits || s.skip);
	assert_string_equal(json_of(&f, &s.own), "{\"command\":\"echo '0.75'\"}");
	metrics.map.pairs[0].val = value_real(0.25);
	s = spec_of(&f, "again", 0, &metrics);
	assert_true(s.skip);
	fixture_end(&f);
}

static void tables(void **state)
{
	struct fixture f;

	(void)state;
	expect_good(&f, TOP "datasets: {pool: {path: data/pool.csv}}\nsteps:\n"
	                    "  rows:\n    each: [seed]\n    table: {of: pool, size: \"${seed}\", note: remark, prompt: prompts/plain.md}\n"
	                    "  all:\n    query: select * from \"rows\" join pool where x = 'score'\n"
	                    "  deep:\n    table: {of: rows, beside: {of: all}}\n");
	struct spec s = spec_of(&f, "rows", 1, NULL);

	assert_string_equal(json_of(&f, &s.own), "{\"size\":2}");
	assert_string_equal(json_of(&f, s.common), "{\"of\":[\"pool\"],\"~note\":\"remark\",\"prompt\":\"prompts/plain.md\","
	                                           "\"~tables\":{\"pool\":\"data/pool.csv\"}}");
	assert_int_equal(s.file_count, 2);
	s = spec_of(&f, "all", 0, NULL);
	assert_int_equal(s.token_count, 1);
	assert_int_equal(s.tokens[0].what, TOKEN_TABLE);
	assert_true(str_is(s.tokens[0].name, "rows"));
	assert_int_equal(s.file_count, 1);
	s = spec_of(&f, "deep", 0, NULL);
	assert_int_equal(s.token_count, 2);
	fixture_end(&f);
}

static void inputs(void **state)
{
	struct fixture f;

	(void)state;
	expect_good(&f, TOP "steps:\n  a:\n    run: ls missing.txt\n    inputs: [\"prompts/*.md\", data/pool.csv]\n");
	struct spec s = spec_of(&f, "a", 0, NULL);
	const struct study_file *files;
	size_t n = 0, probes = 0;

	assert_int_equal(s.file_count, 2);
	assert_string_equal(s.files[1].p, "prompts/plain.md");
	files = study_files(f.s, &n);
	for (size_t i = 0; i < n; i++)
		probes += files[i].probe;
	assert_int_equal(probes, 2);
	fixture_end(&f);
	expect_bad(TOP "steps:\n  a:\n    run: ls\n    inputs: [\"data/*.txt\"]\n",
	           "study.yaml:9:14: error: no file of the study matches 'data/*.txt' [missing-file]\n"
	           "    9 |     inputs: [\"data/*.txt\"]\n"
	           "      |              ^~~~~~~~~~~~\n"
	           "      = hint: `*` stays inside one folder, `**` goes down into all\n");
}

static void unknown_output(void **state)
{
	(void)state;
	expect_bad(TOP "steps:\n  a:\n    out: {x: x}\n    run: echo\n  b:\n    run: cat ${a.out.y}\n  c:\n    run: cat ${nothing}\n",
	           "study.yaml:11:22: error: step 'a' has no output 'y' [unknown-output]\n"
	           "   11 |     run: cat ${a.out.y}\n"
	           "      |                      ^\n"
	           "      = hint: there is only 'x'\n"
	           "study.yaml:13:16: error: unknown name 'nothing' [unknown-name]\n"
	           "   13 |     run: cat ${nothing}\n"
	           "      |                ^~~~~~~\n"
	           "      = hint: one of 'epoch', 'lr', 'params', 'out', 'a', 'b', 'c'\n");
}

/* What a function of `lua:` reads counts as read by whoever calls it. */
static void through_functions(void **state)
{
	struct fixture f;

	(void)state;
	fixture_start(&f);
	put_file(&f, "hooks.lua", "function pick() return source .. corpus.out.x end\nfunction twice(n) return 2 * n end\n"
	                          "function acc(s) return tonumber(s) * params.epoch + seed end\n");
	fixture_load(&f, TOP "lua: hooks.lua\nsteps:\n  corpus:\n    out: {x: x}\n    run: echo\n"
	                     "  a:\n    each: [source, seed]\n    run: echo ${pick()} ${twice(3)}\n    metrics: {m: acc(stdout)}\n");
	if (!f.ok)
		fail_msg("%s", talk(&f));
	struct spec s = spec_of(&f, "a", 3, NULL);

	assert_string_equal(deps_of(&f, step_of(&f, "a"), 3), "corpus, corpus");
	assert_string_equal(json_of(&f, value_get(&s.own, "command")), "\"echo 'gpt\\u001f0\\u001f' '6'\"");
	assert_string_equal(json_of(&f, value_get(value_get(value_get(&s.own, "metrics"), "m"), "reads")),
	                    "{\"params\":{\"epoch\":5},\"seed\":2}");
	fixture_end(&f);
}

static void hooks(void **state)
{
	struct fixture f;
	struct value result = { 0 };

	(void)state;
	expect_good(&f, TOP "steps:\n  score:\n    each: [seed]\n    run: echo 1\n    metrics: {acc: 'tonumber(stdout) + seed + epoch'}\n");
	const struct step *s = step_of(&f, "score");
	struct front front = study_front(f.s);
	struct hook_call call = { .step = (uint32_t)(s - f.g->steps), .coords = s->coords + 1, .field = STR("metrics.acc") };

	call.args = value_map(f.a, 1);
	value_set(&call.args, STR("stdout"), value_str(STR("10")));
	if (!front.hook(front.self, &call, f.a, &result, &f.d))
		fail_msg("%s", talk(&f));
	assert_string_equal(json_of(&f, &result), "17");

	/* A worker has the texts, and no points: it never expands. */
	struct study_options o = { .path = "elsewhere/study.yaml", .kinds = test_kinds };
	struct study *worker = NULL;

	o.snapshot = study_files(f.s, &o.snapshot_count);
	assert_true(study_load(&o, f.a, &f.d, &worker));
	front = study_front(worker);
	if (!front.hook(front.self, &call, f.a, &result, &f.d))
		fail_msg("%s", talk(&f));
	assert_string_equal(json_of(&f, &result), "17");
	call.field = STR("metrics.nothing");
	assert_false(front.hook(front.self, &call, f.a, &result, &f.d));
	assert_string_equal(f.d.list[0].message.p, "step 'score' has no hook 'metrics.nothing'");
	study_close(worker);
	fixture_end(&f);
}

static void missing_inputs(void **state)
{
	(void)state;
	expect_bad(TOP "steps:\n  a:\n    each: [seed]\n    table: {of: data/pool.csv, prompt: /etc/passwd, size: \"${lr.gpt}\"}\n"
	               "  b:\n    table: {of: data/pool.csv, prompt: ../x, size: \"${seed}\"}\n"
	               "  c:\n    each: [seed]\n    table: {of: data/pool.csv, prompt: \"prompts/p${seed}.md\"}\n"
	               "  d:\n    run: echo\n    save: ../${epoch}.txt\n",

	           "study.yaml:9:40: error: '/etc/passwd' is an absolute path [outside]\n"
	           "    9 |     table: {of: data/pool.csv, prompt: /etc/passwd, size: \"${lr.gpt}\"}\n"
	           "      |                                        ^~~~~~~~~~~\n"
	           "      = hint: inputs are files of the study, by their path from its folder; a link inside it will do\n"
	           "study.yaml:9:59: error: 'size' must be an integer, not the number 0.5 [wrong-type]\n"
	           "    9 |     table: {of: data/pool.csv, prompt: /etc/passwd, size: \"${lr.gpt}\"}\n"
	           "      |                                                           ^~~~~~~~~~~\n"
	           "study.yaml:11:40: error: '../x' climbs out of the study's folder [outside]\n"
	           "   11 |     table: {of: data/pool.csv, prompt: ../x, size: \"${seed}\"}\n"
	           "      |                                        ^~~~\n"
	           "      = hint: inputs are files of the study, by their path from its folder; a link inside it will do\n"
	           "study.yaml:11:55: error: step 'b' reads the axis 'seed' but does not name it in `each` [axis-not-named]\n"
	           "   11 |     table: {of: data/pool.csv, prompt: ../x, size: \"${seed}\"}\n"
	           "      |                                                       ^~~~\n"
	           "      = hint: add it to each: [seed]\n"
	           "study.yaml:14:40: error: there is no file 'prompts/p1.md' in the study's folder [missing-file]\n"
	           "   14 |     table: {of: data/pool.csv, prompt: \"prompts/p${seed}.md\"}\n"
	           "      |                                        ^~~~~~~~~~~~~~~~~~~~~\n"
	           "      = note: at c[seed=1]\n"
	           "      = hint: paths are relative to the folder of the study\n"
	           "study.yaml:17:11: error: `save` would write to '../5.txt', outside the study's folder [outside]\n"
	           "   17 |     save: ../${epoch}.txt\n"
	           "      |           ^~~~~~~~~~~~~~~\n"
	           "      = hint: give a path below the study's folder, such as results/x.csv\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(own_and_common), cmocka_unit_test(late_values),    cmocka_unit_test(tables),
		cmocka_unit_test(inputs),         cmocka_unit_test(unknown_output), cmocka_unit_test(hooks), cmocka_unit_test(missing_inputs),
		cmocka_unit_test(through_functions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
