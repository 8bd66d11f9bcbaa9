/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the names in a step's expressions mean: its axes, the params, `params`, `models`, `datasets`, `out` and the steps.
 * The first meaning wins, in this order, so that an axis may carry the name of a param.
 */
#include "dsl/expand/expand.h"
#include "dsl/lua/lua_place.h"

static void name_add(struct stage *st, struct str name, struct binding b)
{
	struct arena *a = st->ex->study->arena;
	struct binding *copy;

	if (map_has(&st->names, name))
		return;
	copy = arena_make(a, struct binding);
	*copy = b;
	map_put(&st->names, name, copy);
}

static void add_params(struct stage *st)
{
	const struct study *s = st->ex->study;

	for (size_t i = 0; s->params.type == V_MAP && i < s->params.map.n; i++) {
		const struct pair *p = &s->params.map.pairs[i];

		name_add(st, p->key, (struct binding){ .what = BIND_VALUE, .value = p->val, .at = p->val.at,
		                                       .label = arena_printf(s->arena, "params." STR_FMT, STR_ARG(p->key)) });
	}
	if (s->params.type == V_MAP)
		name_add(st, STR("params"), (struct binding){ .what = BIND_VALUE, .value = s->params, .at = s->params.at,
		                                              .label = STR("params") });
}

void stage_names(struct stage *st)
{
	struct expansion *ex = st->ex;
	const struct study *s = ex->study;

	st->names.arena = s->arena;
	for (size_t i = 0; i < st->decl->axis_count; i++)
		name_add(st, s->axes[st->decl->axes[i]].name, (struct binding){ .what = BIND_AXIS, .index = (uint32_t)i });
	add_params(st);
	if (s->models.type == V_MAP && s->models.map.n)
		name_add(st, STR("models"), (struct binding){ .what = BIND_VALUE, .value = s->models, .at = s->models.at });
	if (s->dataset_count)
		name_add(st, STR("datasets"), (struct binding){ .what = BIND_VALUE, .value = ex->datasets });
	name_add(st, STR("out"), (struct binding){ .what = BIND_OUT });
}

const struct binding *stage_binding(const struct stage *st, struct str name)
{
	const struct binding *own = map_get(&st->names, name);
	const struct study *s = st->ex->study;

	if (own)
		return own;
	const struct step_decl *step = map_get(&s->step_by_name, name);

	return step ? &st->ex->step_bindings[step - s->steps] : NULL;
}

struct str *stage_name_list(const struct stage *st, size_t extra, size_t *n)
{
	const struct study *s = st->ex->study;
	struct str *list = arena_array(s->arena, struct str, extra + st->names.n + s->step_count + 1);

	*n = extra;
	for (size_t i = 0; i < st->names.n; i++)
		list[(*n)++] = st->names.entries[i].key;
	for (uint32_t i = 0; i < s->step_count; i++)
		if (!map_has(&st->names, s->steps[i].name))
			list[(*n)++] = s->steps[i].name;
	return list;
}

struct str point_text(const struct stage *st, const uint32_t *coords, struct arena *a)
{
	const struct step_decl *decl = st->decl;
	struct sb b;
	struct str out;

	sb_init(&b, 1 << 16);
	sb_add(&b, decl->name);
	for (size_t i = 0; i < decl->axis_count; i++) {
		const struct axis *x = &st->ex->study->axes[decl->axes[i]];

		sb_printf(&b, "%s" STR_FMT "=" STR_FMT, i ? "," : "[", STR_ARG(x->name), STR_ARG(x->labels[coords[i]]));
	}
	if (decl->axis_count)
		sb_char(&b, ']');
	out = sb_take(&b, a);
	sb_release(&b);
	return out;
}

size_t stage_outputs(const struct step_decl *decl, struct arena *a, const struct str **names)
{
	size_t n = 0, max = decl->out.n;
	struct str *list;

	if (decl->kind && decl->kind->outputs)
		for (const struct output *o = decl->kind->outputs; o->name; o++)
			max++;
	list = arena_array(a, struct str, max + 1);
	for (; n < decl->out.n; n++)
		list[n] = decl->out.keys[n];
	if (decl->kind && decl->kind->outputs)
		for (const struct output *o = decl->kind->outputs; o->name; o++)
			list[n++] = str_z(o->name);
	*names = list;
	return n;
}

/* hint: steps and datasets that exist. */
void suggest_tables(const struct expansion *ex, struct str wrong)
{
	const struct study *s = ex->study;
	size_t n = 0;
	struct str *list = arena_array(s->arena, struct str, s->step_count + s->dataset_count + 1);

	for (size_t i = 0; i < s->step_count; i++)
		list[n++] = s->steps[i].name;
	for (size_t i = 0; i < s->dataset_count; i++)
		list[n++] = s->datasets[i].name;
	diag_suggest(ex->d, wrong, list, n);
}

struct span node_place(const struct expansion *ex, const struct value *text, size_t offset, size_t len)
{
	return text->type == V_STR ? place_in(ex->d, text->s, text->at, offset, len) : text->at;
}
