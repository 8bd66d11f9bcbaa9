/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Proves: `fit` gives the numbers that R and published work give, chooses its intervals by the rule, refuses with a reason,
 * and warns by name.
 */
#include <math.h>

#include "tests/unit/kind_fixture.h"

/* ---- data --------------------------------------------------------------------------------------------------------- */

#define PUROMYCIN \
	"conc,rate\n.02,76\n.02,47\n.06,97\n.06,107\n.11,123\n.11,139\n.22,159\n.22,152\n.56,191\n.56,201\n1.10,207\n1.10,200\n"

static const int cars[50][2] = {
	{ 4, 2 },   { 4, 10 },  { 7, 4 },   { 7, 22 },  { 8, 16 },  { 9, 10 },  { 10, 18 }, { 10, 26 }, { 10, 34 }, { 11, 17 },
	{ 11, 28 }, { 12, 14 }, { 12, 20 }, { 12, 24 }, { 12, 28 }, { 13, 26 }, { 13, 34 }, { 13, 34 }, { 13, 46 }, { 14, 26 },
	{ 14, 36 }, { 14, 60 }, { 14, 80 }, { 15, 20 }, { 15, 26 }, { 15, 54 }, { 16, 32 }, { 16, 40 }, { 17, 32 }, { 17, 40 },
	{ 17, 50 }, { 18, 42 }, { 18, 56 }, { 18, 76 }, { 18, 84 }, { 19, 36 }, { 19, 46 }, { 19, 68 }, { 20, 32 }, { 20, 48 },
	{ 20, 52 }, { 20, 56 }, { 20, 64 }, { 22, 66 }, { 23, 54 }, { 24, 70 }, { 24, 92 }, { 24, 93 }, { 24, 120 }, { 25, 85 },
};

static const char *cars_csv(struct kind_test *t)
{
	struct sb b;

	sb_init(&b, 1 << 16);
	sb_z(&b, "x,y\n");
	for (size_t i = 0; i < 50; i++)
		sb_printf(&b, "%d,%d\n", cars[i][0], cars[i][1]);
	struct str all = sb_take(&b, t->job.arena);

	sb_release(&b);
	return arena_z(t->job.arena, all.p).p;
}

/* y = 1 - x^-1/2 and a wiggle; seeds s of 1 … seeds */
static const char *curve_csv(struct kind_test *t, int seeds, double scale)
{
	struct sb b;

	sb_init(&b, 1 << 16);
	sb_z(&b, "x,y,s\n");
	for (int s = 0; s < seeds; s++)
		for (int x = 1; x <= 64; x *= 2)
			sb_printf(&b, "%d,%.17g,%d\n", x, scale * (2 - 1 / sqrt(x) + 0.01 * sin(3.0 * x + 5.0 * s + 1)), s);
	struct str all = sb_take(&b, t->job.arena);

	sb_release(&b);
	return arena_z(t->job.arena, all.p).p;
}

static struct value fit_of(struct kind_test *t, const char *fields, const char *csv)
{
	kind_start(t, fields);
	kind_input(t, "d", "run", "d.csv", csv);
	kind_must(t, &kind_fit);
	return kind_row(t, "table", 0);
}

static void fit_fails(const char *fields, const char *csv, const char *message)
{
	struct kind_test t;

	kind_start(&t, fields);
	kind_input(&t, "d", "run", "d.csv", csv);
	kind_fails(&t, &kind_fit, message);
	kind_end(&t);
}

static void ends_close(const struct value *row, const char *method, const char *param, double low, double high, double tolerance)
{
	const struct value *ends = value_get(value_get(value_get(row, "intervals"), method), param);

	assert_non_null(ends);
	kind_close_to(ends->list.items[0].r, low, tolerance);
	kind_close_to(ends->list.items[1].r, high, tolerance);
}

static bool has_code(const struct value *row, const char *code)
{
	const struct value *all = value_get(row, "warnings");

	for (size_t i = 0; i < all->list.n; i++)
		if (str_is(value_get(&all->list.items[i], "code")->s, code))
			return true;
	return false;
}

static void text_is(const struct value *row, const char *key, const char *want)
{
	const struct value *v = value_get(row, key);

	assert_non_null(v);
	assert_int_equal(v->type, V_STR);
	assert_string_equal(v->s.p, want);
}

/* ---- R ------------------------------------------------------------------------------------------------------------ */

/* R 4.2.2: nls(rate ~ Vm * conc / (K + conc), Puromycin, state == "treated"), confint */
static void test_puromycin(void **state)
{
	struct kind_test t;
	struct value row = fit_of(&t,
	                          "{\"of\":\"d\",\"x\":\"conc\",\"y\":\"rate\",\"interval\":\"profile\",\"law\":{\"formula\":"
	                          "\"Vm * x / (K + x)\",\"parameters\":{\"Vm\":200,\"K\":{\"start\":0.05}}}}",
	                          PUROMYCIN);

	(void)state;
	/* R stops at a relative step of 1e-5: its objective is above ours */
	assert_true(kind_real(&row, "objective") <= 1195.44881454);
	kind_close_to(kind_real(&row, "objective"), 1195.44881454, 1e-9);
	kind_close_to(kind_real(&row, "Vm"), 212.68357998, 1e-6);
	kind_close_to(kind_real(&row, "K"), 0.06412102739, 5e-6);
	kind_close_to(kind_real(&row, "Vm_se"), 6.94714626, 1e-5);
	kind_close_to(kind_real(&row, "K_se"), 0.00828092242, 1e-5);
	kind_close_to(kind_real(&row, "Vm_low"), 197.3021285, 1e-4); /* R reads the end off a spline */
	kind_close_to(kind_real(&row, "Vm_high"), 229.2900649, 1e-4);
	kind_close_to(kind_real(&row, "K_low"), 0.0469251684, 1e-3);
	kind_close_to(kind_real(&row, "K_high"), 0.0861599530, 1e-3);
	text_is(&row, "interval", "profile");
	text_is(&row, "law", "formula");
	text_is(&row, "formula", "Vm * x / (K + x)");
	kind_end(&t);
}

/* R 4.2.2: lm(log(dist) ~ log(speed), cars), predict(…, interval =), BIC */
static void test_cars_log(void **state)
{
	struct kind_test t;

	(void)state;
	kind_start(&t, "{\"of\":\"d\",\"x\":\"x\",\"y\":\"y\",\"law\":\"power2\",\"space\":\"log\",\"interval\":\"delta\",\"predict\":[30],\"seeds\":1}");
	kind_input(&t, "d", "run", "d.csv", cars_csv(&t));
	kind_must(&t, &kind_fit);
	struct value row = kind_row(&t, "table", 0);

	kind_close_to(-kind_real(&row, "alpha"), 1.60239120644051, 1e-10);
	kind_close_to(kind_real(&row, "alpha_se"), 0.139537613294, 1e-9);
	kind_close_to(-kind_real(&row, "alpha_high"), 1.32183203116, 1e-9);
	kind_close_to(-kind_real(&row, "alpha_low"), 1.88295038173, 1e-9);
	kind_close_to(kind_real(&row, "r2"), 0.733144439277, 1e-10);
	kind_close_to(kind_real(&row, "bic"), 61.267914994, 1e-9);
	text_is(&row, "r2_space", "log");
	struct value at = value_get(&row, "predict")->list.items[0];

	kind_close_to(log(kind_real(&at, "y")), 4.72038002577, 1e-9);
	kind_close_to(log(kind_real(&at, "low")), 3.87169904879, 1e-9);
	kind_close_to(log(kind_real(&at, "high")), 5.56906100275, 1e-9);
	kind_close_to(log(kind_real(&at, "mean_low")), 4.48312769524, 1e-9);
	kind_close_to(log(kind_real(&at, "mean_high")), 4.95763235630, 1e-9);
	assert_false(value_get(&at, "inside")->b);
	kind_end(&t);
}

/* R 4.2.2: nls(dist ~ A * speed^b, cars), confint; raw and log differ, so the space is stated */
static void test_cars_raw(void **state)
{
	struct kind_test t;

	(void)state;
	kind_start(&t, "{\"of\":\"d\",\"x\":\"x\",\"y\":\"y\",\"law\":\"power2\",\"interval\":\"profile\"}");
	kind_input(&t, "d", "run", "d.csv", cars_csv(&t));
	kind_must(&t, &kind_fit);
	struct value row = kind_row(&t, "table", 0);

	kind_close_to(kind_real(&row, "A"), 0.589673499238, 1e-6);
	kind_close_to(-kind_real(&row, "alpha"), 1.549290942629, 1e-6);
	kind_close_to(kind_real(&row, "alpha_se"), 0.1920288481, 1e-6);
	kind_close_to(kind_real(&row, "objective"), 10888.964290585, 1e-12);
	kind_close_to(-kind_real(&row, "alpha_high"), 1.1742153382, 1e-3);
	kind_close_to(-kind_real(&row, "alpha_low"), 1.969287708, 1e-3);
	text_is(&row, "space", "raw");
	kind_end(&t);
}

/* ---- which interval ----------------------------------------------------------------------------------------------- */

#define CURVE(more) "{\"of\":\"d\",\"x\":\"x\",\"y\":\"y\",\"law\":\"power3\",\"seed\":1" more "}"

static void test_interval_by_what_is_there(void **state)
{
	static const struct { const char *fields; int seeds; const char *method; double df; } all[] = {
		{ CURVE(",\"over\":\"s\""), 5, "profile, seeds", 4 },
		{ CURVE(""), 5, "profile, Welch", 0 },
		{ CURVE(""), 1, "profile", 4 },
		{ CURVE(",\"over\":\"s\""), 2, "profile, Welch", 0 },
		{ CURVE(",\"over\":\"s\",\"interval\":\"delta\""), 5, "delta, seeds", 4 },
		{ CURVE(",\"interval\":\"delta\""), 5, "delta", 32 },
		{ CURVE(",\"over\":\"s\",\"interval\":\"sandwich\""), 5, "sandwich, seeds", 4 },
		{ CURVE(",\"over\":\"s\",\"interval\":\"bootstrap\""), 5, "percentile, seeds", 4 },
		{ CURVE(",\"loss\":\"l1\",\"bootstrap\":{\"resamples\":50}"), 5, "percentile, rows", 32 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		struct kind_test t;

		kind_start(&t, all[i].fields);
		kind_input(&t, "d", "run", "d.csv", curve_csv(&t, all[i].seeds, 1));
		kind_must(&t, &kind_fit);
		struct value row = kind_row(&t, "table", 0);

		text_is(&row, "interval", all[i].method);
		if (all[i].df > 0)
			kind_close_to(kind_real(&row, "df"), all[i].df, 1e-12);
		assert_int_equal(has_code(&row, "few-seeds"), all[i].seeds == 2);
		assert_int_equal(has_code(&row, "few-clusters"), i == 7);
		assert_true(kind_real(&row, "alpha_low") < kind_real(&row, "alpha"));
		assert_true(kind_real(&row, "alpha_high") > kind_real(&row, "alpha"));
		assert_int_equal(value_get(&row, "covariance")->list.n, 3);
		assert_int_equal(value_get(&row, "curve")->list.n, 101);
		assert_int_equal(value_get(&row, "points")->list.n, 7);
		kind_end(&t);
	}
}

/* The delta interval over seeds is t_{G-1} √(Σψ²/(G(G-1))), ψ_g = estimate's first-order move; for a law that is linear in its
 * parameters that is the t interval of the seeds' own estimates. */
static void test_seeds_interval_is_that_of_the_seeds(void **state)
{
	struct kind_test t;
	double slope[5], mean = 0, squares = 0;
	struct value row;

	(void)state;
	for (int s = 0; s < 5; s++) {
		double sx = 0, sy = 0, sxx = 0, sxy = 0;

		for (int x = 1; x <= 64; x *= 2) {
			const double y = 2 - 1 / sqrt(x) + 0.01 * sin(3.0 * x + 5.0 * s + 1);

			sx += x, sy += y, sxx += (double)x * x, sxy += x * y;
		}
		slope[s] = (7 * sxy - sx * sy) / (7 * sxx - sx * sx);
		mean += slope[s] / 5;
	}
	for (int s = 0; s < 5; s++)
		squares += (slope[s] - mean) * (slope[s] - mean);
	kind_start(&t, "{\"of\":\"d\",\"x\":\"x\",\"y\":\"y\",\"law\":\"linear\",\"over\":\"s\"}");
	kind_input(&t, "d", "run", "d.csv", curve_csv(&t, 5, 1));
	kind_must(&t, &kind_fit);
	row = kind_row(&t, "table", 0);
	const double half = 2.7764451051977987 * sqrt(squares / 20); /* t_4(.975) */

	kind_close_to(kind_real(&row, "b"), mean, 1e-9);
	kind_close_to(kind_real(&row, "b_se"), sqrt(squares / 20), 1e-8);
	ends_close(&row, "delta", "b", mean - half, mean + half, 1e-8);
	ends_close(&row, "profile", "b", mean - half, mean + half, 1e-6);
	kind_end(&t);
}

static void test_bootstraps(void **state)
{
	static const char *const kinds[] = { "cases", "residual", "wild", "stratified" };

	(void)state;
	for (size_t i = 0; i < 8; i++) {
		struct kind_test t;
		char fields[512];

		(void)snprintf(fields, sizeof fields, CURVE("%s,\"bootstrap\":{\"resamples\":200,\"kind\":\"%s\",\"interval\":\"%s\"}"),
		               i == 0 ? ",\"over\":\"s\"" : "", kinds[i % 4], i < 4 ? "percentile" : "bca");
		kind_start(&t, fields);
		kind_input(&t, "d", "run", "d.csv", curve_csv(&t, 5, 1));
		kind_must(&t, &kind_fit);
		struct value row = kind_row(&t, "table", 0);
		const struct value *ends = value_get(value_get(value_get(&row, "intervals"), "bootstrap"), "alpha");

		assert_non_null(ends);
		assert_true(ends->list.items[0].r < 0.53 && ends->list.items[1].r > 0.47);
		assert_true(ends->list.items[1].r - ends->list.items[0].r < 0.2);
		assert_int_equal(value_get(&row, "draws")->list.n, 200);
		assert_int_equal(value_get(&row, "draws")->list.items[0].list.n, 3);
		kind_end(&t);
	}
}

/* ---- checks ------------------------------------------------------------------------------------------------------- */

static void test_best_by_held_out_error(void **state)
{
	struct kind_test t;
	size_t chosen = 0;

	(void)state;
	kind_start(&t, "{\"of\":\"d\",\"x\":\"x\",\"y\":\"y\",\"law\":\"best\",\"over\":\"s\"}");
	kind_input(&t, "d", "run", "d.csv", curve_csv(&t, 5, 1));
	kind_must(&t, &kind_fit);
	double least = INFINITY, taken = NAN;

	for (size_t i = 0; i < 8; i++) {
		struct value row = kind_row(&t, "table", i);
		const struct value *error = value_get(&row, "holdout_rmsle");

		if (error->type == V_REAL) {
			kind_close_to(kind_real(&row, "holdout_above"), 32, 1e-12);
			least = fmin(least, error->r);
		}
		if (value_get(&row, "chosen")->b) {
			chosen++;
			taken = error->r;
			assert_true(has_code(&row, "chosen"));
		}
	}
	assert_int_equal(chosen, 1);
	kind_close_to(taken, least, 0);
	kind_end(&t);
}

static void test_warnings_by_name(void **state)
{
	struct kind_test t;
	struct value row;

	(void)state;
	/* saturates, so a straight line beyond the data loses to the last value; and its residuals bend */
	row = fit_of(&t, "{\"of\":\"d\",\"x\":\"x\",\"y\":\"y\",\"law\":\"log\"}",
	             "x,y\n1,1\n2,2\n4,3\n8,3.9\n16,4\n32,4\n64,4\n128,4\n");
	assert_true(has_code(&row, "loses-to-last-value"));
	assert_true(kind_real(&row, "holdout_rmsle") > kind_real(&row, "last_value_rmsle"));
	kind_end(&t);
	row = fit_of(&t, "{\"of\":\"d\",\"x\":\"x\",\"y\":\"y\",\"law\":\"linear\"}", "x,y\n1,1.02\n2,0.99\n3,1.01\n4,0.98\n5,1.01\n100,9\n");
	assert_true(has_code(&row, "one-point"));
	kind_end(&t);
	row = fit_of(&t, "{\"of\":\"d\",\"x\":\"x\",\"y\":\"y\",\"law\":\"linear\"}", "x,y\n1,1e-9\n2,2.5\n3,3\n4,\n5,6\n");
	assert_true(has_code(&row, "scale"));
	assert_true(has_code(&row, "left-out"));
	kind_end(&t);
	row = fit_of(&t, "{\"of\":\"d\",\"x\":\"x\",\"y\":\"y\",\"law\":\"log\",\"over\":\"s\"}",
	             "x,y,s\n1,1,a\n2,2.1,a\n4,3,a\n1,1.1,b\n2,1.9,b\n1,.9,c\n2,2,c\n4,3.2,c\n");
	assert_true(has_code(&row, "unbalanced"));
	text_is(&row, "interval", "profile, seeds");
	kind_end(&t);
	row = fit_of(&t, "{\"of\":\"d\",\"x\":\"x\",\"y\":\"y\",\"law\":\"power3\"}", "x,y\n1,1\n2,1.4\n4,1.6\n");
	assert_true(has_code(&row, "no-interval"));
	assert_int_equal(value_get(&row, "alpha_low")->type, V_NULL);
	kind_end(&t);
}

static void test_open_ends_are_null(void **state)
{
	struct kind_test t;
	struct value row = fit_of(&t, "{\"of\":\"d\",\"x\":\"x\",\"y\":\"y\",\"law\":\"power3\"}",
	                          "x,y\n1,1\n2,1.5\n4,1.9\n8,2.6\n16,2.9\n");

	(void)state;
	assert_true(has_code(&row, "open"));
	assert_int_equal(value_get(&row, "E_high")->type, V_NULL);
	assert_non_null(strstr(value_get(&row, "warning")->s.p, "open: the data do not bound E "));
	assert_false(str_is(value_get(&row, "E_high_end")->s, "found"));
	kind_end(&t);
}

static void test_uncertain_x_widens(void **state)
{
	struct kind_test t, u;
	struct value exact = fit_of(&t, "{\"of\":\"d\",\"x\":\"x\",\"y\":\"y\",\"law\":\"power2\"}",
	                            "x,y,l,h\n1,1,1,1\n2,1.41,1,3\n4,2.02,3,5\n8,2.8,5,12\n16,4.1,10,20\n");
	struct value wide = fit_of(&u,
	                           "{\"of\":\"d\",\"x\":\"x\",\"y\":\"y\",\"law\":\"power2\",\"x_range\":{\"low\":\"l\",\"high\":\"h\"},\"seed\":1}",
	                           "x,y,l,h\n1,1,1,1\n2,1.41,1,3\n4,2.02,3,5\n8,2.8,5,12\n16,4.1,10,20\n");

	(void)state;
	text_is(&wide, "interval", "profile, x redrawn");
	kind_close_to(kind_real(&wide, "alpha"), kind_real(&exact, "alpha"), 1e-12);
	assert_true(kind_real(&wide, "alpha_se") > 2 * kind_real(&exact, "alpha_se"));
	assert_true(kind_real(&wide, "alpha_low") < kind_real(&exact, "alpha_low"));
	kind_end(&u);
	kind_end(&t);
}

/* ---- refusals and errors ------------------------------------------------------------------------------------------ */

static void test_refuses(void **state)
{
	static const struct { const char *fields, *csv, *why; } all[] = {
		{ "{\"of\":\"d\",\"x\":\"x\",\"y\":\"y\",\"law\":\"power3\"}", "x,y\n1,1\n2,2\n", "x takes 2 values; a law of 3 parameters needs at least 3" },
		{ "{\"of\":\"d\",\"x\":\"x\",\"y\":\"y\",\"law\":\"power3\"}", "x,y\n1,1\n1,2\n1,3\n1,4\n",
		  "x takes 1 value; a law of 3 parameters needs at least 3" },
		{ "{\"of\":\"d\",\"x\":\"x\",\"y\":\"y\",\"law\":\"power3\"}", "x,y\n1,.5\n2,.5\n3,.5\n4,.5\n", "all 4 values of y are the same" },
		{ "{\"of\":\"d\",\"x\":\"x\",\"y\":\"y\",\"law\":\"power2\",\"space\":\"log\"}", "x,y\n1,1\n2,-1\n3,2\n",
		  "column 'y', row 2: -1 has no logarithm: fit in space raw, or leave such rows out" },
		{ "{\"of\":\"d\",\"x\":\"x\",\"y\":\"y\",\"law\":[\"power2\",\"linear\"]}", "x,y\n0,1\n2,1\n3,2\n4,2.5\n",
		  "column 'x', row 1: 0 is not above 0, where power2 has no value" },
		{ "{\"of\":\"d\",\"x\":\"x\",\"y\":\"y\",\"law\":\"power3\",\"bounds\":{\"E\":[2,1]}}", "x,y\n1,1\n2,2\n3,3\n4,3.5\n",
		  "nothing lies between the bounds of E" },
		{ "{\"of\":\"d\",\"x\":\"x\",\"y\":\"y\",\"law\":\"power3\"}", "x,y\n1,\n2,\n", "there are no rows with a value" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		struct kind_test t;
		struct value row = fit_of(&t, all[i].fields, all[i].csv);

		text_is(&row, "refused", all[i].why);
		assert_int_equal(value_get(&row, "A")->type, V_NULL);
		assert_int_equal(value_get(&row, "curve")->list.n, 0);
		kind_end(&t);
	}
}

static void test_field_errors(void **state)
{
#define F(more) "{\"of\":\"d\",\"x\":\"x\",\"y\":\"y\"" more "}"
	static const struct { const char *fields, *csv, *message; } all[] = {
		{ F(",\"law\":\"power2\""), "x,y\n1,1\ntwo,2\n", "d: column 'x', row 2: 'two' is no number" },
		{ F(",\"law\":\"power2\""), "x,y\n1,1\n2,nan\n", "d: column 'y', row 2: 'nan' is not finite" },
		{ F(",\"law\":\"power2\""), "x,y\n1,1\n2,inf\n", "d: column 'y', row 2: 'inf' is not finite" },
		{ F(",\"law\":\"power2\",\"weights\":\"w\""), "x,y,w\n1,1,1\n2,2,-1\n", "d: column 'w', row 2: a weight of -1 is below 0" },
		{ F(",\"law\":\"power2\",\"weights\":{\"se\":\"w\"}"), "x,y,w\n1,1,1\n2,2,0\n", "d: column 'w', row 2: 0 is not above 0" },
		{ F(",\"law\":\"power2\",\"x_range\":{\"low\":\"l\",\"high\":\"h\"}"), "x,y,l,h\n5,1,1,2\n",
		  "d: row 1: x = 5 does not lie between 1 and 2" },
		{ F(",\"law\":\"power2\""), "x,y\n", "d has no rows to fit" },
		{ F(",\"law\":\"chinchilla\""), "x,y\n1,1\n", "'chinchilla' takes 2 columns of x, not 1" },
		{ F(",\"law\":[\"power2\",\"power2\"]"), "x,y\n1,1\n", "'power2' is named twice" },
		{ F(",\"law\":\"power2\",\"fixed\":{\"E\":0}"), "x,y\n1,1\n", "no law here has a parameter 'E'" },
		{ F(",\"law\":\"power2\",\"loss\":{}"), "x,y\n1,1\n", "huber needs a delta above 0" },
		{ F(",\"law\":\"power2\",\"over\":\"s\",\"bootstrap\":{\"generator\":\"numpy\"}"), "x,y,s\n1,1,1\n",
		  "generator numpy redraws single rows" },
		{ F(",\"law\":{\"formula\":\"E + q * x\",\"parameters\":{\"E\":1}}"), "x,y\n1,1\n",
		  "formula: neither a parameter nor a column of x: 'q' at character 5" },
		{ F(",\"law\":{\"formula\":\"E + (x\",\"parameters\":{\"E\":1}}"), "x,y\n1,1\n", "formula: expected ')' at character 7" },
		{ F(",\"law\":{\"formula\":\"E x\",\"parameters\":{\"E\":1}}"), "x,y\n1,1\n",
		  "formula: what stands here belongs to nothing: 'x' at character 3" },
		{ F(",\"law\":{\"formula\":\"sin(x)\",\"parameters\":{\"E\":1}}"), "x,y\n1,1\n",
		  "formula: unknown function 'sin' at character 5" },
		{ F(",\"law\":{\"formula\":\"E\",\"parameters\":{\"E\":\"a\"}}"), "x,y\n1,1\n", "parameter 'E' has no start" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		fit_fails(all[i].fields, all[i].csv, all[i].message);
}

/* E x^0 … : the formula is that of power3, so are the numbers; ^ binds to the right and before the minus, as in Lua */
static void test_formula_is_the_law(void **state)
{
	struct kind_test t, u;

	(void)state;
	kind_start(&t, CURVE(",\"over\":\"s\""));
	kind_input(&t, "d", "run", "d.csv", curve_csv(&t, 5, 1));
	kind_must(&t, &kind_fit);
	struct value law = kind_row(&t, "table", 0);

	kind_start(&u, "{\"of\":\"d\",\"x\":\"x\",\"y\":\"y\",\"over\":\"s\",\"law\":{\"formula\":\"E - -A * 2^0^3 * math.exp(-alpha * log(x))\","
	               "\"parameters\":{\"E\":1,\"A\":-0.5,\"alpha\":{\"start\":1,\"low\":0}}}}");
	kind_input(&u, "d", "run", "d.csv", curve_csv(&u, 5, 1));
	kind_must(&u, &kind_fit);
	struct value own = kind_row(&u, "table", 0);

	kind_close_to(kind_real(&own, "E"), kind_real(&law, "E"), 1e-8);
	kind_close_to(kind_real(&own, "A"), kind_real(&law, "A"), 1e-8);
	kind_close_to(kind_real(&own, "alpha"), kind_real(&law, "alpha"), 1e-8);
	kind_close_to(kind_real(&own, "alpha_low"), kind_real(&law, "alpha_low"), 1e-6);
	kind_end(&u);
	kind_end(&t);
}

/* ---- Hoffmann's data ---------------------------------------------------------------------------------------------- */

/* The 240 rows of Besiroglu et al. (arXiv 2404.10102) as CSV; NULL where the data are absent. */
static const char *hoffmann_csv(struct kind_test *t)
{
	const char *home = getenv("RUNG_DATA");
	struct str path = arena_printf(t->job.arena, "%s/chinchilla/svg_extracted_data.csv", home ? home : TEST_DATA "/../../shared/data");
	FILE *f = fopen(path.p, "r");
	char line[512];
	struct sb b;

	if (!f)
		return NULL;
	sb_init(&b, 1 << 20);
	sb_z(&b, "N,D,L,C\n");
	for (int row = -1; fgets(line, sizeof line, f); row++) {
		double n, c, loss;

		/* x, y, color, Model Size, Training FLOP, hex_color, loss; rows 0 to 4 have the five highest losses */
		if (row < 5 || sscanf(line, "%*[^,],%*[^,],%*[^,],%lf,%lf,%*[^,],%lf", &n, &c, &loss) != 3)
			continue;
		sb_printf(&b, "%.17g,%.17g,%.17g,%.17g\n", n, c / (6 * n), loss, c);
	}
	(void)fclose(f);
	struct str all = sb_take(&b, t->job.arena);

	sb_release(&b);
	return arena_z(t->job.arena, all.p).p;
}

static void test_hoffmann(void **state)
{
	static const struct { const char *name; double at, se, low, high; } want[] = {
		{ "A", 477.82587, 124.49364, 286.085, 743.610 }, { "B", 2143.4174, 1293.1691, 1042.366, 5810.359 },
		{ "E", 1.8172181, 0.025657043, 1.7694, 1.8712 }, { "alpha", 0.34731050, 0.015397475, 0.31682, 0.37328 },
		{ "beta", 0.36717243, 0.020594169, 0.33126, 0.41537 },
	};
	struct kind_test t;

	(void)state;
	kind_start(&t, "{\"of\":\"d\",\"x\":[\"N\",\"D\"],\"y\":\"L\",\"law\":\"chinchilla\",\"space\":\"log\",\"loss\":{\"huber\":0.001},"
	               "\"holdout\":{\"above\":1e21,\"of\":\"C\"},\"starts\":\"hoffmann\",\"bootstrap\":{\"resamples\":4000,"
	               "\"generator\":\"numpy\",\"seed\":42,\"from\":[406.4,410.7,1.6934,0.33917084,0.2849083]}}");
	const char *csv = hoffmann_csv(&t);

	if (!csv) {
		kind_end(&t);
		skip();
	}
	kind_input(&t, "d", "run", "d.csv", csv);
	kind_must(&t, &kind_fit);
	struct value row = kind_row(&t, "table", 0);

	assert_int_equal(value_get(&row, "n")->i, 240);
	kind_close_to(kind_real(&row, "objective"), 1.0182740178006e-3, 1e-10);
	kind_close_to(kind_real(&row, "holdout_rmsle"), 0.0124916, 1e-5);
	kind_close_to(kind_real(&row, "holdout_bias"), -0.000243439, 1e-5);
	assert_int_equal(value_get(&row, "holdout_n")->i, 23);
	assert_true(value_get(&row, "reached_best")->i >= 2437);
	for (size_t k = 0; k < 5; k++) {
		char key[32];

		kind_close_to(kind_real(&row, want[k].name), want[k].at, 1e-7);
		(void)snprintf(key, sizeof key, "%s_se", want[k].name);
		kind_close_to(kind_real(&row, key), want[k].se, 1e-6);
		ends_close(&row, "bootstrap", want[k].name, want[k].low, want[k].high, 5e-5);
	}
	assert_int_equal(value_get(&row, "draws")->list.n, 4000);
	kind_end(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_puromycin),
		cmocka_unit_test(test_cars_log),
		cmocka_unit_test(test_cars_raw),
		cmocka_unit_test(test_interval_by_what_is_there),
		cmocka_unit_test(test_seeds_interval_is_that_of_the_seeds),
		cmocka_unit_test(test_bootstraps),
		cmocka_unit_test(test_best_by_held_out_error),
		cmocka_unit_test(test_warnings_by_name),
		cmocka_unit_test(test_open_ends_are_null),
		cmocka_unit_test(test_uncertain_x_widens),
		cmocka_unit_test(test_refuses),
		cmocka_unit_test(test_field_errors),
		cmocka_unit_test(test_formula_is_the_law),
		cmocka_unit_test(test_hoffmann),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
