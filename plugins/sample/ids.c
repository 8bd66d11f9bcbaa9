/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Ids must be unique. Hashes are compared first, in a table of 16 bytes a row that lives for this check alone. Only when
 * two hashes meet is the file read again, to tell a duplicate (with both lines) from two ids that share a hash.
 */
#include <stdlib.h>
#include <string.h>

#include "plugins/sample/pool.h"

#define AHEAD 16 /* rows to prefetch: the table does not fit the cache */

struct suspect {
	uint64_t hash;
	struct str id;
	size_t line;
	uint32_t row;
};

/* The hashes that more than one row has, each once per further row. NULL = out of memory; *n = 0: none. */
static uint64_t *hashes_twice(const struct pool *p, size_t *n)
{
	size_t slots = 64, cap = 0;
	uint64_t *twice = malloc(sizeof *twice);

	while (slots < 2 * p->n)
		slots *= 2;
	uint64_t *table = calloc(slots, sizeof *table);

	*n = 0;
	for (size_t i = 0; table && twice && i < p->n; i++) {
		if (i + AHEAD < p->n)
			__builtin_prefetch(&table[mix_bits(p->rows[i + AHEAD].hash) & (slots - 1)], 1);
		/* 0 marks a free slot; a hash of 0 is looked for as 1, which at worst reads the file once more. */
		uint64_t hash = p->rows[i].hash ? p->rows[i].hash : 1;
		size_t at = mix_bits(p->rows[i].hash) & (slots - 1);

		while (table[at] && table[at] != hash)
			at = (at + 1) & (slots - 1);
		if (table[at]) {
			if (*n == cap) {
				cap = cap ? cap * 2 : 16;
				uint64_t *more = realloc(twice, cap * sizeof *more);

				if (!more) {
					free(twice);
					twice = NULL;
					break;
				}
				twice = more;
			}
			twice[(*n)++] = p->rows[i].hash;
		}
		table[at] = hash;
	}
	if (!table) {
		free(twice);
		twice = NULL;
	}
	free(table);
	return twice;
}

static int by_hash(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static int by_id(const void *a, const void *b)
{
	const struct suspect *x = a, *y = b;
	int d = x->hash < y->hash ? -1 : x->hash > y->hash;

	if (!d)
		d = memcmp(x->id.p, y->id.p, x->id.n < y->id.n ? x->id.n : y->id.n);
	if (!d)
		d = (x->id.n > y->id.n) - (x->id.n < y->id.n);
	return d ? d : (x->row > y->row) - (x->row < y->row);
}

/* Reads the file again and keeps id and line of the rows whose hash is in the sorted list. */
static int suspects_read(const struct work *w, const struct input *input, const uint64_t *hashes, size_t count,
                         struct groups *ids, struct suspect **out)
{
	const struct value *cells;
	struct str name = field_text(w, "id");
	struct table *table = w->host->table_open(w->job, input);
	struct columns columns = { .label = input->label };
	struct text scratch = { .w = w };
	size_t id, cap = 0, n = 0;
	uint32_t row = 0;
	int got;

	*out = NULL;
	if (!table)
		return -1;
	columns.names = w->host->table_columns(table, &columns.n);
	if (columns_find(w, &columns, "id", name.n ? name : STR("id"), &id))
		return -1;
	for (; (got = w->host->table_next(table, &cells)) > 0; row++) {
		struct str text = cells_key(&scratch, cells, &id, 1);
		uint64_t hash = fnv1a(text);

		if (!bsearch(&hash, hashes, count, sizeof hash, by_hash))
			continue;
		*out = work_grow(w, *out, n, &cap, sizeof **out);
		size_t number = groups_number(ids, text); /* its copy of the id outlives the row */

		(*out)[n++] = (struct suspect){ hash, ids->keys[number], w->host->table_line(table), row };
	}
	return got < 0 ? -1 : (int)n;
}

static int ties_note(const struct work *w, struct pool *p, const struct suspect *list, size_t n)
{
	p->ties = calloc(n + 1, sizeof *p->ties);
	for (size_t i = 0; p->ties && i < n; i++) {
		struct pool_tie *tie = &p->ties[i];

		tie->id = malloc(list[i].id.n + 1);
		if (!tie->id)
			break;
		memcpy(tie->id, list[i].id.p, list[i].id.n);
		tie->id_length = list[i].id.n;
		tie->row = list[i].row;
		p->tie_count = i + 1;
	}
	if (p->tie_count < n)
		return w->host->fail(w->job, NULL, NULL, "out of memory while checking ids");
	return 0;
}

int pool_check_ids(const struct work *w, struct pool *p, const struct input *input)
{
	struct groups ids = { .w = w };
	struct suspect *list = NULL;
	size_t twice;
	uint64_t *hashes = hashes_twice(p, &twice);

	if (!hashes)
		return w->host->fail(w->job, NULL, NULL, "out of memory while checking ids");
	if (!twice) {
		free(hashes);
		return 0;
	}
	qsort(hashes, twice, sizeof *hashes, by_hash);
	int n = suspects_read(w, input, hashes, twice, &ids, &list);

	free(hashes);
	if (n < 0)
		return -1;
	if (n)
		qsort(list, (size_t)n, sizeof *list, by_id);
	const struct suspect *first = NULL, *second = NULL;
	size_t more = 0;

	for (int i = 1; i < n; i++) {
		if (list[i].hash != list[i - 1].hash || !str_same(list[i].id, list[i - 1].id))
			continue;
		more++;
		if (!second || list[i].line < second->line) {
			first = &list[i - 1];
			second = &list[i];
		}
	}
	if (!second)
		return ties_note(w, p, list, (size_t)n);
	return w->host->fail(w->job, "id", "ids must be unique", "%.*s:%zu: the id '%.*s' stands in line %zu already (%zu such %s)",
	                     STR_ARG(input->label), second->line, STR_ARG(second->id), first->line, more,
	                     more == 1 ? "row" : "rows");
}
