/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * NIST StRD, analysis of variance: eleven sets, two of measurements and nine made to be hard.
 *
 * The bars of the hard sets are what their data leave once they are doubles: with thirteen constant digits (SmLs07 to 09)
 * a double keeps the tenths to 1.2e-4, with seven (SmLs04 to 06, AtmWtAg) to 1.2e-10 and less. Exact arithmetic on the
 * doubles gives the same digits.
 */
#include "engine/stat/anova.h"
#include "tests/nist/nist.h"

#define MOST 20000

static const struct {
	const char *name;
	double bar;
} sets[] = {
	{ "SiRstv", 13 },   { "SmLs01", 14 },  { "SmLs02", 14 },  { "SmLs03", 14 },  { "AtmWtAg", 10 },
	{ "SmLs04", 9.8 },  { "SmLs05", 9.8 }, { "SmLs06", 9.8 }, { "SmLs07", 3.8 }, { "SmLs08", 3.8 },
	{ "SmLs09", 3.8 },
};

static void set_check(const char *name, double bar)
{
	static double y[MOST];
	static size_t group[MOST];
	double row[8], between[4], within[3], r2, s;
	char path[64];
	size_t n = 0, groups = 0;
	struct anova a;

	(void)snprintf(path, sizeof path, "anova/%s.dat", name);
	char *text = nist_file(path);

	if (!text)
		return;
	const bool instrument = strstr(text, "Between Instrument");

	nist_certified(text, instrument ? "Between Instrument" : "Between Treatment", between, 4);
	nist_certified(text, instrument ? "Within Instrument" : "Within Treatment", within, 3);
	nist_certified(text, "Certified R-Squared", &r2, 1);
	nist_certified(text, "Standard Deviation", &s, 1);
	for (char *line; (line = nist_line(&text));) {
		if (nist_numbers(line, row, 8) != 2 || n == MOST)
			continue;
		group[n] = (size_t)row[0] - 1;
		groups = group[n] + 1 > groups ? group[n] + 1 : groups;
		y[n++] = row[1];
	}
	if (anova_one_way(&nist_mem, y, group, n, groups, &a) != ANOVA_DONE)
		a = (struct anova){ 0 };
	nist_row(name, "df between", a.df_between, between[0], NIST_DIGITS);
	nist_row(name, "df within", a.df_within, within[0], NIST_DIGITS);
	nist_row(name, "SS between", a.between, between[1], bar);
	nist_row(name, "SS within", a.within, within[1], bar);
	nist_row(name, "MS between", a.ms_between, between[2], bar);
	nist_row(name, "MS within", a.ms_within, within[2], bar);
	nist_row(name, "F", a.f, between[3], bar);
	nist_row(name, "R squared", a.r2, r2, bar);
	nist_row(name, "s", a.s, s, bar);
}

int main(void)
{
	for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
		set_check(sets[i].name, sets[i].bar);
	return nist_end();
}
