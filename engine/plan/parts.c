/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The labelled parts of a key, as the ledger keeps them, so that a later plan can say what changed.
 *
 * Two texts, `common` (the same for all tasks of a step, stored once) and `own`, each the canonical bytes of a list of
 * [label, value, place, keyed]. Labels: the spec's own, "kind", "input STEP.OUTPUT" or "input STEP" (value: 16 hex digits
 * of the content, and for a gather a blank and the number of tasks), "file PATH", "tool COMMAND"; and, not keyed, what was
 * read: "params.epoch", "axes.seed". A value that takes more than LONG_VALUE bytes is kept as its head, "…" and 16 hex
 * digits of its SHA-256: enough to see that it changed.
 */
#include <string.h>

#include "engine/plan/internal.h"

#define LONG_VALUE 200
#define HEAD 100
#define SHORT_HEX 16

static struct str place_text(const struct plan *p, struct span at, struct arena *a)
{
	return at.file ? span_text(p->d, at, a) : STR("");
}

static struct str head_of(struct str s, size_t n)
{
	s = str_from(s, 0, n);
	/* not inside a character */
	while (s.n && !str_utf8(s, &n) && s.n > n)
		s.n = n;
	return s;
}

static struct value shortened(const struct value *v, struct arena *a)
{
	struct sb bytes;
	struct value out = *v;

	if (v->type != V_STR && v->type != V_LIST && v->type != V_MAP)
		return out;
	sb_init(&bytes, SIZE_MAX / 2);
	value_canon(v, &bytes);
	if (bytes.n > LONG_VALUE) {
		struct digest d = digest_of(sb_str(&bytes));
		struct str hex = str_from(digest_str(a, &d), 0, SHORT_HEX), head = head_of(part_shown(v, a), HEAD);

		out = value_str(arena_printf(a, STR_FMT "…" STR_FMT, STR_ARG(head), STR_ARG(hex)));
	}
	sb_release(&bytes);
	return out;
}

/* On one line: text as it is, a Lua field as its source, anything else as JSON. */
struct str part_shown(const struct value *v, struct arena *a)
{
	const struct value *lua = value_get(v, "lua");
	struct sb text;

	if (lua && lua->type == V_STR)
		v = lua;
	sb_init(&text, SIZE_MAX / 2);
	if (v->type == V_NULL)
		sb_z(&text, "null");
	else
		value_text(v, &text);
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.s[i] < ' ')
			text.s[i] = ' ';
	struct str out = sb_take(&text, a);

	sb_release(&text);
	return out;
}

struct adding {
	struct plan *p;
	const struct spec *spec;
	struct span fallback;
	struct arena *a;
	parts *out;
};

static void add(struct adding *x, struct str label, struct value value, struct span at, bool keyed, bool shared)
{
	if (!at.file)
		at = x->fallback;
	value = shortened(&value, x->a);
	struct part part = { label, value, at, place_text(x->p, at, x->a), keyed, shared };

	VEC_PUSH(x->a, x->out, part);
}

static struct str token_shown(struct adding *x, const struct step *s, const struct token *t)
{
	struct str step = STR("out");

	if (t->what != TOKEN_OWN && t->mention < s->mention_count)
		step = x->p->g->steps[s->mentions[t->mention].step].name;
	return arena_printf(x->a, "${" STR_FMT "%s" STR_FMT "}", STR_ARG(step), t->name.n ? "." : "", STR_ARG(t->name));
}

static struct str readable_text(struct adding *x, const struct step *s, struct str rest)
{
	struct str piece;
	struct sb text;

	sb_init(&text, SIZE_MAX / 2);
	for (bool mark = false; str_split(&rest, TOKEN_MARK, &piece); mark = !mark) {
		int64_t ordinal;

		if (mark && str_int(piece, &ordinal) && ordinal >= 0 && (size_t)ordinal < x->spec->token_count)
			piece = token_shown(x, s, &x->spec->tokens[ordinal]);
		sb_add(&text, piece);
	}
	struct str out = sb_take(&text, x->a);

	sb_release(&text);
	return out;
}

/* A token's mark and ordinal stand in texts; people see the place they hold: ${manifest}. */
static struct value readable(struct adding *x, const struct step *s, const struct value *v)
{
	struct value out = *v;

	if (v->type == V_STR && v->s.n && memchr(v->s.p, TOKEN_MARK, v->s.n)) {
		out.s = readable_text(x, s, v->s);
	} else if (v->type == V_LIST) {
		out.list.items = arena_array(x->a, struct value, v->list.n + 1);
		for (size_t i = 0; i < v->list.n; i++)
			out.list.items[i] = readable(x, s, &v->list.items[i]);
	} else if (v->type == V_MAP) {
		out.map.pairs = arena_array(x->a, struct pair, v->map.n + 1);
		for (size_t i = 0; i < v->map.n; i++) {
			out.map.pairs[i] = v->map.pairs[i];
			out.map.pairs[i].val = readable(x, s, &v->map.pairs[i].val);
		}
	}
	return out;
}

static void add_map(struct adding *x, const struct step *s, const struct value *map, bool shared)
{
	for (size_t i = 0; map && map->type == V_MAP && i < map->map.n; i++) {
		const struct pair *pair = &map->map.pairs[i];

		if (part_is_keyed(pair->key))
			add(x, pair->key, readable(x, s, &pair->val), pair->val.at.file ? pair->val.at : pair->at, true, shared);
	}
}

static void add_tokens(struct adding *x, const struct step *s, uint32_t task)
{
	struct work w;

	work_begin(&w);
	for (size_t i = 0; i < x->spec->token_count; i++) {
		const struct token *t = &x->spec->tokens[i];
		struct digest d;
		uint32_t over = 0;

		if (t->what == TOKEN_OWN || t->mention >= s->mention_count)
			continue;
		struct str step = x->p->g->steps[s->mentions[t->mention].step].name, value = STR("not finished");
		struct str label = t->what == TOKEN_OUT && t->name.n
		                           ? arena_printf(x->a, "input " STR_FMT "." STR_FMT, STR_ARG(step), STR_ARG(t->name))
		                           : arena_printf(x->a, "input " STR_FMT, STR_ARG(step));

		if (token_digest(x->p, s, task, t, &w, &d, &over))
			value = str_from(digest_str(x->a, &d), 0, SHORT_HEX);
		if (over)
			value = arena_printf(x->a, STR_FMT " %u", STR_ARG(value), (unsigned)over);
		add(x, label, value_str(value), t->at.file ? t->at : s->mentions[t->mention].at, true, false);
	}
	work_end(&w);
}

static void add_outside(struct adding *x)
{
	const struct spec *spec = x->spec;

	for (size_t i = 0; i < spec->file_count; i++) {
		struct str value = STR("cannot be read");
		struct digest d;

		if (input_digest(x->p, spec->files[i], spec->at, NULL, &d))
			value = str_from(digest_str(x->a, &d), 0, SHORT_HEX);
		add(x, arena_printf(x->a, "file " STR_FMT, STR_ARG(spec->files[i])), value_str(value),
		    spec->file_at ? spec->file_at[i] : spec->at, true, false);
	}
	for (size_t i = 0; i < spec->tool_count; i++) {
		struct str output;

		if (!input_tool(x->p, spec->tools[i], spec->at, NULL, &output))
			output = STR("cannot be run");
		add(x, arena_printf(x->a, "tool " STR_FMT, STR_ARG(spec->tools[i])), value_str(output),
		    spec->tool_at ? spec->tool_at[i] : spec->at, true, true);
	}
}

void parts_of(struct plan *p, uint32_t task, const struct spec *spec, struct arena *a, parts *out)
{
	const struct step *s = graph_step_of(p->g, task);
	struct adding x = { p, spec, spec->at.file ? spec->at : s->at, a, out };

	if (s->kind)
		add(&x, STR("kind"), value_str(arena_printf(a, "%s %u", s->kind->name, (unsigned)s->kind->version)), s->at, true, true);
	add_map(&x, s, spec->common, true);
	add_map(&x, s, &spec->own, false);
	add_tokens(&x, s, task);
	add_outside(&x);
	/* what is the same for all tasks would cost them its bytes each; axes and late values differ */
	for (size_t i = 0; i < spec->read_count; i++)
		add(&x, spec->reads[i].label, spec->reads[i].value, spec->reads[i].at, false, str_starts(spec->reads[i].label, "params."));
}

/* ---- to bytes and back -------------------------------------------------------------------------------------------- */

static struct str encode(const parts *list, bool shared, struct arena *a)
{
	struct value all = value_list(a, list->n);
	struct sb bytes;

	all.list.n = 0;
	for (size_t i = 0; i < list->n; i++) {
		const struct part *part = &list->data[i];
		struct value one = value_list(a, 4);

		if (part->shared != shared)
			continue;
		one.list.items[0] = value_str(part->label);
		one.list.items[1] = part->value;
		one.list.items[2] = value_str(part->place);
		one.list.items[3] = value_bool(part->keyed);
		all.list.items[all.list.n++] = one;
	}
	sb_init(&bytes, SIZE_MAX / 2);
	value_canon(&all, &bytes);
	struct str out = sb_take(&bytes, a);

	sb_release(&bytes);
	return out;
}

bool parts_decode(struct str bytes, struct arena *a, parts *out)
{
	struct value all;

	if (!value_uncanon(a, bytes, &all) || all.type != V_LIST)
		return false;
	for (size_t i = 0; i < all.list.n; i++) {
		const struct value *one = &all.list.items[i];

		if (one->type != V_LIST || one->list.n != 4 || one->list.items[0].type != V_STR || one->list.items[2].type != V_STR ||
		    one->list.items[3].type != V_BOOL)
			return false;
		struct part part = { .label = one->list.items[0].s, .value = one->list.items[1], .place = one->list.items[2].s,
			             .keyed = one->list.items[3].b };

		VEC_PUSH(a, out, part);
	}
	return true;
}

struct key_parts plan_parts(struct plan *p, uint32_t task, const struct spec *s, struct arena *a)
{
	struct key_parts out = { 0 };
	parts list = { 0 };
	struct sb name;

	if (plan_key(p, task))
		out.key = p->keys[task];
	sb_init(&name, SIZE_MAX / 2);
	graph_task_name(p->g, task, &name);
	out.task = sb_take(&name, a);
	sb_release(&name);
	parts_of(p, task, s, a, &list);
	out.common = encode(&list, true, a);
	out.own = encode(&list, false, a);
	return out;
}
