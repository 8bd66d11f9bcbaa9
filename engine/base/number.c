/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Numbers and text, whatever the locale.
 *
 * Reading a real: up to 19 digits, scaled by at most 10^27, need one division or multiplication with 64 bits of mantissa
 * (Clinger, PLDI 1990); the rest goes to strtod_l under the C locale.
 * Writing: a decimal m·10^-k with m < 10^15 that reads back is unique and therefore the shortest; it is looked for by
 * scaling with rising k. What has more digits is printed with 15, 16 and 17 until it reads back.
 */
#include "engine/base/str.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXACT 9007199254740992.0 /* 2^53 */
#define LONGEST_NUMBER 1024

static const double ten_to[] = {
	1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool str_int(struct str s, int64_t *out)
{
	bool negative = s.n && s.p[0] == '-';
	size_t i = negative || (s.n && s.p[0] == '+');
	int64_t sum = 0;

	if (i == s.n)
		return false;
	for (; i < s.n; i++) {
		int digit = s.p[i] - '0';

		if (!is_digit(s.p[i]) || __builtin_mul_overflow(sum, 10, &sum) ||
		    __builtin_add_overflow(sum, negative ? -digit : digit, &sum))
			return false;
	}
	*out = sum;
	return true;
}

/* A decimal as written: digits·10^exponent. Digits beyond the 19th are only counted. */
struct decimal {
	bool negative;
	bool cut; /* there were more than 19 digits */
	uint64_t digits;
	long exponent;
};

/* Reads [+-] digits [. digits] from s at *at; false when there is no digit. */
static bool scan_decimal(struct str s, size_t *at, struct decimal *d)
{
	size_t i = *at, seen = 0, significant = 0;
	bool point = false;

	*d = (struct decimal){ .negative = i < s.n && s.p[i] == '-' };
	if (i < s.n && (s.p[i] == '-' || s.p[i] == '+'))
		i++;
	for (; i < s.n && (is_digit(s.p[i]) || (s.p[i] == '.' && !point)); i++) {
		if (s.p[i] == '.') {
			point = true;
			continue;
		}
		seen++;
		if (significant || s.p[i] != '0')
			significant++;
		if (significant <= 19)
			d->digits = d->digits * 10 + (uint64_t)(s.p[i] - '0');
		else
			d->cut = true;
		d->exponent += (significant > 19) - point;
	}
	*at = i;
	return seen > 0;
}

/* Reads e[+-]digits when there is one; false when it is cut short. */
static bool scan_exponent(struct str s, size_t *at, long *exponent)
{
	size_t i = *at;
	long e = 0;

	if (i == s.n || (s.p[i] != 'e' && s.p[i] != 'E'))
		return true;
	bool negative = ++i < s.n && s.p[i] == '-';

	if (i < s.n && (s.p[i] == '-' || s.p[i] == '+'))
		i++;
	if (i == s.n || !is_digit(s.p[i]))
		return false;
	for (; i < s.n && is_digit(s.p[i]); i++)
		if (e < 100000)
			e = e * 10 + (s.p[i] - '0');
	*exponent += negative ? -e : e;
	*at = i;
	return true;
}

/* NUL-terminated text of a number, under the C locale. */
static double read_slowly(const char *z)
{
	/* For "C" glibc hands out a static object: nothing to keep and nothing to free. */
	locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);

	return strtod_l(z, NULL, c);
}

/* digits·10^exponent, correctly rounded; false when that takes more than one operation. */
static bool scale(uint64_t digits, long exponent, double *out)
{
	if (digits <= (uint64_t)EXACT && exponent >= -22 && exponent <= 22) {
		const double r = (double)(int64_t)digits; /* signed: one instruction */

		*out = exponent < 0 ? r / ten_to[-exponent] : r * ten_to[exponent];
		return true;
	}
#if LDBL_MANT_DIG == 64
	/* The 19 digits and the power are exact, so r is within half a unit of its 64 bits. Rounding it again to 53 is right
	 * unless the 11 bits that go are exactly one half: then it matters what was lost before. */
	static const long double ten_to_long[] = {
		1e0L,  1e1L,  1e2L,  1e3L,  1e4L,  1e5L,  1e6L,  1e7L,  1e8L,  1e9L,  1e10L, 1e11L, 1e12L, 1e13L,
		1e14L, 1e15L, 1e16L, 1e17L, 1e18L, 1e19L, 1e20L, 1e21L, 1e22L, 1e23L, 1e24L, 1e25L, 1e26L, 1e27L,
	};
	if (exponent < -27 || exponent > 27)
		return false;
	const long double whole = (long double)digits,
	                  r = exponent < 0 ? whole / ten_to_long[-exponent] : whole * ten_to_long[exponent];
	uint64_t mantissa;

	memcpy(&mantissa, &r, sizeof mantissa);
	*out = (double)r;
	return (mantissa & 0x7ff) != 0x400;
#else
	return false;
#endif
}

/* The digits at p as far as they go, behind those in *digits; eight at a time: pairs, fours and eights are put together in
 * three multiplications. */
static const char *take_digits(const char *p, const char *end, uint64_t *digits)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	while (end - p >= 8) {
		uint64_t v;

		memcpy(&v, p, 8);
		v -= UINT64_C(0x3030303030303030);
		/* a digit is 0 … 9 now: nothing in the upper half byte, and adding 6 carries nothing into it */
		if ((v | (v + UINT64_C(0x0606060606060606))) & UINT64_C(0xf0f0f0f0f0f0f0f0))
			break;
		v = v * 10 + (v >> 8);
		v = (((v & UINT64_C(0x000000ff000000ff)) * UINT64_C(0x000f424000000064)) +
		     (((v >> 16) & UINT64_C(0x000000ff000000ff)) * UINT64_C(0x0000271000000001))) >> 32;
		*digits = *digits * 100000000 + v;
		p += 8;
	}
#endif
	for (; p < end && is_digit(*p); p++)
		*digits = *digits * 10 + (uint64_t)(*p - '0');
	return p;
}

/* Most numbers: a sign, digits, perhaps a point and more digits, 19 at most. False: anything else, to be looked at
 * properly. */
static bool real_plain(struct str s, double *out)
{
	const bool negative = s.n && s.p[0] == '-';
	const char *end = s.p + s.n, *first = s.p + negative, *point, *p;
	uint64_t digits = 0;
	double r;

	if (s.n > 20)
		return false;
	p = point = take_digits(first, end, &digits);
	if (p < end && *p == '.')
		p = take_digits(p + 1, end, &digits);
	const ptrdiff_t behind = p > point ? p - point - 1 : 0, count = point - first + behind;

	if (p != end || count == 0 || count > 19 || !scale(digits, -(long)behind, &r))
		return false;
	*out = negative ? -r : r;
	return true;
}

bool str_real(struct str s, double *out)
{
	struct decimal d;
	size_t at = 0;

	if (real_plain(s, out))
		return true;
	if (!scan_decimal(s, &at, &d) || !scan_exponent(s, &at, &d.exponent) || at != s.n)
		return false;
	double r;
	char z[LONGEST_NUMBER];

	if (!d.cut && scale(d.digits, d.exponent, &r)) {
		*out = d.negative ? -r : r;
		return true;
	}

	if (s.n >= sizeof(z))
		return false;
	memcpy(z, s.p, s.n);
	z[s.n] = '\0';
	r = read_slowly(z);
	if (isinf(r))
		return false; /* beyond the range of a double */
	*out = r;
	return true;
}

/* Lays out the digits (no leading or trailing zero) of r = ±0.d1d2d3…·10^point. Beyond 2^53 a double is whole, but it is
 * no integer of ours: the exponent keeps it a real when it is read again. */
static size_t lay_out(double r, const char *digits, int count, int point, char out[32])
{
	size_t n = 0;

	if (r < 0)
		out[n++] = '-';
	if (fabs(r) > EXACT || point < -3) {
		out[n++] = digits[0];
		if (count > 1) {
			out[n++] = '.';
			memcpy(out + n, digits + 1, (size_t)count - 1);
			n += (size_t)count - 1;
		}
		n += (size_t)snprintf(out + n, 32 - n, "e%d", point - 1);
		return n;
	}
	if (point <= 0) {
		out[n++] = '0';
		out[n++] = '.';
		for (int i = point; i < 0; i++)
			out[n++] = '0';
	}
	for (int i = 0; i < count || i < point; i++) {
		if (i == point && i > 0)
			out[n++] = '.';
		out[n++] = i < count ? digits[i] : '0';
	}
	out[n] = '\0';
	return n;
}

/* Decimal digits of m, not NUL-terminated. */
static int digits_of(uint64_t m, char out[20])
{
	char reversed[20];
	int n = 0;

	do
		reversed[n++] = (char)('0' + m % 10);
	while (m /= 10);
	for (int i = 0; i < n; i++)
		out[i] = reversed[n - 1 - i];
	return n;
}

/* 10^-5 <= |r| < 10^15: the smallest k for which the nearest m·10^-k reads back. 0 when there is none below 10^15. */
static size_t real_text_short(double r, char out[32])
{
	double size = fabs(r);

	for (int k = 0; k < 20; k++) {
		double m = nearbyint(size * ten_to[k]);
		char digits[20];

		if (m >= 1e15)
			return 0;
		if (m / ten_to[k] != size)
			continue;
		int n = digits_of((uint64_t)m, digits), point = n - k;

		while (n > 1 && digits[n - 1] == '0')
			n--;
		return lay_out(r, digits, n, point, out);
	}
	return 0;
}

size_t real_text(double r, char out[32])
{
	const char *special = isnan(r) ? "nan" : isinf(r) ? (r < 0 ? "-inf" : "inf") : r == 0 ? "0" : NULL;

	if (special) {
		size_t length = strlen(special);

		memcpy(out, special, length + 1);
		return length;
	}
	bool common = fabs(r) >= 1e-5 && fabs(r) < 1e15;
	size_t n = common ? real_text_short(r, out) : 0;

	if (n)
		return n;
	locale_t before = uselocale(newlocale(LC_ALL_MASK, "C", (locale_t)0));
	char text[40] = "", digits[20];
	int64_t exponent = 0;
	int count = 0;

	/* %e counts the digits behind the first. For common sizes it is known that 15 do not suffice; below the normal
	 * range even one digit may. */
	int least = common ? 15 : fabs(r) < DBL_MIN ? 0 : 14;

	for (int precision = least; precision <= 16; precision++) {
		(void)snprintf(text, sizeof(text), "%.*e", precision, fabs(r));
		if (read_slowly(text) == fabs(r))
			break;
	}
	uselocale(before);
	const char *p = text;

	for (; *p != 'e'; p++)
		if (*p != '.')
			digits[count++] = *p;
	while (count > 1 && digits[count - 1] == '0')
		count--;
	(void)str_int(str_z(p + 1), &exponent); /* printf's own: it is one */
	return lay_out(r, digits, count, (int)exponent + 1, out);
}
