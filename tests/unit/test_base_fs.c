/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Proves: files appear whole and leave nothing aside, walks and globs come in byte order and follow no links, trees go
 * away with all they hold and nothing else, and paths are cut and cleaned as text.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/base/fs.h"

struct fixture {
	struct arena *a;
	char root[64];
};

static int setup(void **state)
{
	static struct fixture f;

	f = (struct fixture){ .a = arena_new(), .root = "/tmp/test_base_fs.XXXXXX" };
	*state = &f;
	return mkdtemp(f.root) ? 0 : -1;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	int e = fs_remove_tree(f->root);

	arena_free(f->a);
	return e;
}

static const char *at(struct fixture *f, const char *name)
{
	return path_join(f->a, str_z(f->root), str_z(name)).p;
}

static void put(struct fixture *f, const char *name, const char *text)
{
	assert_int_equal(fs_write_atomic(at(f, name), str_z(text), 0644), 0);
}

static void files_are_read_whole(void **state)
{
	struct fixture *f = *state;
	struct str s = STR("before");

	put(f, "a/b/c.txt", "hello");
	assert_int_equal(fs_read(f->a, at(f, "a/b/c.txt"), 5, &s), 0);
	assert_string_equal(s.p, "hello");
	assert_int_equal(s.n, 5);
	s = STR("before");
	assert_int_equal(fs_read(f->a, at(f, "a/b/c.txt"), 4, &s), -EFBIG);
	assert_int_equal(fs_read(f->a, at(f, "a/b"), 100, &s), -EISDIR);
	assert_int_equal(fs_read(f->a, at(f, "none"), 100, &s), -ENOENT);
	assert_string_equal(s.p, "before");
	assert_int_equal(fs_read(f->a, "/proc/self/maps", 1 << 20, &s), 0); /* says that its size is 0 */
	assert_true(s.n > 1000);
	assert_int_equal(fs_read(f->a, "/proc/self/maps", 100, &s), -EFBIG);
	put(f, "empty", "");
	assert_int_equal(fs_read(f->a, at(f, "empty"), 0, &s), 0);
	assert_string_equal(s.p, "");
}

static int count(void *user, const char *relative, const struct stat *st)
{
	(void)relative;
	(void)st;
	++*(int *)user;
	return 0;
}

static void files_appear_whole_and_alone(void **state)
{
	struct fixture *f = *state;
	struct stat st;
	struct str s;
	int n = 0;

	put(f, "x", "one");
	put(f, "x", "two");
	assert_int_equal(fs_write_atomic(at(f, "y"), STR("read-only"), 0444), 0);
	assert_int_equal(fs_copy(at(f, "x"), at(f, "d/copy"), 0600), 0);
	assert_int_equal(fs_read(f->a, at(f, "x"), 100, &s), 0);
	assert_string_equal(s.p, "two");
	assert_int_equal(stat(at(f, "y"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0444);
	assert_int_equal(stat(at(f, "d/copy"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(fs_read(f->a, at(f, "d/copy"), 100, &s), 0);
	assert_string_equal(s.p, "two");
	assert_int_equal(fs_copy(at(f, "none"), at(f, "e/copy"), 0600), -ENOENT);
	assert_false(fs_exists(at(f, "e")));
	assert_int_equal(fs_write_atomic(at(f, "d"), STR("x"), 0644), -EISDIR);
	assert_int_equal(fs_write_atomic(at(f, "x/under"), STR("x"), 0644), -ENOTDIR);
	assert_int_equal(fs_copy("/proc/self/status", at(f, "status"), 0600), 0);
	assert_int_equal(stat(at(f, "status"), &st), 0);
	assert_true(st.st_size > 100);
	assert_int_equal(fs_walk(f->root, count, &n), 0);
	assert_int_equal(n, 5); /* x, y, d, d/copy, status: and no temporary file */
}

static void folders_are_made(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fs_mkdirs(at(f, "p/q/r")), 0);
	assert_int_equal(fs_mkdirs(at(f, "p/q/r")), 0);
	assert_int_equal(fs_mkdirs(at(f, "p/q/s/")), 0);
	assert_int_equal(fs_mkdirs(at(f, "p//t/../u")), 0);
	assert_true(fs_exists(at(f, "p/t")) && fs_exists(at(f, "p/u")));
	assert_int_equal(fs_mkdirs("."), 0);
	assert_int_equal(fs_mkdirs("/"), 0);
	put(f, "file", "");
	assert_int_equal(fs_mkdirs(at(f, "file")), -ENOTDIR);
	assert_int_equal(fs_mkdirs(at(f, "file/x")), -ENOTDIR);
	assert_int_equal(fs_mkdirs(""), -ENOENT);
	assert_int_equal(fs_sync_dir(at(f, "p")), 0);
	assert_int_equal(fs_sync_dir(at(f, "none")), -ENOENT);
}

/* Collects what a walk sees; skips "skip", stops at "stop". */
static int see(void *user, const char *relative, const struct stat *st)
{
	struct sb *b = user;

	if (strcmp(relative, "stop") == 0)
		return -ECANCELED;
	sb_printf(b, "%s%s ", relative, S_ISDIR(st->st_mode) ? "/" : S_ISLNK(st->st_mode) ? "@" :
	                S_ISFIFO(st->st_mode) ? "|" : "");
	return strcmp(relative, "skip") == 0 ? FS_SKIP : 0;
}

static void walks_are_in_byte_order(void **state)
{
	struct fixture *f = *state;
	struct sb b;

	put(f, "a/x", "");
	put(f, "a/y/z", "");
	put(f, "a-b", "");
	put(f, "a.c", "");
	put(f, "B", "");
	put(f, "skip/hidden", "");
	assert_int_equal(symlink("a", at(f, "link")), 0);
	assert_int_equal(mkfifo(at(f, "pipe"), 0600), 0);
	sb_init(&b, 1 << 16);
	assert_int_equal(fs_walk(f->root, see, &b), 0);
	assert_string_equal(b.s, "B a/ a-b a.c a/x a/y/ a/y/z link@ pipe| skip/ ");
	put(f, "stop", "");
	put(f, "tail", "");
	sb_clear(&b);
	assert_int_equal(fs_walk(f->root, see, &b), -ECANCELED);
	assert_string_equal(b.s, "B a/ a-b a.c a/x a/y/ a/y/z link@ pipe| skip/ ");
	assert_int_equal(fs_walk(at(f, "none"), see, &b), -ENOENT);
	assert_int_equal(fs_walk(at(f, "B"), see, &b), -ENOTDIR);
	sb_release(&b);
}

static void what_the_dead_left_is_swept(void **state)
{
	struct fixture *f = *state;
	char ours[64];

	(void)snprintf(ours, sizeof(ours), ".rung-%d-new-x.tmp", (int)getpid());
	put(f, ".rung-2147483646-7.tmp", "");
	put(f, ".rung-2147483646-new-x.tmp/sub/file", "");
	put(f, ours, "");
	put(f, ".rung-2147483646-kept", "");
	put(f, "x/file", "");
	fs_sweep(f->root);
	assert_false(fs_exists(at(f, ".rung-2147483646-7.tmp")) || fs_exists(at(f, ".rung-2147483646-new-x.tmp")));
	assert_true(fs_exists(at(f, ours)) && fs_exists(at(f, ".rung-2147483646-kept")) && fs_exists(at(f, "x/file")));
}

static void trees_go_away_alone(void **state)
{
	struct fixture *f = *state;

	put(f, "kept/file", "");
	put(f, "t/u/v", "");
	assert_int_equal(symlink("../kept", at(f, "t/link")), 0);
	assert_int_equal(symlink("kept", at(f, "top")), 0);
	assert_int_equal(chmod(at(f, "t/u"), 0555), 0);
	assert_int_equal(fs_remove_tree(at(f, "t")), 0);
	assert_int_equal(fs_remove_tree(at(f, "top")), 0);
	assert_int_equal(fs_remove_tree(at(f, "t")), 0); /* gone already */
	assert_int_equal(fs_remove_tree(at(f, "kept/file/under")), 0);
	assert_false(fs_exists(at(f, "t")));
	assert_false(fs_exists(at(f, "top")));
	assert_true(fs_exists(at(f, "kept/file")));
}

static void assert_glob(struct fixture *f, const char *pattern, const char *want)
{
	struct str *found;
	size_t n;
	struct sb b;

	sb_init(&b, 1 << 16);
	assert_int_equal(fs_glob(f->a, f->root, str_z(pattern), &found, &n), 0);
	for (size_t i = 0; i < n; i++)
		sb_printf(&b, "%s%s", i ? " " : "", found[i].p);
	assert_string_equal(b.s, want);
	sb_release(&b);
}

static int count_entry(void *user, const char *relative, const struct stat *st)
{
	(void)relative, (void)st;
	++*(int *)user;
	return 0;
}

/* A tree may be deeper than the limit of open files, and than a path may be long. */
static void deep_trees_take_few_files(void **state)
{
	enum { DEEP = 3000 };
	struct fixture *f = *state;
	struct rlimit old, few;
	int n = 0, fd = open(f->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	for (int i = 0; i < DEEP; i++) {
		assert_int_equal(mkdirat(fd, "d", 0700), 0);
		assert_int_equal(mkdirat(fd, "e", 0700), 0);
		int below = openat(fd, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		assert_true(below >= 0);
		assert_int_equal(close(fd), 0);
		fd = below;
	}
	assert_int_equal(close(fd), 0);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	few = (struct rlimit){ 200, old.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	int walked = fs_walk(f->root, count_entry, &n), removed = fs_remove_tree(at(f, "d"));

	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	assert_int_equal(walked, 0);
	assert_int_equal(n, 2 * DEEP);
	assert_int_equal(removed, 0);
	assert_false(fs_exists(at(f, "d")));
	assert_true(fs_exists(at(f, "e")));
}

static void globs_find_what_they_say(void **state)
{
	struct fixture *f = *state;
	struct str *found;
	size_t n;

	put(f, "a.csv", "");
	put(f, "b.csv", "");
	put(f, "d/c.csv", "");
	put(f, "d/e/f.csv", "");
	put(f, "d/e/g.txt", "");
	put(f, "d/ü.csv", "");
	put(f, ".hidden/x.csv", "");
	put(f, "[x]", "");
	assert_int_equal(symlink("..", at(f, "d/loop")), 0);
	assert_glob(f, "*.csv", "a.csv b.csv");
	assert_glob(f, "{b,a}.csv", "a.csv b.csv");
	assert_glob(f, "{a,a,*}.csv", "a.csv b.csv");
	assert_glob(f, "[a-a].csv", "a.csv");
	assert_glob(f, "[!a].csv", "b.csv");
	assert_glob(f, "\\[x]", "[x]");
	assert_glob(f, "[x", "");
	assert_glob(f, "*/*.csv", "d/c.csv d/ü.csv");
	assert_glob(f, "d/?.csv", "d/c.csv d/ü.csv");
	assert_glob(f, "d/[!c].csv", "d/ü.csv");
	assert_glob(f, "**/*.csv", "a.csv b.csv d/c.csv d/e/f.csv d/ü.csv");
	assert_glob(f, "**/**/e/**/*.csv", "d/e/f.csv");
	assert_glob(f, "d/**", "d/c.csv d/e/f.csv d/e/g.txt d/loop d/ü.csv");
	assert_glob(f, ".h*/*", ".hidden/x.csv");
	assert_glob(f, "d/e", "d/e");
	assert_glob(f, "d//e/*", "d/e/f.csv d/e/g.txt");
	assert_glob(f, "none/*", "");
	assert_glob(f, "a.csv/*", "");
	assert_glob(f, "", "");
	assert_int_equal(fs_glob(f->a, f->root, STR("/etc/*"), &found, &n), -EINVAL);
}

static void assert_braces(const char *pattern, const char *want)
{
	struct arena *a = arena_new();
	struct str *texts;
	struct sb b;
	size_t n;

	sb_init(&b, 1 << 16);
	fs_braces(a, str_z(pattern), &texts, &n);
	for (size_t i = 0; i < n; i++)
		sb_printf(&b, "%s|", texts[i].p);
	assert_string_equal(b.s, want);
	sb_release(&b);
	arena_free(a);
}

static void braces_expand(void **state)
{
	(void)state;
	assert_braces("x.{svg,pdf}", "x.svg|x.pdf|");
	assert_braces("{a,b}{1,2}", "a1|a2|b1|b2|");
	assert_braces("p{a,b{1,2}}s", "pas|pb1s|pb2s|");
	assert_braces("{,x}y", "y|xy|");
	assert_braces("plain", "plain|");
	assert_braces("", "|");
	assert_braces("{one}", "{one}|");
	assert_braces("{a,b", "{a,b|");
	assert_braces("a}{b,c}", "a}b|a}c|");
	assert_braces("{x}{a,b}", "{x}a|{x}b|");
	assert_braces("{{a,b}", "{a|{b|");
	assert_braces("\\{a,b}", "\\{a,b}|");
	assert_braces("{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}",
	              "{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}|");
}

static void assert_str(struct str s, const char *want)
{
	assert_int_equal(s.n, strlen(want));
	assert_memory_equal(s.p, want, s.n);
}

static void paths_are_text(void **state)
{
	struct fixture *f = *state;

	assert_str(path_join(f->a, STR("a"), STR("b")), "a/b");
	assert_str(path_join(f->a, STR("a/"), STR("b")), "a/b");
	assert_str(path_join(f->a, STR("a"), STR("/b")), "/b");
	assert_str(path_join(f->a, STR(""), STR("b")), "b");
	assert_str(path_join(f->a, STR("a"), STR("")), "a");
	assert_str(path_dir(STR("a/b")), "a");
	assert_str(path_dir(STR("a//b/")), "a");
	assert_str(path_dir(STR("b")), ".");
	assert_str(path_dir(STR("/b")), "/");
	assert_str(path_dir(STR("/")), "/");
	assert_str(path_dir(STR("")), ".");
	assert_str(path_base(STR("a/b.csv")), "b.csv");
	assert_str(path_base(STR("a/b/")), "b");
	assert_str(path_base(STR("/")), "/");
	assert_str(path_ext(STR("a.d/b.csv")), "csv");
	assert_str(path_ext(STR("a.d/b")), "");
	assert_str(path_ext(STR(".bashrc")), "");
	assert_str(path_ext(STR("b.tar.gz")), "gz");
	assert_str(path_ext(STR("b.")), "");
}

static void paths_are_cleaned(void **state)
{
	static const char *const cases[][2] = {
		{ "a/./b//c", "a/b/c" }, { "a/../b", "b" },       { "a/b/../../..", ".." }, { "../a/../b", "../b" },
		{ "../../x", "../../x" }, { "/../x", "/x" },      { "/a/..", "/" },         { "", "." },
		{ "./", "." },           { "a/", "a" },           { "//a", "/a" },          { "a/..", "." },
		{ "..a/b", "..a/b" },    { "a/b/../c/../d", "a/d" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < countof(cases); i++)
		assert_string_equal(path_clean(f->a, str_z(cases[i][0])).p, cases[i][1]);
	assert_true(path_inside(STR("a/b")));
	assert_true(path_inside(STR("..a")));
	assert_true(path_inside(STR(".")));
	assert_false(path_inside(STR("..")));
	assert_false(path_inside(STR("../a")));
	assert_false(path_inside(STR("/a")));
	assert_false(path_inside(STR("")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(files_are_read_whole, setup, teardown),
		cmocka_unit_test_setup_teardown(files_appear_whole_and_alone, setup, teardown),
		cmocka_unit_test_setup_teardown(folders_are_made, setup, teardown),
		cmocka_unit_test_setup_teardown(walks_are_in_byte_order, setup, teardown),
		cmocka_unit_test_setup_teardown(what_the_dead_left_is_swept, setup, teardown),
		cmocka_unit_test_setup_teardown(trees_go_away_alone, setup, teardown),
		cmocka_unit_test_setup_teardown(deep_trees_take_few_files, setup, teardown),
		cmocka_unit_test_setup_teardown(globs_find_what_they_say, setup, teardown),
		cmocka_unit_test(braces_expand),
		cmocka_unit_test_setup_teardown(paths_are_text, setup, teardown),
		cmocka_unit_test_setup_teardown(paths_are_cleaned, setup, teardown),
	};

	return cmocka_run_group_tests_name("files, globs, paths", tests, NULL, NULL);
}
