/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How attempts end, in words.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "engine/base/fs.h"
#include "engine/run/outcome.h"

#define NOT_EXECUTABLE 126
#define NOT_FOUND 127
#define LISTED_MAX 8
#define LINE_MAX 400u

static const char *signal_word(int signal)
{
	const char *name = sigdescr_np(signal);

	return name ? name : "unknown";
}

static struct ending of_signal(int signal, struct arena *a)
{
	struct ending e = { .outcome = OUTCOME_SIGNAL, .signal = signal };

	if (signal == SIGKILL) {
		e.detail = STR("killed by signal 9 (often the system ran out of memory)");
		e.hint = STR("give the step `resources: {memory: …}`, so that fewer run at once");
	} else {
		e.detail = arena_printf(a, "killed by signal %d (%s)", signal, signal_word(signal));
	}
	return e;
}

struct ending ending_of_status(int status, bool shell, struct arena *a)
{
	if (WIFSIGNALED(status))
		return of_signal(WTERMSIG(status), a);
	int code = WEXITSTATUS(status);
	struct ending e = { .outcome = code ? OUTCOME_EXIT : OUTCOME_DONE, .exit_code = code };

	if (shell && code == NOT_FOUND) {
		e.outcome = OUTCOME_NOT_FOUND;
		e.detail = STR("exit code 127: the shell did not find a command");
		e.hint = STR("its stderr names it: install it, or add its folder to the PATH");
	} else if (shell && code == NOT_EXECUTABLE) {
		e.outcome = OUTCOME_NOT_FOUND;
		e.detail = STR("exit code 126: a command cannot be executed");
		e.hint = STR("`chmod +x` it, or call its interpreter: `python3 script.py`");
	} else if (code == 128 + SIGKILL) {
		e.signal = SIGKILL;
		e.detail = STR("exit code 137: a program of it was killed by signal 9 (often the system ran out of memory)");
		e.hint = STR("give the step `resources: {memory: …}`, so that fewer run at once");
	} else if (code > 128 && code <= 128 + 64 && sigdescr_np(code - 128)) {
		e.detail = arena_printf(a, "exit code %d (128 + signal %d, %s)", code, code - 128, signal_word(code - 128));
	} else if (code) {
		e.detail = arena_printf(a, "exit code %d", code);
	}
	return e;
}

struct ending ending_of_spawn(int err, const char *program, struct arena *a)
{
	struct ending e = { .outcome = OUTCOME_NOT_FOUND };

	if (err == ENOENT && strcmp(program, "bwrap") == 0) {
		e.detail = STR("`isolate` needs bubblewrap (bwrap), which is not installed");
		e.hint = STR("`rung doctor` says how to install it");
	} else if (err == ENOENT) {
		e.detail = arena_printf(a, "command not found: '%s'", program);
		e.hint = STR("is it installed and on the PATH? a script's first line may also name an interpreter that is not there");
	} else if (err == EACCES) {
		e.detail = arena_printf(a, "'%s' cannot be executed: permission denied", program);
		e.hint = STR("`chmod +x` it, or call its interpreter: `python3 script.py`");
	} else if (err == E2BIG) {
		e.detail = STR("the command line and the environment are longer than the system takes");
		e.hint = STR("gather into a table (`aggregate`, `table`) or give the program a list in a file");
	} else {
		e.detail = arena_printf(a, "'%s' cannot be started: %s", program, strerror(err));
		if (err == EAGAIN || err == ENOMEM || err == EMFILE || err == ENFILE)
			e = (struct ending){ .outcome = OUTCOME_REFUSED, .detail = e.detail, .hint = STR(PROCESS_LIMITS), .passing = true };
	}
	return e;
}

struct ending ending_timeout(double seconds, struct arena *a)
{
	char number[32];

	return (struct ending){ .outcome = OUTCOME_TIMEOUT,
		.detail = arena_printf(a, "timed out after " STR_FMT " s", STR_ARG(((struct str){ number, real_text(seconds, number) }))),
		.hint = STR("raise the step's `timeout`; it is not part of the key") };
}

struct listing {
	struct sb b;
	size_t n;
};

static int list_file(void *user, const char *relative, const struct stat *st)
{
	struct listing *l = user;

	if (S_ISDIR(st->st_mode))
		return 0;
	if (l->n < LISTED_MAX)
		sb_printf(&l->b, "%s%s", l->n ? ", " : "", relative);
	l->n++;
	return 0;
}

struct ending ending_missing(const struct site *site, const struct spec_out *out)
{
	struct listing l = { .n = 0 };
	struct str folder = arena_printf(site->a, STR_FMT "/out", STR_ARG(site->dir));
	struct ending e = { .outcome = OUTCOME_MISSING_OUTPUT };

	sb_init(&l.b, (size_t)1 << 16);
	int err = fs_walk(folder.p, list_file, &l);

	if (err == 0 && l.n > LISTED_MAX)
		sb_printf(&l.b, " and %zu more", l.n - LISTED_MAX);
	e.detail = arena_printf(site->a, "output '" STR_FMT "' is missing: the command did not write '" STR_FMT "'; its out folder holds %s",
	                        STR_ARG(out->name), STR_ARG(out->file), l.n ? l.b.s : "nothing");
	e.hint = arena_printf(site->a, "write it to ${out." STR_FMT "}", STR_ARG(out->name));
	sb_release(&l.b);
	return e;
}

int64_t oom_kills(void)
{
	CLEANUP(arena_cleanup) struct arena *a = arena_new();
	struct str text, rest, line;
	int64_t n = -1;

	if (fs_read(a, "/proc/vmstat", (size_t)1 << 20, &text) < 0)
		return -1;
	for (rest = text; str_split(&rest, '\n', &line);)
		if (str_starts(line, "oom_kill ") && str_int(str_from(line, 9, line.n), &n))
			return n;
	return -1;
}

void ending_note_memory(struct ending *e, struct arena *a)
{
	e->outcome = OUTCOME_MEMORY;
	e->detail = arena_printf(a, STR_FMT ": the system ran out of memory and killed it", STR_ARG(e->exit_code ? STR("exit code 137")
	                                                                                          : STR("killed by signal 9")));
}

struct str last_lines(struct str text, size_t lines, struct arena *a)
{
	struct str s = text;

	while (s.n && (s.p[s.n - 1] == '\n' || s.p[s.n - 1] == '\r'))
		s.n--;
	size_t from = s.n;

	const size_t most = lines * LINE_MAX;

	while (from > 0 && s.n - from < most) {
		if (s.p[from - 1] == '\n' && --lines == 0)
			break;
		from--;
	}
	struct str out = arena_str(a, str_from(s, from, s.n));

	for (size_t i = 0; i < out.n; i++)
		if ((unsigned char)out.p[i] < ' ' && out.p[i] != '\n' && out.p[i] != '\t')
			((char *)out.p)[i] = ' ';
	return out;
}
