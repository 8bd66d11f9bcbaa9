/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The run. First the short way: a certificate that nothing changed since all was done. Else load, expand, plan, execute,
 * and write a new certificate when every task of the whole study ended well.
 */
#include <string.h>
#include <unistd.h>

#include "engine/base/fs.h"
#include "engine/cli/command.h"
#include "engine/cli/progress.h"
#include "engine/cli/run_setup.h"

/* ---- the certificate ---------------------------------------------------------------------------------------------- */

static void asked_list(struct sb *b, const char *title, const struct str *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		sb_printf(b, "%s %zu:" STR_FMT "\n", title, list[i].n, STR_ARG(list[i]));
}

/* Everything on the command line that can change the plan, in canonical form. */
static struct str asked_text(struct world *w)
{
	struct sb b;
	struct str file = path_base(w->path.n ? w->path : STR("study.yaml"));

	sb_init(&b, (size_t)1 << 22);
	sb_z(&b, "rung " RUNG_VERSION "\n");
	if (str_ends(file, ".yaml") || str_ends(file, ".yml"))
		sb_printf(&b, "file " STR_FMT "\n", STR_ARG(file));
	else
		sb_z(&b, "file study.yaml\n");
	asked_list(&b, "set", w->made.sets, w->made.set_count);
	asked_list(&b, "only", w->made.only, w->made.only_count);
	asked_list(&b, "phase", &w->made.phase, w->made.phase.n > 0);
	asked_list(&b, "task", w->words, w->word_count);
	struct str text = sb_take(&b, w->arena);

	sb_release(&b);
	return text;
}

static struct fresh_place fresh_place(const struct world *w)
{
	return (struct fresh_place){ w->rung.p, w->root.p, &system_clock };
}

static bool still_fresh(struct world *w, int64_t started)
{
	struct fresh_place place = fresh_place(w);
	struct fresh_facts facts = { 0 };

	if (args_has(&w->args, "force") || fresh_check(&place, asked_text(w), w->arena, &facts) != 1)
		return false;
	struct run_counts c = { .tasks = facts.tasks, .cached = facts.tasks - facts.skipped, .skipped = facts.skipped };

	c.seconds = (double)(system_clock.monotonic_ns(&system_clock) - started) / 1e9;
	if (w->json)
		finished_json(&c);
	else
		summary_line(facts.study, &c);
	return true;
}

static void add_study_files(struct world *w, struct fresh_facts *f)
{
	size_t n;
	const struct study_file *files = study_files(w->study, &n);
	struct fresh_input *all = arena_array(w->arena, struct fresh_input, f->input_count + n);

	if (f->input_count)
		memcpy(all, f->inputs, f->input_count * sizeof(*all));
	for (size_t i = 0; i < n; i++) {
		struct fresh_input *in = &all[f->input_count + i];

		in->path = path_join(w->arena, w->root, files[i].path);
		in->is_folder = files[i].is_folder;
		in->was_read = !files[i].probe && !files[i].is_folder;
		if (in->was_read)
			in->read = digest_of(files[i].text);
	}
	f->inputs = all;
	f->input_count += n;
}

/* Closes the store, then leaves a certificate when all of the study is done. */
static void certify(struct world *w, const struct run_counts *c)
{
	struct fresh_facts f = { 0 };
	size_t written;
	bool all_well = !w->word_count && !c->failed && !c->blocked && c->ran + c->cached + c->skipped == c->tasks;

	if (!all_well)
		return;
	plan_consulted(w->plan, &f, w->arena);
	add_study_files(w, &f);
	f.asked = asked_text(w);
	f.study = study_name(w->study);
	f.tasks = c->tasks;
	f.skipped = c->skipped;
	if (!run_publish_all(w->study, w->plan, w->store, &w->diags, w->arena, &f.published, &f.published_count, &written))
		return;
	store_close(w->store);
	w->store = NULL;
	struct fresh_place place = fresh_place(w);

	fresh_write(&place, &f);
}

/* ---- the long way ------------------------------------------------------------------------------------------------- */

static int force(struct world *w)
{
	struct str *list;
	size_t n = args_values(&w->args, "force", &list);
	unsigned char *marks = world_marks(w);
	int code = world_select(w, list, n, marks);

	for (uint32_t t = 0; !code && n && t < w->graph->task_count; t++)
		if (marks[t] && plan_wanted(w->plan, t))
			plan_force(w->plan, t, "forced");
	return code;
}

static int prepare(struct world *w)
{
	int code = world_plan_selected(w, STORE_WRITE);

	return code ? code : force(w);
}

static enum show how_to_show(const struct world *w)
{
	if (w->json)
		return SHOW_JSON;
	if (args_has(&w->args, "quiet"))
		return SHOW_QUIET;
	return isatty(STDERR_FILENO) ? SHOW_LIVE : SHOW_LINES;
}

static int executor(struct world *w)
{
	struct str name = args_value(&w->args, "executor");

	if (!args_has(&w->args, "executor") || str_is(name, "local"))
		return 0;
	(void)wrong("there is no executor '" STR_FMT "'", STR_ARG(name));
	hint("this rung has one: local");
	return EXIT_WRONG;
}

static int run(struct world *w)
{
	int64_t started = system_clock.monotonic_ns(&system_clock);
	struct run_options o;
	struct run_counts counts = { 0 };
	int code = executor(w);

	if (!code)
		code = run_setup(w, &o);
	if (code)
		return code;
	if (args_has(&w->args, "dry-run"))
		return plan_command(w);
	if (!o.pool_count && still_fresh(w, started))
		return EXIT_FINE;
	code = prepare(w);
	if (!code)
		code = run_pools_known(w, &o);
	if (code)
		return code;
	struct progress p = { .w = w, .show = how_to_show(w) };

	fresh_forget(w->rung.p);
	o.sink = progress_event;
	o.user = &p;
	code = run_execute(&o, w->study, &w->made, w->plan, w->store, &w->diags, &counts);
	progress_clear(&p);
	world_report(w);
	if (code == EXIT_FINE)
		certify(w, &counts);
	counts.seconds = (double)(system_clock.monotonic_ns(&system_clock) - started) / 1e9;
	progress_finish(&p, &counts);
	return code;
}

static const struct option options[] = {
	{ "jobs", 'j', "N", "CPUs to use at a time (default: all)" },
	{ "fail-fast", 0, NULL, "start nothing more after the first failure" },
	{ "force", 0, "TASK", "run it although its result is known; repeatable" },
	{ "dry-run", 'n', NULL, "show what would run, as 'rung plan'" },
	{ "memory", 0, "SIZE", "memory to use at a time (default: all)" },
	{ "gpus", 0, "N", "graphics cards to use at a time (default: all)" },
	{ "pool", 0, "NAME=N", "another size for a pool of the study; repeatable" },
	{ "executor", 0, "NAME", "where tasks run: local" },
	{ "quiet", 'q', NULL, "only failures and the last line" },
	{ 0 },
};

const struct command cmd_run = {
	.name = "run",
	.summary = "run what is not already known",
	.usage = "[STUDY] [TASK…] [options]",
	.about = "TASK is a name or a part of it: 'train', 'train[source=gpt]', 'source=gpt,seed=42'; what it needs runs too.\n"
		 "A failed task stops only what needs it. The first ctrl-C waits for what is running, the second kills it; a rerun\n"
		 "continues. With --json an event a line; the last is 'finished'.\n\n"
		 "exit codes: 0 fine, 1 a task failed, 2 the study or the command line is wrong, 4 another run holds the store,\n"
		 "130 interrupted\n",
	.options = options,
	.study = true,
	.run = run,
};
