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

static double at_log(const struct power *l, double log_x)
{
	return l->e + l->a * exp(-l->alpha * log_x);
}

static double difference(const struct power *a, const struct power *b, double log_x)
{
	return at_log(a, log_x) - at_log(b, log_x);
}

double meet_difference(const struct meet_law laws[2], double x)
{
	return difference(&laws[0].law, &laws[1].law, log(x));
}

static double bisect(const struct power *a, const struct power *b, double low, double high)
{
	bool positive = difference(a, b, low) > 0;

	for (int i = 0; i < 80; i++) {
		double middle = low + (high - low) / 2;

		if ((difference(a, b, middle) > 0) == positive)
			low = middle;
		else
			high = middle;
	}
	return exp(low + (high - low) / 2);
}

static size_t roots_of(const struct power *a, const struct power *b, const double range[2], size_t steps,
                       struct meet_root *roots)
{
	double from = log(range[0]), step = (log(range[1]) - from) / (double)steps;
	double last = difference(a, b, from), last_at = from;
	size_t n = 0;

	for (size_t i = 1; i <= steps && n < MEET_ROOTS; i++) {
		double at = from + step * (double)i, now = difference(a, b, at);

		if (now == 0)
			continue; /* the sign on the far side tells whether they cross here or touch */
		if (last != 0 && (now > 0) != (last > 0))
			roots[n++] = (struct meet_root){ bisect(a, b, last_at, at), last, now };
		last = now;
		last_at = at;
	}
	return n;
}

size_t meet_roots(const struct meet_law laws[2], const double range[2], size_t steps, struct meet_root roots[MEET_ROOTS])
{
	return roots_of(&laws[0].law, &laws[1].law, range, steps, roots);
}

size_t meet_draws(const struct meet_law *a, const struct meet_law *b)
{
	return a->n < b->n ? a->n : b->n;
}

bool meet_draw_known(const struct meet_law laws[2], size_t draw)
{
	return isfinite(laws[0].draws[draw].alpha) && isfinite(laws[1].draws[draw].alpha);
}

size_t meet_draw(const struct meet_law laws[2], size_t draw, const double range[2], struct meet_root roots[MEET_ROOTS])
{
	if (!meet_draw_known(laws, draw))
		return 0;
	return roots_of(&laws[0].draws[draw], &laws[1].draws[draw], range, MEET_COARSE, roots);
}
