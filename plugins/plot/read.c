/* SPDX-License-Identifier: GPL-3.0-or-later
 * The inputs of `plot` turned into series, and tables of measured values into points. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/stat/moments.h"
#include "plugins/plot/figure.h"

struct series *series_named(struct figure *f, struct str name)
{
	size_t before = f->names.n, i = groups_number(&f->names, name);

	if (f->names.n > before) {
		f->series = work_grow(f->w, f->series, i, &f->cap, sizeof *f->series);
		f->series[i] = (struct series){ .name = f->names.keys[i] };
	}
	return &f->series[i];
}

struct str series_of_row(const struct figure *f, const struct frame *t, size_t row)
{
	struct text name = { .w = f->w };

	for (size_t i = 0; i < f->by_n; i++) {
		long column = frame_column(t, f->by[i].p);

		if (column >= 0)
			text_printf(&name, "%s%.*s", name.n ? ", " : "", STR_ARG(cell_text(f->w, frame_cell(t, row, (size_t)column))));
	}
	return text_str(&name);
}

void note_add(struct figure *f, const char *fmt, ...)
{
	struct text t = { .w = f->w };
	va_list ap;

	va_start(ap, fmt);
	text_vprintf(&t, fmt, ap);
	va_end(ap);
	for (size_t i = 0; i < f->notes_n; i++)
		if (str_same(f->notes[i], text_str(&t)))
			return;
	f->notes = work_grow(f->w, f->notes, f->notes_n, &f->notes_cap, sizeof *f->notes);
	f->notes[f->notes_n++] = text_str(&t);
}

/* ---- points ------------------------------------------------------------------------------------------------------- */

static void point_add(const struct work *w, struct series *s, struct point p)
{
	s->points = work_grow(w, s->points, s->point_count, &s->point_cap, sizeof *s->points);
	p.row = s->point_count;
	s->points[s->point_count++] = p;
}

static int by_x(const void *one, const void *other)
{
	const struct point *a = one, *b = other;

	if (a->x != b->x)
		return a->x < b->x ? -1 : 1;
	return a->row < b->row ? -1 : a->row > b->row; /* sums of numbers depend on their order */
}

static double half_of(const struct summary *m, enum bars bars)
{
	if (m->n < 2 || bars == BARS_NONE)
		return NAN;
	if (bars == BARS_CI95)
		return summary_half_width(m, 0.95);
	return bars == BARS_SD ? m->sd : m->sd / sqrt((double)m->n);
}

/* The points of each x become a spot. */
static void spots_make(const struct figure *f, struct series *s)
{
	double *y = work_array(f->w, double, s->point_count);

	s->spots = work_array(f->w, struct spot, s->point_count);
	if (s->point_count)
		qsort(s->points, s->point_count, sizeof *s->points, by_x);
	for (size_t i = 0; i < s->point_count; i++) {
		const struct point *p = &s->points[i];

		if (!i || p->x != s->points[i - 1].x)
			s->spots[s->n++] = (struct spot){ .x = p->x, .y = y + i, .low = p->low, .high = p->high };
		y[i] = p->y;
		s->spots[s->n - 1].n++;
	}
	for (size_t k = 0; k < s->n; k++) {
		struct spot *spot = &s->spots[k];
		const struct summary m = summary_of(spot->y, spot->n);
		double half = half_of(&m, f->bars);

		spot->mean = m.mean;
		if (spot->n == 1)
			continue;
		spot->low = m.mean - half;
		spot->high = m.mean + half;
	}
}

static int bad_cell(const struct figure *f, const struct frame *t, size_t row, size_t column, const char *field)
{
	return cell_refuse(f->w, field, &t->columns, t->columns.names[column], row + 1, frame_cell(t, row, column));
}

static int not_for_log(const struct figure *f, const struct frame *t, size_t row, const char *field)
{
	return f->w->host->fail(f->w->job, field, "use `scale: linear`, or leave such rows out",
	                        "%.*s: row %zu has a value that is not above 0, which a log axis cannot show",
	                        STR_ARG(t->columns.label), row + 1);
}

/* The interval's columns: those that the study names, or the ones `aggregate` makes beside a mean. -1: none. */
static int interval_columns(const struct figure *f, const struct frame *t, long out[2])
{
	const struct str named[2] = { f->y.low, f->y.high };
	static const char *const ends[2] = { "_ci95_low", "_ci95_high" };
	struct str y = f->y.field;

	for (size_t i = 0; i < 2; i++) {
		struct text z = { .w = f->w };
		size_t found;

		out[i] = -1;
		if (named[i].n) {
			if (columns_find(f->w, &t->columns, "y", named[i], &found))
				return -1;
			out[i] = (long)found;
		} else if (y.n > 5 && !memcmp(y.p + y.n - 5, "_mean", 5)) {
			text_add(&z, (struct str){ y.p, y.n - 5 });
			text_z(&z, ends[i]);
			out[i] = frame_column(t, z.p);
		}
	}
	return 0;
}

/* An end that is not there while the other one is has no bound. */
static void interval_cells(const struct frame *t, size_t row, const long columns[2], double out[2])
{
	bool there = false;

	for (size_t i = 0; i < 2; i++) {
		out[i] = NAN;
		if (columns[i] >= 0)
			there |= value_number(frame_cell(t, row, (size_t)columns[i]), &out[i]);
	}
	for (size_t i = 0; i < 2; i++)
		if (there && columns[i] >= 0 && isnan(out[i]))
			out[i] = i ? (double)INFINITY : -(double)INFINITY;
}

static void origins_read(struct figure *f, const struct frame *t)
{
	long column = frame_column(t, "origin");

	for (size_t r = 0; column >= 0 && r < t->n; r++)
		if (!cell_missing(frame_cell(t, r, (size_t)column)))
			(void)groups_number(&f->origins, cell_text(f->w, frame_cell(t, r, (size_t)column)));
}

static int points_read(struct figure *f, const struct frame *t)
{
	const struct work *w = f->w;
	size_t x, y;
	long ends[2];

	if (columns_find(w, &t->columns, "x", f->x.field, &x) || columns_find(w, &t->columns, "y", f->y.field, &y) ||
	    interval_columns(f, t, ends))
		return -1;
	for (size_t r = 0; r < t->n; r++) {
		struct point p = { .row = 0 };
		double interval[2];

		if (cell_missing(frame_cell(t, r, x)) || cell_missing(frame_cell(t, r, y)))
			continue;
		if (!cell_number(w, frame_cell(t, r, x), &p.x))
			return bad_cell(f, t, r, x, "x");
		if (!cell_number(w, frame_cell(t, r, y), &p.y))
			return bad_cell(f, t, r, y, "y");
		if (f->x.scale == SCALE_LOG && p.x <= 0)
			return not_for_log(f, t, r, "x");
		if (f->y.scale == SCALE_LOG && p.y <= 0)
			return not_for_log(f, t, r, "y");
		interval_cells(t, r, ends, interval);
		p.low = interval[0];
		p.high = interval[1];
		point_add(w, series_named(f, series_of_row(f, t, r)), p);
	}
	origins_read(f, t);
	return 0;
}

/* ---- which columns name the series -------------------------------------------------------------------------------- */

static bool is_text_column(const struct figure *f, const struct frame *t, size_t column)
{
	struct str name = t->columns.names[column];
	double x;

	if (str_same(name, f->x.field) || str_same(name, f->y.field) || str_is(name, "origin"))
		return false;
	for (size_t r = 0; r < t->n; r++) {
		const struct value *cell = frame_cell(t, r, column);

		if (cell->type != V_STR || f->w->host->number(cell->s, &x))
			return false;
	}
	return t->n > 0;
}

static void by_add(struct figure *f, struct str name)
{
	struct text z = { .w = f->w };

	text_add(&z, name);
	f->by[f->by_n++] = (struct str){ z.p, z.n };
}

static bool is_result(const struct frame *t)
{
	return is_fit(t) || is_crossing(t);
}

/* The columns that separate series when the study does not say: the fit's groups, or the first column of text. */
static void find_by(struct figure *f, const struct frame *frames, size_t n)
{
	if (f->by_n)
		return;
	for (size_t i = 0; i < n; i++) {
		const struct columns *in = &frames[i].columns;

		if (!is_fit(&frames[i]))
			continue;
		f->by = work_array(f->w, struct str, in->n);
		for (size_t c = 0; c < in->n && !str_is(in->names[c], "law"); c++)
			by_add(f, in->names[c]);
		struct str across = slices_column(f, &frames[i]); /* a law of two columns: each slice with its own points */

		if (across.n)
			by_add(f, across);
		return;
	}
	f->by = work_array(f->w, struct str, 1);
	for (size_t i = 0; i < n; i++) {
		for (size_t c = 0; !is_result(&frames[i]) && c < frames[i].columns.n; c++) {
			if (is_text_column(f, &frames[i], c)) {
				by_add(f, frames[i].columns.names[c]);
				return;
			}
		}
	}
}

/* ---- all ---------------------------------------------------------------------------------------------------------- */

static int frame_use(struct figure *f, const struct frame *t)
{
	if (f->forest)
		return estimates_read(f, t);
	if (is_fit(t))
		return curves_read(f, t), 0;
	if (is_crossing(t))
		return marks_read(f, t), 0;
	return t->n ? points_read(f, t) : 0;
}

int figure_read(struct figure *f)
{
	const struct work *w = f->w;
	size_t n;
	const struct value *names = field_list(w, "of", &n);
	struct frame *frames = work_array(w, struct frame, n);

	f->names.w = w;
	f->origins.w = w;
	f->level = 0.95;
	f->seeds = NAN;
	if (figure_fields(f))
		return -1;
	for (size_t i = 0; i < n; i++)
		if (frame_read(w, cell_text(w, &names[i]), "of", &frames[i]))
			return -1;
	if (!f->forest)
		find_by(f, frames, n);
	for (size_t i = 0; i < n; i++)
		if (frame_use(f, &frames[i]))
			return -1;
	if (!f->names.n && !f->estimates_n)
		return w->host->fail(w->job, "of", NULL, "there is nothing to plot: the tables have no rows");
	for (size_t i = 0; i < f->names.n; i++)
		spots_make(f, &f->series[i]);
	return 0;
}
