/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugins/compare/duel.h"

#include <math.h>
#include <string.h>

#include "engine/stat/dist.h"
#include "engine/stat/moments.h"
#include "engine/stat/power.h"

static void *job_alloc(void *owner, size_t bytes)
{
	const struct work *w = owner;

	return w->host->alloc(w->job, bytes);
}

struct mem job_mem(const struct work *w)
{
	return (struct mem){ job_alloc, (void *)(uintptr_t)w };
}

/* ---- values ------------------------------------------------------------------------------------------------------- */

/* Both arms are sorted by key: a merge. */
static void take_pairs(struct duel *d, const struct arm *a, const struct arm *b)
{
	for (size_t i = 0, k = 0; i < a->n || k < b->n;) {
		int order = i == a->n ? 1 : k == b->n ? -1 : key_order(a->values[i].key, b->values[k].key);

		if (order < 0) {
			d->unpaired_a++;
			i++;
		} else if (order > 0) {
			d->unpaired_b++;
			k++;
		} else {
			d->torn += a->values[i].cluster != b->values[k].cluster;
			d->x[d->n] = a->values[i].y;
			d->y[d->n] = b->values[k++].y;
			d->cx[d->n] = a->values[i++].cluster;
			d->d[d->n] = d->x[d->n] - d->y[d->n];
			d->n++;
		}
	}
	d->nx = d->ny = d->n;
}

static void take_all(struct duel *d, const struct arm *a, const struct arm *b)
{
	for (; d->nx < a->n; d->nx++) {
		d->x[d->nx] = a->values[d->nx].y;
		d->cx[d->nx] = a->values[d->nx].cluster;
	}
	for (; d->ny < b->n; d->ny++) {
		d->y[d->ny] = b->values[d->ny].y;
		d->cy[d->ny] = b->values[d->ny].cluster;
	}
	d->n = d->nx + d->ny;
}

static bool is_binary(const double *x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (x[i] != 0 && x[i] != 1)
			return false;
	return true;
}

static void look(struct duel *d)
{
	d->mean_a = summary_of(d->x, d->nx).mean;
	d->mean_b = summary_of(d->y, d->ny).mean;
	d->difference = d->paired ? summary_of(d->d, d->n).mean : d->mean_a - d->mean_b;
	d->binary = d->n && is_binary(d->x, d->nx) && is_binary(d->y, d->ny);
	d->all_equal = d->nx && d->ny;
	for (size_t i = 0; i < d->nx; i++)
		d->all_equal &= d->x[i] == d->x[0];
	for (size_t i = 0; i < d->ny; i++)
		d->all_equal &= d->y[i] == d->x[0];
	for (size_t i = 0; d->paired && i < d->n; i++) {
		d->wins += d->d[i] > 0;
		d->losses += d->d[i] < 0;
	}
}

/* Two arms with a cluster in common: the error has one degree of freedom more (cluster.h). */
static bool shares_clusters(const struct duel *d)
{
	return d->error.df == (double)d->error.clusters - 1;
}

/* ---- redrawing ---------------------------------------------------------------------------------------------------- */

struct redraw {
	const double *value;
	size_t first; /* rows below are the first arm's, the others the second's */
	size_t n;
};

/* Mean of the first arm less that of the second; of pairs, which have no second arm, the mean difference. */
static double redrawn_difference(void *user, const uint32_t *rows, size_t n)
{
	const struct redraw *r = user;
	double sum[2] = { 0, 0 };
	size_t count[2] = { 0, 0 };

	for (size_t i = 0; i < n; i++) {
		size_t arm = rows[i] >= r->first;

		sum[arm] += r->value[rows[i]];
		count[arm]++;
	}
	double first = sum[0] / (double)count[0];

	return r->first == r->n ? first : first - sum[1] / (double)count[1];
}

/* Without each unit in turn, by taking its sums off the whole: n steps, not n². */
static void leave_out(const struct resample_plan *p, const struct redraw *r, double *out)
{
	long double sum[2] = { 0, 0 };
	size_t count[2] = { r->first, r->n - r->first };

	for (size_t i = 0; i < r->n; i++)
		sum[i >= r->first] += r->value[i];
	for (size_t u = 0; u < p->units; u++) {
		long double rest[2] = { sum[0], sum[1] };
		size_t left[2] = { count[0], count[1] };

		for (size_t i = p->unit_at ? p->unit_at[u] : u; i < (p->unit_at ? p->unit_at[u + 1] : u + 1); i++) {
			size_t arm = p->row[i] >= r->first;

			rest[arm] -= r->value[p->row[i]];
			left[arm]--;
		}
		double first = (double)(rest[0] / (long double)left[0]);

		out[u] = !left[0] || (count[1] && !left[1]) ? (double)NAN
		         : count[1]                        ? first - (double)(rest[1] / (long double)left[1])
		                                           : first;
	}
}

/* p of a difference of 0: the resampled differences are moved there; those at least as far out are counted. */
static double centred_p(const double *draws, size_t n, double difference, enum alternative alternative)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++) {
		double off = draws[i] - difference;

		count += alternative == TWO_SIDED ? fabs(off) >= fabs(difference)
		         : alternative == GREATER ? off >= difference
		                                  : off <= difference;
	}
	return (double)(count + 1) / (double)(n + 1);
}

static void redraw(const struct work *w, struct duel *d, const struct settings *s)
{
	const struct mem m = job_mem(w);
	const bool clustered = d->arms->clustered;
	size_t n = d->paired ? d->n : d->nx + d->ny;
	double *value = mem_array(&m, double, n), *draws = mem_array(&m, double, s->resamples), *left_out;
	uint32_t *stratum = mem_array(&m, uint32_t, n), *cluster = mem_array(&m, uint32_t, n);

	for (size_t i = 0; i < n; i++) {
		bool second = !d->paired && i >= d->nx;

		value[i] = d->paired ? d->d[i] : second ? d->y[i - d->nx] : d->x[i];
		cluster[i] = second ? d->cy[i - d->nx] : d->cx[i];
		stratum[i] = second && !(clustered && shares_clusters(d));
	}
	struct resample_plan plan = resample_plan_make(&m, n, d->paired ? NULL : stratum, clustered ? cluster : NULL);
	struct redraw r = { value, d->paired ? n : d->nx, n };

	if (d->paired && !clustered) {
		resample_means(value, n, s->seed, 0, s->resamples, draws);
	} else {
		struct resample_work work = resample_work_make(&m, &plan);

		resample_run(&plan, s->seed, 0, s->resamples, redrawn_difference, &r, &work, draws);
	}
	left_out = mem_array(&m, double, plan.units);
	leave_out(&plan, &r, left_out);
	size_t kept = resample_sort(draws, s->resamples);

	d->bounds = resample_bca(d->difference, draws, kept, resample_acceleration(&plan, left_out), s->options.level);
	d->bootstrap_p = centred_p(draws, kept, d->difference, s->options.alternative);
}

/* ---- effects and power -------------------------------------------------------------------------------------------- */

static void measure(const struct work *w, struct duel *d, const struct settings *s)
{
	const struct mem m = job_mem(w);

	d->d_size = effect_d(d->x, d->nx, d->y, d->ny);
	d->cliff = effect_cliff(&m, d->x, d->nx, d->y, d->ny);
	d->dz = d->paired ? effect_dz(d->d, d->n) : (double)NAN;
	d->rank_biserial = d->paired ? effect_rank_biserial(&m, d->d, d->n) : (double)NAN;
	d->g = d->paired ? effect_gz(d->d, d->n, s->options.level) : effect_g(d->x, d->nx, d->y, d->ny, s->options.level);
}

/* The smallest difference that the t test of so many rows finds with the power asked for; arms of two sizes by their
 * harmonic mean, clusters by (t quantile + t quantile) × clustered standard error. */
static double detectable(const struct duel *d, const struct settings *s)
{
	bool two = s->options.alternative == TWO_SIDED;
	double nx = (double)d->nx, ny = (double)d->ny;

	if (d->arms->clustered)
		return d->error.se * (dist_t_inv(1 - (two ? s->alpha / 2 : s->alpha), d->error.df) + dist_t_inv(s->power, d->error.df));
	if (d->paired)
		return power_t_effect(POWER_ONE_SAMPLE, (double)d->n, s->alpha, s->power, two) * summary_of(d->d, d->n).sd;
	if (d->nx < 2 || d->ny < 2)
		return NAN;
	double variance = ((nx - 1) * summary_of(d->x, d->nx).variance + (ny - 1) * summary_of(d->y, d->ny).variance) / (nx + ny - 2);

	return power_t_effect(POWER_TWO_SAMPLE, 2 * nx * ny / (nx + ny), s->alpha, s->power, two) * sqrt(variance);
}

static size_t clusters_in(const struct work *w, const uint32_t *cluster, size_t n, size_t all)
{
	unsigned char *seen = work_array(w, unsigned char, all);
	size_t count = 0;

	for (size_t i = 0; i < n; i++) {
		count += !seen[cluster[i]];
		seen[cluster[i]] = 1;
	}
	return count;
}

/* What an exact test could deal out: signs of pairs, values among arms, or clusters instead of either. */
static void count_units(const struct work *w, struct duel *d, const struct settings *s)
{
	bool two = s->options.alternative == TWO_SIDED, clustered = d->arms->clustered;
	size_t nx = clustered ? clusters_in(w, d->cx, d->nx, d->arms->clusters) : d->nx;
	size_t ny = clustered && !d->paired ? clusters_in(w, d->cy, d->ny, d->arms->clusters) : d->ny;

	d->units = clustered ? d->error.clusters : d->n;
	if (d->paired || (clustered && shares_clusters(d)))
		d->smallest = power_smallest_signs(d->paired ? nx : d->units, two);
	else
		d->smallest = power_smallest_arms(nx, ny, two);
}

void duel_make(const struct work *w, const struct arms *arms, const struct arm_group *group, size_t a, size_t b,
               const struct settings *s, struct duel *d)
{
	const struct mem m = job_mem(w);
	const struct arm *first = &group->arms[a], *second = &group->arms[b];
	size_t room = first->n > second->n ? first->n : second->n;

	*d = (struct duel){ .arms = arms, .group = group, .a = a, .b = b, .paired = arms->pair_count > 0 };
	d->missing = first->missing + second->missing;
	d->x = mem_array(&m, double, room);
	d->y = mem_array(&m, double, room);
	d->d = mem_array(&m, double, room);
	d->cx = mem_array(&m, uint32_t, room);
	d->cy = mem_array(&m, uint32_t, room);
	if (d->paired)
		take_pairs(d, first, second);
	else
		take_all(d, first, second);
	look(d);
	d->g = (struct effect){ NAN, NAN, NAN };
	d->d_size = d->dz = d->cliff = d->rank_biserial = d->mde = d->bootstrap_p = NAN;
	if (arms->clustered)
		d->error = d->paired ? cluster_error_of(&m, d->d, d->cx, d->n, arms->clusters)
		                     : cluster_error_of_arms(&m, d->x, d->cx, d->nx, d->y, d->cy, d->ny, arms->clusters);
	count_units(w, d, s);
	if (!d->nx || !d->ny || d->all_equal)
		return;
	measure(w, d, s);
	/* A spread that is only rounding (the effect sizes know) detects nothing. */
	d->mde = isfinite(d->paired ? d->dz : d->d_size) ? detectable(d, s) : (double)NAN;
	if (s->resamples && d->n > 1)
		redraw(w, d, s);
}
