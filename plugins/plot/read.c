/* SPDX-License-Identifier: GPL-3.0-or-later
 * The fields of `plot`, and its inputs turned into series and marks. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/stat/moments.h"
#include "engine/stat/order.h"
#include "plugins/plot/figure.h"

static struct series *series_named(struct figure *f, struct str name)
{
	size_t before = f->names.n, i = groups_number(&f->names, name);

	if (f->names.n > before) {
		f->series = work_grow(f->w, f->series, i, &f->cap, sizeof *f->series);
		f->series[i] = (struct series){ .name = f->names.keys[i] };
	}
	return &f->series[i];
}

/* ---- points ------------------------------------------------------------------------------------------------------- */

static void point_add(const struct work *w, struct series *s, double x, double y)
{
	s->points = work_grow(w, s->points, s->point_count, &s->point_cap, sizeof *s->points);
	s->points[s->point_count] = (struct point){ x, y, s->point_count };
	s->point_count++;
}

static int by_x(const void *one, const void *other)
{
	const struct point *a = one, *b = other;

	if (a->x != b->x)
		return a->x < b->x ? -1 : 1;
	return a->row < b->row ? -1 : a->row > b->row; /* sums of numbers depend on their order */
}

/* The points of each x become a spot. */
static void spots_make(const struct work *w, struct series *s)
{
	double *y = work_array(w, double, s->point_count);

	s->spots = work_array(w, struct spot, s->point_count);
	if (s->point_count)
		qsort(s->points, s->point_count, sizeof *s->points, by_x);
	for (size_t i = 0; i < s->point_count; i++) {
		if (!i || s->points[i].x != s->points[i - 1].x)
			s->spots[s->n++] = (struct spot){ .x = s->points[i].x, .y = y + i };
		y[i] = s->points[i].y;
		s->spots[s->n - 1].n++;
	}
	for (size_t k = 0; k < s->n; k++) {
		const struct summary m = summary_of(s->spots[k].y, s->spots[k].n);

		s->spots[k].mean = m.mean;
		s->spots[k].half = summary_half_width(&m, 0.95);
	}
}

static int bad_cell(const struct figure *f, const struct frame *t, size_t row, size_t column, const char *field)
{
	return cell_refuse(f->w, field, &t->columns, t->columns.names[column], row + 1, frame_cell(t, row, column));
}

static int points_read(struct figure *f, const struct frame *t)
{
	const struct work *w = f->w;
	size_t x, y;
	double at, value;
	long by = f->by.n ? frame_column(t, f->by.p) : -1;

	if (columns_find(w, &t->columns, "x", f->x.field, &x) || columns_find(w, &t->columns, "y", f->y.field, &y))
		return -1;
	for (size_t r = 0; r < t->n; r++) {
		if (cell_missing(frame_cell(t, r, x)) || cell_missing(frame_cell(t, r, y)))
			continue;
		if (!cell_number(w, frame_cell(t, r, x), &at))
			return bad_cell(f, t, r, x, "x");
		if (!cell_number(w, frame_cell(t, r, y), &value))
			return bad_cell(f, t, r, y, "y");
		if ((f->x.log && at <= 0) || (f->y.log && value <= 0))
			return w->host->fail(w->job, f->x.log && at <= 0 ? "x" : "y", "use `scale: linear`, or leave such rows out",
			                     "%.*s: row %zu has a value that is not above 0, which a log axis cannot show",
			                     STR_ARG(t->columns.label), r + 1);
		struct str name = by < 0 ? (struct str){ "", 0 } : cell_text(w, frame_cell(t, r, (size_t)by));

		point_add(w, series_named(f, name), at, value);
	}
	return 0;
}

/* ---- curves and marks --------------------------------------------------------------------------------------------- */

static void curves_read(struct figure *f, const struct frame *t)
{
	long by = f->by.n ? frame_column(t, f->by.p) : -1;

	for (size_t r = 0; r < t->n; r++) {
		struct str name = by < 0 ? (struct str){ "", 0 } : cell_text(f->w, frame_cell(t, r, (size_t)by));
		struct meet_law law;

		if (!cell_missing(frame_get(t, r, "refused")) || !meet_law_read(t, r, &law))
			continue; /* a refused law has no curve; its points are shown */
		meet_draws_read(f->w, frame_get(t, r, "draws"), &law);
		struct series *s = series_named(f, name);

		s->has_law = true;
		s->law = law;
	}
}

static void marks_read(struct figure *f, const struct frame *t)
{
	for (size_t r = 0; r < t->n; r++) {
		struct mark m = { .level = NAN, .low = NAN, .high = NAN };
		const struct value *at = frame_cell(t, r, t->columns.n);

		for (size_t c = 0; c < t->columns.n; c++)
			if (str_same(t->columns.names[c], f->x.field))
				at = frame_cell(t, r, c);
		if (!value_number(at, &m.x))
			continue;
		(void)value_number(frame_get(t, r, "level"), &m.level);
		(void)value_number(frame_get(t, r, "low"), &m.low);
		(void)value_number(frame_get(t, r, "high"), &m.high);
		f->marks = work_grow(f->w, f->marks, f->marks_n, &f->marks_cap, sizeof *f->marks);
		f->marks[f->marks_n++] = m;
	}
}

void law_band(const struct work *w, const struct meet_law *l, double x, double out[3])
{
	double *all = work_array(w, double, l->n);
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++)
		if (isfinite(l->draws[i].alpha))
			all[n++] = power_at(&l->draws[i], x);
	sort_reals(all, n);
	out[0] = power_at(&l->law, x);
	out[1] = n >= 20 ? quantile_sorted(all, n, 0.025) : NAN;
	out[2] = n >= 20 ? quantile_sorted(all, n, 0.975) : NAN;
}

/* ---- fields ------------------------------------------------------------------------------------------------------- */

static void axis_read(const struct work *w, const char *name, struct axis *out)
{
	const struct value *v = value_get(w->host->fields(w->job), name);
	const struct value *field = v && v->type == V_MAP ? value_get(v, "field") : v;
	const struct value *scale = value_get(v, "scale"), *label = value_get(v, "label");

	*out = (struct axis){ .min = NAN, .max = NAN };
	if (field && field->type == V_STR)
		out->field = field->s;
	out->label = label && label->type == V_STR ? label->s : out->field;
	if (!label || label->type != V_STR) { /* a column name is not prose: macro_f1 → macro f1 */
		struct text t = { .w = w };

		for (size_t i = 0; i < out->field.n; i++)
			text_add(&t, out->field.p[i] == '_' ? STR(" ") : (struct str){ out->field.p + i, 1 });
		out->label = text_str(&t);
	}
	out->log = scale && scale->type == V_STR && str_is(scale->s, "log");
	out->min_set = value_number(value_get(v, "min"), &out->min);
	out->max_set = value_number(value_get(v, "max"), &out->max);
}

static bool is_text_column(const struct figure *f, const struct frame *t, size_t column)
{
	double x;

	if (str_same(t->columns.names[column], f->x.field) || str_same(t->columns.names[column], f->y.field))
		return false;
	for (size_t r = 0; r < t->n; r++) {
		const struct value *cell = frame_cell(t, r, column);

		if (cell->type != V_STR || f->w->host->number(cell->s, &x))
			return false;
	}
	return t->n > 0;
}

/* The column that separates series when the study does not say: the fit's groups, or the first column of text. */
static void find_by(struct figure *f, const struct frame *frames, size_t n)
{
	if (f->by.n)
		return;
	for (size_t i = 0; i < n; i++) {
		if (str_is(frames[i].kind, "fit") && frames[i].columns.n && !str_is(frames[i].columns.names[0], "law")) {
			f->by = frames[i].columns.names[0];
			return;
		}
	}
	for (size_t i = 0; i < n; i++) {
		if (str_is(frames[i].kind, "fit") || str_is(frames[i].kind, "crossover"))
			continue;
		for (size_t c = 0; c < frames[i].columns.n; c++) {
			if (is_text_column(f, &frames[i], c)) {
				f->by = frames[i].columns.names[c];
				return;
			}
		}
	}
}

static bool axis_check(const struct axis *a)
{
	if ((a->min_set && !isfinite(a->min)) || (a->max_set && !isfinite(a->max)))
		return false;
	if (a->log && ((a->min_set && a->min <= 0) || (a->max_set && a->max <= 0)))
		return false;
	return !(a->min_set && a->max_set && a->min >= a->max);
}

static void real_field(const struct work *w, const char *name, double *out)
{
	(void)value_number(value_get(w->host->fields(w->job), name), out);
}

static int figure_fields(struct figure *f)
{
	const struct work *w = f->w;

	axis_read(w, "x", &f->x);
	axis_read(w, "y", &f->y);
	for (size_t i = 0; i < 2; i++)
		if (!axis_check(i ? &f->y : &f->x))
			return w->host->fail(w->job, i ? "y" : "x", "min is below max, both are finite, and on a log axis both are above 0",
			                     "the axis has no range");
	f->title = field_text(w, "title");
	f->by = field_text(w, "by");
	f->width = 16;
	f->height = 10;
	real_field(w, "width", &f->width);
	real_field(w, "height", &f->height);
	return 0;
}

int figure_read(struct figure *f)
{
	const struct work *w = f->w;
	size_t n;
	const struct value *names = field_list(w, "of", &n);
	struct frame *frames = work_array(w, struct frame, n);

	f->names.w = w;
	if (figure_fields(f))
		return -1;
	for (size_t i = 0; i < n; i++)
		if (frame_read(w, cell_text(w, &names[i]), "of", &frames[i]))
			return -1;
	find_by(f, frames, n);
	if (f->by.n) { /* frame_column wants it NUL-terminated */
		struct text t = { .w = w };

		text_add(&t, f->by);
		f->by = text_str(&t);
	}
	for (size_t i = 0; i < n; i++) {
		if (str_is(frames[i].kind, "fit"))
			curves_read(f, &frames[i]);
		else if (str_is(frames[i].kind, "crossover"))
			marks_read(f, &frames[i]);
		else if (frames[i].n && points_read(f, &frames[i]))
			return -1;
	}
	if (!f->names.n)
		return w->host->fail(w->job, "of", NULL, "there is nothing to plot: the tables have no rows");
	for (size_t i = 0; i < f->names.n; i++)
		spots_make(w, &f->series[i]);
	return 0;
}
