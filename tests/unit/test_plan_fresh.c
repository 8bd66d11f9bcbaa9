/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The certificate: what breaks it, what does not.
 */
#include "tests/unit/plan_fixture.h"

struct setting {
	struct fixture *f;
	const char *study, *published;
	struct fresh_facts facts;
	struct clock clock;        /* stands still, at the time of the files */
	struct fresh_place place; /* clock: that of the system, until a test has it stand still */
};

/* A study that ran, and its certificate. The file was read before it changed, as far as times tell, so its content is given. */
static struct setting certified(struct fixture *f)
{
	struct setting x = { .f = f, .study = file_with(f, "study.yaml", "epoch: 30\n"), .published = file_with(f, "results/a.csv", "a\n1\n") };
	struct study_c *s = usual(f);
	struct fresh_input *in = arena_array(f->a, struct fresh_input, 4);

	(void)run_plan(f, s, plan_of(s, f->s), "a");
	store_close(f->s);
	f->s = NULL;
	in[0] = (struct fresh_input){ .path = str_z(x.study), .was_read = true, .read = digest_of(STR("epoch: 30\n")) };
	in[1] = (struct fresh_input){ .path = str_z(in_folder(f, "hooks.lua")) }; /* looked for, not there */
	x.facts = (struct fresh_facts){ .asked = STR("run"), .inputs = in, .input_count = 2, .tasks = 14, .skipped = 2, .study = STR("test") };
	x.facts.published = arena_make(f->a, struct str);
	*x.facts.published = str_z(x.published);
	x.facts.published_count = 1;
	x.place = (struct fresh_place){ f->root, f->folder, &system_clock };
	return x;
}

static int check(struct setting *x)
{
	struct fresh_facts out;

	return fresh_check(&x->place, STR("run"), x->f->a, &out);
}

static void write_certificate(struct setting *x)
{
	fresh_write(&x->place, &x->facts);
	assert_int_equal(check(x), 1);
}

static void test_holds(void **state)
{
	struct setting x = certified(*state);
	struct fresh_facts out;

	assert_int_equal(check(&x), 0);
	write_certificate(&x);
	assert_int_equal(fresh_check(&x.place, STR("run"), x.f->a, &out), 1);
	assert_int_equal(out.tasks, 14);
	assert_int_equal(out.skipped, 2);
	assert_text(out.study, "test");
	assert_int_equal(fresh_check(&x.place, STR("run -s epoch=5"), x.f->a, &out), 0);
	x.place.root = "/elsewhere";
	assert_int_equal(check(&x), 0);
	fresh_forget(x.f->root);
	assert_int_equal(check(&x), 0);
}

static void test_edit_within_the_tick(void **state)
{
	struct setting x = certified(*state);
	struct stat before;

	write_certificate(&x);
	/* same size, and the times set back: only the content tells (and the ctime, on a clock that is fine enough) */
	assert_int_equal(stat(x.study, &before), 0);
	(void)file_with(x.f, "study.yaml", "epoch: 40\n");
	const struct timespec times[2] = { before.st_atim, before.st_mtim };

	assert_int_equal(utimensat(AT_FDCWD, x.study, times, 0), 0);
	assert_int_equal(check(&x), 0);
}

static void test_changed_while_running(void **state)
{
	struct setting x = certified(*state);

	(void)file_with(x.f, "study.yaml", "epoch: 31\n"); /* after it was read, before the certificate */
	fresh_write(&x.place, &x.facts);
	assert_int_equal(check(&x), 0);
	/* nobody said what was read, and the file changed after the command began: no certificate */
	x.facts.inputs[0].was_read = false;
	fresh_write(&x.place, &x.facts);
	assert_int_equal(check(&x), 0);
	/* it is older than the command */
	x.facts.since_ns = system_clock.wall_ns(&system_clock) + INT64_C(1000000000);
	write_certificate(&x);
}

static void test_touch(void **state)
{
	struct setting x = certified(*state);
	const struct timespec times[2] = { { .tv_sec = 1000 }, { .tv_sec = 1000 } };

	write_certificate(&x);
	assert_int_equal(utimensat(AT_FDCWD, x.study, times, 0), 0);
	assert_int_equal(check(&x), 0); /* the long way then finds that nothing changed, and certifies anew */
	write_certificate(&x);
}

static void test_paths(void **state)
{
	struct setting x = certified(*state);

	write_certificate(&x);
	(void)file_with(x.f, "hooks.lua", "");
	assert_int_equal(check(&x), 0);
	assert_int_equal(unlink(in_folder(x.f, "hooks.lua")), 0);
	assert_int_equal(check(&x), 1);
	assert_int_equal(unlink(x.published), 0);
	assert_int_equal(check(&x), 0);
}

static void test_folder(void **state)
{
	struct setting x = certified(*state);

	(void)file_with(x.f, "data/a.csv", "1");
	x.facts.inputs[2] = (struct fresh_input){ .path = str_z(in_folder(x.f, "data")), .is_folder = true };
	x.facts.input_count = 3;
	x.facts.since_ns = system_clock.wall_ns(&system_clock) + INT64_C(1000000000);
	write_certificate(&x);
	(void)file_with(x.f, "data/b.csv", "1");
	assert_int_equal(check(&x), 0);
}

static void test_store(void **state)
{
	struct setting x = certified(*state);
	struct digest d = digest_of(STR("corpus a"));
	char hex[DIGEST_HEX + 1];

	write_certificate(&x);
	digest_hex(&d, hex);
	const char *object = arena_printf(x.f->a, "%s/objects/%.2s/%s", x.f->root, hex, hex + 2).p;

	assert_int_equal(rename(object, in_folder(x.f, "aside")), 0);
	assert_int_equal(check(&x), 0);
	assert_int_equal(rename(in_folder(x.f, "aside"), object), 0);
	write_certificate(&x);
	fixture_open(x.f);
	commit_done(x.f, begin_run(x.f).id, "other", 1, "other");
	assert_int_equal(check(&x), 0);
	store_close(x.f->s);
	x.f->s = NULL;
	assert_int_equal(check(&x), 0);
	/* a reader changes nothing */
	write_certificate(&x);
	assert_ok(x.f, open_reader(x.f));
	(void)store_result_count(x.f->s);
	store_close(x.f->s);
	x.f->s = NULL;
	assert_int_equal(check(&x), 1);
}

static void test_tools_and_env(void **state)
{
	struct setting x = certified(*state);
	struct fresh_tool tool = { STR("cat version.txt"), STR("1") };
	struct fresh_env envs[2] = { { STR("RUNG_TEST_SET"), STR("x"), true }, { STR("RUNG_TEST_UNSET"), STR(""), false } };

	(void)file_with(x.f, "version.txt", "1\n");
	(void)setenv("RUNG_TEST_SET", "x", 1);
	(void)unsetenv("RUNG_TEST_UNSET");
	x.facts.tools = &tool;
	x.facts.tool_count = 1;
	x.facts.envs = envs;
	x.facts.env_count = 2;
	write_certificate(&x);
	(void)file_with(x.f, "version.txt", "2\n");
	assert_int_equal(check(&x), 0);
	(void)file_with(x.f, "version.txt", "1\n");
	assert_int_equal(check(&x), 1);
	(void)setenv("RUNG_TEST_SET", "y", 1);
	assert_int_equal(check(&x), 0);
	(void)setenv("RUNG_TEST_SET", "x", 1);
	(void)setenv("RUNG_TEST_UNSET", "", 1);
	assert_int_equal(check(&x), 0);
	(void)unsetenv("RUNG_TEST_UNSET");
	assert_int_equal(check(&x), 1);
}

static void test_torn(void **state)
{
	struct setting x = certified(*state);

	write_certificate(&x);
	struct str text = content_of(x.f, in_folder(x.f, ".rung/fresh"));

	for (size_t cut = 0; cut < text.n; cut += 97) {
		struct str part = str_from(text, 0, cut);

		assert_int_equal(fs_write_atomic(in_folder(x.f, ".rung/fresh"), part, 0644), 0);
		assert_int_equal(check(&x), 0);
	}
}

/* What was racy is hashed until time has passed, then its times are enough. */
static void test_settles(void **state)
{
	struct setting x = certified(*state);
	struct str before, after;

	x.clock = (struct clock){ fixed_clock_ns, fixed_clock_ns, system_clock.wall_ns(&system_clock) };
	x.place.clock = &x.clock;
	x.facts.since_ns = x.clock.fixed_ns;
	write_certificate(&x);
	before = content_of(x.f, in_folder(x.f, ".rung/fresh"));
	assert_int_equal(check(&x), 1); /* no time has passed: still hashed */
	after = content_of(x.f, in_folder(x.f, ".rung/fresh"));
	assert_int_equal(after.n, before.n);
	x.clock.fixed_ns += INT64_C(2100000000);
	assert_int_equal(check(&x), 1);
	after = content_of(x.f, in_folder(x.f, ".rung/fresh"));
	assert_true(after.n < before.n);
	assert_int_equal(check(&x), 1);
	(void)file_with(x.f, "study.yaml", "epoch: 41\n");
	assert_int_equal(check(&x), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_make, fixture_drop)

int main(void)
{
	const struct CMUnitTest tests[] = { TEST(test_holds), TEST(test_edit_within_the_tick), TEST(test_changed_while_running), TEST(test_touch),
		                            TEST(test_paths), TEST(test_folder), TEST(test_store), TEST(test_tools_and_env), TEST(test_torn),
		                            TEST(test_settles) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
