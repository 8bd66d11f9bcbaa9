/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "engine/stat/dist.h"
#include "engine/stat/exact.h"
#include "engine/stat/power.h"
#include "engine/stat/ranks.h"
#include "engine/stat/tests.h"

#define EXACT_BELOW 50 /* R's bound */

static bool goes_exact(enum exactness want, size_t larger, size_t all, bool plain)
{
	if (want == EXACT_NEVER)
		return false;
	return want == EXACT_ALWAYS ? all <= EXACT_RANKS_MAX : larger < EXACT_BELOW && plain;
}

/* Ranks are whole, or halves when there are ties: twice the rank is whole always. */
static unsigned *whole_ranks(const struct mem *m, const double *rank, size_t n, double factor)
{
	unsigned *whole = mem_array(m, unsigned, n);

	for (size_t i = 0; i < n; i++)
		whole[i] = (unsigned)lround(rank[i] * factor);
	return whole;
}

static double p_of_tails(struct exact_tails t, enum alternative a)
{
	double p = a == GREATER ? t.upper : a == LESS ? t.lower : 2 * (t.lower < t.upper ? t.lower : t.upper);

	return p < 1 ? p : 1;
}

/* The normal approximation, moved by half a step towards the middle where asked. */
static double p_of_distance(double distance, double sd, const struct test_options *o)
{
	double step = !o->correct ? 0
	              : o->alternative == GREATER ? 0.5
	              : o->alternative == LESS    ? -0.5
	                                          : (distance > 0) * 0.5 - (distance < 0) * 0.5;
	double z = (distance - step) / sd;

	if (o->alternative == GREATER)
		return dist_normal_upper(z);
	if (o->alternative == LESS)
		return dist_normal(z);
	double p = 2 * dist_normal_upper(fabs(z));

	return z == 0 || p > 1 ? 1 : p;
}

struct test_result test_wilcoxon(const struct mem *m, const double *d, size_t n, const struct test_options *o)
{
	double *size = mem_array(m, double, n), *kept = mem_array(m, double, n), *rank = mem_array(m, double, n), v = 0;
	struct test_result r = test_absent(TEST_OK);

	for (size_t i = 0; i < n; i++) {
		if (d[i] != 0) {
			kept[r.n] = d[i];
			size[r.n++] = fabs(d[i]);
		}
	}
	r.zeros = n - r.n;
	if (!r.n) {
		r = test_absent(n ? TEST_ALL_ZERO : TEST_TOO_FEW);
		r.zeros = n;
		return r;
	}
	struct ties ties = ranks_of(m, size, r.n, rank);
	double k = (double)r.n;

	r.ties = ties.any;
	for (size_t i = 0; i < r.n; i++)
		v += kept[i] > 0 ? rank[i] : 0;
	r.statistic = v;
	if (goes_exact(o->exact, r.n, r.n, !ties.any && !r.zeros)) {
		double factor = ties.any ? 2 : 1;

		r.how = TEST_EXACT;
		r.p = p_of_tails(exact_signed(m, whole_ranks(m, rank, r.n, factor), r.n, (unsigned)lround(v * factor)),
		                 o->alternative);
		r.smallest = power_smallest_signs(r.n, o->alternative == TWO_SIDED);
		return r;
	}
	r.corrected = o->correct;
	r.p = p_of_distance(v - k * (k + 1) / 4, sqrt(k * (k + 1) * (2 * k + 1) / 24 - ties.cubes / 48), o);
	return r;
}

struct test_result test_mann_whitney(const struct mem *m, const double *x, size_t nx, const double *y, size_t ny,
                                     const struct test_options *o)
{
	size_t n = nx + ny;
	double *all = mem_array(m, double, n), *rank = mem_array(m, double, n), sum = 0;
	struct test_result r = test_absent(nx && ny ? TEST_OK : TEST_TOO_FEW);

	r.n = n;
	if (r.state != TEST_OK)
		return r;
	for (size_t i = 0; i < n; i++)
		all[i] = i < nx ? x[i] : y[i - nx];
	struct ties ties = ranks_of(m, all, n, rank);
	double a = (double)nx, b = (double)ny, variance = a * b / 12 * (a + b + 1 - ties.cubes / ((a + b) * (a + b - 1)));

	if (!(variance > 0) || ties.cubes == (a + b) * (a + b) * (a + b) - (a + b)) {
		r = test_absent(TEST_NO_SPREAD);
		r.n = n;
		return r;
	}
	for (size_t i = 0; i < nx; i++)
		sum += rank[i];
	r.ties = ties.any;
	r.statistic = sum - a * (a + 1) / 2;
	if (goes_exact(o->exact, nx > ny ? nx : ny, n, !ties.any)) {
		double factor = ties.any ? 2 : 1;
		unsigned *whole = whole_ranks(m, rank, n, factor);

		r.how = TEST_EXACT;
		r.p = p_of_tails(exact_subset(m, whole, n, nx, (unsigned)lround(sum * factor)), o->alternative);
		r.smallest = power_smallest_ranks(nx, ny, o->alternative == TWO_SIDED);
		return r;
	}
	r.corrected = o->correct;
	r.p = p_of_distance(r.statistic - a * b / 2, sqrt(variance), o);
	return r;
}

struct test_result test_friedman(const struct mem *m, const double *x, size_t blocks, size_t arms)
{
	double *rank = mem_array(m, double, arms), *sum = mem_array(m, double, arms), cubes = 0, off = 0;
	double n = (double)blocks, k = (double)arms;
	struct test_result r = test_absent(blocks && arms > 1 ? TEST_OK : TEST_TOO_FEW);

	r.n = blocks;
	if (r.state != TEST_OK)
		return r;
	for (size_t b = 0; b < blocks; b++) {
		struct ties ties = ranks_of(m, x + b * arms, arms, rank);

		cubes += ties.cubes;
		r.ties |= ties.any;
		for (size_t i = 0; i < arms; i++)
			sum[i] += rank[i];
	}
	for (size_t i = 0; i < arms; i++)
		off += (sum[i] - n * (k + 1) / 2) * (sum[i] - n * (k + 1) / 2);
	double scale = n * k * (k + 1) - cubes / (k - 1);

	if (!(scale > 1e-9)) { /* every block is all ties */
		r = test_absent(TEST_NO_SPREAD);
		r.n = blocks;
		return r;
	}
	r.statistic = 12 * off / scale;
	r.df = k - 1;
	r.p = dist_chi2_upper(r.statistic, r.df);
	return r;
}

struct test_result test_kruskal(const struct mem *m, const double *x, const size_t *arm, size_t n, size_t arms)
{
	double *rank = mem_array(m, double, n), *sum = mem_array(m, double, arms), *count = mem_array(m, double, arms);
	double all = (double)n, h = 0;
	struct test_result r = test_absent(arms > 1 ? TEST_OK : TEST_TOO_FEW);
	struct ties ties = ranks_of(m, x, n, rank);

	for (size_t i = 0; i < n; i++) {
		sum[arm[i]] += rank[i];
		count[arm[i]]++;
	}
	for (size_t a = 0; a < arms; a++) {
		if (count[a] == 0)
			r.state = TEST_TOO_FEW;
		h += sum[a] * sum[a] / count[a];
	}
	if (r.state == TEST_OK && ties.cubes == all * all * all - all)
		r.state = TEST_NO_SPREAD;
	r.n = n;
	if (r.state != TEST_OK)
		return r;
	r.ties = ties.any;
	r.statistic = (12 * h / (all * (all + 1)) - 3 * (all + 1)) / (1 - ties.cubes / (all * all * all - all));
	r.df = (double)(arms - 1);
	r.p = dist_chi2_upper(r.statistic, r.df);
	return r;
}
