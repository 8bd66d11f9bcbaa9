/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <unistd.h>

#include "engine/base/fs.h"
#include "engine/cli/command.h"
#include "engine/cli/rows_print.h"

/* ---- a task ------------------------------------------------------------------------------------------------------- */

static const char *artifact_word(enum artifact_kind k)
{
	return k == ARTIFACT_TREE ? "tree" : k == ARTIFACT_EXECUTABLE ? "executable" : "file";
}

static size_t saved_paths(struct world *w, uint32_t t, struct arena *a, struct spec *spec)
{
	if (!plan_spec(w->plan, t, a, spec, &w->diags))
		return 0;
	return spec->save_count;
}

static struct value artifact_value(struct world *w, const struct artifact *f, struct arena *a)
{
	struct value v = value_map(a, 6);

	(void)value_set(&v, STR("name"), value_str(f->name));
	(void)value_set(&v, STR("file"), value_str(f->file));
	(void)value_set(&v, STR("kind"), value_str(str_z(artifact_word(f->kind))));
	(void)value_set(&v, STR("digest"), value_str(digest_str(a, &f->digest)));
	(void)value_set(&v, STR("size"), value_int((int64_t)f->size));
	(void)value_set(&v, STR("path"), value_str(store_object_path(w->store, &f->digest, a)));
	return v;
}

static void task_json(struct world *w, uint32_t t, const struct result *r, struct arena *a)
{
	struct value v = value_map(a, 9), outs = value_list(a, r ? r->artifact_count : 0);
	struct spec spec;
	size_t n = saved_paths(w, t, a, &spec);
	struct value saved = value_list(a, n);

	for (size_t i = 0; i < n; i++)
		saved.list.items[i] = value_str(spec.saves[i].path);
	(void)value_set(&v, STR("task"), value_str(world_task_name(w, t, a)));
	(void)value_set(&v, STR("step"), value_str(graph_step_of(w->graph, t)->name));
	(void)value_set(&v, STR("point"), graph_point(w->graph, t, a));
	(void)value_set(&v, STR("state"), value_str(str_z(state_name(plan_state(w->plan, t)))));
	if (r) {
		for (size_t i = 0; i < r->artifact_count; i++)
			outs.list.items[i] = artifact_value(w, &r->artifacts[i], a);
		(void)value_set(&v, STR("key"), value_str(digest_str(a, &r->key)));
		(void)value_set(&v, STR("seconds"), value_real((double)r->duration_ms / 1000));
		(void)value_set(&v, STR("metrics"), r->metrics);
		(void)value_set(&v, STR("outputs"), outs);
	}
	(void)value_set(&v, STR("saved"), saved);
	out_json(&v);
}

static void metrics_print(const struct result *r, struct arena *a)
{
	size_t n = r->metrics.type == V_MAP ? r->metrics.map.n : 0;

	for (size_t i = 0; i < n; i++) {
		struct sb b;

		sb_init(&b, (size_t)1 << 20);
		value_text(&r->metrics.map.pairs[i].val, &b);
		out_f("  %s" STR_FMT "%s = " STR_FMT "\n", paint_out(CYAN), STR_ARG(r->metrics.map.pairs[i].key), paint_out(PLAIN),
		      STR_ARG(sb_take(&b, a)));
		sb_release(&b);
	}
}

static void task_print(struct world *w, uint32_t t)
{
	CLEANUP(arena_cleanup) struct arena *a = arena_new();
	struct result r;
	struct spec spec;
	bool done = plan_done(w->plan, t) && plan_result(w->plan, t, a, &r);

	if (w->json) {
		task_json(w, t, done ? &r : NULL, a);
		return;
	}
	enum task_state state = plan_state(w->plan, t);

	out_f("%s" STR_FMT "%s: %s%s%s", paint_out(BOLD), STR_ARG(world_task_name(w, t, a)), paint_out(PLAIN),
	      paint_out((enum paint)state_paint(state)), state_name(state), paint_out(PLAIN));
	if (!done) {
		out_f("; 'rung why' says why, 'rung log' what its last attempt said\n");
		return;
	}
	out_f(", took " STR_FMT "\n", STR_ARG(seconds_text(a, (double)r.duration_ms / 1000)));
	metrics_print(&r, a);
	for (size_t i = 0; i < r.artifact_count; i++) {
		const struct artifact *f = &r.artifacts[i];

		out_f("  %s" STR_FMT "%s: " STR_FMT ", %s, " STR_FMT "\n    " STR_FMT "\n", paint_out(CYAN), STR_ARG(f->name), paint_out(PLAIN),
		      STR_ARG(f->file), artifact_word(f->kind), STR_ARG(bytes_text(a, (double)f->size)),
		      STR_ARG(path_shown(store_object_path(w->store, &f->digest, a))));
	}
	size_t n = saved_paths(w, t, a, &spec);

	for (size_t i = 0; i < n; i++) {
		struct str path = path_join(a, w->root, spec.saves[i].path);

		out_f("  saved as " STR_FMT "%s\n", STR_ARG(path_shown(path)), fs_exists(path.p) ? "" : " (missing now: 'rung run' brings it back)");
	}
}

/* ---- a step ------------------------------------------------------------------------------------------------------- */

static int step_rows(struct world *w, uint32_t step, const uint32_t *tasks, size_t n)
{
	const char *path = rows_temporary(w->arena);
	struct rows r = { .arena = w->arena };
	struct str error;

	if (!path)
		return EXIT_WRONG;
	r.as = w->json ? ROWS_JSON : args_has(&w->args, "csv") ? ROWS_CSV : ROWS_GRID;
	bool ok = run_rows(w->plan, w->store, step, tasks, n, path, &w->diags);

	if (ok && !rows_file(&r, path, &error)) {
		(void)wrong("cannot read the rows: " STR_FMT, STR_ARG(error));
		ok = false;
	}
	(void)unlink(path);
	world_report(w);
	return ok ? EXIT_FINE : EXIT_WRONG;
}

static int show_step(struct world *w, uint32_t step, const uint32_t *tasks, size_t n)
{
	const struct step *s = &w->graph->steps[step];
	size_t done = 0;

	for (size_t i = 0; i < n; i++)
		done += plan_done(w->plan, tasks[i]);
	int code = done ? step_rows(w, step, tasks, n) : EXIT_FINE;

	out_flush();
	if (done < n)
		say(STR_FMT ": %zu of %zu task%s known; 'rung run' makes the others", STR_ARG(s->name), done, n, plural(n));
	return code;
}

static int run(struct world *w)
{
	uint32_t *tasks;
	size_t n;
	struct str why = { 0 };

	if (w->word_count != 1)
		return world_usage(w, "one task or step is wanted, %zu are given", w->word_count);
	if (!graph_select(w->graph, w->words[0], w->arena, &tasks, &n, &why))
		return wrong(STR_FMT, STR_ARG(why));
	if (!w->store) {
		(void)wrong("nothing is known yet: there is no store");
		hint("'rung run' makes one");
		return EXIT_WRONG;
	}
	const struct step *s = graph_step_of(w->graph, tasks[0]);
	bool one_step = tasks[n - 1] < s->first + s->count;
	bool rows = args_has(&w->args, "rows") || args_has(&w->args, "csv");

	/* A step without axes is a task too: its page is shown, unless rows are asked for. */
	if (one_step && (n > 1 || rows || str_same(w->words[0], s->name)) && !(n == 1 && !rows && s->kind->exec == EXEC_COMMAND))
		return show_step(w, (uint32_t)(s - w->graph->steps), tasks, n);
	for (size_t i = 0; i < n; i++)
		task_print(w, tasks[i]);
	return EXIT_FINE;
}

static const struct option options[] = {
	{ "rows", 0, NULL, "the rows of a single task's table, not its page" },
	{ "csv", 0, NULL, "rows as CSV" },
	{ 0 },
};

const struct command cmd_show = {
	.name = "show",
	.summary = "show the result of a task, or the rows of a step",
	.usage = "[STUDY] TASK|STEP [--rows] [--csv]",
	.about = "A task: its metrics, outputs with their objects, and where they are saved. A step: the rows of all its tasks, or of\n"
		 "those selected, as a table.\n",
	.options = options,
	.needs = NEEDS_PLAN,
	.study = true,
	.run = run,
};
