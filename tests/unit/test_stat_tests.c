/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Proves: every classical test gives R's numbers to 1e-9, ties, zeros and continuity included; where R has none (exact
 * with ties, permutations) those of full enumeration in R. Reference values: R 4.2.2.
 */
#include "engine/stat/tests.h"

#include "engine/stat/permute.h"
#include "engine/stat/ranks.h"
#include "tests/unit/stat_mem_fixture.h"

/* Hollander and Wolfe (1973): depression, p. 29; permeability, p. 69. Student's sleep. */
static const double hw_x[] = { 1.83, .50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30 };
static const double hw_y[] = { .878, .647, .598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29 };
static const double mw_x[] = { .80, .83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, .73, 1.46 };
static const double mw_y[] = { 1.15, .88, .90, .74, 1.21 };
static const double sleep_1[] = { 0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2 };
static const double sleep_2[] = { 1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4 };
static const double tied[] = { 2, -1, 0, 3, 3, -2, 5, 1, 0, 4, -1, 6 };
static const double tied_x[] = { 1, 2, 2, 3, 5, 5, 7, 8 };
static const double tied_y[] = { 2, 4, 5, 6, 6, 9, 9, 10, 11 };

static struct test_options two(enum alternative a, enum exactness exact, bool correct)
{
	return (struct test_options){ a, 0.95, exact, correct };
}

static void minus(const double *x, const double *y, size_t n, double *d)
{
	for (size_t i = 0; i < n; i++)
		d[i] = x[i] - y[i];
}

static void t_tests(void **state)
{
	struct test_options o = two(TWO_SIDED, EXACT_AUTO, true), less = two(LESS, EXACT_AUTO, true);
	double d[10];
	struct test_result r;

	(void)state;
	minus(sleep_1, sleep_2, 10, d);
	r = test_t_one(d, 10, &o);
	same(r.statistic, -4.06212768338204);
	assert_true(r.df == 9 && r.n == 10 && r.how == TEST_ASYMPTOTIC);
	same(r.p, 0.00283289019738427);
	same(r.low, -2.45988576327698);
	same(r.high, -0.700114236723018);
	same(test_t_one(d, 10, &less).p, 0.00141644509869214);
	r = test_t_welch(sleep_1, 10, sleep_2, 10, &o);
	same(r.statistic, -1.86081346748685);
	same(r.df, 17.7764735161785);
	same(r.p, 0.0793941401873582);
	same(r.low, -3.36548323071171);
	same(r.high, 0.20548323071171);
	same(test_t_welch(sleep_1, 10, sleep_2, 10, &less).p, 0.0396970700936791);
	r = test_t_pooled(sleep_1, 10, sleep_2, 10, &o);
	assert_true(r.df == 18);
	same(r.p, 0.0791867142159382);
	same(r.low, -3.3638740322876);
	same(r.high, 0.203874032287599);
}

static void t_tests_without_a_spread_have_no_number(void **state)
{
	struct test_options o = two(TWO_SIDED, EXACT_AUTO, true);
	double equal[] = { 0.1, 0.1, 0.1 }, nearly[] = { 0.3 - 0.1, 0.2, 0.2 };

	(void)state;
	assert_int_equal(test_t_one(equal, 3, &o).state, TEST_NO_SPREAD);
	assert_int_equal(test_t_one(nearly, 3, &o).state, TEST_NO_SPREAD);
	assert_int_equal(test_t_one(equal, 1, &o).state, TEST_TOO_FEW);
	assert_int_equal(test_t_welch(equal, 3, equal, 3, &o).state, TEST_NO_SPREAD);
	assert_int_equal(test_t_pooled(equal, 3, equal, 1, &o).state, TEST_TOO_FEW);
	assert_true(isnan(test_t_one(equal, 3, &o).p));
	/* Squares of variances would underflow here. */
	double small_a[] = { 1e-90, 2e-90, 3e-90 }, small_b[] = { 2e-90, 5e-90, 6e-90 };
	struct test_result r = test_t_welch(small_a, 3, small_b, 3, &o);

	assert_true(r.state == TEST_OK && r.df > 2 && r.df < 4 && r.p > 0.1 && r.p < 0.3);
}

static void wilcoxon(void **state)
{
	struct test_options o = two(TWO_SIDED, EXACT_AUTO, true);
	double d[10];
	struct test_result r;

	(void)state;
	minus(hw_x, hw_y, 9, d);
	r = test_wilcoxon(&mem, d, 9, &o);
	assert_true(r.how == TEST_EXACT && r.statistic == 40 && r.n == 9);
	same(r.p, 0.0390625);
	same(r.smallest, 2.0 / 512);
	o.alternative = GREATER;
	same(test_wilcoxon(&mem, d, 9, &o).p, 0.01953125);
	o.alternative = LESS;
	same(test_wilcoxon(&mem, d, 9, &o).p, 0.986328125);
	o = two(TWO_SIDED, EXACT_NEVER, true);
	r = test_wilcoxon(&mem, d, 9, &o);
	assert_true(r.how == TEST_ASYMPTOTIC && r.corrected);
	same(r.p, 0.0440109840129515);
	o.alternative = GREATER;
	same(test_wilcoxon(&mem, d, 9, &o).p, 0.0220054920064757);
	o.alternative = LESS;
	same(test_wilcoxon(&mem, d, 9, &o).p, 0.98351530937789);
	o = two(TWO_SIDED, EXACT_NEVER, false);
	same(test_wilcoxon(&mem, d, 9, &o).p, 0.0381517101734152);
}

static void wilcoxon_with_ties_and_zeros(void **state)
{
	struct test_options o = two(TWO_SIDED, EXACT_AUTO, true);
	struct test_result r = test_wilcoxon(&mem, tied, 12, &o);
	double d[10], none[] = { 0, 0 };

	(void)state;
	assert_true(r.how == TEST_ASYMPTOTIC && r.ties && r.zeros == 2 && r.n == 10 && r.statistic == 46.5);
	same(r.p, 0.0583466081864241);
	o.correct = false;
	same(test_wilcoxon(&mem, tied, 12, &o).p, 0.0518654147914673);
	o = two(GREATER, EXACT_AUTO, true);
	same(test_wilcoxon(&mem, tied, 12, &o).p, 0.0291733040932121);
	/* all 1,024 sign patterns of the midranks */
	o = two(GREATER, EXACT_ALWAYS, true);
	r = test_wilcoxon(&mem, tied, 12, &o);
	assert_int_equal(r.how, TEST_EXACT);
	same(r.p, 0.0302734375);
	o.alternative = LESS;
	same(test_wilcoxon(&mem, tied, 12, &o).p, 0.9814453125);
	o.alternative = TWO_SIDED;
	same(test_wilcoxon(&mem, tied, 12, &o).p, 2 * 0.0302734375);
	minus(sleep_1, sleep_2, 10, d);
	o = two(TWO_SIDED, EXACT_AUTO, true);
	r = test_wilcoxon(&mem, d, 10, &o);
	assert_true(r.statistic == 0);
	same(r.p, 0.00909069801592506);
	r = test_wilcoxon(&mem, none, 2, &o);
	assert_true(r.state == TEST_ALL_ZERO && r.zeros == 2 && isnan(r.p));
	assert_int_equal(test_wilcoxon(&mem, none, 0, &o).state, TEST_TOO_FEW);
}

static void mann_whitney(void **state)
{
	struct test_options o = two(TWO_SIDED, EXACT_AUTO, true);
	struct test_result r = test_mann_whitney(&mem, mw_x, 10, mw_y, 5, &o);
	double same_x[] = { 4, 4 };

	(void)state;
	assert_true(r.how == TEST_EXACT && r.statistic == 35);
	same(r.p, 0.254412254412254);
	same(r.smallest, 2.0 / 3003);
	o.alternative = GREATER;
	same(test_mann_whitney(&mem, mw_x, 10, mw_y, 5, &o).p, 0.127206127206127);
	o.alternative = LESS;
	same(test_mann_whitney(&mem, mw_x, 10, mw_y, 5, &o).p, 0.896769896769897);
	o = two(TWO_SIDED, EXACT_NEVER, true);
	same(test_mann_whitney(&mem, mw_x, 10, mw_y, 5, &o).p, 0.244623605126983);
	o.alternative = LESS;
	same(test_mann_whitney(&mem, mw_x, 10, mw_y, 5, &o).p, 0.900775348203994);
	o = two(TWO_SIDED, EXACT_NEVER, false);
	same(test_mann_whitney(&mem, mw_x, 10, mw_y, 5, &o).p, 0.220671361919847);
	/* ties */
	o = two(TWO_SIDED, EXACT_AUTO, true);
	r = test_mann_whitney(&mem, tied_x, 8, tied_y, 9, &o);
	assert_true(r.ties && r.how == TEST_ASYMPTOTIC && r.statistic == 17);
	same(r.p, 0.0732656202174698);
	o.correct = false;
	same(test_mann_whitney(&mem, tied_x, 8, tied_y, 9, &o).p, 0.0658295479506856);
	o = two(LESS, EXACT_ALWAYS, true); /* all 24,310 deals of the midranks */
	same(test_mann_whitney(&mem, tied_x, 8, tied_y, 9, &o).p, 0.0341011929247223);
	o.alternative = GREATER;
	same(test_mann_whitney(&mem, tied_x, 8, tied_y, 9, &o).p, 0.970176881941588);
	o = two(TWO_SIDED, EXACT_AUTO, true);
	r = test_mann_whitney(&mem, sleep_1, 10, sleep_2, 10, &o);
	assert_true(r.statistic == 25.5);
	same(r.p, 0.0693275754336266);
	assert_int_equal(test_mann_whitney(&mem, same_x, 2, same_x, 2, &o).state, TEST_NO_SPREAD);
	assert_int_equal(test_mann_whitney(&mem, same_x, 2, same_x, 0, &o).state, TEST_TOO_FEW);
}

/* R counts below 50 values in each arm; here are 49. */
static void large_exact_distributions(void **state)
{
	struct test_options o = two(TWO_SIDED, EXACT_AUTO, true);
	double odd[49], even[49], d[49];
	struct test_result r;

	(void)state;
	for (int i = 0; i < 49; i++) {
		odd[i] = 2 * i + 1;
		even[i] = 2 * i + 2 + (i > 30 ? 40 : 0);
		d[i] = i % 3 ? i + 1 : -i - 1;
	}
	r = test_mann_whitney(&mem, odd, 49, even, 49, &o);
	assert_int_equal(r.how, TEST_EXACT);
	assert_true(r.statistic == 1023);
	same(r.p, 0.2095324755790352);
	r = test_wilcoxon(&mem, d, 49, &o);
	assert_int_equal(r.how, TEST_EXACT);
	assert_true(r.statistic == 800);
	same(r.p, 0.062485428367597969);
}

static void sign_test(void **state)
{
	struct test_options o = two(TWO_SIDED, EXACT_AUTO, true);
	double d[12];
	struct test_result r;

	(void)state;
	minus(sleep_1, sleep_2, 10, d);
	r = test_sign(d, 10, &o);
	assert_true(r.zeros == 1 && r.n == 9 && r.statistic == 0);
	same(r.p, .00390625);
	for (int i = 0; i < 12; i++)
		d[i] = i < 3 ? 1 : -1;
	same(test_sign(d, 12, &o).p, 0.14599609375);
	o.alternative = LESS;
	same(test_sign(d, 12, &o).p, 0.072998046875);
	o.alternative = GREATER;
	same(test_sign(d, 12, &o).p, 0.980712890625);
	d[0] = 0;
	assert_int_equal(test_sign(d, 1, &o).state, TEST_ALL_ZERO);
}

static void mcnemar(void **state)
{
	struct test_options o = two(TWO_SIDED, EXACT_AUTO, true), plain = two(TWO_SIDED, EXACT_AUTO, false);
	struct test_result r = test_mcnemar(150, 86, MCNEMAR_CHI2, &o);

	(void)state;
	assert_true(r.df == 1 && r.n == 236 && r.corrected);
	same(r.statistic, 16.8177966101695);
	same(r.p, 4.11456228134594e-05);
	r = test_mcnemar(150, 86, MCNEMAR_CHI2, &plain);
	same(r.statistic, 17.3559322033898);
	same(r.p, 3.09929344104522e-05);
	same(test_mcnemar(86, 150, MCNEMAR_EXACT, &o).p, 3.71593613957143e-05);
	same(test_mcnemar(400, 600, MCNEMAR_EXACT, &o).p, 2.72846415606603e-10);
	same(test_mcnemar(600, 401, MCNEMAR_EXACT, &o).p, 3.4218169851009e-10);
	same(test_mcnemar(2900, 3100, MCNEMAR_EXACT, &o).p, 0.010191041523413);
	same(test_mcnemar(5, 12, MCNEMAR_MID_P, &o).p, 0.0962524414062499);
	assert_true(test_mcnemar(0, 3, MCNEMAR_EXACT, &o).p == 0.25); /* to the last bit */
	same(test_mcnemar(4, 4, MCNEMAR_EXACT, &o).p, 1);
	same(test_mcnemar(4, 4, MCNEMAR_MID_P, &o).p, 1);
	r = test_mcnemar(4, 4, MCNEMAR_CHI2, &o); /* R corrects only what differs */
	assert_true(r.statistic == 0 && r.p == 1);
	same(test_mcnemar(0, 5, MCNEMAR_EXACT, &o).p, 0.0625);
	same(test_mcnemar(0, 5, MCNEMAR_EXACT, &o).smallest, 0.0625);
	o.alternative = LESS;
	same(test_mcnemar(0, 5, MCNEMAR_EXACT, &o).p, 0.03125);
	same(test_mcnemar(0, 5, MCNEMAR_MID_P, &o).p, 0.015625);
	o.alternative = GREATER;
	same(test_mcnemar(0, 5, MCNEMAR_EXACT, &o).p, 1);
	assert_int_equal(test_mcnemar(0, 0, MCNEMAR_EXACT, &o).state, TEST_ALL_ZERO);
}

/* Hollander and Wolfe (1973), p. 140: rounding first base. */
static const double baseball[] = {
	5.40, 5.50, 5.55, 5.85, 5.70, 5.75, 5.20, 5.60, 5.50, 5.55, 5.50, 5.40, 5.90, 5.85, 5.70, 5.45, 5.55, 5.60, 5.40, 5.40, 5.35, 5.45,
	5.50, 5.35, 5.25, 5.15, 5.00, 5.85, 5.80, 5.70, 5.25, 5.20, 5.10, 5.65, 5.55, 5.45, 5.60, 5.35, 5.45, 5.05, 5.00, 4.95, 5.50, 5.50,
	5.40, 5.45, 5.55, 5.50, 5.55, 5.55, 5.35, 5.45, 5.50, 5.55, 5.50, 5.45, 5.25, 5.65, 5.60, 5.40, 5.70, 5.65, 5.55, 6.30, 6.30, 6.25,
};
/* R's airquality: ozone by month, May to September. */
static const double ozone[] = {
	41, 36, 12, 18, 28, 23, 19, 8, 7, 16, 11, 14, 18, 14, 34, 6, 30, 11, 1, 11, 4, 32, 23, 45, 115, 37, 29, 71, 39, 23, 21, 37, 20,
	12, 13, 135, 49, 32, 64, 40, 77, 97, 97, 85, 10, 27, 7, 48, 35, 61, 79, 63, 16, 80, 108, 20, 52, 82, 50, 64, 59, 39, 9, 16, 78,
	35, 66, 122, 89, 110, 44, 28, 65, 22, 59, 23, 31, 44, 21, 9, 45, 168, 73, 76, 118, 84, 85, 96, 78, 73, 91, 47, 32, 20, 23, 21,
	24, 44, 21, 28, 9, 13, 46, 18, 13, 24, 16, 13, 23, 36, 7, 14, 30, 14, 18, 20,
};

static void several_arms(void **state)
{
	static const size_t months[] = { 26, 9, 26, 26, 29 };
	size_t arm[116], n = 0;
	double equal[] = { 1, 1, 1, 2, 2, 2 };
	struct test_result r = test_friedman(&mem, baseball, 22, 3);

	(void)state;
	same(r.statistic, 11.1428571428571);
	assert_true(r.df == 2);
	same(r.p, 0.00380504077551136);
	assert_int_equal(test_friedman(&mem, equal, 2, 3).state, TEST_NO_SPREAD);
	assert_int_equal(test_friedman(&mem, equal, 0, 3).state, TEST_TOO_FEW);
	for (size_t m = 0; m < 5; m++)
		for (size_t i = 0; i < months[m]; i++)
			arm[n++] = m;
	r = test_kruskal(&mem, ozone, arm, n, 5);
	assert_true(n == 116 && r.df == 4 && r.ties);
	same(r.statistic, 29.2665763061169);
	same(r.p, 6.90071411854678e-06);
	assert_int_equal(test_kruskal(&mem, ozone, arm, n, 6).state, TEST_TOO_FEW);
	assert_int_equal(test_kruskal(&mem, (double[]){ 1, 1 }, (size_t[]){ 0, 1 }, 2, 2).state, TEST_NO_SPREAD);
}

static void permutations_are_counted(void **state)
{
	double d[12];
	struct test_result r;

	(void)state;
	minus(sleep_1, sleep_2, 10, d);
	r = permute_signs(&mem, d, 10, TWO_SIDED, 999, 1);
	assert_true(r.how == TEST_EXACT && r.n == 9 && r.zeros == 1);
	same(r.p, 0.00390625);
	same(r.statistic, -1.58);
	same(permute_signs(&mem, d, 10, LESS, 999, 1).p, 0.001953125);
	same(permute_signs(&mem, d, 10, GREATER, 999, 1).p, 1);
	r = permute_arms(&mem, mw_x, 10, mw_y, 5, TWO_SIDED, 999, 1);
	assert_int_equal(r.how, TEST_EXACT);
	same(r.p, 0.131868131868132);
	same(r.smallest, 1.0 / 3003);
	same(permute_arms(&mem, mw_x, 10, mw_y, 5, GREATER, 999, 1).p, 0.0636030636030636);
	same(permute_arms(&mem, mw_x, 10, mw_y, 5, LESS, 999, 1).p, 0.938061938061938);
	/* Differences that are equal but for rounding are ties: all 2^6 patterns, two of them as extreme. */
	for (int i = 0; i < 6; i++)
		d[i] = (0.1 * (i + 3)) - 0.1 * i;
	same(permute_signs(&mem, d, 6, TWO_SIDED, 999, 1).p, 0.03125);
	d[0] = -d[0];
	same(permute_signs(&mem, d, 6, TWO_SIDED, 999, 1).p, 14.0 / 64);
	/* three pairs: never below 1/4 */
	same(permute_signs(&mem, sleep_2 + 5, 3, TWO_SIDED, 999, 1).p, 0.25);
	assert_int_equal(permute_signs(&mem, tied + 2, 1, TWO_SIDED, 9, 1).state, TEST_ALL_ZERO);
	assert_int_equal(permute_arms(&mem, d, 0, d, 3, TWO_SIDED, 9, 1).state, TEST_TOO_FEW);
	assert_int_equal(permute_arms(&mem, tied + 3, 2, tied + 3, 2, TWO_SIDED, 9, 1).state, TEST_NO_SPREAD);
}

/* Twenty are counted, twenty-one drawn; both ways agree within the chance of drawing. */
static void permutations_are_drawn_where_there_are_too_many(void **state)
{
	double d[21], x[12], y[12];
	struct test_result exact, drawn;

	(void)state;
	for (int i = 0; i < 21; i++)
		d[i] = sin(i * 2.3) + 0.25;
	d[20] = 0;
	exact = permute_signs(&mem, d, 21, TWO_SIDED, 9999, 1);
	assert_int_equal(exact.how, TEST_EXACT);
	d[20] = 1e-9; /* changes nothing but the number of differences */
	drawn = permute_signs(&mem, d, 21, TWO_SIDED, 99999, 1);
	assert_true(drawn.how == TEST_MONTE_CARLO && drawn.drawn == 99999);
	close_to(drawn.p, exact.p, 5 * sqrt(exact.p * (1 - exact.p) / 99999));
	assert_true(drawn.p == permute_signs(&mem, d, 21, TWO_SIDED, 99999, 1).p);
	for (int i = 0; i < 12; i++) {
		x[i] = sin(i * 2.3) + 0.5;
		y[i] = cos(i * 1.7);
	}
	exact = permute_arms(&mem, x, 10, y, 10, TWO_SIDED, 9, 3);
	assert_int_equal(exact.how, TEST_EXACT);
	drawn = permute_arms(&mem, x, 12, y, 12, TWO_SIDED, 99999, 3);
	assert_int_equal(drawn.how, TEST_MONTE_CARLO);
	/* R: enumeration of all 2,704,156 deals */
	close_to(drawn.p, 0.166321025857976, 5 * sqrt(0.166321025857976 * (1 - 0.166321025857976) / 99999));
	/* what nothing is as extreme as: (0 + 1)/(B + 1) */
	for (int i = 0; i < 21; i++)
		d[i] = 1 + i;
	same(permute_signs(&mem, d, 21, GREATER, 99, 3).p, 0.01);
}

static void ranks_share_what_is_equal(void **state)
{
	static const double x[] = { 3, 1, 3, 2, 3, 1 }, want[] = { 5, 1.5, 5, 3, 5, 1.5 };
	double rank[6];
	struct ties t = ranks_of(&mem, x, 6, rank);

	(void)state;
	assert_memory_equal(rank, want, sizeof rank);
	assert_true(t.any && t.pairs == 6 + 2 && t.triples == 6 && t.cubes == 24 + 6 && t.kendall == 6 * 11 + 2 * 9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(t_tests, clear),
		cmocka_unit_test_teardown(t_tests_without_a_spread_have_no_number, clear),
		cmocka_unit_test_teardown(wilcoxon, clear),
		cmocka_unit_test_teardown(wilcoxon_with_ties_and_zeros, clear),
		cmocka_unit_test_teardown(mann_whitney, clear),
		cmocka_unit_test_teardown(large_exact_distributions, clear),
		cmocka_unit_test_teardown(sign_test, clear),
		cmocka_unit_test_teardown(mcnemar, clear),
		cmocka_unit_test_teardown(several_arms, clear),
		cmocka_unit_test_teardown(permutations_are_counted, clear),
		cmocka_unit_test_teardown(permutations_are_drawn_where_there_are_too_many, clear),
		cmocka_unit_test_teardown(ranks_share_what_is_equal, clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
