/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The options of `rung run` and `rung exec` as the engine wants them.
 */
#ifndef RUNG_CLI_RUN_SETUP_H
#define RUNG_CLI_RUN_SETUP_H

#include "engine/cli/world.h"

/* Fills in *o from -j, --memory, --gpus, --pool; 0 or an exit code after saying what is wrong. */
int run_setup(struct world *w, struct run_options *o);

/* Every --pool names a pool of the study, whose graph is made; else says so. */
int run_pools_known(struct world *w, const struct run_options *o);

#endif
