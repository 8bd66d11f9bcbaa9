/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The core types of YAML 1.2 (https://yaml.org/spec/1.2.2, section 10.3.2). What they do not name is text: `no`, `on`,
 * `1_000`, `12:30`, `2024-01-31`.
 */
#include <math.h>

#include "dsl/yaml/yaml.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool among(struct str s, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_is(s, words[i]))
			return true;
	return false;
}

static int digit_of(char c)
{
	return is_digit(c)             ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
				      : 99;
}

/* 0x… and 0o…; false when s is no such number. *fits: within 64 bits. */
static bool based(struct str s, int64_t *out, bool *fits)
{
	int base = str_starts(s, "0x") ? 16 : str_starts(s, "0o") ? 8 : 0;
	int64_t sum = 0;

	if (!base || s.n < 3)
		return false;
	*fits = true;
	for (size_t i = 2; i < s.n; i++) {
		int digit = digit_of(s.p[i]);

		if (digit >= base)
			return false;
		if (__builtin_mul_overflow(sum, base, &sum) || __builtin_add_overflow(sum, digit, &sum))
			*fits = false;
	}
	*out = sum;
	return true;
}

/* [-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?; *whole: digits alone. */
static bool decimal(struct str s, bool *whole)
{
	size_t i = s.n && (s.p[0] == '-' || s.p[0] == '+'), before = 0, after = 0;

	for (; i < s.n && is_digit(s.p[i]); i++)
		before++;
	*whole = before && i == s.n;
	if (i < s.n && s.p[i] == '.')
		for (i++; i < s.n && is_digit(s.p[i]); i++)
			after++;
	if (!before && !after)
		return false;
	if (i == s.n)
		return true;
	if (s.p[i] != 'e' && s.p[i] != 'E')
		return false;
	i++;
	i += i < s.n && (s.p[i] == '-' || s.p[i] == '+');
	if (i == s.n)
		return false;
	while (i < s.n && is_digit(s.p[i]))
		i++;
	return i == s.n;
}

static bool special_real(struct str s, double *out)
{
	static const char *const infinite[] = { ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF" };
	static const char *const minus[] = { "-.inf", "-.Inf", "-.INF" }, *const none[] = { ".nan", ".NaN", ".NAN" };

	if (among(s, infinite, countof(infinite)))
		*out = (double)INFINITY;
	else if (among(s, minus, countof(minus)))
		*out = -(double)INFINITY;
	else if (among(s, none, countof(none)))
		*out = (double)NAN;
	else
		return false;
	return true;
}

static bool number(struct str s, struct value *out, const char **why)
{
	bool whole, fits;

	if (based(s, &out->i, &fits)) {
		out->type = V_INT;
		*why = fits ? NULL : "does not fit into 64 bits";
		return true;
	}
	if (special_real(s, &out->r)) {
		out->type = V_REAL;
		return true;
	}
	if (!decimal(s, &whole))
		return false;
	out->type = whole ? V_INT : V_REAL;
	if (whole && !str_int(s, &out->i))
		*why = "does not fit into 64 bits";
	if (!whole && !str_real(s, &out->r))
		*why = "is beyond the range of a number";
	return true;
}

void yaml_scalar(struct str s, struct value *out, const char **why)
{
	static const char *const nulls[] = { "", "~", "null", "Null", "NULL" };
	static const char *const yes[] = { "true", "True", "TRUE" }, *const no[] = { "false", "False", "FALSE" };

	*why = NULL;
	if (among(s, nulls, countof(nulls))) {
		out->type = V_NULL;
	} else if (among(s, yes, countof(yes)) || among(s, no, countof(no))) {
		out->type = V_BOOL;
		out->b = s.p[0] == 't' || s.p[0] == 'T';
	} else if (!number(s, out, why)) {
		out->type = V_STR;
		out->s = s;
	}
}

struct str count_text(struct arena *a, uint64_t n)
{
	char reversed[32], *p = arena_alloc(a, sizeof(reversed));
	size_t k = 0;

	for (int digits = 0; n || !digits; n /= 10, digits++) {
		if (digits && digits % 3 == 0)
			reversed[k++] = ',';
		reversed[k++] = (char)('0' + n % 10);
	}
	for (size_t i = 0; i < k; i++)
		p[i] = reversed[k - 1 - i];
	return (struct str){ p, k };
}
