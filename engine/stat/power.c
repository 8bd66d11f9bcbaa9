/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/stat/power.h"

#include <math.h>

#include "engine/stat/dist.h"
#include "engine/stat/noncentral.h"

#define N_MAX 1e9

double power_t(enum power_design design, double n, double effect, double alpha, bool two_sided)
{
	double arms = design == POWER_TWO_SAMPLE ? 2 : 1, df = (n - 1) * arms;

	if (!(n > 1) || !(alpha > 0 && alpha < 1) || !(effect >= 0))
		return NAN;
	return noncentral_t_upper(dist_t_inv(1 - (two_sided ? alpha / 2 : alpha), df), df, sqrt(n / arms) * effect);
}

/* The argument at which a rising function reaches `target`; bisection in the logarithm. */
static double rising_root(double (*f)(const void *, double), const void *user, double low, double high, double target)
{
	if (f(user, low) >= target)
		return low;
	if (!(f(user, high) >= target))
		return NAN;
	for (int i = 0; i < 200; i++) {
		double middle = sqrt(low) * sqrt(high);

		if (!(middle > low && middle < high))
			break;
		if (f(user, middle) < target)
			low = middle;
		else
			high = middle;
	}
	return high;
}

struct t_plan {
	enum power_design design;
	double n, effect, alpha;
	bool two_sided;
};

static double power_at_n(const void *user, double n)
{
	const struct t_plan *p = user;

	return power_t(p->design, n, p->effect, p->alpha, p->two_sided);
}

static double power_at_effect(const void *user, double effect)
{
	const struct t_plan *p = user;

	return power_t(p->design, p->n, effect, p->alpha, p->two_sided);
}

double power_t_n(enum power_design design, double effect, double alpha, double power, bool two_sided)
{
	const struct t_plan p = { design, 0, effect, alpha, two_sided };

	if (!(effect > 0) || !(power > alpha && power < 1))
		return NAN;
	return rising_root(power_at_n, &p, 1 + 1e-6, N_MAX, power);
}

double power_t_effect(enum power_design design, double n, double alpha, double power, bool two_sided)
{
	const struct t_plan p = { design, n, 0, alpha, two_sided };

	if (!(n > 1) || !(power > alpha && power < 1))
		return NAN;
	return rising_root(power_at_effect, &p, 1e-9, 1e9, power);
}

static double z_of(double alpha, bool two_sided)
{
	return -dist_normal_inv(two_sided ? alpha / 2 : alpha);
}

double power_proportions(double n, double p1, double p2, double alpha, bool two_sided)
{
	double mean = (p1 + p2) / 2, apart = p1 * (1 - p1) + p2 * (1 - p2);

	if (!(n > 0) || !(p1 >= 0 && p1 <= 1 && p2 >= 0 && p2 <= 1) || !(apart > 0))
		return NAN;
	return dist_normal((sqrt(n) * fabs(p1 - p2) - z_of(alpha, two_sided) * sqrt(2 * mean * (1 - mean))) / sqrt(apart));
}

double power_proportions_n(double p1, double p2, double alpha, double power, bool two_sided)
{
	double mean = (p1 + p2) / 2, apart = p1 * (1 - p1) + p2 * (1 - p2), d = fabs(p1 - p2);

	if (!(d > 0) || !(p1 >= 0 && p1 <= 1 && p2 >= 0 && p2 <= 1) || !(power > alpha && power < 1))
		return NAN;
	double root = z_of(alpha, two_sided) * sqrt(2 * mean * (1 - mean)) + dist_normal_inv(power) * sqrt(apart);

	return root * root / (d * d);
}

static double questions_variance(const struct power_questions *q)
{
	return q->omega2 + q->sigma2_a / q->k_a + q->sigma2_b / q->k_b;
}

double power_questions_n(const struct power_questions *q, double difference, double alpha, double power)
{
	double z = z_of(alpha, true) + dist_normal_inv(power);

	return difference != 0 ? z * z * questions_variance(q) / (difference * difference) : (double)NAN;
}

double power_questions_mde(const struct power_questions *q, double n, double alpha, double power)
{
	double z = z_of(alpha, true) + dist_normal_inv(power);

	return n > 0 ? z * sqrt(questions_variance(q) / n) : (double)NAN;
}

double power_smallest_signs(size_t n, bool two_sided)
{
	double p = exp2((two_sided ? 1 : 0) - (double)n);

	return p < 1 ? p : 1;
}

/* 1/C(n, k), factor by factor: every partial product is above the result. */
static double one_deal(size_t n, size_t k)
{
	double p = 1;

	for (size_t i = 1; i <= k; i++)
		p *= (double)i / (double)(n - k + i);
	return p;
}

double power_smallest_arms(size_t nx, size_t ny, bool two_sided)
{
	double p = one_deal(nx + ny, nx < ny ? nx : ny) * (two_sided && nx == ny ? 2 : 1);

	return p < 1 ? p : 1;
}

double power_smallest_ranks(size_t nx, size_t ny, bool two_sided)
{
	double p = one_deal(nx + ny, nx < ny ? nx : ny) * (two_sided ? 2 : 1);

	return p < 1 ? p : 1;
}
