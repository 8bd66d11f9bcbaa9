/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The front end as the engine sees it, and the running of hooks in workers. A worker needs names and the order of the
 * steps, no points: `expansion_of` is enough for it.
 */
#include "dsl/expand/expand.h"

/* The hook under a dotted path, from a map of fields. */
static const struct node *node_under(const struct node *n, struct str path)
{
	struct str part;

	while (n && str_split(&path, '.', &part)) {
		const struct node *next = NULL;
		int64_t index;

		for (size_t i = 0; n->what == NODE_MAP && i < n->n; i++)
			if (str_same(n->keys[i], part))
				next = &n->children[i];
		if (n->what == NODE_LIST && str_int(part, &index) && index >= 0 && (size_t)index < n->n)
			next = &n->children[index];
		n = next;
	}
	return n;
}

static const struct node *hook_node(const struct step_decl *d, struct str field)
{
	if (str_starts(field, "metrics."))
		return node_under(&d->metrics, str_from(field, 8, field.n));
	return node_under(&d->fields, field);
}

static bool kind_run(struct expansion *ex, const struct hook_call *call, const struct stage *st, const struct lua_caps *caps,
                     struct arena *a, struct value *result, struct diags *d)
{
	const struct study *s = ex->study;

	for (size_t i = 0; i < s->plugin_kinds.n; i++) {
		const struct plugin_kind *k = &s->plugin_kinds.data[i];

		if (k->kind == st->decl->kind)
			return lua_kind_call(s->lua, k->plugin, str_z(k->kind->name), &call->args, call->seed, caps, a, result, d);
	}
	return diag_error(d, st->decl->at, "no-hook", "kind '%s' is not written in Lua", st->decl->kind->name);
}

bool hook_run(void *self, const struct hook_call *call, struct arena *a, struct value *result, struct diags *d)
{
	struct expansion *ex = self;
	struct stage *st = &ex->stages[ex->by_index[call->step]];
	struct value none = { .type = V_MAP };
	struct making m = { .stage = st, .coords = call->coords, .arena = a, .d = d,
		            .args = call->args.type == V_MAP ? &call->args : &none };
	struct lua_caps caps = { .memory = (size_t)256 << 20, .instructions = 1000000000,
		                 .wall_s = call->wall_s > 0 ? call->wall_s : 10 };
	struct lua_scope scope = making_scope(&m);

	if (str_is(call->field, "@kind"))
		return kind_run(ex, call, st, &caps, a, result, d);
	const struct node *n = hook_node(st->decl, call->field);

	if (!n || n->what != NODE_HOOK)
		return diag_error(d, st->decl->at, "no-hook", "step '" STR_FMT "' has no hook '" STR_FMT "'",
		                  STR_ARG(st->decl->name), STR_ARG(call->field));
	return lua_hook_call(ex->study->lua, n->hook, &scope, call->list, call->list_count, call->seed, true, &caps, a, result,
	                     d);
}

struct front study_front(struct study *s)
{
	return (struct front){ .self = expansion_of(s), .spec = spec_make, .hook = hook_run };
}

void study_close(struct study *s)
{
	if (!s)
		return;
	struct expansion *ex = s->expansion;

	if (ex)
		arena_free(ex->scratch);
	s->expansion = NULL;
	lua_host_free(s->lua);
	s->lua = NULL;
}
