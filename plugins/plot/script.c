/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The figure as a gnuplot script with its data inside. Names stand in single quotes, where gnuplot replaces nothing, and
 * with enhanced text off, so that a series called `a_b` or `$(x)` is shown as it is.
 */
#include <math.h>

#include "plugins/plot/figure.h"

#define CURVE_PLACES 120

/* Okabe and Ito's palette, told apart by all common kinds of colour vision. */
static const char *const colours[] = { "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#333333" };
static const int shapes[] = { 7, 5, 9, 13, 11, 15, 3 };

#define STYLES (sizeof colours / sizeof *colours)

/* A gnuplot string of it: quoted, without control characters. */
static struct str quoted(const struct work *w, struct str s)
{
	struct text t = { .w = w };

	text_z(&t, "'");
	for (size_t i = 0; i < s.n; i++)
		text_add(&t, s.p[i] == '\'' ? STR("''") : (unsigned char)s.p[i] < ' ' ? STR(" ") : (struct str){ s.p + i, 1 });
	text_z(&t, "'");
	return text_str(&t);
}

/* ---- data --------------------------------------------------------------------------------------------------------- */

static void points_data(const struct series *s, size_t number, struct text *out)
{
	text_printf(out, "\n# x, mean, low, high, rows\n$points%zu << END\n", number);
	for (size_t k = 0; k < s->n; k++) {
		const struct spot *p = &s->spots[k];
		double half = isnan(p->half) ? 0 : p->half;

		text_printf(out, "%.10g %.8g %.8g %.8g %zu\n", p->x, p->mean, p->mean - half, p->mean + half, p->n);
	}
	text_z(out, "END\n");
}

static double clamp(double v, double low, double high)
{
	return v < low ? low : v > high ? high : v;
}

/* x, law, low, high between two shares of the axis; the band is cut where the frame ends. */
static bool curve_data(const struct figure *f, const struct series *s, const char *name, double from, double to,
                       struct text *out)
{
	if (!(to - from > 1e-6))
		return false;
	size_t places = (size_t)(CURVE_PLACES * (to - from)) + 8;

	text_printf(out, "\n# x, law, band low, band high\n$%s << END\n", name);
	for (size_t k = 0; k <= places; k++) {
		double x = axis_at(&f->x, from + (to - from) * (double)k / (double)places), v[3];

		if (!(x > 0))
			continue;
		law_band(f->w, &s->law, x, v);
		text_printf(out, "%.10g %.8g", x, v[0]);
		if (isfinite(v[1]) && isfinite(v[2]))
			text_printf(out, " %.8g %.8g\n", clamp(v[1], f->y.min, f->y.max), clamp(v[2], f->y.min, f->y.max));
		else
			text_printf(out, " %.8g %.8g\n", v[0], v[0]);
	}
	text_z(out, "END\n");
	return true;
}

/* ---- layers ------------------------------------------------------------------------------------------------------- */

struct layers {
	struct text data, bands, lines, points;
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

static void law_layers(const struct figure *f, size_t i, struct layers *l)
{
	const struct series *s = &f->series[i];
	const char *colour = colours[i % STYLES];
	const double ends[4] = { 0, clamp(axis_share(&f->x, s->law.x_min), 0, 1),
		                 clamp(axis_share(&f->x, s->law.x_max), 0, 1), 1 };
	static const char *const parts[3] = { "below", "curve", "above" };

	for (size_t k = 0; k < 3; k++) {
		struct text name = { .w = f->w };

		text_printf(&name, "%s%zu", parts[k], i + 1);
		if (!curve_data(f, s, name.p, ends[k], ends[k + 1], &l->data))
			continue;
		if (s->law.n)
			layer(&l->bands, "$%s using 1:3:4 with filledcurves fillcolor rgb '%s' fillstyle transparent solid %s noborder notitle",
			      name.p, colour, k == 1 ? "0.18" : "0.08");
		layer(&l->lines, "$%s using 1:2 with lines linewidth %s linecolor rgb '%s' notitle", name.p,
		      k == 1 ? "2" : "1.2 dashtype (8,5)", colour);
	}
}

static void series_layers(const struct figure *f, size_t i, struct layers *l)
{
	const struct series *s = &f->series[i];
	const char *colour = colours[i % STYLES];
	int shape = shapes[i % STYLES];
	bool bars = false;

	/* The key shows line and point together, whichever there are. */
	layer(&l->points, "keyentry with %s linewidth 2 pointtype %d pointsize 0.85 linecolor rgb '%s' title %.*s",
	      !s->n ? "lines" : "linespoints", shape, colour, STR_ARG(quoted(f->w, s->name.n ? s->name : f->y.label)));
	if (s->has_law)
		law_layers(f, i, l);
	if (!s->n)
		return;
	points_data(s, i + 1, &l->data);
	for (size_t k = 0; k < s->n; k++)
		bars |= !isnan(s->spots[k].half);
	if (!s->has_law)
		layer(&l->lines, "$points%zu using 1:2 with lines linewidth 1.2 linecolor rgb '%s' notitle", i + 1, colour);
	/* One layer for bar and point: a bar with points of size 0 makes an SVG that some viewers refuse. */
	layer(&l->points, "$points%zu using %s linewidth 1.2 pointtype %d pointsize 0.85 linecolor rgb '%s' notitle", i + 1,
	      bars ? "1:2:3:4 with yerrorbars" : "1:2 with points", shape, colour);
}

static void mark_put(const struct figure *f, const struct mark *m, size_t number, struct text *out)
{
	double share = axis_share(&f->x, m->x);

	if (!(share >= 0 && share <= 1))
		return;
	bool right = share < 0.6, bottom = isnan(m->level) || axis_share(&f->y, m->level) > 0.45;
	double y = bottom ? 0.045 + 0.11 * (double)number : 0.955 - 0.11 * (double)number;
	struct text label = { .w = f->w };

	text_printf(out, "\n# where the laws meet\n");
	if (isfinite(m->low) && isfinite(m->high))
		text_printf(out, "set object %zu rectangle from first %.10g, graph 0 to first %.10g, graph 1 behind fillcolor rgb '#000000' "
		                 "fillstyle transparent solid 0.07 noborder\n",
		            number + 1, clamp(m->low, f->x.min, f->x.max), clamp(m->high, f->x.min, f->x.max));
	text_printf(out, "set arrow %zu from first %.10g, graph 0 to first %.10g, graph 1 nohead linewidth 1.2 dashtype (6,4) "
	                 "linecolor rgb '#444444' front\n",
	            number + 1, m->x, m->x);
	text_printf(&label, "crossover at %.*s", STR_ARG(digits_text(f->w, m->x, 3)));
	if (isfinite(m->low) && isfinite(m->high))
		text_printf(&label, " (95 %%: %.*s–%.*s)", STR_ARG(digits_text(f->w, m->low, 3)),
		            STR_ARG(digits_text(f->w, m->high, 3)));
	text_printf(out, "set label %zu %.*s at first %.10g, graph %.3f %s offset character %s, 0 textcolor rgb '#222222' "
	                 "font ',9' front\n",
	            number + 1, STR_ARG(quoted(f->w, text_str(&label))), m->x, y, right ? "left" : "right", right ? "0.8" : "-0.8");
}

/* ---- around the data ---------------------------------------------------------------------------------------------- */

#define NARROW 15 /* cm: below, the note takes two lines */

/* What bars and bands are, under the figure: a reader must not have to guess. Returns the number of lines. */
static size_t notes_of(const struct figure *f, struct text notes[2])
{
	size_t least = SIZE_MAX, most = 0, draws = 0, n = 0;

	for (size_t i = 0; i < f->names.n; i++) {
		for (size_t k = 0; k < f->series[i].n; k++) {
			least = f->series[i].spots[k].n < least ? f->series[i].spots[k].n : least;
			most = f->series[i].spots[k].n > most ? f->series[i].spots[k].n : most;
		}
		if (f->series[i].has_law && f->series[i].law.n > draws)
			draws = f->series[i].law.n;
	}
	if (most > 1 && least == most)
		text_printf(&notes[n], "points: mean of %zu and its 95 %% interval (t)", most);
	else if (most > 1)
		text_printf(&notes[n], "points: mean of %zu to %zu and its 95 %% interval (t)", least, most);
	if (draws && notes[n].n && f->width < NARROW)
		n++;
	if (draws)
		text_printf(&notes[n], "%sbands: 95 %% of %.*s redrawn fits; dashed: beyond the data", notes[n].n ? "; " : "",
		            STR_ARG(digits_text(f->w, (double)draws, 15)));
	return notes[n].n ? n + 1 : 0;
}

static void terminals(const struct figure *f, struct text *out)
{
	const double px = 96 / 2.54;

	text_printf(out,
	            "# A figure of rung. To restyle it, edit and run: gnuplot -e \"format='pdf'\" plot.gp   (or svg, png)\n"
	            "if (!exists('format')) format = 'svg'\n"
	            "if (!exists('target')) target = 'plot.' . format\n"
	            "if (format eq 'svg') set terminal svg noenhanced size %.0f,%.0f "
	            "font 'Helvetica,Arial,sans-serif,11' background '#ffffff'\n"
	            "if (format eq 'pdf') set terminal pdfcairo noenhanced size %.3fcm,%.3fcm "
	            "font 'Sans,10' fontscale 0.68 linewidth 1.1 pointscale 0.8\n"
	            "if (format eq 'png') set terminal pngcairo noenhanced size %.0f,%.0f "
	            "font 'Sans,10' fontscale 1.9 linewidth 2 pointscale 1.9 background '#ffffff'\n"
	            "set output target\n"
	            "set encoding utf8\n",
	            f->width * px, f->height * px, f->width, f->height, 2 * f->width * px, 2 * f->height * px);
}

static void frame_put(const struct figure *f, struct text *out)
{
	struct text notes[2] = { { .w = f->w }, { .w = f->w } };
	size_t lines = notes_of(f, notes);

	text_z(out, "\nset border 3 linewidth 0.8 linecolor rgb '#444444'\n"
	            "set grid xtics ytics back linewidth 0.5 linetype 1 linecolor rgb '#e6e6e6'\n"
	            "set tics nomirror out scale 0.6, 0.3 textcolor rgb '#222222'\n"
	            "set key above left horizontal reverse Left samplen 2.2 width 2 textcolor rgb '#222222'\n"
	            "set bars 0.5\n");
	for (size_t i = 0; i < 2; i++) {
		const struct axis *a = i ? &f->y : &f->x;
		char name = i ? 'y' : 'x';

		if (a->log)
			text_printf(out, "set logscale %c\n", name);
		text_printf(out, "set %crange [%.10g:%.10g]\nset %ctics ", name, a->min, a->max, name);
		axis_ticks(f->w, a, out);
		text_printf(out, "\nset %clabel %.*s textcolor rgb '#222222'\n", name, STR_ARG(quoted(f->w, a->label)));
	}
	if (f->title.n)
		text_printf(out, "set title %.*s textcolor rgb '#222222'\n", STR_ARG(quoted(f->w, f->title)));
	if (lines)
		text_printf(out, "set bmargin %zu\n", lines + 4);
	for (size_t i = 0; i < lines; i++)
		text_printf(out, "set label %zu %.*s at graph 0, screen 0 left offset 0, character %zu.7 font ',8' textcolor rgb '#777777'\n",
		            1000 + i, STR_ARG(quoted(f->w, text_str(&notes[i]))), lines - 1 - i);
}

/* ---- the whole ---------------------------------------------------------------------------------------------------- */

void figure_script(const struct figure *f, struct text *out)
{
	struct layers l = { { .w = f->w }, { .w = f->w }, { .w = f->w }, { .w = f->w } };
	struct text all = { .w = f->w };

	for (size_t i = 0; i < f->names.n; i++)
		series_layers(f, i, &l);
	terminals(f, out);
	text_add(out, text_str(&l.data));
	frame_put(f, out);
	for (size_t i = 0; i < f->marks_n; i++)
		mark_put(f, &f->marks[i], i, out);
	text_add(&all, text_str(&l.bands));
	text_add(&all, text_str(&l.lines));
	text_add(&all, text_str(&l.points));
	/* Every layer starts with a comma; the first has none before it. */
	text_printf(out, "\nplot \\\n  %.*s\nunset output\n", (int)(all.n - LAYER_LEAD), all.p + LAYER_LEAD);
}
