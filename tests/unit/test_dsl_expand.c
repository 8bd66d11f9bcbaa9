/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dsl_fixture.h"

#define AXES "study: t\naxes:\n  source: [manual, gpt]\n  budget: [100, 500, 2000]\n  seed: [1, 2]\n"
#define WHERE AXES "where: source == \"gpt\" or budget <= 500\n"

static void points_in_order(void **state)
{
	struct fixture f;

	(void)state;
	expect_good(&f, WHERE "steps:\n  a:\n    each: [source, budget]\n    run: echo ${source} ${budget}\n"
	                      "  b:\n    each: [budget, source]\n    run: echo\n  c:\n    run: echo\n  d:\n    each: [seed]\n    run: echo\n");
	const struct step *a = step_of(&f, "a"), *b = step_of(&f, "b");

	assert_int_equal(a->count, 5);
	assert_string_equal(name_of(&f, a->first), "a[source=manual,budget=100]");
	assert_string_equal(name_of(&f, a->first + 4), "a[source=gpt,budget=2000]");
	assert_int_equal(b->count, 5);
	assert_string_equal(name_of(&f, b->first + 1), "b[budget=100,source=gpt]");
	assert_string_equal(name_of(&f, b->first + 4), "b[budget=2000,source=gpt]");
	assert_int_equal(step_of(&f, "c")->count, 1);
	assert_int_equal(step_of(&f, "d")->count, 2);
	assert_int_equal(f.g->task_count, 13);
	assert_null(f.g->order);
	fixture_end(&f);
}

static void existential_projection(void **state)
{
	struct fixture f;

	(void)state;
	expect_good(&f, "study: t\naxes: {a: [1, 2, 3], b: [1, 2, 3], c: [1, 2, 3], d: [1, 2]}\nwhere: [a < b, b < c]\n"
	                "steps:\n  one:\n    each: [a]\n    run: echo\n  two:\n    each: [c, d, a]\n    run: echo\n");
	assert_int_equal(step_of(&f, "one")->count, 1);
	assert_int_equal(step_of(&f, "two")->count, 2);
	assert_string_equal(name_of(&f, step_of(&f, "two")->first + 1), "two[c=3,d=2,a=1]");
	fixture_end(&f);
}

static void slots(void **state)
{
	struct fixture f;

	(void)state;
	expect_good(&f, WHERE "steps:\n"
	                      "  late:\n    each: [source]\n    table: {of: [score, one]}\n"
	                      "  one:\n    run: echo > ${out.x}\n    out: {x: x.txt}\n"
	                      "  score:\n    each: [source, budget]\n    run: cat ${one.out.x}\n"
	                      "    metrics: {n: 'tonumber(stdout)'}\n"
	                      "  best:\n    each: [budget]\n    run: echo ${score{source=\"gpt\"}.n}\n    needs: [one]\n");
	const struct step *late = step_of(&f, "late"), *best = step_of(&f, "best");

	assert_string_equal(f.g->steps[0].name.p, "one");
	assert_string_equal(deps_of(&f, late, 0), "{score[source=manual,budget=100] score[source=manual,budget=500]}, one");
	assert_string_equal(deps_of(&f, late, 1),
	                    "{score[source=gpt,budget=100] score[source=gpt,budget=500] score[source=gpt,budget=2000]}, one");
	assert_string_equal(deps_of(&f, step_of(&f, "score"), 3), "one");
	assert_string_equal(deps_of(&f, best, 2), "score[source=gpt,budget=2000], one");
	assert_int_equal(best->mentions[0].what, MENTION_VALUE);
	assert_int_equal(best->mentions[1].what, MENTION_ORDER);
	assert_null(f.g->order);
	fixture_end(&f);
}

static void rung_below(void **state)
{
	struct fixture f;

	(void)state;
	expect_good(&f, "study: t\naxes: {source: [gpt, manual], budget: [100, 500, 2000]}\n"
	                "where: source == \"gpt\" or budget ~= 500\n"
	                "steps:\n  train:\n    each: [source, budget]\n    out: {m: m.bin}\n"
	                "    run: sh train.sh ${train{budget=prev(budget)}.out.m or \"\"} ${out.m}\n");
	const struct step *t = step_of(&f, "train");

	assert_string_equal(deps_of(&f, t, 0), "-");
	assert_string_equal(deps_of(&f, t, 1), "train[source=gpt,budget=100]");
	assert_string_equal(deps_of(&f, t, 3), "-");
	assert_string_equal(deps_of(&f, t, 4), "train[source=manual,budget=100]");
	assert_null(f.g->order);
	struct spec s = spec_of(&f, "train", 0, NULL);

	assert_string_equal(json_of(&f, &s.own), "{\"command\":\"sh train.sh '' '\\u001f0\\u001f'\"}");
	s = spec_of(&f, "train", 1, NULL);
	assert_int_equal(s.token_count, 2);
	assert_string_equal(json_of(&f, &s.own), "{\"command\":\"sh train.sh '\\u001f0\\u001f' '\\u001f1\\u001f'\"}");
	fixture_end(&f);
}

static void order_by_points(void **state)
{
	struct fixture f;

	(void)state;
	expect_good(&f, "study: t\naxes: {n: [1, 2, 3]}\nsteps:\n"
	                "  ask:\n    each: [n]\n    out: {x: x}\n    run: echo ${judge{n=prev(n)}.out.x or \"\"}\n"
	                "  judge:\n    each: [n]\n    out: {x: x}\n    run: echo ${ask.out.x}\n");
	assert_non_null(f.g->order);
	assert_string_equal(name_of(&f, f.g->order[0]), "ask[n=1]");
	assert_string_equal(name_of(&f, f.g->order[1]), "judge[n=1]");
	assert_string_equal(name_of(&f, f.g->order[5]), "judge[n=3]");
	fixture_end(&f);
}

static void big(void **state)
{
	(void)state;
	expect_bad("study: t\naxes:\n  a: {from: 1, to: 1000}\n  b: {from: 1, to: 20000}\n  c: {from: 1, to: 5000}\n"
	           "steps:\n  train:\n    each: [a, b, c]\n    run: echo\n",
	           "study.yaml:7:3: error: step 'train': 1,000 × 20,000 × 5,000 = 100,000,000,000 points; the limit is 20,000,000 "
	           "[too-many-points]\n"
	           "    7 |   train:\n"
	           "      |   ^~~~~\n"
	           "      = hint: name fewer axes in `each`, shorten them, or take points away with `where`\n");
}

static void nothing_left(void **state)
{
	(void)state;
	expect_bad("study: t\naxes: {a: [1, 2], b: [1]}\nwhere: a < b\nsteps:\n  x:\n    each: [a]\n    run: echo\n",
	           "study.yaml:3:8: error: 'where' leaves no point for step 'x' [where-empty]\n"
	           "    3 | where: a < b\n"
	           "      |        ^~~~~\n"
	           "      = hint: no values of the axes satisfy it; a text and a number are never equal: \"1\" is not 1\n");
}

static void cycle(void **state)
{
	(void)state;
	expect_bad("study: t\naxes: {n: [1, 2]}\nsteps:\n"
	           "  a:\n    each: [n]\n    out: {x: x}\n    run: echo ${b.out.x}\n"
	           "  b:\n    each: [n]\n    out: {x: x}\n    run: echo ${a.out.x}\n",
	           "study.yaml:7:17: error: these tasks wait for each other: a[n=1] → b[n=1] → a[n=1] [cycle]\n"
	           "    7 |     run: echo ${b.out.x}\n"
	           "      |                 ^\n"
	           "      = hint: take one of these names out, or name another point there: step{axis=prev(axis)}\n"
	           "study.yaml:11:17: note: 'b' names 'a' here\n"
	           "   11 |     run: echo ${a.out.x}\n"
	           "      |                 ^\n");
	expect_bad("study: t\nsteps:\n  a:\n    out: {x: x}\n    run: echo ${a.out.x}\n",
	           "study.yaml:5:17: error: step 'a' names itself at the same point [cycle]\n"
	           "    5 |     run: echo ${a.out.x}\n"
	           "      |                 ^\n"
	           "      = hint: its own outputs are ${out.NAME}; an earlier point is a{axis=prev(axis)}\n");
}

static void braces(void **state)
{
	(void)state;
	expect_bad(WHERE "steps:\n  a:\n    each: [source]\n    out: {x: x}\n    run: echo\n"
	                 "  b:\n    run: cat ${a{sorce=\"gpt\"}.out.x}\n  c:\n    run: cat ${a{source=\"gtp\"}.out.x}\n",
	           "study.yaml:13:18: error: step 'a' has no axis 'sorce' [unknown-axis]\n"
	           "   13 |     run: cat ${a{sorce=\"gpt\"}.out.x}\n"
	           "      |                  ^~~~~\n"
	           "      = hint: did you mean 'source'?\n"
	           "study.yaml:15:25: error: axis 'source' has no value \"gtp\" [unknown-value]\n"
	           "   15 |     run: cat ${a{source=\"gtp\"}.out.x}\n"
	           "      |                         ^~~~~\n"
	           "      = hint: did you mean 'gpt'?\n");
	expect_bad(WHERE "steps:\n  a:\n    each: [source, budget]\n    out: {x: x}\n    run: echo\n"
	                 "  b:\n    each: [budget]\n    run: cat ${a{source=\"manual\"}.out.x}\n",
	           "study.yaml:14:16: error: 'b[budget=2000]' names a point of 'a' that `where` takes away [missing-point]\n"
	           "   14 |     run: cat ${a{source=\"manual\"}.out.x}\n"
	           "      |                ^\n"
	           "      = hint: let `where` leave that point, or take the points of 'b' away that need it\n");
}

static void names(void **state)
{
	(void)state;
	expect_bad(AXES "steps:\n  a:\n    each: [source]\n    run: echo ${budget}\n  b:\n    table: {of: aa}\n"
	                "  c:\n    table: {of: data/pool.csv, prompt: prompts/plan.md}\n",
	           "study.yaml:9:17: error: step 'a' reads the axis 'budget' but does not name it in `each` [axis-not-named]\n"
	           "    9 |     run: echo ${budget}\n"
	           "      |                 ^~~~~~\n"
	           "      = hint: add it to each: [source, budget]\n"
	           "study.yaml:11:17: error: 'aa' is no step, no dataset and no file of the study [unknown-table]\n"
	           "   11 |     table: {of: aa}\n"
	           "      |                 ^~\n"
	           "      = hint: did you mean 'a'?\n"
	           "study.yaml:13:40: error: there is no file 'prompts/plan.md' in the study's folder [missing-file]\n"
	           "   13 |     table: {of: data/pool.csv, prompt: prompts/plan.md}\n"
	           "      |                                        ^~~~~~~~~~~~~~~\n"
	           "      = hint: did you mean 'prompts/plain.md'?\n");
}

static void saves(void **state)
{
	(void)state;
	expect_bad(AXES "steps:\n  a:\n    each: [source, seed]\n    out: x.txt\n    run: echo\n    save: results/${source}.txt\n",
	           "study.yaml:11:11: error: two tasks save to 'results/manual.txt': a[source=manual,seed=1] and "
	           "a[source=manual,seed=2] [save-conflict]\n"
	           "   11 |     save: results/${source}.txt\n"
	           "      |           ^~~~~~~~~~~~~~~~~~~~~\n"
	           "      = hint: let the path name each axis that differs, such as ${seed}\n");
}

static void linked_settings(void **state)
{
	struct fixture f;

	(void)state;
	expect_good(&f, "study: t\naxes:\n  policy: [{name: a, t: 1}, {name: b, t: 2}]\n  n: [1, 2]\nwhere: policy.t >= n\nsteps:\n"
	                "  x:\n    each: [policy, n]\n    out: {x: x}\n    run: echo ${policy.t}\n"
	                "  y:\n    each: [n]\n    run: cat ${x{policy=\"b\"}.out.x}\n"
	                "  z:\n    each: [policy]\n    run: cat ${x{n=policy.t}.out.x}\n");
	assert_int_equal(step_of(&f, "x")->count, 3);
	assert_string_equal(deps_of(&f, step_of(&f, "y"), 0), "x[policy=b,n=1]");
	assert_string_equal(deps_of(&f, step_of(&f, "z"), 1), "x[policy=b,n=2]");
	struct spec s = spec_of(&f, "z", 1, NULL);

	assert_string_equal(json_of(&f, &s.own), "{\"command\":\"cat '\\u001f0\\u001f'\"}");
	assert_int_equal(s.tokens[0].mention, 0);
	fixture_end(&f);
}

/* Two conditions that share no axis are never multiplied: 500^4 combinations would take for ever. */
static void conditions_apart(void **state)
{
	struct fixture f;

	(void)state;
	expect_good(&f, "study: t\naxes: {a: {from: 1, to: 500}, b: {from: 1, to: 500}, c: {from: 1, to: 500}, d: {from: 1, to: 500}}\n"
	                "where: [a == b, c == d]\nsteps:\n  x:\n    each: [a, c]\n    run: echo\n  y:\n    each: [a, b]\n    run: echo\n");
	assert_int_equal(step_of(&f, "x")->count, 250000);
	assert_int_equal(step_of(&f, "y")->count, 500);
	fixture_end(&f);
}

static void late_point(void **state)
{
	(void)state;
	expect_bad("study: t\naxes: {n: [1, 2]}\nsteps:\n  a:\n    run: echo 1\n    metrics: {m: 'tonumber(stdout)'}\n"
	           "  b:\n    each: [n]\n    out: {x: x}\n    run: echo\n"
	           "  c:\n    run: cat ${b{n = a.m + 0}.out.x}\n",
	           "study.yaml:12:16: error: which point of 'b' is meant must be known before anything runs [late-point]\n"
	           "   12 |     run: cat ${b{n = a.m + 0}.out.x}\n"
	           "      |                ^\n"
	           "      = hint: pick it by axes and params, not by a value of a step\n");
}

static void metric_names(void **state)
{
	(void)state;
	expect_bad("study: t\naxes: {n: [1, 2]}\nsteps:\n  a:\n    run: echo 1\n    metrics: {m: 'tonumber(stdot)', k: n}\n",
	           "study.yaml:6:28: error: unknown name 'stdot' [unknown-name]\n"
	           "    6 |     metrics: {m: 'tonumber(stdot)', k: n}\n"
	           "      |                            ^~~~~\n"
	           "      = hint: did you mean 'stdout'?\n"
	           "study.yaml:6:40: error: step 'a' reads the axis 'n' but does not name it in `each` [axis-not-named]\n"
	           "    6 |     metrics: {m: 'tonumber(stdot)', k: n}\n"
	           "      |                                        ^\n"
	           "      = hint: add it to each: [n]\n");
}

static void condition_fails(void **state)
{
	(void)state;
	expect_bad("study: t\naxes: {n: [1, a]}\nwhere: n < 5\nsteps:\n  a:\n    each: [n]\n    run: echo 1\n", "study.yaml:3:8: error: attempt to compare string with number [lua-error]\n"
	           "    3 | where: n < 5\n"
	           "      |        ^~~~~\n"
	           "study.yaml:2:15: note: with 'n' = \"a\"\n"
	           "    2 | axes: {n: [1, a]}\n"
	           "      |               ^\n");
}

static void wide(void **state)
{
	(void)state;
	expect_bad("study: t\naxes: {a: {from: 1, to: 5000}, b: {from: 1, to: 5000}, c: {from: 1, to: 5000}}\n"
	           "where: a ~= b\nsteps:\n  x:\n    each: [a, b]\n    run: echo\n", "study.yaml:3:8: error: step 'x': 'where' leaves more than 20,000,000 of 5,000 × 5,000 points; that is the limit [too-many-points]\n"
	           "    3 | where: a ~= b\n"
	           "      |        ^~~~~~\n"
	           "      = hint: name fewer axes in `each`, shorten them, or take more points away\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(points_in_order), cmocka_unit_test(existential_projection), cmocka_unit_test(slots),
		cmocka_unit_test(rung_below),      cmocka_unit_test(order_by_points),        cmocka_unit_test(big),
		cmocka_unit_test(nothing_left),    cmocka_unit_test(cycle),                  cmocka_unit_test(braces),
		cmocka_unit_test(names),           cmocka_unit_test(saves),
		cmocka_unit_test(linked_settings), cmocka_unit_test(conditions_apart), cmocka_unit_test(late_point),
		cmocka_unit_test(metric_names), cmocka_unit_test(condition_fails), cmocka_unit_test(wide),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
