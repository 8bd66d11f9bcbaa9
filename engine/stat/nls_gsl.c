/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * GSL's trust-region solvers as part of the portfolio. Its multifit_nlinear may stop early or fail with "no progress" at a
 * true minimum: whatever it reached is polished and judged by the caller.
 */
#include <gsl/gsl_errno.h>
#include <gsl/gsl_multifit_nlinear.h>
#include <math.h>

#include "engine/stat/nls.h"

#define GSL_ITERATIONS 500

static const struct {
	const char *name;
	const gsl_multifit_nlinear_trs *const *trs;
	const gsl_multifit_nlinear_scale *const *scale;
} methods[NLS_GSL_METHODS] = {
	{ "lmaccel/levenberg", &gsl_multifit_nlinear_trs_lmaccel, &gsl_multifit_nlinear_scale_levenberg },
	{ "lmaccel/more", &gsl_multifit_nlinear_trs_lmaccel, &gsl_multifit_nlinear_scale_more },
	{ "lmaccel/marquardt", &gsl_multifit_nlinear_trs_lmaccel, &gsl_multifit_nlinear_scale_marquardt },
	{ "lm/levenberg", &gsl_multifit_nlinear_trs_lm, &gsl_multifit_nlinear_scale_levenberg },
	{ "lm/more", &gsl_multifit_nlinear_trs_lm, &gsl_multifit_nlinear_scale_more },
	{ "lm/marquardt", &gsl_multifit_nlinear_trs_lm, &gsl_multifit_nlinear_scale_marquardt },
	{ "dogleg/levenberg", &gsl_multifit_nlinear_trs_dogleg, &gsl_multifit_nlinear_scale_levenberg },
	{ "dogleg/more", &gsl_multifit_nlinear_trs_dogleg, &gsl_multifit_nlinear_scale_more },
	{ "dogleg/marquardt", &gsl_multifit_nlinear_trs_dogleg, &gsl_multifit_nlinear_scale_marquardt },
};

struct bridge {
	const struct nls_model *m;
	double *f, *j;
};

static double weighted(const struct nls_model *m, size_t i, double v)
{
	return m->weight ? (m->weight[i] > 0 ? sqrt(m->weight[i]) * v : 0) : v;
}

static int bridge_f(const gsl_vector *p, void *data, gsl_vector *f)
{
	struct bridge *b = data;

	if (!b->m->eval(b->m->user, p->data, b->f, NULL))
		return GSL_EDOM;
	for (size_t i = 0; i < b->m->n; i++) {
		double r = weighted(b->m, i, b->f[i] - b->m->y[i]);

		if (!isfinite(r))
			return GSL_EDOM;
		gsl_vector_set(f, i, r);
	}
	return GSL_SUCCESS;
}

static int bridge_j(const gsl_vector *p, void *data, gsl_matrix *j)
{
	struct bridge *b = data;

	if (!b->m->eval(b->m->user, p->data, b->f, b->j))
		return GSL_EDOM;
	for (size_t i = 0; i < b->m->n; i++)
		for (size_t k = 0; k < b->m->p; k++) {
			double d = weighted(b->m, i, b->j[i * b->m->p + k]);

			if (!isfinite(d))
				return GSL_EDOM;
			gsl_matrix_set(j, i, k, d);
		}
	return GSL_SUCCESS;
}

bool nls_gsl(const struct nls_model *m, struct nls_work *work, unsigned method, double *p)
{
	gsl_multifit_nlinear_parameters how = gsl_multifit_nlinear_default_parameters();

	(void)gsl_set_error_handler_off();
	how.trs = *methods[method].trs;
	how.scale = *methods[method].scale;
	gsl_multifit_nlinear_workspace *w = gsl_multifit_nlinear_alloc(gsl_multifit_nlinear_trust, &how, m->n, m->p);
	struct bridge b = { m, work->f, work->j };
	gsl_multifit_nlinear_fdf fdf = { .f = bridge_f, .df = bridge_j, .n = m->n, .p = m->p, .params = &b };
	gsl_vector_view start = gsl_vector_view_array(p, m->p);
	bool moved = false;

	if (w && gsl_multifit_nlinear_init(&start.vector, &fdf, w) == GSL_SUCCESS) {
		int info;

		(void)gsl_multifit_nlinear_driver(GSL_ITERATIONS, 1e-15, 1e-15, 0, NULL, NULL, &info, w);
		const gsl_vector *at = gsl_multifit_nlinear_position(w);

		moved = true;
		for (size_t k = 0; k < m->p; k++)
			moved &= isfinite(gsl_vector_get(at, k)) != 0;
		for (size_t k = 0; moved && k < m->p; k++)
			p[k] = gsl_vector_get(at, k);
	}
	if (w)
		gsl_multifit_nlinear_free(w);
	return moved;
}

const char *nls_gsl_name(unsigned method)
{
	return methods[method].name;
}
