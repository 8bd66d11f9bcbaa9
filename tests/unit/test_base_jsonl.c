/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Proves: JSON rows have the cells that a full parser finds, whether a line or an element of an array; columns are added
 * in order of appearance; nothing is accepted that a full parser refuses. Asserts whole error texts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/base/rng.h"
#include "engine/base/table.h"

static char path[64];

static int setup(void **state)
{
	static const char pattern[] = "/tmp/test_base_jsonl.XXXXXX.jsonl";

	*state = arena_new();
	memcpy(path, pattern, sizeof(pattern));
	int fd = mkstemps(path, 6);

	return fd < 0 ? -1 : close(fd);
}

static void put(struct str text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text.p, 1, text.n, file), text.n);
	assert_int_equal(fclose(file), 0);
}

static int teardown(void **state)
{
	arena_free(*state);
	return unlink(path);
}

/* The whole table: `line: {name: value, …}` a row, absent and null cells left out; the error at the end. */
static const char *shown(struct arena *a, struct str text)
{
	struct str error = { "", 0 };
	const struct value *cells;
	struct sb b;
	size_t n;
	int more;

	put(text);
	struct table *t = table_open(a, path, STR("t"), NULL, &error);

	if (!t)
		return error.p;
	sb_init(&b, 1 << 20);
	while ((more = table_next(t, &cells)) > 0) {
		const struct str *columns = table_columns(t, &n);

		sb_printf(&b, "%zu:", table_line(t));
		for (size_t i = 0; i < n; i++) {
			if (cells[i].type == V_NULL)
				continue;
			sb_printf(&b, " " STR_FMT "=", STR_ARG(columns[i]));
			json_write(&cells[i], &b);
		}
		sb_char(&b, '\n');
	}
	if (more < 0)
		sb_add(&b, table_error(t));
	const char *z = sb_take(&b, a).p;

	table_close(t);
	sb_release(&b);
	return z;
}

static void rows_are_read(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "{\"a\":1,\"b\":\"x\"}\n{\"a\":2,\"b\":\"y\"}\n", "1: a=1 b=\"x\"\n2: a=2 b=\"y\"\n" },
		{ "{\"a\":1}", "1: a=1\n" },
		{ "\r\n{\"a\":1}\r\n \t\n{\"a\":-2.5e3}\n", "2: a=1\n4: a=-2500\n" },
		{ "{\"a\":1,\"b\":2}\n{\"b\":3,\"c\":4}\n{\"a\":5}\n", "1: a=1 b=2\n2: b=3 c=4\n3: a=5\n" },
		{ "{\"b\":1,\"a\":2}\n{\"a\":3,\"b\":4}\n", "1: b=1 a=2\n2: b=4 a=3\n" },
		{ " { \"a\" : true , \"b\":\tfalse, \"c\" : null } ", "1: a=true b=false\n" },
		{ "{\"a\":\"x\\n\\u00fc\\\"\",\"b\":\"ü\"}\n", "1: a=\"x\\nü\\\"\" b=\"ü\"\n" },
		{ "{\"a\":[1,{\"]\":\"}\\\"\"}],\"b\":{}}\n", "1: a=[1,{\"]\":\"}\\\"\"}] b={}\n" },
		{ "{\"\\u0061\":1}\n{\"a\":2}\n", "1: a=1\n2: a=2\n" },
		{ "{}\n{\"a\":1}\n", "1:\n2: a=1\n" },
		{ "{\"a\":9223372036854775807,\"b\":-0,\"c\":0.1}\n", "1: a=9223372036854775807 b=0 c=0.1\n" },
		{ "", "" },
		{ "[]", "" },
		{ "[{\"a\":1},\n {\"a\":2,\n  \"b\":\"]\"}\n,\n{\"b\":3}]\n", "1: a=1\n2: a=2 b=\"]\"\n5: b=3\n" },
	};

	for (size_t i = 0; i < countof(cases); i++)
		assert_string_equal(shown(*state, str_z(cases[i].text)), cases[i].want);
}

static void mistakes_are_refused_with_their_line(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "{\"a\":1}\n{\"a\":1,\"a\":2}\n", "1: a=1\nt:2: not valid JSON: duplicate object key near '\"a\"'" },
		{ "{\"a\":1}\n{\"a\":1,\"\\u0061\":2}\n", "1: a=1\nt:2: not valid JSON: duplicate object key near '\"\\u0061\"'" },
		{ "{\"a\":1}\n{\"a\":01}\n", "1: a=1\nt:2: not valid JSON: invalid token near '0'" },
		{ "{\"a\":1}\n{\"a\":+1}\n", "1: a=1\nt:2: not valid JSON: invalid token near '+'" },
		{ "{\"a\":1}\n{\"a\":.5}\n", "1: a=1\nt:2: not valid JSON: invalid token near '.'" },
		{ "{\"a\":1}\n{\"a\":5.}\n", "1: a=1\nt:2: not valid JSON: invalid token near '5.'" },
		{ "{\"a\":1}\n{\"a\":1}x\n", "1: a=1\nt:2: not valid JSON: end of file expected near 'x'" },
		{ "{\"a\":1}\n{\"a\":\"\t\"}\n", "1: a=1\nt:2: not valid JSON: control character 0x9 near '\"'" },
		{ "{\"a\":1}\n{\"a\":tru}\n", "1: a=1\nt:2: not valid JSON: invalid token near 'tru'" },
		{ "{\"a\":1}\n{\"a\":99999999999999999999}\n",
		  "1: a=1\nt:2: not valid JSON: too big integer near '99999999999999999999'" },
		{ "{\"a\":1}\n[1]\n", "1: a=1\nt:2: list, expected an object such as {\"id\": 1}" },
		{ "7\n", "t:1: integer, expected an object such as {\"id\": 1}" },
		{ "{\"a\":1,\n", "t:1: not valid JSON: string or '}' expected near end of file" },
		{ "[{\"a\":1} {\"a\":2}]", "1: a=1\nt:1: expected a comma or the end of the array" },
		{ "[{\"a\":1},\n]", "1: a=1\nt:2: expected an object such as {\"id\": 1}" },
		{ "[1]", "t:1: expected an object such as {\"id\": 1}" },
		{ "[{\"a\":1}]\n{}", "1: a=1\nt:2: text after the end of the array" },
		{ "[{\"a\":1},{\"a\":", "1: a=1\nt:1: an object is opened here and never closed" },
		{ "[{\"a\":1}", "1: a=1\nt:1: the array is opened and never closed" },
		{ "[{\"a\":1},{\"a\":\n\"\\\"x\ny\"}]", "1: a=1\nt:1: not valid JSON: unexpected newline near '\"\\\"x'" },
	};

	for (size_t i = 0; i < countof(cases); i++)
		assert_string_equal(shown(*state, str_z(cases[i].text)), cases[i].want);
}

static void rows_of_an_array_stand_on_one_line(void **state)
{
	const struct value *cells;
	struct str error;

	put(STR("[ {\"a\":1} , {\r\n\"b\":2 }]"));
	struct table *t = table_open(*state, path, STR("t"), NULL, &error);

	assert_non_null(t);
	assert_int_equal(table_next(t, &cells), 1);
	assert_true(str_is(table_raw(t), "{\"a\":1}"));
	assert_int_equal(table_next(t, &cells), 1);
	assert_true(str_is(table_raw(t), "{  \"b\":2 }"));
	assert_int_equal(table_header(t).n, 0);
	table_close(t);
}

/* Breaks rows in random places: the table must accept a row exactly when json_parse does, with the same cells. */
static void the_scanner_agrees_with_the_parser(void **state)
{
	static const char base[] =
		"{\"a\": -12.5e3, \"b\": \"t\\u00e9xt\", \"c\": [true, {\"d\": null}], \"e\": 0, \"f\": \"\xc3\xbc\"}";
	static const char alphabet[] = "\"\\{}[],:0123456789.eE+-tfnu \t\xc3\xbc\x80" "a";
	struct arena *a = arena_new();
	struct rng g;

	(void)state;
	rng_seed(&g, 7);
	for (int turn = 0; turn < 3000; turn++) {
		char text[sizeof(base)];
		struct str s = { text, sizeof(base) - 1 }, error;
		struct value v;

		memcpy(text, base, sizeof(base));
		for (uint64_t i = 0, n = rng_below(&g, 3); i < n; i++)
			text[rng_below(&g, s.n)] = alphabet[rng_below(&g, sizeof(alphabet) - 1)];
		bool valid = json_parse(a, s, &v, &error) && v.type == V_MAP;
		const enum table_format format = TABLE_JSONL;
		const struct value *cells;

		put(s);
		struct table *t = table_open(a, path, STR("t"), &format, &error);

		assert_int_equal(t != NULL, valid);
		if (t) {
			assert_int_equal(table_next(t, &cells), 1);
			for (size_t i = 0; i < v.map.n; i++) {
				long column = table_column(t, v.map.pairs[i].key);

				assert_true(column >= 0 && value_same(&cells[column], &v.map.pairs[i].val));
			}
		}
		table_close(t);
		arena_reset(a, (struct arena_mark){ 0 });
	}
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(rows_are_read, setup, teardown),
		cmocka_unit_test_setup_teardown(mistakes_are_refused_with_their_line, setup, teardown),
		cmocka_unit_test_setup_teardown(rows_of_an_array_stand_on_one_line, setup, teardown),
		cmocka_unit_test_setup_teardown(the_scanner_agrees_with_the_parser, setup, teardown),
	};

	return cmocka_run_group_tests_name("json lines", tests, NULL, NULL);
}
