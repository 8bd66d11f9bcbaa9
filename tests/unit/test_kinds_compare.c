/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Proves: `compare` and `correlate` read arms, pairs and clusters as they say, whatever the order of rows, and refuse what
 * has no answer. The numbers themselves are proven by test_stat_*; each message's place in a run by tests/cases.
 */
#include <math.h>

#include "tests/unit/kind_fixture.h"

/* Two arms, eight seeds in four clusters, one seed of a without a partner; b is higher. */
#define ROWS_UP \
	"arm,seed,text,y\n" \
	"a,1,t1,0.61\na,2,t1,0.64\na,3,t2,0.60\na,4,t2,0.66\na,5,t3,0.63\na,6,t3,0.58\na,7,t4,0.62\na,8,t4,0.65\na,9,t4,0.7\n" \
	"b,1,t1,0.65\nb,2,t1,0.69\nb,3,t2,0.62\nb,4,t2,0.67\nb,5,t3,0.66\nb,6,t3,0.64\nb,7,t4,0.70\nb,8,t4,0.66\n"
#define ROWS_DOWN \
	"arm,seed,text,y\n" \
	"a,9,t4,0.7\na,8,t4,0.65\nb,8,t4,0.66\na,6,t3,0.58\na,5,t3,0.63\nb,5,t3,0.66\nb,6,t3,0.64\na,2,t1,0.64\nb,2,t1,0.69\n" \
	"a,3,t2,0.60\nb,3,t2,0.62\nb,4,t2,0.67\na,4,t2,0.66\na,1,t1,0.61\nb,7,t4,0.70\na,7,t4,0.62\nb,1,t1,0.65\n"

static void go(struct kind_test *t, const struct kind *kind, const char *fields, const char *rows)
{
	kind_start(t, fields);
	kind_input(t, "s", "run", "s.csv", rows);
	kind_must(t, kind);
}

static struct str text_at(const struct value *row, const char *column)
{
	const struct value *v = value_get(row, column);

	return v && v->type == V_STR ? v->s : STR("(null)");
}

static void test_order_of_rows_does_not_matter(void **state)
{
	static const char *const fields[] = {
		"{\"of\":\"s\",\"y\":\"y\",\"between\":{\"arm\":[\"a\",\"b\"]},\"pair\":[\"seed\"],\"test\":[\"auto\",\"bootstrap\",\"wilcoxon\"]}",
		"{\"of\":\"s\",\"y\":\"y\",\"between\":[\"a\",\"b\"],\"pair\":[\"seed\"],\"cluster\":\"text\",\"test\":[\"auto\",\"bootstrap\"]}",
		"{\"of\":\"s\",\"y\":\"y\",\"between\":[\"a\",\"b\"],\"cluster\":\"text\",\"test\":[\"auto\",\"bootstrap\"]}",
		"{\"of\":\"s\",\"y\":\"y\",\"between\":[\"a\",\"b\"],\"test\":[\"permutation\",\"bootstrap\",\"mann_whitney\"]}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		struct kind_test up, down;

		go(&up, &kind_compare, fields[i], ROWS_UP);
		go(&down, &kind_compare, fields[i], ROWS_DOWN);
		assert_true(str_same(kind_output(&up, "table"), kind_output(&down, "table")));
		kind_end(&up);
		kind_end(&down);
	}
}

/* The errors are those of cluster.h, on the differences: R 4.2.2 for the plain t test. */
static void test_clusters_change_the_error(void **state)
{
	struct kind_test t;

	(void)state;
	go(&t, &kind_compare, "{\"of\":\"s\",\"y\":\"y\",\"between\":[\"a\",\"b\"],\"pair\":[\"seed\"],\"test\":[\"t\"]}", ROWS_UP);
	struct value row = kind_row(&t, "table", 0);

	assert_int_equal(value_get(&row, "n")->i, 8);
	assert_int_equal(value_get(&row, "n_unpaired")->i, 1);
	kind_close_to(kind_real(&row, "difference"), -0.0375, 1e-12);
	kind_close_to(kind_real(&row, "statistic"), -4.25481471698, 1e-9);
	kind_close_to(kind_real(&row, "df"), 7, 1e-15);
	assert_null(value_get(&row, "clusters"));
	kind_end(&t);
	go(&t, &kind_compare,
	   "{\"of\":\"s\",\"y\":\"y\",\"between\":[\"a\",\"b\"],\"pair\":[\"seed\"],\"cluster\":\"text\",\"test\":[\"t\",\"permutation\"]}",
	   ROWS_UP);
	row = kind_row(&t, "table", 0);
	assert_true(str_is(text_at(&row, "test"), "permutation"));
	kind_close_to(kind_real(&row, "p"), 0.125, 1e-15); /* 2 of 2^4 */
	row = kind_row(&t, "table", 1);
	assert_int_equal(value_get(&row, "clusters")->i, 4);
	kind_close_to(kind_real(&row, "df"), 3, 1e-15);
	assert_true(str_is(text_at(&row, "verdict"),
	                   "cannot be significant: no exact test of 4 clusters gives p below 0.125 (p = 0.0138)"));
	assert_true(str_is(text_at(&row, "method"), "t distribution, clustered standard error"));
	kind_end(&t);
}

static void test_what_auto_means(void **state)
{
	struct kind_test t;
	struct value row;

	(void)state;
	go(&t, &kind_compare, "{\"of\":\"s\",\"y\":\"y\",\"between\":[\"a\",\"b\"],\"test\":[\"auto\"]}", ROWS_UP);
	row = kind_row(&t, "table", 0);
	assert_true(str_is(text_at(&row, "test"), "welch"));
	assert_int_equal(value_get(&row, "n_a")->i, 9);
	assert_int_equal(kind_row(&t, "table", 1).type, V_NULL);
	kind_end(&t);
	go(&t, &kind_compare, "{\"of\":\"s\",\"y\":\"ok\",\"between\":[\"arm\"],\"pair\":[\"i\"],\"test\":[\"auto\",\"mcnemar_mid_p\"]}",
	   "arm,i,ok\nx,1,1\nx,2,1\nx,3,1\nx,4,0\nx,5,1\ny,1,0\ny,2,0\ny,3,1\ny,4,0\ny,5,0\n");
	row = kind_row(&t, "table", 0);
	assert_true(str_is(text_at(&row, "test"), "mcnemar"));
	kind_close_to(kind_real(&row, "p"), 0.25, 1e-15);
	/* three pairs differ, all one way: the ratio is infinite, its lower end .025^(1/3) as odds */
	assert_int_equal(value_get(&row, "odds_ratio")->type, V_NULL);
	kind_close_to(kind_real(&row, "odds_low"), 0.4130, 1e-3);
	row = kind_row(&t, "table", 1);
	assert_true(str_is(text_at(&row, "method"), "mid-p"));
	kind_close_to(kind_real(&row, "p"), 0.125, 1e-15);
	kind_end(&t);
}

static void test_refusals(void **state)
{
	struct kind_test t;

	(void)state;
	go(&t, &kind_compare, "{\"of\":\"s\",\"y\":\"y\",\"between\":[\"a\",\"b\"],\"pair\":[\"seed\"],\"test\":[\"mcnemar\"]}", ROWS_UP);
	struct value row = kind_row(&t, "table", 0);

	assert_true(str_is(text_at(&row, "refused"), "mcnemar compares successes and failures: not every value is 0 or 1"));
	assert_true(str_is(text_at(&row, "verdict"), "no verdict"));
	assert_int_equal(value_get(&row, "p")->type, V_NULL);
	kind_end(&t);
	go(&t, &kind_compare, "{\"of\":\"s\",\"y\":\"y\",\"between\":[\"a\",\"b\"],\"cluster\":\"text\",\"test\":[\"permutation\"]}", ROWS_UP);
	row = kind_row(&t, "table", 0);
	assert_true(str_is(text_at(&row, "refused"),
	                   "whole clusters are permuted for paired rows only: take welch or bootstrap, or name `pair:`"));
	kind_end(&t);
	go(&t, &kind_compare, "{\"of\":\"s\",\"y\":\"y\",\"between\":[\"arm\"],\"pair\":[\"i\"],\"test\":[\"t\",\"friedman\"]}",
	   "arm,i,y\na,1,3\na,2,5\nb,3,4\nb,4,6\n");
	row = kind_row(&t, "table", 0);
	assert_true(str_is(text_at(&row, "refused"), "no row of a has a partner among those of b"));
	row = kind_row(&t, "table", 1);
	assert_true(str_is(text_at(&row, "refused"), "no pair key is there in every arm"));
	assert_int_equal(value_get(&row, "n_unpaired")->i, 4);
	kind_end(&t);
	go(&t, &kind_compare, "{\"of\":\"s\",\"y\":\"y\",\"between\":[\"arm\"],\"pair\":[\"i\"],\"test\":[\"permutation\",\"t\",\"sign\"]}",
	   "arm,i,y\na,1,3\na,2,5\nb,1,3\nb,2,5\n");
	for (size_t i = 0; i < 3; i++) {
		row = kind_row(&t, "table", i);
		assert_true(str_is(text_at(&row, "refused"), "all 2 differences are 0"));
	}
	kind_end(&t);
	go(&t, &kind_compare, "{\"of\":\"s\",\"y\":\"y\",\"between\":[\"arm\"],\"test\":[\"welch\",\"kruskal\"]}", "arm,y\na,3\na,3\nb,4\nb,4\n");
	row = kind_row(&t, "table", 0);
	assert_true(str_is(text_at(&row, "refused"), "the values of both arms do not vary: no spread to judge the difference by"));
	kind_end(&t);
	go(&t, &kind_compare, "{\"of\":\"s\",\"y\":\"y\",\"between\":[\"arm\"],\"test\":[\"welch\"]}", "arm,y\na,3\nb,4\n");
	row = kind_row(&t, "table", 0);
	assert_true(str_is(text_at(&row, "refused"), "2 values: too few for a spread"));
	kind_end(&t);
}

static void test_one_sided(void **state)
{
	struct kind_test t;

	(void)state;
	go(&t, &kind_compare,
	   "{\"of\":\"s\",\"y\":\"y\",\"between\":[\"a\",\"b\"],\"pair\":[\"seed\"],\"test\":[\"permutation\"],\"alternative\":\"less\"}", ROWS_UP);
	struct value row = kind_row(&t, "table", 0);

	kind_close_to(kind_real(&row, "p"), 1.0 / 256, 1e-12);
	assert_true(str_is(text_at(&row, "verdict"), "a is below b: p = 0.00391"));
	kind_end(&t);
	go(&t, &kind_compare,
	   "{\"of\":\"s\",\"y\":\"y\",\"between\":[\"a\",\"b\"],\"pair\":[\"seed\"],\"test\":[\"permutation\"],\"alternative\":\"greater\"}",
	   ROWS_UP);
	row = kind_row(&t, "table", 0);
	assert_true(str_is(text_at(&row, "verdict"), "no difference shown at 0.05: p = 1"));
	kind_end(&t);
}

/* Three rows without a correlation in one group do not count among the tests of the others. */
static void test_correlate_families(void **state)
{
	struct kind_test t;

	(void)state;
	go(&t, &kind_correlate, "{\"of\":\"s\",\"x\":\"x\",\"y\":\"y\",\"by\":[\"g\"],\"method\":[\"kendall\"]}",
	   "g,x,y\nu,1,1\nu,2,2\nu,3,3\nu,4,4\nu,5,5\nu,6,6\nv,1,1\nv,1,2\nv,1,3\nw,1,2\nw,2,1\nw,3,4\nw,4,3\nw,5,6\nw,6,5\n");
	struct value row = kind_row(&t, "table", 0);

	assert_int_equal(value_get(&row, "tests_made")->i, 2);
	kind_close_to(kind_real(&row, "p"), 2.0 / 720, 1e-12);
	kind_close_to(kind_real(&row, "p_adjusted"), 4.0 / 720, 1e-12);
	assert_true(str_is(text_at(&row, "warning"), "every row is in line: no interval"));
	row = kind_row(&t, "table", 1);
	assert_true(str_is(text_at(&row, "refused"), "every x is 1: it cannot move with anything"));
	row = kind_row(&t, "table", 2);
	kind_close_to(kind_real(&row, "r"), 9.0 / 15, 1e-12);
	kind_end(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order_of_rows_does_not_matter), cmocka_unit_test(test_clusters_change_the_error),
		cmocka_unit_test(test_what_auto_means),               cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_one_sided),                     cmocka_unit_test(test_correlate_families),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
