/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `${name}` and `${a.b.c}` without entering Lua: most expressions of a study are nothing else. They mean the same as in
 * Lua but for one thing: a field that is not there is an error, since nobody can have wanted nothing.
 */
#include "dsl/lua/lua_box.h"

struct path {
	const struct lua_chunk *c;
	const struct lua_scope *scope;
	struct lua_host *h;
	struct diags *d;
	struct arena *a;
	struct value *out;
};

static struct span part_at(const struct path *p, size_t i)
{
	const struct str part = p->c->parts.data[i];

	return place_in(p->d, p->c->text, p->c->at, (size_t)(part.p - p->c->text.p), part.n);
}

static enum eval unknown(const struct path *p, size_t i, const char *what, const struct str *names, size_t n)
{
	struct str part = p->c->parts.data[i];

	if (i == 0)
		(void)diag_error(p->d, part_at(p, i), "unknown-name", "unknown name '" STR_FMT "'", STR_ARG(part));
	else
		(void)diag_error(p->d, part_at(p, i), "unknown-name", "'" STR_FMT "' has no %s '" STR_FMT "'",
		                 STR_ARG(p->c->parts.data[i - 1]), what, STR_ARG(part));
	diag_suggest(p->d, part, names, n);
	return EVAL_ERROR;
}

static enum eval no_field(const struct path *p, size_t i, const struct value *v, const char *what)
{
	struct names names = { 0 };

	if (v->type != V_MAP && v->type != V_NULL) {
		struct str last = p->c->parts.data[i - 1], text = p->c->text;

		(void)diag_error(p->d, part_at(p, i), "unknown-name", "'" STR_FMT "' is %s, which has no fields, so no '" STR_FMT "'",
		                 STR_ARG(last), value_show(v, p->d->arena).p, STR_ARG(p->c->parts.data[i]));
		diag_hint(p->d, v->type == V_LIST ? "an item of a list is written " STR_FMT "[1]" : "write " STR_FMT,
		          STR_ARG(str_from(text, 0, (size_t)(last.p - text.p) + last.n)));
		return EVAL_ERROR;
	}
	for (size_t k = 0; v->type == V_MAP && k < v->map.n; k++)
		VEC_PUSH(p->d->arena, &names, v->map.pairs[k].key);
	return unknown(p, i, what, names.data, names.n);
}

/* The fields from part i on. */
static enum eval fields(const struct path *p, size_t i, const struct value *v)
{
	for (; i < p->c->parts.n; i++) {
		const struct value *inner = NULL;

		for (size_t k = 0; v->type == V_MAP && k < v->map.n; k++)
			if (str_same(v->map.pairs[k].key, p->c->parts.data[i]))
				inner = &v->map.pairs[k].val;
		if (!inner)
			return no_field(p, i, v, "field");
		v = inner;
	}
	*p->out = value_copy(p->a, v);
	return EVAL_OK;
}

static enum eval refused(const struct path *p, const struct refusal *r)
{
	(void)diag_error(p->d, part_at(p, p->c->parts.n - 1), r->code ? r->code : "lua-error", STR_FMT, STR_ARG(r->text));
	if (r->hint.n)
		diag_hint(p->d, STR_FMT, STR_ARG(r->hint));
	else
		diag_suggest(p->d, r->wrong, r->names, r->name_count);
	return EVAL_ERROR;
}

static enum eval text_or_why(const struct path *p, bool fine, struct str text, const struct refusal *why)
{
	if (!fine)
		return refused(p, why);
	*p->out = value_str(arena_str(p->a, text));
	p->out->at = p->c->at;
	return EVAL_OK;
}

static enum eval out_of_step(const struct path *p, uint32_t step, struct str output)
{
	const struct value none = { .type = V_MAP };
	struct str text = { "", 0 };
	struct refusal why = { .text = STR("outputs are not known here") };
	bool fine = p->scope->step_out && p->scope->step_out(p->scope->user, step, &none, output, &text, &why);

	return text_or_why(p, fine, text, &why);
}

static enum eval own_out(const struct path *p, struct str output)
{
	struct str text = { "", 0 };
	struct refusal why = { .text = STR("outputs are not known here") };
	bool fine = p->scope->own_out && p->scope->own_out(p->scope->user, output, &text, &why);

	return text_or_why(p, fine, text, &why);
}

/* step.metric, gathered: the list of it. */
static enum eval gathered(const struct path *p, const struct value *v)
{
	const struct str *parts = p->c->parts.data;
	bool any = v->list.n == 0;

	*p->out = value_list(p->a, v->list.n);
	for (size_t i = 0; i < v->list.n; i++) {
		const struct value *row = &v->list.items[i];

		for (size_t k = 0; row->type == V_MAP && k < row->map.n; k++)
			if (str_same(row->map.pairs[k].key, parts[1]))
				any = true, p->out->list.items[i] = value_copy(p->a, &row->map.pairs[k].val);
	}
	return any ? EVAL_OK : no_field(p, 1, &v->list.items[0], "metric");
}

static enum eval value_of_step(const struct path *p, uint32_t step)
{
	const struct value none = { .type = V_MAP };
	struct value v = { 0 };
	struct refusal why = { .text = STR("values of steps are not known here") };
	enum late late = LATE_ERROR;

	if (p->scope->step_value)
		late = p->scope->step_value(p->scope->user, step, &none, &v, &why);
	if (late == LATE_WAITS)
		return EVAL_WAITS;
	if (late == LATE_ERROR)
		return refused(p, &why);
	if (v.type == V_LIST && p->c->parts.n == 2)
		return gathered(p, &v);
	for (size_t k = 0; v.type == V_MAP && k < v.map.n; k++)
		if (str_same(v.map.pairs[k].key, p->c->parts.data[1]))
			return fields(p, 1, &v);
	return no_field(p, 1, &v, "metric");
}

static enum eval step(const struct path *p, uint32_t step)
{
	const struct str *parts = p->c->parts.data, none = { "", 0 };
	size_t n = p->c->parts.n;

	if (n == 1 || (n == 2 && str_is(parts[1], "out")))
		return out_of_step(p, step, none);
	if (!str_is(parts[1], "out"))
		return value_of_step(p, step);
	return n == 3 ? out_of_step(p, step, parts[2]) : unknown(p, 3, "field", NULL, 0);
}

enum eval path_eval(struct lua_host *h, const struct lua_chunk *c, const struct lua_scope *scope, struct arena *a,
                    struct value *out, struct diags *d)
{
	struct value v = { .at = c->at };
	struct path p = { c, scope, h, d, a, &v };
	struct name_meaning m = { .what = NAME_UNKNOWN };
	struct str first = c->parts.data[0];
	enum eval e = EVAL_ERROR;

	if (scope && scope->name)
		m = scope->name(scope->user, first);
	switch (m.what) {
	case NAME_UNKNOWN: {
		const struct str *names = NULL;
		size_t n = scope && scope->names ? scope->names(scope->user, &names) : 0;

		return unknown(&p, 0, "", names, n);
	}
	case NAME_VALUE:
		if (scope->read)
			scope->read(scope->user, first, &m.value);
		e = fields(&p, 1, &m.value);
		break;
	case NAME_STEP:
		e = step(&p, m.step);
		break;
	case NAME_OUT:
		e = c->parts.n > 2 ? unknown(&p, 2, "field", NULL, 0)
		                   : own_out(&p, c->parts.n == 2 ? c->parts.data[1] : (struct str){ "", 0 });
		break;
	}
	if (e == EVAL_OK)
		*out = v;
	return e;
}
