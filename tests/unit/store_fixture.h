/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the tests of the store share: a folder of their own, a store in it, commits of made-up tasks.
 */
#ifndef RUNG_STORE_FIXTURE_H
#define RUNG_STORE_FIXTURE_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <setjmp.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/fs.h"
#include "engine/store/store.h"

struct fixture {
	char folder[64];  /* of the test */
	char root[96];    /* the store in it */
	struct arena *a;
	struct store *s;  /* open for writing, unless a test closed it */
};

#define assert_ok(f, call) \
	do { \
		enum store_status status_ = (call); \
		if (status_ != STORE_OK) \
			fail_msg("%s: status %d: %s", #call, (int)status_, (f)->s ? store_error((f)->s) : ""); \
	} while (0)

#define assert_text(got, expected) \
	do { \
		struct str got_ = (got); \
		const char *expected_ = (expected); \
		if (!str_is(got_, expected_)) \
			fail_msg("got \"%.*s\", expected \"%s\"", STR_ARG(got_), expected_); \
	} while (0)

#define assert_has(text, part) \
	do { \
		const char *text_ = (text); \
		if (!strstr(text_, (part))) \
			fail_msg("\"%s\" does not say \"%s\"", text_, (part)); \
	} while (0)

static inline void fixture_open(struct fixture *f)
{
	assert_ok(f, store_open(f->root, STORE_WRITE, "rung test", &system_clock, &f->s));
}

static inline void fixture_reopen(struct fixture *f)
{
	store_close(f->s);
	f->s = NULL;
	fixture_open(f);
}

static inline int fixture_folder(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	(void)snprintf(f->folder, sizeof(f->folder), "/tmp/rung-test-XXXXXX");
	if (!mkdtemp(f->folder))
		return -1;
	(void)snprintf(f->root, sizeof(f->root), "%s/.rung", f->folder);
	f->a = arena_new();
	*state = f;
	return 0;
}

static inline int fixture_make(void **state)
{
	if (fixture_folder(state) != 0)
		return -1;
	fixture_open(*state);
	return 0;
}

static inline int fixture_drop(void **state)
{
	struct fixture *f = *state;

	store_close(f->s);
	arena_free(f->a);
	int err = fs_remove_tree(f->folder);

	free(f);
	return err;
}

static inline const char *in_folder(struct fixture *f, const char *name)
{
	return arena_printf(f->a, "%s/%s", f->folder, name).p;
}

/* Writes a file below the test's folder, with its folders; returns its path. */
static inline const char *file_with(struct fixture *f, const char *name, const char *text)
{
	const char *path = in_folder(f, name);

	assert_int_equal(fs_mkdirs(arena_str(f->a, path_dir(str_z(path))).p), 0);
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fputs(text, file) < 0, 0);
	assert_int_equal(fclose(file), 0);
	return path;
}

static inline struct str content_of(struct fixture *f, const char *path)
{
	struct str text = { 0 };

	assert_int_equal(fs_read(f->a, path, 1 << 26, &text), 0);
	return text;
}

static inline struct digest put_text(struct fixture *f, const char *text)
{
	struct digest d = { 0 };

	assert_ok(f, store_put_bytes(f->s, str_z(text), &d));
	return d;
}

static inline struct run_info begin_run(struct fixture *f)
{
	struct run_info run = { .started_ns = system_clock.wall_ns(&system_clock), .study = STR("study.yaml"),
		                .command = STR("rung run"), .host = STR("here"), .pid = getpid(), .exit_code = -1 };

	assert_ok(f, store_run_begin(f->s, &run));
	return run;
}

static inline struct digest key_of(const char *task, int version)
{
	char text[256];

	(void)snprintf(text, sizeof(text), "%s#%d", task, version);
	return digest_of(str_z(text));
}

/* A task that is done, with one file of the given text. All memory is the fixture's. */
static inline struct commit done_commit(struct fixture *f, int64_t run, const char *task, int version, const char *text)
{
	struct commit c = { .has_result = true };
	struct str name = arena_z(f->a, task), step = str_from(name, 0, (size_t)(strcspn(task, "[")));
	struct artifact *a = arena_make(f->a, struct artifact);
	struct digest key = key_of(task, version);

	*a = (struct artifact){ .name = STR("out"), .file = STR("out.txt"), .digest = put_text(f, text), .size = strlen(text) };
	c.attempt = (struct attempt){ .run = run, .task = name, .step = step, .key = key, .number = 1,
		                      .started_ns = INT64_C(1700000000000000000), .ended_ns = INT64_C(1700000001500000000),
		                      .outcome = OUTCOME_DONE, .detail = STR(""), .host = STR("here") };
	c.result = (struct result){ .key = key, .task = name, .step = step, .artifacts = a, .artifact_count = 1,
		                    .outcome = OUTCOME_DONE, .duration_ms = 1500 };
	c.result.content = result_content(&c.result);
	c.parts = (struct key_parts){ .key = key, .task = name, .common = arena_printf(f->a, "common of %.*s", STR_ARG(step)),
		                      .own = arena_printf(f->a, "own of %s version %d", task, version) };
	return c;
}

static inline void commit_done(struct fixture *f, int64_t run, const char *task, int version, const char *text)
{
	struct commit c = done_commit(f, run, task, version, text);

	assert_ok(f, store_commit(f->s, &c, 1));
}

/* No fault in the store. */
static inline void assert_sound(struct fixture *f)
{
	struct verify_fault *faults;
	size_t n, checked;

	assert_ok(f, store_verify(f->s, false, f->a, &faults, &n, &checked));
	if (n)
		fail_msg("%zu faults, the first: %d %.*s of '%.*s' %.*s", n, (int)faults[0].what, STR_ARG(faults[0].path),
		         STR_ARG(faults[0].task), STR_ARG(faults[0].output));
}

/* Waits for the child; its exit code, or minus the signal that killed it. */
static inline int wait_for(pid_t child)
{
	int status;

	while (waitpid(child, &status, 0) < 0)
		assert_int_equal(errno, EINTR);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* ---- other processes ---------------------------------------------------------------------------------------------- */

/* A child that runs `work` and then waits to be told to end. SQLite must not cross a fork, so a test forks before it
 * opens anything itself. */
struct child {
	pid_t pid;
	int tell, hear; /* our ends */
};

static inline struct child start(struct fixture *f, int (*work)(struct fixture *f))
{
	int to[2], from[2];
	struct child c;

	assert_int_equal(pipe(to), 0);
	assert_int_equal(pipe(from), 0);
	c.pid = fork();
	assert_true(c.pid >= 0);
	if (c.pid == 0) {
		char byte = (char)work(f);

		(void)!write(from[1], &byte, 1);
		close(to[1]);
		(void)!read(to[0], &byte, 1); /* a byte, or the parent's end */
		store_close(f->s);
		_exit(0);
	}
	close(to[0]);
	close(from[1]);
	c.tell = to[1];
	c.hear = from[0];
	return c;
}

static inline int result_from(const struct child *c)
{
	char byte;

	assert_int_equal(read(c->hear, &byte, 1), 1);
	return byte;
}

static inline void finish(struct child *c)
{
	close(c->tell);
	close(c->hear);
	assert_int_equal(wait_for(c->pid), 0);
}

static inline void murder(struct child *c)
{
	assert_int_equal(kill(c->pid, SIGKILL), 0);
	assert_int_equal(wait_for(c->pid), -SIGKILL);
	close(c->tell);
	close(c->hear);
}

/* For `start`: what the child does; and for the test itself. */
static inline int open_for_writing(struct fixture *f)
{
	return (int)store_open(f->root, STORE_WRITE, "rung run study.yaml", &system_clock, &f->s);
}

static inline int commit_and_stay(struct fixture *f)
{
	struct run_info run = { .study = STR("s"), .command = STR("c"), .host = STR("h") };
	enum store_status status = (enum store_status)open_for_writing(f);

	if (status == STORE_OK)
		status = store_run_begin(f->s, &run);
	if (status == STORE_OK) {
		struct commit c = done_commit(f, run.id, "kept", 1, "kept text");

		status = store_commit(f->s, &c, 1);
	}
	return (int)status;
}

static inline enum store_status open_reader(struct fixture *f)
{
	return store_open(f->root, STORE_READ, "rung status", &system_clock, &f->s);
}

#endif
