/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <gsl/gsl_errno.h>
#include <gsl/gsl_qrng.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/stat/bfgs.h"
#include "engine/stat/fit_model.h"
#include "engine/stat/rng.h"

#define SAME 1e-6          /* of the objective */
#define SAME_ROUNDING 1e-13 /* of Σ w y² */
#define FORMULA_STARTS 64
#define DESCENT_MAX 200

bool fit_same(double a, double b, double scale)
{
	return fabs(a - b) <= SAME * fmin(a, b) + SAME_ROUNDING * scale;
}

void fit_search_init(struct fit_search *s, struct fit_model *f, const struct mem *m)
{
	const struct fit_problem *p = f->problem;

	*s = (struct fit_search){ .model = f };
	if (p->loss != FIT_L2) {
		s->robust_weight = mem_array(m, double, p->n);
		s->sizes = mem_array(m, double, p->n);
		s->bfgs = mem_array(m, double, bfgs_work(f->p));
	}
	if (!p->law)
		return;
	varpro_init(&s->v, m, p->law, p->x, p->n);
	for (size_t k = 0; k < f->p; k++)
		(void)varpro_bound(&s->v, k, f->low[k], f->high[k]);
	s->found = mem_array(m, struct varpro_point, varpro_starts(p->law) + p->starts_n);
}

static double scale_of(const struct fit_model *f)
{
	double sum = 0;

	for (size_t i = 0; i < f->problem->n; i++)
		sum += (f->nls.weight ? f->nls.weight[i] : 1) * f->y[i] * f->y[i];
	return sum;
}

/* Among the lowest FIT_MINIMA, or to the one it equals. */
void fit_search_insert(struct fit_search *s, const struct fit_minimum *new, double scale)
{
	size_t at = 0;

	for (size_t i = 0; i < s->n; i++) {
		struct fit_minimum *old = &s->minima[i];

		if (!fit_same(old->objective, new->objective, scale))
			continue;
		const size_t hits = old->hits + new->hits;

		if (new->objective < old->objective)
			*old = *new;
		old->hits = hits;
		return;
	}
	while (at < s->n && s->minima[at].objective <= new->objective)
		at++;
	if (at == FIT_MINIMA)
		return;
	if (s->n < FIT_MINIMA)
		s->n++;
	memmove(&s->minima[at + 1], &s->minima[at], (s->n - 1 - at) * sizeof *s->minima);
	s->minima[at] = *new;
}

static void search_law(struct fit_search *s, const double *weight, double scale)
{
	const struct fit_problem *p = s->model->problem;
	size_t n;

	varpro_values(&s->v, s->model->raw, weight);
	n = varpro_search(&s->v, p->seed, s->found);
	for (size_t i = 0; i < p->starts_n; i++) {
		varpro_start_at(&s->v, p->starts + i * s->model->p, &s->found[n]);
		n += varpro_descend(&s->v, DESCENT_MAX, &s->found[n]);
	}
	s->starts = varpro_starts(p->law) + p->starts_n;
	for (size_t i = 0; i < n; i++) {
		struct fit_minimum new = { .objective = s->found[i].rss, .gradient = s->found[i].gradient, .hits = 1,
			                   .converged = s->found[i].converged };

		varpro_params(&s->v, &s->found[i], new.params);
		fit_search_insert(s, &new, scale);
	}
}

static void try_formula(struct fit_search *s, const double *start, double scale)
{
	struct fit_model *f = s->model;
	struct fit_minimum new = { .hits = 1 };
	struct nls_result r;

	for (size_t k = 0; k < f->p; k++)
		new.params[k] = fmin(fmax(start[k], f->low[k]), f->high[k]);
	s->starts++;
	if (!nls_descend(&f->nls, &f->work, DESCENT_MAX, new.params, &r))
		return;
	new.objective = r.rss;
	new.gradient = r.gradient;
	new.converged = r.converged;
	fit_search_insert(s, &new, scale);
}

static void search_formula(struct fit_search *s, double scale)
{
	struct fit_model *f = s->model;
	const struct fit_problem *p = f->problem;
	double unit[FIT_PARAMS], start[FIT_PARAMS];
	bool boxed = true;
	struct dice dice;

	for (size_t i = 0; i < p->starts_n; i++)
		try_formula(s, p->starts + i * f->p, scale);
	for (size_t k = 0; k < f->p; k++)
		boxed &= isfinite(f->low[k]) && isfinite(f->high[k]);
	if (!boxed)
		return;
	(void)gsl_set_error_handler_off();
	gsl_qrng *sobol = gsl_qrng_alloc(gsl_qrng_sobol, (unsigned)f->p);

	for (size_t i = 0; sobol && i < FORMULA_STARTS; i++) {
		(void)gsl_qrng_get(sobol, unit);
		dice_seed(&dice, p->seed);
		for (size_t k = 0; k < f->p; k++) {
			double at = unit[k] + (p->seed ? dice_unit(&dice) : 0);

			start[k] = f->low[k] + (at >= 1 ? at - 1 : at) * (f->high[k] - f->low[k]);
		}
		try_formula(s, start, scale);
	}
	if (sobol)
		gsl_qrng_free(sobol);
}

/* The minima again, each after one more step of work; equal ones become one. */
static void rework(struct fit_search *s, double scale, bool (*work)(struct fit_model *f, struct fit_minimum *m))
{
	struct fit_minimum old[FIT_MINIMA];
	const size_t n = s->n;

	memcpy(old, s->minima, n * sizeof *old);
	s->n = 0;
	for (size_t i = 0; i < n; i++)
		if (work(s->model, &old[i]))
			fit_search_insert(s, &old[i], scale);
}

static bool descend_in_log(struct fit_model *f, struct fit_minimum *m)
{
	struct nls_result r;

	if (!nls_descend(&f->nls, &f->work, DESCENT_MAX, m->params, &r))
		return false;
	m->objective = r.rss;
	m->gradient = r.gradient;
	m->converged = r.converged;
	return true;
}

/* A polish that does not lower the objective beyond rounding is left: it went elsewhere. */
static bool polish_one(struct fit_model *f, struct fit_minimum *m)
{
	double params[FIT_PARAMS];
	struct nls_result r = { 0 };

	memcpy(params, m->params, sizeof params);
	if (nls_polish(&f->nls, &f->work, params, &r) && r.rss <= m->objective * (1 + 1e-9) + 1e-20 * scale_of(f)) {
		memcpy(m->params, params, sizeof params);
		m->objective = r.rss;
		m->gradient = r.gradient;
		m->converged = r.converged;
	}
	return true;
}

void fit_search_run(struct fit_search *s, bool polish)
{
	struct fit_model *f = s->model;
	const struct fit_problem *p = f->problem;
	const double scale = scale_of(f);

	s->n = s->starts = 0;
	if (p->law && p->space == FIT_LOG) {
		double relative = 0;

		for (size_t i = 0; i < p->n; i++) {
			f->relative[i] = (f->nls.weight ? f->nls.weight[i] : 1) / (f->raw[i] * f->raw[i]);
			relative += f->relative[i] * f->raw[i] * f->raw[i];
		}
		search_law(s, f->relative, relative);
		rework(s, scale, descend_in_log);
	} else if (p->law) {
		search_law(s, f->nls.weight, scale);
	} else {
		search_formula(s, scale);
	}
	if (polish)
		rework(s, scale, polish_one);
}
