/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Proves: bytes come out of the store as they went in, sources are moved or left as asked, an object never changes, and
 * what cannot be taken is refused with its path and cause.
 */
#include "store_fixture.h"

static struct stat stat_of(const char *path)
{
	struct stat st;

	assert_int_equal(lstat(path, &st), 0);
	return st;
}

static const char *object_path(struct fixture *f, const struct digest *d)
{
	return store_object_path(f->s, d, f->a).p;
}

static void bytes_come_back(void **state)
{
	struct fixture *f = *state;
	struct digest d = put_text(f, "hello"), expected = digest_of(STR("hello"));
	struct str text;

	assert_true(digest_same(&d, &expected));
	assert_ok(f, store_read(f->s, &d, 5, f->a, &text));
	assert_text(text, "hello");
	assert_int_equal(stat_of(object_path(f, &d)).st_mode & 07777, 0444);
	assert_true(store_has(f->s, &d));

	struct digest none = digest_of(STR("never put"));

	assert_false(store_has(f->s, &none));
	assert_int_equal(store_read(f->s, &none, 10, f->a, &text), STORE_CORRUPT);
	assert_has(store_error(f->s), "the object is missing");
	assert_has(store_error(f->s), object_path(f, &none));
}

static void reading_has_a_ceiling(void **state)
{
	struct fixture *f = *state;
	struct digest d = put_text(f, "hello");
	struct str text;

	assert_int_equal(store_read(f->s, &d, 4, f->a, &text), STORE_IO);
	assert_has(store_error(f->s), "is larger than 4 bytes");
}

static void an_empty_file_is_an_object(void **state)
{
	struct fixture *f = *state;
	struct artifact a = { 0 };
	struct str text;

	assert_ok(f, store_put(f->s, file_with(f, "empty", ""), TAKE_MOVE, &a));
	assert_int_equal(a.size, 0);
	assert_ok(f, store_read(f->s, &a.digest, 0, f->a, &text));
	assert_int_equal(text.n, 0);
}

static void moving_takes_the_file_itself(void **state)
{
	struct fixture *f = *state;
	const char *path = file_with(f, ".rung/attempts/1/out", "result");
	ino_t inode = stat_of(path).st_ino;
	struct artifact a = { .name = STR("out"), .file = STR("out.txt") };

	assert_ok(f, store_put(f->s, path, TAKE_MOVE, &a));
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(stat_of(object_path(f, &a.digest)).st_ino, inode);
	assert_int_equal(stat_of(object_path(f, &a.digest)).st_mode & 07777, 0444);
	assert_int_equal(a.kind, ARTIFACT_FILE);
	assert_int_equal(a.size, 6);
	assert_text(a.name, "out");
}

static void copying_leaves_the_source(void **state)
{
	struct fixture *f = *state;
	const char *path = file_with(f, "source", "mine");
	struct artifact a = { 0 };

	assert_ok(f, store_put(f->s, path, TAKE_COPY, &a));
	assert_text(content_of(f, path), "mine");
	assert_int_not_equal(stat_of(object_path(f, &a.digest)).st_ino, stat_of(path).st_ino);
	assert_true(stat_of(path).st_mode & 0200);
	(void)file_with(f, "source", "changed");
	struct str text;

	assert_ok(f, store_read(f->s, &a.digest, 100, f->a, &text));
	assert_text(text, "mine");
}

static void large_files_are_copied_whole(void **state)
{
	struct fixture *f = *state;
	size_t n = (size_t)3 << 20;
	char *big = arena_alloc(f->a, n + 1);

	for (size_t i = 0; i < n; i++)
		big[i] = (char)('a' + i * 7 % 23);
	const char *path = file_with(f, "big", big);
	struct digest expected = digest_of((struct str){ big, n });
	struct artifact copied = { 0 }, moved = { 0 };

	assert_ok(f, store_put(f->s, path, TAKE_COPY, &copied));
	assert_ok(f, store_put(f->s, path, TAKE_MOVE, &moved));
	assert_true(digest_same(&copied.digest, &expected));
	assert_true(digest_same(&moved.digest, &expected));
	assert_int_equal(copied.size, n);
	assert_sound(f);
}

static void the_same_bytes_are_kept_once(void **state)
{
	struct fixture *f = *state;
	struct artifact first = { 0 }, second = { 0 };

	assert_ok(f, store_put(f->s, file_with(f, "one", "same"), TAKE_MOVE, &first));
	ino_t inode = stat_of(object_path(f, &first.digest)).st_ino;
	const char *path = file_with(f, "two", "same");

	assert_ok(f, store_put(f->s, path, TAKE_MOVE, &second));
	assert_true(digest_same(&first.digest, &second.digest));
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(stat_of(object_path(f, &first.digest)).st_ino, inode);
}

static void a_file_with_a_second_name_is_copied(void **state)
{
	struct fixture *f = *state;
	const char *path = file_with(f, "out", "shared"), *other = in_folder(f, "other");
	struct artifact a = { 0 };

	assert_int_equal(link(path, other), 0);
	assert_ok(f, store_put(f->s, path, TAKE_MOVE, &a));
	assert_int_equal(access(path, F_OK), -1);
	(void)file_with(f, "other", "edited");
	assert_sound(f);
}

static void an_input_given_back_as_output_stays_sound(void **state)
{
	struct fixture *f = *state;
	struct digest d = put_text(f, "input");
	struct artifact in = { .digest = d }, out = { 0 };
	const char *path = in_folder(f, "work/copy");

	assert_ok(f, store_place(f->s, &in, path, PLACE_LINK));
	assert_ok(f, store_put(f->s, path, TAKE_MOVE, &out));
	assert_true(digest_same(&out.digest, &d));
	assert_int_equal(access(path, F_OK), -1);
	assert_sound(f);
}

static void a_link_gives_what_it_leads_to(void **state)
{
	struct fixture *f = *state;
	const char *target = file_with(f, "target", "beyond"), *path = in_folder(f, "link");
	struct artifact a = { 0 };

	assert_int_equal(symlink(target, path), 0);
	assert_ok(f, store_put(f->s, path, TAKE_MOVE, &a));
	assert_int_equal(a.size, 6);
	assert_int_equal(access(path, F_OK), -1);
	assert_text(content_of(f, target), "beyond");
}

static void an_object_of_the_wrong_size_is_replaced(void **state)
{
	struct fixture *f = *state;
	struct digest d = put_text(f, "whole");

	assert_int_equal(chmod(object_path(f, &d), 0644), 0);
	assert_int_equal(truncate(object_path(f, &d), 0), 0);
	d = put_text(f, "whole");
	assert_sound(f);

	assert_int_equal(chmod(object_path(f, &d), 0644), 0);
	assert_int_equal(truncate(object_path(f, &d), 2), 0);
	struct artifact a = { 0 };

	assert_ok(f, store_put(f->s, file_with(f, "again", "whole"), TAKE_MOVE, &a));
	assert_sound(f);
}

static void damage_is_seen_when_reading(void **state)
{
	struct fixture *f = *state;
	struct digest d = put_text(f, "whole");
	struct str text;

	assert_int_equal(chmod(object_path(f, &d), 0644), 0);
	FILE *file = fopen(object_path(f, &d), "r+");

	assert_non_null(file);
	assert_int_equal(fputc('W', file), 'W');
	assert_int_equal(fclose(file), 0);
	assert_int_equal(store_read(f->s, &d, 100, f->a, &text), STORE_CORRUPT);
	assert_has(store_error(f->s), "the object is damaged");
}

static void what_is_no_file_is_refused(void **state)
{
	struct fixture *f = *state;
	const char *fifo = in_folder(f, "fifo");
	struct artifact a = { 0 };

	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_int_equal(store_put(f->s, fifo, TAKE_MOVE, &a), STORE_IO);
	assert_has(store_error(f->s), "/fifo: is neither a file nor a folder");
	assert_int_equal(store_put(f->s, in_folder(f, "nowhere"), TAKE_COPY, &a), STORE_IO);
	assert_has(store_error(f->s), "/nowhere: No such file or directory");
	assert_int_equal(symlink("nowhere", in_folder(f, "dangling")), 0);
	assert_int_equal(store_put(f->s, in_folder(f, "dangling"), TAKE_MOVE, &a), STORE_IO);
	assert_has(store_error(f->s), "/dangling: is a link that cannot be followed: No such file or directory");
}

/* An object that is being written to would not stay what its name says. */
static void a_file_with_a_writer_is_copied(void **state)
{
	struct fixture *f = *state;
	const char *path = in_folder(f, "log");
	struct artifact a = { 0 };
	struct str text;
	int writer = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	assert_true(writer >= 0);
	assert_int_equal(write(writer, "one", 3), 3);
	assert_ok(f, store_put(f->s, path, TAKE_MOVE, &a));
	assert_int_equal(write(writer, "two", 3), 3);
	assert_int_equal(close(writer), 0);
	assert_false(fs_exists(path));
	assert_ok(f, store_read(f->s, &a.digest, 100, f->a, &text));
	assert_text(text, "one");
}

static void executables_stay_executable(void **state)
{
	struct fixture *f = *state;
	const char *path = file_with(f, "tool", "#!/bin/sh\n"), *linked = in_folder(f, "a/tool"), *copied = in_folder(f, "b/tool");
	struct artifact a = { 0 }, plain;

	assert_int_equal(chmod(path, 0755), 0);
	assert_ok(f, store_put(f->s, path, TAKE_MOVE, &a));
	assert_int_equal(a.kind, ARTIFACT_EXECUTABLE);
	assert_ok(f, store_place(f->s, &a, linked, PLACE_LINK));
	assert_ok(f, store_place(f->s, &a, copied, PLACE_COPY));
	assert_int_equal(stat_of(linked).st_mode & 07777, 0555);
	assert_int_equal(stat_of(copied).st_mode & 07777, 0755);
	plain = a;
	plain.kind = ARTIFACT_FILE;
	assert_ok(f, store_place(f->s, &plain, in_folder(f, "c/tool"), PLACE_LINK));
	assert_int_equal(stat_of(in_folder(f, "c/tool")).st_mode & 07777, 0444);
}

static void links_share_and_copies_do_not(void **state)
{
	struct fixture *f = *state;
	struct artifact a = { .digest = put_text(f, "text") };
	const char *linked = in_folder(f, "x/y/linked"), *copied = in_folder(f, "x/y/copied");
	ino_t inode = stat_of(object_path(f, &a.digest)).st_ino;

	assert_ok(f, store_place(f->s, &a, linked, PLACE_LINK));
	assert_ok(f, store_place(f->s, &a, copied, PLACE_COPY));
	assert_int_equal(stat_of(linked).st_ino, inode);
	assert_int_not_equal(stat_of(copied).st_ino, inode);
	assert_int_equal(stat_of(copied).st_mode & 07777, 0644);
	(void)file_with(f, "x/y/copied", "edited");
	assert_sound(f);
}

static void nothing_is_overwritten(void **state)
{
	struct fixture *f = *state;
	struct artifact a = { .digest = put_text(f, "new") };
	const char *path = file_with(f, "there", "old");

	assert_int_equal(store_place(f->s, &a, path, PLACE_LINK), STORE_IO);
	assert_has(store_error(f->s), "/there: File exists");
	assert_int_equal(store_place(f->s, &a, path, PLACE_COPY), STORE_IO);
	assert_has(store_error(f->s), "/there: File exists");
	assert_text(content_of(f, path), "old");
}

static void a_missing_object_cannot_be_placed(void **state)
{
	struct fixture *f = *state;
	struct artifact a = { .digest = digest_of(STR("never put")) };

	assert_int_equal(store_place(f->s, &a, in_folder(f, "a/b"), PLACE_LINK), STORE_CORRUPT);
	assert_has(store_error(f->s), "the object is missing");
	assert_int_equal(store_place(f->s, &a, in_folder(f, "a/c"), PLACE_COPY), STORE_CORRUPT);
	assert_int_equal(access(in_folder(f, "a/c"), F_OK), -1);
}

static void another_file_system_is_copied_from(void **state)
{
	struct fixture *f = *state;
	char path[] = "/dev/shm/rung-test-XXXXXX";
	int fd = mkstemp(path);
	struct stat there;
	struct artifact a = { 0 };

	if (fd < 0 || fstat(fd, &there) != 0 || there.st_dev == stat_of(f->folder).st_dev)
		skip();
	assert_int_equal(write(fd, "far", 3), 3);
	assert_int_equal(close(fd), 0);
	assert_ok(f, store_put(f->s, path, TAKE_MOVE, &a));
	assert_int_equal(access(path, F_OK), -1);
	assert_ok(f, store_place(f->s, &a, path, PLACE_LINK));
	assert_text(content_of(f, path), "far");
	assert_int_equal(stat_of(path).st_mode & 07777, 0444);
	assert_int_equal(unlink(path), 0);
	assert_sound(f);
}

static void presence_follows_what_happens(void **state)
{
	struct fixture *f = *state;
	struct digest before = put_text(f, "before"), after;

	assert_ok(f, store_results_preload(f->s));
	assert_true(store_has(f->s, &before));
	after = digest_of(STR("after"));
	assert_false(store_has(f->s, &after));
	after = put_text(f, "after");
	assert_true(store_has(f->s, &after));
	/* the memo: read by the next, which must see what went away in between */
	fixture_reopen(f);
	assert_ok(f, store_results_preload(f->s));
	assert_true(store_has(f->s, &before));
	fixture_reopen(f);
	assert_int_equal(unlink(object_path(f, &before)), 0);
	assert_ok(f, store_results_preload(f->s));
	assert_false(store_has(f->s, &before));
	assert_true(store_has(f->s, &after));
}

static void presence_believes_only_old_folders(void **state)
{
	struct fixture *f = *state;
	static struct clock later = { fixed_clock_ns, fixed_clock_ns, 0 };
	struct digest d = put_text(f, "an object");

	later.fixed_ns = system_clock.wall_ns(&system_clock) + INT64_C(3600000000000);
	/* an hour later every folder is old enough to be remembered */
	store_close(f->s);
	assert_ok(f, store_open(f->root, STORE_WRITE, "rung test", &later, &f->s));
	assert_ok(f, store_results_preload(f->s));
	store_close(f->s);
	assert_int_equal(access(in_folder(f, ".rung/present"), F_OK), 0);
	assert_ok(f, store_open(f->root, STORE_WRITE, "rung test", &later, &f->s));
	assert_int_equal(unlink(object_path(f, &d)), 0);
	assert_ok(f, store_results_preload(f->s));
	assert_false(store_has(f->s, &d));
	store_close(f->s);
	/* a torn memo is no memo */
	assert_int_equal(truncate(in_folder(f, ".rung/present"), 9000), 0);
	fixture_open(f);
	d = put_text(f, "another");
	assert_ok(f, store_results_preload(f->s));
	assert_true(store_has(f->s, &d));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(bytes_come_back, fixture_make, fixture_drop),
		cmocka_unit_test_setup_teardown(reading_has_a_ceiling, fixture_make, fixture_drop),
		cmocka_unit_test_setup_teardown(an_empty_file_is_an_object, fixture_make, fixture_drop),
		cmocka_unit_test_setup_teardown(moving_takes_the_file_itself, fixture_make, fixture_drop),
		cmocka_unit_test_setup_teardown(copying_leaves_the_source, fixture_make, fixture_drop),
		cmocka_unit_test_setup_teardown(large_files_are_copied_whole, fixture_make, fixture_drop),
		cmocka_unit_test_setup_teardown(the_same_bytes_are_kept_once, fixture_make, fixture_drop),
		cmocka_unit_test_setup_teardown(a_file_with_a_second_name_is_copied, fixture_make, fixture_drop),
		cmocka_unit_test_setup_teardown(an_input_given_back_as_output_stays_sound, fixture_make, fixture_drop),
		cmocka_unit_test_setup_teardown(a_link_gives_what_it_leads_to, fixture_make, fixture_drop),
		cmocka_unit_test_setup_teardown(an_object_of_the_wrong_size_is_replaced, fixture_make, fixture_drop),
		cmocka_unit_test_setup_teardown(damage_is_seen_when_reading, fixture_make, fixture_drop),
		cmocka_unit_test_setup_teardown(what_is_no_file_is_refused, fixture_make, fixture_drop),
		cmocka_unit_test_setup_teardown(a_file_with_a_writer_is_copied, fixture_make, fixture_drop),
		cmocka_unit_test_setup_teardown(executables_stay_executable, fixture_make, fixture_drop),
		cmocka_unit_test_setup_teardown(links_share_and_copies_do_not, fixture_make, fixture_drop),
		cmocka_unit_test_setup_teardown(nothing_is_overwritten, fixture_make, fixture_drop),
		cmocka_unit_test_setup_teardown(a_missing_object_cannot_be_placed, fixture_make, fixture_drop),
		cmocka_unit_test_setup_teardown(another_file_system_is_copied_from, fixture_make, fixture_drop),
		cmocka_unit_test_setup_teardown(presence_follows_what_happens, fixture_make, fixture_drop),
		cmocka_unit_test_setup_teardown(presence_believes_only_old_folders, fixture_make, fixture_drop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
