/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One attempt: its folder, its command or its worker's job, and how it ends. What it leaves is in flight_end.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/fs.h"
#include "engine/run/internal.h"

#define SECOND_LOOK_MS 10 /* after a timeout has come */
#define LOOK_MS 5         /* at processes that do not die at once */

static struct flight *flight_take(struct run *r)
{
	struct flight *f = r->spare_flights;
	struct arena *a = f ? f->a : arena_new();

	if (f)
		r->spare_flights = f->next;
	else
		f = arena_make(r->a, struct flight);
	*f = (struct flight){ .run = r, .a = a, .out_fd = -1, .err_fd = -1, .next = r->flights };
	r->flights = f;
	return f;
}

static void flight_drop(struct flight *f)
{
	struct run *r = f->run;
	struct flight **at = &r->flights;

	while (*at != f)
		at = &(*at)->next;
	*at = f->next;
	loop_timer_free(f->timer);
	loop_timer_free(f->patience);
	f->timer = f->patience = NULL;
	arena_reset(f->a, (struct arena_mark){ 0 });
	f->next = r->spare_flights;
	r->spare_flights = f;
}

void flights_free(struct run *r)
{
	for (struct flight *f = r->flights; f; f = f->next) {
		loop_timer_free(f->timer);
		loop_timer_free(f->patience);
		close_fd(&f->out_fd);
		close_fd(&f->err_fd);
		arena_free(f->a);
	}
	for (struct flight *f = r->spare_flights; f; f = f->next)
		arena_free(f->a);
	r->flights = r->spare_flights = NULL;
}

/* The last thing that happens to an attempt. */
static void land(struct flight *f)
{
	flight_keep_logs(f);
	task_landed(f->run, f);
	flight_clean(f);
	flight_drop(f);
	run_advance(f->run);
}

static void fail_with(struct flight *f, struct ending e)
{
	f->ending = e;
	land(f);
}

static struct ending ending_of_site(const struct site *s)
{
	return (struct ending){ .outcome = s->outcome, .detail = s->error, .hint = s->hint, .passing = s->passing };
}

/* ---- ending it early ---------------------------------------------------------------------------------------------- */

static void time_to_kill(void *user)
{
	struct flight *f = user;

	if (f->pid)
		(void)kill(-f->pid, SIGKILL);
}

static void terminate(struct flight *f)
{
	if (!f->pid)
		return;
	(void)kill(-f->pid, SIGTERM);
	loop_timer_free(f->timer);
	f->timer = loop_timer_new(f->run->loop, time_to_kill, f);
	loop_timer_set(f->timer, f->run->kill_after_ms, 0);
}

static void timed_out(void *user)
{
	struct flight *f = user;

	/* Where we were stopped (ctrl-Z) and go on, timers come before news: what ended in time meanwhile is to be seen first. */
	if (!f->overdue) {
		f->overdue = true;
		loop_timer_set(f->timer, SECOND_LOOK_MS, 0);
		return;
	}
	if (f->group)
		return; /* it has ended by itself */
	f->timed_out = true;
	if (f->job)
		workers_kill(f->run, f->job); /* f may be gone now */
	else
		terminate(f);
}

void flight_interrupt(struct flight *f)
{
	f->interrupted = true;
	terminate(f);
}

void flight_kill(struct flight *f)
{
	f->interrupted = true;
	time_to_kill(f);
}

static void watch_time(struct flight *f)
{
	if (f->site.step->timeout_s <= 0)
		return;
	f->timer = loop_timer_new(f->run->loop, timed_out, f);
	loop_timer_set(f->timer, (uint64_t)(f->site.step->timeout_s * 1000 + 0.5), 0);
}

/* ---- starting ----------------------------------------------------------------------------------------------------- */

static bool folder_make(struct flight *f)
{
	struct run *r = f->run;

	f->site.dir = arena_printf(f->a, STR_FMT "/%lld-%llu", STR_ARG(r->attempts), (long long)r->info.id,
	                           (unsigned long long)++r->serial);
	/* making and removing folders is most of what a trivial task costs, so clean ones are used again; the name is new, for
	 * what outlived the last attempt must not find this one */
	if (r->spare_dir_count) {
		const struct spare_dir *spare = &r->spare_dirs[--r->spare_dir_count];

		f->out_fd = spare->out_fd;
		f->err_fd = spare->err_fd;
		f->site.has_out = true;
		return rename(spare->path.p, f->site.dir.p) == 0 ||
		       site_fail(&f->site, OUTCOME_STORE, NULL, STR_FMT ": cannot be renamed: %s", STR_ARG(spare->path), strerror(errno));
	}
	int err = mkdir(f->site.dir.p, 0777) == 0 ? 0 : -errno;

	if (err == -ENOENT)
		err = fs_mkdirs(f->site.dir.p);
	return err == 0 || site_fail(&f->site, OUTCOME_STORE, NULL, STR_FMT ": cannot be made: %s", STR_ARG(f->site.dir), strerror(-err));
}

static bool logs_open(struct flight *f)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC;

	if (f->out_fd < 0)
		f->out_fd = open(arena_printf(f->a, STR_FMT "/stdout", STR_ARG(f->site.dir)).p, flags, 0644);
	if (f->err_fd < 0)
		f->err_fd = open(arena_printf(f->a, STR_FMT "/stderr", STR_ARG(f->site.dir)).p, flags, 0644);
	return (f->out_fd >= 0 && f->err_fd >= 0) ||
	       site_fail(&f->site, OUTCOME_STORE, NULL, STR_FMT ": its logs cannot be made: %s", STR_ARG(f->site.dir), strerror(errno));
}

/* The system had no room: what is under way leaves some when it ends. */
static void postpone(struct flight *f, int err)
{
	struct run *r = f->run;

	if ((err != EAGAIN && err != ENOMEM) || r->counts->running < 2)
		return;
	if (r->places >= r->counts->running)
		event_warn(r, arena_printf(f->a, "no more than %zu task%s can run at a time: %s", r->counts->running - 1,
		                           r->counts->running == 2 ? "" : "s", strerror(err)));
	r->places = r->counts->running - 1;
	f->postponed = true;
}

static bool start_command(struct flight *f)
{
	struct run *r = f->run;

	if (!command_make(&f->site, r->env, &f->command))
		return false;
	if (f->site.step->isolate && !command_isolate(&f->site, &f->command))
		return false;
	int err = spawn_start(&(struct spawn){ .argv = f->command.argv, .envp = f->command.envp, .cwd = r->g->root.p,
	                                       .in = r->null_fd, .out = f->out_fd, .err = f->err_fd }, &f->pid);

	if (err == 0) {
		r->children++;
		return true;
	}
	f->pid = 0;
	postpone(f, err);
	struct ending e = ending_of_spawn(err, f->command.argv[0], f->a);

	f->site.passing = e.passing;
	return site_fail(&f->site, e.outcome, e.hint.n ? e.hint.p : NULL, STR_FMT, STR_ARG(e.detail));
}

static bool start_worker(struct flight *f)
{
	struct value frame;
	struct str log = arena_printf(f->a, STR_FMT "/stderr", STR_ARG(f->site.dir));

	if (!worker_frame(&f->site, &f->key, log, &frame))
		return false;
	f->job = workers_give(f->run, (uint32_t)(f->site.step - f->run->g->steps), &frame, flight_answered, f);
	return true;
}

static bool flight_prepare(struct flight *f)
{
	struct run *r = f->run;
	struct arena *a = f->a;
	struct diags aside = diags_aside(r->d, a);

	f->site = (struct site){ .a = a, .p = r->p, .s = r->s, .task = f->task, .step = graph_step_of(r->g, f->task), .spec = &f->spec };
	if (!plan_spec(r->p, f->task, a, &f->spec, &aside)) {
		struct ending e = ending_of_diags(&aside, OUTCOME_HOOK, a);

		return site_fail(&f->site, e.outcome, NULL, STR_FMT, STR_ARG(e.detail));
	}
	files_see(r, &f->spec);
	return folder_make(f) && site_fill(&f->site) && logs_open(f);
}

void flight_start(struct run *r, uint32_t task, int number)
{
	struct flight *f = flight_take(r);

	f->task = task;
	f->number = number;
	f->key = *plan_key(r->p, task);
	f->name = run_task_name(r, task, f->a);
	f->started_ns = r->o->clock->wall_ns(r->o->clock);
	f->started_mono = run_now(r);
	r->counts->running++;
	event_task(r, EVENT_TASK_START, task, (struct event){ .attempt = number });
	bool started = flight_prepare(f);

	if (started)
		started = f->site.step->kind->exec == EXEC_COMMAND ? start_command(f) : start_worker(f);
	if (started)
		watch_time(f);
	else
		fail_with(f, ending_of_site(&f->site));
}

/* ---- what came of it ---------------------------------------------------------------------------------------------- */

/* We ended it ourselves: that says more than the signal. */
static bool ended_by_us(struct flight *f)
{
	if (f->timed_out)
		f->ending = ending_timeout(f->site.step->timeout_s, f->a);
	else if (f->interrupted)
		f->ending = (struct ending){ .outcome = OUTCOME_INTERRUPTED, .detail = STR("interrupted") };
	return f->timed_out || f->interrupted;
}

static void check_files(struct flight *f)
{
	const struct placed *spoiled = site_spoiled(&f->site);
	struct str changed;

	if (spoiled) {
		f->ending = (struct ending){ .outcome = OUTCOME_INPUT,
			.detail = arena_printf(f->a, "input '" STR_FMT "/" STR_FMT "' was written to; others read the same file, so it is removed "
			                       "and made again", STR_ARG(spoiled->from->name), STR_ARG(spoiled->artifact->file)),
			.hint = STR("work on a copy, or write to ${out.…}; `isolate: true` makes inputs read-only; then run again") };
		return;
	}
	if (f->ending.outcome != OUTCOME_DONE || files_same(f->run, &f->spec, f->a, &changed))
		return;
	f->ending = (struct ending){ .outcome = OUTCOME_INPUT,
		.detail = arena_printf(f->a, "input '" STR_FMT "' was changed while it was read; the result is not kept", STR_ARG(changed)),
		.hint = STR("run again: the new contents make a new key") };
}

static void ask_metrics(struct flight *f, struct pair *metrics, size_t n)
{
	struct value names = value_list(f->a, n);

	for (size_t i = 0; i < n; i++)
		names.list.items[i] = value_str(metrics[i].key);
	struct value frame = hook_frame(&f->site, &f->key, f->out_path, f->err_path, names);

	f->job = workers_give(f->run, (uint32_t)(f->site.step - f->run->g->steps), &frame, flight_answered, f);
}

/* Has the last process of the command gone? Those of its group were killed before it was reaped; those that left the
 * group are killed now. */
static bool all_gone(struct flight *f)
{
	siginfo_t info;
	bool group = waitid(P_PGID, (id_t)f->group, &info, WEXITED | WNOHANG | WNOWAIT) == 0;

	return !strays_kill(f->run, f->site.dir) && !group;
}

static void command_ended(struct flight *f)
{
	size_t n;

	f->group = 0;
	loop_timer_free(f->patience);
	f->patience = NULL;
	f->ending = ending_of_status(f->wait_status, f->command.shell, f->a);
	/* a command that was told to end may say that all is well: what it wrote is not whole */
	if (!ended_by_us(f) && f->ending.signal == SIGKILL && oom_kills() > f->run->oom_kills)
		ending_note_memory(&f->ending, f->a);
	if (f->ending.outcome == OUTCOME_EXIT || f->ending.outcome == OUTCOME_SIGNAL)
		flight_note_full_disk(f);
	check_files(f);
	if (f->ending.outcome == OUTCOME_DONE && flight_collect(f)) {
		struct pair *metrics = spec_pairs(&f->spec, "metrics", f->a, &n);

		if (n)
			flight_keep_logs(f);
		if (n && f->ending.outcome == OUTCOME_DONE) {
			ask_metrics(f, metrics, n);
			return;
		}
	}
	land(f);
}

/* A process that is just becoming another program cannot be judged, and nothing tells when it can. */
static void look_again(void *user)
{
	struct flight *f = user;

	if (all_gone(f)) {
		command_ended(f);
		return;
	}
	if (++f->looks * LOOK_MS < f->run->kill_after_ms)
		return;
	event_warn(f->run, arena_printf(f->a, STR_FMT ": processes that it started cannot be ended", STR_ARG(f->name)));
	command_ended(f);
}

void flight_exited(struct flight *f, int wait_status, const struct rusage *usage)
{
	f->group = f->pid;
	f->pid = 0;
	f->run->children--;
	f->wait_status = wait_status;
	f->usage = *usage;
}

void flights_settle(struct run *r)
{
	for (struct flight *next, *f = r->flights; f; f = next) {
		next = f->next;
		if (!f->group)
			continue;
		if (all_gone(f)) {
			command_ended(f);
			next = r->flights; /* the list is another now */
		} else if (!f->patience) {
			f->patience = loop_timer_new(r->loop, look_again, f);
			loop_timer_set(f->patience, LOOK_MS, LOOK_MS);
		}
	}
}

void flight_answered(void *user, const struct value *answer, int wait_status)
{
	struct flight *f = user;
	bool command = f->site.step->kind->exec == EXEC_COMMAND;

	f->job = NULL;
	f->ending = answer ? ending_of_answer(answer, f->a) : ending_of_death(wait_status, f->a);
	if (!answer && !ended_by_us(f))
		postpone(f, wait_status >> 16);
	const struct value *warnings = value_get(answer, "warnings");

	for (size_t i = 0; warnings && warnings->type == V_LIST && i < warnings->list.n; i++)
		event_warn(f->run, arena_printf(f->a, STR_FMT ": " STR_FMT, STR_ARG(f->name), STR_ARG(warnings->list.items[i].s)));
	const struct value *metrics = value_get(answer, "metrics");

	if (metrics && f->ending.outcome == OUTCOME_DONE)
		f->metrics = value_copy(f->a, metrics);
	if (f->ending.outcome == OUTCOME_REFUSED || f->ending.outcome == OUTCOME_CRASHED)
		flight_note_full_disk(f);
	if (!command && answer)
		usage_of_answer(answer, &f->usage);
	if (!command) {
		check_files(f);
		if (f->ending.outcome == OUTCOME_DONE)
			(void)flight_collect(f);
	}
	land(f);
}
