/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Proves: what is committed is read back, with and without the preload, by the writer and by readers; keys, attempts,
 * durations and names are what the last runs left.
 */
#include <pthread.h>

#include "store_fixture.h"

static struct result result_of(struct fixture *f, const char *task, int version)
{
	struct digest key = key_of(task, version);
	struct result r = { 0 };

	assert_true(store_result(f->s, &key, f->a, &r));
	assert_true(digest_same(&r.key, &key));
	return r;
}

static struct commit rich_commit(struct fixture *f, int64_t run)
{
	struct commit c = done_commit(f, run, "train[source=gpt,seed=42]", 1, "model bytes");
	struct artifact *list = arena_array(f->a, struct artifact, 3);

	c.result.metrics = value_map(f->a, 3);
	(void)value_set(&c.result.metrics, STR("accuracy"), value_real(0.875));
	(void)value_set(&c.result.metrics, STR("n"), value_int(1000));
	(void)value_set(&c.result.metrics, STR("note"), value_str(STR("é\"x")));
	list[0] = c.result.artifacts[0];
	list[1] = (struct artifact){ .name = STR("weights"), .file = STR("weights"), .kind = ARTIFACT_TREE,
		                     .digest = digest_of(STR("w")), .size = UINT64_C(1) << 40 };
	list[2] = (struct artifact){ .name = STR("tool"), .file = STR(""), .kind = ARTIFACT_EXECUTABLE };
	c.result.artifacts = list;
	c.result.artifact_count = 3;
	c.result.content = result_content(&c.result);
	c.attempt.has_out = true;
	c.attempt.out = put_text(f, "stdout text");
	c.attempt.user_s = 1.25;
	c.attempt.system_s = 0.5;
	c.attempt.max_rss = 123456789;
	return c;
}

static void same_result(const struct result *got, const struct result *put)
{
	assert_true(digest_same(&got->key, &put->key));
	assert_true(digest_same(&got->content, &put->content));
	assert_true(str_same(got->task, put->task));
	assert_true(str_same(got->step, put->step));
	assert_true(value_same(&got->metrics, &put->metrics));
	assert_int_equal(got->outcome, put->outcome);
	assert_int_equal(got->attempt, put->attempt);
	assert_int_equal(got->duration_ms, put->duration_ms);
	assert_int_equal(got->artifact_count, put->artifact_count);
	for (size_t i = 0; i < got->artifact_count; i++) {
		assert_true(str_same(got->artifacts[i].name, put->artifacts[i].name));
		assert_true(str_same(got->artifacts[i].file, put->artifacts[i].file));
		assert_int_equal(got->artifacts[i].kind, put->artifacts[i].kind);
		assert_int_equal(got->artifacts[i].size, put->artifacts[i].size);
		assert_true(digest_same(&got->artifacts[i].digest, &put->artifacts[i].digest));
	}
}

static void a_result_comes_back(void **state)
{
	struct fixture *f = *state;
	struct commit c = rich_commit(f, begin_run(f).id);
	struct result r;

	assert_ok(f, store_commit(f->s, &c, 1));
	assert_true(c.result.attempt > 0);
	r = result_of(f, "train[source=gpt,seed=42]", 1);
	same_result(&r, &c.result);
	assert_int_equal(store_result_count(f->s), 1);
	assert_ok(f, store_results_preload(f->s));
	r = result_of(f, "train[source=gpt,seed=42]", 1);
	same_result(&r, &c.result);

	struct digest other = key_of("train[source=gpt,seed=42]", 2);

	assert_false(store_result(f->s, &other, f->a, &r));
	fixture_reopen(f);
	r = result_of(f, "train[source=gpt,seed=42]", 1);
	same_result(&r, &c.result);
}

static void content_is_of_artifacts_and_metrics(void **state)
{
	struct fixture *f = *state;
	struct commit c = rich_commit(f, 1);
	struct digest first = c.result.content, now;
	struct artifact swap = c.result.artifacts[0];

	/* neither order nor file names nor sizes nor the task count */
	c.result.artifacts[0] = c.result.artifacts[1];
	c.result.artifacts[1] = swap;
	c.result.artifacts[0].file = STR("elsewhere");
	c.result.task = STR("other");
	now = result_content(&c.result);
	assert_true(digest_same(&now, &first));
	c.result.artifacts[0].kind = ARTIFACT_FILE;
	now = result_content(&c.result);
	assert_false(digest_same(&now, &first));
	c.result.artifacts[0].kind = ARTIFACT_TREE;
	c.result.metrics.map.pairs[1].val = value_int(1001);
	now = result_content(&c.result);
	assert_false(digest_same(&now, &first));
}

static void content_is_the_documented_bytes(void **state)
{
	struct fixture *f = *state;
	struct artifact a = { .name = STR("out"), .digest = digest_of(STR("x")) };
	struct result r = { .artifacts = &a, .artifact_count = 1 };
	struct digest expected = digest_of(arena_printf(f->a, "l4:s11:rung-resulti1;l1:l3:s3:outs4:files64:%sn",
	                                                digest_str(f->a, &a.digest).p));
	struct digest got = result_content(&r);

	assert_true(digest_same(&got, &expected));
}

static void a_failed_attempt_is_no_result(void **state)
{
	struct fixture *f = *state;
	struct commit c = done_commit(f, begin_run(f).id, "fit", 1, "never");
	struct result r;
	struct attempt *list;
	struct key_parts parts;

	c.has_result = false;
	c.attempt.outcome = OUTCOME_EXIT;
	c.attempt.exit_code = 3;
	c.attempt.detail = STR("exit code 3 at study.yaml:7:3");
	assert_ok(f, store_commit(f->s, &c, 1));
	assert_false(store_result(f->s, &c.result.key, f->a, &r));
	assert_int_equal(store_result_count(f->s), 0);
	assert_int_equal(store_attempts(f->s, STR("fit"), 10, f->a, &list), 1);
	assert_int_equal(list[0].outcome, OUTCOME_EXIT);
	assert_int_equal(list[0].exit_code, 3);
	assert_text(list[0].detail, "exit code 3 at study.yaml:7:3");
	assert_false(store_last_parts(f->s, STR("fit"), f->a, &parts));
	assert_int_equal(store_task_duration(f->s, STR("fit")), -1);
}

static void attempts_come_newest_first(void **state)
{
	struct fixture *f = *state;
	int64_t run = begin_run(f).id;
	struct commit c = rich_commit(f, run), failed = c;
	struct attempt *list;

	failed.has_result = false;
	failed.attempt.outcome = OUTCOME_SIGNAL;
	failed.attempt.signal = 9;
	assert_ok(f, store_commit(f->s, &failed, 1));
	c.attempt.number = 2;
	assert_ok(f, store_commit(f->s, &c, 1));
	assert_int_equal(store_attempts(f->s, c.attempt.task, 10, f->a, &list), 2);
	assert_int_equal(list[1].outcome, OUTCOME_SIGNAL);
	assert_int_equal(list[1].signal, 9);

	const struct attempt *a = &list[0];

	assert_int_equal(a->number, 2);
	assert_int_equal(a->run, run);
	assert_text(a->step, "train");
	assert_true(digest_same(&a->key, &c.attempt.key));
	assert_int_equal(a->started_ns, c.attempt.started_ns);
	assert_int_equal(a->ended_ns, c.attempt.ended_ns);
	assert_true(a->has_out && !a->has_err);
	assert_true(digest_same(&a->out, &c.attempt.out));
	assert_true(a->user_s == 1.25 && a->system_s == 0.5);
	assert_int_equal(a->max_rss, 123456789);
	assert_text(a->host, "here");
	assert_int_equal(store_attempts(f->s, c.attempt.task, 1, f->a, &list), 1);
	assert_int_equal(list[0].number, 2);
	assert_int_equal(store_attempts(f->s, STR("unknown"), 1, f->a, &list), 0);
}

static void runs_come_newest_first(void **state)
{
	struct fixture *f = *state;
	struct run_info first = begin_run(f), second = begin_run(f), *list;

	first.ended_ns = first.started_ns + 5;
	first.exit_code = 1;
	first.study_digest = put_text(f, "steps: {}");
	first.keys = put_text(f, "");
	first.has_keys = true;
	first.counts = value_map(f->a, 1);
	(void)value_set(&first.counts, STR("tasks"), value_int(7));
	assert_ok(f, store_run_end(f->s, &first));
	assert_int_equal(store_runs(f->s, 10, f->a, &list), 2);
	assert_int_equal(list[0].id, second.id);
	assert_int_equal(list[0].ended_ns, 0);
	assert_int_equal(list[0].exit_code, -1);
	assert_false(list[0].has_keys);
	assert_int_equal(list[0].counts.type, V_NULL);
	assert_int_equal(list[1].exit_code, 1);
	assert_int_equal(list[1].ended_ns, first.ended_ns);
	assert_text(list[1].study, "study.yaml");
	assert_text(list[1].command, "rung run");
	assert_true(value_same(&list[1].counts, &first.counts));
	assert_true(list[1].has_keys);
	assert_true(digest_same(&list[1].keys, &first.keys));
	assert_true(digest_same(&list[1].study_digest, &first.study_digest));
	assert_int_equal(store_runs(f->s, 1, f->a, &list), 1);
	assert_sound(f);
}

static void durations_are_medians(void **state)
{
	struct fixture *f = *state;
	int64_t run = begin_run(f).id;
	static const int64_t times[] = { 100, 5000, 300 };

	for (size_t i = 0; i < countof(times); i++) {
		struct commit c = done_commit(f, run, arena_printf(f->a, "train[i=%zu]", i).p, 1, "x");

		c.result.duration_ms = times[i];
		c.attempt.ended_ns = c.attempt.started_ns + times[i] * 1000000;
		assert_ok(f, store_commit(f->s, &c, 1));
	}
	assert_int_equal(store_step_duration(f->s, STR("train")), 300);
	assert_int_equal(store_step_duration(f->s, STR("score")), -1);
	assert_int_equal(store_task_duration(f->s, STR("train[i=1]")), 5000);
	assert_int_equal(store_task_duration(f->s, STR("train[i=7]")), -1);
}

static void skipped_tasks_say_nothing_about_time(void **state)
{
	struct fixture *f = *state;
	struct commit c = done_commit(f, begin_run(f).id, "train", 1, "x");

	c.result.outcome = c.attempt.outcome = OUTCOME_SKIPPED;
	c.result.artifact_count = 0;
	c.result.duration_ms = 0;
	c.result.content = result_content(&c.result);
	assert_ok(f, store_commit(f->s, &c, 1));
	assert_int_equal(result_of(f, "train", 1).outcome, OUTCOME_SKIPPED);
	assert_int_equal(store_step_duration(f->s, STR("train")), -1);
	assert_int_equal(store_task_duration(f->s, STR("train")), -1);
}

static void names_are_found_by_prefix(void **state)
{
	static const char *const names[] = { "train[a=2]", "train[a=10]", "trainer", "score", "train[a=1]" };
	struct fixture *f = *state;
	int64_t run = begin_run(f).id;
	struct str *list;

	for (size_t i = 0; i < countof(names); i++)
		commit_done(f, run, names[i], 1, "x");
	assert_int_equal(store_task_names(f->s, STR("train["), 10, f->a, &list), 3);
	assert_text(list[0], "train[a=10]");
	assert_text(list[2], "train[a=2]");
	assert_int_equal(store_task_names(f->s, STR("train"), 2, f->a, &list), 2);
	assert_int_equal(store_task_names(f->s, STR(""), 10, f->a, &list), 5);
	assert_int_equal(store_task_names(f->s, STR("x"), 10, f->a, &list), 0);
}

static void a_commit_after_the_preload_is_seen(void **state)
{
	struct fixture *f = *state;
	int64_t run = begin_run(f).id;

	commit_done(f, run, "a", 1, "x");
	assert_ok(f, store_results_preload(f->s));
	commit_done(f, run, "b", 1, "y");
	assert_int_equal(store_result_count(f->s), 2);
	assert_text(result_of(f, "b", 1).task, "b");
	/* the same key again replaces */
	struct commit c = done_commit(f, run, "a", 1, "z");

	assert_ok(f, store_commit(f->s, &c, 1));
	assert_int_equal(store_result_count(f->s), 2);
	struct result r = result_of(f, "a", 1);

	same_result(&r, &c.result);
}

static void the_generation_changes_with_every_commit(void **state)
{
	struct fixture *f = *state;
	int64_t before = store_generation(f->s), run = begin_run(f).id, then = store_generation(f->s);

	assert_true(then != before);
	assert_int_equal(store_generation(f->s), then);
	commit_done(f, run, "a", 1, "x");
	assert_true(store_generation(f->s) != then);
}

static void an_empty_commit_is_fine(void **state)
{
	struct fixture *f = *state;
	int64_t before = store_generation(f->s);

	assert_ok(f, store_commit(f->s, NULL, 0));
	assert_int_equal(store_generation(f->s), before);
}

/* ---- the other thread --------------------------------------------------------------------------------------------- */

enum { GROUPS = 40, GROUP = 25 };

struct committer {
	struct store *s;
	struct commit *commits;
	enum store_status status;
};

static void *commit_all(void *user)
{
	struct committer *c = user;

	for (int i = 0; i < GROUPS && c->status == STORE_OK; i++)
		c->status = store_commit(c->s, c->commits + i * GROUP, GROUP);
	return NULL;
}

/* The opening thread puts, reads, preloads and writes runs while another commits. */
static void commits_may_run_beside(void **state)
{
	struct fixture *f = *state;
	int64_t run = begin_run(f).id;
	struct committer c = { f->s, arena_array(f->a, struct commit, GROUPS * GROUP), STORE_OK };
	pthread_t thread;

	for (int i = 0; i < GROUPS * GROUP; i++)
		c.commits[i] = done_commit(f, run, arena_printf(f->a, "t[i=%d]", i).p, 1, arena_printf(f->a, "%d", i).p);
	assert_int_equal(pthread_create(&thread, NULL, commit_all, &c), 0);
	for (int i = 0; i < 200; i++) {
		struct digest key = key_of(arena_printf(f->a, "t[i=%d]", i * 5).p, 1);
		struct result r;

		(void)put_text(f, arena_printf(f->a, "beside %d", i).p);
		if (store_result(f->s, &key, f->a, &r))
			assert_true(digest_same(&r.key, &key));
		if (i % 50 == 10)
			assert_ok(f, store_results_preload(f->s));
		if (i % 50 == 20)
			(void)begin_run(f);
	}
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(c.status, STORE_OK);
	assert_int_equal(store_result_count(f->s), GROUPS * GROUP);
	for (int i = 0; i < GROUPS * GROUP; i++)
		(void)result_of(f, arena_printf(f->a, "t[i=%d]", i).p, 1);
	assert_sound(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_result_comes_back, fixture_make, fixture_drop),
		cmocka_unit_test_setup_teardown(content_is_of_artifacts_and_metrics, fixture_make, fixture_drop),
		cmocka_unit_test_setup_teardown(content_is_the_documented_bytes, fixture_make, fixture_drop),
		cmocka_unit_test_setup_teardown(a_failed_attempt_is_no_result, fixture_make, fixture_drop),
		cmocka_unit_test_setup_teardown(attempts_come_newest_first, fixture_make, fixture_drop),
		cmocka_unit_test_setup_teardown(runs_come_newest_first, fixture_make, fixture_drop),
		cmocka_unit_test_setup_teardown(durations_are_medians, fixture_make, fixture_drop),
		cmocka_unit_test_setup_teardown(skipped_tasks_say_nothing_about_time, fixture_make, fixture_drop),
		cmocka_unit_test_setup_teardown(names_are_found_by_prefix, fixture_make, fixture_drop),
		cmocka_unit_test_setup_teardown(a_commit_after_the_preload_is_seen, fixture_make, fixture_drop),
		cmocka_unit_test_setup_teardown(the_generation_changes_with_every_commit, fixture_make, fixture_drop),
		cmocka_unit_test_setup_teardown(an_empty_commit_is_fine, fixture_make, fixture_drop),
		cmocka_unit_test_setup_teardown(commits_may_run_beside, fixture_make, fixture_drop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
