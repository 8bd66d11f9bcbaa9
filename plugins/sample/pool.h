/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Private to `sample`: a file that subsets are drawn from, parsed once and kept between the jobs of a worker.
 *
 * What it is: for each row the place of its bytes, the hash of its id and its stratum: 24 bytes. A plain file stays mapped
 * and rows are views of it; rows of a compressed file or of a JSON array are copied.
 * Who owns what: a pool owns itself and outlives the job; only errors are made in the job's memory. The last two pools
 * are kept; a pool whose file changed on disk is dropped, as its offsets would lie.
 */
#ifndef RUNG_SAMPLE_POOL_H
#define RUNG_SAMPLE_POOL_H

#include <sys/stat.h>

#include "plugins/rows.h"

struct pool_row {
	uint64_t offset; /* into pool.bytes */
	uint64_t hash;   /* fnv1a of the id */
	uint32_t length;
	uint32_t stratum;
};

/* Two ids with one hash: all but impossible by chance, so the ids are kept for these few rows alone. */
struct pool_tie {
	uint32_t row;
	char *id;
	size_t id_length;
};

/* The best-ranked rows of each stratum for one seed, as many as were asked for so far and some more. */
struct ranking {
	uint64_t seed;
	uint64_t used;    /* when: the ranking not used for longest goes first */
	uint32_t *rows;   /* stratum after stratum, best first; NULL = free */
	uint32_t *starts; /* strata + 1 places in `rows` */
};

#define RANKINGS 16

struct pool {
	char *key; /* digest and fields: what makes two pools the same */
	size_t key_length;
	uint64_t used;
	const char *bytes;
	size_t bytes_length, bytes_cap; /* cap: 0 for a mapping */
	bool mapped;
	struct stat stat;
	char *header;
	size_t header_length;
	bool crlf;

	struct pool_row *rows;
	size_t n, cap;
	struct pool_tie *ties;
	size_t tie_count;

	struct str *strata; /* in the order of their bytes */
	uint32_t *sizes;    /* rows in each */
	size_t strata_count;

	struct ranking rankings[RANKINGS];
	uint64_t clock;
};

/* NULL = failed, message recorded. */
struct pool *pool_get(const struct work *w, const struct input *input);
/* Orders the rows of each stratum so that at least take[s] of them are ready; NULL when memory is short. */
const struct ranking *pool_rank(struct pool *p, uint64_t seed, const uint32_t *take);
void pool_free(struct pool *p);

/* Fails when two rows share an id; notes the ties. Needs the rows to be in. */
int pool_check_ids(const struct work *w, struct pool *p, const struct input *input);

static inline uint64_t pool_rank_of(const struct pool_row *row, uint64_t mixed_seed)
{
	return mix_bits(row->hash ^ mixed_seed);
}

#endif
