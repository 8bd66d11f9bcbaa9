/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * "did you mean". The distance is Damerau's with adjacent swaps (optimal string alignment), over three rows.
 */
#include "engine/base/str.h"

#include <string.h>

/* Nobody mistypes a longer name than this by a letter or two; it bounds the rows on the stack. */
#define LONGEST 128

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

size_t str_distance(struct str a, struct str b, size_t limit)
{
	size_t rows[3][LONGEST + 1];
	size_t *before = rows[0], *last = rows[1], *row = rows[2];

	if (str_same(a, b))
		return 0;
	if (a.n > LONGEST || b.n > LONGEST || (a.n > b.n ? a.n - b.n : b.n - a.n) > limit)
		return limit + 1;
	for (size_t j = 0; j <= b.n; j++)
		last[j] = j;
	for (size_t i = 1; i <= a.n; i++) {
		size_t best = row[0] = i;

		for (size_t j = 1; j <= b.n; j++) {
			size_t change = last[j - 1] + (a.p[i - 1] != b.p[j - 1]);

			row[j] = least(change, least(last[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] && a.p[i - 2] == b.p[j - 1])
				row[j] = least(row[j], before[j - 2] + 1);
			best = least(best, row[j]);
		}
		/* A swap reaches back over one row, but that row is at most 1 better and the swap costs 1. */
		if (best > limit)
			return limit + 1;
		size_t *oldest = before;

		before = last;
		last = row;
		row = oldest;
	}
	return least(last[b.n], limit + 1);
}

/* Lower case, and `-` like `_`: what people confuse without noticing. */
static struct str folded(struct str s, char out[LONGEST])
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		out[i] = c == '-' ? '_' : c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
	}
	return (struct str){ out, s.n };
}

struct str str_nearest(struct str wrong, const struct str *candidates, size_t n)
{
	char wrong_text[LONGEST], text[LONGEST];
	size_t limit = wrong.n <= 3 ? 1 : wrong.n <= 7 ? 2 : 3;
	size_t nearest = limit + 1, starting = 0;
	struct str found = { "", 0 }, longer = { "", 0 };

	if (!wrong.n || wrong.n > LONGEST)
		return found;
	struct str w = folded(wrong, wrong_text);

	for (size_t i = 0; i < n; i++) {
		if (candidates[i].n > LONGEST)
			continue;
		struct str c = folded(candidates[i], text);
		size_t d = str_distance(w, c, limit);

		/* Everything changed is no likeness, however short the words. */
		if (d < nearest && d < (w.n > c.n ? w.n : c.n)) {
			nearest = d;
			found = candidates[i];
		}
		if (w.n >= 3 && c.n > w.n && memcmp(c.p, w.p, w.n) == 0) {
			starting++;
			longer = candidates[i];
		}
	}
	return found.n || starting != 1 ? found : longer;
}
