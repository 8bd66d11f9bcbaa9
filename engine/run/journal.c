/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Grouped commits. Making a result durable costs some milliseconds whether it is one or a thousand, so finished tasks
 * gather in a list while the last group is being committed on a thread of the pool. Dependents do not wait for that:
 * they start from memory, and if we die now, they are run again together with what they depend on.
 */
#include "engine/run/internal.h"

#define GATHER_MS 40 /* a trickle of short tasks shares commits */
#define FULL_GROUP 4096

void journal_start(struct run *r)
{
	for (unsigned i = 0; i < 2; i++)
		r->journal.arenas[i] = arena_new();
}

void journal_free(struct run *r)
{
	for (unsigned i = 0; i < 2; i++)
		arena_free(r->journal.arenas[i]);
	loop_timer_free(r->journal.timer);
}

struct arena *journal_arena(struct run *r)
{
	return r->journal.arenas[r->journal.filling];
}

static void commit_group(void *user)
{
	struct run *r = user;
	struct journal *j = &r->journal;
	unsigned at = 1 - j->filling;

	j->status = store_commit(r->s, j->lists[at].data, j->lists[at].n);
}

static void group_committed(void *user);

static void commit_start(struct run *r)
{
	struct journal *j = &r->journal;

	if (j->busy || !j->lists[j->filling].n || r->store_failed)
		return;
	j->busy = true;
	j->filling = 1 - j->filling;
	loop_work(r->loop, commit_group, group_committed, r);
}

static void group_committed(void *user)
{
	struct run *r = user;
	struct journal *j = &r->journal;
	unsigned at = 1 - j->filling;

	j->busy = false;
	j->lists[at].data = NULL;
	j->lists[at].n = j->lists[at].cap = 0;
	arena_reset(j->arenas[at], (struct arena_mark){ 0 });
	if (j->status != STORE_OK)
		run_store_failed(r, j->status, "recording results", store_error(r->s));
	if (j->lists[j->filling].n)
		loop_timer_set(j->timer, GATHER_MS, 0);
	run_advance(r);
}

static void gathered(void *user)
{
	commit_start(user);
}

void journal_add(struct run *r, const struct commit *c)
{
	struct journal *j = &r->journal;

	VEC_PUSH(j->arenas[j->filling], &j->lists[j->filling], *c);
	if (j->busy)
		return;
	if (!j->timer)
		j->timer = loop_timer_new(r->loop, gathered, r);
	if (j->lists[j->filling].n >= FULL_GROUP)
		commit_start(r);
	else if (j->lists[j->filling].n == 1)
		loop_timer_set(j->timer, GATHER_MS, 0);
}

void journal_flush(struct run *r)
{
	commit_start(r);
}

bool journal_idle(const struct run *r)
{
	return !r->journal.busy && (r->store_failed || !r->journal.lists[r->journal.filling].n);
}
