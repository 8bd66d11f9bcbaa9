/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Where a statistic gets its memory. engine/stat holds the numerics: doubles in, doubles out; it knows neither tables nor
 * tasks nor messages, so the kinds, the SQL functions and the hooks all use the same code.
 *
 * Memory is zeroed, never NULL, and freed all at once by its owner (a job, an arena). A function that is called in a loop
 * takes a workspace that was prepared before the loop and allocates nothing.
 */
#ifndef RUNG_STAT_MEM_H
#define RUNG_STAT_MEM_H

#include <stddef.h>

struct mem {
	void *(*alloc)(void *owner, size_t bytes);
	void *owner;
};

#define mem_array(m, type, n) ((type *)(m)->alloc((m)->owner, ((size_t)(n) + 1) * sizeof(type)))

#endif
