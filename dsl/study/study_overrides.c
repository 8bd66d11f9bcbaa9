/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What narrows or changes a study without editing it: phases, `-s name=value`, `--only axis=a,b`.
 *
 * A phase comes first, the command line after it and wins. The command line is a source of its own, one line, so that
 * a mistake in it is shown with a caret like any other. Every phase is checked, chosen or not.
 */
#include <string.h>

#include "dsl/study/load.h"

/* ---- the command line as text -------------------------------------------------------------------------------------- */

/* "--phase pilot -s epoch=5 --only model=a"; remembers at which column each text starts. */
struct line {
	uint32_t *set_col, *only_col;
	uint32_t phase_col;
};

static void write_line(struct load *l, struct line *out)
{
	const struct study_options *o = l->o;
	struct sb b;

	out->set_col = arena_array(l->a, uint32_t, o->set_count);
	out->only_col = arena_array(l->a, uint32_t, o->only_count);
	if (!o->phase.n && !o->set_count && !o->only_count)
		return;
	sb_init(&b, 1 << 24);
	sb_z(&b, "rung");
	if (o->phase.n) {
		sb_z(&b, " --phase ");
		out->phase_col = (uint32_t)b.n + 1;
		sb_add(&b, o->phase);
	}
	for (size_t i = 0; i < o->set_count; i++) {
		sb_z(&b, " -s ");
		out->set_col[i] = (uint32_t)b.n + 1;
		sb_add(&b, o->sets[i]);
	}
	for (size_t i = 0; i < o->only_count; i++) {
		sb_z(&b, " --only ");
		out->only_col[i] = (uint32_t)b.n + 1;
		sb_add(&b, o->only[i]);
	}
	l->line = diag_source(l->d, STR("command line"), sb_take(&b, l->a));
	sb_release(&b);
}

static struct span on_line(const struct load *l, uint32_t col, size_t from, size_t n)
{
	return (struct span){ l->line, 1, col + (uint32_t)from, n ? (uint32_t)n : 1 };
}

/* ---- params -------------------------------------------------------------------------------------------------------- */

static struct value *child_of(struct value *map, struct str key)
{
	for (size_t i = 0; map->type == V_MAP && i < map->map.n; i++)
		if (str_same(map->map.pairs[i].key, key))
			return &map->map.pairs[i].val;
	return NULL;
}

static void unknown_param(struct load *l, struct span at, struct str name, const struct value *among, struct str path)
{
	const struct str *names;
	size_t n;

	if (path.n != name.n)
		diag_error(l->d, at, "unknown-param", "there is no '" STR_FMT "' in param '" STR_FMT "'", STR_ARG(name), STR_ARG(path));
	else
		diag_error(l->d, at, "unknown-param", "there is no param '" STR_FMT "'", STR_ARG(name));
	if (map_has(&l->s->axis_by_name, name)) {
		diag_hint(l->d, "'" STR_FMT "' is an axis: --only " STR_FMT "=…", STR_ARG(name), STR_ARG(name));
		return;
	}
	keys_of(l->a, among, &names, &n);
	diag_suggest(l->d, name, names, n);
}

bool set_param(struct load *l, struct str path, struct span at, const struct value *v)
{
	struct value *target = &l->s->params;
	struct str rest = path, part;

	while (str_split(&rest, '.', &part)) {
		if (!part.n) {
			diag_error(l->d, at, "override", "a name is missing beside a '.' of '" STR_FMT "'", STR_ARG(path));
			diag_hint(l->d, "-s sizes.small=5");
			return false;
		}
		struct value *below = child_of(target, part);

		if (!below && target->type != V_MAP) {
			diag_error(l->d, at, "unknown-param", "there is no '" STR_FMT "' below %s, which is no map", STR_ARG(part),
			           value_show(target, l->a).p);
			diag_hint(l->d, "to set the value itself leave out ." STR_FMT, STR_ARG(part));
			return false;
		}
		if (!below) {
			unknown_param(l, at, part, target, path);
			return false;
		}
		target = below;
	}
	if (target->type == V_MAP && v->type != V_MAP) {
		diag_error(l->d, at, "override", "param '" STR_FMT "' is a map; name what to set in it", STR_ARG(path));
		if (target->map.n)
			diag_hint(l->d, STR_FMT "." STR_FMT "=…", STR_ARG(path), STR_ARG(target->map.pairs[0].key));
		return false;
	}
	*target = *v;
	return true;
}

/* A value as it would stand in the study: a scalar, a list, a map. */
static bool parse_value(struct load *l, struct str text, struct span at, struct value *out)
{
	const char *why = NULL;

	*out = (struct value){ .at = at };
	if (text.n && strchr("[{\"'", text.p[0]))
		return yaml_parse(l->a, l->d, diag_source(l->d, STR("command line"), text), out);
	yaml_scalar(text, out, &why);
	if (why)
		diag_error(l->d, at, "yaml-number", "'" STR_FMT "' %s", STR_ARG(text), why);
	return yaml_free_of_mark(l->d, at, text) && !why;
}

/* "name=value" → its halves; *from: where the value starts. */
static bool halves(struct load *l, struct str text, struct span at, const char *example, struct str *name, size_t *from)
{
	long sign = str_find(text, STR("="));

	if (sign > 0) {
		*name = str_from(text, 0, (size_t)sign);
		*from = (size_t)sign + 1;
		return true;
	}
	diag_error(l->d, at, "override", "'" STR_FMT "' has no %s", STR_ARG(text), sign < 0 ? "'='" : "name");
	diag_hint(l->d, "%s", example);
	return false;
}

static void apply_set(struct load *l, struct str text, uint32_t col)
{
	struct str name;
	size_t from;
	struct value v;

	if (!halves(l, text, on_line(l, col, 0, text.n), "-s epoch=5", &name, &from))
		return;
	struct str written = str_from(text, from, text.n);

	if (parse_value(l, written, on_line(l, col, from, written.n), &v))
		(void)set_param(l, name, on_line(l, col, 0, name.n), &v);
}

/* ---- axes ---------------------------------------------------------------------------------------------------------- */

static bool is_value(const struct axis *x, size_t i, struct str text)
{
	const struct value *v = x->values[i].type == V_MAP ? value_get(&x->values[i], "name") : &x->values[i];

	return str_same(x->labels[i], text) || (v && v->type == V_STR && str_same(v->s, text));
}

/* Marks the values that stay; the last word on an axis counts. */
static void choose(struct load *l, const struct axis *x, const struct value *list)
{
	bool *keep = arena_array(l->a, bool, x->n + 1);

	for (size_t k = 0; k < list->list.n; k++) {
		const struct value *v = &list->list.items[k];
		struct str text = axis_label(l->a, v);
		bool found = false;

		for (size_t i = 0; i < x->n; i++) {
			bool is = is_value(x, i, v->type == V_STR ? v->s : text);

			keep[i] |= is;
			found |= is;
		}
		if (found)
			continue;
		diag_error(l->d, v->at, "unknown-value", "axis '" STR_FMT "' has no value '" STR_FMT "'", STR_ARG(x->name), STR_ARG(text));
		diag_suggest(l->d, text, x->labels, x->n);
	}
	map_put(&l->chosen, x->name, keep);
}

void choose_values(struct load *l, struct str name, struct span at, const struct value *list)
{
	const struct axis *x = map_get(&l->s->axis_by_name, name);
	VEC(struct str) names = { 0 };

	for (size_t i = 0; i < l->s->axis_count; i++)
		VEC_PUSH(l->a, &names, l->s->axes[i].name);
	if (!x) {
		diag_error(l->d, at, "unknown-axis", "there is no axis '" STR_FMT "'", STR_ARG(name));
		if (child_of(&l->s->params, name))
			diag_hint(l->d, "'" STR_FMT "' is a param: -s " STR_FMT "=…", STR_ARG(name), STR_ARG(name));
		else
			diag_suggest(l->d, name, names.data, names.n);
		return;
	}
	if (!list->list.n)
		diag_error(l->d, at, "nothing-left", "no value of axis '" STR_FMT "' is left", STR_ARG(name)),
			diag_hint(l->d, "name at least one of its values");
	else
		choose(l, x, list);
}

static void apply_only(struct load *l, struct str text, uint32_t col)
{
	struct str name, part, rest;
	VEC(struct value) items = { 0 };
	size_t from;

	if (!halves(l, text, on_line(l, col, 0, text.n), "--only model=a,b", &name, &from))
		return;
	rest = str_from(text, from, text.n);
	while (str_split(&rest, ',', &part)) {
		struct value v = value_str(part);

		v.at = on_line(l, col, (size_t)(part.p - text.p), part.n);
		VEC_PUSH(l->a, &items, v);
	}
	struct value list = { .type = V_LIST, .list = { items.data, items.n } };

	choose_values(l, name, on_line(l, col, 0, name.n), &list);
}

static void narrow(struct load *l)
{
	for (size_t k = 0; k < l->s->axis_count; k++) {
		struct axis *x = &l->s->axes[k];
		const bool *keep = map_get(&l->chosen, x->name);
		size_t n = 0;

		for (size_t i = 0; keep && i < x->n; i++) {
			if (!keep[i])
				continue;
			x->values[n] = x->values[i];
			x->labels[n++] = x->labels[i];
		}
		x->n = keep ? n : x->n;
	}
}

/* ---- phases -------------------------------------------------------------------------------------------------------- */

/* Decodes a phase. Applied to a copy when it is not the chosen one: then only its mistakes matter. */
static void one_phase(struct load *l, const struct pair *p, bool chosen)
{
	const struct field *row = field_find(field_find(study_fields, STR("phases"))->sub, p->key);
	struct value params = l->s->params;
	struct map before = l->chosen;
	struct node n;

	(void)node_table(l, &p->val, row->sub, p->key, p->at, &n); /* what is right in it is looked at all the same */
	const struct node *set = node_get(&n, "set"), *only = node_get(&n, "only"), *ceiling = node_get(&n, "ceiling");

	if (!chosen) {
		l->s->params = value_copy(l->a, &params);
		l->chosen = (struct map){ .arena = l->a };
	}
	for (size_t i = 0; set && set->plain.type == V_MAP && i < set->plain.map.n; i++)
		(void)set_param(l, set->plain.map.pairs[i].key, set->plain.map.pairs[i].at, &set->plain.map.pairs[i].val);
	for (size_t i = 0; only && only->plain.type == V_MAP && i < only->plain.map.n; i++) {
		const struct pair *q = &only->plain.map.pairs[i];
		struct value list = q->val;

		if (list.type != V_LIST) {
			list = value_list(l->a, 1);
			list.list.items[0] = q->val;
		}
		choose_values(l, q->key, q->at, &list);
	}
	if (!chosen) {
		l->s->params = params;
		l->chosen = before;
	} else if (ceiling && ceiling->plain.type == V_INT) {
		l->s->ceiling = ceiling->plain.i;
	}
}

static void phase_pairs(struct load *l, const struct value *v)
{
	for (size_t i = 0; i < v->map.n; i++) {
		const struct pair *p = &v->map.pairs[i];
		struct subject s = { NULL, T_MAP, p->key, p->at };
		bool chosen = str_same(p->key, l->o->phase);

		l->s->phases[l->s->phase_count++] = p->key;
		if (p->val.type == V_MAP)
			one_phase(l, p, chosen);
		else
			wrong_type(l->a, l->d, &s, &p->val);
	}
}

void load_phases(struct load *l, const struct value *v)
{
	struct subject s = { NULL, T_MAP, STR("phases"), { 0 } };

	if (!v || (v->type != V_MAP && !wrong_type(l->a, l->d, &s, v)))
		return;
	l->s->phases = arena_array(l->a, struct str, v->map.n);
	phase_pairs(l, v);
}

void load_overrides(struct load *l)
{
	struct line line = { 0 };
	bool known = false;

	write_line(l, &line);
	for (size_t i = 0; i < l->s->phase_count; i++)
		known |= str_same(l->s->phases[i], l->o->phase);
	if (l->o->phase.n && !known) {
		diag_error(l->d, on_line(l, line.phase_col, 0, l->o->phase.n), "unknown-phase", "there is no phase '" STR_FMT "'",
		           STR_ARG(l->o->phase));
		if (l->s->phase_count)
			diag_suggest(l->d, l->o->phase, l->s->phases, l->s->phase_count);
		else
			diag_hint(l->d, "the study has no 'phases:'");
	}
	for (size_t i = 0; i < l->o->set_count; i++)
		apply_set(l, l->o->sets[i], line.set_col[i]);
	for (size_t i = 0; i < l->o->only_count; i++)
		apply_only(l, l->o->only[i], line.only_col[i]);
	narrow(l);
}
