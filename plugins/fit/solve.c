/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

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

void fit_solve_it(const struct fitted *f, const struct fit_problem *p, const struct sample *g, struct fit_result *out)
{
	(void)g;
	(void)fit_solve(p, &f->s->mem, out);
}
