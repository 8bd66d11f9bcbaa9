/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Seals: how an object that was written to shows itself. Tasks read objects through hard links, and mode 0444 does not
 * keep out root, nor an owner who changes it back. So every object carries one fixed mtime: whoever writes to it breaks
 * that seal, and one stat tells. Only an object with a broken seal is hashed again.
 *
 * A store from before there were seals has none that hold: each object is hashed once, when it is placed, and sealed.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "engine/store/internal.h"

#define SEALED_AT 946684800 /* 2000-01-01: later than what zip can say at the earliest */

int object_seal(int fd)
{
	const struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_sec = SEALED_AT } };

	return futimens(fd, times) == 0 ? 0 : -errno;
}

static bool is_sealed(const struct stat *st)
{
	return st->st_mtim.tv_sec == SEALED_AT && st->st_mtim.tv_nsec == 0;
}

/* What cannot be read is not judged: whoever places it learns of it. */
int object_sound(struct store *s, const struct digest *d)
{
	char object[OBJECT_NAME_SIZE];
	struct digest found;
	uint64_t size;
	struct stat st;

	object_name(d, object);
	if (fstatat(s->objects_fd, object, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT ? -ENODATA : 0;
	if (is_sealed(&st))
		return 0;
	CLEANUP(close_fd) int fd = openat(s->objects_fd, object, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 || hash_fd(s, fd, -1, &found, &size) < 0)
		return 0;
	if (digest_same(&found, d)) {
		if (s->mode == STORE_WRITE)
			(void)object_seal(fd);
		return 0;
	}
	if (s->mode == STORE_WRITE)
		(void)unlinkat(s->objects_fd, object, 0);
	return -EBADMSG;
}

/* A plan asks after the listing of a tree alone: it goes when a file of the tree is lost. */
void tree_forget(struct store *s, const struct digest *listing)
{
	char object[OBJECT_NAME_SIZE];

	object_name(listing, object);
	if (s->mode == STORE_WRITE)
		(void)unlinkat(s->objects_fd, object, 0);
}

bool store_sound(struct store *s, const struct artifact *a)
{
	bool sound = object_sound(s, &a->digest) == 0;

	if (a->kind != ARTIFACT_TREE || !sound)
		return sound;
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new();
	struct tree t;

	if (tree_read(s, &a->digest, scratch, &t) != STORE_OK)
		return false;
	for (size_t i = 0; i < t.entries.n; i++) {
		const struct tree_entry *e = &t.entries.data[i];

		if (e->mode == ENTRY_FILE || e->mode == ENTRY_EXECUTABLE)
			sound = object_sound(s, &e->digest) == 0 && sound;
	}
	if (!sound)
		tree_forget(s, &a->digest);
	return sound;
}
