/* SPDX-License-Identifier: GPL-3.0-or-later
 * The second half of duel.h: which tests there are, and two arms or all of them put to one. */
#include <math.h>

#include "engine/stat/permute.h"
#include "plugins/compare/duel.h"

const struct test_kind test_kinds[TEST_NAMES] = {
	[USE_AUTO] = { .name = "auto" },
	[USE_T] = { .name = "t", .takes_clusters = true, .by_t = true },
	[USE_WELCH] = { .name = "welch", .takes_clusters = true, .by_t = true },
	[USE_WILCOXON] = { .name = "wilcoxon", .wants_pairs = true },
	[USE_MANN_WHITNEY] = { .name = "mann_whitney" },
	[USE_SIGN] = { .name = "sign", .wants_pairs = true },
	[USE_PERMUTATION] = { .name = "permutation", .takes_clusters = true },
	[USE_MCNEMAR] = { .name = "mcnemar", .wants_pairs = true },
	[USE_MCNEMAR_MID_P] = { .name = "mcnemar_mid_p", .wants_pairs = true },
	[USE_MCNEMAR_CHI2] = { .name = "mcnemar_chi2", .wants_pairs = true },
	[USE_BOOTSTRAP] = { .name = "bootstrap", .takes_clusters = true },
	[USE_FRIEDMAN] = { .name = "friedman", .wants_pairs = true, .many = true },
	[USE_KRUSKAL] = { .name = "kruskal", .many = true },
};

size_t duel_auto(const struct duel *d, enum test_name out[2])
{
	if (!d->paired) {
		out[0] = USE_WELCH;
		return 1;
	}
	if (d->binary && !d->arms->clustered) {
		out[0] = USE_MCNEMAR;
		return 1;
	}
	out[0] = USE_PERMUTATION;
	out[1] = USE_T;
	return 2;
}

/* Signs of whole clusters: the sums of their differences are flipped. */
static struct test_result permute(const struct work *w, const struct duel *d, const struct settings *s)
{
	const struct mem m = job_mem(w);
	struct test_result r;

	if (!d->paired)
		return permute_arms(&m, d->x, d->nx, d->y, d->ny, s->options.alternative, s->resamples, s->seed);
	if (!d->arms->clustered)
		return permute_signs(&m, d->d, d->n, s->options.alternative, s->resamples, s->seed);
	double *sum = mem_array(&m, double, d->arms->clusters);

	for (size_t i = 0; i < d->n; i++)
		sum[d->cx[i]] += d->d[i];
	size_t n = 0;

	for (size_t c = 0; c < d->arms->clusters; c++)
		if (sum[c] != 0)
			sum[n++] = sum[c];
	r = permute_signs(&m, sum, n, s->options.alternative, s->resamples, s->seed);
	if (!n)
		r.state = TEST_ALL_ZERO;
	return r;
}

static struct test_result bootstrap(const struct duel *d, const struct settings *s)
{
	if (d->bounds.method == RESAMPLE_NONE)
		return test_absent(TEST_TOO_FEW);
	if (d->bounds.notes & RESAMPLE_CONSTANT)
		return test_absent(TEST_NO_SPREAD);
	struct test_result r = test_absent(TEST_OK);

	r.how = TEST_MONTE_CARLO;
	r.statistic = d->difference;
	r.p = d->bootstrap_p;
	r.n = d->n;
	r.drawn = s->resamples;
	return r;
}

struct test_result duel_test(const struct work *w, const struct duel *d, enum test_name test, const struct settings *s)
{
	const struct mem m = job_mem(w);
	const struct test_options *o = &s->options;

	switch (test) {
	case USE_T:
	case USE_WELCH:
		if (d->arms->clustered) {
			struct test_result r = test_t_given(d->difference, d->error.se, d->error.df, o);

			if (r.state != TEST_OK && d->error.clusters < 2)
				r.state = TEST_TOO_FEW;
			return r;
		}
		if (test == USE_WELCH)
			return test_t_welch(d->x, d->nx, d->y, d->ny, o);
		return d->paired ? test_t_one(d->d, d->n, o) : test_t_pooled(d->x, d->nx, d->y, d->ny, o);
	case USE_WILCOXON: return test_wilcoxon(&m, d->d, d->n, o);
	case USE_MANN_WHITNEY: return test_mann_whitney(&m, d->x, d->nx, d->y, d->ny, o);
	case USE_SIGN: return test_sign(d->d, d->n, o);
	case USE_PERMUTATION: {
		struct test_result r = permute(w, d, s);

		r.statistic = d->difference; /* to the last digit the one in the row */
		return r;
	}
	case USE_MCNEMAR: return test_mcnemar(d->wins, d->losses, MCNEMAR_EXACT, o);
	case USE_MCNEMAR_MID_P: return test_mcnemar(d->wins, d->losses, MCNEMAR_MID_P, o);
	case USE_MCNEMAR_CHI2: return test_mcnemar(d->wins, d->losses, MCNEMAR_CHI2, o);
	default: return bootstrap(d, s);
	}
}

/* Keys that all arms have: the first arm's are looked up in the others, all of them sorted. */
static double *complete_blocks(const struct mem *m, const struct arms *arms, const struct arm_group *group, size_t *blocks,
                               size_t *dropped)
{
	size_t k = arms->names.n, *at = mem_array(m, size_t, k), all = 0;
	const struct arm *first = &group->arms[0];
	double *x = mem_array(m, double, first->n * k);

	*blocks = 0;
	for (size_t i = 0; i < k; i++)
		all += group->arms[i].n;
	for (size_t row = 0; row < first->n; row++) {
		bool complete = true;

		for (size_t i = 0; i < k; i++) {
			const struct arm *arm = &group->arms[i];

			while (at[i] < arm->n && key_order(arm->values[at[i]].key, first->values[row].key) < 0)
				at[i]++;
			complete &= at[i] < arm->n && str_same(arm->values[at[i]].key, first->values[row].key);
		}
		for (size_t i = 0; complete && i < k; i++)
			x[*blocks * k + i] = group->arms[i].values[at[i]].y;
		*blocks += complete;
	}
	*dropped = all - *blocks * k;
	return x;
}

struct test_result group_test(const struct work *w, const struct arms *arms, const struct arm_group *group,
                              enum test_name test, size_t *dropped)
{
	const struct mem m = job_mem(w);
	size_t n = 0, blocks;

	*dropped = 0;
	if (test == USE_FRIEDMAN) {
		double *x = complete_blocks(&m, arms, group, &blocks, dropped);

		return test_friedman(&m, x, blocks, arms->names.n);
	}
	for (size_t i = 0; i < arms->names.n; i++)
		n += group->arms[i].n;
	double *x = mem_array(&m, double, n);
	size_t *arm = mem_array(&m, size_t, n);

	n = 0;
	for (size_t i = 0; i < arms->names.n; i++)
		for (size_t k = 0; k < group->arms[i].n; k++) {
			x[n] = group->arms[i].values[k].y;
			arm[n++] = i;
		}
	return test_kruskal(&m, x, arm, n, arms->names.n);
}
