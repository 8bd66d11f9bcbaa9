/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Proves: correlations, their p-values and intervals are those of R 4.2.2's cor.test, with and without ties.
 */
#include "engine/stat/correlate.h"

#include "engine/stat/exact.h"
#include "tests/unit/stat_mem_fixture.h"

/* Hollander and Wolfe (1973), p. 187: tuna. */
static const double tuna_x[] = { 44.4, 45.9, 41.9, 53.3, 44.7, 44.1, 50.7, 45.2, 60.1 };
static const double tuna_y[] = { 2.6, 3.1, 2.5, 5.0, 3.6, 4.0, 5.2, 2.8, 3.8 };
/* R's mtcars. */
static const double mpg[] = { 21, 21, 22.8, 21.4, 18.7, 18.1, 14.3, 24.4, 22.8, 19.2, 17.8, 16.4, 17.3, 15.2, 10.4, 10.4,
	                      14.7, 32.4, 30.4, 33.9, 21.5, 15.5, 15.2, 13.3, 19.2, 27.3, 26, 30.4, 15.8, 19.7, 15, 21.4 };
static const double wt[] = { 2.62, 2.875, 2.32, 3.215, 3.44, 3.46, 3.57, 3.19, 3.15, 3.44, 3.44, 4.07, 3.73, 3.78, 5.25, 5.424,
	                     5.345, 2.2, 1.615, 1.835, 2.465, 3.52, 3.435, 3.84, 3.845, 1.935, 2.14, 1.513, 3.17, 2.77, 3.57, 2.78 };
static const double x12[] = { 3, 1, 4, 1.5, 5, 9, 2, 6, 5.3, 3.5, 8, 9.7 };
static const double y12[] = { 2, 7, 1, 8, 2.8, 1.8, 2.9, 4, 5, 9, 0.4, 5.2 };

static struct correlation run(const double *x, const double *y, size_t n, enum correlation_method method, enum alternative a,
                              enum exactness exact)
{
	const struct test_options o = { a, 0.95, exact, false };
	struct correlation c = correlate(&mem, x, y, n, method, &o);

	assert_int_equal(c.state, CORRELATION_OK);
	return c;
}

static void pearson(void **state)
{
	struct correlation c = run(tuna_x, tuna_y, 9, CORRELATION_PEARSON, TWO_SIDED, EXACT_AUTO);

	(void)state;
	same(c.statistic, 1.84108263811534);
	same(c.r, 0.571181557563829);
	same(c.p, 0.108173054349494);
	same(c.low, -0.149742633036757);
	same(c.high, 0.895579461838739);
	c = run(mpg, wt, 32, CORRELATION_PEARSON, TWO_SIDED, EXACT_AUTO);
	same(c.statistic, -9.55904414697211);
	assert_true(c.df == 30);
	same(c.r, -0.867659376517228);
	same(c.p, 1.29395870135052e-10);
	same(c.low, -0.933826413284994);
	same(c.high, -0.744087196460113);
	same(run(mpg, wt, 32, CORRELATION_PEARSON, GREATER, EXACT_AUTO).p, 0.999999999935302);
}

static void spearman(void **state)
{
	struct correlation c = run(tuna_x, tuna_y, 9, CORRELATION_SPEARMAN, TWO_SIDED, EXACT_AUTO);
	double minus[12];

	(void)state;
	assert_true(c.how == TEST_EXACT && c.statistic == 48);
	same(c.r, 0.6);
	same(c.p, 0.0967978395061728);
	same(run(tuna_x, tuna_y, 9, CORRELATION_SPEARMAN, GREATER, EXACT_AUTO).p, 0.0483989197530864);
	same(run(tuna_x, tuna_y, 9, CORRELATION_SPEARMAN, LESS, EXACT_AUTO).p, 0.957137345679012);
	same(run(tuna_x, tuna_y, 9, CORRELATION_SPEARMAN, TWO_SIDED, EXACT_NEVER).p, 0.0876228290414023);
	c = run(mpg, wt, 32, CORRELATION_SPEARMAN, TWO_SIDED, EXACT_AUTO);
	assert_true(c.how == TEST_ASYMPTOTIC && c.ties);
	same(c.statistic, 10292.3186135227);
	same(c.r, -0.886422033270298);
	same(c.p, 1.48759485812743e-11);
	c = run(x12, y12, 12, CORRELATION_SPEARMAN, TWO_SIDED, EXACT_AUTO);
	assert_true(c.how == TEST_EDGEWORTH && c.statistic == 398);
	same(c.p, 0.209564351836237);
	same(run(x12, y12, 12, CORRELATION_SPEARMAN, LESS, EXACT_AUTO).p, 0.104782175918118);
	for (int i = 0; i < 12; i++)
		minus[i] = -y12[i];
	c = run(x12, minus, 12, CORRELATION_SPEARMAN, TWO_SIDED, EXACT_AUTO);
	assert_true(c.statistic == 174);
	same(c.p, 0.209564351836237);
	same(run(x12, minus, 12, CORRELATION_SPEARMAN, LESS, EXACT_AUTO).p, 0.89951351223471);
	same(run(x12, minus, 12, CORRELATION_SPEARMAN, GREATER, EXACT_AUTO).p, 0.104782175918118);
}

static void kendall(void **state)
{
	struct correlation c = run(tuna_x, tuna_y, 9, CORRELATION_KENDALL, TWO_SIDED, EXACT_AUTO);
	double i60[60], y60[60];

	(void)state;
	assert_true(c.how == TEST_EXACT && c.statistic == 26);
	same(c.r, 4.0 / 9);
	same(c.p, 0.1194389329806);
	same(run(tuna_x, tuna_y, 9, CORRELATION_KENDALL, GREATER, EXACT_AUTO).p, 0.0597194664902998);
	same(run(tuna_x, tuna_y, 9, CORRELATION_KENDALL, TWO_SIDED, EXACT_NEVER).p, 0.0952928380234565);
	c = run(mpg, wt, 32, CORRELATION_KENDALL, TWO_SIDED, EXACT_AUTO);
	same(c.statistic, -5.79813189498173);
	same(c.r, -0.727832149528431);
	same(c.p, 6.70577040559586e-09);
	c = run(x12, y12, 12, CORRELATION_KENDALL, TWO_SIDED, EXACT_AUTO);
	assert_true(c.statistic == 25);
	same(c.r, -0.242424242424242);
	same(c.p, 0.310810013995778);
	for (int i = 0; i < 60; i++) {
		i60[i] = i + 1;
		y60[i] = ((i + 1) * 37) % 61;
	}
	c = run(i60, y60, 60, CORRELATION_KENDALL, TWO_SIDED, EXACT_AUTO);
	assert_int_equal(c.how, TEST_ASYMPTOTIC);
	same(c.statistic, 0.612281091977549);
	same(c.p, 0.540351797383964);
	c = run(i60, y60, 60, CORRELATION_SPEARMAN, TWO_SIDED, EXACT_AUTO);
	assert_true(c.statistic == 34038);
	same(c.p, 0.679908523144084);
}

/* τ-b from its definition, pair by pair, on data with ties in x, in y and in both. */
static void kendall_counts_every_pair(void **state)
{
	double x[97], y[97], concordant = 0, x_apart = 0, y_apart = 0;

	(void)state;
	for (int i = 0; i < 97; i++) {
		x[i] = (i * 31) % 11;
		y[i] = (i * i + 3 * i) % 7 + (i > 60 ? x[i] : 0);
	}
	for (int i = 0; i < 97; i++) {
		for (int j = 0; j < i; j++) {
			double s = (x[i] - x[j]) * (y[i] - y[j]);

			concordant += (s > 0) - (s < 0);
			x_apart += x[i] != x[j];
			y_apart += y[i] != y[j];
		}
	}
	same(run(x, y, 97, CORRELATION_KENDALL, TWO_SIDED, EXACT_AUTO).r, concordant / sqrt(x_apart * y_apart));
}

/* Bonett and Wright (2000), by hand: tanh(atanh r ± 1.959964 √v). */
static void rank_intervals(void **state)
{
	struct correlation s = run(tuna_x, tuna_y, 9, CORRELATION_SPEARMAN, TWO_SIDED, EXACT_AUTO);
	struct correlation k = run(tuna_x, tuna_y, 9, CORRELATION_KENDALL, TWO_SIDED, EXACT_AUTO);

	(void)state;
	same(s.low, tanh(atanh(.6) - 1.959963984540054 * sqrt(1.18 / 6)));
	same(s.high, tanh(atanh(.6) + 1.959963984540054 * sqrt(1.18 / 6)));
	same(k.low, tanh(atanh(4.0 / 9) - 1.959963984540054 * sqrt(.437 / 5)));
	assert_true(isnan(run(tuna_x, tuna_y, 3, CORRELATION_PEARSON, TWO_SIDED, EXACT_AUTO).low));
	assert_true(isnan(run(tuna_x, tuna_y, 4, CORRELATION_KENDALL, TWO_SIDED, EXACT_AUTO).low));
}

static void lines_and_constants(void **state)
{
	const struct test_options o = { TWO_SIDED, 0.95, EXACT_AUTO, false };
	double x[60], y[60], c[60] = { 0 };

	(void)state;
	for (int i = 0; i < 60; i++) {
		x[i] = i;
		y[i] = 3 - 2.0 * i;
	}
	for (enum correlation_method m = CORRELATION_PEARSON; m <= CORRELATION_KENDALL; m++) {
		for (size_t n = 3; n <= 60; n += 57 / 3) {
			struct correlation r = correlate(&mem, x, y, n, m, &o);

			assert_true(r.r == -1 && r.perfect && isnan(r.low) && r.p >= 0 && (n == 3 || r.p < 1e-5));
		}
		assert_int_equal(correlate(&mem, c, y, 9, m, &o).state, CORRELATION_X_CONSTANT);
		assert_int_equal(correlate(&mem, y, c, 9, m, &o).state, CORRELATION_Y_CONSTANT);
		assert_int_equal(correlate(&mem, x, y, 2, m, &o).state, CORRELATION_TOO_FEW);
	}
	/* the whole distribution: 6 permutations of 3 have Σd² 0, 2, 2, 6, 6, 8 */
	struct exact_tails t = exact_spearman(&mem, 3, 6);

	same(t.lower, 5.0 / 6);
	same(t.upper, 3.0 / 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(pearson, clear),
		cmocka_unit_test_teardown(spearman, clear),
		cmocka_unit_test_teardown(kendall, clear),
		cmocka_unit_test_teardown(kendall_counts_every_pair, clear),
		cmocka_unit_test_teardown(rank_intervals, clear),
		cmocka_unit_test_teardown(lines_and_constants, clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
