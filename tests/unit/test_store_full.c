/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Proves: a full disk is told as STORE_FULL with the path, wherever it strikes; nothing is half there afterwards, and
 * once there is room the same commit succeeds. Needs the right to mount a small tmpfs; skipped without.
 */
#include <sys/mount.h>

#include "store_fixture.h"

static bool mount_small(struct fixture *f, const char *size)
{
	char options[64];

	(void)snprintf(options, sizeof(options), "size=%s", size);
	if (mkdir(f->root, 0755) != 0 || mount("tmpfs", f->root, "tmpfs", 0, options) != 0) {
		print_message("needs the right to mount a tmpfs\n");
		return false;
	}
	return true;
}

static void unmount(struct fixture *f)
{
	store_close(f->s);
	f->s = NULL;
	assert_int_equal(umount(f->root), 0);
}

/* Fills what is left, to the last page but `spare` of them. */
static const char *fill(struct fixture *f, long spare)
{
	static char page[4096];
	const char *path = in_folder(f, ".rung/filler");
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	off_t size = 0;

	assert_true(fd >= 0);
	while (write(fd, page, sizeof(page)) == (ssize_t)sizeof(page))
		size += (off_t)sizeof(page);
	size -= spare * (off_t)sizeof(page);
	assert_int_equal(ftruncate(fd, size > 0 ? size : 0), 0);
	close(fd);
	return path;
}

static void putting_onto_a_full_disk(void **state)
{
	struct fixture *f = *state;

	if (!mount_small(f, "1m"))
		skip();
	fixture_open(f);
	const char *source = file_with(f, "source", "some text"), *filler = fill(f, 0);
	struct artifact a = { 0 };
	struct digest d;

	assert_int_equal(store_put(f->s, source, TAKE_COPY, &a), STORE_FULL);
	assert_has(store_error(f->s), "/.rung/tmp: No space left on device");
	assert_int_equal(store_put_bytes(f->s, STR("other text"), &d), STORE_FULL);
	assert_has(store_error(f->s), "/.rung/tmp");
	assert_has(store_error(f->s), "No space left on device");
	assert_int_equal(unlink(filler), 0);
	struct str *left;
	size_t n;

	assert_int_equal(fs_glob(f->a, in_folder(f, ".rung/tmp"), STR("*"), &left, &n), 0);
	assert_int_equal(n, 0);
	assert_ok(f, store_put(f->s, source, TAKE_COPY, &a));
	assert_sound(f);
	unmount(f);
}

/* However many pages are free, the commit either succeeds or leaves the ledger as it was. */
static void committing_onto_a_full_disk(void **state)
{
	enum { N = 30 };
	struct fixture *f = *state;

	/* the log grows to 4 MiB before it is written back, which takes as much again */
	if (!mount_small(f, "10m"))
		skip();
	fixture_open(f);
	int64_t run = begin_run(f).id;
	struct commit commits[N];
	bool failed = false;

	for (long spare = 0; spare < 40; spare++) {
		struct result r;

		for (int i = 0; i < N; i++) {
			commits[i] = done_commit(f, run, arena_printf(f->a, "t[i=%d]", i).p, (int)spare, "same text");
			commits[i].parts.own = arena_printf(f->a, "%0900d", i);
		}
		const char *filler = fill(f, spare);
		enum store_status status = store_commit(f->s, commits, N);

		if (status != STORE_OK) {
			assert_int_equal(status, STORE_FULL);
			assert_has(store_error(f->s), "/.rung/ledger.db: ");
			for (int i = 0; i < N; i++) {
				assert_false(store_result(f->s, &commits[i].result.key, f->a, &r));
				assert_int_equal(commits[i].result.attempt, 0);
			}
			failed = true;
		}
		assert_int_equal(unlink(filler), 0);
		if (status != STORE_OK)
			assert_ok(f, store_commit(f->s, commits, N));
		for (int i = 0; i < N; i++)
			assert_true(store_result(f->s, &commits[i].result.key, f->a, &r));
		assert_sound(f);
		/* room again for the next round */
		struct gc_report report;

		assert_ok(f, store_gc(f->s, NULL, 0, 0, false, f->a, &report));
		if (spare % 8 == 7)
			fixture_reopen(f);
	}
	assert_true(failed);
	unmount(f);
}

static void gc_makes_room_on_a_full_disk(void **state)
{
	struct fixture *f = *state;
	char *text = arena_alloc(f->a, 200001);

	if (!mount_small(f, "1m"))
		skip();
	fixture_open(f);
	int64_t run = begin_run(f).id;

	memset(text, 'x', 200000);
	commit_done(f, run, "big", 1, text);
	commit_done(f, run, "small", 1, "y");
	const char *filler = fill(f, 0);
	struct digest keep = key_of("small", 1);
	struct gc_report report;

	assert_ok(f, store_gc(f->s, &keep, 1, 0, false, f->a, &report));
	assert_int_equal(report.results_removed, 1);
	assert_true(report.bytes_removed >= 200000);
	assert_int_equal(unlink(filler), 0);
	assert_int_equal(store_result_count(f->s), 1);
	assert_sound(f);
	unmount(f);
}

static void opening_onto_a_full_disk(void **state)
{
	struct fixture *f = *state;

	if (!mount_small(f, "256k"))
		skip();
	const char *filler = fill(f, 0);

	assert_int_equal(store_open(f->root, STORE_WRITE, "", &system_clock, &f->s), STORE_FULL);
	assert_has(store_error(f->s), "/.rung");
	store_close(f->s);
	/* a killed attempt to make a store is no obstacle */
	assert_int_equal(unlink(filler), 0);
	fixture_open(f);
	store_close(f->s);
	filler = fill(f, 0);
	/* the lock file has its page, so that who holds it can still be told */
	enum store_status status = store_open(f->root, STORE_WRITE, "", &system_clock, &f->s);

	assert_true(status == STORE_OK || status == STORE_FULL);
	assert_has(content_of(f, in_folder(f, ".rung/lock")).p, "\"held\":true");
	unmount(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(putting_onto_a_full_disk, fixture_folder, fixture_drop),
		cmocka_unit_test_setup_teardown(committing_onto_a_full_disk, fixture_folder, fixture_drop),
		cmocka_unit_test_setup_teardown(gc_makes_room_on_a_full_disk, fixture_folder, fixture_drop),
		cmocka_unit_test_setup_teardown(opening_onto_a_full_disk, fixture_folder, fixture_drop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
