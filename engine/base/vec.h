/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Growing array in an arena: an anonymous struct with data, n, cap; iterate with a plain `for`.
 *
 *   VEC(struct edge) edges = {0};  VEC_PUSH(arena, &edges, e);
 *
 * The old memory stays in the arena when it grows: at most as much again as the final array.
 */
#ifndef RUNG_VEC_H
#define RUNG_VEC_H

#include "engine/base/arena.h"

#define VEC(type)            \
	struct {             \
		type *data;  \
		size_t n, cap; \
	}

/* Makes room for `more` items behind the last. */
#define VEC_RESERVE(arena, v, more) \
	((v)->data = vec_grow((arena), (v)->data, (v)->n, &(v)->cap, (more), sizeof(*(v)->data)))

#define VEC_PUSH(arena, v, item) \
	do { \
		VEC_RESERVE((arena), (v), 1); \
		(v)->data[(v)->n++] = (item); \
	} while (0)

void *vec_grow(struct arena *a, void *data, size_t n, size_t *cap, size_t more, size_t item_size);

#endif
