/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Proves: gc keeps what a plan, the last runs and work in flight need and removes the rest; verify finds every kind of
 * damage and repair leaves a store whose lost tasks run again.
 */
#include <sys/time.h>

#include "store_fixture.h"

static struct digest keys_object(struct fixture *f, const struct digest *keys, size_t n)
{
	struct digest d;

	assert_ok(f, store_put_bytes(f->s, (struct str){ (const char *)keys, n * DIGEST_BYTES }, &d));
	return d;
}

static int64_t run_with_keys(struct fixture *f, const struct digest *keys, size_t n)
{
	struct run_info run = { .started_ns = system_clock.wall_ns(&system_clock), .study = STR("s"), .command = STR("c"),
		                .host = STR("h"), .exit_code = -1 };

	run.keys = keys_object(f, keys, n);
	run.has_keys = true;
	run.study_digest = put_text(f, arena_printf(f->a, "study of %zu keys", n).p);
	assert_ok(f, store_run_begin(f->s, &run));
	return run.id;
}

static bool has_result(struct fixture *f, const char *task, int version)
{
	struct digest key = key_of(task, version);
	struct result r;

	return store_result(f->s, &key, f->a, &r);
}

static bool has_text(struct fixture *f, const char *text)
{
	struct digest d = digest_of(str_z(text));

	return store_has(f->s, &d);
}

static struct gc_report gc(struct fixture *f, const struct digest *keep, size_t n, size_t runs, bool dry)
{
	struct gc_report report = { 0 };

	assert_ok(f, store_gc(f->s, keep, n, runs, dry, f->a, &report));
	return report;
}

/* ---- gc ----------------------------------------------------------------------------------------------------------- */

static void gc_keeps_what_is_named(void **state)
{
	struct fixture *f = *state;
	struct digest first[] = { key_of("a", 1), key_of("b", 1) }, second[] = { key_of("a", 2), key_of("b", 1) };
	int64_t run = run_with_keys(f, first, 2);
	struct digest keep = key_of("c", 1);

	commit_done(f, run, "a", 1, "a one");
	commit_done(f, run, "b", 1, "b one");
	commit_done(f, run, "c", 1, "c one");
	commit_done(f, run, "d", 1, "d one, which nobody wants");
	run = run_with_keys(f, second, 2);
	commit_done(f, run, "a", 2, "a two");
	(void)put_text(f, "put, not committed");

	struct gc_report dry = gc(f, &keep, 1, 1, true), r;

	assert_true(has_result(f, "a", 1) && has_text(f, "d one, which nobody wants"));
	r = gc(f, &keep, 1, 1, false);
	assert_memory_equal(&dry, &r, offsetof(struct gc_report, steps));
	assert_int_equal(r.results_removed, 2);
	assert_false(has_result(f, "a", 1) || has_text(f, "a one"));
	assert_false(has_result(f, "d", 1) || has_text(f, "d one, which nobody wants"));
	assert_true(has_result(f, "a", 2) && has_text(f, "a two"));
	assert_true(has_result(f, "b", 1) && has_text(f, "b one"));
	assert_true(has_result(f, "c", 1) && has_text(f, "c one"));
	assert_true(has_text(f, "put, not committed"));
	/* the largest first, with what it would cost to have it again */
	assert_int_equal(r.step_count, 2);
	assert_text(r.steps[0].step, "d");
	assert_int_equal(r.steps[0].bytes, strlen("d one, which nobody wants"));
	assert_int_equal(r.steps[0].results, 1);
	assert_int_equal(r.steps[0].recompute_ms, 1500);
	assert_text(r.steps[1].step, "a");
	/* what is still known of a task that lost its result: its parts */
	struct key_parts parts;

	assert_true(store_last_parts(f->s, STR("d"), f->a, &parts));
	assert_text(parts.own, "own of d version 1");
	assert_false(store_parts(f->s, &first[0], f->a, &parts));
	assert_sound(f);
	fixture_reopen(f);
	assert_sound(f);
}

static void gc_with_a_preload_forgets_too(void **state)
{
	struct fixture *f = *state;

	commit_done(f, begin_run(f).id, "a", 1, "x");
	assert_ok(f, store_results_preload(f->s));
	assert_true(has_result(f, "a", 1) && has_text(f, "x"));
	(void)gc(f, NULL, 0, 0, false);
	assert_false(has_result(f, "a", 1) || has_text(f, "x"));
	assert_int_equal(store_result_count(f->s), 0);
}

static void gc_counts_shared_objects_as_kept(void **state)
{
	struct fixture *f = *state;
	struct digest keep = key_of("b", 1);
	int64_t run = begin_run(f).id;

	commit_done(f, run, "a", 1, "shared");
	commit_done(f, run, "b", 1, "shared");
	struct gc_report r = gc(f, &keep, 1, 0, false);

	assert_int_equal(r.results_removed, 1);
	assert_int_equal(r.steps[0].bytes, 0);
	assert_true(has_text(f, "shared"));
	assert_sound(f);
}

static void gc_keeps_the_files_of_trees(void **state)
{
	struct fixture *f = *state;
	struct commit c = done_commit(f, begin_run(f).id, "t", 1, "");

	(void)file_with(f, "tree/sub/file", "in a tree");
	assert_ok(f, store_put(f->s, in_folder(f, "tree"), TAKE_MOVE, &c.result.artifacts[0]));
	c.result.content = result_content(&c.result);
	assert_ok(f, store_commit(f->s, &c, 1));
	(void)gc(f, &c.result.key, 1, 0, false);
	assert_true(has_text(f, "in a tree"));
	assert_sound(f);
	assert_int_equal(gc(f, NULL, 0, 0, false).objects_removed, 2);
	assert_false(has_text(f, "in a tree"));
}

static void gc_keeps_logs_of_what_it_keeps(void **state)
{
	struct fixture *f = *state;
	int64_t old = begin_run(f).id, last;
	struct commit kept = done_commit(f, old, "kept", 1, "k"), lost = done_commit(f, old, "lost", 1, "l"), recent;
	struct attempt *list;

	kept.attempt.has_out = lost.attempt.has_err = true;
	kept.attempt.out = put_text(f, "log of kept");
	lost.attempt.err = put_text(f, "log of lost");
	assert_ok(f, store_commit(f->s, &kept, 1));
	assert_ok(f, store_commit(f->s, &lost, 1));
	last = begin_run(f).id;
	recent = done_commit(f, last, "recent", 1, "r");
	recent.has_result = false;
	recent.attempt.outcome = OUTCOME_EXIT;
	recent.attempt.has_err = true;
	recent.attempt.err = put_text(f, "log of recent");
	assert_ok(f, store_commit(f->s, &recent, 1));
	(void)gc(f, &kept.result.key, 1, 1, false);
	assert_true(has_text(f, "log of kept"));
	assert_true(has_text(f, "log of recent"));
	assert_false(has_text(f, "log of lost"));
	/* the attempt itself stays on record */
	assert_int_equal(store_attempts(f->s, STR("lost"), 5, f->a, &list), 1);
	assert_false(list[0].has_err);
	assert_sound(f);
}

static void gc_refuses_without_the_keys_of_a_kept_run(void **state)
{
	struct fixture *f = *state;
	struct digest key = key_of("a", 1), keys = keys_object(f, &key, 1);

	commit_done(f, run_with_keys(f, &key, 1), "a", 1, "x");
	assert_int_equal(unlink(store_object_path(f->s, &keys, f->a).p), 0);
	struct gc_report r;

	assert_int_equal(store_gc(f->s, NULL, 0, 1, false, f->a, &r), STORE_CORRUPT);
	assert_has(store_error(f->s), "the object is missing");
	assert_true(has_result(f, "a", 1) && has_text(f, "x"));
}

static void gc_removes_old_leftovers_only(void **state)
{
	struct fixture *f = *state;
	struct timeval old[2] = { { .tv_sec = 1000000000 }, { .tv_sec = 1000000000 } };

	(void)file_with(f, ".rung/attempts/of-before/file", "x");
	assert_int_equal(utimes(in_folder(f, ".rung/attempts/of-before"), old), 0);
	(void)file_with(f, ".rung/downloads/of-before.part", "x");
	assert_int_equal(utimes(in_folder(f, ".rung/downloads/of-before.part"), old), 0);
	(void)gc(f, NULL, 0, 0, false);
	assert_int_equal(access(in_folder(f, ".rung/attempts/of-before"), F_OK), 0); /* no run: nothing is known */
	(void)begin_run(f);
	(void)file_with(f, ".rung/attempts/at-work/file", "x");
	(void)file_with(f, ".rung/downloads/to-go-on-with.part", "x");
	(void)gc(f, NULL, 0, 0, true);
	assert_int_equal(access(in_folder(f, ".rung/attempts/of-before"), F_OK), 0);
	assert_int_equal(access(in_folder(f, ".rung/downloads/of-before.part"), F_OK), 0);
	(void)gc(f, NULL, 0, 0, false);
	assert_int_equal(access(in_folder(f, ".rung/attempts/of-before"), F_OK), -1);
	assert_int_equal(access(in_folder(f, ".rung/attempts/at-work/file"), F_OK), 0);
	assert_int_equal(access(in_folder(f, ".rung/downloads/of-before.part"), F_OK), -1);
	assert_int_equal(access(in_folder(f, ".rung/downloads/to-go-on-with.part"), F_OK), 0);
}

/* ---- verify ------------------------------------------------------------------------------------------------------- */

static const char *path_of(struct fixture *f, const char *text)
{
	struct digest d = digest_of(str_z(text));

	return store_object_path(f->s, &d, f->a).p;
}

static void damage(struct fixture *f, const char *text)
{
	const char *path = path_of(f, text);

	assert_int_equal(chmod(path, 0644), 0);
	FILE *file = fopen(path, "r+");

	assert_non_null(file);
	assert_int_equal(fputc('#', file), '#');
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, 0444), 0);
}

static void assert_fault(struct fixture *f, const struct verify_fault *fault, int what, const char *text, const char *task,
                         const char *output)
{
	assert_int_equal(fault->what, what);
	assert_string_equal(arena_printf(f->a, "%s/%.*s", store_root(f->s), STR_ARG(fault->path)).p, path_of(f, text));
	assert_text(fault->task, task);
	assert_text(fault->output, output);
}

static const struct verify_fault *fault_of(struct verify_fault *faults, size_t n, const char *task, const char *output)
{
	for (size_t i = 0; i < n; i++)
		if (str_is(faults[i].task, task) && str_is(faults[i].output, output))
			return &faults[i];
	fail_msg("no fault of '%s' %s", task, output);
	return NULL;
}

/* A bit that flips in the ledger must not become a number in a table. */
static void a_damaged_row_is_no_result(void **state)
{
	struct fixture *f = *state;
	struct commit c = done_commit(f, begin_run(f).id, "t", 1, "out");
	struct verify_fault *faults;
	size_t n, checked;
	struct result r;

	c.result.metrics = value_map(f->a, 1);
	(void)value_set(&c.result.metrics, STR("accuracy"), value_int(5));
	assert_ok(f, store_commit(f->s, &c, 1)); /* its content is that of a result without metrics */
	assert_false(store_result(f->s, &c.result.key, f->a, &r));
	assert_ok(f, store_results_preload(f->s));
	assert_false(store_result(f->s, &c.result.key, f->a, &r));
	assert_ok(f, store_verify(f->s, true, f->a, &faults, &n, &checked));
	assert_int_equal(n, 1);
	assert_int_equal(faults[0].what, FAULT_CORRUPT);
	assert_text(faults[0].path, "ledger.db");
	assert_text(faults[0].task, "t");
	assert_sound(f);
}

static void verify_finds_and_repairs(void **state)
{
	struct fixture *f = *state;
	struct digest key = key_of("good", 1);
	int64_t run = run_with_keys(f, &key, 1);
	struct commit logged = done_commit(f, run, "logged", 1, "output of logged"), tree = done_commit(f, run, "tree", 1, "");
	struct verify_fault *faults;
	struct attempt *attempts;
	size_t n, checked;

	commit_done(f, run, "good", 1, "good output");
	commit_done(f, run, "bad", 1, "bad output");
	commit_done(f, run, "gone", 1, "gone output");
	logged.attempt.has_out = true;
	logged.attempt.out = put_text(f, "log");
	assert_ok(f, store_commit(f->s, &logged, 1));
	(void)file_with(f, "made/sub/leaf", "leaf");
	assert_ok(f, store_put(f->s, in_folder(f, "made"), TAKE_MOVE, &tree.result.artifacts[0]));
	tree.result.content = result_content(&tree.result);
	assert_ok(f, store_commit(f->s, &tree, 1));
	(void)put_text(f, "nobody's");

	damage(f, "bad output");
	damage(f, "nobody's");
	assert_int_equal(unlink(path_of(f, "gone output")), 0);
	assert_int_equal(unlink(path_of(f, "log")), 0);
	assert_int_equal(unlink(path_of(f, "leaf")), 0);
	(void)file_with(f, ".rung/objects/README", "what is this");

	assert_ok(f, store_verify(f->s, false, f->a, &faults, &n, &checked));
	assert_int_equal(n, 6);
	assert_fault(f, fault_of(faults, n, "bad", "out"), FAULT_CORRUPT, "bad output", "bad", "out");
	assert_fault(f, fault_of(faults, n, "gone", "out"), FAULT_MISSING, "gone output", "gone", "out");
	assert_fault(f, fault_of(faults, n, "logged", "stdout"), FAULT_MISSING, "log", "logged", "stdout");
	assert_fault(f, fault_of(faults, n, "tree", "out/sub/leaf"), FAULT_MISSING, "leaf", "tree", "out/sub/leaf");
	int strays = 0, nobodys = 0;

	for (size_t i = 0; i < n; i++) {
		strays += faults[i].what == FAULT_STRAY && str_is(faults[i].path, "objects/README");
		nobodys += faults[i].what == FAULT_CORRUPT && !faults[i].task.n;
	}
	assert_int_equal(strays, 1);
	assert_int_equal(nobodys, 1);
	assert_true(has_result(f, "bad", 1));

	assert_ok(f, store_verify(f->s, true, f->a, &faults, &n, &checked));
	assert_int_equal(n, 6);
	assert_ok(f, store_verify(f->s, false, f->a, &faults, &n, &checked));
	assert_int_equal(n, 1); /* a stranger's file is not ours to remove */
	assert_int_equal(faults[0].what, FAULT_STRAY);
	assert_false(has_result(f, "bad", 1) || has_result(f, "gone", 1) || has_result(f, "tree", 1));
	assert_true(has_result(f, "good", 1) && has_result(f, "logged", 1));
	assert_int_equal(store_attempts(f->s, STR("logged"), 1, f->a, &attempts), 1);
	assert_false(attempts[0].has_out);
	/* the lost task runs again */
	commit_done(f, run, "bad", 1, "bad output");
	assert_true(has_result(f, "bad", 1));
	assert_int_equal(unlink(in_folder(f, ".rung/objects/README")), 0);
	assert_sound(f);
}

static void verify_sees_a_damaged_ledger(void **state)
{
	struct fixture *f = *state;
	int64_t run = begin_run(f).id;
	struct verify_fault *faults;
	size_t n, checked;

	for (int i = 0; i < 50; i++)
		commit_done(f, run, arena_printf(f->a, "t[i=%d]", i).p, 1, "x");
	store_close(f->s);
	FILE *file = fopen(in_folder(f, ".rung/ledger.db"), "r+");
	char junk[6000];

	memset(junk, 0xa5, sizeof(junk));
	assert_non_null(file);
	assert_int_equal(fseek(file, 5000, SEEK_SET), 0);
	assert_int_equal(fwrite(junk, sizeof(junk), 1, file), 1);
	assert_int_equal(fclose(file), 0);
	enum store_status status = store_open(f->root, STORE_READ, "", &system_clock, &f->s);

	if (status == STORE_OK)
		status = store_verify(f->s, false, f->a, &faults, &n, &checked);
	assert_int_equal(status, STORE_CORRUPT);
	assert_has(store_error(f->s), "/.rung/ledger.db: ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(gc_keeps_what_is_named, fixture_make, fixture_drop),
		cmocka_unit_test_setup_teardown(gc_with_a_preload_forgets_too, fixture_make, fixture_drop),
		cmocka_unit_test_setup_teardown(gc_counts_shared_objects_as_kept, fixture_make, fixture_drop),
		cmocka_unit_test_setup_teardown(gc_keeps_the_files_of_trees, fixture_make, fixture_drop),
		cmocka_unit_test_setup_teardown(gc_keeps_logs_of_what_it_keeps, fixture_make, fixture_drop),
		cmocka_unit_test_setup_teardown(gc_refuses_without_the_keys_of_a_kept_run, fixture_make, fixture_drop),
		cmocka_unit_test_setup_teardown(gc_removes_old_leftovers_only, fixture_make, fixture_drop),
		cmocka_unit_test_setup_teardown(a_damaged_row_is_no_result, fixture_make, fixture_drop),
		cmocka_unit_test_setup_teardown(verify_finds_and_repairs, fixture_make, fixture_drop),
		cmocka_unit_test_setup_teardown(verify_sees_a_damaged_ledger, fixture_make, fixture_drop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
