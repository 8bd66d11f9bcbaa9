/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Running a plan: the coordinator. One thread, one loop (libuv). It spawns commands, hands jobs to workers, records
 * outcomes in grouped commits, publishes `save:` files. It runs no hooks and computes no statistics: workers do.
 *
 * Events are the only way out: progress, JSON and logs are made of them by the command line.
 */
#ifndef RUNG_RUN_H
#define RUNG_RUN_H

#include "dsl/dsl.h"
#include "engine/plan/plan.h"

enum event_kind {
	EVENT_STARTED,     /* the run: counts set */
	EVENT_TASK_START,  /* task, attempt number */
	EVENT_TASK_DONE,   /* task, seconds */
	EVENT_TASK_HIT,    /* a waiting task turned out known */
	EVENT_TASK_RETRY,  /* task, attempt that failed, detail, seconds until the next */
	EVENT_TASK_FAILED, /* task, outcome, detail, tail of its output */
	EVENT_TASK_BLOCKED,/* task, detail = which upstream failed */
	EVENT_TASK_SKIPPED,
	EVENT_PUBLISHED,   /* path */
	EVENT_WARNING,     /* detail */
	EVENT_DRAINING,    /* first ctrl-C */
	EVENT_TICK,        /* ten times a second while something runs: for the progress line */
	EVENT_FINISHED,
};

struct run_counts {
	size_t tasks, ran, cached, failed, blocked, skipped, running, waiting;
	size_t calls, calls_cached;
	int64_t spent;    /* picodollars */
	double seconds, eta_s; /* eta < 0 = not known */
};

struct event {
	enum event_kind kind;
	struct str task;
	int attempt;
	enum outcome outcome;
	struct str detail;   /* one line */
	struct str hint;     /* may be empty */
	struct str tail;     /* last lines of stderr, else stdout */
	struct span at;      /* the step */
	double seconds;
	struct str path;
	const struct run_counts *counts;
	const struct str *running; /* names of running tasks, oldest first (EVENT_TICK) */
	size_t running_count;
};
typedef void (*event_sink)(void *user, const struct event *e);

struct run_options {
	const char *self;        /* path of this binary, for workers (/proc/self/exe) */
	double jobs;             /* -j: cpus; default: number of processors */
	int64_t memory;          /* bytes; 0 = physical memory */
	double gpus;             /* 0 = none declared; default: count of /dev/nvidia[0-9]* */
	const struct pool *pools; /* --pool name=n over the study's */
	size_t pool_count;
	bool fail_fast;
	bool publish;            /* write save: files (default true) */
	const char *command;     /* for the ledger */
	const struct clock *clock;
	event_sink sink;
	void *user;
};

/* Runs until nothing more can be done. study: for workers' snapshots. Returns the exit code of design §8 (0, 1, 130, and 2
 * for a store that failed, after a diagnostic). counts is filled in any case. */
int run_execute(const struct run_options *o, struct study *study, const struct study_options *made_with, struct plan *p,
                struct store *s, struct diags *d, struct run_counts *counts);

/* Publishes save: files of done tasks that are missing or differ, without running anything; counts what it wrote.
 * list gets the absolute paths of all published files. */
bool run_publish_all(struct study *study, struct plan *p, struct store *s, struct diags *d, struct arena *a,
                     struct str **list, size_t *n, size_t *written);

/* `rung worker`: serves jobs from fd 0, answers on fd 1, until the pipe closes. kinds: what ships. */
int run_worker(const struct kind *const *kinds);

/* `rung exec TASK`: one task in the foreground with its folder kept; stdio is the terminal's for commands. Returns an exit
 * code; *folder is where everything lies. Records nothing. */
int run_exec(const struct run_options *o, struct study *study, const struct study_options *made_with, struct plan *p,
             struct store *s, uint32_t task, struct diags *d, struct arena *a, struct str *folder);

/* The rows of a step's done tasks (axes, then metrics or the rows of its table) as JSON Lines at path; for `show`, `query`.
 * tasks NULL = all of the step. */
bool run_rows(struct plan *p, struct store *s, uint32_t step, const uint32_t *tasks, size_t n, const char *path,
              struct diags *d);

#endif
