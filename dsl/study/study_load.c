/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * From a file to a checked study. The parts are read in the order in which they need each other, not in the file's:
 * names that expressions may read come first, Lua before what calls it. Each part records its mistakes and goes on.
 */
#include "dsl/study/load.h"

static const struct value *key(const struct load *l, const char *name)
{
	return value_get(&l->doc, name);
}

static void check_keys(struct load *l)
{
	struct span top = { l->text.source, 0, 0, 0 };

	for (size_t i = 0; i < l->doc.map.n; i++)
		if (!field_find(study_fields, l->doc.map.pairs[i].key))
			unknown_key(l->a, l->d, &l->doc.map.pairs[i], study_fields, STR(""));
	for (const struct field *f = study_fields; f->name; f++) {
		if (!lacks(l, &l->doc, study_fields, f))
			continue;
		diag_error(l->d, top, "missing-key", "'%s' is missing", f->name);
		diag_hint(l->d, "%s: %s", f->name, f->help);
	}
}

/* A top-level scalar by its row of the table. */
static bool take(struct load *l, const char *name, struct value *out)
{
	const struct value *v = key(l, name);
	struct subject s = subject_of(field_find(study_fields, str_z(name)), STR(""));

	return v && subject_convert(l->a, l->d, &s, v, out);
}

static void load_head(struct load *l)
{
	struct value v;

	if (take(l, "study", &v)) {
		bool good = v.s.n > 0 && v.s.n <= 100;

		for (size_t i = 0; i < v.s.n; i++) {
			char c = v.s.p[i];

			good &= (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
		}
		l->s->name = v.s;
		if (!good) {
			diag_error(l->d, v.at, "bad-name", "'" STR_FMT "' cannot be the name of a study", STR_ARG(v.s));
			diag_hint(l->d, "at most 100 of a-z, 0-9, '-' and '_'");
		}
	}
	if (take(l, "about", &v))
		l->s->about = v.s;
	(void)take(l, "language", &v);
	if (take(l, "ceiling", &v))
		l->s->ceiling = v.i;
}

static void load_parts(struct load *l)
{
	const struct value *lua = key(l, "lua"), *plugins = key(l, "plugins");

	check_keys(l);
	load_head(l);
	load_axes(l, key(l, "axes"));
	load_params(l, key(l, "params"));
	load_models(l, key(l, "models"));
	load_pools(l, key(l, "pools"));
	load_datasets(l, key(l, "datasets"));
	load_phases(l, key(l, "phases"));
	load_overrides(l);
	if (lua)
		load_lua(l, lua);
	if (plugins)
		load_plugins(l, plugins);
	load_where(l, key(l, "where"));
	load_steps(l, key(l, "steps"));
}

static struct study *study_new(const struct study_options *o, struct arena *a, struct diags *d)
{
	struct study *s = arena_make(a, struct study);
	size_t n = 0;

	*s = (struct study){ .arena = a, .diags = d, .ceiling = -1 };
	s->step_by_name.arena = s->axis_by_name.arena = s->dataset_by_name.arena = a;
	while (o->kinds && o->kinds[n])
		n++;
	s->kinds = arena_array(a, const struct kind *, n + 1);
	for (size_t i = 0; i < n; i++)
		s->kinds[i] = o->kinds[i];
	return s;
}

static bool parse(struct load *l)
{
	if (!load_open(l))
		return false;
	size_t errors = l->d->errors;

	if (!yaml_parse(l->a, l->d, l->text.source, &l->doc))
		return false;
	l->torn = l->d->errors > errors;
	if (l->doc.type == V_MAP)
		return true;
	struct str words = value_words(&l->doc, l->a);

	diag_error(l->d, l->doc.at, "not-a-map", "a study is a map, not " STR_FMT, STR_ARG(words));
	diag_hint(l->d, "it starts with `study: NAME`");
	return false;
}

bool study_load(const struct study_options *o, struct arena *a, struct diags *d, struct study **out)
{
	struct load l = { .a = a, .d = d, .o = o };
	size_t before = d->errors;

	*out = NULL;
	l.s = study_new(o, a, d);
	l.names.arena = l.chosen.arena = a;
	if (!parse(&l))
		return false;
	l.s->lua = lua_host_new(a, d, (struct lua_caps){ .memory = (size_t)256 << 20, .instructions = 10000000000, .wall_s = 2 });
	load_parts(&l);
	*out = l.s;
	return d->errors == before;
}

/* ---- what others may know ------------------------------------------------------------------------------------------ */

struct str study_name(const struct study *s)
{
	return s->name;
}

struct str study_about(const struct study *s)
{
	return s->about;
}

struct str study_root(const struct study *s)
{
	return s->root;
}

struct str study_path(const struct study *s)
{
	return s->path;
}

const struct kind *const *study_kinds(const struct study *s)
{
	return s->kinds;
}

const struct value *study_params(const struct study *s)
{
	return &s->params;
}

size_t study_phases(const struct study *s, const struct str **names)
{
	*names = s->phases;
	return s->phase_count;
}
