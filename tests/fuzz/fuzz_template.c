/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Any text as a template, in text and in shell mode. Nothing may crash; and in a shell line a hostile value must make the
 * same words as a harmless one, with the one in the place of the other: so it was data everywhere. (The words are read by
 * a second, simpler reader of shell text, which knows neither here-documents nor $((…)), ${…} and `…`.)
 */
#include <string.h>

#include "dsl/template/template.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MARK "Q7q"

struct world {
	struct arena *a;
	struct diags d;
	struct lua_host *h;
	struct str value;
};

static struct name_meaning name(void *user, struct str text)
{
	struct world *w = user;
	struct name_meaning m = { .what = NAME_VALUE };

	if (str_is(text, "s"))
		m = (struct name_meaning){ .what = NAME_STEP };
	else if (str_is(text, "out"))
		m.what = NAME_OUT;
	else if (str_is(text, "n"))
		m.value = value_int(3);
	else
		m.value = value_str(w->value);
	return m;
}

static bool step_out(void *user, uint32_t step, const struct value *over, struct str output, struct str *text,
                     struct refusal *why)
{
	struct world *w = user;

	(void)step;
	(void)over;
	why->text = STR("no");
	*text = w->value;
	return output.n < 3;
}

static enum late step_value(void *user, uint32_t step, const struct value *over, struct value *out, struct refusal *why)
{
	(void)user;
	(void)step;
	(void)over;
	(void)why;
	*out = value_list(((struct world *)user)->a, 2);
	return LATE_OK;
}

static bool own_out(void *user, struct str output, struct str *text, struct refusal *why)
{
	return step_out(user, 0, NULL, output, text, why);
}

static bool simple_shell(struct str s)
{
	/* Q: quotes that vanish could make a MARK of the text's own, as in Q7''q. */
	static const char *const foreign[] = { "<<", "`", "$((", "$${", "$'", "Q", "\x1f" };

	for (size_t i = 0; i < countof(foreign); i++)
		if (str_find(s, str_z(foreign[i])) >= 0)
			return false;
	return true;
}

/* Only values as they are: what an expression computes from them may differ in any way. */
static bool only_values(const struct template_ *t)
{
	const struct lua_chunk *const *chunks;
	const struct str *parts;
	size_t n = template_chunks(t, &chunks), k;

	for (size_t i = 0; i < n; i++)
		if (!lua_chunk_is_path(chunks[i], &parts, &k))
			return false;
	return true;
}

static struct str with_value(struct world *w, struct str s)
{
	struct sb b;

	sb_init(&b, 1 << 24);
	for (long at; (at = str_find(s, STR(MARK))) >= 0; s = str_from(s, (size_t)at + sizeof(MARK) - 1, s.n)) {
		sb_add(&b, str_from(s, 0, (size_t)at));
		sb_add(&b, w->value);
	}
	sb_add(&b, s);
	struct str out = sb_take(&b, w->a);

	sb_release(&b);
	return out;
}

static enum eval fill(struct world *w, const struct template_ *t, struct str value, struct value *out)
{
	struct lua_scope scope = { w, name, NULL, step_out, step_value, own_out, NULL };

	w->value = value;
	return template_eval(t, w->h, &scope, w->a, out, &w->d);
}

static void compare(struct world *w, const struct template_ *t, struct str value)
{
	struct value harmless, hostile;
	struct str *words, *expected;
	size_t n, m;

	if (fill(w, t, STR(MARK), &harmless) != EVAL_OK || fill(w, t, value, &hostile) != EVAL_OK)
		return;
	shell_words(harmless.s, w->a, &expected, &m);
	shell_words(hostile.s, w->a, &words, &n);
	if (n != m)
		BUG("%zu words, not %zu: '" STR_FMT "' as '" STR_FMT "'", n, m, STR_ARG(hostile.s), STR_ARG(harmless.s));
	for (size_t i = 0; i < n; i++)
		if (!str_same(words[i], with_value(w, expected[i])))
			BUG("word '" STR_FMT "' of '" STR_FMT "'", STR_ARG(words[i]), STR_ARG(hostile.s));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const values[] = { "'", "\"; x \"", "$(x)", "a\nb #", "\\" };
	struct world w = { .a = arena_new() };
	struct str text = { (const char *)data, size };
	struct value v;

	diags_init(&w.d, w.a);
	struct span at = { diag_source(&w.d, STR("f"), text), 1, 1, 1 };

	w.h = lua_host_new(w.a, &w.d, (struct lua_caps){ 4 << 20, 200000, 0.5 });
	struct template_ *t = template_parse(w.h, text, at, TEMPLATE_TEXT, true);

	if (t)
		(void)fill(&w, t, STR("x"), &v);
	t = template_parse(w.h, text, at, TEMPLATE_SHELL, true);
	if (t && simple_shell(text) && only_values(t))
		for (size_t i = 0; i < countof(values); i++)
			compare(&w, t, str_z(values[i]));
	lua_host_free(w.h);
	arena_free(w.a);
	return 0;
}
