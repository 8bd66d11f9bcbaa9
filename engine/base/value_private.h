/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Private to base: what value.c, canon.c and json.c share.
 */
#ifndef RUNG_VALUE_PRIVATE_H
#define RUNG_VALUE_PRIVATE_H

#include "engine/base/value.h"

/* A real that is written, hashed and compared as an integer: integral and within ±2^53. */
bool real_is_integer(double r, int64_t *out);

#endif
