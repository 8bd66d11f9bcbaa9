/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What each cluster (seed) moves the parameters by, to first order: ψ_g = (JᵀWJ)⁻¹ Σ_{i in g} w_i J_i r_i. The spread of any
 * quantity of one or several laws over shared seeds follows from it; `crossover` and `threshold` read it.
 */
#include "plugins/fit/fit.h"

struct value fit_influence(const struct fitted *f)
{
	const struct work *w = f->s->w;
	const struct sample *g = f->g;
	const struct fit_result *r = &f->r;
	const size_t p = f->p;
	struct row row = { .w = w, .map.type = V_MAP };

	if (f->refused || !f->s->columns.over.n || f->s->loss != FIT_L2 || r->covariance_gap != FIT_HERE || g->clusters < 2)
		return (struct value){ .type = V_NULL };
	double *score = work_array(w, double, g->clusters * p);
	struct value names = { .type = V_LIST, .list = { work_array(w, struct value, g->clusters), g->clusters } };

	for (size_t i = 0; i < g->n; i++) {
		const double weight = g->weight ? g->weight[i] : 1;

		names.list.items[g->cluster[i]] = value_str(g->points[i].cluster);
		for (size_t k = 0; weight > 0 && k < p; k++)
			score[g->cluster[i] * p + k] += weight * r->residual[i] * r->jacobian[i * p + k];
	}
	row_set(&row, "clusters", names);
	for (size_t k = 0; k < p; k++) {
		struct value list = { .type = V_LIST, .list = { work_array(w, struct value, g->clusters), g->clusters } };

		for (size_t c = 0; c < g->clusters; c++) {
			double moved = 0;

			for (size_t j = 0; j < p; j++)
				moved += r->inverse[k * p + j] * score[c * p + j];
			list.list.items[c] = value_real(moved);
		}
		row_put(&row, f->names[k], list);
	}
	return row.map;
}
