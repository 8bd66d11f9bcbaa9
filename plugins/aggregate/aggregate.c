/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `aggregate`: statistics of columns, per group, in one pass over the table. Only medians, quantiles and their like make it
 * keep values, 8 bytes each; all else is a running accumulator.
 *
 * A row without a value is never a 0. Its cell is empty, or the row itself says that it was not scored: a column `unscored`
 * holds a reason or true, or a column `status` holds `unscored` or `error`, with or without a reason in parentheses. An
 * empty cell is unscored in such a row (missing for `error`) and wherever the column is called `score`; elsewhere it is
 * missing. What stands under `score` in such a row is not used, whatever it is; other columns (tokens, cost) keep it.
 */
#include <math.h>
#include <string.h>

#include "plugins/aggregate/aggregate.h"
#include "plugins/kinds.h"

#define NOWHERE SIZE_MAX /* a column that no row has brought so far */

static const struct field fields[] = {
	{ .name = "of", .type = T_TABLE, .flags = F_REQUIRED, .help = "the table" },
	{ .name = "by", .type = T_TEXT | T_LIST, .help = "columns that make the groups; without it all rows are one group" },
	{ .name = "*", .type = T_TEXT | T_LIST, .help = "column: mean std sem sum min max median p99 iqm mad ci95 wilson …" },
	{ .name = NULL },
};

static const struct output outputs[] = { { "table", "table.jsonl" }, { NULL, NULL } };

/* Where the columns stand; later rows of a JSON file may bring some. */
struct places {
	size_t *by, *measured;
	size_t status, unscored;
	size_t known; /* columns that were looked through */
};

struct reading {
	struct aggregate *a;
	struct table *table;
	struct places at;
	struct columns columns;
	size_t row; /* from 1 */
	size_t room; /* groups that tallies has room for */
};

/* ---- columns ------------------------------------------------------------------------------------------------------ */

static void place(struct reading *r, size_t *at, struct str name)
{
	for (size_t i = r->at.known; *at == NOWHERE && i < r->columns.n; i++)
		if (str_same(r->columns.names[i], name))
			*at = i;
}

static void places_look(struct reading *r)
{
	struct aggregate *a = r->a;

	r->columns.names = a->w->host->table_columns(r->table, &r->columns.n);
	if (r->columns.n == r->at.known)
		return;
	for (size_t i = 0; i < a->by_count; i++)
		place(r, &r->at.by[i], a->by[i]);
	for (size_t i = 0; i < a->n; i++)
		place(r, &r->at.measured[i], a->measured[i].name);
	place(r, &r->at.status, STR("status"));
	place(r, &r->at.unscored, STR("unscored"));
	r->at.known = r->columns.n;
}

static size_t *nowhere(const struct work *w, size_t n)
{
	size_t *at = work_array(w, size_t, n);

	for (size_t i = 0; i < n; i++)
		at[i] = NOWHERE;
	return at;
}

/* What was asked for and never came: the first such column, with the columns that there are. */
static int places_check(struct reading *r)
{
	const struct aggregate *a = r->a;
	size_t unused;

	for (size_t i = 0; i < a->by_count; i++)
		if (r->at.by[i] == NOWHERE)
			return columns_find(a->w, &r->columns, "by", a->by[i], &unused);
	for (size_t i = 0; i < a->n; i++) {
		struct text field = { .w = a->w };

		text_add(&field, a->measured[i].name);
		if (r->at.measured[i] == NOWHERE)
			return columns_find(a->w, &r->columns, field.p, a->measured[i].name, &unused);
	}
	return 0;
}

static int by_read(struct aggregate *a)
{
	const struct work *w = a->w;
	const struct value *names = field_list(w, "by", &a->by_count);
	struct str *by = work_array(w, struct str, a->by_count);

	for (size_t i = 0; i < a->by_count; i++) {
		if (names[i].type != V_STR)
			return w->host->fail(w->job, "by", NULL, "item %zu of 'by' is no column name", i + 1);
		by[i] = names[i].s;
		for (size_t k = 0; k < i; k++)
			if (str_same(by[k], by[i]))
				return w->host->fail(w->job, "by", "name each column once", "'%.*s' is in 'by' twice", STR_ARG(by[i]));
	}
	a->by = by;
	return 0;
}

/* ---- rows --------------------------------------------------------------------------------------------------------- */

static enum row_status status_of(const struct reading *r, const struct value *cells)
{
	return row_status(r->at.unscored < r->columns.n ? &cells[r->at.unscored] : NULL,
	                  r->at.status < r->columns.n ? &cells[r->at.status] : NULL);
}

static int no_share(const struct reading *r, size_t i, double x)
{
	const struct work *w = r->a->w;
	const struct measured *m = &r->a->measured[i];
	const char *stat = m->truths ? "wilson and clopper" : "bounds", *want = m->truths ? "0 or 1, true or false" : "from 0 to 1";

	return w->host->fail(w->job, NULL, m->truths ? "ask for ci95 where values are no truths" : "leave bounds out",
	                     "%.*s: column '%.*s', row %zu: %.*s: %s need values that are %s", STR_ARG(r->columns.label),
	                     STR_ARG(m->name), r->row, STR_ARG(number_text(w, x)), stat, want);
}

static int column_take(struct reading *r, size_t i, struct tally *t, const struct value *cells, enum row_status status)
{
	const struct aggregate *a = r->a;
	const struct measured *m = &a->measured[i];
	const size_t at = r->at.measured[i];
	const struct value *cell = at < r->columns.n ? &cells[at] : NULL;
	double x;

	if (!cell || cell_missing(cell) || (status != ROW_SCORED && str_is(m->name, "score"))) {
		if (status == ROW_UNSCORED || (status == ROW_SCORED && str_is(m->name, "score")))
			t->unscored++;
		else
			t->missing++;
		return 0;
	}
	if (!cell_number(a->w, cell, &x))
		return cell_no_number(a->w, NULL, &r->columns, m->name, r->row, cell);
	if ((m->truths && x != 0 && x != 1) || (m->shares && !(x >= 0 && x <= 1)))
		return no_share(r, i, x);
	if (m->keeps) {
		t->x = work_grow(a->w, t->x, t->n, &t->cap, sizeof *t->x);
		t->x[t->n] = x;
	}
	t->fresh[t->n++ % TALLY_FRESH] = x;
	if (t->n % TALLY_FRESH == 0)
		moments_add_all(&t->m, t->fresh, TALLY_FRESH);
	return 0;
}

static int row_take(struct reading *r, const struct value *cells)
{
	struct aggregate *a = r->a;
	const size_t before = a->keys.n, g = keys_number(&a->keys, cells, r->columns.n, r->at.by);
	const bool marked = r->at.status != NOWHERE || r->at.unscored != NOWHERE;
	const enum row_status status = marked ? status_of(r, cells) : ROW_SCORED;

	if (a->keys.n > before)
		a->tallies = work_grow(a->w, a->tallies, g, &r->room, a->n * sizeof *a->tallies);
	for (size_t i = 0; i < a->n; i++)
		if (column_take(r, i, &a->tallies[g * a->n + i], cells, status))
			return -1;
	return 0;
}

static int rows_read(struct reading *r)
{
	const struct host *h = r->a->w->host;
	const struct value *cells;
	int got;

	while ((got = h->table_next(r->table, &cells)) > 0) {
		r->row++;
		places_look(r);
		if (row_take(r, cells))
			return -1;
	}
	if (got < 0)
		return -1;
	places_look(r);
	if (!r->row && r->columns.n)
		return h->fail(r->a->w->job, "of", NULL, "%.*s has no rows: there is nothing to aggregate", STR_ARG(r->columns.label));
	return places_check(r);
}

static int aggregate_run(const struct host *host, struct job *job)
{
	const struct work w = { host, job };
	const struct str of = field_text(&w, "of");
	const struct input *input = host->input(job, of);
	struct aggregate a = { .w = &w };

	if (!input)
		return host->fail(job, "of", NULL, "there is no table '%.*s' to read", STR_ARG(of));
	if (by_read(&a) || wanted_read(&w, &a.measured, &a.n))
		return -1;
	struct reading r = { .a = &a, .table = host->table_open(job, input), .columns.label = input->label };

	if (!r.table)
		return -1;
	a.label = input->label;
	r.at = (struct places){ nowhere(&w, a.by_count), nowhere(&w, a.n), NOWHERE, NOWHERE, 0 };
	keys_init(&a.keys, &w, a.by_count);
	return rows_read(&r) ? -1 : aggregate_write(&a);
}

const struct kind kind_aggregate = {
	.abi = RUNG_ABI,
	.struct_size = sizeof(struct kind),
	.name = "aggregate",
	.version = 2,
	.summary = "statistics of columns; unscored and missing rows are counted",
	.exec = EXEC_WORKER,
	.fields = fields,
	.outputs = outputs,
	.run = aggregate_run,
};
