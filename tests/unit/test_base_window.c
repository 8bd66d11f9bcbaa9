/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Proves: rows come out the same when the file is decompressed piece by piece, wherever the pieces end. White box: the
 * scanners are run over windows that end at every byte; then whole compressed files are read.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/base/fs.h"
#include "engine/base/table_private.h"

typedef enum scan (*scanner)(struct table *t);

/* Rows of text as `line: cell|…`, read through a window that first ends at `cut`. */
static struct str through_window(struct arena *a, scanner scan, struct str text, size_t cut)
{
	struct table *t = arena_make(a, struct table);
	enum scan found;
	struct sb b;

	*t = (struct table){ .a = a, .row = arena_new(), .name = STR("t"), .line = 1, .separator = ',' };
	t->column_index.arena = a;
	t->at = text.p;
	t->end = text.p + cut;
	sb_init(&b, 1 << 16);
	for (;;) {
		arena_reset(t->row, (struct arena_mark){ 0 });
		found = scan(t);
		if (found == SCAN_MORE) {
			assert_false(t->eof);
			t->end = text.p + text.n;
			t->eof = true;
			continue;
		}
		if (found != SCAN_ROW)
			break;
		if (scan == csv_scan && !t->columns.n)
			assert_true(csv_header(t));
		sb_printf(&b, "%zu:", t->row_line);
		for (size_t i = 0; i < t->columns.n; i++) {
			sb_char(&b, '|');
			value_text(&t->cells[i], &b);
		}
		sb_printf(&b, "#" STR_FMT "\n", STR_ARG(t->raw));
	}
	if (found == SCAN_FAILED)
		sb_add(&b, t->error);
	struct str rows = sb_take(&b, a);

	arena_free(t->row);
	sb_release(&b);
	return rows;
}

static void assert_same_wherever_cut(scanner scan, const char *z)
{
	struct arena *a = arena_new();
	/* A copy with no byte to spare, so that a scanner that looks past the end is seen under AddressSanitizer. */
	char *exact = malloc(strlen(z));
	struct str text = { exact, strlen(z) };

	memcpy(exact, z, text.n);
	struct str whole = through_window(a, scan, text, text.n);

	for (size_t cut = 0; cut < text.n; cut++)
		assert_string_equal(through_window(a, scan, text, cut).p, whole.p);
	free(exact);
	arena_free(a);
}

static void rows_do_not_depend_on_where_the_window_ends(void **state)
{
	(void)state;
	assert_same_wherever_cut(csv_scan, "a,b\r\n\r\n1,\"x\"\"y\"\r\n\n\"two\r\nlines\",\r\n\"\",z\r\nq,\"w\"");
	assert_same_wherever_cut(csv_scan, "a,b\n1,2\n\"x\"y,3\n");
	assert_same_wherever_cut(csv_scan, "a,b\n1,2\n\"never closed\n");
	assert_same_wherever_cut(csv_scan, "a\n1\r");
	assert_same_wherever_cut(jsonl_scan, "{\"a\":1}\n\n{\"a\":\"x\\\"}\",\"b\":[{}]}\r\n {\"b\":2} ");
	assert_same_wherever_cut(jsonl_scan, "{\"a\":1}\n{\"a\":}\n");
	assert_same_wherever_cut(json_array_scan, " [ {\"a\":1}\n,\n{\"a\":\"x\\\"}\",\n\"b\":[{}]} ] \n");
	assert_same_wherever_cut(json_array_scan, "[{\"a\":1} x");
	assert_same_wherever_cut(json_array_scan, "[{\"a\":1},");
}

/* ---- compressed files --------------------------------------------------------------------------------------------- */

/* `id,text` / `1,"a ""b"""` / `2,c` */
static const unsigned char small_gz[] = {
	0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xcb, 0x4c, 0xd1, 0x29, 0x49, 0xad, 0x28, 0xe1, 0x32, 0xd4,
	0x51, 0x4a, 0x54, 0x50, 0x52, 0x4a, 0x52, 0x52, 0x52, 0xe2, 0x32, 0xd2, 0x49, 0xe6, 0x02, 0x00, 0x07, 0xbe, 0xd2, 0x49,
	0x18, 0x00, 0x00, 0x00,
};
static const unsigned char small_zst[] = {
	0x28, 0xb5, 0x2f, 0xfd, 0x24, 0x18, 0xc1, 0x00, 0x00, 0x69, 0x64, 0x2c, 0x74, 0x65, 0x78, 0x74, 0x0a, 0x31, 0x2c,
	0x22, 0x61, 0x20, 0x22, 0x22, 0x62, 0x22, 0x22, 0x22, 0x0a, 0x32, 0x2c, 0x63, 0x0a, 0xd7, 0xba, 0x84, 0xc0,
};
static const unsigned char empty_gz[] = {
	0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x03, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
};
/* `a,b,c,d`, then 40,000 times `12345,"x ""y"" z","two\nlines",plain\r\n`: six windows */
static const unsigned char big_zst[] = {
	0x28, 0xb5, 0x2f, 0xfd, 0xa4, 0x48, 0x95, 0x16, 0x00, 0xb4, 0x01, 0x00, 0xc4, 0x02, 0x61, 0x2c, 0x62, 0x2c, 0x63, 0x2c,
	0x64, 0x0a, 0x31, 0x32, 0x33, 0x34, 0x35, 0x2c, 0x22, 0x78, 0x20, 0x22, 0x22, 0x79, 0x22, 0x22, 0x20, 0x7a, 0x22, 0x2c,
	0x22, 0x74, 0x77, 0x6f, 0x0a, 0x6c, 0x69, 0x6e, 0x65, 0x73, 0x22, 0x2c, 0x70, 0x6c, 0x61, 0x69, 0x6e, 0x0d, 0x01, 0x00,
	0x8c, 0xfe, 0x47, 0xb9, 0x2a, 0x03, 0x44, 0x00, 0x00, 0x00, 0x01, 0x00, 0xfd, 0xff, 0x28, 0x57, 0x40, 0x44, 0x00, 0x00,
	0x00, 0x01, 0x00, 0xfd, 0xff, 0x39, 0x00, 0x02, 0x44, 0x00, 0x00, 0x00, 0x01, 0x00, 0xfd, 0xff, 0x39, 0x00, 0x02, 0x44,
	0x00, 0x00, 0x00, 0x01, 0x00, 0xfd, 0xff, 0x39, 0x00, 0x02, 0x44, 0x00, 0x00, 0x00, 0x01, 0x00, 0xfd, 0xff, 0x39, 0x00,
	0x02, 0x44, 0x00, 0x00, 0x00, 0x01, 0x00, 0xfd, 0xff, 0x39, 0x00, 0x02, 0x44, 0x00, 0x00, 0x00, 0x01, 0x00, 0xfd, 0xff,
	0x39, 0x00, 0x02, 0x44, 0x00, 0x00, 0x00, 0x01, 0x00, 0xfd, 0xff, 0x39, 0x00, 0x02, 0x44, 0x00, 0x00, 0x00, 0x01, 0x00,
	0xfd, 0xff, 0x39, 0x00, 0x02, 0x44, 0x00, 0x00, 0x00, 0x01, 0x00, 0xfd, 0xff, 0x39, 0x00, 0x02, 0x45, 0x00, 0x00, 0x00,
	0x01, 0x00, 0x45, 0x15, 0x1d, 0x00, 0x01, 0x6d, 0xdf, 0xdd, 0x41,
};

static const char *compressed(struct arena *a, const char *ending, const unsigned char *p, size_t n)
{
	const char *path = arena_printf(a, "/tmp/test_base_window.%d.%s", (int)getpid(), ending).p;

	assert_int_equal(fs_write_atomic(path, (struct str){ (const char *)p, n }, 0644), 0);
	return path;
}

static void small_files_are_decompressed(void **state)
{
	static const struct {
		const char *ending;
		const unsigned char *p;
		size_t n;
	} cases[] = {
		{ "csv.gz", small_gz, sizeof(small_gz) },
		{ "csv.zst", small_zst, sizeof(small_zst) },
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		const char *path = compressed(a, cases[i].ending, cases[i].p, cases[i].n);
		const struct value *cells;
		struct str error;
		struct table *t = table_open(a, path, STR("t"), NULL, &error);

		assert_non_null(t);
		assert_int_equal(table_next(t, &cells), 1);
		assert_true(str_is(cells[0].s, "1") && str_is(cells[1].s, "a \"b\""));
		assert_int_equal(table_next(t, &cells), 1);
		assert_true(str_is(cells[0].s, "2") && str_is(cells[1].s, "c"));
		assert_int_equal(table_line(t), 3);
		assert_int_equal(table_next(t, &cells), 0);
		table_close(t);
		unlink(path);
	}
	arena_free(a);
}

static void big_files_pass_through_the_window(void **state)
{
	struct arena *a = arena_new();
	const char *path = compressed(a, "csv.zst", big_zst, sizeof(big_zst));
	struct str error, raw = STR("12345,\"x \"\"y\"\" z\",\"two\nlines\",plain");
	struct table *t = table_open(a, path, STR("t"), NULL, &error);
	const struct value *cells;
	size_t rows = 0;

	(void)state;
	assert_non_null(t);
	for (; table_next(t, &cells) > 0; rows++) {
		assert_true(str_same(table_raw(t), raw));
		assert_true(str_is(cells[1].s, "x \"y\" z") && str_is(cells[3].s, "plain"));
		assert_int_equal(table_line(t), 2 + 2 * rows);
	}
	assert_int_equal(rows, 40000);
	assert_true(arena_bytes(a) < 100000); /* no memory per row */
	table_close(t);
	unlink(path);
	arena_free(a);
}

static void broken_files_are_refused(void **state)
{
	struct arena *a = arena_new();
	const char *path = compressed(a, "csv.gz", empty_gz, sizeof(empty_gz));
	const struct value *cells;
	struct str error;
	struct table *t;

	(void)state;
	assert_null(table_open(a, path, STR("t"), NULL, &error));
	assert_string_equal(error.p, "t: is empty, expected a line with the names of the columns");
	path = compressed(a, "csv.gz", small_gz, sizeof(small_gz) - 15);
	t = table_open(a, path, STR("t"), NULL, &error);
	if (t) { /* what could be read is good; the end is not */
		while (table_next(t, &cells) > 0)
			;
		error = table_error(t);
	}
	assert_true(str_find(error, STR("cannot be decompressed: ")) > 0);
	table_close(t);
	unlink(path);
	assert_null(table_open(a, path, STR("t"), NULL, &error));
	assert_true(str_starts(error, "t: cannot be decompressed: "));
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_do_not_depend_on_where_the_window_ends),
		cmocka_unit_test(small_files_are_decompressed),
		cmocka_unit_test(big_files_pass_through_the_window),
		cmocka_unit_test(broken_files_are_refused),
	};

	return cmocka_run_group_tests_name("windows and compressed files", tests, NULL, NULL);
}
