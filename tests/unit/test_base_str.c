/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Proves: views cut and compare as str.h says, a builder never passes its ceiling and is always NUL-terminated,
 * UTF-8 is judged as RFC 3629 does, and "did you mean" suggests near names only.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/str.h"

#define assert_str(s, z)                                    \
	do {                                                \
		struct str got = (s);                       \
		assert_int_equal(got.n, strlen(z));         \
		assert_memory_equal(got.p, (z), got.n);     \
	} while (0)

static void views_cut_and_compare(void **state)
{
	(void)state;
	assert_str(str_trim(STR(" \t a b\r\n")), "a b");
	assert_str(str_trim(STR(" \n")), "");
	assert_str(str_from(STR("hello"), 1, 3), "ell");
	assert_str(str_from(STR("hello"), 4, 30), "o");
	assert_str(str_from(STR("hello"), 9, 1), "");
	assert_true(str_starts(STR("train.py"), "train"));
	assert_false(str_starts(STR("tr"), "train"));
	assert_true(str_ends(STR("train.py"), ".py"));
	assert_true(str_ends(STR("x"), ""));
	assert_true(str_cmp(STR("a"), STR("ab")) < 0);
	assert_true(str_cmp(STR("b"), STR("ab")) > 0);
	assert_true(str_cmp(STR("\xff"), STR("a")) > 0);
	assert_int_equal(str_cmp(STR(""), str_z(NULL)), 0);
	assert_int_equal(str_find(STR("abcabd"), STR("abd")), 3);
	assert_int_equal(str_find(STR("abc"), STR("x")), -1);
	assert_int_equal(str_find(STR(""), STR("")), 0);
}

static void split_takes_parts(void **state)
{
	struct str rest = STR("a,,b,"), part;

	(void)state;
	assert_true(str_split(&rest, ',', &part));
	assert_str(part, "a");
	assert_true(str_split(&rest, ',', &part));
	assert_str(part, "");
	assert_true(str_split(&rest, ',', &part));
	assert_str(part, "b");
	assert_false(str_split(&rest, ',', &part));
}

static void hashes_depend_on_every_byte_and_the_seed(void **state)
{
	char text[40];

	(void)state;
	memset(text, 'a', sizeof(text));
	for (size_t n = 0; n < sizeof(text); n++) {
		uint64_t h = str_hash((struct str){ text, n }, 0);

		assert_true(h != str_hash((struct str){ text, n }, 1));
		assert_true(h != str_hash((struct str){ text, n + 1 }, 0));
		for (size_t i = 0; i < n; i++) {
			text[i] ^= 1;
			assert_true(h != str_hash((struct str){ text, n }, 0));
			text[i] ^= 1;
		}
	}
}

static void a_builder_grows_and_clears(void **state)
{
	struct arena *a = arena_new();
	struct sb b;

	(void)state;
	sb_init(&b, 100000);
	assert_string_equal(b.s, "");
	for (int i = 0; i < 5000; i++)
		sb_char(&b, 'x');
	sb_printf(&b, "%d%s", 12, "ab");
	sb_z(&b, "");
	sb_add(&b, (struct str){ NULL, 0 });
	assert_int_equal(b.n, 5004);
	assert_string_equal(b.s + 5000, "12ab");
	assert_int_equal(sb_take(&b, a).n, 5004);
	sb_clear(&b);
	assert_string_equal(b.s, "");
	sb_printf(&b, "%0600d", 1); /* longer than the buffer on the stack */
	assert_int_equal(b.n, 600);
	assert_string_equal(b.s + 598, "01");
	sb_release(&b);
	assert_string_equal(b.s, "");
	arena_free(a);
}

static void a_builder_stops_at_its_ceiling(void **state)
{
	struct sb b;

	(void)state;
	sb_init(&b, 5);
	sb_z(&b, "abc");
	assert_false(b.overflow);
	sb_z(&b, "defg");
	assert_true(b.overflow);
	assert_string_equal(b.s, "abcde");
	sb_char(&b, 'x');
	sb_printf(&b, "%d", 1);
	assert_string_equal(b.s, "abcde");
	sb_clear(&b);
	assert_false(b.overflow);
	for (int i = 0; i < 5; i++)
		sb_char(&b, 'y');
	assert_false(b.overflow);
	sb_char(&b, 'z');
	assert_true(b.overflow);
	assert_string_equal(b.s, "yyyyy");
	sb_release(&b);
}

static void utf8_is_judged_to_the_byte(void **state)
{
	static const struct {
		const char *text;
		long bad; /* -1 = valid */
	} cases[] = {
		{ "plain ascii that is longer than eight", -1 },
		{ "Zürich, 東京, 🎉", -1 },
		{ "\xef\xbf\xbf\xf4\x8f\xbf\xbf\xed\x9f\xbf", -1 },
		{ "ab\xc0\x80", 2 },         /* overlong */
		{ "\xe0\x9f\xbf", 0 },       /* overlong */
		{ "\xf0\x8f\xbf\xbf", 0 },   /* overlong */
		{ "12345678\xed\xa0\x80", 8 }, /* surrogate */
		{ "\xf4\x90\x80\x80", 0 },   /* above U+10FFFF */
		{ "a\xff", 1 },
		{ "a\x80", 1 },
		{ "cut \xe2\x82", 4 },
		{ "cut \xf0\x9f\x8e", 4 },
		{ "\xe2\x28\xa1", 0 },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		size_t bad = 99;
		bool good = str_utf8(str_z(cases[i].text), &bad);

		assert_int_equal(good, cases[i].bad < 0);
		if (!good)
			assert_int_equal(bad, cases[i].bad);
	}
}

static void distances_count_edits_and_swaps(void **state)
{
	(void)state;
	assert_int_equal(str_distance(STR("kitten"), STR("sitting"), 5), 3);
	assert_int_equal(str_distance(STR("temprature"), STR("temperature"), 3), 1);
	assert_int_equal(str_distance(STR("ab"), STR("ba"), 3), 1);
	assert_int_equal(str_distance(STR("abcdef"), STR("badcfe"), 3), 3);
	assert_int_equal(str_distance(STR("same"), STR("same"), 0), 0);
	assert_int_equal(str_distance(STR("abc"), STR("xyz"), 1), 2);
	assert_int_equal(str_distance(STR(""), STR("abc"), 3), 3);
	assert_int_equal(str_distance(STR("a"), STR("abcdef"), 2), 3);
}

static void only_near_names_are_suggested(void **state)
{
	const struct str names[] = { STR("temperature"), STR("max_tokens"), STR("seed"), STR("metrics"), STR("of") };
	const size_t n = countof(names);

	(void)state;
	assert_str(str_nearest(STR("temprature"), names, n), "temperature");
	assert_str(str_nearest(STR("Max-Tokens"), names, n), "max_tokens");
	assert_str(str_nearest(STR("sede"), names, n), "seed");
	assert_str(str_nearest(STR("temp"), names, n), "temperature");
	assert_str(str_nearest(STR("metric"), names, n), "metrics");
	assert_str(str_nearest(STR("banana"), names, n), "");
	assert_str(str_nearest(STR("x"), names, n), "");
	assert_str(str_nearest(STR(""), names, n), "");
	assert_str(str_nearest(STR("seed"), NULL, 0), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(views_cut_and_compare),
		cmocka_unit_test(split_takes_parts),
		cmocka_unit_test(hashes_depend_on_every_byte_and_the_seed),
		cmocka_unit_test(a_builder_grows_and_clears),
		cmocka_unit_test(a_builder_stops_at_its_ceiling),
		cmocka_unit_test(utf8_is_judged_to_the_byte),
		cmocka_unit_test(distances_count_edits_and_swaps),
		cmocka_unit_test(only_near_names_are_suggested),
	};

	return cmocka_run_group_tests_name("str, sb, suggest", tests, NULL, NULL);
}
