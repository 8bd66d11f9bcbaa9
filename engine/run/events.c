/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Events: the only way out of a run.
 */
#include <math.h>

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

double pace_eta(const struct step_pace *pace, const struct step *steps, size_t n, double jobs)
{
	double left = 0, seconds = 0;
	size_t ended = 0;

	for (size_t i = 0; i < n; i++) {
		seconds += pace[i].seconds;
		ended += pace[i].ended;
	}
	for (size_t i = 0; i < n; i++) {
		if (!pace[i].left)
			continue;
		if (!ended && pace[i].past < 0)
			return -1;
		/* a step that nobody has seen run is taken to be like the tasks of this run that ended */
		double each = pace[i].ended ? pace[i].seconds / (double)pace[i].ended : pace[i].past >= 0 ? pace[i].past : seconds / (double)ended;

		left += each * (double)pace[i].left * fmax(steps[i].cpus, 0.01);
	}
	return jobs > 0 ? left / jobs : left;
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
	r->counts->eta_s = pace_eta(r->pace, r->g->steps, r->g->step_count, r->o->jobs);
	event_send(r, &(struct event){ .kind = EVENT_TICK, .running = running, .running_count = shown });
}
