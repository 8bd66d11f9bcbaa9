/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Proves: the stat cache spares hashing and never tells an old digest: not after an edit of the same size, not after
 * mtime was set back, not when the change came within the clock's tick, not from a torn file.
 */
#include <sys/time.h>

#include "store_fixture.h"

#define HOUR_NS INT64_C(3600000000000)

static struct digest digest_at(struct fixture *f, const char *path)
{
	struct digest d = { 0 };

	assert_ok(f, store_file_digest(f->s, path, &d));
	return d;
}

static void assert_digest_of(struct fixture *f, const char *path, const char *text)
{
	struct digest got = digest_at(f, path), expected = digest_of(str_z(text));

	if (!digest_same(&got, &expected))
		fail_msg("%s: not the digest of \"%s\"", path, text);
}

/* The store keeps the clock, so it lives as long as the fixture. */
static struct clock *later(struct fixture *f, int64_t by_ns)
{
	struct clock *c = arena_make(f->a, struct clock);

	*c = (struct clock){ fixed_clock_ns, fixed_clock_ns, system_clock.wall_ns(&system_clock) + by_ns };
	return c;
}

static void open_with(struct fixture *f, const struct clock *clock)
{
	store_close(f->s);
	assert_ok(f, store_open(f->root, STORE_WRITE, "", clock, &f->s));
}

/* What cp -p, rsync and tar do. */
static void put_back_mtime(const char *path, const struct stat *st)
{
	struct timespec times[2] = { st->st_atim, st->st_mtim };

	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void edits_are_seen(void **state)
{
	struct fixture *f = *state;
	struct clock *clock = later(f, HOUR_NS);
	const char *path = file_with(f, "data", "first");
	struct stat st;

	open_with(f, clock);
	assert_digest_of(f, path, "first");
	assert_digest_of(f, path, "first");
	/* the same size */
	(void)file_with(f, "data", "other");
	assert_digest_of(f, path, "other");
	/* the same size and mtime */
	assert_int_equal(stat(path, &st), 0);
	(void)file_with(f, "data", "third");
	put_back_mtime(path, &st);
	assert_digest_of(f, path, "third");
	/* a new file of the same name, size and mtime */
	const char *aside = file_with(f, "aside", "fifth");

	put_back_mtime(aside, &st);
	assert_int_equal(rename(aside, path), 0);
	assert_digest_of(f, path, "fifth");
	/* another size */
	(void)file_with(f, "data", "");
	assert_digest_of(f, path, "");
}

/* Asks for the digest as a user who may not read the file: only a remembered one can be told. */
static bool remembered(struct fixture *f, const char *path)
{
	struct digest d;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
			_exit(99);
		_exit(store_file_digest(f->s, path, &d) == STORE_OK ? 0 : 1);
	}
	int got = wait_for(child);

	assert_int_not_equal(got, 99);
	return got == 0;
}

static const char *unreadable(struct fixture *f, const char *name, const char *text)
{
	const char *path = file_with(f, name, text);

	/* searchable by all, readable by us: by nobody else */
	assert_int_equal(chmod(f->folder, 0711), 0);
	assert_int_equal(chmod(path, 0600), 0);
	return path;
}

static void what_is_old_is_not_read_again(void **state)
{
	struct fixture *f = *state;
	struct clock *clock = later(f, HOUR_NS);
	const char *path = unreadable(f, "data", "text");

	if (geteuid() != 0) {
		print_message("needs another user to be seen\n");
		skip();
	}
	open_with(f, clock);
	assert_digest_of(f, path, "text");
	assert_true(remembered(f, path));
	/* also by the next store, and by a reader */
	open_with(f, clock);
	assert_true(remembered(f, path));
	store_close(f->s);
	assert_ok(f, store_open(f->root, STORE_READ, "", clock, &f->s));
	assert_true(remembered(f, path));
}

static void readers_remember_too(void **state)
{
	struct fixture *f = *state;
	struct clock *clock = later(f, HOUR_NS);
	const char *path = unreadable(f, "data", "text");

	if (geteuid() != 0)
		skip();
	store_close(f->s);
	assert_ok(f, store_open(f->root, STORE_READ, "", clock, &f->s));
	assert_digest_of(f, path, "text");
	store_close(f->s);
	assert_ok(f, store_open(f->root, STORE_READ, "", clock, &f->s));
	assert_true(remembered(f, path));
}

static void what_is_new_is_read_again(void **state)
{
	struct fixture *f = *state;
	struct clock *now = later(f, 0), *soon = later(f, HOUR_NS);
	const char *path = unreadable(f, "data", "text");

	if (geteuid() != 0)
		skip();
	/* changed within the tick in which it was hashed: a second change could not be told apart */
	open_with(f, now);
	assert_digest_of(f, path, "text");
	assert_false(remembered(f, path));
	open_with(f, soon);
	assert_false(remembered(f, path));
	assert_digest_of(f, path, "text");
	assert_true(remembered(f, path));
}

static void a_touched_file_is_read_again(void **state)
{
	struct fixture *f = *state;
	struct clock *clock = later(f, HOUR_NS);
	const char *path = unreadable(f, "data", "text");

	if (geteuid() != 0)
		skip();
	open_with(f, clock);
	assert_digest_of(f, path, "text");
	assert_int_equal(utimes(path, NULL), 0);
	assert_false(remembered(f, path));
	assert_digest_of(f, path, "text");
}

static void a_damaged_cache_is_no_cache(void **state)
{
	struct fixture *f = *state;
	struct clock *clock = later(f, HOUR_NS);
	const char *path = unreadable(f, "data", "text"), *cache = in_folder(f, ".rung/stat");

	if (geteuid() != 0)
		skip();
	open_with(f, clock);
	assert_digest_of(f, path, "text");
	open_with(f, clock);
	assert_true(remembered(f, path));
	store_close(f->s);
	f->s = NULL;
	FILE *file = fopen(cache, "r+");

	assert_non_null(file);
	assert_int_equal(fseek(file, 70, SEEK_SET), 0);
	assert_int_equal(fputc('!', file), '!');
	assert_int_equal(fclose(file), 0);
	open_with(f, clock);
	assert_false(remembered(f, path));
	assert_digest_of(f, path, "text");
	store_close(f->s);
	f->s = NULL;
	assert_int_equal(truncate(cache, 10), 0);
	open_with(f, clock);
	assert_digest_of(f, path, "text");
}

static void many_files_fit(void **state)
{
	enum { N = 3000 };
	struct fixture *f = *state;
	struct clock *clock = later(f, HOUR_NS);

	open_with(f, clock);
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < N; i++) {
			const char *text = arena_printf(f->a, "%d", i).p, *name = arena_printf(f->a, "d/%d", i).p;

			assert_digest_of(f, round ? in_folder(f, name) : file_with(f, name, text), text);
		}
		open_with(f, clock);
	}
	struct stat st;

	assert_int_equal(stat(in_folder(f, ".rung/stat"), &st), 0);
	assert_int_equal(st.st_size, 24 + N * 80 + 32);
}

/* ---- folders ------------------------------------------------------------------------------------------------------ */

static void folders_have_the_digest_of_their_listing(void **state)
{
	struct fixture *f = *state;
	struct artifact a = { 0 };
	struct digest before, after;

	(void)file_with(f, "t/a", "1");
	(void)file_with(f, "t/b/c", "2");
	assert_int_equal(symlink("b/c", in_folder(f, "t/link")), 0);
	before = digest_at(f, in_folder(f, "t"));
	assert_ok(f, store_put(f->s, in_folder(f, "t"), TAKE_COPY, &a));
	assert_true(digest_same(&a.digest, &before));
	(void)file_with(f, "t/b/c", "3");
	after = digest_at(f, in_folder(f, "t"));
	assert_false(digest_same(&after, &before));
}

static void links_out_of_a_folder_count_as_what_they_lead_to(void **state)
{
	struct fixture *f = *state;
	struct digest before, after, plain;

	(void)file_with(f, "far/file", "1");
	(void)file_with(f, "far/more/file", "2");
	(void)file_with(f, "t/here", "x");
	assert_int_equal(symlink("../far/file", in_folder(f, "t/one")), 0);
	assert_int_equal(symlink(in_folder(f, "far"), in_folder(f, "t/all")), 0);
	assert_int_equal(symlink("/nowhere/at/all", in_folder(f, "t/none")), 0);
	before = digest_at(f, in_folder(f, "t"));
	(void)file_with(f, "far/more/file", "3");
	after = digest_at(f, in_folder(f, "t"));
	assert_false(digest_same(&after, &before));
	/* the same as if the files lay there */
	(void)file_with(f, "p/here", "x");
	(void)file_with(f, "p/one", "1");
	(void)file_with(f, "p/all/file", "1");
	(void)file_with(f, "p/all/more/file", "3");
	assert_int_equal(symlink("/nowhere/at/all", in_folder(f, "p/none")), 0);
	plain = digest_at(f, in_folder(f, "p"));
	assert_true(digest_same(&after, &plain));
}

static void links_in_a_circle_end(void **state)
{
	struct fixture *f = *state;
	struct digest d;

	assert_int_equal(fs_mkdirs(in_folder(f, "t/sub")), 0);
	assert_int_equal(symlink(in_folder(f, "t"), in_folder(f, "t/sub/again")), 0);
	assert_int_equal(store_file_digest(f->s, in_folder(f, "t"), &d), STORE_IO);
	assert_has(store_error(f->s), "links lead in a circle");
	assert_int_equal(store_file_digest(f->s, in_folder(f, "gone"), &d), STORE_IO);
	assert_has(store_error(f->s), "/gone: No such file or directory");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(edits_are_seen, fixture_make, fixture_drop),
		cmocka_unit_test_setup_teardown(what_is_old_is_not_read_again, fixture_make, fixture_drop),
		cmocka_unit_test_setup_teardown(readers_remember_too, fixture_make, fixture_drop),
		cmocka_unit_test_setup_teardown(what_is_new_is_read_again, fixture_make, fixture_drop),
		cmocka_unit_test_setup_teardown(a_touched_file_is_read_again, fixture_make, fixture_drop),
		cmocka_unit_test_setup_teardown(a_damaged_cache_is_no_cache, fixture_make, fixture_drop),
		cmocka_unit_test_setup_teardown(many_files_fit, fixture_make, fixture_drop),
		cmocka_unit_test_setup_teardown(folders_have_the_digest_of_their_listing, fixture_make, fixture_drop),
		cmocka_unit_test_setup_teardown(links_out_of_a_folder_count_as_what_they_lead_to, fixture_make, fixture_drop),
		cmocka_unit_test_setup_teardown(links_in_a_circle_end, fixture_make, fixture_drop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
