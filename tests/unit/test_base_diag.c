/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Proves: diagnostics come out sorted, with the line, a caret under the right column, notes and hints, nothing raw from
 * the source, and within their limits. Asserts whole texts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/diag.h"

struct fixture {
	struct arena *a;
	struct diags d;
};

static int setup(void **state)
{
	static struct fixture f;

	f.a = arena_new();
	diags_init(&f.d, f.a);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	arena_free(f->a);
	return 0;
}

static const char *rendered(struct fixture *f, bool colour)
{
	struct sb b;

	sb_init(&b, 1 << 20);
	diags_render(&f->d, &b, colour);
	const char *z = sb_take(&b, f->a).p;

	sb_release(&b);
	return z;
}

static uint32_t source(struct fixture *f, const char *path, const char *text)
{
	return diag_source(&f->d, str_z(path), str_z(text));
}

static void the_line_and_a_caret(void **state)
{
	struct fixture *f = *state;
	const struct str keys[] = { STR("temperature"), STR("model") };
	uint32_t file = source(f, "study.yaml", "steps:\n  answer:\n    temprature: 0.2\n");

	assert_false(diag_error(&f->d, (struct span){ file, 3, 5, 10 }, "unknown-key", "unknown key '%s'", "temprature"));
	diag_suggest(&f->d, STR("temprature"), keys, 2);
	assert_string_equal(rendered(f, false), "study.yaml:3:5: error: unknown key 'temprature' [unknown-key]\n"
	                                        "    3 |     temprature: 0.2\n"
	                                        "      |     ^~~~~~~~~~\n"
	                                        "      = hint: did you mean 'temperature'?\n");
	assert_string_equal(span_text(&f->d, f->d.list[0].at, f->a).p, "study.yaml:3:5");
	assert_int_equal(f->d.errors, 1);
}

static void sorted_by_place_with_notes(void **state)
{
	struct fixture *f = *state;
	uint32_t one = source(f, "a.yaml", "x: 1\r\ny: 2\r\nx: 3\r\n"), two = source(f, "b.lua", "return 1");

	diag_warn(&f->d, (struct span){ two, 1, 8, 1 }, "odd", "odd number");
	diag_error(&f->d, (struct span){ one, 3, 1, 1 }, "duplicate-key", "'x' is set twice");
	diag_hint(&f->d, "keep one");
	diag_note(&f->d, (struct span){ one, 1, 1, 1 }, "first defined here");
	diag_note(&f->d, (struct span){ 0 }, "keys are compared byte by byte");
	diag_error(&f->d, (struct span){ 0 }, "no-study", "no study here");
	assert_string_equal(rendered(f, false), "error: no study here [no-study]\n"
	                                        "a.yaml:3:1: error: 'x' is set twice [duplicate-key]\n"
	                                        "    3 | x: 3\n"
	                                        "      | ^\n"
	                                        "      = note: keys are compared byte by byte\n"
	                                        "      = hint: keep one\n"
	                                        "a.yaml:1:1: note: first defined here\n"
	                                        "    1 | x: 1\n"
	                                        "      | ^\n"
	                                        "b.lua:1:8: warning: odd number [odd]\n"
	                                        "    1 | return 1\n"
	                                        "      |        ^\n");
}

static void in_colour(void **state)
{
	struct fixture *f = *state;
	uint32_t file = source(f, "s.yaml", "key");

	diag_error(&f->d, (struct span){ file, 1, 1, 3 }, "code", "message");
	diag_hint(&f->d, "advice");
	assert_string_equal(rendered(f, true), "\033[1ms.yaml:1:1: \033[0m\033[1;31merror: \033[0mmessage [code]\n"
	                                       "    1 | key\n"
	                                       "      | \033[1;31m^~~\033[0m\n"
	                                       "      = \033[1;36mhint: \033[0madvice\n");
}

static void columns_are_what_the_eye_sees(void **state)
{
	struct fixture *f = *state;
	uint32_t file = source(f, "s.yaml", "Zürich: 東京 x\n\tlua: 1\n");

	/* bytes: "Zürich: " is 9, "東京 " is 7 */
	diag_error(&f->d, (struct span){ file, 1, 17, 1 }, "wide", "wide");
	diag_error(&f->d, (struct span){ file, 1, 10, 6 }, "wide", "both");
	diag_error(&f->d, (struct span){ file, 2, 2, 3 }, "tab", "tab");
	assert_string_equal(rendered(f, false), "s.yaml:1:10: error: both [wide]\n"
	                                        "    1 | Zürich: 東京 x\n"
	                                        "      |         ^~~~\n"
	                                        "s.yaml:1:17: error: wide [wide]\n"
	                                        "    1 | Zürich: 東京 x\n"
	                                        "      |              ^\n"
	                                        "s.yaml:2:2: error: tab [tab]\n"
	                                        "    2 |  lua: 1\n"
	                                        "      |  ^~~\n");
}

static void nothing_raw_reaches_the_terminal(void **state)
{
	struct fixture *f = *state;
	uint32_t file = source(f, "s\033.yaml", "a\033[2J\xff\x7f\xe2\x80\xae" "b\xc2\x9b" "\n");

	diag_error(&f->d, (struct span){ file, 1, 11, 1 }, "raw", "bad \033]0;title\007 and\nmore");
	assert_string_equal(rendered(f, false), "s?.yaml:1:11: error: bad ?]0;title? and\n"
	                                        "        more [raw]\n"
	                                        "    1 | a?[2J???b?\n"
	                                        "      |         ^\n");
}

static void places_that_do_not_exist(void **state)
{
	struct fixture *f = *state;
	uint32_t file = source(f, "s.yaml", "ab\n");

	diag_error(&f->d, (struct span){ file, 1, 3, 1 }, "end", "at the end of the line");
	diag_error(&f->d, (struct span){ file, 1, 2, 500 }, "long", "beyond the line");
	diag_error(&f->d, (struct span){ file, 9, 1, 1 }, "past", "past the file");
	diag_error(&f->d, (struct span){ file, 0, 0, 0 }, "whole", "the whole file");
	diag_error(&f->d, (struct span){ 77, 1, 1, 1 }, "none", "no such source");
	assert_string_equal(rendered(f, false), "s.yaml: error: the whole file [whole]\n"
	                                        "s.yaml:1:2: error: beyond the line [long]\n"
	                                        "    1 | ab\n"
	                                        "      |  ^\n"
	                                        "s.yaml:1:3: error: at the end of the line [end]\n"
	                                        "    1 | ab\n"
	                                        "      |   ^\n"
	                                        "s.yaml:9:1: error: past the file [past]\n"
	                                        "error: no such source [none]\n");
	assert_string_equal(span_text(&f->d, (struct span){ 0 }, f->a).p, "");
}

static void long_lines_are_cut_around_the_caret(void **state)
{
	struct fixture *f = *state;
	char text[1001];
	struct str part, shown;

	for (size_t i = 0; i < 1000; i++)
		text[i] = (char)('0' + i % 10);
	text[1000] = '\0';
	uint32_t file = source(f, "s.yaml", text);

	diag_error(&f->d, (struct span){ file, 1, 501, 5 }, "long", "long");
	shown = str_z(rendered(f, false));
	(void)str_split(&shown, '\n', &part);
	(void)str_split(&shown, '\n', &part);
	assert_true(str_starts(part, "    1 | …012345678901"));
	assert_true(str_ends(part, "567…"));
	/* 8 bytes before, two marks of 3 bytes, 158 digits */
	assert_int_equal(part.n, 8 + 3 + 158 + 3);
	(void)str_split(&shown, '\n', &part);
	assert_int_equal(part.n, 8 + 1 + 60 + 5);
	assert_true(str_ends(part, " ^~~~~"));
}

static void more_than_a_hundred_are_counted(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 80; i++)
		diag_warn(&f->d, (struct span){ 0 }, "w", "warning %d", i);
	for (int i = 0; i < 80; i++)
		diag_error(&f->d, (struct span){ 0 }, "e", "error %d", i);
	diag_hint(&f->d, "goes with the one that was dropped");
	assert_int_equal(f->d.n, 100);
	assert_int_equal(f->d.errors, 80);
	assert_int_equal(f->d.warnings, 80);
	assert_int_equal(f->d.dropped, 60);
	assert_null(f->d.list[99].hints);
	assert_true(str_ends(str_z(rendered(f, false)), "error: error 49 [e]\n… and 60 more\n"));
}

static void far_names_are_listed(void **state)
{
	struct fixture *f = *state;
	const struct str keys[] = { STR("red"), STR("green") };
	struct str many[14];

	for (size_t i = 0; i < countof(many); i++)
		many[i] = arena_printf(f->a, "n%zu", i);
	diag_error(&f->d, (struct span){ 0 }, "c", "unknown colour 'xxxxxxx'");
	diag_suggest(&f->d, STR("xxxxxxx"), keys, 2);
	diag_suggest(&f->d, STR("xxxxxxx"), keys, 1);
	diag_suggest(&f->d, STR("xxxxxxx"), many, countof(many));
	diag_suggest(&f->d, STR("xxxxxxx"), NULL, 0);
	assert_string_equal(rendered(f, false),
	                    "error: unknown colour 'xxxxxxx' [c]\n"
	                    "      = hint: one of 'red', 'green'\n"
	                    "      = hint: there is only 'red'\n"
	                    "      = hint: one of 'n0', 'n1', 'n2', 'n3', 'n4', 'n5', 'n6', 'n7', 'n8', 'n9', 'n10', 'n11'"
	                    " and 2 more\n");
}

static void for_machines(void **state)
{
	struct fixture *f = *state;
	uint32_t file = source(f, "study.yaml", "x\n");
	struct sb b;

	diag_error(&f->d, (struct span){ file, 12, 5, 3 }, "unknown-key", "unknown key '\"'");
	diag_hint(&f->d, "one");
	diag_hint(&f->d, "two");
	diag_note(&f->d, (struct span){ file, 1, 1, 1 }, "here");
	diag_note(&f->d, (struct span){ 0 }, "nowhere");
	diag_warn(&f->d, (struct span){ 0 }, "w", "plain");
	sb_init(&b, 1 << 20);
	diags_json(&f->d, &b);
	assert_string_equal(b.s, "{\"severity\":\"warning\",\"code\":\"w\",\"message\":\"plain\","
	                         "\"at\":\"\",\"hints\":[],\"notes\":[]}\n"
	                         "{\"severity\":\"error\",\"code\":\"unknown-key\",\"message\":\"unknown key '\\\"'\","
	                         "\"at\":\"study.yaml:12:5\",\"hints\":[\"one\",\"two\"],"
	                         "\"notes\":[{\"at\":\"study.yaml:1:1\",\"text\":\"here\"},{\"at\":\"\",\"text\":\"nowhere\"}]}\n");
	sb_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_line_and_a_caret, setup, teardown),
		cmocka_unit_test_setup_teardown(sorted_by_place_with_notes, setup, teardown),
		cmocka_unit_test_setup_teardown(in_colour, setup, teardown),
		cmocka_unit_test_setup_teardown(columns_are_what_the_eye_sees, setup, teardown),
		cmocka_unit_test_setup_teardown(nothing_raw_reaches_the_terminal, setup, teardown),
		cmocka_unit_test_setup_teardown(places_that_do_not_exist, setup, teardown),
		cmocka_unit_test_setup_teardown(long_lines_are_cut_around_the_caret, setup, teardown),
		cmocka_unit_test_setup_teardown(more_than_a_hundred_are_counted, setup, teardown),
		cmocka_unit_test_setup_teardown(far_names_are_listed, setup, teardown),
		cmocka_unit_test_setup_teardown(for_machines, setup, teardown),
	};

	return cmocka_run_group_tests_name("diagnostics", tests, NULL, NULL);
}
