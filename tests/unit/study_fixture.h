/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A study from a text, checked against two small kinds: what the tests of loading share.
 */
#ifndef RUNG_STUDY_FIXTURE_H
#define RUNG_STUDY_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dsl/study/study.h"

static const struct field run_fields[] = {
	{ .name = "command", .type = T_COMMAND, .flags = F_REQUIRED | F_PRIMARY, .help = "a shell line, or a list of words" },
	{ .name = NULL },
};

static const struct field strata_fields[] = {
	{ .name = "least", .type = T_INT, .flags = F_REQUIRED, .min = 1, .max = 1e15, .help = "rows of each" },
	{ .name = NULL },
};

static const struct field sample_fields[] = {
	{ .name = "from", .type = T_TABLE | T_PATH, .flags = F_REQUIRED, .help = "rows to draw from" },
	{ .name = "size", .type = T_INT, .min = 1, .max = 1e6, .fallback = "100", .help = "how many rows" },
	{ .name = "by", .type = T_LIST | T_TEXT, .help = "strata" },
	{ .name = "method", .type = T_TEXT, .choices = "nested|simple", .fallback = "nested", .help = "how rows are drawn" },
	{ .name = "wait", .type = T_DURATION, .flags = F_PLAIN, .max = 60, .help = "a pause" },
	{ .name = "strata", .type = T_MAP, .sub = strata_fields, .help = "more on strata" },
	{ .name = NULL },
};

static const struct kind run_kind = { RUNG_ABI, sizeof(struct kind), "run", 1, "a command", EXEC_COMMAND, run_fields,
				      NULL,     NULL,                NULL };
static const struct kind sample_kind = { RUNG_ABI, sizeof(struct kind), "sample", 1, "rows", EXEC_WORKER, sample_fields,
					 NULL,     NULL,                NULL };
static const struct kind *const kinds[] = { &run_kind, &sample_kind, NULL };

struct fixture {
	struct arena *a;
	struct diags d;
	struct study *s;
	struct study_options o;
	bool ok;
};

static int setup(void **state)
{
	static struct fixture f;

	f = (struct fixture){ .a = arena_new(), .o = { .path = "s.yaml", .kinds = kinds } };
	diags_init(&f.d, f.a);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	study_close(f->s);
	arena_free(f->a);
	return 0;
}

static const char *load(struct fixture *f, const char *text)
{
	struct study_file *file = arena_make(f->a, struct study_file);
	struct sb b;

	*file = (struct study_file){ .path = STR("s.yaml"), .text = str_z(text) };
	f->o.snapshot = file;
	f->o.snapshot_count = 1;
	study_close(f->s);
	diags_init(&f->d, f->a);
	f->ok = study_load(&f->o, f->a, &f->d, &f->s);
	sb_init(&b, 1 << 20);
	diags_render(&f->d, &b, false);
	const char *z = sb_take(&b, f->a).p;

	sb_release(&b);
	return z;
}

static const char *json_of(struct fixture *f, const struct value *v)
{
	struct sb b;

	sb_init(&b, 1 << 20);
	json_write(v, &b);
	const char *z = sb_take(&b, f->a).p;

	sb_release(&b);
	return z;
}

#define HEAD "study: s\n"
#define STEPS "steps: {go: {run: x}}\n"
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

#endif
