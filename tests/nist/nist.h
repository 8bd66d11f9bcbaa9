/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * For the programs of this folder: finding NIST's Statistical Reference Datasets, reading them, and the table of digits.
 *
 * A row is `set  quantity  LRE  bar`: LRE is the number of digits that agree with the certified value,
 * -log10(|got - certified| / |certified|), at most 15. Below the bar the program fails. Certified values come from the
 * header of each file unless a program says otherwise. The data are looked for under $RUNG_DATA, else in ../shared/data
 * beside the repository; absent sets are counted as skipped. Each program ends with `N passed, M failed, K skipped`.
 */
#ifndef RUNG_TEST_NIST_H
#define RUNG_TEST_NIST_H

#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/mem_fixture.h"

#define NIST_DIGITS 15.0

static int nist_passed, nist_failed, nist_skipped;
static struct mem_block *nist_blocks;
static const struct mem nist_mem = { mem_fixture_alloc, &nist_blocks };

static inline double nist_lre(double got, double certified)
{
	if (!isfinite(got))
		return 0;
	if (got == certified)
		return NIST_DIGITS;
	const double gap = certified != 0 ? fabs(got - certified) / fabs(certified) : fabs(got), lre = -log10(gap);

	return lre > NIST_DIGITS ? NIST_DIGITS : lre < 0 ? 0 : lre;
}

static inline void nist_row(const char *set, const char *quantity, double got, double certified, double bar)
{
	const double lre = nist_lre(got, certified);
	const bool enough = lre >= bar;

	printf("%-10s %-22s %5.1f  >= %4.1f%s", set, quantity, lre, bar, enough ? "\n" : "  FAILED: ");
	if (!enough)
		printf("%.17g, certified %.15g\n", got, certified);
	*(enough ? &nist_passed : &nist_failed) += 1;
}

/* The whole file, NUL-terminated; NULL, counted and said, when it is not there. */
static inline char *nist_file(const char *path)
{
	const char *data = getenv("RUNG_DATA");
	char full[1024];

	(void)snprintf(full, sizeof full, "%s/nist/%s", data ? data : TEST_DATA "/../../shared/data", path);
	FILE *f = fopen(full, "r");

	if (!f) {
		printf("%-33s skipped: no %s\n", path, full);
		nist_skipped++;
		return NULL;
	}
	size_t n = 0, cap = 1 << 20;
	char *text = mem_fixture_alloc(&nist_blocks, cap + 1);

	n = fread(text, 1, cap, f);
	if (!feof(f) || ferror(f)) {
		printf("%s: longer than %zu bytes, or unreadable\n", full, cap);
		exit(1);
	}
	(void)fclose(f);
	text[n] = '\0';
	return text;
}

/* The next line, cut off with a NUL; NULL at the end. */
static inline char *nist_line(char **rest)
{
	char *line = *rest, *end = strchr(line, '\n');

	if (!*line)
		return NULL;
	*rest = end ? end + 1 : line + strlen(line);
	if (end)
		*end = '\0';
	return line;
}

/* Numbers, and nothing else, on the line (commas are blanks): how many of them; -1 when there is other text. */
static inline int nist_numbers(const char *line, double *out, int most)
{
	int n = 0;

	for (;;) {
		while (isspace((unsigned char)*line) || *line == ',')
			line++;
		if (!*line)
			return n;
		char *end;
		const double v = strtod(line, &end);

		if (end == line || n == most || (*end && !isspace((unsigned char)*end) && *end != ','))
			return -1;
		out[n++] = v;
		line = end;
	}
}

/* The numbers behind `key` on the first line that holds it; exits when there are fewer than n. */
static inline void nist_certified(const char *text, const char *key, double *out, int n)
{
	const char *at = strstr(text, key);

	for (at = at ? at + strlen(key) : ""; n > 0 && *at && *at != '\n'; at++) {
		char *end;

		if (!isspace((unsigned char)at[-1]))
			continue;
		*out = strtod(at, &end);
		if (end == at)
			continue;
		out++;
		n--;
		at = end - 1;
	}
	if (n > 0) {
		printf("no certified value behind '%s'\n", key);
		exit(1);
	}
}

static inline int nist_end(void)
{
	mem_fixture_clear(&nist_blocks);
	printf("%d passed, %d failed, %d skipped\n", nist_passed, nist_failed, nist_skipped);
	return nist_failed ? 1 : 0;
}

#endif
