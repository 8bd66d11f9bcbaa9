/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Proves: files become tables whose values are what the files say, queries see them and the ledger and nothing else, and
 * no statement can write, reach out, run for ever or change its answer from call to call.
 */
#include <math.h>

#include "engine/store/sql_private.h"
#include "store_fixture.h"

struct rows {
	struct sb text;
	size_t n, stop_after;
};

static void show(struct sb *out, const struct value *v)
{
	static const char *const types[] = { "null", "bool", "int", "real", "text", "list", "map" };

	sb_z(out, types[v->type]);
	if (v->type != V_NULL) {
		sb_char(out, ' ');
		value_text(v, out);
	}
}

static bool take_row(void *user, size_t n, const struct str *columns, const struct value *values)
{
	struct rows *r = user;

	for (size_t i = 0; i < n; i++) {
		sb_printf(&r->text, "%s%.*s=", i ? ", " : "", STR_ARG(columns[i]));
		show(&r->text, &values[i]);
	}
	sb_char(&r->text, '\n');
	return ++r->n != r->stop_after;
}

static const char *ask(struct fixture *f, struct sql *q, const char *text)
{
	struct rows r = { 0 };

	sb_init(&r.text, 1 << 20);
	if (!sql_query(q, str_z(text), take_row, &r))
		fail_msg("%s: %s", text, sql_error(q));
	const char *got = sb_take(&r.text, f->a).p;

	sb_release(&r.text);
	return got;
}

static void assert_refused(struct sql *q, const char *text, const char *why)
{
	struct rows r = { 0 };

	sb_init(&r.text, 1 << 20);
	if (sql_query(q, str_z(text), take_row, &r))
		fail_msg("allowed: %s", text);
	assert_has(sql_error(q), why);
	sb_release(&r.text);
}

static struct sql *with_table(struct fixture *f, const char *file, const char *text)
{
	struct sql *q = sql_new();

	assert_non_null(q);
	if (!sql_load(q, STR("t"), file_with(f, file, text), str_z(file)))
		fail_msg("%s: %s", file, sql_error(q));
	return q;
}

/* ---- loading ------------------------------------------------------------------------------------------------------ */

static void csv_columns_have_types(void **state)
{
	struct fixture *f = *state;
	struct sql *q = with_table(f, "t.csv", "id,n,x,zip,mixed,none,big\n"
	                                       "a,1,1,007,1,,12345678901234567890\n"
	                                       "b,-2,2.5,123,x,,1\n"
	                                       "c,,1e3,+5,2,,2\n");

	assert_string_equal(ask(f, q, "SELECT * FROM t"),
	                    "id=text a, n=int 1, x=real 1, zip=text 007, mixed=text 1, none=null, big=text 12345678901234567890\n"
	                    "id=text b, n=int -2, x=real 2.5, zip=text 123, mixed=text x, none=null, big=text 1\n"
	                    "id=text c, n=null, x=real 1000, zip=text +5, mixed=text 2, none=null, big=text 2\n");
	sql_free(q);
}

/* As the parameters of two laws in one table are. */
static void names_that_differ_in_case_alone_stay_apart(void **state)
{
	struct fixture *f = *state;
	struct sql *q = with_table(f, "t.csv", "A,a,a_2,B\n1,2,3,4\n");

	assert_string_equal(ask(f, q, "SELECT A, a_2, a_2_2, b FROM t"), "A=int 1, a_2=int 2, a_2_2=int 3, B=int 4\n");
	sql_free(q);
}

static void json_values_keep_theirs(void **state)
{
	struct fixture *f = *state;
	struct sql *q = with_table(f, "t.jsonl", "{\"a\":\"1\",\"b\":2,\"c\":true}\n"
	                                         "{\"a\":\"x\",\"b\":2.5,\"d\":[1,{\"k\":\"v\"}]}\n"
	                                         "{\"b\":null,\"d\":{}}\n");

	assert_string_equal(ask(f, q, "SELECT a,b,c,d FROM t"),
	                    "a=text 1, b=int 2, c=int 1, d=null\n"
	                    "a=text x, b=real 2.5, c=null, d=text [1,{\"k\":\"v\"}]\n"
	                    "a=null, b=null, c=null, d=text {}\n");
	assert_string_equal(ask(f, q, "SELECT d->>'$[1].k' AS v FROM t WHERE d LIKE '[%'"), "v=text v\n");
	sql_free(q);
}

static void odd_names_are_names(void **state)
{
	struct fixture *f = *state;
	struct sql *q = sql_new();

	assert_true(sql_load(q, STR("od\"d; name"), file_with(f, "x.csv", "a b,\"c\"\"d\",select\n1,2,3\n"), STR("x.csv")));
	assert_string_equal(ask(f, q, "SELECT \"a b\", \"c\"\"d\", \"select\" FROM \"od\"\"d; name\""),
	                    "a b=int 1, c\"d=int 2, select=int 3\n");
	sql_free(q);
}

static void a_table_may_be_empty(void **state)
{
	struct fixture *f = *state;
	struct sql *q = with_table(f, "t.jsonl", "");

	assert_string_equal(ask(f, q, "SELECT count(*) AS n FROM t"), "n=int 0\n");
	sql_free(q);
}

static void bad_files_are_told(void **state)
{
	struct fixture *f = *state;
	struct sql *q = sql_new();

	assert_false(sql_load(q, STR("t"), file_with(f, "t.jsonl", "{\"a\":1}\n{oops\n"), STR("data/t.jsonl")));
	assert_has(sql_error(q), "data/t.jsonl");
	assert_false(sql_load(q, STR("t"), in_folder(f, "none.csv"), STR("none.csv")));
	assert_has(sql_error(q), "none.csv");
	/* nothing of the failed ones is left, and the name is free */
	assert_true(sql_load(q, STR("t"), file_with(f, "v.csv", "a\n1\n"), STR("v.csv")));
	assert_string_equal(ask(f, q, "SELECT * FROM t"), "a=int 1\n");
	sql_free(q);
}

/* ---- the closed world --------------------------------------------------------------------------------------------- */

static void queries_only_read(void **state)
{
	struct fixture *f = *state;
	struct sql *q = with_table(f, "t.csv", "a\n1\n");
	const char *outside = in_folder(f, "outside.db");

	assert_refused(q, "INSERT INTO t VALUES(2)", "a statement that writes is not allowed");
	assert_refused(q, "UPDATE t SET a=2", "a statement that writes is not allowed");
	assert_refused(q, "DELETE FROM t", "a statement that writes is not allowed");
	assert_refused(q, "DROP TABLE t", "a statement that writes is not allowed");
	assert_refused(q, "CREATE TABLE u(a)", "a statement that writes is not allowed");
	assert_refused(q, "CREATE TEMP TABLE u AS SELECT 1", "a statement that writes is not allowed");
	assert_refused(q, arena_printf(f->a, "ATTACH '%s' AS x", outside).p, "ATTACH is not allowed");
	assert_refused(q, arena_printf(f->a, "VACUUM INTO '%s'", outside).p, "a query is one SELECT");
	assert_refused(q, "PRAGMA query_only=OFF", "PRAGMA is not allowed");
	assert_refused(q, "PRAGMA journal_mode", "PRAGMA is not allowed");
	assert_refused(q, "BEGIN", "a query is one SELECT");
	assert_refused(q, "SELECT load_extension('x.so')", "load_extension() is not allowed");
	assert_refused(q, "SELECT random()", "random() is not allowed");
	assert_refused(q, "SELECT current_timestamp", "current_timestamp() is not allowed");
	assert_refused(q, "SELECT date('now')", "the time 'now' is not allowed");
	assert_refused(q, "SELECT a FROM t WHERE '2000-01-01' < datetime()", "the time 'now' is not allowed");
	assert_string_equal(ask(f, q, "SELECT date('2024-02-28','+2 day') AS d"), "d=text 2024-03-01\n");
	assert_int_equal(access(outside, F_OK), -1);
	assert_string_equal(ask(f, q, "SELECT a FROM t"), "a=int 1\n");
	assert_string_equal(ask(f, q, "SELECT name,sql FROM sqlite_schema"), "name=text t, sql=text CREATE TABLE \"t\"(\"a\")\n");
	sql_free(q);
}

static void one_statement_at_a_time(void **state)
{
	struct fixture *f = *state;
	struct sql *q = with_table(f, "t.csv", "a\n1\n");

	assert_refused(q, "SELECT 1; SELECT 2", "more than one statement");
	assert_refused(q, "SELECT 1; DROP TABLE t", "more than one statement");
	assert_refused(q, "", "there is no query");
	assert_refused(q, " -- nothing", "there is no query");
	assert_refused(q, "SELECT b FROM t", "no such column: b");
	assert_refused(q, "SELECT \"b\" FROM t", "no such column: b");
	assert_refused(q, "SELEC 1", "syntax error");
	assert_string_equal(ask(f, q, "SELECT 1 AS x; -- done\n  /* really */ "), "x=int 1\n");
	sql_free(q);
}

static void a_row_may_be_the_last(void **state)
{
	struct fixture *f = *state;
	struct sql *q = with_table(f, "t.csv", "a\n1\n2\n3\n");
	struct rows r = { .stop_after = 2 };

	sb_init(&r.text, 1000);
	assert_true(sql_query(q, STR("SELECT a FROM t"), take_row, &r));
	assert_int_equal(r.n, 2);
	sb_release(&r.text);
	assert_string_equal(ask(f, q, "SELECT x'00ff' AS b, NULL AS n, 1.5 AS r"), "b=text 00ff, n=null, r=real 1.5\n");
	sql_free(q);
}

static void nothing_runs_for_ever(void **state)
{
	struct fixture *f = *state;
	struct sql *q = with_table(f, "t.csv", "a\n1\n");

	q->steps_max = 5000000;
	assert_refused(q, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n) SELECT count(*) FROM n",
	               "the query was stopped after 5 million steps");
	assert_refused(q, "SELECT length(hex(zeroblob(200000000)))", "string or blob too big");
	assert_string_equal(ask(f, q, "SELECT a FROM t"), "a=int 1\n");
	sql_free(q);
}

/* ---- the ledger --------------------------------------------------------------------------------------------------- */

static void fill_ledger(struct fixture *f)
{
	struct run_info run = begin_run(f);
	struct commit c = done_commit(f, run.id, "train[seed=1]", 1, "text");

	c.result.metrics = value_map(f->a, 1);
	(void)value_set(&c.result.metrics, STR("accuracy"), value_real(0.5));
	c.result.content = result_content(&c.result);
	assert_ok(f, store_commit(f->s, &c, 1));
	run.ended_ns = run.started_ns + 2000000000;
	run.exit_code = 0;
	run.counts = value_map(f->a, 1);
	(void)value_set(&run.counts, STR("ran"), value_int(1));
	assert_ok(f, store_run_end(f->s, &run));
}

static void ledger_is_readable(struct fixture *f, struct sql *q)
{
	struct digest key = key_of("train[seed=1]", 1), file = digest_of(STR("text"));
	char hex[DIGEST_HEX + 1];

	assert_string_equal(ask(f, q, "SELECT id,seconds,exit_code,study,counts FROM runs"),
	                    "id=int 1, seconds=real 2, exit_code=int 0, study=text study.yaml, counts=text {\"ran\":1}\n");
	assert_string_equal(ask(f, q, "SELECT task,started,ended,outcome,seconds FROM attempts"),
	                    "task=text train[seed=1], started=text 2023-11-14T22:13:20Z, ended=text 2023-11-14T22:13:21Z, "
	                    "outcome=text done, seconds=real 1.5\n");
	digest_hex(&key, hex);
	assert_string_equal(ask(f, q, "SELECT task,step,key,metrics->>'accuracy' AS accuracy FROM results"),
	                    arena_printf(f->a, "task=text train[seed=1], step=text train, key=text %s, accuracy=real 0.5\n",
	                                 hex).p);
	digest_hex(&file, hex);
	assert_string_equal(ask(f, q, "SELECT task,name,file,kind,digest,size FROM artifacts"),
	                    arena_printf(f->a, "task=text train[seed=1], name=text out, file=text out.txt, kind=text file, "
	                                       "digest=text %s, size=int 4\n", hex).p);
	assert_string_equal(ask(f, q, "SELECT name,value FROM metrics"), "name=text accuracy, value=real 0.5\n");
	assert_string_equal(ask(f, q, "SELECT task,outcome,duration_ms FROM tasks"),
	                    "task=text train[seed=1], outcome=text done, duration_ms=int 1500\n");
	assert_string_equal(ask(f, q, "SELECT count(*) AS n FROM parts"), "n=int 1\n");
	assert_string_equal(ask(f, q, "SELECT (SELECT count(*) FROM calls) AS c,(SELECT count(*) FROM charges) AS m,"
	                              "(SELECT count(*) FROM events) AS e"), "c=int 0, m=int 0, e=int 0\n");
	assert_refused(q, "DELETE FROM ledger.runs", "a statement that writes is not allowed");
}

static void the_ledger_is_a_set_of_tables(void **state)
{
	struct fixture *f = *state;
	struct sql *q = sql_new();

	fill_ledger(f);
	/* beside the writer */
	assert_true(sql_ledger(q, f->s));
	ledger_is_readable(f, q);
	sql_free(q);
	store_close(f->s);
	assert_ok(f, store_open(f->root, STORE_READ, "", &system_clock, &f->s));
	q = sql_new();
	assert_true(sql_ledger(q, f->s));
	ledger_is_readable(f, q);
	sql_free(q);
}

static void own_tables_come_before_the_ledgers(void **state)
{
	struct fixture *f = *state;
	const char *path = file_with(f, "runs.csv", "mine\n1\n");

	fill_ledger(f);
	for (int ledger_first = 0; ledger_first < 2; ledger_first++) {
		struct sql *q = sql_new();

		if (ledger_first)
			assert_true(sql_ledger(q, f->s));
		assert_true(sql_load(q, STR("runs"), path, STR("runs.csv")));
		if (!ledger_first)
			assert_true(sql_ledger(q, f->s));
		assert_string_equal(ask(f, q, "SELECT * FROM runs"), "mine=int 1\n");
		assert_string_equal(ask(f, q, "SELECT count(*) AS n FROM ledger.runs"), "n=int 1\n");
		assert_string_equal(ask(f, q, "SELECT count(*) AS n FROM attempts"), "n=int 1\n");
		sql_free(q);
	}
}

/* ---- statistics --------------------------------------------------------------------------------------------------- */

#define VALUES "x,y,right,p\n2.5,1,1,0.3\n-1.25,2,true,0.3\n7.75,3.5,0,0.3\n3,2,False,0.3\n0.5,8,1,0.3\n10,1,1,0.3\n" \
	           "-4.5,0,1,0.3\n6.25,4,0,0.3\n1000,5,1,0.3\n2,6,1,0.3\n,,,0.3\n"

static double asked(struct fixture *f, struct sql *q, const char *expression)
{
	const char *got = ask(f, q, arena_printf(f->a, "SELECT %s AS v FROM t", expression).p);
	double r = 0;

	if (strncmp(got, "v=real ", 7) != 0 || !str_real(str_trim(str_z(got + 7)), &r))
		fail_msg("%s gave %s", expression, got);
	return r;
}

/* R 4.2.2; the interquartile mean by scipy 1.10.1; proportions of 7 in 10 by prop.test without correction and binom.test. */
static void statistics_are_those_of_r(void **state)
{
	static const struct {
		const char *expression;
		double want;
	} cases[] = {
		{ "stddev(x)", 315.3343078297134 },
		{ "variance(x)", 99435.725694444438 },
		{ "sem(x)", 99.717463713456141 },
		{ "median(x)", 2.75 },
		{ "quantile(x, 0.25)", 0.875 },
		{ "quantile(x, p)", 1.5499999999999996 },
		{ "iqm(x)", 3.6666666666666665 },
		{ "ci95_low(x)", -122.95157479546492 },
		{ "ci95_high(x)", 328.20157479546492 },
		{ "geomean(x) FILTER (WHERE x > 0)", 6.6073965601176461 },
		{ "corr(x, y)", 0.24352598077595544 },
		{ "wilson_low(right)", 0.39677814746114537 },
		{ "wilson_high(right)", 0.89220873259369904 },
		{ "clopper_low(right)", 0.34754714994000269 },
		{ "clopper_high(right)", 0.93326048882226553 },
		{ "stddev(DISTINCT y)", 2.65837624984017 },
	};
	struct fixture *f = *state;
	struct sql *q = with_table(f, "t.csv", VALUES);

	for (size_t i = 0; i < countof(cases); i++) {
		const double got = asked(f, q, cases[i].expression);

		if (!(fabs(got - cases[i].want) <= 1e-12 * fabs(cases[i].want)))
			fail_msg("%s: %.17g is not %.17g", cases[i].expression, got, cases[i].want);
	}
	/* groups apart, too few values, no rows */
	assert_string_equal(ask(f, q, "SELECT p, stddev(x) AS s FROM t WHERE x >= 1000 GROUP BY p"), "p=real 0.3, s=null\n");
	assert_string_equal(ask(f, q, "SELECT median(x) AS m, corr(x, y) AS c, wilson_low(right) AS w, quantile(x, 2) AS q, "
	                              "geomean(x) AS g, ci95_low(x) AS l FROM t WHERE x IS NULL"),
	                    "m=null, c=null, w=null, q=null, g=null, l=null\n");
	assert_string_equal(ask(f, q, "SELECT iqm(x) AS m FROM t WHERE 0"), "m=null\n");
	assert_string_equal(ask(f, q, "SELECT y >= 2 AS g, median(x) AS m FROM t WHERE y IS NOT NULL GROUP BY 1"),
	                    "g=int 0, m=real 2.5\ng=int 1, m=real 3\n");
	sql_free(q);
}

static void statistics_refuse_what_is_no_number(void **state)
{
	struct fixture *f = *state;
	struct sql *q = with_table(f, "t.csv", "x,g\n1,a\n2,b\n");

	assert_refused(q, "SELECT stddev(g) FROM t", "stddev(): 'a' is no number; leave out such rows with WHERE, or make them NULL");
	assert_refused(q, "SELECT median(9e999) FROM t", "median(): a value is not finite");
	assert_refused(q, "SELECT median(x'00') FROM t", "median(): 'a blob' is no number");
	assert_refused(q, "SELECT geomean(x - 1) FROM t", "geomean(): 0 is not above 0, so it has no logarithm");
	assert_refused(q, "SELECT wilson_low(x) FROM t", "wilson_low(): 2 is neither 0 nor 1");
	assert_refused(q, "SELECT quantile(x, 1.5) FROM t", "quantile(): the second argument is 1.5; it must be from 0 to 1");
	assert_refused(q, "SELECT quantile(x, NULL) FROM t", "quantile(): the second argument is NULL; it must be a number from 0 to 1");
	assert_refused(q, "SELECT quantile(x, x / 4.0) FROM t",
	               "quantile(): the second argument changes from 0.25 to 0.5 inside a group");
	assert_refused(q, "SELECT corr(x, g) FROM t", "corr(): 'a' is no number");
	assert_refused(q, "SELECT quantile(x) FROM t", "wrong number of arguments to function quantile()");
	assert_string_equal(ask(f, q, "SELECT sem(x) AS s FROM t"), "s=real 0.5\n"); /* and goes on */
	sql_free(q);
	q = with_table(f, "mixed.csv", "x\n1\n2.5\nn/a\n");
	assert_refused(q, "SELECT stddev(x) FROM t", "stddev(): 'n/a' is no number");
	assert_string_equal(ask(f, q, "SELECT median(x) AS m FROM t WHERE x <> 'n/a'"), "m=real 1.75\n");
	sql_free(q);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(csv_columns_have_types, fixture_folder, fixture_drop),
		cmocka_unit_test_setup_teardown(names_that_differ_in_case_alone_stay_apart, fixture_folder, fixture_drop),
		cmocka_unit_test_setup_teardown(json_values_keep_theirs, fixture_folder, fixture_drop),
		cmocka_unit_test_setup_teardown(odd_names_are_names, fixture_folder, fixture_drop),
		cmocka_unit_test_setup_teardown(a_table_may_be_empty, fixture_folder, fixture_drop),
		cmocka_unit_test_setup_teardown(bad_files_are_told, fixture_folder, fixture_drop),
		cmocka_unit_test_setup_teardown(queries_only_read, fixture_folder, fixture_drop),
		cmocka_unit_test_setup_teardown(one_statement_at_a_time, fixture_folder, fixture_drop),
		cmocka_unit_test_setup_teardown(nothing_runs_for_ever, fixture_folder, fixture_drop),
		cmocka_unit_test_setup_teardown(a_row_may_be_the_last, fixture_folder, fixture_drop),
		cmocka_unit_test_setup_teardown(statistics_are_those_of_r, fixture_folder, fixture_drop),
		cmocka_unit_test_setup_teardown(statistics_refuse_what_is_no_number, fixture_folder, fixture_drop),
		cmocka_unit_test_setup_teardown(the_ledger_is_a_set_of_tables, fixture_make, fixture_drop),
		cmocka_unit_test_setup_teardown(own_tables_come_before_the_ledgers, fixture_make, fixture_drop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
