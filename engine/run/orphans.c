/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a coordinator that was killed leaves behind. Its commands go on, and nobody will take their results; they are known
 * by RUNG_ATTEMPT_DIR in their environment, which names a folder under our attempts/. That finds every descendant, also
 * one that left its process group, needs no record that could be lost, and cannot hit a process that merely has the same
 * number. We hold the store's lock, so no attempt in there is anyone's.
 *
 * Strays are the same while the coordinator lives: processes that left the group of their command and outlived it. Their
 * parent is dead, so they are our children (PR_SET_CHILD_SUBREAPER) and easily found.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "engine/base/fs.h"
#include "engine/run/internal.h"

#define ENVIRON_MAX ((size_t)4 << 20)
enum { STAT_MEMORY = 20, STAT_CODE = 23, STAT_ENV_START = 47, STAT_ENV_END = 48 }; /* of /proc/PID/stat, counted from behind the name */
#define ROUNDS 100
#define ROUND_US 20000

/* mark: the beginning of a variable; its n bytes may include the NUL behind the value. */
static bool is_ours(struct str environment, const char *mark, size_t n)
{
	const char *p = environment.p, *end = environment.p + environment.n;

	while (p < end) {
		size_t length = strnlen(p, (size_t)(end - p));

		/* what is read ends with a NUL, and fs_read puts one behind it */
		if (length + 1 >= n && memcmp(p, mark, n) == 0)
			return true;
		p += length + 1;
	}
	return false;
}

/* Was this not all of its environment, for it was in the middle of an exec? Then it has memory (the dead have none), and
 * its code is not there yet, or is and the environment has another size. */
static bool was_in_exec(struct arena *a, pid_t pid, size_t seen)
{
	int64_t start, end;
	struct str text, word, fields[STAT_ENV_END + 1];
	size_t n = 0;

	if (fs_read(a, arena_printf(a, "/proc/%ld/stat", (long)pid).p, ENVIRON_MAX, &text) < 0)
		return false;
	/* the second field is a name in brackets, which may hold anything */
	const char *close = memrchr(text.p, ')', text.n);
	struct str rest = close ? str_from(text, (size_t)(close - text.p) + 2, text.n) : STR("");

	while (n <= STAT_ENV_END && str_split(&rest, ' ', &word))
		fields[n++] = word;
	if (n <= STAT_ENV_END || str_is(fields[STAT_MEMORY], "0") || !str_int(fields[STAT_ENV_START], &start) ||
	    !str_int(fields[STAT_ENV_END], &end))
		return false;
	return str_is(fields[STAT_CODE], "0") || (uint64_t)(end - start) != seen;
}

/* Kills the process if its environment is marked. true also while that cannot be told: to be asked again. */
static bool kill_if_marked(pid_t pid, const char *mark, size_t n)
{
	CLEANUP(arena_cleanup) struct arena *a = arena_new();
	struct str environment;

	/* fails for the processes of others and for the dead */
	if (fs_read(a, arena_printf(a, "/proc/%ld/environ", (long)pid).p, ENVIRON_MAX, &environment) < 0)
		return false;
	if (is_ours(environment, mark, n))
		return kill(pid, SIGKILL) == 0;
	return was_in_exec(a, pid, environment.n);
}

/* Kills every process whose environment names an attempt of ours; how many there were. */
static size_t kill_marked(const char *mark)
{
	DIR *proc = opendir("/proc");
	size_t found = 0, n = strlen(mark);

	if (!proc)
		return 0;
	for (struct dirent *e = readdir(proc); e; e = readdir(proc)) {
		int64_t pid;

		if (str_int(str_z(e->d_name), &pid) && pid > 1 && pid != getpid())
			found += kill_if_marked((pid_t)pid, mark, n);
	}
	(void)closedir(proc);
	return found;
}

void orphans_clear(struct run *r)
{
	DIR *folder = opendir(r->attempts.p);
	size_t left = 0;

	if (!folder)
		return;
	CLEANUP(arena_cleanup) struct arena *a = arena_new();
	VEC(struct str) names = { 0 };

	for (struct dirent *e = readdir(folder); e; e = readdir(folder))
		if (e->d_name[0] != '.')
			VEC_PUSH(a, &names, arena_z(a, e->d_name));
	(void)closedir(folder);
	if (!names.n)
		return;
	struct str mark = arena_printf(a, "RUNG_ATTEMPT_DIR=" STR_FMT "/", STR_ARG(r->attempts));

	/* a child may fork between our look and its death */
	for (unsigned round = 0; round < ROUNDS; round++) {
		left = kill_marked(mark.p);
		if (!left)
			break;
		(void)usleep(ROUND_US);
	}
	if (left)
		event_warn(r, STR("processes of a run that was killed are still there and cannot be ended"));
	for (size_t i = 0; i < names.n; i++)
		(void)fs_remove_tree(arena_printf(a, STR_FMT "/" STR_FMT, STR_ARG(r->attempts), STR_ARG(names.data[i])).p);
}

/* ---- strays ------------------------------------------------------------------------------------------------------- */

void strays_adopt(struct run *r)
{
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1L, 0L, 0L, 0L);
	/* of this thread, the first: it starts all children, and is the one that orphans are given to */
	r->children_fd = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
}

void strays_release(struct run *r)
{
	(void)prctl(PR_SET_CHILD_SUBREAPER, 0L, 0L, 0L, 0L);
	close_fd(&r->children_fd);
}

/* Our children as text, a blank behind each. */
static struct str children_text(const struct run *r, struct sb *out)
{
	char piece[4096];
	ssize_t n;

	while ((n = pread(r->children_fd, piece, sizeof(piece), (off_t)out->n)) > 0)
		sb_add(out, (struct str){ piece, (size_t)n });
	return sb_str(out);
}

bool strays_kill(struct run *r, struct str dir)
{
	struct sb b;
	size_t n = 0, killed = 0;
	struct str rest, word;
	int64_t pid;

	if (r->children_fd < 0)
		return false;
	sb_init(&b, (size_t)1 << 20);
	rest = children_text(r, &b);
	for (size_t i = 0; i < rest.n; i++)
		n += rest.p[i] == ' ';
	/* the usual case: nobody but those that we started */
	if (n > r->children) {
		struct arena_mark mark = arena_mark(r->scratch);
		struct str own = arena_printf(r->scratch, "RUNG_ATTEMPT_DIR=" STR_FMT, STR_ARG(dir));

		while (str_split(&rest, ' ', &word))
			if (str_int(word, &pid))
				killed += kill_if_marked((pid_t)pid, own.p, own.n + 1);
		arena_reset(r->scratch, mark);
	}
	sb_release(&b);
	return killed > 0;
}
