/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/stat/resample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/stat/order.h"
#include "engine/stat/rng.h"

/* ---- plans -------------------------------------------------------------------------------------------------------- */

struct place {
	uint32_t stratum, cluster, row;
};

static int by_place(const void *a, const void *b)
{
	const struct place *p = a, *q = b;

	if (p->stratum != q->stratum)
		return p->stratum < q->stratum ? -1 : 1;
	if (p->cluster != q->cluster)
		return p->cluster < q->cluster ? -1 : 1;
	return p->row < q->row ? -1 : p->row > q->row;
}

static size_t plan_widest(const struct resample_plan *p)
{
	size_t all = 0;

	for (size_t s = 0; s < p->strata; s++) {
		size_t widest = 1;

		for (size_t u = p->stratum_at[s]; p->unit_at && u < p->stratum_at[s + 1]; u++)
			if (p->unit_at[u + 1] - p->unit_at[u] > widest)
				widest = p->unit_at[u + 1] - p->unit_at[u];
		all += widest * (p->stratum_at[s + 1] - p->stratum_at[s]);
	}
	return all;
}

struct resample_plan resample_plan_make(const struct mem *m, size_t n, const uint32_t *stratum, const uint32_t *cluster)
{
	struct place *places = mem_array(m, struct place, n);
	uint32_t *row = mem_array(m, uint32_t, n);
	size_t *unit_at = mem_array(m, size_t, n + 1), *stratum_at = mem_array(m, size_t, n + 1), units = 0, strata = 0;

	for (size_t i = 0; i < n; i++)
		places[i] = (struct place){ stratum ? stratum[i] : 0, cluster ? cluster[i] : (uint32_t)i, (uint32_t)i };
	if (stratum || cluster)
		qsort(places, n, sizeof *places, by_place);
	for (size_t i = 0; i < n; i++) {
		bool new_stratum = !i || places[i].stratum != places[i - 1].stratum;

		if (new_stratum)
			stratum_at[strata++] = units;
		if (new_stratum || places[i].cluster != places[i - 1].cluster)
			unit_at[units++] = i;
		row[i] = places[i].row;
	}
	unit_at[units] = n;
	stratum_at[strata] = units;
	struct resample_plan p = { n, units, strata, row, units == n ? NULL : unit_at, stratum_at, 0 };

	p.widest = plan_widest(&p);
	return p;
}

/* ---- draws -------------------------------------------------------------------------------------------------------- */

/* Draws of 0 … k-1 from a stream of 64-bit words. A word is a fraction in [0, 1), its first digits in base k are the draws:
 * as many as k^draws <= 2^32 allows, so that no draw is likelier than another by more than 2^-32 of its chance. */
struct digits {
	struct dice dice;
	uint64_t k;
	unsigned a_word;
};

static struct digits digits_make(uint64_t seed, uint64_t r, size_t k)
{
	struct digits d = { .k = k, .a_word = 0 };

	for (uint64_t power = k; power <= UINT64_C(1) << 32 && d.a_word < 8; power *= k)
		d.a_word++;
	if (!d.a_word)
		d.a_word = 1;
	dice_seed(&d.dice, rng_mix(seed) + r);
	return d;
}

static inline uint32_t digit(uint64_t *word, uint64_t k)
{
	unsigned __int128 product = (unsigned __int128)*word * k;

	*word = (uint64_t)product;
	return (uint32_t)(product >> 64);
}

static void digits_fill(struct digits *d, uint32_t *out, size_t n, uint32_t from)
{
	size_t i = 0;

	while (i < n) {
		uint64_t word = dice_next(&d->dice);

		for (unsigned j = 0; j < d->a_word && i < n; j++)
			out[i++] = from + digit(&word, d->k);
	}
}

struct resample_work resample_work_make(const struct mem *m, const struct resample_plan *p)
{
	return (struct resample_work){ mem_array(m, uint32_t, p->units), mem_array(m, uint32_t, p->widest) };
}

/* Each stratum goes on where the one before it stopped in the stream. */
static void draw_units(const struct resample_plan *p, uint64_t seed, uint64_t r, uint32_t *unit)
{
	struct digits d = { .k = 0 };

	for (size_t s = 0; s < p->strata; s++) {
		size_t from = p->stratum_at[s], n = p->stratum_at[s + 1] - from;
		struct digits next = digits_make(seed, r, n);

		if (s)
			next.dice = d.dice;
		d = next;
		digits_fill(&d, unit + from, n, (uint32_t)from);
	}
}

static size_t rows_of_units(const struct resample_plan *p, const uint32_t *unit, size_t n, uint32_t *row)
{
	size_t rows = 0;

	for (size_t i = 0; i < n; i++) {
		size_t from = p->unit_at ? p->unit_at[unit[i]] : unit[i], to = p->unit_at ? p->unit_at[unit[i] + 1] : from + 1;

		while (from < to)
			row[rows++] = p->row[from++];
	}
	return rows;
}

size_t resample_draw(const struct resample_plan *p, uint64_t seed, uint64_t r, const struct resample_work *w)
{
	draw_units(p, seed, r, w->unit);
	return rows_of_units(p, w->unit, p->units, w->row);
}

void resample_run(const struct resample_plan *p, uint64_t seed, uint64_t first, size_t count,
                  resample_statistic *statistic, void *user, const struct resample_work *w, double *out)
{
	for (size_t i = 0; i < count; i++) {
		size_t n = resample_draw(p, seed, first + i, w);

		out[i] = statistic(user, w->row, n);
	}
}

void resample_jackknife(const struct resample_plan *p, resample_statistic *statistic, void *user,
                        const struct resample_work *w, double *out)
{
	for (size_t without = 0; without < p->units; without++) {
		size_t n = 0;

		for (size_t u = 0; u < p->units; u++)
			if (u != without)
				w->unit[n++] = (uint32_t)u;
		n = rows_of_units(p, w->unit, n, w->row);
		out[without] = statistic(user, w->row, n);
	}
}

/* ---- means and medians -------------------------------------------------------------------------------------------- */

static double mean_of_draw(struct digits *d, const double *x, size_t n)
{
	double part[4] = { 0, 0, 0, 0 };
	size_t i = 0;

	while (i < n) {
		uint64_t word = dice_next(&d->dice);

		if (d->a_word == 4 && i + 4 <= n) { /* 41 to 256 values: the usual table */
			part[0] += x[digit(&word, d->k)];
			part[1] += x[digit(&word, d->k)];
			part[2] += x[digit(&word, d->k)];
			part[3] += x[digit(&word, d->k)];
			i += 4;
			continue;
		}
		for (unsigned j = 0; j < d->a_word && i < n; j++, i++)
			part[i % 4] += x[digit(&word, d->k)];
	}
	return ((part[0] + part[1]) + (part[2] + part[3])) / (double)n;
}

void resample_means(const double *x, size_t n, uint64_t seed, uint64_t first, size_t count, double *out)
{
	for (size_t r = 0; r < count; r++) {
		struct digits d = digits_make(seed, first + r, n);

		out[r] = mean_of_draw(&d, x, n);
	}
}

struct ranked {
	double x;
	uint32_t at;
};

static int by_value(const void *a, const void *b)
{
	const struct ranked *p = a, *q = b;

	return p->x != q->x ? (p->x < q->x ? -1 : 1) : p->at < q->at ? -1 : p->at > q->at;
}

/* The draw is counted by rank; the median is found by walking up the counts. */
static double median_of_draw(struct digits *d, const double *sorted, const uint32_t *rank, size_t n, uint32_t *count)
{
	size_t i = 0, seen = 0, low = (n - 1) / 2, high = n / 2;
	double below = 0;

	memset(count, 0, n * sizeof *count);
	while (i < n) {
		uint64_t word = dice_next(&d->dice);

		for (unsigned j = 0; j < d->a_word && i < n; j++, i++)
			count[rank[digit(&word, d->k)]]++;
	}
	for (i = 0; seen <= low; i++)
		seen += count[i];
	below = sorted[i - 1];
	while (seen <= high)
		seen += count[i++];
	return low == high ? below : (below + sorted[i - 1]) / 2;
}

void resample_medians(const struct mem *m, const double *x, size_t n, uint64_t seed, uint64_t first, size_t count,
                      double *out)
{
	struct ranked *all = mem_array(m, struct ranked, n);
	double *sorted = mem_array(m, double, n);
	uint32_t *rank = mem_array(m, uint32_t, n), *counts = mem_array(m, uint32_t, n);

	for (size_t i = 0; i < n; i++)
		all[i] = (struct ranked){ x[i], (uint32_t)i };
	qsort(all, n, sizeof *all, by_value);
	for (size_t i = 0; i < n; i++) {
		sorted[i] = all[i].x;
		rank[all[i].at] = (uint32_t)i;
	}
	for (size_t r = 0; r < count; r++) {
		struct digits d = digits_make(seed, first + r, n);

		out[r] = median_of_draw(&d, sorted, rank, n, counts);
	}
}

/* Deviations from the mean of x are summed, not the values: the squares then lose no digits to a large mean. */
void resample_t_means(const double *x, size_t n, uint64_t seed, uint64_t first, size_t count, double *out)
{
	long double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += x[i];
	double centre = (double)(sum / (long double)n);

	for (size_t r = 0; r < count; r++) {
		struct digits d = digits_make(seed, first + r, n);
		double total = 0, squares = 0, one = 0;
		bool varies = false;

		for (size_t i = 0; i < n;) {
			uint64_t word = dice_next(&d.dice);

			for (unsigned j = 0; j < d.a_word && i < n; j++, i++) {
				double v = x[digit(&word, d.k)] - centre;

				if (!i)
					one = v;
				varies |= v != one;
				total += v;
				squares += v * v;
			}
		}
		double mean = total / (double)n, variance = (squares - total * mean) / (double)(n - 1);

		out[r] = varies && variance > 0 ? mean / sqrt(variance / (double)n) : (double)NAN;
	}
}

void resample_jackknife_means(const double *x, size_t n, double *out)
{
	long double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += x[i];
	for (size_t i = 0; i < n; i++)
		out[i] = n > 1 ? (double)((sum - x[i]) / (long double)(n - 1)) : (double)NAN;
}

void resample_jackknife_medians(const struct mem *m, const double *x, size_t n, double *out)
{
	struct ranked *all = mem_array(m, struct ranked, n);

	for (size_t i = 0; i < n; i++)
		all[i] = (struct ranked){ x[i], (uint32_t)i };
	qsort(all, n, sizeof *all, by_value);
	for (size_t i = 0; i < n; i++) {
		/* Of the n - 1 that are left, those at and above i moved down by one. */
		size_t low = (n - 2) / 2, high = (n - 1) / 2;

		out[all[i].at] = n < 2 ? (double)NAN : (all[low + (low >= i)].x + all[high + (high >= i)].x) / 2;
	}
}
