/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `correlate`: how two columns move together: Pearson, Spearman, Kendall, with p-values and intervals. A row for each group
 * and method.
 */
#include "engine/stat/correlate.h"

#include <math.h>

#include "engine/stat/adjust.h"
#include "plugins/kinds.h"
#include "plugins/rows.h"

static const struct field fields[] = {
	{ .name = "of", .type = T_TABLE, .flags = F_REQUIRED, .help = "the table" },
	{ .name = "x", .type = T_TEXT, .flags = F_REQUIRED, .help = "one column" },
	{ .name = "y", .type = T_TEXT, .flags = F_REQUIRED, .help = "the other" },
	{ .name = "by", .type = T_TEXT | T_LIST, .help = "columns that make the groups; a correlation in each" },
	{ .name = "method", .type = T_TEXT | T_LIST, .choices = "pearson|spearman|kendall", .fallback = "pearson",
	  .help = "pearson: along a line; spearman, kendall (tau-b): by rank" },
	{ .name = "level", .type = T_NUMBER, .min = 0.5, .max = 0.999999, .fallback = "0.95", .help = "of the intervals" },
	{ .name = "exact", .type = T_TEXT, .choices = "auto|never", .fallback = "auto",
	  .help = "p-values by rank; auto: exact where there are no ties and few rows" },
	{ .name = NULL },
};

static const struct output outputs[] = { { "table", "table.jsonl" }, { NULL, NULL } };

struct pairs {
	struct value *by;
	double *x, *y;
	size_t n, x_cap, y_cap, missing;
};

struct task {
	const struct work *w;
	struct frame frame;
	size_t x, y, *by, by_count;
	struct pairs *groups;
	size_t n, cap;
	struct test_options options;
	bool wanted[3];
};

static const char *const methods[] = { "pearson", "spearman", "kendall" };

static void *job_alloc(void *owner, size_t bytes)
{
	const struct work *w = owner;

	return w->host->alloc(w->job, bytes);
}

/* ---- reading ------------------------------------------------------------------------------------------------------ */

static int number_at(const struct task *t, const char *field, size_t column, size_t row, double *out)
{
	const struct value *cell = frame_cell(&t->frame, row, column);

	if (cell_number(t->w, cell, out))
		return 0;
	return cell_no_number(t->w, field, &t->frame.columns, t->frame.columns.names[column], row + 1, cell);
}

static int row_read(struct task *t, struct groups *groups, size_t row, struct text *scratch)
{
	const struct work *w = t->w;
	struct value *cells = work_array(w, struct value, t->frame.columns.n);
	size_t before = groups->n;
	double x, y;

	for (size_t c = 0; c < t->frame.columns.n; c++)
		cells[c] = *frame_cell(&t->frame, row, c);
	size_t g = groups_number(groups, cells_key(scratch, cells, t->by, t->by_count));

	if (groups->n > before) {
		t->groups = work_grow(w, t->groups, g, &t->cap, sizeof *t->groups);
		t->groups[g] = (struct pairs){ .by = work_array(w, struct value, t->by_count) };
		t->n = g + 1;
		for (size_t i = 0; i < t->by_count; i++)
			t->groups[g].by[i] = cells[t->by[i]];
	}
	struct pairs *p = &t->groups[g];

	if (cell_missing(&cells[t->x]) || cell_missing(&cells[t->y])) {
		p->missing++;
		return 0;
	}
	if (number_at(t, "x", t->x, row, &x) || number_at(t, "y", t->y, row, &y))
		return -1;
	p->x = work_grow(w, p->x, p->n, &p->x_cap, sizeof *p->x);
	p->y = work_grow(w, p->y, p->n, &p->y_cap, sizeof *p->y);
	p->x[p->n] = x;
	p->y[p->n++] = y;
	return 0;
}

static int task_read(struct task *t)
{
	const struct work *w = t->w;
	const struct value *all = w->host->fields(w->job), *names;
	struct groups groups = { .w = w };
	struct text scratch = { .w = w };
	size_t n;

	if (!value_number(value_get(all, "level"), &t->options.level))
		t->options.level = 0.95;
	t->options.exact = str_is(field_text(w, "exact"), "never") ? EXACT_NEVER : EXACT_AUTO;
	names = field_list(w, "method", &n);
	t->wanted[0] = n == 0;
	for (size_t i = 0; i < n; i++)
		for (size_t m = 0; m < 3; m++)
			t->wanted[m] |= str_is(cell_text(w, &names[i]), methods[m]);
	if (frame_read(w, field_text(w, "of"), "of", &t->frame))
		return -1;
	const struct columns *c = &t->frame.columns;

	if (!t->frame.n)
		return w->host->fail(w->job, "of", NULL, "%.*s has no rows to correlate", STR_ARG(c->label));
	if (columns_find(w, c, "x", field_text(w, "x"), &t->x) || columns_find(w, c, "y", field_text(w, "y"), &t->y) ||
	    columns_find_all(w, c, "by", &t->by, &t->by_count))
		return -1;
	for (size_t row = 0; row < t->frame.n; row++)
		if (row_read(t, &groups, row, &scratch))
			return -1;
	return 0;
}

/* ---- rows --------------------------------------------------------------------------------------------------------- */

static struct str column(const struct task *t, size_t which)
{
	return t->frame.columns.names[which];
}

static const char *refused(const struct task *t, const struct pairs *p, const struct correlation *c)
{
	struct text why = { .w = t->w };
	bool x = c->state == CORRELATION_X_CONSTANT;

	if (c->state == CORRELATION_OK)
		return NULL;
	if (c->state == CORRELATION_TOO_FEW)
		text_printf(&why, "%zu row%s: a correlation takes 3", p->n, p->n == 1 ? "" : "s");
	else
		text_printf(&why, "every %.*s is %.*s: it cannot move with anything", STR_ARG(column(t, x ? t->x : t->y)),
		            STR_ARG(number_text(t->w, x ? p->x[0] : p->y[0])));
	return why.p;
}

static const char *warning(const struct task *t, const struct pairs *p, const struct correlation *c)
{
	struct text say = { .w = t->w };

	if (p->missing)
		text_printf(&say, "%zu row%s without a value left out", p->missing, p->missing == 1 ? "" : "s");
	if (c->state == CORRELATION_OK && c->perfect)
		text_printf(&say, "%severy row is in line: no interval", say.n ? "; " : "");
	else if (c->state == CORRELATION_OK && !isfinite(c->low))
		text_printf(&say, "%s%zu rows are too few for an interval", say.n ? "; " : "", c->n);
	return say.n ? say.p : NULL;
}

static const char *p_by(const struct correlation *c, size_t method)
{
	if (c->how == TEST_EXACT)
		return "exact";
	if (c->how == TEST_EDGEWORTH)
		return "edgeworth series";
	return method == CORRELATION_KENDALL ? "normal" : "t distribution";
}

static void put_text(struct row *row, const char *key, const char *z)
{
	row_set(row, key, z ? value_str(str_of(z)) : (struct value){ .type = V_NULL });
}

static struct value row_of(const struct task *t, const struct pairs *p, size_t method, const struct correlation *c,
                           double adjusted, size_t made)
{
	struct row row = { .w = t->w };
	const char *why = refused(t, p, c);

	for (size_t i = 0; i < t->by_count; i++)
		row_put(&row, column(t, t->by[i]), p->by[i]);
	row_set(&row, "x", value_str(column(t, t->x)));
	row_set(&row, "y", value_str(column(t, t->y)));
	put_text(&row, "method", methods[method]);
	row_set(&row, "n", value_int((int64_t)p->n));
	row_set(&row, "missing", value_int((int64_t)p->missing));
	row_real(&row, "r", c->r);
	row_real(&row, "low", c->low);
	row_real(&row, "high", c->high);
	row_real(&row, "statistic", c->statistic);
	row_real(&row, "df", c->df);
	row_real(&row, "p", c->p);
	row_real(&row, "p_adjusted", why ? (double)NAN : adjusted);
	put_text(&row, "p_by", why ? NULL : p_by(c, method));
	row_set(&row, "tests_made", value_int((int64_t)made));
	put_text(&row, "warning", warning(t, p, c));
	put_text(&row, "refused", why);
	return row.map;
}

/* All p-values of a method are one family, adjusted by Holm. */
static int method_write(const struct task *t, struct writer *out, size_t method, size_t made, const struct correlation *all)
{
	const struct mem m = { job_alloc, (void *)(uintptr_t)t->w };
	double *p = work_array(t->w, double, t->n);
	size_t n = 0, k = 0;

	for (size_t g = 0; g < t->n; g++)
		if (all[g].state == CORRELATION_OK)
			p[n++] = all[g].p;
	adjust_p(&m, p, n, ADJUST_HOLM, p);
	for (size_t g = 0; g < t->n; g++) {
		struct value row = row_of(t, &t->groups[g], method, &all[g], all[g].state == CORRELATION_OK ? p[k++] : (double)NAN, made);

		if (row_save(t->w, out, &row))
			return -1;
	}
	return 0;
}

static int correlate_run(const struct host *host, struct job *job)
{
	const struct work w = { host, job };
	const struct mem m = { job_alloc, (void *)(uintptr_t)&w };
	struct task t = { .w = &w };
	struct correlation *all[3] = { NULL };
	size_t made = 0;

	if (task_read(&t))
		return -1;
	for (size_t method = 0; method < 3; method++) {
		all[method] = work_array(&w, struct correlation, t.n);
		for (size_t g = 0; t.wanted[method] && g < t.n; g++) {
			all[method][g] = correlate(&m, t.groups[g].x, t.groups[g].y, t.groups[g].n, (enum correlation_method)method, &t.options);
			made += all[method][g].state == CORRELATION_OK;
		}
	}
	struct writer *out = host->rows_open(job, "table");

	if (!out)
		return -1;
	for (size_t method = 0; method < 3; method++)
		if (t.wanted[method] && method_write(&t, out, method, made, all[method]))
			return -1;
	return 0;
}

const struct kind kind_correlate = {
	.abi = RUNG_ABI,
	.struct_size = sizeof(struct kind),
	.name = "correlate",
	.version = 1,
	.summary = "how two columns move together: Pearson, Spearman, Kendall",
	.exec = EXEC_WORKER,
	.fields = fields,
	.outputs = outputs,
	.run = correlate_run,
};
