/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Private to `plot`: what a figure shows, before it becomes a gnuplot script.
 *
 * Tables of `fit` become curves with bands and residuals, tables of `crossover` marks, all other tables points. Series are
 * told apart by the text in the columns of `by` and keep their colour across tables. What cannot be drawn (a refused law, an
 * absent crossing) becomes a note under the figure: nothing is silently absent.
 */
#ifndef RUNG_PLOT_FIGURE_H
#define RUNG_PLOT_FIGURE_H

#include "plugins/rows.h"

enum scale { SCALE_AUTO, SCALE_LINEAR, SCALE_LOG };
enum bars { BARS_CI95, BARS_SD, BARS_SEM, BARS_NONE };

struct axis {
	struct str field, label;
	struct str low, high; /* columns of an interval; empty = none */
	enum scale scale;
	bool log;        /* decided by figure_scales */
	double min, max; /* NaN until known */
	bool min_set, max_set; /* the study says so */
	double ticks; /* about how many named ones there is room for */
};

/* Margins of the panel in cm. Text has known sizes, so they are computed here and do not depend on the terminal. */
struct margins {
	double left, right, bottom, top;
};

struct point {
	double x, y;
	double low, high; /* NaN: no interval; infinite: an open one */
	size_t row;
};

struct spot {
	double x;
	const double *y; /* rows at this x */
	size_t n;
	double mean, low, high; /* low, high as in struct point */
};

/* A place on a fitted curve. The bands are NaN where the fit gives none. */
struct place {
	double x, y, mean_low, mean_high, low, high;
	bool inside; /* within the data */
};

struct curve {
	struct str law;
	struct place *places; /* rising x */
	size_t n;
};

struct residual {
	double x, value;
};

struct series {
	struct str name;
	struct str refused; /* why there is no curve; empty otherwise */
	struct point *points; /* as read */
	size_t point_count, point_cap;
	struct spot *spots; /* rising x, once all is read */
	size_t n;
	struct curve curve; /* n = 0: none */
	struct residual *residuals;
	size_t residual_count;
};

struct mark {
	double x, level;
	double low, high; /* NaN: no interval at all; infinite: open on that side */
	struct str note;  /* empty: none */
};

/* A row of a forest plot. */
struct estimate {
	struct str label, refused;
	double value, low, high;
	size_t series;
};

struct figure {
	const struct work *w;
	struct axis x, y;
	struct str *by; /* columns that name the series, each NUL-terminated */
	size_t by_n;
	struct str title;
	double width, height; /* cm */
	enum bars bars;
	bool forest, residuals;
	double level, seeds; /* of the bands: share, and the size of a new mean (NaN: not said) */
	struct series *series;
	struct groups names;
	size_t cap;
	struct mark *marks;
	size_t marks_n, marks_cap;
	struct estimate *estimates;
	size_t estimates_n, estimates_cap;
	struct str *labels; /* of y, in a forest */
	size_t labels_n;
	struct margins margins;
	double lower;          /* height of the panel of residuals in cm; 0 = none */
	struct groups origins; /* live, replayed, simulated: what a column `origin` says */
	struct str *notes;     /* sentences under the figure */
	size_t notes_n, notes_cap;
};

int figure_read(struct figure *f); /* fields and inputs */
int figure_fields(struct figure *f);
struct series *series_named(struct figure *f, struct str name);
/* The name of a row's series: the cells of those columns of `by` that the table has. */
struct str series_of_row(const struct figure *f, const struct frame *t, size_t row);
void note_add(struct figure *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void mark_add(struct figure *f, struct mark m);

/* Tables of `fit` and `crossover`, or rows of theirs that another step handed on. */
bool is_fit(const struct frame *t);
bool is_crossing(const struct frame *t);
void curves_read(struct figure *f, const struct frame *t);
/* The other column of such a law where its values are few enough for a curve each; else empty. */
struct str slices_column(const struct figure *f, const struct frame *t);
/* A law of two columns; false when the row holds none. */
bool slices_read(struct figure *f, const struct frame *t, size_t row, struct str group);
void marks_read(struct figure *f, const struct frame *t);
/* Tables with an estimate and an interval in a row: `compare`, `correlate`, `aggregate`, `fit`. */
int estimates_read(struct figure *f, const struct frame *t);

void figure_scales(struct figure *f); /* decides `scale: auto` */
void figure_range(struct figure *f);  /* ranges of the axes, once all is read */
void figure_script(struct figure *f, struct text *out);

/* ---- axis.c ---- */

/* Ticks in gnuplot's syntax: ("1,000" 1000, "" 2000 1). Returns the bytes of the longest name. */
size_t axis_ticks(const struct work *w, const struct axis *a, struct text *out);
/* Where x stands on the axis, 0 to 1. */
double axis_share(const struct axis *a, double x);
double axis_at(const struct axis *a, double share);
void axis_reach(struct axis *a, double v);
void axis_pad(struct axis *a, double share);

/* ---- style.c: the look ---- */

#define CHAR_CM 0.155      /* width of a character at the axes and in the key */
#define CHAR_SMALL_CM 0.14 /* of labels inside the figure */
#define LINE_CM 0.40
#define NOTE_CM 0.29 /* height of a note's line */

const char *style_colour(size_t series);
int style_shape(size_t series);
/* A gnuplot string of it: quoted, without control characters. */
struct str quoted(const struct work *w, struct str s);
size_t width_of(struct str s); /* in characters */
void style_terminals(const struct figure *f, struct text *out);
/* Title, margins and the place of the key: n entries, the longest of `longest` characters. `left` and `right`: what stands
 * beside the panel, in cm. */
void style_frame(struct figure *f, size_t n, size_t longest, double left, double right, struct text *out);
/* An axis whose ticks are named unless it stands on another panel with the same one. */
void style_axis(const struct figure *f, const struct axis *a, char name, bool named, struct text *out);
void style_y_label(const struct figure *f, struct str label, struct text *out);
/* The notes under the figure, wrapped to its width. Returns the number of lines. */
size_t style_notes(struct figure *f, struct text *out);
void style_panel(const struct figure *f, double bottom, double top, struct text *out); /* in cm from below */

/* ---- forest.c ---- */

void forest_script(struct figure *f, struct text *out);

/* ---- marks.c: crossings ---- */

void marks_script(const struct figure *f, struct text *out);

#endif
