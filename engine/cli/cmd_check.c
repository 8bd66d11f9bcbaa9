/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cli/command.h"

static int run(struct world *w)
{
	const struct graph *g = w->graph;

	if (w->word_count)
		return world_usage(w, "'" STR_FMT "' is no study file", STR_ARG(w->words[0]));
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
