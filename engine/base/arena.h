/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Arena: memory that is freed all at once.
 *
 * Four lifetimes exist, passed explicitly: `study` (document, model, graph, plan: the whole command), `attempt` (one try
 * of one task), `scratch` (one turn of the loop, one diagnostic), `call` (one plugin or hook call). There is no free and
 * no realloc of single objects. Running out of memory aborts inside the arena, in one place.
 * Under AddressSanitizer every object is a malloc of its own, so that overruns are seen.
 *
 *   struct arena *a = arena_new();  struct thing *t = arena_make(a, struct thing);  arena_free(a);
 */
#ifndef RUNG_ARENA_H
#define RUNG_ARENA_H

#include "engine/abi/rung_plugin.h"
#include "engine/base/attr.h"

struct arena;
struct arena_mark {
	void *chunk;
	size_t used;
};

struct arena *arena_new(void);
void arena_free(struct arena *a); /* NULL is fine */
void arena_cleanup(struct arena **a); /* for CLEANUP */

void *arena_alloc(struct arena *a, size_t bytes); /* zeroed, aligned for any type; never NULL */
struct arena_mark arena_mark(const struct arena *a);
void arena_reset(struct arena *a, struct arena_mark mark); /* frees what came after the mark; {0} = everything */
size_t arena_bytes(const struct arena *a); /* taken from the system */

#define arena_make(a, type) ((type *)arena_alloc((a), sizeof(type)))
#define arena_array(a, type, n) ((type *)arena_alloc_n((a), (n), sizeof(type)))
void *arena_alloc_n(struct arena *a, size_t n, size_t size); /* aborts on overflow */

struct str arena_str(struct arena *a, struct str s);           /* a copy, NUL-terminated */
struct str arena_z(struct arena *a, const char *z);
struct str arena_printf(struct arena *a, const char *fmt, ...) PRINTF(2, 3); /* NUL-terminated */

#endif
