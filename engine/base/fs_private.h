/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Private to base: a file that is being written aside.
 *
 *   struct aside f;  aside_open(&f, path, 0644);  ... write to f.fd ...  aside_commit(&f);   or aside_drop(&f)
 */
#ifndef RUNG_FS_PRIVATE_H
#define RUNG_FS_PRIVATE_H

#include <limits.h>

#include "engine/base/fs.h"

struct aside {
	int fd; /* -1 = closed */
	const char *path;
	char temp[PATH_MAX]; /* `.rung-PID-N.tmp` in the folder of path: what a crash leaves is known by its name */
};

int aside_open(struct aside *f, const char *path, mode_t mode) MUST_USE; /* makes the folders */
int aside_commit(struct aside *f) MUST_USE; /* fsync, rename, fsync of the folder; drops it on failure */
void aside_drop(struct aside *f); /* after a commit: nothing */

int fs_write_all(int fd, const char *p, size_t n) MUST_USE;

#endif
