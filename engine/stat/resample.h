/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The bootstrap: what is redrawn (a plan), the statistic over each redrawn table (a driver), and the interval from it.
 *
 * A table has rows 0 … n-1. A plan cuts it into units, each one row or a whole cluster of rows, and puts the units into
 * strata; a resample draws, in each stratum, as many units as the stratum has, with replacement. Arms that are paired over
 * a cluster (a seed, a question) are one table with that cluster: both get the same draws, because there is only one draw.
 *
 * Resample r has a generator of its own, seeded rng_mix(seed) + r. So the draws do not depend on which ones are made
 * together, in which order, or by how many threads; but they do depend on the order of rows: the caller sorts them.
 *
 * Sums and quantiles are plain arithmetic and the same on every machine. The ends of BCa intervals go through Φ and its
 * inverse (dist.h, libm): the order statistics they fall between are the same everywhere, the last digit may not be.
 */
#ifndef RUNG_STAT_RESAMPLE_H
#define RUNG_STAT_RESAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/stat/mem.h"

/* ---- what is redrawn ---------------------------------------------------------------------------------------------- */

struct resample_plan {
	size_t rows, units, strata;
	const uint32_t *row;      /* all rows, by stratum, cluster and number */
	const size_t *unit_at;    /* unit u has row[unit_at[u]] … row[unit_at[u + 1] - 1]; NULL: unit u is row[u] */
	const size_t *stratum_at; /* stratum s has the units stratum_at[s] … stratum_at[s + 1] - 1 */
	size_t widest;            /* no resample has more rows than this */
};

/* stratum[i], cluster[i]: any numbers that tell them apart. No stratum (NULL): all rows are in one. No cluster (NULL): a
 * unit is a row. The parts of a cluster that lie in two strata are two units. n below 2^32. */
struct resample_plan resample_plan_make(const struct mem *m, size_t n, const uint32_t *stratum, const uint32_t *cluster);

/* ---- redrawing ---------------------------------------------------------------------------------------------------- */

/* The statistic of a table that has these rows (some several times). NaN or infinite: these rows do not determine it. */
typedef double resample_statistic(void *user, const uint32_t *rows, size_t n);

struct resample_work {
	uint32_t *unit, *row;
};

struct resample_work resample_work_make(const struct mem *m, const struct resample_plan *p);
/* The rows of resample r, into w->row; returns how many. */
size_t resample_draw(const struct resample_plan *p, uint64_t seed, uint64_t r, const struct resample_work *w);
/* Statistics of resamples first … first + count - 1. */
void resample_run(const struct resample_plan *p, uint64_t seed, uint64_t first, size_t count,
                  resample_statistic *statistic, void *user, const struct resample_work *w, double *out);
/* Statistics without unit 0, without unit 1, …: p->units numbers. */
void resample_jackknife(const struct resample_plan *p, resample_statistic *statistic, void *user,
                        const struct resample_work *w, double *out);

/* The two statistics that are asked for most, over the same draws as a plan of single rows in one stratum; x has n values.
 * Resample sums are added up in four interleaved parts. */
void resample_means(const double *x, size_t n, uint64_t seed, uint64_t first, size_t count, double *out);
void resample_medians(const struct mem *m, const double *x, size_t n, uint64_t seed, uint64_t first, size_t count,
                      double *out);
/* (mean of the resample - mean of x) / standard error of the resample; NaN when all its values are the same. */
void resample_t_means(const double *x, size_t n, uint64_t seed, uint64_t first, size_t count, double *out);
void resample_jackknife_means(const double *x, size_t n, double *out);
void resample_jackknife_medians(const struct mem *m, const double *x, size_t n, double *out);

/* ---- intervals ---------------------------------------------------------------------------------------------------- */

enum resample_method { RESAMPLE_NONE, RESAMPLE_PERCENTILE, RESAMPLE_BCA, RESAMPLE_T };

enum resample_note {
	RESAMPLE_NO_DRAWS = 1u << 0,        /* fewer than two resamples have the statistic: no interval */
	RESAMPLE_CONSTANT = 1u << 1,        /* every resample gave the same number: the interval has no width and no meaning */
	RESAMPLE_OUTSIDE = 1u << 2,         /* the estimate lies beyond every resample: z0 is infinite, percentile instead */
	RESAMPLE_NO_ACCELERATION = 1u << 3, /* the jackknife does not vary or is not defined: percentile instead */
	RESAMPLE_FOLDED = 1u << 4,          /* 1 - a(z0 + z) <= 0: BCa turns back on itself, percentile instead */
	RESAMPLE_AT_EXTREME = 1u << 5,      /* an end is the most extreme resample: more of them would move it */
};

struct resample_bounds {
	enum resample_method method; /* the one that was used in the end */
	unsigned notes;
	double low, high; /* NaN when method is RESAMPLE_NONE, and only then */
	double z0, a;     /* NaN when they were not used */
};

/* Sorts the numbers to the front and returns how many there are; NaN and infinities are left behind. */
size_t resample_sort(double *draws, size_t n);
/* draws: sorted. level in (0, 1). Ends by quantiles of type 7. */
struct resample_bounds resample_percentile(const double *draws, size_t n, double level);
/* Bias-corrected and accelerated: Efron, JASA 82 (1987). z0 = Φ⁻¹(share of draws below the estimate, half of the equal
 * ones added), ends at the quantiles Φ(z0 + (z0 + z)/(1 - a(z0 + z))). acceleration NaN: not defined. */
struct resample_bounds resample_bca(double estimate, const double *draws, size_t n, double acceleration, double level);
/* estimate - se · (quantiles of t): Efron, The Jackknife, the Bootstrap (1982), chapter 10. t: sorted. */
struct resample_bounds resample_student(double estimate, double se, const double *t, size_t n, double level);
/* Σ_s Σ l³/n_s³ / (6 (Σ_s Σ l²/n_s²)^{3/2}), l = (n_s - 1)(mean of stratum s - value), over the p->units numbers of the
 * jackknife: Davison and Hinkley (1997), 5.3; with one stratum Σd³/(6(Σd²)^{3/2}). Strata of one unit add nothing.
 * NaN: the values do not vary or one of them is not defined. */
double resample_acceleration(const struct resample_plan *p, const double *left_out);
/* The same for one stratum of single rows. */
double resample_acceleration_of(const double *left_out, size_t n);

#endif
