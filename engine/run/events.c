/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Events: the only way out of a run.
 */
#include "engine/run/internal.h"

#define RUNNING_SHOWN 64

struct str run_task_name(struct run *r, uint32_t task, struct arena *a)
{
	struct sb b;

	sb_init(&b, (size_t)1 << 20);
	graph_task_name(r->g, task, &b);
	struct str name = sb_take(&b, a);

	sb_release(&b);
	return name;
}

/* Seconds that are left: what the steps' tasks took, or take by experience, over the cpus that share them. */
static double eta(const struct run *r)
{
	double left = 0;

	for (size_t i = 0; i < r->g->step_count; i++) {
		const struct step_pace *pace = &r->pace[i];

		if (!pace->left)
			continue;
		if (!pace->ended && pace->past < 0)
			return -1;
		double each = pace->ended ? pace->seconds / (double)pace->ended : pace->past;
		double cpus = r->g->steps[i].cpus > 0.01 ? r->g->steps[i].cpus : 0.01;

		left += each * (double)pace->left * cpus;
	}
	return r->o->jobs > 0 ? left / r->o->jobs : left;
}

void event_send(struct run *r, struct event *e)
{
	struct run_counts *c = r->counts;

	c->seconds = (double)(run_now(r) - r->started_mono) / 1e9;
	c->waiting = c->tasks - c->ran - c->cached - c->failed - c->blocked - c->skipped - c->running;
	e->counts = c;
	if (r->o->sink)
		r->o->sink(r->o->user, e);
}

void event_task(struct run *r, enum event_kind kind, uint32_t task, struct event e)
{
	if (!r->o->sink)
		return;
	struct arena_mark mark = arena_mark(r->scratch);

	e.kind = kind;
	e.task = run_task_name(r, task, r->scratch);
	e.at = graph_step_of(r->g, task)->at;
	event_send(r, &e);
	arena_reset(r->scratch, mark);
}

void event_warn(struct run *r, struct str detail)
{
	event_send(r, &(struct event){ .kind = EVENT_WARNING, .detail = detail });
}

void event_tick(void *user)
{
	struct run *r = user;
	struct str running[RUNNING_SHOWN];
	size_t n = 0, from;

	/* the list has the newest first */
	for (const struct flight *f = r->flights; f; f = f->next)
		n++;
	from = n < RUNNING_SHOWN ? n : RUNNING_SHOWN;
	size_t shown = from;

	for (const struct flight *f = r->flights; f; f = f->next, n--)
		if (n <= shown)
			running[n - 1] = f->name;
	r->counts->eta_s = eta(r);
	event_send(r, &(struct event){ .kind = EVENT_TICK, .running = running, .running_count = shown });
}
