/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cli/command.h"
#include "engine/cli/run_setup.h"

struct missing {
	struct world *w;
	uint32_t task;
	size_t n;
};

static void see(void *user, uint32_t dep)
{
	struct missing *m = user;

	if (plan_done(m->w->plan, dep))
		return;
	if (!m->n++)
		m->task = dep;
}

/* What the task reads must be there. */
static int check_upstream(struct world *w, uint32_t task)
{
	struct missing m = { .w = w };

	graph_each_dep(w->graph, task, see, &m);
	if (!m.n)
		return 0;
	struct str first = world_task_name(w, m.task, w->arena);

	if (m.n > 1)
		(void)wrong("it reads %zu tasks that are not known yet, " STR_FMT " among them", m.n, STR_ARG(first));
	else
		(void)wrong("it reads " STR_FMT ", which is not known yet", STR_ARG(first));
	hint("rung run " STR_FMT, STR_ARG(shell_word(w->arena, m.n > 1 ? graph_step_of(w->graph, m.task)->name : first)));
	return EXIT_WRONG;
}

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
	code = check_upstream(w, task);
	if (code)
		return code;
	if (!w->store)
		code = world_store(w, STORE_WRITE); /* a first task without inputs: there is no store to read */
	if (code)
		return code;
	out_flush();
	code = run_exec(&o, w->study, &w->made, w->plan, w->store, task, &w->diags, w->arena, &folder);
	world_report(w);
	if (code == EXIT_FINE)
		say("done; nothing of it is recorded");
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
