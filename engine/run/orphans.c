/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a coordinator that was killed leaves behind. Its commands go on, and nobody will take their results; they are known
 * by RUNG_ATTEMPT_DIR in their environment, which names a folder under our attempts/. That finds every descendant, also
 * one that left its process group, needs no record that could be lost, and cannot hit a process that merely has the same
 * number. We hold the store's lock, so no attempt in there is anyone's.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/fs.h"
#include "engine/run/internal.h"

#define ENVIRON_MAX ((size_t)4 << 20)
#define ROUNDS 100
#define ROUND_US 20000

static bool is_ours(struct str environment, const char *mark, size_t n)
{
	const char *p = environment.p, *end = environment.p + environment.n;

	while (p < end) {
		size_t length = strnlen(p, (size_t)(end - p));

		if (length >= n && memcmp(p, mark, n) == 0)
			return true;
		p += length + 1;
	}
	return false;
}

/* Kills every process whose environment names an attempt of ours; how many there were. */
static size_t kill_marked(const char *mark)
{
	DIR *proc = opendir("/proc");
	size_t found = 0, n = strlen(mark);

	if (!proc)
		return 0;
	for (struct dirent *e = readdir(proc); e; e = readdir(proc)) {
		CLEANUP(arena_cleanup) struct arena *a = arena_new();
		int64_t pid;
		struct str environment;

		if (!str_int(str_z(e->d_name), &pid) || pid <= 1 || pid == getpid())
			continue;
		/* fails for the processes of others and for the dead */
		if (fs_read(a, arena_printf(a, "/proc/%s/environ", e->d_name).p, ENVIRON_MAX, &environment) < 0)
			continue;
		if (!is_ours(environment, mark, n))
			continue;
		found++;
		(void)kill((pid_t)pid, SIGKILL);
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
