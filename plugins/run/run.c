/* SPDX-License-Identifier: GPL-3.0-or-later
 * `run`: a command. The engine spawns it itself, so there is no function here; the step declares its `out:`. */
#include "plugins/kinds.h"

static const struct field fields[] = {
	{ .name = "command", .type = T_COMMAND, .flags = F_PRIMARY | F_REQUIRED,
	  .help = "a shell line, or a list of words that is run without a shell" },
	{ .name = NULL },
};

const struct kind kind_run = {
	.abi = RUNG_ABI,
	.struct_size = sizeof(struct kind),
	.name = "run",
	.version = 1,
	.summary = "a command: a shell line or a list of words",
	.exec = EXEC_COMMAND,
	.fields = fields,
};
