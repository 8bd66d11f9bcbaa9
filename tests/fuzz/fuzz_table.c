/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Tables from any bytes. The first byte picks the layout, the next two where the first window ends; the rows must not
 * depend on it. JSON Lines: a row must be accepted exactly when json_parse accepts it.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/base/table_private.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef enum scan (*scanner)(struct table *t);

static void add_row(struct table *t, struct sb *out)
{
	for (size_t i = 0; i < t->columns.n; i++)
		value_canon(&t->cells[i], out);
	sb_printf(out, "%zu#" STR_FMT "\n", t->row_line, STR_ARG(t->raw));
}

static void check_row(struct table *t)
{
	struct str error;
	struct value v;

	if (!json_parse(t->row, t->raw, &v, &error) || v.type != V_MAP)
		BUG("a row that is no JSON object: " STR_FMT, STR_ARG(t->raw));
	for (size_t i = 0; i < v.map.n; i++) {
		long column = table_column(t, v.map.pairs[i].key);

		if (column < 0 || !value_same(&t->cells[column], &v.map.pairs[i].val))
			BUG("another value in " STR_FMT, STR_ARG(t->raw));
	}
}

static void read_all(scanner scan, struct str text, size_t cut, struct sb *out)
{
	struct arena *a = arena_new();
	struct table t = { .a = a, .row = arena_new(), .name = STR("t"), .line = 1, .separator = ',' };
	enum scan found;

	t.column_index.arena = a;
	t.at = text.p;
	t.end = text.p + cut;
	t.eof = cut == text.n;
	for (;;) {
		arena_reset(t.row, (struct arena_mark){ 0 });
		found = scan(&t);
		if (found == SCAN_MORE) {
			if (t.eof)
				BUG("more was asked for behind the end");
			t.end = text.p + text.n;
			t.eof = true;
			continue;
		}
		if (found != SCAN_ROW || (scan == csv_scan && !t.columns.n && !csv_header(&t)))
			break;
		if (scan != csv_scan)
			check_row(&t);
		add_row(&t, out);
	}
	sb_add(out, t.error);
	arena_free(t.row);
	arena_free(a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const scanner scanners[] = { csv_scan, jsonl_scan, json_array_scan };
	struct sb whole, cut;

	if (size < 3)
		return 0;
	struct str text = { (const char *)data + 3, size - 3 };
	size_t at = text.n ? (data[1] | (size_t)data[2] << 8) % (text.n + 1) : 0;

	sb_init(&whole, 1 << 24);
	sb_init(&cut, 1 << 24);
	read_all(scanners[data[0] % 3], text, text.n, &whole);
	read_all(scanners[data[0] % 3], text, at, &cut);
	if (!str_same(sb_str(&whole), sb_str(&cut)))
		BUG("cut at %zu: '%s' is not '%s'", at, cut.s, whole.s);
	sb_release(&whole);
	sb_release(&cut);
	return 0;
}
