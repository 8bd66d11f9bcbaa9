/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Private to base: the bytes of a compressed file (gzip, zstandard), as a stream.
 * libarchive is opened at run time, by the first file that needs it.
 */
#ifndef RUNG_UNZIP_H
#define RUNG_UNZIP_H

#include <sys/types.h>

#include "engine/base/str.h"

struct unzip;

/* NULL on failure with *error set, in the arena. */
struct unzip *unzip_open(struct arena *a, const char *path, struct str *error);
/* Up to n > 0 bytes; 0 at the end; -1 on failure with *error set. */
ssize_t unzip_read(struct unzip *u, char *p, size_t n, struct str *error);
void unzip_close(struct unzip *u); /* NULL is fine */

#endif
