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

/* ---- going down and up --------------------------------------------------------------------------------------------
 * A folder stays open while what it holds is looked at, but only the first HELD levels do: a tree may be deeper than the
 * limit of open files. Below that, a folder is closed on the way down and found again as "..".
 */

#define HELD 64

struct level {
	DIR *dir;        /* NULL = closed on the way down */
	struct stat self; /* of a closed one */
	unsigned depth;
};

static void level_close(struct level *l)
{
	close_dir(&l->dir);
}

/* Takes over fd. */
static int level_open(struct level *l, int fd, unsigned depth)
{
	*l = (struct level){ .dir = fd < 0 ? NULL : fdopendir(fd), .depth = depth };
	if (l->dir)
		return 0;
	int e = -errno;

	close_fd(&fd);
	return e;
}

static int level_down(struct level *l, const char *name, struct level *below)
{
	int fd = openat(dirfd(l->dir), name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int e = level_open(below, fd, l->depth + 1);

	if (e < 0 || l->depth < HELD)
		return e;
	if (fstat(dirfd(l->dir), &l->self) < 0)
		return -errno;
	close_dir(&l->dir);
	return 0;
}

static int level_up(struct level *below, struct level *l)
{
	struct stat self = l->self, st;

	if (l->dir)
		return 0;
	int e = level_open(l, openat(dirfd(below->dir), "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC), below->depth - 1);

	if (e < 0)
		return e;
	if (fstat(dirfd(l->dir), &st) < 0)
		return -errno;
	return st.st_dev == self.st_dev && st.st_ino == self.st_ino ? 0 : -ESTALE; /* it was moved meanwhile */
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

static int walk_folder(struct walk *w, struct level *l);

static int walk_below(struct walk *w, struct level *l, struct str name)
{
	CLEANUP(level_close) struct level below = { 0 };
	int e = level_down(l, name.p, &below);

	if (e == 0)
		e = walk_folder(w, &below);
	return e < 0 ? e : level_up(&below, l);
}

static int walk_folder(struct walk *w, struct level *l)
{
	struct arena_mark before = arena_mark(w->a);
	entries list = { 0 };
	size_t base = w->path.n;
	int e = list_folder(w->a, l->dir, &list);

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
			e = walk_below(w, l, arena_str(w->a, str_from(it->name, 0, it->name.n - 1)));
		}
		w->path.n = base;
		w->path.s[base] = '\0';
	}
	arena_reset(w->a, before);
	return e;
}

int fs_walk(const char *root, fs_see see, void *user)
{
	CLEANUP(level_close) struct level top = { 0 };
	struct walk w = { .see = see, .user = user };
	int e = level_open(&top, open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC), 0);

	if (e < 0)
		return e;
	w.a = arena_new();
	sb_init(&w.path, 1 << 20);
	e = walk_folder(&w, &top);

	sb_release(&w.path);
	arena_free(w.a);
	return e;
}

/* ---- removing ----------------------------------------------------------------------------------------------------- */

static int remove_in(struct level *l, const char *name);

static int empty_folder(struct level *l)
{
	int e = 0;

	(void)fchmod(dirfd(l->dir), 0700); /* a read-only folder does not let its entries go; if it is not ours, removing will say so */
	while (e == 0) {
		errno = 0;
		struct dirent *d = readdir(l->dir);
		char name[NAME_MAX + 1];

		if (!d)
			return -errno;
		if (is_dots(d->d_name))
			continue;
		memcpy(name, d->d_name, strlen(d->d_name) + 1); /* the entry goes with its stream, which may be closed on the way down */
		e = remove_in(l, name);
	}
	return e;
}

/* 1 = it is a folder, whose entries must go first, and may be read now; 0 = gone. */
static int remove_leaf(int parent, const char *name)
{
	struct stat st;

	if (unlinkat(parent, name, 0) == 0 || errno == ENOENT)
		return 0;
	int e = -errno;

	if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISDIR(st.st_mode))
		return e;
	if ((st.st_mode & 0700) != 0700)
		(void)fchmodat(parent, name, 0700, 0);
	return 1;
}

static int remove_in(struct level *l, const char *name)
{
	CLEANUP(level_close) struct level below = { 0 };
	int e = remove_leaf(dirfd(l->dir), name);

	if (e <= 0)
		return e;
	e = level_down(l, name, &below);
	if (e == 0)
		e = empty_folder(&below);
	if (e == 0)
		e = level_up(&below, l);
	if (e < 0)
		return e;
	return unlinkat(dirfd(l->dir), name, AT_REMOVEDIR) < 0 && errno != ENOENT ? -errno : 0;
}

int fs_remove_tree(const char *path)
{
	CLEANUP(level_close) struct level top = { 0 };
	int e = remove_leaf(AT_FDCWD, path);

	if (e > 0)
		e = level_open(&top, open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), 0);
	else
		return e == -ENOTDIR ? 0 : e; /* a part of the way there is a file: the tree does not exist */
	if (e == 0)
		e = empty_folder(&top);
	if (e < 0)
		return e;
	return rmdir(path) < 0 && errno != ENOENT ? -errno : 0;
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
	CLEANUP(arena_cleanup) struct arena *a = arena_new();
	DIR *d = opendir(dir);

	for (const struct dirent *e = d ? readdir(d) : NULL; e; e = readdir(d)) {
		pid_t owner = aside_owner(str_z(e->d_name));

		if (owner && kill(owner, 0) != 0 && errno == ESRCH)
			(void)fs_remove_tree(path_join(a, str_z(dir), str_z(e->d_name)).p);
	}
	if (d)
		(void)closedir(d);
}
