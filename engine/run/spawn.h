/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Private to engine/run: starting a program. The child leads a process group of its own unless
 * told otherwise, has default signal handling, the
 * descriptors named here and no others (everything of ours is CLOEXEC), and the folder and environment given.
 */
#ifndef RUNG_RUN_SPAWN_H
#define RUNG_RUN_SPAWN_H

#include <sys/types.h>

#include "engine/base/arena.h"

struct spawn {
	const char *const *argv; /* argv[0] is searched on the PATH of envp when it has no slash */
	const char *const *envp;
	const char *cwd;         /* NULL = ours */
	int in, out, err;        /* descriptors for 0, 1, 2; -1 = ours */
	bool stay;               /* in our process group, so that whoever ends us ends it too */
};

/* 0 or an errno: ENOENT when there is no such program. */
int spawn_start(const struct spawn *s, pid_t *pid) MUST_USE;

/* The environment for commands: ours less the providers' keys, then `more` (NAME=value; replaces a variable of the same
 * name), NULL-terminated. */
const char *const *spawn_environment(struct arena *a, const struct str *more, size_t n);
/* The same on top of a list made before. */
const char *const *spawn_environment_over(struct arena *a, const char *const *base, const struct str *more, size_t n);

#endif
