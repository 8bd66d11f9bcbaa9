/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Proves: effect sizes, clustered errors, adjusted p-values, power and noncentral t give R's numbers, or those of a closed
 * form. Reference values: R 4.2.2 (pt, power.t.test, power.prop.test, p.adjust, binom.test) unless said otherwise.
 */
#include "engine/stat/adjust.h"
#include "engine/stat/cluster.h"
#include "engine/stat/effect.h"
#include "engine/stat/moments.h"
#include "engine/stat/noncentral.h"
#include "engine/stat/power.h"
#include "tests/unit/stat_mem_fixture.h"

static const double sleep_1[] = { 0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2 };
static const double sleep_2[] = { 1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4 };

/* ---- noncentral t and power --------------------------------------------------------------------------------------- */

static void noncentral_t_is_that_of_r(void **state)
{
	(void)state;
	close_to(noncentral_t(2, 9, 1), 0.804144018255511, 1e-10);
	close_to(noncentral_t_upper(2, 9, 1), 0.195855981744489, 1e-10);
	close_to(noncentral_t(-1, 3.5, -2), 0.842338744167468, 1e-10);
	close_to(noncentral_t(12, 1000, 10), 0.973132344011823, 1e-10);
	close_to(noncentral_t(0, 7, 1.3), 0.0968004845856103, 1e-12);
	close_to(noncentral_t_upper(3, 2, .5), 0.0950978490366977, 1e-10);
	close_to(noncentral_t(1.7, 1, 0.9), 0.603810145655155, 1e-10);
	close_to(noncentral_t(-3, 5, 1), 0.00143359699905332, 1e-10);
	/* ncp 0: Student's own t with one degree of freedom, 1/2 + atan(t)/π */
	close_to(noncentral_t(2, 1, 0), 0.5 + atan(2) / M_PI, 1e-12);
	assert_true(isnan(noncentral_t(1, 0, 1)) && isnan(noncentral_t_ncp(1.5, 1, 3)) && isnan(noncentral_t_ncp(.5, INFINITY, 3)));
	close_to(noncentral_t(2, 9, noncentral_t_ncp(0.3, 2, 9)), 0.3, 1e-10);
	close_to(noncentral_t(80, 4, noncentral_t_ncp(0.025, 80, 4)), 0.025, 1e-10);
}

static void power_is_that_of_r(void **state)
{
	(void)state;
	close_to(power_t(POWER_TWO_SAMPLE, 20, 1, .05, true), 0.868952801692498, 1e-10);
	/* R's published 22.0210977 and 76.7069301 come from a search that stops at 1.2e-4; with tol = 1e-13 they are these. */
	close_to(power_t_n(POWER_TWO_SAMPLE, 1, .05, .9, true), 22.0210955700938, 1e-9);
	close_to(power_t(POWER_TWO_SAMPLE, power_t_n(POWER_TWO_SAMPLE, 1, .05, .9, true), 1, .05, true), .9, 1e-11);
	close_to(power_t(POWER_ONE_SAMPLE, 10, .8, .05, true), 0.616222499728621, 1e-10);
	close_to(power_t(POWER_ONE_SAMPLE, 10, .8, .05, false), 0.754424759249411, 1e-10);
	close_to(power_t(POWER_TWO_SAMPLE, 10, .05, .05, true), 0.0318732866673513, 1e-10);
	close_to(power_t_effect(POWER_TWO_SAMPLE, 20, .05, .8, true), 0.909130127626943, 1e-9);
	close_to(power_t(POWER_ONE_SAMPLE, 5, power_t_effect(POWER_ONE_SAMPLE, 5, .05, .8, true), .05, true), .8, 1e-11);
	close_to(power_proportions_n(.5, .75, .05, .9, true), 76.7069284517774, 1e-9);
	close_to(power_proportions(50, .5, .75, .05, true), 0.740165901331388, 1e-10);
	assert_true(isnan(power_t(POWER_ONE_SAMPLE, 1, .8, .05, true)) && isnan(power_t_n(POWER_ONE_SAMPLE, 0, .05, .8, true)));
	assert_true(isnan(power_t_effect(POWER_ONE_SAMPLE, 10, .05, .04, true)) && isnan(power_proportions(9, 0, 0, .05, true)));
	assert_true(isnan(power_proportions_n(.5, .5, .05, .9, true)));
}

/* Miller (2024) says of its formula: about 1,000 questions for 3 points at 80 % power. ω² = 1/9, no resampling noise. */
static void questions_for_three_points(void **state)
{
	const struct power_questions q = { 1.0 / 9, 0, 0, 1, 1 }, noisy = { 1.0 / 9, 1.0 / 6, 1.0 / 6, 10, 10 };

	(void)state;
	/* (1.959964 + 0.841621)² / 9 / 0.0009 */
	close_to(power_questions_n(&q, .03, .05, .8), 968.9967, .01);
	close_to(power_questions_mde(&q, power_questions_n(&q, .03, .05, .8), .05, .8), .03, 1e-12);
	same(power_questions_n(&noisy, .03, .05, .8) / power_questions_n(&q, .03, .05, .8), (1.0 / 9 + 1.0 / 30) * 9);
	assert_true(isnan(power_questions_n(&q, 0, .05, .8)) && isnan(power_questions_mde(&q, 0, .05, .8)));
}

static void smallest_p_values(void **state)
{
	(void)state;
	assert_true(power_smallest_signs(3, true) == .25 && power_smallest_signs(5, true) == .0625);
	assert_true(power_smallest_signs(6, true) == .03125 && power_smallest_signs(5, false) == .03125);
	assert_true(power_smallest_signs(0, true) == 1 && power_smallest_signs(1, true) == 1);
	same(power_smallest_arms(3, 3, true), 0.1);
	same(power_smallest_arms(3, 4, true), 1.0 / 35);
	same(power_smallest_ranks(4, 3, true), 2.0 / 35);
	same(power_smallest_ranks(4, 3, false), 1.0 / 35);
}

/* ---- effect sizes ------------------------------------------------------------------------------------------------- */

static void effect_sizes(void **state)
{
	double d[10];
	struct effect g;

	(void)state;
	for (int i = 0; i < 10; i++)
		d[i] = sleep_1[i] - sleep_2[i];
	same(effect_d(sleep_1, 10, sleep_2, 10), -0.832181081349539);
	g = effect_g(sleep_1, 10, sleep_2, 10, .95);
	same(g.value, -0.796935239191122);
	close_to(g.low, -1.66517179067486, 1e-9);
	close_to(g.high, 0.0914077328051598, 1e-9);
	same(effect_dz(d, 10), -1.28455756259105);
	g = effect_gz(d, 10, .95);
	same(g.value, -1.1739249035142);
	close_to(g.low, -1.93560211252563, 1e-9);
	close_to(g.high, -0.378917895996093, 1e-9);
	/* W = 25.5 of 100 pairs; V = 0 */
	same(effect_cliff(&mem, sleep_1, 10, sleep_2, 10), 2 * .255 - 1);
	same(effect_rank_biserial(&mem, d, 10), -1);
	same(effect_rank_biserial(&mem, (double[]){ 0, 1, -2, 3, 4 }, 5), (8.0 - 2) / 10);
	g = effect_odds(15, 6, .95);
	same(g.value, 2.5);
	same(g.low, 0.916622629117924);
	same(g.high, 7.86450920963962);
	g = effect_odds(4, 0, .95);
	assert_true(isinf(g.value) && isinf(g.high) && g.low > 0.6 && g.low < 0.7); /* .025^(1/4) = .3976: odds .660 */
	g = effect_odds(0, 4, .95);
	assert_true(g.value == 0 && g.low == 0);
}

static void effects_without_a_spread(void **state)
{
	double equal[] = { .2, .2, .3 - .1 };

	(void)state;
	assert_true(isnan(effect_dz(equal, 3)) && isnan(effect_gz(equal, 3, .95).value) && isnan(effect_dz(equal, 1)));
	assert_true(isnan(effect_d(equal, 3, equal, 3)) && isnan(effect_g(equal, 3, equal, 1, .95).low));
	assert_true(isnan(effect_rank_biserial(&mem, (double[]){ 0, 0 }, 2)) && isnan(effect_cliff(&mem, equal, 0, equal, 1)));
	assert_true(isnan(effect_odds(0, 0, .95).value));
}

/* The gammas and the series meet at 10,000. */
static void hedges_correction_has_no_seam(void **state)
{
	static double x[10004], y[10004];

	(void)state;
	for (int i = 0; i < 10004; i++) {
		x[i] = i % 2;
		y[i] = i % 2 + .5;
	}
	/* df 9,999.. and 10,001..: J = 1 - 3/(4 df - 1) to 1e-9 */
	for (size_t n = 5000; n <= 5003; n += 3) {
		double df = 2.0 * (double)n - 2;

		close_to(effect_g(x, n, y, n, .95).value / effect_d(x, n, y, n), 1 - 3 / (4 * df - 1), 1e-8);
	}
}

/* ---- clusters ----------------------------------------------------------------------------------------------------- */

/* By the formula, term by term. */
static double by_hand(const double *x, const uint32_t *c, size_t n)
{
	double mean = summary_of(x, n).mean, all = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < n; j++)
			if (i == j)
				all += (x[i] - mean) * (x[i] - mean) / ((double)n * (double)(n - 1));
			else if (c[i] == c[j])
				all += (x[i] - mean) * (x[j] - mean) / ((double)n * (double)n);
	return sqrt(all);
}

static void clustered_errors(void **state)
{
	static const double x[] = { 1, 1.2, .9, 5, 5.5, 3, 2.5, 3.5 };
	static const uint32_t c[] = { 0, 0, 0, 1, 1, 2, 2, 3 }, own[] = { 0, 1, 2, 3, 4, 5, 6, 7 };
	struct cluster_error e = cluster_error_of(&mem, x, c, 8, 4), alone = cluster_error_of(&mem, x, own, 8, 8);

	(void)state;
	same(e.se, by_hand(x, c, 8));
	same(e.naive, summary_of(x, 8).sem);
	same(e.design_effect, (e.se / e.naive) * (e.se / e.naive));
	assert_true(e.clusters == 4 && e.df == 3 && e.se > 1.3 * e.naive);
	same(alone.se, alone.naive);
	same(alone.design_effect, 1);
	/* values that balance out within their clusters: less than the naive error, by the formula n⁻² Σ d²/(n - 1) */
	same(cluster_error_of(&mem, (double[]){ 1, -1, 1, -1 }, (uint32_t[]){ 0, 0, 1, 1 }, 4, 2).se, sqrt(4.0 / 16 / 3));
	/* one cluster, one value, one number: no error to be had */
	assert_true(isnan(cluster_error_of(&mem, x, (uint32_t[8]){ 0 }, 8, 1).se));
	assert_true(isnan(cluster_error_of(&mem, (double[]){ 2, 2, 2, 2 }, (uint32_t[]){ 0, 0, 1, 1 }, 4, 2).se));
	assert_true(isnan(cluster_error_of(&mem, x, c, 1, 4).se));
}

static void clustered_errors_of_two_arms(void **state)
{
	static const double x[] = { 1, 1.2, 5, 5.5 }, y[] = { 2, 2.5, 6, 5 };
	static const uint32_t cx[] = { 0, 0, 1, 1 }, cy[] = { 2, 2, 3, 3 };
	struct cluster_error apart = cluster_error_of_arms(&mem, x, cx, 4, y, cy, 4, 4);
	struct cluster_error shared = cluster_error_of_arms(&mem, x, cx, 4, y, cx, 4, 2);
	double a = by_hand(x, cx, 4), b = by_hand(y, cy, 4), covariance = 0;

	(void)state;
	same(apart.se, sqrt(a * a + b * b));
	assert_true(apart.df == 2 && apart.clusters == 4 && shared.df == 1);
	for (int i = 0; i < 4; i++)
		for (int j = 0; j < 4; j++)
			if (cx[i] == cx[j])
				covariance += (x[i] - 3.175) * (y[j] - 3.875) / 16;
	same(shared.se, sqrt(a * a + b * b - 2 * covariance));
	assert_true(isnan(cluster_error_of_arms(&mem, x, cx, 4, y, cy, 1, 4).se));
}

/* ---- adjusted p-values -------------------------------------------------------------------------------------------- */

#define EIGHT 8
static const double raw[EIGHT] = { .01, .02, .03, .04, .05, .001, .2, .8 };
static const double raw_2[11] = { .04, .011, .011, .5, .03, .9, .022, .0001, .06, .013, .2 };

static void adjusted_p_values(void **state)
{
	static const struct {
		enum adjustment how;
		double want[EIGHT], want_2[11];
	} t[] = {
		{ ADJUST_HOLM, { .07, .12, .15, .16, .16, .008, .4, .8 }, { .2, .11, .11, 1, .18, 1, .154, .0011, .24, .11, .6 } },
		{ ADJUST_HOCHBERG, { .07, .12, .15, .15, .15, .008, .4, .8 }, { .2, .099, .099, .9, .18, .9, .154, .0011, .24, .104, .6 } },
		{ ADJUST_HOMMEL, { .07, 1 / 12.0, .1, .12, .15, .008, .4, .8 }, { .16, .08, .08, .9, .15, .9, .12, .0011, .24, .091, .6 } },
		{ ADJUST_BH, { .04, .16 / 3, .06, .064, .2 / 3, .008, 1.6 / 7, .8 },
		  { 0.0628571428571429, .03575, .03575, .55, .055, .9, .0484, .0011, .0825, .03575, 0.244444444444444 } },
		{ ADJUST_BY,
		  { 0.108714285714286, 0.144952380952381, 0.163071428571429, 0.173942857142857, 0.181190476190476, 0.0217428571428571,
		    0.621224489795918, 1 },
		  { 0.189820861678005, 0.107960615079365, 0.107960615079365, 1, 0.166093253968254, 1, 0.146162063492064,
		    0.00332186507936508, 0.249139880952381, 0.107960615079365, 0.738192239858907 } },
	};
	double got[11];

	(void)state;
	for (size_t k = 0; k < countof(t); k++) {
		adjust_p(&mem, raw, EIGHT, t[k].how, got);
		for (size_t i = 0; i < EIGHT; i++)
			same(got[i], t[k].want[i]);
		adjust_p(&mem, raw_2, 11, t[k].how, got);
		for (size_t i = 0; i < 11; i++)
			same(got[i], t[k].want_2[i]);
		adjust_p(&mem, raw, 1, t[k].how, got);
		same(got[0], .01);
	}
	adjust_p(&mem, raw, EIGHT, ADJUST_BONFERRONI, got);
	assert_true(got[0] == .08 && got[7] == 1);
	adjust_p(&mem, raw, EIGHT, ADJUST_NONE, got);
	assert_memory_equal(got, raw, sizeof raw);
	adjust_p(&mem, (double[]){ .04, .03 }, 2, ADJUST_HOMMEL, got); /* R: p.adjust(c(.04, .03), "hommel") */
	assert_true(got[0] == .04 && got[1] == .04);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(noncentral_t_is_that_of_r, clear),
		cmocka_unit_test_teardown(power_is_that_of_r, clear),
		cmocka_unit_test_teardown(questions_for_three_points, clear),
		cmocka_unit_test_teardown(smallest_p_values, clear),
		cmocka_unit_test_teardown(effect_sizes, clear),
		cmocka_unit_test_teardown(effects_without_a_spread, clear),
		cmocka_unit_test_teardown(hedges_correction_has_no_seam, clear),
		cmocka_unit_test_teardown(clustered_errors, clear),
		cmocka_unit_test_teardown(clustered_errors_of_two_arms, clear),
		cmocka_unit_test_teardown(adjusted_p_values, clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
