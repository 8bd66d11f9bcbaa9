/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugins/fit/sample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct reading {
	const struct work *w;
	const struct sample_columns *want;
	struct frame frame;
	size_t x[SAMPLE_COLUMNS], y, over, weight, low, high, split, *by, by_count;
};

static int by_x(const double *a, const double *b)
{
	for (size_t c = 0; c < SAMPLE_COLUMNS; c++)
		if (a[c] < b[c] || a[c] > b[c])
			return a[c] < b[c] ? -1 : 1;
	return 0;
}

static int by_cluster(const void *a, const void *b)
{
	const struct sample_point *p = a, *q = b;
	size_t n = p->cluster.n < q->cluster.n ? p->cluster.n : q->cluster.n;
	int d = n ? memcmp(p->cluster.p, q->cluster.p, n) : 0;

	if (!d)
		d = (p->cluster.n > q->cluster.n) - (p->cluster.n < q->cluster.n);
	if (!d)
		d = by_x(p->x, q->x);
	if (!d)
		d = (p->y > q->y) - (p->y < q->y);
	return d ? d : (p->weight > q->weight) - (p->weight < q->weight);
}

static int by_place(const void *a, const void *b)
{
	const struct sample_point *const *p = a, *const *q = b;

	return by_x((*p)->x, (*q)->x);
}

static void number_places(const struct work *w, struct sample *g)
{
	const struct sample_point **at = work_array(w, const struct sample_point *, g->n);

	for (size_t i = 0; i < g->n; i++)
		at[i] = &g->points[i];
	if (g->n)
		qsort(at, g->n, sizeof *at, by_place);
	g->place = work_array(w, size_t, g->n);
	g->place_x = work_array(w, double, g->n * g->columns);
	for (size_t i = 0; i < g->n; i++) {
		if (!i || by_x(at[i]->x, at[i - 1]->x) != 0)
			memcpy(g->place_x + g->places++ * g->columns, at[i]->x, g->columns * sizeof *g->place_x);
		g->place[at[i] - g->points] = g->places - 1;
	}
}

static void number_clusters(const struct work *w, struct sample *g, bool clustered, struct str name)
{
	struct groups names = { .w = w };
	struct text all = { .w = w };

	g->cluster = work_array(w, size_t, g->n);
	for (size_t i = 0; i < g->n; i++) {
		const size_t before = names.n;

		g->cluster[i] = clustered ? groups_number(&names, g->points[i].cluster) : i;
		if (clustered && names.n > before)
			text_printf(&all, "%zu:%.*s,", g->points[i].cluster.n, STR_ARG(g->points[i].cluster));
	}
	g->clusters = clustered ? names.n : g->n;
	g->clusters_hash = fnv1a(clustered ? text_str(&all) : name);
	g->balanced = clustered && g->places && g->clusters <= g->n / g->places;
	if (!g->balanced)
		return; /* fewer rows than cells: no table of cells is made, it could be large */
	size_t *times = work_array(w, size_t, g->clusters * g->places);

	for (size_t i = 0; i < g->n; i++)
		times[g->cluster[i] * g->places + g->place[i]]++;
	for (size_t i = 0; i < g->clusters * g->places && g->balanced; i++)
		g->balanced = times[i] == times[i % g->places] && times[i];
}

static void make_arrays(const struct work *w, struct sample *g, bool weighted)
{
	g->x = work_array(w, double, g->n * g->columns);
	g->y = work_array(w, double, g->n);
	g->weight = weighted ? work_array(w, double, g->n) : NULL;
	for (size_t i = 0; i < g->n; i++) {
		memcpy(g->x + i * g->columns, g->points[i].x, g->columns * sizeof *g->x);
		g->y[i] = g->points[i].y;
		if (weighted)
			g->weight[i] = g->points[i].weight;
	}
}

/* Sorting first makes the result independent of the order of rows. */
static void finish(const struct reading *r, struct sample *g, struct str name)
{
	g->columns = r->want->columns;
	if (g->n && !r->want->keep_order)
		qsort(g->points, g->n, sizeof *g->points, by_cluster);
	make_arrays(r->w, g, r->want->weight.n > 0);
	number_places(r->w, g);
	number_clusters(r->w, g, r->want->over.n > 0, name);
}

struct sample sample_part(const struct work *w, const struct sample *all, const bool *take)
{
	struct sample g = { .by = all->by, .columns = all->columns };

	g.points = work_array(w, struct sample_point, all->n);
	for (size_t i = 0; i < all->n; i++)
		if (take[i])
			g.points[g.n++] = all->points[i];
	make_arrays(w, &g, all->weight != NULL);
	number_places(w, &g);
	number_clusters(w, &g, all->clusters < all->n, STR(""));
	return g;
}

/* ---- reading ------------------------------------------------------------------------------------------------------ */

static int cell_read(const struct reading *r, size_t row, size_t column, const char *field, double *out)
{
	const struct work *w = r->w;
	const struct value *cell = frame_cell(&r->frame, row, column);

	if (cell_number(w, cell, out) && isfinite(*out))
		return 0;
	return cell_no_number(w, field, &r->frame.columns, r->frame.columns.names[column], row + 1, cell);
}

static int above_0(const struct reading *r, size_t row, size_t column, const char *field, double v)
{
	if (v > 0)
		return 0;
	return r->w->host->fail(r->w->job, field, NULL, "%.*s: column '%.*s', row %zu: %.*s is not above 0",
	                        STR_ARG(r->frame.columns.label), STR_ARG(r->frame.columns.names[column]), row + 1,
	                        STR_ARG(number_text(r->w, v)));
}

static int weight_read(const struct reading *r, size_t row, struct sample_point *p)
{
	const char *field = "weights";
	double v;

	p->weight = 1;
	if (!r->want->weight.n)
		return 0;
	if (cell_read(r, row, r->weight, field, &v))
		return -1;
	if (r->want->weight_is_se && above_0(r, row, r->weight, field, v))
		return -1;
	if (v < 0)
		return r->w->host->fail(r->w->job, field, NULL, "%.*s: column '%.*s', row %zu: a weight of %.*s is below 0",
		                        STR_ARG(r->frame.columns.label), STR_ARG(r->want->weight), row + 1,
		                        STR_ARG(number_text(r->w, v)));
	p->weight = r->want->weight_is_se ? 1 / (v * v) : v;
	return 0;
}

static int range_read(const struct reading *r, size_t row, struct sample_point *p)
{
	p->low = p->high = p->x[0];
	if (!r->want->low.n)
		return 0;
	if (cell_read(r, row, r->low, "x_range.low", &p->low) || cell_read(r, row, r->high, "x_range.high", &p->high) ||
	    above_0(r, row, r->low, "x_range.low", p->low))
		return -1;
	if (p->low <= p->x[0] && p->x[0] <= p->high)
		return 0;
	return r->w->host->fail(r->w->job, "x_range", NULL, "%.*s: row %zu: %.*s = %.*s does not lie between %.*s and %.*s",
	                        STR_ARG(r->frame.columns.label), row + 1, STR_ARG(r->want->x[0]), STR_ARG(number_text(r->w, p->x[0])),
	                        STR_ARG(number_text(r->w, p->low)), STR_ARG(number_text(r->w, p->high)));
}

static int point_read(const struct reading *r, size_t row, struct sample *g)
{
	const struct work *w = r->w;
	struct sample_point p = { .cluster = { "", 0 }, .row = row + 1 };
	bool missing = cell_missing(frame_cell(&r->frame, row, r->y));

	for (size_t c = 0; c < r->want->columns; c++)
		missing |= cell_missing(frame_cell(&r->frame, row, r->x[c]));
	missing |= r->want->weight.n && cell_missing(frame_cell(&r->frame, row, r->weight));
	if (missing) {
		g->left_out++;
		return 0;
	}
	for (size_t c = 0; c < r->want->columns; c++)
		if (cell_read(r, row, r->x[c], "x", &p.x[c]))
			return -1;
	if (cell_read(r, row, r->y, "y", &p.y) || weight_read(r, row, &p) || range_read(r, row, &p))
		return -1;
	p.split = p.x[0];
	if (r->want->split.n && cell_read(r, row, r->split, "holdout.of", &p.split))
		return -1;
	if (r->want->over.n)
		p.cluster = cell_text(w, frame_cell(&r->frame, row, r->over));
	g->points = work_grow(w, g->points, g->n, &g->cap, sizeof *g->points);
	g->points[g->n++] = p;
	return 0;
}

static int reading_init(struct reading *r, struct sample_set *out)
{
	const struct work *w = r->w;
	const struct columns *c = &r->frame.columns;
	const struct sample_columns *want = r->want;

	if (frame_read(w, field_text(w, "of"), "of", &r->frame))
		return -1;
	if (!r->frame.n)
		return w->host->fail(w->job, "of", NULL, "%.*s has no rows to fit", STR_ARG(c->label));
	for (size_t i = 0; i < want->columns; i++)
		if (columns_find(w, c, "x", want->x[i], &r->x[i]))
			return -1;
	if (columns_find(w, c, "y", want->y, &r->y) || columns_find_all(w, c, "by", &r->by, &r->by_count) ||
	    (want->over.n && columns_find(w, c, "over", want->over, &r->over)) ||
	    (want->weight.n && columns_find(w, c, "weights", want->weight, &r->weight)) ||
	    (want->low.n && columns_find(w, c, "x_range.low", want->low, &r->low)) ||
	    (want->high.n && columns_find(w, c, "x_range.high", want->high, &r->high)) ||
	    (want->split.n && columns_find(w, c, "holdout.of", want->split, &r->split)))
		return -1;
	struct str *names = work_array(w, struct str, r->by_count);

	for (size_t i = 0; i < r->by_count; i++)
		names[i] = c->names[r->by[i]];
	out->by_names = names;
	out->by_count = r->by_count;
	out->clustered = want->over.n > 0;
	return 0;
}

int sample_read(const struct work *w, const struct sample_columns *columns, struct sample_set *out)
{
	struct reading r = { .w = w, .want = columns };
	struct groups groups = { .w = w };
	struct text scratch = { .w = w };

	*out = (struct sample_set){ 0 };
	if (reading_init(&r, out))
		return -1;
	struct value *cells = work_array(w, struct value, r.frame.columns.n);

	for (size_t row = 0; row < r.frame.n; row++) {
		for (size_t c = 0; c < r.frame.columns.n; c++)
			cells[c] = *frame_cell(&r.frame, row, c);
		size_t before = groups.n, g = groups_number(&groups, cells_key(&scratch, cells, r.by, r.by_count));

		if (groups.n > before) {
			out->groups = work_grow(w, out->groups, g, &out->cap, sizeof *out->groups);
			out->n = g + 1;
			out->groups[g] = (struct sample){ .by = work_array(w, struct value, r.by_count) };
			for (size_t i = 0; i < r.by_count; i++)
				out->groups[g].by[i] = cells[r.by[i]];
		}
		if (point_read(&r, row, &out->groups[g]))
			return -1;
	}
	for (size_t g = 0; g < out->n; g++)
		finish(&r, &out->groups[g], groups.keys[g]);
	return 0;
}
