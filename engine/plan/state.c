/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a plan knows of its tasks, and how that changes while they run.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/plan/internal.h"

/* ---- states ------------------------------------------------------------------------------------------------------- */

static size_t *counter(struct plan_counts *c, enum task_state state)
{
	switch (state) {
	case TASK_UNKNOWN:
		return NULL;
	case TASK_HIT:
		return &c->hit;
	case TASK_STALE:
		return &c->stale;
	case TASK_WAITS:
		return &c->waits;
	case TASK_BLOCKED:
		return &c->blocked;
	case TASK_SKIPPED:
		return &c->skipped;
	}
	return NULL;
}

void plan_set(const struct plan *p, uint32_t task, enum task_state state)
{
	size_t *from = counter(&p->live->counts, (enum task_state)p->state[task]), *to = counter(&p->live->counts, state);

	if (from)
		(*from)--;
	if (to)
		(*to)++;
	p->state[task] = (unsigned char)state;
}

static bool is_done(const struct plan *p, uint32_t task)
{
	return p->state[task] == TASK_HIT || p->state[task] == TASK_SKIPPED;
}

/* A gather reads what is there: members that were skipped are simply not in it. While the plan is being made the answer
 * cannot change, so a group that a million tasks share is walked once. */
static bool group_done(const struct plan *p, uint32_t group, uint32_t *blame)
{
	const struct group *members = &p->g->groups[group];
	unsigned char *known = p->live->group_ready;
	bool done = true;

	if (known && known[group])
		return known[group] == READY + 1;
	/* what was summed up was done, and a forced member clears the sums */
	if (p->sums[group] || p->late_groups[group])
		return true;
	for (uint32_t i = 0; i < members->n && done; i++) {
		done = is_done(p, members->tasks[i]);
		if (!done && blame)
			*blame = members->tasks[i];
	}
	if (known)
		known[group] = (done ? READY : READY_WAIT) + 1;
	return done;
}

enum ready plan_ready(const struct plan *p, const struct step *s, uint32_t task, size_t *blame, uint32_t *blame_task)
{
	bool skip = false;

	for (size_t m = 0; m < s->mention_count; m++) {
		uint32_t dep = graph_dep(p->g, s, task, m);

		/* an order without data says when a task may run, not what it makes */
		if (dep == DEP_NONE || s->mentions[m].what == MENTION_ORDER)
			continue;
		bool group = dep & DEP_GROUP, done;

		if (blame)
			*blame = m;
		if (blame_task)
			*blame_task = dep;
		done = group ? group_done(p, dep & ~DEP_GROUP, blame_task) : is_done(p, dep);
		if (!done)
			return READY_WAIT;
		skip = skip || (!group && p->state[dep] == TASK_SKIPPED);
	}
	return skip ? READY_SKIP : READY;
}

/* ---- what readers of a done task depend on ------------------------------------------------------------------------ */

static uint32_t name_index(struct plan *p, struct str name)
{
	uintptr_t known = (uintptr_t)map_get(&p->name_of, name);

	if (known)
		return (uint32_t)(known - 1);
	name = arena_str(p->a, name);
	VEC_PUSH(p->a, &p->names, name);
	(void)map_put(&p->name_of, name, (void *)(uintptr_t)p->names.n);
	return (uint32_t)(p->names.n - 1);
}

/* Rows are a command's metrics, or a worker's table: a file that is in neither must not make their readers stale. */
static struct digest table_digest(const struct step *s, const struct result *r, struct work *w)
{
	if (s->kind && s->kind->exec == EXEC_WORKER && r->artifact_count) {
		const struct output *primary = s->kind->outputs;

		for (size_t i = 0; primary && primary->name && i < r->artifact_count; i++)
			if (str_is(r->artifacts[i].name, primary->name))
				return r->artifacts[i].digest;
		return r->artifacts[0].digest;
	}
	sb_clear(&w->part);
	value_canon(&r->metrics, &w->part);
	return digest_of(sb_str(&w->part));
}

void plan_remember(struct plan *p, const struct step *s, uint32_t task, const struct result *r, struct work *w)
{
	size_t n = r->artifact_count < UINT16_MAX ? r->artifact_count : UINT16_MAX;

	if (p->steps[s - p->g->steps].read_as_table)
		p->tables[task] = table_digest(s, r, w);
	p->first_artifact[task] = (uint32_t)p->artifacts.n;
	p->artifact_count[task] = (uint16_t)n;
	for (size_t i = 0; i < n; i++) {
		struct artifact_note note = { r->artifacts[i].digest, name_index(p, r->artifacts[i].name), r->artifacts[i].kind };

		VEC_PUSH(p->a, &p->artifacts, note);
	}
}

/* ---- ends of tasks ------------------------------------------------------------------------------------------------ */

/* A result that the store cannot give back yet is kept here: its commit may still be under way, and until then the store
 * may have an older one under the key. */
static void keep_result(struct plan *p, const struct result *r)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new();
	struct result *kept, known;

	if (!map_has(&p->finished, (struct str){ (const char *)r->key.b, DIGEST_BYTES }) && p->store &&
	    store_result(p->store, &r->key, scratch, &known) && digest_same(&known.content, &r->content))
		return;
	kept = arena_make(p->a, struct result);
	*kept = *r;
	kept->task = arena_str(p->a, r->task);
	kept->step = arena_str(p->a, r->step);
	kept->metrics = value_copy(p->a, &r->metrics);
	kept->artifacts = arena_array(p->a, struct artifact, r->artifact_count + 1);
	for (size_t i = 0; i < r->artifact_count; i++) {
		kept->artifacts[i] = r->artifacts[i];
		kept->artifacts[i].name = arena_str(p->a, r->artifacts[i].name);
		kept->artifacts[i].file = arena_str(p->a, r->artifacts[i].file);
	}
	(void)map_put(&p->finished, (struct str){ (const char *)kept->key.b, DIGEST_BYTES }, kept);
}

void plan_finish(struct plan *p, uint32_t task, enum outcome outcome, const struct result *r)
{
	const struct step *s = graph_step_of(p->g, task);
	struct work w;

	plan_refresh(p);
	p->flags[task] &= (unsigned char)~(FLAG_FORCED | FLAG_MISSING | FLAG_FAILED);
	p->flags[task] |= FLAG_FINISHED;
	if (outcome != OUTCOME_DONE && outcome != OUTCOME_SKIPPED) {
		p->flags[task] |= FLAG_FAILED;
		plan_set(p, task, TASK_STALE);
		return;
	}
	plan_set(p, task, outcome == OUTCOME_DONE ? TASK_HIT : TASK_SKIPPED);
	if (!r)
		return;
	if (!(p->flags[task] & FLAG_KEY)) {
		p->keys[task] = r->key;
		p->flags[task] |= FLAG_KEY;
	}
	work_begin(&w);
	plan_remember(p, s, task, r, &w);
	work_end(&w);
	keep_result(p, r);
}

void plan_block(struct plan *p, uint32_t task)
{
	plan_refresh(p);
	plan_set(p, task, TASK_BLOCKED);
}

bool plan_result(struct plan *p, uint32_t task, struct arena *a, struct result *out)
{
	plan_refresh(p);
	if (!is_done(p, task) || !(p->flags[task] & FLAG_KEY))
		return false;
	const struct result *kept = map_get(&p->finished, (struct str){ (const char *)p->keys[task].b, DIGEST_BYTES });

	if (kept) {
		*out = *kept;
		return true;
	}
	return p->store && store_result(p->store, &p->keys[task], a, out);
}

/* ---- force -------------------------------------------------------------------------------------------------------- */

void plan_force(struct plan *p, uint32_t task, const char *why)
{
	if (!(p->flags[task] & FLAG_WANTED))
		return;
	if (!p->forced)
		p->forced = arena_array(p->a, const char *, (size_t)p->g->task_count + 1);
	p->forced[task] = arena_z(p->a, why ? why : "forced").p;
	p->flags[task] |= FLAG_FORCED;
	p->flags[task] &= (unsigned char)~FLAG_FINISHED;
	if (p->state[task] == TASK_HIT)
		plan_set(p, task, TASK_STALE);
	p->live->dirty = true;
}

/* Readers of what is forced cannot know their keys any more. One walk for all that were forced since the last question.
 * What has ended in this run stays as it is. */
void plan_refresh(const struct plan *p)
{
	CLEANUP(arena_cleanup) struct arena *scratch = NULL;
	const struct step *s = NULL;

	if (!p->live->dirty)
		return;
	p->live->dirty = false;
	scratch = arena_new();
	p->live->group_ready = arena_array(scratch, unsigned char, p->g->group_count + 1);
	memset((void *)p->sums, 0, p->g->group_count * sizeof(struct group_sum *));
	memset((void *)p->late_groups, 0, p->g->group_count * sizeof(struct value *));
	for (uint32_t i = 0; i < p->g->task_count; i++) {
		uint32_t task = p->g->order ? p->g->order[i] : i;

		if (!(p->flags[task] & FLAG_WANTED) || p->flags[task] & FLAG_FINISHED)
			continue;
		if (p->state[task] != TASK_HIT && p->state[task] != TASK_STALE && p->state[task] != TASK_SKIPPED)
			continue;
		if (!s || task < s->first || task - s->first >= s->count)
			s = graph_step_of(p->g, task);
		if (plan_ready(p, s, task, NULL, NULL) != READY_WAIT)
			continue;
		plan_set(p, task, TASK_WAITS);
		p->flags[task] &= (unsigned char)~FLAG_KEY;
	}
	p->live->group_ready = NULL;
}

/* ---- questions ---------------------------------------------------------------------------------------------------- */

const struct graph *plan_graph(const struct plan *p)
{
	return p->g;
}

enum task_state plan_state(const struct plan *p, uint32_t task)
{
	plan_refresh(p);
	return (enum task_state)p->state[task];
}

bool plan_wanted(const struct plan *p, uint32_t task)
{
	return p->flags[task] & FLAG_WANTED;
}

void plan_count(const struct plan *p, struct plan_counts *out)
{
	plan_refresh(p);
	*out = p->live->counts;
}

const struct digest *plan_key(const struct plan *p, uint32_t task)
{
	plan_refresh(p);
	return p->flags[task] & FLAG_KEY ? &p->keys[task] : NULL;
}

bool plan_done(const struct plan *p, uint32_t task)
{
	plan_refresh(p);
	return is_done(p, task);
}

static int by_bytes(const void *a, const void *b)
{
	return memcmp(a, b, DIGEST_BYTES);
}

struct str plan_keys(const struct plan *p, struct arena *a)
{
	size_t n = 0, unique = 0;

	plan_refresh(p);
	for (uint32_t t = 0; t < p->g->task_count; t++)
		n += (p->flags[t] & FLAG_KEY) != 0;
	struct digest *keys = arena_array(a, struct digest, n + 1);

	n = 0;
	for (uint32_t t = 0; t < p->g->task_count; t++)
		if (p->flags[t] & FLAG_KEY)
			keys[n++] = p->keys[t];
	qsort(keys, n, sizeof(*keys), by_bytes);
	for (size_t i = 0; i < n; i++)
		if (!i || !digest_same(&keys[i], &keys[unique - 1]))
			keys[unique++] = keys[i];
	return (struct str){ (const char *)keys, unique * DIGEST_BYTES };
}
