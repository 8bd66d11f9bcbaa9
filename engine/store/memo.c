/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Memos: `.rung/stat` and `.rung/present`, files that spare work and can always be found out again. Each is read whole
 * and replaced whole, by readers too; whoever writes last wins. They are not synced: a SHA-256 at the end tells a torn
 * one, which matters, since a wrong line in a memo would be a wrong result.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/store/internal.h"

void memo_seal(struct sb *text)
{
	struct digest sum = digest_of(sb_str(text));

	sb_add(text, (struct str){ (const char *)sum.b, DIGEST_BYTES });
}

struct str memo_load(struct store *s, const char *name, struct arena *a)
{
	struct str text;
	struct digest sum;

	if (fs_read(a, arena_printf(a, "%s/%s", s->root, name).p, MEMO_MAX, &text) < 0 || text.n < DIGEST_BYTES)
		return STR("");
	text.n -= DIGEST_BYTES;
	memcpy(sum.b, text.p + text.n, DIGEST_BYTES);
	struct digest found = digest_of(text);

	return digest_same(&found, &sum) ? text : STR("");
}

/* Failing is fine, so nothing is said. */
void memo_save(struct store *s, const char *name, struct str text)
{
	char aside[64];

	/* a name that fs_sweep knows */
	(void)snprintf(aside, sizeof(aside), ".rung-%ld-%s.tmp", (long)getpid(), name);
	int fd = openat(s->root_fd, aside, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666);

	if (fd < 0)
		return;
	ssize_t n = write(fd, text.p, text.n);

	if (close(fd) != 0 || n < 0 || (size_t)n != text.n || renameat(s->root_fd, aside, s->root_fd, name) != 0)
		(void)unlinkat(s->root_fd, aside, 0);
}
