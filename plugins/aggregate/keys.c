/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugins/aggregate/keys.h"

#include <string.h>

#define MULTIPLIER UINT64_C(0x9e3779b97f4a7c15) /* 2^64 / golden ratio, odd */

static const struct value absent = { .type = V_NULL };

void keys_init(struct keys *k, const struct work *w, size_t width)
{
	*k = (struct keys){ .w = w, .width = width, .now = work_array(w, struct str, width), .scratch.w = w };
}

static uint64_t eight(const char *p)
{
	uint64_t v;

	memcpy(&v, p, 8);
	return v;
}

static uint32_t four(const char *p)
{
	uint32_t v;

	memcpy(&v, p, 4);
	return v;
}

/* No result depends on the hash: only where a key is looked for. */
static uint64_t hash_of(struct str s)
{
	uint64_t h = s.n * MULTIPLIER;
	size_t i = 0;

	for (; s.n - i > 16; i += 8) {
		h = (h ^ eight(s.p + i)) * MULTIPLIER;
		h ^= h >> 29;
	}
	if (s.n >= 8) { /* what is left: 8 to 16 bytes, some of them perhaps twice: one way for most keys, no guessing of branches */
		h = (h ^ eight(s.p + i)) * MULTIPLIER;
		h ^= h >> 29 ^ eight(s.p + s.n - 8);
	} else if (s.n >= 4) {
		h ^= (uint64_t)four(s.p) << 32 | four(s.p + s.n - 4);
	} else if (s.n) {
		h ^= (uint64_t)(unsigned char)s.p[0] << 16 | (uint64_t)(unsigned char)s.p[s.n / 2] << 8 | (unsigned char)s.p[s.n - 1];
	}
	h *= MULTIPLIER;
	return h ^ h >> 32;
}

static bool same_bytes(struct str a, struct str b)
{
	size_t i = 0;

	if (a.n != b.n)
		return false;
	if (a.n < 8)
		return memcmp(a.p, b.p, a.n) == 0;
	for (; a.n - i > 16; i += 8)
		if (eight(a.p + i) != eight(b.p + i))
			return false;
	return eight(a.p + i) == eight(b.p + i) && eight(a.p + a.n - 8) == eight(b.p + b.n - 8);
}

static bool same(const struct keys *k, size_t at, const struct key *key)
{
	if (k->keys[at].hash != key->hash || k->keys[at].plain != key->plain || !same_bytes(k->keys[at].joined, key->joined))
		return false;
	for (size_t i = 0; i < k->width && !key->plain; i++)
		if (!str_same(k->parts[at * k->width + i], k->now[i]))
			return false;
	return true;
}

static uint32_t *slot_of(const struct keys *k, const struct key *key)
{
	const size_t mask = k->slot_count - 1;

	for (size_t i = key->hash & mask;; i = (i + 1) & mask)
		if (!k->slots[i] || same(k, k->slots[i] - 1, key))
			return &k->slots[i];
}

static void widen(struct keys *k)
{
	k->slot_count = k->slot_count ? k->slot_count * 4 : 4096;
	k->slots = work_array(k->w, uint32_t, k->slot_count);
	for (size_t i = 0; i < k->n; i++) {
		size_t at = k->keys[i].hash & (k->slot_count - 1);

		while (k->slots[at])
			at = (at + 1) & (k->slot_count - 1);
		k->slots[at] = (uint32_t)i + 1;
	}
}

static struct str bytes_copy(const struct work *w, struct str s)
{
	const struct value v = value_str(s);

	return cell_copy(w, &v).s;
}

static void add(struct keys *k, const struct value *row, size_t n, const size_t *columns, const struct key *key)
{
	const size_t at = k->n * k->width, item = k->width ? k->width : 1;

	k->cells = work_grow(k->w, k->cells, k->n, &k->cells_cap, item * sizeof *k->cells);
	k->parts = work_grow(k->w, k->parts, k->n, &k->parts_cap, item * sizeof *k->parts);
	k->keys = work_grow(k->w, k->keys, k->n, &k->keys_cap, sizeof *k->keys);
	k->keys[k->n++] = (struct key){ bytes_copy(k->w, key->joined), key->plain, key->hash };
	for (size_t i = 0; i < k->width; i++) {
		k->cells[at + i] = columns[i] < n ? cell_copy(k->w, &row[columns[i]]) : absent;
		k->parts[at + i] = cell_text(k->w, &k->cells[at + i]);
	}
}

/* In a CSV file, cells beside each other without quotes already stand there as they would be joined. */
static bool already_joined(const struct keys *k, const struct value *row, size_t n, const size_t *columns, struct str *out)
{
	for (size_t i = 0; i < k->width; i++) {
		const struct value *cell = columns[i] < n ? &row[columns[i]] : &absent;

		if (cell->type != V_STR)
			return false;
		if (i == 0)
			*out = (struct str){ cell->s.p, 0 };
		else if (cell->s.p != out->p + out->n + 1 || cell->s.p[-1] != ',')
			return false;
		out->n = (size_t)(cell->s.p - out->p) + cell->s.n;
	}
	return k->width > 0;
}

static struct key join(struct keys *k, const struct value *row, size_t n, const size_t *columns)
{
	struct key key = { .plain = true };

	k->scratch.n = 0;
	for (size_t i = 0; i < k->width; i++) {
		const struct value *cell = columns[i] < n ? &row[columns[i]] : &absent;

		k->now[i] = cell_text(k->w, cell);
		key.plain = key.plain && (k->width == 1 || !k->now[i].n || !memchr(k->now[i].p, ',', k->now[i].n));
		if (i)
			text_z(&k->scratch, ",");
		text_add(&k->scratch, k->now[i]);
	}
	key.joined = text_str(&k->scratch);
	return key;
}

size_t keys_number(struct keys *k, const struct value *row, size_t n, const size_t *columns)
{
	struct key key = { .plain = true };

	if (!already_joined(k, row, n, columns, &key.joined))
		key = join(k, row, n, columns);
	key.hash = hash_of(key.joined);
	if (2 * (k->n + 1) > k->slot_count)
		widen(k);
	uint32_t *slot = slot_of(k, &key);

	if (!*slot) {
		add(k, row, n, columns, &key);
		*slot = (uint32_t)k->n;
	}
	return *slot - 1;
}
