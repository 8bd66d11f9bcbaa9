/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/stat/permute.h"

#include <math.h>
#include <stdlib.h>

#include "engine/stat/moments.h"
#include "engine/stat/power.h"
#include "engine/stat/rng.h"

/* ---- all of them -------------------------------------------------------------------------------------------------- */

/* One half of the values, put together in every way. */
struct half {
	double sum;
	unsigned taken;
};

static int by_taken(const void *a, const void *b)
{
	const struct half *p = a, *q = b;

	if (p->taken != q->taken)
		return p->taken < q->taken ? -1 : 1;
	return (p->sum > q->sum) - (p->sum < q->sum);
}

/* signs: a value comes in as +v or -v, and nothing is taken; else it is taken, or left out. */
static struct half *half_make(const struct mem *m, const double *v, size_t n, bool signs, size_t *count)
{
	struct half *all = mem_array(m, struct half, (size_t)1 << n);

	*count = (size_t)1 << n;
	for (size_t pattern = 0; pattern < *count; pattern++) {
		for (size_t i = 0; i < n; i++) {
			bool in = pattern >> i & 1;

			all[pattern].sum += in ? v[i] : signs ? -v[i] : 0;
			all[pattern].taken += in && !signs;
		}
	}
	qsort(all, *count, sizeof *all, by_taken);
	return all;
}

/* How many in all[from … to-1] are below x, or not above it. */
static size_t below(const struct half *all, size_t from, size_t to, double x, bool or_equal)
{
	size_t low = from, high = to;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (all[middle].sum < x || (or_equal && all[middle].sum == x))
			low = middle + 1;
		else
			high = middle;
	}
	return low - from;
}

struct extremes {
	size_t above, under, all; /* sum >= t, sum <= -t */
};

/* t >= 0 counts both tails at t and -t; sums of `take` of the n values, or of all with signs. */
static struct extremes count_all(const struct mem *m, const double *v, size_t n, bool signs, size_t take, double high,
                                 double low)
{
	size_t left = n / 2, na, nb;
	struct half *a = half_make(m, v, left, signs, &na), *b = half_make(m, v + left, n - left, signs, &nb);
	struct extremes e = { 0, 0, 0 };
	size_t at[PERMUTE_EXACT_MAX + 2] = { 0 };

	for (size_t k = 1, i = 0; k < PERMUTE_EXACT_MAX + 2; k++) {
		while (i < nb && b[i].taken < k)
			i++;
		at[k] = i;
	}
	for (size_t i = 0; i < na; i++) {
		size_t k = signs ? 0 : take - a[i].taken;

		if (!signs && (a[i].taken > take || k > n - left))
			continue;
		e.all += at[k + 1] - at[k];
		e.above += (at[k + 1] - at[k]) - below(b, at[k], at[k + 1], high - a[i].sum, false);
		e.under += below(b, at[k], at[k + 1], low - a[i].sum, true);
	}
	return e;
}

/* ---- some of them ------------------------------------------------------------------------------------------------- */

static double signed_sum(struct dice *dice, const double *v, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n;) {
		uint64_t word = dice_next(dice);

		for (unsigned bit = 0; bit < 64 && i < n; bit++, i++)
			sum += word >> bit & 1 ? v[i] : -v[i];
	}
	return sum;
}

/* The first `take` places of a Fisher-Yates shuffle of a copy. */
static double dealt_sum(struct dice *dice, double *v, size_t n, size_t take)
{
	double sum = 0;

	for (size_t i = 0; i < take; i++) {
		size_t j = i + dice_below(dice, n - i);
		double x = v[j];

		v[j] = v[i];
		v[i] = x;
		sum += x;
	}
	return sum;
}

static struct extremes count_some(const struct mem *m, const double *v, size_t n, bool signs, size_t take, double high,
                                  double low, size_t resamples, uint64_t seed)
{
	struct extremes e = { 0, 0, resamples };
	double *copy = mem_array(m, double, n);

	for (size_t r = 0; r < resamples; r++) {
		struct dice dice;

		dice_seed(&dice, rng_mix(seed) + r);
		for (size_t i = 0; i < n && !signs; i++)
			copy[i] = v[i]; /* every resample deals from the same order: it must not depend on those before */
		double sum = signs ? signed_sum(&dice, v, n) : dealt_sum(&dice, copy, n, take);

		e.above += sum >= high;
		e.under += sum <= low;
	}
	return e;
}

/* ---- both --------------------------------------------------------------------------------------------------------- */

struct question {
	const double *v;
	size_t n, take;
	bool signs;
	double observed;
	enum alternative alternative;
	size_t resamples;
	uint64_t seed;
};

static void answer(const struct mem *m, const struct question *q, struct test_result *out)
{
	double size = 0, give;
	bool exact = q->n <= PERMUTE_EXACT_MAX;

	for (size_t i = 0; i < q->n; i++)
		size += fabs(q->v[i]);
	give = 1e-12 * size;
	double far = q->alternative == TWO_SIDED ? fabs(q->observed) : q->observed;
	double high = far - give, low = (q->alternative == TWO_SIDED ? -far : far) + give;
	struct extremes e = exact ? count_all(m, q->v, q->n, q->signs, q->take, high, low)
	                          : count_some(m, q->v, q->n, q->signs, q->take, high, low, q->resamples, q->seed);
	size_t count = q->alternative == GREATER ? e.above : q->alternative == LESS ? e.under : e.above + e.under;

	if (count > e.all) /* both tails, with nothing between them */
		count = e.all;
	out->how = exact ? TEST_EXACT : TEST_MONTE_CARLO;
	out->p = exact ? (double)count / (double)e.all : (double)(count + 1) / (double)(e.all + 1);
	out->drawn = exact ? 0 : q->resamples;
}

struct test_result permute_signs(const struct mem *m, const double *d, size_t n, enum alternative alternative,
                                 size_t resamples, uint64_t seed)
{
	double *kept = mem_array(m, double, n), sum = 0;
	struct test_result out = test_absent(TEST_OK);

	for (size_t i = 0; i < n; i++) {
		if (d[i] != 0) {
			kept[out.n++] = d[i];
			sum += d[i];
		}
	}
	out.zeros = n - out.n;
	if (!out.n)
		return test_absent(n ? TEST_ALL_ZERO : TEST_TOO_FEW);
	const struct question q = { kept, out.n, 0, true, sum, alternative, resamples, seed };

	answer(m, &q, &out);
	out.statistic = sum / (double)n;
	out.smallest = power_smallest_signs(out.n, alternative == TWO_SIDED);
	return out;
}

struct test_result permute_arms(const struct mem *m, const double *x, size_t nx, const double *y, size_t ny,
                                enum alternative alternative, size_t resamples, uint64_t seed)
{
	size_t n = nx + ny;
	double *all = mem_array(m, double, n), sum = 0;
	struct test_result out = test_absent(TEST_OK);
	bool varies = false;

	if (!nx || !ny)
		return test_absent(TEST_TOO_FEW);
	for (size_t i = 0; i < n; i++) {
		all[i] = i < nx ? x[i] : y[i - nx];
		varies |= all[i] != all[0];
	}
	if (!varies)
		return test_absent(TEST_NO_SPREAD);
	/* About the mean of all, the arm's sum says how far its mean is from the other's, with a sign. */
	double mean = summary_of(all, n).mean;

	for (size_t i = 0; i < n; i++)
		all[i] -= mean;
	for (size_t i = 0; i < nx; i++)
		sum += all[i];
	const struct question q = { all, n, nx, false, sum, alternative, resamples, seed };

	answer(m, &q, &out);
	out.n = n;
	out.statistic = summary_of(x, nx).mean - summary_of(y, ny).mean;
	out.smallest = power_smallest_arms(nx, ny, alternative == TWO_SIDED);
	return out;
}
