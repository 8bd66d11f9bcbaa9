/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Proves: ledgers of other versions and files that are no ledger are known as such; an earlier one is brought forward, and
 * a reader looks at it without changing it.
 */
#include <sqlite3.h>

#include "engine/store/statements.h"
#include "store_fixture.h"

static void run_sql(struct fixture *f, const char *text)
{
	sqlite3 *db;
	char *error = NULL;

	assert_int_equal(sqlite3_open(in_folder(f, ".rung/ledger.db"), &db), SQLITE_OK);
	if (sqlite3_exec(db, text, NULL, NULL, &error) != SQLITE_OK)
		fail_msg("%s: %s", text, error);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* A bit that flipped high up in an attempt's number: gc does not count up to it, and says which row it is. */
static void an_attempt_that_never_was_is_named(void **state)
{
	struct fixture *f = *state;
	struct gc_report report;
	struct verify_fault *faults;
	size_t n, checked;

	assert_int_equal(open_for_writing(f), STORE_OK);
	commit_done(f, begin_run(f).id, "good", 1, "x");
	commit_done(f, begin_run(f).id, "bad", 1, "y");
	store_close(f->s);
	run_sql(f, "UPDATE results SET attempt=attempt+(1<<60) WHERE key=(SELECT key FROM results ORDER BY id DESC LIMIT 1)");
	assert_int_equal(open_for_writing(f), STORE_OK);
	struct digest keep[] = { key_of("good", 1), key_of("bad", 1) };

	assert_int_equal(store_gc(f->s, keep, 2, 10, false, f->a, &report), STORE_CORRUPT);
	assert_string_equal(store_error(f->s), "the ledger's row of task 'bad' names an attempt that never was");
	assert_ok(f, store_verify(f->s, true, f->a, &faults, &n, &checked));
	assert_int_equal(n, 1);
	assert_int_equal(faults[0].what, FAULT_CORRUPT);
	assert_text(faults[0].task, "bad");
	assert_ok(f, store_gc(f->s, keep, 2, 10, false, f->a, &report));
	store_close(f->s);
	f->s = NULL;
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
	(void)file_with(f, ".rung/ledger.db", "this is no database at all, but long enough to have a header of one hundred "
	                                      "bytes, so that it is looked at");
	assert_int_equal(open_reader(f), STORE_CORRUPT);
	assert_has(store_error(f->s), "ledger.db: file is not a database");
	store_close(f->s);
	assert_int_equal(open_for_writing(f), STORE_CORRUPT);
}

/* A ledger of version 1, as the first rung made it, with one result. */
static void make_old(struct fixture *f)
{
	const struct digest content = result_content(&(struct result){ 0 });
	char hex[DIGEST_HEX + 1];

	digest_hex(&content, hex);
	assert_int_equal(fs_mkdirs(f->root), 0);
	run_sql(f, arena_printf(f->a, "PRAGMA application_id=%d; PRAGMA user_version=1; %s"
	                              "INSERT INTO runs(started_ns,pid,study,command,host) VALUES(5,1,'s','c','h');"
	                              "INSERT INTO tasks VALUES(1,'old','old',zeroblob(32));"
	                              "INSERT INTO commons VALUES(1,zeroblob(32),x'63');"
	                              "INSERT INTO parts VALUES(1,zeroblob(32),1,1,x'6f');"
	                              "INSERT INTO attempts VALUES(1,1,1,1,5,6,'done',0,0,0,0,0,'h','',zeroblob(32),NULL,NULL);"
	                              "INSERT INTO results(id,key,content,attempt,duration_ms,outcome,step,task) "
	                              "VALUES(1,zeroblob(32),x'%s',1,12,'done','old','old');",
	                        APPLICATION_ID, schema_steps[0], hex).p);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_later_ledger_is_left_alone, fixture_folder, fixture_drop),
		cmocka_unit_test_setup_teardown(a_foreign_database_is_left_alone, fixture_folder, fixture_drop),
		cmocka_unit_test_setup_teardown(an_attempt_that_never_was_is_named, fixture_folder, fixture_drop),
		cmocka_unit_test_setup_teardown(an_earlier_ledger_is_brought_forward, fixture_folder, fixture_drop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
