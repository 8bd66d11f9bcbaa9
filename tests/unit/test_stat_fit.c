/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Fits against published values, and that every family finds its own parameters.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdbool.h>

#include "engine/stat/fit.h"
#include "engine/stat/rng.h"
#include "tests/unit/fit_fixture.h"
#include "tests/unit/mem_fixture.h"

static struct mem_block *blocks;
static const struct mem mem = { mem_fixture_alloc, &blocks };

static int clear(void **state)
{
	(void)state;
	mem_fixture_clear(&blocks);
	return 0;
}

static void near(double got, double want, double relative)
{
	if (!(fabs(got - want) <= relative * fabs(want)))
		fail_msg("%.15g is not %.15g (off by %.2g of it)", got, want, fabs(got / want - 1));
}

static double michaelis(void *user, const double *x, const double *p)
{
	(void)user;
	return p[0] * x[0] / (p[1] + x[0]);
}

/* The minimum and the profile's ends to 40 digits by mpmath 1.3. R 4.2.2's nls and confint (quoted in brackets) stop 1e-5
 * standard errors short of the minimum and read the ends off a spline, which costs up to 2e-4 of the width. */
static void puromycin_is_rs(void **state)
{
	const struct fit_formula formula = { .f = michaelis, .columns = 1, .params = 2 };
	const double start[2] = { 100, 1 };
	const struct fit_problem p = { .formula = &formula, .n = 12, .x = puromycin_x, .y = puromycin_y, .starts = start, .starts_n = 1 };
	struct fit_result r;
	bool lower;

	(void)state;
	assert_int_equal(fit_solve(&p, &mem, &r), FIT_DONE);
	near(r.params[0], 212.68374314253604, 2e-13);    /* [212.68357998] */
	near(r.params[1], 0.064121281681567162, 2e-13);   /* [.06412102739] */
	near(r.se[0], 6.94714626, 2e-6);                 /* R */
	near(r.se[1], 0.00828092242, 5e-6);              /* R */
	near(r.rss, 1195.4488144393593, 1e-13);
	struct fit_interval v = fit_profile(&p, &r, &mem, 0, 0.95, &lower), k = fit_profile(&p, &r, &mem, 1, 0.95, &lower);

	near(v.low, 197.30193290042606, 1e-8);           /* [197.3021285] */
	near(v.high, 229.28905505488753, 1e-8);          /* [229.2900649] */
	near(k.low, 0.046920342035334846, 1e-7);         /* [.0469251684] */
	near(k.high, 0.086156913426902018, 1e-7);        /* [.0861599530] */
	assert_true(!lower && v.low_end == FIT_END_FOUND && k.high_end == FIT_END_FOUND);
}

/* R 4.2.2: lm(log(dist) ~ log(speed), cars), predict at 30, AIC, BIC, confint. */
static void cars_in_log_space_are_rs(void **state)
{
	const struct fit_problem p = { .law = &law_families[LAW_POWER2], .n = 50, .x = cars_x, .y = cars_y, .space = FIT_LOG };
	const double thirty = 30;
	struct fit_result r;

	(void)state;
	assert_int_equal(fit_solve(&p, &mem, &r), FIT_DONE);
	near(-r.params[1], 1.60239120644051, 1e-13);
	near(r.se[1], 0.139537613294, 1e-11);
	near(r.r2, 0.733144439277, 1e-11);
	near(r.aic, 55.5318459777, 1e-11);
	near(r.bic, 61.267914994, 1e-10);
	struct fit_interval i = fit_delta(&r, 1, 0.95);

	near(-i.high, 1.32183203116, 1e-11);
	near(-i.low, 1.88295038173, 1e-11);
	struct fit_prediction at = fit_predict(&p, &r, &thirty, 1, 0.95);

	near(log(at.y), 4.72038002577, 1e-11);
	near(log(at.new_low), 3.87169904879, 1e-11);
	near(log(at.new_high), 5.56906100275, 1e-11);
	near(log(at.mean_low), 4.48312769524, 1e-11);
	near(log(at.mean_high), 4.95763235630, 1e-11);
}

/* By mpmath 1.3 to 40 digits; R 4.2.2's nls(dist ~ A*speed^alpha, cars) in brackets. Not the exponent of log space. */
static void cars_in_raw_space_are_rs(void **state)
{
	const struct fit_problem p = { .law = &law_families[LAW_POWER2], .n = 50, .x = cars_x, .y = cars_y };
	struct fit_result r;
	bool lower;

	(void)state;
	assert_int_equal(fit_solve(&p, &mem, &r), FIT_DONE);
	near(r.params[0], 0.58967344298782712, 1e-14);   /* [.589673499238] */
	near(-r.params[1], 1.5492909750280281, 1e-15);   /* [1.549290942629] */
	near(r.se[0], 0.33566683799579155, 1e-13);
	near(r.se[1], 0.19202886229897692, 1e-13);       /* [.1920288481] */
	near(r.rss, 10888.964290585357, 1e-14);
	near(r.aic, 417.067958296, 1e-11);
	struct fit_interval i = fit_profile(&p, &r, &mem, 1, 0.95, &lower);

	near(-i.high, 1.1741803719812532, 1e-9);         /* [1.1742153382] */
	near(-i.low, 1.9692733250341747, 1e-9);          /* [1.9692877080] */
}

/* Raw-space least squares of the Chinchilla points: Open-Athena's VPNLS and Apple's ml-scalefit agree for n = 217. */
static void chinchilla_in_raw_space(void **state)
{
	static const struct {
		size_t drop, n;
		double limit, e, a, b, alpha, beta, rss;
	} known[] = {
		{ 5, 217, 1e21, 1.90509228, 4.00052236, 1.05094768, .35105820, .45874180, .0624142929 },
		{ 5, 240, INFINITY, 1.88281361, 4.05984084, 1.07445871, .35761509, .42762062, .0832038077 },
		{ 0, 245, INFINITY, 2.01056765, 4.38289171, 1.13058347, .36843599, .66139681, .8437738116 },
	};
	static const double se[5] = { .01761889, .15504564, .00759945, .01219186, .00925438 };
	struct runs runs;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		if (!runs_read(&runs, known[i].drop, known[i].limit)) {
			print_message("no shared/data/chinchilla: set RUNG_DATA\n");
			skip();
		}
		assert_int_equal(runs.n, known[i].n);
		const struct fit_problem p = { .law = &law_families[LAW_CHINCHILLA], .n = runs.n, .x = runs.nd[0], .y = runs.loss };
		struct fit_result r;

		assert_int_equal(fit_solve(&p, &mem, &r), FIT_DONE);
		/* The published ones stop up to 3e-8 short of the minimum; here the gradient says where it is. */
		near(r.params[0], known[i].e, 3e-8);
		near(r.params[1], known[i].a, 3e-8);
		near(r.params[2], known[i].b, 3e-8);
		near(r.params[3], known[i].alpha, 3e-8);
		near(r.params[4], known[i].beta, 3e-8);
		near(r.rss, known[i].rss, 1e-9);
		assert_true(r.converged && r.gradient < 1e-15 && r.starts == 64);
		print_message("n = %zu: %zu of %zu starts reached the best\n", runs.n, r.reached_best, r.starts);
		assert_true(r.reached_best >= 32);
		for (size_t k = 0; i == 0 && k < 5; k++)
			near(r.se[k], se[k], 1e-6);
		if (i == 0)
			near(r.r2, .9960395925, 1e-10);
	}
}

/* ---- every family ------------------------------------------------------------------------------------------------- */

static const struct own {
	enum law_family law;
	double low, high; /* of x */
	double params[LAW_PARAMS];
} owns[] = {
	{ LAW_LINE, -3, 40, { 1.5, -0.25 } },
	{ LAW_LOG, 1, 1e5, { 0.2, 0.07 } },
	{ LAW_POWER2, 1, 1e5, { 3, 0.3 } },
	{ LAW_POWER2, 1, 1e5, { 3, -0.7 } },
	{ LAW_POWER3, 100, 4e4, { 0.1, 3, 0.4 } },
	{ LAW_POWER3, 100, 4e4, { 0.95, -3, 0.4 } },
	{ LAW_POWER3, 1e9, 1e18, { 1.7, 400, 0.34 } },
	{ LAW_POWER4, 1, 1e4, { 0.2, 5, 0.6, 30 } },
	{ LAW_MMF4, 10, 1e5, { 0.5, 0.93, 900, 1.3 } },
	{ LAW_EXP3, 0, 40, { 0.9, -0.4, 0.15 } },
	{ LAW_WEIBULL4, 10, 1e5, { 0.9, -0.5, 2000, 0.6 } },
	{ LAW_ILOG2, 2, 1e5, { 0.95, -0.6 } },
	{ LAW_BNSL1, 1, 1e6, { 0.1, 2, 0.2, 0.5, 1000, 0.3 } },
	{ LAW_BNSL2, 1, 1e8, { 0.1, 2, 0.15, 0.5, 300, 0.3, -0.4, 1e5, 0.25 } },
	{ LAW_BNSL3, 1, 1e9, { 0.1, 2, 0.1, 0.5, 100, 0.3, -0.5, 2e4, 0.2, 0.4, 3e6, 0.3 } },
	{ LAW_CHINCHILLA, 1, 1e4, { 1.8, 4, 1.1, 0.35, 0.45 } },
};

#define OWN_POINTS 80

static size_t own_points(const struct own *o, double *x, double *y)
{
	const struct law *l = &law_families[o->law];
	struct dice d;

	dice_seed(&d, 5);
	for (size_t i = 0; i < OWN_POINTS; i++) {
		double *at = x + i * l->columns, part = (double)i / (OWN_POINTS - 1);

		at[0] = l->domain == LAW_ANY_X ? o->low + part * (o->high - o->low) : o->low * pow(o->high / o->low, part);
		if (l->columns == 2)
			at[1] = o->low * pow(o->high / o->low, dice_unit(&d));
		y[i] = law_at(l, o->params, at);
	}
	return OWN_POINTS;
}

static void every_family_finds_its_own_parameters(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof owns / sizeof *owns; i++) {
		const struct law *l = &law_families[owns[i].law];
		double x[2 * OWN_POINTS], y[OWN_POINTS];
		const struct fit_problem p = { .law = l, .n = own_points(&owns[i], x, y), .x = x, .y = y };
		struct fit_result r;

		assert_int_equal(fit_solve(&p, &mem, &r), FIT_DONE);
		print_message("%-10s %3zu of %3zu starts reached the best\n", l->name, r.reached_best, r.starts);
		for (size_t k = 0; k < r.p; k++)
			near(r.params[k], owns[i].params[k], 1e-8);
		assert_true(r.converged && r.information_gap == FIT_GAP_EXACT && isnan(r.aic));
		assert_true(r.starts == (l->nonlinear == 0 ? 1 : l->nonlinear == 1 ? 48 : l->nonlinear == 2 ? 64 : l->nonlinear == 4 ? 160
		                         : l->nonlinear == 7 ? 320 : 480));
		/* Up to two nonlinear parameters every start gets there; the broken laws are what many starts are for. */
		assert_true(l->nonlinear > 2 ? r.reached_best >= 1 : r.reached_best == r.starts);
	}
}

static void gradients_are_those_of_the_curves(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof owns / sizeof *owns; i++) {
		const struct law *l = &law_families[owns[i].law];
		const double x[2] = { l->domain == LAW_ANY_X ? 7 : owns[i].low * 37, owns[i].low * 11 };
		double g[LAW_PARAMS], p[LAW_PARAMS];

		near(law_gradient(l, owns[i].params, x, g), law_at(l, owns[i].params, x), 0);
		memcpy(p, owns[i].params, sizeof p);
		for (size_t k = 0; k < law_params(l); k++) {
			const double h = 1e-5 * fabs(p[k]);

			p[k] = owns[i].params[k] + h;
			double above = law_at(l, p, x);

			p[k] = owns[i].params[k] - h;
			near((above - law_at(l, p, x)) / (2 * h) + 1, g[k] + 1, 1e-6);
			p[k] = owns[i].params[k];
		}
		assert_ptr_equal(law_named(l->name), l);
	}
	assert_null(law_named("power"));
}

/* The same in log space, where the curve is above 0. */
static void log_space_finds_the_parameters_too(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof owns / sizeof *owns; i++) {
		const struct law *l = &law_families[owns[i].law];
		double x[2 * OWN_POINTS], y[OWN_POINTS];
		const struct fit_problem p = { .law = l, .n = own_points(&owns[i], x, y), .x = x, .y = y, .space = FIT_LOG };
		struct fit_result r;
		bool positive = true;

		for (size_t k = 0; k < p.n; k++)
			positive &= y[k] > 0;
		if (!positive || l->nonlinear > 4)
			continue;
		assert_int_equal(fit_solve(&p, &mem, &r), FIT_DONE);
		for (size_t k = 0; k < r.p; k++)
			near(r.params[k], owns[i].params[k], 1e-8);
	}
}

/* ---- linear models: R 4.2.2, lm(dist ~ speed, cars) --------------------------------------------------------------- */

static void sandwich_bands_and_weights_are_rs(void **state)
{
	static const double hc1[4] = { 31.9920283640147183, -2.15999312282343547, -2.1599931228234315, 0.16556920893167718 };
	static const double by_speed[4] = { 50.8440895248471421, -3.65602251048771043, -3.6560225104877127, 0.29001088409494152 };
	struct fit_problem p = { .law = &law_families[LAW_LINE], .n = 50, .x = cars_x, .y = cars_y };
	const double thirty = 30;
	double v[4], weight[50];
	size_t cluster[50];
	struct fit_result r;

	(void)state;
	assert_int_equal(fit_solve(&p, &mem, &r), FIT_DONE);
	assert_true(fit_sandwich(&p, &r, &mem, NULL, v));
	for (size_t i = 0; i < 4; i++)
		near(v[i], hc1[i], 1e-12);
	for (size_t i = 0; i < 50; i++)
		cluster[i] = (size_t)cars_x[i];
	assert_true(fit_sandwich(&p, &r, &mem, cluster, v));
	for (size_t i = 0; i < 4; i++)
		near(v[i], by_speed[i], 1e-12);
	for (size_t i = 0; i < 50; i++)
		cluster[i] = 0;
	assert_false(fit_sandwich(&p, &r, &mem, cluster, v));
	near(r.leverage[0], 0.114861313868613563, 1e-13);
	near(r.leverage[49], 0.087270072992700745, 1e-13);
	struct fit_prediction at = fit_predict(&p, &r, &thirty, 1, 0.95);

	near(at.new_low, 66.865293340766499, 1e-12);
	near(at.mean_high, 113.35090831452513, 1e-12);
	near(fit_predict(&p, &r, &thirty, 1e12, 0.95).new_low, at.mean_low, 1e-9);
	for (size_t i = 0; i < 50; i++)
		weight[i] = 1 + (double)((i + 1) % 3);
	p.weight = weight;
	assert_int_equal(fit_solve(&p, &mem, &r), FIT_DONE);
	near(r.params[0], -16.2007773531570756, 1e-13);
	near(r.params[1], 3.9705971142565044, 1e-13);
	near(r.covariance[1], -2.5872453178347183, 1e-12);
	near(r.aic, 424.60109497040054, 1e-12);
	near(r.bic, 430.33716398668497, 1e-12);
	near(r.r2, 0.66153642146183644, 1e-12);
}

static void nested_laws_are_compared_by_f(void **state)
{
	struct fit_problem p = { .law = &law_families[LAW_LINE], .n = 50, .x = cars_x, .y = cars_y };
	const double high[2] = { INFINITY, 0 }, low[2] = { -INFINITY, 0 };
	struct fit_result line, level, other;

	(void)state;
	assert_int_equal(fit_solve(&p, &mem, &line), FIT_DONE);
	p.low = low;
	p.high = high;
	assert_int_equal(fit_solve(&p, &mem, &level), FIT_DONE);
	assert_true(level.fixed[1] && level.params[1] == 0 && level.free == 1 && level.dof == 49 && level.se[1] == 0);
	near(level.params[0], 42.98, 1e-14);
	struct fit_f_test f = fit_compare(&level, &line);

	assert_true(f.possible && f.df1 == 1 && f.df2 == 48);
	near(f.f, 89.5671065, 1e-8); /* R: anova(lm(dist ~ 1), lm(dist ~ speed)) */
	near(f.p, 1.48983649629509e-12, 1e-10);
	assert_false(fit_compare(&line, &level).possible);
	other = line;
	other.n = 49;
	assert_false(fit_compare(&level, &other).possible);
}

/* ---- what cannot be fitted, and edges ----------------------------------------------------------------------------- */

static enum fit_status status_of(struct fit_problem p, size_t *row)
{
	struct fit_result r;
	enum fit_status s = fit_solve(&p, &mem, &r);

	*row = r.row;
	return s;
}

static void bad_data_are_refused_by_name(void **state)
{
	const struct law *power3 = &law_families[LAW_POWER3];
	const double x[4] = { 1, 2, 3, 4 }, zero[4] = { 1, 2, 0, 4 }, same_x[4] = { 5, 5, 5, 5 }, y[4] = { 4, 3, 2.5, 2.2 };
	const double same_y[4] = { 1, 1, 1, 1 }, nan_y[4] = { 4, NAN, 2, 1 }, minus[4] = { 1, 2, 3, -1 }, none[4] = { 0 };
	const double low[3] = { 0, 2, 0 }, high[3] = { 1, 1, 1 };
	const struct fit_formula formula = { .f = michaelis, .columns = 1, .params = 2 };
	size_t row;

	(void)state;
	assert_int_equal(status_of((struct fit_problem){ .law = power3, .n = 2, .x = x, .y = y }, &row), FIT_FEW_POINTS);
	assert_int_equal(status_of((struct fit_problem){ .law = power3, .n = 0, .x = x, .y = y }, &row), FIT_FEW_POINTS);
	assert_int_equal(status_of((struct fit_problem){ .law = power3, .n = 4, .x = x, .y = y, .weight = none }, &row), FIT_FEW_POINTS);
	assert_int_equal(status_of((struct fit_problem){ .law = power3, .n = 4, .x = same_x, .y = y }, &row), FIT_FEW_PLACES);
	assert_int_equal(status_of((struct fit_problem){ .law = power3, .n = 4, .x = x, .y = same_y }, &row), FIT_SAME_Y);
	assert_int_equal(status_of((struct fit_problem){ .law = power3, .n = 4, .x = x, .y = nan_y }, &row), FIT_BAD_VALUE);
	assert_int_equal(row, 1);
	assert_int_equal(status_of((struct fit_problem){ .law = power3, .n = 4, .x = x, .y = y, .weight = minus }, &row), FIT_BAD_VALUE);
	assert_int_equal(row, 3);
	assert_int_equal(status_of((struct fit_problem){ .law = power3, .n = 4, .x = zero, .y = y }, &row), FIT_X_OUTSIDE);
	assert_int_equal(row, 2);
	assert_int_equal(status_of((struct fit_problem){ .law = power3, .n = 4, .x = x, .y = minus, .space = FIT_LOG }, &row),
	                 FIT_Y_NOT_POSITIVE);
	assert_int_equal(row, 3);
	assert_int_equal(status_of((struct fit_problem){ .law = power3, .n = 4, .x = x, .y = y, .low = low, .high = high }, &row),
	                 FIT_BAD_BOUNDS);
	assert_int_equal(row, 1);
	assert_int_equal(status_of((struct fit_problem){ .formula = &formula, .n = 4, .x = x, .y = y }, &row), FIT_NO_START);
	assert_int_equal(status_of((struct fit_problem){ .law = power3, .n = 4, .x = x, .y = y, .loss = FIT_HUBER }, &row), FIT_NO_START);
}

static void as_many_points_as_parameters_have_no_errors(void **state)
{
	const double x[3] = { 1, 10, 100 }, y[3] = { 3, 2, 1.5 };
	const struct fit_problem p = { .law = &law_families[LAW_POWER3], .n = 3, .x = x, .y = y };
	struct fit_result r;
	bool lower;

	(void)state;
	assert_int_equal(fit_solve(&p, &mem, &r), FIT_DONE);
	near(r.params[0], 1, 1e-12);
	near(r.params[2], 0.30102999566398120, 1e-12);
	assert_true(r.dof == 0 && r.s2_gap == FIT_GAP_DOF && r.covariance_gap == FIT_GAP_DOF && isnan(r.se[0]) && isnan(r.s2));
	assert_true(fit_delta(&r, 0, 0.95).low_end == FIT_END_NONE);
	assert_true(fit_profile(&p, &r, &mem, 0, 0.95, &lower).low_end == FIT_END_NONE);
	assert_true(fit_predict(&p, &r, x, 1, 0.95).gap == FIT_GAP_DOF);
}

/* The data press the floor below 0: with the bound it is 0 to the bit, and the rest is the law without a floor. */
static void a_floor_at_its_bound_is_met_exactly(void **state)
{
	const double low[3] = { 0, -INFINITY, -INFINITY };
	double x[20], y[20];
	struct fit_problem p = { .law = &law_families[LAW_POWER3], .n = 20, .x = x, .y = y, .low = low };
	struct fit_result bounded, bare, free_one;
	bool lower;

	(void)state;
	for (size_t i = 0; i < 20; i++) {
		x[i] = pow(1.5, (double)i + 1);
		y[i] = 3 * pow(x[i], -0.3) - 0.05 + (i % 2 ? 0.01 : -0.01);
	}
	assert_int_equal(fit_solve(&p, &mem, &bounded), FIT_DONE);
	p.low = NULL;
	assert_int_equal(fit_solve(&p, &mem, &free_one), FIT_DONE);
	p.law = &law_families[LAW_POWER2];
	assert_int_equal(fit_solve(&p, &mem, &bare), FIT_DONE);
	assert_true(free_one.params[0] < -0.01 && !free_one.at_low[0]);
	assert_true(bounded.params[0] == 0 && bounded.at_low[0] && bounded.se[0] == 0 && bounded.converged);
	near(bounded.params[1], bare.params[0], 1e-12);
	near(bounded.params[2], bare.params[1], 1e-12);
	near(bounded.rss, bare.rss, 1e-13);
	p.law = &law_families[LAW_POWER3];
	p.low = low;
	struct fit_interval e = fit_profile(&p, &bounded, &mem, 0, 0.95, &lower);

	assert_true(e.low == 0 && e.low_end == FIT_END_AT_BOUND && e.high > 0 && e.high_end == FIT_END_FOUND && !lower);
}

/* x and y in any units: what has units follows, what has none stays. */
static void scales_of_a_billion_to_one_change_nothing(void **state)
{
	double x[40], y[40], big_x[40], small_y[40];
	struct fit_problem p = { .law = &law_families[LAW_POWER3], .n = 40, .x = x, .y = y };
	struct fit_result near_one, far;
	struct dice d;

	(void)state;
	dice_seed(&d, 3);
	for (size_t i = 0; i < 40; i++) {
		x[i] = pow(1e9, (double)i / 39);
		y[i] = 0.2 + 2 * pow(x[i], -0.25) + 0.01 * dice_normal(&d);
		big_x[i] = 1e9 * x[i];
		small_y[i] = 1e-9 * y[i];
	}
	assert_int_equal(fit_solve(&p, &mem, &near_one), FIT_DONE);
	p.x = big_x;
	p.y = small_y;
	assert_int_equal(fit_solve(&p, &mem, &far), FIT_DONE);
	near(far.params[0], 1e-9 * near_one.params[0], 1e-10);
	near(far.params[2], near_one.params[2], 1e-11);
	near(far.se[2], near_one.se[2], 1e-9);
	near(far.r2, near_one.r2, 1e-12);
	assert_int_equal(far.reached_best, far.starts);
}

static double wave(void *user, const double *x, const double *p)
{
	(void)user;
	return p[1] * sin(p[0] * x[0]);
}

static void a_second_minimum_is_reported(void **state)
{
	const struct fit_formula formula = { .f = wave, .columns = 1, .params = 2 };
	const double low[2] = { 0.1, 0.1 }, high[2] = { 6, 3 };
	double x[30], y[30];
	const struct fit_problem p = { .formula = &formula, .n = 30, .x = x, .y = y, .low = low, .high = high };
	struct fit_result r;

	(void)state;
	for (size_t i = 0; i < 30; i++) {
		x[i] = 0.1 * (double)(i + 1);
		y[i] = sin(2 * x[i]) + (i % 3 ? 0.02 : -0.03);
	}
	assert_int_equal(fit_solve(&p, &mem, &r), FIT_DONE);
	near(r.params[0], 2, 0.02);
	print_message("%zu of %zu starts; next minimum at %g with %g after %g\n", r.reached_best, r.starts, r.next_params[0],
	              r.next_objective, r.objective);
	assert_true(r.starts == 64 && r.reached_best > 5 && r.reached_best < 60);
	assert_true(r.has_next && r.next_objective > 2 * r.objective && fabs(r.next_params[0] - 2) > 0.5);
}

/* ---- robust losses ------------------------------------------------------------------------------------------------ */

/* The minimum of the replication's loss by three solvers: 1.0182740178006e-3 at alpha .34731050, beta .36717243. */
static void huber_in_log_space_is_the_replications(void **state)
{
	struct runs runs;

	(void)state;
	if (!runs_read(&runs, 5, INFINITY)) {
		print_message("no shared/data/chinchilla: set RUNG_DATA\n");
		skip();
	}
	const struct fit_problem p = { .law = &law_families[LAW_CHINCHILLA], .n = runs.n, .x = runs.nd[0], .y = runs.loss,
		                       .space = FIT_LOG, .loss = FIT_HUBER, .delta = 1e-3 };
	struct fit_result r;

	assert_int_equal(fit_solve(&p, &mem, &r), FIT_DONE);
	near(r.objective, 1.0182740178006e-3, 1e-12);
	near(r.params[0], 1.8172181, 3e-8);
	near(r.params[3], 0.34731050, 3e-8);
	near(r.params[4], 0.36717243, 3e-8);
	near(r.params[1] * pow(1e6, r.params[3]), 477.82586, 1e-6);
	assert_true(r.converged && r.covariance_gap == FIT_GAP_LOSS && isnan(r.aic));
}

/* A line that leaves the least sum of absolute residuals goes through two of the points: all pairs are tried. */
static void l1_lines_go_through_two_points(void **state)
{
	const struct fit_problem p = { .law = &law_families[LAW_LINE], .n = 50, .x = cars_x, .y = cars_y, .loss = FIT_L1 };
	double least = INFINITY;
	struct fit_result r;

	(void)state;
	for (size_t i = 0; i < 50; i++)
		for (size_t j = 0; j < i; j++) {
			double b = (cars_y[i] - cars_y[j]) / (cars_x[i] - cars_x[j]), a = cars_y[i] - b * cars_x[i], sum = 0;

			for (size_t k = 0; k < 50; k++)
				sum += fabs(cars_y[k] - a - b * cars_x[k]);
			if (isfinite(sum) && sum < least)
				least = sum;
		}
	assert_int_equal(fit_solve(&p, &mem, &r), FIT_DONE);
	near(r.objective, least, 1e-6);
	assert_true(r.objective >= least * (1 - 1e-13));
}

static void an_outlier_moves_huber_little(void **state)
{
	double x[30], y[30];
	struct fit_problem p = { .law = &law_families[LAW_POWER3], .n = 30, .x = x, .y = y };
	struct fit_result squares, huber;

	(void)state;
	for (size_t i = 0; i < 30; i++) {
		x[i] = pow(1.4, (double)i + 5);
		y[i] = 0.1 + 3 * pow(x[i], -0.4) + (i % 2 ? 0.001 : -0.001);
	}
	y[28] += 0.5;
	assert_int_equal(fit_solve(&p, &mem, &squares), FIT_DONE);
	p.loss = FIT_HUBER;
	p.delta = 1e-3;
	assert_int_equal(fit_solve(&p, &mem, &huber), FIT_DONE);
	assert_true(fabs(squares.params[2] - 0.4) > 0.05);
	near(huber.params[2], 0.4, 0.01);
	near(huber.params[0], 0.1, 0.01);
	assert_true(huber.converged);
}

/* ---- the same again ----------------------------------------------------------------------------------------------- */

/* Refits by the fast way, by variable projection, in log space and by a robust loss: each is what a fit of its own finds. */
static void refits_are_fits_with_other_weights(void **state)
{
	static const struct {
		enum law_family law;
		enum fit_space space;
		enum fit_loss loss;
		double close;
	} ways[] = {
		{ LAW_POWER3, FIT_RAW, FIT_L2, 1e-8 }, { LAW_POWER2, FIT_RAW, FIT_L2, 1e-8 }, { LAW_EXP3, FIT_RAW, FIT_L2, 1e-8 },
		{ LAW_POWER4, FIT_RAW, FIT_L2, 1e-4 }, { LAW_LOG, FIT_RAW, FIT_L2, 1e-10 },   { LAW_POWER3, FIT_LOG, FIT_L2, 1e-6 },
		{ LAW_POWER3, FIT_RAW, FIT_HUBER, 1e-4 },
	};
	double x[60], y[60], weight[60];
	struct dice d;

	(void)state;
	dice_seed(&d, 9);
	for (size_t i = 0; i < 60; i++) {
		x[i] = 10 * pow(1.2, (double)(i / 2)); /* two at each place */
		y[i] = 0.1 + 2 * pow(x[i] + 5, -0.4) + 0.004 * dice_normal(&d);
	}
	for (size_t w = 0; w < sizeof ways / sizeof *ways; w++) {
		struct fit_problem p = { .law = &law_families[ways[w].law], .n = 60, .x = x, .y = y, .space = ways[w].space,
			                 .loss = ways[w].loss, .delta = 0.004 };
		struct fit_result all, own;
		double params[FIT_PARAMS];

		p.weight = NULL;
		assert_int_equal(fit_solve(&p, &mem, &all), FIT_DONE);
		struct fit_again *again = fit_again_new(&p, &all, &mem);

		for (int draw = 0; draw < 20; draw++) {
			memset(weight, 0, sizeof weight);
			for (size_t i = 0; i < 60; i++)
				weight[dice_below(&d, 60)] += 1;
			assert_int_not_equal(fit_refit(again, weight, NULL, params), FIT_REFIT_FAILED);
			struct fit_problem q = p;

			q.weight = weight;
			assert_int_equal(fit_solve(&q, &mem, &own), FIT_DONE);
			for (size_t k = 0; k < own.p; k++)
				if (!(fabs(params[k] - own.params[k]) <= ways[w].close * (1 + fabs(own.params[k]))))
					fail_msg("way %zu draw %d parameter %zu: %.12g is not %.12g", w, draw, k, params[k], own.params[k]);
		}
		memset(weight, 0, sizeof weight);
		weight[3] = 5;
		params[0] = 42;
		assert_int_equal(fit_refit(again, weight, NULL, params), FIT_REFIT_FAILED);
		assert_true(params[0] == 42);
	}
}

/* A resample whose exponent leaves the limits, or whose minimum lies far off, is searched in full. */
static void far_resamples_are_searched(void **state)
{
	double x[12], y[12], other[12], weight[12], params[3];
	const struct fit_problem p = { .law = &law_families[LAW_POWER3], .n = 12, .x = x, .y = y };
	struct fit_result all, own;

	(void)state;
	for (size_t i = 0; i < 12; i++) {
		x[i] = pow(2, (double)i);
		y[i] = 1 + 5 * pow(x[i], -0.5) + (i % 2 ? 1e-3 : -1e-3);
		other[i] = 2 - 0.1 * log(x[i]); /* no bend: alpha ends at its limit */
		weight[i] = 1;
	}
	assert_int_equal(fit_solve(&p, &mem, &all), FIT_DONE);
	struct fit_again *again = fit_again_new(&p, &all, &mem);

	assert_int_not_equal(fit_refit(again, weight, other, params), FIT_REFIT_FAILED);
	near(params[2], 1e-3, 1e-12);
	struct fit_problem q = p;

	q.y = other;
	assert_int_equal(fit_solve(&q, &mem, &own), FIT_DONE);
	assert_true(own.at_low[2] && own.params[2] == 1e-3);
	for (size_t i = 0; i < 12; i++)
		other[i] = 1 + 5 * pow(x[i], -6);
	assert_int_not_equal(fit_refit(again, weight, other, params), FIT_REFIT_FAILED);
	near(params[2], 6, 1e-7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(puromycin_is_rs, clear),
		cmocka_unit_test_teardown(cars_in_log_space_are_rs, clear),
		cmocka_unit_test_teardown(cars_in_raw_space_are_rs, clear),
		cmocka_unit_test_teardown(chinchilla_in_raw_space, clear),
		cmocka_unit_test_teardown(every_family_finds_its_own_parameters, clear),
		cmocka_unit_test_teardown(gradients_are_those_of_the_curves, clear),
		cmocka_unit_test_teardown(log_space_finds_the_parameters_too, clear),
		cmocka_unit_test_teardown(sandwich_bands_and_weights_are_rs, clear),
		cmocka_unit_test_teardown(nested_laws_are_compared_by_f, clear),
		cmocka_unit_test_teardown(bad_data_are_refused_by_name, clear),
		cmocka_unit_test_teardown(as_many_points_as_parameters_have_no_errors, clear),
		cmocka_unit_test_teardown(a_floor_at_its_bound_is_met_exactly, clear),
		cmocka_unit_test_teardown(scales_of_a_billion_to_one_change_nothing, clear),
		cmocka_unit_test_teardown(a_second_minimum_is_reported, clear),
		cmocka_unit_test_teardown(huber_in_log_space_is_the_replications, clear),
		cmocka_unit_test_teardown(l1_lines_go_through_two_points, clear),
		cmocka_unit_test_teardown(an_outlier_moves_huber_little, clear),
		cmocka_unit_test_teardown(refits_are_fits_with_other_weights, clear),
		cmocka_unit_test_teardown(far_resamples_are_searched, clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
