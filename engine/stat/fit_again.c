/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A problem fitted again and again with other weights or values, as bootstraps do.
 */
#include <math.h>
#include <string.h>

#include "engine/stat/fit_model.h"
#include "engine/stat/refit.h"

#define DESCENT_MAX 60

struct fit_again {
	const struct fit_problem *problem;
	struct fit_model model;
	struct fit_search search;
	struct refit fast;
	bool has_fast;
	size_t free;
	double params[FIT_PARAMS];
};

struct fit_again *fit_again_new(const struct fit_problem *p, const struct fit_result *all, const struct mem *m)
{
	struct fit_again *a = mem_array(m, struct fit_again, 1);

	a->problem = p;
	a->free = all->free;
	memcpy(a->params, all->params, sizeof a->params);
	fit_model_init(&a->model, p, m);
	fit_search_init(&a->search, &a->model, m);
	a->has_fast = p->law && refit_serves(p->law) && p->loss == FIT_L2 && p->space == FIT_RAW && all->free == all->p;
	if (a->has_fast)
		refit_init(&a->fast, m, p->law, p->x, p->y, p->n, a->params, a->model.low[p->law->linear],
		           a->model.high[p->law->linear]);
	return a;
}

static bool inside(const struct fit_again *a, const double *params)
{
	for (size_t k = 0; k < a->model.p; k++)
		if (!(params[k] > a->model.low[k] && params[k] < a->model.high[k]))
			return false;
	return true;
}

static bool warm(struct fit_again *a, double *params)
{
	struct fit_model *f = &a->model;
	struct nls_result r;

	if (a->problem->loss != FIT_L2) {
		struct fit_minimum one = { .hits = 1 };

		memcpy(one.params, a->params, sizeof one.params);
		a->search.minima[0] = one;
		a->search.n = 1;
		fit_robust_descend(&a->search);
		memcpy(params, a->search.minima[0].params, f->p * sizeof *params);
		return a->search.n && a->search.minima[0].converged;
	}
	if (a->problem->law && a->problem->space == FIT_RAW) {
		struct varpro_point at;

		varpro_values(&a->search.v, f->raw, f->nls.weight);
		varpro_start_at(&a->search.v, a->params, &at);
		if (!varpro_descend(&a->search.v, DESCENT_MAX, &at) || !at.converged)
			return false;
		varpro_params(&a->search.v, &at, params);
		return true;
	}
	memcpy(params, a->params, f->p * sizeof *params);
	return nls_descend(&f->nls, &f->work, DESCENT_MAX, params, &r) && r.converged;
}

enum fit_refit fit_refit(struct fit_again *a, const double *weight, const double *y, double *params)
{
	struct fit_model *f = &a->model;
	double found[FIT_PARAMS];

	if (fit_spread(a->problem, weight, y ? y : a->problem->y, a->free))
		return FIT_REFIT_FAILED;
	if (a->has_fast && refit_run(&a->fast, weight, y, found) && inside(a, found)) {
		memcpy(params, found, f->p * sizeof *params);
		return FIT_REFIT_WARM;
	}
	fit_model_y(f, y ? y : a->problem->y);
	f->nls.weight = weight;
	enum fit_refit how = FIT_REFIT_WARM;

	if (!warm(a, found)) {
		if (a->problem->loss == FIT_L2)
			fit_search_run(&a->search, false);
		else
			fit_robust_run(&a->search);
		if (!a->search.n)
			return FIT_REFIT_FAILED;
		memcpy(found, a->search.minima[0].params, sizeof found);
		how = FIT_REFIT_SEARCHED;
	}
	if (a->problem->law)
		law_order(a->problem->law, found);
	memcpy(params, found, f->p * sizeof *params);
	return how;
}
