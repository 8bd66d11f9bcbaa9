/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Opening and closing. A writer's order: folder, lock, folders inside, leftovers in tmp/, ledger, recovery. The lock
 * comes before everything that is shared.
 */
#include "engine/store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/store/db.h"

bool errno_is_full(int err)
{
	return err == ENOSPC || err == EDQUOT;
}

enum store_status store_fail(struct store *s, enum store_status status, const char *fmt, ...)
{
	int slot = pthread_equal(pthread_self(), s->thread) ? 0 : 1;
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(s->errors[slot], sizeof(s->errors[slot]), fmt, ap);
	va_end(ap);
	atomic_store(&s->last_error, slot);
	return status;
}

enum store_status store_fail_errno(struct store *s, const char *path, int err)
{
	char cause[128];
	enum store_status status = STORE_IO;

	err = err < 0 ? -err : err;
	if (errno_is_full(err))
		status = STORE_FULL;
	else if (err == EROFS)
		status = STORE_READ_ONLY;
	return store_fail(s, status, "%s: %s", path, strerror_r(err, cause, sizeof(cause)));
}

enum store_status store_fail_inside(struct store *s, const char *relative, int err)
{
	char cause[128];

	err = err < 0 ? -err : err;
	const char *slash = *relative ? "/" : "", *text = strerror_r(err, cause, sizeof(cause));

	if (err == EACCES || err == EPERM || err == EROFS)
		return store_fail(s, STORE_READ_ONLY, "%s%s%s: %s", s->root, slash, relative, text);
	return store_fail(s, errno_is_full(err) ? STORE_FULL : STORE_IO, "%s%s%s: %s", s->root, slash, relative, text);
}

const char *store_error(const struct store *s)
{
	return s->errors[atomic_load(&s->last_error)];
}

const struct store_owner *store_owner(const struct store *s)
{
	return s->held_by_other ? &s->owner : NULL;
}

const char *store_root(const struct store *s)
{
	return s->root;
}

const char *store_journal(const struct store *s)
{
	return s->journal;
}

static struct store *store_new(const char *root, enum store_mode mode, const struct clock *clock)
{
	struct arena *a = arena_new();
	struct store *s = arena_make(a, struct store);

	s->arena = a;
	s->root = arena_z(a, root).p;
	s->mode = mode;
	s->clock = clock;
	s->root_fd = s->objects_fd = s->tmp_fd = s->lock_fd = -1;
	s->hasher = hasher_new(a);
	s->thread = pthread_self();
	pthread_mutex_init(&s->mutex, NULL);
	pthread_mutex_init(&s->flushing, NULL);
	return s;
}

/* Makes the folder when it is not there and lets s->root be absolute. */
static enum store_status root_enter(struct store *s)
{
	if (s->mode == STORE_WRITE) {
		struct stat st;
		int err = stat(s->root, &st) == 0 ? 0 : fs_mkdirs(s->root);

		if (err < 0 && lstat(s->root, &st) == 0 && S_ISLNK(st.st_mode))
			return store_fail(s, STORE_IO, "%s: is a link that cannot be followed: make the folder that it names, or remove it", s->root);
		if (err < 0)
			return store_fail_inside(s, "", err);
	}
	s->root_fd = open(s->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->root_fd < 0) {
		int err = errno;
		enum store_status status = store_fail_errno(s, s->root, err);

		return s->mode == STORE_READ && (err == ENOENT || err == ENOTDIR) ? STORE_ABSENT : status;
	}
	char *absolute = realpath(s->root, NULL);

	if (!absolute)
		return store_fail_errno(s, s->root, errno);
	s->root = arena_z(s->arena, absolute).p;
	free(absolute);
	return STORE_OK;
}

/* A folder inside the store; made when missing by a writer. *fd stays -1 for a reader where there is none. */
static enum store_status folder_enter(struct store *s, const char *name, int *fd)
{
	if (s->mode == STORE_WRITE) {
		if (mkdirat(s->root_fd, name, 0777) == 0)
			s->created = true;
		else if (errno != EEXIST)
			return store_fail_inside(s, name, errno);
	}
	int opened = openat(s->root_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (opened < 0 && (s->mode == STORE_WRITE || errno != ENOENT))
		return store_fail_inside(s, name, errno);
	if (fd)
		*fd = opened;
	else if (opened >= 0)
		close(opened);
	return STORE_OK;
}

static enum store_status device_find(struct store *s)
{
	struct stat st;

	if (fstat(s->tmp_fd, &st) != 0)
		return store_fail_inside(s, "tmp", errno);
	s->device = st.st_dev;
	return STORE_OK;
}

/* The store is made of what can be had again and of what was paid for; neither belongs into git. */
static enum store_status ignore_file(struct store *s)
{
	static const char text[] = "*\n";
	CLEANUP(close_fd) int fd = openat(s->root_fd, ".gitignore", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);

	if (fd < 0)
		return errno == EEXIST ? STORE_OK : store_fail_inside(s, ".gitignore", errno);
	if (write(fd, text, sizeof(text) - 1) != (ssize_t)sizeof(text) - 1)
		return store_fail_inside(s, ".gitignore", ENOSPC);
	return STORE_OK;
}

/* After the making of a new store: its folders are entries of the root, the root one of its parent. */
static enum store_status created_sync(struct store *s)
{
	CLEANUP(close_fd) int parent = openat(s->root_fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fsync(s->root_fd) != 0 || (parent >= 0 && fsync(parent) != 0))
		return store_fail_inside(s, "", errno);
	return STORE_OK;
}

/* What the last writer left undone when it was killed, or its host went down. */
static enum store_status recover(struct store *s)
{
	if (s->last_writer == LEFT_CLEAN)
		return STORE_OK;
	/* Its objects may exist without being durable. Of the living host's page cache all can be saved; of a host that
	 * went down an object may be empty or torn, so those that the ledger does not name are not trusted. */
	if (syncfs(s->root_fd) != 0)
		return store_fail_inside(s, "", errno);
	if (s->last_writer == LEFT_KILLED)
		return STORE_OK;
	enum store_status status = sweep_unnamed(s);

	if (status != STORE_OK)
		return status;
	s->last_writer = LEFT_CLEAN;
	return lock_say(s);
}

static enum store_status open_writer(struct store *s)
{
	enum store_status status = lock_take(s);

	if (status == STORE_OK)
		status = folder_enter(s, "objects", &s->objects_fd);
	if (status == STORE_OK)
		status = folder_enter(s, "tmp", &s->tmp_fd);
	if (status == STORE_OK)
		status = folder_enter(s, "attempts", NULL);
	if (status == STORE_OK && s->created)
		status = ignore_file(s);
	if (status == STORE_OK)
		status = device_find(s);
	if (status != STORE_OK)
		return status;
	tmp_clean(s);
	fs_sweep(s->root);
	status = db_open_writer(s, false, &s->db);
	if (status == STORE_OK)
		status = schema_migrate(s, s->db);
	if (status == STORE_OK && s->created)
		status = created_sync(s);
	return status == STORE_OK ? recover(s) : status;
}

static enum store_status open_reader(struct store *s)
{
	struct stat st;

	if (fstatat(s->root_fd, LEDGER_NAME, &st, 0) != 0 && errno == ENOENT)
		return store_fail(s, STORE_ABSENT, "%s/" LEDGER_NAME ": does not exist", s->root);
	enum store_status status = folder_enter(s, "objects", &s->objects_fd);

	return status == STORE_OK ? db_open_reader(s) : status;
}

enum store_status store_open(const char *root, enum store_mode mode, const char *command, const struct clock *clock,
                             struct store **out)
{
	struct store *s = store_new(root, mode, clock);

	s->command = arena_z(s->arena, command).p;
	enum store_status status = root_enter(s);

	if (status == STORE_OK)
		status = mode == STORE_WRITE ? open_writer(s) : open_reader(s);
	s->opened = status == STORE_OK;
	*out = s;
	if (status == STORE_ABSENT) {
		store_close(s);
		*out = NULL;
	}
	return status;
}

static void close_if_open(int fd)
{
	if (fd >= 0)
		close(fd);
}

void store_close(struct store *s)
{
	if (!s)
		return;
	/* The next writer need not look after objects that were put and never committed, once they are durable. A store
	 * that did not open has mended nothing: it leaves things as it found them. */
	bool clean = s->opened ? pending_flush(s) == STORE_OK : s->last_writer == LEFT_CLEAN;

	stat_cache_close(s);
	presence_close(s);
	db_close(s->commit_db);
	db_close(s->db);
	lock_release(s, clean);
	index_free(s->index);
	pending_drop(s);
	close_if_open(s->objects_fd);
	close_if_open(s->tmp_fd);
	close_if_open(s->root_fd);
	free(s->piece);
	pthread_mutex_destroy(&s->flushing);
	pthread_mutex_destroy(&s->mutex);
	arena_free(s->arena);
}
