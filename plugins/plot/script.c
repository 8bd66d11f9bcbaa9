/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The figure as a gnuplot script with its data inside. Names stand in single quotes, where gnuplot replaces nothing, and
 * with enhanced text off, so that a series called `a_b` or `$(x)` is shown as it is.
 */
#include <math.h>
#include <string.h>

#include "plugins/plot/figure.h"

#define MANY 2000      /* points of a series: from here on they are thinned to what a figure can show */
#define LINE_COLUMNS 1500
#define CLOUD_COLUMNS 400
#define CLOUD_ROWS 250
#define DOTS 150 /* points of a line without a law: from here on they get no symbols */

static double clamp(double v, double low, double high)
{
	return v < low ? low : v > high ? high : v;
}

/* ---- many points -------------------------------------------------------------------------------------------------- */

static size_t cell_of(double share, size_t cells)
{
	double at = share * (double)cells;

	return at < 0 ? 0 : at >= (double)cells ? cells - 1 : (size_t)at;
}

/* Of a cloud, the first point in each cell of a fine grid. */
static void thin_cloud(const struct figure *f, struct series *s)
{
	unsigned char *seen = work_array(f->w, unsigned char, CLOUD_COLUMNS * CLOUD_ROWS);
	size_t kept = 0;

	for (size_t k = 0; k < s->n; k++) {
		size_t cell = cell_of(axis_share(&f->x, s->spots[k].x), CLOUD_COLUMNS) * CLOUD_ROWS +
		              cell_of(axis_share(&f->y, s->spots[k].mean), CLOUD_ROWS);

		if (!seen[cell])
			s->spots[kept++] = s->spots[k];
		seen[cell] = 1;
	}
	s->n = kept;
}

/* Of a line, the first, lowest, highest and last point in each narrow column: it looks the same. */
static void thin_line(const struct figure *f, struct series *s)
{
	size_t kept = 0;

	for (size_t from = 0, to; from < s->n; from = to) {
		size_t column = cell_of(axis_share(&f->x, s->spots[from].x), LINE_COLUMNS), low = from, high = from;

		for (to = from; to < s->n && cell_of(axis_share(&f->x, s->spots[to].x), LINE_COLUMNS) == column; to++) {
			low = s->spots[to].mean < s->spots[low].mean ? to : low;
			high = s->spots[to].mean > s->spots[high].mean ? to : high;
		}
		for (size_t k = from; k < to; k++)
			if (k == from || k == low || k == high || k == to - 1)
				s->spots[kept++] = s->spots[k];
	}
	s->n = kept;
}

/* ---- data --------------------------------------------------------------------------------------------------------- */

static void points_data(const struct figure *f, const struct series *s, size_t number, struct text *out)
{
	text_printf(out, "\n# x, mean, low, high, rows\n$points%zu << END\n", number);
	for (size_t k = 0; k < s->n; k++) {
		const struct spot *p = &s->spots[k];
		double low = isnan(p->low) ? p->mean : p->low, high = isnan(p->high) ? p->mean : p->high;

		if (f->y.log && low <= 0)
			low = f->y.min;
		text_printf(out, "%.10g %.8g %.8g %.8g %zu\n", p->x, p->mean, isfinite(low) ? low : f->y.min,
		            isfinite(high) ? high : f->y.max, p->n);
	}
	text_z(out, "END\n");
}

/* An interval without an end: an arrow to the edge. */
static void open_ends(const struct figure *f, const struct series *s, size_t *number, struct text *out)
{
	for (size_t k = 0; k < s->n; k++) {
		const struct spot *p = &s->spots[k];

		for (int high = 0; high < 2; high++)
			if (isinf(high ? p->high : p->low))
				text_printf(out, "set arrow %zu from first %.10g, first %.10g to first %.10g, graph %d head filled size char 0.8,20 "
				                 "linewidth 1 linecolor rgb '%s' front\n",
				            ++*number, p->x, p->mean, p->x, high, style_colour((size_t)(s - f->series)));
	}
}

/* x, law, mean low and high, low and high of a run of places; bands are cut where the frame ends. */
static void run_data(const struct figure *f, const struct curve *c, size_t from, size_t to, const char *name, struct text *out)
{
	text_printf(out, "\n# x, law, band of the law low, high, band of a new mean low, high\n$%s << END\n", name);
	for (size_t k = from; k < to; k++) {
		const struct place *p = &c->places[k];
		const double ends[4] = { p->mean_low, p->mean_high, p->low, p->high };

		text_printf(out, "%.10g %.8g", p->x, p->y);
		for (size_t i = 0; i < 4; i++)
			text_printf(out, " %.8g", isnan(ends[i]) ? p->y : clamp(ends[i], f->y.min, f->y.max));
		text_z(out, "\n");
	}
	text_z(out, "END\n");
}

/* ---- layers ------------------------------------------------------------------------------------------------------- */

struct layers {
	struct text data, bands, lines, points, arrows;
	size_t arrow;
};

#define LAYER_START ", \\\n  "
#define LAYER_LEAD (sizeof LAYER_START - 1)

static void layer(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void layer(struct text *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	text_z(t, LAYER_START);
	text_vprintf(t, fmt, ap);
	va_end(ap);
}

static void band_layer(struct text *bands, const char *name, const char *columns, const char *colour, const char *solid)
{
	layer(bands, "$%s using %s with filledcurves fillcolor rgb '%s' fillstyle transparent solid %s noborder notitle", name,
	      columns, colour, solid);
}

/* A run of places inside the data is drawn solid, one outside dashed; neighbours share a place. */
static void run_layers(const struct figure *f, size_t i, size_t from, size_t to, struct layers *l)
{
	const struct curve *c = &f->series[i].curve;
	const char *colour = style_colour(i);
	bool inside = c->places[from].inside, mean = false, wide = false;
	size_t start = !inside && from ? from - 1 : from, end = !inside && to < c->n ? to + 1 : to;
	struct text name = { .w = f->w };

	text_printf(&name, "curve%zu_%zu", i + 1, from + 1);
	for (size_t k = from; k < to; k++) {
		mean |= isfinite(c->places[k].mean_low);
		wide |= isfinite(c->places[k].low);
	}
	run_data(f, c, start, end, name.p, &l->data);
	if (wide)
		band_layer(&l->bands, name.p, "1:5:6", colour, inside ? "0.12" : "0.06");
	if (mean)
		band_layer(&l->bands, name.p, "1:3:4", colour, inside ? "0.24" : "0.12");
	layer(&l->lines, "$%s using 1:2 with lines linewidth %s linecolor rgb '%s' notitle", name.p,
	      inside ? "2" : "1.4 dashtype (8,5)", colour);
}

/* One series without a name is what the axis says. */
static bool has_key(const struct figure *f)
{
	return f->names.n > 1 || f->series[0].name.n || f->series[0].refused.n;
}

static void key_layer(const struct figure *f, size_t i, struct layers *l)
{
	const struct series *s = &f->series[i];
	struct text name = { .w = f->w };
	const char *with = s->n && (s->curve.n || s->n <= DOTS) ? (s->refused.n ? "points" : "linespoints") : "lines";

	text_add(&name, s->name.n ? s->name : f->y.label);
	if (s->refused.n)
		text_printf(&name, " (%.*s refused)", STR_ARG(s->curve.law));
	if (!s->n && s->refused.n)
		layer(&l->points, "keyentry title %.*s", STR_ARG(quoted(f->w, text_str(&name))));
	else /* the key shows line and point together, whichever there are */
		layer(&l->points, "keyentry with %s linewidth 2 pointtype %d pointsize 0.85 linecolor rgb '%s' title %.*s", with,
		      style_shape(i), style_colour(i), STR_ARG(quoted(f->w, text_str(&name))));
}

static void points_layers(const struct figure *f, size_t i, struct layers *l)
{
	struct series *s = &f->series[i];
	const char *colour = style_colour(i);
	bool law = s->curve.n || s->refused.n, many = s->n > DOTS, bars = false;

	if (s->n > MANY && law)
		thin_cloud(f, s);
	else if (s->n > MANY)
		thin_line(f, s);
	for (size_t k = 0; k < s->n; k++)
		bars |= !isnan(s->spots[k].low) || !isnan(s->spots[k].high);
	points_data(f, s, i + 1, &l->data);
	open_ends(f, s, &l->arrow, &l->arrows);
	if (!law)
		layer(&l->lines, "$points%zu using 1:2 with lines linewidth 1.4 linecolor rgb '%s' notitle", i + 1, colour);
	if (!law && many)
		return;
	/* One layer for bar and point: a bar with points of size 0 makes an SVG that some viewers refuse. */
	layer(&l->points, "$points%zu using %s linewidth 1.2 pointtype %d pointsize %s linecolor rgb '%s' notitle", i + 1,
	      bars && !many ? "1:2:3:4 with yerrorbars" : "1:2 with points", style_shape(i), many ? "0.3" : "0.85", colour);
}

static void series_layers(const struct figure *f, size_t i, struct layers *l)
{
	const struct curve *c = &f->series[i].curve;

	if (has_key(f))
		key_layer(f, i, l);
	for (size_t from = 0, to; from < c->n; from = to) {
		for (to = from + 1; to < c->n && c->places[to].inside == c->places[from].inside; to++)
			;
		run_layers(f, i, from, to, l);
	}
	if (f->series[i].n)
		points_layers(f, i, l);
}

/* ---- the panel of residuals --------------------------------------------------------------------------------------- */

static void residual_panel(const struct figure *f, struct text *out)
{
	struct text plot = { .w = f->w };
	double most = 0;

	for (size_t i = 0; i < f->names.n; i++) {
		const struct series *s = &f->series[i];

		if (!s->residual_count)
			continue;
		text_printf(out, "\n# x, residual\n$residuals%zu << END\n", i + 1);
		for (size_t k = 0; k < s->residual_count; k++) {
			most = fmax(most, fabs(s->residuals[k].value));
			text_printf(out, "%.10g %.8g\n", s->residuals[k].x, s->residuals[k].value);
		}
		text_z(out, "END\n");
		layer(&plot, "$residuals%zu using 1:2 with points linewidth 1.2 pointtype %d pointsize 0.7 linecolor rgb '%s' notitle",
		      i + 1, style_shape(i), style_colour(i));
	}
	most = most > 0 ? most : 1;
	text_z(out, "\nunset label\nunset arrow\nunset object\nunset key\n");
	style_panel(f, f->margins.bottom, f->margins.bottom + f->lower, out);
	style_axis(f, &f->x, 'x', true, out);
	style_y_label(f, STR("residual"), out);
	/* Three names fit beside so low a panel. */
	text_printf(out, "unset logscale y\nset yrange [%.10g:%.10g]\nset ytics ('%.2g' %.10g, '0' 0, '%.2g' %.10g)\n",
	            -1.25 * most, 1.25 * most, -most, -most, most, most);
	text_printf(out, "\nplot \\\n  0 with lines linewidth 0.8 linecolor rgb '#444444' notitle%.*s\nunset multiplot\n",
	            STR_ARG(text_str(&plot)));
}

/* ---- the whole ---------------------------------------------------------------------------------------------------- */

static bool has_residuals(const struct figure *f)
{
	for (size_t i = 0; i < f->names.n; i++)
		if (f->series[i].residual_count)
			return true;
	return false;
}

/* What stands left of the panel: the label, the names of the ticks. */
static double left_of(const struct figure *f, bool two)
{
	struct text ticks = { .w = f->w };
	size_t names = axis_ticks(f->w, &f->y, &ticks);

	return 0.95 + (double)(two && names < 7 ? 7 : names) * CHAR_CM;
}

static size_t longest_key(const struct figure *f)
{
	size_t most = 0;

	for (size_t i = 0; i < f->names.n; i++) {
		const struct series *s = &f->series[i];
		size_t n = width_of(s->name.n ? s->name : f->y.label) + (s->refused.n ? s->curve.law.n + 11 : 0);

		most = n > most ? n : most;
	}
	return most;
}

#define RESIDUALS_SHARE 0.28
#define RESIDUALS_LEAST 1.4 /* cm: three names of ticks */

/* Margins, then axes, then all that needs to know how large the panel is. */
static void panels(struct figure *f, bool two, struct text *out)
{
	struct text notes = { .w = f->w };
	size_t lines = style_notes(f, &notes);

	f->y.ticks = f->height / 1.7;
	f->x.ticks = f->width / 2.4;
	style_frame(f, has_key(f) ? f->names.n : 0, longest_key(f), left_of(f, two), 0.6, out);
	f->margins.bottom = (double)lines * NOTE_CM + (lines ? 0.15 : 0) + 1.2;
	double room = f->height - f->margins.top - f->margins.bottom;

	f->lower = two ? fmax(RESIDUALS_LEAST, RESIDUALS_SHARE * room) : 0;
	style_axis(f, &f->x, 'x', !two, out);
	style_axis(f, &f->y, 'y', true, out);
	style_y_label(f, f->y.label, out);
	style_panel(f, f->margins.bottom + f->lower + (two ? 0.35 : 0), f->height - f->margins.top, out);
	text_add(out, text_str(&notes));
	if (two)
		text_z(out, "set multiplot\n");
}

void figure_script(struct figure *f, struct text *out)
{
	struct layers l = { { .w = f->w }, { .w = f->w }, { .w = f->w }, { .w = f->w }, { .w = f->w }, 200 };
	struct text all = { .w = f->w };
	bool two = f->residuals && has_residuals(f);

	if (f->residuals && !two)
		note_add(f, "no residuals: the tables hold no fit with points");
	for (size_t i = 0; i < f->names.n; i++)
		series_layers(f, i, &l);
	style_terminals(f, out);
	text_add(out, text_str(&l.data));
	panels(f, two, out);
	marks_script(f, out);
	text_add(out, text_str(&l.arrows));
	text_add(&all, text_str(&l.bands));
	text_add(&all, text_str(&l.lines));
	text_add(&all, text_str(&l.points));
	/* Every layer starts with a comma; the first has none before it. */
	text_printf(out, "\nplot \\\n  %.*s\n", (int)(all.n - LAYER_LEAD), all.p + LAYER_LEAD);
	if (two)
		residual_panel(f, out);
	text_z(out, "unset output\n");
}
