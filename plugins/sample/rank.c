/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Ranking the rows of a pool, and finding two rows with one id.
 *
 * Ranks are uniform 64-bit numbers. So the best k of N rows lie, but for chance, under the threshold k/N (and a margin);
 * those few are put into buckets by their leading bits and each bucket is sorted by insertion: a few passes over the
 * rows instead of a sort of all of them. Should a stratum fall short of what is wanted, the margin grows.
 */
#include <stdlib.h>
#include <string.h>

#include "plugins/sample/pool.h"

struct ranked {
	uint64_t rank;
	uint32_t row;
};

struct ranker {
	struct pool *pool;
	uint64_t mixed;       /* of the seed */
	uint64_t *limits;     /* rank that a row of the stratum may have at most */
	uint32_t *bucket_at;  /* first bucket of each stratum, strata + 1 */
	uint32_t *ends;       /* of each bucket, in `chosen` */
	struct ranked *chosen;
};

static const struct pool_tie *tie_of(const struct pool *p, uint32_t row)
{
	for (size_t i = 0; i < p->tie_count; i++)
		if (p->ties[i].row == row)
			return &p->ties[i];
	return NULL;
}

static bool before(const struct pool *p, const struct ranked *a, const struct ranked *b)
{
	if (a->rank != b->rank)
		return a->rank < b->rank;
	const struct pool_tie *x = tie_of(p, a->row), *y = tie_of(p, b->row);

	if (!x || !y)
		return a->row < b->row;
	int d = memcmp(x->id, y->id, x->id_length < y->id_length ? x->id_length : y->id_length);

	return d ? d < 0 : x->id_length < y->id_length;
}

static uint32_t bucket_of(const struct ranker *r, const struct pool_row *row, uint64_t rank)
{
	uint32_t first = r->bucket_at[row->stratum], count = r->bucket_at[row->stratum + 1] - first;

	return first + (uint32_t)((unsigned __int128)rank * count >> 64);
}

/* Limits for `want` rows of each stratum and buckets of about four rows. False when memory is short. */
static bool ranker_init(struct ranker *r, const uint32_t *want)
{
	const struct pool *p = r->pool;
	size_t n = p->strata_count, buckets = 0;

	r->limits = calloc(n + 1, sizeof *r->limits);
	r->bucket_at = calloc(n + 1, sizeof *r->bucket_at);
	if (!r->limits || !r->bucket_at)
		return false;
	for (size_t s = 0; s < n; s++) {
		double share = (double)want[s] / p->sizes[s];

		r->limits[s] = share < 1 ? (uint64_t)(share * 0x1p64) : UINT64_MAX;
		r->bucket_at[s] = (uint32_t)buckets;
		buckets += p->sizes[s] / 4 + 1;
	}
	r->bucket_at[n] = (uint32_t)buckets;
	r->ends = calloc(buckets + 1, sizeof *r->ends);
	return r->ends != NULL;
}

static void sort_bucket(const struct pool *p, struct ranked *items, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct ranked item = items[i];
		size_t j = i;

		for (; j && before(p, &item, &items[j - 1]); j--)
			items[j] = items[j - 1];
		items[j] = item;
	}
}

/* Counts, places and sorts the chosen rows. *total: how many. */
static bool ranker_fill(struct ranker *r, size_t *total)
{
	const struct pool *p = r->pool;
	size_t buckets = r->bucket_at[p->strata_count], sum = 0;

	for (size_t i = 0; i < p->n; i++) {
		uint64_t rank = pool_rank_of(&p->rows[i], r->mixed);

		if (rank <= r->limits[p->rows[i].stratum])
			r->ends[bucket_of(r, &p->rows[i], rank)]++;
	}
	for (size_t b = 0; b < buckets; b++) {
		size_t count = r->ends[b];

		r->ends[b] = (uint32_t)sum;
		sum += count;
	}
	*total = sum;
	r->chosen = malloc((sum + 1) * sizeof *r->chosen);
	if (!r->chosen)
		return false;
	for (size_t i = 0; i < p->n; i++) {
		uint64_t rank = pool_rank_of(&p->rows[i], r->mixed);

		if (rank <= r->limits[p->rows[i].stratum])
			r->chosen[r->ends[bucket_of(r, &p->rows[i], rank)]++] = (struct ranked){ rank, (uint32_t)i };
	}
	for (size_t b = 0, from = 0; b < buckets; from = r->ends[b++])
		sort_bucket(p, r->chosen + from, r->ends[b] - from);
	return true;
}

static bool ranker_keep(const struct ranker *r, size_t total, struct ranking *out)
{
	size_t n = r->pool->strata_count;

	free(out->rows);
	free(out->starts);
	out->rows = malloc((total + 1) * sizeof *out->rows);
	out->starts = calloc(n + 1, sizeof *out->starts);
	if (!out->rows || !out->starts) {
		free(out->rows);
		out->rows = NULL; /* free, as rows without starts are no ranking */
		return false;
	}
	for (size_t i = 0; i < total; i++)
		out->rows[i] = r->chosen[i].row;
	for (size_t s = 0; s < n; s++)
		out->starts[s + 1] = r->ends[r->bucket_at[s + 1] - 1];
	return true;
}

static bool enough(const struct pool *p, const struct ranking *k, const uint32_t *take)
{
	for (size_t s = 0; s < p->strata_count; s++)
		if (k->starts[s + 1] - k->starts[s] < take[s])
			return false;
	return true;
}

/* The place for this seed: its own, a free one, or the one not used for longest. */
static struct ranking *ranking_slot(struct pool *p, uint64_t seed)
{
	struct ranking *oldest = &p->rankings[0];

	for (size_t i = 0; i < RANKINGS; i++) {
		struct ranking *k = &p->rankings[i];

		if (k->rows && k->seed == seed)
			return k;
		if (oldest->rows && (!k->rows || k->used < oldest->used))
			oldest = k;
	}
	free(oldest->rows);
	free(oldest->starts);
	*oldest = (struct ranking){ .seed = seed };
	return oldest;
}

/* All rankings together stay under 16 bytes a row of the pool. */
static void rankings_trim(struct pool *p, const struct ranking *keep)
{
	for (;;) {
		struct ranking *oldest = NULL;
		size_t held = 0;

		for (size_t i = 0; i < RANKINGS; i++) {
			struct ranking *k = &p->rankings[i];

			if (!k->rows)
				continue;
			held += k->starts[p->strata_count];
			if (k != keep && (!oldest || k->used < oldest->used))
				oldest = k;
		}
		if (held <= 4 * p->n || !oldest)
			return;
		free(oldest->rows);
		free(oldest->starts);
		*oldest = (struct ranking){ 0 };
	}
}

const struct ranking *pool_rank(struct pool *p, uint64_t seed, const uint32_t *take)
{
	struct ranking *k = ranking_slot(p, seed);
	uint32_t *want = malloc((p->strata_count + 1) * sizeof *want);
	bool good = want != NULL;

	/* Four times as many and at least 1/16 of the stratum: the larger budgets of a ladder then find them ready. */
	for (size_t s = 0; want && s < p->strata_count; s++) {
		uint64_t more = 4u * (uint64_t)take[s] + p->sizes[s] / 16 + 16;

		want[s] = more < p->sizes[s] ? (uint32_t)more : p->sizes[s];
	}
	while (good && (!k->rows || !enough(p, k, take))) {
		struct ranker r = { .pool = p, .mixed = mix_bits(seed + 0x9e3779b97f4a7c15u) };
		size_t total = 0;

		good = ranker_init(&r, want) && ranker_fill(&r, &total) && ranker_keep(&r, total, k);
		free(r.limits);
		free(r.bucket_at);
		free(r.ends);
		free(r.chosen);
		for (size_t s = 0; s < p->strata_count; s++)
			want[s] = want[s] < p->sizes[s] / 2 ? want[s] * 2 : p->sizes[s];
	}
	free(want);
	if (!good)
		return NULL;
	k->used = ++p->clock;
	rankings_trim(p, k);
	return k;
}
