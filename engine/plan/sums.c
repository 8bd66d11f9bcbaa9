/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a token contributes to a key: canonical bytes over the results behind it.
 *
 *   one task, an output   [kind of the artifact, digest]; nothing when the task made no such output
 *   one task, its rows    [point, digest]; the point because rows begin with the axes
 *   a gather              SHA-256 over the members' [point, what one task would contribute], in order
 *
 * Digests stand in keys as texts of 32 bytes. The sum of a gather is kept, so that a gather of a million tasks that a
 * thousand tasks read is computed once. A member that was skipped is not in it.
 */
#include <string.h>

#include "engine/plan/internal.h"

static void put_digest(const struct digest *d, struct sb *out)
{
	sb_add(out, STR("s32:"));
	sb_add(out, (struct str){ (const char *)d->b, DIGEST_BYTES });
}

static const struct step *step_at(const struct plan *p, const struct step *hint, uint32_t task)
{
	return task >= hint->first && task - hint->first < hint->count ? hint : graph_step_of(p->g, task);
}

/* The output of that name; an empty name is the primary one: a worker kind's first output, a command's first declared. */
static const struct artifact_note *artifact_of(const struct plan *p, const struct step *s, uint32_t task, struct str name)
{
	const struct artifact_note *list = p->artifacts.data + p->first_artifact[task];
	size_t n = p->artifact_count[task];

	if (!name.n && s->kind && s->kind->outputs && s->kind->outputs->name)
		name = str_z(s->kind->outputs->name);
	for (size_t i = 0; i < n && name.n; i++)
		if (str_same(p->names.data[list[i].name], name))
			return &list[i];
	return n && !name.n ? list : NULL;
}

static void put_artifact(const struct artifact_note *note, struct sb *out)
{
	static const char *const kinds[] = { [ARTIFACT_FILE] = "s4:file", [ARTIFACT_EXECUTABLE] = "s10:executable",
		                             [ARTIFACT_TREE] = "s4:tree" };

	if (!note) {
		sb_char(out, 'n');
		return;
	}
	sb_z(out, "l2:");
	sb_z(out, kinds[note->kind]);
	put_digest(&note->digest, out);
}

static void put_point(const struct plan *p, uint32_t task, struct arena *a, struct sb *out)
{
	struct value point = graph_point(p->g, task, a);

	value_canon(&point, out);
}

static void put_one(struct plan *p, const struct step *s, uint32_t task, const struct token *t, bool with_point,
                    struct work *w, struct sb *out)
{
	if (with_point || t->what == TOKEN_TABLE) {
		sb_z(out, "l2:");
		put_point(p, task, w->scratch, out);
	}
	if (t->what == TOKEN_TABLE)
		put_digest(&p->tables[task], out);
	else
		put_artifact(artifact_of(p, s, task, t->name), out);
}

/* ---- gathers ------------------------------------------------------------------------------------------------------ */

static const struct digest *sum_known(const struct plan *p, uint32_t group, const struct token *t)
{
	for (const struct group_sum *sum = p->sums[group]; sum; sum = sum->next)
		if (sum->what == t->what && str_same(sum->name, t->name))
			return &sum->digest;
	return NULL;
}

static struct digest sum_make(struct plan *p, const struct step *s, uint32_t group, const struct token *t)
{
	const struct group *members = &p->g->groups[group];
	struct group_sum *sum = arena_make(p->a, struct group_sum);
	struct hasher *hasher;
	struct work w;

	work_begin(&w); /* of its own: points of a million members are not the asking task's */
	hasher = hasher_new(p->a); /* 112 bytes a sum */
	hasher_start(hasher);
	for (uint32_t i = 0; i < members->n; i++) {
		if (p->state[members->tasks[i]] == TASK_SKIPPED)
			continue;
		s = step_at(p, s, members->tasks[i]);
		sb_clear(&w.key);
		put_one(p, s, members->tasks[i], t, true, &w, &w.key);
		hasher_add(hasher, w.key.s, w.key.n);
		arena_reset(w.scratch, (struct arena_mark){ 0 });
	}
	*sum = (struct group_sum){ t->what, arena_str(p->a, t->name), hasher_final(hasher), p->sums[group] };
	p->sums[group] = sum;
	work_end(&w);
	return sum->digest;
}

/* ---- tokens ------------------------------------------------------------------------------------------------------- */

/* What stands behind the token; false when it is not done. */
static bool behind(struct plan *p, const struct step *s, uint32_t task, const struct token *t, uint32_t *dep)
{
	if (t->mention >= s->mention_count)
		return false;
	*dep = graph_dep(p->g, s, task, t->mention);
	if (*dep == DEP_NONE)
		return true;
	if (!(*dep & DEP_GROUP))
		return p->state[*dep] == TASK_HIT || p->state[*dep] == TASK_SKIPPED;
	const struct group *members = &p->g->groups[*dep & ~DEP_GROUP];

	/* a sum was made of members that were done, and done they stay */
	for (uint32_t i = 0; i < members->n && !sum_known(p, *dep & ~DEP_GROUP, t); i++)
		if (p->state[members->tasks[i]] != TASK_HIT && p->state[members->tasks[i]] != TASK_SKIPPED)
			return false;
	return true;
}

static struct digest group_digest(struct plan *p, const struct step *s, uint32_t dep, const struct token *t)
{
	const struct digest *known = sum_known(p, dep & ~DEP_GROUP, t);

	return known ? *known : sum_make(p, &p->g->steps[s->mentions[t->mention].step], dep & ~DEP_GROUP, t);
}

bool token_canon(struct plan *p, const struct step *s, uint32_t task, const struct token *t, struct work *w, struct sb *out)
{
	uint32_t dep;

	if (!behind(p, s, task, t, &dep))
		return false;
	if (dep == DEP_NONE) {
		sb_char(out, 'n');
	} else if (dep & DEP_GROUP) {
		struct digest d = group_digest(p, s, dep, t);

		put_digest(&d, out);
	} else {
		put_one(p, &p->g->steps[s->mentions[t->mention].step], dep, t, false, w, out);
	}
	return true;
}

bool token_digest(struct plan *p, const struct step *s, uint32_t task, const struct token *t, struct work *w,
                  struct digest *out, uint32_t *over)
{
	uint32_t dep;

	*over = 0;
	if (!behind(p, s, task, t, &dep) || dep == DEP_NONE)
		return false;
	if (dep & DEP_GROUP) {
		*over = p->g->groups[dep & ~DEP_GROUP].n;
		*out = group_digest(p, s, dep, t);
		return true;
	}
	const struct step *source = &p->g->steps[s->mentions[t->mention].step];
	const struct artifact_note *note = t->what == TOKEN_TABLE ? NULL : artifact_of(p, source, dep, t->name);

	if (t->what != TOKEN_TABLE && !note)
		return false;
	(void)w;
	*out = note ? note->digest : p->tables[dep];
	return true;
}
