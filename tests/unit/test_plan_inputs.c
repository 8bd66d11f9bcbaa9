/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What keys take from outside: files, folders, tools, environment.
 */
#include "tests/unit/plan_fixture.h"

static void test_inputs(void **state)
{
	struct fixture *f = *state;
	struct study_c *s = usual(f);
	struct fresh_facts facts = { 0 };
	struct plan *p;

	(void)file_with(f, "train.py", "print(1)");
	s->file = "train.py";
	s->tool = "echo version 1";
	p = plan_of(s, f->s);
	plan_consulted(p, &facts, f->a);
	assert_int_equal(facts.input_count, 1);
	assert_int_equal(facts.tool_count, 1);
	assert_text(facts.tools[0].output, "version 1");
	assert_int_equal(run_plan(f, s, p, "a"), 14);
	(void)file_with(f, "train.py", "print(22)");
	p = plan_of(s, f->s);
	assert_text(reasons_text(s, p, 0), "file train.py content d287bb7f → content 07ef2051 study.yaml:11:5");
	(void)file_with(f, "train.py", "print(1)");
	assert_counts(plan_of(s, f->s), 14, 0, 0);
	s->file = ".";
	p = plan_of(s, f->s);
	assert_counts(p, 0, 1, 13);
	s->file = "missing.py";
	assert_false(plan_make(&s->g, front_of(s), f->s, NULL, f->a, &s->d, &p));
	assert_text(s->d.list[0].message, "input 'missing.py' cannot be read: No such file or directory");
	assert_int_equal(plan_state(p, 0), TASK_UNKNOWN);
	s->file = NULL;
	s->tool = "exit 3";
	assert_false(plan_make(&s->g, front_of(s), f->s, NULL, f->a, &s->d, &p));
	assert_text(s->d.list[1].message, "the tool 'exit 3' exits with 3");
}

static void test_env(void **state)
{
	struct fixture *f = *state;
	struct study_c *s = usual(f);
	struct fresh_facts facts = { 0 };

	s->variable = "RUNG_TEST_VARIABLE";
	(void)setenv(s->variable, "one", 1);
	struct plan *p = plan_of(s, f->s);

	plan_consulted(p, &facts, f->a);
	assert_int_equal(facts.env_count, 1);
	assert_text(facts.envs[0].value, "one");
	assert_int_equal(run_plan(f, s, p, "a"), 14);
	(void)setenv(s->variable, "two", 1);
	p = plan_of(s, f->s);
	assert_text(reasons_text(s, p, 0), "env {\"RUNG_TEST_VARIABLE\":\"one\"} → {\"RUNG_TEST_VARIABLE\":\"two\"} study.yaml:20:5");
	(void)unsetenv(s->variable);
	facts = (struct fresh_facts){ 0 };
	plan_consulted(plan_of(s, f->s), &facts, f->a);
	assert_int_equal(facts.env_count, 1);
	assert_false(facts.envs[0].has);
}

static void test_folder_input(void **state)
{
	struct fixture *f = *state;
	struct study_c *s = usual(f);
	struct fresh_facts facts = { 0 };

	(void)file_with(f, "data/a.csv", "1");
	(void)file_with(f, "data/sub/b.csv", "2");
	assert_int_equal(symlink("a.csv", in_folder(f, "data/link")), 0);
	s->file = "data";
	struct plan *p = plan_of(s, f->s);
	struct digest key = *plan_key(p, 0);

	plan_consulted(p, &facts, f->a);
	assert_int_equal(facts.input_count, 4); /* data, a.csv, sub, sub/b.csv */
	assert_true(digest_same(&key, plan_key(plan_of(s, NULL), 0)));
	(void)file_with(f, "data/sub/b.csv", "3");
	assert_false(digest_same(&key, plan_key(plan_of(s, f->s), 0)));
	(void)file_with(f, "data/sub/b.csv", "2");
	assert_true(digest_same(&key, plan_key(plan_of(s, f->s), 0)));
	assert_int_equal(rename(in_folder(f, "data/a.csv"), in_folder(f, "data/c.csv")), 0);
	assert_false(digest_same(&key, plan_key(plan_of(s, f->s), 0)));
}

static void test_tool(void **state)
{
	struct fixture *f = *state;
	struct str out, why;

	(void)setenv("SOME_API_KEY", "hidden", 1);
	assert_true(tool_output(f->folder, STR("echo \"[$SOME_API_KEY]\"; pwd; echo no >&2"), f->a, &out, &why));
	assert_text(out, arena_printf(f->a, "[]\n%s", f->folder).p);
	/* the same list as for commands, and the signals as a program expects them */
	(void)setenv("REPLICATE_USER", "hidden", 1);
	(void)setenv("HF_TOKEN", "seen", 1);
	assert_true(tool_output(f->folder, STR("echo \"[$REPLICATE_USER$HF_TOKEN]\""), f->a, &out, &why));
	assert_text(out, "[seen]");
	(void)signal(SIGPIPE, SIG_IGN);
	assert_false(tool_output(f->folder, STR("kill -PIPE $$; echo ignored"), f->a, &out, &why));
	(void)signal(SIGPIPE, SIG_DFL);
	assert_text(why, "was ended by signal 13");
	assert_false(tool_output(f->folder, STR("kill -9 $$"), f->a, &out, &why));
	assert_text(why, "was ended by signal 9");
	assert_false(tool_output(f->folder, STR("yes"), f->a, &out, &why));
	assert_text(why, "prints more than 65536 bytes");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_make, fixture_drop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_inputs), TEST(test_env), TEST(test_folder_input), TEST(test_tool),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
