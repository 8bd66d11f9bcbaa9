/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/stat/noncentral.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

#include "engine/stat/dist.h"

#define FAR 45.0          /* e^-45 of the peak is nothing */
#define HALVINGS 12
#define STILL 1e-14

/* Logarithm of the density of ln s, 0 at its peak at 0. */
static double log_density(double u, double df)
{
	return df * (u - expm1(2 * u) / 2);
}

/* Where the density has fallen by e^-FAR, between the peak and `beyond`. */
static double density_end(double beyond, double df)
{
	double in = 0, out = beyond;

	for (int i = 0; i < 60; i++) {
		double middle = (in + out) / 2;

		if (log_density(middle, df) > -FAR)
			in = middle;
		else
			out = middle;
	}
	return out;
}

struct sums {
	double tail, all;
};

static void sums_add(struct sums *s, double u, double t, double df, double ncp, bool upper)
{
	double weight = exp(log_density(u, df)), z = t * exp(u) - ncp;

	s->all += weight;
	s->tail += weight * (upper ? dist_normal_upper(z) : dist_normal(z));
}

static double tail(double t, double df, double ncp, bool upper)
{
	if (!(df > 0) || isnan(t) || isnan(ncp))
		return NAN;
	double from = density_end(-(FAR / df + 1), df), to = density_end(1 + log1p(FAR / df), df), last = -1, now = 0;
	struct sums s = { 0, 0 };
	size_t steps = 32;

	for (size_t i = 0; i <= steps; i++)
		sums_add(&s, from + (to - from) * (double)i / (double)steps, t, df, ncp, upper);
	for (int halving = 0; halving < HALVINGS && fabs(now - last) > STILL; halving++) {
		last = now;
		for (size_t i = 0; i < steps; i++)
			sums_add(&s, from + (to - from) * ((double)i + 0.5) / (double)steps, t, df, ncp, upper);
		steps *= 2;
		now = s.tail / s.all;
	}
	return now < 1 ? now : 1;
}

double noncentral_t(double t, double df, double ncp)
{
	return tail(t, df, ncp, false);
}

double noncentral_t_upper(double t, double df, double ncp)
{
	return tail(t, df, ncp, true);
}

double noncentral_t_ncp(double p, double t, double df)
{
	double step = 4 * sqrt(1 + t * t / (2 * df)), low = t - step, high = t + step;

	if (!(p > 0 && p < 1) || !(df > 0) || !isfinite(t))
		return NAN;
	/* P falls as ncp grows. */
	while (noncentral_t(t, df, low) < p && step < 1e12)
		low -= step *= 2;
	while (noncentral_t(t, df, high) > p && step < 1e12)
		high += step *= 2;
	for (int i = 0; i < 200; i++) {
		double middle = (low + high) / 2;

		if (middle == low || middle == high)
			break;
		if (noncentral_t(t, df, middle) > p)
			low = middle;
		else
			high = middle;
	}
	return (low + high) / 2;
}
