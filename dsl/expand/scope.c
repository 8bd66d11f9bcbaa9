/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The world that an expression sees: names of a step at a point, outputs as tokens, late values of earlier steps.
 * Nothing here raises; a name that means nothing is reported by the Lua host, which knows the place.
 */
#include "dsl/expand/expand.h"

static struct name_meaning scope_name(void *user, struct str name)
{
	struct making *m = user;
	const struct expansion *ex = m->stage->ex;
	const struct binding *b;

	for (size_t i = 0; m->args && i < m->args->map.n; i++)
		if (str_same(m->args->map.pairs[i].key, name))
			return (struct name_meaning){ .what = NAME_VALUE, .value = m->args->map.pairs[i].val };
	b = stage_binding(m->stage, name);
	if (!b)
		return (struct name_meaning){ .what = NAME_UNKNOWN };
	switch (b->what) {
	case BIND_AXIS: {
		const struct axis *x = &ex->study->axes[m->stage->decl->axes[b->index]];

		if (!m->coords)
			return (struct name_meaning){ .what = NAME_UNKNOWN };
		return (struct name_meaning){ .what = NAME_VALUE, .value = x->values[m->coords[b->index]] };
	}
	case BIND_VALUE:
		return (struct name_meaning){ .what = NAME_VALUE, .value = b->value };
	case BIND_STEP:
		return (struct name_meaning){ .what = NAME_STEP, .step = b->index };
	case BIND_OUT:
		break;
	}
	return (struct name_meaning){ .what = NAME_OUT };
}

static size_t scope_names(void *user, const struct str **out)
{
	struct making *m = user;
	const struct stage *st = m->stage;
	size_t extra = m->args ? m->args->map.n : 0;

	size_t n;
	struct str *list = stage_name_list(st, extra, &n);

	for (size_t i = 0; i < extra; i++)
		list[i] = m->args->map.pairs[i].key;
	*out = list;
	return n;
}

uint32_t token_slot(const struct stage *st, uint32_t target, enum mention_what what)
{
	for (uint32_t i = 0; i < st->slots.n; i++) {
		const struct slot *s = &st->slots.data[i];

		if (s->target == target && s->what == what && !s->braces)
			return i;
	}
	return UINT32_MAX;
}

/* The slot of an expression with braces: the one that leads to the same place from this point. *none: there is no such
 * point (`prev` of the first). */
static uint32_t braced_slot(struct making *m, uint32_t target, enum mention_what what, const struct value *over, bool *none,
                            struct refusal *why)
{
	struct stage *st = m->stage;
	struct expansion *ex = st->ex;
	const struct step *s = ex->study->graph && ex->built ? &ex->study->graph->steps[st->index] : NULL;
	struct pick picks[STEP_AXIS_MAX];
	size_t n = 0;

	if (!s || !m->coords) {
		why->text = arena_printf(m->arena, "other points of a step cannot be named here");
		return UINT32_MAX;
	}
	if (!picks_of(ex, target, over, picks, &n, why))
		return UINT32_MAX;
	uint32_t dep = edge_at(st, target, m->coords, picks, n);
	size_t local = points_find(ex, st->points, m->coords);

	if (dep == DEP_NONE) {
		*none = true;
		return UINT32_MAX;
	}
	for (uint32_t i = 0; i < st->slots.n && local != UINT32_MAX; i++) {
		const struct slot *slot = &st->slots.data[i];

		if (slot->target == target && slot->what == what && s->deps[local * st->slots.n + i] == dep)
			return i;
	}
	why->text = arena_printf(m->arena,
	                    "which point of '" STR_FMT "' is meant cannot be seen from the text; write it as " STR_FMT "{axis = value}",
	                    STR_ARG(ex->study->steps[target].name), STR_ARG(ex->study->steps[target].name));
	return UINT32_MAX;
}

static uint32_t mention_of(struct making *m, uint32_t target, enum mention_what what, const struct value *over, bool *none,
                           struct refusal *why)
{
	uint32_t slot;

	*none = false;
	if (over && over->type == V_MAP && over->map.n)
		return braced_slot(m, target, what, over, none, why);
	slot = token_slot(m->stage, target, what);
	if (slot == UINT32_MAX)
		why->text = arena_printf(m->arena, "step '" STR_FMT "' must be named in the expression itself, not be handed around",
		                    STR_ARG(m->stage->ex->study->steps[target].name));
	return slot;
}

/* A command has no main output: with several, the name alone would mean whichever stands first. */
static bool ambiguous(struct making *m, const struct step_decl *decl, struct refusal *why)
{
	struct str step = decl == m->stage->decl ? STR("out") : arena_printf(m->arena, STR_FMT ".out", STR_ARG(decl->name));
	struct sb b;

	if (decl->out.n < 2)
		return false;
	sb_init(&b, 4096);
	for (size_t i = 0; i < decl->out.n; i++)
		sb_printf(&b, "%s${" STR_FMT "." STR_FMT "}", i ? i + 1 == decl->out.n ? " or " : ", " : "say which: ", STR_ARG(step),
		          STR_ARG(decl->out.keys[i]));
	*why = (struct refusal){ .code = "several-outputs", .hint = sb_take(&b, m->arena),
		                 .text = arena_printf(m->arena, "step '" STR_FMT "' has %zu outputs", STR_ARG(decl->name),
		                                      decl->out.n) };
	sb_release(&b);
	return true;
}

bool output_known(struct making *m, const struct step_decl *decl, struct str output, struct refusal *why)
{
	const struct str *names = NULL;
	size_t n = stage_outputs(decl, m->arena, &names);

	if (!output.n && n)
		return true;
	for (size_t i = 0; i < n; i++)
		if (str_same(names[i], output))
			return true;
	*why = (struct refusal){ .code = "unknown-output", .wrong = output, .names = names, .name_count = n };
	if (n) {
		why->text = arena_printf(m->arena, "step '" STR_FMT "' has no output '" STR_FMT "'", STR_ARG(decl->name), STR_ARG(output));
		return false;
	}
	why->text = arena_printf(m->arena, "step '" STR_FMT "' declares no output", STR_ARG(decl->name));
	why->hint = STR("give it one, such as out: {model: model.bin}");
	return false;
}

uint32_t token_add(struct making *m, struct token t)
{
	for (uint32_t i = 0; i < m->got.tokens.n; i++) {
		const struct token *old = &m->got.tokens.data[i];

		if (old->what == t.what && old->mention == t.mention && str_same(old->name, t.name))
			return i;
	}
	t.name = arena_str(m->arena, t.name);
	VEC_PUSH(m->arena, &m->got.tokens, t);
	return (uint32_t)m->got.tokens.n - 1;
}

struct str token_text(struct making *m, struct token t)
{
	uint32_t ordinal = token_add(m, t);
	char *p = arena_alloc(m->arena, 13), digits[10];
	size_t n = 0, k = 0;

	do
		digits[k++] = (char)('0' + ordinal % 10);
	while (ordinal /= 10);
	p[n++] = TOKEN_MARK;
	while (k)
		p[n++] = digits[--k];
	p[n++] = TOKEN_MARK;
	return (struct str){ p, n };
}

static bool scope_step_out(void *user, uint32_t target, const struct value *over, struct str output, struct str *text,
                           struct refusal *why)
{
	struct making *m = user;
	bool none;

	if (m->args) {
		why->text = STR("a hook sees no paths");
		return false;
	}
	const struct step_decl *decl = &m->stage->ex->study->steps[target];

	if (!output_known(m, decl, output, why) || (!output.n && ambiguous(m, decl, why)))
		return false;
	uint32_t slot = mention_of(m, target, MENTION_OUT, over, &none, why);

	if (slot == UINT32_MAX) {
		*text = (struct str){ 0 }; /* no text at all: nil */
		return none;
	}
	*text = token_text(m, (struct token){ .what = TOKEN_OUT, .mention = slot, .name = output,
		                              .at = m->stage->slots.data[slot].at });
	return true;
}

/* What was read from files must not be taken for a token. */
static bool holds_mark(const struct value *v)
{
	bool any = v->type == V_STR && has_token(v->s);

	for (size_t i = 0; v->type == V_LIST && i < v->list.n; i++)
		any = any || holds_mark(&v->list.items[i]);
	for (size_t i = 0; v->type == V_MAP && i < v->map.n; i++)
		any = any || holds_mark(&v->map.pairs[i].val) || has_token(v->map.pairs[i].key);
	return any;
}

static enum late scope_step_value(void *user, uint32_t target, const struct value *over, struct value *out, struct refusal *why)
{
	struct making *m = user;
	bool none;
	uint32_t slot;

	if (m->args) {
		why->text = arena_printf(m->arena, "the result of '" STR_FMT "' was not handed to this hook",
		                    STR_ARG(m->stage->ex->study->steps[target].name));
		return LATE_ERROR;
	}
	slot = mention_of(m, target, MENTION_VALUE, over, &none, why);
	*out = (struct value){ 0 };
	if (slot == UINT32_MAX)
		return none ? LATE_OK : LATE_ERROR;
	if (!m->late || m->late[slot].type == V_NULL) {
		m->waited = true;
		return LATE_WAITS;
	}
	*out = m->late[slot];
	if (!holds_mark(out))
		return LATE_OK;
	*why = (struct refusal){ .code = "reserved-byte", .hint = STR("replace it where the value is made: a metric's hook, the columns of a table"),
		                 .text = arena_printf(m->arena, "a value of '" STR_FMT "' holds the byte 0x1F, with which rung marks places of paths",
		                                      STR_ARG(m->stage->ex->study->steps[target].name)) };
	return LATE_ERROR;
}

static bool scope_own_out(void *user, struct str output, struct str *text, struct refusal *why)
{
	struct making *m = user;

	if (m->args) {
		why->text = STR("a hook sees no paths");
		return false;
	}
	if (!output_known(m, m->stage->decl, output, why) || (!output.n && ambiguous(m, m->stage->decl, why)))
		return false;
	*text = token_text(m, (struct token){ .what = TOKEN_OWN, .name = output, .at = m->stage->decl->at });
	return true;
}

struct lua_scope making_scope(struct making *m)
{
	return (struct lua_scope){
		.user = m,
		.name = scope_name,
		.names = scope_names,
		.step_out = scope_step_out,
		.step_value = scope_step_value,
		.own_out = scope_own_out,
	};
}
