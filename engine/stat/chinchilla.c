/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The loss. Rows go by two in SSE2 registers, written with the compilers' portable vectors. The sum is taken relative to
 * E: S = 1 + exp(u - e) + exp(v - e), prediction e + ln S, and the shares exp(u - e)/S, exp(v - e)/S, 1/S of the three terms
 * are the gradient's. A term below exp(-700) E is taken for exp(-700) E, which changes nothing beside the 1. Where a term is
 * above exp(700) E, f is infinite: the search steps back from there.
 */
#include "engine/stat/chinchilla.h"

#include <math.h>

#include "engine/stat/bfgs.h"
#include "engine/stat/vexp.h"

struct sums {
	fm_pair f, a, b, e, alpha, beta;
	fm_pair peak; /* the most that ln of a term exceeds e by */
};

#define REACH 700.0

/* q: the parameters in the coordinates of the search. The sum is taken relative to E: S = A N^-α / E + B D^-β / E + 1. */
static inline void add_pair(const struct chinchilla_pair *row, const double *q, double delta, struct sums *t)
{
	const fm_mask sign = (fm_mask)FM_SPLAT(-0.0);
	fm_pair u = FM_SPLAT(q[CHINCHILLA_A] - q[CHINCHILLA_E]) - FM_SPLAT(q[CHINCHILLA_ALPHA]) * row->n;
	fm_pair v = FM_SPLAT(q[CHINCHILLA_B] - q[CHINCHILLA_E]) - FM_SPLAT(q[CHINCHILLA_BETA]) * row->d;

	t->peak = vexp_larger(t->peak, vexp_larger(u, v));
	fm_pair term_u = vexp(vexp_smaller(vexp_larger(u, FM_SPLAT(-REACH)), FM_SPLAT(REACH)));
	fm_pair term_v = vexp(vexp_smaller(vexp_larger(v, FM_SPLAT(-REACH)), FM_SPLAT(REACH)));
	fm_pair inverse, log_sum = vexp_log(FM_SPLAT(1.0) + (term_u + term_v), &inverse);
	fm_pair r = row->loss - (FM_SPLAT(q[CHINCHILLA_E]) + log_sum);
	fm_pair size = (fm_pair)((fm_mask)r & ~sign), c = vexp_smaller(size, FM_SPLAT(delta)), wc = c * row->weight;
	fm_pair share = (fm_pair)((fm_mask)wc | ((fm_mask)r & sign)) * inverse;
	fm_pair share_u = share * term_u, share_v = share * term_v;

	t->f += wc * (size - FM_SPLAT(0.5) * c);
	t->a += share_u;
	t->b += share_v;
	t->e += share;
	t->alpha += share_u * row->n;
	t->beta += share_v * row->d;
}

static double of_search(void *user, const double *q, double *gradient)
{
	const struct chinchilla *c = user;
	struct sums s = { 0 };

	/* min and max swallow a NaN */
	if (!isfinite(q[0] + q[1] + q[2] + q[3] + q[4]))
		return INFINITY;
	for (size_t i = 0; i < c->pairs; i++)
		add_pair(&c->pair[i], q, c->delta, &s);
	gradient[CHINCHILLA_A] = -(s.a[0] + s.a[1]);
	gradient[CHINCHILLA_B] = -(s.b[0] + s.b[1]);
	gradient[CHINCHILLA_E] = -(s.e[0] + s.e[1]);
	gradient[CHINCHILLA_ALPHA] = s.alpha[0] + s.alpha[1];
	gradient[CHINCHILLA_BETA] = s.beta[0] + s.beta[1];
	return s.peak[0] <= REACH && s.peak[1] <= REACH ? s.f[0] + s.f[1] : INFINITY;
}

/* a - α ln N = (a - α mid) - (α spread) (ln N - mid)/spread */
static void to_search(const struct chinchilla *c, const double *p, double *q)
{
	q[CHINCHILLA_A] = p[CHINCHILLA_A] - p[CHINCHILLA_ALPHA] * c->mid_n;
	q[CHINCHILLA_B] = p[CHINCHILLA_B] - p[CHINCHILLA_BETA] * c->mid_d;
	q[CHINCHILLA_E] = p[CHINCHILLA_E];
	q[CHINCHILLA_ALPHA] = p[CHINCHILLA_ALPHA] * c->spread_n;
	q[CHINCHILLA_BETA] = p[CHINCHILLA_BETA] * c->spread_d;
}

static void from_search(const struct chinchilla *c, const double *q, double *p)
{
	p[CHINCHILLA_E] = q[CHINCHILLA_E];
	p[CHINCHILLA_ALPHA] = q[CHINCHILLA_ALPHA] / c->spread_n;
	p[CHINCHILLA_BETA] = q[CHINCHILLA_BETA] / c->spread_d;
	p[CHINCHILLA_A] = q[CHINCHILLA_A] + p[CHINCHILLA_ALPHA] * c->mid_n;
	p[CHINCHILLA_B] = q[CHINCHILLA_B] + p[CHINCHILLA_BETA] * c->mid_d;
}

double chinchilla_objective(const struct chinchilla *c, const double *p, double *gradient)
{
	double q[CHINCHILLA_PARAMS], g[CHINCHILLA_PARAMS], f;

	to_search(c, p, q);
	f = of_search((void *)(uintptr_t)c, q, g);
	if (gradient) {
		gradient[CHINCHILLA_A] = g[CHINCHILLA_A];
		gradient[CHINCHILLA_B] = g[CHINCHILLA_B];
		gradient[CHINCHILLA_E] = g[CHINCHILLA_E];
		gradient[CHINCHILLA_ALPHA] = g[CHINCHILLA_ALPHA] * c->spread_n - g[CHINCHILLA_A] * c->mid_n;
		gradient[CHINCHILLA_BETA] = g[CHINCHILLA_BETA] * c->spread_d - g[CHINCHILLA_B] * c->mid_d;
	}
	return f;
}

struct chinchilla_fit chinchilla_descend(const struct chinchilla *c, const double *start)
{
	struct chinchilla_fit fit;
	double q[CHINCHILLA_PARAMS], work[CHINCHILLA_PARAMS * (CHINCHILLA_PARAMS + 6)];
	struct bfgs_problem p = { .n = CHINCHILLA_PARAMS, .f = of_search, .user = (void *)(uintptr_t)c,
		                  .gradient_tolerance = CHINCHILLA_TOLERANCE, .max_iterations = 2000 };

	to_search(c, start, q);
	struct bfgs_result r = bfgs_minimise(&p, q, work);

	from_search(c, q, fit.p);
	fit.f = r.f;
	fit.gradient_norm = r.gradient_norm;
	fit.iterations = r.iterations;
	fit.evaluations = r.evaluations;
	fit.converged = r.converged;
	return fit;
}

/* Middle and half width of a range: what is scaled by them lies in -1 … 1. */
static bool span_of(const double *x, size_t n, double *mid, double *spread)
{
	double low = INFINITY, high = -INFINITY;

	for (size_t i = 0; i < n; i++) {
		low = fmin(low, x[i]);
		high = fmax(high, x[i]);
	}
	*mid = 0.5 * low + 0.5 * high;
	*spread = 0.5 * (high - low);
	return *spread > 0;
}

enum chinchilla_refusal chinchilla_init(struct chinchilla *c, const struct mem *m, size_t n, const double *params,
                                        const double *tokens, const double *loss, double delta, size_t *row)
{
	const double *given[] = { params, tokens, loss };
	double *log_of[3];

	*c = (struct chinchilla){ .rows = n, .delta = delta, .pairs = (n + 1) / 2 };
	for (size_t k = 0; k < 3; k++)
		log_of[k] = mem_array(m, double, n);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < 3; k++) {
			if (!(given[k][i] > 0) || !isfinite(given[k][i]))
				return *row = i, CHINCHILLA_NOT_POSITIVE;
			log_of[k][i] = fm_log(given[k][i]);
		}
	if (n <= CHINCHILLA_PARAMS)
		return CHINCHILLA_FEW_ROWS;
	if (!span_of(log_of[0], n, &c->mid_n, &c->spread_n) || !span_of(log_of[1], n, &c->mid_d, &c->spread_d))
		return CHINCHILLA_ONE_SIZE;
	c->pair = mem_array(m, struct chinchilla_pair, c->pairs);
	for (size_t i = 0; i < n; i++) {
		struct chinchilla_pair *p = &c->pair[i / 2];

		p->n[i % 2] = (log_of[0][i] - c->mid_n) / c->spread_n;
		p->d[i % 2] = (log_of[1][i] - c->mid_d) / c->spread_d;
		p->loss[i % 2] = log_of[2][i];
		p->weight[i % 2] = 1;
	}
	return CHINCHILLA_OK;
}
