/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Proves: the bootstrap draws what its plan says, whoever asks in which order; the intervals are those of the textbooks;
 * what has no interval says so.
 */
#include "engine/stat/moments.h"
#include "engine/stat/order.h"
#include "engine/stat/resample.h"
#include "tests/unit/stat_mem_fixture.h"

/* ---- the textbooks' examples -------------------------------------------------------------------------------------- */

/* Efron and Tibshirani (1993), table 3.1. */
static const double lsat[] = { 576, 635, 558, 578, 666, 580, 555, 661, 651, 605, 653, 575, 545, 572, 594 };
static const double gpa[] = { 3.39, 3.30, 2.81, 3.03, 3.44, 3.07, 3.00, 3.43, 3.36, 3.13, 3.12, 2.74, 2.76, 2.88, 2.96 };
/* Proschan (1963), R's boot::aircondit. */
static const double hours[] = { 3, 5, 7, 18, 43, 85, 91, 98, 100, 130, 230, 487 };
/* R's boot::city. */
static const double city_u[] = { 138, 93, 61, 179, 48, 37, 29, 23, 30, 2 };
static const double city_x[] = { 143, 104, 69, 260, 75, 63, 50, 48, 111, 50 };

struct two {
	const double *x, *y;
};

static double correlation(void *user, const uint32_t *rows, size_t n)
{
	const struct two *t = user;
	double mx = 0, my = 0, xx = 0, yy = 0, xy = 0;

	for (size_t i = 0; i < n; i++) {
		mx += t->x[rows[i]] / (double)n;
		my += t->y[rows[i]] / (double)n;
	}
	for (size_t i = 0; i < n; i++) {
		double a = t->x[rows[i]] - mx, b = t->y[rows[i]] - my;

		xx += a * a;
		yy += b * b;
		xy += a * b;
	}
	return xy / sqrt(xx * yy);
}

static double ratio(void *user, const uint32_t *rows, size_t n)
{
	const struct two *t = user;
	double x = 0, y = 0;

	for (size_t i = 0; i < n; i++) {
		x += t->x[rows[i]];
		y += t->y[rows[i]];
	}
	return y / x;
}

static double mean_of(void *user, const uint32_t *rows, size_t n)
{
	const double *x = user;
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += x[rows[i]];
	return sum / (double)n;
}

struct done {
	double estimate, se, a;
	struct resample_bounds percentile, bca, with_a; /* with_a: a = 0.011, as for city in boot */
};

static struct done bootstrap(resample_statistic *statistic, void *user, size_t rows, size_t count, uint64_t seed)
{
	const struct resample_plan p = resample_plan_make(&mem, rows, NULL, NULL);
	const struct resample_work w = resample_work_make(&mem, &p);
	double *draws = mem_array(&mem, double, count), *left_out = mem_array(&mem, double, rows);
	uint32_t all[32];
	struct done d;

	for (uint32_t i = 0; i < rows; i++)
		all[i] = i;
	d.estimate = statistic(user, all, rows);
	resample_run(&p, seed, 0, count, statistic, user, &w, draws);
	resample_jackknife(&p, statistic, user, &w, left_out);
	size_t n = resample_sort(draws, count);

	d.a = resample_acceleration(&p, left_out);
	d.se = summary_of(draws, n).sd;
	d.percentile = resample_percentile(draws, n, 0.95);
	d.bca = resample_bca(d.estimate, draws, n, d.a, 0.95);
	d.with_a = resample_bca(d.estimate, draws, n, 0.011, 0.95);
	assert_int_equal(d.bca.method, RESAMPLE_BCA);
	assert_int_equal(d.bca.notes, 0);
	return d;
}

/* R's boot takes the jackknife's deviations from the estimate, Efron and scipy from the jackknife's mean; for a mean both
 * are the same. The published -.07408786695 is boot's. */
static double acceleration_about(double centre, const double *left_out, size_t n)
{
	double cubes = 0, squares = 0;

	for (size_t i = 0; i < n; i++) {
		cubes += pow(centre - left_out[i], 3);
		squares += pow(centre - left_out[i], 2);
	}
	return cubes / (6 * pow(squares, 1.5));
}

/* Values and Monte-Carlo tolerances of the ends: 400,000 resamples of R's boot; a: R 4.2.2 by the formula in the header. */
static void law_school(void **state)
{
	struct two data = { lsat, gpa };
	const struct resample_plan p = resample_plan_make(&mem, 15, NULL, NULL);
	const struct resample_work w = resample_work_make(&mem, &p);
	struct done d = bootstrap(correlation, &data, 15, 9999, 1);
	double left_out[15];

	(void)state;
	close_to(d.estimate, .776374491289, 1e-11);
	close_to(d.a, -.0756715649379, 1e-10);
	resample_jackknife(&p, correlation, &data, &w, left_out);
	close_to(acceleration_about(d.estimate, left_out, 15), -.07408786695, 1e-10);
	close_to(d.se, .1335, .004);
	close_to(d.bca.low, .3328, .03);
	close_to(d.bca.high, .9416, .005);
	d = bootstrap(correlation, &data, 15, 400000, 1);
	close_to(d.bca.z0, -.0963, .006);
	close_to(d.bca.low, .3328, .006);
	close_to(d.bca.high, .9416, .001);
	close_to(d.percentile.low, .4595, .003);
	close_to(d.percentile.high, .9616, .001);
}

static void air_conditioning(void **state)
{
	struct done d = bootstrap(mean_of, (void *)(uintptr_t)hours, 12, 9999, 3);

	(void)state;
	close_to(d.estimate, 108.0833333, 1e-7);
	close_to(d.a, .09379807388, 1e-10);
	close_to(d.bca.low, 56.95, 4 * .61);
	close_to(d.bca.high, 225.7, 4 * 3.2);
	d = bootstrap(mean_of, (void *)(uintptr_t)hours, 12, 400000, 3);
	close_to(d.se, 37.63, .2);
	close_to(d.bca.low, 56.95, .4);
	close_to(d.bca.high, 225.7, 2);
	close_to(d.percentile.low, 46.58, .3);
	close_to(d.percentile.high, 191.4, 1);
}

static void city_ratio(void **state)
{
	struct two data = { city_u, city_x };
	struct done d = bootstrap(ratio, &data, 10, 100000, 5);

	(void)state;
	close_to(d.estimate, 1.5203125, 1e-12);
	close_to(d.percentile.low, 1.2507, .01);
	close_to(d.percentile.high, 2.1078, .03);
	close_to(d.a, -.01120319, 1e-8);
	/* boot.ci takes influence by regression by default: a is 0.011 there, our jackknife's is negative. */
	close_to(d.with_a.low, 1.2549, .006);
	close_to(d.with_a.high, 2.1275, .025);
	/* numpy 1.24.2, 2,000,000 resamples, a of the jackknife */
	close_to(d.bca.low, 1.2468, .006);
	close_to(d.bca.high, 2.0904, .025);
}

/* ---- plans -------------------------------------------------------------------------------------------------------- */

static void strata_keep_their_sizes_and_clusters_stay_whole(void **state)
{
	/* two strata; cluster 7 has three rows, clusters 8 and 9 two, cluster 1 one; rows are mixed */
	static const uint32_t stratum[] = { 5, 2, 5, 5, 2, 5, 2, 2 }, cluster[] = { 8, 7, 9, 8, 7, 9, 1, 7 };
	const struct resample_plan p = resample_plan_make(&mem, 8, stratum, cluster);
	const struct resample_work w = resample_work_make(&mem, &p);
	bool sizes[9] = { false };

	(void)state;
	assert_int_equal(p.strata, 2);
	assert_int_equal(p.units, 4);
	assert_int_equal(p.widest, 2 * 3 + 2 * 2);
	for (uint64_t r = 0; r < 500; r++) {
		size_t n = resample_draw(&p, 11, r, &w), times[10] = { 0 }, second = 0;

		assert_true(n <= p.widest);
		for (size_t i = 0; i < n; i++) {
			times[cluster[w.row[i]]]++;
			second += stratum[w.row[i]] == 5;
		}
		assert_int_equal(second, 4); /* two clusters of two */
		assert_true(times[7] % 3 == 0 && times[8] % 2 == 0 && times[9] % 2 == 0);
		assert_int_equal(times[7] / 3 + times[1], 2);
		sizes[times[7]] = true;
	}
	assert_true(sizes[0] && sizes[3] && sizes[6]);
}

static void a_cluster_in_two_strata_is_two_units(void **state)
{
	static const uint32_t stratum[] = { 0, 1, 0, 1 }, cluster[] = { 4, 4, 5, 5 };
	const struct resample_plan p = resample_plan_make(&mem, 4, stratum, cluster);

	(void)state;
	assert_int_equal(p.units, 4);
	assert_null(p.unit_at);
}

/* A table of two arms with the seed as cluster: every resample has the same seeds in both arms. */
static void paired_arms_share_their_draws(void **state)
{
	static const uint32_t seed_of[] = { 1, 2, 3, 4, 5, 1, 2, 3, 4, 5 };
	const struct resample_plan p = resample_plan_make(&mem, 10, NULL, seed_of);
	const struct resample_work w = resample_work_make(&mem, &p);

	(void)state;
	for (uint64_t r = 0; r < 100; r++) {
		size_t n = resample_draw(&p, 3, r, &w);
		int balance[6] = { 0 };

		assert_int_equal(n, 10);
		for (size_t i = 0; i < n; i++)
			balance[seed_of[w.row[i]]] += w.row[i] < 5 ? 1 : -1;
		for (size_t s = 1; s < 6; s++)
			assert_int_equal(balance[s], 0);
	}
}

static void draws_do_not_depend_on_who_makes_them(void **state)
{
	static double whole[1000], parts[1000], x[77];
	const struct resample_plan p = resample_plan_make(&mem, 77, NULL, NULL);
	const struct resample_work w = resample_work_make(&mem, &p);

	(void)state;
	for (size_t i = 0; i < 77; i++)
		x[i] = sin((double)i * 12.9898) * 43;
	resample_run(&p, 42, 0, 1000, mean_of, x, &w, whole);
	for (size_t from = 750, block = 0; block < 4; block++, from -= 250)
		resample_run(&p, 42, from, 250, mean_of, x, &w, parts + from);
	assert_memory_equal(whole, parts, sizeof whole);
	resample_run(&p, 43, 0, 1000, mean_of, x, &w, parts);
	assert_memory_not_equal(whole, parts, sizeof whole);
}

/* χ² over 200 rows and 100 × 200 draws, at every table size class of the word splitting. */
static void every_row_is_drawn_as_often(void **state)
{
	static const size_t sizes[] = { 1, 2, 12, 200, 1000, 3000 };

	(void)state;
	for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
		const size_t n = sizes[k];
		const struct resample_plan p = resample_plan_make(&mem, n, NULL, NULL);
		const struct resample_work w = resample_work_make(&mem, &p);
		double *times = mem_array(&mem, double, n), chi2 = 0;

		for (uint64_t r = 0; r < 200; r++) {
			assert_int_equal(resample_draw(&p, 9, r, &w), n);
			for (size_t i = 0; i < n; i++)
				times[w.row[i]]++;
		}
		for (size_t i = 0; i < n; i++)
			chi2 += (times[i] - 200) * (times[i] - 200) / 200;
		/* six standard deviations of χ² */
		assert_true(fabs(chi2 - (double)(n - 1)) <= 6 * sqrt(2.0 * (double)n));
	}
}

/* ---- the fast ways are the same ----------------------------------------------------------------------------------- */

static double median_of(void *user, const uint32_t *rows, size_t n)
{
	double got[128];

	for (size_t i = 0; i < n; i++)
		got[i] = ((const double *)user)[rows[i]];
	sort_reals(got, n);
	return median_sorted(got, n);
}

static void means_and_medians_are_those_of_the_driver(void **state)
{
	static const size_t sizes[] = { 2, 3, 50, 100, 101 };

	(void)state;
	for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
		const size_t n = sizes[k];
		const struct resample_plan p = resample_plan_make(&mem, n, NULL, NULL);
		const struct resample_work w = resample_work_make(&mem, &p);
		double x[128], slow[300], fast[300];

		for (size_t i = 0; i < n; i++)
			x[i] = floor(sin((double)i * 78.233) * 1000) / 8; /* sums of such numbers are exact */
		resample_run(&p, 5, 10, 300, mean_of, x, &w, slow);
		resample_means(x, n, 5, 10, 300, fast);
		assert_memory_equal(slow, fast, sizeof slow);
		resample_run(&p, 5, 10, 300, median_of, x, &w, slow);
		resample_medians(&mem, x, n, 5, 10, 300, fast);
		assert_memory_equal(slow, fast, sizeof slow);
		resample_jackknife(&p, mean_of, x, &w, slow);
		resample_jackknife_means(x, n, fast);
		for (size_t i = 0; i < n; i++)
			close_to(fast[i], slow[i], 1e-12);
		resample_jackknife(&p, median_of, x, &w, slow);
		resample_jackknife_medians(&mem, x, n, fast);
		assert_memory_equal(slow, fast, n * sizeof *slow);
	}
}

/* Against the definition. */
static void student_draws_are_by_definition(void **state)
{
	const struct resample_plan p = resample_plan_make(&mem, 12, NULL, NULL);
	const struct resample_work w = resample_work_make(&mem, &p);
	const struct summary all = summary_of(hours, 12);
	double t[200], rows[12];

	(void)state;
	resample_t_means(hours, 12, 8, 0, 200, t);
	for (uint64_t r = 0; r < 200; r++) {
		size_t n = resample_draw(&p, 8, r, &w);

		for (size_t i = 0; i < n; i++)
			rows[i] = hours[w.row[i]];
		struct summary s = summary_of(rows, n);

		close_to(t[r], (s.mean - all.mean) / s.sem, 1e-9 * fabs(t[r]) + 1e-12);
	}
	size_t n = resample_sort(t, 200);
	struct resample_bounds b = resample_student(all.mean, all.sem, t, n, 0.9);

	assert_int_equal(b.method, RESAMPLE_T);
	close_to(b.low, all.mean - all.sem * quantile_sorted(t, n, 0.95), 1e-9);
	close_to(b.high, all.mean - all.sem * quantile_sorted(t, n, 0.05), 1e-9);
}

/* ---- what is degenerate ------------------------------------------------------------------------------------------- */

static void degenerate_cases_say_what_they_are(void **state)
{
	double equal[4] = { 2, 2, 2, 2 }, some[101], gone[] = { NAN, 3, INFINITY, 1, -INFINITY, 2 };
	struct resample_bounds b;

	(void)state;
	for (int i = 0; i < 101; i++)
		some[i] = i;
	b = resample_bca(2, equal, 4, 0.1, 0.95);
	assert_int_equal(b.method, RESAMPLE_PERCENTILE);
	assert_int_equal(b.notes, RESAMPLE_CONSTANT);
	assert_true(b.low == 2 && b.high == 2 && isnan(b.z0));
	b = resample_bca(50, some, 101, resample_acceleration_of(equal, 4), 0.8);
	assert_int_equal(b.method, RESAMPLE_PERCENTILE);
	assert_int_equal(b.notes, RESAMPLE_NO_ACCELERATION);
	close_to(b.low, 10, 1e-12);
	close_to(b.high, 90, 1e-12);
	b = resample_bca(-1, some, 101, 0, 0.8);
	assert_int_equal(b.notes, RESAMPLE_OUTSIDE);
	assert_int_equal(b.method, RESAMPLE_PERCENTILE);
	b = resample_bca(95, some, 101, 0.4, 0.95);
	assert_int_equal(b.notes & RESAMPLE_FOLDED, RESAMPLE_FOLDED);
	b = resample_bca(50, some, 101, 0, 0.999);
	assert_int_equal(b.method, RESAMPLE_BCA);
	assert_int_equal(b.notes, RESAMPLE_AT_EXTREME);
	/* a = 0 and z0 = 0: the percentile interval */
	b = resample_bca(50, some, 101, 0, 0.8);
	close_to(b.low, 10, 1e-9);
	close_to(b.high, 90, 1e-9);
	assert_int_equal(resample_sort(gone, 6), 3);
	assert_true(gone[0] == 1 && gone[2] == 3);
	b = resample_bca(1, gone, 1, 0, 0.95);
	assert_int_equal(b.method, RESAMPLE_NONE);
	assert_int_equal(b.notes, RESAMPLE_NO_DRAWS);
	equal[2] = NAN;
	assert_true(isnan(resample_acceleration_of(equal, 4)));
}

/* scipy 1.10.1, stats.bootstrap's _bca_interval on two samples, difference of means of hours[0..5] and hours[6..11]:
 * with l = n d(n-1)/n the sums are Σ l³/n³ and Σ l²/n². */
static void acceleration_of_two_samples_pools_the_strata(void **state)
{
	static const uint32_t stratum[] = { 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1 };
	const struct resample_plan p = resample_plan_make(&mem, 12, stratum, NULL);
	double left_out[12], first = 0, second = 0;

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		first += hours[i];
		second += hours[i + 6];
	}
	for (size_t i = 0; i < 6; i++) {
		left_out[i] = (first - hours[i]) / 5 - second / 6;
		left_out[i + 6] = first / 6 - (second - hours[i + 6]) / 5;
	}
	close_to(resample_acceleration(&p, left_out), -0.08922102996357155, 1e-13);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(law_school, clear),
		cmocka_unit_test_teardown(air_conditioning, clear),
		cmocka_unit_test_teardown(city_ratio, clear),
		cmocka_unit_test_teardown(strata_keep_their_sizes_and_clusters_stay_whole, clear),
		cmocka_unit_test_teardown(a_cluster_in_two_strata_is_two_units, clear),
		cmocka_unit_test_teardown(paired_arms_share_their_draws, clear),
		cmocka_unit_test_teardown(draws_do_not_depend_on_who_makes_them, clear),
		cmocka_unit_test_teardown(every_row_is_drawn_as_often, clear),
		cmocka_unit_test_teardown(means_and_medians_are_those_of_the_driver, clear),
		cmocka_unit_test_teardown(student_draws_are_by_definition, clear),
		cmocka_unit_test_teardown(degenerate_cases_say_what_they_are, clear),
		cmocka_unit_test_teardown(acceleration_of_two_samples_pools_the_strata, clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
