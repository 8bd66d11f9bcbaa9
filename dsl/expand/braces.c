/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `step{axis = value}`: the points that braces pick. What is usually written (a literal, the axis itself, `prev(axis)`) is
 * understood here, so that a million points cost no Lua; anything else is compiled as a table and evaluated at each point.
 * `prev(v)` is the nearest value before v, at the other axes of the naming point, that `where` left; there may be none.
 */
#include "dsl/expand/expand.h"

static long axis_column(const struct step_decl *step, uint32_t axis)
{
	for (size_t i = 0; i < step->axis_count; i++)
		if (step->axes[i] == axis)
			return (long)i;
	return -1;
}

/* The index of a value on an axis: the value itself, or the name of linked settings. */
static long axis_value(const struct axis *x, const struct value *v)
{
	const struct value *name = value_get(v, "name");

	for (size_t i = 0; i < x->n; i++) {
		const struct value *mine = value_get(&x->values[i], "name");

		if (value_same(&x->values[i], v) || (mine && (value_same(mine, v) || (name && value_same(mine, name)))))
			return (long)i;
	}
	return -1;
}

static const struct str *axis_names(const struct expansion *ex, const struct step_decl *step)
{
	struct str *list = arena_array(ex->study->arena, struct str, step->axis_count + 1);

	for (size_t i = 0; i < step->axis_count; i++)
		list[i] = ex->study->axes[step->axes[i]].name;
	return list;
}

static const struct axis *named_axis(const struct expansion *ex, uint32_t target, struct str name, uint32_t *index)
{
	const struct study *s = ex->study;
	const struct axis *x = map_get(&s->axis_by_name, name);

	if (!x)
		return NULL;
	*index = (uint32_t)(x - s->axes);
	return axis_column(&s->steps[target], *index) < 0 ? NULL : x;
}

static bool no_axis(const struct expansion *ex, uint32_t target, struct str name, struct span at)
{
	const struct step_decl *step = &ex->study->steps[target];

	diag_error(ex->d, at, "unknown-axis", "step '" STR_FMT "' has no axis '" STR_FMT "'", STR_ARG(step->name), STR_ARG(name));
	if (step->axis_count)
		diag_suggest(ex->d, name, axis_names(ex, step), step->axis_count);
	else
		diag_hint(ex->d, "it runs once: write '" STR_FMT "' without braces", STR_ARG(step->name));
	return false;
}

static bool no_value(const struct expansion *ex, const struct axis *x, const struct value *v, struct span at)
{
	struct sb b;

	sb_init(&b, 4096);
	value_text(v, &b);
	diag_error(ex->d, at, "unknown-value", "axis '" STR_FMT "' has no value %s", STR_ARG(x->name),
	           value_show(v, ex->study->arena).p);
	diag_suggest(ex->d, sb_str(&b), x->labels, x->n);
	sb_release(&b);
	return false;
}

static bool literal(const struct lex *t, struct value *out)
{
	if (t->what == LEX_NUMBER) {
		*out = value_int(0);
		if (str_int(t->text, &out->i))
			return true;
		*out = value_real(0);
		return str_real(t->text, &out->r);
	}
	if (t->what != LEX_TEXT || t->text.n < 2 || t->text.p[0] == '[' || str_find(t->text, STR("\\")) >= 0)
		return false;
	*out = value_str(str_from(t->text, 1, t->text.n - 2));
	return true;
}

static bool is_sign(const struct lex_list *l, size_t i, const char *z)
{
	return i < l->n && l->data[i].what == LEX_SIGN && str_is(l->data[i].text, z);
}

/* The value behind `axis =` at token i. Returns the tokens that were understood, 0 = leave it to Lua. */
static size_t simple_value(const struct stage *st, const struct lex_list *l, size_t i, struct brace_item *item)
{
	const struct axis *x = &st->ex->study->axes[item->axis];
	long own = axis_column(st->decl, item->axis);
	struct value v;

	if (i >= l->n)
		return 0;
	if (literal(&l->data[i], &v)) {
		long at = axis_value(x, &v);

		item->what = BRACE_FIXED;
		item->value = (uint32_t)at;
		return at < 0 ? 0 : 1;
	}
	item->value = (uint32_t)own;
	if (own < 0 || l->data[i].what != LEX_NAME)
		return 0;
	if (str_same(l->data[i].text, x->name)) {
		item->what = BRACE_SAME;
		return 1;
	}
	item->what = BRACE_PREV;
	return str_is(l->data[i].text, "prev") && is_sign(l, i + 1, "(") && i + 2 < l->n &&
	               str_same(l->data[i + 2].text, x->name) && is_sign(l, i + 3, ")")
	           ? 4
	           : 0;
}

static struct span lex_place(const struct expansion *ex, const struct value *whole, struct str text, const struct lex *x)
{
	return node_place(ex, whole, (size_t)(text.p - whole->s.p) + x->at, x->text.n);
}

struct braces *braces_parse(struct stage *st, uint32_t target, struct str text, const struct value *whole, struct span at)
{
	struct arena *a = st->ex->study->arena;
	struct braces *b = arena_make(a, struct braces);
	struct lex_list l = { 0 };
	bool simple = true;

	b->text = str_trim(text);
	b->at = at;
	lex_lua(a, text, 0, &l);
	b->items = arena_array(a, struct brace_item, l.n + 1);
	for (size_t i = 0; i < l.n && simple;) {
		struct brace_item item = { 0 };
		struct value v;

		if (l.data[i].what != LEX_NAME || !is_sign(&l, i + 1, "="))
			simple = false;
		else if (!named_axis(st->ex, target, l.data[i].text, &item.axis))
			return no_axis(st->ex, target, l.data[i].text, lex_place(st->ex, whole, text, &l.data[i])), NULL;
		if (!simple)
			break;
		size_t used = simple_value(st, &l, i + 2, &item);
		bool ends = i + 2 + used >= l.n || is_sign(&l, i + 2 + used, ",");

		if (!used && i + 2 < l.n && literal(&l.data[i + 2], &v) && (i + 3 >= l.n || is_sign(&l, i + 3, ",")))
			return no_value(st->ex, &st->ex->study->axes[item.axis], &v,
			                lex_place(st->ex, whole, text, &l.data[i + 2])), NULL;
		simple = used && ends && b->n < STEP_AXIS_MAX;
		b->items[b->n++] = item;
		i += 2 + used + 1;
	}
	if (!simple) {
		b->chunk = lua_expression(st->ex->study->lua, arena_printf(a, "{" STR_FMT "}", STR_ARG(text)), at);
		if (!b->chunk)
			return NULL;
	}
	return b;
}

bool picks_of(struct expansion *ex, uint32_t target, const struct value *over, struct pick *picks, size_t *n,
              struct refusal *why)
{
	struct arena *a = ex->study->arena;
	const struct step_decl *step = &ex->study->steps[target];

	*n = 0;
	for (size_t i = 0; over && over->type == V_MAP && i < over->map.n && *n < STEP_AXIS_MAX; i++) {
		const struct pair *p = &over->map.pairs[i];
		const struct value *prev = value_get(&p->val, "prev");
		struct pick pick = { .prev = prev != NULL };
		const struct axis *x = named_axis(ex, target, p->key, &pick.axis);

		if (!x) {
			*why = (struct refusal){ .code = "unknown-axis", .wrong = p->key, .names = axis_names(ex, step),
				                 .name_count = step->axis_count,
				                 .text = arena_printf(a, "step '" STR_FMT "' has no axis '" STR_FMT "'",
				                                      STR_ARG(step->name), STR_ARG(p->key)) };
			return false;
		}
		long at = axis_value(x, prev ? prev : &p->val);

		if (at < 0) {
			*why = (struct refusal){ .code = "unknown-value", .names = x->labels, .name_count = x->n,
				                 .text = arena_printf(a, "axis '" STR_FMT "' has no value %s", STR_ARG(x->name),
				                                      value_show(prev ? prev : &p->val, a).p) };
			return false;
		}
		pick.value = (uint32_t)at;
		picks[(*n)++] = pick;
	}
	return true;
}

bool braces_at(struct stage *st, const struct slot *slot, const uint32_t *coords, struct pick *picks, size_t *n)
{
	struct expansion *ex = st->ex;
	const struct braces *b = slot->braces;
	struct making m = { .stage = st, .coords = coords, .arena = ex->scratch, .d = ex->d };
	struct lua_scope scope = making_scope(&m);
	struct arena_mark mark = arena_mark(ex->scratch);
	struct value over = { 0 };
	struct refusal why = { 0 };

	*n = 0;
	if (!b)
		return true;
	if (!b->chunk) {
		for (; *n < b->n; (*n)++) {
			const struct brace_item *i = &b->items[*n];

			picks[*n] = (struct pick){ .axis = i->axis, .prev = i->what == BRACE_PREV,
				                   .value = i->what == BRACE_FIXED ? i->value : coords[i->value] };
		}
		return true;
	}
	enum eval e = lua_eval(ex->study->lua, b->chunk, &scope, ex->scratch, &over, ex->d);

	if (e == EVAL_WAITS) {
		(void)diag_error(ex->d, b->at, "late-point", "which point of '" STR_FMT "' is meant must be known before anything runs",
		                 STR_ARG(ex->study->steps[slot->target].name));
		diag_hint(ex->d, "pick it by axes and params, not by a value of a step");
		return false;
	}
	if (e != EVAL_OK)
		return false;
	if (!picks_of(ex, slot->target, &over, picks, n, &why)) {
		(void)diag_error(ex->d, b->at, why.code, STR_FMT, STR_ARG(why.text));
		diag_suggest(ex->d, why.wrong, why.names, why.name_count);
		return false;
	}
	arena_reset(ex->scratch, mark);
	return true;
}
