/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * NIST StRD, univariate: mean, standard deviation and lag-1 autocorrelation of nine sets, by the running accumulator, by
 * pieces of it merged, and by two passes.
 *
 * The standard deviation of NumAcc3 and NumAcc4 is limited by the data: 1000000.1 and 10000000.1 are no doubles, and the
 * exact standard deviation of the nearest ones has 9.5 and 8.3 digits.
 */
#include "engine/stat/moments.h"
#include "tests/nist/nist.h"

#define MEAN_BAR 13.0
#define SD_BAR 8.0
#define LAG_BAR 8.0
#define MOST 5000

static const char *const sets[] = { "Lew",     "Lottery", "Mavro",   "Michelso", "NumAcc1",
	                                "NumAcc2", "NumAcc3", "NumAcc4", "PiDigits" };

/* Two header styles. */
static double certified(const char *text, const char *key, const char *other)
{
	double v;

	nist_certified(text, strstr(text, key) ? key : other, &v, 1);
	return v;
}

static struct summary running(const double *y, size_t n)
{
	struct moments m = { 0 };

	for (size_t i = 0; i < n; i++)
		moments_add(&m, y[i]);
	return moments_summary(&m);
}

static struct summary merged(const double *y, size_t n)
{
	struct moments part[7] = { 0 }, m = { 0 };

	for (size_t i = 0; i < n; i++)
		moments_add(&part[i % 7], y[i]);
	for (size_t i = 0; i < 7; i++)
		moments_merge(&m, &part[i]);
	return moments_summary(&m);
}

static void set_check(const char *name)
{
	char path[64];
	double y[MOST], row[8];
	size_t n = 0;

	(void)snprintf(path, sizeof path, "univariate/%s.txt", name);
	char *text = nist_file(path);

	if (!text)
		return;
	const double mean = certified(text, "ybar:", "\nmean "), sd = certified(text, "    s:", "\nstandardDeviation "),
	             lag = certified(text, "r(1):", "\nautocorrelationCoefficient "),
	             count = certified(text, "Number of Observations:", "\nn ");

	for (char *line; (line = nist_line(&text));)
		if (nist_numbers(line, row, 8) == 1 && n < MOST)
			y[n++] = row[0];
	const struct summary all[] = { summary_of(y, n), running(y, n), merged(y, n) };
	static const char *const how[][2] = { { "mean, two passes", "sd, two passes" },
		                                  { "mean, running", "sd, running" },
		                                  { "mean, merged", "sd, merged" } };

	nist_row(name, "n", (double)n, count, NIST_DIGITS);
	for (size_t i = 0; i < 3; i++) {
		nist_row(name, how[i][0], all[i].mean, mean, MEAN_BAR);
		nist_row(name, how[i][1], all[i].sd, sd, SD_BAR);
	}
	nist_row(name, "lag-1 autocorrelation", lag1_autocorrelation(y, n), lag, LAG_BAR);
}

int main(void)
{
	for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
		set_check(sets[i]);
	return nist_end();
}
