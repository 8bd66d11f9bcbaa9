/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugins/compare/arms.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NAMES_SHOWN 12

struct str arm_name(const struct arms *a, size_t arm)
{
	return a->names.keys[arm];
}

static struct str label(const struct arms *a)
{
	return a->frame.columns.label;
}

/* ---- between ------------------------------------------------------------------------------------------------------ */

static bool column_has(const struct arms *a, size_t column, struct str text)
{
	for (size_t row = 0; row < a->frame.n; row++)
		if (str_same(cell_text(a->w, frame_cell(&a->frame, row, column)), text))
			return true;
	return false;
}

static const char *column_values(const struct arms *a, size_t column)
{
	struct groups seen = { .w = a->w };
	struct text t = { .w = a->w };

	for (size_t row = 0; row < a->frame.n; row++)
		(void)groups_number(&seen, cell_text(a->w, frame_cell(&a->frame, row, column)));
	for (size_t i = 0; i < seen.n && i < NAMES_SHOWN; i++)
		text_printf(&t, "%s%.*s", i ? ", " : "", STR_ARG(seen.keys[i]));
	if (seen.n > NAMES_SHOWN)
		text_printf(&t, " and %zu more", seen.n - NAMES_SHOWN);
	return t.p;
}

/* `between: [manual, gpt]`: the one column that holds all of them. */
static int between_column(struct arms *a, const struct value *names, size_t n)
{
	const struct host *h = a->w->host;
	struct text found = { .w = a->w };
	size_t count = 0;

	for (size_t c = 0; c < a->frame.columns.n; c++) {
		size_t here = 0;

		while (c != a->y && here < n && column_has(a, c, cell_text(a->w, &names[here])))
			here++;
		if (here < n)
			continue;
		text_printf(&found, "%s%.*s", count++ ? ", " : "", STR_ARG(a->frame.columns.names[c]));
		a->between = c;
	}
	if (count == 1)
		return 0;
	if (count)
		return h->fail(a->w->job, "between", "name the column: `between: {COLUMN: [A, B]}`",
		               "%.*s has these arms in more than one column: %s", STR_ARG(label(a)), found.p);
	return h->fail(a->w->job, "between", "name the column that holds the arms: `between: source`",
	               "no column of %.*s holds '%.*s' and '%.*s'", STR_ARG(label(a)), STR_ARG(cell_text(a->w, &names[0])),
	               STR_ARG(cell_text(a->w, &names[n - 1])));
}

static int named_arms(struct arms *a, const struct value *names, size_t n)
{
	const struct host *h = a->w->host;

	for (size_t i = 0; i < n; i++) {
		struct str name = cell_text(a->w, &names[i]);

		if (!column_has(a, a->between, name))
			return h->fail(a->w->job, "between", NULL, "column '%.*s' of %.*s has no '%.*s'; it has %s",
			               STR_ARG(a->frame.columns.names[a->between]), STR_ARG(label(a)), STR_ARG(name),
			               column_values(a, a->between));
		if (groups_number(&a->names, name) < i)
			return h->fail(a->w->job, "between", NULL, "'%.*s' is named twice", STR_ARG(name));
	}
	return 0;
}

static int between_read(struct arms *a)
{
	const struct host *h = a->w->host;
	const struct value *v = value_get(h->fields(a->w->job), "between"), *names = NULL;
	const struct columns *c = &a->frame.columns;
	size_t n = 0;

	if (v->type == V_MAP) {
		if (v->map.n != 1)
			return h->fail(a->w->job, "between", NULL, "between takes one column and its arms, not %zu columns", v->map.n);
		if (columns_find(a->w, c, "between", v->map.pairs[0].key, &a->between))
			return -1;
		v = &v->map.pairs[0].val;
		names = v->type == V_LIST ? v->list.items : v;
		n = v->type == V_LIST ? v->list.n : 1;
	} else {
		names = field_list(a->w, "between", &n);
		if (n == 1) /* the host hands a text over as a list of one */
			return columns_find(a->w, c, "between", cell_text(a->w, names), &a->between);
	}
	if (n < 2)
		return h->fail(a->w->job, "between", "name two arms: `{source: [manual, gpt]}`", "%zu arm%s cannot be compared", n,
		               n == 1 ? "" : "s");
	if (value_get(h->fields(a->w->job), "between")->type != V_MAP && between_column(a, names, n))
		return -1;
	return named_arms(a, names, n);
}

/* Without a list the column's values are the arms, in the order in which they come. */
static int arms_all(struct arms *a)
{
	for (size_t row = 0; row < a->frame.n; row++) {
		const struct value *cell = frame_cell(&a->frame, row, a->between);

		if (!cell_missing(cell))
			(void)groups_number(&a->names, cell_text(a->w, cell));
	}
	if (a->names.n < 2)
		return a->w->host->fail(a->w->job, "between", NULL, "column '%.*s' of %.*s has %s: nothing to compare",
		                        STR_ARG(a->frame.columns.names[a->between]), STR_ARG(label(a)),
		                        a->names.n ? "one value only" : "no values");
	return 0;
}

/* ---- rows --------------------------------------------------------------------------------------------------------- */

/* 0 read, 1 nothing there, -1 failed. What stands under `score` in a row that was not scored is no score. */
static int read_y(struct arms *a, size_t row, double *y)
{
	const struct value *cell = frame_cell(&a->frame, row, a->y);

	if (cell_missing(cell))
		return 1;
	if (str_is(a->frame.columns.names[a->y], "score") &&
	    row_status(frame_get(&a->frame, row, "unscored"), frame_get(&a->frame, row, "status")) != ROW_SCORED)
		return 1;
	if (cell_number(a->w, cell, y))
		return 0;
	return cell_no_number(a->w, "y", &a->frame.columns, a->frame.columns.names[a->y], row + 1, cell);
}

/* The cells that pair a row, as `seed=42, item=7`; empty when one of them is. */
static struct str pair_key(const struct arms *a, size_t row)
{
	struct text t = { .w = a->w };

	for (size_t i = 0; i < a->pair_count; i++) {
		const struct value *cell = frame_cell(&a->frame, row, a->pair[i]);

		if (cell_missing(cell))
			return (struct str){ "", 0 };
		text_printf(&t, "%s%.*s=%.*s", i ? ", " : "", STR_ARG(a->frame.columns.names[a->pair[i]]),
		            STR_ARG(cell_text(a->w, cell)));
	}
	return text_str(&t);
}

static struct arm_group *group_of(struct arms *a, struct groups *groups, size_t row, struct text *scratch)
{
	struct value *cells = work_array(a->w, struct value, a->frame.columns.n);
	size_t before = groups->n;

	for (size_t c = 0; c < a->frame.columns.n; c++)
		cells[c] = *frame_cell(&a->frame, row, c);
	size_t g = groups_number(groups, cells_key(scratch, cells, a->by, a->by_count));

	if (groups->n > before) {
		struct text name = { .w = a->w };

		a->groups = work_grow(a->w, a->groups, g, &a->cap, sizeof *a->groups);
		a->n = g + 1;
		a->groups[g] = (struct arm_group){ work_array(a->w, struct value, a->by_count),
			                           work_array(a->w, struct arm, a->names.n), { "", 0 } };
		for (size_t i = 0; i < a->by_count; i++) {
			a->groups[g].by[i] = cells[a->by[i]];
			text_printf(&name, "%s%.*s=%.*s", i ? ", " : "", STR_ARG(a->frame.columns.names[a->by[i]]),
			            STR_ARG(cell_text(a->w, &cells[a->by[i]])));
		}
		a->groups[g].name = text_str(&name);
	}
	return &a->groups[g];
}

static int row_read(struct arms *a, struct groups *groups, size_t row, struct text *scratch)
{
	const struct value *cell = frame_cell(&a->frame, row, a->between);
	size_t which;

	if (cell_missing(cell))
		return a->w->host->fail(a->w->job, "between", "leave such rows out with `query`",
		                        "%.*s: column '%.*s', row %zu is empty: the row belongs to no arm", STR_ARG(label(a)),
		                        STR_ARG(a->frame.columns.names[a->between]), row + 1);
	if (!groups_find(&a->names, cell_text(a->w, cell), &which))
		return 0; /* an arm that was not asked for */
	struct arm *arm = &group_of(a, groups, row, scratch)->arms[which];
	struct arm_value v = { .row = row + 1, .key = pair_key(a, row) };
	int got = read_y(a, row, &v.y);

	if (got < 0)
		return -1;
	if (a->clustered)
		v.cluster_name = cell_text(a->w, frame_cell(&a->frame, row, a->cluster));
	if (got || (a->pair_count && !v.key.n) || (a->clustered && !v.cluster_name.n)) {
		arm->missing++;
		return 0;
	}
	arm->values = work_grow(a->w, arm->values, arm->n, &arm->cap, sizeof *arm->values);
	arm->values[arm->n++] = v;
	return 0;
}

/* ---- order -------------------------------------------------------------------------------------------------------- */

int key_order(struct str a, struct str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int d = n ? memcmp(a.p, b.p, n) : 0;

	return d ? d : (a.n > b.n) - (a.n < b.n);
}

static int by_text(const void *a, const void *b)
{
	return key_order(*(const struct str *)a, *(const struct str *)b);
}

static int by_place(const void *a, const void *b)
{
	const struct arm_value *p = a, *q = b;
	int d = key_order(p->key, q->key);

	if (!d)
		d = key_order(p->cluster_name, q->cluster_name);
	return d ? d : (p->y > q->y) - (p->y < q->y);
}

static void clusters_number(struct arms *a)
{
	struct groups seen = { .w = a->w }, sorted = { .w = a->w };

	for (size_t g = 0; g < a->n; g++)
		for (size_t i = 0; i < a->names.n; i++)
			for (size_t k = 0; k < a->groups[g].arms[i].n; k++)
				(void)groups_number(&seen, a->groups[g].arms[i].values[k].cluster_name);
	struct str *names = work_array(a->w, struct str, seen.n);

	for (size_t i = 0; i < seen.n; i++)
		names[i] = seen.keys[i];
	if (seen.n)
		qsort(names, seen.n, sizeof *names, by_text);
	for (size_t i = 0; i < seen.n; i++)
		(void)groups_number(&sorted, names[i]);
	a->clusters = seen.n;
	for (size_t g = 0; g < a->n; g++)
		for (size_t i = 0; i < a->names.n; i++)
			for (size_t k = 0; k < a->groups[g].arms[i].n; k++) {
				struct arm_value *v = &a->groups[g].arms[i].values[k];

				v->cluster = (uint32_t)groups_number(&sorted, v->cluster_name);
			}
}

static int arm_finish(struct arms *a, const struct arm_group *g, size_t which)
{
	struct arm *arm = &g->arms[which];

	if (arm->n)
		qsort(arm->values, arm->n, sizeof *arm->values, by_place);
	for (size_t i = 1; a->pair_count && i < arm->n; i++) {
		const struct arm_value *p = &arm->values[i - 1], *q = &arm->values[i];

		if (!str_same(p->key, q->key))
			continue;
		return a->w->host->fail(
			a->w->job, "pair", "add the column that tells them apart to `pair:` or `by:`, or make their mean with `aggregate`",
			"%.*s: rows %zu and %zu are both '%.*s' at %.*s%s%.*s: which one is the partner?", STR_ARG(label(a)),
			p->row < q->row ? p->row : q->row, p->row < q->row ? q->row : p->row, STR_ARG(arm_name(a, which)), STR_ARG(q->key),
			g->name.n ? ", " : "", STR_ARG(g->name));
	}
	return 0;
}

/* A column that is named by one field only. */
static int column_of(struct arms *a, const char *field, size_t *out)
{
	return columns_find(a->w, &a->frame.columns, field, field_text(a->w, field), out);
}

int arms_read(const struct work *w, struct arms *a)
{
	struct groups groups = { .w = w };
	struct text scratch = { .w = w };

	*a = (struct arms){ .w = w, .names.w = w };
	if (frame_read(w, field_text(w, "of"), "of", &a->frame))
		return -1;
	if (!a->frame.n)
		return w->host->fail(w->job, "of", NULL, "%.*s has no rows to compare", STR_ARG(label(a)));
	a->clustered = field_text(w, "cluster").n > 0;
	if (column_of(a, "y", &a->y) || (a->clustered && column_of(a, "cluster", &a->cluster)) ||
	    columns_find_all(w, &a->frame.columns, "by", &a->by, &a->by_count) ||
	    columns_find_all(w, &a->frame.columns, "pair", &a->pair, &a->pair_count) || between_read(a))
		return -1;
	if (!a->names.n && arms_all(a))
		return -1;
	for (size_t row = 0; row < a->frame.n; row++)
		if (row_read(a, &groups, row, &scratch))
			return -1;
	for (size_t g = 0; g < a->n; g++)
		for (size_t i = 0; i < a->names.n; i++)
			if (arm_finish(a, &a->groups[g], i))
				return -1;
	clusters_number(a);
	return 0;
}
