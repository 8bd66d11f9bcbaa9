/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugins/fit/sample_set.h"

#include <stdlib.h>
#include <string.h>

#include "engine/stat/order.h"

struct reading {
	const struct work *w;
	struct frame frame;
	size_t x, y, over, *by, by_count;
	bool clustered;
};

static int by_cluster(const void *a, const void *b)
{
	const struct sample_point *p = a, *q = b;
	size_t n = p->cluster.n < q->cluster.n ? p->cluster.n : q->cluster.n;
	int d = n ? memcmp(p->cluster.p, q->cluster.p, n) : 0;

	if (!d)
		d = (p->cluster.n > q->cluster.n) - (p->cluster.n < q->cluster.n);
	if (!d)
		d = (p->x > q->x) - (p->x < q->x);
	return d ? d : (p->y > q->y) - (p->y < q->y);
}

/* Where x stands among the places, which rise; it is one of them. */
static size_t place_of(const struct sample_group *g, double x)
{
	size_t low = 0, high = g->places;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (g->x[middle] <= x)
			low = middle;
		else
			high = middle;
	}
	return low;
}

/* Places and clusters of a group whose points are all in. Sorting first makes the result independent of row order. */
static void group_finish(const struct reading *r, struct sample_group *g, struct str name)
{
	const struct work *w = r->w;
	struct text clusters = { .w = w };

	if (g->n)
		qsort(g->points, g->n, sizeof *g->points, by_cluster);
	g->x = work_array(w, double, g->n);
	for (size_t i = 0; i < g->n; i++)
		g->x[i] = g->points[i].x;
	sort_reals(g->x, g->n);
	for (size_t i = 0; i < g->n; i++)
		if (!g->places || g->x[g->places - 1] != g->x[i])
			g->x[g->places++] = g->x[i];
	g->cluster_at = work_array(w, size_t, g->n + 1);
	for (size_t i = 0; i < g->n; i++) {
		g->points[i].place = place_of(g, g->points[i].x);
		if (i && r->clustered && str_same(g->points[i].cluster, g->points[i - 1].cluster))
			continue;
		g->cluster_at[g->clusters++] = i;
		text_printf(&clusters, "%zu:%.*s,", g->points[i].cluster.n, STR_ARG(g->points[i].cluster));
	}
	g->cluster_at[g->clusters] = g->n;
	g->clusters_hash = fnv1a(r->clustered ? text_str(&clusters) : name);
}

static int not_number(const struct reading *r, size_t column, size_t row, const char *field)
{
	return cell_refuse(r->w, field, &r->frame.columns, r->frame.columns.names[column], row + 1, frame_cell(&r->frame, row, column));
}

static int point_read(const struct reading *r, size_t row, struct sample_group *g)
{
	const struct work *w = r->w;
	const struct value *x = frame_cell(&r->frame, row, r->x), *y = frame_cell(&r->frame, row, r->y);
	struct sample_point p = { .cluster = { "", 0 } };

	if (cell_missing(x) || cell_missing(y)) {
		g->left_out++;
		return 0;
	}
	if (!cell_number(w, x, &p.x))
		return not_number(r, r->x, row, "x");
	if (!cell_number(w, y, &p.y))
		return not_number(r, r->y, row, "y");
	if (p.x <= 0)
		return w->host->fail(w->job, "x", "leave such rows out with `query`",
		                     "%.*s: column '%.*s', row %zu: %.*s is not above 0, where a power law has no value",
		                     STR_ARG(r->frame.columns.label), STR_ARG(r->frame.columns.names[r->x]), row + 1,
		                     STR_ARG(number_text(w, p.x)));
	if (r->clustered)
		p.cluster = cell_text(w, frame_cell(&r->frame, row, r->over));
	g->points = work_grow(w, g->points, g->n, &g->cap, sizeof *g->points);
	g->points[g->n++] = p;
	return 0;
}

static int reading_init(struct reading *r, struct str x, struct str y, struct str over, struct sample_set *out)
{
	const struct work *w = r->w;
	const struct columns *c = &r->frame.columns;

	if (frame_read(w, field_text(w, "of"), "of", &r->frame))
		return -1;
	if (!r->frame.n)
		return w->host->fail(w->job, "of", NULL, "%.*s has no rows to fit", STR_ARG(c->label));
	if (columns_find(w, c, "x", x, &r->x) || columns_find(w, c, "y", y, &r->y) ||
	    columns_find_all(w, c, "by", &r->by, &r->by_count))
		return -1;
	r->clustered = over.n > 0;
	if (r->clustered && columns_find(w, c, "bootstrap.over", over, &r->over))
		return -1;
	struct str *names = work_array(w, struct str, r->by_count);

	for (size_t i = 0; i < r->by_count; i++)
		names[i] = c->names[r->by[i]];
	out->by_names = names;
	out->by_count = r->by_count;
	return 0;
}

int sample_set_read(const struct work *w, struct str x, struct str y, struct str over, struct sample_set *out)
{
	struct reading r = { .w = w };
	struct groups groups = { .w = w };
	struct text scratch = { .w = w };

	*out = (struct sample_set){ 0 };
	if (reading_init(&r, x, y, over, out))
		return -1;
	for (size_t row = 0; row < r.frame.n; row++) {
		struct value *cells = work_array(w, struct value, r.frame.columns.n);

		for (size_t c = 0; c < r.frame.columns.n; c++)
			cells[c] = *frame_cell(&r.frame, row, c);
		size_t before = groups.n, g = groups_number(&groups, cells_key(&scratch, cells, r.by, r.by_count));

		if (groups.n > before) {
			out->groups = work_grow(w, out->groups, g, &out->cap, sizeof *out->groups);
			out->n = g + 1;
			out->groups[g].by = work_array(w, struct value, r.by_count);
			for (size_t i = 0; i < r.by_count; i++)
				out->groups[g].by[i] = cells[r.by[i]];
		}
		if (point_read(&r, row, &out->groups[g]))
			return -1;
	}
	for (size_t g = 0; g < out->n; g++)
		group_finish(&r, &out->groups[g], groups.keys[g]);
	return 0;
}
