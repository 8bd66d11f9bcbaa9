/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Proves: `aggregate`, `fit` and `crossover` against values that others computed: NIST's certified ones, numpy, scipy and a
 * closed form. Where each comes from stands beside it.
 */
#include <math.h>

#include "tests/unit/kind_fixture.h"

#define LADDER TEST_DATA "/unit/data/ladder.jsonl"
#define NIST TEST_DATA "/../../shared/data/nist/univariate"

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

static void test_aggregate_refuses(void **state)
{
	struct kind_test t;

	(void)state;
	kind_start(&t, "{\"of\":\"s\",\"y\":[\"mean\"]}");
	kind_input(&t, "s", "run", "s.csv", "g,y\nb,3\na,one\n");
	kind_fails(&t, &kind_aggregate, "s: column 'y', row 2: 'one' is no number");
	kind_end(&t);
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

	(void)snprintf(path, sizeof path, "%s/%s.txt", NIST, name);
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
			print_message("no certified data under %s: skipped\n", NIST);
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
		assert_int_equal(value_get(&row, "E")->type, V_NULL);
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
	kind_fails(&t, &kind_fit, "score: column 'budget', row 2: 0 is not above 0, where a power law has no value");
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

/* ---- crossover ---------------------------------------------------------------------------------------------------- */

#define LAWS(draws) \
	"{\"source\":\"a\",\"law\":\"power3\",\"x\":\"budget\",\"E\":1,\"A\":-2,\"alpha\":0.5,\"x_min\":4,\"x_max\":900" draws "}\n"

static void test_crossover_closed_form(void **state)
{
	/* 1 - 2 x^-1/2 = 0.95 - 1.5 x^-1/2 at x^-1/2 = 0.1: x = 100. Moving E of b by d moves that to (0.5 / (0.05 - d))^2. */
	struct kind_test t;
	struct sb b;

	(void)state;
	sb_init(&b, 1 << 16);
	for (int law = 0; law < 2; law++) {
		sb_printf(&b, "{\"source\":\"%s\",\"law\":\"power3\",\"x\":\"budget\",\"E\":%s,\"A\":%s,\"alpha\":0.5,\"x_min\":4,"
		              "\"x_max\":%s,\"refused\":null,\"draws\":[", law ? "b" : "a", law ? "0.95" : "1", law ? "-1.5" : "-2",
		          law ? "50" : "900");
		for (int i = 0; i < 41; i++)
			sb_printf(&b, "%s[%.17g,%s,0.5]", i ? "," : "", law ? 0.95 + 0.0005 * (i - 20) : 1.0, law ? "-1.5" : "-2");
		sb_z(&b, "]}\n");
	}
	kind_start(&t, "{\"of\":\"law\",\"between\":[\"a\",\"b\"]}");
	kind_input(&t, "law", "fit", "law.jsonl", b.s);
	kind_must(&t, &kind_crossover);
	struct value row = kind_row(&t, "table", 0);

	kind_close_to(kind_real(&row, "budget"), 100, 1e-12);
	kind_close_to(kind_real(&row, "level"), 0.8, 1e-12);
	kind_close_to(kind_real(&row, "low"), 250000 / (59.5 * 59.5), 1e-9);  /* quantile 0.025 of 41 draws is the second */
	kind_close_to(kind_real(&row, "high"), 250000 / (40.5 * 40.5), 1e-9);
	kind_close_to(kind_real(&row, "probability"), 1, 0);
	assert_true(value_get(&row, "crosses")->b && value_get(&row, "inside")->b);
	assert_true(str_is(value_get(&row, "better_below")->s, "b"));
	assert_true(str_is(value_get(&row, "better_above")->s, "a"));
	assert_true(str_is(value_get(&row, "note")->s, "beyond the data of b (4 to 50)"));
	assert_int_equal(kind_row(&t, "table", 1).type, V_NULL);
	sb_release(&b);
	kind_end(&t);
}

static void test_crossover_never(void **state)
{
	struct kind_test t;

	(void)state;
	kind_start(&t, "{\"of\":\"law\",\"between\":[\"a\",\"b\"],\"better\":\"lower\"}");
	kind_input(&t, "law", "fit", "law.jsonl",
	           LAWS("") "{\"source\":\"b\",\"law\":\"power3\",\"x\":\"budget\",\"E\":2,\"A\":-2,\"alpha\":0.5,\"x_min\":4,\"x_max\":9}\n");
	kind_must(&t, &kind_crossover);
	struct value row = kind_row(&t, "table", 0);

	assert_false(value_get(&row, "crosses")->b);
	assert_int_equal(value_get(&row, "budget")->type, V_NULL);
	assert_true(str_is(value_get(&row, "better_below")->s, "a"));
	assert_true(str_is(value_get(&row, "note")->s, "the laws do not meet between 0.04 and 90,000"));
	kind_end(&t);
	kind_start(&t, "{\"of\":\"law\",\"between\":[\"a\",\"c\"]}");
	kind_input(&t, "law", "fit", "law.jsonl", LAWS(""));
	kind_fails(&t, &kind_crossover, "law has no law for 'c'; it has a");
	kind_end(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_aggregate_groups),      cmocka_unit_test(test_aggregate_refuses),
		cmocka_unit_test(test_aggregate_nist),        cmocka_unit_test(test_fit_power3),
		cmocka_unit_test(test_fit_power2_and_growth), cmocka_unit_test(test_fit_exact_law),
		cmocka_unit_test(test_fit_refuses),           cmocka_unit_test(test_fit_same_bytes_any_order),
		cmocka_unit_test(test_crossover_closed_form), cmocka_unit_test(test_crossover_never),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
