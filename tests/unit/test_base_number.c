/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Proves: numbers are read whole or not at all; reals are read and written to the last bit, in the shortest form,
 * whatever the locale; units are exact.
 */
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/rng.h"
#include "engine/base/str.h"

static void integers_are_whole_texts_in_range(void **state)
{
	static const char *const wrong[] = { "", "-", "+", "1.0", "1 ", " 1", "0x10", "1e3", "--1", "9223372036854775808",
		                             "-9223372036854775809", "99999999999999999999999" };
	int64_t i = 77;

	(void)state;
	assert_true(str_int(STR("9223372036854775807"), &i));
	assert_true(i == INT64_MAX);
	assert_true(str_int(STR("-9223372036854775808"), &i));
	assert_true(i == INT64_MIN);
	assert_true(str_int(STR("+007"), &i));
	assert_int_equal(i, 7);
	for (size_t k = 0; k < countof(wrong); k++)
		assert_false(str_int(str_z(wrong[k]), &i));
	assert_int_equal(i, 7); /* untouched by failures */
}

static void reals_are_whole_texts(void **state)
{
	static const char *const wrong[] = { "", ".", "-", "1,5", "1e", "1e+", "e5", "1.2.3", "nan", "inf", "0x1p3",
		                             "1 ", " 1", "1e400", "1_000", "--1" };
	double r = 77;

	(void)state;
	for (size_t k = 0; k < countof(wrong); k++)
		assert_false(str_real(str_z(wrong[k]), &r));
	assert_true(r == 77);
	assert_true(str_real(STR(".5"), &r) && r == 0.5);
	assert_true(str_real(STR("5."), &r) && r == 5);
	assert_true(str_real(STR("+1e3"), &r) && r == 1000);
	assert_true(str_real(STR("-1.5E-2"), &r) && r == -0.015);
	assert_true(str_real(STR("1e-400"), &r) && r == 0);
	assert_true(str_real(STR("0e99999999999"), &r) && r == 0);
	assert_true(str_real(STR("00000000000000000000000000000000.25"), &r) && r == 0.25);
	assert_true(str_real(STR("100000000000000000000000"), &r) && r == 1e23);
	assert_true(str_real(STR("0.000000000000000000000000000000000000001"), &r) && r == 1e-39);
}

static void hard_cases_are_read_to_the_last_bit(void **state)
{
	double r;

	(void)state;
	assert_true(str_real(STR("9007199254740993"), &r) && r == 9007199254740992.0); /* a tie, to even */
	assert_true(str_real(STR("9007199254740993.00000000000000000000000001"), &r) && r == 9007199254740994.0);
	assert_true(str_real(STR("2.2250738585072011e-308"), &r) && r == 0x0.fffffffffffffp-1022);
	assert_true(str_real(STR("1.7976931348623157e308"), &r) && r == 0x1.fffffffffffffp1023);
	assert_true(str_real(STR("4.9406564584124654e-324"), &r) && r == 0x1p-1074);
}

/* The ways in: few digits, many, as many as a program prints, halves of the last bit; all as strtod has them. */
static void reals_are_what_strtod_says(void **state)
{
	struct rng rng;
	char z[64];

	(void)state;
	rng_seed(&rng, 7);
	for (int i = 0; i < 200000; i++) {
		const uint64_t bits = rng_next(&rng);
		double r = 77;

		if (i % 4 == 0)
			(void)snprintf(z, sizeof z, "%.17g", rng_unit(&rng));
		else if (i % 4 == 1)
			(void)snprintf(z, sizeof z, "%s%.*f", i % 8 == 1 ? "-" : "", (int)(bits % 18), rng_unit(&rng) * 1000);
		else if (i % 4 == 2)
			(void)snprintf(z, sizeof z, "%llue%d", (unsigned long long)(bits >> (i % 60)), (int)(bits % 60) - 30);
		else
			(void)snprintf(z, sizeof z, "%llu", (unsigned long long)(bits >> 10 | 1 | UINT64_C(1) << 53));
		assert_true(str_real(str_z(z), &r));
		if (r != strtod(z, NULL))
			fail_msg("%s became %.17g", z, r);
	}
	/* bytes beside the digits, where eight are looked at together */
	static const char *const wrong[] = { "1234567/", "1234567:", "/2345678", ":2345678", "1234.678x", "12345678.1234567:",
		                                 "1234\200678", "12345678.12345678.", "..12345678", "12345678-" };

	for (size_t k = 0; k < countof(wrong); k++) {
		double r = 77;

		assert_false(str_real(str_z(wrong[k]), &r));
	}
}

static void assert_real_text(double r, const char *want)
{
	char text[32];
	size_t n = real_text(r, text);

	assert_string_equal(text, want);
	assert_int_equal(n, strlen(want));
}

static void reals_are_written_short(void **state)
{
	(void)state;
	assert_real_text(0.1, "0.1");
	assert_real_text(0.1 + 0.2, "0.30000000000000004");
	assert_real_text(1000, "1000");
	assert_real_text(-2.5, "-2.5");
	assert_real_text(100.25, "100.25");
	assert_real_text(0, "0");
	assert_real_text(-0.0, "0");
	assert_real_text(9007199254740992.0, "9007199254740992");
	assert_real_text(123456789012345678.0, "1.2345678901234568e17");
	assert_real_text(1e16, "1e16");
	assert_real_text(9007199254740994.0, "9.007199254740994e15"); /* a real when it is read again */
	assert_real_text(1e23, "1e23");
	assert_real_text(0.0001, "0.0001");
	assert_real_text(0.00001, "1e-5");
	assert_real_text(0.00012345, "0.00012345");
	assert_real_text(1.5e-7, "1.5e-7");
	assert_real_text(5.0 / 6, "0.8333333333333334");
	assert_real_text(0x1p-1074, "5e-324");
	assert_real_text(0x1p-1040, "8.487983164e-314");
	assert_real_text(-0x1.fffffffffffffp1023, "-1.7976931348623157e308");
	assert_real_text(NAN, "nan");
	assert_real_text(-INFINITY, "-inf");
}

static void every_real_reads_back(void **state)
{
	struct rng g;
	char text[32], again[40];
	double back;

	(void)state;
	rng_seed(&g, 1);
	for (int i = 0; i < 100000; i++) {
		uint64_t bits = rng_next(&g);
		double r;

		memcpy(&r, &bits, 8);
		if (i % 2)
			r = (double)(int64_t)(bits >> 30) / pow(10, (double)(bits % 16)); /* few digits: the short way */
		if (!isfinite(r))
			continue;
		size_t n = real_text(r, text);

		assert_true(n < sizeof(text));
		assert_true(str_real((struct str){ text, n }, &back));
		assert_true(back == r);
		/* where printf does with 16 digits, so do we; beyond 2^53 our exponent may be longer than its digits */
		(void)snprintf(again, sizeof(again), "%.16g", r);
		assert_true(str_real(str_z(again), &back));
		if (back == r && fabs(r) <= 0x1p53)
			assert_true(n <= strlen(again));
	}
}

static void a_decimal_comma_changes_nothing(void **state)
{
	static const char *const names[] = { "de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "fr_FR.utf8" };
	const char *set = NULL;
	double r;

	(void)state;
	for (size_t i = 0; i < countof(names) && !set; i++)
		set = setlocale(LC_ALL, names[i]);
	if (!set)
		skip(); /* a machine without such a locale */
	assert_real_text(5.0 / 6, "0.8333333333333334");
	assert_true(str_real(STR("0.83333333333333337034"), &r) && r == 5.0 / 6);
	setlocale(LC_ALL, "C");
}

static void durations_have_units(void **state)
{
	static const char *const wrong[] = { "", "90", "s", "1w", "1.s.s", "-1s", "1 hour", "1h30m", "99999999999999d" };
	double s = 77;

	(void)state;
	assert_true(str_duration(STR("90s"), &s) && s == 90);
	assert_true(str_duration(STR("10m"), &s) && s == 600);
	assert_true(str_duration(STR("1.5h"), &s) && s == 5400);
	assert_true(str_duration(STR("1d"), &s) && s == 86400);
	assert_true(str_duration(STR("250ms"), &s) && s == 0.25);
	assert_true(str_duration(STR("2 h"), &s) && s == 7200);
	for (size_t k = 0; k < countof(wrong); k++)
		assert_false(str_duration(str_z(wrong[k]), &s));
	assert_true(s == 7200);
}

static void sizes_have_units(void **state)
{
	static const char *const wrong[] = { "", "10", "MiB", "1 mib", "1e3B", "99999999PiB", "0.1.2GB" };
	int64_t n = 77;

	(void)state;
	assert_true(str_size(STR("512MiB"), &n) && n == 536870912);
	assert_true(str_size(STR("2GB"), &n) && n == 2000000000);
	assert_true(str_size(STR("100KB"), &n) && n == 100000);
	assert_true(str_size(STR("100kB"), &n) && n == 100000);
	assert_true(str_size(STR("10B"), &n) && n == 10);
	assert_true(str_size(STR("1.5KiB"), &n) && n == 1536);
	assert_true(str_size(STR("0.1GiB"), &n) && n == 107374182);
	for (size_t k = 0; k < countof(wrong); k++)
		assert_false(str_size(str_z(wrong[k]), &n));
	assert_int_equal(n, 107374182);
}

static void money_is_exact(void **state)
{
	static const char *const wrong[] = { "", "0.50", "0.50 EUR", "0.50 usd", "$1", "-1 USD", "99999999999 USD",
		                             "0.0000000000001 USD", "USD" };
	int64_t p = 77;

	(void)state;
	assert_true(str_money(STR("0.50 USD"), &p) && p == 500000000000);
	assert_true(str_money(STR("0.1USD"), &p) && p == 100000000000);
	assert_true(str_money(STR("0.000000000001 USD"), &p) && p == 1);
	assert_true(str_money(STR("9000000 USD"), &p) && p == 9000000000000000000);
	for (size_t k = 0; k < countof(wrong); k++)
		assert_false(str_money(str_z(wrong[k]), &p));
	assert_true(p == 9000000000000000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(integers_are_whole_texts_in_range),
		cmocka_unit_test(reals_are_whole_texts),
		cmocka_unit_test(hard_cases_are_read_to_the_last_bit),
		cmocka_unit_test(reals_are_what_strtod_says),
		cmocka_unit_test(reals_are_written_short),
		cmocka_unit_test(every_real_reads_back),
		cmocka_unit_test(a_decimal_comma_changes_nothing),
		cmocka_unit_test(durations_have_units),
		cmocka_unit_test(sizes_have_units),
		cmocka_unit_test(money_is_exact),
	};

	return cmocka_run_group_tests_name("numbers and units", tests, NULL, NULL);
}
