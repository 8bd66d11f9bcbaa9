/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Whole files: reading, writing, copying.
 */
#include "engine/base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "engine/base/fs_private.h"

int fs_read(struct arena *a, const char *path, size_t ceiling, struct str *out)
{
	CLEANUP(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (st.st_size > 0 && (uint64_t)st.st_size > ceiling)
		return -EFBIG;
	/* The size is a guess: files under /proc say 0, and a log grows while it is read. */
	size_t cap = st.st_size > 0 ? (size_t)st.st_size + 1 : 4096, n = 0;
	char *p = arena_alloc(a, cap);

	for (;;) {
		ssize_t got = read(fd, p + n, cap - n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		n += (size_t)got;
		if (n > ceiling)
			return -EFBIG;
		if (got == 0 && n < cap)
			break;
		if (n == cap) {
			char *more = arena_alloc(a, cap * 2);

			memcpy(more, p, n);
			p = more;
			cap *= 2;
		}
	}
	p[n] = '\0';
	*out = (struct str){ p, n };
	return 0;
}

int fs_write_all(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t put = write(fd, p, n);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return -errno;
		p += put;
		n -= (size_t)put;
	}
	return 0;
}

bool fs_exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

/* ---- folders ------------------------------------------------------------------------------------------------------ */

int fs_sync_dir(const char *path)
{
	CLEANUP(close_fd) int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	/* Some network file systems know no fsync of a folder: they answer EINVAL and are as safe as they get. */
	return fsync(fd) < 0 && errno != EINVAL ? -errno : 0;
}

/* The folder that holds path, into out. */
static int parent_of(const char *path, char out[PATH_MAX])
{
	struct str dir = path_dir(str_z(path));

	if (dir.n >= PATH_MAX)
		return -ENAMETOOLONG;
	memcpy(out, dir.p, dir.n);
	out[dir.n] = '\0';
	return 0;
}

enum durability { VOLATILE, DURABLE };

/* Makes one folder unless it is there; a durable one is on the disk when this returns. */
static int make_folder(const char *path, enum durability durability)
{
	char parent[PATH_MAX];
	struct stat st;

	if (mkdir(path, 0777) < 0) {
		if (errno != EEXIST)
			return -errno;
		return stat(path, &st) < 0 ? -errno : S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
	}
	int e = durability == DURABLE ? parent_of(path, parent) : 0;

	return durability == DURABLE && e == 0 ? fs_sync_dir(parent) : e;
}

static int make_folders(const char *path, enum durability durability)
{
	char part[PATH_MAX];
	size_t n = strlen(path);
	int e = make_folder(path, durability);

	if (e != -ENOENT || !n)
		return e;
	if (n >= sizeof(part))
		return -ENAMETOOLONG;
	memcpy(part, path, n + 1);
	e = 0;
	/* From the top: what exists costs one call each, and this runs only when something is missing. */
	for (char *slash = strchr(part + 1, '/'); slash && e == 0; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		e = make_folder(part, durability);
		*slash = '/';
	}
	return e < 0 ? e : make_folder(part, durability);
}

int fs_mkdirs(const char *path)
{
	return make_folders(path, VOLATILE);
}

/* ---- files that appear whole -------------------------------------------------------------------------------------- */

int aside_open(struct aside *f, const char *path, mode_t mode)
{
	static _Atomic unsigned counter; /* names stay apart between threads */
	char parent[PATH_MAX];
	bool made = false;
	int e = parent_of(path, parent);

	*f = (struct aside){ .fd = -1, .path = path };
	while (e == 0) {
		int n = snprintf(f->temp, sizeof(f->temp), "%s/.rung-%d-%u.tmp", parent, (int)getpid(),
		                 atomic_fetch_add(&counter, 1));

		if (n < 0 || (size_t)n >= sizeof(f->temp))
			return -ENAMETOOLONG;
		f->fd = open(f->temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
		if (f->fd >= 0)
			return 0;
		if (errno == EEXIST)
			continue; /* left by a dead process of the same number */
		if (errno != ENOENT || made)
			return -errno;
		made = true;
		e = make_folders(parent, DURABLE);
	}
	return e;
}

void aside_drop(struct aside *f)
{
	if (f->fd < 0)
		return;
	close_fd(&f->fd);
	(void)unlink(f->temp);
}

int aside_commit(struct aside *f)
{
	char parent[PATH_MAX];
	int e = parent_of(f->path, parent);

	if (e == 0 && (fsync(f->fd) < 0 || rename(f->temp, f->path) < 0))
		e = -errno;
	if (e < 0) {
		aside_drop(f);
		return e;
	}
	close_fd(&f->fd);
	return fs_sync_dir(parent);
}

int fs_write_atomic(const char *path, struct str bytes, mode_t mode)
{
	CLEANUP(aside_drop) struct aside f;
	int e = aside_open(&f, path, mode);

	if (e == 0)
		e = fs_write_all(f.fd, bytes.p, bytes.n);
	return e < 0 ? e : aside_commit(&f);
}

/* Reads and writes until the end. */
static int copy_slowly(int from, int to)
{
	char piece[64 << 10];

	for (;;) {
		ssize_t n = read(from, piece, sizeof(piece));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : 0;
		int e = fs_write_all(to, piece, (size_t)n);

		if (e < 0)
			return e;
	}
}

static int copy_bytes(int from, int to)
{
	if (ioctl(to, FICLONE, from) == 0)
		return 0; /* shares the blocks: btrfs, xfs */
	for (;;) {
		ssize_t n = copy_file_range(from, NULL, to, NULL, 1 << 30, 0);

		if (n < 0 && errno == EINTR)
			continue;
		/* Done, or the file systems do not do it for this pair; what is left (perhaps all, perhaps nothing) goes by hand. */
		if (n <= 0)
			return n < 0 && (errno == ENOSPC || errno == EIO || errno == EDQUOT) ? -errno : copy_slowly(from, to);
	}
}

int fs_copy(const char *from, const char *to, mode_t mode)
{
	CLEANUP(close_fd) int fd = open(from, O_RDONLY | O_CLOEXEC);
	CLEANUP(aside_drop) struct aside f = { .fd = -1 };

	if (fd < 0)
		return -errno;
	int e = aside_open(&f, to, mode);

	if (e == 0)
		e = copy_bytes(fd, f.fd);
	return e < 0 ? e : aside_commit(&f);
}
