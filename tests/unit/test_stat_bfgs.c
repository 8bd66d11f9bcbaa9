/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Minima of the test functions of Moré, Garbow and Hillstrom, "Testing unconstrained optimization software", ACM TOMS 7(1),
 * 1981, from their standard starts, and functions that have kinks, walls or no minimum.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>

#include "engine/stat/bfgs.h"

#define MOST 16

static struct bfgs_result minimise(size_t n, double (*f)(void *, const double *, double *), void *user, double *x)
{
	double work[MOST * (MOST + 6)];
	struct bfgs_problem p = { .n = n, .f = f, .user = user, .gradient_tolerance = 1e-9, .max_iterations = 2000 };

	assert_true(bfgs_work(n) <= sizeof work / sizeof *work);
	for (size_t i = 0; i < sizeof work / sizeof *work; i++)
		work[i] = NAN; /* nothing may be read before it is written */
	struct bfgs_result r = bfgs_minimise(&p, x, work);

	print_message("%u iterations, %u evaluations, f %.3g, gradient %.3g\n", r.iterations, r.evaluations, r.f,
	              r.gradient_norm);
	return r;
}

/* No. 21, the extended form of no. 1: Σ 100 (x_2i - x_2i-1²)² + (1 - x_2i-1)². */
static double rosenbrock(void *user, const double *x, double *g)
{
	size_t n = *(size_t *)user;
	double f = 0;

	for (size_t i = 0; i < n; i += 2) {
		double u = x[i + 1] - x[i] * x[i], v = 1 - x[i];

		f += 100 * u * u + v * v;
		g[i] = -400 * u * x[i] - 2 * v;
		g[i + 1] = 200 * u;
	}
	return f;
}

static void rosenbrocks_valley_up_to_sixteen_variables(void **state)
{
	(void)state;
	for (size_t n = 2; n <= MOST; n *= 2) {
		double x[MOST];

		for (size_t i = 0; i < n; i++)
			x[i] = i % 2 ? 1 : -1.2;
		struct bfgs_result r = minimise(n, rosenbrock, &n, x);

		assert_true(r.converged);
		for (size_t i = 0; i < n; i++)
			assert_true(fabs(x[i] - 1) < 1e-9);
	}
}

/* No. 13: (x1 + 10 x2)² + 5 (x3 - x4)² + (x2 - 2 x3)⁴ + 10 (x1 - x4)⁴; the second derivative vanishes at 0. */
static double powell(void *user, const double *x, double *g)
{
	double a = x[0] + 10 * x[1], b = x[2] - x[3], c = x[1] - 2 * x[2], d = x[0] - x[3];

	(void)user;
	g[0] = 2 * a + 40 * d * d * d;
	g[1] = 20 * a + 4 * c * c * c;
	g[2] = 10 * b - 8 * c * c * c;
	g[3] = -10 * b - 40 * d * d * d;
	return a * a + 5 * b * b + c * c * c * c + 10 * d * d * d * d;
}

static void powells_singular_function(void **state)
{
	double x[] = { 3, -1, 0, 1 };

	(void)state;
	assert_true(minimise(4, powell, NULL, x).f < 1e-15);
	for (size_t i = 0; i < 4; i++)
		assert_true(fabs(x[i]) < 1e-3);
}

/* No. 5: f = 0 at (3, ½). */
static double beale(void *user, const double *x, double *g)
{
	static const double y[] = { 1.5, 2.25, 2.625 };
	double f = 0, power = 1;

	(void)user;
	g[0] = g[1] = 0;
	for (int i = 0; i < 3; i++) {
		double slope = (i + 1) * power; /* of x2^(i+1) */

		power *= x[1];
		double r = y[i] - x[0] * (1 - power);

		f += r * r;
		g[0] -= 2 * r * (1 - power);
		g[1] += 2 * r * x[0] * slope;
	}
	return f;
}

static void beales_function(void **state)
{
	double x[] = { 1, 1 };

	(void)state;
	assert_true(minimise(2, beale, NULL, x).converged);
	assert_true(fabs(x[0] - 3) < 1e-9 && fabs(x[1] - 0.5) < 1e-9);
}

/* No. 14: f = 0 at (1, 1, 1, 1). */
static double wood(void *user, const double *x, double *g)
{
	double a = x[1] - x[0] * x[0], b = 1 - x[0], c = x[3] - x[2] * x[2], d = 1 - x[2];
	double e = x[1] + x[3] - 2, h = x[1] - x[3];

	(void)user;
	g[0] = -400 * a * x[0] - 2 * b;
	g[1] = 200 * a + 20 * e + 0.2 * h;
	g[2] = -360 * c * x[2] - 2 * d;
	g[3] = 180 * c + 20 * e - 0.2 * h;
	return 100 * a * a + b * b + 90 * c * c + d * d + 10 * e * e + 0.1 * h * h;
}

static void woods_function(void **state)
{
	double x[] = { -3, -1, -3, -1 };

	(void)state;
	assert_true(minimise(4, wood, NULL, x).converged);
	for (size_t i = 0; i < 4; i++)
		assert_true(fabs(x[i] - 1) < 1e-9);
}

/* Straight line under Huber's loss, with three points far off; δ shrinks it to all but least absolute deviations. */
struct line {
	double delta;
};

static double huber_line(void *user, const double *x, double *g)
{
	const struct line *l = user;
	double f = 0;

	g[0] = g[1] = 0;
	for (int i = 0; i < 21; i++) {
		double y = 2 + 0.5 * i + 0.01 * ((i * 7) % 5 - 2) + (i % 9 == 4 ? 30 : 0), r = y - x[0] - x[1] * i;
		double c = fmin(fabs(r), l->delta), psi = r > 0 ? c : -c;

		f += c * (fabs(r) - c / 2);
		g[0] -= psi;
		g[1] -= psi * i;
	}
	return f;
}

static void hubers_loss_forgets_outliers(void **state)
{
	static const double deltas[] = { 1, 1e-2, 1e-3, 1e-4 };

	(void)state;
	for (size_t i = 0; i < sizeof deltas / sizeof *deltas; i++) {
		struct line l = { deltas[i] };
		double x[] = { -50, 10 };

		assert_true(minimise(2, huber_line, &l, x).converged);
		assert_true(fabs(x[0] - 2) < 0.2 && fabs(x[1] - 0.5) < 0.02);
	}
}

/* 1 + |x1| + 3 |x2 - 1| has no gradient at its minimum: the point is found, and no gradient claimed to vanish. */
static double kink(void *user, const double *x, double *g)
{
	(void)user;
	g[0] = x[0] > 0 ? 1 : -1;
	g[1] = x[1] > 1 ? 3 : -3;
	return 1 + fabs(x[0]) + 3 * fabs(x[1] - 1);
}

static void a_kink_is_found_but_not_called_converged(void **state)
{
	double x[] = { 7.3, -2.1 };
	struct bfgs_result r = minimise(2, kink, NULL, x);

	(void)state;
	assert_false(r.converged);
	assert_true(r.f - 1 < 1e-6 && r.gradient_norm > 0.5);
}

/* x - ln x beyond a wall at 0, where it is infinite, and NaN far behind it. */
static double wall(void *user, const double *x, double *g)
{
	(void)user;
	g[0] = 1 - 1 / x[0];
	return x[0] > 0 ? x[0] - log(x[0]) : x[0] < -100 ? NAN : INFINITY;
}

static void infinite_values_are_stepped_back_from(void **state)
{
	static const double starts[] = { 1e-9, 1e-3, 0.5, 30, 1e6 };

	(void)state;
	for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
		double x[] = { starts[i] };

		assert_true(minimise(1, wall, NULL, x).converged);
		assert_true(fabs(x[0] - 1) < 1e-8);
	}
}

static void an_infinite_start_is_left_alone(void **state)
{
	double x[] = { -5 };
	struct bfgs_result r = minimise(1, wall, NULL, x);

	(void)state;
	assert_true(!r.converged && r.evaluations == 1 && r.iterations == 0 && isinf(r.gradient_norm) && x[0] == -5);
}

/* No minimum: exp(-x) falls for ever; x falls without bound. */
static double slope(void *user, const double *x, double *g)
{
	(void)user;
	g[0] = -exp(-x[0]);
	return 1 + exp(-x[0]);
}

static double cliff(void *user, const double *x, double *g)
{
	(void)user;
	g[0] = 1;
	return x[0];
}

static void without_a_minimum_it_ends(void **state)
{
	double x[] = { 0 };
	struct bfgs_result r = minimise(1, slope, NULL, x);

	(void)state;
	assert_true(r.f - 1 < 1e-9 && isfinite(x[0])); /* the gradient does vanish there, to the tolerance */
	x[0] = 1;
	r = minimise(1, cliff, NULL, x);
	assert_true(!r.converged && r.f < -1e6);
}

/* Scaling f, or x by a power of two, changes nothing. */
static double scaled_wood(void *user, const double *x, double *g)
{
	double f = wood(NULL, x, g), k = *(const double *)user;

	for (size_t i = 0; i < 4; i++)
		g[i] *= k;
	return f * k;
}

static void the_scale_of_f_does_not_matter(void **state)
{
	static const double scales[] = { 0x1p-60, 0x1p-10, 1, 0x1p40 };
	unsigned evaluations[4];

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		double x[] = { -3, -1, -3, -1 }, k = scales[i];
		struct bfgs_result r = minimise(4, scaled_wood, &k, x);

		evaluations[i] = r.evaluations;
		assert_true(r.converged && fabs(x[0] - 1) < 1e-9 && evaluations[i] == evaluations[0]);
	}
}

static void the_limit_of_iterations_holds(void **state)
{
	double x[] = { -1.2, 1 }, work[2 * 8];
	size_t n = 2;
	struct bfgs_problem p = { .n = 2, .f = rosenbrock, .user = &n, .gradient_tolerance = 1e-9, .max_iterations = 5 };
	struct bfgs_result r = bfgs_minimise(&p, x, work);

	(void)state;
	assert_true(!r.converged && r.iterations == 5 && r.f < 24.2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rosenbrocks_valley_up_to_sixteen_variables),
		cmocka_unit_test(powells_singular_function),
		cmocka_unit_test(beales_function),
		cmocka_unit_test(woods_function),
		cmocka_unit_test(hubers_loss_forgets_outliers),
		cmocka_unit_test(a_kink_is_found_but_not_called_converged),
		cmocka_unit_test(infinite_values_are_stepped_back_from),
		cmocka_unit_test(an_infinite_start_is_left_alone),
		cmocka_unit_test(without_a_minimum_it_ends),
		cmocka_unit_test(the_scale_of_f_does_not_matter),
		cmocka_unit_test(the_limit_of_iterations_holds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
