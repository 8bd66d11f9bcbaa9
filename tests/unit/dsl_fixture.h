/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A study in a folder of its own, with a few kinds made up for the tests. Every test starts with `study_of`.
 */
#ifndef RUNG_DSL_FIXTURE_H
#define RUNG_DSL_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "dsl/dsl.h"
#include "engine/base/fs.h"

static const struct field run_fields[] = {
	{ .name = "command", .type = T_COMMAND, .flags = F_REQUIRED | F_PRIMARY, .help = "what to run" },
	{ .name = NULL },
};
static const struct kind run_kind = { .abi = RUNG_ABI, .struct_size = sizeof(struct kind), .name = "run", .version = 1,
	                              .summary = "a command", .exec = EXEC_COMMAND, .fields = run_fields };
static const struct output rows_output[] = { { "rows", "rows.jsonl" }, { NULL, NULL } };

static int no_run(const struct host *host, struct job *job)
{
	return (host->fail)(job, NULL, NULL, "not in a test"); /* cmocka has a macro `fail` */
}

static const struct field table_sub[] = {
	{ .name = "of", .type = T_TABLE, .help = "another table" },
	{ .name = NULL },
};
static const struct field table_fields[] = {
	{ .name = "of", .type = T_TABLE | T_LIST, .flags = F_REQUIRED | F_PRIMARY, .help = "tables" },
	{ .name = "size", .type = T_INT, .min = 1, .max = 1e9, .help = "rows" },
	{ .name = "prompt", .type = T_PATH, .help = "a file" },
	{ .name = "note", .type = T_TEXT, .flags = F_UNKEYED, .help = "a remark" },
	{ .name = "check", .type = T_LUA, .help = "a hook" },
	{ .name = "beside", .type = T_MAP, .help = "more", .sub = table_sub },
	{ .name = NULL },
};
static const struct kind table_kind = { .abi = RUNG_ABI, .struct_size = sizeof(struct kind), .name = "table", .version = 1,
	                                .summary = "a table", .exec = EXEC_WORKER, .fields = table_fields,
	                                .outputs = rows_output, .run = no_run };
static const struct field query_fields[] = {
	{ .name = "sql", .type = T_SQL, .flags = F_REQUIRED | F_PRIMARY, .help = "a query" },
	{ .name = "of", .type = T_TABLE | T_LIST, .help = "tables" },
	{ .name = NULL },
};
static const struct kind query_kind = { .abi = RUNG_ABI, .struct_size = sizeof(struct kind), .name = "query", .version = 1,
	                                .summary = "SQL", .exec = EXEC_WORKER, .fields = query_fields,
	                                .outputs = rows_output, .run = no_run };
static const struct kind *const test_kinds[] = { &run_kind, &table_kind, &query_kind, NULL };

struct fixture {
	struct arena *a;
	struct diags d;
	struct study *s;
	struct graph *g;
	char dir[64];
	bool ok;
};

static void put_file(struct fixture *f, const char *name, const char *text)
{
	char path[256];

	assert_true(snprintf(path, sizeof(path), "%s/%s", f->dir, name) < (int)sizeof(path));
	assert_int_equal(0, fs_write_atomic(path, str_z(text), 0644));
}

static void fixture_start(struct fixture *f)
{
	*f = (struct fixture){ .dir = "/tmp/rung-dsl-XXXXXX" };
	assert_non_null(mkdtemp(f->dir));
	f->a = arena_new();
	diags_init(&f->d, f->a);
	put_file(f, "data/pool.csv", "id,label\n1,a\n");
	put_file(f, "train.sh", "true\n");
	put_file(f, "prompts/plain.md", "hello\n");
}

static void fixture_load(struct fixture *f, const char *yaml)
{
	char path[256];
	struct study_options o = { .path = path, .kinds = test_kinds };

	put_file(f, "study.yaml", yaml);
	assert_true(snprintf(path, sizeof(path), "%s/study.yaml", f->dir) < (int)sizeof(path));
	f->ok = study_load(&o, f->a, &f->d, &f->s);
	if (f->ok)
		f->ok = study_expand(f->s, &f->d, &f->g);
}

static void fixture_end(struct fixture *f)
{
	study_close(f->s);
	arena_free(f->a);
	assert_int_equal(0, fs_remove_tree(f->dir));
}

/* Diagnostics as text, with the folder taken away. */
static const char *talk(struct fixture *f)
{
	struct sb b, out;
	struct str rest;
	const char *text;
	size_t n = strlen(f->dir) + 1;

	sb_init(&b, 1 << 20);
	sb_init(&out, 1 << 20);
	diags_render(&f->d, &b, false);
	rest = sb_str(&b);
	for (long at; (at = str_find(rest, str_z(f->dir))) >= 0;) {
		sb_add(&out, str_from(rest, 0, (size_t)at));
		rest = str_from(rest, (size_t)at + n, rest.n);
	}
	sb_add(&out, rest);
	text = sb_take(&out, f->a).p;
	sb_release(&b);
	sb_release(&out);
	return text;
}

static void expect_good(struct fixture *f, const char *yaml)
{
	fixture_start(f);
	fixture_load(f, yaml);
	if (!f->ok || f->d.errors)
		fail_msg("%s", talk(f));
}

static void expect_bad(const char *yaml, const char *want)
{
	struct fixture f;

	fixture_start(&f);
	fixture_load(&f, yaml);
	assert_string_equal(talk(&f), want);
	assert_false(f.ok);
	fixture_end(&f);
}

static inline const struct step *step_of(const struct fixture *f, const char *name)
{
	uint32_t i = graph_step_named(f->g, str_z(name));

	assert_true(i < f->g->step_count);
	return &f->g->steps[i];
}

static inline const char *name_of(const struct fixture *f, uint32_t task)
{
	struct sb b;
	const char *out;

	sb_init(&b, 4096);
	graph_task_name(f->g, task, &b);
	out = sb_take(&b, f->a).p;
	sb_release(&b);
	return out;
}

/* "train[…] -> a, {b c}, -": the dependencies of a task, slot by slot. */
static inline const char *deps_of(const struct fixture *f, const struct step *s, uint32_t i)
{
	struct sb b;
	const char *out;

	sb_init(&b, 1 << 16);
	for (size_t m = 0; m < s->mention_count; m++) {
		uint32_t dep = s->deps[i * s->mention_count + m];

		sb_z(&b, m ? ", " : "");
		if (dep == DEP_NONE) {
			sb_char(&b, '-');
		} else if (dep & DEP_GROUP) {
			const struct group *g = &f->g->groups[dep & ~DEP_GROUP];

			for (uint32_t k = 0; k < g->n; k++)
				sb_printf(&b, "%s%s", k ? " " : "{", name_of(f, g->tasks[k]));
			sb_z(&b, g->n ? "}" : "{}");
		} else {
			sb_z(&b, name_of(f, dep));
		}
	}
	out = sb_take(&b, f->a).p;
	sb_release(&b);
	return out;
}

/* The spec of task i of the step as JSON-like text: own, common, tokens, files, saves. */
static inline struct spec spec_of(struct fixture *f, const char *name, uint32_t i, const struct value *late)
{
	const struct step *s = step_of(f, name);
	struct front front = study_front(f->s);
	struct spec spec;

	if (!front.spec(front.self, (uint32_t)(s - f->g->steps), s->coords + (size_t)i * s->axis_count, late, f->a, &spec, &f->d))
		fail_msg("%s", talk(f));
	return spec;
}

static inline const char *json_of(const struct fixture *f, const struct value *v)
{
	struct sb b;
	const char *out;

	sb_init(&b, 1 << 16);
	json_write(v, &b);
	out = sb_take(&b, f->a).p;
	sb_release(&b);
	return out;
}

#endif
