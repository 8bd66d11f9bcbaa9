/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Finding points by their coordinates: stride arithmetic where a step is a full product, else open addressing with linear
 * probing, at most half full. Only the columns of the mask count, so that the same table serves gathers.
 */
#include "dsl/expand/expand.h"
#include "engine/base/rng.h"

static uint64_t row_hash(const uint32_t *row, uint64_t mask)
{
	uint64_t h = 0x9e3779b97f4a7c15u;

	for (; mask; mask &= mask - 1)
		h = (h ^ row[__builtin_ctzll(mask)]) * 0xff51afd7ed558ccdu + 0x2545f4914f6cdd1du;
	return mix64(h);
}

static bool row_same(const uint32_t *a, const uint32_t *b, uint64_t mask)
{
	for (; mask; mask &= mask - 1) {
		int i = __builtin_ctzll(mask);

		if (a[i] != b[i])
			return false;
	}
	return true;
}

void coord_table_start(struct arena *a, struct coord_table *t, size_t capacity)
{
	t->slot_count = 16;
	while (t->slot_count < capacity * 2)
		t->slot_count *= 2;
	t->slots = arena_array(a, uint32_t, t->slot_count);
}

static size_t table_slot(const struct coord_table *t, const uint32_t *row)
{
	size_t mask = t->slot_count - 1;

	for (size_t i = row_hash(row, t->mask) & mask;; i = (i + 1) & mask) {
		uint32_t id = t->slots[i];

		if (!id)
			return i;
		size_t at = t->reps ? t->reps[id - 1] : id - 1;

		if (row_same(t->rows + at * t->width, row, t->mask))
			return i;
	}
}

uint32_t coord_table_find(const struct coord_table *t, const uint32_t *row)
{
	uint32_t id = t->slots[table_slot(t, row)];

	return id ? id - 1 : UINT32_MAX;
}

uint32_t coord_table_add(struct coord_table *t, const uint32_t *row, uint32_t id)
{
	size_t i = table_slot(t, row);

	if (!t->slots[i])
		t->slots[i] = id + 1;
	return t->slots[i] - 1;
}

uint32_t points_find(struct expansion *ex, struct points *p, const uint32_t *row)
{
	if (p->full) {
		uint32_t at = 0;

		for (size_t i = 0; i < p->axis_count; i++)
			at += row[i] * p->stride[i];
		return at;
	}
	if (!p->table.slots) {
		p->table.rows = p->coords;
		p->table.width = p->axis_count;
		p->table.mask = p->axis_count == 64 ? UINT64_MAX : ((uint64_t)1 << p->axis_count) - 1;
		coord_table_start(ex->study->arena, &p->table, p->count);
		for (uint32_t i = 0; i < p->count; i++)
			(void)coord_table_add(&p->table, p->coords + (size_t)i * p->axis_count, i);
	}
	return coord_table_find(&p->table, row);
}

struct str number_commas(struct arena *a, uint64_t n)
{
	struct str digits = arena_printf(a, "%llu", (unsigned long long)n);
	char *out = arena_alloc(a, digits.n + digits.n / 3 + 1);
	size_t k = 0;

	for (size_t i = 0; i < digits.n; i++) {
		if (i && (digits.n - i) % 3 == 0)
			out[k++] = ',';
		out[k++] = digits.p[i];
	}
	return (struct str){ out, k };
}
