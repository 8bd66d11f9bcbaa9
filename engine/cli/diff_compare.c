/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cli/diff_compare.h"

#define READS_MAX 64

const char *const change_names[CHANGE_COUNT] = { "same", "new", "gone", "changed" };

struct str diff_task_name(const struct graph *g, uint32_t task, struct arena *a)
{
	struct sb b;

	sb_init(&b, (size_t)1 << 20);
	graph_task_name(g, task, &b);
	struct str name = sb_take(&b, a);

	sb_release(&b);
	return name;
}

static const struct reason *part_named(const struct reason *list, size_t n, struct str part)
{
	for (size_t i = 0; i < n; i++)
		if (str_same(list[i].part, part))
			return &list[i];
	return NULL;
}

static struct str shown(const struct reason *r)
{
	return !r ? STR("") : r->new_.n ? r->new_ : r->old;
}

static const struct spec_read *read_named(const struct spec *s, struct str label)
{
	for (size_t i = 0; i < s->read_count; i++)
		if (str_same(s->reads[i].label, label))
			return &s->reads[i];
	return NULL;
}

static struct str plain_label(struct str label)
{
	return str_from(label, str_starts(label, "params.") ? 7 : str_starts(label, "axes.") ? 5 : 0, label.n);
}

/* Values that an expression read and that are others now: the cause, where a field that holds them is the symptom. */
static size_t read_changes(struct comparison *c, uint32_t was, uint32_t is, struct arena *a, struct reason *out)
{
	struct spec old, new;
	size_t count = 0;

	if (!plan_spec(c->plan, was, a, &old, &c->diags) || !plan_spec(c->w->plan, is, a, &new, &c->w->diags))
		return 0;
	for (size_t i = 0; i < new.read_count && count < READS_MAX; i++) {
		const struct spec_read *before = read_named(&old, new.reads[i].label);

		if (before && !value_same(&before->value, &new.reads[i].value))
			out[count++] = (struct reason){ plain_label(new.reads[i].label), value_show(&before->value, a),
				                        value_show(&new.reads[i].value, a), new.reads[i].at };
	}
	return count;
}

static bool is_content(struct str part)
{
	return str_starts(part, "input ") || str_starts(part, "file ") || str_starts(part, "tool ") || str_is(part, "kind");
}

/* An input that is still to be made: what it reads says more. */
static bool not_known(const struct reason *r)
{
	return r && str_starts(r->part, "input ") && str_is(shown(r), "not finished");
}

/* What differs, old → new. */
static size_t differences(struct comparison *c, uint32_t was, uint32_t is, struct arena *a, struct reason **out)
{
	struct reason *old, *new;
	size_t m = plan_shown_parts(c->plan, was, a, &old), n = plan_shown_parts(c->w->plan, is, a, &new);

	*out = arena_array(a, struct reason, m + n + READS_MAX);
	size_t count = read_changes(c, was, is, a, *out), causes = count;

	for (size_t i = 0; i < n; i++) {
		const struct reason *before = part_named(old, m, new[i].part);

		if ((before && str_same(shown(before), shown(&new[i]))) || (causes && !is_content(new[i].part)) ||
		    not_known(before) || not_known(&new[i]))
			continue;
		(*out)[count++] = (struct reason){ new[i].part, shown(before), shown(&new[i]), new[i].at };
	}
	for (size_t i = 0; i < m; i++)
		if (!part_named(new, n, old[i].part) && (!causes || is_content(old[i].part)))
			(*out)[count++] = (struct reason){ old[i].part, shown(&old[i]), STR(""), { 0 } };
	return count;
}

/* ---- what it reads ------------------------------------------------------------------------------------------------ */

struct reading {
	struct comparison *c;
	uint32_t dep;
	enum change what;
};

static void see_now(void *user, uint32_t dep)
{
	struct reading *r = user;

	if (r->what == SAME && r->c->now[dep] != SAME) {
		r->what = (enum change)r->c->now[dep];
		r->dep = dep;
	}
}

static void see_then(void *user, uint32_t dep)
{
	struct reading *r = user;

	if (r->what == SAME && !r->c->kept[dep]) {
		r->what = GONE;
		r->dep = dep;
	}
}

/* Its own parts are as they were, but what it reads is new, gone or changed: it may change. */
static size_t below(struct comparison *c, uint32_t was, uint32_t is, struct arena *a, struct reason **out)
{
	struct reading r = { .c = c };

	graph_each_dep(c->w->graph, is, see_now, &r);
	if (r.what == SAME)
		graph_each_dep(c->graph, was, see_then, &r);
	if (r.what == SAME)
		return 0;
	const struct graph *g = r.what == GONE ? c->graph : c->w->graph;

	*out = arena_make(a, struct reason);
	**out = (struct reason){ diff_task_name(g, r.dep, a), STR(""), str_z(change_names[r.what]), graph_step_of(c->w->graph, is)->at };
	return 1;
}

static enum change compare(struct comparison *c, uint32_t was, uint32_t is, struct arena *a, struct reason **why, size_t *n)
{
	const struct digest *old = plan_key(c->plan, was), *new = plan_key(c->w->plan, is);

	*n = 0;
	if (old && new && digest_same(old, new))
		return SAME;
	*n = differences(c, was, is, a, why);
	if (!*n)
		*n = below(c, was, is, a, why);
	return *n || (old && new) ? CHANGED : SAME;
}

/* Dependencies first, so that what reads a changed task is seen as such. */
void diff_classify(struct comparison *c)
{
	const struct graph *g = c->w->graph;

	c->names.arena = c->w->arena;
	c->now = arena_alloc(c->w->arena, g->task_count + 1);
	c->kept = arena_alloc(c->w->arena, c->graph->task_count + 1);
	for (uint32_t t = 0; t < c->graph->task_count; t++)
		(void)map_put(&c->names, diff_task_name(c->graph, t, c->w->arena), (void *)(uintptr_t)(t + 1));
	for (uint32_t t = 0; t < g->task_count; t++) {
		CLEANUP(arena_cleanup) struct arena *a = arena_new();
		uintptr_t was = (uintptr_t)map_get(&c->names, diff_task_name(g, t, a));

		if (was)
			c->kept[was - 1] = 1;
	}
	for (uint32_t i = 0; i < g->task_count; i++) {
		CLEANUP(arena_cleanup) struct arena *a = arena_new();
		uint32_t t = g->order ? g->order[i] : i;
		uintptr_t was = (uintptr_t)map_get(&c->names, diff_task_name(g, t, a));
		struct reason *why;
		size_t n;

		c->now[t] = (unsigned char)(was ? compare(c, (uint32_t)(was - 1), t, a, &why, &n) : NEW);
	}
}

size_t diff_reasons(struct comparison *c, uint32_t was, uint32_t is, struct arena *a, struct reason **out)
{
	size_t n;

	(void)compare(c, was, is, a, out, &n);
	return n;
}
