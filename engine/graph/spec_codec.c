/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A spec as a plain value tree and back. The tree goes through a pipe whose encoding knows nothing of positions, so
 * they stand in it as values:
 *
 *   span    nothing, or [file, line, col, len]
 *   node    [span, 0, scalar] | [span, 1, node, …] for a list | [span, 2, key, span of the key, node, …] for a map
 *   spec    {at, common, files, outs, own, reads, saves, skip, tokens, tools, waits}
 *
 * What is read back is checked field by field: a worker that went mad is a failed task, not a crash.
 */
#include "engine/graph/spec.h"

const struct value *spec_part(const struct spec *s, const char *label)
{
	const struct value *own = value_get(&s->own, label);

	return own ? own : value_get(s->common, label);
}

/* ---- labels ------------------------------------------------------------------------------------------------------- */

static bool is_common(struct str label)
{
	static const char *const labels[] = { "metrics", "out", "env", "version", "kind_source", "~tables", "~tables_here" };

	for (size_t i = 0; i < countof(labels); i++)
		if (str_is(label, labels[i]))
			return true;
	return false;
}

struct str spec_field_label(struct str key, bool keyed, struct arena *a)
{
	if (!keyed)
		return arena_printf(a, "~" STR_FMT, STR_ARG(key));
	return is_common(key) || str_starts(key, "~") || str_starts(key, ".") ? arena_printf(a, "." STR_FMT, STR_ARG(key)) : key;
}

bool spec_field_of(struct str label, struct str *key)
{
	*key = str_starts(label, "~") || str_starts(label, ".") ? str_from(label, 1, label.n) : label;
	return !is_common(label);
}

/* ---- to a tree ---------------------------------------------------------------------------------------------------- */

static struct value put_span(struct span at, struct arena *a)
{
	if (!at.file)
		return (struct value){ .type = V_NULL };
	struct value v = value_list(a, 4);

	v.list.items[0] = value_int(at.file);
	v.list.items[1] = value_int(at.line);
	v.list.items[2] = value_int(at.col);
	v.list.items[3] = value_int(at.len);
	return v;
}

static struct value put_node(const struct value *v, struct arena *a)
{
	size_t extra = v->type == V_LIST ? v->list.n : v->type == V_MAP ? 3 * v->map.n : 1;
	struct value node = value_list(a, 2 + extra), *to = node.list.items;

	*to++ = put_span(v->at, a);
	*to++ = value_int(v->type == V_LIST ? 1 : v->type == V_MAP ? 2 : 0);
	if (v->type == V_LIST) {
		for (size_t i = 0; i < v->list.n; i++)
			*to++ = put_node(&v->list.items[i], a);
	} else if (v->type == V_MAP) {
		for (size_t i = 0; i < v->map.n; i++) {
			*to++ = value_str(v->map.pairs[i].key);
			*to++ = put_span(v->map.pairs[i].at, a);
			*to++ = put_node(&v->map.pairs[i].val, a);
		}
	} else {
		*to = *v;
	}
	return node;
}

/* [text, text, span]: what outputs, saves and files are written as. */
static struct value put_texts(struct str x, struct str y, struct span at, struct arena *a)
{
	struct value v = value_list(a, 3);

	v.list.items[0] = value_str(x);
	v.list.items[1] = value_str(y);
	v.list.items[2] = put_span(at, a);
	return v;
}

static struct value put_tokens(const struct spec *s, struct arena *a)
{
	struct value list = value_list(a, s->token_count);

	for (size_t i = 0; i < s->token_count; i++) {
		struct value v = value_list(a, 4);

		v.list.items[0] = value_int(s->tokens[i].what);
		v.list.items[1] = value_int(s->tokens[i].mention);
		v.list.items[2] = value_str(s->tokens[i].name);
		v.list.items[3] = put_span(s->tokens[i].at, a);
		list.list.items[i] = v;
	}
	return list;
}

static struct value put_reads(const struct spec *s, struct arena *a)
{
	struct value list = value_list(a, s->read_count);

	for (size_t i = 0; i < s->read_count; i++) {
		struct value v = value_list(a, 3);

		v.list.items[0] = value_str(s->reads[i].label);
		v.list.items[1] = put_node(&s->reads[i].value, a);
		v.list.items[2] = put_span(s->reads[i].at, a);
		list.list.items[i] = v;
	}
	return list;
}

struct value spec_encode(const struct spec *s, struct arena *a)
{
	struct value map = value_map(a, 11), files = value_list(a, s->file_count), tools = value_list(a, s->tool_count);
	struct value outs = value_list(a, s->out_count), saves = value_list(a, s->save_count);
	struct value nothing = value_map(a, 0);

	for (size_t i = 0; i < s->file_count; i++)
		files.list.items[i] = put_texts(s->files[i], STR(""), s->file_at ? s->file_at[i] : (struct span){ 0 }, a);
	for (size_t i = 0; i < s->tool_count; i++)
		tools.list.items[i] = put_texts(s->tools[i], STR(""), s->tool_at ? s->tool_at[i] : (struct span){ 0 }, a);
	for (size_t i = 0; i < s->out_count; i++)
		outs.list.items[i] = put_texts(s->outs[i].name, s->outs[i].file, s->outs[i].at, a);
	for (size_t i = 0; i < s->save_count; i++)
		saves.list.items[i] = put_texts(s->saves[i].path, s->saves[i].out, s->saves[i].at, a);
	(void)value_set(&map, STR("at"), put_span(s->at, a));
	(void)value_set(&map, STR("common"), put_node(s->common ? s->common : &nothing, a));
	(void)value_set(&map, STR("files"), files);
	(void)value_set(&map, STR("outs"), outs);
	(void)value_set(&map, STR("own"), put_node(s->own.type == V_MAP ? &s->own : &nothing, a));
	(void)value_set(&map, STR("reads"), put_reads(s, a));
	(void)value_set(&map, STR("saves"), saves);
	(void)value_set(&map, STR("skip"), value_bool(s->skip));
	(void)value_set(&map, STR("tokens"), put_tokens(s, a));
	(void)value_set(&map, STR("tools"), tools);
	(void)value_set(&map, STR("waits"), value_bool(s->waits));
	return map;
}

/* ---- from a tree -------------------------------------------------------------------------------------------------- */

static bool get_number(const struct value *v, uint32_t *out)
{
	if (v->type != V_INT || v->i < 0 || v->i > UINT32_MAX)
		return false;
	*out = (uint32_t)v->i;
	return true;
}

static bool get_span(const struct value *v, struct span *out)
{
	*out = (struct span){ 0 };
	if (v->type == V_NULL)
		return true;
	return v->type == V_LIST && v->list.n == 4 && get_number(&v->list.items[0], &out->file) &&
	       get_number(&v->list.items[1], &out->line) && get_number(&v->list.items[2], &out->col) &&
	       get_number(&v->list.items[3], &out->len);
}

static bool get_node(const struct value *v, struct arena *a, struct value *out, unsigned depth);

static bool get_map(const struct value *items, size_t n, struct arena *a, struct value *out, unsigned depth)
{
	*out = value_map(a, n / 3);
	for (size_t i = 0; i + 3 <= n; i += 3) {
		struct pair *p = &out->map.pairs[i / 3];

		if (items[i].type != V_STR || !get_span(&items[i + 1], &p->at) || !get_node(&items[i + 2], a, &p->val, depth))
			return false;
		p->key = items[i].s;
		out->map.n = i / 3 + 1;
	}
	return n % 3 == 0;
}

static bool get_node(const struct value *v, struct arena *a, struct value *out, unsigned depth)
{
	struct span at;
	uint32_t shape;

	if (depth > VALUE_DEPTH || v->type != V_LIST || v->list.n < 2 || !get_span(&v->list.items[0], &at) ||
	    !get_number(&v->list.items[1], &shape))
		return false;
	const struct value *items = v->list.items + 2;
	size_t n = v->list.n - 2;

	if (shape == 0) {
		if (n != 1 || items->type == V_LIST || items->type == V_MAP)
			return false;
		*out = *items;
	} else if (shape == 1) {
		*out = value_list(a, n);
		for (size_t i = 0; i < n; i++)
			if (!get_node(&items[i], a, &out->list.items[i], depth + 1))
				return false;
	} else if (shape != 2 || !get_map(items, n, a, out, depth + 1)) {
		return false;
	}
	out->at = at;
	return true;
}

/* The list under the key; what it holds is copied nowhere: the texts live as long as the tree. */
static bool get_list(const struct value *map, const char *key, const struct value **items, size_t *n)
{
	const struct value *v = value_get(map, key);

	if (!v || v->type != V_LIST)
		return false;
	*items = v->list.items;
	*n = v->list.n;
	return true;
}

static bool get_texts(const struct value *v, struct str *x, struct str *y, struct span *at)
{
	if (v->type != V_LIST || v->list.n != 3 || v->list.items[0].type != V_STR || v->list.items[1].type != V_STR)
		return false;
	*x = v->list.items[0].s;
	*y = v->list.items[1].s;
	return get_span(&v->list.items[2], at);
}

static bool get_tokens(const struct value *map, struct arena *a, struct spec *out)
{
	const struct value *items;

	if (!get_list(map, "tokens", &items, &out->token_count))
		return false;
	out->tokens = arena_array(a, struct token, out->token_count + 1);
	for (size_t i = 0; i < out->token_count; i++) {
		struct token *t = &out->tokens[i];
		uint32_t what;

		if (items[i].type != V_LIST || items[i].list.n != 4 || !get_number(&items[i].list.items[0], &what) || what > TOKEN_TABLE ||
		    !get_number(&items[i].list.items[1], &t->mention) || items[i].list.items[2].type != V_STR ||
		    !get_span(&items[i].list.items[3], &t->at))
			return false;
		t->what = (enum token_what)what;
		t->name = items[i].list.items[2].s;
	}
	return true;
}

static bool get_reads(const struct value *map, struct arena *a, struct spec *out)
{
	const struct value *items;

	if (!get_list(map, "reads", &items, &out->read_count))
		return false;
	out->reads = arena_array(a, struct spec_read, out->read_count + 1);
	for (size_t i = 0; i < out->read_count; i++) {
		struct spec_read *r = &out->reads[i];

		if (items[i].type != V_LIST || items[i].list.n != 3 || items[i].list.items[0].type != V_STR ||
		    !get_node(&items[i].list.items[1], a, &r->value, 0) || !get_span(&items[i].list.items[2], &r->at))
			return false;
		r->label = items[i].list.items[0].s;
	}
	return true;
}

static bool get_files(const struct value *map, struct arena *a, struct spec *out)
{
	const struct value *items;
	struct str unused;

	if (!get_list(map, "files", &items, &out->file_count))
		return false;
	out->files = arena_array(a, struct str, out->file_count + 1);
	out->file_at = arena_array(a, struct span, out->file_count + 1);
	for (size_t i = 0; i < out->file_count; i++)
		if (!get_texts(&items[i], &out->files[i], &unused, &out->file_at[i]))
			return false;
	if (!get_list(map, "tools", &items, &out->tool_count))
		return false;
	out->tools = arena_array(a, struct str, out->tool_count + 1);
	out->tool_at = arena_array(a, struct span, out->tool_count + 1);
	for (size_t i = 0; i < out->tool_count; i++)
		if (!get_texts(&items[i], &out->tools[i], &unused, &out->tool_at[i]))
			return false;
	return true;
}

static bool get_outs(const struct value *map, struct arena *a, struct spec *out)
{
	const struct value *items;

	if (!get_list(map, "outs", &items, &out->out_count))
		return false;
	out->outs = arena_array(a, struct spec_out, out->out_count + 1);
	for (size_t i = 0; i < out->out_count; i++)
		if (!get_texts(&items[i], &out->outs[i].name, &out->outs[i].file, &out->outs[i].at))
			return false;
	if (!get_list(map, "saves", &items, &out->save_count))
		return false;
	out->saves = arena_array(a, struct spec_save, out->save_count + 1);
	for (size_t i = 0; i < out->save_count; i++)
		if (!get_texts(&items[i], &out->saves[i].path, &out->saves[i].out, &out->saves[i].at))
			return false;
	return true;
}

bool spec_decode(const struct value *v, struct arena *a, struct spec *out)
{
	const struct value *at = value_get(v, "at"), *common = value_get(v, "common"), *own = value_get(v, "own");
	const struct value *skip = value_get(v, "skip"), *waits = value_get(v, "waits");
	struct value *made = arena_make(a, struct value);
	struct spec s = { .common = made };

	if (!at || !common || !own || !skip || !waits || skip->type != V_BOOL || waits->type != V_BOOL || !get_span(at, &s.at))
		return false;
	if (!get_node(common, a, made, 0) || made->type != V_MAP || !get_node(own, a, &s.own, 0) || s.own.type != V_MAP)
		return false;
	if (!get_tokens(v, a, &s) || !get_reads(v, a, &s) || !get_files(v, a, &s) || !get_outs(v, a, &s))
		return false;
	s.skip = skip->b;
	s.waits = waits->b;
	*out = s;
	return true;
}
