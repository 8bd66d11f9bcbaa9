/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cli/command.h"
#include "engine/cli/run_setup.h"

static int run(struct world *w)
{
	struct run_options o;
	struct str folder = { 0 };
	uint32_t task;

	if (w->word_count != 1)
		return world_usage(w, "one task is wanted, %zu are given", w->word_count);
	int code = run_setup(w, &o);

	if (!code)
		code = world_graph(w);
	if (!code)
		code = world_task(w, w->words[0], &task);
	if (code)
		return code;
	unsigned char *marks = world_marks(w);

	marks[task] = 1;
	graph_close_upstream(w->graph, marks);
	code = world_plan(w, marks);
	if (code)
		return code;
	if (!w->store)
		return wrong("there is no store yet: 'rung run' makes what the task needs");
	out_flush();
	code = run_exec(&o, w->study, &w->made, w->plan, w->store, task, &w->diags, w->arena, &folder);
	world_report(w);
	if (folder.n)
		say("its folder is " STR_FMT, STR_ARG(path_shown(folder)));
	return code;
}

const struct command cmd_exec = {
	.name = "exec",
	.summary = "run one task in the foreground and keep its folder",
	.usage = "[STUDY] TASK",
	.about = "What the task reads must be known already. Its output goes to the terminal, nothing is recorded, and the folder it\n"
		 "ran in stays for a look.\n",
	.study = true,
	.run = run,
};
