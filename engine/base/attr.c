/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/base/attr.h"

#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine/base/oom.h"

void bug_at(const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "%s:%d: bug in rung: ", file, line);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	abort();
}

void oom(size_t bytes)
{
	fprintf(stderr, "rung: out of memory (%zu bytes wanted)\n", bytes);
	abort();
}

void *grow_or_die(void *p, size_t bytes)
{
	void *grown = realloc(p, bytes);

	if (!grown)
		oom(bytes);
	return grown;
}

void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void close_file(FILE **file)
{
	if (*file)
		fclose(*file);
	*file = NULL;
}
