/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Memory for the numerics under test: every block is freed by mem_fixture_clear.
 */
#ifndef RUNG_TEST_MEM_FIXTURE_H
#define RUNG_TEST_MEM_FIXTURE_H

#include <stdlib.h>

#include "engine/stat/mem.h"

struct mem_block {
	struct mem_block *next;
};

static inline void *mem_fixture_alloc(void *owner, size_t bytes)
{
	struct mem_block **all = owner, *b = calloc(1, sizeof(max_align_t) + bytes);

	if (!b)
		abort();
	b->next = *all;
	*all = b;
	return (char *)b + sizeof(max_align_t);
}

static inline void mem_fixture_clear(struct mem_block **all)
{
	while (*all) {
		struct mem_block *next = (*all)->next;

		free(*all);
		*all = next;
	}
}

#endif
