/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Proves: CSV is read as RFC 4180 says, cells, raw bytes and line numbers alike; what is wrong is refused with its
 * line; a column is numeric when all its cells are; what csv_cell and table_to_csv write reads back. Asserts whole error texts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/fs.h"
#include "engine/base/table.h"

struct fixture {
	struct arena *a;
	char root[64];
};

static int setup(void **state)
{
	static struct fixture f;

	f = (struct fixture){ .a = arena_new(), .root = "/tmp/test_base_csv.XXXXXX" };
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

static const char *put(struct fixture *f, const char *name, struct str text)
{
	const char *path = path_join(f->a, str_z(f->root), str_z(name)).p;

	assert_int_equal(fs_write_atomic(path, text, 0644), 0);
	return path;
}

/* The whole table as text: columns, then `line: cell|cell|` a row, `-` for an absent cell; then the error, if any. */
static const char *shown(struct fixture *f, const char *path)
{
	struct str error = { "", 0 };
	struct table *t = table_open(f->a, path, STR("t.csv"), NULL, &error);
	const struct value *cells;
	struct sb b;
	size_t n;
	int more;

	if (!t)
		return error.p;
	const struct str *columns = table_columns(t, &n);

	sb_init(&b, 1 << 20);
	for (size_t i = 0; i < n; i++)
		sb_printf(&b, STR_FMT "|", STR_ARG(columns[i]));
	while ((more = table_next(t, &cells)) > 0) {
		sb_printf(&b, "\n%zu: ", table_line(t));
		for (size_t i = 0; i < n; i++) {
			if (cells[i].type == V_STR)
				sb_add(&b, cells[i].s);
			sb_z(&b, cells[i].type == V_STR ? "|" : "-|");
		}
	}
	if (more < 0)
		sb_printf(&b, "\n%s", table_error(t).p);
	assert_int_equal(table_next(t, &cells), more); /* it stays at that */
	const char *z = sb_take(&b, f->a).p;

	table_close(t);
	sb_release(&b);
	return z;
}

static void tables_are_read(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "a,b\n1,2\n3,4\n", "a|b|\n2: 1|2|\n3: 3|4|" },
		{ "a,b\n1,2", "a|b|\n2: 1|2|" },
		{ "a,b\r\n1,2\r\n", "a|b|\n2: 1|2|" },
		{ "\xef\xbb\xbf" "a,b\n1,2\n", "a|b|\n2: 1|2|" },
		{ "a,b\n,\n\"\",x\n", "a|b|\n2: -|-|\n3: |x|" },
		{ "a,b\n\"x,y\",\"say \"\"hi\"\"\"\n", "a|b|\n2: x,y|say \"hi\"|" },
		{ "a,b\n\"two\nlines\",1\nx,2\n", "a|b|\n2: two\nlines|1|\n4: x|2|" },
		{ "\n\r\na,b\n\n1,2\n\r\n3,4\n\n", "a|b|\n5: 1|2|\n7: 3|4|" },
		{ "a\n1\n\n2\n", "a|\n2: 1|\n4: 2|" },
		{ "a,b\n 1 , 5\" pipe\n", "a|b|\n2:  1 | 5\" pipe|" },
		{ "a,b\nx\ry,2\n", "a|b|\n2: x\ry|2|" },
		{ "a,b\n1,\"2\"", "a|b|\n2: 1|2|" },
		{ "a,b\n1,\"2\"\r", "a|b|\n2: 1|2|" },
		{ "a,b\n1,", "a|b|\n2: 1|-|" },
		{ "a,\"b \"\"q\"\"\"\n", "a|b \"q\"|" },
		{ ",a\n0,1\n", "|a|\n2: 0|1|" },
		{ "a\n\"\"\n", "a|\n2: |" },
		{ "a\n\"\"\"\"\n\"\"\"\"\"\"\n", "a|\n2: \"|\n3: \"\"|" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < countof(cases); i++)
		assert_string_equal(shown(f, put(f, "t.csv", str_z(cases[i].text))), cases[i].want);
	assert_string_equal(shown(f, put(f, "t.tsv", STR("a\tb\n1,5\t\"x\ty\"\n"))), "a|b|\n2: 1,5|x\ty|");
}

static void mistakes_are_refused_with_their_line(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "", "t.csv: is empty, expected a line with the names of the columns" },
		{ "\n\n", "t.csv: is empty, expected a line with the names of the columns" },
		{ "a,b\n1,2\n1\n", "a|b|\n2: 1|2|\nt.csv:3: 1 cell, expected 2 as in the header" },
		{ "a,b\n1,2,3,4\n", "a|b|\nt.csv:2: 4 cells, expected 2 as in the header" },
		{ "a,b\n1,\"x\ny\n", "a|b|\nt.csv:2: a quote is opened here and never closed" },
		{ "a,b\n\"x\ny\",\"z\n", "a|b|\nt.csv:3: a quote is opened here and never closed" },
		{ "a,b\n1,\"x\"y\n", "a|b|\nt.csv:2: text after a closing quote, expected ',' or the end of the line" },
		{ "a,b\n1,\"x\" \n", "a|b|\nt.csv:2: text after a closing quote, expected ',' or the end of the line" },
		{ "a,b,a\n", "t.csv:1: two columns are named 'a'" },
		{ "a,,\n", "t.csv:1: two columns are named ''" },
		{ "\"a", "t.csv:1: a quote is opened here and never closed" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < countof(cases); i++)
		assert_string_equal(shown(f, put(f, "t.csv", str_z(cases[i].text))), cases[i].want);
	assert_string_equal(shown(f, "/none/t.csv"), "t.csv: cannot be opened: No such file or directory");
	assert_string_equal(shown(f, put(f, "t.xls", STR("x"))),
	                    "t.csv: not known to be a table, expected a name that ends in "
	                    ".csv, .tsv, .jsonl, .ndjson or .json, perhaps with .gz or .zst");
	assert_int_equal(fs_mkdirs(path_join(f->a, str_z(f->root), STR("d.csv")).p), 0);
	assert_string_equal(shown(f, path_join(f->a, str_z(f->root), STR("d.csv")).p), "t.csv: is a folder, expected a file");
}

static void bytes_are_handed_out_as_they_stand(void **state)
{
	struct fixture *f = *state;
	const char *path = put(f, "t.data", STR("\xef\xbb\xbf" "a,\"b\"\r\n1,\"x\r\n\"\"y\"\r\n2,z"));
	const enum table_format csv = TABLE_CSV;
	const struct value *cells;
	struct str error;
	struct table *t = table_open(f->a, path, STR("t.data"), &csv, &error);

	assert_non_null(t);
	assert_true(str_is(table_header(t), "a,\"b\"\r\n"));
	assert_int_equal(table_column(t, STR("b")), 1);
	assert_int_equal(table_column(t, STR("c")), -1);
	assert_int_equal(table_next(t, &cells), 1);
	assert_true(str_is(table_raw(t), "1,\"x\r\n\"\"y\""));
	assert_true(str_is(cells[1].s, "x\r\n\"y"));
	assert_int_equal(table_next(t, &cells), 1);
	assert_true(str_is(table_raw(t), "2,z"));
	assert_int_equal(table_line(t), 4);
	assert_int_equal(table_next(t, &cells), 0);
	table_close(t);
	table_close(NULL);
}

static void cells_are_quoted_when_they_must(void **state)
{
	static const char *const cases[][2] = {
		{ "plain", "plain" }, { "", "" },           { "a,b", "\"a,b\"" },   { "say \"hi\"", "\"say \"\"hi\"\"\"" },
		{ "\"", "\"\"\"\"" }, { "a\nb", "\"a\nb\"" }, { "a\rb", "\"a\rb\"" }, { " lead", "\" lead\"" },
		{ "tail\t", "\"tail\t\"" }, { "in side", "in side" }, { "\"\"x", "\"\"\"\"\"x\"" },
	};
	struct sb b;

	(void)state;
	sb_init(&b, 1000);
	for (size_t i = 0; i < countof(cases); i++) {
		sb_clear(&b);
		csv_cell(str_z(cases[i][0]), &b);
		assert_string_equal(b.s, cases[i][1]);
	}
	sb_release(&b);
}

static void columns_are_numbers_when_all_cells_are(void **state)
{
	static const struct {
		const char *cells[3];
		enum csv_type want;
	} cases[] = {
		{ { "1", "-2", "0" }, CSV_INTEGER },
		{ { "1", NULL, "" }, CSV_INTEGER },
		{ { "1", "2.5", "3" }, CSV_REAL },
		{ { ".5", "-.5", "1e21" }, CSV_REAL },
		{ { "9223372036854775807", "-9223372036854775808", NULL }, CSV_INTEGER },
		{ { NULL, "", NULL }, CSV_EMPTY },
		{ { "1", "007", "2" }, CSV_TEXT },
		{ { "1", "+5", "2" }, CSV_TEXT },
		{ { "1", "-", "2" }, CSV_TEXT },
		{ { "1", "12345678901234567890", "2" }, CSV_TEXT },
		{ { "1", " 2", "3" }, CSV_TEXT },
		{ { "1", "nan", "2" }, CSV_TEXT },
		{ { "1", "inf", "2" }, CSV_TEXT },
		{ { "1e999", "1", "2" }, CSV_TEXT },
		{ { "0x10", "1", "2" }, CSV_TEXT },
		{ { "true", "false", "true" }, CSV_TEXT },
	};
	(void)state;

	for (size_t i = 0; i < countof(cases); i++) {
		enum csv_type type = CSV_EMPTY;

		for (size_t k = 0; k < 3; k++) {
			const char *z = cases[i].cells[k];
			struct value cell = z ? value_str(str_z(z)) : (struct value){ .type = V_NULL };

			csv_types_see(&type, &cell, 1);
		}
		if (type != cases[i].want)
			fail_msg("case %zu: type %d, expected %d", i, (int)type, (int)cases[i].want);
	}
	const struct value whole = value_str(STR("2")), empty = value_str(STR("")), word = value_str(STR("007"));

	assert_int_equal(csv_typed(&whole, CSV_INTEGER).i, 2);
	assert_int_equal(csv_typed(&whole, CSV_REAL).type, V_REAL);
	assert_int_equal(csv_typed(&whole, CSV_TEXT).type, V_STR);
	assert_int_equal(csv_typed(&empty, CSV_REAL).type, V_NULL);
	assert_int_equal(csv_typed(&empty, CSV_TEXT).type, V_STR);
	assert_true(str_is(csv_typed(&word, CSV_TEXT).s, "007"));
}

/* What table_to_csv makes of JSON Lines, or the error. */
static const char *converted(struct fixture *f, struct str jsonl)
{
	const char *from = put(f, "t.jsonl", jsonl), *to = path_join(f->a, str_z(f->root), STR("out/t.csv")).p;
	struct str s = { "", 0 };

	if (table_to_csv(f->a, from, to, &s) < 0)
		return s.p;
	assert_int_equal(fs_read(f->a, to, 1 << 20, &s), 0);
	return s.p;
}

static void json_lines_become_csv(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(converted(f, STR("{\"a\":1,\"b\":\"x,y\"}\n{\"c\":null,\"a\":0.5,\"d\":[1,\"z\"]}\n")),
	                    "a,b,c,d\n1,\"x,y\",,\n0.5,,,\"[1,\"\"z\"\"]\"\n");
	assert_string_equal(converted(f, STR("{\"a\":true}\n{\"a\":null}\n{\"a\":\"\"}\n")), "a\ntrue\n\"\"\n\"\"\n");
	assert_string_equal(converted(f, STR("")), "");
	assert_true(str_ends(str_z(converted(f, STR("{\"a\":1}\n{]\n"))),
	                     "/t.jsonl:2: not valid JSON: string or '}' expected near ']'"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(tables_are_read, setup, teardown),
		cmocka_unit_test_setup_teardown(mistakes_are_refused_with_their_line, setup, teardown),
		cmocka_unit_test_setup_teardown(bytes_are_handed_out_as_they_stand, setup, teardown),
		cmocka_unit_test(cells_are_quoted_when_they_must),
		cmocka_unit_test(columns_are_numbers_when_all_cells_are),
		cmocka_unit_test_setup_teardown(json_lines_become_csv, setup, teardown),
	};

	return cmocka_run_group_tests_name("csv", tests, NULL, NULL);
}
