/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Proves: a folder comes out of the store as it went in, its listing is the documented text, links stay inside, and a
 * listing from elsewhere cannot place anything outside.
 */
#include "store_fixture.h"

static void put_tree(struct fixture *f, const char *path, enum take take, struct artifact *a)
{
	assert_ok(f, store_put(f->s, path, take, a));
	assert_int_equal(a->kind, ARTIFACT_TREE);
}

static const char *sample(struct fixture *f, const char *name)
{
	const char *root = in_folder(f, name);

	(void)file_with(f, arena_printf(f->a, "%s/b.txt", name).p, "bee");
	(void)file_with(f, arena_printf(f->a, "%s/a/deep/er.txt", name).p, "deep");
	(void)file_with(f, arena_printf(f->a, "%s/a.txt", name).p, "ay");
	(void)file_with(f, arena_printf(f->a, "%s/run.sh", name).p, "#!/bin/sh\n");
	(void)file_with(f, arena_printf(f->a, "%s/odd\tna\\me\n", name).p, "");
	assert_int_equal(chmod(arena_printf(f->a, "%s/run.sh", root).p, 0750), 0);
	assert_int_equal(fs_mkdirs(arena_printf(f->a, "%s/empty/also", root).p), 0);
	assert_int_equal(symlink("../b.txt", arena_printf(f->a, "%s/a/up", root).p), 0);
	assert_int_equal(symlink("a/deep", arena_printf(f->a, "%s/to-folder", root).p), 0);
	return root;
}

static void the_listing_is_the_documented_text(void **state)
{
	struct fixture *f = *state;
	struct artifact a = { 0 };
	struct str text;

	put_tree(f, sample(f, "t"), TAKE_COPY, &a);
	assert_ok(f, store_read(f->s, &a.digest, 1 << 20, f->a, &text));
	assert_int_equal(a.size, 3 + 4 + 2 + 10);
	assert_text(text,
	            "rung-tree 1\n"
	            "f\t2\t69d61997a241e97931db9dd1cfcef218041a752485f5f7956b09766287682da3\ta.txt\n"
	            "f\t4\t74611c1d6455b534323a21f8133a6f43dc3a8188e7b946f96dcc28dde932fcb2\ta/deep/er.txt\n"
	            "l\t8\t../b.txt\ta/up\n"
	            "f\t3\t62cb81b5904a262ffaeed02abef36bfc540b09f964b8b0b636662f77ffce6714\tb.txt\n"
	            "d\t0\t-\tempty/also\n"
	            "f\t0\te3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\todd\\x09na\\x5cme\\x0a\n"
	            "x\t10\ta8076d3d28d21e02012b20eaf7dbf75409a6277134439025f282e368e3305abf\trun.sh\n"
	            "l\t6\ta/deep\tto-folder\n");
}

static void a_tree_comes_back(void **state)
{
	struct fixture *f = *state;
	struct artifact a = { 0 }, again = { 0 };
	const char *root = sample(f, "t"), *linked = in_folder(f, "x/linked"), *copied = in_folder(f, "x/copied");
	struct stat st;
	char target[64];

	put_tree(f, root, TAKE_MOVE, &a);
	assert_int_equal(access(root, F_OK), -1);
	assert_ok(f, store_place(f->s, &a, linked, PLACE_LINK));
	assert_ok(f, store_place(f->s, &a, copied, PLACE_COPY));
	assert_text(content_of(f, in_folder(f, "x/linked/a/up")), "bee");
	assert_text(content_of(f, in_folder(f, "x/linked/to-folder/er.txt")), "deep");
	assert_int_equal(readlink(in_folder(f, "x/copied/a/up"), target, sizeof(target)), 8);
	assert_int_equal(stat(in_folder(f, "x/copied/empty/also"), &st), 0);
	assert_int_equal(stat(in_folder(f, "x/copied/run.sh"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
	assert_int_equal(stat(in_folder(f, "x/linked/run.sh"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0555);
	assert_int_equal(stat(in_folder(f, "x/linked/b.txt"), &st), 0);
	assert_int_equal(st.st_nlink, 2);
	/* and is the same tree again, however it was made */
	put_tree(f, copied, TAKE_COPY, &again);
	assert_true(digest_same(&a.digest, &again.digest));
	put_tree(f, linked, TAKE_MOVE, &again);
	assert_true(digest_same(&a.digest, &again.digest));
	assert_sound(f);
}

static void an_empty_folder_is_a_tree(void **state)
{
	struct fixture *f = *state;
	const char *root = in_folder(f, "nothing");
	struct artifact a = { 0 };
	struct stat st;

	assert_int_equal(mkdir(root, 0755), 0);
	put_tree(f, root, TAKE_MOVE, &a);
	assert_ok(f, store_place(f->s, &a, in_folder(f, "back"), PLACE_COPY));
	assert_int_equal(stat(in_folder(f, "back"), &st), 0);
	assert_true(S_ISDIR(st.st_mode));
}

static void refused(struct fixture *f, const char *target)
{
	struct artifact a = { 0 };
	const char *root = in_folder(f, "t"), *path = in_folder(f, "t/sub/link");

	(void)file_with(f, "t/sub/file", "x");
	assert_int_equal(symlink(target, path), 0);
	assert_int_equal(store_put(f->s, root, TAKE_COPY, &a), STORE_IO);
	assert_has(store_error(f->s), "/t/sub/link: is a link that leads out of its folder: ");
	assert_has(store_error(f->s), target);
	assert_int_equal(unlink(path), 0);
}

static void links_that_lead_out_are_refused(void **state)
{
	struct fixture *f = *state;

	refused(f, "/etc/passwd");
	refused(f, "../../outside");
	refused(f, "file/../../../x"); /* climbs out of wherever `file` would lead */
	refused(f, "..//../sub/file");
}

static void placing_a_tree_overwrites_nothing(void **state)
{
	struct fixture *f = *state;
	struct artifact a = { 0 };

	put_tree(f, sample(f, "t"), TAKE_COPY, &a);
	assert_int_equal(store_place(f->s, &a, in_folder(f, "t"), PLACE_COPY), STORE_IO);
	assert_has(store_error(f->s), "/t: File exists");
}

static void a_tree_without_a_file_is_not_placed(void **state)
{
	struct fixture *f = *state;
	struct artifact a = { 0 };
	struct digest lost = digest_of(STR("bee"));

	put_tree(f, sample(f, "t"), TAKE_COPY, &a);
	assert_int_equal(unlink(store_object_path(f->s, &lost, f->a).p), 0);
	assert_int_equal(store_place(f->s, &a, in_folder(f, "back"), PLACE_LINK), STORE_CORRUPT);
	assert_has(store_error(f->s), "the object is missing");
	assert_int_equal(access(in_folder(f, "back"), F_OK), -1);
	struct str *names;
	size_t n;

	/* nothing is left aside */
	assert_int_equal(fs_glob(f->a, f->folder, STR("*"), &names, &n), 0);
	assert_int_equal(n, 1);
}

static void foreign_listings_stay_inside(void **state)
{
	static const char *const bad[] = {
		"rung-tree 1\nd\t0\t-\t../out\n",
		"rung-tree 1\nd\t0\t-\t/tmp/out\n",
		"rung-tree 1\nd\t0\t-\ta/../../out\n",
		"rung-tree 1\nl\t3\t../\tlink\n",
		"rung-tree 1\nl\t4\t/etc\tlink\n",
		"rung-tree 1\nd\t0\t-\tb\nd\t0\t-\ta\n",
		"rung-tree 1\nd\t0\t-\ta\nd\t0\t-\ta\n",
		"rung-tree 1\nf\t1\tabc\tname\n",
		"rung-tree 1\nf\t-1\t-\tname\n",
		"rung-tree 1\nq\t0\t-\tname\n",
		"rung-tree 1\nd\t0\t-\tna\\q00me\n",
		"rung-tree 1\nd\t0\t-\tname\\x4\n",
		"rung-tree 1\nd\t0\n",
		"rung-tree 2\n",
		"",
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < countof(bad); i++) {
		struct artifact a = { .kind = ARTIFACT_TREE, .digest = put_text(f, bad[i]) };

		if (store_place(f->s, &a, in_folder(f, "back"), PLACE_LINK) != STORE_CORRUPT)
			fail_msg("placed: %s", bad[i]);
		assert_has(store_error(f->s), "is not the listing of a tree");
	}
}

/* Writes to an object as root or its owner can. */
static void spoil(struct fixture *f, const char *text)
{
	struct digest d = digest_of(str_z(text));
	const char *path = store_object_path(f->s, &d, f->a).p;
	FILE *file;

	assert_int_equal(chmod(path, 0644), 0);
	file = fopen(path, "a");
	assert_non_null(file);
	assert_int_equal(fputc('!', file), '!');
	assert_int_equal(fclose(file), 0);
}

static void what_was_written_to_is_not_sound(void **state)
{
	struct fixture *f = *state;
	struct artifact a = { 0 }, tree = { 0 };

	assert_ok(f, store_put(f->s, file_with(f, "one", "one"), TAKE_MOVE, &a));
	put_tree(f, sample(f, "t"), TAKE_MOVE, &tree);
	assert_true(store_sound(f->s, &a));
	assert_true(store_sound(f->s, &tree));
	spoil(f, "one");
	spoil(f, "bee");
	assert_false(store_sound(f->s, &a));
	assert_false(store_has(f->s, &a.digest));
	assert_false(store_sound(f->s, &a)); /* missing is no better */
	assert_false(store_sound(f->s, &tree));
	assert_false(store_has(f->s, &tree.digest)); /* so that a plan sees it */
}

static void what_was_written_to_is_not_placed(void **state)
{
	struct fixture *f = *state;
	struct artifact a = { 0 };

	assert_ok(f, store_put(f->s, file_with(f, "one", "one"), TAKE_MOVE, &a));
	spoil(f, "one");
	assert_int_equal(store_place(f->s, &a, in_folder(f, "placed"), PLACE_LINK), STORE_CORRUPT);
	assert_has(store_error(f->s), ": the object was changed after it was made; it is removed, and its task runs again");
	assert_false(store_has(f->s, &a.digest));
}

/* Of a store from before there were seals, say: touched, and as it was. */
static void a_broken_seal_alone_is_no_damage(void **state)
{
	struct fixture *f = *state;
	struct artifact a = { 0 };
	struct stat before, after;

	assert_ok(f, store_put(f->s, file_with(f, "one", "one"), TAKE_MOVE, &a));
	const char *path = store_object_path(f->s, &a.digest, f->a).p;

	assert_int_equal(stat(path, &before), 0);
	assert_int_equal(utimensat(AT_FDCWD, path, NULL, 0), 0);
	assert_true(store_sound(f->s, &a));
	assert_int_equal(stat(path, &after), 0);
	assert_int_equal(after.st_mtim.tv_sec, before.st_mtim.tv_sec);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_listing_is_the_documented_text, fixture_make, fixture_drop),
		cmocka_unit_test_setup_teardown(a_tree_comes_back, fixture_make, fixture_drop),
		cmocka_unit_test_setup_teardown(an_empty_folder_is_a_tree, fixture_make, fixture_drop),
		cmocka_unit_test_setup_teardown(links_that_lead_out_are_refused, fixture_make, fixture_drop),
		cmocka_unit_test_setup_teardown(placing_a_tree_overwrites_nothing, fixture_make, fixture_drop),
		cmocka_unit_test_setup_teardown(a_tree_without_a_file_is_not_placed, fixture_make, fixture_drop),
		cmocka_unit_test_setup_teardown(what_was_written_to_is_not_sound, fixture_make, fixture_drop),
		cmocka_unit_test_setup_teardown(what_was_written_to_is_not_placed, fixture_make, fixture_drop),
		cmocka_unit_test_setup_teardown(a_broken_seal_alone_is_no_damage, fixture_make, fixture_drop),
		cmocka_unit_test_setup_teardown(foreign_listings_stay_inside, fixture_make, fixture_drop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
