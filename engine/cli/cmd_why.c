/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cli/command.h"
#include "engine/cli/reasons.h"

#define SHOWN 20 /* tasks, without --all */

static void why_json(struct world *w, uint32_t t)
{
	CLEANUP(arena_cleanup) struct arena *a = arena_new();
	struct reason *list, *parts;
	enum task_state state = plan_state(w->plan, t);
	size_t n = state == TASK_HIT ? 0 : plan_reasons(w->plan, t, a, &list), m = 0;
	struct value v = value_map(a, 6), reasons = value_list(a, n);

	for (size_t i = 0; i < n; i++)
		reasons.list.items[i] = reason_value(w, &list[i], a);
	(void)value_set(&v, STR("task"), value_str(world_task_name(w, t, a)));
	(void)value_set(&v, STR("step"), value_str(graph_step_of(w->graph, t)->name));
	(void)value_set(&v, STR("point"), graph_point(w->graph, t, a));
	(void)value_set(&v, STR("state"), value_str(str_z(state_name(state))));
	(void)value_set(&v, STR("reasons"), reasons);
	if (args_has(&w->args, "parts")) {
		m = plan_shown_parts(w->plan, t, a, &parts);
		struct value all = value_list(a, m);

		for (size_t i = 0; i < m; i++)
			all.list.items[i] = reason_value(w, &parts[i], a);
		(void)value_set(&v, STR("parts"), all);
	}
	out_json(&v);
}

static void parts_print(struct world *w, uint32_t t, struct arena *a)
{
	static const char *const header[] = { "part", "value", "at" };
	struct reason *parts;
	size_t n = plan_shown_parts(w->plan, t, a, &parts);
	struct grid g = grid_new(a, countof(header), header);

	for (size_t i = 0; i < n; i++) {
		grid_row(&g);
		grid_put(&g, 0, parts[i].part);
		grid_put(&g, 1, text_fit(a, parts[i].new_.n ? parts[i].new_ : parts[i].old, 80));
		grid_put(&g, 2, span_text(&w->diags, parts[i].at, a));
	}
	grid_print(&g);
}

static void hit_print(struct world *w, uint32_t t, struct arena *a)
{
	struct result r;
	struct attempt *attempts;

	if (!plan_result(w->plan, t, a, &r))
		return;
	size_t n = w->store ? store_attempts(w->store, r.task, 50, a, &attempts) : 0;

	for (size_t i = 0; i < n; i++)
		if (digest_same(&attempts[i].key, &r.key) && attempts[i].outcome == r.outcome) {
			out_f("  made by run %lld, " STR_FMT, (long long)attempts[i].run, STR_ARG(when_text(a, attempts[i].ended_ns)));
			break;
		}
	out_f("%stook " STR_FMT "\n", n ? ", " : "  ", STR_ARG(seconds_text(a, (double)r.duration_ms / 1000)));
	char hex[DIGEST_HEX + 1];

	digest_hex(&r.key, hex);
	out_f("  key %.16s…\n", hex);
}

/* What a waiting task waits for in the end: down to the first task that is not waiting. */
static void chain_print(struct world *w, uint32_t t, struct arena *a)
{
	struct reason *list;
	uint32_t *deps;
	size_t n;
	struct str why;

	for (int depth = 0; depth < 100 && plan_state(w->plan, t) == TASK_WAITS; depth++) {
		if (!plan_reasons(w->plan, t, a, &list) || !graph_select(w->graph, list[0].part, a, &deps, &n, &why) || n != 1 || deps[0] == t)
			return;
		t = deps[0];
	}
	n = plan_reasons(w->plan, t, a, &list);
	if (n)
		out_f("  because " STR_FMT " is %s: " STR_FMT "  (" STR_FMT ")\n", STR_ARG(world_task_name(w, t, a)),
		      state_name(plan_state(w->plan, t)), STR_ARG(reason_line(&list[0], a)), STR_ARG(span_text(&w->diags, list[0].at, a)));
}

static void why_print(struct world *w, uint32_t t)
{
	CLEANUP(arena_cleanup) struct arena *a = arena_new();
	enum task_state state = plan_state(w->plan, t);
	struct reason *list;
	size_t n = state == TASK_HIT ? 0 : plan_reasons(w->plan, t, a, &list);
	static const char *const words[] = { "is not known",
		                             "is a hit: its result is known",
		                             "is stale: it will run",
		                             "waits: decided once what it reads has run",
		                             "is blocked",
		                             "is skipped: its 'when' is false" };

	out_f("%s" STR_FMT "%s %s%s%s\n", paint_out(BOLD), STR_ARG(world_task_name(w, t, a)), paint_out(PLAIN),
	      paint_out((enum paint)state_paint(state)), words[state], paint_out(PLAIN));
	for (size_t i = 0; i < n; i++) {
		struct str at = span_text(&w->diags, list[i].at, a);

		out_f("  " STR_FMT "%s" STR_FMT "%s\n", STR_ARG(reason_line(&list[i], a)), at.n ? "  (" : "", STR_ARG(at), at.n ? ")" : "");
		print_snippet(&w->diags, list[i].at);
	}
	if (state == TASK_WAITS)
		chain_print(w, t, a);
	if (state == TASK_HIT)
		hit_print(w, t, a);
	if (args_has(&w->args, "parts"))
		parts_print(w, t, a);
}

static int run(struct world *w)
{
	if (!w->word_count)
		return world_usage(w, "a task is wanted");
	int code = world_graph(w);

	if (code)
		return code;
	unsigned char *marks = world_marks(w), *chosen = world_marks(w);

	code = world_select(w, w->words, w->word_count, chosen);
	if (code)
		return code;
	for (uint32_t t = 0; t < w->graph->task_count; t++)
		marks[t] = chosen[t];
	graph_close_upstream(w->graph, marks);
	code = world_plan(w, marks);
	if (code)
		return code;
	size_t shown = 0, more = 0;
	bool all = args_has(&w->args, "all") || w->json;

	for (uint32_t t = 0; t < w->graph->task_count; t++) {
		if (!chosen[t])
			continue;
		if (!all && shown == SHOWN) {
			more++;
			continue;
		}
		shown++;
		if (w->json)
			why_json(w, t);
		else
			why_print(w, t);
	}
	out_flush();
	if (more)
		say("and %zu more task%s: --all shows them", more, plural(more));
	return EXIT_FINE;
}

static const struct option options[] = {
	{ "parts", 0, NULL, "the parts of the key too, and what was read" },
	{ "all", 'a', NULL, "every selected task, not only the first 20" },
	{ 0 },
};

const struct command cmd_why = {
	.name = "why",
	.summary = "say why a task would run, or since when its result is known",
	.usage = "[STUDY] TASK… [options]",
	.about = "Every task that is not a hit has a reason: what changed, from what to what, and where that is written.\n",
	.options = options,
	.study = true,
	.run = run,
};
