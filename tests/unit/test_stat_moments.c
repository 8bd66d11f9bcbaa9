/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Moments, order statistics, comparisons over runs, intervals of proportions, against R 4.2.2 and scipy 1.10.1.
 * NIST's certified sets are in tests/nist.
 */
#include "tests/unit/stat_fixture.h"

#include "engine/stat/moments.h"
#include "engine/stat/order.h"
#include "engine/stat/profile.h"
#include "engine/stat/proportion.h"

static const double X[] = { 2.5, -1.25, 7.75, 3, 0.5, 10, -4.5, 6.25, 1e3, 2 };
static const double Y[] = { 1, 2, 3.5, 2, 8, 1, 0, 4, 5, 6 };
static const double W[] = { 1, 2, 0.5, 3, 1, 1, 4, 0.25, 0.1, 2 };

static void sorted_copy(double *out, const double *x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out[i] = x[i];
	sort_reals(out, n);
}

static struct moments fill(const double *x, size_t n)
{
	struct moments m = { 0 };

	for (size_t i = 0; i < n; i++)
		moments_add(&m, x[i]);
	return m;
}

static void moments_are_those_of_r(void **state)
{
	const struct moments m = fill(X, COUNT(X));
	const struct summary both[] = { moments_summary(&m), summary_of(X, COUNT(X)) };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		const struct summary *s = &both[i];

		assert_int_equal(s->n, 10);
		close_to(s->mean, 102.625, 1e-15);
		close_to(s->sum, 1026.25, 1e-15);
		close_to(s->sd, 315.3343078297134, 1e-15);
		close_to(s->sem, 315.3343078297134 / sqrt(10), 1e-15);
		assert_true(s->min == -4.5 && s->max == 1000);
		close_to(s->mean - summary_half_width(s, 0.95), -122.95157479546492, 1e-12);
		close_to(s->mean + summary_half_width(s, 0.90), 285.41837234481545, 1e-12);
	}
	close_to(lag1_autocorrelation(X, COUNT(X)), -0.11978164356518825, 1e-14);
}

static void too_few_values_have_no_spread(void **state)
{
	const double one = 3;
	struct summary s = summary_of(NULL, 0);

	(void)state;
	assert_true(s.n == 0 && isnan(s.mean) && isnan(s.sd) && isnan(s.min) && s.sum == 0);
	s = summary_of(&one, 1);
	assert_true(s.mean == 3 && s.min == 3 && s.max == 3 && isnan(s.sd) && isnan(s.sem));
	assert_true(isnan(summary_half_width(&s, 0.95)) && isnan(lag1_autocorrelation(&one, 1)));
	s = summary_of(X, 5);
	assert_true(isnan(summary_half_width(&s, 1)) && isnan(summary_half_width(&s, 0)));
	static const double same[3] = { 0.1, 0.1, 0.1 };
	const struct moments m = fill(same, 3);

	assert_true(summary_of(same, 3).sd == 0 && moments_summary(&m).sd == 0 && isnan(lag1_autocorrelation(same, 3)));
}

/* Any cut into pieces gives the whole; an empty piece changes nothing. */
static void merged_pieces_are_the_whole(void **state)
{
	const struct moments all = fill(X, COUNT(X));
	const struct summary whole = moments_summary(&all);

	(void)state;
	for (size_t cut = 0; cut <= COUNT(X); cut++) {
		struct moments a = fill(X, cut);
		const struct moments b = fill(X + cut, COUNT(X) - cut);

		struct moments c = { 0 };

		moments_merge(&a, &b);
		moments_add_all(&c, X, cut);
		moments_add_all(&c, X + cut, COUNT(X) - cut);
		const struct summary both[] = { moments_summary(&a), moments_summary(&c) };

		for (size_t i = 0; i < 2; i++) {
			assert_int_equal(both[i].n, whole.n);
			close_to(both[i].mean, whole.mean, 1e-15);
			close_to(both[i].sd, whole.sd, 1e-15);
			assert_true(both[i].min == whole.min && both[i].max == whole.max);
		}
	}
}

/* A billion to one: squares of 1e-9 beside a mean of 1e9, and values whose squares are beyond a double. */
static void scales_do_not_matter(void **state)
{
	static const double shifted[] = { 1e9 + 1e-6, 1e9 + 2e-6, 1e9 + 3e-6 };
	static const double huge[] = { 1e300, -1e300, 1e300 };
	static const double tiny[] = { 1e-300, 2e-300, 3e-300 };
	static const double wide[] = { 1e9, 1, 1, 1 };
	struct moments m = fill(shifted, 3);

	(void)state;
	/* exact arithmetic on the three doubles (python's fractions) */
	close_to(moments_summary(&m).sd, 1.0138631520408847e-06, 1e-13);
	close_to(summary_of(shifted, 3).sd, 1.0138631520408847e-06, 1e-13);
	m = fill(huge, 3);
	close_to(moments_summary(&m).sd, 1.1547005383792515e300, 1e-15);
	close_to(summary_of(huge, 3).sd, 1.1547005383792515e300, 1e-15);
	m = fill(tiny, 3);
	close_to(moments_summary(&m).sd, 1e-300, 1e-15);
	m = fill(wide, 4);
	close_to(moments_summary(&m).sd, 499999999.5, 1e-15);
}

static void weighted_moments_are_those_of_r(void **state)
{
	struct weighted_moments m = { 0 }, a = { 0 }, b = { 0 }, empty = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(X); i++) {
		weighted_add(&m, X[i], W[i]);
		weighted_add(i < 4 ? &a : &b, X[i], W[i]);
	}
	weighted_add(&m, 1e6, 0);
	weighted_merge(&a, &b);
	weighted_merge(&a, &empty);
	const struct weighted_summary both[] = { weighted_summary(&m), weighted_summary(&a) };

	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(both[i].n, 10);
		close_to(both[i].mean, 7.4705387205387206, 1e-15);
		close_to(both[i].variance, 8016.4733221362667, 1e-14); /* cov.wt(…, method = "unbiased") */
		close_to(both[i].weight, 14.85, 1e-15);
		close_to(both[i].effective_n, 14.85 * 14.85 / 36.3225, 1e-15);
		assert_true(both[i].min == -4.5 && both[i].max == 1000);
	}
	const struct weighted_summary none = weighted_summary(&empty);

	assert_true(none.n == 0 && isnan(none.mean) && isnan(none.sd));
}

static void correlation_is_that_of_r(void **state)
{
	struct comoments c = { 0 }, a = { 0 }, b = { 0 }, flat = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(X); i++) {
		comoments_add(&c, X[i], Y[i]);
		comoments_add(i % 3 ? &a : &b, X[i], Y[i]);
		comoments_add(&flat, X[i], 2);
	}
	comoments_merge(&a, &b);
	close_to(comoments_r(&c), 0.24352598077595544, 1e-14);
	close_to(comoments_r(&a), 0.24352598077595544, 1e-14);
	close_to(comoments_covariance(&c), 194.3125, 1e-14);
	assert_true(isnan(comoments_r(&flat)) && comoments_covariance(&flat) == 0);
}

static void quantiles_are_type_seven(void **state)
{
	static const double p[] = { 0, 0.05, 0.25, 0.3, 0.9, 1 };
	static const double want[] = { -4.5, -3.0375, 0.875, 1.55, 109, 1000 };
	double s[COUNT(X)];

	(void)state;
	sorted_copy(s, X, COUNT(X));
	for (size_t i = 0; i < COUNT(p); i++)
		close_to(quantile_sorted(s, COUNT(X), p[i]), want[i], 1e-14);
	close_to(median_sorted(s, COUNT(X)), 2.75, 1e-15);
	assert_true(quantile_sorted(s, 1, 0.7) == s[0] && isnan(median_sorted(s, 0)));
}

static void trimmed_means_are_those_of_scipy(void **state)
{
	double s[COUNT(X) + 1];
	struct mem_block *blocks = NULL;
	const struct mem mem = { mem_fixture_alloc, &blocks };

	(void)state;
	sorted_copy(s, X, COUNT(X));
	close_to(iqm_sorted(s, COUNT(X)), 3.6666666666666665, 1e-15);
	close_to(trimmed_mean_sorted(s, COUNT(X), 0.1), 3.84375, 1e-15);
	close_to(trimmed_mean_sorted(s, COUNT(X), 0), 102.625, 1e-15);
	close_to(mad_sorted(&mem, s, COUNT(X)), 3.75, 1e-15); /* R: mad(x, constant = 1) */
	s[COUNT(X)] = 4;
	sort_reals(s, COUNT(X) + 1);
	close_to(iqm_sorted(s, COUNT(X) + 1), 3.7142857142857144, 1e-15);
	assert_true(iqm_sorted(s, 1) == s[0] && isnan(iqm_sorted(s, 0)));
	mem_fixture_clear(&blocks);
}

/* Mann and Whitney's example of R's wilcox.test, W = 35; a tie is one half. */
static void runs_compare_as_in_rliable(void **state)
{
	double x[] = { .80, .83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, .73, 1.46 }, y[] = { 1.15, .88, .90, .74, 1.21 };
	static const double ties[] = { 1, 2, 2, 3 };

	(void)state;
	sort_reals(x, COUNT(x));
	sort_reals(y, COUNT(y));
	close_to(improvement_sorted(x, COUNT(x), y, COUNT(y)), 35.0 / 50, 1e-15);
	close_to(improvement_sorted(y, COUNT(y), x, COUNT(x)), 15.0 / 50, 1e-15);
	close_to(improvement_sorted(ties, 4, ties, 4), 0.5, 1e-15);
	close_to(profile_sorted(ties, 4, 2), 0.25, 1e-15); /* above, not at */
	close_to(profile_sorted(ties, 4, 0), 1, 1e-15);
	close_to(profile_sorted(ties, 4, 3), 0, 1e-15);
	close_to(optimality_gap(ties, 4, 2), 2 - 7.0 / 4, 1e-15);
	assert_true(isnan(profile_sorted(ties, 0, 1)) && isnan(improvement_sorted(ties, 0, ties, 4)));
	assert_true(isnan(optimality_gap(ties, 0, 1)));
}

/* binom.test and prop.test(…, correct = FALSE) of R 4.2.2. */
static void proportions_are_those_of_r(void **state)
{
	static const struct {
		uint64_t k, n;
		double level, wilson[2], exact[2];
	} cases[] = {
		{ 15, 25, .95, { 0.40739457358967002, 0.7659669762225203 }, { 0.38665349625683981, 0.78874519353485795 } },
		{ 29, 30, .95, { 0.83329609008590833, 0.99409140961838749 }, { 0.82783054436658732, 0.99915642907336955 } },
		{ 0, 10, .95, { 0, 0.27753279986288915 }, { 0, 0.30849710781876083 } },
		{ 10, 10, .95, { 0.72246720013711085, 1 }, { 0.69150289218123917, 1 } },
		{ 3, 20, .99, { 0.038787060508071639, 0.43558672026105566 }, { 0.017642637954194705, 0.44946540673948598 } },
		{ 500000, 1000000, .9, { 0.49917757429907778, 0.50082242570092228 }, { 0.49917707394947702, 0.50082292605052303 } },
		{ 999999, 1000000, .95, { 0.99999433508819568, 0.99999982347542327 }, { 0.99999442836934482, 0.99999997468219237 } },
		{ 1, 1000000, .95, { 1.7652457674537213e-07, 5.6649118043114411e-06 },
		  { 2.5317807663794211e-08, 5.5716306551722366e-06 } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct interval v;

		assert_true(proportion_wilson(cases[i].k, cases[i].n, cases[i].level, &v));
		close_to(v.low, cases[i].wilson[0], 1e-9);
		close_to(v.high, cases[i].wilson[1], 1e-9);
		assert_true(proportion_clopper_pearson(cases[i].k, cases[i].n, cases[i].level, &v));
		close_to(v.low, cases[i].exact[0], 1e-9);
		close_to(v.high, cases[i].exact[1], 1e-9);
	}
}

static void proportions_refuse_nonsense(void **state)
{
	struct interval v = { -1, -1 };

	(void)state;
	assert_false(proportion_wilson(0, 0, 0.95, &v));
	assert_false(proportion_wilson(3, 2, 0.95, &v));
	assert_false(proportion_clopper_pearson(1, 2, 1, &v));
	assert_false(proportion_clopper_pearson(1, 2, 0, &v));
	assert_false(proportion_clopper_pearson(1, 2, NAN, &v));
	assert_true(v.low == -1 && v.high == -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(moments_are_those_of_r),
		cmocka_unit_test(too_few_values_have_no_spread),
		cmocka_unit_test(merged_pieces_are_the_whole),
		cmocka_unit_test(scales_do_not_matter),
		cmocka_unit_test(weighted_moments_are_those_of_r),
		cmocka_unit_test(correlation_is_that_of_r),
		cmocka_unit_test(quantiles_are_type_seven),
		cmocka_unit_test(trimmed_means_are_those_of_scipy),
		cmocka_unit_test(runs_compare_as_in_rliable),
		cmocka_unit_test(proportions_are_those_of_r),
		cmocka_unit_test(proportions_refuse_nonsense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
