/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A task's way through the run. Free (its dependencies are done) → settled (settle.c: hit, skipped or stale) → ready → an
 * attempt, perhaps several → done or failed. What fails blocks everything below it.
 */
#include <math.h>
#include <string.h>

#include "engine/base/rng.h"
#include "engine/run/internal.h"

#define TASK_TIMES_MAX 20000u /* live tasks up to which each task's own past is asked */

void task_done(struct run *r, uint32_t task)
{
	struct step_pace *pace = &r->pace[graph_step_of(r->g, task) - r->g->steps];

	r->fate[task] = FATE_DONE;
	pace->left -= pace->left > 0;
	sched_done(r->sched, task);
}

/* ---- failing ------------------------------------------------------------------------------------------------------ */

struct blocking {
	struct run *run;
	struct str failed; /* name of the upstream task */
};

static void block_one(void *user, uint32_t task)
{
	struct blocking *b = user;
	struct run *r = b->run;

	if (r->fate[task] != FATE_OPEN)
		return;
	r->fate[task] = FATE_BLOCKED;
	plan_block(r->p, task);
	r->counts->blocked++;
	struct step_pace *pace = &r->pace[graph_step_of(r->g, task) - r->g->steps];

	pace->left -= pace->left > 0;
	event_task(r, EVENT_TASK_BLOCKED, task, (struct event){ .detail = b->failed });
}

/* The followers of a first task, taken off its list. */
static uint32_t followers_take(struct run *r, uint32_t first)
{
	uint32_t list = r->follower ? r->follower[first] : NOBODY;

	if (r->follower)
		r->follower[first] = NOBODY;
	return list;
}

void task_fail(struct run *r, uint32_t task, const struct ending *e, int attempt, struct str tail)
{
	CLEANUP(arena_cleanup) struct arena *a = arena_new();
	struct blocking b = { r, run_task_name(r, task, a) };
	struct step_pace *pace = &r->pace[graph_step_of(r->g, task) - r->g->steps];

	r->fate[task] = FATE_FAILED;
	pace->left -= pace->left > 0;
	plan_finish(r->p, task, e->outcome, NULL);
	r->counts->failed++;
	event_task(r, EVENT_TASK_FAILED, task,
	           (struct event){ .attempt = attempt, .outcome = e->outcome, .detail = e->detail, .hint = e->hint, .tail = tail });
	if (r->o->fail_fast)
		r->stopping = true;
	sched_block(r->sched, task, block_one, &b);
	for (uint32_t next, t = followers_take(r, task); t != NOBODY; t = next) {
		struct ending same = { .outcome = e->outcome, .detail = arena_printf(a, "the same work as '" STR_FMT "', which failed: " STR_FMT,
		                       STR_ARG(b.failed), STR_ARG(e->detail)) };

		next = r->follower[t];
		r->follower[t] = NOBODY;
		task_fail(r, t, &same, attempt, STR(""));
	}
}

/* Tasks that ask for more than there is. */
void tasks_refuse(struct run *r)
{
	for (size_t i = 0; i < r->g->step_count; i++) {
		const struct step *s = &r->g->steps[i];
		const struct ending e = { .outcome = OUTCOME_REFUSED, .detail = r->pools.never[i],
			.hint = STR("change the step's `resources`, or give the run more: -j, --memory, --gpus, --pool name=n") };

		for (uint32_t t = s->first; e.detail.n && t < s->first + s->count; t++) {
			if (!r->live[t] || r->fate[t] != FATE_OPEN)
				continue;
			sched_drop(r->sched, t);
			task_fail(r, t, &e, 0, STR(""));
		}
	}
}

/* Per task its own past; in a big run its step's. */
static void paces(struct run *r, float *seconds, size_t live)
{
	for (size_t i = 0; i < r->g->step_count; i++) {
		const struct step *s = &r->g->steps[i];
		struct step_pace *pace = &r->pace[i];

		for (uint32_t t = s->first; t < s->first + s->count; t++)
			pace->left += r->live[t];
		pace->past = -1;
		if (!pace->left)
			continue;
		int64_t median = store_step_duration(r->s, s->name);

		if (median >= 0)
			pace->past = (double)median / 1000;
		for (uint32_t t = s->first; t < s->first + s->count; t++) {
			struct arena_mark mark = arena_mark(r->scratch);
			int64_t own = r->live[t] && median >= 0 && live <= TASK_TIMES_MAX ?
			              store_task_duration(r->s, run_task_name(r, t, r->scratch)) : -1;

			seconds[t] = own >= 0 ? (float)own / 1000 : median >= 0 ? (float)median / 1000 : 1;
			arena_reset(r->scratch, mark);
		}
	}
}

void tasks_prepare(struct run *r)
{
	size_t n = r->g->task_count, live = 0;
	CLEANUP(arena_cleanup) struct arena *a = arena_new();
	float *seconds = arena_array(a, float, n + 1);

	r->live = arena_alloc(r->a, n + 1);
	r->fate = arena_alloc(r->a, n + 1);
	r->tries = arena_array(r->a, int, n + 1);
	r->follower = arena_array(r->a, uint32_t, n + 1);
	r->pace = arena_array(r->a, struct step_pace, r->g->step_count + 1);
	for (uint32_t t = 0; t < n; t++) {
		r->follower[t] = NOBODY;
		if (!plan_wanted(r->p, t))
			continue;
		r->counts->tasks++;
		enum task_state state = plan_state(r->p, t);

		r->counts->cached += state == TASK_HIT;
		r->counts->skipped += state == TASK_SKIPPED;
		r->fate[t] = plan_done(r->p, t) ? FATE_DONE : FATE_OPEN;
		r->live[t] = r->fate[t] == FATE_OPEN;
		live += r->live[t];
	}
	for (r->same_cap = 64; r->same_cap < 2 * live + 2;)
		r->same_cap *= 2;
	r->same_slots = arena_array(r->a, uint32_t, r->same_cap);
	paces(r, seconds, live);
	r->sched = sched_new(r->g, r->live, seconds, &r->pools, r->a);
}

/* ---- attempts that ended ------------------------------------------------------------------------------------------ */

static struct attempt attempt_of(const struct flight *f, struct arena *a)
{
	const struct run *r = f->run;

	return (struct attempt){ .run = r->info.id, .task = arena_str(a, f->name), .step = f->site.step->name, .key = f->key,
		.number = f->number, .started_ns = f->started_ns, .ended_ns = f->started_ns + (run_now(r) - f->started_mono), /* a clock that is set back makes no time run backwards */
		.outcome = f->ending.outcome, .exit_code = f->ending.exit_code, .signal = f->ending.signal,
		.detail = arena_str(a, f->ending.detail), .out = f->out, .err = f->err, .has_out = f->has_out, .has_err = f->has_err,
		.user_s = (double)f->usage.ru_utime.tv_sec + (double)f->usage.ru_utime.tv_usec / 1e6,
		.system_s = (double)f->usage.ru_stime.tv_sec + (double)f->usage.ru_stime.tv_usec / 1e6,
		.max_rss = (int64_t)f->usage.ru_maxrss * 1024, .host = r->host };
}

static struct result result_of(const struct flight *f, struct arena *a)
{
	struct result res = { .key = f->key, .task = arena_str(a, f->name), .step = f->site.step->name,
		.metrics = value_copy(a, &f->metrics), .artifacts = arena_array(a, struct artifact, f->artifact_count + 1),
		.artifact_count = f->artifact_count, .outcome = OUTCOME_DONE,
		.duration_ms = (run_now(f->run) - f->started_mono) / 1000000 };

	for (size_t i = 0; i < f->artifact_count; i++) {
		res.artifacts[i] = f->artifacts[i];
		res.artifacts[i].name = arena_str(a, f->artifacts[i].name);
		res.artifacts[i].file = arena_str(a, f->artifacts[i].file);
	}
	res.content = result_content(&res);
	return res;
}

static void landed_well(struct run *r, struct flight *f, struct commit *c, double seconds)
{
	struct arena *a = journal_arena(r);
	struct step_pace *pace = &r->pace[f->site.step - r->g->steps];

	c->has_result = true;
	c->result = result_of(f, a);
	c->parts = plan_parts(r->p, f->task, &f->spec, a);
	plan_finish(r->p, f->task, OUTCOME_DONE, &c->result);
	pace->seconds += seconds;
	pace->ended++;
	r->counts->ran++;
	event_task(r, EVENT_TASK_DONE, f->task, (struct event){ .attempt = f->number, .seconds = seconds });
	publish_task(r, f->task, &f->spec);
	task_done(r, f->task);
	for (uint32_t next, t = followers_take(r, f->task); t != NOBODY; t = next) {
		next = r->follower[t];
		r->follower[t] = NOBODY;
		task_follow(r, t, f->task);
	}
}

/* Another attempt could go better. What a kind refuses or a hook says of the same inputs, it says again. */
static bool worth_retrying(const struct ending *e)
{
	switch (e->outcome) {
	case OUTCOME_EXIT:
	case OUTCOME_SIGNAL:
	case OUTCOME_TIMEOUT:
	case OUTCOME_MEMORY:
	case OUTCOME_MISSING_OUTPUT:
	case OUTCOME_CRASHED:
		return true;
	default:
		return e->passing;
	}
}

static void retry_now(void *user)
{
	struct retry *w = user;

	w->waiting = false;
	sched_ready(w->run->sched, w->task);
	run_advance(w->run);
}

static void retry_later(struct run *r, struct flight *f)
{
	struct rng rng;
	uint64_t seed;
	struct retry *w = r->retries;

	memcpy(&seed, f->key.b, sizeof(seed));
	rng_seed(&rng, seed + (uint64_t)f->number);
	double ms = run_env_ms("RUNG_BACKOFF_MS", 1000) * exp2(fmin(f->number - 1, 10)) * (0.75 + 0.5 * rng_unit(&rng));

	while (w && w->waiting)
		w = w->next;
	if (!w) {
		w = arena_make(r->a, struct retry);
		*w = (struct retry){ .run = r, .next = r->retries, .timer = loop_timer_new(r->loop, retry_now, w) };
		r->retries = w;
	}
	w->task = f->task;
	w->waiting = true;
	event_task(r, EVENT_TASK_RETRY, f->task, (struct event){ .attempt = f->number, .outcome = f->ending.outcome,
	           .detail = f->ending.detail, .hint = f->ending.hint, .seconds = ms / 1000 });
	loop_timer_set(w->timer, (uint64_t)ms, 0);
}

void retries_free(struct run *r)
{
	for (struct retry *w = r->retries; w; w = w->next)
		loop_timer_free(w->timer);
	r->retries = NULL;
}

void task_landed(struct run *r, struct flight *f)
{
	struct commit c = { .attempt = attempt_of(f, journal_arena(r)) };
	double seconds = (double)(run_now(r) - f->started_mono) / 1e9;

	r->counts->running--;
	sched_release(r->sched, f->task);
	if (f->postponed) {
		sched_ready(r->sched, f->task);
		return;
	}
	r->tries[f->task] += f->ending.outcome != OUTCOME_INTERRUPTED;
	if (f->ending.outcome == OUTCOME_DONE)
		landed_well(r, f, &c, seconds);
	journal_add(r, &c);
	if (f->ending.outcome == OUTCOME_DONE || f->ending.outcome == OUTCOME_INTERRUPTED)
		return;
	/* the task did nothing wrong: it stays open, and a rerun takes it up */
	if (f->ending.outcome == OUTCOME_STORE && r->store_failed)
		return;
	if (worth_retrying(&f->ending) && (uint32_t)r->tries[f->task] <= f->site.step->retries && !r->stopping)
		retry_later(r, f);
	else
		task_fail(r, f->task, &f->ending, f->number, flight_tail(f));
}
