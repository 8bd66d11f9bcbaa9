/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Fields of a step at a point: templates are evaluated and checked against their field, hooks become their source and what
 * they read, and whatever a field names as input is noted.
 */
#include <string.h>

#include "dsl/expand/expand.h"
#include "dsl/study/load.h"

static bool chunk_varies(const struct stage *st, const struct str *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct binding *b = stage_binding(st, names[i]);

		if (!b || b->what == BIND_AXIS)
			return true;
		if (b->what != BIND_STEP)
			continue;
		bool plain = false; /* without a slot there was an error in its braces: leave it alone */

		for (size_t k = 0; k < st->slots.n; k++) {
			const struct slot *s = &st->slots.data[k];

			if (s->target == b->index && (s->what == MENTION_VALUE || s->braces))
				return true;
			plain = plain || s->target == b->index;
		}
		if (!plain)
			return true;
	}
	return false;
}

static bool hook_varies(const struct stage *st, const struct lua_hook *hook)
{
	size_t n = 0;
	const struct str *names = lua_hook_names(hook, &n);

	for (size_t i = 0; i < n; i++) {
		const struct binding *b = stage_binding(st, names[i]);

		if (b && b->what == BIND_AXIS)
			return true;
	}
	return false;
}

bool node_varies(struct stage *st, const struct node *n)
{
	switch (n->what) {
	case NODE_PLAIN:
		return false;
	case NODE_HOOK:
		return hook_varies(st, n->hook);
	case NODE_TEMPLATE:
		for (size_t i = 0; i < st->templates.n; i++)
			if (st->templates.data[i].node == n)
				return chunk_varies(st, st->templates.data[i].data, st->templates.data[i].n);
		return true;
	case NODE_LIST:
	case NODE_MAP:
		for (size_t i = 0; i < n->n; i++)
			if (node_varies(st, &n->children[i]))
				return true;
	}
	return false;
}

/* Adds to *reads what a hook uses of a map: `params.x` alone, or all of it when it is used in another way. */
static void reads_of_map(struct arena *a, const struct lex_list *l, struct str name, const struct value *v, struct value *reads)
{
	struct map seen = { .arena = a };

	for (size_t i = 0; i < l->n; i++) {
		if (l->data[i].what != LEX_NAME || !str_same(l->data[i].text, name) || (i && str_is(l->data[i - 1].text, ".")))
			continue;
		if (i + 2 >= l->n || !str_is(l->data[i + 1].text, ".") || l->data[i + 2].what != LEX_NAME) {
			value_set(reads, name, *v);
			return;
		}
		map_put(&seen, l->data[i + 2].text, &seen);
	}
	struct value part = value_map(a, seen.n + 1);

	for (size_t i = 0; i < v->map.n; i++)
		if (map_has(&seen, v->map.pairs[i].key))
			value_set(&part, v->map.pairs[i].key, v->map.pairs[i].val);
	if (part.map.n)
		value_set(reads, name, part);
}

static const struct hook_note *hook_note(struct stage *st, const struct node *n)
{
	struct arena *a = st->ex->study->arena;
	struct hook_note note = { .node = n };
	struct lex_list tokens = { 0 };

	for (size_t i = 0; i < st->hooks.n; i++)
		if (st->hooks.data[i].node == n)
			return &st->hooks.data[i];
	note.source = lua_hook_source(n->hook);
	note.names = lua_hook_names(n->hook, &note.name_count);
	note.fixed = value_map(a, note.name_count + 1);
	lex_lua(a, note.source, 0, &tokens);
	for (size_t i = 0; i < note.name_count; i++) {
		const struct binding *b = stage_binding(st, note.names[i]);

		if (!b || b->what != BIND_VALUE)
			continue;
		if (b->value.type == V_MAP)
			reads_of_map(a, &tokens, note.names[i], &b->value, &note.fixed);
		else
			value_set(&note.fixed, note.names[i], b->value);
	}
	VEC_PUSH(a, &st->hooks, note);
	return &st->hooks.data[st->hooks.n - 1];
}

struct value hook_part(struct making *m, const struct node *n)
{
	struct stage *st = m->stage;
	const struct hook_note *note = hook_note(st, n);
	struct value out = value_map(m->arena, 2), reads = note->fixed;
	size_t axes = 0;

	for (size_t i = 0; i < note->name_count && m->coords; i++) {
		const struct binding *b = stage_binding(st, note->names[i]);

		if (!b || b->what != BIND_AXIS)
			continue;
		if (!axes++) {
			reads = value_map(m->arena, note->fixed.map.n + note->name_count);
			for (size_t k = 0; k < note->fixed.map.n; k++)
				value_set(&reads, note->fixed.map.pairs[k].key, note->fixed.map.pairs[k].val);
		}
		value_set(&reads, note->names[i], st->ex->study->axes[st->decl->axes[b->index]].values[m->coords[b->index]]);
	}
	value_set(&out, STR("lua"), value_str(note->source));
	value_set(&out, STR("reads"), reads);
	out.at = n->plain.at;
	return out;
}

/* A hook of a kind reads the rows of every step it names; braces in it name no table. */
static void hook_inputs(struct making *m)
{
	const struct stage *st = m->stage;

	for (uint32_t i = 0; i < st->slots.n; i++) {
		const struct slot *s = &st->slots.data[i];

		if (s->what == MENTION_TABLE && !s->braces)
			(void)token_add(m, (struct token){ .what = TOKEN_TABLE, .mention = i, .name = st->ex->study->steps[s->target].name,
				                           .at = s->at });
	}
}

void value_inputs(struct making *m, const struct field *f, unsigned type, const struct value *v)
{
	for (size_t i = 0; v->type == V_LIST && i < v->list.n; i++)
		value_inputs(m, f, type, &v->list.items[i]);
	for (size_t i = 0; v->type == V_MAP && f && f->sub && i < v->map.n; i++) {
		const struct field *sub = field_find(f->sub, v->map.pairs[i].key);

		if (sub)
			value_inputs(m, sub, sub->type, &v->map.pairs[i].val);
	}
	if (v->type != V_STR)
		return;
	if (type & T_SQL)
		sql_inputs(m, v->s);
	if (has_token(v->s))
		return;
	if (type & T_TABLE)
		(void)table_input(m, v->s, v->at);
	else if ((type & T_PATH) && !(type & (T_TEXT | T_ANY)))
		(void)path_input(m, v->s, v->at);
	else if (type & T_PATH) /* a text that may name a file */
		word_input(m, v->s, v->at);
}

/* Every mark in the text must belong to a token of this spec. Data is kept free of marks where it comes in (yaml_text.c,
 * scope.c), so what is left is Lua that takes tokens apart or makes the byte itself. */
static bool marks_sound(const struct making *m, const struct value *v)
{
	bool ok = true;

	for (size_t i = 0; v->type == V_LIST && i < v->list.n; i++)
		ok = marks_sound(m, &v->list.items[i]) && ok;
	for (size_t i = 0; v->type == V_MAP && i < v->map.n; i++)
		ok = marks_sound(m, &v->map.pairs[i].val) && !has_token(v->map.pairs[i].key) && ok;
	if (v->type != V_STR)
		return ok;
	for (size_t i = 0; i < v->s.n; i++) {
		const char *mark = memchr(v->s.p + i, TOKEN_MARK, v->s.n - i), *end;
		int64_t ordinal;

		if (!mark)
			return true;
		size_t left = v->s.n - (size_t)(mark - v->s.p) - 1;

		end = left ? memchr(mark + 1, TOKEN_MARK, left) : NULL;
		if (!end || !str_int((struct str){ mark + 1, (size_t)(end - mark) - 1 }, &ordinal) || ordinal < 0 ||
		    (size_t)ordinal >= m->got.tokens.n)
			return false;
		i = (size_t)(end - v->s.p);
	}
	return true;
}

static enum eval template_value(struct making *m, const struct node *n, struct value *out)
{
	struct lua_scope scope = making_scope(m);
	struct value v = { 0 };
	enum eval e = template_eval(n->template_, m->stage->ex->study->lua, &scope, m->arena, &v, m->d);

	if (e != EVAL_OK)
		return e;
	v.at = n->plain.at;
	if (!marks_sound(m, &v)) {
		diag_error(m->d, v.at, "reserved-byte", "the expression takes the path of an output apart, or makes the byte 0x1F, which marks paths");
		diag_hint(m->d, "a path can only be handed on or have text added: it is known first when the task runs");
		return EVAL_ERROR;
	}
	if (v.type == V_STR && (n->type & (T_TEXT | T_COMMAND | T_PATH | T_SQL | T_TABLE)) && !(n->type & T_LIST) &&
	    !(n->field && n->field->choices)) {
		*out = v; /* what nearly all are; nothing to convert */
		return EVAL_OK;
	}
	*out = v;
	if (!n->type || (v.type == V_NULL && !(n->field && (n->field->flags & F_REQUIRED))))
		return EVAL_OK;
	if (!field_convert(m->arena, m->d, n->field, n->type, &v, out))
		return EVAL_ERROR;
	out->at = n->plain.at;
	return EVAL_OK;
}

/* An error outweighs a value that is not known yet: all fields are looked at, so that all mistakes come out. */
enum eval worse(enum eval a, enum eval b)
{
	return a > b ? a : b;
}

static enum eval inner_value(struct making *m, const struct node *n, struct value *out)
{
	enum eval worst = EVAL_OK;

	switch (n->what) {
	case NODE_PLAIN:
		*out = n->plain;
		break;
	case NODE_HOOK:
		*out = hook_part(m, n);
		hook_inputs(m);
		return EVAL_OK;
	case NODE_TEMPLATE:
		worst = template_value(m, n, out);
		break;
	case NODE_LIST:
		*out = value_list(m->arena, n->n);
		out->at = n->plain.at;
		for (size_t i = 0; i < n->n; i++)
			worst = worse(worst, inner_value(m, &n->children[i], &out->list.items[i]));
		return worst;
	case NODE_MAP:
		*out = value_map(m->arena, n->n);
		out->at = n->plain.at;
		for (size_t i = 0; i < n->n; i++) {
			struct value v = { 0 };

			worst = worse(worst, node_value(m, &n->children[i], &v));

			value_set(out, n->keys[i], v);
			out->map.pairs[i].at = n->key_at ? n->key_at[i] : v.at;
		}
		return worst;
	}
	if (worst == EVAL_OK && (n->type & (T_PATH | T_TABLE | T_SQL | T_MAP)))
		value_inputs(m, n->field, n->type, out);
	return worst;
}

enum eval node_value(struct making *m, const struct node *n, struct value *out)
{
	size_t errors = m->d->errors;
	enum eval e = inner_value(m, n, out);

	if (e == EVAL_OK && (n->type & T_COMMAND))
		command_inputs(m, out);
	return m->d->errors > errors ? EVAL_ERROR : e;
}
