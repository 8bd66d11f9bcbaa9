/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "plugins/plot/figure.h"

double axis_share(const struct axis *a, double x)
{
	if (a->log)
		return log(x / a->min) / log(a->max / a->min);
	return (x - a->min) / (a->max - a->min);
}

double axis_at(const struct axis *a, double share)
{
	if (a->log)
		return a->min * exp(share * log(a->max / a->min));
	return a->min + share * (a->max - a->min);
}

static void tick(struct text *out, struct str label, double at, int level)
{
	text_printf(out, "%s'%.*s' %.12g", out->n ? ", " : "", STR_ARG(label), at);
	if (level)
		text_printf(out, " %d", level);
}

/* 1 2 5 10 20 50 …; only powers of ten, with small ticks between, once there are two of them. */
static void ticks_log(const struct work *w, const struct axis *a, struct text *out)
{
	int low = (int)floor(log10(a->min)), high = (int)ceil(log10(a->max));
	bool few = log10(a->max / a->min) < 1.7;
	int room = a->ticks > 1 ? (int)(1.5 * a->ticks) : 9, every = (high - low) / room + 1;

	for (int e = low; e <= high; e++) {
		double decade = pow(10, e);

		for (int k = 1; k <= 9; k++) {
			double at = k * decade;
			bool named = k == 1 ? (e - low) % every == 0 : few && (k == 2 || k == 5);

			if (at < a->min * (1 - 1e-9) || at > a->max * (1 + 1e-9))
				continue;
			struct text big = { .w = w };

			text_printf(&big, "%de%d", k, e); /* 1,000,000 would meet its neighbours */
			if (named)
				tick(out, e >= 6 ? text_str(&big) : digits_text(w, at, 3), at, 0);
			else if (every == 1)
				tick(out, STR(""), at, 1);
		}
	}
}

static void ticks_linear(const struct work *w, const struct axis *a, struct text *out)
{
	double raw = (a->max - a->min) / (a->ticks > 0 ? a->ticks : 6), unit = pow(10, floor(log10(raw))), step = unit;

	if (raw > unit)
		step = raw <= 2 * unit ? 2 * unit : raw <= 5 * unit ? 5 * unit : 10 * unit;
	int decimals = (int)-floor(log10(step * 1.0000001));

	for (double k = ceil(a->min / step - 1e-9); k * step <= a->max + 1e-9 * step; k++) {
		double at = fabs(k) < 0.5 ? 0 : k * step; /* ceil gives -0 */
		struct text fixed = { .w = w };

		text_printf(&fixed, "%.*f", decimals > 0 ? decimals : 0, at);
		tick(out, decimals > 0 ? text_str(&fixed) : digits_text(w, at, 15), at, 0);
	}
}

size_t axis_ticks(const struct work *w, const struct axis *a, struct text *out)
{
	struct text list = { .w = w };
	size_t longest = 0;

	if (a->log)
		ticks_log(w, a, &list);
	else
		ticks_linear(w, a, &list);
	text_printf(out, "(%.*s)", STR_ARG(text_str(&list)));
	for (const char *at = list.p, *end; list.n && (at = strchr(at, '\'')) && (end = strchr(at + 1, '\'')); at = end + 1)
		longest = (size_t)(end - at) - 1 > longest ? (size_t)(end - at) - 1 : longest;
	return longest;
}

/* ---- ranges ------------------------------------------------------------------------------------------------------- */

void axis_reach(struct axis *a, double v)
{
	if (!isfinite(v) || (a->log && v <= 0))
		return;
	if (!a->min_set && !(a->min <= v))
		a->min = v;
	if (!a->max_set && !(a->max >= v))
		a->max = v;
}

/* A little room around the data, and a range that is one. */
void axis_pad(struct axis *a, double share)
{
	if (isnan(a->min))
		a->min = a->log ? 1 : isnan(a->max) ? 0 : a->max - 1;
	if (isnan(a->max))
		a->max = a->log ? a->min * 10 : a->min + 1;
	if (!(a->max > a->min)) {
		double half = a->min != 0 ? fabs(a->min) / 2 : 1;

		a->max = a->log ? a->min * 2 : a->min + half;
		a->min = a->log ? a->min / 2 : a->min - half;
	}
	const struct axis tight = *a;

	if (!a->min_set)
		a->min = axis_at(&tight, -share);
	if (!a->max_set)
		a->max = axis_at(&tight, 1 + share);
}

/* How far a mark lies beyond the data, in lengths of the axis; 0 = inside. */
static double beyond(const struct axis *a, double x)
{
	double share = a->max > a->min ? axis_share(a, x) : 0;

	return share < 0 ? -share : share > 1 ? share - 1 : 0;
}

#define BEYOND_MAX 0.5

/* Laws also meet where nobody has looked. Such a mark is drawn only when none is inside the data and it is near: it must
 * not squeeze the data into a corner. */
static void marks_choose(struct figure *f)
{
	double nearest = BEYOND_MAX;
	size_t kept = 0;

	for (size_t i = 0; i < f->marks_n; i++)
		nearest = fmin(nearest, beyond(&f->x, f->marks[i].x));
	for (size_t i = 0; i < f->marks_n; i++)
		if (beyond(&f->x, f->marks[i].x) <= nearest)
			f->marks[kept++] = f->marks[i];
	f->marks_n = kept;
}

/* `auto` is the scale on which the laws of the figure are straight: both axes logarithmic for power2, x for log. */
void figure_scales(struct figure *f)
{
	size_t laws = 0, power = 0, logs = 0;
	bool positive_x = true, positive_y = true;

	for (size_t i = 0; i < f->names.n; i++) {
		const struct series *s = &f->series[i];

		laws += s->curve.n > 0;
		power += s->curve.n && str_is(s->curve.law, "power2");
		logs += s->curve.n && str_is(s->curve.law, "log");
		for (size_t k = 0; k < s->point_count; k++) {
			positive_x &= s->points[k].x > 0;
			positive_y &= s->points[k].y > 0;
		}
		for (size_t k = 0; k < s->curve.n; k++) {
			positive_x &= s->curve.places[k].x > 0;
			positive_y &= s->curve.places[k].y > 0;
		}
	}
	bool straight = laws && power + logs == laws;

	f->x.log = f->x.scale == SCALE_LOG || (f->x.scale == SCALE_AUTO && straight && positive_x);
	f->y.log = f->y.scale == SCALE_LOG || (f->y.scale == SCALE_AUTO && laws && power == laws && positive_y && f->x.log);
}

/* Bands and bars may stretch the y axis by this share of what the means and curves take. */
#define STRETCH 0.5

static void reach_y(struct figure *f, const struct axis *core, double v)
{
	double share;

	if (!isfinite(v) || (core->log && v <= 0) || !(core->max > core->min))
		return;
	share = axis_share(core, v);
	axis_reach(&f->y, axis_at(core, fmax(-STRETCH, fmin(1 + STRETCH, share))));
}

static void reach_means(struct figure *f, const struct series *s)
{
	for (size_t k = 0; k < s->n; k++) {
		axis_reach(&f->x, s->spots[k].x);
		axis_reach(&f->y, s->spots[k].mean);
	}
	for (size_t k = 0; k < s->curve.n; k++) {
		if (s->curve.places[k].inside || !s->n) {
			axis_reach(&f->x, s->curve.places[k].x);
			axis_reach(&f->y, s->curve.places[k].y);
		}
	}
}

static void reach_intervals(struct figure *f, const struct axis *core, const struct series *s)
{
	for (size_t k = 0; k < s->n; k++) {
		reach_y(f, core, s->spots[k].low);
		reach_y(f, core, s->spots[k].high);
	}
	for (size_t k = 0; k < s->curve.n; k++) {
		if (s->curve.places[k].inside) {
			reach_y(f, core, s->curve.places[k].mean_low);
			reach_y(f, core, s->curve.places[k].mean_high);
		}
	}
}

void figure_range(struct figure *f)
{
	for (size_t i = 0; i < f->names.n; i++)
		reach_means(f, &f->series[i]);
	marks_choose(f);
	for (size_t i = 0; i < f->marks_n; i++) {
		axis_reach(&f->x, f->marks[i].x);
		axis_reach(&f->y, f->marks[i].level);
		if (f->marks[i].note.n)
			note_add(f, "%.*s", STR_ARG(f->marks[i].note));
	}
	struct axis core = f->y;

	for (size_t i = 0; i < f->names.n; i++)
		reach_intervals(f, &core, &f->series[i]);
	axis_pad(&f->x, 0.05);
	axis_pad(&f->y, 0.06);
}
