/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Private to `plot`: what a figure shows, before it becomes a gnuplot script.
 *
 * Tables of `fit` become curves with bands, tables of `crossover` marks, all other tables points. Series are told apart by
 * the text in one column and keep their colour across tables.
 */
#ifndef RUNG_PLOT_FIGURE_H
#define RUNG_PLOT_FIGURE_H

#include "plugins/crossover/meet.h"

struct axis {
	struct str field, label;
	bool log;
	double min, max; /* NaN until known */
	bool min_set, max_set; /* the study says so */
};

struct point {
	double x, y;
	size_t row;
};

struct spot {
	double x;
	const double *y; /* rows at this x */
	size_t n;
	double mean, half; /* half: of the 95 % interval, NaN for one row */
};

struct series {
	struct str name;
	struct point *points; /* as read */
	size_t point_count, point_cap;
	struct spot *spots; /* rising x, once all is read */
	size_t n;
	bool has_law;
	struct meet_law law;
};

struct mark {
	double x, level, low, high; /* low, high: NaN without an interval */
};

struct figure {
	const struct work *w;
	struct axis x, y;
	struct str by, title;
	double width, height; /* cm */
	struct series *series;
	struct groups names;
	size_t cap;
	struct mark *marks;
	size_t marks_n, marks_cap;
};

int figure_read(struct figure *f);  /* fields and inputs */
void figure_range(struct figure *f); /* ranges of the axes, once all is read */
void figure_script(const struct figure *f, struct text *out);

/* Ticks in gnuplot's syntax: ("1,000" 1000, "" 2000 1). */
void axis_ticks(const struct work *w, const struct axis *a, struct text *out);
/* Where x stands on the axis, 0 to 1. */
double axis_share(const struct axis *a, double x);
double axis_at(const struct axis *a, double share);

/* The law's value at x, and the 95 % band of its draws (NaN with fewer than 20). */
void law_band(const struct work *w, const struct meet_law *l, double x, double out[3]);

#endif
