/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Worker processes, seen from the coordinator. They are started when there is work for them, up to one per cpu of the run,
 * and stay: a worker that keeps its step keeps its caches. One socket pair per worker carries frames both ways.
 */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/oom.h"
#include "engine/run/internal.h"

struct errand {
	struct errand *next;
	uint32_t step;
	int err; /* why no worker could be started */
	struct sb frame;
	job_done done;
	void *user;
};

struct worker {
	struct run *run;
	struct worker *next;
	pid_t pid;
	int fd;
	struct loop_fd *watch;
	struct frames in;
	struct sb out;
	size_t out_at;
	uint32_t step;    /* of its last job */
	struct errand *job;  /* NULL = idle */
	bool killed;      /* by us: its death is no crash */
	int ill;          /* enum illness, why we killed it; 0 = we did not */
	struct loop_timer *patience; /* with one that has closed its pipe and lives; NULL = none */
};

static void job_free(struct errand *j)
{
	sb_release(&j->frame);
	free(j);
}

static void worker_free(struct worker *w)
{
	struct worker **at = &w->run->workers;

	while (*at != w)
		at = &(*at)->next;
	*at = w->next;
	loop_fd_free(w->watch);
	loop_timer_free(w->patience);
	close_fd(&w->fd);
	frames_release(&w->in);
	sb_release(&w->out);
	free(w);
}

/* ---- talking ------------------------------------------------------------------------------------------------------ */

static void worker_write(struct worker *w)
{
	while (w->out_at < w->out.n) {
		ssize_t n = write(w->fd, w->out.s + w->out_at, w->out.n - w->out_at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN)
			w->out_at = w->out.n; /* it is dying; its end comes as a signal */
		if (n < 0)
			break;
		w->out_at += (size_t)n;
	}
	if (w->out_at == w->out.n) {
		sb_clear(&w->out);
		w->out_at = 0;
	}
	loop_fd_want(w->watch, true, w->out_at < w->out.n);
}

static void worker_take(struct worker *w, struct errand *j)
{
	w->job = j;
	w->step = j->step;
	sb_add(&w->out, sb_str(&j->frame));
	worker_write(w);
}

static void job_unlink(struct run *r, struct errand *before, struct errand *j)
{
	*(before ? &before->next : &r->jobs) = j->next;
	if (r->jobs_last == j)
		r->jobs_last = before;
	j->next = NULL;
}

/* The oldest job, or the oldest of the worker's last step. */
static struct errand *job_for(struct run *r, const struct worker *w)
{
	struct errand *before = NULL, *j = r->jobs;

	while (j && j->step != w->step) {
		before = j;
		j = j->next;
	}
	if (!j) {
		before = NULL;
		j = r->jobs;
	}
	if (j)
		job_unlink(r, before, j);
	return j;
}

static void job_ended(struct worker *w, const struct value *answer, int wait_status)
{
	struct errand *j = w->job;
	job_done done = j->done;
	void *user = j->user;

	w->job = NULL;
	job_free(j);
	if (answer) {
		struct errand *next = job_for(w->run, w);

		if (next)
			worker_take(w, next);
	}
	done(user, answer, wait_status);
}

/* Everything whole that came in. */
static void worker_answers(struct worker *w)
{
	for (;;) {
		CLEANUP(arena_cleanup) struct arena *a = arena_new();
		struct value answer;
		int taken = frames_take(&w->in, a, &answer);

		if (taken == 0 || !w->job)
			return;
		if (taken < 0) {
			w->ill = WORKER_BABBLES;
			(void)kill(-w->pid, SIGKILL);
			return;
		}
		job_ended(w, &answer, 0);
	}
}

static void out_of_patience(void *user)
{
	struct worker *w = user;

	w->ill = WORKER_SILENT;
	(void)kill(-w->pid, SIGKILL);
}

static void worker_ready(void *user, bool readable, bool writable)
{
	struct worker *w = user;

	if (writable)
		worker_write(w);
	if (!readable)
		return;
	long n = frames_read(&w->in, w->fd);

	if (n == 0 || (n < 0 && n != -EAGAIN && n != -EINTR)) {
		/* the end; how it died is known when it is reaped, which is soon, or else it has closed its pipe */
		loop_fd_want(w->watch, false, false);
		w->patience = loop_timer_new(w->run->loop, out_of_patience, w);
		loop_timer_set(w->patience, w->run->kill_after_ms, 0);
		return;
	}
	worker_answers(w);
}

/* ---- life and death ----------------------------------------------------------------------------------------------- */

static struct worker *worker_start(struct run *r)
{
	const char *argv[] = { r->o->self, "worker", NULL };
	int pair[2], err;
	struct worker *w;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return NULL;
	w = grow_or_die(NULL, sizeof(*w));
	*w = (struct worker){ .run = r, .next = r->workers, .fd = pair[0], .step = UINT32_MAX };
	frames_init(&w->in);
	sb_init(&w->out, SIZE_MAX / 2);
	r->workers = w;
	err = spawn_start(&(struct spawn){ .argv = argv, .envp = r->env, .in = pair[1], .out = pair[1], .err = -1 }, &w->pid);
	(void)close(pair[1]);
	if (err == 0 && fcntl(w->fd, F_SETFL, O_NONBLOCK) == 0)
		w->watch = loop_fd_new(r->loop, w->fd, worker_ready, w);
	if (!w->watch) {
		err = err ? err : errno;
		worker_free(w);
		errno = err;
		return NULL;
	}
	r->children++;
	sb_add(&w->out, sb_str(&r->hello));
	return w;
}

/* An idle worker, one of the same step first; or a new one while there are few. */
static struct worker *worker_for(struct run *r, uint32_t step)
{
	struct worker *idle = NULL;
	size_t n = 0;

	for (struct worker *w = r->workers; w; w = w->next) {
		n++;
		if (!w->job && !w->killed && (!idle || w->step == step))
			idle = w;
	}
	if (idle && idle->step == step)
		return idle;
	if ((double)n < fmax(1, ceil(r->o->jobs)) && (!n || n < r->places)) {
		struct worker *w = worker_start(r);

		if (w)
			return w;
	}
	return idle;
}

static void nobody_there(void *user)
{
	struct errand *j = user;

	j->done(j->user, NULL, NO_WORKER(j->err));
	job_free(j);
}

static void too_big(void *user)
{
	struct errand *j = user;

	j->done(j->user, NULL, JOB_TOO_BIG);
	job_free(j);
}

static void do_nothing(void *user)
{
	(void)user;
}

struct errand *workers_give(struct run *r, uint32_t step, const struct value *frame, job_done done, void *user)
{
	struct errand *j = grow_or_die(NULL, sizeof(*j));

	*j = (struct errand){ .step = step, .done = done, .user = user };
	sb_init(&j->frame, (size_t)run_env_ms("RUNG_FRAME_BYTES", (double)FRAME_MAX));
	frame_put(&j->frame, frame);
	if (j->frame.overflow) {
		loop_work(r->loop, do_nothing, too_big, j);
		return j;
	}
	struct worker *w = worker_for(r, step);

	if (w) {
		worker_take(w, j);
	} else if (r->workers) {
		if (r->jobs)
			r->jobs_last->next = j;
		else
			r->jobs = j;
		r->jobs_last = j;
	} else {
		j->err = errno;
		/* told from the loop: the caller does not expect an answer before this returns */
		loop_work(r->loop, do_nothing, nobody_there, j);
	}
	return j;
}

void workers_kill(struct run *r, struct errand *job)
{
	for (struct worker *w = r->workers; w; w = w->next)
		if (w->job == job) {
			w->killed = true;
			(void)kill(-w->pid, SIGKILL);
			return;
		}
	for (struct errand *before = NULL, *j = r->jobs; j; before = j, j = j->next)
		if (j == job) {
			job_unlink(r, before, j);
			j->done(j->user, NULL, SIGKILL);
			job_free(j);
			return;
		}
}

void workers_abort(struct run *r)
{
	for (struct worker *w = r->workers; w; w = w->next)
		if (w->job)
			workers_kill(r, w->job);
	while (r->jobs)
		workers_kill(r, r->jobs);
}

bool workers_reaped(struct run *r, pid_t pid, int wait_status)
{
	struct worker *w = r->workers;

	while (w && w->pid != pid)
		w = w->next;
	if (!w)
		return false;
	r->children--;
	/* an answer may have come before the end */
	while (frames_read(&w->in, w->fd) > 0)
		;
	struct errand *next;

	w->killed = true; /* no more jobs for it */
	worker_answers(w);
	if (w->job)
		job_ended(w, NULL, w->ill && WIFSIGNALED(wait_status) ? w->ill : wait_status);
	worker_free(w);
	while (r->jobs && (w = worker_for(r, r->jobs->step)) && !w->job && (next = job_for(r, w)))
		worker_take(w, next);
	return true;
}

void workers_stop(struct run *r)
{
	int status;

	while (r->workers) {
		struct worker *w = r->workers;
		pid_t pid = w->pid;

		(void)kill(-pid, SIGKILL);
		worker_free(w);
		(void)waitpid(pid, &status, 0);
	}
}
