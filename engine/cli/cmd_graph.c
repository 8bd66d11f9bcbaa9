/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cli/command.h"

static const char *fill_of(enum task_state s)
{
	static const char *const fills[] = { "#ffffff", "#c8e6c9", "#ffe0a3", "#cfe8ff", "#ffcdd2", "#e0e0e0" };

	return fills[s];
}

static void put_quoted(struct str s)
{
	struct sb b;

	sb_init(&b, (size_t)1 << 20);
	sb_char(&b, '"');
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"' || s.p[i] == '\\' || s.p[i] == '\n')
			sb_char(&b, '\\');
		sb_char(&b, s.p[i] == '\n' ? 'n' : s.p[i]);
	}
	sb_char(&b, '"');
	out_text(sb_str(&b));
	sb_release(&b);
}

/* ---- tasks -------------------------------------------------------------------------------------------------------- */

static void put_edge(void *user, uint32_t dep)
{
	const uint32_t *task = user;

	out_f("  t%u -> t%u\n", dep, *task);
}

static void tasks_dot(struct world *w)
{
	const struct graph *g = w->graph;

	for (uint32_t t = 0; t < g->task_count; t++) {
		CLEANUP(arena_cleanup) struct arena *a = arena_new();

		out_f("  t%u [label=", t);
		put_quoted(world_task_name(w, t, a));
		out_f(", fillcolor=\"%s\"]\n", fill_of(plan_state(w->plan, t)));
	}
	for (uint32_t t = 0; t < g->task_count; t++)
		graph_each_dep(g, t, put_edge, &t);
}

/* ---- steps -------------------------------------------------------------------------------------------------------- */

/* What a step's tasks have in common, or the worst of it. */
static enum task_state step_state(struct world *w, const struct step *s)
{
	size_t by[TASK_SKIPPED + 1] = { 0 };

	for (uint32_t t = s->first; t < s->first + s->count; t++)
		by[plan_state(w->plan, t)]++;
	return by[TASK_STALE] ? TASK_STALE : by[TASK_WAITS] ? TASK_WAITS : by[TASK_HIT] ? TASK_HIT : s->count ? TASK_SKIPPED : TASK_UNKNOWN;
}

static void steps_dot(struct world *w)
{
	const struct graph *g = w->graph;

	for (size_t i = 0; i < g->step_count; i++) {
		const struct step *s = &g->steps[i];
		struct str label = arena_printf(w->arena, STR_FMT "\n%s, %u task%s", STR_ARG(s->name), s->kind->name, s->count, plural(s->count));

		out_text(STR("  "));
		put_quoted(s->name);
		out_text(STR(" [label="));
		put_quoted(label);
		out_f(", fillcolor=\"%s\"]\n", fill_of(step_state(w, s)));
	}
	for (size_t i = 0; i < g->step_count; i++)
		for (size_t m = 0; m < g->steps[i].mention_count; m++) {
			const struct mention *mention = &g->steps[i].mentions[m];
			bool again = false;

			for (size_t k = 0; k < m; k++)
				again = again || g->steps[i].mentions[k].step == mention->step;
			if (again)
				continue;
			out_text(STR("  "));
			put_quoted(g->steps[mention->step].name);
			out_text(STR(" -> "));
			put_quoted(g->steps[i].name);
			out_f("%s\n", mention->what == MENTION_ORDER ? " [style=dashed]" : "");
		}
}

static void steps_json(struct world *w)
{
	const struct graph *g = w->graph;

	for (size_t i = 0; i < g->step_count; i++) {
		CLEANUP(arena_cleanup) struct arena *a = arena_new();
		const struct step *s = &g->steps[i];
		struct value v = value_map(a, 5), needs = value_list(a, s->mention_count), axes = value_list(a, s->axis_count);

		needs.list.n = 0;
		for (size_t m = 0; m < s->mention_count; m++) {
			struct value name = value_str(g->steps[s->mentions[m].step].name);
			bool again = false;

			for (size_t k = 0; k < needs.list.n; k++)
				again = again || str_same(needs.list.items[k].s, name.s);
			if (!again)
				needs.list.items[needs.list.n++] = name;
		}
		for (size_t k = 0; k < s->axis_count; k++)
			axes.list.items[k] = value_str(g->axes[s->axes[k]].name);
		(void)value_set(&v, STR("step"), value_str(s->name));
		(void)value_set(&v, STR("kind"), value_str(str_z(s->kind->name)));
		(void)value_set(&v, STR("axes"), axes);
		(void)value_set(&v, STR("tasks"), value_int(s->count));
		(void)value_set(&v, STR("needs"), needs);
		out_json(&v);
	}
}

static int run(struct world *w)
{
	if (w->word_count)
		return world_usage(w, "'" STR_FMT "' is no study file", STR_ARG(w->words[0]));
	if (w->json) {
		steps_json(w);
		return EXIT_FINE;
	}
	out_text(STR("digraph "));
	put_quoted(study_name(w->study));
	out_text(STR(" {\n  rankdir=LR\n  node [shape=box, style=\"rounded,filled\", fontname=\"sans-serif\"]\n"));
	if (args_has(&w->args, "tasks"))
		tasks_dot(w);
	else
		steps_dot(w);
	out_text(STR("}\n"));
	return EXIT_FINE;
}

static const struct option options[] = {
	{ "tasks", 0, NULL, "a node per task, not per step" },
	{ 0 },
};

const struct command cmd_graph = {
	.name = "graph",
	.summary = "draw the steps or tasks for Graphviz",
	.usage = "[STUDY] [--tasks]",
	.about = "Green is known, amber will run, blue waits, grey is skipped. 'rung graph | dot -Tsvg > graph.svg'\n",
	.options = options,
	.needs = NEEDS_PLAN,
	.study = true,
	.run = run,
};
