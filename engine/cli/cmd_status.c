/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cli/command.h"

struct step_state {
	size_t tasks, by_state[TASK_SKIPPED + 1], failed;
};

/* A stale task whose last attempt, with the same key, failed. */
static bool failed_last(struct world *w, uint32_t t)
{
	CLEANUP(arena_cleanup) struct arena *a = arena_new();
	struct attempt *last;
	const struct digest *key = plan_key(w->plan, t);

	if (!w->store || !key || store_attempts(w->store, world_task_name(w, t, a), 1, a, &last) == 0)
		return false;
	return digest_same(&last->key, key) && last->outcome != OUTCOME_DONE && last->outcome != OUTCOME_SKIPPED &&
	       last->outcome != OUTCOME_INTERRUPTED;
}

static struct step_state step_state(struct world *w, const struct step *s)
{
	struct step_state c = { .tasks = s->count };

	for (uint32_t t = s->first; t < s->first + s->count; t++) {
		enum task_state state = plan_state(w->plan, t);

		c.by_state[state]++;
		c.failed += state == TASK_STALE && failed_last(w, t);
	}
	return c;
}

static void step_json(struct world *w, const struct step *s, const struct step_state *c)
{
	struct value v = value_map(w->arena, 9);

	(void)value_set(&v, STR("step"), value_str(s->name));
	(void)value_set(&v, STR("kind"), value_str(str_z(s->kind->name)));
	(void)value_set(&v, STR("tasks"), value_int((int64_t)c->tasks));
	for (int i = TASK_HIT; i <= TASK_SKIPPED; i++)
		if (i != TASK_BLOCKED)
			(void)value_set(&v, str_z(state_name((enum task_state)i)), value_int((int64_t)c->by_state[i]));
	(void)value_set(&v, STR("failed"), value_int((int64_t)c->failed));
	out_json(&v);
}

static void put_count(struct grid *g, size_t column, size_t n)
{
	grid_put(g, column, n ? arena_printf(g->arena, "%zu", n) : STR("·"));
}

static void steps_print(struct world *w, struct step_state *sum)
{
	static const char *const header[] = { "step", "kind", "tasks", "hit", "stale", "waits", "skipped", "failed" };
	struct grid g = grid_new(w->arena, countof(header), header);

	for (size_t c = 2; c < countof(header); c++)
		g.right[c] = true;
	for (size_t i = 0; i < w->graph->step_count; i++) {
		const struct step *s = &w->graph->steps[i];
		struct step_state c = step_state(w, s);

		sum->tasks += c.tasks;
		sum->failed += c.failed;
		for (int k = 0; k <= TASK_SKIPPED; k++)
			sum->by_state[k] += c.by_state[k];
		if (w->json) {
			step_json(w, s, &c);
			continue;
		}
		grid_row(&g);
		grid_put(&g, 0, s->name);
		grid_put(&g, 1, str_z(s->kind->name));
		put_count(&g, 2, c.tasks);
		put_count(&g, 3, c.by_state[TASK_HIT]);
		put_count(&g, 4, c.by_state[TASK_STALE]);
		put_count(&g, 5, c.by_state[TASK_WAITS]);
		put_count(&g, 6, c.by_state[TASK_SKIPPED]);
		put_count(&g, 7, c.failed);
	}
	if (!w->json)
		grid_print(&g);
}

/* ---- runs --------------------------------------------------------------------------------------------------------- */

static void holder_print(struct world *w, const struct store_owner *o)
{
	if (!w->json) {
		if (o->pid)
			out_f("\nrunning now: pid %lld on " STR_FMT " since " STR_FMT ": " STR_FMT "\n", (long long)o->pid, STR_ARG(o->host),
			      STR_ARG(when_text(w->arena, o->since_ns)), STR_ARG(o->command));
		else
			out_f("\nrunning now: a run that has just started\n");
		return;
	}
	struct value v = value_map(w->arena, 5);
	char since[32];

	clock_text(o->since_ns, since);
	(void)value_set(&v, STR("event"), value_str(STR("held")));
	(void)value_set(&v, STR("pid"), value_int(o->pid));
	(void)value_set(&v, STR("host"), value_str(o->host));
	(void)value_set(&v, STR("since"), value_str(arena_z(w->arena, since)));
	(void)value_set(&v, STR("command"), value_str(o->command));
	out_json(&v);
}

static struct str how_it_ended(struct world *w, const struct run_info *r, bool running)
{
	if (r->ended_ns)
		return arena_printf(w->arena, "exit code %d after " STR_FMT, r->exit_code,
		                    STR_ARG(seconds_text(w->arena, (double)(r->ended_ns - r->started_ns) / 1e9)));
	return running ? STR("still running") : STR("killed; 'rung run' continues");
}

static int64_t counted(const struct run_info *r, const char *name)
{
	const struct value *v = value_get(&r->counts, name);

	return v && v->type == V_INT ? v->i : 0;
}

static void run_print(struct world *w, const struct run_info *r, bool running)
{
	struct str end = how_it_ended(w, r, running);

	if (!w->json) {
		out_f("%slast run: %lld, started " STR_FMT ", " STR_FMT, running ? "" : "\n", (long long)r->id,
		      STR_ARG(when_text(w->arena, r->started_ns)), STR_ARG(end));
		if (r->counts.type == V_MAP)
			out_f(": ran %lld, cached %lld, failed %lld", (long long)counted(r, "ran"), (long long)counted(r, "cached"),
			      (long long)counted(r, "failed"));
		out_f("\n  " STR_FMT "\n", STR_ARG(r->command));
		return;
	}
	struct value v = value_map(w->arena, 7);
	char text[32];

	clock_text(r->started_ns, text);
	(void)value_set(&v, STR("event"), value_str(STR("last-run")));
	(void)value_set(&v, STR("run"), value_int(r->id));
	(void)value_set(&v, STR("started"), value_str(arena_z(w->arena, text)));
	(void)value_set(&v, STR("exit_code"), r->ended_ns ? value_int(r->exit_code) : (struct value){ .type = V_NULL });
	(void)value_set(&v, STR("running"), value_bool(running && !r->ended_ns));
	(void)value_set(&v, STR("command"), value_str(r->command));
	(void)value_set(&v, STR("counts"), r->counts);
	out_json(&v);
}

static int run(struct world *w)
{
	struct step_state sum = { 0 };
	struct run_info *last;

	if (w->word_count)
		return world_usage(w, "'" STR_FMT "' is no study file", STR_ARG(w->words[0]));
	steps_print(w, &sum);
	if (!w->json && !w->store)
		out_f("\nnothing has run yet\n");
	const struct store_owner *holder = w->store ? store_holder(w->store) : NULL;

	if (holder)
		holder_print(w, holder);
	if (w->store && store_runs(w->store, 1, w->arena, &last) > 0)
		run_print(w, last, holder != NULL);
	if (w->json)
		out_f("{\"event\":\"status\",\"tasks\":%zu,\"hit\":%zu,\"stale\":%zu,\"waits\":%zu,\"skipped\":%zu,\"failed\":%zu}\n", sum.tasks,
		      sum.by_state[TASK_HIT], sum.by_state[TASK_STALE], sum.by_state[TASK_WAITS], sum.by_state[TASK_SKIPPED], sum.failed);
	return EXIT_FINE;
}

const struct command cmd_status = {
	.name = "status",
	.summary = "show what is known of each step, and who is running",
	.usage = "[STUDY]",
	.about = "Never waits for a run: it reads the store beside it. 'failed' counts stale tasks whose last attempt failed.\n",
	.needs = NEEDS_PLAN,
	.study = true,
	.run = run,
};
