/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The way in: finds the command, parses its options, brings the world to the stage that the command needs, runs it.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/cli/command.h"

const struct command *const commands[] = {
	&cmd_check, &cmd_complete, &cmd_completion, &cmd_diff,  &cmd_doctor, &cmd_exec,   &cmd_gc,      &cmd_graph,
	&cmd_help,  &cmd_init,     &cmd_log,        &cmd_plan,  &cmd_query,  &cmd_run,    &cmd_schema,  &cmd_show,
	&cmd_status, &cmd_verify,  &cmd_version,    &cmd_why,   &cmd_worker, NULL,
};

const struct option common_options[] = {
	{ "directory", 'C', "DIR", "work as if started in DIR" },
	{ "json", 0, NULL, "one JSON object a line on stdout" },
	{ "no-color", 0, NULL, "no colours (NO_COLOR does the same)" },
	{ "help", 'h', NULL, "show this help" },
	{ 0 },
};

const struct option study_options_table[] = {
	{ "file", 'f', "FILE", "the study (default: study.yaml)" },
	{ "set", 's', "KEY=VALUE", "another value for a parameter; repeatable" },
	{ "only", 0, "AXIS=A,B", "only these values of an axis; repeatable" },
	{ "phase", 0, "NAME", "a named phase of the study" },
	{ 0 },
};

const struct command *command_named(struct str name)
{
	for (size_t i = 0; commands[i]; i++)
		if (str_is(name, commands[i]->name))
			return commands[i];
	return NULL;
}

static int unknown_command(struct arena *a, struct str word)
{
	VEC(struct str) names = { 0 };

	for (size_t i = 0; commands[i]; i++)
		if (!commands[i]->hidden)
			VEC_PUSH(a, &names, str_z(commands[i]->name));
	struct str near = str_nearest(word, names.data, names.n);

	(void)wrong("unknown command '" STR_FMT "'", STR_ARG(word));
	if (near.n)
		hint("did you mean '" STR_FMT "'?", STR_ARG(near));
	else
		hint("'rung help' lists the commands");
	return EXIT_WRONG;
}

static int stage(struct world *w)
{
	int code = 0;

	switch (w->command->needs) {
	case NEEDS_NOTHING:
		return 0;
	case NEEDS_STUDY:
		code = world_study(w);
		world_report(w);
		return code;
	case NEEDS_GRAPH:
		return world_graph(w);
	case NEEDS_PLAN:
		return world_plan(w, NULL);
	case NEEDS_LOCK:
		code = world_graph(w);
		return code ? code : world_store(w, STORE_WRITE);
	}
	return code;
}

static int run_command(struct world *w)
{
	int code = world_init(w);

	if (!code)
		code = stage(w);
	if (!code)
		code = w->command->run(w);
	world_report(w);
	world_close(w);
	return code;
}

static struct str command_line(struct arena *a, int argc, char **argv)
{
	struct sb b;

	sb_init(&b, (size_t)1 << 20);
	sb_z(&b, "rung");
	for (int i = 1; i < argc; i++) {
		sb_char(&b, ' ');
		sb_add(&b, shell_word(a, str_z(argv[i])));
	}
	struct str line = sb_take(&b, a);

	sb_release(&b);
	return line;
}

static int bad_options(const struct world *w)
{
	if (w->command && str_starts(w->args.problem, "unknown"))
		(void)wrong(STR_FMT " of 'rung %s'", STR_ARG(w->args.problem), w->command->name);
	else
		(void)wrong(STR_FMT, STR_ARG(w->args.problem));
	if (w->args.hint.n)
		hint(STR_FMT, STR_ARG(w->args.hint));
	else
		hint("'rung help%s%s' lists the options", w->command ? " " : "", w->command ? w->command->name : "");
	return EXIT_WRONG;
}

static int dispatch(struct world *w, int argc, char **argv)
{
	static const struct option top[] = {
		{ "version", 'V', NULL, "show the version" },
		{ 0 },
	};
	int used = 0;

	w->args.tables[0] = top;
	w->args.tables[1] = study_options_table;
	w->args.tables[2] = common_options;
	if (!args_parse(&w->args, argc - 1, argv + 1, true, &used))
		return bad_options(w);
	if (args_has(&w->args, "version"))
		return cmd_version.run(w);
	char **rest = argv + 1 + used;
	int left = argc - 1 - used;

	if (left == 0)
		return help_overview() ? EXIT_WRONG : args_has(&w->args, "help") ? EXIT_FINE : EXIT_WRONG;
	w->command = command_named(str_z(rest[0]));
	if (!w->command)
		return unknown_command(w->arena, str_z(rest[0]));
	w->args.tables[0] = w->command->options;
	w->args.tables[1] = w->command->study ? study_options_table : NULL;
	if (!args_parse(&w->args, left - 1, rest + 1, w->command == &cmd_complete, &used))
		return bad_options(w);
	if (w->command == &cmd_complete)
		for (int i = 1 + used; i < left; i++)
			VEC_PUSH(w->arena, &w->args.words, str_z(rest[i]));
	print_init(args_has(&w->args, "no-color"));
	if (args_has(&w->args, "help"))
		return help_command(w->command);
	return run_command(w);
}

/* Where 0, 1 or 2 is closed, the next file that is opened (the lock, the ledger) would be it, and what is printed would go
 * there. Open for reading alone, so that writing to a closed stdout still fails. */
static void fill_standard_descriptors(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		(void)close(fd);
}

int main(int argc, char **argv)
{
	struct world w = { .arena = arena_new() };

	fill_standard_descriptors();
	/* A closed pipe ends rung quietly, whatever its parent had set. Workers and the event loop decide for themselves. */
	(void)signal(SIGPIPE, SIG_DFL);
	w.args.arena = w.arena;
	w.line = command_line(w.arena, argc, argv);
	print_init(false);
	int code = dispatch(&w, argc, argv);

	if (!out_close())
		code = EXIT_WRONG;
	arena_free(w.arena);
	return code;
}
