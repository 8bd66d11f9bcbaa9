/* SPDX-License-Identifier: GPL-3.0-or-later
 * The second half of resample.h: from resampled statistics to intervals. */
#include <math.h>

#include "engine/stat/dist.h"
#include "engine/stat/order.h"
#include "engine/stat/resample.h"

size_t resample_sort(double *draws, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (isfinite(draws[i]))
			draws[kept++] = draws[i];
	sort_reals(draws, kept);
	return kept;
}

static struct resample_bounds bounds_at(const double *draws, size_t n, double low, double high)
{
	struct resample_bounds b = { .method = RESAMPLE_PERCENTILE, .z0 = NAN, .a = NAN };

	b.low = quantile_sorted(draws, n, low);
	b.high = quantile_sorted(draws, n, high);
	if (low * (double)(n - 1) < 1 || high * (double)(n - 1) > (double)(n - 2))
		b.notes |= RESAMPLE_AT_EXTREME;
	if (draws[0] == draws[n - 1])
		b.notes = RESAMPLE_CONSTANT;
	return b;
}

static struct resample_bounds no_bounds(void)
{
	return (struct resample_bounds){ RESAMPLE_NONE, RESAMPLE_NO_DRAWS, NAN, NAN, NAN, NAN };
}

struct resample_bounds resample_percentile(const double *draws, size_t n, double level)
{
	return n < 2 ? no_bounds() : bounds_at(draws, n, (1 - level) / 2, (1 + level) / 2);
}

static size_t count_below(const double *draws, size_t n, double x, bool or_equal)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (draws[middle] < x || (or_equal && draws[middle] == x))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct resample_bounds resample_bca(double estimate, const double *draws, size_t n, double acceleration, double level)
{
	struct resample_bounds plain = resample_percentile(draws, n, level);

	if (plain.method == RESAMPLE_NONE || plain.notes & RESAMPLE_CONSTANT)
		return plain;
	double share = (double)(count_below(draws, n, estimate, false) + count_below(draws, n, estimate, true)) / 2 / (double)n;

	if (!(share > 0 && share < 1))
		plain.notes |= RESAMPLE_OUTSIDE;
	if (!isfinite(acceleration))
		plain.notes |= RESAMPLE_NO_ACCELERATION;
	if (plain.notes & (RESAMPLE_OUTSIDE | RESAMPLE_NO_ACCELERATION))
		return plain;
	double z0 = dist_normal_inv(share), at[2];

	for (int end = 0; end < 2; end++) {
		double z = z0 + dist_normal_inv(end ? (1 + level) / 2 : (1 - level) / 2), down = 1 - acceleration * z;

		if (!(down > 0)) {
			plain.notes |= RESAMPLE_FOLDED;
			return plain;
		}
		at[end] = dist_normal(z0 + z / down);
	}
	struct resample_bounds b = bounds_at(draws, n, at[0], at[1]);

	b.method = RESAMPLE_BCA;
	b.z0 = z0;
	b.a = acceleration;
	return b;
}

struct resample_bounds resample_student(double estimate, double se, const double *t, size_t n, double level)
{
	struct resample_bounds b = resample_percentile(t, n, level);

	if (b.method == RESAMPLE_NONE || !isfinite(se))
		return no_bounds();
	double low = estimate - b.high * se;

	b.high = estimate - b.low * se;
	b.low = low;
	b.method = RESAMPLE_T;
	return b;
}

static double acceleration_sum(const double *left_out, size_t n, double *squares)
{
	long double sum = 0, cubes = 0, two = 0;

	if (n < 2)
		return 0;
	for (size_t i = 0; i < n; i++)
		sum += left_out[i];
	long double mean = sum / (long double)n, size = fabsl(mean), scale = (long double)(n - 1) / (long double)n;

	for (size_t i = 0; i < n; i++) {
		long double d = mean - left_out[i];

		if (fabsl(d) <= 8 * 0x1p-53L * size) /* rounding of equal values is no variation */
			continue;
		two += scale * d * scale * d;
		cubes += scale * d * scale * d * scale * d;
	}
	*squares += (double)two;
	return (double)cubes;
}

double resample_acceleration(const struct resample_plan *p, const double *left_out)
{
	double squares = 0, cubes = 0;

	for (size_t s = 0; s < p->strata; s++)
		cubes += acceleration_sum(left_out + p->stratum_at[s], p->stratum_at[s + 1] - p->stratum_at[s], &squares);
	double a = cubes / (6 * squares * sqrt(squares));

	return isfinite(a) ? a : (double)NAN;
}

double resample_acceleration_of(const double *left_out, size_t n)
{
	double squares = 0, cubes = acceleration_sum(left_out, n, &squares), a = cubes / (6 * squares * sqrt(squares));

	return isfinite(a) ? a : (double)NAN;
}
