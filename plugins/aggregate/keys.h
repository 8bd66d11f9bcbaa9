/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Private to `aggregate`: the cells of some columns to a dense number, in order of first appearance. A cell counts as its
 * text: 1 and "1" are the same key, so are an empty cell and an absent one.
 */
#ifndef RUNG_AGGREGATE_KEYS_H
#define RUNG_AGGREGATE_KEYS_H

#include "plugins/rows.h"

struct key {
	struct str joined; /* the texts of its cells, commas between them */
	bool plain;        /* none of them has a comma: `joined` says it all */
	uint64_t hash;
};

struct keys {
	const struct work *w;
	size_t width; /* cells of a key */
	size_t n;     /* keys so far */
	struct value *cells; /* n × width: those of each key's first row */
	struct str *parts;   /* n × width: their texts */
	struct key *keys;
	uint32_t *slots; /* index + 1, 0 = free */
	size_t slot_count, cells_cap, parts_cap, keys_cap;
	struct str *now;     /* width: the texts of the row at hand */
	struct text scratch;
};

void keys_init(struct keys *k, const struct work *w, size_t width);
/* The number of the key whose cells stand in `columns` of the row; a column beyond `n` is an absent cell. */
size_t keys_number(struct keys *k, const struct value *row, size_t n, const size_t *columns);

#endif
