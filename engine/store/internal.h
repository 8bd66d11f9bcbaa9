/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Private to engine/store: the open store and what its parts say to each other. SQLite is behind db.h.
 *
 * Threads: everything belongs to the opening thread, but what `store_commit` touches: `commit_db` is its own; `pending`
 * and `index` are shared and stand behind `mutex`; each of the two threads has an error text of its own.
 */
#ifndef RUNG_STORE_INTERNAL_H
#define RUNG_STORE_INTERNAL_H

#include <dirent.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>

#include "engine/base/fs.h"
#include "engine/base/map.h"
#include "engine/base/vec.h"
#include "engine/store/store.h"

#define LEDGER_NAME "ledger.db"
#define LOCK_NAME "lock"
#define OBJECT_NAME_SIZE (DIGEST_HEX + 2) /* "ab/cdef…" and the NUL */
#define READ_PIECE ((size_t)128 << 10)
#define CLOCK_GRANULARITY_NS INT64_C(2000000000) /* the coarsest clock of a file system in use: FAT's */
#define MEMO_MAX ((size_t)1 << 30)
#define SMALL_OBJECT ((size_t)256 << 20) /* ceiling for listings and key lists that are read whole */

/* Objects put since the last commit. */
struct pending {
	struct arena *arena; /* NULL while empty */
	VEC(struct digest) list;
};

/* How the last writer left the store, as its lock file tells. */
enum last_writer { LEFT_CLEAN, LEFT_KILLED, LEFT_BY_CRASH_OF_HOST };

struct db;
struct index;
struct presence;
struct stat_cache;

struct store {
	struct arena *arena;
	const char *root; /* absolute */
	const char *command; /* of a writer, for the lock file */
	enum store_mode mode;
	const struct clock *clock;
	int root_fd, objects_fd, tmp_fd, lock_fd; /* -1 = not open */
	dev_t device; /* of tmp/: what lies there can be moved in */
	bool opened; /* all of store_open went well */
	bool holds_lock;
	bool lock_durable; /* the lock file's text is on the disk: a crash of the host will be noticed */
	bool created;      /* by this opening */
	enum last_writer last_writer;
	struct store_owner owner; /* who holds it, after STORE_HELD */
	bool held_by_other;
	char journal[64];
	uint64_t tmp_number;

	struct hasher *hasher; /* of the opening thread */
	unsigned char *piece;  /* READ_PIECE bytes, NULL before the first use */

	struct db *db;        /* of the opening thread */
	struct db *commit_db; /* of the committing thread; NULL before the first commit */
	bool ledger_in_memory; /* db is a copy, with no path to it: see db_reader.c */
	bool ledger_immutable; /* db is open with immutable=1 */
	_Atomic bool knows_task_keys; /* store_task_keys has run: see there */

	pthread_mutex_t flushing; /* held by pending_flush: nobody names an object that another thread is still syncing */
	pthread_mutex_t mutex; /* guards the next three */
	struct pending pending;
	bool sync_failed; /* a sync went wrong: pending objects are written anew before the next one */
	struct index *index; /* NULL before store_results_preload */

	struct presence *presence; /* NULL before store_results_preload */
	struct stat_cache *stat_cache; /* NULL before the first store_file_digest */

	pthread_t thread; /* that opened it */
	char errors[2][1024]; /* of the opening thread, of the committing one */
	_Atomic int last_error;
};

/* ---- errors (store.c) --------------------------------------------------------------------------------------------- */

/* Records the facts and returns the status. */
enum store_status store_fail(struct store *s, enum store_status status, const char *fmt, ...) PRINTF(3, 4);
/* `err` is an errno, positive or negative; the text becomes "path: cause". */
enum store_status store_fail_errno(struct store *s, const char *path, int err);
/* The same of something inside the store's own folder, where being refused means that it cannot be written. */
enum store_status store_fail_inside(struct store *s, const char *relative, int err);
bool errno_is_full(int err);

/* ---- memo.c ------------------------------------------------------------------------------------------------------- */

/* Replaces a file of the store's own that is only a memory of what can be found again: aside, renamed, not synced. */
void memo_save(struct store *s, const char *name, struct str text);
/* Appends the SHA-256 of all before it; a memo is read without a sync behind it, so it must tell when it is torn. */
void memo_seal(struct sb *text);
/* Reads it; empty when it is not there or torn. Without the seal. */
struct str memo_load(struct store *s, const char *name, struct arena *a);

/* ---- lock.c ------------------------------------------------------------------------------------------------------- */

enum store_status lock_take(struct store *s);
/* Writes who holds it, anew once a crash of the host is mended. */
enum store_status lock_say(struct store *s);
void lock_release(struct store *s, bool clean);
/* Makes the lock file durable before the first object, so that a crash of the host cannot look like a clean end. */
enum store_status lock_make_durable(struct store *s);

/* ---- volume.c ----------------------------------------------------------------------------------------------------- */

/* Is the file system known to be local? name: "ext4", "nfs", or its number in hex. */
bool volume_is_local(int fd, char name[32]);

/* ---- objects.c ---------------------------------------------------------------------------------------------------- */

void object_name(const struct digest *d, char out[OBJECT_NAME_SIZE]);
bool object_parse(const char *folder, const char *file, struct digest *out); /* "ab", "cdef…" */
enum store_status put_file(struct store *s, const char *path, enum take take, struct artifact *a);
/* rename that never replaces: -EEXIST. 0 or a negative errno. */
int rename_new(int from_fd, const char *from, int to_fd, const char *to);
enum store_status object_fail(struct store *s, const struct digest *d, int err);
/* Hashes what can be read from fd; 0 or a negative errno. With `out` >= 0 the bytes are written there too. */
int hash_fd(struct store *s, int fd, int out, struct digest *d, uint64_t *size);
/* The same of a file that must not change meanwhile; -EBUSY when it does. */
int hash_stable(struct store *s, int fd, const struct stat *before, struct digest *d);

/* Of a lower-case hex digit; -1 for anything else. */
static inline int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* ---- durable.c ---------------------------------------------------------------------------------------------------- */

void pending_add(struct store *s, const struct digest *d);
/* Makes all pending objects durable. On failure they stay pending. Runs on the thread that calls. */
enum store_status pending_flush(struct store *s);
void pending_drop(struct store *s);

/* ---- presence.c --------------------------------------------------------------------------------------------------- */

/* Which objects exist, as far as is known; what it does not know is looked up. Reads only folders that have changed. */
struct presence *presence_scan(struct store *s);
bool presence_has(const struct presence *p, const struct digest *d);
void presence_add(struct presence *p, const struct digest *d);
void presence_close(struct store *s); /* saves what can be believed next time, and frees */

/* ---- seal.c ------------------------------------------------------------------------------------------------------- */

int object_seal(int fd); /* 0 or a negative errno */
/* 0; -ENODATA: it is missing; -EBADMSG: it was written to after it was put. A writer removes it then, which is as good as
 * missing: its task runs again. */
int object_sound(struct store *s, const struct digest *d);
void tree_forget(struct store *s, const struct digest *listing);

/* ---- objects_walk.c ----------------------------------------------------------------------------------------------- */

/* Calls `see` for every file below objects/, in byte order; d is NULL for a file that is no object. A negative return
 * stops. Returns that, or a negative errno, or 0. */
typedef int (*object_see)(void *user, const char *relative, const struct digest *d, const struct stat *st);
int objects_walk(struct store *s, object_see see, void *user);
void close_dir(DIR **dir); /* for CLEANUP */

/* ---- tree.c, tree_list.c ------------------------------------------------------------------------------------------ */

enum entry_mode { ENTRY_FILE = 'f', ENTRY_EXECUTABLE = 'x', ENTRY_LINK = 'l', ENTRY_FOLDER = 'd' };

struct tree_entry {
	struct str path;   /* relative */
	enum entry_mode mode;
	uint64_t size;
	struct digest digest;
	struct str target; /* of a link */
};
struct tree {
	struct arena *arena;
	VEC(struct tree_entry) entries;
	uint64_t size; /* the sum of the files */
};

/* Sorts, keeps of the folders only the empty ones, and writes the canonical text. */
void tree_text(struct tree *t, struct sb *out);
bool tree_parse(struct str text, struct tree *out); /* false: not canonical */
/* May a tree hold a link of this target at this path: does it stay inside? */
bool tree_link_inside(struct str path, struct str target);
enum store_status put_tree(struct store *s, const char *path, enum take take, struct artifact *a);
enum store_status tree_read(struct store *s, const struct digest *d, struct arena *a, struct tree *out);

/* ---- statcache.c -------------------------------------------------------------------------------------------------- */

bool stat_cache_find(struct store *s, const struct stat *st, struct digest *out);
/* hashed_ns: the wall clock before the hashing began. */
void stat_cache_add(struct store *s, const struct stat *st, int64_t hashed_ns, const struct digest *d);
void stat_cache_close(struct store *s); /* saves and frees */

/* ---- codec.c ------------------------------------------------------------------------------------------------------ */

void artifacts_encode(const struct artifact *list, size_t n, struct sb *out);
/* Strings point into `bytes`. false: damaged. */
bool artifacts_decode(struct str bytes, struct arena *a, struct artifact **list, size_t *n);
const char *artifact_kind_name(enum artifact_kind kind);
bool outcome_parse(struct str name, enum outcome *out);

/* ---- index.c ------------------------------------------------------------------------------------------------------ */

/* A result as the ledger's row has it. */
struct result_row {
	struct digest key, content;
	struct str task, step, outcome, metrics, artifacts; /* the last two encoded */
	int64_t attempt, duration_ms;
	bool attempt_lost; /* there never was one of that id; told by refs_walk alone */
};
/* Into the arena; false: the row is damaged, or its metrics and artifacts are not those that its content digest is over. */
bool result_of_row(const struct result_row *row, struct arena *a, struct result *out);
struct index *index_new(size_t expected);
void index_free(struct index *x);
void index_add(struct index *x, const struct result_row *row); /* replaces */
bool index_find(const struct index *x, const struct digest *key, struct result_row *out); /* views into the index */
size_t index_count(const struct index *x);
int64_t index_step_duration(struct index *x, struct str step);

/* ---- refs.c ------------------------------------------------------------------------------------------------------- */

enum ref_from { REF_RESULT, REF_ATTEMPT_OUT, REF_ATTEMPT_ERR, REF_RUN_STUDY, REF_RUN_KEYS, REF_CALL };

/* One mention of an object in the ledger. */
struct ref {
	enum ref_from from;
	int64_t row; /* id of the result, attempt, run or call */
	int64_t run; /* of an attempt, or the run itself; else 0 */
	struct digest object;
	struct str task;   /* empty for runs and calls */
	struct str output; /* "model", "model/weights/a.bin", "stdout", "study", … */
};

/* Who is told. Views are valid during the call. NULL = not interested. */
struct ref_see {
	void *user;
	void (*result)(void *user, const struct result_row *row, int64_t id); /* before its objects */
	void (*object)(void *user, const struct ref *r);
};
/* Results first, then attempts, runs and calls. The files of a tree come behind its listing, if that can be read. */
enum store_status refs_walk(struct store *s, const struct ref_see *see);

/* Digests, each with a number. */
struct digest_map {
	struct arena *arena;
	struct digest_slot *slots;
	size_t n, cap;
};
/* Adds; a number that is there stays. */
void digest_map_add(struct digest_map *m, const struct digest *d, uint32_t number);
bool digest_map_get(const struct digest_map *m, const struct digest *d, uint32_t *number); /* number may be NULL */

/* ---- gc.c --------------------------------------------------------------------------------------------------------- */

/* Removes every object that the ledger does not name. Only after a crash of the host: see docs/formats.md, "lock". */
enum store_status sweep_unnamed(struct store *s);
/* Removes what earlier writers left in tmp/. */
void tmp_clean(struct store *s);
/* After rows or objects went: what is in memory is read again where it was read before. */
enum store_status memory_refresh(struct store *s);

#endif
