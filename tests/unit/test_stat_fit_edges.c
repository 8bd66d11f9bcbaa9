/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Fits at the edges: data that are refused, bounds, scales, several minima, outliers, and the same problem again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine/stat/rng.h"
#include "tests/unit/fit_fixture.h"

static enum fit_status status_of(struct fit_problem p, size_t *row)
{
	struct fit_result r;
	enum fit_status s = fit_solve(&p, &mem, &r);

	*row = r.row;
	return s;
}

static void bad_data_are_refused_by_name(void **state)
{
	const struct law *power3 = &law_families[LAW_POWER3];
	const double x[4] = { 1, 2, 3, 4 }, zero[4] = { 1, 2, 0, 4 }, same_x[4] = { 5, 5, 5, 5 }, y[4] = { 4, 3, 2.5, 2.2 };
	const double same_y[4] = { 1, 1, 1, 1 }, nan_y[4] = { 4, NAN, 2, 1 }, minus[4] = { 1, 2, 3, -1 }, none[4] = { 0 };
	const double low[3] = { 0, 2, 0 }, high[3] = { 1, 1, 1 };
	const struct fit_formula formula = { .f = michaelis, .columns = 1, .params = 2 };
	size_t row;

	(void)state;
	assert_int_equal(status_of((struct fit_problem){ .law = power3, .n = 2, .x = x, .y = y }, &row), FIT_FEW_POINTS);
	assert_int_equal(status_of((struct fit_problem){ .law = power3, .n = 0, .x = x, .y = y }, &row), FIT_FEW_POINTS);
	assert_int_equal(status_of((struct fit_problem){ .law = power3, .n = 4, .x = x, .y = y, .weight = none }, &row), FIT_FEW_POINTS);
	assert_int_equal(status_of((struct fit_problem){ .law = power3, .n = 4, .x = same_x, .y = y }, &row), FIT_FEW_PLACES);
	assert_int_equal(status_of((struct fit_problem){ .law = power3, .n = 4, .x = x, .y = same_y }, &row), FIT_SAME_Y);
	assert_int_equal(status_of((struct fit_problem){ .law = power3, .n = 4, .x = x, .y = nan_y }, &row), FIT_BAD_VALUE);
	assert_int_equal(row, 1);
	assert_int_equal(status_of((struct fit_problem){ .law = power3, .n = 4, .x = x, .y = y, .weight = minus }, &row), FIT_BAD_VALUE);
	assert_int_equal(row, 3);
	assert_int_equal(status_of((struct fit_problem){ .law = power3, .n = 4, .x = zero, .y = y }, &row), FIT_X_OUTSIDE);
	assert_int_equal(row, 2);
	assert_int_equal(status_of((struct fit_problem){ .law = power3, .n = 4, .x = x, .y = minus, .space = FIT_LOG }, &row),
	                 FIT_Y_NOT_POSITIVE);
	assert_int_equal(row, 3);
	assert_int_equal(status_of((struct fit_problem){ .law = power3, .n = 4, .x = x, .y = y, .low = low, .high = high }, &row),
	                 FIT_BAD_BOUNDS);
	assert_int_equal(row, 1);
	assert_int_equal(status_of((struct fit_problem){ .formula = &formula, .n = 4, .x = x, .y = y }, &row), FIT_NO_START);
	assert_int_equal(status_of((struct fit_problem){ .law = power3, .n = 4, .x = x, .y = y, .loss = FIT_HUBER }, &row), FIT_NO_START);
}

static void as_many_points_as_parameters_have_no_errors(void **state)
{
	const double x[3] = { 1, 10, 100 }, y[3] = { 3, 2, 1.5 };
	const struct fit_problem p = { .law = &law_families[LAW_POWER3], .n = 3, .x = x, .y = y };
	struct fit_result r;
	bool lower;

	(void)state;
	assert_int_equal(fit_solve(&p, &mem, &r), FIT_DONE);
	near(r.params[0], 1, 1e-12);
	near(r.params[2], 0.30102999566398120, 1e-12);
	assert_true(r.dof == 0 && r.s2_gap == FIT_GAP_DOF && r.covariance_gap == FIT_GAP_DOF && isnan(r.se[0]) && isnan(r.s2));
	assert_true(fit_delta(&r, 0, 0.95).low_end == FIT_END_NONE);
	assert_true(fit_profile(&p, &r, &mem, 0, 0.95, &lower).low_end == FIT_END_NONE);
	assert_true(fit_predict(&p, &r, x, 1, 0.95).gap == FIT_GAP_DOF);
}

/* The data press the floor below 0: with the bound it is 0 to the bit, and the rest is the law without a floor. */
static void a_floor_at_its_bound_is_met_exactly(void **state)
{
	const double low[3] = { 0, -INFINITY, -INFINITY };
	double x[20], y[20];
	struct fit_problem p = { .law = &law_families[LAW_POWER3], .n = 20, .x = x, .y = y, .low = low };
	struct fit_result bounded, bare, free_one;
	bool lower;

	(void)state;
	for (size_t i = 0; i < 20; i++) {
		x[i] = pow(1.5, (double)i + 1);
		y[i] = 3 * pow(x[i], -0.3) - 0.05 + (i % 2 ? 0.01 : -0.01);
	}
	assert_int_equal(fit_solve(&p, &mem, &bounded), FIT_DONE);
	p.low = NULL;
	assert_int_equal(fit_solve(&p, &mem, &free_one), FIT_DONE);
	p.law = &law_families[LAW_POWER2];
	assert_int_equal(fit_solve(&p, &mem, &bare), FIT_DONE);
	assert_true(free_one.params[0] < -0.01 && !free_one.at_low[0]);
	assert_true(bounded.params[0] == 0 && bounded.at_low[0] && bounded.se[0] == 0 && bounded.converged);
	near(bounded.params[1], bare.params[0], 1e-12);
	near(bounded.params[2], bare.params[1], 1e-12);
	near(bounded.rss, bare.rss, 1e-13);
	p.law = &law_families[LAW_POWER3];
	p.low = low;
	struct fit_interval e = fit_profile(&p, &bounded, &mem, 0, 0.95, &lower);

	assert_true(e.low == 0 && e.low_end == FIT_END_AT_BOUND && e.high > 0 && e.high_end == FIT_END_FOUND && !lower);
}

/* x and y in any units: what has units follows, what has none stays. */
static void scales_of_a_billion_to_one_change_nothing(void **state)
{
	double x[40], y[40], big_x[40], small_y[40];
	struct fit_problem p = { .law = &law_families[LAW_POWER3], .n = 40, .x = x, .y = y };
	struct fit_result near_one, far;
	struct dice d;

	(void)state;
	dice_seed(&d, 3);
	for (size_t i = 0; i < 40; i++) {
		x[i] = pow(1e9, (double)i / 39);
		y[i] = 0.2 + 2 * pow(x[i], -0.25) + 0.01 * dice_normal(&d);
		big_x[i] = 1e9 * x[i];
		small_y[i] = 1e-9 * y[i];
	}
	assert_int_equal(fit_solve(&p, &mem, &near_one), FIT_DONE);
	p.x = big_x;
	p.y = small_y;
	assert_int_equal(fit_solve(&p, &mem, &far), FIT_DONE);
	near(far.params[0], 1e-9 * near_one.params[0], 1e-10);
	near(far.params[2], near_one.params[2], 1e-11);
	near(far.se[2], near_one.se[2], 1e-9);
	near(far.r2, near_one.r2, 1e-12);
	assert_int_equal(far.reached_best, far.starts);
}

static double wave(void *user, const double *x, const double *p)
{
	(void)user;
	return p[1] * sin(p[0] * x[0]);
}

static void a_second_minimum_is_reported(void **state)
{
	const struct fit_formula formula = { .f = wave, .columns = 1, .params = 2 };
	const double low[2] = { 0.1, 0.1 }, high[2] = { 6, 3 };
	double x[30], y[30];
	const struct fit_problem p = { .formula = &formula, .n = 30, .x = x, .y = y, .low = low, .high = high };
	struct fit_result r;

	(void)state;
	for (size_t i = 0; i < 30; i++) {
		x[i] = 0.1 * (double)(i + 1);
		y[i] = sin(2 * x[i]) + (i % 3 ? 0.02 : -0.03);
	}
	assert_int_equal(fit_solve(&p, &mem, &r), FIT_DONE);
	near(r.params[0], 2, 0.02);
	print_message("%zu of %zu starts; next minimum at %g with %g after %g\n", r.reached_best, r.starts, r.next_params[0],
	              r.next_objective, r.objective);
	assert_true(r.starts == 64 && r.reached_best > 5 && r.reached_best < 60);
	assert_true(r.has_next && r.next_objective > 2 * r.objective && fabs(r.next_params[0] - 2) > 0.5);
}

/* ---- robust losses ------------------------------------------------------------------------------------------------ */

/* The minimum of the replication's loss by three solvers: 1.0182740178006e-3 at alpha .34731050, beta .36717243. */
static void huber_in_log_space_is_the_replications(void **state)
{
	struct runs runs;

	(void)state;
	if (!runs_read(&runs, 5, INFINITY)) {
		print_message("no shared/data/chinchilla: set RUNG_DATA\n");
		skip();
	}
	const struct fit_problem p = { .law = &law_families[LAW_CHINCHILLA], .n = runs.n, .x = runs.nd[0], .y = runs.loss,
		                       .space = FIT_LOG, .loss = FIT_HUBER, .delta = 1e-3 };
	struct fit_result r;

	assert_int_equal(fit_solve(&p, &mem, &r), FIT_DONE);
	near(r.objective, 1.0182740178006e-3, 1e-12);
	near(r.params[0], 1.8172181, 3e-8);
	near(r.params[3], 0.34731050, 3e-8);
	near(r.params[4], 0.36717243, 3e-8);
	near(r.params[1] * pow(1e6, r.params[3]), 477.82586, 1e-6);
	assert_true(r.converged && r.covariance_gap == FIT_GAP_LOSS && isnan(r.aic));
}

/* A line that leaves the least sum of absolute residuals goes through two of the points: all pairs are tried. */
static void l1_lines_go_through_two_points(void **state)
{
	const struct fit_problem p = { .law = &law_families[LAW_LINE], .n = 50, .x = cars_x, .y = cars_y, .loss = FIT_L1 };
	double least = INFINITY;
	struct fit_result r;

	(void)state;
	for (size_t i = 0; i < 50; i++)
		for (size_t j = 0; j < i; j++) {
			double b = (cars_y[i] - cars_y[j]) / (cars_x[i] - cars_x[j]), a = cars_y[i] - b * cars_x[i], sum = 0;

			for (size_t k = 0; k < 50; k++)
				sum += fabs(cars_y[k] - a - b * cars_x[k]);
			if (isfinite(sum) && sum < least)
				least = sum;
		}
	assert_int_equal(fit_solve(&p, &mem, &r), FIT_DONE);
	near(r.objective, least, 1e-6);
	assert_true(r.objective >= least * (1 - 1e-13));
}

static void an_outlier_moves_huber_little(void **state)
{
	double x[30], y[30];
	struct fit_problem p = { .law = &law_families[LAW_POWER3], .n = 30, .x = x, .y = y };
	struct fit_result squares, huber;

	(void)state;
	for (size_t i = 0; i < 30; i++) {
		x[i] = pow(1.4, (double)i + 5);
		y[i] = 0.1 + 3 * pow(x[i], -0.4) + (i % 2 ? 0.001 : -0.001);
	}
	y[28] += 0.5;
	assert_int_equal(fit_solve(&p, &mem, &squares), FIT_DONE);
	p.loss = FIT_HUBER;
	p.delta = 1e-3;
	assert_int_equal(fit_solve(&p, &mem, &huber), FIT_DONE);
	assert_true(fabs(squares.params[2] - 0.4) > 0.05);
	near(huber.params[2], 0.4, 0.01);
	near(huber.params[0], 0.1, 0.01);
	assert_true(huber.converged);
}

/* ---- the same again ----------------------------------------------------------------------------------------------- */

/* Refits by the fast way, by variable projection, in log space and by a robust loss: each is what a fit of its own finds. */
static void refits_are_fits_with_other_weights(void **state)
{
	static const struct {
		enum law_family law;
		enum fit_space space;
		enum fit_loss loss;
		double close;
	} ways[] = {
		{ LAW_POWER3, FIT_RAW, FIT_L2, 1e-8 }, { LAW_POWER2, FIT_RAW, FIT_L2, 1e-8 }, { LAW_EXP3, FIT_RAW, FIT_L2, 1e-8 },
		{ LAW_POWER4, FIT_RAW, FIT_L2, 1e-4 }, { LAW_LOG, FIT_RAW, FIT_L2, 1e-10 },   { LAW_POWER3, FIT_LOG, FIT_L2, 1e-6 },
		{ LAW_POWER3, FIT_RAW, FIT_HUBER, 1e-4 },
	};
	double x[60], y[60], weight[60];
	struct dice d;

	(void)state;
	dice_seed(&d, 9);
	for (size_t i = 0; i < 60; i++) {
		x[i] = 10 * pow(1.2, (double)(i / 2)); /* two at each place */
		y[i] = 0.1 + 2 * pow(x[i] + 5, -0.4) + 0.004 * dice_normal(&d);
	}
	for (size_t w = 0; w < sizeof ways / sizeof *ways; w++) {
		struct fit_problem p = { .law = &law_families[ways[w].law], .n = 60, .x = x, .y = y, .space = ways[w].space,
			                 .loss = ways[w].loss, .delta = 0.004 };
		struct fit_result all, own;
		double params[FIT_PARAMS];

		p.weight = NULL;
		assert_int_equal(fit_solve(&p, &mem, &all), FIT_DONE);
		struct fit_again *again = fit_again_new(&p, &all, &mem);

		for (int draw = 0; draw < 20; draw++) {
			memset(weight, 0, sizeof weight);
			for (size_t i = 0; i < 60; i++)
				weight[dice_below(&d, 60)] += 1;
			assert_int_not_equal(fit_refit(again, weight, NULL, params), FIT_REFIT_FAILED);
			struct fit_problem q = p;

			q.weight = weight;
			assert_int_equal(fit_solve(&q, &mem, &own), FIT_DONE);
			for (size_t k = 0; k < own.p; k++)
				if (!(fabs(params[k] - own.params[k]) <= ways[w].close * (1 + fabs(own.params[k]))))
					fail_msg("way %zu draw %d parameter %zu: %.12g is not %.12g", w, draw, k, params[k], own.params[k]);
		}
		memset(weight, 0, sizeof weight);
		weight[3] = 5;
		params[0] = 42;
		assert_int_equal(fit_refit(again, weight, NULL, params), FIT_REFIT_FAILED);
		assert_true(params[0] == 42);
	}
}

/* A resample whose exponent leaves the limits, or whose minimum lies far off, is searched in full. */
static void far_resamples_are_searched(void **state)
{
	double x[12], y[12], other[12], weight[12], params[3];
	const struct fit_problem p = { .law = &law_families[LAW_POWER3], .n = 12, .x = x, .y = y };
	struct fit_result all, own;

	(void)state;
	for (size_t i = 0; i < 12; i++) {
		x[i] = pow(2, (double)i);
		y[i] = 1 + 5 * pow(x[i], -0.5) + (i % 2 ? 1e-3 : -1e-3);
		other[i] = 2 - 0.1 * log(x[i]); /* no bend: alpha ends at its limit */
		weight[i] = 1;
	}
	assert_int_equal(fit_solve(&p, &mem, &all), FIT_DONE);
	struct fit_again *again = fit_again_new(&p, &all, &mem);

	assert_int_not_equal(fit_refit(again, weight, other, params), FIT_REFIT_FAILED);
	near(params[2], 1e-3, 1e-12);
	struct fit_problem q = p;

	q.y = other;
	assert_int_equal(fit_solve(&q, &mem, &own), FIT_DONE);
	assert_true(own.at_low[2] && own.params[2] == 1e-3);
	for (size_t i = 0; i < 12; i++)
		other[i] = 1 + 5 * pow(x[i], -6);
	assert_int_not_equal(fit_refit(again, weight, other, params), FIT_REFIT_FAILED);
	near(params[2], 6, 1e-7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(bad_data_are_refused_by_name, clear),
		cmocka_unit_test_teardown(as_many_points_as_parameters_have_no_errors, clear),
		cmocka_unit_test_teardown(a_floor_at_its_bound_is_met_exactly, clear),
		cmocka_unit_test_teardown(scales_of_a_billion_to_one_change_nothing, clear),
		cmocka_unit_test_teardown(a_second_minimum_is_reported, clear),
		cmocka_unit_test_teardown(huber_in_log_space_is_the_replications, clear),
		cmocka_unit_test_teardown(l1_lines_go_through_two_points, clear),
		cmocka_unit_test_teardown(an_outlier_moves_huber_little, clear),
		cmocka_unit_test_teardown(refits_are_fits_with_other_weights, clear),
		cmocka_unit_test_teardown(far_resamples_are_searched, clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
