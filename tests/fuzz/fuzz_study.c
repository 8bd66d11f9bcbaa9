/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Any bytes as a study file, read from a snapshot. Loading ends, says why when it fails, and what it says can be shown.
 */
#include "dsl/study/study.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct field run_fields[] = {
	{ .name = "command", .type = T_COMMAND, .flags = F_REQUIRED | F_PRIMARY, .help = "a shell line, or a list of words" },
	{ .name = NULL },
};

static const struct field sub_fields[] = {
	{ .name = "n", .type = T_NUMBER | T_LIST, .flags = F_PLAIN, .min = 0, .max = 1, .help = "numbers" },
	{ .name = "*", .type = T_TEXT | T_LUA, .help = "the rest" },
	{ .name = NULL },
};

static const struct field rows_fields[] = {
	{ .name = "from", .type = T_TABLE | T_PATH, .flags = F_REQUIRED, .help = "rows" },
	{ .name = "size", .type = T_INT, .min = 1, .max = 1e6, .fallback = "100", .help = "how many" },
	{ .name = "by", .type = T_LIST | T_TEXT, .choices = "a|b", .fallback = "[a, b]", .help = "strata" },
	{ .name = "wait", .type = T_DURATION | T_SIZE | T_MONEY, .flags = F_PLAIN, .help = "units" },
	{ .name = "sql", .type = T_SQL, .help = "query" },
	{ .name = "check", .type = T_LUA, .help = "a condition" },
	{ .name = "more", .type = T_MAP | T_BOOL, .sub = sub_fields, .help = "a table in a table" },
	{ .name = "any", .type = T_ANY, .help = "whatever" },
	{ .name = NULL },
};

static const struct kind run_kind = { .abi = RUNG_ABI, .struct_size = sizeof(struct kind), .name = "run", .version = 1,
				      .summary = "", .exec = EXEC_COMMAND, .fields = run_fields };
static const struct kind rows_kind = { .abi = RUNG_ABI, .struct_size = sizeof(struct kind), .name = "rows", .version = 1,
				       .summary = "", .exec = EXEC_WORKER, .fields = rows_fields };
static const struct kind *const kinds[] = { &run_kind, &rows_kind, NULL };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	const struct study_file files[] = {
		{ .path = STR("study.yaml"), .text = { (const char *)data, size } },
		{ .path = STR("h.lua"), .text = STR("function twice(x) return 2 * x end\n") },
	};
	const struct str sets[] = { STR("n=1"), STR("lr.a=[1]") }, only[] = { STR("x=1,a") };
	struct study_options o = { .path = "study.yaml", .kinds = kinds, .snapshot = files, .snapshot_count = countof(files),
				   .sets = sets, .only = only, .phase = { "p", size % 2 } };
	struct study *s;
	struct diags d;
	struct sb b;

	o.set_count = size % 3;
	o.only_count = size % 2;
	diags_init(&d, a);
	bool ok = study_load(&o, a, &d, &s);

	if (ok != !d.errors || (ok && !s))
		BUG("a study that is neither good nor bad");
	sb_init(&b, 1 << 24);
	diags_render(&d, &b, false);
	if (!ok && !b.n)
		BUG("refused without a word");
	sb_release(&b);
	study_close(s);
	arena_free(a);
	return 0;
}
