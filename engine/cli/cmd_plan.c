/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a run would do and why. For people a line a step with its most frequent reasons; for scripts a line a task.
 */
#include "engine/cli/command.h"
#include "engine/cli/reasons.h"

#define SAMPLED 2000 /* tasks of a step whose reasons are looked at, so that a plan of a million tasks stays quick */
#define SHOWN 3      /* reasons of a step */

/* ---- for scripts -------------------------------------------------------------------------------------------------- */

static void task_json(struct world *w, uint32_t t, const struct step *s)
{
	CLEANUP(arena_cleanup) struct arena *a = arena_new();
	struct reason *reasons;
	enum task_state state = plan_state(w->plan, t);
	size_t n = state == TASK_HIT ? 0 : plan_reasons(w->plan, t, a, &reasons);
	struct value v = value_map(a, 5), list = value_list(a, n);

	for (size_t i = 0; i < n; i++)
		list.list.items[i] = reason_value(w, &reasons[i], a);
	(void)value_set(&v, STR("task"), value_str(world_task_name(w, t, a)));
	(void)value_set(&v, STR("step"), value_str(s->name));
	(void)value_set(&v, STR("point"), graph_point(w->graph, t, a));
	(void)value_set(&v, STR("state"), value_str(str_z(state_name(state))));
	(void)value_set(&v, STR("reasons"), list);
	out_json(&v);
}

static void plan_json(struct world *w)
{
	const struct graph *g = w->graph;
	struct plan_counts c;

	for (size_t i = 0; i < g->step_count; i++)
		for (uint32_t t = g->steps[i].first; t < g->steps[i].first + g->steps[i].count; t++)
			if (plan_wanted(w->plan, t))
				task_json(w, t, &g->steps[i]);
	plan_count(w->plan, &c);
	out_f("{\"event\":\"planned\",\"tasks\":%zu,\"hit\":%zu,\"stale\":%zu,\"waits\":%zu,\"blocked\":%zu", c.tasks, c.hit,
	      c.stale, c.waits, c.blocked);
	if (c.skipped)
		out_f(",\"skipped\":%zu", c.skipped);
	out_text(STR("}\n"));
}

/* ---- for people --------------------------------------------------------------------------------------------------- */

struct step_plan {
	size_t wanted, by_state[TASK_SKIPPED + 1];
	struct reason_tally tally;
	size_t sampled;
};

static void step_plan(struct world *w, const struct step *s, struct step_plan *p)
{
	p->tally.arena = w->arena;
	for (uint32_t t = s->first; t < s->first + s->count; t++) {
		enum task_state state = plan_state(w->plan, t);

		if (!plan_wanted(w->plan, t))
			continue;
		p->wanted++;
		p->by_state[state]++;
		if (state == TASK_HIT || state == TASK_SKIPPED || p->sampled >= SAMPLED)
			continue;
		CLEANUP(arena_cleanup) struct arena *a = arena_new();
		struct reason *reasons;
		size_t n = plan_reasons(w->plan, t, a, &reasons);

		p->sampled++;
		for (size_t i = 0; i < n && p->tally.list.n < 200; i++)
			tally_add(&p->tally, &reasons[i]);
	}
	tally_sort(&p->tally);
}

static struct str count_text(struct arena *a, size_t n)
{
	return n ? arena_printf(a, "%zu", n) : STR("·");
}

static struct str tally_text(struct world *w, const struct step_plan *p, size_t i)
{
	const struct reason_count *r = &p->tally.list.data[i];
	struct str at = span_text(&w->diags, r->at, w->arena);
	struct str line = text_fit(w->arena, r->line, 72);

	return arena_printf(w->arena, STR_FMT "%s" STR_FMT "%s", STR_ARG(line), at.n ? "  " : "", STR_ARG(at),
	                    i + 1 == SHOWN && p->tally.list.n > SHOWN ? "  …" : "");
}

static void plan_print(struct world *w)
{
	static const char *const header[] = { "step", "tasks", "hit", "stale", "waits", "skipped", "why" };
	struct grid g = grid_new(w->arena, countof(header), header);

	for (size_t c = 1; c < 6; c++)
		g.right[c] = true;
	for (size_t i = 0; i < w->graph->step_count; i++) {
		struct step_plan p = { 0 };
		const struct step *s = &w->graph->steps[i];

		step_plan(w, s, &p);
		if (!p.wanted)
			continue;
		grid_row(&g);
		grid_put(&g, 0, s->name);
		grid_put(&g, 1, count_text(w->arena, p.wanted));
		grid_put(&g, 2, count_text(w->arena, p.by_state[TASK_HIT]));
		grid_put(&g, 3, count_text(w->arena, p.by_state[TASK_STALE]));
		grid_put(&g, 4, count_text(w->arena, p.by_state[TASK_WAITS]));
		grid_put(&g, 5, count_text(w->arena, p.by_state[TASK_SKIPPED]));
		for (size_t r = 0; r < p.tally.list.n && r < SHOWN; r++) {
			if (r)
				grid_row(&g);
			grid_put(&g, 6, tally_text(w, &p, r));
		}
	}
	grid_print(&g);
}

/* Work that is known to come and may come, by past durations. */
static void say_total(struct world *w)
{
	struct plan_counts c;
	double known_s = 0;
	bool any = false;

	plan_count(w->plan, &c);
	for (size_t i = 0; w->store && i < w->graph->step_count; i++) {
		const struct step *s = &w->graph->steps[i];
		int64_t each = c.stale + c.waits ? store_step_duration(w->store, s->name) : -1;

		for (uint32_t t = s->first; each >= 0 && t < s->first + s->count; t++)
			if (plan_wanted(w->plan, t) && (plan_state(w->plan, t) == TASK_STALE || plan_state(w->plan, t) == TASK_WAITS)) {
				known_s += (double)each / 1000;
				any = true;
			}
	}
	struct str cost = any ? arena_printf(w->arena, "; at most about " STR_FMT " of work by past durations",
	                                     STR_ARG(seconds_text(w->arena, known_s))) : STR("");

	struct str skipped = c.skipped ? arena_printf(w->arena, ", %zu skipped", c.skipped) : STR("");

	say(STR_FMT ": %zu task%s: %zu known" STR_FMT ", %zu to run, %zu may have to run%s", STR_ARG(study_name(w->study)), c.tasks,
	    plural(c.tasks), c.hit, STR_ARG(skipped), c.stale, c.waits, cost.n ? cost.p : "");
}

int plan_command(struct world *w)
{
	int code = world_plan_selected(w, STORE_READ);

	if (code)
		return code;
	if (w->json) {
		plan_json(w);
	} else {
		plan_print(w);
		out_flush();
		say_total(w);
	}
	return EXIT_FINE;
}

const struct command cmd_plan = {
	.name = "plan",
	.summary = "show what a run would do, and why",
	.usage = "[STUDY] [TASK…]",
	.about = "Runs nothing. 'hit': the result is known. 'stale': the task will run, for the reasons shown. 'waits': decided once\n"
		 "what it reads has run; it may turn out known. TASK is a name or a part of it: 'train', 'train[source=gpt]',\n"
		 "'source=gpt'; what it needs is planned with it. With --json a line a task and a last line with the counts.\n",
	.study = true,
	.run = plan_command,
};
