/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Proves: whichever system call fails, the store says so, stays sound, and does the same work on the next try. This
 * program defines the calls itself, so that the n-th can be made to fail, SQLite's among them.
 */
#include <stdatomic.h>
#include <sys/syscall.h>

#include "store_fixture.h"

static struct {
	bool armed;
	int countdown; /* the call that fails: 0 = this one */
	int error;
	int struck;    /* how many have failed */
	bool lasting;  /* all calls after it fail too, until disarmed */
	int fsyncs;    /* calls so far */
	bool no_renameat2; /* as on file systems without RENAME_NOREPLACE */
} fault;

static bool strikes(void)
{
	if (!fault.armed)
		return false;
	if (fault.countdown > 0) {
		fault.countdown--;
		return false;
	}
	if (fault.struck && !fault.lasting)
		return false;
	fault.struck++;
	errno = fault.error;
	return true;
}

/* Declared by unistd.h, fcntl.h and stdio.h; these stand before the C library's. */
int fsync(int fd)
{
	fault.fsyncs++;
	return strikes() ? -1 : (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd)
{
	return strikes() ? -1 : (int)syscall(SYS_fdatasync, fd);
}

int syncfs(int fd)
{
	return strikes() ? -1 : (int)syscall(SYS_syncfs, fd);
}

ssize_t write(int fd, const void *p, size_t n)
{
	return strikes() ? -1 : (ssize_t)syscall(SYS_write, fd, p, n);
}

ssize_t pwrite64(int fd, const void *p, size_t n, off64_t at)
{
	return strikes() ? -1 : (ssize_t)syscall(SYS_pwrite64, fd, p, n, at);
}

ssize_t pwrite(int fd, const void *p, size_t n, off_t at)
{
	return strikes() ? -1 : (ssize_t)syscall(SYS_pwrite64, fd, p, n, at);
}

int ftruncate(int fd, off_t size)
{
	return strikes() ? -1 : (int)syscall(SYS_ftruncate, fd, size);
}

int renameat2(int from_fd, const char *from, int to_fd, const char *to, unsigned flags)
{
	if (fault.no_renameat2) {
		errno = EINVAL;
		return -1;
	}
	return strikes() ? -1 : (int)syscall(SYS_renameat2, from_fd, from, to_fd, to, flags);
}

int mkdirat(int fd, const char *path, mode_t mode)
{
	return strikes() ? -1 : (int)syscall(SYS_mkdirat, fd, path, mode);
}

int fchmod(int fd, mode_t mode)
{
	return strikes() ? -1 : (int)syscall(SYS_fchmod, fd, mode);
}

static void arm(int countdown, int error, bool lasting)
{
	fault.armed = true;
	fault.countdown = countdown;
	fault.error = error;
	fault.struck = 0;
	fault.lasting = lasting;
}

static int disarm(void)
{
	fault.armed = false;
	return fault.struck;
}

enum { TASKS = 6 };

/* What a run does, once. Sources that an earlier try has left are used again. */
static enum store_status work(struct fixture *f, struct commit *commits, int version)
{
	struct run_info run = { .study = STR("s"), .command = STR("c"), .host = STR("h") };
	enum store_status status = store_run_begin(f->s, &run);
	const char *path = in_folder(f, "moved");
	struct artifact moved = { 0 };
	struct digest d;

	if (status == STORE_OK && access(path, F_OK) == 0)
		status = store_put(f->s, path, TAKE_MOVE, &moved);
	for (int i = 0; i < TASKS && status == STORE_OK; i++) {
		const char *task = arena_printf(f->a, "t[i=%d]", i).p, *text = arena_printf(f->a, "%d of %d", i, version).p;

		status = store_put_bytes(f->s, str_z(text), &d);
		commits[i].attempt.run = run.id;
		commits[i].result.artifacts[0].digest = d;
		commits[i].result.content = result_content(&commits[i].result);
		commits[i].result.key = commits[i].parts.key = commits[i].attempt.key = key_of(task, version);
	}
	if (status == STORE_OK)
		status = store_commit(f->s, commits, 2); /* few objects, synced one by one… */
	if (status == STORE_OK)
		status = store_commit(f->s, commits + 2, TASKS - 2);
	if (status == STORE_OK)
		status = store_run_end(f->s, &run);
	return status;
}

static void check(struct fixture *f, int version)
{
	struct result r;

	for (int i = 0; i < TASKS; i++) {
		struct digest key = key_of(arena_printf(f->a, "t[i=%d]", i).p, version);

		assert_true(store_result(f->s, &key, f->a, &r));
	}
	assert_sound(f);
}

static void fail_each(struct fixture *f, int error, bool lasting, enum store_status expected)
{
	struct commit commits[TASKS];
	int struck = 1, n = 0;

	for (int i = 0; i < TASKS; i++)
		commits[i] = done_commit(f, 1, arena_printf(f->a, "t[i=%d]", i).p, 0, "first");
	for (; struck; n++) {
		const char *said = "";

		(void)file_with(f, "moved", arena_printf(f->a, "moved %d", n).p);
		arm(n, error, lasting);
		enum store_status status = work(f, commits, n);

		struck = disarm();
		if (status != STORE_OK) {
			said = store_error(f->s);
			assert_true(struck);
			if (status != expected)
				fail_msg("call %d: status %d: %s", n, (int)status, said);
			assert_has(said, f->folder);
		}
		/* sound as it is, and the same work succeeds now */
		assert_sound(f);
		assert_ok(f, work(f, commits, n));
		check(f, n);
		if (n % 5 == 0) {
			fixture_reopen(f);
			check(f, n);
		}
	}
	assert_true(n > 10); /* else nothing was tried */
}

static void any_call_may_fail_once(void **state)
{
	fail_each(*state, EIO, false, STORE_IO);
}

static void any_call_may_find_the_disk_full(void **state)
{
	fail_each(*state, ENOSPC, true, STORE_FULL);
}

static void a_disk_may_die(void **state)
{
	fail_each(*state, EIO, true, STORE_IO);
}

static void the_rollback_journal_may_fail(void **state)
{
	struct fixture *f = *state;

	store_close(f->s);
	assert_int_equal(setenv("RUNG_ASSUME_NETWORK_FS", "1", 1), 0);
	fixture_open(f);
	fail_each(f, ENOSPC, true, STORE_FULL);
	fail_each(f, EIO, false, STORE_IO);
	assert_int_equal(unsetenv("RUNG_ASSUME_NETWORK_FS"), 0);
}

static void nothing_is_replaced_without_renameat2(void **state)
{
	struct fixture *f = *state;
	struct artifact a = { 0 }, tree = { 0 };

	fault.no_renameat2 = true;
	for (int i = 0; i < 2; i++) {
		assert_ok(f, store_put(f->s, file_with(f, "moved", "text"), TAKE_MOVE, &a));
		assert_int_equal(access(in_folder(f, "moved"), F_OK), -1);
		(void)file_with(f, "tree/file", "in it");
		assert_ok(f, store_put(f->s, in_folder(f, "tree"), TAKE_MOVE, &tree));
	}
	(void)file_with(f, "there", "old");
	assert_int_equal(store_place(f->s, &a, in_folder(f, "there"), PLACE_COPY), STORE_IO);
	assert_int_equal(store_place(f->s, &tree, in_folder(f, "there"), PLACE_COPY), STORE_IO);
	assert_text(content_of(f, in_folder(f, "there")), "old");
	assert_ok(f, store_place(f->s, &tree, in_folder(f, "placed"), PLACE_LINK));
	assert_text(content_of(f, in_folder(f, "placed/file")), "in it");
	fault.no_renameat2 = false;
	assert_sound(f);
}

/* What is published is on the disk when the store says so: each file, each folder, and the folder above. */
static void a_copy_is_durable(void **state)
{
	struct fixture *f = *state;
	struct artifact a = { 0 }, tree = { 0 };

	assert_ok(f, store_put(f->s, file_with(f, "moved", "text"), TAKE_MOVE, &a));
	(void)file_with(f, "tree/one", "1");
	(void)file_with(f, "tree/sub/two", "2");
	assert_ok(f, store_put(f->s, in_folder(f, "tree"), TAKE_MOVE, &tree));
	fault.fsyncs = 0;
	assert_ok(f, store_place(f->s, &a, in_folder(f, "a"), PLACE_COPY));
	assert_int_equal(fault.fsyncs, 2);
	fault.fsyncs = 0;
	assert_ok(f, store_place(f->s, &tree, in_folder(f, "t"), PLACE_COPY));
	assert_int_equal(fault.fsyncs, 5); /* one, sub, sub/two, the tree, the folder above */
	fault.fsyncs = 0;
	assert_ok(f, store_place(f->s, &tree, in_folder(f, "linked"), PLACE_LINK));
	assert_int_equal(fault.fsyncs, 0); /* what a task reads is placed again after a crash */
}

static void opening_may_fail(void **state)
{
	struct fixture *f = *state;
	int struck = 1, n = 0;

	for (; struck; n++) {
		(void)snprintf(f->root, sizeof(f->root), "%s/%d/.rung", f->folder, n);
		arm(n, ENOSPC, true);
		enum store_status status = store_open(f->root, STORE_WRITE, "c", &system_clock, &f->s);

		struck = disarm();
		if (status != STORE_OK) {
			if (status != STORE_FULL)
				fail_msg("call %d: status %d: %s", n, (int)status, store_error(f->s));
			assert_has(store_error(f->s), f->root);
		}
		store_close(f->s);
		f->s = NULL;
		fixture_open(f);
		(void)put_text(f, "x");
		commit_done(f, begin_run(f).id, "t", 1, "y");
		assert_sound(f);
		store_close(f->s);
		f->s = NULL;
	}
	assert_true(n > 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(any_call_may_fail_once, fixture_make, fixture_drop),
		cmocka_unit_test_setup_teardown(any_call_may_find_the_disk_full, fixture_make, fixture_drop),
		cmocka_unit_test_setup_teardown(a_disk_may_die, fixture_make, fixture_drop),
		cmocka_unit_test_setup_teardown(the_rollback_journal_may_fail, fixture_make, fixture_drop),
		cmocka_unit_test_setup_teardown(nothing_is_replaced_without_renameat2, fixture_make, fixture_drop),
		cmocka_unit_test_setup_teardown(a_copy_is_durable, fixture_make, fixture_drop),
		cmocka_unit_test_setup_teardown(opening_may_fail, fixture_folder, fixture_drop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
