/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `where`: conditions over axes and params, compiled twice: once to learn the names it reads, once with these as
 * arguments, which is the fast form.
 */
#include "dsl/study/load.h"

static const struct value *param_named(const struct load *l, struct str name)
{
	const struct value *params = &l->s->params;

	if (str_is(name, "params"))
		return params;
	for (size_t i = 0; i < params->map.n; i++)
		if (str_same(params->map.pairs[i].key, name))
			return &params->map.pairs[i].val;
	return NULL;
}

static void unknown_name(struct load *l, struct span at, struct str name)
{
	VEC(struct str) names = { 0 };

	for (size_t i = 0; i < l->s->axis_count; i++)
		VEC_PUSH(l->a, &names, l->s->axes[i].name);
	for (size_t i = 0; i < l->s->params.map.n; i++)
		VEC_PUSH(l->a, &names, l->s->params.map.pairs[i].key);
	diag_error(l->d, at, "where-name", "'where' reads '" STR_FMT "', which is neither an axis nor a param", STR_ARG(name));
	diag_suggest(l->d, name, names.data, names.n);
}

/* Where the name stands in the text, for the caret. */
static struct span name_place(struct str text, struct span at, bool verbatim, struct str name)
{
	struct str line;
	size_t from = 0;

	for (uint32_t down = 0; verbatim && from <= text.n; down++) {
		struct str rest = str_from(text, from, text.n);

		if (!str_split(&rest, '\n', &line))
			break;
		for (size_t i = 0; i + name.n <= line.n; i++) {
			bool starts = !i || !is_identifier(str_from(line, i - 1, 1));
			bool ends = i + name.n == line.n || !is_identifier(str_from(line, i + name.n, 1));

			if (starts && ends && str_same(str_from(line, i, name.n), name))
				return (struct span){ at.file, at.line + down, at.col + (uint32_t)i, (uint32_t)name.n };
		}
		from += line.n + 1;
	}
	return at;
}

/* Sorts the names into axes (ascending) and params; false when one is neither. */
static bool sort_names(struct load *l, const struct str *names, size_t n, const struct value *v, struct span at, bool verbatim,
                       struct condition *c, struct str *args)
{
	bool *reads = arena_array(l->a, bool, l->s->axis_count + 1), ok = true;
	VEC(struct str) params = { 0 };

	c->axes = arena_array(l->a, uint32_t, l->s->axis_count + 1);
	c->params = arena_array(l->a, const struct value *, n + 1);
	for (size_t i = 0; i < n; i++) {
		const struct axis *x = map_get(&l->s->axis_by_name, names[i]);
		const struct value *param = x ? NULL : param_named(l, names[i]);

		if (x) {
			reads[x - l->s->axes] = true;
		} else if (param) {
			c->params[c->param_count++] = param;
			VEC_PUSH(l->a, &params, names[i]);
		} else { /* functions of Lua and of `lua:` are not among the names */
			unknown_name(l, name_place(v->s, at, verbatim, names[i]), names[i]);
			ok = false;
		}
	}
	for (size_t i = 0; i < l->s->axis_count; i++) {
		if (!reads[i])
			continue;
		args[c->axis_count] = l->s->axes[i].name;
		c->axes[c->axis_count++] = (uint32_t)i;
	}
	for (size_t i = 0; i < params.n; i++)
		args[c->axis_count + i] = params.data[i];
	return ok;
}

static void load_condition(struct load *l, const struct value *v)
{
	struct subject s = { NULL, T_LUA, STR("where"), v->at };
	struct condition c = { .at = v->at };
	const struct str *names;
	struct span at;
	size_t n;

	if (v->type != V_STR) {
		wrong_type(l->a, l->d, &s, v);
		return;
	}
	bool verbatim = scalar_place(l, v, &at);

	if (str_find(v->s, STR("${")) >= 0) {
		diag_error(l->d, v->at, "lua-template", "no ${…} here: this is Lua already");
		diag_hint(l->d, "write the expression itself");
		return;
	}
	if (folded_lua(l, v, verbatim))
		return;
	const struct lua_chunk *first = lua_expression(l->s->lua, v->s, at);

	if (!first)
		return;
	names = lua_chunk_names(first, &n);
	struct str *args = arena_array(l->a, struct str, n + 1);

	if (!sort_names(l, names, n, v, at, verbatim, &c, args))
		return;
	c.chunk = lua_condition(l->s->lua, v->s, at, args, c.axis_count + c.param_count);
	if (c.chunk)
		l->s->where[l->s->where_count++] = c;
}

void load_where(struct load *l, const struct value *v)
{
	size_t n = v && v->type == V_LIST ? v->list.n : 1;

	if (!v)
		return;
	l->s->where = arena_array(l->a, struct condition, n);
	for (size_t i = 0; i < n; i++)
		load_condition(l, v->type == V_LIST ? &v->list.items[i] : v);
}
