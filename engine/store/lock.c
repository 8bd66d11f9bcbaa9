/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The writer's lock: an open-file-description lock on `.rung/lock`. It belongs to the open file, so it dies with the
 * process that holds it, whatever kills that; no leftover can look like a lock and no command exists to remove one.
 *
 * The file's text says who: LOCK_SIZE bytes, JSON padded with blanks. It is always overwritten in place: a full disk
 * then still lets `rung gc` in, and the file keeps its inode, on which the lock stands. The text is also the memory of
 * how the last writer ended: one that ends in order writes {"held":false}.
 *
 * Rejected: a file that exists while the lock is held (survives its owner); flock(2) (NFS emulates it with POSIX locks
 * anyway); POSIX locks (closing any descriptor of the file drops them); a lease with heartbeats (needs clocks that
 * agree, and a paused process wakes up as a second writer).
 */
#include "engine/store/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LOCK_SIZE 1024
#define DYING_NS 10000000L /* between two looks at the lock of a dead owner */
#define DYING_TRIES 300
#define COMMAND_MAX 512 /* bytes of the command that are kept */

static void boot_id(char out[64])
{
	CLEANUP(close_fd) int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, out, 63);

	out[n > 0 ? n : 0] = '\0';
	out[strcspn(out, "\n")] = '\0';
}

/* One write of a fixed size. ENOSPC is possible only where the file system never writes in place. */
static int lock_write(const struct store *s, struct str text)
{
	char page[LOCK_SIZE];

	memset(page, ' ', sizeof(page));
	memcpy(page, text.p, text.n < LOCK_SIZE ? text.n : LOCK_SIZE - 1);
	page[LOCK_SIZE - 1] = '\n';
	ssize_t n = pwrite(s->lock_fd, page, sizeof(page), 0);

	if (n < 0)
		return -errno;
	return n == LOCK_SIZE ? 0 : -ENOSPC;
}

/* The boot id stays out until a crash of the host is mended: killed before that, we are not what the next one finds. */
static void owner_text(struct store *s, struct sb *out)
{
	char host[256] = "", since[32], boot[64] = "";
	int64_t now = s->clock->wall_ns(s->clock);
	struct str shown = str_z(s->command);

	if (shown.n > COMMAND_MAX)
		shown.n = COMMAND_MAX;
	(void)gethostname(host, sizeof(host) - 1);
	clock_text(now, since);
	if (s->last_writer != LEFT_BY_CRASH_OF_HOST)
		boot_id(boot);
	sb_printf(out, "{\"held\":true,\"pid\":%lld,\"host\":", (long long)getpid());
	json_quote(str_z(host), out);
	sb_printf(out, ",\"boot\":\"%s\",\"since\":\"%s\",\"since_ns\":%lld", boot, since, (long long)now);
	size_t without = out->n;

	sb_z(out, ",\"command\":");
	json_quote(shown, out);
	/* quoting can make a text six times as long: then rather no command than no JSON */
	if (out->n + 1 > LOCK_SIZE - 1)
		out->n = without;
	sb_char(out, '}');
}

/* What the file says; pid 0 and empty texts where it cannot be read, as while its owner is writing it. */
static bool owner_read(struct store *s, struct store_owner *owner, bool *held, struct str *boot)
{
	char page[LOCK_SIZE];
	ssize_t n = pread(s->lock_fd, page, sizeof(page), 0);
	struct value v = { 0 };
	struct str error;

	*owner = (struct store_owner){ .host = STR(""), .command = STR("") };
	if (n <= 0)
		return false;
	struct str text = arena_str(s->arena, str_trim((struct str){ page, (size_t)n }));

	if (!json_parse(s->arena, text, &v, &error) || v.type != V_MAP)
		return false;
	const struct value *flag = value_get(&v, "held"), *pid = value_get(&v, "pid"), *host = value_get(&v, "host");
	const struct value *since = value_get(&v, "since_ns"), *command = value_get(&v, "command"), *b = value_get(&v, "boot");

	*held = flag && flag->type == V_BOOL && flag->b;
	*boot = b && b->type == V_STR ? b->s : STR("");
	if (pid && pid->type == V_INT)
		owner->pid = pid->i;
	if (since && since->type == V_INT)
		owner->since_ns = since->i;
	if (host && host->type == V_STR)
		owner->host = host->s;
	if (command && command->type == V_STR)
		owner->command = command->s;
	return true;
}

static enum store_status held_by_other(struct store *s)
{
	bool held = false;
	struct str boot;
	char since[32] = "";

	s->held_by_other = true;
	if (!owner_read(s, &s->owner, &held, &boot) || !s->owner.pid)
		return store_fail(s, STORE_HELD, "%s/" LOCK_NAME ": is held by another process", s->root);
	clock_text(s->owner.since_ns, since);
	return store_fail(s, STORE_HELD, "%s/" LOCK_NAME ": is held by process %lld on " STR_FMT " since %s: " STR_FMT,
	                  s->root, (long long)s->owner.pid, STR_ARG(s->owner.host), since, STR_ARG(s->owner.command));
}

/* The owner is dead and yet its lock is there: a child of it that was about to become another program when it was killed
 * still shares its open files, for as long as that takes. */
static bool owner_has_died(struct store *s)
{
	struct store_owner owner;
	char host[256] = "", now[64];
	bool held = false;
	struct str boot;

	(void)gethostname(host, sizeof(host) - 1);
	boot_id(now);
	return owner_read(s, &owner, &held, &boot) && held && owner.pid > 0 && str_is(owner.host, host) && str_is(boot, now) &&
	       kill((pid_t)owner.pid, 0) != 0 && errno == ESRCH;
}

/* 0 or -1 with errno. */
static int lock_try(struct store *s)
{
	const struct timespec pause = { .tv_nsec = DYING_NS };
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	for (int i = 0; fcntl(s->lock_fd, F_OFD_SETLK, &whole) != 0; i++) {
		int err = errno;

		if ((err != EAGAIN && err != EACCES) || i == DYING_TRIES || !owner_has_died(s)) {
			errno = err;
			return -1;
		}
		(void)nanosleep(&pause, NULL);
	}
	return 0;
}

/* An empty file is one that was just made. One that cannot be read was left by a crash in the middle of a write. */
static void last_writer_find(struct store *s)
{
	struct store_owner owner;
	bool held = false;
	struct str boot = { 0 };
	char now[64];
	struct stat st;

	s->last_writer = LEFT_CLEAN;
	if (fstat(s->lock_fd, &st) == 0 && st.st_size == 0)
		return;
	boot_id(now);
	if (!owner_read(s, &owner, &held, &boot))
		s->last_writer = LEFT_BY_CRASH_OF_HOST;
	else if (held)
		s->last_writer = str_is(boot, now) ? LEFT_KILLED : LEFT_BY_CRASH_OF_HOST;
}

enum store_status lock_say(struct store *s)
{
	struct sb text;

	sb_init(&text, (size_t)16 << 10);
	owner_text(s, &text);
	int err = lock_write(s, sb_str(&text));

	sb_release(&text);
	return err < 0 ? store_fail_inside(s, LOCK_NAME, err) : STORE_OK;
}

enum store_status lock_take(struct store *s)
{
	s->lock_fd = openat(s->root_fd, LOCK_NAME, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
	if (s->lock_fd < 0)
		return store_fail_inside(s, LOCK_NAME, errno);
	if (lock_try(s) != 0) {
		if (errno == EAGAIN || errno == EACCES)
			return held_by_other(s);
		return store_fail_errno(s, arena_printf(s->arena, "%s/" LOCK_NAME, s->root).p, errno);
	}
	s->holds_lock = true;
	last_writer_find(s);
	return lock_say(s);
}

enum store_status lock_make_durable(struct store *s)
{
	if (s->lock_durable)
		return STORE_OK;
	if (fdatasync(s->lock_fd) != 0)
		return store_fail_inside(s, LOCK_NAME, errno);
	s->lock_durable = true;
	return STORE_OK;
}

const struct store_owner *store_holder(struct store *s)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	bool held = false;
	struct str boot;

	if (s->holds_lock)
		return NULL;
	if (s->lock_fd < 0)
		s->lock_fd = openat(s->root_fd, LOCK_NAME, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (s->lock_fd < 0 || fcntl(s->lock_fd, F_OFD_GETLK, &whole) != 0 || whole.l_type == F_UNLCK)
		return NULL;
	(void)owner_read(s, &s->owner, &held, &boot);
	return &s->owner;
}

void lock_release(struct store *s, bool clean)
{
	if (s->lock_fd < 0)
		return;
	/* Not written: the next writer looks after a crash that was none. */
	if (s->holds_lock && clean)
		(void)lock_write(s, STR("{\"held\":false}"));
	close(s->lock_fd);
	s->lock_fd = -1;
	s->holds_lock = false;
}
