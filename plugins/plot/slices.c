/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Laws of two columns (chinchilla): y over one of them at a few values of the other, each a curve of its own. The fit hands
 * over no curve for them; it is computed here from parameters and covariance (delta method).
 */
#include <math.h>
#include <string.h>

#include "engine/stat/dist.h"
#include "engine/stat/law.h"
#include "engine/stat/order.h"
#include "plugins/plot/figure.h"

#define PLACES 81
#define SLICES 6 /* more values than these: only the quartiles are shown */

struct surface {
	const struct law *law;
	double params[LAW_PARAMS], covariance[LAW_PARAMS * LAW_PARAMS], df;
	bool has_covariance;
	size_t along, across; /* column on the x axis, and the other one */
	struct str across_name;
	double *values; /* of the other column, rising */
	size_t n;
	double low, high; /* of x in the data */
};

static bool covariance_read(const struct frame *t, size_t row, struct surface *s)
{
	const struct value *all = frame_get(t, row, "covariance");
	size_t p = law_params(s->law);

	if (all->type != V_LIST || all->list.n != p || !value_number(frame_get(t, row, "df"), &s->df) || s->df < 1)
		return false;
	for (size_t i = 0; i < p; i++)
		for (size_t k = 0; k < p; k++) {
			const struct value *line = &all->list.items[i];

			if (line->type != V_LIST || line->list.n != p || !value_number(&line->list.items[k], &s->covariance[i * p + k]))
				return false;
		}
	return true;
}

/* The different values across, and the range along, of the points that were fitted. */
static void values_read(const struct work *w, const struct value *points, struct surface *s)
{
	size_t kept = 0;

	s->values = work_array(w, double, points->list.n + 3);
	s->low = INFINITY;
	s->high = -INFINITY;
	for (size_t i = 0; i < points->list.n; i++) {
		const struct value *x = value_get(&points->list.items[i], "x");
		double along;

		if (!x || x->type != V_LIST || x->list.n != 2 || !value_number(&x->list.items[s->along], &along) ||
		    !value_number(&x->list.items[s->across], &s->values[s->n]))
			continue;
		s->low = fmin(s->low, along);
		s->high = fmax(s->high, along);
		s->n++;
	}
	sort_reals(s->values, s->n);
	for (size_t i = 0; i < s->n; i++)
		if (!i || s->values[i] != s->values[kept - 1])
			s->values[kept++] = s->values[i];
	s->n = kept;
}

static bool surface_read(const struct figure *f, const struct frame *t, size_t row, struct surface *s)
{
	const struct value *law = frame_get(t, row, "law"), *x = frame_get(t, row, "x"), *points = frame_get(t, row, "points");
	char z[32] = "";

	if (law->type != V_STR || law->s.n >= sizeof z || x->type != V_LIST || x->list.n != 2 || points->type != V_LIST)
		return false;
	memcpy(z, law->s.p, law->s.n);
	s->law = law_named(z);
	if (!s->law || s->law->columns != 2)
		return false;
	for (size_t k = 0; k < law_params(s->law); k++)
		if (!value_number(frame_get(t, row, s->law->params[k].name), &s->params[k]))
			return false;
	s->along = x->list.items[1].type == V_STR && str_same(x->list.items[1].s, f->x.field);
	s->across = 1 - s->along;
	s->across_name = cell_text(f->w, &x->list.items[s->across]);
	s->has_covariance = covariance_read(t, row, s);
	values_read(f->w, points, s);
	return s->n > 0 && s->high > s->low && s->low > 0;
}

static struct place place_of(const struct surface *s, double along, double across, double level)
{
	size_t p = law_params(s->law);
	double x[2], gradient[LAW_PARAMS], variance = 0;
	struct place out = { .x = along, .mean_low = NAN, .mean_high = NAN, .low = NAN, .high = NAN,
		             .inside = along >= s->low * (1 - 1e-9) && along <= s->high * (1 + 1e-9) };

	x[s->along] = along;
	x[s->across] = across;
	out.y = law_gradient(s->law, s->params, x, gradient);
	for (size_t i = 0; s->has_covariance && i < p; i++)
		for (size_t k = 0; k < p; k++)
			variance += gradient[i] * s->covariance[i * p + k] * gradient[k];
	if (s->has_covariance && variance >= 0) {
		double half = dist_t_inv(0.5 + level / 2, s->df) * sqrt(variance);

		out.mean_low = out.y - half;
		out.mean_high = out.y + half;
	}
	return out;
}

struct str slices_column(const struct figure *f, const struct frame *t)
{
	struct surface s = { .law = NULL };

	for (size_t r = 0; r < t->n; r++)
		if (surface_read(f, t, r, &s) && s.n <= SLICES)
			return s.across_name;
	return (struct str){ "", 0 };
}

bool slices_read(struct figure *f, const struct frame *t, size_t row, struct str group)
{
	struct surface s = { .law = NULL };
	double shown[SLICES];
	size_t n;

	if (!surface_read(f, t, row, &s))
		return false;
	n = s.n <= SLICES ? s.n : 3;
	for (size_t i = 0; i < n; i++)
		shown[i] = s.n <= SLICES ? s.values[i] : s.values[(s.n - 1) * (i + 1) / 4];
	for (size_t i = 0; i < n; i++) {
		struct text name = { .w = f->w };

		/* The name that points of that value have, too. */
		text_printf(&name, "%.*s%s%.*s", STR_ARG(group), group.n ? ", " : "", STR_ARG(number_text(f->w, shown[i])));
		struct curve *c = &series_named(f, text_str(&name))->curve;

		c->law = str_of(s.law->name);
		c->places = work_array(f->w, struct place, PLACES);
		for (c->n = 0; c->n < PLACES; c->n++)
			c->places[c->n] = place_of(&s, s.low / 1.5 * pow(s.high / s.low * 2.25, (double)c->n / (PLACES - 1)), shown[i],
			                           f->level);
	}
	note_add(f, "curves: the law at %s of %.*s, by which they are named", s.n <= SLICES ? "each value" : "the quartiles", STR_ARG(s.across_name));
	return true;
}
