/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/base/glyph.h"

#include "engine/base/utf8.h"

/* Code points that take two columns, or none; the common blocks, not the whole of Unicode's tables. */
static unsigned columns_of(uint32_t c)
{
	static const struct {
		uint32_t first, last;
		unsigned columns;
	} blocks[] = {
		{ 0x300, 0x36f, 0 },     { 0x1100, 0x115f, 2 }, { 0x2e80, 0xa4cf, 2 },   { 0xac00, 0xd7a3, 2 },
		{ 0xf900, 0xfaff, 2 },   { 0xfe00, 0xfe0f, 0 }, { 0xfe30, 0xfe6f, 2 },   { 0xff00, 0xff60, 2 },
		{ 0xffe0, 0xffe6, 2 },   { 0x1f300, 0x1f64f, 2 }, { 0x1f900, 0x1faff, 2 }, { 0x20000, 0x3fffd, 2 },
	};

	for (size_t i = 0; i < countof(blocks); i++)
		if (c >= blocks[i].first && c <= blocks[i].last)
			return blocks[i].columns;
	return 1;
}

/* Controls, and the marks that make a line read in another order than it is written. */
static bool is_control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

struct glyph glyph_at(struct str s)
{
	size_t n = utf8_sequence(s.p, s.n);
	unsigned char first = (unsigned char)s.p[0];
	uint32_t c = n == 1 ? first : first & (0xffu >> (n + 1));

	if (!n)
		return (struct glyph){ 1, 1, false };
	for (size_t i = 1; i < n; i++)
		c = c << 6 | ((unsigned char)s.p[i] & 0x3f);
	if (c == '\t')
		return (struct glyph){ 1, 1, true };
	return is_control(c) ? (struct glyph){ n, 1, false } : (struct glyph){ n, columns_of(c), true };
}

size_t glyph_before(struct str s, size_t at)
{
	size_t start = at - 1;

	while (start > 0 && at - start < 4 && ((unsigned char)s.p[start] & 0xc0) == 0x80)
		start--;
	/* Broken UTF-8 is shown byte by byte. */
	return glyph_at(str_from(s, start, at - start)).bytes == at - start ? start : at - 1;
}

void glyph_put(struct sb *out, struct str s, struct glyph g)
{
	if (!g.shown)
		sb_char(out, '?');
	else if (s.p[0] == '\t')
		sb_char(out, ' ');
	else
		sb_add(out, str_from(s, 0, g.bytes));
}

unsigned glyphs_width(struct str s)
{
	unsigned columns = 0;

	while (s.n) {
		struct glyph g = glyph_at(s);

		columns += g.columns;
		s = str_from(s, g.bytes, s.n);
	}
	return columns;
}
