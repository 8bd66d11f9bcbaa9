/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a plan says of each task: first run, nothing to do, early cutoff, a change taken back, a grown axis, force.
 */
#include "tests/unit/plan_fixture.h"

static void test_cold(void **state)
{
	struct fixture *f = *state;
	struct study_c *s = usual(f);
	struct plan *p = plan_of(s, f->s);

	assert_counts(p, 0, 1, 13);
	assert_int_equal(s->specs, 1); /* those that wait cost no spec */
	assert_text(reasons_text(s, p, 0), "new study.yaml:20:5");
	assert_text(reasons_text(s, p, 1), "corpus  → not finished study.yaml:21:5");
	assert_text(reasons_text(s, p, 13), "score[source=manual,seed=1]  → not finished study.yaml:23:5");
	assert_non_null(plan_key(p, 0));
	assert_null(plan_key(p, 1));
	p = plan_of(s, NULL);
	assert_counts(p, 0, 1, 13);
	assert_text(reasons_text(s, p, 0), "new study.yaml:20:5");
}

static void test_nothing_to_do(void **state)
{
	struct fixture *f = *state;
	struct study_c *s = usual(f);
	struct plan *p = plan_of(s, f->s);
	struct reason *none;

	assert_int_equal(run_plan(f, s, p, "a"), 14);
	assert_counts(p, 14, 0, 0);
	struct str keys = plan_keys(p, f->a);

	assert_int_equal(keys.n, 14 * DIGEST_BYTES);
	fixture_reopen(f);
	p = plan_of(s, f->s);
	assert_counts(p, 14, 0, 0);
	assert_int_equal(plan_reasons(p, 3, f->a, &none), 0);
	assert_true(str_same(keys, plan_keys(p, f->a)));
	assert_int_equal(run_plan(f, s, p, "a"), 0);
}

static void test_early_cutoff(void **state)
{
	struct fixture *f = *state;
	struct study_c *s = usual(f);

	assert_int_equal(run_plan(f, s, plan_of(s, f->s), "a"), 14);
	s->corpus_line = "make corpus -v";
	struct plan *p = plan_of(s, f->s);

	assert_counts(p, 0, 1, 13);
	assert_text(reasons_text(s, p, 0), "run make corpus → make corpus -v study.yaml:10:5");
	/* the same bytes come out: what waits turns out known */
	assert_int_equal(run_plan(f, s, p, "a"), 1);
	assert_counts(p, 14, 0, 0);
	/* taken back: all known */
	s->corpus_line = "make corpus";
	assert_counts(plan_of(s, f->s), 14, 0, 0);
}

static void test_rows_not_files(void **state)
{
	struct fixture *f = *state;
	struct study_c *s = usual(f);

	assert_int_equal(run_plan(f, s, plan_of(s, f->s), "a"), 14);
	s->epoch = 40;
	struct plan *p = plan_of(s, f->s);

	assert_counts(p, 1, 6, 7);
	assert_text(reasons_text(s, p, 1), "epoch 30 → 40 study.yaml:7:5");
	/* train and score make other files but the same metrics: the report, which reads rows, is known */
	assert_int_equal(run_plan(f, s, p, "b"), 12);
	assert_counts(p, 14, 0, 0);
	p = plan_of(s, f->s);
	assert_counts(p, 14, 0, 0);
	s->epoch = 30;
	assert_counts(plan_of(s, f->s), 14, 0, 0);
}

static void test_axis_grows(void **state)
{
	static const char *const four_seeds[] = { "1", "9", "2", "3" };
	struct fixture *f = *state;
	struct study_c *s = usual(f), *wide = arena_make(f->a, struct study_c);

	assert_int_equal(run_plan(f, s, plan_of(s, f->s), "a"), 14);
	wide->a = f->a;
	study_make(wide, f->folder, two_sources, 2, four_seeds, 4);
	struct plan *p = plan_of(wide, f->s);

	/* two new points of train, their scores, the gather */
	assert_counts(p, 13, 2, 3);
	assert_text(reasons_text(wide, p, 2), "new study.yaml:21:5");
	assert_int_equal(run_plan(f, wide, p, "a"), 5);
	/* shrunk again: nothing to do */
	assert_counts(plan_of(s, f->s), 14, 0, 0);
	/* the gather of four, told by its number */
	struct run_info run = begin_run(f);
	struct str names[1] = { STR("report") };

	(void)run;
	p = plan_of(wide, f->s);
	assert_ok(f, store_task_keys(f->s, names, plan_key(p, 9 + 8), 1));
	p = plan_of(s, f->s);
	plan_force(p, 13, "forced");
	assert_text(reasons_text(s, p, 13), "forced study.yaml:23:5");
}

static void test_gather_reason(void **state)
{
	static const char *const four_seeds[] = { "1", "2", "3", "4" };
	struct fixture *f = *state;
	struct study_c *s = usual(f), *wide = arena_make(f->a, struct study_c);

	assert_int_equal(run_plan(f, s, plan_of(s, f->s), "a"), 14);
	wide->a = f->a;
	study_make(wide, f->folder, two_sources, 2, four_seeds, 4);
	struct plan *p = plan_of(wide, f->s);

	for (uint32_t t = 0; t < 17; t++) {
		enum task_state now = plan_state(p, t) == TASK_WAITS ? plan_settle(p, t, NULL, &wide->d) : plan_state(p, t);

		if (now == TASK_STALE)
			pretend(f, wide, p, begin_run(f).id, t, "x", 1);
	}
	assert_int_equal(plan_settle(p, 17, NULL, &wide->d), TASK_STALE);
	assert_text(reasons_text(wide, p, 17), "input score 6 tasks → 8 tasks study.yaml:23:5");
}

static void test_force(void **state)
{
	struct fixture *f = *state;
	struct study_c *s = usual(f);

	assert_int_equal(run_plan(f, s, plan_of(s, f->s), "a"), 14);
	struct plan *p = plan_of(s, f->s);

	plan_force(p, 0, "forced");
	assert_counts(p, 0, 1, 13);
	assert_text(reasons_text(s, p, 0), "forced study.yaml:20:5");
	assert_int_equal(run_plan(f, s, p, "a"), 1);
	assert_counts(p, 14, 0, 0);
	/* other bytes this time: its readers run, theirs know their rows */
	p = plan_of(s, f->s);
	plan_force(p, 0, "object missing");
	assert_text(reasons_text(s, p, 0), "result  → object missing study.yaml:20:5");
	assert_int_equal(run_plan(f, s, p, "c"), 13);
	assert_counts(p, 14, 0, 0);
	/* all of them */
	p = plan_of(s, f->s);
	for (uint32_t t = 0; t < s->g.task_count; t++)
		plan_force(p, t, "forced");
	assert_counts(p, 0, 1, 13);
	assert_int_equal(run_plan(f, s, p, "d"), 14);
}

static void test_object_missing(void **state)
{
	struct fixture *f = *state;
	struct study_c *s = usual(f);
	struct plan *p = plan_of(s, f->s);
	struct result r;

	assert_int_equal(run_plan(f, s, p, "a"), 14);
	assert_true(plan_result(p, 2, f->a, &r));
	assert_int_equal(unlink(store_object_path(f->s, &r.artifacts[0].digest, f->a).p), 0);
	fixture_reopen(f);
	p = plan_of(s, f->s);
	assert_counts(p, 11, 1, 2);
	assert_text(reasons_text(s, p, 2), "result  → object missing study.yaml:21:5");
}

static void test_failed(void **state)
{
	struct fixture *f = *state;
	struct study_c *s = usual(f);
	struct plan *p = plan_of(s, f->s);
	struct run_info run = begin_run(f);
	struct commit c = { .attempt = { .run = run.id, .task = STR("corpus"), .step = STR("corpus"), .key = *plan_key(p, 0), .number = 1,
		                         .outcome = OUTCOME_EXIT, .exit_code = 2, .detail = STR("exit 2"), .host = STR("here") } };

	assert_ok(f, store_commit(f->s, &c, 1));
	plan_finish(p, 0, OUTCOME_EXIT, NULL);
	assert_false(plan_done(p, 0));
	plan_block(p, 1);
	assert_text(reasons_text(s, p, 0), "failed exit 2 →  study.yaml:20:5");
	assert_text(reasons_text(s, p, 1), "corpus  → failed study.yaml:21:5");
	p = plan_of(s, f->s);
	assert_counts(p, 0, 1, 13);
	assert_text(reasons_text(s, p, 0), "failed exit 2 →  study.yaml:20:5");
}

static void test_late(void **state)
{
	struct fixture *f = *state;
	struct study_c *s = arena_make(f->a, struct study_c);

	s->a = f->a;
	s->late = true;
	study_make(s, f->folder, two_sources, 2, three_seeds, 3);
	struct plan *p = plan_of(s, f->s);

	assert_true(plan_needs_late(p, 13));
	assert_false(plan_needs_late(p, 12));
	assert_int_equal(run_plan(f, s, p, "a"), 14);
	struct value *late = plan_late(p, 13, f->a);

	assert_int_equal(late[0].type, V_LIST);
	assert_int_equal(late[0].list.n, 6);
	assert_text(value_show(&late[0].list.items[5], f->a), "{\"source\":\"gpt\",\"seed\":3,\"accuracy\":1}");
	assert_counts(plan_of(s, f->s), 14, 0, 0);
	/* a spec that came through a pipe gives the same key */
	struct spec made, again;
	struct value tree;
	struct digest key = *plan_key(p, 5);

	assert_true(plan_spec(p, 5, f->a, &made, &s->d));
	tree = spec_encode(&made, f->a);
	assert_true(spec_decode(&tree, f->a, &again));
	assert_int_equal(plan_settle(p, 5, &again, &s->d), TASK_HIT);
	assert_true(digest_same(&key, plan_key(p, 5)));
}

/* Who asks for a spec is told what is wrong with it: a run gives that to the task. */
static void test_spec_in_trouble(void **state)
{
	struct fixture *f = *state;
	struct study_c *s = usual(f);
	struct plan *p = plan_of(s, f->s);
	struct diags aside;
	struct spec made;
	size_t before = s->d.n;

	diags_init(&aside, f->a);
	s->trouble = "the memory is full";
	assert_false(plan_spec(p, 0, f->a, &made, &aside));
	assert_int_equal(s->d.n, before);
	assert_int_equal(aside.errors, 1);
	assert_text(aside.list[0].message, "the memory is full");
}

static void test_skipped(void **state)
{
	struct fixture *f = *state;
	struct study_c *s = usual(f);
	struct plan_counts c;

	s->skip_source = "gpt";
	struct plan *p = plan_of(s, f->s);

	assert_int_equal(run_plan(f, s, p, "a"), 8);
	p = plan_of(s, f->s);
	plan_count(p, &c);
	assert_int_equal(c.skipped, 6); /* what reads a skipped task at its point is skipped too; the gather has the rest */
	assert_counts(p, 8, 0, 0);
	assert_text(reasons_text(s, p, 4), "when  → false study.yaml:21:5");
	s->skip_source = NULL;
	assert_counts(plan_of(s, f->s), 7, 3, 4);
}

static void test_selected(void **state)
{
	struct fixture *f = *state;
	struct study_c *s = usual(f);
	unsigned char marks[14] = { 0 };
	struct plan *p;

	marks[8] = 1; /* score[manual,2] */
	assert_true(plan_make(&s->g, front_of(s), f->s, marks, f->a, &s->d, &p));
	assert_counts(p, 0, 1, 2);
	assert_true(plan_wanted(p, 2));
	assert_false(plan_wanted(p, 1));
}

/* A step's name is in no key; the kind's version is, and is told apart from a change of the study. */
static void test_rename_and_version(void **state)
{
	static struct kind newer;
	struct fixture *f = *state;
	struct study_c *s = usual(f);

	assert_int_equal(run_plan(f, s, plan_of(s, f->s), "a"), 14);
	s->steps[TRAIN].name = STR("learn");
	s->steps[SCORE].name = STR("grade");
	assert_counts(plan_of(s, f->s), 14, 0, 0);
	newer = run_kind;
	newer.version = 2;
	s->steps[CORPUS].kind = &newer;
	struct plan *p = plan_of(s, f->s);

	assert_counts(p, 0, 1, 13);
	assert_text(reasons_text(s, p, 0), "kind version run 1 → run 2 study.yaml:20:5");
}

/* A change of a parameter explains the command that holds it, but not another edit of that command. */
static void test_long_text(void **state)
{
	struct fixture *f = *state;
	struct study_c *s = usual(f);

	s->corpus_line = "make corpus --with a great many options that make the line longer than what is shown --seed 1";
	assert_int_equal(run_plan(f, s, plan_of(s, f->s), "a"), 14);
	s->corpus_line = "make corpus --with a great many options that make the line longer than what is shown --seed 2";
	struct plan *p = plan_of(s, f->s);

	assert_text(reasons_text(s, p, 0), "run …hat is shown --seed 1 → …hat is shown --seed 2 study.yaml:10:5");
	struct reason *parts;

	assert_int_equal(plan_shown_parts(p, 0, f->a, &parts), 3);
	assert_text(parts[0].part, "kind");
	assert_text(parts[2].new_, s->corpus_line);
}

static void test_removed_result(void **state)
{
	struct fixture *f = *state;
	struct study_c *s = usual(f);
	struct plan *p = plan_of(s, f->s);
	struct verify_fault *faults;
	struct result r;
	size_t n, checked;

	assert_int_equal(run_plan(f, s, p, "a"), 14);
	assert_true(plan_result(p, 2, f->a, &r));
	assert_int_equal(unlink(store_object_path(f->s, &r.artifacts[0].digest, f->a).p), 0);
	assert_ok(f, store_verify(f->s, true, f->a, &faults, &n, &checked));
	p = plan_of(s, f->s);
	assert_counts(p, 11, 1, 2);
	assert_text(reasons_text(s, p, 2), "result  → removed study.yaml:21:5");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_make, fixture_drop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_cold), TEST(test_nothing_to_do), TEST(test_early_cutoff), TEST(test_rows_not_files),
		TEST(test_axis_grows), TEST(test_gather_reason), TEST(test_force), TEST(test_object_missing),
		TEST(test_failed), TEST(test_late), TEST(test_spec_in_trouble), TEST(test_skipped), TEST(test_selected),
		TEST(test_rename_and_version), TEST(test_long_text), TEST(test_removed_result),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
