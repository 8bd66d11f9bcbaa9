/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Proves: who may open the store when, what a reader finds beside a writer, on a read-only folder, after a killed writer
 * and in ledgers of other versions, and that the lock dies with its process.
 */
#include <signal.h>
#include <sqlite3.h>
#include <sys/mount.h>

#include "engine/store/statements.h"
#include "store_fixture.h"

/* ---- other processes ---------------------------------------------------------------------------------------------- */

/* A child that runs `work` and then waits to be told to end. SQLite must not cross a fork, so a test forks before it
 * opens anything itself. */
struct child {
	pid_t pid;
	int tell, hear; /* our ends */
};

static struct child start(struct fixture *f, int (*work)(struct fixture *f))
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

static int result_from(const struct child *c)
{
	char byte;

	assert_int_equal(read(c->hear, &byte, 1), 1);
	return byte;
}

static void finish(struct child *c)
{
	close(c->tell);
	close(c->hear);
	assert_int_equal(wait_for(c->pid), 0);
}

static int open_for_writing(struct fixture *f)
{
	return (int)store_open(f->root, STORE_WRITE, "rung run study.yaml", &system_clock, &f->s);
}

static int commit_and_stay(struct fixture *f)
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

/* ---- the lock ----------------------------------------------------------------------------------------------------- */

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
	assert_int_equal(kill(c.pid, SIGKILL), 0);
	assert_int_equal(wait_for(c.pid), -SIGKILL);
	close(c.tell);
	close(c.hear);
	assert_int_equal(open_for_writing(f), STORE_OK);
	assert_true(store_result(f->s, &key, f->a, &r));
	assert_sound(f);
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
	assert_int_equal(kill(c.pid, SIGKILL), 0);
	(void)wait_for(c.pid);
	close(c.tell);
	close(c.hear);
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

/* ---- readers ------------------------------------------------------------------------------------------------------ */

static enum store_status open_reader(struct fixture *f)
{
	return store_open(f->root, STORE_READ, "rung status", &system_clock, &f->s);
}

static void there_may_be_no_store(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(open_reader(f), STORE_ABSENT);
	assert_null(f->s);
	assert_int_equal(access(f->root, F_OK), -1);
	assert_int_equal(mkdir(f->root, 0755), 0);
	assert_int_equal(open_reader(f), STORE_ABSENT);
	assert_null(f->s);
	/* a writer that was killed before its first transaction */
	(void)file_with(f, ".rung/ledger.db", "");
	assert_int_equal(open_reader(f), STORE_ABSENT);
	assert_null(f->s);
}

static void a_reader_sees_what_a_writer_commits(void **state)
{
	struct fixture *f = *state;
	struct child c = start(f, commit_and_stay);
	struct digest key = key_of("kept", 1), d;
	struct result r;

	assert_int_equal(result_from(&c), STORE_OK);
	assert_int_equal(open_reader(f), STORE_OK);
	assert_string_equal(store_journal(f->s), "wal");
	assert_true(store_result(f->s, &key, f->a, &r));
	assert_true(store_has(f->s, &r.artifacts[0].digest));
	/* and writes nothing */
	assert_int_equal(store_put_bytes(f->s, STR("x"), &d), STORE_READ_ONLY);
	assert_int_equal(store_commit(f->s, NULL, 0), STORE_READ_ONLY);
	assert_has(store_error(f->s), "is open for reading");
	finish(&c);
}

/* Runs the body as a user who may not write there. */
static int as_nobody(struct fixture *f, int (*body)(struct fixture *f))
{
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
			_exit(99);
		_exit(body(f));
	}
	return wait_for(child);
}

static void set_modes(struct fixture *f, mode_t folder, mode_t file)
{
	static const char *const files[] = { "ledger.db", "ledger.db-wal", "ledger.db-shm", "ledger.db-journal", "lock" };

	for (size_t i = 0; i < countof(files); i++)
		(void)chmod(arena_printf(f->a, "%s/%s", f->root, files[i]).p, file);
	assert_int_equal(chmod(f->root, folder), 0);
	assert_int_equal(chmod(f->folder, folder), 0);
}

static int read_kept(struct fixture *f)
{
	struct digest key = key_of("kept", 1);
	struct result r;
	struct verify_fault *faults;
	size_t n = 0, checked = 0;

	if (open_reader(f) != STORE_OK)
		return 1;
	if (!store_result(f->s, &key, f->a, &r) || !store_has(f->s, &r.artifacts[0].digest))
		return 2;
	if (store_verify(f->s, false, f->a, &faults, &n, &checked) != STORE_OK || n)
		return 3;
	if (store_results_preload(f->s) != STORE_OK || store_result_count(f->s) != 1)
		return 4;
	store_close(f->s);
	return 0;
}

static int refuse_to_write(struct fixture *f)
{
	enum store_status status = (enum store_status)open_for_writing(f);

	if (status != STORE_READ_ONLY)
		return 10 + (int)status;
	return strstr(store_error(f->s), "/.rung/") && strstr(store_error(f->s), "denied") ? 0 : 1;
}

static void a_read_only_folder_can_be_read(void **state)
{
	struct fixture *f = *state;
	struct child c = start(f, commit_and_stay);

	assert_int_equal(result_from(&c), STORE_OK);
	finish(&c);
	set_modes(f, 0555, 0444);
	assert_int_equal(as_nobody(f, read_kept), 0);
	assert_int_equal(as_nobody(f, refuse_to_write), 0);
	set_modes(f, 0755, 0644);
}

/* What a killed writer committed is in the -wal file alone; nobody may play it back there. */
static void a_read_only_folder_with_a_log_can_be_read(void **state)
{
	struct fixture *f = *state;
	struct child c = start(f, commit_and_stay);
	struct stat st;

	assert_int_equal(result_from(&c), STORE_OK);
	assert_int_equal(kill(c.pid, SIGKILL), 0);
	(void)wait_for(c.pid);
	close(c.tell);
	close(c.hear);
	assert_int_equal(stat(in_folder(f, ".rung/ledger.db-wal"), &st), 0);
	assert_true(st.st_size > 0);
	assert_int_equal(unlink(in_folder(f, ".rung/ledger.db-shm")), 0);
	set_modes(f, 0555, 0444);
	assert_int_equal(as_nobody(f, read_kept), 0);
	set_modes(f, 0755, 0644);
}

static void a_read_only_mount_can_be_read(void **state)
{
	struct fixture *f = *state;
	struct child c = start(f, commit_and_stay);

	assert_int_equal(result_from(&c), STORE_OK);
	finish(&c);
	if (mount(f->root, f->root, NULL, MS_BIND, NULL) != 0) {
		print_message("needs the right to mount\n");
		skip();
	}
	assert_int_equal(mount(NULL, f->root, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL), 0);
	int got = read_kept(f);

	f->s = NULL;
	enum store_status writing = (enum store_status)open_for_writing(f);

	store_close(f->s);
	f->s = NULL;
	assert_int_equal(umount(f->root), 0);
	assert_int_equal(got, 0);
	assert_int_equal(writing, STORE_READ_ONLY);
}

/* ---- journals ----------------------------------------------------------------------------------------------------- */

static void a_network_gets_no_shared_memory(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(setenv("RUNG_ASSUME_NETWORK_FS", "1", 1), 0);
	/* the children inherit it */
	struct child c = start(f, commit_and_stay);

	assert_int_equal(result_from(&c), STORE_OK);
	assert_int_equal(access(in_folder(f, ".rung/ledger.db-wal"), F_OK), -1);
	assert_int_equal(access(in_folder(f, ".rung/ledger.db-shm"), F_OK), -1);
	assert_int_equal(read_kept(f), 0);
	finish(&c);
	f->s = NULL;
	assert_int_equal(open_for_writing(f), STORE_OK);
	assert_string_equal(store_journal(f->s), "delete (assumed network)");
	commit_done(f, 1, "more", 1, "x");
	assert_sound(f);
	store_close(f->s);
	/* back on a local disk */
	assert_int_equal(unsetenv("RUNG_ASSUME_NETWORK_FS"), 0);
	assert_int_equal(open_for_writing(f), STORE_OK);
	assert_string_equal(store_journal(f->s), "wal");
	assert_int_equal(store_result_count(f->s), 2);
}

/* ---- versions ----------------------------------------------------------------------------------------------------- */

static void run_sql(struct fixture *f, const char *text)
{
	sqlite3 *db;
	char *error = NULL;

	assert_int_equal(sqlite3_open(in_folder(f, ".rung/ledger.db"), &db), SQLITE_OK);
	if (sqlite3_exec(db, text, NULL, NULL, &error) != SQLITE_OK)
		fail_msg("%s: %s", text, error);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void a_later_ledger_is_left_alone(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(open_for_writing(f), STORE_OK);
	store_close(f->s);
	run_sql(f, "PRAGMA user_version=99");
	assert_int_equal(open_for_writing(f), STORE_TOO_NEW);
	assert_has(store_error(f->s), "ledger.db: has schema 99, this rung knows schemas up to 2");
	store_close(f->s);
	assert_int_equal(open_reader(f), STORE_TOO_NEW);
}

static void a_foreign_database_is_left_alone(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fs_mkdirs(f->root), 0);
	run_sql(f, "CREATE TABLE bookmarks(url)");
	assert_int_equal(open_for_writing(f), STORE_CORRUPT);
	assert_has(store_error(f->s), "is an SQLite file, but no ledger of rung");
	store_close(f->s);
	assert_int_equal(open_reader(f), STORE_CORRUPT);
	store_close(f->s);
	(void)file_with(f, ".rung/ledger.db", "this is no database at all, but long enough to have a header of one hundred bytes, so that it is looked at");
	assert_int_equal(open_reader(f), STORE_CORRUPT);
	assert_has(store_error(f->s), "ledger.db: file is not a database");
	store_close(f->s);
	assert_int_equal(open_for_writing(f), STORE_CORRUPT);
}

/* A ledger of version 1, as the first rung made it, with one result. */
static void make_old(struct fixture *f)
{
	assert_int_equal(fs_mkdirs(f->root), 0);
	run_sql(f, arena_printf(f->a, "PRAGMA application_id=%d; PRAGMA user_version=1; %s"
	                              "INSERT INTO runs(started_ns,pid,study,command,host) VALUES(5,1,'s','c','h');"
	                              "INSERT INTO tasks VALUES(1,'old','old',zeroblob(32));"
	                              "INSERT INTO commons VALUES(1,zeroblob(32),x'63');"
	                              "INSERT INTO parts VALUES(1,zeroblob(32),1,1,x'6f');"
	                              "INSERT INTO results(id,key,content,attempt,duration_ms,outcome,step,task) "
	                              "VALUES(1,zeroblob(32),zeroblob(32),1,12,'done','old','old');",
	                        APPLICATION_ID, schema_steps[0]).p);
}

static void old_is_readable(struct fixture *f)
{
	struct result r;
	struct run_info *runs;

	assert_true(store_result(f->s, &(struct digest){ 0 }, f->a, &r));
	assert_text(r.task, "old");
	assert_int_equal(r.duration_ms, 12);
	assert_int_equal(store_runs(f->s, 5, f->a, &runs), 1);
	assert_sound(f);
}

static void an_earlier_ledger_is_brought_forward(void **state)
{
	struct fixture *f = *state;

	make_old(f);
	/* a reader looks at a copy and changes nothing */
	assert_int_equal(open_reader(f), STORE_OK);
	old_is_readable(f);
	store_close(f->s);
	run_sql(f, "INSERT INTO meta VALUES('still one', (SELECT 1 FROM pragma_user_version WHERE user_version=1))");
	assert_int_equal(open_for_writing(f), STORE_OK);
	old_is_readable(f);
	commit_done(f, 1, "new", 1, "x");
	store_close(f->s);
	f->s = NULL;
	run_sql(f, "SELECT key,request FROM calls; SELECT reserved_pico FROM charges; SELECT body FROM events;"
	           "INSERT INTO meta VALUES('now two', (SELECT 1 FROM pragma_user_version WHERE user_version=2))");
	assert_int_equal(open_reader(f), STORE_OK);
	assert_int_equal(store_result_count(f->s), 2);
}

static void paths_may_hold_anything(void **state)
{
	struct fixture *f = *state;
	struct digest key = key_of("t", 1);
	struct result r;

	assert_int_equal(store_open(in_folder(f, "a%20b?c#d e\"/.rung"), STORE_WRITE, "", &system_clock, &f->s), STORE_OK);
	assert_has(store_root(f->s), "/a%20b?c#d e\"/.rung");
	commit_done(f, 1, "t", 1, "x");
	store_close(f->s);
	assert_int_equal(store_open(in_folder(f, "a%20b?c#d e\"/.rung"), STORE_READ, "", &system_clock, &f->s), STORE_OK);
	assert_true(store_result(f->s, &key, f->a, &r));
}

static void leftovers_in_tmp_go(void **state)
{
	struct fixture *f = *state;

	(void)file_with(f, ".rung/tmp/put-1", "half");
	assert_int_equal(open_for_writing(f), STORE_OK);
	assert_int_equal(access(in_folder(f, ".rung/tmp/put-1"), F_OK), -1);
	assert_text(content_of(f, in_folder(f, ".rung/.gitignore")), "*\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(one_writer_at_a_time, fixture_folder, fixture_drop),
		cmocka_unit_test_setup_teardown(the_lock_dies_with_its_process, fixture_folder, fixture_drop),
		cmocka_unit_test_setup_teardown(a_half_written_owner_is_tolerated, fixture_folder, fixture_drop),
		cmocka_unit_test_setup_teardown(a_long_command_fits_into_the_lock, fixture_folder, fixture_drop),
		cmocka_unit_test_setup_teardown(a_crash_of_the_host_is_noticed, fixture_folder, fixture_drop),
		cmocka_unit_test_setup_teardown(there_may_be_no_store, fixture_folder, fixture_drop),
		cmocka_unit_test_setup_teardown(a_reader_sees_what_a_writer_commits, fixture_folder, fixture_drop),
		cmocka_unit_test_setup_teardown(a_read_only_folder_can_be_read, fixture_folder, fixture_drop),
		cmocka_unit_test_setup_teardown(a_read_only_folder_with_a_log_can_be_read, fixture_folder, fixture_drop),
		cmocka_unit_test_setup_teardown(a_read_only_mount_can_be_read, fixture_folder, fixture_drop),
		cmocka_unit_test_setup_teardown(a_network_gets_no_shared_memory, fixture_folder, fixture_drop),
		cmocka_unit_test_setup_teardown(a_later_ledger_is_left_alone, fixture_folder, fixture_drop),
		cmocka_unit_test_setup_teardown(a_foreign_database_is_left_alone, fixture_folder, fixture_drop),
		cmocka_unit_test_setup_teardown(an_earlier_ledger_is_brought_forward, fixture_folder, fixture_drop),
		cmocka_unit_test_setup_teardown(paths_may_hold_anything, fixture_folder, fixture_drop),
		cmocka_unit_test_setup_teardown(leftovers_in_tmp_go, fixture_folder, fixture_drop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
