/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * exp and log that are the same everywhere: how far they are from the true value, and that their bytes do not change.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/stat/fastmath.h"
#include "engine/stat/rng.h"

/* Distance in units of the last place of the true value's double; long double has 11 bits more. */
static double ulps(double got, long double want)
{
	int e;

	(void)frexpl(want, &e);
	return (double)(fabsl((long double)got - want) / ldexpl(1, e - DBL_MANT_DIG < -1074 ? -1074 : e - DBL_MANT_DIG));
}

static void exp_is_within_an_ulp_on_a_million_points(void **state)
{
	struct dice d;
	double worst = 0, worst_small = 0;

	(void)state;
	dice_seed(&d, 11);
	for (int i = 0; i < 1000000; i++) {
		double u = dice_unit(&d), x = i & 1 ? -708 + 1417 * u : 4 * u - 2, far = ulps(fm_exp(x), expl(x));

		worst = far > worst ? far : worst;
		x = -745 + 37 * u; /* results below 2^-1022 */
		far = ulps(fm_exp(x), expl(x));
		worst_small = far > worst_small ? far : worst_small;
	}
	print_message("exp: %.3f ulp, subnormal %.3f ulp\n", worst, worst_small);
	assert_true(worst < 1 && worst_small < 1.5);
}

static void log_is_within_an_ulp_on_a_million_points(void **state)
{
	struct dice d;
	double worst = 0;

	(void)state;
	dice_seed(&d, 12);
	for (int i = 0; i < 1000000; i++) {
		double u = dice_open(&d), x = i & 1 ? fm_exp(1400 * u - 700) : 0.5 + 1.5 * u, far = ulps(fm_log(x), logl(x));

		worst = far > worst ? far : worst;
	}
	print_message("log: %.3f ulp\n", worst);
	assert_true(worst < 1);
	assert_true(ulps(fm_log(0x1p-1074), logl(0x1p-1074L)) < 1);
}

static void ends_of_the_range_are_met(void **state)
{
	(void)state;
	assert_true(fm_exp(0) == 1 && fm_exp(-0.0) == 1);
	assert_true(isinf(fm_exp(709.79)) && isinf(fm_exp(INFINITY)) && isfinite(fm_exp(709.78)));
	assert_true(fm_exp(-745.2) == 0 && fm_exp(-INFINITY) == 0 && fm_exp(-745.1) > 0);
	assert_true(isnan(fm_exp(NAN)) && isnan(fm_log(NAN)) && isnan(fm_log(-1)));
	assert_true(fm_log(1) == 0 && isinf(fm_log(0)) && fm_log(0) < 0 && isinf(fm_log(INFINITY)));
}

/* The sum of all bits over a fixed walk: changes when any compiler, flag or processor changes one result. */
static void bytes_are_the_same_everywhere(void **state)
{
	struct dice d;
	uint64_t sum = 0;
	double x[7], e[7];

	(void)state;
	dice_seed(&d, 13);
	for (int i = 0; i < 100000; i++) {
		for (size_t k = 0; k < 7; k++)
			x[k] = 1400 * dice_unit(&d) - 700;
		fm_exp_array(x, e, 7);
		for (size_t k = 0; k < 7; k++) {
			double back = fm_log(e[k]);
			uint64_t bits;

			assert_true(e[k] == fm_exp(x[k]));
			memcpy(&bits, &e[k], sizeof bits);
			sum = rng_mix(sum ^ bits);
			memcpy(&bits, &back, sizeof bits);
			sum = rng_mix(sum ^ bits);
		}
	}
	assert_true(sum == 0x104c7f966321fe1aULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exp_is_within_an_ulp_on_a_million_points),
		cmocka_unit_test(log_is_within_an_ulp_on_a_million_points),
		cmocka_unit_test(ends_of_the_range_are_met),
		cmocka_unit_test(bytes_are_the_same_everywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
