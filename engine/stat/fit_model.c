/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/stat/fit_model.h"

#include <math.h>
#include <string.h>

#include "engine/stat/fastmath.h"

#define CENTRAL_STEP 6e-6 /* the cube root of the rounding unit */
#define RIDDERS_ROWS 8
#define RIDDERS_SHRINK 1.6L

/* ---- families ----------------------------------------------------------------------------------------------------- */

/* f becomes ln f and its gradient that of ln f; false when f ≤ 0. */
static bool to_log(double *f, double *gradient, size_t p)
{
	if (!(*f > 0))
		return false;
	for (size_t k = 0; gradient && k < p; k++)
		gradient[k] /= *f;
	*f = fm_log(*f);
	return true;
}

static bool law_eval(void *user, const double *p, double *f, double *j)
{
	const struct fit_model *m = user;
	const struct law *l = m->problem->law;
	double phi[LAW_LINEAR], d[LAW_LINEAR * LAW_NONLINEAR];

	for (size_t i = 0; i < m->problem->n; i++) {
		double *g = j ? j + i * m->p : NULL;

		l->basis(m->problem->x + i * l->columns, m->lx + i * l->columns, p + l->linear, phi, j ? d : NULL);
		f[i] = 0;
		for (size_t c = 0; c < l->linear; c++) {
			f[i] += p[c] * phi[c];
			if (g)
				g[c] = phi[c];
		}
		for (size_t k = 0; g && k < l->nonlinear; k++) {
			g[l->linear + k] = 0;
			for (size_t c = 0; c < l->linear; c++)
				g[l->linear + k] += p[c] * d[c * l->nonlinear + k];
		}
		if (!isfinite(f[i]) || (m->problem->space == FIT_LOG && !to_log(&f[i], g, m->p)))
			return false;
	}
	return true;
}

static bool law_eval_long(void *user, const long double *p, long double *f, long double *j)
{
	const struct fit_model *m = user;
	const struct law *l = m->problem->law;
	long double phi[LAW_LINEAR], d[LAW_LINEAR * LAW_NONLINEAR];

	for (size_t i = 0; i < m->problem->n; i++) {
		long double *g = j ? j + i * m->p : NULL;

		l->basis_long(m->x_long + i * l->columns, m->lx_long + i * l->columns, p + l->linear, phi, j ? d : NULL);
		f[i] = 0;
		for (size_t c = 0; c < l->linear; c++) {
			f[i] += p[c] * phi[c];
			if (g)
				g[c] = phi[c];
		}
		for (size_t k = 0; g && k < l->nonlinear; k++) {
			g[l->linear + k] = 0;
			for (size_t c = 0; c < l->linear; c++)
				g[l->linear + k] += p[c] * d[c * l->nonlinear + k];
		}
		if (!isfinite(f[i]) || (m->problem->space == FIT_LOG && !(f[i] > 0)))
			return false;
		for (size_t k = 0; g && m->problem->space == FIT_LOG && k < m->p; k++)
			g[k] /= f[i];
		if (m->problem->space == FIT_LOG)
			f[i] = logl(f[i]);
	}
	return true;
}

/* ---- formulas ----------------------------------------------------------------------------------------------------- */

static double formula_at(const struct fit_model *m, const double *p, size_t i)
{
	const struct fit_formula *f = m->problem->formula;
	double v = f->f(f->user, m->problem->x + i * f->columns, p);

	return m->problem->space == FIT_LOG ? (v > 0 ? fm_log(v) : NAN) : v;
}

static bool formula_eval(void *user, const double *p, double *f, double *j)
{
	const struct fit_model *m = user;
	double at[FIT_PARAMS];

	for (size_t i = 0; i < m->problem->n; i++)
		if (!isfinite(f[i] = formula_at(m, p, i)))
			return false;
	memcpy(at, p, m->p * sizeof *at);
	for (size_t k = 0; j && k < m->p; k++) {
		const double h = CENTRAL_STEP * (fabs(p[k]) > 0 ? fabs(p[k]) : 1e-3);

		for (size_t i = 0; i < m->problem->n; i++) {
			at[k] = p[k] + h;
			double above = formula_at(m, at, i), high = at[k];

			at[k] = p[k] - h;
			double below = formula_at(m, at, i), low = at[k];

			/* At the edge of the domain one side has no value. */
			if (!isfinite(above))
				above = f[i], high = p[k];
			if (!isfinite(below))
				below = f[i], low = p[k];
			j[i * m->p + k] = high > low ? (above - below) / (high - low) : 0;
		}
		at[k] = p[k];
	}
	return true;
}

/* Central differences at shrinking steps, extrapolated to step 0 as Neville does; the entry with the least estimated error. */
static long double ridders(const struct fit_model *m, double *p, size_t k, size_t i)
{
	long double table[RIDDERS_ROWS][RIDDERS_ROWS], best = 0, error = INFINITY, h = fabs(p[k]) > 0 ? 0.02L * fabsl(p[k]) : 1e-3L;
	const double here = p[k];

	for (size_t a = 0; a < RIDDERS_ROWS; a++, h /= RIDDERS_SHRINK) {
		p[k] = here + (double)h;
		long double above = formula_at(m, p, i), high = p[k];

		p[k] = here - (double)h;
		table[a][0] = (above - formula_at(m, p, i)) / (high - p[k]);
		p[k] = here;
		long double factor = RIDDERS_SHRINK * RIDDERS_SHRINK;

		for (size_t b = 1; b <= a; b++, factor *= RIDDERS_SHRINK * RIDDERS_SHRINK) {
			table[a][b] = (table[a][b - 1] * factor - table[a - 1][b - 1]) / (factor - 1);
			long double far = fmaxl(fabsl(table[a][b] - table[a][b - 1]), fabsl(table[a][b] - table[a - 1][b - 1]));

			if (far <= error) {
				error = far;
				best = table[a][b];
			}
		}
	}
	return best;
}

static bool formula_eval_long(void *user, const long double *p, long double *f, long double *j)
{
	const struct fit_model *m = user;
	double at[FIT_PARAMS];

	for (size_t k = 0; k < m->p; k++)
		at[k] = (double)p[k];
	for (size_t i = 0; i < m->problem->n; i++) {
		f[i] = formula_at(m, at, i);
		if (!isfinite(f[i]))
			return false;
		for (size_t k = 0; j && k < m->p; k++)
			j[i * m->p + k] = ridders(m, at, k, i);
	}
	return true;
}

/* ---- setting up --------------------------------------------------------------------------------------------------- */

void fit_model_y(struct fit_model *f, const double *y)
{
	f->raw = y;
	for (size_t i = 0; i < f->problem->n; i++)
		f->y[i] = f->problem->space == FIT_LOG && y[i] > 0 ? fm_log(y[i]) : y[i];
}

static void law_columns(struct fit_model *f, const struct mem *m)
{
	const struct law *l = f->problem->law;
	const size_t n = f->problem->n * l->columns;

	f->lx = mem_array(m, double, n);
	f->x_long = mem_array(m, long double, n);
	f->lx_long = mem_array(m, long double, n);
	for (size_t i = 0; i < n; i++) {
		f->x_long[i] = f->problem->x[i];
		if (l->domain == LAW_ANY_X)
			continue;
		f->lx[i] = fm_log(f->problem->x[i]);
		f->lx_long[i] = logl(f->problem->x[i]);
	}
}

void fit_model_init(struct fit_model *f, const struct fit_problem *p, const struct mem *m)
{
	*f = (struct fit_model){ .problem = p, .p = p->law ? law_params(p->law) : p->formula->params };
	f->columns = p->law ? p->law->columns : p->formula->columns;
	f->y = mem_array(m, double, p->n);
	f->relative = mem_array(m, double, p->n);
	fit_model_y(f, p->y);
	for (size_t k = 0; k < f->p; k++) {
		f->low[k] = p->low ? p->low[k] : -INFINITY;
		f->high[k] = p->high ? p->high[k] : INFINITY;
	}
	if (p->law) {
		struct law_span span = law_span_of(p->law, p->x, p->n);

		law_columns(f, m);
		for (size_t k = 0; k < f->p; k++) {
			struct law_range limit = law_limit(p->law, k, &span);

			f->low[k] = fmax(f->low[k], limit.low);
			f->high[k] = fmin(f->high[k], limit.high);
		}
	}
	f->nls = (struct nls_model){ .n = p->n, .p = f->p, .user = f, .y = f->y, .weight = p->weight, .low = f->low, .high = f->high };
	f->nls.eval = p->law ? law_eval : formula_eval;
	f->nls.eval_long = p->law ? law_eval_long : formula_eval_long;
	f->nls.in_double = !p->law;
	nls_work_init(&f->work, m, p->n, f->p);
}

double fit_at(const struct fit_problem *p, const double *params, const double *x, double *gradient)
{
	if (p->law)
		return law_takes(p->law, x) ? law_gradient(p->law, params, x, gradient) : NAN;
	const struct fit_problem one = { .formula = p->formula, .n = 1, .x = x };
	const struct fit_model m = { .problem = &one, .p = p->formula->params };
	double f;

	if (!formula_eval((void *)&m, params, &f, gradient))
		return NAN;
	return f;
}
