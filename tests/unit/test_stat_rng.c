/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The random numbers are those that others publish, and do not change.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>

#include "engine/stat/dist.h"
#include "engine/stat/rng.h"

/* numpy 1.24.2: np.random.seed(42), raw 32-bit words and np.random.choice(240, …). */
static void mt19937_is_the_stream_of_numpy(void **state)
{
	static const uint32_t raw[] = { 1608637542u, 3421126067u, 4083286876u, 787846414u };
	static const size_t drawn[] = { 102, 179, 92, 14, 106, 71, 188, 20, 102, 121, 210, 214 };
	struct mt19937 g;

	(void)state;
	mt19937_seed(&g, 42);
	for (size_t i = 0; i < sizeof raw / sizeof *raw; i++)
		assert_int_equal(mt19937_next(&g), raw[i]);
	mt19937_seed(&g, 42);
	for (size_t i = 0; i < sizeof drawn / sizeof *drawn; i++)
		assert_int_equal(mt19937_below(&g, 240), drawn[i]);
	assert_int_equal(mt19937_below(&g, 1), 0);
}

/* The 10,000th word of the reference implementation for the default seed 5489, as in ISO C++ [rand.predef]. */
static void mt19937_has_the_standards_ten_thousandth_word(void **state)
{
	struct mt19937 g;
	uint32_t v = 0;

	(void)state;
	mt19937_seed(&g, 5489);
	for (int i = 0; i < 10000; i++)
		v = mt19937_next(&g);
	assert_int_equal(v, 4123659995u);
}

static void dice_stay_inside_their_range(void **state)
{
	struct dice d, e;
	double sum = 0, squares = 0;

	(void)state;
	dice_seed(&d, 7);
	dice_seed(&e, 7);
	for (int i = 0; i < 100000; i++) {
		assert_true(dice_next(&d) == dice_next(&e));
		double u = dice_unit(&d), o = dice_open(&e);

		assert_true(u >= 0 && u < 1 && o > 0 && o < 1);
		assert_true(dice_below(&d, 3) == dice_below(&e, 3));
		double z = dice_normal(&d);

		assert_true(z == dice_normal(&e));
		sum += z;
		squares += z * z;
	}
	/* Six standard errors of the mean and of the variance. */
	assert_true(fabs(sum / 100000) < 6 / sqrt(100000));
	assert_true(fabs(squares / 100000 - 1) < 6 * sqrt(2.0 / 100000));
}

/* R 4.2.2: qnorm, pt, pf, pchisq, qbeta, pbinom. Both tails keep their digits. */
static void distributions_agree_with_r(void **state)
{
	(void)state;
	assert_true(fabs(dist_normal_inv(0.975) - 1.959963984540054) < 1e-14);
	assert_true(fabs(dist_normal_upper(10) / 7.619853024160527e-24 - 1) < 1e-12);
	assert_true(fabs(dist_t_inv(0.975, 4) - 2.776445105197793) < 1e-12);
	assert_true(fabs(dist_t_two_sided(-4.06212768338, 9) - .00283289019738) < 1e-12);
	assert_true(fabs(dist_chi2_upper(17.3559322034, 1) / 3.09929344e-5 - 1) < 1e-8);
	assert_true(fabs(dist_binomial(5, 0.5, 10) - 0.623046875) < 1e-13);
	assert_true(dist_binomial(10, 0.5, 10) == 1 && dist_binomial_upper(10, 0.5, 10) == 0);
}

static void bad_arguments_give_nan(void **state)
{
	(void)state;
	assert_true(isnan(dist_normal_inv(1.5)) && isnan(dist_normal_inv(NAN)));
	assert_true(isnan(dist_t(1, 0)) && isnan(dist_t_inv(-1, 3)) && isnan(dist_t_upper(NAN, 3)));
	assert_true(isnan(dist_chi2_inv(2, 3)) && isnan(dist_chi2_upper(1, -1)));
	assert_true(isnan(dist_f_upper(1, 0, 3)) && isnan(dist_f_inv(NAN, 1, 1)) && isnan(dist_beta_inv(0.5, 0, 1)));
	assert_true(isnan(dist_binomial(1, 2, 3)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mt19937_is_the_stream_of_numpy),
		cmocka_unit_test(mt19937_has_the_standards_ten_thousandth_word),
		cmocka_unit_test(dice_stay_inside_their_range),
		cmocka_unit_test(distributions_agree_with_r),
		cmocka_unit_test(bad_arguments_give_nan),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
