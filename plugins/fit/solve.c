/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "engine/stat/fastmath.h"
#include "engine/stat/rng.h"
#include "plugins/fit/read.h"

/* More starts: the law's box, or a formula's own start with each number times e^(normal). */
void fit_starts(const struct fitted *f, const struct sample *g, struct fit_problem *p)
{
	const struct fit_settings *s = f->s;
	const size_t own = f->law ? 0 : 1, n = own + s->more_starts;
	double *all = work_array(s->w, double, n * f->p);
	struct dice dice;

	if (!n)
		return;
	dice_seed(&dice, rng_mix(s->seed));
	if (!f->law)
		memcpy(all, s->formula_start, f->p * sizeof *all);
	for (size_t i = own; i < n; i++)
		for (size_t k = 0; k < f->p; k++) {
			double *to = &all[i * f->p + k];

			if (!f->law) {
				*to = s->formula_start[k] * exp(dice_normal(&dice));
			} else if (k >= f->law->linear) {
				const struct law_span span = law_span_of(f->law, g->x, g->n);
				const struct law_range box = law_box(f->law, k, &span);

				*to = law_natural(f->law, k, &span, box.low + (box.high - box.low) * dice_unit(&dice));
			}
		}
	p->starts = all;
	p->starts_n = n;
}

/* The Chinchilla law as its authors state the loss, without anything that chinchilla.h does not know. */
bool fit_is_hoffmann(const struct fitted *f)
{
	const struct fit_settings *s = f->s;

	return f->law == &law_families[LAW_CHINCHILLA] && s->space == FIT_LOG && s->loss == FIT_HUBER && !s->bounds && !s->fixed &&
	       !s->columns.weight.n;
}

bool fit_hoffmann(const struct fitted *f, const struct sample *g, struct chinchilla *out)
{
	double *column[2];
	size_t row;

	for (size_t c = 0; c < 2; c++) {
		column[c] = work_array(f->s->w, double, g->n);
		for (size_t i = 0; i < g->n; i++)
			column[c][i] = g->x[2 * i + c];
	}
	return chinchilla_init(out, &f->s->mem, g->n, column[0], column[1], g->y, f->s->delta, &row) == CHINCHILLA_OK;
}

/* ln A, ln B, ln E, alpha, beta → E, A, B, alpha, beta */
void fit_from_hoffmann(const double *p, double *params)
{
	params[0] = fm_exp(p[CHINCHILLA_E]);
	params[1] = fm_exp(p[CHINCHILLA_A]);
	params[2] = fm_exp(p[CHINCHILLA_B]);
	params[3] = p[CHINCHILLA_ALPHA];
	params[4] = p[CHINCHILLA_BETA];
}

/* The grid of Hoffmann et al. finds the optimum and says how many of its starts did; fit_solve starts from it too. */
static void grid_first(const struct fitted *f, const struct fit_problem *p, const struct chinchilla *c, struct fit_result *out)
{
	const struct chinchilla_search all = chinchilla_search(c, &f->s->mem, &chinchilla_grid);
	struct fit_problem q = *p;
	double start[CHINCHILLA_PARAMS];

	fit_from_hoffmann(all.best.p, start);
	q.starts = start;
	q.starts_n = 1;
	if (fit_solve(&q, &f->s->mem, out) != FIT_DONE)
		return;
	out->starts += all.starts;
	if (fabs(out->objective - all.best.f) <= CHINCHILLA_SAME * all.best.f)
		out->reached_best += all.at_best;
	if (all.has_next && all.next.f > out->objective && (!out->has_next || all.next.f < out->next_objective)) {
		out->has_next = true;
		out->next_objective = all.next.f;
		fit_from_hoffmann(all.next.p, out->next_params);
	}
}

void fit_solve_it(const struct fitted *f, const struct fit_problem *p, const struct sample *g, struct fit_result *out)
{
	struct chinchilla c;

	if (f->s->hoffmann && fit_is_hoffmann(f) && fit_hoffmann(f, g, &c))
		grid_first(f, p, &c, out);
	else
		(void)fit_solve(p, &f->s->mem, out);
}
