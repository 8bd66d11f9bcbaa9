/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Open addressing with linear probing over indices into `entries`; at most 3/4 full. The full hash stands in the entry,
 * so that a probe compares keys only when it has almost surely found them, and growing never hashes again.
 */
#include "engine/base/map.h"

#include <string.h>

#include "engine/base/str.h"

/* The slot of the key, or the free slot where it belongs. slot_count > 0. */
static size_t map_slot(const struct map *m, struct str key, uint64_t hash)
{
	size_t mask = m->slot_count - 1;

	for (size_t i = hash & mask;; i = (i + 1) & mask) {
		uint32_t at = m->slots[i];

		if (!at || (m->entries[at - 1].hash == hash && str_same(m->entries[at - 1].key, key)))
			return i;
	}
}

static const struct map_entry *map_find(const struct map *m, struct str key)
{
	if (!m->n)
		return NULL;
	uint32_t at = m->slots[map_slot(m, key, str_hash(key, 0))];

	return at ? &m->entries[at - 1] : NULL;
}

void *map_get(const struct map *m, struct str key)
{
	const struct map_entry *e = map_find(m, key);

	return e ? e->value : NULL;
}

bool map_has(const struct map *m, struct str key)
{
	return map_find(m, key) != NULL;
}

static void map_grow(struct map *m)
{
	size_t count = m->slot_count ? m->slot_count * 2 : 16;
	size_t cap = count / 4 * 3;

	if (cap >= UINT32_MAX)
		BUG("a map of more than %zu entries", m->n);
	struct map_entry *entries = arena_array(m->arena, struct map_entry, cap);

	if (m->n)
		memcpy(entries, m->entries, m->n * sizeof(*entries));
	m->entries = entries;
	m->cap = cap;
	m->slots = arena_array(m->arena, uint32_t, count);
	m->slot_count = count;
	for (size_t e = 0; e < m->n; e++) {
		size_t i = entries[e].hash & (count - 1);

		while (m->slots[i])
			i = (i + 1) & (count - 1);
		m->slots[i] = (uint32_t)e + 1;
	}
}

void *map_put(struct map *m, struct str key, void *value)
{
	uint64_t hash = str_hash(key, 0);

	if (m->n == m->cap)
		map_grow(m);
	size_t slot = map_slot(m, key, hash);

	if (m->slots[slot]) {
		struct map_entry *e = &m->entries[m->slots[slot] - 1];
		void *before = e->value;

		e->value = value;
		return before;
	}
	m->entries[m->n++] = (struct map_entry){ key, hash, value };
	m->slots[slot] = (uint32_t)m->n;
	return NULL;
}
