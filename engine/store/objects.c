/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Objects: how bytes get in and out. The name is the SHA-256 of the bytes: objects/ab/cdef….
 *
 * Taking a file costs one open, read, hash, fchmod and rename; nothing is synced here (durable.c). An object that is
 * there is never replaced: the rename is RENAME_NOREPLACE, so that a durable object cannot become one that is not. The
 * one exception is an object of the wrong size, which is damaged.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "engine/store/internal.h"

#define CLONE_FROM ((off_t)1 << 20) /* smaller files are copied faster than cloned */

void object_name(const struct digest *d, char out[OBJECT_NAME_SIZE])
{
	char hex[DIGEST_HEX + 1];

	digest_hex(d, hex);
	memcpy(out, hex, 2);
	out[2] = '/';
	memcpy(out + 3, hex + 2, DIGEST_HEX - 1);
}

bool object_parse(const char *folder, const char *file, struct digest *out)
{
	char hex[DIGEST_HEX + 1];

	if (strlen(folder) != 2 || strlen(file) != DIGEST_HEX - 2)
		return false;
	memcpy(hex, folder, 2);
	memcpy(hex + 2, file, DIGEST_HEX - 1);
	/* upper case is no name of ours */
	for (const char *p = hex; *p; p++)
		if (*p >= 'A' && *p <= 'F')
			return false;
	return digest_parse((struct str){ hex, DIGEST_HEX }, out);
}

enum store_status object_fail(struct store *s, const struct digest *d, int err)
{
	char relative[sizeof("objects/") + OBJECT_NAME_SIZE] = "objects/";

	object_name(d, relative + strlen(relative));
	if (err == -ENOENT || err == ENOENT)
		return store_fail(s, STORE_CORRUPT, "%s/%s: the object is missing", s->root, relative);
	return store_fail_inside(s, relative, err);
}

/* ---- reading and hashing ------------------------------------------------------------------------------------------ */

static int write_all(int fd, const unsigned char *p, size_t n)
{
	while (n) {
		ssize_t done = write(fd, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -errno;
		p += done;
		n -= (size_t)done;
	}
	return 0;
}

int hash_fd(struct store *s, int fd, int out, struct digest *d, uint64_t *size)
{
	uint64_t total = 0;
	int err = 0;

	if (!s->piece)
		s->piece = malloc(READ_PIECE);
	if (!s->piece)
		return -ENOMEM;
	hasher_start(s->hasher);
	while (err == 0) {
		ssize_t n = read(fd, s->piece, READ_PIECE);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		hasher_add(s->hasher, s->piece, (size_t)n);
		total += (uint64_t)n;
		if (out >= 0)
			err = write_all(out, s->piece, (size_t)n);
	}
	*d = hasher_final(s->hasher);
	*size = total;
	return err;
}

static bool same_time(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

int hash_stable(struct store *s, int fd, const struct stat *before, struct digest *d)
{
	struct stat after;
	uint64_t size;
	int err = hash_fd(s, fd, -1, d, &size);

	if (err < 0)
		return err;
	if (fstat(fd, &after) != 0)
		return -errno;
	bool same = size == (uint64_t)after.st_size && before->st_size == after.st_size &&
	            same_time(before->st_mtim, after.st_mtim);

	return same ? 0 : -EBUSY;
}

/* ---- adopting ----------------------------------------------------------------------------------------------------- */

int rename_new(int from_fd, const char *from, int to_fd, const char *to)
{
	if (renameat2(from_fd, from, to_fd, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -errno;
	/* a file system without it: a link never replaces either, but a folder cannot have one */
	if (linkat(from_fd, from, to_fd, to, 0) == 0)
		return unlinkat(from_fd, from, 0) == 0 ? 0 : -errno;
	if (errno != EPERM && errno != EISDIR)
		return -errno;
	if (faccessat(to_fd, to, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return -EEXIST;
	return renameat(from_fd, from, to_fd, to) == 0 ? 0 : -errno;
}

/* The object is there already: the new file goes, unless the old one has the wrong size. */
static int adopt_known(struct store *s, int dir_fd, const char *name, const char *object, uint64_t size)
{
	struct stat st;

	if (fstatat(s->objects_fd, object, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) && (uint64_t)st.st_size == size)
		return unlinkat(dir_fd, name, 0) == 0 ? 0 : -errno;
	return renameat(dir_fd, name, s->objects_fd, object) == 0 ? 1 : -errno;
}

/* 1: a new object; 0: it was there; or a negative errno. */
static int adopt(struct store *s, int dir_fd, const char *name, const char *object, uint64_t size)
{
	int err = rename_new(dir_fd, name, s->objects_fd, object);

	if (err == -ENOENT) {
		const char folder[3] = { object[0], object[1], '\0' };

		if (mkdirat(s->objects_fd, folder, 0777) != 0 && errno != EEXIST)
			return -errno;
		err = rename_new(dir_fd, name, s->objects_fd, object);
	}
	if (err == -EEXIST)
		return adopt_known(s, dir_fd, name, object, size);
	return err == 0 ? 1 : err;
}

/* Makes the file the object, or removes it when the object is there. 0 or a negative errno; -EXDEV: to be copied. */
static int object_try_adopt(struct store *s, int dir_fd, const char *name, const struct digest *d, uint64_t size)
{
	char object[OBJECT_NAME_SIZE];

	object_name(d, object);
	int made = adopt(s, dir_fd, name, object, size);

	if (made == 1) {
		pending_add(s, d);
		if (s->presence)
			presence_add(s->presence, d);
	}
	return made < 0 ? made : 0;
}

/* The same of a file in tmp/; it is gone afterwards, whatever happens. */
static enum store_status adopt_tmp(struct store *s, const char *name, const struct digest *d, uint64_t size)
{
	enum store_status status = lock_make_durable(s);
	int err = status == STORE_OK ? object_try_adopt(s, s->tmp_fd, name, d, size) : 0;

	if (err < 0)
		status = object_fail(s, d, err == -ENOENT ? EIO : err);
	if (status != STORE_OK)
		(void)unlinkat(s->tmp_fd, name, 0);
	return status;
}

static enum store_status tmp_create(struct store *s, char name[32], int *fd)
{
	(void)snprintf(name, 32, "put-%llu", (unsigned long long)++s->tmp_number);
	*fd = openat(s->tmp_fd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (*fd >= 0)
		return STORE_OK;
	int err = errno;
	char relative[64];

	(void)snprintf(relative, sizeof(relative), "tmp/%s", name);
	return store_fail_inside(s, relative, err);
}

/* ---- putting ------------------------------------------------------------------------------------------------------ */

/* What is to be put, open for reading. */
struct source {
	const char *path;
	int fd;
	bool is_link; /* the path is a link; fd and st are of what it leads to */
	struct stat st;
};

/* The bytes of `from` in a new file, hashed as they are written, so that what is hashed is what is stored. */
static int copy_hashed(struct store *s, const struct source *from, int to, struct artifact *a)
{
	/* put_move may have read it */
	if (lseek(from->fd, 0, SEEK_SET) != 0)
		return -errno;
	if (from->st.st_size >= CLONE_FROM && ioctl(to, FICLONE, from->fd) == 0)
		return hash_fd(s, to, -1, &a->digest, &a->size);
	return hash_fd(s, from->fd, to, &a->digest, &a->size);
}

static enum store_status put_copy(struct store *s, const struct source *from, struct artifact *a)
{
	CLEANUP(close_fd) int fd = -1;
	char name[32];
	enum store_status status = tmp_create(s, name, &fd);

	if (status != STORE_OK)
		return status;
	int err = copy_hashed(s, from, fd, a);

	if (err == 0 && fchmod(fd, 0444) != 0)
		err = -errno;
	if (err == 0)
		err = object_seal(fd);
	if (err == 0)
		return adopt_tmp(s, name, &a->digest, a->size);
	(void)unlinkat(s->tmp_fd, name, 0);
	/* a full disk is the store's; anything else is laid on the source */
	return errno_is_full(-err) ? store_fail_inside(s, "tmp", err) : store_fail_errno(s, from->path, err);
}

/* Somebody has it open for writing: a read lease is refused then. Without leases (NFS) nobody can say. */
static bool has_writer(int fd)
{
	if (fcntl(fd, F_SETLEASE, F_RDLCK) != 0)
		return errno == EAGAIN;
	(void)fcntl(fd, F_SETLEASE, F_UNLCK);
	return false;
}

/* Moves the file itself. -EXDEV: it has to be copied. A second name (nlink) or an open descriptor would let its owner
 * write into the object; a file that we may not chmod belongs to somebody else; what a link leads to is not ours to
 * move. */
static int put_move(struct store *s, const struct source *from, struct artifact *a)
{
	if (from->is_link || from->st.st_nlink != 1 || from->st.st_dev != s->device || has_writer(from->fd) ||
	    fchmod(from->fd, 0444) != 0)
		return -EXDEV;
	int err = hash_stable(s, from->fd, &from->st, &a->digest);

	if (err < 0)
		return err == -EBUSY ? -EXDEV : err;
	err = object_seal(from->fd);
	if (err < 0)
		return err;
	a->size = (uint64_t)from->st.st_size;
	return object_try_adopt(s, AT_FDCWD, from->path, &a->digest, a->size);
}

/* Opens what is to be put. A fifo does not block; a folder can be opened like a file. */
static enum store_status source_open(struct store *s, const char *path, struct source *out)
{
	*out = (struct source){ .path = path, .fd = open(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC) };
	if (out->fd < 0 && errno == ELOOP) {
		out->is_link = true;
		out->fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	}
	/* a socket cannot be opened at all */
	if (out->fd < 0 && errno == ENXIO)
		return store_fail(s, STORE_IO, "%s: is neither a file nor a folder", path);
	if (out->fd < 0 && out->is_link)
		return store_fail(s, STORE_IO, "%s: is a link that cannot be followed: %s", path, strerror(errno));
	if (out->fd < 0 || fstat(out->fd, &out->st) != 0)
		return store_fail_errno(s, path, errno);
	return STORE_OK;
}

static void source_close(struct source *from)
{
	close_fd(&from->fd);
}

static enum store_status put_opened(struct store *s, const struct source *from, enum take take, struct artifact *a)
{
	if (!S_ISREG(from->st.st_mode))
		return store_fail(s, STORE_IO, "%s: is neither a file nor a folder", from->path);
	a->kind = from->st.st_mode & S_IXUSR ? ARTIFACT_EXECUTABLE : ARTIFACT_FILE;
	enum store_status status = lock_make_durable(s);

	if (status != STORE_OK)
		return status;
	if (take == TAKE_MOVE) {
		int err = put_move(s, from, a);

		if (err != -EXDEV)
			return err < 0 ? store_fail_errno(s, from->path, err) : STORE_OK;
	}
	status = put_copy(s, from, a);
	if (status == STORE_OK && take == TAKE_MOVE && unlink(from->path) != 0)
		return store_fail_errno(s, from->path, errno);
	return status;
}

enum store_status put_file(struct store *s, const char *path, enum take take, struct artifact *a)
{
	CLEANUP(source_close) struct source from;
	enum store_status status = source_open(s, path, &from);

	return status == STORE_OK ? put_opened(s, &from, take, a) : status;
}

enum store_status store_put(struct store *s, const char *path, enum take take, struct artifact *a)
{
	if (s->mode != STORE_WRITE)
		return store_fail(s, STORE_READ_ONLY, "%s: is open for reading", s->root);
	CLEANUP(source_close) struct source from;
	enum store_status status = source_open(s, path, &from);

	if (status != STORE_OK)
		return status;
	if (S_ISDIR(from.st.st_mode))
		return put_tree(s, path, from.is_link ? TAKE_COPY : take, a);
	return put_opened(s, &from, take, a);
}

enum store_status store_put_bytes(struct store *s, struct str bytes, struct digest *out)
{
	struct digest d = digest_of(bytes);
	char name[32], object[OBJECT_NAME_SIZE];
	struct stat st;

	if (s->mode != STORE_WRITE)
		return store_fail(s, STORE_READ_ONLY, "%s: is open for reading", s->root);
	object_name(&d, object);
	if (fstatat(s->objects_fd, object, &st, AT_SYMLINK_NOFOLLOW) == 0 && (uint64_t)st.st_size == bytes.n) {
		*out = d;
		return STORE_OK;
	}
	CLEANUP(close_fd) int fd = -1;
	enum store_status status = tmp_create(s, name, &fd);

	if (status != STORE_OK)
		return status;
	int err = write_all(fd, (const unsigned char *)bytes.p, bytes.n);

	if (err == 0 && fchmod(fd, 0444) != 0)
		err = -errno;
	if (err == 0)
		err = object_seal(fd);
	if (err < 0) {
		(void)unlinkat(s->tmp_fd, name, 0);
		return store_fail_inside(s, "tmp", err);
	}
	status = adopt_tmp(s, name, &d, bytes.n);
	if (status == STORE_OK)
		*out = d;
	return status;
}

/* ---- asking ------------------------------------------------------------------------------------------------------- */

bool store_has(const struct store *s, const struct digest *d)
{
	char object[OBJECT_NAME_SIZE];

	if (s->objects_fd < 0)
		return false;
	if (s->presence && presence_has(s->presence, d))
		return true;
	object_name(d, object);
	return faccessat(s->objects_fd, object, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

struct str store_object_path(const struct store *s, const struct digest *d, struct arena *a)
{
	char object[OBJECT_NAME_SIZE];

	object_name(d, object);
	return arena_printf(a, "%s/objects/%s", s->root, object);
}

enum store_status store_read(struct store *s, const struct digest *d, size_t ceiling, struct arena *a, struct str *out)
{
	struct str bytes, path = store_object_path(s, d, a);
	int err = fs_read(a, path.p, ceiling, &bytes);

	if (err == -EFBIG)
		return store_fail(s, STORE_IO, "%s: is larger than %zu bytes", path.p, ceiling);
	if (err < 0)
		return object_fail(s, d, err);
	struct digest found = digest_of(bytes);

	if (!digest_same(&found, d))
		return store_fail(s, STORE_CORRUPT, "%s: the object is damaged: its bytes have another digest", path.p);
	*out = bytes;
	return STORE_OK;
}
