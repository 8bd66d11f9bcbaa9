/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "engine/stat/chinchilla.h"

static const double offsets[] = { 0, 5, 10, 15, 20, 25 }, floors[] = { -1, -0.5, 0, 0.5, 1 };
static const double exponents[] = { 0, 0.5, 1, 1.5, 2 };
const struct chinchilla_starts chinchilla_grid = { .value = { offsets, offsets, floors, exponents, exponents },
	                                           .count = { 6, 6, 5, 5, 5 } };

static void start_at(const struct chinchilla_starts *s, size_t index, double *p)
{
	for (size_t k = CHINCHILLA_PARAMS; k-- > 0; index /= s->count[k])
		p[k] = s->value[k][index % s->count[k]];
}

/* Keeps the best of all and the lowest converged one that is distinct from it. */
static void take(struct chinchilla_search *r, const struct chinchilla_fit *fit)
{
	if (!isfinite(fit->f))
		return;
	if (fit->f < r->best.f) {
		if (r->best.converged && r->best.f > fit->f * (1 + CHINCHILLA_SAME)) {
			r->next = r->best;
			r->has_next = true;
		}
		r->best = *fit;
	} else if (fit->converged && fit->f > r->best.f * (1 + CHINCHILLA_SAME) && (!r->has_next || fit->f < r->next.f)) {
		r->next = *fit;
		r->has_next = true;
	}
}

struct chinchilla_search chinchilla_search(const struct chinchilla *c, const struct mem *m,
                                           const struct chinchilla_starts *s)
{
	struct chinchilla_search r = { .starts = 1, .best.f = INFINITY };

	for (size_t k = 0; k < CHINCHILLA_PARAMS; k++)
		r.starts *= s->count[k];
	double *f = mem_array(m, double, r.starts);

	for (size_t i = 0; i < r.starts; i++) {
		double start[CHINCHILLA_PARAMS];

		start_at(s, i, start);
		struct chinchilla_fit fit = chinchilla_descend(c, start);

		f[i] = fit.f;
		r.converged += fit.converged;
		r.evaluations += fit.evaluations;
		take(&r, &fit);
	}
	for (size_t i = 0; i < r.starts; i++)
		r.at_best += f[i] <= r.best.f * (1 + CHINCHILLA_SAME);
	return r;
}
