/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Publishing while a run goes on. Writing a file so that it survives a crash takes milliseconds, so it is done on a thread
 * of the pool, in groups; the coordinator only decides what is to be written.
 */
#include "engine/base/fs.h"
#include "engine/base/map.h"
#include "engine/run/internal.h"
#include "engine/run/publish.h"

struct publisher {
	struct arena *arenas[2];
	struct publication *first[2], **last[2];
	unsigned filling;
	bool busy;
	uint64_t serial; /* of conversions */
	struct map swept; /* folders that leftovers of killed runs were removed from */
};

void publish_start(struct run *r)
{
	struct publisher *p = arena_make(r->a, struct publisher);

	for (unsigned i = 0; i < 2; i++) {
		p->arenas[i] = arena_new();
		p->last[i] = &p->first[i];
	}
	p->swept.arena = r->a;
	r->publisher = p;
}

static void sweep_once(struct run *r, struct str folder)
{
	if (map_has(&r->publisher->swept, folder))
		return;
	folder = arena_str(r->a, folder);
	map_put(&r->publisher->swept, folder, r);
	fs_sweep(folder.p);
}

void publish_free(struct run *r)
{
	for (unsigned i = 0; r->publisher && i < 2; i++)
		arena_free(r->publisher->arenas[i]);
}

bool publish_idle(const struct run *r)
{
	return !r->publisher->busy && !r->publisher->first[r->publisher->filling];
}

static void write_group(void *user)
{
	struct publisher *p = ((struct run *)user)->publisher;
	unsigned at = 1 - p->filling;

	for (struct publication *x = p->first[at]; x; x = x->next)
		publication_write(x, p->arenas[at]);
}

static void told(struct run *r, const struct publication *x)
{
	if (x->error.n) {
		(void)diag_error(r->d, x->at, "publish", STR_FMT, STR_ARG(arena_str(r->d->arena, x->error)));
		diag_hint(r->d, "%s", x->remedy);
		r->publish_failed = true;
	} else if (x->wrote) {
		event_send(r, &(struct event){ .kind = EVENT_PUBLISHED, .path = x->shown, .at = x->at });
	}
}

static void group_start(struct run *r);

static void group_written(void *user)
{
	struct run *r = user;
	struct publisher *p = r->publisher;
	unsigned at = 1 - p->filling;

	p->busy = false;
	for (const struct publication *x = p->first[at]; x; x = x->next)
		told(r, x);
	p->first[at] = NULL;
	p->last[at] = &p->first[at];
	arena_reset(p->arenas[at], (struct arena_mark){ 0 });
	group_start(r);
	run_advance(r);
}

static void group_start(struct run *r)
{
	struct publisher *p = r->publisher;

	if (p->busy || !p->first[p->filling])
		return;
	p->busy = true;
	p->filling = 1 - p->filling;
	loop_work(r->loop, write_group, group_written, r);
}

void publish_task(struct run *r, uint32_t task, const struct spec *spec)
{
	struct publisher *p = r->publisher;
	struct arena *a = p->arenas[p->filling];
	struct spec made;

	if (!r->o->publish)
		return;
	if (!spec) {
		if (!plan_spec(r->p, task, a, &made, r->d))
			return;
		spec = &made;
	}
	for (struct publication *next, *x = publications_of(r->p, r->s, task, spec, a); x; x = next) {
		next = x->next;
		x->next = NULL;
		sweep_once(r, path_dir(x->to));
		if (publication_fresh(x, r->s))
			continue;
		if (!store_sound(r->s, &x->artifact)) {
			x->error = arena_printf(a, "'" STR_FMT "' cannot be written: its object was changed after it was made", STR_ARG(x->shown));
			x->remedy = "it is removed; run again to make it anew";
			told(r, x);
			continue;
		}
		if (x->how == PUBLISH_TREE) {
			publication_place(x, r->s, a);
			told(r, x);
			continue;
		}
		x->aside = arena_printf(a, STR_FMT "/publish-%llu.csv", STR_ARG(r->attempts), (unsigned long long)++p->serial);
		*p->last[p->filling] = x;
		p->last[p->filling] = &x->next;
	}
	group_start(r);
}

/* Does any task of the step publish? Known from its first done one: `save` is the step's. */
static bool step_publishes(struct plan *p, const struct step *s, struct diags *d)
{
	CLEANUP(arena_cleanup) struct arena *a = arena_new();
	struct spec spec;

	for (uint32_t t = s->first; t < s->first + s->count; t++) {
		if (plan_wanted(p, t) && plan_state(p, t) == TASK_HIT)
			return plan_spec(p, t, a, &spec, d) && spec.save_count > 0;
	}
	return false;
}

void publish_hits(struct run *r)
{
	for (size_t i = 0; r->o->publish && i < r->g->step_count; i++) {
		const struct step *s = &r->g->steps[i];

		if (!step_publishes(r->p, s, r->d))
			continue;
		for (uint32_t t = s->first; t < s->first + s->count; t++)
			if (plan_wanted(r->p, t) && plan_state(r->p, t) == TASK_HIT)
				publish_task(r, t, NULL);
	}
}

/* ---- without a run ------------------------------------------------------------------------------------------------ */

struct all {
	struct plan *p;
	struct store *s;
	struct diags *d;
	struct arena *a;
	VEC(struct str) list;
	size_t written;
	bool fine;
};

static void publish_now(struct all *all, uint32_t task)
{
	CLEANUP(arena_cleanup) struct arena *a = arena_new();
	struct spec spec;

	if (!plan_spec(all->p, task, a, &spec, all->d)) {
		all->fine = false;
		return;
	}
	for (struct publication *x = publications_of(all->p, all->s, task, &spec, a); x; x = x->next) {
		struct str path = arena_str(all->a, x->to);

		VEC_PUSH(all->a, &all->list, path);
		if (publication_fresh(x, all->s))
			continue;
		x->aside = arena_printf(a, "%s/attempts/publish.csv", store_root(all->s));
		if (x->how == PUBLISH_TREE)
			publication_place(x, all->s, a);
		else
			publication_write(x, a);
		all->written += x->wrote;
		if (!x->error.n)
			continue;
		all->fine = diag_error(all->d, x->at, "publish", STR_FMT, STR_ARG(arena_str(all->d->arena, x->error)));
		diag_hint(all->d, "%s", x->remedy);
	}
}

bool run_publish_all(struct study *study, struct plan *p, struct store *s, struct diags *d, struct arena *a,
                     struct str **list, size_t *n, size_t *written)
{
	struct all all = { .p = p, .s = s, .d = d, .a = a, .fine = true };
	const struct graph *g = plan_graph(p);

	(void)study;
	for (size_t i = 0; i < g->step_count; i++) {
		const struct step *step = &g->steps[i];

		if (!step_publishes(p, step, d))
			continue;
		for (uint32_t t = step->first; t < step->first + step->count; t++)
			if (plan_wanted(p, t) && plan_state(p, t) == TASK_HIT)
				publish_now(&all, t);
	}
	*list = all.list.data;
	*n = all.list.n;
	*written = all.written;
	return all.fine;
}
