/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Proves: `aggregate` and `fit` against values that others computed: NIST's certified ones, numpy and scipy. Where each comes
 * from stands beside it.
 */
#include <math.h>

#include "tests/unit/kind_fixture.h"

#define LADDER TEST_DATA "/unit/data/ladder.jsonl"
#define SHARED TEST_DATA "/../../shared/data"

/* ---- aggregate ---------------------------------------------------------------------------------------------------- */

static void test_aggregate_groups(void **state)
{
	struct kind_test t;

	(void)state;
	kind_start(&t, "{\"of\":\"s\",\"by\":[\"g\"],\"y\":[\"n\",\"mean\",\"std\",\"sem\",\"median\",\"q25\",\"q90\",\"min\","
	               "\"max\",\"sum\",\"ci95\"]}");
	kind_input(&t, "s", "run", "s.csv", "g,y\nb,3\na,1\nb,5\nb,\nb,4\nb,10\n");
	kind_must(&t, &kind_aggregate);
	/* numpy 1.24.2 over [3, 5, 4, 10]; the interval from the closed form of t with 3 degrees of freedom */
	struct value row = kind_row(&t, "table", 0);

	assert_true(str_is(value_get(&row, "g")->s, "b"));
	assert_int_equal(value_get(&row, "y_n")->i, 4);
	assert_int_equal(value_get(&row, "y_missing")->i, 1);
	kind_close_to(kind_real(&row, "y_mean"), 5.5, 1e-15);
	kind_close_to(kind_real(&row, "y_std"), 3.1091263510296048, 1e-15);
	kind_close_to(kind_real(&row, "y_sem"), 1.5545631755148024, 1e-15);
	kind_close_to(kind_real(&row, "y_median"), 4.5, 1e-15);
	kind_close_to(kind_real(&row, "y_q25"), 3.75, 1e-15);
	kind_close_to(kind_real(&row, "y_q90"), 8.5, 1e-15);
	kind_close_to(kind_real(&row, "y_sum"), 22, 1e-15);
	kind_close_to(kind_real(&row, "y_ci95_low"), 0.5526861657528075, 1e-12);
	kind_close_to(kind_real(&row, "y_ci95_high"), 10.447313834247193, 1e-12);
	/* One value has a mean and no spread: null, never NaN. */
	row = kind_row(&t, "table", 1);
	assert_int_equal(value_get(&row, "y_n")->i, 1);
	assert_int_equal(value_get(&row, "y_std")->type, V_NULL);
	assert_int_equal(value_get(&row, "y_ci95_low")->type, V_NULL);
	assert_int_equal(value_get(&row, "y_missing")->i, 0);
	kind_end(&t);
}

static void aggregate_fails(const char *fields, const char *file, const char *text, const char *message)
{
	struct kind_test t;

	kind_start(&t, fields);
	kind_input(&t, "s", "run", file, text);
	kind_fails(&t, &kind_aggregate, message);
	kind_end(&t);
}

static void assert_row(struct kind_test *t, size_t number, const char *want)
{
	const struct value row = kind_row(t, "table", number);
	struct sb b;

	sb_init(&b, 1 << 16);
	json_write(&row, &b);
	assert_string_equal(b.s, want);
	sb_release(&b);
}

/* Intervals of 15 of 25 (R's binom.test and prop.test without correction); truths in each way of writing them. */
static void test_aggregate_proportions(void **state)
{
	static const char *const right[] = { "1", "true", "True", "TRUE", "1.0" }, *const wrong[] = { "0", "false", "False" };
	struct kind_test t;
	struct sb csv;

	(void)state;
	sb_init(&csv, 1 << 16);
	sb_z(&csv, "y\n");
	for (size_t i = 0; i < 25; i++)
		sb_printf(&csv, "%s\n", i < 15 ? right[i % 5] : wrong[i % 3]);
	kind_start(&t, "{\"of\":\"s\",\"y\":[\"mean\",\"wilson\",\"clopper\",\"wilson90\",\"bounds\"]}");
	kind_input(&t, "s", "run", "s.csv", csv.s);
	kind_must(&t, &kind_aggregate);
	const struct value row = kind_row(&t, "table", 0);

	assert_int_equal(value_get(&row, "y_n")->i, 25);
	kind_close_to(kind_real(&row, "y_mean"), 0.6, 1e-15);
	kind_close_to(kind_real(&row, "y_wilson_low"), 0.40739457358967002, 1e-12);
	kind_close_to(kind_real(&row, "y_wilson_high"), 0.7659669762225203, 1e-12);
	kind_close_to(kind_real(&row, "y_clopper_low"), 0.38665349625683981, 1e-9);
	kind_close_to(kind_real(&row, "y_clopper_high"), 0.78874519353485795, 1e-9);
	assert_true(kind_real(&row, "y_wilson90_low") > kind_real(&row, "y_wilson_low"));
	assert_true(kind_real(&row, "y_all_wrong") == kind_real(&row, "y_mean")); /* nothing is lost */
	assert_null(value_get(&row, "y_missing"));
	kind_end(&t);
	sb_release(&csv);
}

/* 2 right, 1 wrong, 2 without a score, 1 lost: the share of right ones is between 2/6 and 5/6. */
static void test_aggregate_counts_what_was_not_scored(void **state)
{
	struct kind_test t;

	(void)state;
	kind_start(&t, "{\"of\":\"s\",\"score\":[\"mean\",\"wilson\"],\"tokens\":\"sum\"}");
	kind_input(&t, "s", "chat", "s.jsonl",
	           "{\"score\":true,\"tokens\":10}\n"
	           "{\"score\":true,\"tokens\":10,\"status\":\"ok\"}\n"
	           "{\"score\":false,\"tokens\":10,\"status\":\"ok\"}\n"
	           "{\"score\":0,\"tokens\":10,\"status\":\"unscored(no answer)\"}\n"
	           "{\"tokens\":10}\n"
	           "{\"status\":\"error(timeout)\"}\n");
	kind_must(&t, &kind_aggregate);
	assert_row(&t, 0, "{\"score_n\":3,\"score_mean\":0.6666666666666666,\"score_wilson_low\":0.20765960080204782,"
	                  "\"score_wilson_high\":0.9385080552796038,\"score_unscored\":2,\"score_missing\":1,"
	                  "\"score_all_wrong\":0.3333333333333333,\"score_all_right\":0.8333333333333334,"
	                  "\"tokens_n\":5,\"tokens_sum\":50,\"tokens_missing\":1}");
	assert_int_equal(t.job.warnings, 0);
	kind_end(&t);
	/* A reason in `unscored`, in a CSV file; `false`, 0 and nothing are no reasons. Another column keeps its value. */
	kind_start(&t, "{\"of\":\"s\",\"score\":[\"mean\",\"bounds\"],\"cost\":\"mean\",\"f1\":\"n\"}");
	kind_input(&t, "s", "chat", "s.csv",
	           "score,cost,f1,unscored\n0.5,1,1,\n0.25,1,1,false\n0,1,1,0\n9,7,,no number in the reply\n1,1,,TRUE\n,1,,\n");
	kind_must(&t, &kind_aggregate);
	assert_row(&t, 0, "{\"score_n\":3,\"score_mean\":0.25,\"score_unscored\":3,\"score_all_wrong\":0.125,"
	                  "\"score_all_right\":0.625,\"cost_n\":6,\"cost_mean\":2,\"f1_n\":3,\"f1_unscored\":2,"
	                  "\"f1_missing\":1}");
	kind_end(&t);
}

/* A group without any value is there, with nulls, and a warning names it. */
static void test_aggregate_of_nothing(void **state)
{
	struct kind_test t;

	(void)state;
	kind_start(&t, "{\"of\":\"s\",\"by\":[\"g\",\"h\"],\"y\":[\"mean\",\"median\",\"iqm\",\"mad\",\"min\",\"ci95\",\"wilson\"]}");
	kind_input(&t, "s", "run", "s.csv", "g,h,y\na,1,1\nb,2,\nb,2,\n");
	kind_must(&t, &kind_aggregate);
	assert_row(&t, 1, "{\"g\":\"b\",\"h\":\"2\",\"y_n\":0,\"y_mean\":null,\"y_median\":null,\"y_iqm\":null,\"y_mad\":null,"
	                  "\"y_min\":null,\"y_ci95_low\":null,\"y_ci95_high\":null,\"y_wilson_low\":null,"
	                  "\"y_wilson_high\":null,\"y_missing\":2,\"y_all_wrong\":0,\"y_all_right\":1}");
	assert_int_equal(t.job.warnings, 1);
	assert_true(str_is(t.job.warning, "1 of 2 groups of s has no value of 'y', the first is g=b,h=2"));
	kind_end(&t);
	kind_start(&t, "{\"of\":\"s\",\"y\":\"mean\"}");
	kind_input(&t, "s", "run", "s.csv", "g,y\na,\n");
	kind_must(&t, &kind_aggregate);
	assert_true(str_is(t.job.warning, "no row of s has a value of 'y'"));
	kind_end(&t);
}

/* What is one key and what is two: quotes, commas, types, and columns that come late. */
static void test_aggregate_keys(void **state)
{
	struct kind_test t;

	(void)state;
	kind_start(&t, "{\"of\":\"s\",\"by\":[\"g\",\"h\"],\"y\":\"sum\"}");
	kind_input(&t, "s", "run", "s.csv",
	           "g,h,y\na,b,1\n\"a,b\",c,2\na,\"b,c\",4\n\"a\",b,8\na,\"b\",16\n\"a,b\",\"c\",32\n,b,64\n\"\",b,128\n"
	           "a long key of text,beyond sixteen bytes,256\na long key of text,beyond sixteen bytes!,512\n");
	kind_must(&t, &kind_aggregate);
	static const double sums[] = { 1 + 8 + 16, 2 + 32, 4, 64 + 128, 256, 512 };

	for (size_t i = 0; i < sizeof sums / sizeof *sums; i++) {
		const struct value row = kind_row(&t, "table", i);

		kind_close_to(kind_real(&row, "y_sum"), sums[i], 1e-15);
	}
	assert_int_equal(kind_row(&t, "table", 6).type, V_NULL);
	kind_end(&t);
	kind_start(&t, "{\"of\":\"s\",\"by\":[\"g\"],\"y\":\"sum\"}");
	kind_input(&t, "s", "run", "s.jsonl", "{\"x\":0}\n{\"g\":1,\"y\":1}\n{\"y\":2,\"g\":\"1\"}\n{\"g\":null,\"y\":4}\n{\"g\":true,\"y\":8}\n");
	kind_must(&t, &kind_aggregate);
	assert_row(&t, 0, "{\"g\":null,\"y_n\":1,\"y_sum\":4,\"y_missing\":1}");
	assert_row(&t, 1, "{\"g\":1,\"y_n\":2,\"y_sum\":3,\"y_missing\":0}");
	assert_row(&t, 2, "{\"g\":true,\"y_n\":1,\"y_sum\":8,\"y_missing\":0}");
	kind_end(&t);
}

/* Many groups and more values than are taken at once, a billion to one, against a plain two-pass computation. */
static void test_aggregate_many(void **state)
{
	struct kind_test t;
	struct sb csv;

	(void)state;
	sb_init(&csv, 1 << 22);
	sb_z(&csv, "g,y\n");
	for (int i = 0; i < 20000; i++)
		sb_printf(&csv, "%d,%d\n", i % 5000 * 7919, 1000000000 + i / 5000);
	for (int i = 0; i < 19; i++)
		sb_printf(&csv, "wide,%s\n", i == 7 ? "1e9" : "1");
	kind_start(&t, "{\"of\":\"s\",\"by\":\"g\",\"y\":[\"mean\",\"std\",\"median\",\"iqm\",\"mad\",\"p10\"]}");
	kind_input(&t, "s", "run", "s.csv", csv.s);
	kind_must(&t, &kind_aggregate);
	for (size_t g = 0; g < 5000; g += 499) {
		const struct value row = kind_row(&t, "table", g);

		assert_int_equal(value_get(&row, "y_n")->i, 4);
		kind_close_to(kind_real(&row, "y_mean"), 1000000001.5, 1e-16);
		kind_close_to(kind_real(&row, "y_std"), 1.2909944487358056, 1e-15);
	}
	const struct value row = kind_row(&t, "table", 5000);

	assert_int_equal(value_get(&row, "y_n")->i, 19);
	kind_close_to(kind_real(&row, "y_mean"), 1000000018.0 / 19, 1e-15);
	kind_close_to(kind_real(&row, "y_std"), 999999999 / 4.358898943540674, 1e-15);
	kind_close_to(kind_real(&row, "y_median"), 1, 0);
	kind_close_to(kind_real(&row, "y_iqm"), 1, 0);
	kind_close_to(kind_real(&row, "y_mad"), 0, 0);
	kind_end(&t);
	sb_release(&csv);
}

static void test_aggregate_refuses(void **state)
{
	struct kind_test t;

	(void)state;
	kind_start(&t, "{\"of\":\"s\",\"y\":[\"mean\"]}");
	kind_input(&t, "s", "run", "s.csv", "g,y\nb,3\na,one\n");
	kind_fails(&t, &kind_aggregate, "s: column 'y', row 2: 'one' is no number");
	assert_true(str_is(t.job.hint, "leave the cell empty where there is no value"));
	kind_end(&t);
	aggregate_fails("{\"of\":\"s\",\"y\":\"mean\"}", "s.csv", "y\n1\n-NaN\n", "s: column 'y', row 2: '-NaN' is not finite");
	aggregate_fails("{\"of\":\"s\",\"y\":\"mean\"}", "s.csv", "y\n1\nInfinity\n",
	                "s: column 'y', row 2: 'Infinity' is not finite");
	aggregate_fails("{\"of\":\"s\",\"y\":\"mean\"}", "s.csv", "y\n1e999\n", "s: column 'y', row 1: '1e999' is no number");
	aggregate_fails("{\"of\":\"s\",\"y\":\"mean\"}", "s.jsonl", "{\"y\":[1]}\n", "s: column 'y', row 1: a list is no number");
	aggregate_fails("{\"of\":\"s\",\"y\":\"mean\"}", "s.csv", "y\n", "s has no rows: there is nothing to aggregate");
	aggregate_fails("{\"of\":\"s\",\"y\":\"mean\"}", "s.jsonl", "", "s has no rows, so it has no column 'y'");
	aggregate_fails("{\"of\":\"s\",\"by\":[\"g\",\"g\"],\"y\":\"mean\"}", "s.csv", "g,y\na,1\n", "'g' is in 'by' twice");
	aggregate_fails("{\"of\":\"s\",\"by\":\"h\",\"y\":\"mean\"}", "s.csv", "g,y\na,1\n", "s has no column 'h'; it has g, y");
	aggregate_fails("{\"of\":\"s\",\"by\":[3],\"y\":\"mean\"}", "s.csv", "g,y\na,1\n", "item 1 of 'by' is no column name");
	aggregate_fails("{\"of\":\"s\",\"y\":[\"mean\",\"mean\"]}", "s.csv", "y\n1\n", "'mean' is asked of 'y' twice");
	aggregate_fails("{\"of\":\"s\"}", "s.csv", "y\n1\n", "no column is aggregated");
	aggregate_fails("{\"of\":\"s\",\"by\":\"y_mean\",\"y\":\"mean\"}", "s.csv", "y_mean,y\n1,2\n",
	                "two columns of the result would be called 'y_mean'");
	aggregate_fails("{\"of\":\"s\",\"y\":\"wilson\"}", "s.csv", "y\n1\n0.5\n",
	                "s: column 'y', row 2: 0.5: wilson and clopper need values that are 0 or 1, true or false");
	aggregate_fails("{\"of\":\"s\",\"y\":\"bounds\"}", "s.csv", "y\n1\n-0.5\n",
	                "s: column 'y', row 2: -0.5: bounds need values that are from 0 to 1");
	aggregate_fails("{\"of\":\"s\",\"y\":\"ci100\"}", "s.csv", "y\n1\n", "'ci100' is no statistic");
	aggregate_fails("{\"of\":\"s\",\"y\":\"p101\"}", "s.csv", "y\n1\n", "'p101' is no statistic");
	aggregate_fails("{\"of\":\"s\",\"y\":\"ci\"}", "s.csv", "y\n1\n", "'ci' is no statistic");
	kind_start(&t, "{\"of\":\"s\",\"y\":[\"average\"]}");
	kind_input(&t, "s", "run", "s.csv", "g,y\nb,3\n");
	kind_fails(&t, &kind_aggregate, "'average' is no statistic");
	kind_end(&t);
	kind_start(&t, "{\"of\":\"s\",\"acuracy\":[\"mean\"]}");
	kind_input(&t, "s", "run", "s.csv", "source,accuracy\nb,3\n");
	kind_fails(&t, &kind_aggregate, "s has no column 'acuracy'; it has source, accuracy");
	assert_true(str_is(t.job.hint, "did you mean 'accuracy'?"));
	assert_string_equal(t.job.field, "acuracy");
	kind_end(&t);
}

/* Numbers alone on their line are the data. */
static char *nist_csv(const char *name)
{
	char path[256], line[256];
	struct sb b;

	const char *data = getenv("RUNG_DATA");

	(void)snprintf(path, sizeof path, "%s/nist/univariate/%s.txt", data ? data : SHARED, name);
	FILE *f = fopen(path, "r");

	if (!f)
		return NULL;
	sb_init(&b, 1 << 24);
	sb_z(&b, "y\n");
	while (fgets(line, sizeof line, f)) {
		struct str s = str_trim(str_z(line));
		double x;

		if (str_real(s, &x)) {
			sb_add(&b, s);
			sb_char(&b, '\n');
		}
	}
	(void)fclose(f);
	return b.s;
}

static double digits_right(double got, double want)
{
	return got == want ? 15 : -log10(fabs(got - want) / fabs(want));
}

static void test_aggregate_nist(void **state)
{
	/* Certified values of NIST's StRD, univariate. The data of NumAcc3 and NumAcc4 lose digits when they become doubles. */
	static const struct {
		const char *name;
		double mean, sd, digits;
	} sets[] = {
		{ "Lew", -177.435, 277.332168044316, 13 },        { "Lottery", 518.958715596330, 291.699727470969, 13 },
		{ "Mavro", 2.001856, .000429123454003053, 12.5 }, { "Michelso", 299.8524, .0790105478190518, 13 },
		{ "NumAcc1", 10000002, 1, 15 },                   { "NumAcc2", 1.2, .1, 14 },
		{ "NumAcc3", 1000000.2, .1, 9 },                  { "NumAcc4", 10000000.2, .1, 8 },
		{ "PiDigits", 4.5348, 2.86733906028871, 13 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
		char *csv = nist_csv(sets[i].name);
		struct kind_test t;

		if (!csv) {
			print_message("no certified data under $RUNG_DATA or %s: skipped\n", SHARED);
			skip();
		}
		kind_start(&t, "{\"of\":\"s\",\"y\":[\"n\",\"mean\",\"std\"]}");
		kind_input(&t, "s", "run", "s.csv", csv);
		kind_must(&t, &kind_aggregate);
		struct value row = kind_row(&t, "table", 0);
		double mean = digits_right(kind_real(&row, "y_mean"), sets[i].mean);
		double sd = digits_right(kind_real(&row, "y_std"), sets[i].sd);

		print_message("%-9s n %5lld  digits of mean %.1f, of sd %.1f\n", sets[i].name,
		              (long long)value_get(&row, "y_n")->i, mean, sd);
		assert_true(mean >= 14 && sd >= sets[i].digits);
		kind_end(&t);
		free(csv);
	}
}

/* ---- fit ---------------------------------------------------------------------------------------------------------- */

#define FIT(law, more) \
	"{\"of\":\"score\",\"y\":\"accuracy\",\"x\":\"budget\",\"by\":\"source\",\"law\":\"" law "\",\"seed\":1" more "}"

static void test_fit_power3(void **state)
{
	/* scipy 1.10.1 curve_fit, xtol = ftol = gtol = 1e-15, best of six starts, over the same 75 scores. */
	static const double want[2][5] = {
		{ 0.4622294105898068, -2.2521544305638064, 0.654962095595722, 0.011464705665150237, 0.8834569973320164 },
		{ 0.7203281660135432, -1.4285927090475374, 0.25661555657566676, 0.014523578983831026, 0.9808886539125224 },
	};
	struct kind_test t;

	(void)state;
	kind_start(&t, FIT("power3", ",\"bootstrap\":{\"resamples\":500,\"over\":\"seed\"}"));
	kind_input_file(&t, "score", "run", LADDER);
	kind_must(&t, &kind_fit);
	for (size_t i = 0; i < 2; i++) {
		struct value row = kind_row(&t, "table", i);

		kind_close_to(kind_real(&row, "E"), want[i][0], 1e-6);
		kind_close_to(kind_real(&row, "A"), want[i][1], 1e-6);
		kind_close_to(kind_real(&row, "alpha"), want[i][2], 1e-6);
		kind_close_to(kind_real(&row, "rmse"), want[i][3], 1e-12);
		kind_close_to(kind_real(&row, "r2"), want[i][4], 1e-12);
		assert_true(kind_real(&row, "E_low") < want[i][0] && want[i][0] < kind_real(&row, "E_high"));
		assert_int_equal(value_get(&row, "n")->i, i ? 50 : 25);
		assert_int_equal(value_get(&row, "draws")->list.n, 500);
	}
	kind_end(&t);
}

static void test_fit_power2_and_growth(void **state)
{
	static const double want[2][3] = { /* scipy as above */
		{ 0.23767342627877575, -0.09054217296845767, 0.01368460945277246 },
		{ 0.21919685350953583, -0.10450037609345635, 0.035722544782672096 },
	};
	struct kind_test t;

	(void)state;
	kind_start(&t, FIT("power2", ""));
	kind_input_file(&t, "score", "run", LADDER);
	kind_must(&t, &kind_fit);
	for (size_t i = 0; i < 2; i++) {
		struct value row = kind_row(&t, "table", i);

		kind_close_to(kind_real(&row, "A"), want[i][0], 1e-7);
		kind_close_to(kind_real(&row, "alpha"), want[i][1], 1e-7);
		kind_close_to(kind_real(&row, "rmse"), want[i][2], 1e-12);
		assert_null(value_get(&row, "E"));
	}
	kind_end(&t);
}

static void test_fit_exact_law(void **state)
{
	struct kind_test t;
	struct sb b;

	(void)state;
	sb_init(&b, 1 << 16);
	sb_z(&b, "budget,accuracy,source\n");
	for (double x = 1e6; x < 1e12; x *= 3)
		sb_printf(&b, "%.17g,%.17g,a\n", x, 1.69 + 406.4 * pow(x, -0.34));
	kind_start(&t, FIT("power3", ""));
	kind_input(&t, "score", "run", "s.csv", b.s);
	kind_must(&t, &kind_fit);
	struct value row = kind_row(&t, "table", 0);

	kind_close_to(kind_real(&row, "E"), 1.69, 1e-12);
	kind_close_to(kind_real(&row, "A"), 406.4, 1e-10);
	kind_close_to(kind_real(&row, "alpha"), 0.34, 1e-11);
	sb_release(&b);
	kind_end(&t);
}

static void test_fit_refuses(void **state)
{
	struct kind_test t;

	(void)state;
	kind_start(&t, FIT("power3", ""));
	kind_input(&t, "score", "run", "s.csv", "budget,accuracy,source\n1,0.5,a\n2,0.6,a\n1,0.4,b\n2,0.4,b\n3,0.4,b\n4,0.4,b\n");
	kind_must(&t, &kind_fit);
	struct value row = kind_row(&t, "table", 0);

	assert_true(str_is(value_get(&row, "refused")->s, "budget takes 2 values; a law of 3 parameters needs at least 3"));
	assert_int_equal(value_get(&row, "E")->type, V_NULL);
	row = kind_row(&t, "table", 1);
	assert_true(str_is(value_get(&row, "refused")->s, "all 4 values of accuracy are the same"));
	kind_end(&t);
	kind_start(&t, FIT("power3", ""));
	kind_input(&t, "score", "run", "s.csv", "budget,accuracy,source\n1,0.5,a\n0,0.6,a\n");
	kind_fails(&t, &kind_fit, "score: column 'budget', row 2: 0 is not above 0, where power3 has no value");
	kind_end(&t);
}

static void test_fit_same_bytes_any_order(void **state)
{
	static const char head[] = "budget,accuracy,source,seed\n";
	static const char *const rows[] = { "1,0.5,a,1\n", "2,0.61,a,1\n", "4,0.7,a,1\n", "1,0.52,a,2\n", "2,0.6,a,2\n", "4,0.68,a,2\n" };
	char hash[2][DIGEST_HEX + 1];

	(void)state;
	for (size_t turn = 0; turn < 2; turn++) {
		struct kind_test t;
		struct sb b;

		sb_init(&b, 1 << 16);
		sb_z(&b, head);
		for (size_t i = 0; i < 6; i++)
			sb_z(&b, rows[turn ? 5 - i : i]);
		kind_start(&t, FIT("power3", ",\"bootstrap\":{\"resamples\":50,\"over\":\"seed\"}"));
		kind_input(&t, "score", "run", "s.csv", b.s);
		kind_must(&t, &kind_fit);
		kind_hash(&t, "table", hash[turn]);
		sb_release(&b);
		kind_end(&t);
	}
	assert_string_equal(hash[0], hash[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_aggregate_groups),      cmocka_unit_test(test_aggregate_proportions),
		cmocka_unit_test(test_aggregate_counts_what_was_not_scored),
		cmocka_unit_test(test_aggregate_of_nothing),
		cmocka_unit_test(test_aggregate_keys),
		cmocka_unit_test(test_aggregate_many),
		cmocka_unit_test(test_aggregate_refuses),
		cmocka_unit_test(test_aggregate_nist),        cmocka_unit_test(test_fit_power3),
		cmocka_unit_test(test_fit_power2_and_growth), cmocka_unit_test(test_fit_exact_law),
		cmocka_unit_test(test_fit_refuses),           cmocka_unit_test(test_fit_same_bytes_any_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
