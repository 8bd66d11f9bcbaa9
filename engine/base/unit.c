/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Numbers with a unit: durations, sizes, money. Integer arithmetic throughout, so that 0.1 USD is 10^11 picodollars.
 */
#include "engine/base/str.h"

struct unit {
	const char *name;
	int64_t factor;
};

static const struct unit sizes[] = {
	{ "B", 1 },
	{ "KB", 1000 },
	{ "MB", 1000000 },
	{ "GB", 1000000000 },
	{ "TB", 1000000000000 },
	{ "PB", 1000000000000000 },
	{ "KiB", (int64_t)1 << 10 },
	{ "MiB", (int64_t)1 << 20 },
	{ "GiB", (int64_t)1 << 30 },
	{ "TiB", (int64_t)1 << 40 },
	{ "PiB", (int64_t)1 << 50 },
	{ "kB", 1000 },
};

static const struct unit durations[] = { /* in microseconds */
	{ "us", 1 },
	{ "ms", 1000 },
	{ "s", 1000000 },
	{ "m", 60000000 },
	{ "h", 3600000000 },
	{ "d", 86400000000 },
};

static const struct unit monies[] = { { "USD", 1000000000000 } };

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* digits[.digits] [blanks] unit, times the unit's factor. *exact: no part of the smallest unit was cut off. */
static bool with_unit(struct str s, const struct unit *units, size_t n, int64_t *out, bool *exact)
{
	__extension__ __int128 number = 0, scale = 1;
	size_t i = 0, digits = 0;
	bool point = false;

	for (; i < s.n && (is_digit(s.p[i]) || (s.p[i] == '.' && !point)); i++) {
		if (s.p[i] == '.') {
			point = true;
			continue;
		}
		if (++digits > 18)
			return false; /* keeps number·factor inside 128 bits */
		number = number * 10 + (s.p[i] - '0');
		scale *= point ? 10 : 1;
	}
	if (!digits)
		return false;
	while (i < s.n && s.p[i] == ' ')
		i++;
	struct str name = str_from(s, i, s.n);

	for (size_t u = 0; u < n; u++) {
		if (!str_is(name, units[u].name))
			continue;
		number *= units[u].factor;
		if (number / scale > INT64_MAX)
			return false;
		*exact = number % scale == 0;
		*out = (int64_t)(number / scale);
		return true;
	}
	return false;
}

bool str_duration(struct str s, double *seconds)
{
	int64_t us;
	bool exact;

	if (!with_unit(s, durations, countof(durations), &us, &exact))
		return false;
	*seconds = (double)us / 1e6;
	return true;
}

bool str_size(struct str s, int64_t *bytes)
{
	bool exact;

	return with_unit(s, sizes, countof(sizes), bytes, &exact); /* 0.1GiB is a whole number of bytes, rounded down */
}

bool str_money(struct str s, int64_t *picodollars)
{
	int64_t sum;
	bool exact;

	if (!with_unit(s, monies, countof(monies), &sum, &exact) || !exact)
		return false;
	*picodollars = sum;
	return true;
}
