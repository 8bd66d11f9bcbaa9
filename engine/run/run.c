/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A run, from its row in the ledger to its exit code.
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/fs.h"
#include "engine/run/internal.h"

#define TICK_MS 100
#define KILL_AFTER_MS 5000
#define FDS_OF_RUN 40.0 /* store, loop, logs of the run, and what is opened for a moment */
#define FDS_OF_TASK 4.0 /* two logs, a worker, and one to spare */
enum { EXIT_FINE = 0, EXIT_FAILED = 1, EXIT_WRONG = 2, EXIT_INTERRUPTED = 130 };

int64_t run_now(const struct run *r)
{
	return r->o->clock->monotonic_ns(r->o->clock);
}

double run_env_ms(const char *name, double fallback)
{
	const char *text = getenv(name);
	double ms;

	return text && str_real(str_z(text), &ms) && ms >= 0 && ms < 1e9 ? ms : fallback;
}

/* ---- what a store that failed means ------------------------------------------------------------------------------- */

void run_store_failed(struct run *r, enum store_status status, const char *doing, const char *why)
{
	r->stopping = true;
	if (r->store_failed)
		return;
	r->store_failed = true;
	(void)diag_error(r->d, (struct span){ 0 }, "store", "%s failed: %s", doing, why);
	if (status == STORE_FULL)
		diag_hint(r->d, "make room (`rung gc` lists what is not needed) and run again: finished work is kept");
	else if (status == STORE_READ_ONLY)
		diag_hint(r->d, "make '%s' writable and run again: finished work is kept", store_root(r->s));
	else
		diag_hint(r->d, "finished work is kept; `rung verify` checks the store, and a rerun continues");
}

/* ---- the loop's turns --------------------------------------------------------------------------------------------- */

static bool under_way(const struct run *r)
{
	if (r->flights || r->settling)
		return true;
	for (const struct retry *w = r->retries; w; w = w->next)
		if (w->waiting && !r->stopping)
			return true;
	return false;
}

void run_advance(struct run *r)
{
	uint32_t task;

	/* an attempt that ends at once calls back from within */
	if (r->scheduling)
		return;
	r->scheduling = true;
	for (;;) {
		while (!r->stopping && sched_free(r->sched, &task))
			task_settle(r, task);
		if (r->stopping || r->counts->running >= r->places || !sched_next(r->sched, &task))
			break;
		flight_start(r, task, r->tries[task] + 1);
	}
	r->scheduling = false;
	if (under_way(r))
		return;
	journal_flush(r);
	if (journal_idle(r) && publish_idle(r))
		loop_stop(r->loop);
}

static struct flight *flight_of(struct run *r, pid_t pid)
{
	for (struct flight *f = r->flights; f; f = f->next)
		if (f->pid == pid)
			return f;
	return NULL;
}

/* The group is ended before its leader is reaped: until then its number cannot be anyone else's. */
static void on_child(void *user, int signal)
{
	struct run *r = user;
	siginfo_t info;

	(void)signal;
	for (;;) {
		struct rusage usage;
		int status;

		info.si_pid = 0;
		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0)
			break;
		pid_t pid = info.si_pid;

		(void)kill(-pid, SIGKILL);
		if (wait4(pid, &status, 0, &usage) != pid)
			break;
		struct flight *f = flight_of(r, pid);

		if (f)
			flight_exited(f, status, &usage);
		else
			(void)workers_reaped(r, pid, status);
	}
	flights_settle(r);
	run_advance(r);
}

static void on_interrupt(void *user, int signal)
{
	struct run *r = user;

	(void)signal;
	r->stopping = true;
	r->interrupts++;
	if (r->interrupts == 1)
		event_send(r, &(struct event){ .kind = EVENT_DRAINING });
	for (struct flight *f = r->flights; f && r->interrupts > 1; f = f->next) {
		if (r->interrupts == 2)
			flight_interrupt(f);
		else
			flight_kill(f);
	}
	if (r->interrupts > 1)
		workers_abort(r);
	run_advance(r);
}

/* ---- beginning and end -------------------------------------------------------------------------------------------- */

static double machine_memory(void)
{
	return (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
}

static double machine_gpus(void)
{
	glob_t found;
	double n = glob("/dev/nvidia[0-9]*", 0, NULL, &found) == 0 ? (double)found.gl_pathc : 0;

	globfree(&found);
	return n;
}

static struct str study_text(const struct run *r)
{
	size_t n;
	const struct study_file *files = study_files(r->study, &n);

	return n ? files[0].text : STR("");
}

static bool ledger_begin(struct run *r)
{
	struct str keys = plan_keys(r->p, r->a);

	r->info = (struct run_info){ .started_ns = r->o->clock->wall_ns(r->o->clock), .study = r->g->study,
		.command = str_z(r->o->command), .host = r->host, .pid = getpid(), .exit_code = -1 };
	enum store_status status = store_put_bytes(r->s, study_text(r), &r->info.study_digest);

	if (status == STORE_OK)
		status = store_put_bytes(r->s, keys, &r->info.keys);
	r->info.has_keys = true;
	if (status == STORE_OK)
		status = store_run_begin(r->s, &r->info);
	if (status != STORE_OK)
		run_store_failed(r, status, "beginning the run", store_error(r->s));
	return status == STORE_OK;
}

static struct value counts_value(const struct run *r)
{
	const struct run_counts *c = r->counts;
	struct value v = value_map(r->a, 10);

	value_set(&v, STR("tasks"), value_int((int64_t)c->tasks));
	value_set(&v, STR("ran"), value_int((int64_t)c->ran));
	value_set(&v, STR("cached"), value_int((int64_t)c->cached));
	value_set(&v, STR("failed"), value_int((int64_t)c->failed));
	value_set(&v, STR("blocked"), value_int((int64_t)c->blocked));
	value_set(&v, STR("skipped"), value_int((int64_t)c->skipped));
	value_set(&v, STR("calls"), value_int((int64_t)c->calls));
	value_set(&v, STR("calls_cached"), value_int((int64_t)c->calls_cached));
	value_set(&v, STR("spent"), value_int(c->spent));
	value_set(&v, STR("seconds"), value_real(c->seconds));
	return v;
}

/* Which key each task had: `rung why` compares with it later. */
static enum store_status ledger_keys(struct run *r)
{
	struct str *names = arena_array(r->a, struct str, r->counts->tasks + 1);
	struct digest *keys = arena_array(r->a, struct digest, r->counts->tasks + 1);
	size_t n = 0;

	for (uint32_t t = 0; t < r->g->task_count; t++) {
		const struct digest *key = plan_wanted(r->p, t) && plan_done(r->p, t) ? plan_key(r->p, t) : NULL;

		if (!key)
			continue;
		names[n] = run_task_name(r, t, r->a);
		keys[n++] = *key;
	}
	return store_task_keys(r->s, names, keys, n);
}

static void ledger_end(struct run *r, int code)
{
	if (r->store_failed)
		return;
	enum store_status status = ledger_keys(r);

	if (status == STORE_OK)
		status = store_put_bytes(r->s, plan_keys(r->p, r->a), &r->info.keys);
	r->info.ended_ns = r->o->clock->wall_ns(r->o->clock);
	r->info.counts = counts_value(r);
	r->info.exit_code = code;
	if (status == STORE_OK)
		status = store_run_end(r->s, &r->info);
	if (status != STORE_OK)
		run_store_failed(r, status, "ending the run", store_error(r->s));
}

/* A start that the system refuses would fail a task that did nothing wrong: so many may be under way that it does not come
 * to that. The limit of open files is raised only as far as -j asks for. */
static void places_find(struct run *r)
{
	double each = 1, most;
	struct rlimit limit;

	for (size_t i = 0; i < r->g->step_count; i++)
		each = fmin(each, r->g->steps[i].cpus);
	most = fmin(ceil(r->pools.total[POOL_CPUS] / fmax(each, 0.001)), r->g->task_count + 1.0);
	r->places = (size_t)most;
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
		return;
	double wanted = FDS_OF_RUN + FDS_OF_TASK * most;

	if ((double)limit.rlim_cur < wanted && limit.rlim_cur < limit.rlim_max) {
		rlim_t was = limit.rlim_cur;

		limit.rlim_cur = (double)limit.rlim_max < wanted ? limit.rlim_max : (rlim_t)wanted;
		if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
			limit.rlim_cur = was;
	}
	double fit = floor(((double)limit.rlim_cur - FDS_OF_RUN) / FDS_OF_TASK);

	if (fit >= most)
		return;
	r->places = fit >= 1 ? (size_t)fit : 1;
	event_warn(r, arena_printf(r->a, "%zu task%s run%s at a time: no more than %llu files may be open (`ulimit -n`)", r->places,
	                           r->places == 1 ? "" : "s", r->places == 1 ? "s" : "", (unsigned long long)limit.rlim_cur));
}

/* `nohup` asks that the end of a terminal be no reason to stop. */
static bool watch_signals(struct run *r)
{
	struct sigaction hup;
	bool nohup = sigaction(SIGHUP, NULL, &hup) == 0 && hup.sa_handler == SIG_IGN;

	return loop_on_signal(r->loop, SIGCHLD, on_child, r) && loop_on_signal(r->loop, SIGINT, on_interrupt, r) &&
	       loop_on_signal(r->loop, SIGTERM, on_interrupt, r) && (nohup || loop_on_signal(r->loop, SIGHUP, on_interrupt, r));
}

static bool set_up(struct run *r)
{
	char host[256] = "";

	(void)gethostname(host, sizeof(host) - 1);
	r->host = arena_z(r->a, host);
	r->attempts = arena_printf(r->a, "%s/attempts", store_root(r->s));
	r->null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	r->env = spawn_environment(r->a, NULL, 0);
	r->files = (struct map){ .arena = r->a };
	r->kill_after_ms = (unsigned)run_env_ms("RUNG_KILL_AFTER", KILL_AFTER_MS);
	r->oom_kills = oom_kills();
	r->started_mono = run_now(r);
	r->loop = loop_new();
	if (!r->loop || r->null_fd < 0 || !watch_signals(r)) {
		(void)diag_error(r->d, (struct span){ 0 }, "system", "the event loop cannot be made: %s", strerror(errno));
		diag_hint(r->d, "`ulimit -n` raises the limit of open files, `ulimit -u` that of processes");
		return false;
	}
	/* a worker that dies while it is written to is a failed task */
	(void)signal(SIGPIPE, SIG_IGN);
	/* so that somebody who opens a file while we hold a lease on it (store_put, log_is_clean) does not end us */
	(void)signal(SIGIO, SIG_IGN);
	strays_adopt(r);
	const struct pool_sizes sizes = { .cpus = r->o->jobs > 0 ? r->o->jobs : (double)sysconf(_SC_NPROCESSORS_ONLN),
		.memory = r->o->memory > 0 ? (double)r->o->memory : machine_memory(),
		.gpus = r->o->gpus > 0 ? r->o->gpus : machine_gpus(), .pools = r->o->pools, .pool_count = r->o->pool_count };

	pools_init(&r->pools, r->g, &sizes, r->a);
	places_find(r);
	workers_hello(r->study, r->made_with, &r->hello);
	return true;
}

static int exit_code(const struct run *r)
{
	if (r->interrupts)
		return EXIT_INTERRUPTED;
	if (r->store_failed)
		return EXIT_WRONG;
	return r->counts->failed || r->counts->blocked || r->publish_failed ? EXIT_FAILED : EXIT_FINE;
}

static void work(struct run *r)
{
	journal_start(r);
	publish_start(r);
	tasks_prepare(r);
	event_send(r, &(struct event){ .kind = EVENT_STARTED });
	tasks_refuse(r);
	publish_hits(r);
	r->tick = loop_timer_new(r->loop, event_tick, r);
	loop_timer_set(r->tick, TICK_MS, TICK_MS);
	run_advance(r);
	while (!journal_idle(r) || !publish_idle(r) || under_way(r))
		loop_run(r->loop);
}

static void tear_down(struct run *r)
{
	if (r->loop)
		workers_stop(r);
	strays_release(r);
	spare_dirs_remove(r);
	loop_timer_free(r->tick);
	if (r->loop && r->journal.arenas[0]) {
		publish_free(r);
		retries_free(r);
		journal_free(r);
		flights_free(r);
	}
	loop_free(r->loop);
	close_fd(&r->null_fd);
	sb_release(&r->hello);
	arena_free(r->scratch);
	arena_free(r->a);
}

int run_execute(const struct run_options *o, struct study *study, const struct study_options *made_with, struct plan *p,
                struct store *s, struct diags *d, struct run_counts *counts)
{
	struct run r = { .o = o, .study = study, .made_with = made_with, .g = plan_graph(p), .p = p, .s = s, .d = d, .counts = counts,
		.a = arena_new(), .scratch = arena_new(), .null_fd = -1, .children_fd = -1 };
	int code = EXIT_WRONG;

	*counts = (struct run_counts){ .eta_s = -1 };
	if (set_up(&r)) {
		orphans_clear(&r);
		files_see_all(&r);
		if (ledger_begin(&r)) {
			work(&r);
			code = exit_code(&r);
			ledger_end(&r, code);
			code = exit_code(&r);
		}
		event_send(&r, &(struct event){ .kind = EVENT_FINISHED });
	}
	tear_down(&r);
	return code;
}
