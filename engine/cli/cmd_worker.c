/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cli/command.h"

static int run(struct world *w)
{
	(void)w;
	return run_worker(shipped_kinds);
}

const struct command cmd_worker = {
	.name = "worker",
	.summary = "serve jobs on stdin and stdout (started by 'rung run')",
	.usage = "",
	.hidden = true,
	.run = run,
};
