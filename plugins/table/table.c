/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `table`: a table as people read it, in CSV, Markdown and LaTeX. The CSV keeps every digit, for programs; the other two
 * round. Columns that hold lists or maps (such as the draws of a fit) are left out.
 */
#include <math.h>
#include <string.h>

#include "plugins/kinds.h"
#include "plugins/table/layout.h"

static const struct field fields[] = {
	{ .name = "of", .type = T_TABLE, .flags = F_PRIMARY | F_REQUIRED, .help = "the table" },
	{ .name = "columns", .type = T_TEXT | T_LIST | T_MAP,
	  .help = "columns in this order; as a map: column and the title it gets" },
	{ .name = "digits", .type = T_INT, .min = 1, .max = 17, .fallback = "4",
	  .help = "significant digits of numbers in Markdown and LaTeX" },
	{ .name = "title", .type = T_TEXT, .help = "caption" },
	{ .name = NULL },
};

static const struct output outputs[] = {
	{ "csv", "table.csv" }, { "md", "table.md" }, { "tex", "table.tex" }, { NULL, NULL },
};

static bool holds_trees(const struct frame *f, size_t column)
{
	for (size_t i = 0; i < f->n; i++) {
		enum vtype type = frame_cell(f, i, column)->type;

		if (type == V_LIST || type == V_MAP)
			return true;
	}
	return false;
}

static void layout_add(struct layout *l, const struct frame *f, size_t column, struct str title)
{
	struct layout_column *c = &l->columns[l->n++];

	c->title = title;
	c->cells = work_array(l->w, const struct value *, f->n);
	for (size_t i = 0; i < f->n; i++)
		c->cells[i] = frame_cell(f, i, column);
	layout_measure(l, c);
}

static int layout_pick(struct layout *l, const struct frame *f)
{
	const struct work *w = l->w;
	const struct value *field = value_get(w->host->fields(w->job), "columns");
	size_t n, column;
	const struct value *names = field_list(w, "columns", &n);
	bool map = field && field->type == V_MAP;

	l->rows = f->n;
	l->columns = work_array(w, struct layout_column, f->columns.n + n + (map ? field->map.n : 0));
	for (size_t i = 0; map && i < field->map.n; i++) {
		const struct pair *p = &field->map.pairs[i];

		if (columns_find(w, &f->columns, "columns", p->key, &column))
			return -1;
		layout_add(l, f, column, p->val.type == V_STR ? p->val.s : p->key);
	}
	for (size_t i = 0; !map && i < n; i++) {
		if (names[i].type != V_STR)
			return w->host->fail(w->job, "columns", NULL, "item %zu of 'columns' is no column name", i + 1);
		if (columns_find(w, &f->columns, "columns", names[i].s, &column))
			return -1;
		layout_add(l, f, column, names[i].s);
	}
	for (size_t i = 0; !map && !n && i < f->columns.n; i++)
		if (!holds_trees(f, i))
			layout_add(l, f, i, f->columns.names[i]);
	return 0;
}

static int table_run(const struct host *host, struct job *job)
{
	const struct work w = { host, job };
	struct text csv = { .w = &w }, md = { .w = &w }, tex = { .w = &w };
	struct layout l = { .w = &w, .digits = (int)field_int(&w, "digits", 4), .title = field_text(&w, "title") };
	struct frame f;

	if (frame_read(&w, field_text(&w, "of"), "of", &f) || layout_pick(&l, &f))
		return -1;
	layout_csv(&l, &csv);
	layout_markdown(&l, &md);
	layout_latex(&l, &tex);
	return text_save(&csv, "csv") || text_save(&md, "md") || text_save(&tex, "tex") ? -1 : 0;
}

const struct kind kind_table = {
	.abi = RUNG_ABI,
	.struct_size = sizeof(struct kind),
	.name = "table",
	.version = 1,
	.summary = "a table in CSV, Markdown and LaTeX",
	.exec = EXEC_WORKER,
	.fields = fields,
	.outputs = outputs,
	.run = table_run,
};
