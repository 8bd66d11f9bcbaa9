/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Why a task is not a hit. Its present parts are compared with those of the last key of its name; of what changed, the
 * cause is told rather than the symptom: `epoch 30 → 40` and not the command line that holds it.
 */
#include <string.h>

#include "engine/plan/internal.h"

#define SHOWN 60  /* bytes of a value in a reason */
#define BEFORE 20 /* of these before the first difference */

struct reasons {
	struct plan *p;
	uint32_t task;
	const struct step *s;
	struct span fallback;
	struct arena *a;
	VEC(struct reason) list;
};

static void give(struct reasons *x, struct str part, struct str old, struct str new_, struct span at)
{
	struct reason r = { part, old, new_, at.file ? at : x->fallback };

	VEC_PUSH(x->a, &x->list, r);
}

static struct str name_of(struct reasons *x, uint32_t task)
{
	struct sb name;

	sb_init(&name, SIZE_MAX / 2);
	graph_task_name(x->p->g, task, &name);
	struct str out = sb_take(&name, x->a);

	sb_release(&name);
	return out;
}

/* ---- how values are shown ----------------------------------------------------------------------------------------- */

static bool inside_character(struct str s, size_t at)
{
	return at < s.n && ((unsigned char)s.p[at] & 0xc0) == 0x80;
}

/* At most SHOWN bytes from `from`, with … where something is left out. */
static struct str window(struct str s, size_t from, struct arena *a)
{
	size_t to = from + SHOWN < s.n ? from + SHOWN : s.n;

	while (from > 0 && inside_character(s, from))
		from--;
	while (to > from && inside_character(s, to))
		to--;
	return arena_printf(a, "%s" STR_FMT "%s", from ? "…" : "", (int)(to - from), s.p + from, to < s.n ? "…" : "");
}

static size_t shared_head(struct str x, struct str y)
{
	size_t n = 0;

	while (n < x.n && n < y.n && x.p[n] == y.p[n])
		n++;
	return n;
}

/* Both texts from shortly before where they part. */
static void shorten_pair(struct str *old, struct str *new_, struct arena *a)
{
	size_t head = shared_head(*old, *new_), from = head > BEFORE ? head - BEFORE : 0;

	if (old->n <= SHOWN && new_->n <= SHOWN)
		return;
	*old = window(*old, from < old->n ? from : old->n, a);
	*new_ = window(*new_, from < new_->n ? from : new_->n, a);
}

/* ---- what changed ------------------------------------------------------------------------------------------------- */

/* What a part is found by in the other list: its label and the how manieth of that label it is, since two inputs may have
 * one label. A step may read 100,000 inputs, so the lists are not searched. */
static struct str *names_of(struct arena *a, const parts *list, struct map *by_name)
{
	struct str *names = arena_array(a, struct str, list->n + 1);
	struct map seen = { .arena = a };

	for (size_t i = 0; i < list->n; i++) {
		struct part *part = &list->data[i];
		struct str label = arena_printf(a, "%c" STR_FMT, part->keyed ? 'k' : 'r', STR_ARG(part->label));
		uintptr_t nth = (uintptr_t)map_get(&seen, label) + 1;

		map_put(&seen, label, (void *)nth);
		names[i] = arena_printf(a, "%zu" STR_FMT, (size_t)nth, STR_ARG(label));
		map_put(by_name, names[i], part);
	}
	return names;
}

static bool is_input(const struct part *part)
{
	return str_starts(part->label, "input ") || str_starts(part->label, "file ");
}

static bool is_field(const struct part *part)
{
	return part->keyed && !is_input(part) && !str_starts(part->label, "tool ") && !str_is(part->label, "kind");
}

struct change {
	const struct part *old, *now; /* one of them may be NULL */
};
typedef VEC(struct change) changes;

static void compare(struct arena *a, const parts *old, const parts *now, changes *out)
{
	struct map old_by_name = { .arena = a }, now_by_name = { .arena = a };
	const struct str *old_names = names_of(a, old, &old_by_name), *now_names = names_of(a, now, &now_by_name);

	for (size_t i = 0; i < now->n; i++) {
		const struct part *was = map_get(&old_by_name, now_names[i]);

		if (was && value_same(&was->value, &now->data[i].value))
			continue;
		/* reading something for the first time changes nothing by itself */
		if (!was && !now->data[i].keyed)
			continue;
		VEC_PUSH(a, out, ((struct change){ was, &now->data[i] }));
	}
	for (size_t i = 0; i < old->n; i++)
		if (old->data[i].keyed && !map_get(&now_by_name, old_names[i]))
			VEC_PUSH(a, out, ((struct change){ &old->data[i], NULL }));
}

/* Does what stands between the heads and the tails that both share hold the old and the new value of that read? The middle
 * is widened to whole words: 30 → 40 differs in one digit. */
static bool word_byte(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '_' || c == '-' || c == '+' ||
	       (unsigned char)c >= 0x80;
}

static struct str middle(struct str s, size_t head, size_t tail)
{
	size_t from = head, to = s.n - tail;

	while (from > 0 && word_byte(s.p[from - 1]))
		from--;
	while (to < s.n && word_byte(s.p[to]))
		to++;
	return str_from(s, from, to - from);
}

static bool explained_by(const struct change *field, const struct change *read, struct arena *a)
{
	if (!field->old || !field->now)
		return false;
	struct str old = part_shown(&field->old->value, a), now = part_shown(&field->now->value, a);
	struct str was = part_shown(&read->old->value, a), is = part_shown(&read->now->value, a);
	size_t head = shared_head(old, now), tail = 0;

	while (tail < old.n - head && tail < now.n - head && old.p[old.n - 1 - tail] == now.p[now.n - 1 - tail])
		tail++;
	/* a Lua field keeps its source and what it read beside it; a long text may differ behind its head */
	if (str_same(old, now) || (str_find(old, STR("…")) >= 0 && str_find(now, STR("…")) >= 0))
		return true;
	return str_find(middle(old, head, tail), was) >= 0 && str_find(middle(now, head, tail), is) >= 0;
}

static struct str plain_label(struct str label)
{
	if (str_starts(label, "params."))
		return str_from(label, 7, label.n);
	return str_starts(label, "axes.") ? str_from(label, 5, label.n) : label;
}

/* "3fa9c1d2e4b50011 75" → digest and count. */
static void give_input(struct reasons *x, const struct change *c)
{
	const struct part *part = c->now ? c->now : c->old;
	struct str texts[2] = { STR(""), STR("") }, counts[2] = { STR(""), STR("") };

	for (int i = 0; i < 2; i++) {
		const struct part *side = i ? c->now : c->old;

		if (!side)
			continue;
		counts[i] = part_shown(&side->value, x->a);
		(void)str_split(&counts[i], ' ', &texts[i]);
		texts[i] = arena_printf(x->a, "content " STR_FMT, STR_ARG(str_from(texts[i], 0, 8)));
	}
	if (counts[0].n && counts[1].n && !str_same(counts[0], counts[1]))
		for (int i = 0; i < 2; i++)
			texts[i] = arena_printf(x->a, STR_FMT " tasks", STR_ARG(counts[i]));
	give(x, part->label, texts[0], texts[1], part->at);
}

static void give_change(struct reasons *x, const struct change *c)
{
	const struct part *part = c->now ? c->now : c->old;

	if (is_input(part)) {
		give_input(x, c);
		return;
	}
	struct str old = c->old ? part_shown(&c->old->value, x->a) : STR(""), now = c->now ? part_shown(&c->now->value, x->a) : STR("");

	shorten_pair(&old, &now, x->a);
	if (str_is(part->label, "kind"))
		give(x, STR("kind version"), old, now, part->at);
	else
		give(x, plain_label(part->label), old, now, part->at);
}

/* Causes first: what was read and changed, then the parts that this does not explain. */
static void give_changes(struct reasons *x, const changes *all)
{
	for (size_t i = 0; i < all->n; i++)
		if (all->data[i].now && !all->data[i].now->keyed)
			give_change(x, &all->data[i]);
	for (size_t i = 0; i < all->n; i++) {
		const struct change *c = &all->data[i];
		const struct part *part = c->now ? c->now : c->old;
		bool explained = false;

		if (!part->keyed)
			continue;
		for (size_t k = 0; k < all->n && !explained && is_field(part); k++)
			if (all->data[k].now && !all->data[k].now->keyed)
				explained = explained_by(c, &all->data[k], x->a);
		if (!explained)
			give_change(x, c);
	}
}

/* ---- the cases ---------------------------------------------------------------------------------------------------- */

static struct str failure_of(const struct attempt *t)
{
	return t->detail.n ? t->detail : str_z(outcome_name(t->outcome));
}

static void why_stale(struct reasons *x, struct str name)
{
	const struct digest *key = plan_key(x->p, x->task);
	struct attempt *last = NULL;
	struct key_parts then;
	struct spec spec;

	if (!x->p->store || (!x->p->past && !store_attempts(x->p->store, name, 1, x->a, &last))) {
		give(x, STR("new"), STR(""), STR(""), x->fallback);
		return;
	}
	bool tried = store_attempts(x->p->store, name, 1, x->a, &last) && key && digest_same(&last->key, key);
	bool failed = tried && last->outcome != OUTCOME_DONE && last->outcome != OUTCOME_SKIPPED;
	bool known = store_last_parts(x->p->store, name, x->a, &then);

	if (failed)
		give(x, STR("failed"), failure_of(last), STR(""), x->fallback);
	else if (tried || (known && key && digest_same(&then.key, key)))
		give(x, STR("result"), STR(""), STR("removed"), x->fallback);
	else if (!known)
		give(x, STR("new"), STR(""), STR(""), x->fallback);
	if (!known || (key && digest_same(&then.key, key)) || !plan_spec(x->p, x->task, x->a, &spec, x->p->d))
		return;
	parts old = { 0 }, now = { 0 };
	changes all = { 0 };

	if (spec.at.file)
		x->fallback = spec.at;
	parts_of(x->p, x->task, &spec, x->a, &now);
	if (parts_decode(then.common, x->a, &old) && parts_decode(then.own, x->a, &old))
		compare(x->a, &old, &now, &all);
	give_changes(x, &all);
}

/* The first mention that is not finished, and who stands there. */
static bool why_unfinished(struct reasons *x, const char *what)
{
	size_t mention = 0;
	uint32_t dep = DEP_NONE;

	if (plan_ready(x->p, x->s, x->task, &mention, &dep) != READY_WAIT || dep == DEP_NONE)
		return false;
	give(x, name_of(x, dep), STR(""), str_z(what), x->s->mentions[mention].at);
	return true;
}

/* Blocked by whoever failed or was blocked itself; an order counts here. */
static bool why_blocked(struct reasons *x)
{
	for (size_t m = 0; m < x->s->mention_count; m++) {
		uint32_t dep = graph_dep(x->p->g, x->s, x->task, m);
		const struct group one = { &dep, 1 }, *g = dep & DEP_GROUP ? &x->p->g->groups[dep & ~DEP_GROUP] : &one;

		for (uint32_t i = 0; dep != DEP_NONE && i < g->n; i++) {
			uint32_t t = g->tasks[i];
			bool failed = x->p->flags[t] & FLAG_FAILED, blocked = x->p->state[t] == TASK_BLOCKED;

			if (!failed && !blocked)
				continue;
			give(x, name_of(x, t), STR(""), failed ? STR("failed") : STR("blocked"), x->s->mentions[m].at);
			return true;
		}
	}
	return false;
}

static void why(struct reasons *x)
{
	const struct plan *p = x->p;
	unsigned flags = p->flags[x->task];
	struct attempt *last = NULL;

	switch ((enum task_state)p->state[x->task]) {
	case TASK_HIT:
		return;
	case TASK_SKIPPED:
		give(x, STR("when"), STR(""), STR("false"), x->fallback);
		return;
	case TASK_BLOCKED:
		(void)why_blocked(x);
		return;
	case TASK_WAITS:
		(void)why_unfinished(x, "not finished");
		return;
	case TASK_UNKNOWN:
		if (!why_unfinished(x, "not finished"))
			give(x, STR("key"), STR(""), STR("cannot be made"), x->fallback);
		return;
	case TASK_STALE:
		break;
	}
	if (flags & FLAG_FORCED)
		give(x, str_is(str_z(p->forced[x->task]), "forced") ? STR("forced") : STR("result"), STR(""),
		     str_is(str_z(p->forced[x->task]), "forced") ? STR("") : str_z(p->forced[x->task]), x->fallback);
	else if (flags & FLAG_MISSING)
		give(x, STR("result"), STR(""), STR("object missing"), x->fallback);
	else if (flags & FLAG_FAILED)
		give(x, STR("failed"),
		     p->store && store_attempts(p->store, name_of(x, x->task), 1, x->a, &last) ? failure_of(last) : STR(""), STR(""), x->fallback);
	else
		why_stale(x, name_of(x, x->task));
}

size_t plan_reasons(struct plan *p, uint32_t task, struct arena *a, struct reason **out)
{
	const struct step *s = graph_step_of(p->g, task);
	struct reasons x = { .p = p, .task = task, .s = s, .fallback = s->at, .a = a };

	plan_refresh(p);
	why(&x);
	/* a promise: whatever is not a hit has a reason */
	if (!x.list.n && p->state[task] != TASK_HIT)
		give(&x, STR("key"), STR(""), STR("changed"), x.fallback);
	*out = x.list.data;
	return x.list.n;
}

size_t plan_shown_parts(struct plan *p, uint32_t task, struct arena *a, struct reason **out)
{
	const struct step *s = graph_step_of(p->g, task);
	struct reasons x = { .p = p, .task = task, .s = s, .fallback = s->at, .a = a };
	parts list = { 0 };
	struct spec spec;

	plan_refresh(p);
	if (plan_spec(p, task, a, &spec, p->d) && !spec.waits && !spec.skip)
		parts_of(p, task, &spec, a, &list);
	for (size_t i = 0; i < list.n; i++) {
		const struct part *part = &list.data[i];
		struct str label = part->keyed ? part->label : arena_printf(a, "reads " STR_FMT, STR_ARG(part->label));

		give(&x, label, STR(""), part_shown(&part->value, a), part->at);
	}
	*out = x.list.data;
	return x.list.n;
}
