/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The small top-level keys: params, models, pools, datasets.
 */
#include <sys/stat.h>

#include "dsl/study/load.h"

static bool is_map(struct load *l, const struct value *v, const char *name, unsigned type)
{
	struct subject s = { NULL, type, str_z(name), v->at };

	return v->type == V_MAP || wrong_type(l->a, l->d, &s, v);
}

/* ---- params -------------------------------------------------------------------------------------------------------- */

/* Params are values, not templates: `${` anywhere inside is a mistake. */
static void refuse_templates(struct load *l, const struct value *v)
{
	if (v->type == V_STR && str_find(v->s, STR("${")) >= 0) {
		diag_error(l->d, v->at, "no-template", "no ${…} in params and axes: they are what expressions read");
		diag_hint(l->d, "put the expression where the value is used; a plain ${ cannot stand in a value");
		return;
	}
	for (size_t i = 0; v->type == V_LIST && i < v->list.n; i++)
		refuse_templates(l, &v->list.items[i]);
	for (size_t i = 0; v->type == V_MAP && i < v->map.n; i++)
		refuse_templates(l, &v->map.pairs[i].val);
}

void load_params(struct load *l, const struct value *v)
{
	l->s->params = (struct value){ .type = V_MAP };
	if (!v || !is_map(l, v, "params", T_MAP))
		return;
	l->s->params = value_copy(l->a, v); /* overrides write into it */
	for (size_t i = 0; i < v->map.n; i++) {
		(void)claim_name(l, v->map.pairs[i].key, v->map.pairs[i].at, "param");
		refuse_templates(l, &v->map.pairs[i].val);
	}
}

/* ---- models, pools ------------------------------------------------------------------------------------------------- */

void load_models(struct load *l, const struct value *v)
{
	l->s->models = (struct value){ .type = V_MAP };
	if (!v || !is_map(l, v, "models", T_MAP))
		return;
	l->s->models = *v;
	for (size_t i = 0; i < v->map.n; i++) {
		struct subject s = { NULL, T_MAP, v->map.pairs[i].key, v->map.pairs[i].at };

		if (v->map.pairs[i].val.type != V_MAP)
			wrong_type(l->a, l->d, &s, &v->map.pairs[i].val);
	}
}

void load_pools(struct load *l, const struct value *v)
{
	const struct field *amount = field_find(field_find(study_fields, STR("pools"))->sub, STR("*"));

	if (!v || !is_map(l, v, "pools", T_MAP))
		return;
	l->s->pools = arena_array(l->a, struct pool, v->map.n);
	for (size_t i = 0; i < v->map.n; i++) {
		const struct pair *p = &v->map.pairs[i];
		struct subject s = subject_of(amount, p->key);
		struct pool *pool = &l->s->pools[l->s->pool_count++];
		struct value size;

		s.at = p->at;
		pool->name = p->key;
		if (!is_identifier(p->key))
			diag_error(l->d, p->at, "bad-name", "'" STR_FMT "' cannot be the name of a pool: letters, digits and '_' can",
			           STR_ARG(p->key));
		if (subject_convert(l->a, l->d, &s, &p->val, &size))
			(void)value_number(&size, &pool->amount);
	}
}

/* ---- datasets ------------------------------------------------------------------------------------------------------ */

static void check_file(struct load *l, const struct value *path)
{
	struct str clean = path_clean(l->a, path->s);
	struct stat st;

	if (!path->s.n || !path_inside(clean)) {
		diag_error(l->d, path->at, "outside", "the dataset '" STR_FMT "' is not inside the study's folder", STR_ARG(path->s)),
			diag_hint(l->d, "copy it there, or link to it from there: a study is one folder");
		return;
	}
	if (l->o->snapshot) /* it was looked for when the snapshot was taken */
		return;
	struct str disk = path_join(l->a, l->s->root, clean), shown = path_join(l->a, l->shown_dir, clean);

	if (stat(disk.p, &st) != 0) {
		study_probe(l->s, clean, false);
		diag_error(l->d, path->at, "no-file", "there is no file '" STR_FMT "'", STR_ARG(shown)),
			diag_hint(l->d, "paths are relative to the folder of the study; what a step makes is named by the step, not here");
	} else if (!S_ISREG(st.st_mode)) {
		diag_error(l->d, path->at, "no-file", "'" STR_FMT "' is %s", STR_ARG(shown),
		           S_ISDIR(st.st_mode) ? "a folder, not a file" : "neither a file nor a folder"),
			diag_hint(l->d, "a dataset is one CSV or JSON Lines file");
	}
}

static void load_dataset(struct load *l, const struct pair *p, struct dataset *out)
{
	const struct field *table = field_find(study_fields, STR("datasets"))->sub, *row = field_find(table, p->key);
	struct value map = p->val;
	struct node n;

	*out = (struct dataset){ .name = p->key, .at = p->at, .require = { .type = V_LIST } };
	if (map.type == V_STR) { /* the path alone */
		map = value_map(l->a, 1);
		map.at = p->at;
		value_set(&map, STR("path"), p->val);
	}
	struct subject s = subject_of(row, p->key);

	if (map.type != V_MAP) {
		wrong_type(l->a, l->d, &s, &map);
		return;
	}
	if (!node_table(l, &map, row->sub, p->key, p->at, &n))
		return;
	const struct node *path = node_get(&n, "path"), *id = node_get(&n, "id"), *require = node_get(&n, "require");

	out->path = path_clean(l->a, path->plain.s);
	check_file(l, &path->plain);
	if (id)
		out->id = id->plain.s;
	if (require)
		out->require = require->plain;
}

void load_datasets(struct load *l, const struct value *v)
{
	if (!v || !is_map(l, v, "datasets", T_MAP))
		return;
	l->s->datasets = arena_array(l->a, struct dataset, v->map.n);
	for (size_t i = 0; i < v->map.n; i++) {
		struct dataset *set = &l->s->datasets[l->s->dataset_count++];

		(void)claim_name(l, v->map.pairs[i].key, v->map.pairs[i].at, "dataset");
		load_dataset(l, &v->map.pairs[i], set);
		map_put(&l->s->dataset_by_name, set->name, set);
	}
}
