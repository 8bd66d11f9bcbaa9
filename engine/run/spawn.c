/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * posix_spawn: glibc's shares our memory until the exec (CLONE_VFORK), so starting costs the same however big we are, and
 * an exec that fails comes back as a number.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/str.h"
#include "engine/run/spawn.h"

extern char **environ;

static const char *variable(const char *const *envp, const char *name)
{
	size_t n = strlen(name);

	for (; *envp; envp++)
		if (strncmp(*envp, name, n) == 0 && (*envp)[n] == '=')
			return *envp + n + 1;
	return NULL;
}

static int set_up(const struct spawn *s, posix_spawn_file_actions_t *actions, posix_spawnattr_t *attr)
{
	sigset_t none, all;
	const int from[] = { s->in, s->out, s->err };
	int err = 0;

	for (int to = 0; to < 3 && err == 0; to++)
		if (from[to] >= 0)
			err = posix_spawn_file_actions_adddup2(actions, from[to], to);
	if (err == 0 && s->cwd)
		err = posix_spawn_file_actions_addchdir_np(actions, s->cwd);
	(void)sigemptyset(&none);
	(void)sigfillset(&all);
	if (err == 0)
		err = posix_spawnattr_setflags(attr, (short)(s->stay ? 0 : POSIX_SPAWN_SETPGROUP) | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	if (err == 0)
		err = posix_spawnattr_setpgroup(attr, 0);
	if (err == 0)
		err = posix_spawnattr_setsigmask(attr, &none);
	if (err == 0)
		err = posix_spawnattr_setsigdefault(attr, &all);
	return err;
}

/* Tries the folders of PATH in order; the child's PATH counts, which posix_spawnp does not look at. */
static int spawn_on_path(const struct spawn *s, const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *attr, pid_t *pid)
{
	const char *path = variable(s->envp, "PATH");
	struct str rest = str_z(path ? path : "/usr/local/bin:/usr/bin:/bin"), dir;
	struct sb b;
	int result = ENOENT;

	sb_init(&b, (size_t)1 << 16);
	while (str_split(&rest, ':', &dir)) {
		sb_clear(&b);
		sb_add(&b, dir.n ? dir : STR("."));
		sb_printf(&b, "/%s", s->argv[0]);
		int err = posix_spawn(pid, b.s, actions, attr, (char *const *)s->argv, (char *const *)s->envp);

		if (err != ENOENT && err != ENOTDIR && err != EACCES) {
			result = err;
			break;
		}
		/* a file that may not be executed says more than one that is not there */
		if (err == EACCES)
			result = EACCES;
	}
	sb_release(&b);
	return result;
}

int spawn_start(const struct spawn *s, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	int err = posix_spawn_file_actions_init(&actions);

	if (err)
		return err;
	err = posix_spawnattr_init(&attr);
	if (err == 0) {
		err = set_up(s, &actions, &attr);
		if (err == 0 && strchr(s->argv[0], '/'))
			err = posix_spawn(pid, s->argv[0], &actions, &attr, (char *const *)s->argv, (char *const *)s->envp);
		else if (err == 0)
			err = spawn_on_path(s, &actions, &attr, pid);
		(void)posix_spawnattr_destroy(&attr);
	}
	(void)posix_spawn_file_actions_destroy(&actions);
	return err;
}

/* ---- environment -------------------------------------------------------------------------------------------------- */

static bool same_variable(const char *entry, struct str other)
{
	const char *equals = memchr(other.p, '=', other.n);
	size_t n = equals ? (size_t)(equals - other.p) + 1 : other.n;

	return strncmp(entry, other.p, n) == 0;
}

const char *const *spawn_environment_over(struct arena *a, const char *const *base, const struct str *more, size_t n)
{
	size_t count = 0, k = 0;

	while (base[count])
		count++;
	const char **out = arena_array(a, const char *, count + n + 1);

	for (size_t i = 0; i < count; i++) {
		bool replaced = false;

		for (size_t m = 0; m < n && !replaced; m++)
			replaced = same_variable(base[i], more[m]);
		if (!replaced)
			out[k++] = base[i];
	}
	for (size_t m = 0; m < n; m++)
		out[k++] = more[m].p;
	return out;
}

const char *const *spawn_environment(struct arena *a, const struct str *more, size_t n)
{
	size_t count = 0, k = 0;

	while (environ[count])
		count++;
	const char **ours = arena_array(a, const char *, count + 1);

	for (size_t i = 0; i < count; i++)
		if (!variable_is_secret(environ[i]))
			ours[k++] = environ[i];
	return spawn_environment_over(a, ours, more, n);
}
