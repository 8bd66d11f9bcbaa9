/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The output of a command under `tools:`. It runs before anything else does, once per plan, so waiting for it here holds
 * nothing up; it gets 30 s, its own process group, no input, and no key of a provider.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "engine/plan/internal.h"

#define LIMIT_MS 30000
#define OUTPUT_MAX ((size_t)64 << 10)

extern char **environ;

static char **safe_environment(struct arena *a)
{
	size_t n = 0, kept = 0;

	while (environ[n])
		n++;
	char **list = arena_array(a, char *, n + 1);

	for (size_t i = 0; i < n; i++)
		if (!variable_is_secret(environ[i]))
			list[kept++] = environ[i];
	return list;
}

static int64_t now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* 0 or an errno. */
static int start(const char *root, char *command, struct arena *a, int out, pid_t *pid)
{
	char shell[] = "sh", flag[] = "-c", *argv[] = { shell, flag, command, NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t how;
	sigset_t none, all;
	int err;

	(void)posix_spawn_file_actions_init(&files);
	(void)posix_spawnattr_init(&how);
	(void)sigemptyset(&none);
	(void)posix_spawnattr_setpgroup(&how, 0);
	(void)posix_spawnattr_setsigmask(&how, &none);
	(void)sigfillset(&all); /* a run ignores SIGPIPE: what it starts must not */
	(void)posix_spawnattr_setsigdefault(&how, &all);
	(void)posix_spawnattr_setflags(&how, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	err = posix_spawn_file_actions_addchdir_np(&files, root);
	if (!err)
		err = posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
	if (!err)
		err = posix_spawn_file_actions_adddup2(&files, out, 1);
	if (!err)
		err = posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
	if (!err)
		err = posix_spawn(pid, "/bin/sh", &files, &how, argv, safe_environment(a));
	(void)posix_spawnattr_destroy(&how);
	(void)posix_spawn_file_actions_destroy(&files);
	return err;
}

/* Reads to the end, the limit of time or that of size; true at the end. */
static bool listen_to(int fd, struct sb *text, int64_t deadline)
{
	char piece[4096];

	while (!text->overflow) {
		struct pollfd ready = { .fd = fd, .events = POLLIN };
		int64_t left = deadline - now_ms();

		if (left <= 0)
			return false;
		if (poll(&ready, 1, (int)left) <= 0)
			continue;
		ssize_t n = read(fd, piece, sizeof(piece));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return true;
		sb_add(text, (struct str){ piece, (size_t)n });
	}
	return false;
}

/* Its status; a process that closed its output but goes on is not waited for beyond the deadline. */
static int end_of(pid_t pid, int64_t deadline, bool *timed_out)
{
	CLEANUP(close_fd) int fd = *timed_out ? -1 : pidfd_open(pid, 0);
	int status = 0, ready = 0;

	while (fd >= 0 && ready <= 0 && !*timed_out) {
		struct pollfd end = { .fd = fd, .events = POLLIN };
		int64_t left = deadline - now_ms();

		ready = left > 0 ? poll(&end, 1, (int)left) : 0;
		*timed_out = ready == 0;
	}
	if (*timed_out)
		(void)kill(-pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

bool tool_output(const char *root, struct str command, struct arena *a, struct str *out, struct str *why)
{
	int ends[2];
	pid_t pid;

	*out = *why = STR("");
	if (pipe2(ends, O_CLOEXEC) != 0) {
		*why = arena_printf(a, "cannot be run: %s", strerror(errno));
		return false;
	}
	int64_t deadline = now_ms() + LIMIT_MS;
	char *line = arena_alloc(a, command.n + 1);

	memcpy(line, command.p, command.n);
	int err = start(root, line, a, ends[1], &pid);
	struct sb text;

	(void)close(ends[1]);
	if (err) {
		(void)close(ends[0]);
		*why = arena_printf(a, "cannot be run: %s", strerror(err));
		return false;
	}
	sb_init(&text, OUTPUT_MAX);
	bool ended = listen_to(ends[0], &text, deadline), timed_out = !ended;

	(void)close(ends[0]);
	if (!ended)
		(void)kill(-pid, SIGKILL);
	int status = end_of(pid, deadline, &timed_out);

	if (text.overflow)
		*why = arena_printf(a, "prints more than %zu bytes", OUTPUT_MAX);
	else if (timed_out)
		*why = arena_printf(a, "did not end within %d s", LIMIT_MS / 1000);
	else if (WIFSIGNALED(status))
		*why = arena_printf(a, "was ended by signal %d", WTERMSIG(status));
	else if (WEXITSTATUS(status))
		*why = arena_printf(a, "exits with %d", WEXITSTATUS(status));
	*out = sb_take(&text, a);
	while (out->n && (out->p[out->n - 1] == '\n' || out->p[out->n - 1] == '\r'))
		out->n--;
	sb_release(&text);
	return why->n == 0;
}
