/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The key of a task: SHA-256 over
 *
 *   "rung-key-1\n"  canonical bytes of [kind, its version, [label, value], …], the pairs sorted by label
 *
 * Labels: those of the spec's parts (without those that begin with '~'), "@N" for the token of ordinal N, "file:PATH" for
 * an input of the study's folder, "tool:COMMAND". Names of steps are not in it: ordinals are the spec's own.
 * What all tasks of a step share is encoded once per step; a task merges its own few pairs into it.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/plan/internal.h"

#define FEW 48 /* pairs that are sorted without asking for memory */

enum origin { FROM_OWN, FROM_TOKEN, FROM_FILE, FROM_TOOL };

struct entry {
	struct str label;
	enum origin source;
	uint32_t index;
};

bool part_is_keyed(struct str label)
{
	return !label.n || label.p[0] != '~';
}

static void put_text(struct str s, struct sb *out)
{
	struct value v = value_str(s);

	value_canon(&v, out);
}

/* ---- what the step's tasks share ---------------------------------------------------------------------------------- */

static int segment_order(const void *a, const void *b)
{
	return str_cmp(((const struct segment *)a)->label, ((const struct segment *)b)->label);
}

static size_t segments_make(struct plan *p, const struct value *common, struct arena *a, struct sb *part, struct segment **out)
{
	size_t all = common && common->type == V_MAP ? common->map.n : 0, n = 0;
	struct segment *list = arena_array(a, struct segment, all + 1);

	for (size_t i = 0; i < all; i++) {
		const struct pair *pair = &common->map.pairs[i];

		if (!part_is_keyed(pair->key))
			continue;
		sb_clear(part);
		sb_z(part, "l2:");
		put_text(pair->key, part);
		value_canon(&pair->val, part);
		list[n++] = (struct segment){ arena_str(a, pair->key), sb_take(part, a) };
		if (str_is(pair->key, "env"))
			input_env(p, &pair->val);
	}
	qsort(list, n, sizeof(*list), segment_order);
	*out = list;
	return n;
}

static size_t segments_of(struct plan *p, const struct step *s, const struct spec *spec, bool ours, struct work *w,
                          struct segment **out)
{
	struct step_notes *notes = &p->steps[s - p->g->steps];

	if (!ours)
		return segments_make(p, spec->common, w->scratch, &w->part, out);
	if (!notes->segments || notes->common != spec->common) {
		notes->segment_count = segments_make(p, spec->common, p->a, &w->part, &notes->segments);
		notes->common = spec->common;
	}
	*out = notes->segments;
	return notes->segment_count;
}

/* ---- what is its own ---------------------------------------------------------------------------------------------- */

struct entries {
	struct entry few[FEW], *list;
	size_t n;
};

static int entry_order(const struct entry *x, const struct entry *y)
{
	int order = str_cmp(x->label, y->label);

	return order ? order : (int)x->source - (int)y->source;
}

static int entry_order_v(const void *a, const void *b)
{
	return entry_order(a, b);
}

static void entry_add(struct entries *e, struct str label, enum origin source, size_t index)
{
	e->list[e->n++] = (struct entry){ label, source, (uint32_t)index };
}

static struct str prefixed(struct arena *a, const char *prefix, struct str name)
{
	size_t n = strlen(prefix);
	char *text = arena_alloc(a, n + name.n + 1);

	memcpy(text, prefix, n);
	if (name.n)
		memcpy(text + n, name.p, name.n);
	return (struct str){ text, n + name.n };
}

static struct str ordinal_label(struct arena *a, size_t i)
{
	static const char small[] = "@0@1@2@3@4@5@6@7@8@9";

	return i < 10 ? (struct str){ small + 2 * i, 2 } : arena_printf(a, "@%zu", i);
}

static void entries_sort(struct entries *e)
{
	if (e->n > FEW) {
		qsort(e->list, e->n, sizeof(*e->list), entry_order_v);
		return;
	}
	for (size_t i = 1; i < e->n; i++) {
		struct entry x = e->list[i];
		size_t at = i;

		for (; at > 0 && entry_order(&e->list[at - 1], &x) > 0; at--)
			e->list[at] = e->list[at - 1];
		e->list[at] = x;
	}
}

static void entries_collect(struct entries *e, const struct spec *s, struct arena *a)
{
	size_t own = s->own.type == V_MAP ? s->own.map.n : 0, most = own + s->token_count + s->file_count + s->tool_count;

	e->list = most > FEW ? arena_array(a, struct entry, most) : e->few;
	e->n = 0;
	for (size_t i = 0; i < s->token_count; i++)
		if (s->tokens[i].what != TOKEN_OWN)
			entry_add(e, ordinal_label(a, i), FROM_TOKEN, i);
	for (size_t i = 0; i < own; i++)
		if (part_is_keyed(s->own.map.pairs[i].key))
			entry_add(e, s->own.map.pairs[i].key, FROM_OWN, i);
	for (size_t i = 0; i < s->file_count; i++)
		entry_add(e, prefixed(a, "file:", s->files[i]), FROM_FILE, i);
	for (size_t i = 0; i < s->tool_count; i++)
		entry_add(e, prefixed(a, "tool:", s->tools[i]), FROM_TOOL, i);
	entries_sort(e);
}

/* ---- putting it together ------------------------------------------------------------------------------------------ */

struct making {
	struct plan *p;
	const struct step *s;
	uint32_t task;
	const struct spec *spec;
	struct work *w;
	struct diags *d;
};

static bool put_entry(struct making *m, const struct entry *e)
{
	const struct spec *spec = m->spec;
	struct sb *out = &m->w->key;
	struct span at = spec->at.file ? spec->at : m->s->at;
	struct digest digest;
	struct str text;

	sb_add(out, STR("l2:"));
	put_text(e->label, out);
	switch (e->source) {
	case FROM_OWN:
		if (str_is(e->label, "env"))
			input_env(m->p, &spec->own.map.pairs[e->index].val);
		value_canon(&spec->own.map.pairs[e->index].val, out);
		return true;
	case FROM_TOKEN:
		return token_canon(m->p, m->s, m->task, &spec->tokens[e->index], m->w, out);
	case FROM_FILE:
		if (spec->file_at && spec->file_at[e->index].file)
			at = spec->file_at[e->index];
		if (!input_digest(m->p, spec->files[e->index], at, m->d, &digest))
			return false;
		put_text((struct str){ (const char *)digest.b, DIGEST_BYTES }, out);
		return true;
	case FROM_TOOL:
		if (spec->tool_at && spec->tool_at[e->index].file)
			at = spec->tool_at[e->index];
		if (!input_tool(m->p, spec->tools[e->index], at, m->d, &text))
			return false;
		put_text(text, out);
		return true;
	}
	return false;
}

static void put_head(const struct step *s, size_t pairs, struct sb *out)
{
	struct value version = value_int(s->kind ? s->kind->version : 0), count = value_int((int64_t)pairs + 2);

	sb_clear(out);
	sb_add(out, STR("rung-key-1\n"));
	/* "l" count ":" is "i" count ";" with other marks; a list of that length need not exist to be written */
	size_t from = out->n;

	value_canon(&count, out);
	out->s[from] = 'l';
	out->s[out->n - 1] = ':';
	put_text(s->kind ? str_z(s->kind->name) : STR(""), out);
	value_canon(&version, out);
}

bool key_make(struct plan *p, const struct step *s, uint32_t task, const struct spec *spec, bool ours, struct work *w,
              struct diags *d, struct digest *out)
{
	struct making m = { p, s, task, spec, w, d };
	struct segment *shared;
	struct entries own;
	size_t n = segments_of(p, s, spec, ours, w, &shared), at = 0;
	bool good = true;

	entries_collect(&own, spec, w->scratch);
	put_head(s, n + own.n, &w->key);
	/* every input that is missing is to be reported, not only the first */
	for (size_t i = 0; i < own.n; i++) {
		while (at < n && str_cmp(shared[at].label, own.list[i].label) < 0)
			sb_add(&w->key, shared[at++].bytes);
		good = put_entry(&m, &own.list[i]) && good;
	}
	while (at < n)
		sb_add(&w->key, shared[at++].bytes);
	if (good)
		*out = digest_of(sb_str(&w->key));
	return good;
}
