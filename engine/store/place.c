/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Objects out of the store: a hard link that shares the object's bytes, or a private copy. Trees are built aside and
 * renamed, so that a folder is there whole or not at all.
 *
 * An executable is always copied: an object's mode is 0444, and the same bytes may be an executable in one place and
 * none in another.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "engine/store/internal.h"

/* What is to be made, and of what. */
struct placing {
	struct store *s;
	struct arena *a;
	enum place how;
};

static mode_t mode_of(enum place how, bool executable)
{
	if (how == PLACE_COPY)
		return executable ? 0755 : 0644;
	return executable ? 0555 : 0444;
}

static int copy_range(int from, int to)
{
	for (;;) {
		ssize_t n = copy_file_range(from, NULL, to, NULL, (size_t)1 << 30, 0);

		if (n == 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return -errno;
	}
}

/* The plain loop, for file systems between which the kernel copies nothing. */
static int copy_loop(int from, int to)
{
	char piece[64 << 10];
	ssize_t n;

	if (lseek(from, 0, SEEK_SET) != 0 || ftruncate(to, 0) != 0 || lseek(to, 0, SEEK_SET) != 0)
		return -errno;
	while ((n = read(from, piece, sizeof(piece))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		for (ssize_t done = 0; done < n;) {
			ssize_t w = write(to, piece + done, (size_t)(n - done));

			if (w < 0 && errno != EINTR)
				return -errno;
			done += w < 0 ? 0 : w;
		}
	}
	return 0;
}

/* `to` must not exist. Not synced: what a task reads is placed again after a crash. */
static int copy_object(struct placing *p, const struct digest *d, const char *to, mode_t mode)
{
	char object[OBJECT_NAME_SIZE];

	object_name(d, object);
	CLEANUP(close_fd) int from = openat(p->s->objects_fd, object, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	if (from < 0)
		return errno == ENOENT ? -ENODATA : -errno;
	CLEANUP(close_fd) int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (out < 0)
		return -errno;
	int err = ioctl(out, FICLONE, from) == 0 ? 0 : copy_range(from, out);

	if (err == -EXDEV || err == -EINVAL || err == -EOPNOTSUPP || err == -ENOSYS)
		err = copy_loop(from, out);
	if (err == 0 && fchmod(out, mode) != 0)
		err = -errno;
	if (err < 0)
		(void)unlink(to);
	return err;
}

static bool needs_copy(int err)
{
	/* another file system, too many links, a kernel that protects the files of others, a file system without links */
	return err == EXDEV || err == EMLINK || err == EPERM || err == EACCES || err == EOPNOTSUPP;
}

/* 0, a negative errno of `to`, -ENODATA: the object is missing, or -EBADMSG: it is not sound. */
static int place_object(struct placing *p, const struct digest *d, bool executable, const char *to)
{
	char object[OBJECT_NAME_SIZE];

	int sound = object_sound(p->s, d);

	if (sound < 0)
		return sound;
	if (p->how == PLACE_LINK && !executable) {
		object_name(d, object);
		if (linkat(p->s->objects_fd, object, AT_FDCWD, to, 0) == 0)
			return 0;
		if (errno == ENOENT)
			return faccessat(p->s->objects_fd, object, F_OK, AT_SYMLINK_NOFOLLOW) == 0 ? -ENOENT : -ENODATA;
		if (!needs_copy(errno))
			return -errno;
	}
	return copy_object(p, d, to, mode_of(p->how, executable));
}

static enum store_status place_fail(struct placing *p, const struct digest *d, const char *to, int err)
{
	if (err == -EBADMSG)
		return store_fail(p->s, STORE_CORRUPT, "%s: the object was changed after it was made; it is removed, and its task runs again",
		                  store_object_path(p->s, d, p->a).p);
	return err == -ENODATA ? object_fail(p->s, d, ENOENT) : store_fail_errno(p->s, to, err);
}

static int make_parent(struct placing *p, const char *to)
{
	struct str folder = path_dir(str_z(to));

	return fs_mkdirs(arena_str(p->a, folder).p);
}

static enum store_status place_file(struct placing *p, const struct digest *d, bool executable, const char *to)
{
	int err = place_object(p, d, executable, to);

	if (err == -ENOENT) {
		err = make_parent(p, to);
		if (err == 0)
			err = place_object(p, d, executable, to);
	}
	return err < 0 ? place_fail(p, d, to, err) : STORE_OK;
}

static enum store_status place_entry(struct placing *p, const struct tree_entry *e, const char *to)
{
	int err;

	switch (e->mode) {
	case ENTRY_FOLDER:
		err = fs_mkdirs(to);
		break;
	case ENTRY_LINK:
		err = symlink(e->target.p, to) == 0 ? 0 : -errno;
		if (err == -ENOENT && (err = make_parent(p, to)) == 0)
			err = symlink(e->target.p, to) == 0 ? 0 : -errno;
		break;
	default:
		return place_file(p, &e->digest, e->mode == ENTRY_EXECUTABLE, to);
	}
	return err < 0 ? store_fail_errno(p->s, to, err) : STORE_OK;
}

/* A name beside `to` that nobody has: pid and a counter of this store. fs_sweep knows it. */
static const char *aside_of(struct placing *p, const char *to)
{
	return arena_printf(p->a, STR_FMT "/.rung-%ld-s%llu.tmp", STR_ARG(path_dir(str_z(to))), (long)getpid(),
	                    (unsigned long long)++p->s->tmp_number).p;
}

static int sync_path(const char *path)
{
	CLEANUP(close_fd) int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	return fd >= 0 && fsync(fd) == 0 ? 0 : -errno;
}

struct syncing {
	struct arena *a;
	struct str root;
};

static int sync_entry(void *user, const char *relative, const struct stat *st)
{
	struct syncing *x = user;

	return S_ISLNK(st->st_mode) ? 0 : sync_path(path_join(x->a, x->root, str_z(relative)).p);
}

/* What is published must survive a crash of the host: files and folders. */
static int sync_tree(struct placing *p, const char *root)
{
	struct syncing x = { p->a, str_z(root) };
	int err = fs_walk(root, sync_entry, &x);

	return err < 0 ? err : sync_path(root);
}

/* The name is an entry of the folder above. */
static int sync_above(struct placing *p, const char *path)
{
	return fs_sync_dir(arena_str(p->a, path_dir(str_z(path))).p);
}

static enum store_status place_tree(struct placing *p, const struct digest *d, const char *to)
{
	struct tree t;
	enum store_status status = tree_read(p->s, d, p->a, &t);
	const char *aside = aside_of(p, to);

	if (status != STORE_OK)
		return status;
	int err = fs_mkdirs(aside);

	for (size_t i = 0; i < t.entries.n && err == 0 && status == STORE_OK; i++)
		status = place_entry(p, &t.entries.data[i], path_join(p->a, str_z(aside), t.entries.data[i].path).p);
	if (status == STORE_OK && err == 0 && p->how == PLACE_COPY)
		err = sync_tree(p, aside);
	if (status == STORE_OK && err == 0)
		err = rename_new(AT_FDCWD, aside, AT_FDCWD, to);
	if (status == STORE_OK && err == 0 && p->how == PLACE_COPY)
		err = sync_above(p, to);
	if (err < 0)
		status = store_fail_errno(p->s, to, err);
	if (status != STORE_OK)
		(void)fs_remove_tree(aside);
	if (status == STORE_CORRUPT)
		tree_forget(p->s, d);
	return status;
}

/* A copy of one file: written aside, synced and renamed, as it is what `save:` publishes. */
static enum store_status place_copy(struct placing *p, const struct artifact *a, const char *to)
{
	bool executable = a->kind == ARTIFACT_EXECUTABLE;
	const char *aside = aside_of(p, to);
	enum store_status status = place_file(p, &a->digest, executable, aside);

	if (status != STORE_OK)
		return status;
	int err = sync_path(aside);

	if (err == 0)
		err = rename_new(AT_FDCWD, aside, AT_FDCWD, to);

	if (err < 0)
		(void)unlink(aside);
	else
		err = sync_above(p, to);
	return err < 0 ? store_fail_errno(p->s, to, err) : STORE_OK;
}

enum store_status store_place(struct store *s, const struct artifact *a, const char *to, enum place how)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new();
	struct placing p = { s, scratch, how };

	if (s->objects_fd < 0)
		return object_fail(s, &a->digest, ENOENT);
	if (a->kind == ARTIFACT_TREE)
		return place_tree(&p, &a->digest, to);
	if (how == PLACE_COPY)
		return place_copy(&p, a, to);
	return place_file(&p, &a->digest, a->kind == ARTIFACT_EXECUTABLE, to);
}
