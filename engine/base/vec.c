/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/base/vec.h"

#include <string.h>

void *vec_grow(struct arena *a, void *data, size_t n, size_t *cap, size_t more, size_t item_size)
{
	size_t want;

	if (more <= *cap - n)
		return data;
	if (__builtin_add_overflow(n, more, &want))
		BUG("an array of more than %zu items", n);
	if (want < *cap * 2)
		want = *cap * 2;
	if (want < 8)
		want = 8;
	void *grown = arena_alloc_n(a, want, item_size);

	if (n)
		memcpy(grown, data, n * item_size);
	*cap = want;
	return grown;
}
