/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Making a plan: one walk over the tasks, dependencies first. A task whose inputs are known gets its spec, its key and
 * one question to the ledger; a task behind one that must run waits, and no spec is made for it.
 */
#include <string.h>

#include "engine/plan/internal.h"

#define FEW_TASKS 32     /* asked for one by one */
#define PRELOAD_SHARE 16 /* reading all results costs about as much as asking for a sixteenth of them */

void work_begin(struct work *w)
{
	w->scratch = arena_new();
	sb_init(&w->key, SIZE_MAX / 2);
	sb_init(&w->part, SIZE_MAX / 2);
}

void work_end(struct work *w)
{
	sb_release(&w->part);
	sb_release(&w->key);
	arena_free(w->scratch);
}

/* ---- one task ----------------------------------------------------------------------------------------------------- */

static bool objects_there(const struct plan *p, const struct result *r)
{
	for (size_t i = 0; i < r->artifact_count; i++)
		if (!store_has(p->store, &r->artifacts[i].digest))
			return false;
	return true;
}

/* The task's key is known: is its result? */
static enum task_state look_up(struct plan *p, const struct step *s, uint32_t task, struct work *w, bool ask)
{
	struct result r;
	bool found = ask && store_result(p->store, &p->keys[task], w->scratch, &r);

	p->flags[task] &= (unsigned char)~FLAG_MISSING;
	if (!found)
		return TASK_STALE;
	if (!objects_there(p, &r)) {
		p->flags[task] |= FLAG_MISSING;
		return TASK_STALE;
	}
	if (p->flags[task] & FLAG_FORCED)
		return TASK_STALE;
	plan_remember(p, s, task, &r, w);
	return r.outcome == OUTCOME_SKIPPED ? TASK_SKIPPED : TASK_HIT;
}

/* The spec is there: skip, or key and ledger. TASK_UNKNOWN after a diagnostic. */
static enum task_state judge(struct plan *p, const struct step *s, uint32_t task, const struct spec *spec, bool ours,
                             struct work *w, bool ask, struct diags *d)
{
	struct digest key;

	if (spec->skip)
		return TASK_SKIPPED;
	if (!key_make(p, s, task, spec, ours, w, d, &key))
		return TASK_UNKNOWN;
	p->keys[task] = key;
	p->flags[task] |= FLAG_KEY;
	return look_up(p, s, task, w, ask);
}

static bool spec_make(struct plan *p, const struct step *s, uint32_t task, struct arena *a, struct spec *out, struct diags *d)
{
	const struct value *late = p->steps[s - p->g->steps].reads_values ? plan_late(p, task, a) : NULL;

	*out = (struct spec){ 0 };
	return p->front.spec(p->front.self, (uint32_t)(s - p->g->steps), graph_coords(s, task), late, a, out, d);
}

static void decide(struct plan *p, const struct step *s, uint32_t task, struct work *w)
{
	enum ready ready = plan_ready(p, s, task, NULL, NULL);
	struct spec spec;

	if (ready != READY) {
		plan_set(p, task, ready == READY_SKIP ? TASK_SKIPPED : TASK_WAITS);
		return;
	}
	arena_reset(w->scratch, (struct arena_mark){ 0 });
	if (!spec_make(p, s, task, w->scratch, &spec, p->d))
		return; /* stays TASK_UNKNOWN, and so its readers wait */
	plan_set(p, task, spec.waits ? TASK_WAITS : judge(p, s, task, &spec, true, w, p->past, p->d));
}

/* ---- all tasks ---------------------------------------------------------------------------------------------------- */

static struct plan *plan_new(const struct graph *g, struct front front, struct store *store, struct arena *a, struct diags *d)
{
	struct plan *p = arena_make(a, struct plan);
	size_t n = (size_t)g->task_count + 1;

	p->g = g;
	p->front = front;
	p->store = store;
	p->a = a;
	p->d = d;
	p->state = arena_array(a, unsigned char, n);
	p->flags = arena_array(a, unsigned char, n);
	p->keys = arena_array(a, struct digest, n);
	p->tables = arena_array(a, struct digest, n);
	p->first_artifact = arena_array(a, uint32_t, n);
	p->artifact_count = arena_array(a, uint16_t, n);
	p->name_of = p->finished = p->files = p->tools = p->env = (struct map){ .arena = a };
	p->steps = arena_array(a, struct step_notes, g->step_count + 1);
	p->sums = arena_array(a, struct group_sum *, g->group_count + 1);
	p->late_groups = arena_array(a, struct value *, g->group_count + 1);
	p->live = arena_make(a, struct live);
	for (size_t i = 0; i < g->step_count; i++)
		for (size_t m = 0; m < g->steps[i].mention_count; m++) {
			const struct mention *to = &g->steps[i].mentions[m];

			p->steps[to->step].read_as_table |= to->what == MENTION_TABLE;
			p->steps[i].reads_values |= to->what == MENTION_VALUE;
		}
	return p;
}

/* Marks what is wanted; returns how many tasks that are. */
static size_t want(struct plan *p, const unsigned char *marks)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new();
	unsigned char *closed = NULL;
	size_t n = 0;

	if (marks) {
		closed = arena_array(scratch, unsigned char, (size_t)p->g->task_count + 1);
		for (uint32_t t = 0; t < p->g->task_count; t++)
			closed[t] = marks[t] != 0;
		graph_close_upstream(p->g, closed);
	}
	for (uint32_t t = 0; t < p->g->task_count; t++)
		if (!closed || closed[t]) {
			p->flags[t] = FLAG_WANTED;
			n++;
		}
	p->live->counts = (struct plan_counts){ .tasks = n };
	return n;
}

/* Is there anything to be found, and is it better read whole? */
static bool meet_past(struct plan *p, size_t wanted)
{
	if (!p->store)
		return true;
	size_t known = store_result_count(p->store);

	p->past = known > 0;
	if (!p->past || wanted <= FEW_TASKS || wanted < known / PRELOAD_SHARE)
		return true;
	if (store_results_preload(p->store) == STORE_OK)
		return true;
	return diag_error(p->d, (struct span){ 0 }, "store", "the ledger cannot be read: %s", store_error(p->store));
}

bool plan_make(const struct graph *g, struct front front, struct store *store, const unsigned char *marks, struct arena *a,
               struct diags *d, struct plan **out)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new();
	struct plan *p = plan_new(g, front, store, a, d);
	size_t errors = d->errors;
	const struct step *s = NULL;
	struct work w;

	*out = p;
	if (!meet_past(p, want(p, marks)))
		return false;
	p->live->group_ready = arena_array(scratch, unsigned char, g->group_count + 1);
	work_begin(&w);
	for (uint32_t i = 0; i < g->task_count; i++) {
		uint32_t task = g->order ? g->order[i] : i;

		if (!(p->flags[task] & FLAG_WANTED))
			continue;
		/* the same mistake at a million points: what is not kept need not be found */
		if (d->errors - errors > 100)
			break;
		if (!s || task < s->first || task - s->first >= s->count)
			s = graph_step_of(g, task);
		decide(p, s, task, &w);
	}
	work_end(&w);
	p->live->group_ready = NULL; /* from now on members end one by one */
	return d->errors == errors;
}

/* ---- while it runs ------------------------------------------------------------------------------------------------ */

bool plan_spec(struct plan *p, uint32_t task, struct arena *a, struct spec *out, struct diags *d)
{
	return spec_make(p, graph_step_of(p->g, task), task, a, out, d);
}

/* With everything that it reads known, a spec that still waits is a mistake of the front end, not a reason to wait. */
static enum task_state settle(struct plan *p, const struct step *s, uint32_t task, const struct spec *given, struct work *w,
                              struct diags *d)
{
	enum ready ready = plan_ready(p, s, task, NULL, NULL);
	struct spec made;

	if (ready != READY)
		return ready == READY_SKIP ? TASK_SKIPPED : TASK_WAITS;
	if (!given && !spec_make(p, s, task, w->scratch, &made, d))
		return TASK_UNKNOWN;
	const struct spec *spec = given ? given : &made;

	if (spec->waits) {
		(void)diag_error(d, s->at, "late-value", "'" STR_FMT "' waits for a value although all that it reads is finished",
		                 STR_ARG(s->name));
		return TASK_UNKNOWN;
	}
	return judge(p, s, task, spec, !given, w, p->store != NULL, d);
}

enum task_state plan_settle(struct plan *p, uint32_t task, const struct spec *given, struct diags *d)
{
	struct work w;

	plan_refresh(p);
	work_begin(&w);
	enum task_state state = settle(p, graph_step_of(p->g, task), task, given, &w, d);

	work_end(&w);
	plan_set(p, task, state);
	return state;
}
