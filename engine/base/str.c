/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Views of text. Nothing here allocates.
 */
#include "engine/base/str.h"

#include <string.h>

#include "engine/base/utf8.h"

struct str str_z(const char *z)
{
	return (struct str){ z ? z : "", z ? strlen(z) : 0 };
}

int str_cmp(struct str a, struct str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n ? memcmp(a.p, b.p, n) : 0;

	return order ? order : (a.n > b.n) - (a.n < b.n);
}

bool str_starts(struct str s, const char *prefix)
{
	size_t n = strlen(prefix);

	return s.n >= n && (n == 0 || memcmp(s.p, prefix, n) == 0);
}

bool str_ends(struct str s, const char *suffix)
{
	size_t n = strlen(suffix);

	return s.n >= n && (n == 0 || memcmp(s.p + s.n - n, suffix, n) == 0);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct str str_trim(struct str s)
{
	while (s.n && is_blank(s.p[s.n - 1]))
		s.n--;
	while (s.n && is_blank(s.p[0])) {
		s.p++;
		s.n--;
	}
	return s;
}

struct str str_from(struct str s, size_t from, size_t n)
{
	if (from > s.n)
		from = s.n;
	if (n > s.n - from)
		n = s.n - from;
	return (struct str){ from ? s.p + from : s.p, n };
}

long str_find(struct str s, struct str needle)
{
	if (!needle.n)
		return 0;
	const char *at = s.n ? memmem(s.p, s.n, needle.p, needle.n) : NULL;

	return at ? (long)(at - s.p) : -1;
}

bool str_split(struct str *rest, char sep, struct str *part)
{
	if (!rest->n)
		return false;
	const char *at = memchr(rest->p, sep, rest->n);

	if (!at) {
		*part = *rest;
		*rest = (struct str){ rest->p + rest->n, 0 };
		return true;
	}
	*part = (struct str){ rest->p, (size_t)(at - rest->p) };
	*rest = (struct str){ at + 1, rest->n - part->n - 1 };
	return true;
}

static uint64_t read8(const char *p)
{
	uint64_t x;

	memcpy(&x, p, 8);
	return x;
}

/* The two halves of the 128-bit product, folded (as in wyhash). */
static uint64_t fold(uint64_t a, uint64_t b)
{
	__extension__ unsigned __int128 product = (unsigned __int128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

uint64_t str_hash(struct str s, uint64_t seed)
{
	const uint64_t k0 = 0xa0761d6478bd642fu, k1 = 0xe7037ed1a0b428dbu;
	uint64_t h = fold(seed ^ k0, s.n ^ k1), tail = 0;
	const char *p = s.p;
	size_t n = s.n;

	for (; n > 16; p += 16, n -= 16)
		h = fold(read8(p) ^ h, read8(p + 8) ^ k1);
	if (n >= 8) {
		/* two words that overlap cover 8 to 16 bytes */
		h = fold(read8(p) ^ h, read8(p + n - 8) ^ k1);
	} else if (n) {
		memcpy(&tail, p, n);
		h = fold(tail ^ h, k1);
	}
	return fold(h ^ k0, k1);
}

size_t utf8_sequence(const char *text, size_t n)
{
	const unsigned char *p = (const unsigned char *)text;
	unsigned char c = p[0], low = 0x80, high = 0xbf;
	size_t want;

	if (c < 0x80)
		return 1;
	if (c >= 0xc2 && c <= 0xdf)
		want = 2;
	else if (c >= 0xe0 && c <= 0xef)
		want = 3;
	else if (c >= 0xf0 && c <= 0xf4)
		want = 4;
	else
		return 0;
	if (c == 0xe0)
		low = 0xa0;
	else if (c == 0xed)
		high = 0x9f;
	else if (c == 0xf0)
		low = 0x90;
	else if (c == 0xf4)
		high = 0x8f;
	if (n < want || p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < want; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return want;
}

bool str_utf8(struct str s, size_t *bad)
{
	size_t i = 0;

	while (i < s.n) {
		if (s.n - i >= 8 && !(read8(s.p + i) & 0x8080808080808080u)) {
			i += 8;
			continue;
		}
		size_t step = utf8_sequence(s.p + i, s.n - i);

		if (!step) {
			if (bad)
				*bad = i;
			return false;
		}
		i += step;
	}
	return true;
}
