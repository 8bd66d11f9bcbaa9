/* SPDX-License-Identifier: GPL-3.0-or-later
 * `aggregate`: statistics of columns, per group. Values are kept (8 bytes each), as quantiles and exact moments need them. */
#include <math.h>
#include <string.h>

#include "engine/stat/moments.h"
#include "engine/stat/order.h"
#include "plugins/kinds.h"
#include "plugins/rows.h"

#define KNOWN "n, mean, std, sem, median, q25, q75, q90, p95, min, max, ci95, sum"

static const struct field fields[] = {
	{ .name = "of", .type = T_TABLE, .flags = F_REQUIRED, .help = "the table" },
	{ .name = "by", .type = T_TEXT | T_LIST, .help = "columns that make the groups; without it all rows are one group" },
	{ .name = "*", .type = T_TEXT | T_LIST, .help = "column: n, mean, std, sem, ci95, sum, min, max, median, q25, p99 …" },
	{ .name = NULL },
};

static const struct output outputs[] = { { "table", "table.jsonl" }, { NULL, NULL } };

enum stat { STAT_N, STAT_MEAN, STAT_STD, STAT_SEM, STAT_MIN, STAT_MAX, STAT_SUM, STAT_CI95, STAT_QUANTILE };

struct wanted {
	enum stat stat;
	struct str name;
	double p; /* of a quantile */
};

struct cell_values {
	double *x;
	size_t n, cap, missing;
};

struct measured {
	struct str name;
	size_t column;
	struct wanted *stats;
	size_t n;
	bool any_missing;
};

struct aggregate {
	const struct work *w;
	struct columns columns;
	size_t *by, by_count;
	struct measured *measured;
	size_t n;
	struct groups groups;
	struct value **group_cells;  /* the by cells of each group's first row */
	struct cell_values **values; /* per group one for each measured column */
	size_t cells_cap, values_cap;
};

static bool stat_parse(const struct work *w, struct str name, struct wanted *out)
{
	static const struct {
		const char *name;
		enum stat stat;
		double p;
	} known[] = {
		{ "n", STAT_N, 0 }, { "mean", STAT_MEAN, 0 }, { "std", STAT_STD, 0 }, { "sem", STAT_SEM, 0 },
		{ "min", STAT_MIN, 0 }, { "max", STAT_MAX, 0 }, { "sum", STAT_SUM, 0 }, { "ci95", STAT_CI95, 0 },
		{ "median", STAT_QUANTILE, 0.5 },
	};
	double percent;

	out->name = name;
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		if (str_is(name, known[i].name)) {
			out->stat = known[i].stat;
			out->p = known[i].p;
			return true;
		}
	}
	if (name.n < 2 || (name.p[0] != 'q' && name.p[0] != 'p') || name.p[1] < '0' || name.p[1] > '9' ||
	    !w->host->number((struct str){ name.p + 1, name.n - 1 }, &percent) || !(percent >= 0 && percent <= 100))
		return false;
	out->stat = STAT_QUANTILE;
	out->p = percent / 100;
	return true;
}

static int measured_read(struct aggregate *a, struct pair *pair, struct measured *m)
{
	const struct work *w = a->w;
	const struct value *items = pair->val.type == V_LIST ? pair->val.list.items : &pair->val;
	struct text field = { .w = w };

	text_add(&field, pair->key);
	m->name = pair->key;
	m->n = pair->val.type == V_LIST ? pair->val.list.n : 1;
	m->stats = work_array(w, struct wanted, m->n);
	for (size_t i = 0; i < m->n; i++)
		if (items[i].type != V_STR || !stat_parse(w, items[i].s, &m->stats[i]))
			return w->host->fail(w->job, field.p, "there are " KNOWN, "'%.*s' is no statistic",
			                     STR_ARG(cell_text(w, &items[i])));
	return columns_find(w, &a->columns, field.p, m->name, &m->column);
}

static int aggregate_prepare(struct aggregate *a)
{
	const struct value *all = a->w->host->fields(a->w->job);

	if (columns_find_all(a->w, &a->columns, "by", &a->by, &a->by_count))
		return -1;
	a->measured = work_array(a->w, struct measured, all->map.n);
	for (size_t i = 0; i < all->map.n; i++) {
		struct pair *pair = &all->map.pairs[i];

		if (str_is(pair->key, "of") || str_is(pair->key, "by") || pair->val.type == V_NULL)
			continue;
		if (measured_read(a, pair, &a->measured[a->n++]))
			return -1;
	}
	if (!a->n)
		return a->w->host->fail(a->w->job, NULL, "add a column and its statistics: `accuracy: [n, mean, std]`",
		                        "no column is aggregated");
	return 0;
}

static int aggregate_row(struct aggregate *a, const struct value *cells, size_t number, struct text *scratch)
{
	const struct work *w = a->w;
	size_t before = a->groups.n, g = groups_number(&a->groups, cells_key(scratch, cells, a->by, a->by_count));

	if (a->groups.n > before) {
		a->group_cells = work_grow(w, a->group_cells, g, &a->cells_cap, sizeof *a->group_cells);
		a->values = work_grow(w, a->values, g, &a->values_cap, sizeof *a->values);
		a->group_cells[g] = work_array(w, struct value, a->by_count);
		a->values[g] = work_array(w, struct cell_values, a->n);
		for (size_t i = 0; i < a->by_count; i++)
			a->group_cells[g][i] = cell_copy(w, &cells[a->by[i]]);
	}
	for (size_t i = 0; i < a->n; i++) {
		const struct value *cell = &cells[a->measured[i].column];
		struct cell_values *v = &a->values[g][i];
		double x;

		if (cell_missing(cell)) {
			v->missing++;
			a->measured[i].any_missing = true;
			continue;
		}
		if (!cell_number(w, cell, &x))
			return cell_refuse(w, NULL, &a->columns, a->measured[i].name, number, cell);
		v->x = work_grow(w, v->x, v->n, &v->cap, sizeof *v->x);
		v->x[v->n++] = x;
	}
	return 0;
}

static void put(struct row *row, struct str column, struct str stat, double v)
{
	struct text name = { .w = row->w };

	text_printf(&name, "%.*s_%.*s", STR_ARG(column), STR_ARG(stat));
	row_real(row, name.p, v);
}

static void stats_put(struct row *row, const struct measured *m, struct cell_values *v)
{
	const struct summary of = summary_of(v->x, v->n);
	double half;

	sort_reals(v->x, v->n);
	for (size_t i = 0; i < m->n; i++) {
		struct str name = m->stats[i].name;

		switch (m->stats[i].stat) {
		case STAT_N: {
			struct text key = { .w = row->w };

			text_printf(&key, "%.*s_n", STR_ARG(m->name));
			row_set(row, key.p, value_int((int64_t)v->n));
			break;
		}
		case STAT_MEAN: put(row, m->name, name, of.mean); break;
		case STAT_STD: put(row, m->name, name, of.sd); break;
		case STAT_SEM: put(row, m->name, name, of.sd / sqrt((double)of.n)); break;
		case STAT_MIN: put(row, m->name, name, quantile_sorted(v->x, v->n, 0)); break;
		case STAT_MAX: put(row, m->name, name, quantile_sorted(v->x, v->n, 1)); break;
		case STAT_SUM: put(row, m->name, name, of.sum); break;
		case STAT_QUANTILE: put(row, m->name, name, quantile_sorted(v->x, v->n, m->stats[i].p)); break;
		case STAT_CI95:
			half = summary_half_width(&of, 0.95);
			put(row, m->name, STR("ci95_low"), of.mean - half);
			put(row, m->name, STR("ci95_high"), of.mean + half);
			break;
		}
	}
}

static int aggregate_write(struct aggregate *a)
{
	struct writer *out = a->w->host->rows_open(a->w->job, "table");

	if (!out)
		return -1;
	for (size_t g = 0; g < a->groups.n; g++) {
		struct row row = { .w = a->w };

		for (size_t i = 0; i < a->by_count; i++)
			row_put(&row, a->columns.names[a->by[i]], a->group_cells[g][i]);
		for (size_t i = 0; i < a->n; i++) {
			stats_put(&row, &a->measured[i], &a->values[g][i]);
			if (a->measured[i].any_missing) {
				struct text key = { .w = a->w };

				text_printf(&key, "%.*s_missing", STR_ARG(a->measured[i].name));
				row_set(&row, key.p, value_int((int64_t)a->values[g][i].missing));
			}
		}
		if (a->w->host->rows_put(out, &row.map))
			return -1;
	}
	return 0;
}

/* Cells of columns that a later row of a JSON file brings in are not asked for, but those asked for must be known. */
static int aggregate_run(const struct host *host, struct job *job)
{
	const struct work w = { host, job };
	struct str of = field_text(&w, "of");
	const struct input *input = host->input(job, of);
	struct aggregate a = { .w = &w, .groups.w = &w };
	struct text scratch = { .w = &w };
	const struct value *cells;
	size_t number = 0;
	int got;

	if (!input)
		return host->fail(job, "of", NULL, "there is no table '%.*s' to read", STR_ARG(of));
	struct table *table = host->table_open(job, input);

	if (!table)
		return -1;
	a.columns.label = input->label;
	a.columns.names = host->table_columns(table, &a.columns.n);
	if (aggregate_prepare(&a))
		return -1;
	while ((got = host->table_next(table, &cells)) > 0) {
		a.columns.names = host->table_columns(table, &a.columns.n); /* may have moved */
		if (aggregate_row(&a, cells, ++number, &scratch))
			return -1;
	}
	return got < 0 ? -1 : aggregate_write(&a);
}

const struct kind kind_aggregate = {
	.abi = RUNG_ABI,
	.struct_size = sizeof(struct kind),
	.name = "aggregate",
	.version = 1,
	.summary = "statistics of columns: mean, spread, quantiles, intervals",
	.exec = EXEC_WORKER,
	.fields = fields,
	.outputs = outputs,
	.run = aggregate_run,
};
