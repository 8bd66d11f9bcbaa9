/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `sample`: reproducible subsets. The rule, in full (docs/sample.md has it in five lines of Python):
 *
 *   rank(seed, id) = mix(fnv(id) ^ mix(seed + 0x9e3779b97f4a7c15)), fnv = FNV-1a of the id's bytes, mix = splitmix64's
 *   finaliser; a text seed stands for fnv(text). In each stratum rows are sorted by (rank, id). Row i (from 0) of a
 *   stratum of N rows has the position (2i + 1) / 2N. All rows are sorted by (position, stratum); the first n are taken.
 *
 * So a smaller sample is the beginning of a larger one, strata keep their shares (Webster's rounding, Balinski and Young,
 * Fair Representation, 1982), sums are exact, and the order of the file does not matter.
 */
#include <stdlib.h>
#include <string.h>

#include "plugins/kinds.h"
#include "plugins/sample/pool.h"

static const struct field fields[] = {
	{ .name = "from", .type = T_PATH, .flags = F_REQUIRED, .help = "CSV or JSON Lines file to draw from" },
	{ .name = "size", .type = T_INT, .flags = F_REQUIRED, .min = 1, .max = 4294967294.0, .help = "rows to take" },
	{ .name = "seed", .type = T_INT | T_TEXT, .flags = F_REQUIRED, .help = "another seed draws another subset" },
	{ .name = "by", .type = T_TEXT | T_LIST, .help = "columns whose values keep their shares" },
	{ .name = "id", .type = T_TEXT, .fallback = "id", .help = "column that names a row, unique in the file" },
	{ .name = "require", .type = T_TEXT | T_LIST, .help = "columns that must not be empty in any row" },
	{ .name = NULL },
};

static const struct output outputs[] = { { "sample", "sample.csv" }, { NULL, NULL } };

struct merge {
	const struct pool *pool;
	uint32_t *heap;  /* strata, the one whose next row comes first on top */
	uint32_t *taken; /* rows taken of each stratum so far */
	size_t n;
};

/* Exact: (2i + 1) / 2N < (2j + 1) / 2M; equal positions go by the stratum's bytes, which its number follows. */
static bool comes_first(const struct merge *m, uint32_t a, uint32_t b)
{
	unsigned __int128 x = (unsigned __int128)(2 * (uint64_t)m->taken[a] + 1) * m->pool->sizes[b];
	unsigned __int128 y = (unsigned __int128)(2 * (uint64_t)m->taken[b] + 1) * m->pool->sizes[a];

	return x != y ? x < y : a < b;
}

static void sift(struct merge *m, size_t i)
{
	for (;;) {
		size_t best = i;

		for (size_t c = 2 * i + 1; c <= 2 * i + 2 && c < m->n; c++)
			if (comes_first(m, m->heap[c], m->heap[best]))
				best = c;
		if (best == i)
			return;
		uint32_t swap = m->heap[i];

		m->heap[i] = m->heap[best];
		m->heap[best] = swap;
		i = best;
	}
}

/* The strata of the first `size` rows, in order; fills m->taken. */
static void merge_strata(const struct work *w, struct merge *m, uint32_t *order, size_t size)
{
	m->n = m->pool->strata_count;
	m->heap = work_array(w, uint32_t, m->n);
	m->taken = work_array(w, uint32_t, m->n);
	for (size_t s = 0; s < m->n; s++)
		m->heap[s] = (uint32_t)s;
	for (size_t s = m->n; s-- > 0;)
		sift(m, s);
	for (size_t i = 0; i < size; i++) {
		uint32_t s = m->heap[0];

		order[i] = s;
		if (++m->taken[s] == m->pool->sizes[s])
			m->heap[0] = m->heap[--m->n];
		sift(m, 0);
	}
}

static int sample_write(const struct work *w, const struct pool *p, const uint32_t *rows, size_t n)
{
	const char *path = w->host->out(w->job, "sample"), *end = p->crlf ? "\r\n" : "\n";
	size_t end_length = strlen(end), total = p->header_length, at;

	if (!path)
		return -1;
	for (size_t i = 0; i < n; i++)
		total += p->rows[rows[i]].length + end_length;
	char *bytes = malloc(total + 1);

	if (!bytes)
		return w->host->fail(w->job, NULL, NULL, "out of memory for a sample of %zu bytes", total);
	memcpy(bytes, p->header, p->header_length);
	at = p->header_length;
	for (size_t i = 0; i < n; i++) {
		const struct pool_row *row = &p->rows[rows[i]];

		if (i + 8 < n) /* rows stand anywhere in the file */
			__builtin_prefetch(p->bytes + p->rows[rows[i + 8]].offset);
		memcpy(bytes + at, p->bytes + row->offset, row->length);
		at += row->length;
		memcpy(bytes + at, end, end_length);
		at += end_length;
	}
	int failed = bytes_save(w, (struct str){ bytes, at }, path);

	free(bytes);
	return failed;
}

static uint64_t seed_of(const struct work *w)
{
	const struct value *v = value_get(w->host->fields(w->job), "seed");

	if (v && v->type == V_STR)
		return fnv1a(v->s);
	return v && v->type == V_INT ? (uint64_t)v->i : 0;
}

static int sample_run(const struct host *host, struct job *job)
{
	const struct work w = { host, job };
	const struct input *input = host->input(job, STR("from"));
	int64_t size = field_int(&w, "size", 0);

	if (!input)
		return host->fail(job, "from", NULL, "there is no file to draw from");
	if (size < 1)
		return host->fail(job, "size", NULL, "a sample has at least 1 row, not %lld", (long long)size);
	struct pool *p = pool_get(&w, input);

	if (!p)
		return -1;
	if ((uint64_t)size > p->n)
		return host->fail(job, "size", "ask for fewer rows, or leave the point out with `where:`",
		                  "%lld rows are wanted, but %.*s has %zu", (long long)size, STR_ARG(input->label), p->n);
	struct merge m = { .pool = p };
	uint32_t *rows = work_array(&w, uint32_t, (size_t)size);

	merge_strata(&w, &m, rows, (size_t)size);
	const struct ranking *k = pool_rank(p, seed_of(&w), m.taken);

	if (!k)
		return host->fail(job, NULL, NULL, "out of memory while ranking %zu rows", p->n);
	memset(m.taken, 0, p->strata_count * sizeof *m.taken);
	for (size_t i = 0; i < (size_t)size; i++) {
		uint32_t s = rows[i];

		rows[i] = k->rows[k->starts[s] + m.taken[s]++];
	}
	return sample_write(&w, p, rows, (size_t)size);
}

const struct kind kind_sample = {
	.abi = RUNG_ABI,
	.struct_size = sizeof(struct kind),
	.name = "sample",
	.version = 1,
	.summary = "a reproducible subset of a file, stratified and nested",
	.exec = EXEC_WORKER,
	.fields = fields,
	.outputs = outputs,
	.run = sample_run,
};
