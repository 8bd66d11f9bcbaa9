/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Steps: which keys a step has, its kind, and the kind's fields. The common keys are in study_common.c.
 */
#include "dsl/study/load.h"

static const struct kind *kind_named(const struct load *l, struct str name)
{
	for (size_t i = 0; l->s->kinds[i]; i++)
		if (str_is(name, l->s->kinds[i]->name))
			return l->s->kinds[i];
	return NULL;
}

static void kind_names(struct load *l, bool with_common, const struct str **out, size_t *n)
{
	VEC(struct str) names = { 0 };

	for (size_t i = 0; l->s->kinds[i]; i++)
		VEC_PUSH(l->a, &names, str_z(l->s->kinds[i]->name));
	for (const struct field *f = step_fields; with_common && f->name; f++)
		VEC_PUSH(l->a, &names, str_z(f->name));
	*out = names.data;
	*n = names.n;
}

/* ---- which kind ---------------------------------------------------------------------------------------------------- */

struct keys { /* a step's keys, sorted out */
	const struct pair *kind;
	struct value common; /* V_MAP */
	bool unknown;
};

static void unknown_step_key(struct load *l, const struct step_decl *step, const struct pair *p)
{
	const struct str *names;
	size_t n;

	kind_names(l, true, &names, &n);
	diag_error(l->d, p->at, "unknown-key", "unknown key '" STR_FMT "' in step '" STR_FMT "'", STR_ARG(p->key),
	           STR_ARG(step->name));
	struct str near = str_nearest(p->key, names, n);

	if (near.n)
		diag_hint(l->d, "did you mean '" STR_FMT "'?", STR_ARG(near));
	else
		diag_hint(l->d, "`rung help step` lists the keys of every step, `rung help` the kinds");
}

static void sort_keys(struct load *l, const struct step_decl *step, const struct value *map, struct keys *k)
{
	k->common = value_map(l->a, map->map.n);
	k->common.at = map->at;
	for (size_t i = 0; i < map->map.n; i++) {
		const struct pair *p = &map->map.pairs[i];

		if (field_find(step_fields, p->key)) {
			value_set(&k->common, p->key, p->val);
			k->common.map.pairs[k->common.map.n - 1].at = p->at;
		} else if (!kind_named(l, p->key)) {
			unknown_step_key(l, step, p);
			k->unknown = true;
		} else if (k->kind) {
			diag_error(l->d, p->at, "two-kinds", "step '" STR_FMT "' is both '" STR_FMT "' and '" STR_FMT "'",
			           STR_ARG(step->name), STR_ARG(k->kind->key), STR_ARG(p->key));
			diag_note(l->d, k->kind->at, "'" STR_FMT "' is here", STR_ARG(k->kind->key));
			diag_hint(l->d, "make two steps of it");
		} else {
			k->kind = p;
		}
	}
}

static void no_kind(struct load *l, const struct step_decl *step)
{
	const struct str *names;
	struct str list = STR("");
	size_t n;

	if (l->torn)
		return;
	kind_names(l, false, &names, &n);
	for (size_t i = 0; i < n; i++)
		list = arena_printf(l->a, STR_FMT "%s" STR_FMT, STR_ARG(list), i ? ", " : "", STR_ARG(names[i]));
	diag_error(l->d, step->at, "no-kind", "step '" STR_FMT "' does not say what it does", STR_ARG(step->name));
	diag_hint(l->d, "it needs one of: " STR_FMT, STR_ARG(list));
}

/* ---- the kind's fields --------------------------------------------------------------------------------------------- */

static const struct field *primary_of(const struct kind *k)
{
	for (const struct field *f = k->fields; f && f->name; f++)
		if (f->flags & F_PRIMARY)
			return f;
	return NULL;
}

static void load_fields(struct load *l, struct step_decl *step, const struct pair *p)
{
	const struct field *primary = primary_of(step->kind);
	struct value map = p->val;

	if (map.type == V_NULL) {
		map = (struct value){ .type = V_MAP, .at = p->at };
	} else if (map.type != V_MAP && primary) {
		map = value_map(l->a, 1);
		map.at = p->at;
		value_set(&map, str_z(primary->name), p->val);
		map.map.pairs[0].at = p->at;
	} else if (map.type != V_MAP) {
		struct subject s = { NULL, T_MAP, p->key, p->at };

		wrong_type(l->a, l->d, &s, &map);
		diag_hint(l->d, "`rung help " STR_FMT "` lists its fields", STR_ARG(p->key));
		map = (struct value){ .type = V_MAP, .at = p->at };
		step->fields = (struct node){ .what = NODE_MAP, .type = T_MAP, .plain = { .at = p->at } };
		return;
	}
	static const struct field nothing[] = { { .name = NULL } };

	(void)node_table(l, &map, step->kind->fields ? step->kind->fields : nothing, p->key, p->at, &step->fields);
}

/* ---- steps --------------------------------------------------------------------------------------------------------- */

static void load_step(struct load *l, struct step_decl *step, const struct pair *p)
{
	struct subject s = { NULL, T_MAP, p->key, p->at };
	struct keys k = { 0 };

	step->cpus = 1;
	step->needs = (struct value){ .type = V_LIST };
	if (p->val.type == V_NULL) {
		no_kind(l, step);
		return;
	}
	if (p->val.type != V_MAP) {
		wrong_type(l->a, l->d, &s, &p->val);
		return;
	}
	sort_keys(l, step, &p->val, &k);
	if (k.kind) {
		step->kind = kind_named(l, k.kind->key);
		step->kind_at = k.kind->at;
		load_fields(l, step, k.kind);
	} else if (!k.unknown) {
		no_kind(l, step);
	}
	load_common(l, step, &k.common);
}

void load_steps(struct load *l, const struct value *v)
{
	struct subject s = { NULL, T_MAP, STR("steps"), { 0 } };

	if (!v || (v->type != V_MAP && !wrong_type(l->a, l->d, &s, v)))
		return;
	if (!v->map.n)
		diag_error(l->d, v->at, "no-steps", "the study has no steps"),
			diag_hint(l->d, "steps: {hello: {run: echo hello}}");
	l->s->steps = arena_array(l->a, struct step_decl, v->map.n);
	l->s->step_count = v->map.n;
	for (size_t i = 0; i < v->map.n; i++) { /* all names first: steps name each other */
		struct step_decl *step = &l->s->steps[i];

		*step = (struct step_decl){ .name = v->map.pairs[i].key, .at = v->map.pairs[i].at, .index = (uint32_t)i };
		(void)claim_name(l, step->name, step->at, "step");
		map_put(&l->s->step_by_name, step->name, step);
	}
	for (size_t i = 0; i < v->map.n; i++)
		load_step(l, &l->s->steps[i], &v->map.pairs[i]);
}
