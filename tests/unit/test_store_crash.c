/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Proves: a writer killed at any moment, on either journal, loses nothing that it was told is committed and leaves
 * nothing behind that verify would complain about; and that the next writer goes on from there.
 */
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>

#include "engine/base/rng.h"
#include "store_fixture.h"

enum { ROUNDS = 15, BATCH_MAX = 40 };

/* Shared with the child. */
struct progress {
	_Atomic int acknowledged; /* tasks whose commit returned */
};

/* Commits tasks from `first` on until it is killed; a byte to the pipe after every step it takes. */
static void work(struct fixture *f, int first, uint64_t seed, struct progress *p, int pipe_fd)
{
	struct rng rng;

	rng_seed(&rng, seed);
	if (store_open(f->root, STORE_WRITE, "crash test", &system_clock, &f->s) != STORE_OK)
		_exit(11);
	struct run_info run = { .study = STR("s"), .command = STR("c"), .host = STR("h") };

	if (store_run_begin(f->s, &run) != STORE_OK)
		_exit(12);
	for (int next = first;;) {
		int n = 1 + (int)rng_below(&rng, BATCH_MAX);
		struct commit *commits = arena_array(f->a, struct commit, (size_t)n);

		for (int i = 0; i < n; i++) {
			const char *task = arena_printf(f->a, "t[i=%d]", next + i).p;
			const char *path = file_with(f, arena_printf(f->a, ".rung/attempts/%d/out", next + i).p, task);
			struct artifact moved = { 0 };

			if (store_put(f->s, path, TAKE_MOVE, &moved) != STORE_OK)
				_exit(13);
			(void)!write(pipe_fd, "p", 1);
			commits[i] = done_commit(f, run.id, task, 1, task);
		}
		if (store_commit(f->s, commits, (size_t)n) != STORE_OK)
			_exit(14);
		next += n;
		atomic_store(&p->acknowledged, next);
		(void)!write(pipe_fd, "c", 1);
	}
}

static int run_and_kill(struct fixture *f, int first, struct rng *rng, struct progress *p)
{
	int ends[2];
	uint64_t seed = rng_next(rng), steps = rng_below(rng, 300);
	char byte;

	assert_int_equal(pipe(ends), 0);
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		close(ends[0]);
		work(f, first, seed, p, ends[1]);
		_exit(1);
	}
	close(ends[1]);
	/* the child goes on while the last byte travels: the moment of death is its own */
	for (uint64_t i = 0; i < steps; i++)
		if (read(ends[0], &byte, 1) != 1)
			break;
	assert_int_equal(kill(child, SIGKILL), 0);
	close(ends[0]);
	return wait_for(child);
}

static void check_all(struct fixture *f, int acknowledged)
{
	struct result r;
	struct str text;

	assert_sound(f);
	for (int i = 0; i < acknowledged; i++) {
		const char *task = arena_printf(f->a, "t[i=%d]", i).p;
		struct digest key = key_of(task, 1);

		if (!store_result(f->s, &key, f->a, &r))
			fail_msg("task %s was committed and is not there", task);
		assert_ok(f, store_read(f->s, &r.artifacts[0].digest, 100, f->a, &text));
		assert_text(text, task);
	}
}

static void survive(struct fixture *f, uint64_t seed)
{
	struct progress *p = mmap(NULL, sizeof(*p), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct rng rng;

	assert_true(p != MAP_FAILED);
	rng_seed(&rng, seed);
	for (int round = 0; round < ROUNDS; round++) {
		int got = run_and_kill(f, atomic_load(&p->acknowledged), &rng, p);

		if (got != -SIGKILL)
			fail_msg("round %d: the writer ended by itself with %d", round, got);
		/* even a round killed while it opened must leave something to open */
		fixture_open(f);
		check_all(f, atomic_load(&p->acknowledged));
		store_close(f->s);
		f->s = NULL;
	}
	assert_true(atomic_load(&p->acknowledged) > 0);
	assert_int_equal(munmap(p, sizeof(*p)), 0);
}

static void killed_with_the_log(void **state)
{
	survive(*state, 20240117);
}

static void killed_with_the_rollback_journal(void **state)
{
	assert_int_equal(setenv("RUNG_ASSUME_NETWORK_FS", "1", 1), 0);
	survive(*state, 7);
	assert_int_equal(unsetenv("RUNG_ASSUME_NETWORK_FS"), 0);
}

/* A reader may come right after the kill, before any writer. */
static void a_reader_comes_first(void **state)
{
	struct fixture *f = *state;
	struct progress *p = mmap(NULL, sizeof(*p), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct rng rng;

	assert_true(p != MAP_FAILED);
	rng_seed(&rng, 99);
	assert_int_equal(setenv("RUNG_ASSUME_NETWORK_FS", "1", 1), 0);
	for (int round = 0; round < ROUNDS; round++) {
		if (round == ROUNDS / 2)
			assert_int_equal(unsetenv("RUNG_ASSUME_NETWORK_FS"), 0);
		assert_int_equal(run_and_kill(f, atomic_load(&p->acknowledged), &rng, p), -SIGKILL);
		enum store_status status = store_open(f->root, STORE_READ, "", &system_clock, &f->s);

		if (status == STORE_ABSENT && atomic_load(&p->acknowledged) == 0)
			continue;
		assert_ok(f, status);
		check_all(f, atomic_load(&p->acknowledged));
		store_close(f->s);
		f->s = NULL;
	}
	assert_int_equal(munmap(p, sizeof(*p)), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(killed_with_the_log, fixture_folder, fixture_drop),
		cmocka_unit_test_setup_teardown(killed_with_the_rollback_journal, fixture_folder, fixture_drop),
		cmocka_unit_test_setup_teardown(a_reader_comes_first, fixture_folder, fixture_drop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
