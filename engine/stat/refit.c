/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/stat/refit.h"

#include <math.h>
#include <string.h>

#include "engine/stat/fastmath.h"

#define ROUNDS 20
#define SMALL_STEP 1e-5

bool refit_serves(const struct law *law)
{
	return law == &law_families[LAW_POWER2] || law == &law_families[LAW_POWER3] || law == &law_families[LAW_EXP3];
}

static void find_places(struct refit *r, const struct mem *m, const double *u)
{
	size_t *place = mem_array(m, size_t, r->n), found = 0;

	for (size_t i = 0; i < r->n; i++) {
		size_t p = 0;

		while (p < found && r->u[p] != u[i])
			p++;
		place[i] = p;
		if (p == found)
			r->u[found++] = u[i];
	}
	r->place = found < r->n ? place : NULL;
	r->places = found;
}

void refit_init(struct refit *r, const struct mem *m, const struct law *law, const double *x, const double *y, size_t n,
                const double *params, double low, double high)
{
	double *u = mem_array(m, double, n), least = INFINITY, most = -INFINITY;

	*r = (struct refit){ .floor = law->linear == 2, .n = n, .y = y, .low = low, .high = high };
	r->u = mem_array(m, double, n + 1);
	for (size_t i = 0; i < n; i++) {
		u[i] = law->domain == LAW_ANY_X ? x[i] : fm_log(x[i]);
		r->origin += u[i] / (double)n;
		r->level += r->floor ? y[i] / (double)n : 0;
		least = fmin(least, u[i]);
		most = fmax(most, u[i]);
	}
	find_places(r, m, u);
	r->range = most > least ? most - least : 1;
	for (size_t p = 0; p < r->places; p++)
		r->u[p] -= r->origin;
	r->places += r->places % 2; /* the odd one has weight 0 and u 0 */
	r->t = params[law->linear];
	r->e = mem_array(m, double, r->places);
	r->weight = mem_array(m, double, r->places);
	r->sum = mem_array(m, double, r->places);
	for (size_t p = 0; p < r->places; p++)
		r->e[p] = fm_exp(-r->t * r->u[p]);
}

/* Σ of weight and sum times powers of u and e: w_uuee = Σ w u² e², s_ue = Σ s u e. */
struct sums {
	double w_e, w_ee, w_ue, w_uee, w_uue, w_uuee, s_e, s_ue, s_uue;
};

static inline double both(fm_pair v)
{
	return v[0] + v[1];
}

static inline fm_pair pair_at(const double *a, size_t i)
{
	return (fm_pair){ a[i], a[i + 1] };
}

/* table: the exponentials are r->e; else they are computed for t. */
static struct sums gather(const struct refit *r, double t, bool table)
{
	fm_pair w_e = { 0 }, w_ee = { 0 }, w_ue = { 0 }, w_uee = { 0 }, w_uue = { 0 }, w_uuee = { 0 };
	fm_pair s_e = { 0 }, s_ue = { 0 }, s_uue = { 0 };

	for (size_t i = 0; i < r->places; i += 2) {
		const fm_pair u = pair_at(r->u, i), e = table ? pair_at(r->e, i) : fm_exp_pair(FM_SPLAT(-t) * u);
		const fm_pair we = pair_at(r->weight, i) * e, wue = we * u, se = pair_at(r->sum, i) * e, sue = se * u, ue = u * e;

		w_e += we;
		w_ee += we * e;
		w_ue += wue;
		w_uee += wue * e;
		w_uue += wue * u;
		w_uuee += wue * ue;
		s_e += se;
		s_ue += sue;
		s_uue += sue * u;
	}
	return (struct sums){ both(w_e), both(w_ee), both(w_ue), both(w_uee), both(w_uue),
		              both(w_uuee), both(s_e), both(s_ue), both(s_uue) };
}

/* What Newton's method needs at one t: coefficients, how they move with t, and the step. */
struct look {
	double e, a, de, da, step;
};

/* ½ the projected sum of squares has the derivative g = a Σ r u e and, with the coefficients following, the second
 * derivative h = a² Σ u²e² - a Σ r u²e - vᵀ S⁻¹ v, where S are the normal equations and v their mixed derivatives. */
static bool newton(const struct refit *r, double weight, double sum, const struct sums *s, struct look *out)
{
	double pivot = weight * s->w_ee - s->w_e * s->w_e, v_e, v_a, own;

	if (!r->floor) {
		weight = sum = 0;
		pivot = s->w_ee;
	}
	if (!(pivot > 0))
		return false;
	out->e = r->floor ? (sum * s->w_ee - s->w_e * s->s_e) / pivot : 0;
	out->a = r->floor ? (weight * s->s_e - s->w_e * sum) / pivot : s->s_e / pivot;
	const double a = out->a, rest = s->s_ue - out->e * s->w_ue - a * s->w_uee; /* Σ r u e */

	v_e = -a * s->w_ue;
	v_a = rest - a * s->w_uee;
	out->de = r->floor ? -(v_e * s->w_ee - s->w_e * v_a) / pivot : 0;
	out->da = r->floor ? -(weight * v_a - s->w_e * v_e) / pivot : -v_a / pivot;
	own = a * a * s->w_uuee - a * (s->s_uue - out->e * s->w_uue - a * s->w_uuee);
	own += (r->floor ? v_e * out->de : 0) + v_a * out->da;
	out->step = -a * rest / own;
	return own > 0 && isfinite(out->step);
}

static void collect(const struct refit *r, const double *weight, const double *y)
{
	if (!r->place) {
		for (size_t i = 0; i < r->n; i++) {
			r->weight[i] = weight[i];
			r->sum[i] = weight[i] * (y[i] - r->level);
		}
		return;
	}
	memset(r->weight, 0, r->places * sizeof *r->weight);
	memset(r->sum, 0, r->places * sizeof *r->sum);
	for (size_t i = 0; i < r->n; i++) {
		r->weight[r->place[i]] += weight[i];
		r->sum[r->place[i]] += weight[i] * (y[i] - r->level);
	}
}

bool refit_run(struct refit *r, const double *weight, const double *y, double *params)
{
	double t = r->t, total = 0, sum = 0;
	struct look at;

	collect(r, weight, y ? y : r->y);
	for (size_t i = 0; i < r->places; i++) {
		total += r->weight[i];
		sum += r->sum[i];
	}
	for (int round = 0; round < ROUNDS; round++) {
		struct sums s = gather(r, t, round == 0);

		if (!newton(r, total, sum, &s, &at))
			return false;
		const double most = 1 / r->range;
		const bool done = fabs(at.step) <= SMALL_STEP * most;
		const double step = at.step > most ? most : at.step < -most ? -most : at.step;

		t += step;
		if (!(t > r->low && t < r->high))
			return false;
		if (!done)
			continue;
		const double e = at.e + at.de * step, a = (at.a + at.da * step) * fm_exp(t * r->origin);

		if (r->floor)
			params[0] = e + r->level;
		params[r->floor] = a;
		params[1 + r->floor] = t;
		return isfinite(a) && isfinite(e);
	}
	return false;
}
