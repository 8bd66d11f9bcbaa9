/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Linear least squares and analysis of variance against R 4.2.2 (lm, hatvalues, predict, anova); NIST's certified sets are
 * in tests/nist.
 */
#include "tests/unit/stat_fixture.h"

#include "engine/stat/anova.h"
#include "engine/stat/linear.h"

static struct mem_block *blocks;
static const struct mem mem = { mem_fixture_alloc, &blocks };

static int clear(void **state)
{
	(void)state;
	mem_fixture_clear(&blocks);
	return 0;
}

static void a_line_through_cars(void **state)
{
	static const double speed[] = { 4,  4,  7,  7,  8,  9,  10, 10, 10, 11, 11, 12, 12, 12, 12, 13, 13,
		                            13, 13, 14, 14, 14, 14, 15, 15, 15, 16, 16, 17, 17, 17, 18, 18, 18,
		                            18, 19, 19, 19, 20, 20, 20, 20, 20, 22, 23, 24, 24, 24, 24, 25 };
	static const double dist[] = { 2,  10, 4,  22, 16, 10, 18, 26, 34, 17, 28, 14, 20, 24, 28, 26, 34,
		                           34, 46, 26, 36, 60, 80, 20, 26, 54, 32, 40, 32, 40, 50, 42, 56, 76,
		                           84, 36, 46, 68, 32, 48, 52, 56, 64, 66, 54, 70, 92, 93, 120, 85 };
	double x[100], y[50];
	struct linear l;

	(void)state;
	for (size_t i = 0; i < 50; i++) {
		x[2 * i] = 1;
		x[2 * i + 1] = log(speed[i]);
		y[i] = log(dist[i]);
	}
	assert_int_equal(linear_fit(&mem, &(struct linear_data){ x, y, NULL, 50, 2, true }, &l), LINEAR_DONE);
	assert_int_equal(l.df, 48);
	close_to(l.b[0], -0.72966874997199149, 1e-13);
	close_to(l.b[1], 1.6023912064405066, 1e-13);
	close_to(l.se[0], 0.37584568209556513, 1e-13);
	close_to(l.se[1], 0.13953761329400213, 1e-13);
	close_to(l.covariance[1], -0.051831255250063164, 1e-13);
	close_to(l.covariance[2], l.covariance[1], 1e-15);
	close_to(l.r2, 0.7331444392772779, 1e-13);
	close_to(l.s, 0.40526703795930974, 1e-13);
	close_to(l.leverage[0], 0.21293256398627378, 1e-13);
	close_to(l.leverage[24], 0.020251325462370486, 1e-13);
	close_to(l.leverage[49], 0.05676260502909472, 1e-13);
	close_to(l.fitted[0] + l.residual[0], y[0], 1e-15);
	const struct linear_point at = linear_at(&l, (const double[]){ 1, log(30) }, 0.95, 1);

	close_to(at.y, 4.720380025771922, 1e-13);
	close_to(at.mean_low, 4.4831276952409365, 1e-11);
	close_to(at.mean_high, 4.9576323563029074, 1e-11);
	close_to(at.new_low, 3.8716990487937974, 1e-11);
	close_to(at.new_high, 5.569061002750046, 1e-11);
}

static void weights(void **state)
{
	static const double yy[] = { 2.1, 3.9, 6.2, 7.8, 10.1, 12.2, 13.8, 16.1, 18.3, 19.7 };
	static const double leverage[] = { 0.21818181818181837, 0.21363636363636346, 0.18939393939393934, 0.15681818181818183,
		                               0.12727272727272723, 0.11212121212121208, 0.1227272727272727,  0.17045454545454541,
		                               0.26666666666666661, 0.42272727272727278 };
	double x[24], y[12], w[12];
	struct linear l;

	(void)state;
	for (size_t i = 0; i < 10; i++) {
		x[2 * i] = 1;
		x[2 * i + 1] = (double)i + 1;
		y[i] = yy[i];
		w[i] = 0.5 + (double)i / 6;
	}
	x[20] = x[22] = 1; /* rows without weight count nowhere */
	x[21] = x[23] = 1e6;
	y[10] = y[11] = -1e9;
	w[10] = w[11] = 0;
	for (size_t n = 10; n <= 12; n += 2) {
		assert_int_equal(linear_fit(&mem, &(struct linear_data){ x, y, w, n, 2, true }, &l), LINEAR_DONE);
		assert_int_equal(l.n, 10);
		assert_int_equal(l.df, 8);
		close_to(l.b[0], 0.087500000000000702, 1e-12);
		close_to(l.b[1], 1.988560606060606, 1e-13);
		close_to(l.se[0], 0.20032842746602433, 1e-12);
		close_to(l.se[1], 0.028162248316800243, 1e-12);
		close_to(l.r2, 0.99839804359947049, 1e-13);
		close_to(l.s, 0.26418530667436146, 1e-12);
		for (size_t i = 0; i < 10; i++)
			close_to(l.leverage[i], leverage[i], 1e-12);
	}
	const struct linear_point at = linear_at(&l, (const double[]){ 1, 12 }, 0.9, 1);

	close_to(at.y, 23.950227272727275, 1e-13);
	close_to(at.new_low, 23.366600073635738, 1e-11);
	close_to(at.new_high, 24.533854471818813, 1e-11);
	const struct linear_point mean = linear_at(&l, (const double[]){ 1, 12 }, 0.9, 1e30); /* of endless new values */

	close_to(mean.new_low, mean.mean_low, 1e-14);
}

static void what_cannot_be_fitted_is_named(void **state)
{
	double x[] = { 1, 2, 4, 1, 3, 6, 1, 5, 10, 1, 7, 14 }, y[] = { 1, 2, 3, 4 }, w[] = { 1, 1, 1, -1 };
	struct linear l;

	(void)state;
	assert_int_equal(linear_fit(&mem, &(struct linear_data){ x, y, NULL, 4, 3, true }, &l), LINEAR_DEPENDENT);
	assert_true(l.column == 1 || l.column == 2);
	assert_int_equal(linear_fit(&mem, &(struct linear_data){ x, y, NULL, 2, 3, true }, &l), LINEAR_FEW);
	assert_int_equal(linear_fit(&mem, &(struct linear_data){ x, y, NULL, 4, 0, true }, &l), LINEAR_FEW);
	assert_int_equal(linear_fit(&mem, &(struct linear_data){ x, y, w, 4, 3, true }, &l), LINEAR_NOT_FINITE);
	w[3] = 0;
	w[2] = 0;
	assert_int_equal(linear_fit(&mem, &(struct linear_data){ x, y, w, 4, 3, true }, &l), LINEAR_FEW);
	y[1] = NAN;
	assert_int_equal(linear_fit(&mem, &(struct linear_data){ x, y, NULL, 4, 3, true }, &l), LINEAR_NOT_FINITE);
	y[1] = 2;
	x[1] = INFINITY;
	assert_int_equal(linear_fit(&mem, &(struct linear_data){ x, y, NULL, 4, 3, true }, &l), LINEAR_NOT_FINITE);
	assert_int_equal(linear_fit(&mem, &(struct linear_data){ (const double[]){ 0, 0 }, y, NULL, 2, 1, false }, &l),
	                 LINEAR_DEPENDENT); /* a column of zeros */
	assert_int_equal(l.column, 0);
}

/* As many rows as columns: the line is there, what needs a residual is absent. */
static void two_points_make_a_line_without_errors(void **state)
{
	static const double x[] = { 1, 1e9, 1, 2e9 }, y[] = { 1e-9, 3e-9 };
	struct linear l;

	(void)state;
	assert_int_equal(linear_fit(&mem, &(struct linear_data){ x, y, NULL, 2, 2, true }, &l), LINEAR_DONE);
	close_to(l.b[0], -1e-9, 1e-12);
	close_to(l.b[1], 2e-18, 1e-12);
	assert_true(l.df == 0 && isnan(l.s) && isnan(l.se[0]) && isnan(l.covariance[3]));
	const struct linear_point at = linear_at(&l, (const double[]){ 1, 0 }, 0.95, 1);

	assert_true(isnan(at.mean_low) && isnan(at.new_high));
	close_to(at.y, -1e-9, 1e-12);
	static const double flat[] = { 5, 5 };

	assert_int_equal(linear_fit(&mem, &(struct linear_data){ x, flat, NULL, 2, 2, true }, &l), LINEAR_DONE);
	assert_true(isnan(l.r2)); /* nothing to explain */
}

static void plants_differ(void **state)
{
	static const double y[] = { 4.17, 5.58, 5.18, 6.11, 4.5,  4.61, 5.17, 4.53, 5.33, 5.14, 4.81, 4.17, 4.41, 3.59, 5.87,
		                        3.83, 6.03, 4.89, 4.32, 4.69, 6.31, 5.12, 5.54, 5.5,  5.37, 5.29, 4.92, 6.15, 5.8,  5.26 };
	size_t group[30];
	struct anova a;

	(void)state;
	for (size_t i = 0; i < 30; i++)
		group[i] = 2 * (i / 10); /* groups 1 and 3 are empty */
	assert_int_equal(anova_one_way(&mem, y, group, 30, 5, &a), ANOVA_DONE);
	assert_int_equal(a.groups, 3);
	close_to(a.df_between, 2, 0);
	close_to(a.df_within, 27, 0);
	close_to(a.between, 3.7663399999999987, 1e-13);
	close_to(a.within, 10.492089999999997, 1e-13);
	close_to(a.ms_within, 0.38859592592592584, 1e-13);
	close_to(a.f, 4.8460878623801351, 1e-13);
	close_to(a.p, 0.015909958325622937, 1e-12);
	close_to(a.r2, 3.7663399999999987 / (3.7663399999999987 + 10.492089999999997), 1e-13);
}

static void what_has_no_scatter_is_named(void **state)
{
	static const double y[] = { 1, 1, 2, 2 };
	struct anova a;

	(void)state;
	assert_int_equal(anova_one_way(&mem, y, (const size_t[]){ 0, 0, 0, 0 }, 4, 2, &a), ANOVA_ONE_GROUP);
	assert_int_equal(anova_one_way(&mem, NULL, NULL, 0, 2, &a), ANOVA_ONE_GROUP);
	assert_int_equal(anova_one_way(&mem, y, (const size_t[]){ 0, 1, 2, 3 }, 4, 4, &a), ANOVA_NO_REPEATS);
	assert_int_equal(anova_one_way(&mem, y, (const size_t[]){ 0, 0, 1, 1 }, 4, 2, &a), ANOVA_NO_SCATTER);
	assert_true(a.between == 1 && a.within == 0 && isnan(a.f) && isnan(a.p) && a.r2 == 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_line_through_cars, clear),
		cmocka_unit_test_teardown(weights, clear),
		cmocka_unit_test_teardown(what_cannot_be_fitted_is_named, clear),
		cmocka_unit_test_teardown(two_points_make_a_line_without_errors, clear),
		cmocka_unit_test_teardown(plants_differ, clear),
		cmocka_unit_test_teardown(what_has_no_scatter_is_named, clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
