/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Proves: cross.h finds all crossings of two curves, to the digits of closed forms, and their errors by the delta method as
 * re-solving says.
 */
#include "engine/stat/cross.h"

#include "engine/stat/dist.h"
#include "engine/stat/fit.h"
#include "engine/stat/rng.h"
#include "tests/unit/stat_mem_fixture.h"

static struct cross_side side_of(const char *law, const double *params)
{
	return (struct cross_side){ .curve = { .law = law_named(law), .params = params }, .value = 1, .price = 1 };
}

static struct cross_problem between(const char *law, const double *a, const double *b, double low, double high)
{
	return (struct cross_problem){ .side = { side_of(law, a), side_of(law, b) }, .low = low, .high = high };
}

/* A1 x^-a1 = A2 x^-a2 at x* = (A1/A2)^(1/(a1 - a2)); statistics by hand. */
static void test_closed_form(void **state)
{
	static const double laws[][4] = { { 3, 0.5, 1, 0.2 }, { 100, 1.5, 0.5, 0.1 }, { 1, 0.3, 1.02, 0.31 }, { 2, 0.9, 5, 0.05 } };

	(void)state;
	for (size_t i = 0; i < countof(laws); i++) {
		const double *l = laws[i], want = pow(l[0] / l[2], 1 / (l[1] - l[3]));
		const struct cross_problem p = between("power2", l, l + 2, want / 1234, want * 4321);
		struct cross_root r[CROSS_ROOTS];
		double g[2][2];

		assert_int_equal(cross_roots(&p, CROSS_FINE, r, NULL), 1);
		close_to(log(r[0].at / want), 0, 1e-13);
		close_to(r[0].y[0], r[0].y[1], 1e-13 * r[0].y[0]);
		assert_true(r[0].below == (l[1] > l[3] ? 1 : -1) && r[0].above == -r[0].below);
		/* t* = ln(A1/A2)/(α1 - α2) by A1, α1, A2, α2 */
		assert_true(cross_root_gradient(&p, &r[0], 0, g[0]) && cross_root_gradient(&p, &r[0], 1, g[1]));
		const double d = l[1] - l[3], t = log(want);

		close_to(g[0][0], 1 / (l[0] * d), fabs(1e-9 * g[0][0]));
		close_to(g[0][1], -t / d, fabs(1e-9 * g[0][1]) + 1e-12);
		close_to(g[1][0], -1 / (l[2] * d), fabs(1e-9 * g[1][0]));
		close_to(g[1][1], t / d, fabs(1e-9 * g[1][1]) + 1e-12);
	}
}

static void test_none_one_two_touch(void **state)
{
	const double a[] = { 1, -2, 0.5 }, far[] = { 2, -2, 0.5 };
	struct cross_problem p = between("power3", a, far, 1, 1e6);
	struct cross_root r[CROSS_ROOTS];
	struct cross_closest c;

	(void)state;
	assert_int_equal(cross_roots(&p, CROSS_FINE, r, &c), 0);
	assert_false(c.same || c.nowhere);
	close_to(c.gap, 1, 1e-12);
	/* E1 + A1 x^-1 = A2 x^-1/2 with u = x^-1/2: 0.01 + u² = 0.25 u at u = (0.25 ± √(0.0625 - 0.04))/2 = 0.2, 0.05: x = 25, 400 */
	const double one[] = { 0.01, 1, 1 }, two[] = { 0, 0.25, 0.5 };

	p = between("power3", one, two, 1, 1e6);
	assert_int_equal(cross_roots(&p, CROSS_FINE, r, &c), 2);
	close_to(r[0].at, 25, 1e-11);
	close_to(r[1].at, 400, 1e-9);
	assert_true(r[0].below == 1 && r[0].above == -1 && r[1].below == -1 && r[1].above == 1);
	/* both between two points of a coarse grid */
	const double near[] = { 0.0156, 1, 1 }; /* u² - 0.25u + 0.0156 = 0 at 0.12 and 0.13 */

	p = between("power3", near, two, 1, 1e6);
	assert_int_equal(cross_roots(&p, 10, r, &c), 2);
	close_to(r[0].at, 1 / (0.13 * 0.13), 1e-9);
	close_to(r[1].at, 1 / (0.12 * 0.12), 1e-9);
	/* a touch: u = 0.125 twice */
	const double touch[] = { 0.015625, 1, 1 };

	p = between("power3", touch, two, 1, 1e6);
	assert_int_equal(cross_roots(&p, CROSS_FINE, r, &c), 0);
	close_to(c.at, 64, 1e-3);
	close_to(c.gap, 0, 1e-12);
	assert_false(c.same);
	p = between("power3", one, one, 1, 1e6);
	assert_int_equal(cross_roots(&p, CROSS_FINE, r, &c), 0);
	assert_true(c.same);
}

/* The same curve with another A crosses it nowhere; linear laws over x of any sign; places without a value are gaps. */
static void test_domains(void **state)
{
	const double a[] = { 1, 2 }, b[] = { -3, 4 }, i[] = { 1, -1 };
	struct cross_problem p = between("linear", a, b, -10, 10);
	struct cross_root r[CROSS_ROOTS];
	struct cross_closest c;
	double g[2];

	(void)state;
	p.linear = true;
	assert_int_equal(cross_roots(&p, CROSS_FINE, r, &c), 1);
	close_to(r[0].at, 2, 1e-13);
	assert_true(cross_root_gradient(&p, &r[0], 0, g)); /* x* = (b0 - a0)/(a1 - b1) */
	close_to(g[0], 0.5, 1e-9);
	close_to(g[1], 1, 1e-9);
	p = between("ilog2", i, i, 0.01, 1);
	assert_int_equal(cross_roots(&p, CROSS_FINE, r, &c), 0);
	assert_true(c.nowhere && !c.same);
	/* 1 - 1/ln x = -1 at x = √e; the pole at 1 is no crossing */
	p = between("ilog2", i, i, 0.01, 100);
	p.side[1].value = 0;
	p.level = -1;
	assert_int_equal(cross_roots(&p, CROSS_FINE, r, &c), 1);
	close_to(r[0].at, exp(0.5), 1e-12);
	assert_true(isnan(r[0].x[1]) && isnan(r[0].y[1]));
}

static void test_lines_between_points(void **state)
{
	const double x[] = { 1, 10, 100 }, y[] = { 0, 1, 1 }, z[] = { 0.5, 0.5, 2 };
	struct cross_problem p = { .side = { { .curve = { .x = x, .y = y, .n = 3 }, .value = 1, .price = 1 },
		                                 { .curve = { .x = x, .y = z, .n = 3 }, .value = 1, .price = 1 } },
		                       .low = 0.1, .high = 1000 };
	struct cross_root r[CROSS_ROOTS];
	double g[3];

	(void)state;
	assert_int_equal(cross_roots(&p, CROSS_FINE, r, NULL), 2);
	close_to(r[0].at, sqrt(10), 1e-11);
	close_to(r[1].at, pow(10, 4.0 / 3), 1e-11); /* 1 = 0.5 + 1.5 s at s = 1/3 of the way */
	assert_true(cross_root_gradient(&p, &r[0], 0, g));
	/* t* = ln 10 (z - y0)/(y1 - y0) there: by y0 -ln 10/2, by y1 -ln 10/2 */
	close_to(g[0], -log(10) / 2, 1e-8);
	close_to(g[1], -log(10) / 2, 1e-8);
	close_to(g[2], 0, 0);
	close_to(cross_curve_at(&p.side[1].curve, 100, NULL), 2, 0);
	assert_true(isnan(cross_curve_at(&p.side[0].curve, 0.99, NULL)));
	assert_true(isnan(cross_curve_at(&p.side[0].curve, 100.01, NULL)));
}

/* Loss A x^-α: n(τ) = (τ/A)^(-1/α); two prices: f1(B/c1) = f2(B/c2) at B^(α1-α2) = A1 c1^α1 / (A2 c2^α2); benefit = cost. */
static void test_levels_budgets_and_worth(void **state)
{
	const double a[] = { 3, 0.5 }, b[] = { 1, 0.2 };
	struct cross_problem p = between("power2", a, b, 1e-3, 1e9);
	struct cross_root r[CROSS_ROOTS];

	(void)state;
	p.side[1].value = 0;
	p.level = 0.03;
	assert_int_equal(cross_roots(&p, CROSS_FINE, r, NULL), 1);
	close_to(r[0].at / 1e4, 1, 1e-12);
	p = between("power2", a, b, 1e-3, 1e9);
	p.side[0].price = 0.5;
	p.side[1].price = 0.001;
	assert_int_equal(cross_roots(&p, CROSS_FINE, r, NULL), 1);
	close_to(log(r[0].at), log(3 * pow(0.5, 0.5) / pow(0.001, 0.2)) / 0.3, 1e-12);
	close_to(r[0].x[0], r[0].at / 0.5, 1e-9 * r[0].x[0]);
	/* fixed costs: below them nothing can be bought; 3 ((B - 1)/0.5)^-0.5 = 0.3 at B = 51 */
	p.side[0].fixed = 1;
	p.side[1].value = 0;
	p.level = 0.3;
	assert_int_equal(cross_roots(&p, CROSS_FINE, r, NULL), 1);
	close_to(r[0].at, 51, 1e-10);
	/* y = √x worth 10 a unit against 1 + 0.5 x: √x = (10 ± √98) */
	const double root[] = { 1, -0.5 };

	p = between("power2", root, root, 1e-3, 1e9);
	p.side[0].value = 10;
	p.side[1].value = 0;
	p.level = 1;
	p.unit = 0.5;
	assert_int_equal(cross_roots(&p, CROSS_FINE, r, NULL), 2);
	close_to(r[0].at, (10 - sqrt(98)) * (10 - sqrt(98)), 1e-12);
	close_to(r[1].at, (10 + sqrt(98)) * (10 + sqrt(98)), 1e-9);
}

static void test_follow(void **state)
{
	const double one[] = { 0.01, 1, 1 }, two[] = { 0, 0.25, 0.5 }, moved[] = { 0.0102, 1, 1 }, gone[] = { 1, 1, 1 };
	struct cross_problem p = between("power3", one, two, 1, 1e6);
	struct cross_root r[CROSS_ROOTS], at;

	(void)state;
	assert_int_equal(cross_roots(&p, CROSS_FINE, r, NULL), 2);
	p.side[0].curve.params = moved;
	assert_true(cross_follow(&p, &r[1], &at));
	close_to(at.at, 1 / pow((0.25 - sqrt(0.0625 - 0.0408)) / 2, 2), 1e-8);
	assert_true(at.below == -1);
	p.side[0].curve.params = gone;
	assert_false(cross_follow(&p, &r[1], &at));
}

static void test_errors_of_sums(void **state)
{
	/* ψ of one parameter each; paired: u = (1,-1,0) + (1,1,-2) = (2,0,-2) */
	const double first[] = { 1, -1, 0 }, second[] = { 1, 1, -2 }, ones[] = { 1 }, v[] = { 4 };
	struct cross_spread s[2] = { { 1, NULL, 0, first, 3 }, { 1, NULL, 0, second, 3 } };
	const double *g[2] = { ones, ones };
	struct cross_error e = cross_error(s, g, true);

	(void)state;
	assert_int_equal(e.how, CROSS_PAIRED);
	close_to(e.se, sqrt(12), 1e-14);
	close_to(e.df, 2, 0);
	e = cross_error(s, g, false); /* 3/2 × 2 = 3 and 3/2 × 6 = 9 */
	assert_int_equal(e.how, CROSS_CLUSTERS);
	close_to(e.se, sqrt(12), 1e-14);
	close_to(e.df, 144 / (9 / 2.0 + 81 / 2.0), 1e-12);
	s[1] = (struct cross_spread){ 1, v, 7, NULL, 0 };
	e = cross_error(s, g, true);
	assert_int_equal(e.how, CROSS_RESIDUALS);
	close_to(e.se, sqrt(7), 1e-14);
	close_to(e.df, 49 / (9 / 2.0 + 16 / 7.0), 1e-12);
	s[1].covariance = NULL;
	e = cross_error(s, g, true);
	assert_true(e.how == CROSS_UNKNOWN && isnan(e.se) && isnan(e.df));
	g[1] = NULL;
	e = cross_error(s, g, true);
	close_to(e.se, sqrt(3), 1e-14);
}

/* ---- a ladder of labels, simulated -------------------------------------------------------------------------------- */

#define SEEDS 5

struct ladder {
	struct fit_problem problem;
	struct fit_result fit;
	double x[50], y[50], influence[SEEDS * 3];
};

static void ladder_make(struct ladder *l, const double *law, const double *budgets, size_t n, const double *shared,
                        struct dice *dice)
{
	l->problem = (struct fit_problem){ .law = law_named("power3"), .n = n * SEEDS, .x = l->x, .y = l->y };
	for (size_t k = 0; k < n * SEEDS; k++) {
		l->x[k] = budgets[k / SEEDS];
		l->y[k] = law_at(l->problem.law, law, &l->x[k]) + 0.005 * dice_normal(dice) + shared[k % SEEDS];
	}
	assert_int_equal(fit_solve(&l->problem, &mem, &l->fit), FIT_DONE);
	memset(l->influence, 0, sizeof l->influence);
	for (size_t k = 0; k < n * SEEDS; k++)
		for (size_t i = 0; i < 3; i++)
			for (size_t j = 0; j < 3; j++)
				l->influence[k % SEEDS * 3 + i] += l->fit.inverse[i * 3 + j] * l->fit.jacobian[k * 3 + j] * l->fit.residual[k];
}

/* label-budget's laws: manual 0.462 - 2.25 x^-0.655 to 1,000 labels, gpt 0.722 - 1.42 x^-0.255 to 40,000. Noise that all labels
 * of a seed share moves both curves alike, so pairing sees that it does not move the crossing. */
static void test_ladder(void **state)
{
	static const double manual[] = { 0.462, -2.25, 0.655 }, gpt[] = { 0.722, -1.42, 0.255 };
	static const double budgets[] = { 100, 250, 500, 800, 1000, 2000, 5000, 10000, 20000, 40000 };
	static const double shared[SEEDS] = { -0.03, -0.015, 0, 0.015, 0.03 };
	struct cross_problem truth = between("power3", manual, gpt, 10, 4e6);
	struct cross_root want[CROSS_ROOTS], got[CROSS_ROOTS];
	struct ladder *l = mem_array(&mem, struct ladder, 2);
	struct dice dice;
	size_t covered = 0, studies = 100;

	(void)state;
	assert_int_equal(cross_roots(&truth, CROSS_FINE, want, NULL), 1);
	close_to(want[0].t, 6.066420641964, 1e-11); /* bisection in Python */
	dice_seed(&dice, 11);
	for (size_t k = 0; k < studies; k++) {
		double g[2][3];
		const double *gs[2] = { g[0], g[1] };

		ladder_make(&l[0], manual, budgets, 5, shared, &dice);
		ladder_make(&l[1], gpt, budgets, 10, shared, &dice);
		struct cross_problem p = between("power3", l[0].fit.params, l[1].fit.params, 1, 4e6);
		const struct cross_spread s[2] = { { 3, l[0].fit.covariance, 22, l[0].influence, SEEDS },
			                               { 3, l[1].fit.covariance, 47, l[1].influence, SEEDS } };

		assert_true(cross_follow(&p, &want[0], &got[0]));
		assert_true(cross_root_gradient(&p, &got[0], 0, g[0]) && cross_root_gradient(&p, &got[0], 1, g[1]));
		const struct cross_error paired = cross_error(s, gs, true), apart = cross_error(s, gs, false);
		double half = dist_t_inv(0.975, paired.df) * paired.se;

		assert_int_equal(paired.how, CROSS_PAIRED);
		assert_true(apart.how == CROSS_CLUSTERS && paired.se < apart.se);
		covered += fabs(got[0].t - want[0].t) <= half;
	}
	/* 95 of 100; 4 standard deviations of that count are 9 */
	assert_in_range(covered, 86, 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_closed_form),
		cmocka_unit_test(test_none_one_two_touch),
		cmocka_unit_test(test_domains),
		cmocka_unit_test(test_lines_between_points),
		cmocka_unit_test(test_levels_budgets_and_worth),
		cmocka_unit_test(test_follow),
		cmocka_unit_test(test_errors_of_sums),
		cmocka_unit_test_teardown(test_ladder, clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
