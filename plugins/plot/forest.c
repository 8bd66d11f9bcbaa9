/* SPDX-License-Identifier: GPL-3.0-or-later
 * `style: forest`: a line for each row, with an estimate, its interval, and both as text. */
#include <math.h>
#include <string.h>

#include "plugins/plot/figure.h"
#include "plugins/uncertain.h"

/* The interval's columns: those that the study names, else low and high, FIELD_low and FIELD_high, or what `aggregate`
 * makes beside a mean. -1: none. */
static int ends_find(const struct figure *f, const struct frame *t, long out[2])
{
	const struct str named[2] = { f->x.low, f->x.high };
	static const char *const plain[2] = { "low", "high" };
	struct str x = f->x.field;
	bool mean = x.n > 5 && !memcmp(x.p + x.n - 5, "_mean", 5);

	for (size_t i = 0; i < 2; i++) {
		struct text own = { .w = f->w };
		size_t found;

		text_printf(&own, "%.*s%s_%s", mean ? (int)x.n - 5 : (int)x.n, x.p, mean ? "_ci95" : "", plain[i]);
		out[i] = frame_column(t, own.p);
		if (out[i] < 0)
			out[i] = frame_column(t, plain[i]);
		if (!named[i].n)
			continue;
		if (columns_find(f->w, &t->columns, "x", named[i], &found))
			return -1;
		out[i] = (long)found;
	}
	return 0;
}

static struct str label_of(const struct figure *f, const struct frame *t, size_t row, const size_t *columns)
{
	struct text label = { .w = f->w };

	for (size_t i = 0; i < f->labels_n; i++)
		text_printf(&label, "%s%.*s", i ? ", " : "", STR_ARG(cell_text(f->w, frame_cell(t, row, columns[i]))));
	return text_str(&label);
}

static int estimate_read(struct figure *f, const struct frame *t, size_t row, size_t x, const long ends[2], struct estimate *e)
{
	const struct value *refused = frame_get(t, row, "refused");
	bool there = false;
	double both[2];

	if (!cell_missing(refused))
		e->refused = cell_text(f->w, refused);
	e->value = NAN;
	if (!cell_missing(frame_cell(t, row, x)) && !cell_number(f->w, frame_cell(t, row, x), &e->value))
		return cell_refuse(f->w, "x", &t->columns, t->columns.names[x], row + 1, frame_cell(t, row, x));
	if (f->x.scale == SCALE_LOG && e->value <= 0)
		return f->w->host->fail(f->w->job, "x", "use `scale: linear`, or leave such rows out",
		                        "%.*s: row %zu has a value that is not above 0, which a log axis cannot show",
		                        STR_ARG(t->columns.label), row + 1);
	for (size_t i = 0; i < 2; i++) {
		both[i] = NAN;
		if (ends[i] >= 0)
			there |= value_number(frame_cell(t, row, (size_t)ends[i]), &both[i]);
	}
	for (size_t i = 0; i < 2; i++)
		if (there && ends[i] >= 0 && isnan(both[i])) /* absent beside the other end: no bound */
			both[i] = i ? (double)INFINITY : -(double)INFINITY;
	e->low = both[0];
	e->high = both[1];
	return 0;
}

int estimates_read(struct figure *f, const struct frame *t)
{
	size_t x, *columns = work_array(f->w, size_t, f->labels_n);
	long ends[2];

	if (!t->n)
		return 0;
	if (columns_find(f->w, &t->columns, "x", f->x.field, &x) || ends_find(f, t, ends))
		return -1;
	for (size_t i = 0; i < f->labels_n; i++)
		if (columns_find(f->w, &t->columns, "y", f->labels[i], &columns[i]))
			return -1;
	for (size_t r = 0; r < t->n; r++) {
		struct estimate e = { .label = label_of(f, t, r, columns) };

		if (estimate_read(f, t, r, x, ends, &e))
			return -1;
		e.series = (size_t)(series_named(f, series_of_row(f, t, r)) - f->series);
		f->estimates = work_grow(f->w, f->estimates, f->estimates_n, &f->estimates_cap, sizeof *f->estimates);
		f->estimates[f->estimates_n++] = e;
	}
	return 0;
}

/* ---- the script --------------------------------------------------------------------------------------------------- */

static struct str end_text(const struct figure *f, double v, int decimals)
{
	return isinf(v) ? (v < 0 ? STR("−∞") : STR("∞")) : fixed_text(f->w, v, decimals);
}

static struct str estimate_text(const struct figure *f, const struct estimate *e)
{
	struct text t = { .w = f->w };
	double low = isfinite(e->low) ? e->value - e->low : NAN, high = isfinite(e->high) ? e->high - e->value : NAN;
	int decimals = uncertain_decimals(isnan(low) ? high : isnan(high) ? low : (low + high) / 2);

	if (e->refused.n || isnan(e->value))
		return STR("—");
	if (decimals < 0)
		return digits_text(f->w, e->value, 3);
	text_printf(&t, "%.*s [%.*s, %.*s]", STR_ARG(fixed_text(f->w, e->value, decimals)),
	            STR_ARG(end_text(f, e->low, decimals)), STR_ARG(end_text(f, e->high, decimals)));
	return text_str(&t);
}

static void estimates_range(struct figure *f)
{
	f->x.log = f->x.scale == SCALE_LOG;
	for (size_t i = 0; i < f->estimates_n; i++) {
		axis_reach(&f->x, f->estimates[i].value);
		axis_reach(&f->x, f->estimates[i].low);
		axis_reach(&f->x, f->estimates[i].high);
	}
	axis_pad(&f->x, 0.05);
}

static double shown(const struct axis *a, double v)
{
	return v < a->min ? a->min : v > a->max ? a->max : v;
}

static void estimate_put(const struct figure *f, size_t i, struct text *data, struct text *around)
{
	const struct estimate *e = &f->estimates[i];
	double y = (double)(f->estimates_n - i);

	text_printf(around, "set label %zu %.*s at graph 1, first %g left offset character 1, 0 font ',9' textcolor rgb '#222222'\n",
	            i + 1, STR_ARG(quoted(f->w, estimate_text(f, e))), y);
	if (e->refused.n || isnan(e->value)) {
		text_printf(around, "set label %zu %s at graph 0.5, first %g center font ',9' textcolor rgb '#777777'\n",
		            10000 + i, e->refused.n ? "'refused'" : "'no value'", y);
		return;
	}
	double low = isfinite(e->low) ? shown(&f->x, e->low) : e->value, high = isfinite(e->high) ? shown(&f->x, e->high) : e->value;

	text_printf(data, "%.10g %g %.10g %.10g\n", e->value, y, low, high);
	for (int end = 0; end < 2; end++)
		if (isinf(end ? e->high : e->low))
			text_printf(around, "set arrow %zu from first %.10g, first %g to graph %d, first %g head filled size char 0.8,20 "
			                    "linewidth 1.2 linecolor rgb '%s' front\n",
			            2 * i + 10 + (size_t)end, e->value, y, end, y, style_colour(e->series));
}

static void rows_names(const struct figure *f, struct text *out)
{
	text_printf(out, "set yrange [0.4:%g]\nset ytics scale 0 (", (double)f->estimates_n + 0.6);
	for (size_t i = 0; i < f->estimates_n; i++)
		text_printf(out, "%s%.*s %zu", i ? ", " : "", STR_ARG(quoted(f->w, f->estimates[i].label)), f->estimates_n - i);
	text_z(out, ")\n");
}

/* What stands at either side of the panel, in cm: names, and estimates as text. */
static void sides(const struct figure *f, double out[2])
{
	out[0] = out[1] = 0.6;
	for (size_t i = 0; i < f->estimates_n; i++) {
		out[0] = fmax(out[0], 0.5 + CHAR_CM * (double)width_of(f->estimates[i].label));
		out[1] = fmax(out[1], 0.5 + CHAR_SMALL_CM * (double)width_of(estimate_text(f, &f->estimates[i])));
	}
}

static void forest_panel(struct figure *f, struct text *out)
{
	struct text notes = { .w = f->w };
	size_t lines = style_notes(f, &notes), longest = 0;
	double side[2];

	sides(f, side);
	for (size_t i = 0; i < f->names.n; i++)
		longest = width_of(f->series[i].name) > longest ? width_of(f->series[i].name) : longest;
	style_frame(f, f->names.n > 1 ? f->names.n : 0, longest, side[0], side[1], out);
	f->margins.bottom = (double)lines * NOTE_CM + (lines ? 0.15 : 0) + 1.2;
	f->x.ticks = (f->width - side[0] - side[1]) / 1.7;
	style_panel(f, f->margins.bottom, f->height - f->margins.top, out);
	style_axis(f, &f->x, 'x', true, out);
	text_z(out, "set border 1\nunset grid\nset grid xtics back linewidth 0.5 linetype 1 linecolor rgb '#e6e6e6'\n");
	rows_names(f, out);
	text_add(out, text_str(&notes));
}

void forest_script(struct figure *f, struct text *out)
{
	struct text plot = { .w = f->w }, around = { .w = f->w };

	for (size_t i = 0; i < f->estimates_n; i++)
		if (f->estimates[i].refused.n)
			note_add(f, "%.*s: refused: %.*s", STR_ARG(f->estimates[i].label), STR_ARG(f->estimates[i].refused));
	estimates_range(f);
	style_terminals(f, out);
	for (size_t s = 0; s < f->names.n; s++) {
		struct text data = { .w = f->w };

		for (size_t i = 0; i < f->estimates_n; i++)
			if (f->estimates[i].series == s)
				estimate_put(f, i, &data, &around);
		text_printf(out, "\n# estimate, row, low, high\n$rows%zu << END\n%.*sEND\n", s + 1, STR_ARG(text_str(&data)));
		struct str title = f->names.n > 1 ? quoted(f->w, f->series[s].name) : STR("");

		if (data.n)
			text_printf(&plot, ", \\\n  $rows%zu using 1:2:3:4 with xerrorbars linewidth 1.6 pointtype %d pointsize 1 linecolor rgb "
			                   "'%s' %s%.*s",
			            s + 1, style_shape(s), style_colour(s), title.n ? "title " : "notitle", STR_ARG(title));
	}
	forest_panel(f, out);
	text_add(out, text_str(&around));
	if (!f->x.log && f->x.min < 0 && f->x.max > 0)
		text_z(out, "set arrow 1 from first 0, graph 0 to first 0, graph 1 nohead linewidth 1 linecolor rgb '#444444' back\n");
	text_printf(out, "\nplot \\\n  NaN notitle%.*s\nunset output\n", STR_ARG(text_str(&plot)));
}
