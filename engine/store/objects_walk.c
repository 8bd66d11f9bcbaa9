/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * All objects there are, each looked at: for gc and verify.
 */
#include <errno.h>
#include <string.h>

#include "engine/store/internal.h"

void close_dir(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

struct walk {
	struct store *s;
	object_see see;
	void *user;
};

static int walk_see(void *user, const char *relative, const struct stat *st)
{
	struct walk *w = user;
	struct digest d;
	char folder[3];

	if (S_ISDIR(st->st_mode))
		return 0;
	bool fits = strlen(relative) == OBJECT_NAME_SIZE - 1 && relative[2] == '/' && S_ISREG(st->st_mode);

	if (fits) {
		memcpy(folder, relative, 2);
		folder[2] = '\0';
		fits = object_parse(folder, relative + 3, &d);
	}
	return w->see(w->user, relative, fits ? &d : NULL, st);
}

int objects_walk(struct store *s, object_see see, void *user)
{
	CLEANUP(arena_cleanup) struct arena *a = arena_new();
	struct walk w = { s, see, user };
	int err = fs_walk(arena_printf(a, "%s/objects", s->root).p, walk_see, &w);

	return err == -ENOENT ? 0 : err;
}
