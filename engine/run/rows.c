/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Rows of tasks, gathered into one file.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/fs.h"
#include "engine/base/map.h"
#include "engine/run/internal.h"

#define FLUSH_AT ((size_t)256 << 10)

struct out {
	int fd;
	struct sb bytes;
	int err;
};

bool table_format_of(struct str file, enum table_format *out)
{
	static const char *const csv[] = { ".csv", ".tsv" }, *const jsonl[] = { ".jsonl", ".ndjson", ".json" };
	struct str s = file;

	if (str_ends(s, ".gz"))
		s.n -= 3;
	else if (str_ends(s, ".zst"))
		s.n -= 4;
	for (size_t i = 0; i < countof(csv); i++)
		if (str_ends(s, csv[i]))
			return *out = TABLE_CSV, true;
	for (size_t i = 0; i < countof(jsonl); i++)
		if (str_ends(s, jsonl[i]))
			return *out = TABLE_JSONL, true;
	return false;
}

struct rows_of rows_of_result(const struct step *step, struct value point, const struct result *r, const struct store *s,
                              struct arena *a)
{
	struct rows_of of = { .point = point, .metrics = r->metrics, .label = step->name };

	if (step->kind->exec == EXEC_COMMAND || !step->kind->outputs)
		return of;
	for (size_t i = 0; i < r->artifact_count; i++) {
		const struct artifact *x = &r->artifacts[i];

		if (!str_is(x->name, step->kind->outputs[0].name) || !table_format_of(x->file, &of.format))
			continue;
		of.table = store_object_path(s, &x->digest, a);
		of.metrics = (struct value){ .type = V_NULL };
	}
	return of;
}

static void out_flush(struct out *o)
{
	size_t at = 0;

	while (!o->err && at < o->bytes.n) {
		ssize_t n = write(o->fd, o->bytes.s + at, o->bytes.n - at);

		if (n > 0)
			at += (size_t)n;
		else if (n < 0 && errno != EINTR)
			o->err = errno;
	}
	sb_clear(&o->bytes);
}

static void cell_put(struct out *o, bool *first, struct str key, const struct value *v)
{
	sb_char(&o->bytes, *first ? '{' : ',');
	*first = false;
	json_quote(key, &o->bytes);
	sb_char(&o->bytes, ':');
	size_t from = o->bytes.n;

	json_write(v, &o->bytes);
	/* a real stays one when it is whole: in SQL 1/2 is 0, and which rows were whole must not decide that */
	if (v->type == V_REAL && strspn(o->bytes.s + from, "-0123456789") == o->bytes.n - from)
		sb_z(&o->bytes, ".0");
}

static long column_named(const struct str *columns, size_t n, struct str name)
{
	for (size_t i = 0; i < n; i++)
		if (str_same(columns[i], name))
			return (long)i;
	return -1;
}

/* Axes first, each with the row's own cell where it has one of that name; then the other cells. */
static void row_put(struct out *o, const struct value *point, const struct str *columns, const struct value *cells, size_t n)
{
	bool first = true;

	for (size_t i = 0; point->type == V_MAP && i < point->map.n; i++) {
		long own = column_named(columns, n, point->map.pairs[i].key);

		cell_put(o, &first, point->map.pairs[i].key, own >= 0 ? &cells[own] : &point->map.pairs[i].val);
	}
	for (size_t i = 0; i < n; i++) {
		bool is_axis = false;

		for (size_t k = 0; point->type == V_MAP && k < point->map.n && !is_axis; k++)
			is_axis = str_same(point->map.pairs[k].key, columns[i]);
		if (!is_axis)
			cell_put(o, &first, columns[i], &cells[i]);
	}
	sb_z(&o->bytes, first ? "{}\n" : "}\n");
	if (o->bytes.n > FLUSH_AT)
		out_flush(o);
}

static void metrics_put(struct out *o, const struct rows_of *from, struct arena *a)
{
	size_t n = from->metrics.type == V_MAP ? from->metrics.map.n : 0;
	struct str *names = arena_array(a, struct str, n + 1);
	struct value *cells = arena_array(a, struct value, n + 1);

	for (size_t i = 0; i < n; i++) {
		names[i] = from->metrics.map.pairs[i].key;
		cells[i] = from->metrics.map.pairs[i].val;
	}
	row_put(o, &from->point, names, cells, n);
}

/* ---- types of the columns of CSV files ---------------------------------------------------------------------------- */

/* One type for all files of a gather: column name to enum csv_type. */
static enum csv_type type_get(const struct map *types, struct str column)
{
	return (enum csv_type)(uintptr_t)map_get(types, column);
}

static int types_see(struct map *types, const struct rows_of *from, struct arena *scratch, struct str *error)
{
	struct table *t = table_open(scratch, from->table.p, from->label, &from->format, error);
	const struct value *cells;
	size_t n;
	int more;

	if (!t)
		return -1;
	const struct str *columns = table_columns(t, &n);
	enum csv_type *seen = arena_array(scratch, enum csv_type, n + 1);

	for (size_t i = 0; i < n; i++)
		seen[i] = type_get(types, columns[i]);
	while ((more = table_next(t, &cells)) > 0)
		csv_types_see(seen, cells, n);
	for (size_t i = 0; i < n; i++)
		map_put(types, arena_str(types->arena, columns[i]), (void *)(uintptr_t)seen[i]);
	if (more < 0)
		*error = arena_str(scratch, table_error(t));
	table_close(t);
	return more;
}

static int types_find(struct map *types, const struct rows_of *from, size_t n, struct arena *scratch, struct str *error)
{
	int result = 0;

	for (size_t i = 0; i < n && result == 0; i++) {
		if (!from[i].table.n || from[i].format != TABLE_CSV)
			continue;
		result = types_see(types, &from[i], scratch, error);
		if (result != 0)
			*error = arena_str(types->arena, *error);
		arena_reset(scratch, (struct arena_mark){ 0 });
	}
	return result;
}

static int table_put(struct out *o, const struct rows_of *from, const struct map *types, struct arena *a, struct str *error)
{
	struct table *t = table_open(a, from->table.p, from->label, &from->format, error);
	bool csv = from->format == TABLE_CSV;
	struct value *typed = NULL;
	const struct value *cells;
	int more = -1;

	if (!t)
		return -1;
	while (!o->err && (more = table_next(t, &cells)) > 0) {
		size_t n;
		const struct str *columns = table_columns(t, &n);

		if (csv && !typed)
			typed = arena_array(a, struct value, n + 1);
		for (size_t i = 0; csv && i < n; i++)
			typed[i] = csv_typed(&cells[i], type_get(types, columns[i]));
		row_put(o, &from->point, columns, csv ? typed : cells, n);
	}
	if (more < 0 && !o->err)
		*error = arena_str(a, table_error(t));
	table_close(t);
	return more < 0 ? -1 : 0;
}

int rows_write(struct arena *a, const char *path, const struct rows_of *from, size_t n, struct str *error)
{
	struct out o = { .fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644) };
	struct arena *scratch = arena_new();
	struct map types = { .arena = a };
	int result = types_find(&types, from, n, scratch, error);

	if (o.fd < 0)
		o.err = errno;
	sb_init(&o.bytes, SIZE_MAX / 2);
	for (size_t i = 0; i < n && !o.err && result == 0; i++) {
		if (from[i].table.n)
			result = table_put(&o, &from[i], &types, scratch, error);
		else
			metrics_put(&o, &from[i], scratch);
		if (result != 0)
			*error = arena_str(a, *error);
		arena_reset(scratch, (struct arena_mark){ 0 });
	}
	out_flush(&o);
	if (o.fd >= 0 && close(o.fd) != 0 && !o.err)
		o.err = errno;
	sb_release(&o.bytes);
	arena_free(scratch);
	if (o.err) {
		*error = arena_printf(a, "%s: cannot be written: %s", path, strerror(o.err));
		return -1;
	}
	return result;
}

struct value rows_encode(const struct rows_of *r, struct arena *a)
{
	struct value v = value_map(a, 5);

	value_set(&v, STR("point"), r->point);
	value_set(&v, STR("metrics"), r->metrics);
	value_set(&v, STR("table"), value_str(r->table));
	value_set(&v, STR("csv"), value_bool(r->format == TABLE_CSV));
	value_set(&v, STR("label"), value_str(r->label));
	return v;
}

struct rows_of rows_decode(const struct value *v, struct arena *a)
{
	const struct value *point = value_get(v, "point"), *metrics = value_get(v, "metrics");

	return (struct rows_of){ .point = point ? *point : (struct value){ .type = V_NULL },
		.metrics = metrics ? *metrics : (struct value){ .type = V_NULL }, .table = str_z(get_z(a, v, "table")),
		.format = get_bool(v, "csv") ? TABLE_CSV : TABLE_JSONL, .label = get_str(v, "label") };
}

bool run_rows(struct plan *p, struct store *s, uint32_t step_index, const uint32_t *tasks, size_t n, const char *path,
              struct diags *d)
{
	CLEANUP(arena_cleanup) struct arena *a = arena_new();
	const struct graph *g = plan_graph(p);
	const struct step *step = &g->steps[step_index];
	size_t all = tasks ? n : step->count, count = 0;
	struct rows_of *from = arena_array(a, struct rows_of, all + 1);
	struct str error;

	for (size_t i = 0; i < all; i++) {
		uint32_t t = tasks ? tasks[i] : step->first + (uint32_t)i;
		struct result r;

		if (!plan_done(p, t) || plan_state(p, t) == TASK_SKIPPED || !plan_result(p, t, a, &r))
			continue;
		from[count++] = rows_of_result(step, graph_point(g, t, a), &r, s, a);
	}
	if (rows_write(a, path, from, count, &error) == 0)
		return true;
	return diag_error(d, step->at, "rows", "the rows of '" STR_FMT "' cannot be read: " STR_FMT, STR_ARG(step->name),
	                  STR_ARG(error));
}
