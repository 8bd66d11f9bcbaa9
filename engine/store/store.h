/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The store: the folder `.rung/` beside a study. Content-addressed objects, the ledger, the writer's lock, the stat cache.
 *
 * Invariants: an object never changes (mode 0444, named by its SHA-256); objects are durable before the ledger names
 * them; one writer at a time, whose lock dies with its process; readers never wait for the writer. Every format is
 * written out to the byte in docs/formats.md.
 *
 * Layout: objects/ab/cdef…   ledger.db   lock   attempts/<id>/ (work in flight)   tmp/   stat, present (memos that can
 * always be found out again)   .gitignore
 *
 * Threads: all functions belong to the opening thread, but `store_commit`, which may run on one other thread at a time
 * (it has a database connection of its own).
 * Failure: functions return STORE_OK or an enum store_status; `store_error` then has the sentence's facts (path, errno
 * text or SQLite's message): it tells of the last call that failed, and a commit's text stays until the next commit
 * fails. Nothing prints. After STORE_HELD and other failures of store_open only store_error, store_owner, store_root and
 * store_close may be called. The clock lives as long as the store.
 */
#ifndef RUNG_STORE_H
#define RUNG_STORE_H

#include "engine/base/clock.h"
#include "engine/base/digest.h"
#include "engine/base/value.h"

enum store_status {
	STORE_OK,
	STORE_ABSENT,    /* opened for reading, but there is no store */
	STORE_HELD,      /* another run holds the lock: see store_owner */
	STORE_READ_ONLY, /* the folder cannot be written */
	STORE_FULL,      /* no space left (ENOSPC, EDQUOT, SQLITE_FULL) */
	STORE_CORRUPT,   /* the ledger or an object is damaged */
	STORE_TOO_NEW,   /* written by a later rung */
	STORE_IO,        /* anything else the system refused */
};

struct store_owner {
	int64_t pid;
	struct str host, command;
	int64_t since_ns; /* wall clock */
};

struct store;

enum store_mode { STORE_READ, STORE_WRITE }; /* STORE_WRITE creates the folder and takes the lock */

/* root: the `.rung` folder. On failure *out is NULL for STORE_ABSENT and out of memory only; otherwise it is set, knows
 * its error and owner, and must still be closed. */
enum store_status store_open(const char *root, enum store_mode mode, const char *command, const struct clock *clock,
                             struct store **out) MUST_USE;
void store_close(struct store *s); /* NULL is fine */
const char *store_error(const struct store *s);
const struct store_owner *store_owner(const struct store *s); /* who holds it, after STORE_HELD; NULL else */
/* Who holds the lock now, asked anew; for readers: a run without an end whose store nobody holds was killed. NULL when
 * nobody else does; pid 0 and empty texts while the owner is just writing its name. Overwritten by the next call. */
const struct store_owner *store_holder(struct store *s);
const char *store_root(const struct store *s);   /* absolute */
/* WAL is used only on file systems known to be local; else the rollback journal. What was found, for `doctor`. */
const char *store_journal(const struct store *s); /* "wal" or "delete (nfs)" */

/* ---- objects ------------------------------------------------------------------------------------------------------ */

enum artifact_kind { ARTIFACT_FILE, ARTIFACT_EXECUTABLE, ARTIFACT_TREE };

struct artifact {
	struct str name; /* of the output: "model" */
	struct str file; /* its file name, ending kept: "model.bin" */
	enum artifact_kind kind;
	struct digest digest; /* of the bytes; of the canonical listing for a tree */
	uint64_t size;        /* bytes; the sum of the files for a tree */
};

/* Takes a file or folder into the store. The source is moved where it lies on the same file system and `take` says so,
 * else copied; a file with a second name (hard link) and what a link leads to are always copied, as others may write to
 * them. TAKE_MOVE removes the source in any case. Links inside a tree are kept as links when they point inside it and
 * refused otherwise. Not yet durable: `store_commit` makes it so. kind, digest and size of *a are filled in; name and
 * file are the caller's. */
enum take { TAKE_COPY, TAKE_MOVE };
enum store_status store_put(struct store *s, const char *path, enum take take, struct artifact *a) MUST_USE;
enum store_status store_put_bytes(struct store *s, struct str bytes, struct digest *out) MUST_USE;
bool store_has(const struct store *s, const struct digest *d);
struct str store_object_path(const struct store *s, const struct digest *d, struct arena *a);
enum store_status store_read(struct store *s, const struct digest *d, size_t ceiling, struct arena *a, struct str *out) MUST_USE;
/* Puts the object at `to`, which must not exist; folders are made. STORE_CORRUPT for one that is missing or not sound. LINK shares the object's inode (read-only), falling
 * back to a copy, as it always does for executables; COPY gives a private, writable file (0644/0755), written aside,
 * synced and renamed. A tree is there whole or not at all. */
enum place { PLACE_LINK, PLACE_COPY };
enum store_status store_place(struct store *s, const struct artifact *a, const char *to, enum place how) MUST_USE;

/* Is it still what was put? Asked of what a task was given, when the task has ended: false where somebody wrote to it
 * through a link; the object is removed then (or has been: another task noticed), so that the task that made it runs
 * again. Costs one stat a file. */
bool store_sound(struct store *s, const struct artifact *a);

/* Digest of a file (or tree) outside the store through the stat cache: (device, inode, size, mtime, ctime) unchanged →
 * the digest known; a file changed within the clock's granularity of the hashing is hashed again. Links are followed; in
 * a folder, a link that leads out of it counts as what it leads to. STORE_IO also when the file changes while it is
 * read. */
enum store_status store_file_digest(struct store *s, const char *path, struct digest *out) MUST_USE;

/* ---- ledger: what is written -------------------------------------------------------------------------------------- */

/* How a task or an attempt ended. Stored by name, so the order may change. */
#define OUTCOMES(X) \
	X(DONE, "done") \
	X(SKIPPED, "skipped")             /* its `when` is false */ \
	X(EXIT, "exit")                   /* non-zero exit code in `detail` */ \
	X(SIGNAL, "signal") \
	X(TIMEOUT, "timeout") \
	X(MEMORY, "memory") \
	X(NOT_FOUND, "not-found")         /* the command does not exist or cannot be executed */ \
	X(MISSING_OUTPUT, "missing-output") \
	X(HOOK, "hook")                   /* a Lua hook failed or hit a cap */ \
	X(REFUSED, "refused")             /* a step kind failed with a message */ \
	X(CRASHED, "crashed")             /* the worker died */ \
	X(INPUT, "input")                 /* an input cannot be read or was changed while it was read */ \
	X(STORE, "store")                 /* the result could not be kept */ \
	X(INTERRUPTED, "interrupted")

enum outcome {
#define OUTCOME_ENUM(id, name) OUTCOME_##id,
	OUTCOMES(OUTCOME_ENUM)
#undef OUTCOME_ENUM
	OUTCOME_COUNT
};
const char *outcome_name(enum outcome o);

/* What a task made; the ledger remembers it under the task's key. */
struct result {
	struct digest key;
	struct str task, step;  /* "train[source=gpt,seed=42]", "train" */
	struct value metrics;   /* V_MAP of scalars, or V_NULL */
	struct artifact *artifacts;
	size_t artifact_count;
	struct digest content;  /* over artifacts (name, kind, digest) and metrics: what readers of the task depend on */
	enum outcome outcome;   /* OUTCOME_DONE or OUTCOME_SKIPPED */
	int64_t attempt;        /* row id of the attempt that made it */
	int64_t duration_ms;
};
struct digest result_content(const struct result *r);

struct attempt {
	int64_t run;
	struct str task, step;
	struct digest key;
	int number;             /* 1, 2, … within the run */
	int64_t started_ns, ended_ns; /* wall clock */
	enum outcome outcome;
	int exit_code, signal;
	struct str detail;      /* one line for people: cause, place */
	struct digest out, err; /* objects with stdout and stderr */
	bool has_out, has_err;
	double user_s, system_s;
	int64_t max_rss;        /* bytes */
	struct str host;
};

/* The labelled parts of a key, so that a later plan can say what changed. `common` is shared by all tasks of a step and
 * is stored once; both are canonical bytes of the planner's making. */
struct key_parts {
	struct digest key;
	struct str task;
	struct str common, own;
};

struct commit {
	struct attempt attempt;
	bool has_result;         /* the task is done: result and parts are set */
	struct result result;
	struct key_parts parts;
};

/* Makes every object put since the last call durable, then records all commits in one transaction. Fills in
 * attempt ids (commit.result.attempt). All or nothing: after a failure the store is as it was, and the same commits may
 * be tried again. n = 0 makes the objects durable. */
enum store_status store_commit(struct store *s, struct commit *commits, size_t n) MUST_USE;

struct run_info {
	int64_t id;
	int64_t started_ns, ended_ns; /* ended 0 = still running or killed */
	struct str study, command, host;
	int64_t pid;
	struct value counts;     /* V_MAP as the `finished` event, V_NULL before the end */
	int exit_code;           /* -1 before the end */
	struct digest study_digest; /* object: the study's text when it started */
	struct digest keys;      /* object: all keys of the plan, sorted, 32 bytes each; for gc */
	bool has_keys;
};
enum store_status store_run_begin(struct store *s, struct run_info *run) MUST_USE; /* sets run->id */
enum store_status store_run_end(struct store *s, const struct run_info *run) MUST_USE;
/* Remembers which key each task name had in the last run, where it changed (hits of another key included). A key that
 * never had a result is passed over, so the whole list of a plan may be given; the same list again costs one hashing. */
enum store_status store_task_keys(struct store *s, const struct str *tasks, const struct digest *keys, size_t n) MUST_USE;

/* ---- ledger: what is read ----------------------------------------------------------------------------------------- */

/* The result under the key; false when there is none. Objects of a result may still be missing: see store_has. */
bool store_result(struct store *s, const struct digest *key, struct arena *a, struct result *out);
/* Reads all results into memory, so that the following store_result calls cost no query and store_has no system call;
 * for big graphs. Commits of this store are added as they come; called again, it reads what others have written. */
enum store_status store_results_preload(struct store *s) MUST_USE;
size_t store_result_count(struct store *s);
/* The parts of the key that the task of this name had last; false when it never ran. */
bool store_last_parts(struct store *s, struct str task, struct arena *a, struct key_parts *out);
bool store_parts(struct store *s, const struct digest *key, struct arena *a, struct key_parts *out);
/* Median past duration of a step in ms (of the results that were known at the first question), and of one task (of its
 * last 5 attempts that were done); -1 when unknown. */
int64_t store_step_duration(struct store *s, struct str step);
int64_t store_task_duration(struct store *s, struct str task);
/* The last attempts of a task, newest first; at most `max`. */
size_t store_attempts(struct store *s, struct str task, size_t max, struct arena *a, struct attempt **out);
size_t store_runs(struct store *s, size_t max, struct arena *a, struct run_info **out); /* newest first */
/* Task names that start with the prefix and have attempts; for completion and `log` without an exact name. */
size_t store_task_names(struct store *s, struct str prefix, size_t max, struct arena *a, struct str **out);
/* Changes with every commit; same number → nothing was written in between. */
int64_t store_generation(struct store *s);

/* ---- care --------------------------------------------------------------------------------------------------------- */

struct gc_step {
	struct str step;
	size_t results;
	uint64_t bytes; /* of objects that nothing else needs */
	int64_t recompute_ms; /* the sum of their durations */
};
struct gc_report {
	size_t objects_kept, objects_removed, results_removed;
	uint64_t bytes_kept, bytes_removed;
	struct gc_step *steps; /* of what goes, largest first */
	size_t step_count;
};
/* Keeps results under `keep`, those of the last `keep_runs` runs, their objects, and objects of runs and attempts that
 * are referred to: every study's text; the logs of attempts of those runs and of attempts that made a kept result (other
 * attempts stay on record without their logs); every model call; objects put and not yet committed. What lies in
 * attempts/ and downloads/ goes when it is older than the last run. dry: removes nothing. STORE_CORRUPT when the keys of a run that is to be kept
 * cannot be read: then nothing is removed. */
enum store_status store_gc(struct store *s, const struct digest *keep, size_t n, size_t keep_runs, bool dry,
                           struct arena *a, struct gc_report *out) MUST_USE;

struct verify_fault {
	enum { FAULT_CORRUPT, FAULT_MISSING, FAULT_STRAY } what; /* stray: a file under objects/ that is no object */
	struct str path;     /* relative to the store; the ledger itself for a row that is not what was recorded */
	struct str task;     /* whose output it is; empty when nobody's */
	struct str output;
};
/* Hashes every object and checks every reference; a fault a mention, sorted by path. repair: corrupt objects are removed
 * and results that lost an object are taken out of the ledger, so that their tasks run again; strays are left alone. */
enum store_status store_verify(struct store *s, bool repair, struct arena *a, struct verify_fault **out, size_t *n,
                               size_t *checked) MUST_USE;

#endif
