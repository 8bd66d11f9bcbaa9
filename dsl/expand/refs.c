/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The places where a step names others. Found in the text, not by evaluating, so that the graph does not depend on which
 * branch of an expression is taken: `${a and x.out.f or y.out.f}` names x and y.
 *
 * Which names are free comes from the compiled chunk; a small scan of the same text says how each is used:
 *   step  step.out.x        a path     (MENTION_OUT)
 *   step.metric  step[i]    a value    (MENTION_VALUE)
 *   #step  f(step)          either, so both are recorded; a mention that nothing asks for costs nothing
 *   step{axis = …}          another point
 */
#include "dsl/expand/expand.h"
#include "dsl/study/load.h"

struct text { /* an expression or a hook inside a field */
	struct stage *st;
	const struct value *whole; /* the scalar it stands in */
	struct lex *tokens;
	size_t n;
	const struct str *names; /* free names */
	size_t name_count;
	enum mention_what hook;  /* MENTION_OUT: an expression; else what a step's name means in this hook */
	bool late;               /* found: it reads a value of a step */
};

static bool is_free(const struct text *t, struct str name)
{
	for (size_t i = 0; i < t->name_count; i++)
		if (str_same(t->names[i], name))
			return true;
	return false;
}

static bool sign_at(const struct text *t, size_t i, const char *z)
{
	return i < t->n && t->tokens[i].what == LEX_SIGN && str_is(t->tokens[i].text, z);
}

static bool same_braces(const struct braces *a, const struct braces *b)
{
	return !a == !b && (!a || str_same(a->text, b->text));
}

void site_add(struct stage *st, uint32_t target, enum mention_what what, struct span at, struct braces *braces)
{
	for (size_t i = 0; i < st->slots.n; i++) {
		const struct slot *s = &st->slots.data[i];

		if (s->target == target && s->what == what && same_braces(s->braces, braces))
			return;
	}
	struct slot fresh = { .target = target, .what = what, .at = at, .braces = braces };

	VEC_PUSH(st->ex->study->arena, &st->slots, fresh);
}

static void read_add(struct stage *st, struct read_note note)
{
	if (!note.label.n || map_has(&st->read_labels, note.label))
		return;
	map_put(&st->read_labels, note.label, st);
	VEC_PUSH(st->ex->study->arena, &st->reads, note);
}

/* step.metric of a command: the metrics are declared, so a wrong name shows before anything runs. */
static bool metric_known(const struct text *t, size_t i, uint32_t target)
{
	const struct expansion *ex = t->st->ex;
	const struct step_decl *step = &ex->study->steps[target];
	struct str name = t->tokens[i].text;
	bool known = step->kind && step->kind->exec == EXEC_WORKER; /* its columns show when it has run */

	for (size_t k = 0; k < step->metrics.n; k++)
		known = known || str_same(step->metrics.keys[k], name);
	for (size_t k = 0; k < step->axis_count; k++) /* a gathered step is a list of points with their metrics */
		known = known || str_same(ex->study->axes[step->axes[k]].name, name);
	if (known)
		return true;
	diag_error(ex->d, node_place(ex, t->whole, t->tokens[i].at, name.n), "unknown-metric",
	           "step '" STR_FMT "' has no metric '" STR_FMT "'", STR_ARG(step->name), STR_ARG(name));
	if (step->metrics.n)
		diag_suggest(ex->d, name, step->metrics.keys, step->metrics.n);
	else
		diag_hint(ex->d, "give it one: metrics: {" STR_FMT ": tonumber(stdout)}; outputs are " STR_FMT ".out.NAME", STR_ARG(name),
		          STR_ARG(step->name));
	return false;
}

/* A step's name at token i. */
static bool see_step(struct text *t, size_t i, uint32_t target)
{
	struct stage *st = t->st;
	struct span at = node_place(st->ex, t->whole, t->tokens[i].at, t->tokens[i].text.n);
	struct braces *braces = NULL;
	size_t next = i + 1;

	if (t->hook != MENTION_OUT) {
		site_add(st, target, t->hook, at, NULL);
		return true;
	}
	if (sign_at(t, next, "{")) {
		size_t depth = 0, open = t->tokens[next].at + 1, close = next;

		for (;; close++) {
			if (close >= t->n)
				return true; /* the compiler has refused it */
			depth += sign_at(t, close, "{");
			if (sign_at(t, close, "}") && --depth == 0)
				break;
		}
		braces = braces_parse(st, target, str_from(t->whole->s, open, t->tokens[close].at - open), t->whole, at);
		if (!braces)
			return false;
		next = close + 1;
		if (!braces->text.n)
			braces = NULL;
	}
	bool field = sign_at(t, next, ".") && next + 1 < t->n;
	bool out = field && str_is(t->tokens[next + 1].text, "out");
	bool passed = (i && sign_at(t, i - 1, "#")) ||
	              (i && (sign_at(t, i - 1, "(") || sign_at(t, i - 1, ",")) && (sign_at(t, next, ")") || sign_at(t, next, ",")));
	bool value = (field && !out) || sign_at(t, next, "[") || sign_at(t, next, ":");

	if (!value)
		site_add(st, target, MENTION_OUT, at, braces);
	t->late = t->late || value;
	if (value || passed)
		site_add(st, target, MENTION_VALUE, at, braces);
	return !field || out || metric_known(t, next + 1, target);
}

static void see_value(const struct text *t, size_t i, const struct binding *b)
{
	struct stage *st = t->st;
	const struct study *s = st->ex->study;
	struct str name = t->tokens[i].text;
	const struct value *v = &b->value;
	bool field = sign_at(t, i + 1, ".") && i + 2 < t->n && t->tokens[i + 2].what == LEX_NAME;

	if (b->what == BIND_AXIS) {
		read_add(st, (struct read_note){ .label = arena_printf(s->arena, "axes." STR_FMT, STR_ARG(name)), .position = b->index });
		return;
	}
	if (str_is(b->label, "params") && field) {
		struct str key = t->tokens[i + 2].text;

		for (size_t k = 0; k < v->map.n; k++)
			if (str_same(v->map.pairs[k].key, key))
				read_add(st, (struct read_note){ .label = arena_printf(s->arena, "params." STR_FMT, STR_ARG(key)),
				                                 .value = &v->map.pairs[k].val, .at = v->map.pairs[k].val.at });
		return;
	}
	read_add(st, (struct read_note){ .label = b->label, .value = v, .at = b->at });
}

static bool see_unnamed_axis(const struct text *t, struct str name, size_t offset)
{
	struct stage *st = t->st;
	const struct study *s = st->ex->study;
	struct sb b;

	if (!map_has(&s->axis_by_name, name))
		return true;
	diag_error(st->ex->d, node_place(st->ex, t->whole, offset, name.n), "axis-not-named",
	           "step '" STR_FMT "' reads the axis '" STR_FMT "' but does not name it in `each`", STR_ARG(st->decl->name),
	           STR_ARG(name));
	sb_init(&b, 4096);
	for (size_t i = 0; i < st->decl->axis_count; i++)
		sb_printf(&b, STR_FMT ", ", STR_ARG(s->axes[st->decl->axes[i]].name));
	diag_hint(st->ex->d, "add it to each: [%s" STR_FMT "]", b.s ? b.s : "", STR_ARG(name));
	sb_release(&b);
	return false;
}

/* Names that a hook reaches through functions of `lua:` stand in no text of the field. */
static bool see_hidden(const struct text *t, struct str name)
{
	const struct binding *b = stage_binding(t->st, name);

	for (size_t i = 0; i < t->n; i++)
		if (t->tokens[i].what == LEX_NAME && str_same(t->tokens[i].text, name))
			return true;
	if (!b)
		return see_unnamed_axis(t, name, 0);
	if (b->what == BIND_STEP) {
		site_add(t->st, b->index, t->hook, t->whole->at, NULL);
		if (t->hook == MENTION_OUT) /* which of the two it is stands in another file */
			site_add(t->st, b->index, MENTION_VALUE, t->whole->at, NULL);
	} else if (b->what == BIND_AXIS)
		read_add(t->st, (struct read_note){ .label = arena_printf(t->st->ex->study->arena, "axes." STR_FMT, STR_ARG(name)),
		                                    .position = b->index });
	else if (b->what == BIND_VALUE)
		read_add(t->st, (struct read_note){ .label = b->label, .value = &b->value, .at = b->at });
	return true;
}

/* Does the text say `name =`? Then it is a global of the expression's own. */
static bool is_set(const struct text *t, struct str name)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->tokens[i].what == LEX_NAME && str_same(t->tokens[i].text, name) && sign_at(t, i + 1, "="))
			return true;
	return false;
}

/* An expression that waits for a value is first evaluated when that is known; a name that means nothing shows now. */
static bool see_unknown(const struct text *t)
{
	const struct stage *st = t->st;
	bool ok = true;

	for (size_t i = 0; i < t->n; i++) {
		struct str name = t->tokens[i].text;

		if (t->tokens[i].what != LEX_NAME || (i && (sign_at(t, i - 1, ".") || sign_at(t, i - 1, ":"))) || !is_free(t, name) ||
		    stage_binding(st, name) || map_has(&st->ex->study->axis_by_name, name) || is_set(t, name))
			continue;
		ok = diag_error(st->ex->d, node_place(st->ex, t->whole, t->tokens[i].at, name.n), "unknown-name",
		                "unknown name '" STR_FMT "'", STR_ARG(name));
		size_t count;
		struct str *list = stage_name_list(st, 0, &count);

		diag_suggest(st->ex->d, name, list, count);
	}
	return ok;
}

static bool see_text(struct text *t)
{
	bool ok = true;

	for (size_t i = 0; i < t->n; i++) {
		const struct lex *x = &t->tokens[i];

		if (x->what != LEX_NAME || (i && (sign_at(t, i - 1, ".") || sign_at(t, i - 1, ":"))))
			continue;
		if (sign_at(t, i + 1, "=") && i && (sign_at(t, i - 1, "{") || sign_at(t, i - 1, ",") || sign_at(t, i - 1, ";")))
			continue; /* a key of a table, or of braces */
		if (!is_free(t, x->text))
			continue;
		const struct binding *b = stage_binding(t->st, x->text);

		if (!b)
			ok = see_unnamed_axis(t, x->text, x->at) && ok;
		else if (b->what == BIND_STEP)
			ok = see_step(t, i, b->index) && ok;
		else if (b->what != BIND_OUT)
			see_value(t, i, b);
	}
	for (size_t i = 0; i < t->name_count; i++)
		ok = see_hidden(t, t->names[i]) && ok;
	return (!t->late || see_unknown(t)) && ok;
}

/* Does the expression call a function of `lua:`? Its own names are then not all that it reads. */
static bool calls_file(const struct text *t)
{
	for (size_t i = 0; i < t->n; i++) {
		struct str name = t->tokens[i].text;

		if (t->tokens[i].what == LEX_NAME && !(i && (sign_at(t, i - 1, ".") || sign_at(t, i - 1, ":"))) &&
		    !is_free(t, name) && !lua_reserved(name))
			return true;
	}
	return false;
}

static bool see_template(struct stage *st, const struct node *n)
{
	struct arena *a = st->ex->study->arena;
	const struct lua_chunk *const *chunks = NULL;
	size_t count = template_chunks(n->template_, &chunks), from = 0, at = 0;
	struct template_names all = { .node = n };
	struct str inside;
	bool ok = true;

	for (size_t i = 0; i < count && n->plain.type == V_STR && lex_expression(n->plain.s, &from, &inside, &at); i++) {
		struct lex_list tokens = { 0 };
		struct text t = { .st = st, .whole = &n->plain, .hook = MENTION_OUT };

		lex_lua(a, inside, at, &tokens);
		t.tokens = tokens.data;
		t.n = tokens.n;
		t.names = lua_chunk_names(chunks[i], &t.name_count);
		if (calls_file(&t)) {
			struct lua_hook *hook = lua_hook(st->ex->study->lua, inside, node_place(st->ex, &n->plain, at, inside.n));

			if (hook)
				t.names = lua_hook_names(hook, &t.name_count);
		}
		for (size_t k = 0; k < t.name_count; k++)
			VEC_PUSH(a, &all, t.names[k]);
		ok = see_text(&t) && ok;
	}
	VEC_PUSH(a, &st->templates, all);
	return ok;
}

static bool see_hook(struct stage *st, const struct lua_hook *hook, const struct value *whole, enum mention_what what)
{
	struct lex_list tokens = { 0 };
	struct text t = { .st = st, .whole = whole, .hook = what };

	if (whole->type == V_STR)
		lex_lua(st->ex->study->arena, whole->s, 0, &tokens);
	t.tokens = tokens.data;
	t.n = tokens.n;
	t.names = lua_hook_names(hook, &t.name_count);
	return see_text(&t);
}

static void see_sql(struct stage *st, const struct value *v)
{
	size_t count = 0;
	struct str *names = sql_names(st->ex->study->arena, v->s, &count);

	for (size_t i = 0; i < count; i++) {
		const struct step_decl *step = sql_step(st->ex->study, names[i]);

		if (step && step != st->decl)
			site_add(st, step->index, MENTION_TABLE, node_place(st->ex, v, (size_t)(names[i].p - v->s.p), names[i].n), NULL);
	}
}

/* Names of tables in a value without expressions. Its type comes from the node, below that from the table of fields. */
static void see_plain(struct stage *st, const struct field *f, unsigned type, const struct value *v)
{
	const struct step_decl *step;

	for (size_t i = 0; v->type == V_LIST && i < v->list.n; i++)
		see_plain(st, f, type, &v->list.items[i]);
	for (size_t i = 0; v->type == V_MAP && f && f->sub && i < v->map.n; i++) {
		const struct field *sub = field_find(f->sub, v->map.pairs[i].key);

		if (sub)
			see_plain(st, sub, sub->type, &v->map.pairs[i].val);
	}
	if (v->type != V_STR)
		return;
	if (type & T_SQL)
		see_sql(st, v);
	step = type & T_TABLE ? map_get(&st->ex->study->step_by_name, v->s) : NULL;
	if (step)
		site_add(st, step->index, MENTION_TABLE, v->at, NULL);
}

static bool see_node(struct stage *st, const struct node *n, enum mention_what hook)
{
	bool ok = true;

	switch (n->what) {
	case NODE_PLAIN:
		see_plain(st, n->field, n->type, &n->plain);
		break;
	case NODE_TEMPLATE:
		if (n->type & T_SQL)
			see_sql(st, &n->plain);
		return see_template(st, n);
	case NODE_HOOK:
		return see_hook(st, n->hook, &n->plain, hook);
	case NODE_LIST:
	case NODE_MAP:
		for (size_t i = 0; i < n->n; i++)
			ok = see_node(st, &n->children[i], hook) && ok;
		break;
	}
	return ok;
}

/* A metric is told no results and no paths: its key would not hold them. */
static bool metric_may_read(struct stage *st, const struct node *n, struct str name)
{
	const struct binding *b = stage_binding(st, name);
	long at = n->plain.type == V_STR ? str_find(n->plain.s, name) : -1;
	struct span place = node_place(st->ex, &n->plain, at < 0 ? 0 : (size_t)at, at < 0 ? 0 : name.n);

	if (b && b->what == BIND_STEP) {
		diag_error(st->ex->d, place, "metric-reads", "a metric sees no other step, such as '" STR_FMT "'", STR_ARG(name));
		diag_hint(st->ex->d, "pass the value in the command: ${" STR_FMT ".NAME}, or join the rows in a `query` or `lua` step",
		          STR_ARG(name));
	} else if (b && b->what == BIND_OUT) {
		diag_error(st->ex->d, place, "metric-reads", "a metric sees no files");
		diag_hint(st->ex->d, "let the command print what it should see, or read the file in a step behind it");
	}
	return !b || (b->what != BIND_STEP && b->what != BIND_OUT);
}

/* Names in `metrics` that mean nothing: found here, for the hook itself first runs in a worker. */
static bool see_metrics(struct stage *st)
{
	const struct node *metrics = &st->decl->metrics;
	bool ok = true;

	for (size_t i = 0; i < metrics->n; i++) {
		const struct node *n = &metrics->children[i];
		size_t count = 0;
		const struct str *names = n->what == NODE_HOOK ? lua_hook_names(n->hook, &count) : NULL;

		for (size_t k = 0; k < count; k++) {
			if (!metric_may_read(st, n, names[k])) {
				ok = false;
				continue;
			}
			if (stage_binding(st, names[k]) || str_is(names[k], "stdout") || str_is(names[k], "stderr") ||
			    map_has(&st->ex->study->axis_by_name, names[k]))
				continue;
			long at = n->plain.type == V_STR ? str_find(n->plain.s, names[k]) : -1;
			size_t known;
			struct str *list = stage_name_list(st, 2, &known);

			ok = diag_error(st->ex->d, node_place(st->ex, &n->plain, at < 0 ? 0 : (size_t)at, at < 0 ? 0 : names[k].n),
			                "unknown-name", "unknown name '" STR_FMT "'", STR_ARG(names[k]));
			if (at < 0)
				diag_hint(st->ex->d, "a function of `lua:` that is called here reads it: define it there");
			list[0] = STR("stdout");
			list[1] = STR("stderr");
			diag_suggest(st->ex->d, names[k], list, known);
		}
	}
	return ok;
}

static bool see_needs(struct stage *st)
{
	const struct value *needs = &st->decl->needs;
	bool ok = true;

	for (size_t i = 0; needs->type == V_LIST && i < needs->list.n; i++) {
		const struct value *v = &needs->list.items[i];
		const struct step_decl *step = v->type == V_STR ? map_get(&st->ex->study->step_by_name, v->s) : NULL;

		if (step) {
			site_add(st, step->index, MENTION_ORDER, v->at, NULL);
			continue;
		}
		ok = diag_error(st->ex->d, v->at, "unknown-step", "`needs` names no step: %s",
		                value_show(v, st->ex->study->arena).p);
		diag_suggest(st->ex->d, v->type == V_STR ? v->s : STR(""), st->ex->step_names, st->ex->study->step_count);
	}
	return ok;
}

bool stage_refs(struct stage *st)
{
	const struct step_decl *d = st->decl;
	const struct node *parts[] = { &d->out, &d->metrics, &d->save, &d->env, &d->inputs, &d->tools };
	bool worker = d->kind && d->kind->exec == EXEC_WORKER;
	bool ok;

	st->read_labels.arena = st->ex->study->arena;
	ok = see_node(st, &d->fields, worker ? MENTION_TABLE : MENTION_VALUE);
	for (size_t i = 0; i < countof(parts); i++)
		ok = see_node(st, parts[i], MENTION_VALUE) && ok;
	if (d->when)
		ok = see_hook(st, d->when, &d->when_text, MENTION_OUT) && ok; /* evaluated like an expression */
	ok = see_metrics(st) && ok;
	return see_needs(st) && ok;
}
