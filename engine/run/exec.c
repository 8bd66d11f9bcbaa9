/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `rung exec TASK`: one task by hand. Its folder is `.rung/exec/<task>/` and stays: in/, out/, and in cmd the command as a
 * person would type it. Nothing is recorded.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/fs.h"
#include "engine/run/internal.h"

enum { EXEC_FINE = 0, EXEC_FAILED = 1, EXEC_WRONG = 2 };

/* A task's name as a folder's: '/' cannot stand in one, and 255 bytes are the most. */
static struct str folder_name(struct str task, struct arena *a)
{
	struct sb b;

	sb_init(&b, (size_t)1 << 20);
	for (size_t i = 0; i < task.n; i++)
		sb_char(&b, task.p[i] == '/' ? '_' : task.p[i]);
	if (b.n > 200) {
		struct digest d = digest_of(task);
		char hex[DIGEST_HEX + 1];

		digest_hex(&d, hex);
		struct str head = sb_take(&b, a);

		sb_clear(&b);
		sb_add(&b, str_from(head, 0, 180));
		sb_printf(&b, "-%.16s", hex);
	}
	struct str out = sb_take(&b, a);

	sb_release(&b);
	return out;
}

static int tell(struct diags *d, const struct site *site, const struct ending *e)
{
	(void)diag_error(d, site->step->at, "exec", STR_FMT, STR_ARG(arena_str(d->arena, e->detail)));
	if (e->hint.n)
		diag_hint(d, STR_FMT, STR_ARG(arena_str(d->arena, e->hint)));
	return EXEC_FAILED;
}

static int tell_site(struct diags *d, const struct site *site)
{
	const struct ending e = { .outcome = site->outcome, .detail = site->error, .hint = site->hint };

	return tell(d, site, &e);
}

static bool prepare(struct site *site, struct str name)
{
	site->dir = arena_printf(site->a, "%s/exec/" STR_FMT, store_root(site->s), STR_ARG(folder_name(name, site->a)));
	int err = fs_remove_tree(site->dir.p);

	if (err == 0)
		err = fs_mkdirs(site->dir.p);
	if (err < 0)
		return site_fail(site, OUTCOME_STORE, NULL, STR_FMT ": cannot be made: %s", STR_ARG(site->dir), strerror(-err));
	return site_fill(site);
}

static int missing_outputs(struct diags *d, const struct site *site)
{
	for (size_t i = 0; i < site->spec->out_count; i++)
		if (!fs_exists(site_out(site, site->spec->outs[i].file).p)) {
			struct ending e = ending_missing(site, &site->spec->outs[i]);

			return tell(d, site, &e);
		}
	return EXEC_FINE;
}

/* In the terminal's foreground, with its stdin: ctrl-C is the command's, and we wait for how it takes it. */
static int exec_command(struct site *site, struct diags *d)
{
	struct command c;
	int status = 0;
	pid_t pid;

	if (!command_make(site, spawn_environment(site->a, NULL, 0), &c))
		return tell_site(d, site);
	int wrote = fs_write_atomic(arena_printf(site->a, STR_FMT "/cmd", STR_ARG(site->dir)).p,
	                            arena_printf(site->a, STR_FMT "\n", STR_ARG(c.text)), 0644);

	if (wrote < 0) {
		(void)site_fail(site, OUTCOME_STORE, NULL, STR_FMT "/cmd: cannot be written: %s", STR_ARG(site->dir), strerror(-wrote));
		return tell_site(d, site);
	}
	if (site->step->isolate && !command_isolate(site, &c))
		return tell_site(d, site);
	void (*was_int)(int) = signal(SIGINT, SIG_IGN), (*was_quit)(int) = signal(SIGQUIT, SIG_IGN);
	int err = spawn_start(&(struct spawn){ .argv = c.argv, .envp = c.envp, .cwd = plan_graph(site->p)->root.p, .in = -1, .out = -1,
	                                       .err = -1, .stay = true }, &pid);

	while (!err && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	(void)signal(SIGINT, was_int);
	(void)signal(SIGQUIT, was_quit);
	struct ending e = err ? ending_of_spawn(err, c.argv[0], site->a) : ending_of_status(status, c.shell, site->a);

	return e.outcome == OUTCOME_DONE ? missing_outputs(d, site) : tell(d, site, &e);
}

/* A worker of its own, spoken to without a loop. */
static int ask_worker(const struct run_options *o, struct site *site, struct sb *hello, const struct value *frame, struct diags *d)
{
	const char *argv[] = { o->self, "worker", NULL };
	CLEANUP(close_fd) int ours = -1;
	int pair[2], status = 0, err;
	struct frames in;
	struct value answer;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return tell(d, site, &(struct ending){ .detail = STR("no socket can be had for a worker") });
	ours = pair[0];
	err = spawn_start(&(struct spawn){ .argv = argv, .envp = spawn_environment(site->a, NULL, 0), .in = pair[1], .out = pair[1],
	                                   .err = -1, .stay = true }, &pid);
	(void)close(pair[1]);
	if (err) {
		struct ending e = ending_of_spawn(err, o->self, site->a);

		return tell(d, site, &e);
	}
	frame_put(hello, frame);
	for (size_t at = 0; at < hello->n;) {
		ssize_t n = send(ours, hello->s + at, hello->n - at, MSG_NOSIGNAL);

		if (n < 0 && errno != EINTR)
			break;
		at += n > 0 ? (size_t)n : 0;
	}
	frames_init(&in);
	bool answered = frame_receive(&in, ours, site->a, &answer) == 1;

	frames_release(&in);
	close_fd(&ours);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	struct ending e = answered ? ending_of_answer(&answer, site->a) : ending_of_death(status, site->a);

	return e.outcome == OUTCOME_DONE ? EXEC_FINE : tell(d, site, &e);
}

static int exec_worker(const struct run_options *o, const struct study *study, const struct study_options *made_with,
                       struct site *site, struct diags *d)
{
	const struct digest none = { { 0 } }, *key = plan_key(site->p, site->task);
	struct value frame;
	struct sb hello;

	if (!worker_frame(site, key ? key : &none, STR(""), &frame))
		return tell_site(d, site);
	workers_hello(study, made_with, &hello);
	int code = ask_worker(o, site, &hello, &frame, d);

	sb_release(&hello);
	return code;
}

int run_exec(const struct run_options *o, struct study *study, const struct study_options *made_with, struct plan *p,
             struct store *s, uint32_t task, struct diags *d, struct arena *a, struct str *folder)
{
	struct spec spec;
	struct site site = { .a = a, .p = p, .s = s, .task = task, .step = graph_step_of(plan_graph(p), task), .spec = &spec };
	struct sb name;

	*folder = STR("");
	if (!plan_spec(p, task, a, &spec, d))
		return EXEC_WRONG;
	if (spec.waits) {
		(void)diag_error(d, site.step->at, "exec", "the task reads values of tasks that have not run yet");
		diag_hint(d, "`rung run` with the task's name runs what it needs");
		return EXEC_WRONG;
	}
	if (spec.skip) {
		(void)diag_error(d, site.step->at, "exec", "the task is skipped: its `when` is false at this point");
		return EXEC_WRONG;
	}
	sb_init(&name, (size_t)1 << 20);
	graph_task_name(plan_graph(p), task, &name);
	bool ready = prepare(&site, sb_str(&name));

	sb_release(&name);
	*folder = site.dir;
	if (!ready)
		return tell_site(d, &site);
	if (site.step->kind->exec == EXEC_COMMAND)
		return exec_command(&site, d);
	return exec_worker(o, study, made_with, &site, d);
}
