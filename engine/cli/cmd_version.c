/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cli/command.h"

static int run(struct world *w)
{
	if (w->json || args_has(&w->args, "json"))
		out_f("{\"version\":\"" RUNG_VERSION "\",\"abi\":%u}\n", RUNG_ABI);
	else
		out_f("rung " RUNG_VERSION "\n");
	return EXIT_FINE;
}

const struct command cmd_version = {
	.name = "version",
	.summary = "show the version",
	.usage = "",
	.run = run,
};
