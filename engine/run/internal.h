/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Private to engine/run: the run under way, and what its parts say to each other.
 *
 *   run.c       begin and end, signals; when there is nothing left to do
 *   tasks.c     a task's way: ready, started, retried, finished, blocked
 *   settle.c    its key: known, made by a worker, or the same as another's
 *   flight.c    one attempt: from its folder to its ending
 *   journal.c   results to the ledger, in groups, on a thread of the pool
 *   workers.c   worker processes and the jobs they are given
 *   publisher.c `save:` files, on a thread of the pool
 *   events.c    what the command line is told
 */
#ifndef RUNG_RUN_INTERNAL_H
#define RUNG_RUN_INTERNAL_H

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "engine/base/map.h"
#include "engine/base/vec.h"
#include "engine/run/command.h"
#include "engine/run/loop.h"
#include "engine/run/outcome.h"
#include "engine/run/protocol.h"
#include "engine/run/rows.h"
#include "engine/run/run.h"
#include "engine/run/scheduler.h"
#include "engine/run/spawn.h"

struct worker;
struct errand;
struct publisher;

#define SPARE_DIRS 64u

/* A folder that an attempt left clean: out/ and two empty logs, open. The next attempt renames it. */
struct spare_dir {
	struct str path;
	int out_fd, err_fd; /* -1 = that log is not there */
};

/* ---- one attempt -------------------------------------------------------------------------------------------------- */

struct flight {
	struct run *run;
	struct flight *next;    /* in run->flights or run->spare_flights */
	struct arena *a;
	uint32_t task;
	int number;             /* of the attempt, from 1 */
	struct spec spec;
	struct site site;
	struct digest key;
	struct str name;
	struct command command;
	int out_fd, err_fd;     /* stdout and stderr; -1 = closed */
	pid_t pid;              /* 0 = no command is running */
	pid_t group;            /* of a command that has ended while others of its processes have not; 0 = none */
	int wait_status;        /* of the command, while they are waited for */
	struct errand *job;        /* NULL = no worker is at it */
	int64_t started_ns, started_mono;
	struct loop_timer *timer; /* NULL = none; first the timeout, then the time until KILL */
	struct loop_timer *patience; /* NULL = none; with processes that do not die at once */
	unsigned looks;           /* at them */
	bool overdue;             /* the timeout has come, and what the loop had not yet seen is looked at first */
	bool timed_out, interrupted;
	bool postponed;           /* the system has no room for it while others are under way: it is tried again */
	struct rusage usage;
	struct ending ending;
	struct str out_path, err_path; /* of the logs, once they are objects */
	struct digest out, err;
	bool has_out, has_err, log_lost; /* lost: it could not be kept */
	struct artifact *artifacts;
	size_t artifact_count;
	struct value metrics;
};

void flight_start(struct run *r, uint32_t task, int number);
/* The command is reaped. Its attempt ends when the last of its processes is gone: until then they could write to what it
 * left. flights_settle looks whether that is so. */
void flight_exited(struct flight *f, int wait_status, const struct rusage *usage);
void flights_settle(struct run *r);
/* Ends a command: TERM, later KILL; a worker's job is ended by workers_abort. */
void flight_interrupt(struct flight *f);
void flight_kill(struct flight *f);
void flights_free(struct run *r);
/* The end of a worker's job for this attempt; answer NULL = the worker died with that wait status. */
void flight_answered(void *user, const struct value *answer, int wait_status);
bool flight_collect(struct flight *f); /* outputs into the store; false: f->ending says why */
void flight_note_full_disk(struct flight *f); /* it failed: because of that? */
void flight_keep_logs(struct flight *f);
void flight_clean(struct flight *f); /* removes the folder, or keeps it for the next attempt */
void spare_dirs_remove(struct run *r);
struct str flight_tail(const struct flight *f); /* last lines of stderr, else stdout */

/* ---- the run ------------------------------------------------------------------------------------------------------ */

enum fate { FATE_OPEN, FATE_DONE, FATE_FAILED, FATE_BLOCKED };

struct file_seen { /* an input inside the study's folder, as it was when the run first looked */
	struct str path;
	struct stat st;
	struct digest digest;
	bool known;
};

struct step_pace { /* for the estimate of the time that is left */
	double seconds; /* of the tasks that ended in this run */
	size_t ended, left;
	double past;    /* median of the past; < 0 = unknown */
};

struct journal {
	VEC(struct commit) lists[2];
	struct arena *arenas[2];
	unsigned filling;      /* the list that grows; the other one is being committed */
	bool busy;
	enum store_status status; /* of the last commit */
	struct loop_timer *timer;
};

struct retry {
	struct run *run;
	struct retry *next;
	uint32_t task;
	struct loop_timer *timer;
	bool waiting;
};

struct run {
	const struct run_options *o;
	struct study *study;
	const struct study_options *made_with;
	const struct graph *g;
	struct plan *p;
	struct store *s;
	struct diags *d;
	struct run_counts *counts;
	struct arena *a;        /* the run's */
	struct arena *scratch;  /* one event, one decision */
	struct loop *loop;
	struct run_info info;
	struct str attempts;    /* absolute folder */
	struct str host;        /* this machine's name */
	const char *const *env; /* of commands */
	int null_fd;
	int children_fd;        /* lists our children; -1 = the kernel does not */
	size_t children;        /* started and not yet reaped */
	uint64_t serial;        /* of attempt folders */
	struct spare_dir spare_dirs[SPARE_DIRS];
	unsigned spare_dir_count;
	int64_t started_mono;
	int64_t oom_kills;      /* at the start */

	size_t places;          /* tasks that may be under way at once, whatever they ask for */
	struct sched *sched;
	struct pools pools;
	unsigned char *live, *fate; /* per task */
	int *tries;             /* attempts so far, per task */
	uint32_t *same_slots;   /* key → first task with it (index + 1); tasks of the same key follow it */
	size_t same_cap, same_n;
	uint32_t *follower;     /* per task: the next follower of the same first task; UINT32_MAX = end */
	struct step_pace *pace; /* per step */
	struct map files;       /* path → struct file_seen */

	struct flight *flights, *spare_flights;
	struct retry *retries;
	size_t settling;        /* tasks whose spec a worker is making */
	struct journal journal;
	struct worker *workers;
	struct errand *jobs, *jobs_last; /* waiting for a worker */
	struct sb hello;        /* the first frame of every worker */
	struct publisher *publisher;
	struct loop_timer *tick;
	unsigned kill_after_ms;
	bool stopping;          /* nothing new is started: fail-fast, a signal, a store that failed */
	unsigned interrupts;    /* signals that came */
	bool store_failed, publish_failed;
	bool scheduling;        /* run_advance is at work further up the stack */
};

void run_advance(struct run *r); /* starts what can be started; stops the loop when nothing is left */
/* A diagnostic, once; then the run drains. */
void run_store_failed(struct run *r, enum store_status status, const char *doing, const char *why);
int64_t run_now(const struct run *r); /* monotonic */
double run_env_ms(const char *name, double fallback); /* a number from the environment, for tests */

/* ---- tasks.c, settle.c -------------------------------------------------------------------------------------------- */

#define NOBODY UINT32_MAX

void task_settle(struct run *r, uint32_t task);
void task_done(struct run *r, uint32_t task); /* its readers may go on */
void task_follow(struct run *r, uint32_t task, uint32_t first); /* takes the result of the same work */
void task_fail(struct run *r, uint32_t task, const struct ending *e, int attempt, struct str tail);
void task_landed(struct run *r, struct flight *f); /* an attempt ended */
void tasks_prepare(struct run *r); /* live tasks, their order and resources */
void tasks_refuse(struct run *r);  /* those that can never fit fail now */
void retries_free(struct run *r);
/* A diagnostics sink for one task that knows the sources of d; its texts as one line and a block. */
struct diags diags_aside(const struct diags *d, struct arena *a);
struct ending ending_of_diags(const struct diags *d, enum outcome outcome, struct arena *a);

/* ---- files.c: inputs that change while the run is under way ------------------------------------------------------- */

void files_see_all(struct run *r); /* those that the plan has read */
void files_see(struct run *r, const struct spec *s);
bool files_same(struct run *r, const struct spec *s, struct arena *a, struct str *changed);

/* ---- journal.c ---------------------------------------------------------------------------------------------------- */

void journal_start(struct run *r);
void journal_free(struct run *r);
struct arena *journal_arena(struct run *r); /* what the next commit is made of lives here */
void journal_add(struct run *r, const struct commit *c);
bool journal_idle(const struct run *r); /* all is committed, or can never be */
void journal_flush(struct run *r);      /* commit soon rather than wait for more */

/* ---- workers.c ---------------------------------------------------------------------------------------------------- */

typedef void (*job_done)(void *user, const struct value *answer, int wait_status);
struct errand *workers_give(struct run *r, uint32_t step, const struct value *frame, job_done done, void *user);
void workers_kill(struct run *r, struct errand *job); /* `done` is called when the worker is dead */
void workers_abort(struct run *r); /* ends every job */
bool workers_reaped(struct run *r, pid_t pid, int wait_status); /* false: no worker of ours */
void workers_stop(struct run *r);
void workers_hello(const struct study *study, const struct study_options *o, struct sb *out);
/* The frame of a task of EXEC_WORKER. false: the site says why. */
bool worker_frame(struct site *site, const struct digest *key, struct str log, struct value *out);
struct value hook_frame(const struct site *site, const struct digest *key, struct str out, struct str err, struct value names);
struct value coords_value(const struct graph *g, uint32_t task, struct arena *a);
/* How a worker's answer ends the attempt. A worker that could not be started has exit code 127 and the errno above it. */
#define NO_WORKER(err) ((err) << 16 | 127 << 8)
/* In place of its wait status, for one that we had to kill, and for a job that no worker can be given. */
enum illness { WORKER_BABBLES = -1, WORKER_SILENT = -2, JOB_TOO_BIG = -3 };
struct ending ending_of_answer(const struct value *answer, struct arena *a);
void usage_of_answer(const struct value *answer, struct rusage *out);
struct ending ending_of_death(int wait_status, struct arena *a);

/* ---- publisher.c -------------------------------------------------------------------------------------------------- */

void publish_start(struct run *r);
void publish_task(struct run *r, uint32_t task, const struct spec *spec); /* spec NULL = make it */
void publish_hits(struct run *r);
bool publish_idle(const struct run *r);
void publish_free(struct run *r);

/* ---- events.c ----------------------------------------------------------------------------------------------------- */

void event_send(struct run *r, struct event *e); /* fills in the counts */
void event_task(struct run *r, enum event_kind kind, uint32_t task, struct event e); /* fills in name and place */
void event_warn(struct run *r, struct str detail);
void event_tick(void *user);
/* Seconds that are left: what the steps' tasks took in this run, or take by experience, over the cpus that share them;
 * -1 = nobody knows. */
double pace_eta(const struct step_pace *pace, const struct step *steps, size_t n, double jobs);
struct str run_task_name(struct run *r, uint32_t task, struct arena *a);

/* ---- orphans.c ---------------------------------------------------------------------------------------------------- */

/* What a killed coordinator left: its children are ended, its folders removed. We hold the lock. */
void orphans_clear(struct run *r);
/* From now on, processes whose parent dies become our children. */
void strays_adopt(struct run *r);
void strays_release(struct run *r);
/* Kills those that left their process group and belong to the attempt in that folder; false: there are none (any more). */
bool strays_kill(struct run *r, struct str dir);

#endif
