/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Tables for kinds: base/table with the job's memory, and JSON Lines out.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/fs.h"
#include "engine/run/worker.h"

#define FLUSH_AT ((size_t)1 << 20)

struct writer {
	struct job *job;
	struct str path;
	int fd;
	struct sb bytes;
};

/* A table's job, so that a failure while reading is recorded there; few tables are open at once. */
static struct job *reading;

struct table *host_table_open(struct job *j, const struct input *in)
{
	enum table_format format = str_is(in->format, "csv") ? TABLE_CSV : TABLE_JSONL;
	bool known = str_is(in->format, "csv") || str_is(in->format, "jsonl");
	struct str error = STR("");
	struct table *t = table_open(j->a, in->path.p, in->label, known ? &format : NULL, &error);

	reading = j;
	if (!t) {
		(void)job_fail(j, OUTCOME_REFUSED, error, STR(""));
		return NULL;
	}
	VEC_PUSH(j->a, &j->tables, t);
	return t;
}

const struct str *host_table_columns(struct table *t, size_t *n)
{
	return table_columns(t, n);
}

int host_table_next(struct table *t, const struct value **cells)
{
	int more = table_next(t, cells);

	if (more < 0)
		(void)job_fail(reading, OUTCOME_REFUSED, table_error(t), STR(""));
	return more;
}

size_t host_table_line(struct table *t)
{
	return table_line(t);
}

struct str host_table_raw(struct table *t)
{
	return table_raw(t);
}

struct str host_table_header(struct table *t)
{
	return table_header(t);
}

/* ---- writing ------------------------------------------------------------------------------------------------------ */

struct writer *host_rows_open(struct job *j, const char *output)
{
	const char *path = worker_host.out(j, output);

	if (!path)
		return NULL;
	struct writer *w = arena_make(j->a, struct writer);

	w->job = j;
	w->path = str_z(path);
	w->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (w->fd < 0) {
		(void)worker_host.fail(j, NULL, NULL, "%s: cannot be written: %s", path, strerror(errno));
		return NULL;
	}
	sb_init(&w->bytes, SIZE_MAX / 2);
	VEC_PUSH(j->a, &j->writers, w);
	return w;
}

static int writer_flush(struct writer *w)
{
	for (size_t at = 0; at < w->bytes.n;) {
		ssize_t n = write(w->fd, w->bytes.s + at, w->bytes.n - at);

		if (n > 0)
			at += (size_t)n;
		else if (n < 0 && errno != EINTR)
			return worker_host.fail(w->job, NULL, "make room and run again", "%s: cannot be written: %s", w->path.p,
			                        strerror(errno));
	}
	sb_clear(&w->bytes);
	return 0;
}

int host_rows_put(struct writer *w, const struct value *row)
{
	if (row->type != V_MAP)
		return worker_host.fail(w->job, NULL, NULL, "a row must be a map, not %s", value_type_name(row));
	json_write(row, &w->bytes);
	sb_char(&w->bytes, '\n');
	return w->bytes.n > FLUSH_AT ? writer_flush(w) : 0;
}

bool job_flush(struct job *j)
{
	for (size_t i = 0; i < j->writers.n; i++)
		if (writer_flush(j->writers.data[i]) != 0)
			return false;
	return true;
}

void job_close(struct job *j)
{
	for (size_t i = 0; i < j->tables.n; i++)
		table_close(j->tables.data[i]);
	for (size_t i = 0; i < j->writers.n; i++) {
		close_fd(&j->writers.data[i]->fd);
		sb_release(&j->writers.data[i]->bytes);
	}
	j->tables.n = j->writers.n = 0;
}

/* ---- whole tables, for Lua ---------------------------------------------------------------------------------------- */

/* A CSV has no types of its own: each column gets that of all its cells. */
static void type_rows(struct arena *a, struct value *rows, size_t n)
{
	size_t columns = n ? rows[0].map.n : 0;
	enum csv_type *types = arena_array(a, enum csv_type, columns + 1);

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < columns; k++)
			csv_types_see(&types[k], &rows[i].map.pairs[k].val, 1);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < columns; k++)
			rows[i].map.pairs[k].val = csv_typed(&rows[i].map.pairs[k].val, types[k]);
}

bool job_read_rows(struct job *j, const struct input *in, struct value *out)
{
	struct table *t = host_table_open(j, in);
	VEC(struct value) rows = { 0 };
	const struct value *cells;
	int more = -1;

	while (t && (more = host_table_next(t, &cells)) > 0) {
		size_t n;
		const struct str *columns = table_columns(t, &n);
		struct value row = value_map(j->a, n);

		for (size_t i = 0; i < n; i++)
			value_set(&row, arena_str(j->a, columns[i]), value_copy(j->a, &cells[i]));
		VEC_PUSH(j->a, &rows, row);
	}
	if (str_is(in->format, "csv"))
		type_rows(j->a, rows.data, rows.n);
	*out = (struct value){ .type = V_LIST, .list = { rows.data, rows.n } };
	return more == 0;
}

bool job_rows(struct job *j, struct value *out)
{
	*out = value_map(j->a, j->input_count + 1);
	for (size_t i = 0; i < j->input_count; i++) {
		const struct input *in = &j->inputs[i];
		struct value rows;

		if (!str_is(in->format, "jsonl") && !str_is(in->format, "csv"))
			continue;
		if (!job_read_rows(j, in, &rows))
			return false;
		value_set(out, in->name, rows);
	}
	return true;
}
