/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cli/options.h"

#include <string.h>

static const struct option *find_long(const struct args *args, struct str name)
{
	for (size_t t = 0; t < countof(args->tables); t++)
		for (const struct option *o = args->tables[t]; o && o->name; o++)
			if (str_is(name, o->name))
				return o;
	return NULL;
}

static const struct option *find_letter(const struct args *args, char letter)
{
	for (size_t t = 0; t < countof(args->tables); t++)
		for (const struct option *o = args->tables[t]; o && o->name; o++)
			if (o->letter && o->letter == letter)
				return o;
	return NULL;
}

static bool unknown_long(struct args *args, struct str name)
{
	VEC(struct str) names = { 0 };

	for (size_t t = 0; t < countof(args->tables); t++)
		for (const struct option *o = args->tables[t]; o && o->name; o++)
			VEC_PUSH(args->arena, &names, str_z(o->name));
	struct str near = str_nearest(name, names.data, names.n);

	args->problem = arena_printf(args->arena, "unknown option '--" STR_FMT "'", STR_ARG(name));
	if (near.n)
		args->hint = arena_printf(args->arena, "did you mean '--" STR_FMT "'?", STR_ARG(near));
	return false;
}

static void keep(struct args *args, const struct option *o, struct str value)
{
	VEC_PUSH(args->arena, &args->given, ((struct given){ o, value }));
}

/* `--name`, `--name=value`, `--name value`. *i is moved over a value. */
static bool parse_long(struct args *args, int argc, char **argv, int *i)
{
	struct str text = str_z(argv[*i] + 2), name = text, value = { 0 };
	long eq = str_find(text, STR("="));

	if (eq >= 0) {
		name = str_from(text, 0, (size_t)eq);
		value = str_from(text, (size_t)eq + 1, text.n);
	}
	const struct option *o = find_long(args, name);

	if (!o)
		return unknown_long(args, name);
	if (!o->value && eq >= 0) {
		args->problem = arena_printf(args->arena, "option '--%s' takes no value", o->name);
		return false;
	}
	if (o->value && eq < 0) {
		if (*i + 1 >= argc) {
			args->problem = arena_printf(args->arena, "option '--%s' needs a value: --%s %s", o->name, o->name, o->value);
			return false;
		}
		value = str_z(argv[++*i]);
	}
	keep(args, o, value);
	return true;
}

/* `-a`, `-ab`, `-oVALUE`, `-o VALUE`. */
static bool parse_short(struct args *args, int argc, char **argv, int *i)
{
	const char *p = argv[*i] + 1;

	for (; *p; p++) {
		const struct option *o = find_letter(args, *p);

		if (!o) {
			args->problem = arena_printf(args->arena, "unknown option '-%c'", *p);
			return false;
		}
		if (!o->value) {
			keep(args, o, STR(""));
			continue;
		}
		if (p[1]) {
			keep(args, o, str_z(p + 1));
			return true;
		}
		if (*i + 1 >= argc) {
			args->problem = arena_printf(args->arena, "option '-%c' needs a value: -%c %s", *p, *p, o->value);
			return false;
		}
		keep(args, o, str_z(argv[++*i]));
		return true;
	}
	return true;
}

bool args_parse(struct args *args, int argc, char **argv, bool first_word, int *used)
{
	bool only_words = false;
	int i = 0;

	for (; i < argc; i++) {
		const char *arg = argv[i];

		if (only_words || arg[0] != '-' || !arg[1]) {
			if (first_word)
				break;
			VEC_PUSH(args->arena, &args->words, str_z(arg));
		} else if (strcmp(arg, "--") == 0) {
			only_words = true;
		} else if (arg[1] == '-' ? !parse_long(args, argc, argv, &i) : !parse_short(args, argc, argv, &i)) {
			return false;
		}
	}
	if (used)
		*used = i;
	return true;
}

static const struct given *last_given(const struct args *args, const char *name)
{
	for (size_t i = args->given.n; i-- > 0;)
		if (strcmp(args->given.data[i].option->name, name) == 0)
			return &args->given.data[i];
	return NULL;
}

bool args_has(const struct args *args, const char *name)
{
	return last_given(args, name) != NULL;
}

struct str args_value(const struct args *args, const char *name)
{
	const struct given *g = last_given(args, name);

	return g ? g->value : STR("");
}

size_t args_values(const struct args *args, const char *name, struct str **out)
{
	VEC(struct str) all = { 0 };

	for (size_t i = 0; i < args->given.n; i++)
		if (strcmp(args->given.data[i].option->name, name) == 0)
			VEC_PUSH(args->arena, &all, args->given.data[i].value);
	*out = all.data;
	return all.n;
}
