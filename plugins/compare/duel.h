/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Private to `compare`: two arms against each other, or all of them at once, and the tests they are put to.
 */
#ifndef RUNG_COMPARE_DUEL_H
#define RUNG_COMPARE_DUEL_H

#include "engine/stat/cluster.h"
#include "engine/stat/effect.h"
#include "engine/stat/mem.h"
#include "engine/stat/resample.h"
#include "engine/stat/tests.h"
#include "plugins/compare/arms.h"

enum test_name {
	USE_AUTO, USE_T, USE_WELCH, USE_WILCOXON, USE_MANN_WHITNEY, USE_SIGN, USE_PERMUTATION, USE_MCNEMAR, USE_MCNEMAR_MID_P,
	USE_MCNEMAR_CHI2, USE_BOOTSTRAP, USE_FRIEDMAN, USE_KRUSKAL, TEST_NAMES
};

struct test_kind {
	const char *name;
	bool wants_pairs;   /* cannot do without */
	bool takes_clusters; /* counts clusters, not rows, where `cluster` is given */
	bool by_t;          /* its own interval and degrees of freedom */
	bool many;          /* all arms at once */
};

extern const struct test_kind test_kinds[TEST_NAMES];

struct settings {
	struct test_options options;
	double alpha, power;
	size_t resamples;
	uint64_t seed;
};

/* Two arms of a group. When they are paired, x and y hold the pairs in one order, and d = x - y. */
struct duel {
	const struct arms *arms;
	const struct arm_group *group;
	size_t a, b;
	bool paired, binary, all_equal;
	double *x, *y, *d;
	uint32_t *cx, *cy; /* clusters; of the pairs: cx */
	size_t nx, ny, n;  /* n: pairs, or nx + ny */
	size_t unpaired_a, unpaired_b, missing;
	size_t torn;       /* pairs whose rows lie in two clusters: the first arm's counts */
	size_t units;      /* that are independent: pairs or values, or clusters of them */
	double mean_a, mean_b, difference;
	double smallest;   /* p that an exact test of so many units can give */
	double mde;        /* NaN when there is none */
	struct cluster_error error; /* when clustered */
	struct effect g;
	double d_size, dz, rank_biserial, cliff;
	size_t wins, losses; /* pairs in which x is above y, y above x */
	struct resample_bounds bounds; /* of the difference, by redrawing; method none: not made */
	double bootstrap_p;
};

struct mem job_mem(const struct work *w);
void duel_make(const struct work *w, const struct arms *arms, const struct arm_group *group, size_t a, size_t b,
               const struct settings *s, struct duel *out);
struct test_result duel_test(const struct work *w, const struct duel *d, enum test_name test, const struct settings *s);
/* Which tests `auto` stands for; at most 2. */
size_t duel_auto(const struct duel *d, enum test_name out[2]);
/* Friedman over the pair keys that every arm has (the rest: *dropped rows), Kruskal-Wallis over all rows. */
struct test_result group_test(const struct work *w, const struct arms *arms, const struct arm_group *group,
                              enum test_name test, size_t *dropped);

#endif
