/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Characters as a terminal shows them, for diagnostics and the command line. Control characters, marks that turn the reading direction and
 * bytes that are no UTF-8 become '?', a tab becomes a blank; wide characters take two columns, combining ones none.
 */
#ifndef RUNG_GLYPH_H
#define RUNG_GLYPH_H

#include "engine/base/str.h"

struct glyph {
	size_t bytes; /* of the text that it stands for; at least 1 */
	unsigned columns;
	bool shown; /* false: a '?' stands for it */
};

struct glyph glyph_at(struct str s); /* the character at the start of s, which is not empty */
size_t glyph_before(struct str s, size_t at); /* where the character that ends at `at` > 0 begins */
void glyph_put(struct sb *out, struct str s, struct glyph g); /* s begins with g */
unsigned glyphs_width(struct str s); /* in columns */

#endif
