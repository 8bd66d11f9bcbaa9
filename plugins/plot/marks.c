/* SPDX-License-Identifier: GPL-3.0-or-later
 * Crossings: a line, its interval as a shade, and a label where it hides least. */
#include <math.h>

#include "plugins/plot/figure.h"

#define ROWS 12 /* heights that a label may take */

static double clamp(double v, double low, double high)
{
	return v < low ? low : v > high ? high : v;
}

/* How much of the figure lies in a box, all in shares of the axes. */
static size_t clutter(const struct figure *f, double left, double right, double bottom, double top)
{
	size_t n = 0;

	for (size_t i = 0; i < f->names.n; i++) {
		const struct series *s = &f->series[i];

		for (size_t k = 0; k < s->n; k++) {
			double x = axis_share(&f->x, s->spots[k].x), y = axis_share(&f->y, s->spots[k].mean);
			double low = isnan(s->spots[k].low) ? y : axis_share(&f->y, s->spots[k].low);
			double high = isnan(s->spots[k].high) ? y : axis_share(&f->y, s->spots[k].high);

			n += x > left && x < right && high > bottom && low < top ? 4 : 0;
		}
		for (size_t k = 0; k < s->curve.n; k++) {
			double x = axis_share(&f->x, s->curve.places[k].x), y = axis_share(&f->y, s->curve.places[k].y);

			n += x > left && x < right && y > bottom && y < top;
		}
	}
	return n;
}

struct spot_of_label {
	double y;
	bool right;
};

/* taken: a bit a row, for the labels before. width, height: of the label, in shares of the panel. */
static struct spot_of_label label_place(const struct figure *f, double share, const double size[2], unsigned *taken)
{
	struct spot_of_label best = { size[1], share < 0.5 };
	size_t least = SIZE_MAX, row = 0;

	for (size_t k = 0; k < 2 * ROWS; k++) {
		bool right = (k < ROWS) == (share < 0.5);
		double y = size[1] * 0.7 + (1 - 1.4 * size[1]) * (double)(k % ROWS) / (ROWS - 1);
		double left = right ? share : share - size[0], end = right ? share + size[0] : share;
		size_t n;

		if (*taken & 1u << k % ROWS)
			continue;
		n = clutter(f, left, end, y - size[1] * 0.65, y + size[1] * 0.65);
		n += left < 0 ? (size_t)(-left * 1000) : end > 1 ? (size_t)((end - 1) * 1000) : 0;
		if (n < least) {
			least = n;
			best = (struct spot_of_label){ y, right };
			row = k % ROWS;
		}
	}
	*taken |= 7u << row >> 1; /* a label is two lines high */
	return best;
}

static void arrow_out(const struct figure *f, const struct mark *m, bool high, size_t number, struct text *out)
{
	text_printf(out, "set arrow %zu from first %.10g, graph 0.02 to graph %d, graph 0.02 head filled size char 0.8,20 "
	                 "linewidth 1 linecolor rgb '#444444' front\n",
	            100 + 2 * number + high, clamp(m->x, f->x.min, f->x.max), high ? 1 : 0);
}

static struct str interval_text(const struct figure *f, const struct mark *m)
{
	struct text t = { .w = f->w };
	struct str low = digits_text(f->w, m->low, 3), high = digits_text(f->w, m->high, 3);

	if (isnan(m->low) && isnan(m->high))
		return STR("");
	text_printf(&t, "%.3g %%: ", 100 * f->level);
	if (isfinite(m->low) && isfinite(m->high))
		text_printf(&t, "%.*s–%.*s", STR_ARG(low), STR_ARG(high));
	else if (isfinite(m->low))
		text_printf(&t, "above %.*s", STR_ARG(low));
	else if (isfinite(m->high))
		text_printf(&t, "below %.*s", STR_ARG(high));
	else
		text_z(&t, "anywhere");
	return text_str(&t);
}

static void label_put(const struct figure *f, const struct mark *m, size_t number, unsigned *taken, struct text *out)
{
	struct text first = { .w = f->w };
	struct str at = digits_text(f->w, m->x, 3), lines[2] = { { "", 0 }, interval_text(f, m) };
	double wide = f->width - f->margins.left - f->margins.right;
	double high = f->height - f->margins.top - f->margins.bottom - f->lower;

	text_printf(&first, "crossover at %.*s", STR_ARG(at));
	lines[0] = text_str(&first);
	size_t longest = width_of(lines[0]) > width_of(lines[1]) ? width_of(lines[0]) : width_of(lines[1]);
	const double size[2] = { ((double)longest * CHAR_SMALL_CM + 0.3) / wide, 2 * LINE_CM / high };
	struct spot_of_label place = label_place(f, axis_share(&f->x, m->x), size, taken);

	for (size_t i = 0; i < 2 && lines[i].n; i++)
		text_printf(out, "set label %zu %.*s at first %.10g, graph %.4f %s offset character %s, 0 textcolor rgb '#222222' "
		                 "font ',9' front\n",
		            2 * number + i + 1, STR_ARG(quoted(f->w, lines[i])), m->x, place.y + (i ? -0.25 : 0.25) * size[1],
		            place.right ? "left" : "right", place.right ? "0.8" : "-0.8");
}

void marks_script(const struct figure *f, struct text *out)
{
	unsigned taken = 0;

	for (size_t i = 0; i < f->marks_n; i++) {
		const struct mark *m = &f->marks[i];
		double share = axis_share(&f->x, m->x);

		if (!(share >= 0 && share <= 1))
			continue;
		text_z(out, "\n# where the laws meet\n");
		if (!isnan(m->low) && !isnan(m->high))
			text_printf(out, "set object %zu rectangle from first %.10g, graph 0 to first %.10g, graph 1 behind fillcolor rgb "
			                 "'#000000' fillstyle transparent solid 0.07 noborder\n",
			            i + 1, clamp(m->low, f->x.min, f->x.max), clamp(m->high, f->x.min, f->x.max));
		text_printf(out, "set arrow %zu from first %.10g, graph 0 to first %.10g, graph 1 nohead linewidth 1.2 dashtype (6,4) "
		                 "linecolor rgb '#444444' front\n",
		            i + 1, m->x, m->x);
		if (!isnan(m->low) && m->low < f->x.min)
			arrow_out(f, m, false, i, out);
		if (!isnan(m->high) && m->high > f->x.max)
			arrow_out(f, m, true, i, out);
		label_put(f, m, i, &taken, out);
	}
}
