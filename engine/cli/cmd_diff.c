/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The plan of this tree against that of a git revision: which tasks are new, gone, changed, and by which parts.
 */
#include <string.h>

#include "engine/base/fs.h"
#include "engine/cli/command.h"
#include "engine/cli/diff_compare.h"
#include "engine/cli/diff_tree.h"
#include "engine/cli/reasons.h"

struct step_diff {
	size_t n[CHANGE_COUNT];
	struct reason_tally tally;
};

static int load_old(struct comparison *c)
{
	struct world *w = c->w;
	struct str file = path_base(w->path.n ? w->path : STR("study.yaml"));

	if (!str_ends(file, ".yaml") && !str_ends(file, ".yml"))
		file = STR("study.yaml");
	int code = old_tree_make(w->arena, w->root, file, w->words[0], &c->tree);

	if (code)
		return code;
	c->made = w->made;
	c->made.path = path_join(w->arena, c->tree.root, file).p;
	diags_init(&c->diags, w->arena);
	bool ok = study_load(&c->made, w->arena, &c->diags, &c->study) && study_expand(c->study, &c->diags, &c->graph) &&
	          plan_make(c->graph, study_front(c->study), w->store, NULL, w->arena, &c->diags, &c->plan);

	if (ok)
		return 0;
	struct sb text;

	sb_init(&text, (size_t)64 << 20);
	diags_render(&c->diags, &text, print_colour(true));
	err_text(sb_str(&text));
	sb_release(&text);
	return wrong("the study at '" STR_FMT "' is no good study", STR_ARG(w->words[0]));
}

static void put_task(struct comparison *c, struct str name, enum change what, const struct reason *why, size_t n)
{
	struct world *w = c->w;

	if (w->json) {
		CLEANUP(arena_cleanup) struct arena *a = arena_new();
		struct value v = value_map(a, 3), list = value_list(a, n);

		for (size_t i = 0; i < n; i++)
			list.list.items[i] = reason_value(w, &why[i], a);
		(void)value_set(&v, STR("task"), value_str(name));
		(void)value_set(&v, STR("change"), value_str(str_z(change_names[what])));
		(void)value_set(&v, STR("reasons"), list);
		out_json(&v);
		return;
	}
	if (!c->list)
		return;
	out_f("%s%c%s " STR_FMT "\n", paint_out(what == NEW ? GREEN : what == GONE ? RED : YELLOW), what == NEW ? '+' : what == GONE ? '-' : '~',
	      paint_out(PLAIN), STR_ARG(name));
	for (size_t i = 0; i < n; i++) {
		CLEANUP(arena_cleanup) struct arena *a = arena_new();

		out_f("    " STR_FMT "  " STR_FMT "\n", STR_ARG(reason_line(&why[i], a)), STR_ARG(span_text(&w->diags, why[i].at, a)));
	}
}

/* ---- steps -------------------------------------------------------------------------------------------------------- */

static void present_step(struct comparison *c, const struct step *s, struct step_diff *d)
{
	for (uint32_t t = s->first; t < s->first + s->count; t++) {
		CLEANUP(arena_cleanup) struct arena *a = arena_new();
		struct str name = diff_task_name(c->w->graph, t, a);
		uintptr_t was = (uintptr_t)map_get(&c->names, name);
		struct reason *why = NULL;
		size_t n = 0;
		enum change what = (enum change)c->now[t];

		if (what == CHANGED && was)
			n = diff_reasons(c, (uint32_t)(was - 1), t, a, &why);
		d->n[what]++;
		for (size_t i = 0; i < n && d->tally.list.n < 100; i++)
			tally_add(&d->tally, &why[i]);
		if (what != SAME)
			put_task(c, name, what, why, n);
	}
}

static void put_counts(struct comparison *c, struct grid *g, struct str step, struct step_diff *d)
{
	struct arena *a = c->w->arena;

	for (size_t i = 0; i < CHANGE_COUNT; i++)
		c->sum[i] += d->n[i];
	grid_row(g);
	grid_put(g, 0, step);
	for (size_t i = 0; i < CHANGE_COUNT; i++)
		grid_put(g, 1 + i, d->n[i] ? arena_printf(a, "%zu", d->n[i]) : STR("·"));
	tally_sort(&d->tally);
	for (size_t i = 0; i < d->tally.list.n && i < 5; i++) {
		struct reason_count *r = &d->tally.list.data[i];

		if (i)
			grid_row(g);
		grid_put(g, 5, arena_printf(a, STR_FMT "  " STR_FMT, STR_ARG(text_fit(a, r->line, 72)), STR_ARG(span_text(&c->w->diags, r->at, a))));
	}
}

static void gone_tasks(struct comparison *c, const struct step *s, struct step_diff *d)
{
	for (uint32_t t = s->first; t < s->first + s->count; t++) {
		if (c->kept[t])
			continue;
		d->n[GONE]++;
		put_task(c, diff_task_name(c->graph, t, c->w->arena), GONE, NULL, 0);
	}
}

static void compare_all(struct comparison *c)
{
	static const char *const header[] = { "step", "same", "new", "gone", "changed", "what changed" };
	struct world *w = c->w;
	struct grid g = grid_new(w->arena, countof(header), header);

	diff_classify(c);
	for (size_t i = 1; i < 5; i++)
		g.right[i] = true;
	for (size_t i = 0; i < w->graph->step_count; i++) {
		const struct step *s = &w->graph->steps[i];
		struct step_diff d = { .tally.arena = w->arena };
		uint32_t was = graph_step_named(c->graph, s->name);

		present_step(c, s, &d);
		if (was != UINT32_MAX)
			gone_tasks(c, &c->graph->steps[was], &d);
		put_counts(c, &g, s->name, &d);
	}
	for (size_t i = 0; i < c->graph->step_count; i++) {
		struct step_diff d = { 0 };

		if (graph_step_named(w->graph, c->graph->steps[i].name) != UINT32_MAX)
			continue;
		gone_tasks(c, &c->graph->steps[i], &d);
		put_counts(c, &g, c->graph->steps[i].name, &d);
	}
	if (!w->json && !c->list)
		grid_print(&g);
}

static int run(struct world *w)
{
	struct comparison c = { .w = w, .list = args_has(&w->args, "tasks") };

	if (w->word_count != 1)
		return world_usage(w, "one revision is wanted, %zu are given", w->word_count);
	int code = world_plan(w, NULL);

	if (!code)
		code = load_old(&c);
	if (!code) {
		compare_all(&c);
		if (w->json)
			out_f("{\"event\":\"compared\",\"same\":%zu,\"new\":%zu,\"gone\":%zu,\"changed\":%zu}\n", c.sum[SAME], c.sum[NEW], c.sum[GONE],
			      c.sum[CHANGED]);
		out_flush();
		if (!w->json)
			say("against " STR_FMT ": %zu same, %zu new, %zu gone, %zu changed", STR_ARG(w->words[0]), c.sum[SAME], c.sum[NEW], c.sum[GONE],
			    c.sum[CHANGED]);
	}
	study_close(c.study);
	old_tree_remove(&c.tree);
	return code;
}

static const struct option options[] = {
	{ "tasks", 0, NULL, "a line a task, not a line a step" },
	{ 0 },
};

const struct command cmd_diff = {
	.name = "diff",
	.summary = "compare the plan with that of a git revision",
	.usage = "[STUDY] REV [--tasks]",
	.about = "Which tasks are new, gone or changed since REV, and by which parts of their keys. Files that git does not track are\n"
		 "taken as they are now.\n",
	.options = options,
	.study = true,
	.run = run,
};
