/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cli/program.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/fs.h"

extern char **environ;

static void drain(int fd, struct sb *b)
{
	char page[65536];
	ssize_t n;

	while ((n = read(fd, page, sizeof(page))) > 0 || (n < 0 && errno == EINTR))
		if (n > 0)
			sb_add(b, (struct str){ page, (size_t)n });
}

int program_run(struct arena *a, const char *const argv[], size_t ceiling, struct str *out)
{
	posix_spawn_file_actions_t actions;
	int ends[2], status = 0;
	pid_t pid;
	struct sb b;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return -1;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
	int err = posix_spawnp(&pid, argv[0], &actions, NULL, (char *const *)(uintptr_t)argv, environ);

	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	sb_init(&b, ceiling);
	if (err == 0) {
		drain(ends[0], &b);
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
	}
	close(ends[0]);
	*out = sb_take(&b, a);
	sb_release(&b);
	if (err)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

const char *program_find(struct arena *a, const char *name)
{
	const char *path = getenv("PATH");
	struct str rest = str_z(path && path[0] ? path : "/usr/local/bin:/usr/bin:/bin"), dir;

	while (str_split(&rest, ':', &dir)) {
		struct str full = path_join(a, dir.n ? dir : STR("."), str_z(name));

		if (access(full.p, X_OK) == 0)
			return full.p;
	}
	return NULL;
}
