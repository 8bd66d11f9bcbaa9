/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Proves: JSON is read strictly (no duplicate key, no depth bomb, no number that would be rounded away), errors name
 * their place, and what is written reads back as the same value.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/value.h"

static int setup(void **state)
{
	*state = arena_new();
	return 0;
}

static int teardown(void **state)
{
	arena_free(*state);
	return 0;
}

static const char *written(struct arena *a, const struct value *v)
{
	struct sb b;

	sb_init(&b, 1 << 20);
	json_write(v, &b);
	const char *z = sb_take(&b, a).p;

	sb_release(&b);
	return z;
}

static void what_is_written_is_what_was_read(void **state)
{
	static const char *const texts[] = {
		"null", "true", "-7", "0.25", "\"a\"", "[]", "{}", "[1,[2,{\"z\":1,\"a\":null}],\"\\\"\\\\\\n\\u0001\"]",
		"\"\\u0000 Zürich 東京\"", "9223372036854775807", "1e300", "{\"\":0}",
	};

	for (size_t i = 0; i < countof(texts); i++) {
		struct value v;
		struct str error;

		assert_true(json_parse(*state, str_z(texts[i]), &v, &error));
		assert_string_equal(written(*state, &v), texts[i]);
	}
}

static void mistakes_are_refused_with_their_place(void **state)
{
	static const struct {
		const char *text, *error;
	} cases[] = {
		{ "", "line 1 column 1: unexpected token near end of file" },
		{ "{\"a\": 1,\n \"a\": 2}", "line 2 column 4: duplicate object key near '\"a\"'" },
		{ "[1, 2", "line 1 column 5: ']' expected near end of file" },
		{ "[01]", "line 1 column 2: invalid token near '0'" },
		{ "1 2", "line 1 column 3: end of file expected near '2'" },
		{ "\"\xff\"", "line 1 column 1: unable to decode byte 0xff near '\"'" },
		{ "99999999999999999999", "line 1 column 20: too big integer near '99999999999999999999'" },
		{ "1e999", "line 1 column 5: real number overflow near '1e999'" },
		{ "NaN", "line 1 column 3: invalid token near 'NaN'" },
	};

	for (size_t i = 0; i < countof(cases); i++) {
		struct value v = value_int(7);
		struct str error = { NULL, 0 };

		assert_false(json_parse(*state, str_z(cases[i].text), &v, &error));
		assert_string_equal(error.p, cases[i].error);
		assert_int_equal(v.i, 7);
	}
}

static void depth_is_limited(void **state)
{
	char text[2 * 300 + 1];
	struct value v;
	struct str error;

	memset(text, '[', 300);
	memset(text + 300, ']', 300);
	assert_false(json_parse(*state, (struct str){ text, 600 }, &v, &error));
	assert_string_equal(error.p, "line 1 column 1: nested deeper than 200 levels");
	assert_true(json_parse(*state, (struct str){ text + 100, 400 }, &v, &error));
}

static void strange_values_are_written_as_valid_json(void **state)
{
	struct value v = value_real(NAN);

	assert_string_equal(written(*state, &v), "null");
	v = value_real(-INFINITY);
	assert_string_equal(written(*state, &v), "null");
	v = value_str(STR("a\xff" "b\xe2\x82"));
	assert_string_equal(written(*state, &v), "\"a\xef\xbf\xbd" "b\xef\xbf\xbd\xef\xbf\xbd\"");
	v = value_str(STR("\t\b\f\r\x7f/"));
	assert_string_equal(written(*state, &v), "\"\\t\\b\\f\\r\x7f/\"");
}

static void broken_text_is_written_in_linear_time(void **state)
{
	size_t n = 4 << 20;
	struct value v = value_str(arena_str(*state, (struct str){ arena_alloc(*state, n), n }));
	struct sb b;

	memset((char *)v.s.p, 0xff, n);
	sb_init(&b, 4 * n);
	json_write(&v, &b);
	assert_int_equal(b.n, 3 * n + 2);
	sb_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_written_is_what_was_read, setup, teardown),
		cmocka_unit_test_setup_teardown(mistakes_are_refused_with_their_place, setup, teardown),
		cmocka_unit_test_setup_teardown(depth_is_limited, setup, teardown),
		cmocka_unit_test_setup_teardown(strange_values_are_written_as_valid_json, setup, teardown),
		cmocka_unit_test_setup_teardown(broken_text_is_written_in_linear_time, setup, teardown),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
