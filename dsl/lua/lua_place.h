/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Where a byte of a scalar stands in its source, for the files that read scalars. Private to dsl/.
 */
#ifndef RUNG_LUA_PLACE_H
#define RUNG_LUA_PLACE_H

#include "engine/base/diag.h"

/* The place of text[offset…] when the scalar `text` begins at `at` (or under its block header, or behind its quote);
 * `at` itself when it does not stand there. */
struct span place_in(const struct diags *d, struct str text, struct span at, size_t offset, size_t len);

#endif
