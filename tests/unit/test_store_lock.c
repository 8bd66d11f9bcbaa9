/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Proves: one writer at a time, told who it is; the lock dies with its process; readers are never stopped by it; and the
 * lock file remembers a host that went down.
 */
#include <time.h>

#include "store_fixture.h"

static void one_writer_at_a_time(void **state)
{
	struct fixture *f = *state;
	struct child c = start(f, open_for_writing);
	struct store *reader;

	assert_int_equal(result_from(&c), STORE_OK);
	assert_int_equal(open_for_writing(f), STORE_HELD);
	const struct store_owner *owner = store_owner(f->s);

	assert_non_null(owner);
	assert_int_equal(owner->pid, c.pid);
	assert_text(owner->command, "rung run study.yaml");
	assert_true(owner->host.n > 0);
	assert_true(owner->since_ns > INT64_C(1600000000000000000));
	assert_has(store_error(f->s), "is held by process ");
	assert_has(store_error(f->s), "/.rung/lock");
	store_close(f->s);
	/* a reader is not stopped, and can ask */
	assert_int_equal(store_open(f->root, STORE_READ, "", &system_clock, &reader), STORE_OK);
	assert_null(store_owner(reader));
	owner = store_holder(reader);
	assert_non_null(owner);
	assert_int_equal(owner->pid, c.pid);
	finish(&c);
	assert_null(store_holder(reader));
	store_close(reader);
	assert_int_equal(open_for_writing(f), STORE_OK);
	assert_null(store_owner(f->s));
}

static void the_lock_dies_with_its_process(void **state)
{
	struct fixture *f = *state;
	struct child c = start(f, commit_and_stay);
	struct digest key = key_of("kept", 1);
	struct result r;

	assert_int_equal(result_from(&c), STORE_OK);
	murder(&c);
	assert_int_equal(open_for_writing(f), STORE_OK);
	assert_true(store_result(f->s, &key, f->a, &r));
	assert_sound(f);
}

/* Takes the lock and leaves a child that shares its open files for a while, as one that is about to exec does. */
static int take_and_leave_a_child(struct fixture *f)
{
	const struct timespec while_it_execs = { .tv_nsec = 300000000 };
	int status = open_for_writing(f);

	if (status == STORE_OK && fork() == 0) {
		(void)nanosleep(&while_it_execs, NULL);
		_exit(0);
	}
	return status;
}

static void a_lock_that_outlives_its_owner_is_waited_for(void **state)
{
	struct fixture *f = *state;
	struct child c = start(f, take_and_leave_a_child);

	assert_int_equal(result_from(&c), STORE_OK);
	murder(&c);
	assert_int_equal(open_for_writing(f), STORE_OK);
}

static void a_half_written_owner_is_tolerated(void **state)
{
	static const char *const texts[] = { "{\"pid\":12", "", "{\"held\":true,\"pid\":\"x\",\"host\":7}", "\377\377\377" };
	struct fixture *f = *state;
	struct child c = start(f, open_for_writing);

	assert_int_equal(result_from(&c), STORE_OK);
	for (size_t i = 0; i < countof(texts); i++) {
		const char *path = in_folder(f, ".rung/lock");
		FILE *file = fopen(path, "r+"); /* not "w": the inode is the lock's */

		assert_non_null(file);
		assert_int_equal(ftruncate(fileno(file), 0), 0);
		assert_true(fputs(texts[i], file) >= 0);
		assert_int_equal(fclose(file), 0);
		assert_int_equal(open_for_writing(f), STORE_HELD);
		assert_non_null(store_owner(f->s));
		assert_int_equal(store_owner(f->s)->pid, 0);
		assert_int_equal(store_owner(f->s)->host.n, 0);
		assert_has(store_error(f->s), "is held by another process");
		store_close(f->s);
	}
	f->s = NULL;
	finish(&c);
}

static void a_long_command_fits_into_the_lock(void **state)
{
	struct fixture *f = *state;
	char *command = arena_alloc(f->a, 5000);
	struct value v;
	struct str error, text;

	memset(command, '\x01', 4999); /* six bytes each in JSON */
	command[100] = ',';
	assert_int_equal(store_open(f->root, STORE_WRITE, command, &system_clock, &f->s), STORE_OK);
	text = content_of(f, in_folder(f, ".rung/lock"));
	assert_int_equal(text.n, 1024);
	assert_true(json_parse(f->a, str_trim(text), &v, &error));
	assert_int_equal(value_get(&v, "pid")->i, getpid());
	store_close(f->s);
	f->s = NULL;
	assert_text(str_trim(content_of(f, in_folder(f, ".rung/lock"))), "{\"held\":false}");
}

/* After a crash of the host, objects that the ledger does not name are not trusted. */
static void a_crash_of_the_host_is_noticed(void **state)
{
	struct fixture *f = *state;
	struct child c = start(f, commit_and_stay);
	char lock[1025] = "", *boot;
	FILE *file;

	assert_int_equal(result_from(&c), STORE_OK);
	murder(&c);
	file = fopen(in_folder(f, ".rung/lock"), "r+");
	assert_non_null(file);
	assert_int_equal(fread(lock, 1, 1024, file), 1024);
	boot = strstr(lock, "\"boot\":\"");
	assert_non_null(boot);
	boot[8] = boot[8] == 'f' ? '0' : 'f';
	rewind(file);
	assert_int_equal(fwrite(lock, 1, 1024, file), 1024);
	assert_int_equal(fclose(file), 0);
	struct digest torn = digest_of(STR("torn")), kept = digest_of(STR("kept text"));
	char hex[DIGEST_HEX + 1];

	digest_hex(&torn, hex);
	(void)file_with(f, arena_printf(f->a, ".rung/objects/%.2s/%s", hex, hex + 2).p, "t\n\n\n");
	assert_int_equal(open_for_writing(f), STORE_OK);
	assert_false(store_has(f->s, &torn));
	assert_true(store_has(f->s, &kept));
	assert_sound(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(one_writer_at_a_time, fixture_folder, fixture_drop),
		cmocka_unit_test_setup_teardown(the_lock_dies_with_its_process, fixture_folder, fixture_drop),
		cmocka_unit_test_setup_teardown(a_lock_that_outlives_its_owner_is_waited_for, fixture_folder, fixture_drop),
		cmocka_unit_test_setup_teardown(a_half_written_owner_is_tolerated, fixture_folder, fixture_drop),
		cmocka_unit_test_setup_teardown(a_long_command_fits_into_the_lock, fixture_folder, fixture_drop),
		cmocka_unit_test_setup_teardown(a_crash_of_the_host_is_noticed, fixture_folder, fixture_drop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
