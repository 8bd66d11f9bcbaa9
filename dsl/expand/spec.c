/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Specs. What is the same at every point of a step is made once (`stage_prepare`); a spec then evaluates only the fields
 * whose expressions read an axis or a value of another step. Labels of parts that are not keyed begin with '~':
 * fields of F_UNKEYED, and `~tables`, the files behind the names of T_TABLE and T_SQL fields.
 */
#include <stdlib.h>

#include "dsl/expand/expand.h"
#include "engine/base/fs.h"

static int file_order(const void *a, const void *b)
{
	const struct file_use *one = a, *other = b;
	int order = str_cmp(one->path, other->path);

	if (!order)
		order = one->at.line < other->at.line ? -1 : one->at.line > other->at.line;
	return order ? order : one->at.col < other->at.col ? -1 : one->at.col > other->at.col;
}

static void files_out(struct making *m, struct spec *out)
{
	struct file_use *uses = m->got.files.data;
	size_t n = 0;

	if (!m->got.files.n)
		return;
	qsort(uses, m->got.files.n, sizeof(*uses), file_order);
	for (size_t i = 0; i < m->got.files.n; i++) /* one place of each is enough */
		if (!n || !str_same(uses[n - 1].path, uses[i].path))
			uses[n++] = uses[i];
	m->got.files.n = n;
	out->files = arena_array(m->arena, struct str, n);
	out->file_at = arena_array(m->arena, struct span, n);
	for (size_t i = 0; i < n; i++) {
		out->files[i] = uses[i].path;
		out->file_at[i] = uses[i].at;
	}
	out->file_count = n;
}

static enum eval tools_make(struct making *m, struct spec *out)
{
	const struct node *tools = &m->stage->decl->tools;

	out->tools = arena_array(m->arena, struct str, tools->n + 1);
	out->tool_at = arena_array(m->arena, struct span, tools->n + 1);
	out->tool_count = 0;
	for (size_t i = 0; i < tools->n; i++) {
		struct value v = { 0 };
		struct making aside = *m; /* the words of a tool are no inputs: its output is what counts */
		enum eval e = node_value(&aside, &tools->children[i], &v);

		m->got.tokens = aside.got.tokens;
		if (e != EVAL_OK)
			return e;
		if (v.type != V_STR)
			continue;
		out->tool_at[out->tool_count] = tools->children[i].plain.at;
		out->tools[out->tool_count++] = v.s;
	}
	return EVAL_OK;
}

static enum eval inputs_make(struct making *m)
{
	const struct node *inputs = &m->stage->decl->inputs;
	bool ok = true;

	for (size_t i = 0; i < inputs->n; i++) {
		struct node text = inputs->children[i];
		struct value v = { 0 };
		enum eval e;

		text.type = T_TEXT; /* a path here may be a pattern, so it is not looked for as a path field is */
		e = node_value(m, &text, &v);
		if (e != EVAL_OK)
			return e;
		if (v.type == V_STR && !has_token(v.s))
			ok = glob_inputs(m, v.s, inputs->children[i].plain.at) && ok;
	}
	return ok ? EVAL_OK : EVAL_ERROR;
}

static enum eval outs_make(struct making *m, const struct value *part, struct spec *out)
{
	out->outs = arena_array(m->arena, struct spec_out, part->map.n + 1);
	out->out_count = 0;
	for (size_t i = 0; i < part->map.n; i++) {
		const struct pair *p = &part->map.pairs[i];

		if (p->val.type != V_STR || has_token(p->val.s))
			continue;
		if (!p->val.s.n || p->val.s.p[0] == '/' || !path_inside(path_clean(m->arena, p->val.s))) {
			diag_error(m->d, p->val.at, "out-path", "'" STR_FMT "' is not a file name inside the task's folder",
			           STR_ARG(p->val.s));
			diag_hint(m->d, "every task has a folder of its own; 'save:' puts results elsewhere");
			return EVAL_ERROR;
		}
		out->outs[out->out_count++] = (struct spec_out){ .name = p->key, .file = p->val.s, .at = p->val.at };
	}
	return EVAL_OK;
}

/* ---- the common parts --------------------------------------------------------------------------------------------- */

static void part_add(struct making *m, struct str label, const struct node *node, bool *ok)
{
	struct stage *st = m->stage;
	struct value v = { 0 };

	if (node_varies(st, node)) {
		struct own_field own = { .label = label, .node = node };

		VEC_PUSH(st->ex->study->arena, &st->own, own);
		return;
	}
	if (node_value(m, node, &v) != EVAL_OK) {
		*ok = false;
		return;
	}
	if (v.type == V_NULL && node->what == NODE_PLAIN)
		return; /* absent, without a default */
	if (node == &st->decl->out)
		*ok = outs_make(m, &v, &st->fixed) == EVAL_OK && *ok;
	value_set(&st->common, label, v);
}

static void fixed_lists(struct making *m, bool *ok)
{
	struct stage *st = m->stage;
	const struct step_decl *d = st->decl;

	st->tools_vary = node_varies(st, &d->tools);
	st->inputs_vary = node_varies(st, &d->inputs);
	st->outs_vary = node_varies(st, &d->out);
	st->saves_vary = node_varies(st, &d->save);
	if (!st->tools_vary)
		*ok = tools_make(m, &st->fixed) == EVAL_OK && *ok;
	if (!st->inputs_vary)
		*ok = inputs_make(m) == EVAL_OK && *ok;
	if (!st->saves_vary)
		*ok = saves_make(m, &st->fixed.saves, &st->fixed.save_count) == EVAL_OK && *ok;
}

static struct value tables_part(struct making *m)
{
	struct value v = value_map(m->arena, m->got.tables.n);

	for (size_t i = 0; i < m->got.tables.n; i++)
		value_set(&v, m->got.tables.data[i].key, m->got.tables.data[i].val);
	return v;
}

/* The code of a kind that is written in Lua: its version alone would not notice a change. */
static struct value kind_source(const struct stage *st)
{
	const struct study *s = st->ex->study;

	for (size_t i = 0; i < s->plugin_kinds.n; i++)
		if (s->plugin_kinds.data[i].kind == st->decl->kind)
			return value_str(lua_kind_source(s->lua, s->plugin_kinds.data[i].plugin, str_z(st->decl->kind->name)));
	return (struct value){ .type = V_NULL };
}

bool stage_prepare(struct stage *st)
{
	const struct step_decl *d = st->decl;
	struct arena *a = st->ex->study->arena;
	struct making m = { .stage = st, .arena = a, .d = st->ex->d };
	bool ok = true;

	if (st->prepared)
		return st->sound;
	st->prepared = true;
	st->common = value_map(a, d->fields.n + 6);
	for (size_t i = 0; i < d->fields.n; i++) {
		const struct node *node = &d->fields.children[i];
		bool keyed = !node->field || !(node->field->flags & F_UNKEYED);

		part_add(&m, spec_field_label(d->fields.keys[i], keyed, a), node, &ok);
	}
	if (d->metrics.n)
		part_add(&m, STR("metrics"), &d->metrics, &ok);
	if (d->out.n)
		part_add(&m, STR("out"), &d->out, &ok);
	if (d->env.n)
		part_add(&m, STR("env"), &d->env, &ok);
	if (d->kind->exec == EXEC_WORKER && !d->kind->run)
		value_set(&st->common, STR("kind_source"), kind_source(st));
	if (d->version.type != V_NULL)
		value_set(&st->common, STR("version"), d->version);
	fixed_lists(&m, &ok);
	if (m.got.tables.n)
		value_set(&st->common, STR("~tables"), tables_part(&m));
	files_out(&m, &st->fixed);
	st->shared = m.got;
	st->shared.tokens.cap = st->shared.tokens.n; /* a spec that adds one copies them first */
	st->shared.files.cap = st->shared.files.n;
	st->shared.tables.cap = st->shared.tables.n;
	st->sound = ok;
	return ok;
}

/* ---- one spec ----------------------------------------------------------------------------------------------------- */

/* `when`. A late value that is asked for makes the hook fail; that is no error, so what it recorded is taken back. */
static enum eval when_holds(struct making *m, bool *holds)
{
	const struct lua_hook *when = m->stage->decl->when;
	struct diags before = *m->d;
	struct lua_scope scope = making_scope(m);
	struct value v = { 0 };

	*holds = true;
	if (!when)
		return EVAL_OK;
	m->waited = false;
	bool ok = lua_hook_call(m->stage->ex->study->lua, when, &scope, NULL, 0, 0, false, NULL, m->arena, &v, m->d);

	if (m->waited) {
		m->d->n = before.n;
		m->d->errors = before.errors;
		m->d->warnings = before.warnings;
		m->d->dropped = before.dropped;
		m->d->muted = before.muted;
		return EVAL_WAITS;
	}
	*holds = v.type != V_NULL && !(v.type == V_BOOL && !v.b);
	return ok ? EVAL_OK : EVAL_ERROR;
}

static void reads_out(const struct making *m, struct spec *out)
{
	const struct stage *st = m->stage;
	const struct expansion *ex = st->ex;

	out->reads = arena_array(m->arena, struct spec_read, st->reads.n + 1);
	out->read_count = st->reads.n;
	for (size_t i = 0; i < st->reads.n; i++) {
		const struct read_note *note = &st->reads.data[i];
		struct spec_read *r = &out->reads[i];

		r->label = note->label;
		if (note->value) {
			r->value = *note->value;
			r->at = note->at;
		} else {
			const struct axis *x = &ex->study->axes[st->decl->axes[note->position]];

			r->value = x->values[m->coords[note->position]];
			r->at = r->value.at.file ? r->value.at : x->at;
		}
	}
}

static enum eval own_parts(struct making *m, struct spec *out)
{
	struct stage *st = m->stage;
	enum eval worst = EVAL_OK;

	out->own = value_map(m->arena, st->own.n + 1);
	for (size_t i = 0; i < st->own.n; i++) {
		struct value v = { 0 };
		enum eval e = node_value(m, st->own.data[i].node, &v);

		if (e == EVAL_OK && st->own.data[i].node == &st->decl->out)
			e = outs_make(m, &v, out);
		value_set(&out->own, st->own.data[i].label, v);
		worst = worse(worst, e);
	}
	if (st->tools_vary)
		worst = worse(worst, tools_make(m, out));
	if (st->inputs_vary)
		worst = worse(worst, inputs_make(m));
	if (st->saves_vary)
		worst = worse(worst, saves_make(m, &out->saves, &out->save_count));
	return worst;
}

static bool point_note(struct making *m)
{
	if (m->stage->decl->axis_count)
		diag_note(m->d, (struct span){ 0 }, "at " STR_FMT, STR_ARG(point_text(m->stage, m->coords, m->arena)));
	return false;
}

bool spec_check(struct stage *st, struct arena *a)
{
	struct making m = { .stage = st, .coords = st->points->coords, .arena = a, .d = st->ex->d };
	struct spec ignored = { 0 };
	bool sound = stage_prepare(st), holds;

	m.got = st->shared;
	enum eval e = when_holds(&m, &holds);

	/* Where `when` waits for a value the rest is looked at all the same: what is wrong in it is wrong for any value. */
	if (e == EVAL_ERROR || (holds && own_parts(&m, &ignored) == EVAL_ERROR))
		return point_note(&m);
	return sound;
}

bool spec_make(void *self, uint32_t step, const uint32_t *coords, const struct value *late, struct arena *a,
               struct spec *out, struct diags *d)
{
	struct expansion *ex = self;
	struct stage *st = &ex->stages[ex->by_index[step]];
	static const uint32_t no_axes[1]; /* a step without axes has a point all the same; no point at all means `common` */
	struct making m = { .stage = st, .coords = coords ? coords : no_axes, .late = late, .arena = a, .d = d };
	bool holds;

	if (!stage_prepare(st))
		return diag_error(d, st->decl->at, "broken-step", "step '" STR_FMT "' has errors", STR_ARG(st->decl->name));
	m.got = st->shared;
	*out = st->fixed;
	out->at = st->decl->at;
	out->common = &st->common;
	enum eval e = when_holds(&m, &holds);

	if (e == EVAL_OK && !holds) {
		*out = (struct spec){ .skip = true, .at = st->decl->at, .common = &st->common };
		return true;
	}
	if (e == EVAL_OK)
		e = own_parts(&m, out);
	if (e == EVAL_WAITS) {
		*out = (struct spec){ .waits = true, .at = st->decl->at };
		return true;
	}
	if (e == EVAL_ERROR)
		return point_note(&m);
	if (m.got.tables.n > st->shared.tables.n) /* then some T_TABLE field varies, and with it the map */
		value_set(&out->own, st->shared.tables.n ? STR("~tables_here") : STR("~tables"), tables_part(&m));
	if (m.got.files.n > st->shared.files.n)
		files_out(&m, out);
	out->tokens = m.got.tokens.data;
	out->token_count = m.got.tokens.n;
	reads_out(&m, out);
	return true;
}
