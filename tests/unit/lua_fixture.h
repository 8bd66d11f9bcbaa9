/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A host with a small world, for the tests of Lua and templates:
 *   source = "gpt", budget = 1000, share = 0.2, policy = {name: bad, deep: {x: 7}}, list = [a, b c, it's], none = []
 *   steps: train (accuracy 0.5, out.model), score (gathered: 3 rows), late (waits); out = own outputs
 */
#ifndef RUNG_LUA_FIXTURE_H
#define RUNG_LUA_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dsl/template/template.h"

struct world {
	struct arena *a;
	struct diags d;
	struct lua_host *h;
	struct lua_scope scope;
	struct value hostile; /* what the name `hostile` means */
	struct str reads[16];
	size_t read_count;
	char over[256]; /* the overrides that step_out saw last, as JSON */
};

static const struct str world_names[] = { STR("source"), STR("budget"), STR("share"),   STR("policy"), STR("list"),
	                                  STR("none"),   STR("train"),  STR("score"),   STR("late"),   STR("out"),
	                                  STR("hostile"), STR("nothing") };

static inline struct value texts(struct arena *a, size_t n, const char *const *z)
{
	struct value v = value_list(a, n);

	for (size_t i = 0; i < n; i++)
		v.list.items[i] = value_str(str_z(z[i]));
	return v;
}

static inline struct value json(struct world *w, const char *z)
{
	struct value v;
	struct str error;

	if (!json_parse(w->a, str_z(z), &v, &error))
		fail_msg("%s", error.p);
	return v;
}

static inline struct name_meaning world_name(void *user, struct str name)
{
	struct world *w = user;
	struct name_meaning m = { .what = NAME_VALUE };

	if (str_is(name, "source"))
		m.value = value_str(STR("gpt"));
	else if (str_is(name, "budget"))
		m.value = value_int(1000);
	else if (str_is(name, "share"))
		m.value = value_real(0.2);
	else if (str_is(name, "policy"))
		m.value = json(w, "{\"name\":\"bad\",\"deep\":{\"x\":7}}");
	else if (str_is(name, "list"))
		m.value = json(w, "[\"a\",\"b c\",\"it's\"]");
	else if (str_is(name, "none"))
		m.value = (struct value){ .type = V_LIST };
	else if (str_is(name, "hostile"))
		m.value = w->hostile;
	else if (str_is(name, "nothing"))
		m.value = (struct value){ .type = V_NULL };
	else if (str_is(name, "train"))
		m = (struct name_meaning){ .what = NAME_STEP, .step = 0 };
	else if (str_is(name, "score"))
		m = (struct name_meaning){ .what = NAME_STEP, .step = 1 };
	else if (str_is(name, "late"))
		m = (struct name_meaning){ .what = NAME_STEP, .step = 2 };
	else if (str_is(name, "out"))
		m.what = NAME_OUT;
	else
		m.what = NAME_UNKNOWN;
	return m;
}

static inline size_t world_list(void *user, const struct str **out)
{
	(void)user;
	*out = world_names;
	return countof(world_names);
}

static inline bool world_step_out(void *user, uint32_t step, const struct value *over, struct str output, struct str *text,
                                  struct refusal *why)
{
	struct world *w = user;
	struct sb b;

	sb_init(&b, sizeof(w->over));
	json_write(over, &b);
	memcpy(w->over, b.s, b.n + 1);
	sb_release(&b);
	if (output.n && !str_is(output, "model")) {
		why->text = arena_printf(w->a, "'train' has no output '" STR_FMT "'", STR_ARG(output));
		why->wrong = output;
		return false;
	}
	*text = arena_printf(w->a, "<%u" STR_FMT ">", step, STR_ARG(output));
	return true;
}

static inline enum late world_step_value(void *user, uint32_t step, const struct value *over, struct value *out,
                                         struct refusal *why)
{
	struct world *w = user;

	(void)over;
	(void)why;
	if (step == 2)
		return LATE_WAITS;
	*out = step == 0 ? json(w, "{\"accuracy\":0.5,\"loss\":2}")
	                 : json(w, "[{\"seed\":1,\"f1\":0.1},{\"seed\":2,\"f1\":0.2},{\"seed\":3,\"f1\":0.4}]");
	return LATE_OK;
}

static inline bool world_own_out(void *user, struct str output, struct str *text, struct refusal *why)
{
	struct world *w = user;

	(void)why;
	*text = arena_printf(w->a, "<out" STR_FMT ">", STR_ARG(output));
	return true;
}

static inline void world_read(void *user, struct str name, const struct value *v)
{
	struct world *w = user;

	(void)v;
	if (w->read_count < countof(w->reads))
		w->reads[w->read_count++] = arena_str(w->a, name);
}

static inline int world_setup(void **state)
{
	static struct world w;

	w = (struct world){ .a = arena_new() };
	diags_init(&w.d, w.a);
	w.h = lua_host_new(w.a, &w.d, (struct lua_caps){ 0 });
	w.scope = (struct lua_scope){ &w,           world_name,    world_list, world_step_out, world_step_value,
		                      world_own_out, world_read };
	*state = &w;
	return 0;
}

static inline int world_teardown(void **state)
{
	struct world *w = *state;

	lua_host_free(w->h);
	arena_free(w->a);
	return 0;
}

/* All diagnostics as text; then there are none. */
static inline const char *said(struct world *w)
{
	struct sb b;

	sb_init(&b, 1 << 20);
	diags_render(&w->d, &b, false);
	const char *z = sb_take(&b, w->a).p;

	sb_release(&b);
	w->d.n = w->d.errors = w->d.warnings = 0;
	return z;
}

static inline const char *shown(struct world *w, const struct value *v)
{
	struct sb b;

	sb_init(&b, 1 << 20);
	json_write(v, &b);
	const char *z = sb_take(&b, w->a).p;

	sb_release(&b);
	return z;
}

/* The text as a whole source of its own. */
static inline struct span source_of(struct world *w, const char *z)
{
	uint32_t file = diag_source(&w->d, STR("s.yaml"), str_z(z));

	return (struct span){ file, 1, 1, (uint32_t)strcspn(z, "\n") };
}

/* The value as JSON, or "waits", or the diagnostics. */
static inline const char *eval_text(struct world *w, const char *z)
{
	struct value v;
	struct lua_chunk *c = lua_expression(w->h, str_z(z), source_of(w, z));

	if (!c)
		return said(w);
	switch (lua_eval(w->h, c, &w->scope, w->a, &v, &w->d)) {
	case EVAL_OK:
		return shown(w, &v);
	case EVAL_WAITS:
		return "waits";
	case EVAL_ERROR:
		break;
	}
	return said(w);
}

/* A hook called with the arguments (a JSON list); seeded when seed is not 0. */
static inline const char *hook_text(struct world *w, const char *z, const char *args, uint64_t seed)
{
	struct value v, list = json(w, args);
	struct lua_hook *k = lua_hook(w->h, str_z(z), source_of(w, z));

	if (!k || !lua_hook_call(w->h, k, &w->scope, list.list.items, list.list.n, seed, seed != 0, NULL, w->a, &v, &w->d))
		return said(w);
	return shown(w, &v);
}

static inline bool load(struct world *w, const char *text)
{
	return lua_host_load(w->h, diag_source(&w->d, STR("hooks.lua"), str_z(text)), (struct str){ 0 });
}

#endif
