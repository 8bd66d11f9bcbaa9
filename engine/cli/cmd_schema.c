/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * JSON Schema of study.yaml, for editors, made of the field tables. Every text may hold `${…}` unless its field is plain,
 * so numbers and the like accept a text too.
 */
#include <string.h>

#include "engine/cli/command.h"

#define ANY_MAX 12

static struct value map_of(struct arena *a, const char *key, struct value v)
{
	struct value m = value_map(a, 8);

	(void)value_set(&m, str_z(key), v);
	return m;
}

static struct value type_of(struct arena *a, const char *name)
{
	return map_of(a, "type", value_str(str_z(name)));
}

static struct value properties(struct arena *a, const struct field *fields, int depth);

static struct value choices_of(struct arena *a, const char *choices)
{
	struct str rest = str_z(choices), one;
	struct value list = value_list(a, 64);

	list.list.n = 0;
	while (str_split(&rest, '|', &one) && list.list.n < 64)
		list.list.items[list.list.n++] = value_str(one);
	return map_of(a, "enum", list);
}

static struct value number_of(struct arena *a, const struct field *f, const char *type)
{
	struct value v = type_of(a, type);

	if (f->min != 0 || f->max != 0) {
		(void)value_set(&v, STR("minimum"), value_real(f->min));
		(void)value_set(&v, STR("maximum"), value_real(f->max));
	}
	return v;
}

static struct value pattern(struct arena *a, const char *text)
{
	struct value v = type_of(a, "string");

	(void)value_set(&v, STR("pattern"), value_str(str_z(text)));
	return v;
}

/* One alternative per type bit. */
static size_t alternatives(struct arena *a, const struct field *f, struct value *out, int depth)
{
	const unsigned text = T_TEXT | T_PATH | T_TABLE | T_COMMAND | T_LUA | T_SQL;
	size_t n = 0;

	if (f->type & text)
		out[n++] = f->choices ? choices_of(a, f->choices) : type_of(a, "string");
	if (f->type & T_BOOL)
		out[n++] = type_of(a, "boolean");
	if (f->type & T_INT)
		out[n++] = number_of(a, f, "integer");
	if (f->type & T_NUMBER)
		out[n++] = number_of(a, f, "number");
	if (f->type & T_DURATION)
		out[n++] = pattern(a, "^[0-9.]+ ?(ms|s|m|h|d)$");
	if (f->type & T_SIZE)
		out[n++] = pattern(a, "^[0-9.]+ ?([kKMGT]i?)?B$");
	if (f->type & T_MONEY)
		out[n++] = pattern(a, "^[0-9.]+ USD$");
	if (f->type & T_SHA256)
		out[n++] = pattern(a, "^[0-9a-fA-F]{64}$");
	if (!(f->flags & F_PLAIN) && !(f->type & text))
		out[n++] = pattern(a, "\\$\\{");
	if (f->type & (T_LIST | T_COMMAND))
		out[n++] = type_of(a, "array");
	if (f->type & T_MAP)
		out[n++] = f->sub ? properties(a, f->sub, depth + 1) : type_of(a, "object");
	return n;
}

static struct value schema_of(struct arena *a, const struct field *f, int depth)
{
	struct value v = value_map(a, 5), any = value_list(a, ANY_MAX + 4);

	(void)value_set(&v, STR("description"), value_str(str_z(f->help)));
	if (f->fallback)
		(void)value_set(&v, STR("default"), value_str(str_z(f->fallback)));
	if (f->type & T_ANY)
		return v;
	any.list.n = alternatives(a, f, any.list.items, depth);
	if (any.list.n)
		(void)value_set(&v, STR("anyOf"), any);
	return v;
}

static struct value properties(struct arena *a, const struct field *fields, int depth)
{
	size_t n = 0, needed = 0;

	for (const struct field *f = fields; f->name; f++)
		n++;
	struct value v = type_of(a, "object"), props = value_map(a, n), required = value_list(a, n), others = value_bool(false);

	for (const struct field *f = fields; f->name; f++) {
		if (strcmp(f->name, "*") == 0) {
			others = depth < 8 ? schema_of(a, f, depth + 1) : value_bool(true);
			continue;
		}
		(void)value_set(&props, str_z(f->name), depth < 8 ? schema_of(a, f, depth + 1) : value_bool(true));
		if (f->flags & F_REQUIRED)
			required.list.items[needed++] = value_str(str_z(f->name));
	}
	required.list.n = needed;
	(void)value_set(&v, STR("properties"), props);
	(void)value_set(&v, STR("additionalProperties"), others);
	if (needed)
		(void)value_set(&v, STR("required"), required);
	return v;
}

/* ---- steps -------------------------------------------------------------------------------------------------------- */

static struct value kind_schema(struct arena *a, const struct kind *k)
{
	struct value v = value_map(a, 2), any = value_list(a, 4);
	const struct field *primary = NULL;

	any.list.n = 0;
	for (const struct field *f = k->fields; f->name; f++)
		if (f->flags & F_PRIMARY)
			primary = f;
	any.list.items[any.list.n++] = properties(a, k->fields, 0);
	if (primary)
		any.list.items[any.list.n++] = schema_of(a, primary, 0);
	(void)value_set(&v, STR("description"), value_str(str_z(k->summary)));
	(void)value_set(&v, STR("anyOf"), any);
	return v;
}

static struct value step_schema(struct arena *a)
{
	struct value v = properties(a, step_fields, 0);
	struct value *props = NULL;
	size_t kinds = 0;

	while (shipped_kinds[kinds])
		kinds++;
	for (size_t k = 0; k < v.map.n; k++)
		if (str_is(v.map.pairs[k].key, "properties"))
			props = &v.map.pairs[k].val;
	if (!props)
		return v;
	struct value wide = value_map(a, props->map.n + kinds);

	for (size_t i = 0; i < props->map.n; i++)
		(void)value_set(&wide, props->map.pairs[i].key, props->map.pairs[i].val);
	for (size_t k = 0; k < kinds; k++)
		(void)value_set(&wide, str_z(shipped_kinds[k]->name), kind_schema(a, shipped_kinds[k]));
	*props = wide;
	/* a study may bring kinds of its own, so other keys are let through */
	for (size_t k = 0; k < v.map.n; k++)
		if (str_is(v.map.pairs[k].key, "additionalProperties"))
			v.map.pairs[k].val = value_bool(true);
	return v;
}

static int run(struct world *w)
{
	struct arena *a = w->arena;

	if (w->word_count)
		return world_usage(w, "'rung schema' takes no words");
	struct value body = properties(a, study_fields, 0), v = value_map(a, 12);

	(void)value_set(&v, STR("$schema"), value_str(STR("https://json-schema.org/draft/2020-12/schema")));
	(void)value_set(&v, STR("title"), value_str(STR("a study of rung")));
	for (size_t i = 0; i < body.map.n; i++) {
		struct value *part = value_set(&v, body.map.pairs[i].key, body.map.pairs[i].val);

		for (size_t k = 0; str_is(body.map.pairs[i].key, "properties") && k < part->map.n; k++)
			if (str_is(part->map.pairs[k].key, "steps")) {
				struct value steps = type_of(a, "object");

				(void)value_set(&steps, STR("additionalProperties"), map_of(a, "$ref", value_str(STR("#/$defs/step"))));
				part->map.pairs[k].val = steps;
			}
	}
	(void)value_set(&v, STR("$defs"), map_of(a, "step", step_schema(a)));
	out_json(&v);
	return EXIT_FINE;
}

const struct command cmd_schema = {
	.name = "schema",
	.summary = "print the JSON Schema of a study, for editors",
	.usage = "",
	.about = "  rung schema > study.schema.json\n"
		 "  # first line of study.yaml, for editors with the YAML language server:\n"
		 "  # yaml-language-server: $schema=study.schema.json\n",
	.run = run,
};
