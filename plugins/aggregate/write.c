/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A row a group: its key, and for each column n, what was asked for, and how many rows had no value.
 */
#include <math.h>

#include "engine/stat/order.h"
#include "engine/stat/proportion.h"
#include "plugins/aggregate/aggregate.h"

/* What is true of a column in any group holds for the columns of the result in all of them. */
struct shown {
	bool unscored, missing, bounds;
};

static void *job_memory(void *owner, size_t bytes)
{
	const struct work *w = owner;

	return w->host->alloc(w->job, bytes);
}

static struct str named(const struct row *row, const struct measured *m, struct str stat, const char *end)
{
	struct text t = { .w = row->w };

	text_add(&t, m->prefix);
	text_add(&t, stat);
	text_z(&t, end);
	return text_str(&t);
}

static void put_real(struct row *row, struct str key, double v)
{
	row_put(row, key, isfinite(v) ? value_real(v) : (struct value){ .type = V_NULL });
}

static void put(struct row *row, const struct measured *m, struct str stat, double v)
{
	put_real(row, named(row, m, stat, ""), v);
}

static void put_interval(struct row *row, const struct measured *m, struct str stat, bool there, struct interval v)
{
	put_real(row, named(row, m, stat, "_low"), there ? v.low : NAN);
	put_real(row, named(row, m, stat, "_high"), there ? v.high : NAN);
}

/* Had the rows without a value been all wrong (0), or all right (1). */
static void put_bounds(struct row *row, const struct measured *m, const struct tally *t, double sum)
{
	const double lost = (double)(t->unscored + t->missing), rows = (double)t->n + lost;

	put(row, m, STR("all_wrong"), rows > 0 ? sum / rows : NAN);
	put(row, m, STR("all_right"), rows > 0 ? (sum + lost) / rows : NAN);
}

static void put_stat(struct row *row, const struct measured *m, const struct wanted *stat, const struct tally *t,
                     const struct summary *s)
{
	const struct mem mem = { job_memory, (void *)(uintptr_t)row->w };
	struct interval v = { 0, 0 };
	bool there;

	switch (stat->stat) {
	case STAT_N:
	case STAT_BOUNDS: break; /* n comes first, bounds last */
	case STAT_MEAN: put(row, m, stat->name, s->mean); break;
	case STAT_STD: put(row, m, stat->name, s->sd); break;
	case STAT_SEM: put(row, m, stat->name, s->sem); break;
	case STAT_SUM: put(row, m, stat->name, s->sum); break;
	case STAT_MIN: put(row, m, stat->name, s->min); break;
	case STAT_MAX: put(row, m, stat->name, s->max); break;
	case STAT_MEDIAN: put(row, m, stat->name, median_sorted(t->x, s->n)); break;
	case STAT_QUANTILE: put(row, m, stat->name, quantile_sorted(t->x, s->n, stat->p)); break;
	case STAT_IQM: put(row, m, stat->name, iqm_sorted(t->x, s->n)); break;
	case STAT_MAD: put(row, m, stat->name, mad_sorted(&mem, t->x, s->n)); break;
	case STAT_CI: {
		const double half = summary_half_width(s, stat->p);

		put_interval(row, m, stat->name, s->n > 1, (struct interval){ s->mean - half, s->mean + half });
		break;
	}
	case STAT_WILSON:
		there = proportion_wilson((uint64_t)llround(s->sum), s->n, stat->p, &v);
		put_interval(row, m, stat->name, there, v);
		break;
	case STAT_CLOPPER:
		there = proportion_clopper_pearson((uint64_t)llround(s->sum), s->n, stat->p, &v);
		put_interval(row, m, stat->name, there, v);
		break;
	}
}

static void put_column(struct row *row, const struct measured *m, struct tally *t, const struct shown *shown)
{
	moments_add_all(&t->m, t->fresh, t->n % TALLY_FRESH);
	const struct summary s = moments_summary(&t->m);

	if (m->keeps)
		sort_reals(t->x, s.n);
	row_put(row, named(row, m, STR("n"), ""), value_int((int64_t)s.n));
	for (size_t i = 0; i < m->n; i++)
		put_stat(row, m, &m->stats[i], t, &s);
	if (shown->unscored)
		row_put(row, named(row, m, STR("unscored"), ""), value_int((int64_t)t->unscored));
	if (shown->missing)
		row_put(row, named(row, m, STR("missing"), ""), value_int((int64_t)t->missing));
	if (shown->bounds)
		put_bounds(row, m, t, s.sum);
}

static struct str group_name(const struct aggregate *a, size_t g)
{
	struct text t = { .w = a->w };

	for (size_t i = 0; i < a->by_count; i++)
		text_printf(&t, "%s%.*s=%.*s", i ? "," : "", STR_ARG(a->by[i]), STR_ARG(a->keys.parts[g * a->by_count + i]));
	return text_str(&t);
}

/* Also says which groups have no value at all. */
static void look_through(const struct aggregate *a, size_t column, struct shown *out)
{
	const struct measured *m = &a->measured[column];
	size_t empty = 0, first = 0;

	for (size_t g = 0; g < a->keys.n; g++) {
		const struct tally *t = &a->tallies[g * a->n + column];

		out->unscored |= t->unscored > 0;
		out->missing |= t->missing > 0;
		if (!t->n && !empty++)
			first = g;
	}
	out->bounds = m->bounded || (m->truths && (out->unscored || out->missing));
	if (!empty)
		return;
	if (!a->by_count)
		a->w->host->warn(a->w->job, "no row of %.*s has a value of '%.*s'", STR_ARG(a->label), STR_ARG(m->name));
	else
		a->w->host->warn(a->w->job, "%zu of %zu groups of %.*s %s no value of '%.*s', the first is %.*s", empty, a->keys.n,
		                 STR_ARG(a->label), empty == 1 ? "has" : "have", STR_ARG(m->name), STR_ARG(group_name(a, first)));
}

/* Two columns of one name would hide each other. */
static int check_names(const struct aggregate *a, const struct row *row)
{
	for (size_t i = 0; i < row->map.map.n; i++)
		for (size_t k = 0; k < i; k++)
			if (str_same(row->map.map.pairs[i].key, row->map.map.pairs[k].key))
				return a->w->host->fail(a->w->job, NULL, "rename the column, in a `query` step for example",
				                        "two columns of the result would be called '%.*s'",
				                        STR_ARG(row->map.map.pairs[i].key));
	return 0;
}

int aggregate_write(struct aggregate *a)
{
	const struct host *h = a->w->host;
	struct shown *shown = work_array(a->w, struct shown, a->n);
	struct writer *out = h->rows_open(a->w->job, "table");

	if (!out)
		return -1;
	for (size_t i = 0; i < a->n; i++)
		look_through(a, i, &shown[i]);
	for (size_t g = 0; g < a->keys.n; g++) {
		struct row row = { .w = a->w };

		for (size_t i = 0; i < a->by_count; i++)
			row_put(&row, a->by[i], a->keys.cells[g * a->by_count + i]);
		for (size_t i = 0; i < a->n; i++)
			put_column(&row, &a->measured[i], &a->tallies[g * a->n + i], &shown[i]);
		if ((g == 0 && check_names(a, &row)) || h->rows_put(out, &row.map))
			return -1;
	}
	return 0;
}
