/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Private to base: UTF-8 by the character.
 */
#ifndef RUNG_UTF8_H
#define RUNG_UTF8_H

#include <stddef.h>

/* Bytes of the well-formed sequence at p, n > 0 (RFC 3629: no overlong forms, no surrogates, up to U+10FFFF); 0 = none. */
size_t utf8_sequence(const char *p, size_t n);

#endif
