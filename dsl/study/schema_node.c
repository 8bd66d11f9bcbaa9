/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Values with expressions: a YAML value and its field become a tree of nodes. Templates and hooks are compiled here, so
 * that all their syntax errors come out together. A subtree without expressions is one plain node, checked and converted.
 */
#include <string.h>

#include "dsl/study/load.h"

/* Fields that hold a text of their own besides Lua: text in them is that, not Lua. */
#define OTHER_TEXT (T_TEXT | T_PATH | T_TABLE | T_COMMAND | T_SQL | T_ANY)

const struct field *field_find(const struct field *fields, struct str key)
{
	const struct field *rest = NULL;

	for (const struct field *f = fields; f && f->name; f++) {
		if (str_is(key, f->name))
			return f;
		if (str_is(str_z(f->name), "*"))
			rest = f;
	}
	return rest;
}

void unknown_key(struct arena *a, struct diags *d, const struct pair *p, const struct field *fields, struct str owner)
{
	VEC(struct str) names = { 0 };

	for (const struct field *f = fields; f && f->name; f++)
		VEC_PUSH(a, &names, str_z(f->name));
	if (owner.n)
		diag_error(d, p->at, "unknown-key", "unknown key '" STR_FMT "' in '" STR_FMT "'", STR_ARG(p->key), STR_ARG(owner));
	else
		diag_error(d, p->at, "unknown-key", "unknown key '" STR_FMT "'", STR_ARG(p->key));
	diag_suggest(d, p->key, names.data, names.n);
}

bool lacks(const struct load *l, const struct value *map, const struct field *fields, const struct field *f)
{
	VEC(struct str) names = { 0 };

	if (l->torn || !(f->flags & F_REQUIRED) || value_get(map, f->name))
		return false;
	for (const struct field *x = fields; x->name; x++)
		VEC_PUSH(l->a, &names, str_z(x->name));
	for (size_t i = 0; i < map->map.n; i++)
		if (!field_find(fields, map->map.pairs[i].key) && str_is(str_nearest(map->map.pairs[i].key, names.data, names.n), f->name))
			return false;
	return true;
}

const struct node *node_get(const struct node *map, const char *key)
{
	for (size_t i = 0; map && map->what == NODE_MAP && i < map->n; i++)
		if (str_is(map->keys[i], key))
			return &map->children[i];
	return NULL;
}

void node_spread(struct arena *a, struct node *n)
{
	if (n->what != NODE_PLAIN || (n->plain.type != V_LIST && n->plain.type != V_MAP))
		return;
	struct value v = n->plain;
	bool map = v.type == V_MAP;

	n->what = map ? NODE_MAP : NODE_LIST;
	n->n = map ? v.map.n : v.list.n;
	n->children = arena_array(a, struct node, n->n);
	n->keys = map ? arena_array(a, struct str, n->n) : NULL;
	n->key_at = map ? arena_array(a, struct span, n->n) : NULL;
	for (size_t i = 0; i < n->n; i++) {
		const struct field *f = map && n->field && n->field->sub ? field_find(n->field->sub, v.map.pairs[i].key) : NULL;

		n->children[i] = (struct node){ .what = NODE_PLAIN, .field = map ? f : n->field };
		n->children[i].type = map ? (f ? f->type : T_ANY) : n->type & ~(unsigned)T_LIST;
		n->children[i].plain = map ? v.map.pairs[i].val : v.list.items[i];
		if (map) {
			n->keys[i] = v.map.pairs[i].key;
			n->key_at[i] = v.map.pairs[i].at;
		}
	}
}

/* Children that are all plain become one plain value. */
static void fold(struct arena *a, struct node *n)
{
	bool map = n->what == NODE_MAP;
	struct value v = map ? value_map(a, n->n) : value_list(a, n->n);

	for (size_t i = 0; i < n->n; i++)
		if (n->children[i].what != NODE_PLAIN)
			return;
	for (size_t i = 0; i < n->n; i++) {
		if (map) {
			value_set(&v, n->keys[i], n->children[i].plain);
			v.map.pairs[i].at = n->key_at[i];
		} else {
			v.list.items[i] = n->children[i].plain;
		}
	}
	v.at = n->plain.at;
	n->what = NODE_PLAIN;
	n->plain = v;
	n->children = NULL;
	n->n = 0;
}

/* ---- text ---------------------------------------------------------------------------------------------------------- */

struct lua_hook *hook_decode(struct load *l, const struct value *v)
{
	struct value text = *v;
	struct span at;
	struct sb b;

	if (v->type == V_NULL || v->type == V_LIST || v->type == V_MAP) {
		struct subject s = { NULL, T_LUA, STR(""), v->at };

		wrong_type(l->a, l->d, &s, v);
		return NULL;
	}
	if (v->type != V_STR) { /* `when: false` */
		sb_init(&b, 64);
		value_text(v, &b);
		text.s = sb_take(&b, l->a);
		sb_release(&b);
		return lua_hook(l->s->lua, text.s, v->at);
	}
	bool verbatim = scalar_place(l, v, &at);

	if (str_find(v->s, STR("${")) >= 0) {
		diag_error(l->d, v->at, "lua-template", "no ${…} here: this is Lua already");
		diag_hint(l->d, "write the expression itself");
		return NULL;
	}
	return folded_lua(l, v, verbatim) ? NULL : lua_hook(l->s->lua, v->s, at);
}

/* "$${" → "${" where no expression is allowed anyway; false when there is one. */
static bool plain_text(struct load *l, const struct subject *s, const struct value *v, struct str *out)
{
	struct sb b;

	sb_init(&b, v->s.n + 1);
	for (size_t i = 0; i < v->s.n; i++) {
		struct str rest = str_from(v->s, i, v->s.n);

		if (str_starts(rest, "$${"))
			continue;
		if (str_starts(rest, "${") && (!i || v->s.p[i - 1] != '$')) {
			sb_release(&b);
			if (s->name.n)
				diag_error(l->d, v->at, "no-template", "no ${…} in '" STR_FMT "': it must be known before anything runs",
				           STR_ARG(s->name));
			else
				diag_error(l->d, v->at, "no-template", "no ${…} here: it must be known before anything runs");
			return false;
		}
		sb_char(&b, v->s.p[i]);
	}
	*out = sb_take(&b, l->a);
	sb_release(&b);
	return true;
}

static bool decode_template(struct load *l, const struct subject *s, const struct value *v, struct node *out)
{
	struct span at;
	bool verbatim = scalar_place(l, v, &at);

	out->template_ = template_parse(l->s->lua, v->s, at, s->type & T_COMMAND ? TEMPLATE_SHELL : TEMPLATE_TEXT, verbatim);
	if (out->template_)
		out->what = NODE_TEMPLATE;
	return out->template_ != NULL;
}

static bool is_listed(const struct subject *s, struct str text)
{
	struct str rest = str_z(s->field ? s->field->choices : NULL), part;

	while (str_split(&rest, '|', &part))
		if (str_same(part, text))
			return true;
	return false;
}

static bool decode_text(struct load *l, const struct subject *s, const struct value *v, struct node *out)
{
	bool expression = str_find(v->s, STR("${")) >= 0;
	struct value text = *v;

	if (expression && s->field && s->field->flags & F_PLAIN) {
		if (!plain_text(l, s, v, &text.s)) {
			out->plain = (struct value){ .at = v->at };
			return false;
		}
		return subject_convert(l->a, l->d, s, &text, &out->plain);
	}
	if (s->type & T_LUA && !(s->type & OTHER_TEXT) && !is_listed(s, v->s)) {
		out->hook = hook_decode(l, v);
		out->what = out->hook ? NODE_HOOK : NODE_PLAIN;
		return out->hook != NULL;
	}
	if (expression || s->type & T_COMMAND)
		return decode_template(l, s, v, out);
	return subject_convert(l->a, l->d, s, v, &out->plain);
}

/* ---- lists and maps ------------------------------------------------------------------------------------------------ */

static bool decode_items(struct load *l, const struct subject *s, const struct value *items, size_t n, struct node *out)
{
	struct subject item = *s;
	bool ok = true;

	if (s->type & T_LIST)
		item.type &= ~(unsigned)T_LIST;
	else if (s->type & T_COMMAND) /* the words of a command that is run without a shell */
		item.type = T_TEXT | T_INT | T_NUMBER;
	out->what = NODE_LIST;
	out->n = n;
	out->children = arena_array(l->a, struct node, n);
	for (size_t i = 0; i < n; i++)
		ok &= node_decode(l, &item, &items[i], &out->children[i]);
	fold(l->a, out);
	return ok;
}

static void add_child(struct node *map, struct str key, struct span at, struct node child)
{
	map->keys[map->n] = key;
	map->key_at[map->n] = at;
	map->children[map->n++] = child;
}

/* The default as written in YAML, blamed on the map that lacks the key. */
static struct node fallback_node(struct load *l, const struct field *f, struct span at)
{
	struct str text = str_z(f->fallback);
	const char *why;
	struct value v = { 0 };
	struct node out = { 0 };
	struct subject s = subject_of(f, STR(""));

	if (text.n && strchr("[{\"'", text.p[0])) {
		if (!yaml_parse(l->a, l->d, diag_source(l->d, STR("a default"), text), &v))
			BUG("the default of '%s' is no YAML: %s", f->name, f->fallback);
	} else {
		yaml_scalar(text, &v, &why);
	}
	v.at = at;
	s.at = at;
	(void)node_decode(l, &s, &v, &out);
	return out;
}

static bool check_pair(struct load *l, const struct pair *p, const struct field *fields, struct str owner)
{
	if (str_find(p->key, STR("${")) >= 0) {
		diag_error(l->d, p->at, "no-template", "no ${…} in keys");
		return false;
	}
	if (fields && !field_find(fields, p->key)) {
		unknown_key(l->a, l->d, p, fields, owner);
		return false;
	}
	return true;
}

/* What the table asks for and the map lacks. */
static bool add_missing(struct load *l, const struct value *map, const struct field *fields, struct str owner, struct span at,
                        struct node *out)
{
	bool ok = true;

	for (const struct field *f = fields; f && f->name; f++) {
		if (lacks(l, map, fields, f)) {
			if (owner.n)
				diag_error(l->d, at, "missing-key", "'" STR_FMT "' needs '%s'", STR_ARG(owner), f->name);
			else
				diag_error(l->d, at, "missing-key", "'%s' is missing", f->name);
			if (f->help)
				diag_hint(l->d, "%s: %s", f->name, f->help);
			ok = false;
		} else if (f->flags & F_REQUIRED && !value_get(map, f->name)) {
			ok = false; /* told elsewhere */
		} else if (f->fallback && !value_get(map, f->name)) {
			add_child(out, str_z(f->name), at, fallback_node(l, f, at));
		}
	}
	return ok;
}

bool node_table(struct load *l, const struct value *map, const struct field *fields, struct str owner, struct span at,
                struct node *out)
{
	size_t room = map->map.n;
	bool ok = true;

	for (const struct field *f = fields; f && f->name; f++)
		room++;
	*out = (struct node){ .what = NODE_MAP, .type = T_MAP, .plain = { .at = map->at } };
	out->keys = arena_array(l->a, struct str, room);
	out->key_at = arena_array(l->a, struct span, room);
	out->children = arena_array(l->a, struct node, room);
	for (size_t i = 0; i < map->map.n; i++) {
		const struct pair *p = &map->map.pairs[i];
		struct node child = { 0 };

		if (!check_pair(l, p, fields, owner)) {
			ok = false;
			continue;
		}
		struct subject s = subject_of(fields ? field_find(fields, p->key) : NULL, p->key);

		s.at = p->at;
		ok &= node_decode(l, &s, &p->val, &child);
		add_child(out, p->key, p->at, child);
	}
	return add_missing(l, map, fields, owner, at, out) && ok;
}

/* A free map that must be known before anything runs: its values have no fields that would say so. */
static bool all_plain(struct load *l, const struct subject *s, const struct value *v)
{
	struct str text;
	bool ok = v->type != V_STR || plain_text(l, s, v, &text);

	for (size_t i = 0; v->type == V_LIST && i < v->list.n; i++)
		ok &= all_plain(l, s, &v->list.items[i]);
	for (size_t i = 0; v->type == V_MAP && i < v->map.n; i++)
		ok &= all_plain(l, s, &v->map.pairs[i].val);
	return ok;
}

bool node_decode(struct load *l, const struct subject *s, const struct value *v, struct node *out)
{
	bool ok;

	*out = (struct node){ .what = NODE_PLAIN, .type = s->type, .field = s->field, .plain = { .at = v->at } };
	if (v->type == V_STR)
		out->plain = *v; /* templates and hooks keep their text */
	if (v->type == V_MAP && s->type & (T_MAP | T_ANY)) {
		if (s->field && s->field->flags & F_PLAIN && !s->field->sub && !all_plain(l, s, v))
			return false;
		ok = node_table(l, v, s->field ? s->field->sub : NULL, s->name, v->at, out);
		out->type = s->type;
		out->field = s->field;
		fold(l->a, out);
		return ok;
	}
	if (v->type == V_LIST && s->type & (T_LIST | T_COMMAND | T_ANY))
		return decode_items(l, s, v->list.items, v->list.n, out);
	/* One item may stand without brackets; an expression may still turn out to be the whole list. */
	bool whole = v->type == V_STR && str_starts(v->s, "${") && !(s->type & (T_COMMAND | T_LUA));

	if (s->type & T_LIST && v->type != V_MAP && v->type != V_NULL && !whole)
		return decode_items(l, s, v, 1, out);
	if (v->type == V_STR)
		return decode_text(l, s, v, out);
	if (s->type & T_LUA && !(s->type & T_BOOL) && (v->type == V_BOOL || v->type == V_INT || v->type == V_REAL) &&
	    !(s->type & (T_INT | T_NUMBER))) {
		out->hook = hook_decode(l, v);
		out->what = out->hook ? NODE_HOOK : NODE_PLAIN;
		return out->hook != NULL;
	}
	return subject_convert(l->a, l->d, s, v, &out->plain);
}
