/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A host for tests of kinds: the services of the plugin contract over engine/base, one job at a time, no engine around.
 *
 *   struct kind_test t;  kind_start(&t, "{\"of\": \"score\"}");  kind_input(&t, "score", "lua", "rows.jsonl", text);
 *   assert_int_equal(kind_go(&t, &kind_table), 0);  … kind_output(&t, "csv") …  kind_end(&t);
 *
 * Programs really run; Lua, SQL and downloads are what the test puts into the struct.
 */
#ifndef RUNG_TEST_KIND_FIXTURE_H
#define RUNG_TEST_KIND_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/base/digest.h"
#include "engine/base/str.h"
#include "engine/base/table.h"
#include "plugins/kinds.h"
#define KIND_INPUTS 8

struct job {
	struct arena *arena;
	char folder[64];
	const struct kind *kind;
	struct value fields;
	struct input inputs[KIND_INPUTS];
	size_t input_count;
	uint64_t seed;
	struct table *open[64];
	size_t open_count;
	FILE *writers[4];
	size_t writer_count;
	struct value lua_result; /* what `call` gives */
	struct str sql, url, sha256;
	const char *path_env; /* PATH for programs; NULL = the real one */
	struct str message, hint;
	char field[64];
	size_t warnings;
	struct str warning; /* the last one */
};

struct writer {
	FILE *file;
	struct job *job;
};

struct kind_test {
	struct job job;
};

static void *host_alloc(struct job *j, size_t n)
{
	return arena_alloc(j->arena, n);
}

__attribute__((format(printf, 4, 5))) static int host_fail(struct job *j, const char *field, const char *hint,
                                                           const char *fmt, ...)
{
	va_list ap;
	struct sb b;

	sb_init(&b, 1 << 16);
	va_start(ap, fmt);
	sb_vprintf(&b, fmt, ap);
	va_end(ap);
	j->message = sb_take(&b, j->arena);
	j->hint = arena_z(j->arena, hint ? hint : "");
	(void)snprintf(j->field, sizeof j->field, "%s", field ? field : "");
	sb_release(&b);
	return -1;
}

__attribute__((format(printf, 2, 3))) static void host_warn(struct job *j, const char *fmt, ...)
{
	va_list ap;
	struct sb b;

	sb_init(&b, 1 << 16);
	va_start(ap, fmt);
	sb_vprintf(&b, fmt, ap);
	va_end(ap);
	j->warning = sb_take(&b, j->arena);
	j->warnings++;
	sb_release(&b);
}

static const struct value *host_fields(struct job *j) { return &j->fields; }

static const struct value *host_point(struct job *j)
{
	return (void)j, NULL;
}

static struct str host_task(struct job *j)
{
	return (void)j, STR("test");
}

static uint64_t host_seed(struct job *j) { return j->seed; }

static const struct input *host_input(struct job *j, struct str name)
{
	for (size_t i = 0; i < j->input_count; i++)
		if (str_same(j->inputs[i].name, name))
			return &j->inputs[i];
	return NULL;
}

static const struct input *host_inputs(struct job *j, size_t *n)
{
	*n = j->input_count;
	return j->inputs;
}

static const char *host_out(struct job *j, const char *output)
{
	for (const struct output *o = j->kind->outputs; o->name; o++)
		if (!strcmp(o->name, output))
			return arena_printf(j->arena, "%s/%s", j->folder, o->file).p;
	(void)host_fail(j, NULL, NULL, "BUG: no output '%s'", output);
	return NULL;
}

static int host_metric(struct job *j, const char *name, const struct value *v)
{
	return (void)j, (void)name, (void)v, 0;
}

static struct table *host_table_open(struct job *j, const struct input *input)
{
	enum table_format format = str_is(input->format, "jsonl") ? TABLE_JSONL : TABLE_CSV;
	bool known = str_is(input->format, "jsonl") || str_is(input->format, "csv");
	struct str error;
	struct table *t = table_open(j->arena, input->path.p, input->label, known ? &format : NULL, &error);

	if (!t)
		(void)host_fail(j, NULL, NULL, STR_FMT, STR_ARG(error));
	else
		j->open[j->open_count++ % 64] = t;
	return t;
}

static const struct str *host_columns(struct table *t, size_t *n)
{
	return table_columns(t, n);
}

static size_t host_line(struct table *t) { return table_line(t); }
static struct str host_raw(struct table *t) { return table_raw(t); }
static struct str host_header(struct table *t) { return table_header(t); }

static struct job *host_now; /* table_next has no job to tell; one test runs at a time */

static int host_next(struct table *t, const struct value **cells)
{
	int got = table_next(t, cells);

	if (got < 0)
		(void)host_fail(host_now, NULL, NULL, STR_FMT, STR_ARG(table_error(t)));
	return got;
}

static struct writer *host_rows_open(struct job *j, const char *output)
{
	struct writer *w = arena_make(j->arena, struct writer);

	w->job = j;
	w->file = fopen(host_out(j, output), "w");
	assert_non_null(w->file);
	j->writers[j->writer_count++] = w->file;
	return w;
}

static int host_rows_put(struct writer *w, const struct value *row)
{
	struct sb b;

	assert_int_equal(row->type, V_MAP);
	sb_init(&b, 1 << 24);
	json_write(row, &b);
	(void)fprintf(w->file, "%s\n", b.s);
	sb_release(&b);
	return 0;
}

static int host_call(struct job *j, const char *field, const struct value *args, size_t n, struct value *result)
{
	(void)field, (void)args, (void)n;
	return *result = j->lua_result, 0;
}

static int host_sql(struct job *j, struct str query, const char *output)
{
	j->sql = query;
	return host_rows_open(j, output) ? 0 : -1;
}

static int host_command(struct job *j, const char *const argv[], struct str input, struct str *text)
{
	int ends[2], status;
	char *buffer = arena_alloc(j->arena, 1 << 16);
	size_t n = 0;

	(void)input;
	assert_int_equal(pipe(ends), 0);
	pid_t pid = fork();

	if (!pid) {
		if (j->path_env)
			(void)setenv("PATH", j->path_env, 1);
		(void)dup2(ends[1], 1);
		(void)dup2(ends[1], 2);
		(void)close(ends[0]);
		(void)execvp(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	(void)close(ends[1]);
	for (ssize_t got; n < (1 << 16) - 1 && (got = read(ends[0], buffer + n, (1 << 16) - 1 - n)) > 0;)
		n += (size_t)got;
	(void)close(ends[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	*text = (struct str){ buffer, n };
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int host_download(struct job *j, struct str url, struct str sha256, const char *path)
{
	(void)path;
	j->url = url;
	j->sha256 = sha256;
	return 0;
}

static bool host_number(struct str text, double *out)
{
	return str_real(text, out);
}

static const struct host test_host = {
	.abi = RUNG_ABI, .struct_size = sizeof(struct host), .alloc = host_alloc, .fail = host_fail, .warn = host_warn,
	.fields = host_fields, .point = host_point, .task = host_task, .seed = host_seed, .input = host_input,
	.inputs = host_inputs, .out = host_out, .metric = host_metric, .table_open = host_table_open,
	.table_columns = host_columns, .table_next = host_next, .table_line = host_line, .table_raw = host_raw,
	.table_header = host_header, .rows_open = host_rows_open, .rows_put = host_rows_put, .call = host_call,
	.sql = host_sql, .command = host_command, .download = host_download, .number = host_number,
};

/* ---- what tests call ---------------------------------------------------------------------------------------------- */

static inline void kind_start(struct kind_test *t, const char *fields)
{
	struct job *j = &t->job;
	struct str error;

	*j = (struct job){ .arena = arena_new(), .seed = 7, .warning = STR("") };
	(void)snprintf(j->folder, sizeof j->folder, "/tmp/rung-kind-XXXXXX");
	assert_non_null(mkdtemp(j->folder));
	if (!json_parse(j->arena, str_z(fields), &j->fields, &error))
		fail_msg("fields: %.*s", STR_ARG(error));
}

/* A file that exists. */
static inline void kind_input_file(struct kind_test *t, const char *name, const char *kind, const char *path)
{
	struct job *j = &t->job;
	struct digest digest;
	const char *slash = strrchr(path, '/');

	assert_int_equal(digest_file(path, &digest, NULL), 0);
	j->inputs[j->input_count++] = (struct input){
		.name = arena_z(j->arena, name), .path = arena_z(j->arena, path), .kind = arena_z(j->arena, kind),
		.format = str_ends(str_z(path), ".jsonl") ? STR("jsonl") : str_ends(str_z(path), ".csv") ? STR("csv") : STR("file"),
		.digest = digest_str(j->arena, &digest),
		.label = arena_z(j->arena, !strcmp(name, "from") && slash ? slash + 1 : name),
	};
}

/* A file with this text in the job's folder. */
static inline void kind_input(struct kind_test *t, const char *name, const char *kind, const char *file, const char *text)
{
	struct str path = arena_printf(t->job.arena, "%s/%s", t->job.folder, file);
	FILE *f = fopen(path.p, "w");

	assert_non_null(f);
	(void)fputs(text, f);
	(void)fclose(f);
	kind_input_file(t, name, kind, path.p);
}

static inline int kind_go(struct kind_test *t, const struct kind *kind)
{
	struct job *j = &t->job;

	j->kind = kind;
	j->message = (struct str){ "", 0 };
	host_now = j;
	int result = kind->run(&test_host, j);

	for (size_t i = 0; i < j->writer_count; i++)
		(void)fclose(j->writers[i]);
	for (size_t i = 0; i < j->open_count && i < 64; i++)
		table_close(j->open[i]);
	j->writer_count = j->open_count = 0;
	return result;
}

/* Runs and fails the test with the kind's message when it does. */
static inline void kind_must(struct kind_test *t, const struct kind *kind)
{
	if (kind_go(t, kind))
		fail_msg("%s failed: %.*s", kind->name, STR_ARG(t->job.message));
}

static inline void kind_fails(struct kind_test *t, const struct kind *kind, const char *message)
{
	assert_int_equal(kind_go(t, kind), -1);
	assert_string_equal(t->job.message.p, message);
}

static inline const char *kind_path(struct kind_test *t, const char *output)
{
	return host_out(&t->job, output);
}

static inline struct str kind_output(struct kind_test *t, const char *output)
{
	FILE *f = fopen(kind_path(t, output), "r");
	struct stat st;

	assert_non_null(f);
	assert_int_equal(fstat(fileno(f), &st), 0);
	char *p = arena_alloc(t->job.arena, (size_t)st.st_size + 1);
	size_t n = fread(p, 1, (size_t)st.st_size, f);

	(void)fclose(f);
	return (struct str){ p, n };
}

/* The n-th row of a JSON Lines output. */
static inline struct value kind_row(struct kind_test *t, const char *output, size_t number)
{
	struct str rest = kind_output(t, output), line = { "", 0 }, error;
	struct value v = { .type = V_NULL };

	for (size_t i = 0; i <= number; i++)
		if (!str_split(&rest, '\n', &line) || !line.n)
			return v;
	if (!json_parse(t->job.arena, line, &v, &error))
		fail_msg("row %zu: %.*s", number, STR_ARG(error));
	return v;
}

static inline double kind_real(const struct value *row, const char *column)
{
	double out = 0;

	if (!value_number(value_get(row, column), &out))
		fail_msg("no number in column %s", column);
	return out;
}

static inline void kind_close_to(double got, double want, double relative)
{
	double gap = got > want ? got - want : want - got, size = want < 0 ? -want : want;

	if (!(gap <= relative * (size > 1e-300 ? size : 1)))
		fail_msg("%.17g is not %.17g within %g", got, want, relative);
}

static inline void kind_hash(struct kind_test *t, const char *output, char hex[DIGEST_HEX + 1])
{
	struct digest d;

	assert_int_equal(digest_file(kind_path(t, output), &d, NULL), 0);
	digest_hex(&d, hex);
}

static inline void kind_end(struct kind_test *t)
{
	char command[128];

	(void)snprintf(command, sizeof command, "rm -rf %s", t->job.folder);
	assert_int_equal(system(command), 0);
	arena_free(t->job.arena);
}

#endif
