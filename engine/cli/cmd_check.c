/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cli/command.h"

/* What expansion does not look at: the specs of all points. A step's first mistake is told, it is mostly that of all. */
static bool check_points(struct world *w)
{
	CLEANUP(arena_cleanup) struct arena *a = arena_new();
	const struct graph *g = w->graph;
	struct front front = study_front(w->study);
	struct spec spec;
	bool ok = true;

	for (uint32_t i = 0; i < g->step_count; i++) {
		const struct step *s = &g->steps[i];
		bool fine = true;

		for (uint32_t t = 0; fine && t < s->count; t++) {
			fine = front.spec(front.self, i, s->coords + (size_t)t * s->axis_count, NULL, a, &spec, &w->diags);
			arena_reset(a, (struct arena_mark){ 0 });
		}
		ok = ok && fine;
	}
	world_report(w);
	return ok;
}

static int run(struct world *w)
{
	const struct graph *g = w->graph;

	if (w->word_count)
		return world_usage(w, "'" STR_FMT "' is no study file", STR_ARG(w->words[0]));
	if (!check_points(w))
		return EXIT_WRONG;
	if (w->json) {
		struct value v = value_map(w->arena, 5);

		(void)value_set(&v, STR("event"), value_str(STR("checked")));
		(void)value_set(&v, STR("study"), value_str(study_name(w->study)));
		(void)value_set(&v, STR("path"), value_str(study_path(w->study)));
		(void)value_set(&v, STR("steps"), value_int((int64_t)g->step_count));
		(void)value_set(&v, STR("tasks"), value_int(g->task_count));
		out_json(&v);
		return EXIT_FINE;
	}
	say(STR_FMT ": " STR_FMT " is fine: %zu step%s, %u task%s", STR_ARG(study_name(w->study)), STR_ARG(study_path(w->study)),
	    g->step_count, plural(g->step_count), g->task_count, plural(g->task_count));
	return EXIT_FINE;
}

const struct command cmd_check = {
	.name = "check",
	.summary = "read the study, expand it, report all mistakes",
	.usage = "[STUDY]",
	.about = "Loads the study and everything it names, multiplies the axes and resolves every reference. Nothing runs and\n"
		 "nothing is looked up in the store. All mistakes are reported in one go; exit code 2 when there are any.\n",
	.needs = NEEDS_GRAPH,
	.study = true,
	.run = run,
};
