/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * From the study to the graph: names, mentions, order of the steps, points, edges, order of the tasks; then one spec of
 * each step is made, so that the mistakes in all fields of all steps come out together.
 */
#include <string.h>

#include "dsl/expand/expand.h"
#include "engine/base/fs.h"

/* The folders that `save` fills: the part before the first expression or brace, up to its last slash. */
static void note_saves(struct expansion *ex, const struct node *n)
{
	const struct value *v = &n->plain;
	size_t end = 0, cut = 0;

	for (size_t i = 0; i < n->n; i++)
		note_saves(ex, &n->children[i]);
	if (n->n || v->type != V_STR)
		return;
	for (; end < v->s.n && v->s.p[end] != '$' && v->s.p[end] != '{'; end++)
		if (v->s.p[end] == '/')
			cut = end;
	if (end == v->s.n && !cut)
		cut = end;
	if (cut)
		VEC_PUSH(ex->study->arena, &ex->save_folders, path_clean(ex->study->arena, str_from(v->s, 0, cut)));
}

static struct value datasets_value(const struct study *s)
{
	struct value v = value_map(s->arena, s->dataset_count + 1);

	for (size_t i = 0; i < s->dataset_count; i++)
		value_set(&v, s->datasets[i].name, value_str(s->datasets[i].path));
	return v;
}

struct expansion *expansion_of(struct study *s)
{
	struct expansion *ex = s->expansion;

	if (ex)
		return ex;
	ex = arena_make(s->arena, struct expansion);
	s->expansion = ex;
	ex->study = s;
	ex->d = s->diags;
	ex->scratch = arena_new();
	ex->empty_group = UINT32_MAX;
	ex->words.arena = ex->globs.arena = s->arena;
	ex->datasets = datasets_value(s);
	ex->stages = arena_array(s->arena, struct stage, s->step_count + 1);
	ex->step_names = arena_array(s->arena, struct str, s->step_count + 1);
	ex->step_bindings = arena_array(s->arena, struct binding, s->step_count + 1);
	for (uint32_t i = 0; i < s->step_count; i++) {
		struct stage *st = &ex->stages[i];

		st->ex = ex;
		st->decl = &s->steps[i];
		st->number = i;
		ex->step_names[i] = s->steps[i].name;
		ex->step_bindings[i] = (struct binding){ .what = BIND_STEP, .index = i };
		note_saves(ex, &s->steps[i].save);
		stage_names(st);
	}
	for (uint32_t i = 0; i < s->step_count; i++)
		ex->stages[i].broken = !stage_refs(&ex->stages[i]);
	(void)stages_order(ex);
	return ex;
}

static bool make_points(struct expansion *ex)
{
	const struct study *s = ex->study;
	uint64_t total = 0;
	bool ok = true;

	ex->filter = filter_new(ex);
	for (size_t i = 0; i < s->step_count; i++) {
		struct stage *st = &ex->stages[i];

		if (!points_make(ex, st)) {
			ok = false;
			continue;
		}
		total += st->points->count;
		if (total <= GRAPH_TASK_MAX || total - st->points->count > GRAPH_TASK_MAX)
			continue;
		ok = diag_error(ex->d, st->decl->at, "too-many-points",
		                "the steps up to '" STR_FMT "' have %s points together; the limit is %s", STR_ARG(st->decl->name),
		                number_commas(s->arena, total).p, number_commas(s->arena, GRAPH_TASK_MAX).p);
		diag_hint(ex->d, "name fewer axes in `each`, shorten them, or take points away with `where`");
	}
	return ok;
}

static struct step *make_steps(struct expansion *ex, struct graph *g)
{
	const struct study *s = ex->study;
	struct step *steps = arena_array(s->arena, struct step, s->step_count + 1);

	for (size_t i = 0; i < s->step_count; i++) {
		const struct stage *st = &ex->stages[ex->by_index[i]];
		const struct step_decl *d = st->decl;

		steps[i] = (struct step){
			.name = d->name, .about = d->about, .at = d->at, .kind = d->kind,
			.axes = d->axes, .axis_count = d->axis_count,
			.first = g->task_count, .count = st->points->count, .coords = st->points->coords,
			.cpus = d->cpus, .memory = d->memory, .gpus = d->gpus, .pools = d->pools, .pool_count = d->pool_count,
			.timeout_s = d->timeout_s, .retries = d->retries, .isolate = d->isolate, .network = d->network,
		};
		g->task_count += st->points->count;
	}
	return steps;
}

/* One spec of each step, at its first point, for its errors. */
static bool check_specs(struct expansion *ex)
{
	CLEANUP(arena_cleanup) struct arena *a = arena_new();
	bool ok = true;

	for (uint32_t i = 0; i < ex->study->step_count; i++) {
		struct stage *st = &ex->stages[i];
		size_t errors = ex->d->errors;

		if (st->broken) { /* what reads no names can still be looked at */
			(void)stage_prepare(st);
			continue;
		}
		if (!spec_check(st, a) || ex->d->errors > errors) {
			st->broken = true;
			ok = false;
		}
	}
	return ok;
}

static bool any_broken(const struct expansion *ex)
{
	for (size_t i = 0; i < ex->study->step_count; i++)
		if (ex->stages[i].broken)
			return true;
	return false;
}

bool study_expand(struct study *s, struct diags *d, struct graph **out)
{
	struct expansion *ex;
	struct graph *g;

	s->diags = d;
	ex = expansion_of(s);
	ex->d = d;
	bool ok = !any_broken(ex);

	if (s->graph) {
		*out = s->graph;
		return true;
	}
	if (!make_points(ex))
		return false;
	g = arena_make(s->arena, struct graph);
	*g = (struct graph){ .arena = s->arena, .study = s->name, .root = s->root, .axes = s->axes, .axis_count = s->axis_count,
		             .step_count = s->step_count, .pools = s->pools, .pool_count = s->pool_count, .ceiling = s->ceiling };
	struct step *steps = make_steps(ex, g);

	g->steps = steps;
	s->graph = g;
	bool edges = edges_make(ex, g, steps) && tasks_order(ex, g);

	ok = check_specs(ex) && edges && ok;
	ok = ok && saves_check(ex);
	if (!ok) {
		s->graph = NULL;
		return false;
	}
	*out = g;
	return true;
}
