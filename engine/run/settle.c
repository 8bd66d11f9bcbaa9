/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Settling: what is to be done with a task whose dependencies are all done. Its key is made (by a worker where expressions
 * read results) and looked up. Two tasks with one key are worked on once: the later one follows the first and takes its
 * result.
 */
#include <string.h>

#include "engine/run/internal.h"

struct diags diags_aside(const struct diags *d, struct arena *a)
{
	struct diags aside = *d;

	aside.arena = a;
	aside.list = NULL;
	aside.n = aside.cap = aside.errors = aside.warnings = aside.dropped = 0;
	return aside;
}

struct ending ending_of_diags(const struct diags *d, enum outcome outcome, struct arena *a)
{
	struct sb b;
	struct ending e = { .outcome = outcome, .detail = STR("its expressions cannot be evaluated") };

	sb_init(&b, (size_t)1 << 20);
	diags_render(d, &b, false);
	if (b.n)
		e.detail = str_trim(sb_take(&b, a));
	sb_release(&b);
	return e;
}

static void take_hit(struct run *r, uint32_t task)
{
	r->counts->cached++;
	event_task(r, EVENT_TASK_HIT, task, (struct event){ 0 });
	publish_task(r, task, NULL);
	task_done(r, task);
}

static size_t same_slot(struct run *r, const struct digest *key)
{
	uint64_t hash;

	memcpy(&hash, key->b, sizeof(hash));
	size_t at = hash & (r->same_cap - 1);

	while (r->same_slots[at] && !digest_same(plan_key(r->p, r->same_slots[at] - 1), key))
		at = (at + 1) & (r->same_cap - 1);
	return at;
}

/* The result of the first task with this key becomes the follower's. */
void task_follow(struct run *r, uint32_t task, uint32_t first)
{
	CLEANUP(arena_cleanup) struct arena *a = arena_new();
	struct result result;

	if (!plan_result(r->p, first, a, &result)) {
		task_fail(r, task, &(struct ending){ .outcome = OUTCOME_STORE, .detail = STR("the result of the same work is not known") }, 0, STR(""));
		return;
	}
	result.task = run_task_name(r, task, a);
	plan_finish(r->p, task, OUTCOME_DONE, &result);
	take_hit(r, task);
}

/* Stale: ready, unless another task with the same key is under way or done. */
static void task_wanted(struct run *r, uint32_t task)
{
	size_t slot = same_slot(r, plan_key(r->p, task));
	uint32_t first = r->same_slots[slot] - 1;

	if (!r->same_slots[slot]) {
		r->same_slots[slot] = task + 1;
		sched_ready(r->sched, task);
	} else if (first == task) {
		sched_ready(r->sched, task);
	} else if (r->fate[first] == FATE_DONE) {
		task_follow(r, task, first);
	} else if (r->fate[first] == FATE_OPEN) {
		r->follower[task] = r->follower[first];
		r->follower[first] = task;
	} else {
		sched_ready(r->sched, task);
	}
}

static void settled(struct run *r, uint32_t task, enum task_state state, const struct diags *d)
{
	CLEANUP(arena_cleanup) struct arena *a = arena_new();
	struct ending e;

	switch (state) {
	case TASK_HIT:
		take_hit(r, task);
		return;
	case TASK_SKIPPED:
		r->counts->skipped++;
		event_task(r, EVENT_TASK_SKIPPED, task, (struct event){ 0 });
		task_done(r, task);
		return;
	case TASK_STALE:
		task_wanted(r, task);
		return;
	default:
		e = ending_of_diags(d, OUTCOME_INPUT, a);
		task_fail(r, task, &e, 0, STR(""));
	}
}

struct settling {
	struct run *run;
	uint32_t task;
};

static void spec_came(void *user, const struct value *answer, int wait_status)
{
	struct settling *s = user;
	struct run *r = s->run;
	CLEANUP(arena_cleanup) struct arena *a = arena_new();
	struct diags aside = diags_aside(r->d, a);
	struct spec spec;
	struct ending e = answer ? ending_of_answer(answer, a) : ending_of_death(wait_status, a);

	r->settling--;
	if (e.outcome == OUTCOME_DONE && spec_decode(value_get(answer, "spec"), a, &spec)) {
		settled(r, s->task, plan_settle(r->p, s->task, &spec, &aside), &aside);
	} else {
		if (e.outcome == OUTCOME_DONE)
			e = (struct ending){ .outcome = OUTCOME_CRASHED, .detail = STR("a worker answered with something that is no spec") };
		if (r->interrupts < 2)
			task_fail(r, s->task, &e, 0, STR(""));
	}
	run_advance(r);
}

static void settle_late(struct run *r, uint32_t task)
{
	CLEANUP(arena_cleanup) struct arena *a = arena_new();
	const struct step *step = graph_step_of(r->g, task);
	struct value *late = plan_late(r->p, task, a), list = value_list(a, step->mention_count), frame = value_map(a, 4);
	struct settling *s = arena_make(r->a, struct settling);

	for (size_t i = 0; late && i < step->mention_count; i++)
		list.list.items[i] = late[i];
	value_set(&frame, STR("op"), value_str(STR("spec")));
	value_set(&frame, STR("step"), value_int(step - r->g->steps));
	value_set(&frame, STR("coords"), coords_value(r->g, task, a));
	value_set(&frame, STR("late"), list);
	*s = (struct settling){ r, task };
	r->settling++;
	(void)workers_give(r, (uint32_t)(step - r->g->steps), &frame, spec_came, s);
}

void task_settle(struct run *r, uint32_t task)
{
	enum task_state state = plan_state(r->p, task);
	CLEANUP(arena_cleanup) struct arena *a = NULL;

	if (r->fate[task] != FATE_OPEN)
		return;
	if (state == TASK_STALE) {
		task_wanted(r, task);
		return;
	}
	if (plan_needs_late(r->p, task)) {
		settle_late(r, task);
		return;
	}
	a = arena_new();
	struct diags aside = diags_aside(r->d, a);

	settled(r, task, plan_settle(r->p, task, NULL, &aside), &aside);
}
