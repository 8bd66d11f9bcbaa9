/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Another program, run to its end, for the commands that lean on one (git, tar) or look for one (doctor).
 */
#ifndef RUNG_CLI_PROGRAM_H
#define RUNG_CLI_PROGRAM_H

#include "engine/base/str.h"

/* argv: NULL-terminated. *out gets stdout and, behind it, stderr; both cut at `ceiling`. Exit code, 128 + signal, or -1
 * when it cannot be started. */
int program_run(struct arena *a, const char *const argv[], size_t ceiling, struct str *out);
/* Its path when the program is there; NULL else. */
const char *program_find(struct arena *a, const char *name);

#endif
