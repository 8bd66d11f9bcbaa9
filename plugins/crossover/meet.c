/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugins/crossover/meet.h"

#include <math.h>

bool meet_law_read(const struct frame *f, size_t row, struct meet_law *out)
{
	*out = (struct meet_law){ 0 };
	if (!value_number(frame_get(f, row, "A"), &out->law.a) || !value_number(frame_get(f, row, "alpha"), &out->law.alpha) ||
	    !value_number(frame_get(f, row, "x_min"), &out->x_min) || !value_number(frame_get(f, row, "x_max"), &out->x_max))
		return false;
	if (!value_number(frame_get(f, row, "E"), &out->law.e))
		out->law.e = 0; /* power2 has no floor */
	return true;
}

void meet_draws_read(const struct work *w, const struct value *draws, struct meet_law *out)
{
	if (draws->type != V_LIST)
		return;
	out->draws = work_array(w, struct power, draws->list.n);
	out->n = draws->list.n;
	for (size_t i = 0; i < out->n; i++) {
		const struct value *d = &draws->list.items[i];
		struct power *l = &out->draws[i];

		if (d->type != V_LIST || d->list.n != 3 || !value_number(&d->list.items[0], &l->e) ||
		    !value_number(&d->list.items[1], &l->a) || !value_number(&d->list.items[2], &l->alpha))
			l->alpha = NAN;
	}
}
