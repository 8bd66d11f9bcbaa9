/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A command of `rung`: one file cmd_x.c, one const spec, listed in main.c. `needs` is the stage to which main brings the
 * world before it calls `run`; a command that wants it differently (run, log) needs NOTHING and takes the steps itself.
 */
#ifndef RUNG_CLI_COMMAND_H
#define RUNG_CLI_COMMAND_H

#include "engine/cli/exit.h"
#include "engine/cli/options.h"
#include "engine/cli/print.h"
#include "engine/cli/world.h"

enum needs {
	NEEDS_NOTHING,
	NEEDS_STUDY, /* loaded and checked */
	NEEDS_GRAPH, /* expanded too */
	NEEDS_PLAN,  /* and planned against the store, opened for reading where there is one */
	NEEDS_LOCK,  /* as GRAPH, with the store opened for writing */
};

struct command {
	const char *name, *summary;
	const char *usage;  /* after "rung NAME" */
	const char *about;  /* paragraphs of `rung help NAME`, may be NULL */
	const struct option *options; /* its own; may be NULL */
	enum needs needs;
	bool study;  /* takes the study options (-f -s --only --phase) and a path as its first word */
	bool hidden;
	int (*run)(struct world *w); /* returns an exit code */
};

extern const struct command *const commands[]; /* sorted by name, NULL-terminated */
extern const struct option common_options[], study_options_table[];
const struct command *command_named(struct str name);
const char *command_group(const struct command *c);

extern const struct command cmd_check, cmd_complete, cmd_completion, cmd_diff, cmd_doctor, cmd_exec, cmd_gc, cmd_graph,
	cmd_help, cmd_init, cmd_log, cmd_plan, cmd_query, cmd_run, cmd_schema, cmd_show, cmd_status, cmd_verify,
	cmd_version, cmd_why, cmd_worker;

int help_command(const struct command *c); /* prints its page */
int help_overview(void);
int plan_command(struct world *w); /* `rung plan`, also `rung run --dry-run` */

#endif
