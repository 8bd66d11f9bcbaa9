/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Hash map from text to a pointer, in an arena; iteration follows insertion, so output is deterministic.
 * Keys are not copied: they live at least as long as the map. No removal.
 *
 *   struct map m = { .arena = a };  map_put(&m, key, thing);  map_get(&m, key);
 *   for (size_t i = 0; i < m.n; i++) use(m.entries[i].key, m.entries[i].value);
 */
#ifndef RUNG_MAP_H
#define RUNG_MAP_H

#include "engine/base/arena.h"

struct map_entry {
	struct str key;
	uint64_t hash;
	void *value;
};

struct map {
	struct arena *arena;
	struct map_entry *entries; /* in order of insertion */
	size_t n, cap;
	uint32_t *slots; /* index + 1 into entries, 0 = free */
	size_t slot_count; /* a power of two, or 0 before the first put */
};

void *map_get(const struct map *m, struct str key); /* NULL when absent */
bool map_has(const struct map *m, struct str key);
/* Inserts or replaces; returns the value that stood there before, or NULL. */
void *map_put(struct map *m, struct str key, void *value);

#endif
