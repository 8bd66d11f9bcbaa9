/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `lua:` and `plugins:`. A plugin file returns a table of kinds; each becomes a `struct kind` like those in C, with
 * `run` left NULL: a worker calls it through the host.
 */
#include <math.h>

#include "dsl/study/load.h"

static void load_one(struct load *l, const struct value *path, const char *what, struct str name)
{
	uint32_t source = load_source(l, path->s, path->at, what);

	if (source)
		(void)lua_host_load(l->s->lua, source, name); /* its errors are recorded */
}

/* Texts of a list, or one text; wrong items are recorded and left out. */
static void each_path(struct load *l, const struct value *v, const char *what, void (*see)(struct load *, const struct value *))
{
	struct subject s = { NULL, T_LIST | T_TEXT, str_z(what), v->at };
	struct value list;

	if (!subject_convert(l->a, l->d, &s, v, &list))
		return;
	for (size_t i = 0; i < list.list.n; i++)
		see(l, &list.list.items[i]);
}

static void see_lua(struct load *l, const struct value *path)
{
	load_one(l, path, "Lua file", (struct str){ NULL, 0 });
}

void load_lua(struct load *l, const struct value *v)
{
	each_path(l, v, "lua", see_lua);
}

/* ---- kinds written in Lua ------------------------------------------------------------------------------------------ */

struct type_word {
	const char *word;
	unsigned bit;
};

static const struct type_word type_table[] = {
	{ "text", T_TEXT },   { "boolean", T_BOOL }, { "integer", T_INT },     { "number", T_NUMBER | T_INT },
	{ "duration", T_DURATION }, { "size", T_SIZE }, { "money", T_MONEY }, { "path", T_PATH },
	{ "sha256", T_SHA256 },
	{ "table", T_TABLE }, { "command", T_COMMAND }, { "lua", T_LUA },      { "sql", T_SQL },
	{ "list", T_LIST },   { "map", T_MAP },      { "any", T_ANY },
};

/* "text|list" → bits. */
static unsigned type_bits(struct load *l, struct str text, struct span at, struct str field)
{
	struct str rest = text, part, names[countof(type_table)];
	unsigned bits = 0;

	while (str_split(&rest, '|', &part)) {
		unsigned before = bits;

		part = str_trim(part);
		for (size_t i = 0; i < countof(type_table); i++) {
			names[i] = str_z(type_table[i].word);
			if (str_same(part, names[i]))
				bits |= type_table[i].bit;
		}
		if (bits != before || str_is(part, "any"))
			continue;
		diag_error(l->d, at, "plugin-field", "field '" STR_FMT "' has the unknown type '" STR_FMT "'", STR_ARG(field),
		           STR_ARG(part));
		diag_suggest(l->d, part, names, countof(names));
	}
	return bits ? bits : T_ANY;
}

static struct str text_of(struct arena *a, const struct value *v)
{
	struct sb b;
	struct str out;

	if (!v)
		return STR("");
	if (v->type == V_STR)
		return arena_str(a, v->s);
	sb_init(&b, 1 << 16);
	json_write(v, &b);
	out = sb_take(&b, a);
	sb_release(&b);
	return out;
}

static double number_or(const struct value *v, double otherwise)
{
	double r;

	return value_number(v, &r) ? r : otherwise;
}

/* The default as it would be written in YAML; JSON is. */
static const char *fallback_of(struct load *l, const struct value *v)
{
	struct sb b;

	if (!v || v->type == V_NULL)
		return NULL;
	sb_init(&b, 1 << 16);
	json_write(v, &b);
	const char *z = sb_take(&b, l->a).p;

	sb_release(&b);
	return z;
}

static const char *choices_of(struct load *l, const struct value *v)
{
	struct str out = STR("");

	if (!v || (v->type != V_LIST && v->type != V_STR))
		return NULL;
	if (v->type == V_STR)
		return arena_str(l->a, v->s).p;
	for (size_t i = 0; i < v->list.n; i++)
		out = arena_printf(l->a, STR_FMT "%s" STR_FMT, STR_ARG(out), i ? "|" : "", STR_ARG(text_of(l->a, &v->list.items[i])));
	return out.p;
}

static struct field field_of(struct load *l, struct str name, const struct value *v, struct span at)
{
	const struct value *type = value_get(v, "type"), *required = value_get(v, "required"), *primary = value_get(v, "primary");
	const struct value *min = value_get(v, "min"), *max = value_get(v, "max");
	struct field f = { .name = arena_str(l->a, name).p };

	if (v->type != V_STR && v->type != V_MAP) {
		diag_error(l->d, at, "plugin-field", "field '" STR_FMT "' is %s, not a type or a table", STR_ARG(name), value_show(v, l->a).p);
		diag_hint(l->d, "for instance {type = \"number\", default = 1, help = \"…\"}");
	}
	f.type = type_bits(l, type ? text_of(l->a, type) : v->type == V_STR ? v->s : STR("any"), at, name);
	f.flags |= required && required->type == V_BOOL && required->b ? (unsigned)F_REQUIRED : 0;
	f.flags |= primary && primary->type == V_BOOL && primary->b ? (unsigned)F_PRIMARY : 0;
	if (min || max) {
		f.min = number_or(min, -(double)INFINITY);
		f.max = number_or(max, (double)INFINITY);
	}
	f.choices = choices_of(l, value_get(v, "choices"));
	f.fallback = fallback_of(l, value_get(v, "default"));
	f.help = text_of(l->a, value_get(v, "help")).p;
	return f;
}

static const struct field *fields_of(struct load *l, const struct value *v, struct span at)
{
	size_t n = v && v->type == V_MAP ? v->map.n : 0;
	struct field *out = arena_array(l->a, struct field, n + 1);

	for (size_t i = 0; i < n; i++)
		out[i] = field_of(l, v->map.pairs[i].key, &v->map.pairs[i].val, at);
	return out;
}

static const struct kind *kind_named(const struct load *l, struct str name)
{
	for (size_t i = 0; l->s->kinds[i]; i++)
		if (str_is(name, l->s->kinds[i]->name))
			return l->s->kinds[i];
	return NULL;
}

static void add_kind(struct load *l, const struct value *v, struct str plugin, struct span at)
{
	static const struct output rows[] = { { "rows", "rows.jsonl" }, { NULL, NULL } };
	struct str name = text_of(l->a, value_get(v, "name"));
	struct kind *k = arena_make(l->a, struct kind);
	size_t n = 0;

	if (!is_identifier(name) || field_find(step_fields, name)) {
		diag_error(l->d, at, "plugin-kind", "the plugin names a kind '" STR_FMT "'; that cannot be a kind", STR_ARG(name)),
			diag_hint(l->d, "letters, digits and '_', and no key that every step has");
		return;
	}
	if (kind_named(l, name)) {
		diag_error(l->d, at, "plugin-kind", "the plugin defines the kind '" STR_FMT "', which exists already", STR_ARG(name)),
			diag_hint(l->d, "give it another name");
		return;
	}
	double version = number_or(value_get(v, "version"), 1);

	*k = (struct kind){ .abi = RUNG_ABI, .struct_size = sizeof(*k), .name = name.p, .exec = EXEC_WORKER, .outputs = rows };
	k->version = version >= 0 && version <= UINT32_MAX ? (uint32_t)version : 1;
	k->summary = text_of(l->a, value_get(v, "summary")).p;
	k->fields = fields_of(l, value_get(v, "fields"), at);
	while (l->s->kinds[n])
		n++;
	const struct kind **kinds = arena_array(l->a, const struct kind *, n + 2);

	for (size_t i = 0; i < n; i++)
		kinds[i] = l->s->kinds[i];
	kinds[n] = k;
	l->s->kinds = kinds;
	VEC_PUSH(l->a, &l->s->plugin_kinds, ((struct plugin_kind){ k, plugin }));
}

static void see_plugin(struct load *l, const struct value *path)
{
	struct str base = path_base(path->s), ext = path_ext(path->s), name;
	struct value kinds = { 0 };

	if (!str_is(ext, "lua")) {
		diag_error(l->d, path->at, "plugin-file", "'" STR_FMT "' is no Lua file", STR_ARG(path->s));
		diag_hint(l->d, "plugins of a study end in '.lua'");
		return;
	}
	name = arena_str(l->a, str_from(base, 0, base.n - ext.n - 1));
	size_t before = l->d->errors;

	load_one(l, path, "plugin", name);
	if (l->d->errors != before || !lua_host_kinds(l->s->lua, name, path->at, l->a, &kinds))
		return;
	if (kinds.type != V_LIST || !kinds.list.n) {
		diag_error(l->d, path->at, "plugin-kind", "the plugin returns no list of kinds");
		diag_hint(l->d, "its last line is: return { {name = \"mine\", fields = {…}, run = function(…) … end} }");
		return;
	}
	for (size_t i = 0; i < kinds.list.n; i++)
		add_kind(l, &kinds.list.items[i], name, path->at);
}

void load_plugins(struct load *l, const struct value *v)
{
	each_path(l, v, "plugins", see_plugin);
}
