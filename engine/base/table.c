/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "engine/base/fs.h"
#include "engine/base/oom.h"
#include "engine/base/table_private.h"

#define WINDOW ((size_t)256 << 10)
#define LONGEST_ROW ((size_t)1 << 30) /* of a compressed file, where it must be held in memory */
#define MOST_COLUMNS 100000

enum scan table_fail(struct table *t, size_t line, const char *fmt, ...)
{
	struct sb text;
	va_list ap;

	sb_init(&text, 64 << 10);
	sb_printf(&text, STR_FMT ":", STR_ARG(t->name));
	if (line)
		sb_printf(&text, "%zu:", line);
	sb_char(&text, ' ');
	va_start(ap, fmt);
	sb_vprintf(&text, fmt, ap);
	va_end(ap);
	t->error = sb_take(&text, t->a);
	t->failed = true;
	sb_release(&text);
	return SCAN_FAILED;
}

/* ---- columns ------------------------------------------------------------------------------------------------------ */

void table_grow_cells(struct table *t, size_t want)
{
	size_t cap = t->cell_cap;

	if (want <= cap)
		return;
	struct value *cells = vec_grow(t->a, t->cells, cap, &cap, want - cap, sizeof(*cells));
	uint64_t *seen = arena_array(t->a, uint64_t, cap);

	if (t->cell_cap)
		memcpy(seen, t->seen, t->cell_cap * sizeof(*seen));
	t->cells = cells;
	t->seen = seen;
	t->cell_cap = cap;
}

size_t table_add_column(struct table *t, struct str name)
{
	size_t index = t->columns.n;

	name = arena_str(t->a, name);
	VEC_PUSH(t->a, &t->columns, name);
	map_put(&t->column_index, name, (void *)(uintptr_t)(index + 1));
	table_grow_cells(t, index + 1);
	if (t->columns.n > MOST_COLUMNS)
		(void)table_fail(t, t->line, "more than %d columns", MOST_COLUMNS);
	return index;
}

const struct str *table_columns(struct table *t, size_t *n)
{
	*n = t->columns.n;
	return t->columns.data;
}

long table_column(struct table *t, struct str name)
{
	return (long)(uintptr_t)map_get(&t->column_index, name) - 1;
}

/* ---- bytes -------------------------------------------------------------------------------------------------------- */

bool table_more(struct table *t)
{
	size_t left = (size_t)(t->end - t->at);
	struct str why;

	if (left == t->buffer_size) {
		if (t->buffer_size >= LONGEST_ROW)
			return table_fail(t, t->line, "a row longer than %zu bytes", LONGEST_ROW) == SCAN_ROW;
		size_t size = t->buffer_size ? t->buffer_size * 2 : WINDOW;
		char *buffer = grow_or_die(NULL, size);

		if (left)
			memcpy(buffer, t->at, left);
		free(t->buffer);
		t->buffer = buffer;
		t->buffer_size = size;
	} else if (left) {
		memmove(t->buffer, t->at, left);
	}
	t->at = t->buffer;
	ssize_t got = unzip_read(t->unzip, t->buffer + left, t->buffer_size - left, &why);

	if (got < 0)
		return table_fail(t, t->line, STR_FMT, STR_ARG(why)) == SCAN_ROW;
	t->end = t->buffer + left + got;
	t->eof = got == 0;
	return true;
}

static bool open_plain(struct table *t, const char *path)
{
	CLEANUP(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return table_fail(t, 0, "cannot be opened: %s", strerror(errno)) == SCAN_ROW;
	if (!S_ISREG(st.st_mode))
		return table_fail(t, 0, "is a %s, expected a file", S_ISDIR(st.st_mode) ? "folder" : "device") == SCAN_ROW;
	t->eof = true;
	t->at = t->end = "";
	if (st.st_size == 0)
		return true;
	t->mapping_size = (size_t)st.st_size;
	t->mapping = mmap(NULL, t->mapping_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (t->mapping == MAP_FAILED) {
		t->mapping = NULL;
		return table_fail(t, 0, "cannot be mapped: %s", strerror(errno)) == SCAN_ROW;
	}
	(void)madvise(t->mapping, t->mapping_size, MADV_SEQUENTIAL);
	t->at = t->mapping;
	t->end = t->at + t->mapping_size;
	return true;
}

static bool open_zipped(struct table *t, const char *path)
{
	struct str why;

	t->at = t->end = "";
	t->unzip = unzip_open(t->a, path, &why);
	if (!t->unzip)
		return table_fail(t, 0, STR_FMT, STR_ARG(why)) == SCAN_ROW;
	return table_more(t);
}

static void skip_byte_order_mark(struct table *t)
{
	while (t->end - t->at < 3 && !t->eof)
		if (!table_more(t))
			return;
	if (t->end - t->at >= 3 && memcmp(t->at, "\xef\xbb\xbf", 3) == 0)
		t->at += 3;
}

/* ---- opening ------------------------------------------------------------------------------------------------------ */

/* What the ending of the name says; false when it says nothing. */
static bool format_of(struct str path, enum table_format *format, bool *zipped, bool *tabs)
{
	struct str ext = path_ext(path);

	*zipped = str_is(ext, "gz") || str_is(ext, "zst");
	if (*zipped)
		ext = path_ext(str_from(path, 0, path.n - ext.n - 1));
	*tabs = str_is(ext, "tsv");
	*format = str_is(ext, "csv") || *tabs ? TABLE_CSV : TABLE_JSONL;
	return *format == TABLE_CSV || str_is(ext, "jsonl") || str_is(ext, "ndjson") || str_is(ext, "json");
}

/* A JSON file whose first character is a bracket is an array, whatever its name. */
static bool is_array(struct table *t)
{
	for (size_t i = 0;; i++) {
		while (t->at + i == t->end && !t->eof)
			if (!table_more(t))
				return false;
		if (t->at + i == t->end)
			return false;
		if (!memchr(" \t\r\n", t->at[i], 4))
			return t->at[i] == '[';
	}
}

static enum scan scan_row(struct table *t)
{
	enum scan found;

	do {
		arena_reset(t->row, (struct arena_mark){ 0 });
		found = t->layout == LAYOUT_CSV     ? csv_scan(t)
		        : t->layout == LAYOUT_LINES ? jsonl_scan(t)
		                                    : json_array_scan(t);
	} while (found == SCAN_MORE && table_more(t));
	return t->failed ? SCAN_FAILED : found;
}

/* Reads what names the columns: the header, or the first row. */
static bool read_columns(struct table *t)
{
	enum scan found = scan_row(t);

	if (t->layout != LAYOUT_CSV) {
		t->pending = found == SCAN_ROW;
		return found != SCAN_FAILED;
	}
	if (found == SCAN_END)
		(void)table_fail(t, 0, "is empty, expected a line with the names of the columns");
	return found == SCAN_ROW && csv_header(t);
}

struct table *table_open(struct arena *a, const char *path, struct str name, const enum table_format *format,
                         struct str *error)
{
	struct table *t = arena_make(a, struct table);
	enum table_format by_name;
	bool zipped, tabs, known = format_of(str_z(path), &by_name, &zipped, &tabs);

	*t = (struct table){ .a = a, .row = arena_new(), .name = arena_str(a, name), .line = 1 };
	t->column_index.arena = a;
	t->separator = tabs ? '\t' : ',';
	if (!format && !known)
		(void)table_fail(t, 0, "not known to be a table, expected a name that ends in "
		                       ".csv, .tsv, .jsonl, .ndjson or .json, perhaps with .gz or .zst");
	bool csv = (format ? *format : by_name) == TABLE_CSV;

	if (!t->failed && (zipped ? open_zipped(t, path) : open_plain(t, path))) {
		skip_byte_order_mark(t);
		t->layout = csv ? LAYOUT_CSV : is_array(t) ? LAYOUT_ARRAY : LAYOUT_LINES;
		if (!t->failed && read_columns(t))
			return t;
	}
	*error = t->error;
	table_close(t);
	return NULL;
}

void table_close(struct table *t)
{
	if (!t)
		return;
	if (t->mapping)
		(void)munmap(t->mapping, t->mapping_size);
	unzip_close(t->unzip);
	free(t->buffer);
	arena_free(t->row);
	t->mapping = NULL;
	t->unzip = NULL;
	t->buffer = NULL;
	t->row = NULL;
}

/* ---- rows --------------------------------------------------------------------------------------------------------- */

int table_next(struct table *t, const struct value **cells)
{
	if (t->failed)
		return -1;
	if (t->pending) {
		t->pending = false;
	} else {
		enum scan found = scan_row(t);

		if (found != SCAN_ROW)
			return found == SCAN_END ? 0 : -1;
	}
	*cells = t->cells;
	return 1;
}

size_t table_line(const struct table *t)
{
	return t->row_line;
}

struct str table_raw(const struct table *t)
{
	return t->raw;
}

struct str table_header(const struct table *t)
{
	return t->header;
}

struct str table_error(const struct table *t)
{
	return t->error;
}
