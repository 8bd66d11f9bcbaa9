/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Proves: the ledger remembers what each key was made of and which key each task had last, so that `why` has something to
 * compare with.
 */
#include "store_fixture.h"

static void parts_say_what_a_key_was_made_of(void **state)
{
	struct fixture *f = *state;
	int64_t run = begin_run(f).id;
	struct key_parts p;
	struct digest first = key_of("train[a=1]", 1), second = key_of("train[a=1]", 2);

	assert_false(store_last_parts(f->s, STR("train[a=1]"), f->a, &p));
	commit_done(f, run, "train[a=1]", 1, "x");
	commit_done(f, run, "train[a=2]", 1, "y");
	commit_done(f, run, "train[a=1]", 2, "z");
	assert_true(store_last_parts(f->s, STR("train[a=1]"), f->a, &p));
	assert_true(digest_same(&p.key, &second));
	assert_text(p.task, "train[a=1]");
	assert_text(p.common, "common of train");
	assert_text(p.own, "own of train[a=1] version 2");
	assert_true(store_parts(f->s, &first, f->a, &p));
	assert_text(p.own, "own of train[a=1] version 1");
	assert_false(store_parts(f->s, &(struct digest){ 0 }, f->a, &p));
}

static struct digest last_key(struct fixture *f, const char *task)
{
	struct key_parts p;

	assert_true(store_last_parts(f->s, str_z(task), f->a, &p));
	assert_true(str_is(p.task, task));
	return p.key;
}

static void assert_last(struct fixture *f, const char *task, int version)
{
	struct digest got = last_key(f, task), expected = key_of(task, version);

	assert_true(digest_same(&got, &expected));
}

static void task_keys_remember_hits(void **state)
{
	struct fixture *f = *state;
	int64_t run = begin_run(f).id;
	struct str names[] = { STR("t[a=1]"), STR("t[a=2]") };
	struct digest old[] = { key_of("t[a=1]", 1), key_of("t[a=2]", 1) };
	struct digest fresh[] = { key_of("t[a=1]", 1), key_of("t[a=2]", 9) }; /* the second never ran */

	commit_done(f, run, "t[a=1]", 1, "x");
	commit_done(f, run, "t[a=2]", 1, "y");
	commit_done(f, run, "t[a=1]", 2, "z");
	assert_last(f, "t[a=1]", 2);
	/* the study goes back to version 1, which is a hit */
	assert_ok(f, store_task_keys(f->s, names, old, 2));
	assert_last(f, "t[a=1]", 1);
	assert_last(f, "t[a=2]", 1);
	assert_ok(f, store_task_keys(f->s, names, fresh, 2));
	assert_last(f, "t[a=2]", 1);
	/* the same list again changes nothing, not even the generation */
	int64_t generation = store_generation(f->s);

	assert_ok(f, store_task_keys(f->s, names, fresh, 2));
	assert_int_equal(store_generation(f->s), generation);
}

static void task_keys_notice_commits_of_others(void **state)
{
	struct fixture *f = *state;
	int64_t run = begin_run(f).id;
	struct str name = STR("t");
	struct digest key = key_of("t", 1);

	commit_done(f, run, "t", 1, "x");
	assert_ok(f, store_task_keys(f->s, &name, &key, 1));
	fixture_reopen(f);
	/* someone who told no list */
	commit_done(f, run, "t", 2, "y");
	assert_last(f, "t", 2);
	assert_ok(f, store_task_keys(f->s, &name, &key, 1));
	assert_last(f, "t", 1);
}

static void task_keys_of_many(void **state)
{
	enum { N = 700 };
	struct fixture *f = *state;
	struct commit *commits = arena_array(f->a, struct commit, 2 * N);
	struct str *names = arena_array(f->a, struct str, N + 1);
	struct digest *keys = arena_array(f->a, struct digest, N + 1);
	int64_t run = begin_run(f).id;

	for (int i = 0; i < N; i++) {
		names[i] = arena_printf(f->a, "t[i=%d]", i);
		keys[i] = key_of(names[i].p, 1);
		commits[i] = done_commit(f, run, names[i].p, 1, "same");
		commits[N + i] = done_commit(f, run, names[i].p, 2, "same");
	}
	names[N] = STR("unheard of");
	assert_ok(f, store_commit(f->s, commits, 2 * N));
	assert_last(f, "t[i=650]", 2);
	assert_ok(f, store_task_keys(f->s, names, keys, N + 1));
	assert_last(f, "t[i=650]", 1);
	assert_last(f, "t[i=0]", 1);
	assert_int_equal(store_result_count(f->s), 2 * N);
	assert_sound(f);
}

static void a_hit_under_another_name_is_known(void **state)
{
	struct fixture *f = *state;
	struct str name = STR("renamed");
	struct digest key = key_of("first", 1);

	commit_done(f, begin_run(f).id, "first", 1, "x");
	assert_ok(f, store_task_keys(f->s, &name, &key, 1));
	struct digest got = last_key(f, "renamed");

	assert_true(digest_same(&got, &key));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(parts_say_what_a_key_was_made_of, fixture_make, fixture_drop),
		cmocka_unit_test_setup_teardown(task_keys_remember_hits, fixture_make, fixture_drop),
		cmocka_unit_test_setup_teardown(task_keys_notice_commits_of_others, fixture_make, fixture_drop),
		cmocka_unit_test_setup_teardown(task_keys_of_many, fixture_make, fixture_drop),
		cmocka_unit_test_setup_teardown(a_hit_under_another_name_is_known, fixture_make, fixture_drop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
