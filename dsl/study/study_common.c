/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The keys that every step may have. They are decoded by the table `step_fields`; what a table cannot say is said here.
 */
#include "dsl/study/load.h"

/* The names of things of the study, for suggestions. */
static void step_names(struct load *l, const struct str **out, size_t *n)
{
	struct str *names = arena_array(l->a, struct str, l->s->step_count);

	for (size_t i = 0; i < l->s->step_count; i++)
		names[i] = l->s->steps[i].name;
	*out = names;
	*n = l->s->step_count;
}

static void axis_names(struct load *l, const struct str **out, size_t *n)
{
	struct str *names = arena_array(l->a, struct str, l->s->axis_count);

	for (size_t i = 0; i < l->s->axis_count; i++)
		names[i] = l->s->axes[i].name;
	*out = names;
	*n = l->s->axis_count;
}

static bool stands_before(const struct value *list, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (list->list.items[k].type == V_STR && str_same(list->list.items[k].s, list->list.items[i].s))
			return true;
	return false;
}

static void take_each(struct load *l, struct step_decl *step, const struct value *list)
{
	const struct str *names;
	size_t n;

	step->axes = arena_array(l->a, uint32_t, list->list.n);
	axis_names(l, &names, &n);
	for (size_t i = 0; i < list->list.n; i++) {
		const struct value *v = &list->list.items[i];
		const struct axis *x = v->type == V_STR ? map_get(&l->s->axis_by_name, v->s) : NULL;

		if (v->type != V_STR)
			continue; /* recorded */
		if (!x) {
			diag_error(l->d, v->at, "unknown-axis", "there is no axis '" STR_FMT "'", STR_ARG(v->s));
			if (n)
				diag_suggest(l->d, v->s, names, n);
			else
				diag_hint(l->d, "the study has no 'axes:'");
		} else if (stands_before(list, i)) {
			diag_error(l->d, v->at, "each-twice", "'each' names axis '" STR_FMT "' twice", STR_ARG(v->s)),
				diag_hint(l->d, "name it once");
		} else {
			step->axes[step->axis_count++] = (uint32_t)(x - l->s->axes);
		}
	}
}

static void take_needs(struct load *l, struct step_decl *step, const struct value *list)
{
	const struct str *names;
	size_t n;

	step->needs = *list;
	step_names(l, &names, &n);
	for (size_t i = 0; i < list->list.n; i++) {
		const struct value *v = &list->list.items[i];

		if (v->type != V_STR)
			continue; /* recorded */
		if (map_get(&l->s->step_by_name, v->s) == step) {
			diag_error(l->d, v->at, "needs-itself", "step '" STR_FMT "' cannot need itself", STR_ARG(v->s));
		} else if (!map_has(&l->s->step_by_name, v->s)) {
			diag_error(l->d, v->at, "unknown-step", "there is no step '" STR_FMT "'", STR_ARG(v->s));
			diag_suggest(l->d, v->s, names, n);
		}
	}
}

/* ---- outputs and metrics ------------------------------------------------------------------------------------------- */

static bool is_command(const struct step_decl *step)
{
	return !step->kind || step->kind->exec == EXEC_COMMAND; /* without a kind there is an error already */
}

static void bad_out(struct load *l, struct span at, struct str file)
{
	diag_error(l->d, at, "out-path", "'" STR_FMT "' is not a file name inside the task's folder", STR_ARG(file));
	diag_hint(l->d, "every task has a folder of its own; 'save:' puts results elsewhere");
}

static void check_out(struct load *l, const struct node *out, size_t i)
{
	struct str name = out->keys[i], file = out->children[i].plain.s;
	struct span at = out->children[i].plain.at;

	if (out->children[i].plain.type != V_STR)
		return; /* recorded */
	if (!is_identifier(name))
		diag_error(l->d, out->key_at[i], "bad-name", "'" STR_FMT "' cannot be the name of an output: letters, digits and '_' can",
		           STR_ARG(name));
	if (!file.n || !path_inside(path_clean(l->a, file)) || str_is(path_clean(l->a, file), "."))
		bad_out(l, at, file);
	for (size_t k = 0; k < i; k++) {
		if (out->children[k].plain.type != V_STR ||
		    !str_same(path_clean(l->a, out->children[k].plain.s), path_clean(l->a, file)))
			continue;
		diag_error(l->d, at, "out-twice", "two outputs have the file '" STR_FMT "'", STR_ARG(file)),
			diag_hint(l->d, "give each a file of its own");
		diag_note(l->d, out->children[k].plain.at, "the first is here");
		return;
	}
}

static void take_out(struct load *l, struct step_decl *step, const struct node *n, struct span at)
{
	step->out = *n;
	if (!is_command(step)) {
		diag_error(l->d, at, "no-command", "'out' is for steps that run a command; '%s' makes its outputs itself",
		           step->kind->name);
		diag_hint(l->d, "leave it out; 'save:' puts a copy elsewhere");
		return;
	}
	if (n->plain.type == V_STR && n->what == NODE_PLAIN) { /* the only output needs no name of its own */
		step->out = (struct node){ .what = NODE_MAP, .type = T_MAP, .field = n->field, .plain = { .at = n->plain.at }, .n = 1 };
		step->out.keys = arena_array(l->a, struct str, 1);
		step->out.key_at = arena_array(l->a, struct span, 1);
		step->out.children = arena_array(l->a, struct node, 1);
		step->out.keys[0] = STR("out");
		step->out.key_at[0] = n->plain.at;
		step->out.children[0] = *n;
		step->out.children[0].type = T_TEXT;
		if (!n->plain.s.n || !path_inside(path_clean(l->a, n->plain.s)))
			bad_out(l, n->plain.at, n->plain.s);
		return;
	}
	node_spread(l->a, &step->out);
	for (size_t i = 0; step->out.what == NODE_MAP && i < step->out.n; i++)
		check_out(l, &step->out, i);
}

static void take_metrics(struct load *l, struct step_decl *step, const struct node *n, struct span at)
{
	step->metrics = *n;
	node_spread(l->a, &step->metrics);
	if (!is_command(step)) {
		diag_error(l->d, at, "no-command", "'metrics' is for steps that run a command; '%s' makes a table",
		           step->kind->name);
		diag_hint(l->d, "leave it out: the columns of the table are its values");
		return;
	}
	for (size_t i = 0; step->metrics.what == NODE_MAP && i < step->metrics.n; i++)
		if (!is_identifier(step->metrics.keys[i]))
			diag_error(l->d, step->metrics.key_at[i], "bad-name",
			           "'" STR_FMT "' cannot be the name of a metric: letters, digits and '_' can", STR_ARG(step->metrics.keys[i]));
}

/* ---- lists of texts ------------------------------------------------------------------------------------------------ */

/* A list of nodes, whatever was written. */
static struct node as_list(struct arena *a, const struct node *n)
{
	struct node list = *n;

	node_spread(a, &list);
	if (list.what == NODE_LIST || list.what == NODE_MAP)
		return list;
	list = (struct node){ .what = NODE_LIST, .type = n->type, .field = n->field, .plain = { .at = n->plain.at }, .n = 1 };
	list.children = arena_array(a, struct node, 1);
	list.children[0] = *n;
	list.children[0].type &= ~(unsigned)T_LIST;
	return list;
}

static void check_inside(struct load *l, const struct node *n)
{
	if (n->what == NODE_PLAIN && n->plain.type == V_STR && (!n->plain.s.n || !path_inside(path_clean(l->a, n->plain.s))))
		diag_error(l->d, n->plain.at, "outside", "'" STR_FMT "' is not inside the study's folder", STR_ARG(n->plain.s)),
			diag_hint(l->d, "paths are relative to the folder of the study, without '..'");
	for (size_t i = 0; i < n->n; i++)
		check_inside(l, &n->children[i]);
}

static void take_save(struct load *l, struct step_decl *step, const struct node *n)
{
	step->save = as_list(l->a, n);
	for (size_t i = 0; i < step->save.n; i++)
		node_spread(l->a, &step->save.children[i]);
	check_inside(l, &step->save);
}

static void take_env(struct load *l, struct step_decl *step, const struct node *n)
{
	step->env = *n;
	node_spread(l->a, &step->env);
	for (size_t i = 0; step->env.what == NODE_MAP && i < step->env.n; i++)
		if (!step->env.keys[i].n || str_find(step->env.keys[i], STR("=")) >= 0)
			diag_error(l->d, step->env.key_at[i], "bad-name", "'" STR_FMT "' cannot be the name of a variable",
			           STR_ARG(step->env.keys[i])),
				diag_hint(l->d, "letters, digits and '_', no digit first");
}

/* ---- resources ----------------------------------------------------------------------------------------------------- */

static void take_pools(struct load *l, struct step_decl *step, const struct value *map)
{
	struct str *names = arena_array(l->a, struct str, l->s->pool_count);

	step->pools = arena_array(l->a, struct pool_need, map->map.n);
	for (size_t i = 0; i < l->s->pool_count; i++)
		names[i] = l->s->pools[i].name;
	for (size_t i = 0; i < map->map.n; i++) {
		const struct pair *p = &map->map.pairs[i];
		const struct pool *pool = NULL;
		struct pool_need *need = &step->pools[step->pool_count++];

		need->name = p->key;
		(void)value_number(&p->val, &need->amount);
		for (size_t k = 0; k < l->s->pool_count; k++)
			if (str_same(names[k], p->key))
				pool = &l->s->pools[k];
		if (!pool) {
			diag_error(l->d, p->at, "unknown-pool", "there is no pool '" STR_FMT "'", STR_ARG(p->key));
			if (l->s->pool_count)
				diag_suggest(l->d, p->key, names, l->s->pool_count);
			else
				diag_hint(l->d, "name it and its size under 'pools:' at the top level");
		} else if (need->amount > pool->amount) {
			char wanted[32], has[32];
			struct str w = { wanted, real_text(need->amount, wanted) }, h = { has, real_text(pool->amount, has) };

			diag_error(l->d, p->val.at, "pool-too-small", "the step needs " STR_FMT " of pool '" STR_FMT "', which has " STR_FMT,
			           STR_ARG(w), STR_ARG(p->key), STR_ARG(h)),
				diag_hint(l->d, "ask for less, or raise it under `pools:`");
		}
	}
}

static void take_resources(struct load *l, struct step_decl *step, const struct value *map)
{
	const struct value *memory = value_get(map, "memory"), *pools = value_get(map, "pools");

	(void)value_number(value_get(map, "cpus"), &step->cpus);
	(void)value_number(value_get(map, "gpus"), &step->gpus);
	step->memory = memory && memory->type == V_INT ? memory->i : 0;
	if (pools && pools->type == V_MAP)
		take_pools(l, step, pools);
}

/* ---- all of them --------------------------------------------------------------------------------------------------- */

static const struct value *plain_of(const struct node *map, const char *key, enum vtype type)
{
	const struct node *n = node_get(map, key);

	return n && n->what == NODE_PLAIN && n->plain.type == type ? &n->plain : NULL;
}

static void take_numbers(struct load *l, struct step_decl *step, const struct node *n)
{
	const struct value *retry = plain_of(n, "retry", V_INT), *times = plain_of(n, "retry", V_MAP);
	const struct value *isolate = plain_of(n, "isolate", V_BOOL), *box = plain_of(n, "isolate", V_MAP);
	const struct value *network = plain_of(n, "network", V_BOOL), *resources = plain_of(n, "resources", V_MAP);
	const struct node *timeout = node_get(n, "timeout"), *version = node_get(n, "version");

	retry = times ? value_get(times, "times") : retry;
	step->retries = retry && retry->type == V_INT && retry->i > 0 ? (uint32_t)retry->i : 0;
	step->isolate = box || (isolate && isolate->b);
	const struct value *inside = box ? value_get(box, "network") : NULL;

	step->network = (network && network->b) || (inside && inside->type == V_BOOL && inside->b);
	if (timeout && timeout->plain.type == V_REAL)
		step->timeout_s = timeout->plain.r;
	if (version)
		step->version = version->plain;
	if (resources)
		take_resources(l, step, resources);
}

void load_common(struct load *l, struct step_decl *step, const struct value *map)
{
	struct node n;

	(void)node_table(l, map, step_fields, step->name, step->at, &n);
	const struct value *about = plain_of(&n, "about", V_STR), *each = plain_of(&n, "each", V_LIST);
	const struct value *needs = plain_of(&n, "needs", V_LIST);
	const struct node *when = node_get(&n, "when"), *inputs = node_get(&n, "inputs"), *tools = node_get(&n, "tools");
	const struct node *out = node_get(&n, "out"), *metrics = node_get(&n, "metrics"), *save = node_get(&n, "save");
	const struct node *env = node_get(&n, "env");

	step->about = about ? about->s : STR("");
	step->when = when ? when->hook : NULL;
	step->when_text = when ? when->plain : (struct value){ .type = V_NULL };
	if (each)
		take_each(l, step, each);
	if (needs)
		take_needs(l, step, needs);
	if (inputs)
		step->inputs = as_list(l->a, inputs);
	if (tools)
		step->tools = as_list(l->a, tools);
	if (out)
		take_out(l, step, out, value_get(map, "out")->at);
	if (metrics)
		take_metrics(l, step, metrics, value_get(map, "metrics")->at);
	if (save)
		take_save(l, step, save);
	if (env)
		take_env(l, step, env);
	take_numbers(l, step, &n);
}
