/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Proves: `crossover` and `threshold` against closed forms, on rows as `fit` writes them.
 */
#include <math.h>

#include "tests/unit/kind_fixture.h"

/* 1 - 2 x^-1/2 = 0.95 - 1.5 x^-1/2 at x^-1/2 = 0.1: x = 100, where dh/dln x = 0.025. */
#define HEAD(g, E, A, max) \
	"{\"source\":\"" g "\",\"law\":\"power3\",\"x\":\"budget\",\"y\":\"accuracy\",\"space\":\"raw\",\"E\":" E ",\"A\":" A \
	",\"alpha\":0.5,\"E_low\":" E ",\"E_high\":1.5,\"parameters\":[\"E\",\"A\",\"alpha\"],\"x_min\":4,\"x_max\":" max
#define LAW_A HEAD("a", "1", "-2", "900")
#define LAW_B HEAD("b", "0.95", "-1.5", "50")
#define SEEDS(names, E) \
	",\"influence\":{\"clusters\":[" names "],\"E\":[" E "],\"A\":[0,0,0],\"alpha\":[0,0,0]}"
#define BETWEEN "{\"of\":\"law\",\"between\":[\"a\",\"b\"]}"

static struct value only_row(struct kind_test *t, const char *fields, const char *rows)
{
	kind_start(t, fields);
	kind_input(t, "law", "fit", "law.jsonl", rows);
	kind_must(t, &kind_crossover);
	return kind_row(t, "table", 0);
}

static void is_text(const struct value *row, const char *column, const char *want)
{
	const struct value *v = value_get(row, column);

	assert_non_null(v);
	if (!want) {
		assert_int_equal(v->type, V_NULL);
		return;
	}
	assert_int_equal(v->type, V_STR);
	if (!str_is(v->s, want))
		fail_msg("%s is '%.*s', not '%s'", column, STR_ARG(v->s), want);
}

static void is_null(const struct value *row, const char *column)
{
	is_text(row, column, NULL);
}

static void test_paired_seeds(void **state)
{
	struct kind_test t;
	/* ∂t/∂E is -40 and 40: u = 40 (0, 0.002, -0.002), the seeds of b in another order */
	struct value row = only_row(&t, BETWEEN,
	                            LAW_A SEEDS("\"1\",\"2\",\"3\"", "0.001,-0.001,0") "}\n" LAW_B SEEDS("2,\"3\",1", "0.001,-0.002,0.001") "}\n");
	const double se = 40 * sqrt(1.5 * 8e-6), half = 4.302652729911275 * se; /* t(0.975, 2): R 4.2.2 qt */

	(void)state;
	kind_close_to(kind_real(&row, "budget"), 100, 1e-12);
	kind_close_to(kind_real(&row, "level"), 0.8, 1e-12);
	kind_close_to(kind_real(&row, "se"), se, 1e-8);
	kind_close_to(kind_real(&row, "low"), 100 * exp(-half), 1e-8);
	kind_close_to(kind_real(&row, "high"), 100 * exp(half), 1e-8);
	is_text(&row, "method", "delta over paired seeds, t with 2 degrees of freedom");
	is_text(&row, "kind", "fitted");
	is_text(&row, "better_below", "b");
	is_text(&row, "better_above", "a");
	is_text(&row, "note", "beyond the data of b (4 to 50)");
	assert_false(value_get(&row, "inside")->b);
	is_null(&row, "boot_low");
	is_null(&row, "probability");
	is_null(&row, "refused");
	assert_int_equal(kind_row(&t, "table", 1).type, V_NULL);
	kind_end(&t);
	/* Taken apart: 1600 (3/2 2e-6 + 3/2 6e-6) is the same sum here, but with more degrees of freedom. */
	row = only_row(&t, "{\"of\":\"law\",\"between\":[\"a\",\"b\"],\"paired\":\"no\"}",
	               LAW_A SEEDS("1,2,3", "0.001,-0.001,0") "}\n" LAW_B SEEDS("1,2,3", "0.001,0.001,-0.002") "}\n");
	kind_close_to(kind_real(&row, "se"), se, 1e-8);
	is_text(&row, "method", "delta over seeds, t with 3.2 degrees of freedom"); /* 64/(4/2 + 36/2) by Satterthwaite */
	kind_end(&t);
	/* By the fits' own covariances. */
	row = only_row(&t, BETWEEN, LAW_A ",\"covariance\":[[1e-6,0,0],[0,0,0],[0,0,0]],\"df\":10}\n"
	                            LAW_B ",\"covariance\":[[3e-6,0,0],[0,0,0],[0,0,0]],\"df\":20}\n");
	kind_close_to(kind_real(&row, "se"), 40 * 2e-3, 1e-8);
	is_text(&row, "method", "delta over residuals, t with 29.1 degrees of freedom"); /* 16/(1/10 + 9/20) */
	kind_end(&t);
}

static void laws_with_draws(struct sb *b, bool clusters)
{
	for (int law = 0; law < 2; law++) {
		sb_printf(b, "%s,\"draws\":[", law ? HEAD("b", "0.95", "-1.5", "900") : LAW_A);
		for (int i = 0; i < 41; i++)
			sb_printf(b, "%s[%.17g,%s,0.5]", i ? "," : "", law ? 0.95 + 0.0005 * (i - 20) : 1.0, law ? "-1.5" : "-2");
		sb_printf(b, ",null]%s}\n", clusters ? SEEDS("1,2,3", "0.001,-0.001,0") : "");
	}
}

/* Moving E of b by d moves the meeting to (0.5 / (0.05 - d))^2; quantile 0.025 of 41 draws is the second. */
static void test_draws(void **state)
{
	struct kind_test t;
	struct sb b;

	(void)state;
	sb_init(&b, 1 << 16);
	laws_with_draws(&b, false);
	struct value row = only_row(&t, BETWEEN, b.s);

	kind_close_to(kind_real(&row, "low"), 250000 / (59.5 * 59.5), 1e-9);
	kind_close_to(kind_real(&row, "high"), 250000 / (40.5 * 40.5), 1e-9);
	kind_close_to(kind_real(&row, "boot_high"), 250000 / (40.5 * 40.5), 1e-9);
	kind_close_to(kind_real(&row, "probability"), 1, 0);
	is_text(&row, "method", "percentile bootstrap");
	is_null(&row, "note");
	assert_true(value_get(&row, "inside")->b);
	kind_end(&t);
	sb_release(&b);
	sb_init(&b, 1 << 16);
	laws_with_draws(&b, true);
	row = only_row(&t, BETWEEN, b.s);
	is_null(&row, "se"); /* both move alike: the seeds do not move the meeting at all, which no interval may say */
	is_text(&row, "note", "percentile intervals over 3 seeds are too narrow: at 95 % they cover 74 to 77 % with 3 seeds, 82 to 85 % with 5");
	kind_end(&t);
	sb_release(&b);
}

static void test_never_and_twice(void **state)
{
	struct kind_test t;
	struct value row = only_row(&t, "{\"of\":\"law\",\"between\":[\"a\",\"b\"],\"better\":\"lower\"}", LAW_A "}\n" HEAD("b", "2", "-1", "9") "}\n");

	(void)state;
	assert_false(value_get(&row, "crosses")->b);
	is_null(&row, "budget");
	is_text(&row, "better_below", "a");
	is_text(&row, "better_above", "a");
	is_text(&row, "note", "the laws do not meet between 0.04 and 90,000; closest at 90,000, where they are 1.003 apart");
	kind_end(&t);
	row = only_row(&t, BETWEEN, LAW_A "}\n" HEAD("b", "1", "-2", "9") "}\n");
	assert_false(value_get(&row, "crosses")->b);
	is_null(&row, "better_below");
	is_text(&row, "note", "the two laws are the same");
	kind_end(&t);
	/* 0.01 + x^-1 = 0.25 x^-1/2 at 25 and 400; the one inside the data of both is first */
	row = only_row(&t, BETWEEN,
	               "{\"source\":\"a\",\"law\":\"power3\",\"x\":\"n\",\"E\":0.01,\"A\":1,\"alpha\":1,\"x_min\":100,\"x_max\":900}\n"
	               "{\"source\":\"b\",\"law\":\"power2\",\"x\":\"n\",\"A\":0.25,\"alpha\":0.5,\"x_min\":50,\"x_max\":500}\n");
	kind_close_to(kind_real(&row, "n"), 400, 1e-11);
	assert_true(value_get(&row, "inside")->b);
	is_text(&row, "better_above", "a");
	row = kind_row(&t, "table", 1);
	kind_close_to(kind_real(&row, "n"), 25, 1e-11);
	is_text(&row, "better_above", "b");
	is_text(&row, "note", "beyond the data of a (100 to 900); beyond the data of b (50 to 500)");
	assert_int_equal(kind_row(&t, "table", 2).type, V_NULL);
	kind_end(&t);
}

static void test_means(void **state)
{
	struct kind_test t;
	struct value row = only_row(&t, BETWEEN,
	                            LAW_A ",\"points\":[{\"x\":10,\"y\":0,\"n\":4,\"sd\":0.02},{\"x\":1000,\"y\":1,\"n\":4,\"sd\":0.02}]}\n"
	                            HEAD("b", "0.95", "-1.5", "1000") ",\"points\":[{\"x\":4,\"y\":0.5,\"n\":9,\"sd\":0},{\"x\":1000,\"y\":0.5,\"n\":9,\"sd\":0}]}\n");

	(void)state;
	row = kind_row(&t, "table", 1);
	is_text(&row, "kind", "interpolated");
	kind_close_to(kind_real(&row, "budget"), 100, 1e-10);
	kind_close_to(kind_real(&row, "level"), 0.5, 1e-10);
	/* t* = ln 100 (0.5 - y0)/(y1 - y0): ∂t by either mean -ln 100/2, their variance 1e-4, the other side's 0 */
	kind_close_to(kind_real(&row, "se"), log(100) / 2 * sqrt(2e-4), 1e-6);
	is_text(&row, "method", "delta over residuals, t with 3 degrees of freedom");
	is_null(&row, "probability");
	kind_end(&t);
	/* A formula is known by its curve alone. */
	row = only_row(&t, BETWEEN,
	               LAW_A "}\n{\"source\":\"b\",\"law\":\"formula\",\"x\":\"budget\",\"y\":\"accuracy\",\"space\":\"raw\",\"x_min\":10,\"x_max\":900,"
	               "\"curve\":[{\"x\":1,\"y\":0.8},{\"x\":900,\"y\":0.8}]}\n");
	kind_close_to(kind_real(&row, "budget"), 100, 1e-11);
	is_text(&row, "note", "the law of b is a formula: read off its curve, without an interval");
	is_null(&row, "se");
	kind_end(&t);
}

static void test_refusals(void **state)
{
	static const struct {
		const char *rows, *refused;
	} cases[] = {
		{ LAW_A "}\n{\"source\":\"b\",\"law\":\"power3\",\"x\":\"budget\",\"refused\":\"budget takes 2 values\"}\n",
		  "there is no law for 'b': budget takes 2 values" },
		{ LAW_A "}\n{\"source\":\"b\",\"law\":\"power2\",\"x\":\"steps\",\"y\":\"accuracy\",\"A\":1,\"alpha\":1,\"x_min\":1,\"x_max\":2}\n",
		  "the laws have different x: budget for 'a', steps for 'b'" },
		{ LAW_A "}\n{\"source\":\"b\",\"law\":\"power2\",\"x\":\"budget\",\"y\":\"f1\",\"A\":1,\"alpha\":1,\"x_min\":1,\"x_max\":2}\n",
		  "the laws have different y: accuracy for 'a', f1 for 'b'" },
		{ LAW_A "}\n{\"source\":\"b\",\"law\":\"power2\",\"x\":\"budget\",\"y\":\"accuracy\",\"space\":\"log\",\"A\":1,\"alpha\":1,\"x_min\":1,"
		  "\"x_max\":2}\n",
		  "the laws have different spaces: raw for 'a', log for 'b'" },
	};
	struct kind_test t;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct value row = only_row(&t, BETWEEN, cases[i].rows);

		is_text(&row, "refused", cases[i].refused);
		is_null(&row, "crosses");
		is_null(&row, "budget");
		is_null(&row, "better_below");
		assert_int_equal(kind_row(&t, "table", 1).type, V_NULL);
		kind_end(&t);
	}
}

static void fails(const struct kind *kind, const char *fields, const char *rows, const char *message)
{
	struct kind_test t;

	kind_start(&t, fields);
	kind_input(&t, "law", "fit", "law.jsonl", rows);
	kind_fails(&t, kind, message);
	kind_end(&t);
}

static void test_fields(void **state)
{
	(void)state;
	fails(&kind_crossover, "{\"of\":\"law\",\"between\":[\"a\",\"c\"]}", LAW_A "}\n", "law has no law for 'c'; it has a");
	fails(&kind_crossover, "{\"of\":\"law\",\"between\":[\"a\"]}", LAW_A "}\n", "a crossover is between 2 groups, not 1");
	fails(&kind_crossover, "{\"of\":\"law\",\"between\":[\"a\",\"a\"]}", LAW_A "}\n", "'a' is there twice: a law meets itself everywhere");
	fails(&kind_crossover, BETWEEN, "{\"source\":\"a\",\"law\":\"power3\"}\n{\"source\":\"b\",\"law\":\"power3\"}\n", "law is no table of fitted laws");
	fails(&kind_crossover, BETWEEN, LAW_A "}\n" LAW_A "}\n", "2 laws of law are called 'a'");
	fails(&kind_crossover, "{\"of\":\"law\",\"between\":[\"a\",\"b\"],\"law\":\"mmf4\"}", LAW_A "}\n" LAW_B "}\n", "law has no mmf4 law for 'a'; it has a, b");
	fails(&kind_crossover, "{\"of\":\"law\",\"between\":[\"a\",\"b\"],\"at\":\"sauce\"}", LAW_A "}\n" LAW_B "}\n",
	      "law has no column 'sauce'; it has source, law, x, y, space, E, A, alpha, E_low, E_high, parameters, x_min, x_max");
	fails(&kind_crossover, "{\"of\":\"law\",\"between\":[\"a\",\"b\"],\"paired\":\"yes\"}", LAW_A "}\n" LAW_B "}\n",
	      "'a' and 'b' do not have the same seeds");
	fails(&kind_crossover, BETWEEN, "{\"source\":\"a\",\"law\":\"chinchilla\",\"x\":[\"N\",\"D\"]}\n" LAW_B "}\n",
	      "the law 'chinchilla' is one of two columns: such curves have no crossing points but lines");
}

/* Of several laws of a group the chosen one is taken, or the one that `law` names. */
static void test_chosen(void **state)
{
	struct kind_test t;
	const char *rows = LAW_A ",\"chosen\":false}\n"
	                   "{\"source\":\"a\",\"law\":\"power2\",\"x\":\"budget\",\"y\":\"accuracy\",\"space\":\"raw\",\"A\":0.8,\"alpha\":0,\"x_min\":4,"
	                   "\"x_max\":900,\"chosen\":true}\n" LAW_B ",\"chosen\":true}\n";
	struct value row = only_row(&t, BETWEEN, rows);

	(void)state;
	kind_close_to(kind_real(&row, "level"), 0.8, 1e-12); /* 0.8 = 0.95 - 1.5 u at u = 0.1 as well */
	kind_close_to(kind_real(&row, "budget"), 100, 1e-11);
	is_text(&row, "better_above", "b");
	kind_end(&t);
	row = only_row(&t, "{\"of\":\"law\",\"between\":[\"a\",\"b\"],\"law\":\"power3\"}", rows);
	is_text(&row, "better_above", "a");
	kind_end(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paired_seeds),
		cmocka_unit_test(test_draws),
		cmocka_unit_test(test_never_and_twice),
		cmocka_unit_test(test_means),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_chosen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
