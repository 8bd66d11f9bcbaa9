/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A million tasks: that the plan is right, and what a task costs (printed, not judged: machines differ).
 */
#include <time.h>

#include "tests/unit/plan_fixture.h"

#define TASKS 1000000u

static int64_t now_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* One step over one axis, and one that gathers it. The spec is as cheap as can be: what is timed is the plan. */
struct wide {
	struct graph g;
	struct axis axis;
	struct step steps[2];
	uint32_t axes[1];
	struct mention mention;
	struct group group;
	uint32_t group_dep;
	struct value common, own;
	struct pair own_pairs[1];
	struct spec_read reads[1];
	struct diags d;
};

static bool wide_spec(void *self, uint32_t step, const uint32_t *coords, const struct value *late, struct arena *a,
                      struct spec *out, struct diags *d)
{
	struct wide *w = self;

	(void)late;
	(void)a;
	(void)d;
	out->common = &w->common;
	out->own = w->own;
	if (step == 0)
		w->own_pairs[0] = (struct pair){ .key = STR("seed"), .val = value_int(coords[0]) };
	return true;
}

static struct wide *wide_make(struct arena *a, uint32_t n)
{
	struct wide *w = arena_make(a, struct wide);
	uint32_t *coords = arena_array(a, uint32_t, n), *members = arena_array(a, uint32_t, n);

	w->axis = (struct axis){ .name = STR("seed"), .n = n };
	w->axis.values = arena_array(a, struct value, n);
	w->axis.labels = arena_array(a, struct str, n);
	for (uint32_t i = 0; i < n; i++) {
		w->axis.values[i] = value_int(i);
		w->axis.labels[i] = STR("x");
		coords[i] = members[i] = i;
	}
	w->group = (struct group){ members, n };
	w->group_dep = DEP_GROUP;
	w->mention = (struct mention){ 0, MENTION_TABLE, { 0 } };
	w->steps[0] = (struct step){ .name = STR("train"), .kind = &run_kind, .axes = w->axes, .axis_count = 1, .count = n, .coords = coords };
	w->steps[1] = (struct step){ .name = STR("report"), .kind = &table_kind, .first = n, .count = 1, .mentions = &w->mention,
		                     .mention_count = 1, .deps = &w->group_dep };
	w->g = (struct graph){ .arena = a, .study = STR("wide"), .root = STR("/tmp"), .axes = &w->axis, .axis_count = 1, .steps = w->steps,
		               .step_count = 2, .task_count = n + 1, .groups = &w->group, .group_count = 1, .ceiling = -1 };
	w->common = value_map(a, 8);
	for (int i = 0; i < 8; i++)
		(void)value_set(&w->common, arena_printf(a, "field%d", i), value_str(STR("a value of some thirty bytes...")));
	w->own = (struct value){ .type = V_MAP };
	w->own.map.pairs = w->own_pairs;
	w->own.map.n = 1;
	diags_init(&w->d, a);
	return w;
}

static void test_million(void **state)
{
	struct fixture *f = *state;
	CLEANUP(arena_cleanup) struct arena *a = arena_new(), *b = arena_new();
	struct wide *w = wide_make(a, TASKS);
	struct plan *p;
	struct plan_counts c;
	int64_t from = now_ns();

	assert_true(plan_make(&w->g, (struct front){ w, wide_spec, NULL }, f->s, NULL, b, &w->d, &p));
	int64_t ns = now_ns() - from;

	plan_count(p, &c);
	assert_int_equal(c.stale, TASKS);
	assert_int_equal(c.waits, 1);
	print_message("cold: %lld ns a task, %zu bytes of address space a task\n", (long long)(ns / TASKS), arena_bytes(b) / TASKS);
	from = now_ns();
	struct str keys = plan_keys(p, b);

	assert_int_equal(keys.n, (size_t)TASKS * DIGEST_BYTES);
	print_message("plan_keys: %lld ms\n", (long long)((now_ns() - from) / 1000000));
}

#define DONE 30000u

static void test_done(void **state)
{
	struct fixture *f = *state;
	CLEANUP(arena_cleanup) struct arena *a = arena_new();
	struct wide *w = wide_make(a, DONE);
	struct front front = { w, wide_spec, NULL };
	struct commit *commits = arena_array(a, struct commit, DONE);
	struct plan *p;
	struct plan_counts c;
	struct digest file = put_text(f, "the same file");
	struct run_info run = begin_run(f);

	assert_true(plan_make(&w->g, front, f->s, NULL, a, &w->d, &p));
	for (uint32_t t = 0; t < DONE; t++) {
		struct spec spec;
		struct artifact *made = arena_make(a, struct artifact);

		*made = (struct artifact){ .name = STR("out"), .file = STR("out.txt"), .digest = file, .size = 13 };
		assert_true(plan_spec(p, t, a, &spec, &w->d));
		commits[t].has_result = true;
		commits[t].parts = plan_parts(p, t, &spec, a);
		commits[t].attempt = (struct attempt){ .run = run.id, .task = commits[t].parts.task, .step = STR("train"), .key = *plan_key(p, t),
			                               .number = 1, .host = STR("here"), .detail = STR("") };
		commits[t].result = (struct result){ .key = *plan_key(p, t), .task = commits[t].parts.task, .step = STR("train"), .artifacts = made,
			                             .artifact_count = 1, .metrics = value_map(a, 1) };
		(void)value_set(&commits[t].result.metrics, STR("accuracy"), value_real(t / 7.0));
		commits[t].result.content = result_content(&commits[t].result);
	}
	print_message("parts: %zu bytes shared, %zu own\n", commits[0].parts.common.n, commits[0].parts.own.n);
	assert_ok(f, store_commit(f->s, commits, DONE));
	fixture_reopen(f);
	int64_t from = now_ns();

	assert_true(plan_make(&w->g, front, f->s, NULL, a, &w->d, &p));
	int64_t ns = now_ns() - from;

	plan_count(p, &c);
	assert_int_equal(c.hit, DONE);
	assert_int_equal(c.stale, 1); /* the gather: its rows are known, its result is not */
	print_message("all hits: %lld ns a task, the ledger's reading included\n", (long long)(ns / DONE));
	from = now_ns();
	assert_true(plan_make(&w->g, front, f->s, NULL, a, &w->d, &p));
	print_message("again: %lld ns a task\n", (long long)((now_ns() - from) / DONE));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_make, fixture_drop)

int main(void)
{
	const struct CMUnitTest tests[] = { TEST(test_million), TEST(test_done) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
