/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Downloads: resumed, checked, renamed.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/fs.h"
#include "engine/net/curl_door.h"
#include "engine/net/download.h"

#define STALL_S 60u
#define TRIES 4 /* of a connection that breaks; each goes on where the last one ended */

static int fail(struct download *d, struct arena *a, const char *hint, const char *what)
{
	d->error = arena_printf(a, "'" STR_FMT "' cannot be downloaded: %s", STR_ARG(d->url), what);
	d->hint = hint ? arena_z(a, hint) : STR("");
	return -1;
}

/* The part, open and ours alone; another process at the same file makes us use one of our own. */
static int open_part(struct download *d, struct arena *a)
{
	const char *part = d->part ? d->part : arena_printf(a, "%s.part", d->path).p;
	const int flags = O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC;

	for (;;) {
		int err = fs_mkdirs(arena_str(a, path_dir(str_z(part))).p), fd = err < 0 ? -1 : open(part, flags, 0644);
		struct stat ours, there;

		if (fd < 0)
			return -1;
		bool locked = flock(fd, LOCK_EX | LOCK_NB) == 0;
		int why = locked ? 0 : errno;

		if (locked && fstat(fd, &ours) == 0 && stat(part, &there) == 0 && ours.st_ino == there.st_ino) {
			d->part = part;
			return fd;
		}
		(void)close(fd);
		/* locked, but another file now: it was renamed between our open and our lock */
		if (why == EWOULDBLOCK)
			part = arena_printf(a, "%s.%ld", part, (long)getpid()).p;
		else if (why && why != EINTR) {
			errno = why; /* no locks on this file system */
			return -1;
		}
	}
}

static int told(struct download *d, struct arena *a, const struct transfer *t, enum transfer_result result)
{
	bool trouble = t->http >= 500 || t->http == 429;

	d->passing = result == TRANSFER_BROKEN || result == TRANSFER_AWAY || (result == TRANSFER_HTTP && trouble);
	switch (result) {
	case TRANSFER_NO_LIBRARY:
		return fail(d, a, "`rung doctor` says how to install it", "libcurl (libcurl.so.4) is not installed");
	case TRANSFER_HTTP:
		return fail(d, a, trouble ? "the server is in trouble: try later, or give the step a `retry`" :
		            t->http == 404 || t->http == 410 ? "has the file moved?" : t->http == 401 || t->http == 403 ?
		            "the server wants credentials; download it by hand and use a file:// address" : NULL,
		            arena_printf(a, "the server answered with status %ld", t->http).p);
	case TRANSFER_WRITE:
		return fail(d, a, "make room and run again: it goes on where it was", arena_printf(a, "%s: %s", d->part, strerror(t->sys)).p);
	case TRANSFER_BROKEN:
		return fail(d, a, "run again: it goes on where it was", t->text);
	default:
		return fail(d, a, NULL, t->text);
	}
}

/* All of it into the part. 0 or -1. A server that knows no ranges starts over each time. */
static int fetch(struct download *d, struct arena *a, int fd)
{
	struct transfer t = { .url = arena_str(a, d->url).p, .fd = fd, .stall_s = d->stall_s ? d->stall_s : STALL_S };
	enum transfer_result result = TRANSFER_BROKEN;
	uint64_t before = 0;
	bool ranges = true;

	for (int broken = 0; result != TRANSFER_DONE; broken += result == TRANSFER_BROKEN) {
		off_t size = ranges || ftruncate(fd, 0) != 0 ? lseek(fd, 0, SEEK_END) : 0;

		t.from = size > 0 ? (uint64_t)size : 0;
		/* no byte since the last try: more tries will not help */
		if (broken == TRIES || (broken > 1 && ranges && t.from == before))
			break;
		before = t.from;
		d->resumed = t.from > 0;
		result = transfer_run(&t);
		if (result == TRANSFER_NO_RANGE && t.from && ranges)
			ranges = false;
		else if (result != TRANSFER_BROKEN)
			break;
	}
	return result == TRANSFER_DONE ? 0 : told(d, a, &t, result);
}

static int wrong_digest(struct download *d, struct arena *a, const struct digest *got, uint64_t size)
{
	char have[DIGEST_HEX + 1], want[DIGEST_HEX + 1];

	digest_hex(got, have);
	digest_hex(&d->want, want);
	(void)unlink(d->part);
	d->error = arena_printf(a, "'" STR_FMT "' has SHA-256 %s, the step wants %s (%llu bytes came)", STR_ARG(d->url), have, want,
	                        (unsigned long long)size);
	d->hint = STR("if the new contents are right, put their SHA-256 into the step");
	return -1;
}

static int check_and_keep(struct download *d, struct arena *a, int fd)
{
	struct digest got;
	uint64_t size = 0;
	int err = digest_file(d->part, &got, &size);

	/* what was there before may be of another version of the file: once more, from the start */
	if (err == 0 && !digest_same(&got, &d->want) && d->resumed) {
		if (ftruncate(fd, 0) != 0)
			return fail(d, a, NULL, strerror(errno));
		if (fetch(d, a, fd) != 0)
			return -1;
		err = digest_file(d->part, &got, &size);
	}
	if (err < 0)
		return fail(d, a, NULL, arena_printf(a, "%s: %s", d->part, strerror(-err)).p);
	if (!digest_same(&got, &d->want))
		return wrong_digest(d, a, &got, size);
	if (rename(d->part, d->path) != 0)
		return fail(d, a, NULL, arena_printf(a, "%s: %s", d->path, strerror(errno)).p);
	return 0;
}

/* What came may be all of it: then the server need not be asked. */
static bool is_whole(const struct download *d)
{
	struct digest got;
	uint64_t size = 0;

	return digest_file(d->part, &got, &size) == 0 && size > 0 && digest_same(&got, &d->want);
}

int download(struct download *d, struct arena *a)
{
	CLEANUP(close_fd) int fd = open_part(d, a);

	d->error = d->hint = STR("");
	d->passing = false;
	if (fd < 0)
		return fail(d, a, NULL, arena_printf(a, "%s: %s", d->part ? d->part : d->path, strerror(errno)).p);
	if (!is_whole(d) && fetch(d, a, fd) != 0)
		return -1;
	return check_and_keep(d, a, fd);
}
