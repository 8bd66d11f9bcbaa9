/* SPDX-License-Identifier: GPL-3.0-or-later
 * Frames, tokens in commands (through a real shell), rows, published files, endings. */
#include "store_fixture.h"

#include "engine/run/internal.h"
#include "engine/run/publish.h"

/* ---- frames ---- */

static void test_frames_in_pieces(void **state)
{
	CLEANUP(arena_cleanup) struct arena *a = arena_new();
	struct value v = value_map(a, 2), got;
	struct frames in;
	struct sb out;
	int fds[2];

	(void)state;
	value_set(&v, STR("op"), value_str(STR("run")));
	value_set(&v, STR("n"), value_int(-7));
	sb_init(&out, 1 << 20);
	frame_put(&out, &v);
	frame_put(&out, &v);
	assert_int_equal(pipe(fds), 0);
	frames_init(&in);
	for (size_t i = 0; i < out.n; i++) {
		assert_int_equal(write(fds[1], out.s + i, 1), 1);
		assert_int_equal(frames_read(&in, fds[0]), 1);
		int taken = frames_take(&in, a, &got);

		assert_int_equal(taken, i + 1 == out.n / 2 || i + 1 == out.n);
		if (taken)
			assert_true(value_same(&v, &got));
	}
	(void)close(fds[1]);
	assert_int_equal(frame_receive(&in, fds[0], a, &got), 0);
	(void)close(fds[0]);
	frames_release(&in);
	sb_release(&out);
}

static void test_a_stray_print_is_no_frame(void **state)
{
	CLEANUP(arena_cleanup) struct arena *a = arena_new();
	struct frames in;
	struct value got;
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], "\3\0\0\0xyz", 7), 7);
	frames_init(&in);
	assert_int_equal(frame_receive(&in, fds[0], a, &got), -1);
	frames_release(&in);
	frames_init(&in);
	assert_int_equal(write(fds[1], "\377\377\377\377", 4), 4);
	assert_int_equal(frame_receive(&in, fds[0], a, &got), -1);
	frames_release(&in);
	(void)close(fds[0]);
	(void)close(fds[1]);
}

/* ---- tokens ---- */

static struct site site_with(struct arena *a, struct spec *spec, struct str *paths, size_t n)
{
	struct site site = { .a = a, .spec = spec };

	spec->token_count = 1;
	spec->tokens = arena_array(a, struct token, 1);
	site.tokens = arena_array(a, struct token_value, 1);
	site.tokens[0] = (struct token_value){ .paths = paths, .n = n };
	return site;
}

static struct str shell_says(struct arena *a, struct str line)
{
	FILE *f = popen(line.p, "r");
	char *text = arena_alloc(a, 4096);
	size_t n = f ? fread(text, 1, 4095, f) : 0;

	assert_non_null(f);
	assert_int_equal(pclose(f), 0);
	return (struct str){ text, n };
}

static void test_paths_reach_the_shell_as_data(void **state)
{
	CLEANUP(arena_cleanup) struct arena *a = arena_new();
	struct str paths[] = { STR("/tmp/$(touch pwned); '"), STR("a\nb `id` \"x\" \\") };
	struct spec spec = { 0 };
	struct site site = site_with(a, &spec, paths, 2);
	struct sb b;

	(void)state;
	sb_init(&b, 1 << 16);
	site_text(&site, STR("printf '[%s]' '\x1f" "0\x1f' end"), FILL_SHELL, &b);
	assert_text(shell_says(a, sb_str(&b)), "[/tmp/$(touch pwned); '][a\nb `id` \"x\" \\][end]");
	sb_release(&b);
	assert_false(fs_exists("pwned"));
}

static void test_a_list_spreads_paths(void **state)
{
	CLEANUP(arena_cleanup) struct arena *a = arena_new();
	struct str paths[] = { STR("/x/1"), STR("/x/2") };
	struct spec spec = { 0 };
	struct site site = site_with(a, &spec, paths, 2);
	struct value words = value_list(a, 3);

	(void)state;
	words.list.items[0] = value_str(STR("cat"));
	words.list.items[1] = value_str(STR("\x1f" "0\x1f"));
	words.list.items[2] = value_str(STR("--all=\x1f" "0\x1f"));
	struct value got = site_value(&site, &words);

	assert_int_equal(got.list.n, 4);
	assert_text(got.list.items[1].s, "/x/1");
	assert_text(got.list.items[2].s, "/x/2");
	assert_text(got.list.items[3].s, "--all=/x/1 /x/2");
	/* what is no token stays as it is */
	struct value odd = value_str(STR("a\x1f" "9\x1f" "b\x1f"));

	assert_text(site_value(&site, &odd).s, "a\x1f" "9\x1f" "b\x1f");
}

static void test_words_for_people(void **state)
{
	struct sb b;

	(void)state;
	sb_init(&b, 1 << 16);
	quote_word(STR("plain-1.csv"), &b);
	sb_char(&b, ' ');
	quote_word(STR("it's"), &b);
	sb_char(&b, ' ');
	quote_word(STR(""), &b);
	assert_string_equal(b.s, "plain-1.csv 'it'\\''s' ''");
	sb_release(&b);
}

static void test_secrets(void **state)
{
	(void)state;
	assert_true(variable_is_secret("OPENAI_API_KEY=sk"));
	assert_true(variable_is_secret("SOME_API_TOKEN"));
	assert_true(variable_is_secret("ANTHROPIC_BASE_URL=x"));
	assert_false(variable_is_secret("PATH=/bin:OPENAI_API_KEY"));
	assert_false(variable_is_secret("MY_KEY=1"));
	assert_false(variable_is_secret("HF_TOKEN=1"));
}

/* ---- rows ---- */

static struct str file_text(struct fixture *f, const char *path)
{
	struct str text;

	assert_int_equal(fs_read(f->a, path, 1 << 20, &text), 0);
	return text;
}

static void test_rows(void **state)
{
	struct fixture *f = *state;
	struct arena *a = f->a;
	struct value point = value_map(a, 2), metrics = value_map(a, 1);
	struct str path = arena_printf(a, "%s/rows.jsonl", f->folder), table = arena_printf(a, "%s/t.csv", f->folder), error;

	value_set(&point, STR("source"), value_str(STR("gpt")));
	value_set(&point, STR("n"), value_int(3));
	value_set(&metrics, STR("accuracy"), value_real(0.5));
	assert_int_equal(fs_write_atomic(table.p, STR("n,x\n7,a\n,\"b,c\"\n"), 0644), 0);
	struct rows_of from[] = { { .point = point, .metrics = metrics },
		                  { .point = point, .table = table, .format = TABLE_CSV, .label = STR("t") }, { .point = point } };

	assert_int_equal(rows_write(a, path.p, from, 3, &error), 0);
	assert_text(file_text(f, path.p), "{\"source\":\"gpt\",\"n\":3,\"accuracy\":0.5}\n"
	                                  "{\"source\":\"gpt\",\"n\":7,\"x\":\"a\"}\n"
	                                  "{\"source\":\"gpt\",\"n\":null,\"x\":\"b,c\"}\n"
	                                  "{\"source\":\"gpt\",\"n\":3}\n");
	struct value packed = rows_encode(&from[1], a);
	struct rows_of back = rows_decode(&packed, a);

	assert_true(str_same(back.table, table) && back.format == TABLE_CSV && value_same(&back.point, &point));
	from[1].table = arena_printf(a, "%s/none.csv", f->folder);
	assert_int_equal(rows_write(a, path.p, from, 3, &error), -1);
	assert_has(error.p, "No such file");
}

static void test_formats(void **state)
{
	enum table_format format;

	(void)state;
	assert_true(table_format_of(STR("a.csv"), &format) && format == TABLE_CSV);
	assert_true(table_format_of(STR("a.jsonl.gz"), &format) && format == TABLE_JSONL);
	assert_false(table_format_of(STR("a.svg"), &format));
}

/* ---- publishing ---- */

static struct publication publication_at(struct fixture *f, const char *text, const char *name)
{
	struct publication x = { .artifact = { .name = STR("o"), .file = STR("o") }, .shown = str_z(name) };

	assert_ok(f, store_put_bytes(f->s, str_z(text), &x.artifact.digest));
	x.from = store_object_path(f->s, &x.artifact.digest, f->a);
	x.to = arena_printf(f->a, "%s/results/%s", f->folder, name);
	x.aside = arena_printf(f->a, "%s/aside.csv", f->folder);
	return x;
}

static void test_publish_copies_once(void **state)
{
	struct fixture *f = *state;
	struct publication x = publication_at(f, "hello\n", "deep/er/h.txt");

	assert_false(publication_fresh(&x, f->s));
	publication_write(&x, f->a);
	assert_true(x.wrote && !x.error.n);
	assert_text(file_text(f, x.to.p), "hello\n");
	assert_true(publication_fresh(&x, f->s));
	assert_int_equal(unlink(x.to.p), 0);
	assert_false(publication_fresh(&x, f->s));
}

static void test_publish_converts(void **state)
{
	struct fixture *f = *state;
	struct publication x = publication_at(f, "{\"a\":1,\"b\":\"x,\\ty\"}\n{\"a\":null,\"b\":\"q\\\"\"}\n", "t.tsv");

	x.how = PUBLISH_TSV;
	publication_write(&x, f->a);
	assert_text(x.error, "");
	assert_text(file_text(f, x.to.p), "a\tb\n1\t\"x,\ty\"\n\t\"q\"\"\"\n");
	x.how = PUBLISH_CSV;
	x.to = arena_printf(f->a, "%s/results/t.csv", f->folder);
	publication_write(&x, f->a);
	assert_true(x.wrote);
	x.wrote = false;
	publication_write(&x, f->a);
	assert_false(x.wrote); /* the same already: left alone */
	assert_false(fs_exists(x.aside.p));
}

static void test_publish_never_removes_a_folder(void **state)
{
	struct fixture *f = *state;
	struct publication x = publication_at(f, "hello\n", "h");

	assert_int_equal(fs_mkdirs(x.to.p), 0);
	publication_write(&x, f->a);
	assert_false(x.wrote);
	assert_text(x.error, "'h' cannot be written: a folder stands there");
}

/* ---- endings ---- */

static void test_endings(void **state)
{
	CLEANUP(arena_cleanup) struct arena *a = arena_new();

	(void)state;
	assert_int_equal(ending_of_status(0, true, a).outcome, OUTCOME_DONE);
	assert_text(ending_of_status(3 << 8, true, a).detail, "exit code 3");
	assert_int_equal(ending_of_status(127 << 8, true, a).outcome, OUTCOME_NOT_FOUND);
	assert_int_equal(ending_of_status(127 << 8, false, a).outcome, OUTCOME_EXIT);
	assert_text(ending_of_status(SIGKILL, true, a).detail, "killed by signal 9 (often the system ran out of memory)");
	assert_text(ending_of_status(SIGSEGV, true, a).detail, "killed by signal 11 (Segmentation fault)");
	assert_text(ending_of_status(139 << 8, true, a).detail, "exit code 139 (128 + signal 11, Segmentation fault)");
	assert_text(ending_timeout(1.5, a).detail, "timed out after 1.5 s");
	assert_text(ending_of_spawn(ENOENT, "gnuplot", a).detail, "command not found: 'gnuplot'");
	assert_text(last_lines(STR("a\nb\nc\n\n"), 2, a), "b\nc");
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	*state = f;
	f->a = arena_new();
	(void)snprintf(f->folder, sizeof(f->folder), "/tmp/rung-run-XXXXXX");
	if (!mkdtemp(f->folder))
		return -1;
	(void)snprintf(f->root, sizeof(f->root), "%s/.rung", f->folder);
	fixture_open(f);
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	store_close(f->s);
	(void)fs_remove_tree(f->folder);
	arena_free(f->a);
	free(f);
	return 0;
}

#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

/* ---- time that is left ---- */

static void test_time_left(void **state)
{
	const struct step steps[2] = { { .cpus = 1 }, { .cpus = 2 } };
	struct step_pace pace[2] = { { .left = 8, .past = -1 }, { .left = 3, .past = -1 } };

	(void)state;
	assert_true(pace_eta(pace, steps, 2, 2) < 0); /* a first run at its beginning */
	pace[0].ended = 2;
	pace[0].seconds = 6;
	/* 8 × 3 s, and 3 × 3 s on two cpus, for a step that has not run is like one that has; two cpus share it */
	assert_float_equal(pace_eta(pace, steps, 2, 2), (24 + 18) / 2.0, 1e-9);
	pace[1].past = 10;
	assert_float_equal(pace_eta(pace, steps, 2, 2), (24 + 60) / 2.0, 1e-9);
	pace[1].ended = 1;
	pace[1].seconds = 1;
	assert_float_equal(pace_eta(pace, steps, 2, 2), (24 + 6) / 2.0, 1e-9);
	pace[0].left = pace[1].left = 0;
	assert_float_equal(pace_eta(pace, steps, 2, 2), 0, 1e-9);
}

static void test_a_worker_that_could_not_start(void **state)
{
	CLEANUP(arena_cleanup) struct arena *a = arena_new();
	struct ending e = ending_of_death(NO_WORKER(EAGAIN), a);

	(void)state;
	assert_text(e.detail, "no worker can be started: Resource temporarily unavailable");
	assert_has(e.hint.p, "`ulimit -u` (processes), `ulimit -n` (open files)");
	e = ending_of_death(127 << 8, a);
	assert_text(e.detail, "the worker ended with exit code 127 before it answered");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_frames_in_pieces), cmocka_unit_test(test_a_stray_print_is_no_frame),
		cmocka_unit_test(test_paths_reach_the_shell_as_data), cmocka_unit_test(test_a_list_spreads_paths),
		cmocka_unit_test(test_words_for_people), cmocka_unit_test(test_secrets), cmocka_unit_test(test_formats),
		cmocka_unit_test(test_endings), cmocka_unit_test(test_time_left),
		cmocka_unit_test(test_a_worker_that_could_not_start), WITH_STORE(test_rows), WITH_STORE(test_publish_copies_once),
		WITH_STORE(test_publish_converts), WITH_STORE(test_publish_never_removes_a_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
