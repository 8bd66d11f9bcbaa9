/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Folders with all they hold: walking and removing.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/fs.h"
#include "engine/base/vec.h"

static void close_dir(DIR **dir)
{
	if (*dir)
		closedir(*dir);
	*dir = NULL;
}

static bool is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* ---- walking ------------------------------------------------------------------------------------------------------
 * Byte order of whole paths is not the order of names: "a-b" stands between "a" and "a/x", because '-' < '/'. So a
 * folder enters the sorted list of its parent twice: as "a", to be seen, and as "a/", to be entered.
 */

struct entry {
	struct str name; /* with a slash at the end: enter it */
	struct stat st;
	bool *skip; /* shared by the two entries of a folder */
};

typedef VEC(struct entry) entries;

struct walk {
	struct arena *a;
	fs_see see;
	void *user;
	struct sb path; /* relative to the root */
};

static int by_name(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return str_cmp(x->name, y->name);
}

/* The sorted entries of an open folder. */
static int list_folder(struct arena *a, DIR *dir, entries *out)
{
	for (;;) {
		struct entry e = { 0 };

		errno = 0;
		struct dirent *d = readdir(dir);

		if (!d && errno)
			return -errno;
		if (!d)
			break;
		if (is_dots(d->d_name))
			continue;
		if (fstatat(dirfd(dir), d->d_name, &e.st, AT_SYMLINK_NOFOLLOW) < 0) {
			if (errno == ENOENT)
				continue; /* gone since */
			return -errno;
		}
		e.name = arena_z(a, d->d_name);
		if (S_ISDIR(e.st.st_mode)) {
			struct entry inside = e;

			e.skip = inside.skip = arena_make(a, bool);
			inside.name = arena_printf(a, "%s/", d->d_name);
			VEC_PUSH(a, out, inside);
		}
		VEC_PUSH(a, out, e);
	}
	if (out->n)
		qsort(out->data, out->n, sizeof(*out->data), by_name);
	return 0;
}

/* Takes over fd. */
static int walk_folder(struct walk *w, int fd)
{
	struct arena_mark before = arena_mark(w->a);
	CLEANUP(close_dir) DIR *dir = fdopendir(fd);
	entries list = { 0 };
	size_t base = w->path.n;
	int e;

	if (!dir) {
		e = -errno;
		close_fd(&fd);
		return e;
	}
	e = list_folder(w->a, dir, &list);
	for (size_t i = 0; i < list.n && e == 0; i++) {
		struct entry *it = &list.data[i];
		bool enter = str_ends(it->name, "/");

		sb_add(&w->path, it->name);
		if (!enter) {
			e = w->see(w->user, w->path.s, &it->st);
			if (e > 0 && it->skip)
				*it->skip = true;
			e = e < 0 ? e : 0;
		} else if (!*it->skip) {
			struct str name = arena_str(w->a, str_from(it->name, 0, it->name.n - 1));
			int below = openat(dirfd(dir), name.p, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

			e = below < 0 ? -errno : walk_folder(w, below);
		}
		w->path.n = base;
		w->path.s[base] = '\0';
	}
	arena_reset(w->a, before);
	return e;
}

int fs_walk(const char *root, fs_see see, void *user)
{
	int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct walk w = { .see = see, .user = user };

	if (fd < 0)
		return -errno;
	w.a = arena_new();
	sb_init(&w.path, 1 << 20);
	int e = walk_folder(&w, fd);

	sb_release(&w.path);
	arena_free(w.a);
	return e;
}

/* ---- removing ----------------------------------------------------------------------------------------------------- */

static int remove_at(int parent, const char *name);

/* Removes what the folder holds. Takes over fd. */
static int empty_folder(int fd)
{
	CLEANUP(close_dir) DIR *dir = fdopendir(fd);
	int e = 0;

	if (!dir) {
		e = -errno;
		close_fd(&fd);
		return e;
	}
	(void)fchmod(fd, 0700); /* a read-only folder does not let its entries go; if it is not ours, removing will say so */
	while (e == 0) {
		errno = 0;
		struct dirent *d = readdir(dir);

		if (!d)
			return -errno;
		if (!is_dots(d->d_name))
			e = remove_at(fd, d->d_name);
	}
	return e;
}

static int remove_at(int parent, const char *name)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	struct stat st;

	if (unlinkat(parent, name, 0) == 0 || errno == ENOENT)
		return 0;
	int e = -errno;

	if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISDIR(st.st_mode))
		return e;
	int fd = openat(parent, name, flags);

	if (fd < 0 && errno == EACCES && fchmodat(parent, name, 0700, 0) == 0)
		fd = openat(parent, name, flags);
	if (fd < 0)
		return -errno;
	e = empty_folder(fd);
	if (e < 0)
		return e;
	return unlinkat(parent, name, AT_REMOVEDIR) < 0 && errno != ENOENT ? -errno : 0;
}

int fs_remove_tree(const char *path)
{
	int e = remove_at(AT_FDCWD, path);

	return e == -ENOTDIR ? 0 : e; /* a part of the way there is a file: the tree does not exist */
}

/* The PID in `.rung-PID-N.tmp`; 0 for any other name. */
static pid_t aside_owner(struct str name)
{
	int64_t pid;
	struct str rest, owner;

	if (!str_starts(name, ".rung-") || !str_ends(name, ".tmp"))
		return 0;
	rest = str_from(name, strlen(".rung-"), name.n);
	return str_split(&rest, '-', &owner) && str_int(owner, &pid) && pid > 0 && pid <= INT_MAX ? (pid_t)pid : 0;
}

void fs_sweep(const char *dir)
{
	DIR *d = opendir(dir);

	for (const struct dirent *e = d ? readdir(d) : NULL; e; e = readdir(d)) {
		pid_t owner = aside_owner(str_z(e->d_name));

		if (owner && kill(owner, 0) != 0 && errno == ESRCH)
			(void)unlinkat(dirfd(d), e->d_name, 0);
	}
	if (d)
		(void)closedir(d);
}
