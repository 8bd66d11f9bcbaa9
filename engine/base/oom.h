/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Private to base: the one place that meets a malloc that failed. It says so and aborts (docs: out of memory).
 */
#ifndef RUNG_OOM_H
#define RUNG_OOM_H

#include "engine/base/attr.h"

NORETURN void oom(size_t bytes);
void *grow_or_die(void *p, size_t bytes); /* realloc that never returns NULL */

#endif
