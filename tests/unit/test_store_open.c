/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Proves: what a reader finds beside a writer, on a folder or mount that cannot be written, and after a killed writer; and
 * that the journal suits the file system.
 */
#include <sys/mount.h>

#include "store_fixture.h"

static void there_may_be_no_store(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(open_reader(f), STORE_ABSENT);
	assert_null(f->s);
	assert_int_equal(access(f->root, F_OK), -1);
	assert_int_equal(mkdir(f->root, 0755), 0);
	assert_int_equal(open_reader(f), STORE_ABSENT);
	assert_null(f->s);
	/* a writer that was killed before its first transaction */
	(void)file_with(f, ".rung/ledger.db", "");
	assert_int_equal(open_reader(f), STORE_ABSENT);
	assert_null(f->s);
}

static void a_reader_sees_what_a_writer_commits(void **state)
{
	struct fixture *f = *state;
	struct child c = start(f, commit_and_stay);
	struct digest key = key_of("kept", 1), d;
	struct result r;

	assert_int_equal(result_from(&c), STORE_OK);
	assert_int_equal(open_reader(f), STORE_OK);
	assert_string_equal(store_journal(f->s), "wal");
	assert_true(store_result(f->s, &key, f->a, &r));
	assert_true(store_has(f->s, &r.artifacts[0].digest));
	/* and writes nothing */
	assert_int_equal(store_put_bytes(f->s, STR("x"), &d), STORE_READ_ONLY);
	assert_int_equal(store_commit(f->s, NULL, 0), STORE_READ_ONLY);
	assert_has(store_error(f->s), "is open for reading");
	finish(&c);
}

/* Runs the body as a user who may not write there. */
static int as_nobody(struct fixture *f, int (*body)(struct fixture *f))
{
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
			_exit(99);
		_exit(body(f));
	}
	return wait_for(child);
}

static void set_modes(struct fixture *f, mode_t folder, mode_t file)
{
	static const char *const files[] = { "ledger.db", "ledger.db-wal", "ledger.db-shm", "ledger.db-journal", "lock" };

	for (size_t i = 0; i < countof(files); i++)
		(void)chmod(arena_printf(f->a, "%s/%s", f->root, files[i]).p, file);
	assert_int_equal(chmod(f->root, folder), 0);
	assert_int_equal(chmod(f->folder, folder), 0);
}

static int read_kept(struct fixture *f)
{
	struct digest key = key_of("kept", 1);
	struct result r;
	struct verify_fault *faults;
	size_t n = 0, checked = 0;

	if (open_reader(f) != STORE_OK)
		return 1;
	if (!store_result(f->s, &key, f->a, &r) || !store_has(f->s, &r.artifacts[0].digest))
		return 2;
	if (store_verify(f->s, false, f->a, &faults, &n, &checked) != STORE_OK || n)
		return 3;
	if (store_results_preload(f->s) != STORE_OK || store_result_count(f->s) != 1)
		return 4;
	store_close(f->s);
	f->s = NULL; /* an assertion may fail before the next opening */
	return 0;
}

static int refuse_to_write(struct fixture *f)
{
	enum store_status status = (enum store_status)open_for_writing(f);

	if (status != STORE_READ_ONLY)
		return 10 + (int)status;
	return strstr(store_error(f->s), "/.rung/") && strstr(store_error(f->s), "denied") ? 0 : 1;
}

static void a_read_only_folder_can_be_read(void **state)
{
	struct fixture *f = *state;
	struct child c = start(f, commit_and_stay);

	assert_int_equal(result_from(&c), STORE_OK);
	finish(&c);
	set_modes(f, 0555, 0444);
	assert_int_equal(as_nobody(f, read_kept), 0);
	assert_int_equal(as_nobody(f, refuse_to_write), 0);
	set_modes(f, 0755, 0644);
}

/* What a killed writer committed is in the -wal file alone; nobody may play it back there. */
static void a_read_only_folder_with_a_log_can_be_read(void **state)
{
	struct fixture *f = *state;
	struct child c = start(f, commit_and_stay);
	struct stat st;

	assert_int_equal(result_from(&c), STORE_OK);
	murder(&c);
	assert_int_equal(stat(in_folder(f, ".rung/ledger.db-wal"), &st), 0);
	assert_true(st.st_size > 0);
	assert_int_equal(unlink(in_folder(f, ".rung/ledger.db-shm")), 0);
	set_modes(f, 0555, 0444);
	assert_int_equal(as_nobody(f, read_kept), 0);
	set_modes(f, 0755, 0644);
}

static void a_read_only_mount_can_be_read(void **state)
{
	struct fixture *f = *state;
	struct child c = start(f, commit_and_stay);

	assert_int_equal(result_from(&c), STORE_OK);
	finish(&c);
	if (mount(f->root, f->root, NULL, MS_BIND, NULL) != 0) {
		print_message("needs the right to mount\n");
		skip();
	}
	assert_int_equal(mount(NULL, f->root, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL), 0);
	int got = read_kept(f);

	f->s = NULL;
	enum store_status writing = (enum store_status)open_for_writing(f);

	store_close(f->s);
	f->s = NULL;
	assert_int_equal(umount(f->root), 0);
	assert_int_equal(got, 0);
	assert_int_equal(writing, STORE_READ_ONLY);
}

/* ---- journals ----------------------------------------------------------------------------------------------------- */

static void a_network_gets_no_shared_memory(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(setenv("RUNG_ASSUME_NETWORK_FS", "1", 1), 0);
	/* the children inherit it */
	struct child c = start(f, commit_and_stay);

	assert_int_equal(result_from(&c), STORE_OK);
	assert_int_equal(access(in_folder(f, ".rung/ledger.db-wal"), F_OK), -1);
	assert_int_equal(access(in_folder(f, ".rung/ledger.db-shm"), F_OK), -1);
	assert_int_equal(read_kept(f), 0);
	finish(&c);
	assert_int_equal(open_for_writing(f), STORE_OK);
	assert_string_equal(store_journal(f->s), "delete (assumed network)");
	commit_done(f, 1, "more", 1, "x");
	assert_sound(f);
	store_close(f->s);
	/* back on a local disk */
	assert_int_equal(unsetenv("RUNG_ASSUME_NETWORK_FS"), 0);
	assert_int_equal(open_for_writing(f), STORE_OK);
	assert_string_equal(store_journal(f->s), "wal");
	assert_int_equal(store_result_count(f->s), 2);
}

static void paths_may_hold_anything(void **state)
{
	struct fixture *f = *state;
	struct digest key = key_of("t", 1);
	struct result r;

	assert_int_equal(store_open(in_folder(f, "a%20b?c#d e\"/.rung"), STORE_WRITE, "", &system_clock, &f->s), STORE_OK);
	assert_has(store_root(f->s), "/a%20b?c#d e\"/.rung");
	commit_done(f, 1, "t", 1, "x");
	store_close(f->s);
	assert_int_equal(store_open(in_folder(f, "a%20b?c#d e\"/.rung"), STORE_READ, "", &system_clock, &f->s), STORE_OK);
	assert_true(store_result(f->s, &key, f->a, &r));
}

static void leftovers_go(void **state)
{
	struct fixture *f = *state;

	pid_t dead = fork();

	assert_true(dead >= 0);
	if (!dead)
		_exit(0);
	assert_int_equal(waitpid(dead, NULL, 0), dead);
	/* memos of a process that was killed, and of one that is at it */
	const char *left = arena_printf(f->a, ".rung/.rung-%ld-stat.tmp", (long)dead).p;
	const char *ours = arena_printf(f->a, ".rung/.rung-%ld-fresh.tmp", (long)getpid()).p;

	(void)file_with(f, left, "half");
	(void)file_with(f, ours, "half");
	(void)file_with(f, ".rung/tmp/put-1", "half");
	assert_int_equal(open_for_writing(f), STORE_OK);
	assert_int_equal(access(in_folder(f, left), F_OK), -1);
	assert_int_equal(access(in_folder(f, ours), F_OK), 0);
	assert_int_equal(access(in_folder(f, ".rung/tmp/put-1"), F_OK), -1);
	assert_text(content_of(f, in_folder(f, ".rung/.gitignore")), "*\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(there_may_be_no_store, fixture_folder, fixture_drop),
		cmocka_unit_test_setup_teardown(a_reader_sees_what_a_writer_commits, fixture_folder, fixture_drop),
		cmocka_unit_test_setup_teardown(a_read_only_folder_can_be_read, fixture_folder, fixture_drop),
		cmocka_unit_test_setup_teardown(a_read_only_folder_with_a_log_can_be_read, fixture_folder, fixture_drop),
		cmocka_unit_test_setup_teardown(a_read_only_mount_can_be_read, fixture_folder, fixture_drop),
		cmocka_unit_test_setup_teardown(a_network_gets_no_shared_memory, fixture_folder, fixture_drop),
		cmocka_unit_test_setup_teardown(paths_may_hold_anything, fixture_folder, fixture_drop),
		cmocka_unit_test_setup_teardown(leftovers_go, fixture_folder, fixture_drop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
