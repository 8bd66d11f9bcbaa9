/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Proves: canonical bytes are exactly what value.h writes out, equal values and only they share them, and reading them
 * back refuses every other spelling.
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

static struct value parse(struct arena *a, const char *json)
{
	struct value v;
	struct str error;

	if (!json_parse(a, str_z(json), &v, &error))
		fail_msg("%s: %s", json, error.p);
	return v;
}

static struct str canon(struct arena *a, struct value v)
{
	struct sb b;

	sb_init(&b, 1 << 20);
	value_canon(&v, &b);
	struct str s = sb_take(&b, a);

	sb_release(&b);
	return s;
}

static void canonical_bytes_are_as_documented(void **state)
{
	struct arena *a = *state;

	assert_string_equal(canon(a, (struct value){ 0 }).p, "n");
	assert_string_equal(canon(a, value_bool(true)).p, "t");
	assert_string_equal(canon(a, value_bool(false)).p, "f");
	assert_string_equal(canon(a, value_int(-42)).p, "i-42;");
	assert_string_equal(canon(a, value_int(INT64_MIN)).p, "i-9223372036854775808;");
	assert_string_equal(canon(a, value_int(0)).p, "i0;");
	assert_string_equal(canon(a, value_real(1e3)).p, "i1000;");
	assert_string_equal(canon(a, value_real(-0.0)).p, "i0;");
	assert_string_equal(canon(a, value_real(0x1p53)).p, "i9007199254740992;");
	assert_string_equal(canon(a, value_real(0x1p54)).p, "d1.8014398509481984e16;");
	assert_string_equal(canon(a, value_real(0.2)).p, "d0.2;");
	assert_string_equal(canon(a, value_real(NAN)).p, "dnan;");
	assert_string_equal(canon(a, value_real(-NAN)).p, "dnan;");
	assert_string_equal(canon(a, value_real(INFINITY)).p, "dinf;");
	assert_string_equal(canon(a, value_real(-INFINITY)).p, "d-inf;");
	assert_string_equal(canon(a, value_str(STR("Zürich"))).p, "s7:Zürich");
	assert_string_equal(canon(a, parse(a, "[]")).p, "l0:");
	assert_string_equal(canon(a, parse(a, "{}")).p, "m0:");
	assert_string_equal(canon(a, parse(a, "[1, \"1\", [null]]")).p, "l3:i1;s1:1l1:n");
	assert_string_equal(canon(a, parse(a, "{\"b\": 1, \"a\": {\"z\": 0.5}, \"ab\": true}")).p,
	                    "m3:s1:am1:s1:zd0.5;s2:abts1:bi1;");
}

static void big_maps_are_sorted_too(void **state)
{
	struct arena *a = *state;
	struct value up = value_map(a, 100), down = value_map(a, 100);

	for (int i = 0; i < 100; i++) {
		value_set(&up, arena_printf(a, "k%03d", i), value_int(i));
		value_set(&down, arena_printf(a, "k%03d", 99 - i), value_int(99 - i));
	}
	assert_string_equal(canon(a, up).p, canon(a, down).p);
	assert_true(value_same(&up, &down));
}

static const char *const samples[] = {
	"null", "true", "false", "0", "1", "-1", "1.5", "1e300", "9007199254740993", "\"\"", "\"1\"", "\"n\"",
	"[]", "[[]]", "[1,2]", "[2,1]", "[[1],2]", "[1,[2]]", "{}", "{\"a\":1}", "{\"a\":\"1\"}", "{\"b\":1}",
	"{\"a\":1,\"b\":2}", "[{\"a\":1}]", "\"i1;\"", "[\"a\",\"b\"]", "[\"ab\"]", "\"\\u0000\"",
};

static void only_equal_values_share_their_bytes(void **state)
{
	struct arena *a = *state;

	for (size_t i = 0; i < countof(samples); i++)
		for (size_t j = 0; j < countof(samples); j++) {
			struct value x = parse(a, samples[i]), y = parse(a, samples[j]);

			assert_int_equal(value_same(&x, &y), i == j);
			assert_int_equal(str_same(canon(a, x), canon(a, y)), i == j);
		}
}

static void same_looks_through_order_and_number_types(void **state)
{
	struct arena *a = *state;
	struct value one = value_int(1000), other = value_real(1e3), nan = value_real(NAN);
	struct value x = parse(a, "{\"a\":1,\"b\":[1.0]}"), y = parse(a, "{\"b\":[1],\"a\":1}");
	struct value z = parse(a, "{\"b\":[1],\"c\":1}");

	assert_true(value_same(&one, &other));
	assert_true(value_same(&nan, &nan));
	assert_true(value_same(&x, &y));
	assert_false(value_same(&y, &z));
	/* 2^53 + 1 has no double: the integer must not be rounded to look equal */
	one = value_int(9007199254740993);
	other = value_real(9007199254740992.0);
	assert_false(value_same(&one, &other));
}

static void canonical_bytes_read_back(void **state)
{
	struct arena *a = *state;

	for (size_t i = 0; i < countof(samples); i++) {
		struct value v = parse(a, samples[i]), back;

		assert_true(value_uncanon(a, canon(a, v), &back));
		assert_true(value_same(&v, &back));
	}
}

static void other_spellings_are_refused(void **state)
{
	static const char *const wrong[] = {
		"", "x", "nn", "i1", "i;", "i01;", "i+1;", "i-0;", "i1.5;", "i99999999999999999999;", "d1;", "d0.20;",
		"d.2;", "d1e3;", "d-nan;", "dNaN;", "d0.30000000000000000004;", "s1:", "s2:a", "s01:a", "s-1:", "s:a", "l1:", "l2:n",
		"l99999999999:", "m1:i1;n", "m1:s1:a", "m2:s1:bns1:an", "m2:s1:ans1:an", "t ", "s18446744073709551615:a",
	};
	struct value v = value_int(7);

	for (size_t i = 0; i < countof(wrong); i++)
		if (value_uncanon(*state, str_z(wrong[i]), &v))
			fail_msg("'%s' was read", wrong[i]);
	assert_int_equal(v.i, 7); /* untouched */
}

static void deep_bytes_are_refused(void **state)
{
	struct sb b;
	struct value v;

	sb_init(&b, 1 << 20);
	for (int i = 0; i < 100000; i++)
		sb_z(&b, "l1:");
	sb_char(&b, 'n');
	assert_false(value_uncanon(*state, sb_str(&b), &v));
	sb_release(&b);
}

static const char *text_of(struct arena *a, struct value v)
{
	struct sb b;

	sb_init(&b, 1 << 20);
	value_text(&v, &b);
	const char *z = sb_take(&b, a).p;

	sb_release(&b);
	return z;
}

static void values_inside_text(void **state)
{
	struct arena *a = *state;

	assert_string_equal(text_of(a, (struct value){ 0 }), "");
	assert_string_equal(text_of(a, value_bool(true)), "true");
	assert_string_equal(text_of(a, value_real(1e3)), "1000");
	assert_string_equal(text_of(a, value_real(0.2)), "0.2");
	assert_string_equal(text_of(a, value_real(NAN)), "nan");
	assert_string_equal(text_of(a, value_str(STR("a \"b\""))), "a \"b\"");
	assert_string_equal(text_of(a, parse(a, "{\"a\": [1, \"x\"]}")), "{\"a\":[1,\"x\"]}");
}

static void shown_values_are_cut_between_characters(void **state)
{
	struct arena *a = *state;
	struct value v = value_str(STR("short"));

	assert_string_equal(value_show(&v, a).p, "\"short\"");
	v = value_str(STR("0123456789012345678901234567890123456789012345678901234567ä and more"));
	assert_string_equal(value_show(&v, a).p, "\"0123456789012345678901234567890123456789012345678901234567…");
	v = value_str(STR("0123456789012345678901234567890123456789012345678901234567"));
	assert_string_equal(value_show(&v, a).p, "\"0123456789012345678901234567890123456789012345678901234567\"");
}

static void a_copy_shares_nothing(void **state)
{
	struct arena *source = arena_new();
	struct value v = parse(source, "{\"k\":[1,\"text\",{\"x\":null}]}");

	v.at = (struct span){ 1, 2, 3, 4 };
	v.map.pairs[0].at.line = 9;
	struct value copy = value_copy(*state, &v);

	arena_free(source);
	assert_string_equal(canon(*state, copy).p, "m1:s1:kl3:i1;s4:textm1:s1:xn");
	assert_int_equal(copy.at.col, 3);
	assert_int_equal(copy.map.pairs[0].at.line, 9);
}

static void types_have_names(void **state)
{
	struct value v = value_real(1.5);

	(void)state;
	assert_string_equal(value_type_name(&v), "number");
	v = value_bool(true);
	assert_string_equal(value_type_name(&v), "true or false");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(canonical_bytes_are_as_documented, setup, teardown),
		cmocka_unit_test_setup_teardown(big_maps_are_sorted_too, setup, teardown),
		cmocka_unit_test_setup_teardown(only_equal_values_share_their_bytes, setup, teardown),
		cmocka_unit_test_setup_teardown(same_looks_through_order_and_number_types, setup, teardown),
		cmocka_unit_test_setup_teardown(canonical_bytes_read_back, setup, teardown),
		cmocka_unit_test_setup_teardown(other_spellings_are_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(deep_bytes_are_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(values_inside_text, setup, teardown),
		cmocka_unit_test_setup_teardown(shown_values_are_cut_between_characters, setup, teardown),
		cmocka_unit_test_setup_teardown(a_copy_shares_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(types_have_names, setup, teardown),
	};

	return cmocka_run_group_tests_name("values and canonical bytes", tests, NULL, NULL);
}
