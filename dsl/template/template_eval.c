/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Filling templates in. In a shell line every value ends up between single quotes, whatever stands around it:
 * bare → 'v'; inside '…' → v as it is, ' as '\''; inside "…" → "'v'", which closes, quotes and opens again.
 */
#include "dsl/template/template_private.h"

#define TEXT_MAX ((size_t)64 << 20)

struct filling {
	struct arena *a;
	struct diags *d;
	struct sb out;
};

static struct str text_of(const struct value *v, struct arena *a)
{
	struct sb text;

	if (v->type == V_STR)
		return v->s;
	sb_init(&text, TEXT_MAX);
	if (v->type == V_LIST) {
		for (size_t i = 0; i < v->list.n; i++) {
			if (i)
				sb_char(&text, ' ');
			value_text(&v->list.items[i], &text);
		}
	} else {
		value_text(v, &text);
	}
	struct str s = sb_take(&text, a);

	sb_release(&text);
	return s;
}

/* NUL ends every argument of a program: what stands behind it would be lost without a word. */
static bool has_nul(const struct filling *f, const struct piece *p, struct str s)
{
	if (!s.n || !__builtin_memchr(s.p, '\0', s.n))
		return false;
	(void)diag_error(f->d, p->at, "unsafe-shell", "the value of '" STR_FMT "' holds a NUL byte, which no command can take",
	                 STR_ARG(p->text)),
		diag_hint(f->d, "hand it over in a file");
	return true;
}

static void add_escaped(struct sb *out, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\'')
			sb_z(out, "'\\''");
		else
			sb_char(out, s.p[i]);
	}
}

static bool add_words(struct filling *f, const struct piece *p, const struct value *list)
{
	if (!list->list.n && p->glued)
		sb_z(&f->out, "''");
	for (size_t i = 0; i < list->list.n; i++) {
		struct str s = text_of(&list->list.items[i], f->a);

		if (has_nul(f, p, s))
			return false;
		if (i)
			sb_char(&f->out, ' ');
		shell_quote(s, &f->out);
	}
	return true;
}

static bool add_to_shell(struct filling *f, const struct piece *p, const struct value *v)
{
	struct str s;

	if (p->place == SHELL_BARE && v->type == V_LIST)
		return add_words(f, p, v);
	s = text_of(v, f->a);
	if (has_nul(f, p, s))
		return false;
	switch (p->place) {
	case SHELL_BARE:
		shell_quote(s, &f->out);
		return true;
	case SHELL_SINGLE:
		add_escaped(&f->out, s);
		return true;
	case SHELL_DOUBLE:
		sb_char(&f->out, '"');
		shell_quote(s, &f->out);
		sb_char(&f->out, '"');
		return true;
	case SHELL_COMMENT:
		return true; /* a line end in the value would end the comment; nobody reads it */
	case SHELL_UNSAFE:
		break;
	}
	BUG("a template with an unsafe place was kept");
}

static bool is_nothing(const struct filling *f, const struct piece *p, const struct value *v)
{
	bool prev = str_find(p->text, STR("prev(")) >= 0;

	if (v->type != V_NULL)
		return false;
	(void)diag_error(f->d, p->at, "nothing", "'" STR_FMT "' is nothing (nil) here, and a text is being made of it",
	                 STR_ARG(p->text));
	if (prev)
		diag_hint(f->d, "before the first point there is none; say what stands for it: ${" STR_FMT "%s or \"/dev/null\"}",
		          STR_ARG(p->text), str_ends(p->text, "}") ? ".out.NAME" : "");
	else
		diag_hint(f->d, "where an empty text is meant, write ${" STR_FMT " or \"\"}", STR_ARG(p->text));
	return true;
}

static bool add_value(const struct template_ *t, struct filling *f, const struct piece *p, const struct value *v)
{
	if (t->mode == TEMPLATE_SHELL)
		return add_to_shell(f, p, v);
	sb_add(&f->out, text_of(v, f->a));
	return true;
}

static enum eval fill(const struct template_ *t, struct lua_host *h, const struct lua_scope *scope, struct filling *f)
{
	enum eval worst = EVAL_OK; /* all are looked at, so that all mistakes come out */

	for (size_t i = 0; i < t->pieces.n; i++) {
		const struct piece *p = &t->pieces.data[i];
		struct value v;

		if (!p->chunk) {
			sb_add(&f->out, p->text);
			continue;
		}
		enum eval e = lua_eval(h, p->chunk, scope, f->a, &v, f->d);

		if (e == EVAL_OK && (is_nothing(f, p, &v) || !add_value(t, f, p, &v)))
			e = EVAL_ERROR;
		worst = e > worst ? e : worst;
	}
	if (!f->out.overflow)
		return worst;
	(void)diag_error(f->d, t->at, "lua-error", "the text is longer than %zu MiB", TEXT_MAX >> 20),
		diag_hint(f->d, "hand large values over in a file");
	return EVAL_ERROR;
}

enum eval template_eval(const struct template_ *t, struct lua_host *h, const struct lua_scope *scope, struct arena *a,
                        struct value *out, struct diags *d)
{
	struct filling f = { .a = a, .d = d };
	enum eval e;

	if (t->mode == TEMPLATE_TEXT && template_is_single(t)) {
		e = lua_eval(h, t->pieces.data[0].chunk, scope, a, out, d);
		if (e == EVAL_OK)
			out->at = t->at;
		return e;
	}
	sb_init(&f.out, TEXT_MAX);
	e = fill(t, h, scope, &f);
	if (e == EVAL_OK) {
		*out = value_str(sb_take(&f.out, a));
		out->at = t->at;
	}
	sb_release(&f.out);
	return e;
}
