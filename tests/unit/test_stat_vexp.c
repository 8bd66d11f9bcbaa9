/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The stated accuracy of the inlined exp and ln, against long double; and the bytes themselves, so that a compiler that
 * fuses or reorders is caught.
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

#include "engine/stat/rng.h"
#include "engine/stat/vexp.h"

#define MANY 1000000

/* Distance in units of the last place of `one`. */
static double ulps(double value, long double truth, double one)
{
	return (double)(fabsl(value - truth) / (nextafter(one, INFINITY) - one));
}

static void exp_is_right_to_about_an_ulp(void **state)
{
	struct dice d;
	double worst = 0;

	(void)state;
	dice_seed(&d, 1);
	for (size_t i = 0; i < MANY; i++) {
		double range = i % 2 ? 700 : 3, x = range * (2 * dice_unit(&d) - 1);
		long double truth = expl(x);

		worst = fmax(worst, ulps(vexp(FM_SPLAT(x))[0], truth, (double)truth));
	}
	print_message("worst of exp: %.3f ulp\n", worst);
	assert_true(worst < 1.1);
}

static void log_and_inverse_are_right(void **state)
{
	struct dice d;
	double worst = 0, worst_inverse = 0;

	(void)state;
	dice_seed(&d, 2);
	for (size_t i = 0; i < MANY; i++) {
		double x = i % 2 ? 1 + 4 * dice_unit(&d) : exp(1400 * dice_unit(&d) - 700);
		fm_pair inverse, y = vexp_log((fm_pair){ x, 1 }, &inverse);
		long double truth = logl(x);

		worst = fmax(worst, ulps(y[0], truth, fmax(1, (double)fabsl(truth))));
		worst_inverse = fmax(worst_inverse, ulps(inverse[0], 1.0L / x, 1 / x));
	}
	print_message("worst of ln: %.3f ulp; of 1/x: %.3f ulp\n", worst, worst_inverse);
	assert_true(worst < 2.5 && worst_inverse < 2);
}

static void special_points(void **state)
{
	fm_pair inverse, y = vexp_log((fm_pair){ 1, 2 }, &inverse);

	(void)state;
	assert_true(vexp(FM_SPLAT(0.0))[0] == 1 && vexp(FM_SPLAT(-0.0))[1] == 1);
	assert_true(fabs(y[0]) < 2e-16 && fabs(y[1] - 0x1.62e42fefa39efp-1) < 2e-16 && inverse[1] == 0.5);
	assert_true(vexp_larger(FM_SPLAT(1.0), (fm_pair){ 2, -2 })[0] == 2 && vexp_smaller(FM_SPLAT(1.0), (fm_pair){ 2, -2 })[0] == 1);
}

/* FNV-1a over the bytes of 20,000 results, as every compiler and machine must give them. */
static void the_bytes_do_not_depend_on_the_machine(void **state)
{
	uint64_t hash = 0xcbf29ce484222325u;
	struct dice d;

	(void)state;
	dice_seed(&d, 3);
	for (size_t i = 0; i < 10000; i++) {
		fm_pair x = { 1400 * dice_unit(&d) - 700, 10 * dice_unit(&d) }, e = vexp(x), inverse;
		fm_pair l = vexp_log(e, &inverse);
		unsigned char bytes[3 * sizeof e];

		memcpy(bytes, &e, sizeof e);
		memcpy(bytes + sizeof e, &l, sizeof l);
		memcpy(bytes + 2 * sizeof e, &inverse, sizeof inverse);
		for (size_t k = 0; k < sizeof bytes; k++)
			hash = (hash ^ bytes[k]) * 0x100000001b3u;
	}
	print_message("%016llx\n", (unsigned long long)hash);
	assert_true(hash == 0x73dcf701c8c91102u);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exp_is_right_to_about_an_ulp),
		cmocka_unit_test(log_and_inverse_are_right),
		cmocka_unit_test(special_points),
		cmocka_unit_test(the_bytes_do_not_depend_on_the_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
