/* SPDX-License-Identifier: GPL-3.0-or-later
 * The look of figures: colours, fonts, frame, and the notes under them. */
#include <math.h>
#include <string.h>

#include "plugins/plot/figure.h"

/* Okabe and Ito's palette, told apart by all common kinds of colour vision. */
static const char *const colours[] = { "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#333333" };
static const int shapes[] = { 7, 5, 9, 13, 11, 15, 3 };

#define STYLES (sizeof colours / sizeof *colours)

const char *style_colour(size_t series)
{
	return colours[series % STYLES];
}

/* Another round of the colours takes other shapes. */
int style_shape(size_t series)
{
	return shapes[(series + series / STYLES) % STYLES];
}

struct str quoted(const struct work *w, struct str s)
{
	struct text t = { .w = w };

	text_z(&t, "'");
	for (size_t i = 0; i < s.n; i++)
		text_add(&t, s.p[i] == '\'' ? STR("''") : (unsigned char)s.p[i] < ' ' ? STR(" ") : (struct str){ s.p + i, 1 });
	text_z(&t, "'");
	return text_str(&t);
}

/* Sizes of text are absolute: a figure of 8.4 cm is made for a column of that width and is not to be scaled. */
void style_terminals(const struct figure *f, struct text *out)
{
	const double px = 96 / 2.54;

	text_printf(out,
	            "# A figure of rung. To restyle it, edit and run: gnuplot -e \"format='pdf'\" plot.gp   (or svg, png)\n"
	            "if (!exists('format')) format = 'svg'\n"
	            "if (!exists('target')) target = 'plot.' . format\n"
	            "if (format eq 'svg') set terminal svg noenhanced size %.0f,%.0f "
	            "font 'Helvetica,Arial,sans-serif,11' background '#ffffff'\n"
	            "if (format eq 'pdf') set terminal pdfcairo noenhanced size %.3fcm,%.3fcm "
	            "font 'Sans,10' fontscale 0.6 linewidth 1.1 pointscale 0.6\n"
	            "if (format eq 'png') set terminal pngcairo noenhanced size %.0f,%.0f "
	            "font 'Sans,10' fontscale 1.6 linewidth 2 pointscale 1.4 background '#ffffff'\n"
	            "set output target\n"
	            "set encoding utf8\n",
	            f->width * px, f->height * px, f->width, f->height, 2 * f->width * px, 2 * f->height * px);
}

size_t width_of(struct str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
	return n;
}

void style_panel(const struct figure *f, double bottom, double top, struct text *out)
{
	text_printf(out, "set lmargin at screen %.4f\nset rmargin at screen %.4f\nset bmargin at screen %.4f\nset tmargin at screen %.4f\n",
	            f->margins.left / f->width, 1 - f->margins.right / f->width, bottom / f->height, top / f->height);
}

#define KEY_SAMPLE_CM 1.3

void style_frame(struct figure *f, size_t n, size_t longest, double left, double right, struct text *out)
{
	double entry = KEY_SAMPLE_CM + (double)longest * CHAR_CM, title = f->title.n ? 0.6 : 0.1;
	double wide = f->width - left - right;
	size_t columns = wide > entry ? (size_t)(wide / entry) : 1, lines = n ? (n + columns - 1) / columns : 0;

	f->margins = (struct margins){ left, right, 0, title + (double)lines * LINE_CM + 0.25 };
	text_z(out, "\nset border 3 linewidth 0.8 linecolor rgb '#444444'\n"
	            "set grid xtics ytics back linewidth 0.5 linetype 1 linecolor rgb '#e6e6e6'\n"
	            "set tics nomirror out scale 0.6, 0.3 textcolor rgb '#222222'\n"
	            "set bars 0.5\n");
	if (n)
		text_printf(out, "set key at screen %.4f, screen %.4f left top horizontal maxcols %zu reverse Left samplen 2.2 width 1 "
		                 "textcolor rgb '#222222'\n",
		            (left - 0.3) / f->width, 1 - title / f->height, columns);
	else
		text_z(out, "unset key\n");
	if (f->title.n)
		text_printf(out, "set label 999 %.*s at screen %.4f, screen %.4f left textcolor rgb '#222222'\n",
		            STR_ARG(quoted(f->w, f->title)), left / f->width, 1 - 0.35 / f->height);
}

/* The ticks without their names: for a panel that stands on another one with the same axis. */
static struct str nameless(const struct work *w, struct str ticks)
{
	struct text t = { .w = w };
	bool name = false;

	for (size_t i = 0; i < ticks.n; i++) {
		name ^= ticks.p[i] == '\'';
		if (!name || ticks.p[i] == '\'')
			text_add(&t, (struct str){ ticks.p + i, 1 });
	}
	return text_str(&t);
}

void style_axis(const struct figure *f, const struct axis *a, char name, bool named, struct text *out)
{
	struct text ticks = { .w = f->w };

	(void)axis_ticks(f->w, a, &ticks);
	text_printf(out, a->log ? "set logscale %c\n" : "unset logscale %c\n", name);
	text_printf(out, "set %crange [%.10g:%.10g]\nset %ctics %.*s\n", name, a->min, a->max, name,
	            STR_ARG(named ? text_str(&ticks) : nameless(f->w, text_str(&ticks))));
	if (name == 'x' && named)
		text_printf(out, "set xlabel %.*s textcolor rgb '#222222' offset 0, 0.3\n", STR_ARG(quoted(f->w, a->label)));
}

/* Not gnuplot's ylabel: that one moves with the width of the ticks, and those of two panels must stand in line. */
void style_y_label(const struct figure *f, struct str label, struct text *out)
{
	text_printf(out, "set label 998 %.*s at screen %.4f, graph 0.5 center rotate by 90 textcolor rgb '#222222'\n",
	            STR_ARG(quoted(f->w, label)), 0.35 / f->width);
}

/* ---- notes -------------------------------------------------------------------------------------------------------- */

#define NOTE_LINES 8        /* more of them would leave no room for the figure */
#define NOTE_PER_CM 8.4     /* characters of a note in a cm */

static void points_note(const struct figure *f, struct text *t)
{
	static const char *const names[] = { "its 95 % interval (t)", "± 1 standard deviation", "± 1 standard error" };
	size_t least = SIZE_MAX, most = 0;
	bool given = false;

	for (size_t i = 0; i < f->names.n; i++) {
		for (size_t k = 0; k < f->series[i].n; k++) {
			const struct spot *spot = &f->series[i].spots[k];

			least = spot->n < least ? spot->n : least;
			most = spot->n > most ? spot->n : most;
			given |= spot->n == 1 && !isnan(spot->low);
		}
	}
	if (most > 1 && least == most)
		text_printf(t, "points: mean of %zu", most);
	else if (most > 1)
		text_printf(t, "points: mean of %zu to %zu", least, most);
	if (most > 1 && f->bars != BARS_NONE)
		text_printf(t, "%s%s", f->bars == BARS_CI95 ? " and " : " ", names[f->bars]);
	if (most == 1 && given && f->y.low.n)
		text_printf(t, "bars: %.*s to %.*s", STR_ARG(f->y.low), STR_ARG(f->y.high));
	else if (most == 1 && given)
		text_z(t, "bars: 95 % interval of the mean (t)");
}

static void bands_note(const struct figure *f, struct text *t)
{
	bool mean = false, wide = false, beyond = false;

	for (size_t i = 0; i < f->names.n; i++) {
		const struct curve *c = &f->series[i].curve;

		for (size_t k = 0; k < c->n; k++) {
			mean |= isfinite(c->places[k].mean_low);
			wide |= isfinite(c->places[k].low);
			beyond |= !c->places[k].inside;
		}
	}
	const char *percent = digits_text(f->w, 100 * f->level, 3).p;

	if (mean)
		text_printf(t, "%s%s%s %% of the curve", t->n ? "; " : "", wide ? "dark band: " : "band: ", percent);
	if (wide && isfinite(f->seeds))
		text_printf(t, "%slight band: %s %% of a new mean of %.0f", t->n ? "; " : "", percent, f->seeds);
	else if (wide)
		text_printf(t, "%slight band: %s %% of a new mean", t->n ? "; " : "", percent);
	if (beyond)
		text_printf(t, "%sdashed: beyond the data", t->n ? "; " : "");
}

static void origins_note(const struct figure *f, struct text *t)
{
	for (size_t i = 0; i < f->origins.n; i++)
		text_printf(t, "%s%.*s", i ? ", " : t->n ? "; data: " : "data: ", STR_ARG(f->origins.keys[i]));
}

/* One sentence over as many lines as it needs; a word that is longer than a line stays whole. */
static void wrap(const struct figure *f, struct str s, struct str lines[NOTE_LINES], size_t *n)
{
	size_t most = (size_t)((f->width - 0.4) * NOTE_PER_CM);

	while (s.n) {
		size_t cut = s.n;

		if (*n == NOTE_LINES) {
			lines[NOTE_LINES - 1] = STR("… and more: see the tables");
			return;
		}
		while (width_of((struct str){ s.p, cut }) > most) {
			size_t blank = cut;

			while (blank && s.p[blank - 1] != ' ')
				blank--;
			if (blank < 2)
				break;
			cut = blank - 1;
		}
		lines[(*n)++] = (struct str){ s.p, cut };
		while (cut < s.n && s.p[cut] == ' ')
			cut++;
		s = (struct str){ s.p + cut, s.n - cut };
	}
}

size_t style_notes(struct figure *f, struct text *out)
{
	struct text first = { .w = f->w };
	struct str lines[NOTE_LINES];
	size_t n = 0;

	if (!f->forest) {
		points_note(f, &first);
		bands_note(f, &first);
	}
	origins_note(f, &first);
	wrap(f, text_str(&first), lines, &n);
	for (size_t i = 0; i < f->notes_n; i++)
		wrap(f, f->notes[i], lines, &n);
	for (size_t i = 0; i < n; i++)
		text_printf(out, "set label %zu %.*s at screen %.4f, screen %.4f left font ',8' textcolor rgb '#666666'\n", 1000 + i,
		            STR_ARG(quoted(f->w, lines[i])), 0.2 / f->width, ((double)(n - 1 - i) * NOTE_CM + 0.22) / f->height);
	return n;
}
