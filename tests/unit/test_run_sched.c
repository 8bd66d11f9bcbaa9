/* SPDX-License-Identifier: GPL-3.0-or-later
 * Resources and the order of tasks: graphs are made by hand, nothing runs. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

#include "engine/run/scheduler.h"

/* Steps of `counts` tasks each, without axes; dependencies are filled in by the test. */
#define STEPS_MAX 6
#define TASKS_MAX 64

struct world {
	struct arena *a;
	struct graph g;
	struct step steps[STEPS_MAX];
	struct mention mentions[STEPS_MAX][2];
	uint32_t deps[STEPS_MAX][TASKS_MAX * 2];
	struct group groups[2];
	unsigned char live[TASKS_MAX];
	float seconds[TASKS_MAX];
	struct pools pools;
	struct sched *s;
};

static struct step *world_step(struct world *w, const char *name, uint32_t count)
{
	struct step *s = &w->steps[w->g.step_count];

	*s = (struct step){ .name = str_z(name), .first = w->g.task_count, .count = count, .cpus = 1,
		.mentions = w->mentions[w->g.step_count], .deps = w->deps[w->g.step_count] };
	w->g.step_count++;
	w->g.task_count += count;
	return s;
}

/* One dependency per task of the last step. */
static void world_needs(struct world *w, size_t step, const uint32_t *deps)
{
	struct step *s = &w->steps[step];

	memcpy(w->deps[step], deps, s->count * sizeof(*deps));
	s->mention_count = 1;
}

static void world_begin(struct world *w)
{
	memset(w, 0, sizeof(*w));
	w->a = arena_new();
	w->g.arena = w->a;
	w->g.steps = w->steps;
	w->g.groups = w->groups;
	memset(w->live, 1, sizeof(w->live));
	for (size_t i = 0; i < TASKS_MAX; i++)
		w->seconds[i] = 1;
}

static void world_ready(struct world *w, double cpus, double memory)
{
	struct pool_sizes sizes = { .cpus = cpus, .memory = memory, .gpus = 0 };

	pools_init(&w->pools, &w->g, &sizes, w->a);
	w->s = sched_new(&w->g, w->live, w->seconds, &w->pools, w->a);
}

static void free_to_ready(struct world *w)
{
	uint32_t t;

	while (sched_free(w->s, &t))
		sched_ready(w->s, t);
}

static uint32_t next(struct world *w)
{
	uint32_t t = UINT32_MAX;

	return sched_next(w->s, &t) ? t : UINT32_MAX;
}

/* a short head of a long chain starts before a long task that nothing waits for */
static void test_longest_path_first(void **state)
{
	struct world w;

	(void)state;
	world_begin(&w);
	world_step(&w, "lonely", 1);
	world_step(&w, "head", 1);
	world_step(&w, "tail", 1);
	world_needs(&w, 2, (uint32_t[]){ 1 });
	w.seconds[0] = 5;
	w.seconds[1] = 1;
	w.seconds[2] = 9;
	world_ready(&w, 1, 1e9);
	assert_true(sched_path(w.s, 1) == 10);
	free_to_ready(&w);
	assert_int_equal(next(&w), 1);
	assert_int_equal(next(&w), UINT32_MAX);
	sched_release(w.s, 1);
	sched_done(w.s, 1);
	free_to_ready(&w);
	assert_int_equal(next(&w), 2);
	sched_release(w.s, 2);
	assert_int_equal(next(&w), 0);
	arena_free(w.a);
}

static void test_ties_in_graph_order(void **state)
{
	struct world w;

	(void)state;
	world_begin(&w);
	world_step(&w, "a", 5);
	world_ready(&w, 100, 1e9);
	free_to_ready(&w);
	for (uint32_t t = 0; t < 5; t++)
		assert_int_equal(next(&w), t);
	arena_free(w.a);
}

/* a gather waits for all members, whatever was live of them */
static void test_groups(void **state)
{
	static const uint32_t members[] = { 0, 1, 2 };
	struct world w;
	uint32_t t;

	(void)state;
	world_begin(&w);
	world_step(&w, "a", 3);
	world_step(&w, "sum", 1);
	w.groups[0] = (struct group){ members, 3 };
	w.g.group_count = 1;
	world_needs(&w, 1, (uint32_t[]){ DEP_GROUP | 0 });
	w.live[1] = 0; /* done before */
	w.seconds[3] = 4;
	world_ready(&w, 4, 1e9);
	assert_true(sched_path(w.s, 0) == 5);
	assert_true(sched_free(w.s, &t) && t == 0);
	assert_true(sched_free(w.s, &t) && t == 2);
	assert_false(sched_free(w.s, &t));
	sched_done(w.s, 0);
	assert_false(sched_free(w.s, &t));
	sched_done(w.s, 2);
	assert_true(sched_free(w.s, &t) && t == 3);
	arena_free(w.a);
}

static void test_group_of_done_members(void **state)
{
	static const uint32_t members[] = { 0, 1 };
	struct world w;
	uint32_t t;

	(void)state;
	world_begin(&w);
	world_step(&w, "a", 2);
	world_step(&w, "sum", 1);
	w.groups[0] = (struct group){ members, 2 };
	w.g.group_count = 1;
	world_needs(&w, 1, (uint32_t[]){ DEP_GROUP | 0 });
	w.live[0] = w.live[1] = 0;
	world_ready(&w, 4, 1e9);
	assert_true(sched_free(w.s, &t) && t == 2);
	arena_free(w.a);
}

struct seen {
	uint32_t tasks[TASKS_MAX];
	size_t n;
};

static void see(void *user, uint32_t task)
{
	struct seen *s = user;

	s->tasks[s->n++] = task;
}

static void test_block_reaches_all_below_once(void **state)
{
	struct world w;
	struct seen seen = { .n = 0 };
	uint32_t t;

	(void)state;
	world_begin(&w);
	world_step(&w, "a", 2);
	world_step(&w, "b", 2);
	world_step(&w, "c", 2);
	world_needs(&w, 1, (uint32_t[]){ 0, 1 });
	world_needs(&w, 2, (uint32_t[]){ 2, 3 });
	world_ready(&w, 4, 1e9);
	sched_block(w.s, 0, see, &seen);
	assert_int_equal(seen.n, 2);
	assert_int_equal(seen.tasks[0] + seen.tasks[1], 2 + 4);
	sched_block(w.s, 0, see, &seen);
	assert_int_equal(seen.n, 2);
	assert_true(sched_free(w.s, &t) && t == 0);
	assert_true(sched_free(w.s, &t) && t == 1);
	sched_done(w.s, 1);
	assert_true(sched_free(w.s, &t) && t == 3);
	arena_free(w.a);
}

/* small tasks pass a big one that does not fit, but not for ever */
static void test_overtaking_ends(void **state)
{
	struct world w;
	uint32_t t = 0, small = 0, running[2];

	(void)state;
	world_begin(&w);
	world_step(&w, "small", 60);
	world_step(&w, "big", 1)->cpus = 2;
	w.seconds[60] = 100;
	world_ready(&w, 2, 1e9);
	/* two small ones run before the big one is ready */
	for (int i = 0; i < 60; i++) {
		assert_true(sched_free(w.s, &t));
		sched_ready(w.s, t);
	}
	running[0] = next(&w);
	running[1] = next(&w);
	assert_true(sched_free(w.s, &t) && t == 60);
	sched_ready(w.s, t);
	for (; small < 50; small++) {
		sched_release(w.s, running[small % 2]);
		t = next(&w);
		if (t == UINT32_MAX || t == 60)
			break;
		running[small % 2] = t;
	}
	assert_true(small > 0 && small <= OVERTAKE_MAX + 1);
	sched_release(w.s, running[(small + 1) % 2]);
	if (t != 60)
		assert_int_equal(next(&w), 60);
	arena_free(w.a);
}

static void test_never_fits(void **state)
{
	static const struct pool_need licence[] = { { { "licence", 7 }, 3 } };
	static const struct pool pools[] = { { { "licence", 7 }, 2 } };
	struct world w;

	(void)state;
	world_begin(&w);
	world_step(&w, "cpus", 1)->cpus = 16;
	world_step(&w, "memory", 1)->memory = (int64_t)4 << 30;
	struct step *s = world_step(&w, "licence", 1);

	s->pools = licence;
	s->pool_count = 1;
	world_step(&w, "fine", 1);
	w.g.pools = pools;
	w.g.pool_count = 1;
	world_ready(&w, 2, 1 << 30);
	assert_true(str_is(w.pools.never[0], "asks 16 cpus, have 2"));
	assert_true(str_is(w.pools.never[1], "asks 4096 MiB of memory, have 1024 MiB"));
	assert_true(str_is(w.pools.never[2], "asks 3 of pool licence, have 2"));
	assert_int_equal(w.pools.never[3].n, 0);
	arena_free(w.a);
}

/* ten times a tenth is one cpu */
static void test_shares_of_a_cpu(void **state)
{
	struct world w;

	(void)state;
	world_begin(&w);
	world_step(&w, "a", 20)->cpus = 0.1;
	world_ready(&w, 1, 1e9);
	free_to_ready(&w);
	for (uint32_t t = 0; t < 10; t++)
		assert_int_equal(next(&w), t);
	assert_int_equal(next(&w), UINT32_MAX);
	for (uint32_t t = 0; t < 10; t++)
		sched_release(w.s, t);
	assert_int_equal(next(&w), 10);
	arena_free(w.a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_longest_path_first), cmocka_unit_test(test_ties_in_graph_order), cmocka_unit_test(test_groups),
		cmocka_unit_test(test_group_of_done_members), cmocka_unit_test(test_block_reaches_all_below_once),
		cmocka_unit_test(test_overtaking_ends), cmocka_unit_test(test_never_fits), cmocka_unit_test(test_shares_of_a_cpu),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
