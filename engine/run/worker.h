/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Private to engine/run: the worker's side. A worker serves one job at a time; all of a job's memory is in its arena.
 *
 *   worker.c      frames in, answers out; the study, loaded by the first job that needs it
 *   host.c        the services of `struct host`
 *   host_table.c  its tables and rows
 *   host_run.c    its programs, downloads and SQL
 */
#ifndef RUNG_RUN_WORKER_H
#define RUNG_RUN_WORKER_H

#include "dsl/dsl.h"
#include "engine/base/vec.h"
#include "engine/run/protocol.h"
#include "engine/run/rows.h"

struct service { /* what lives as long as the worker */
	const struct kind *const *kinds;
	struct arena *a;
	struct value hello;
	struct study *study; /* NULL = not loaded yet, or it cannot be */
	struct front front;
	struct diags diags;  /* of loading; its sources serve every job */
	bool tried;          /* loading was tried */
	bool expanded;       /* and its points are known: specs that name other points need them */
};

struct job {
	struct service *service;
	struct arena *a;
	const struct value *frame;
	uint32_t step;
	uint32_t *coords;
	uint64_t seed;
	const struct kind *kind;
	struct value fields, point;
	struct input *inputs;
	size_t input_count;
	VEC(struct pair) metrics;
	VEC(struct value) warnings;
	VEC(struct table *) tables;
	VEC(struct writer *) writers;
	/* the first failure counts */
	bool failed;
	enum outcome outcome;
	struct str detail, hint;
	bool passing; /* what it failed of may pass */
};

extern const struct host worker_host;

int job_fail(struct job *j, enum outcome outcome, struct str detail, struct str hint); /* -1 */
/* The study, loaded if it was not yet; false: the job has failed. */
bool job_needs_study(struct job *j);
bool job_hook(struct job *j, struct str field, const struct value *args, const struct value *list, size_t n, struct value *result);
/* All rows of all tables that the job reads, by name. */
bool job_rows(struct job *j, struct value *out);
bool job_read_rows(struct job *j, const struct input *in, struct value *out); /* a V_LIST of V_MAP */
void job_close(struct job *j);  /* tables, descriptors */
bool job_flush(struct job *j);  /* rows that are not written yet; false: failed */

/* host_table.c */
struct table *host_table_open(struct job *j, const struct input *in);
const struct str *host_table_columns(struct table *t, size_t *n);
int host_table_next(struct table *t, const struct value **cells);
size_t host_table_line(struct table *t);
struct str host_table_raw(struct table *t);
struct str host_table_header(struct table *t);
struct writer *host_rows_open(struct job *j, const char *output);
int host_rows_put(struct writer *w, const struct value *row);
/* host_run.c */
int host_sql(struct job *j, struct str query, const char *output);
int host_command(struct job *j, const char *const argv[], struct str input, struct str *text);
int host_download(struct job *j, struct str url, struct str sha256, const char *path);

#endif
