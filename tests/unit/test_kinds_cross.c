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
	is_text(&row, "method", "delta over covariances, t with 29.1 degrees of freedom"); /* 16/(1/10 + 9/20) */
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
	is_text(&row, "boot_note", "percentile intervals over 3 seeds are too narrow: at 95 % they cover 74 to 77 % with 3 seeds, 82 to 85 % with 5");
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
	is_text(&row, "method", "delta over cells, t with 3 degrees of freedom");
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

/* The label-budget study's 75 runs through `fit` and `crossover`; references by scipy 1.10.1 (least_squares with the exact
 * Jacobian, brentq, and the sums of docs/statistics.md in numpy). */
static void test_ladder(void **state)
{
	struct kind_test fit, t;

	(void)state;
	kind_start(&fit, "{\"of\":\"score\",\"y\":\"accuracy\",\"x\":\"budget\",\"by\":\"source\",\"law\":\"power3\",\"over\":\"seed\"}");
	kind_input_file(&fit, "score", "run", TEST_DATA "/unit/data/ladder.jsonl");
	kind_must(&fit, &kind_fit);
	struct value row = kind_row(&fit, "table", 0);
	const struct value *influence = value_get(&row, "influence"), *moved = value_get(influence, "alpha");
	double squares = 0, psi;

	assert_int_equal(value_get(influence, "clusters")->list.n, 5);
	for (size_t g = 0; g < 5; g++) {
		assert_true(value_number(&moved->list.items[g], &psi));
		squares += psi * psi;
	}
	kind_close_to(sqrt(squares * 5 / 4), 0.08951543, 1e-6);
	kind_close_to(sqrt(squares * 5 / 4), kind_real(&row, "alpha_se"), 1e-9);
	kind_start(&t, "{\"of\":\"law\",\"between\":[\"manual\",\"gpt\"]}");
	kind_input_file(&t, "law", "fit", kind_path(&fit, "table"));
	kind_must(&t, &kind_crossover);
	row = kind_row(&t, "table", 0);
	kind_close_to(kind_real(&row, "budget"), 437.39606026082816, 1e-7);
	kind_close_to(kind_real(&row, "se"), 0.045532621090992514, 1e-6);
	kind_close_to(kind_real(&row, "high"), 437.39606026082816 * exp(2.7764451051977987 * 0.045532621090992514), 1e-6);
	is_text(&row, "method", "delta over paired seeds, t with 4 degrees of freedom");
	is_text(&row, "better_above", "gpt");
	assert_true(value_get(&row, "inside")->b);
	row = kind_row(&t, "table", 1);
	kind_close_to(kind_real(&row, "budget"), 7.863487609132528, 1e-6);
	kind_close_to(kind_real(&row, "se"), 0.6545762378625812, 1e-5);
	assert_false(value_get(&row, "inside")->b);
	row = kind_row(&t, "table", 2);
	is_text(&row, "kind", "interpolated");
	kind_close_to(kind_real(&row, "budget"), 510.4517983995516, 1e-11); /* by hand in Python, from means and variances */
	kind_close_to(kind_real(&row, "se"), 0.13056618942007808, 1e-7);
	kind_end(&t);
	kind_end(&fit);
}

/* ---- threshold ---------------------------------------------------------------------------------------------------- */

#define LOSS(g, A, alpha, extra) \
	"{\"source\":\"" g "\",\"law\":\"power2\",\"x\":\"labels\",\"y\":\"error\",\"space\":\"raw\",\"A\":" A ",\"alpha\":" alpha \
	",\"x_min\":10,\"x_max\":1000" extra "}\n"
/* 3 n^-0.5 and n^-0.2; only A of the first is uncertain, by 0.03 with 10 degrees of freedom: t(0.975, 10) is R's */
#define TWO LOSS("a", "3", "0.5", ",\"A_low\":2.9,\"A_high\":3.1,\"covariance\":[[9e-4,0],[0,0]],\"df\":10") \
	LOSS("b", "1", "0.2", ",\"covariance\":[[0,0],[0,0]],\"df\":10")
#define T10 2.2281388519649385

static struct value find(struct kind_test *t, const char *output, const char *key, const char *want, size_t skip)
{
	for (size_t i = 0;; i++) {
		struct value row = kind_row(t, output, i);

		if (row.type == V_NULL)
			fail_msg("no row with %s = %s in %s", key, want, output);
		if (str_is(value_get(&row, key)->s, want) && !skip--)
			return row;
	}
}

static void threshold_start(struct kind_test *t, const char *fields, const char *rows)
{
	kind_start(t, fields);
	kind_input(t, "law", "fit", "law.jsonl", rows);
	kind_must(t, &kind_threshold);
}

static void test_threshold_costs(void **state)
{
	struct kind_test t;
	const double budget = pow(3 * sqrt(0.5) / pow(0.001, 0.2), 1 / 0.3);

	(void)state;
	threshold_start(&t, "{\"of\":\"law\",\"price\":{\"a\":500000000000,\"b\":1000000000},\"better\":\"lower\",\"target\":0.3,"
	                    "\"budget\":[50000000000000]}", TWO);
	struct value row = find(&t, "table", "question", "needed", 0);

	kind_close_to(kind_real(&row, "estimate"), 100, 1e-12); /* (0.3/3)^-2; ∂ln n/∂A = 1/(αA) */
	kind_close_to(kind_real(&row, "se"), 0.02, 1e-8);
	kind_close_to(kind_real(&row, "low"), 100 * exp(-T10 * 0.02), 1e-9);
	is_text(&row, "unit", "labels");
	is_null(&row, "b");
	assert_true(value_get(&row, "inside")->b);
	row = find(&t, "table", "question", "cost", 0);
	kind_close_to(kind_real(&row, "estimate"), 50, 1e-12);
	kind_close_to(kind_real(&row, "high"), 50 * exp(T10 * 0.02), 1e-9);
	is_text(&row, "unit", "USD");
	row = find(&t, "table", "question", "price ratio", 0);
	kind_close_to(kind_real(&row, "estimate"), pow(0.3, -5) / 100, 1e-11);
	kind_close_to(kind_real(&row, "se"), 0.02, 1e-8);
	is_text(&row, "better_below", "a");
	is_text(&row, "better_above", "b");
	is_text(&row, "better", "b"); /* 50 USD against 0.41 */
	row = find(&t, "table", "question", "budget", 0);
	kind_close_to(kind_real(&row, "estimate"), budget, 1e-11);
	kind_close_to(kind_real(&row, "se"), 0.03 / 0.9, 1e-8); /* ∂ln B/∂A = 1/(A (α1 - α2)) */
	is_text(&row, "better_below", "b");
	is_text(&row, "better_above", "a");
	row = find(&t, "table", "question", "at budget", 0);
	kind_close_to(kind_real(&row, "estimate"), 0.3 - pow(50000, -0.2), 1e-11);
	kind_close_to(kind_real(&row, "se"), 0.003, 1e-8);
	kind_close_to(kind_real(&row, "low"), 0.3 - pow(50000, -0.2) - T10 * 0.003, 1e-9);
	is_text(&row, "better", "b");
	is_text(&row, "unit", "error");
	kind_end(&t);
}

static void test_threshold_sensitivity(void **state)
{
	struct kind_test t;
	const double budget = pow(3 * sqrt(0.5) / pow(0.001, 0.2), 1 / 0.3);

	(void)state;
	threshold_start(&t, "{\"of\":\"law\",\"price\":{\"a\":500000000000,\"b\":1000000000},\"better\":\"lower\"}", TWO);
	struct value row = find(&t, "sensitivity", "assumption", "price of a", 0);

	is_text(&row, "question", "budget");
	kind_close_to(kind_real(&row, "estimate"), budget, 1e-11);
	kind_close_to(kind_real(&row, "from"), 0.25, 0);
	kind_close_to(kind_real(&row, "at_from"), budget * pow(0.5, 0.5 / 0.3), 1e-10);
	kind_close_to(kind_real(&row, "at_to"), budget * pow(2, 0.5 / 0.3), 1e-10);
	kind_close_to(kind_real(&row, "swing"), budget * (pow(2, 0.5 / 0.3) - pow(0.5, 0.5 / 0.3)), 1e-10);
	row = find(&t, "sensitivity", "assumption", "price of b", 0);
	kind_close_to(kind_real(&row, "at_to"), budget * pow(2, -0.2 / 0.3), 1e-10);
	row = find(&t, "sensitivity", "assumption", "A of a", 0);
	kind_close_to(kind_real(&row, "at_from"), budget * pow(2.9 / 3, 1 / 0.3), 1e-10);
	kind_close_to(kind_real(&row, "at_to"), budget * pow(3.1 / 3, 1 / 0.3), 1e-10);
	is_null(&row, "note");
	assert_int_equal(kind_row(&t, "sensitivity", 3).type, V_NULL); /* no ends of alpha, no fixed cost, nothing of b */
	kind_end(&t);
}

/* √x is worth 10 USD a unit and costs 1 + 0.5 x: √x = 10 ± √98; with a price ten times as high 5 x - 10 √x + 1: 1 ± √0.8 */
static void test_threshold_benefit(void **state)
{
	struct kind_test t;
	const char *root = "{\"source\":\"a\",\"law\":\"power2\",\"x\":\"n\",\"y\":\"y\",\"A\":1,\"alpha\":-0.5,\"x_min\":0.1,\"x_max\":100}\n";

	(void)state;
	threshold_start(&t, "{\"of\":\"law\",\"price\":{\"a\":500000000000},\"fixed\":{\"a\":1000000000000},\"worth\":10000000000000}", root);
	struct value row = kind_row(&t, "table", 0);

	kind_close_to(kind_real(&row, "estimate"), pow(10 - sqrt(98), 2), 1e-10);
	is_null(&row, "better_below");
	is_text(&row, "better_above", "a");
	row = kind_row(&t, "table", 1);
	kind_close_to(kind_real(&row, "estimate"), pow(10 + sqrt(98), 2), 1e-10);
	is_text(&row, "better_below", "a");
	is_null(&row, "better_above");
	assert_false(value_get(&row, "inside")->b);
	is_null(&row, "method");
	row = find(&t, "sensitivity", "assumption", "worth", 0);
	kind_close_to(kind_real(&row, "at_to"), pow(20 - sqrt(398), 2), 1e-9); /* x - 40 √x + 2 */
	row = find(&t, "sensitivity", "assumption", "fixed of a", 0);
	kind_close_to(kind_real(&row, "at_to"), pow(10 - sqrt(96), 2), 1e-9);
	kind_end(&t);
	/* at 60 USD: benefit 10 √x never reaches 1 + 60 x */
	threshold_start(&t, "{\"of\":\"law\",\"price\":{\"a\":60000000000000},\"fixed\":{\"a\":1000000000000},\"worth\":10000000000000}", root);
	row = kind_row(&t, "table", 0);
	is_null(&row, "estimate");
	is_text(&row, "note", "benefit is below cost everywhere between n = 0.001 and 10,000");
	assert_int_equal(kind_row(&t, "sensitivity", 0).type, V_NULL);
	kind_end(&t);
}

static void test_threshold_without_answer(void **state)
{
	struct kind_test t;

	(void)state;
	threshold_start(&t, "{\"of\":\"law\",\"price\":{\"a\":1000000000000,\"b\":1000000000000},\"better\":\"lower\",\"target\":[1e-9,30],\"budget\":500000000000,\"fixed\":{\"a\":1000000000000}}",
	                LOSS("a", "3", "0.5", "") LOSS("b", "2", "0.5", ""));
	struct value row = find(&t, "table", "question", "needed", 0);

	is_text(&row, "note", "'a' does not reach 1e-09 between labels = 0.1 and 100,000; closest at 100,000, 0.009487 away");
	is_null(&row, "inside");
	row = find(&t, "table", "question", "needed", 1);
	is_text(&row, "note", "'a' is past 30 all the way between labels = 0.1 and 100,000");
	row = find(&t, "table", "question", "price ratio", 0);
	is_text(&row, "note", "'a' does not reach 1e-09 between labels = 0.1 and 100,000; closest at 100,000, 0.009487 away");
	row = find(&t, "table", "question", "budget", 0);
	is_null(&row, "estimate");
	is_text(&row, "better_above", "b");
	row = find(&t, "table", "question", "at budget", 0);
	is_text(&row, "note", "the budget does not buy both");
	kind_end(&t);
	threshold_start(&t, "{\"of\":\"law\",\"price\":{\"a\":1000000000000},\"target\":0.3}", TWO);
	row = find(&t, "table", "question", "needed", 0);
	is_text(&row, "note", "'a' passes 0.3 from the better side, at labels = 100; `better: lower` if less is better");
	kind_end(&t);
	threshold_start(&t, "{\"of\":\"law\",\"price\":{\"a\":1000000000000,\"b\":1000000000000},\"worth\":1000000000000,\"target\":0.1}",
	                LOSS("a", "3", "0.5", "") "{\"source\":\"b\",\"law\":\"power2\",\"refused\":\"1 point\"}\n");
	row = find(&t, "table", "question", "budget", 0);
	is_text(&row, "refused", "there is no law for 'b': 1 point");
	row = find(&t, "table", "question", "benefit", 1);
	is_text(&row, "refused", "there is no law for 'b': 1 point");
	kind_end(&t);
}

/* Seeds that move both laws alike move neither the budget nor the ratio; those of b alone give its answers their spread. */
static void test_threshold_draws(void **state)
{
	struct kind_test t;
	struct sb b;

	(void)state;
	sb_init(&b, 1 << 16);
	for (int law = 0; law < 2; law++) {
		sb_printf(&b, "{\"source\":\"%s\",\"law\":\"power2\",\"x\":\"n\",\"y\":\"y\",\"A\":%d,\"alpha\":%s,\"x_min\":1,\"x_max\":1000,\"draws\":[",
		          law ? "b" : "a", law ? 1 : 3, law ? "0.2" : "0.5");
		for (int i = 0; i < 41; i++)
			sb_printf(&b, "%s[%.17g,%s]", i ? "," : "", law ? 1 : 3 * exp(0.01 * (i - 20)), law ? "0.2" : "0.5");
		sb_z(&b, "]}\n");
	}
	threshold_start(&t, "{\"of\":\"law\",\"price\":{\"a\":1000000000000,\"b\":1000000000000},\"better\":\"lower\",\"target\":0.3}", b.s);
	struct value row = find(&t, "table", "question", "needed", 0);

	kind_close_to(kind_real(&row, "boot_low"), 100 * exp(-0.38), 1e-9); /* ln n moves by twice ln A; the second of 41 */
	kind_close_to(kind_real(&row, "high"), 100 * exp(0.38), 1e-9);
	is_text(&row, "method", "percentile bootstrap");
	row = find(&t, "table", "question", "budget", 0);
	kind_close_to(kind_real(&row, "boot_high") / kind_real(&row, "estimate"), exp(0.19 / 0.3), 1e-9);
	kind_end(&t);
	sb_release(&b);
}

static void test_threshold_fields(void **state)
{
	(void)state;
	fails(&kind_threshold, "{\"of\":\"law\",\"price\":{}}", TWO, "no group has a price");
	fails(&kind_threshold, "{\"of\":\"law\",\"price\":{\"c\":1}}", TWO, "law has no law for 'c'; it has a, b");
	fails(&kind_threshold, "{\"of\":\"law\",\"price\":{\"a\":1},\"fixed\":{\"b\":1}}", TWO, "'b' has a fixed cost and no price");
	fails(&kind_threshold, "{\"of\":\"law\",\"price\":{\"a\":1,\"b\":1},\"paired\":\"yes\"}", TWO, "'a' and 'b' do not have the same seeds");
	fails(&kind_threshold, "{\"of\":\"law\",\"price\":{\"a\":1}}",
	      "{\"source\":\"a\",\"law\":\"linear\",\"x\":\"n\",\"a\":1,\"b\":1,\"x_min\":-2,\"x_max\":5}\n",
	      "the data of 'a' begin at n = -2, which nobody can buy");
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
		cmocka_unit_test(test_ladder),
		cmocka_unit_test(test_threshold_costs),
		cmocka_unit_test(test_threshold_sensitivity),
		cmocka_unit_test(test_threshold_benefit),
		cmocka_unit_test(test_threshold_without_answer),
		cmocka_unit_test(test_threshold_draws),
		cmocka_unit_test(test_threshold_fields),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
