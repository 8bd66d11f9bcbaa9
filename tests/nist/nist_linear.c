/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * NIST StRD, linear least squares: Norris and Longley from their files; NoInt1 and Wampler1 to 5, whose data are made by
 * the formulas in their headers, from here. The certified values of Longley (its file has none), NoInt1 and Wampler are
 * those of https://www.itl.nist.gov/div898/strd/lls/lls.shtml.
 */
#include "engine/stat/linear.h"
#include "tests/nist/nist.h"

#define MOST 64

struct certified {
	const char *name;
	size_t p;
	double b[8], se[8], s, r2, rss;
	double bar;
};

static void set_check(const struct certified *c, const double *x, const double *y, size_t n, bool constant)
{
	struct linear l;
	char what[32];

	if (linear_fit(&nist_mem, &(struct linear_data){ .x = x, .y = y, .n = n, .p = c->p, .constant = constant }, &l)) {
		nist_row(c->name, "a fit", NAN, 1, 1);
		return;
	}
	for (size_t j = 0; j < c->p; j++) {
		(void)snprintf(what, sizeof what, "B%zu", constant ? j : j + 1);
		nist_row(c->name, what, l.b[j], c->b[j], c->bar);
		if (c->s == 0)
			continue; /* an exact fit: its standard errors are 0, and what is left is rounding */
		(void)snprintf(what, sizeof what, "SE of B%zu", constant ? j : j + 1);
		nist_row(c->name, what, l.se[j], c->se[j], c->bar);
	}
	nist_row(c->name, "s", l.s, c->s, c->bar);
	nist_row(c->name, "R squared", l.r2, c->r2, c->bar);
	nist_row(c->name, "RSS", l.rss, c->rss, c->bar);
}

static void norris(void)
{
	struct certified c = { .name = "Norris", .p = 2, .bar = 12 };
	double x[2 * MOST], y[MOST], row[4];
	size_t n = 0;
	char *text = nist_file("linear/Norris.dat");

	if (!text)
		return;
	nist_certified(text, "  B0", row, 2);
	c.b[0] = row[0];
	c.se[0] = row[1];
	nist_certified(text, "  B1", row, 2);
	c.b[1] = row[0];
	c.se[1] = row[1];
	nist_certified(text, "Standard Deviation   ", &c.s, 1);
	nist_certified(text, "R-Squared", &c.r2, 1);
	nist_certified(text, "\nResidual", row, 2);
	c.rss = row[1];
	text = strstr(text, "\nData:       y") + 1;
	(void)nist_line(&text);
	for (char *line; (line = nist_line(&text)) && n < MOST;) {
		if (nist_numbers(line, row, 4) != 2)
			continue;
		y[n] = row[0];
		x[2 * n] = 1;
		x[2 * n++ + 1] = row[1];
	}
	set_check(&c, x, y, n, true);
}

static void longley(void)
{
	static const struct certified c = {
		.name = "Longley", .p = 7, .bar = 12, .s = 304.854073561965, .r2 = 0.995479004577296, .rss = 836424.055505915,
		.b = { -3482258.63459582, 15.0618722713733, -0.358191792925910e-1, -2.02022980381683, -1.03322686717359,
		       -0.511041056535807e-1, 1829.15146461355 },
		.se = { 890420.383607373, 84.9149257747669, 0.334910077722432e-1, 0.488399681651699, 0.214274163161675,
		        0.226073200069370, 455.478499142212 },
	};
	double x[7 * MOST], y[MOST], row[8];
	size_t n = 0;
	char *text = nist_file("linear/longley.csv");

	for (char *line; text && n < MOST && (line = nist_line(&text));) {
		if (nist_numbers(line, row, 8) != 7)
			continue;
		y[n] = row[0];
		x[7 * n] = 1;
		memcpy(x + 7 * n++ + 1, row + 1, 6 * sizeof *row);
	}
	if (n)
		set_check(&c, x, y, n, true);
}

/* y = 130 … 140 at x = 60 … 70, through the origin. */
static void no_intercept(void)
{
	static const struct certified c = { .name = "NoInt1", .p = 1, .b = { 2.07438016528926 }, .se = { 0.165289256198347e-1 },
		                                .s = 3.56753034006338, .r2 = 0.999365492298663, .rss = 127.272727272727, .bar = 13 };
	double x[11], y[11];

	for (int i = 0; i < 11; i++) {
		x[i] = 60 + i;
		y[i] = 130 + i;
	}
	set_check(&c, x, y, 11, false);
}

/* Wampler, JASA 65, 1970: y = Σ b x^j at x = 0 … 20, plus `scale` times a noise that leaves the coefficients as they are. */
static void wampler(const struct certified *c, double b, double scale)
{
	static const double noise[21] = { 759,  -2048, 2048,  -2048, 2523,  -2048, 2048,  -2048, 1838,  -2048, 2048,
		                              -2048, 1838,  -2048, 2048,  -2048, 2523,  -2048, 2048,  -2048, 759 };
	double x[6 * 21], y[21];

	for (int i = 0; i < 21; i++) {
		long double power = 1, weight = 1, sum = scale * noise[i];

		for (int j = 0; j < 6; j++) {
			x[6 * i + j] = (double)power; /* at most 3200000: exact */
			sum += weight * power;
			power *= i;
			weight *= b;
		}
		y[i] = (double)nearbyintl(sum * 100000) / 100000; /* NIST gives five places */
	}
	set_check(c, x, y, 21, true);
}

int main(void)
{
	struct certified w = { .name = "Wampler1", .p = 6, .b = { 1, 1, 1, 1, 1, 1 }, .r2 = 1, .bar = 12 };

	norris();
	longley();
	no_intercept();
	wampler(&w, 1, 0);
	w = (struct certified){ .name = "Wampler2", .p = 6, .b = { 1, 0.1, 0.01, 0.001, 0.0001, 0.00001 }, .r2 = 1, .bar = 12 };
	wampler(&w, 0.1, 0);
	static const double se[6] = { 2152.32624678170, 2363.55173469681, 779.343524331583,
		                          101.475507550350, 5.64566512170752, 0.112324854679312 };
	static const double r2[3] = { 0.999995559025820, 0.957478440825662, 0.00224668921574940 };
	static const char *const names[3] = { "Wampler3", "Wampler4", "Wampler5" };
	static const double rss[3] = { 83554268.0000000, 835542680000.000, 8355426800000000.0 };

	for (int i = 0; i < 3; i++) {
		const double scale = i == 0 ? 1 : i == 1 ? 100 : 10000;

		w = (struct certified){ .name = names[i], .p = 6, .b = { 1, 1, 1, 1, 1, 1 }, .s = scale * 2360.14502379268,
			                    .r2 = r2[i], .rss = rss[i], .bar = i == 0 ? 12 : i == 1 ? 10 : 8 };
		for (int j = 0; j < 6; j++)
			w.se[j] = scale * se[j];
		wampler(&w, 1, scale);
	}
	return nist_end();
}
