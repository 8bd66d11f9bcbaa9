/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `table`: a table as people read it, in CSV, Markdown and LaTeX. The CSV keeps every digit, for programs; the other two
 * round. Columns that hold lists or maps (such as the draws of a fit) are left out. What a row was refused or warned of is
 * in the table even when its column is not: in the first empty cell, and as a note with a mark.
 */
#include <math.h>
#include <string.h>

#include "plugins/kinds.h"
#include "plugins/table/layout.h"

static const struct field column_fields[] = {
	{ .name = "title", .type = T_TEXT, .flags = F_PRIMARY, .help = "what stands above it; by default the column's name" },
	{ .name = "unit", .type = T_TEXT, .help = "behind the title in parentheses" },
	{ .name = "group", .type = T_TEXT, .help = "title above this and the neighbouring columns of the same group" },
	{ .name = "pm", .type = T_TEXT, .help = "column with the uncertainty (std, sem, se): 0.347 ± 0.015" },
	{ .name = "low", .type = T_TEXT, .help = "column with the interval's lower end: 0.347 [0.317, 0.373]" },
	{ .name = "high", .type = T_TEXT, .help = "column with its upper end" },
	{ .name = "format", .type = T_TEXT, .choices = "auto|p|count|percent|text", .fallback = "auto",
	  .help = "p: three decimals, <0.001; count: no decimals; percent: times 100; text: as it is" },
	{ .name = "stars", .type = T_BOOL, .fallback = "false", .help = "behind p: * below 0.05, ** below 0.01, *** below 0.001" },
	{ .name = "digits", .type = T_INT, .min = 1, .max = 17, .help = "significant digits, where no uncertainty decides" },
	{ .name = NULL },
};

static const struct field columns_fields[] = {
	{ .name = "*", .type = T_TEXT | T_MAP, .help = "its title, or how it is shown", .sub = column_fields },
	{ .name = NULL },
};

static const struct field fields[] = {
	{ .name = "of", .type = T_TABLE, .flags = F_PRIMARY | F_REQUIRED, .help = "the table" },
	{ .name = "columns", .type = T_TEXT | T_LIST | T_MAP, .sub = columns_fields,
	  .help = "columns in this order, each a name or {name: title or how}; as one map, in the table's order" },
	{ .name = "digits", .type = T_INT, .min = 1, .max = 17, .fallback = "4",
	  .help = "significant digits of numbers in Markdown and LaTeX" },
	{ .name = "title", .type = T_TEXT, .help = "caption" },
	{ .name = "label", .type = T_TEXT, .help = "name for \\ref in LaTeX, such as tab:budgets" },
	{ .name = "notes", .type = T_TEXT | T_LIST, .help = "sentences under the table" },
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

static const struct value **cells_of(const struct work *w, const struct frame *f, size_t column)
{
	const struct value **cells = work_array(w, const struct value *, f->n);

	for (size_t i = 0; i < f->n; i++)
		cells[i] = frame_cell(f, i, column);
	return cells;
}

static struct layout_column *layout_add(struct layout *l, const struct frame *f, size_t column)
{
	struct layout_column *c = &l->columns[l->n++];

	c->title = c->names[0] = f->columns.names[column];
	c->cells = cells_of(l->w, f, column);
	return c;
}

static struct str text_of(const struct value *map, const char *key)
{
	const struct value *v = value_get(map, key);

	return v && v->type == V_STR ? v->s : (struct str){ "", 0 };
}

static enum format format_of(struct str s)
{
	static const char *const names[] = { "auto", "p", "count", "percent", "text" };

	for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
		if (str_is(s, names[i]))
			return (enum format)i;
	return FORMAT_AUTO;
}

/* How a column is shown: its title, or a map of column_fields. */
static int column_describe(const struct work *w, const struct frame *f, const struct value *v, struct layout_column *c)
{
	static const char *const keys[] = { "pm", "low", "high" };
	const struct value ***const parts[] = { &c->half, &c->low, &c->high };
	const struct value *stars = value_get(v, "stars"), *digits = value_get(v, "digits");

	if (v->type == V_STR)
		return c->title = v->s, 0;
	if (v->type != V_MAP)
		return 0;
	c->title = text_of(v, "title").n ? text_of(v, "title") : c->title;
	c->unit = text_of(v, "unit");
	c->group = text_of(v, "group");
	c->format = format_of(text_of(v, "format"));
	c->stars = stars && stars->type == V_BOOL && stars->b;
	c->digits = digits && digits->type == V_INT ? (int)digits->i : 0;
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		size_t column;

		c->names[i + 1] = text_of(v, keys[i]);
		if (!c->names[i + 1].n)
			continue;
		if (columns_find(w, &f->columns, "columns", c->names[i + 1], &column))
			return -1;
		*parts[i] = cells_of(w, f, column);
	}
	if (!c->low != !c->high || (c->half && c->low))
		return w->host->fail(w->job, "columns", "`pm` for a number behind ±, `low` and `high` for the ends of an interval",
		                     "column '%.*s' needs either 'pm', or both 'low' and 'high'", STR_ARG(c->names[0]));
	return 0;
}

/* `acc`, or {acc: Accuracy}, or {acc: {title: Accuracy, pm: std}}. */
static int item_pick(struct layout *l, const struct frame *f, const struct value *item, size_t number)
{
	const struct work *w = l->w;
	bool pair = item->type == V_MAP && item->map.n == 1;
	size_t column;

	if (item->type != V_STR && !pair)
		return w->host->fail(w->job, "columns", "a name, or one name and its title: `- acc: Accuracy`",
		                     "item %zu of 'columns' is no column name", number);
	if (columns_find(w, &f->columns, "columns", pair ? item->map.pairs[0].key : item->s, &column))
		return -1;
	struct layout_column *c = layout_add(l, f, column);

	return pair ? column_describe(w, f, &item->map.pairs[0].val, c) : 0;
}

static int layout_pick(struct layout *l, const struct frame *f)
{
	const struct work *w = l->w;
	const struct value *field = value_get(w->host->fields(w->job), "columns");
	size_t n, column;
	const struct value *names = field_list(w, "columns", &n);
	bool map = field && field->type == V_MAP;

	l->rows = f->n;
	l->columns = work_array(w, struct layout_column, f->columns.n + n);
	for (size_t i = 0; map && i < field->map.n; i++)
		if (columns_find(w, &f->columns, "columns", field->map.pairs[i].key, &column))
			return -1;
	/* A map has no order of its own: equal maps are one to the cache, whichever way they are written. */
	for (size_t i = 0; map && i < f->columns.n; i++)
		for (size_t k = 0; k < field->map.n; k++)
			if (str_same(field->map.pairs[k].key, f->columns.names[i]) &&
			    column_describe(w, f, &field->map.pairs[k].val, layout_add(l, f, i)))
				return -1;
	for (size_t i = 0; !map && i < n; i++)
		if (item_pick(l, f, &names[i], i + 1))
			return -1;
	for (size_t i = 0; !map && !n && i < f->columns.n; i++)
		if (!holds_trees(f, i))
			(void)layout_add(l, f, i);
	return 0;
}

/* ---- refusals, warnings, notes ------------------------------------------------------------------------------------ */

static bool is_shown(const struct layout *l, const char *name)
{
	for (size_t c = 0; c < l->n; c++)
		if (str_is(l->columns[c].names[0], name))
			return true;
	return false;
}

/* "refused: reason" or "unscored: reason" of each row, for its first empty cell. */
static struct str *reasons_read(const struct layout *l, const struct frame *f)
{
	static const char *const names[] = { "refused", "unscored" };
	struct str *out = work_array(l->w, struct str, f->n);

	for (size_t r = 0; r < f->n; r++) {
		for (size_t i = 0; i < sizeof names / sizeof *names && !out[r].n; i++) {
			const struct value *why = frame_get(f, r, names[i]);
			struct text t = { .w = l->w };

			if (is_shown(l, names[i]) || cell_missing(why))
				continue;
			if (why->type == V_STR)
				text_printf(&t, "%s: %.*s", names[i], STR_ARG(why->s));
			else if (why->type == V_BOOL && why->b)
				text_z(&t, names[i]);
			out[r] = text_str(&t);
		}
	}
	return out;
}

static size_t note_number(struct layout *l, struct str note)
{
	for (size_t i = 0; i < l->notes_n; i++)
		if (str_same(l->notes[i], note))
			return i;
	l->notes = work_grow(l->w, l->notes, l->notes_n, &l->notes_cap, sizeof *l->notes);
	l->notes[l->notes_n] = note;
	return l->notes_n++;
}

static void row_mark(struct layout *l, struct str note, struct text *marks)
{
	if (note.n)
		text_printf(marks, "%s%.*s", marks->n ? "," : "", STR_ARG(mark_name(l->w, note_number(l, note))));
}

#define REASON_BYTES 24 /* a longer reason would widen its column: it becomes a note */

/* Every warning gets a letter, the same one in every row that has it. */
static void marks_read(struct layout *l, const struct frame *f, struct str *reasons)
{
	bool list = frame_column(f, "warnings") >= 0, shown = is_shown(l, "warning") || is_shown(l, "warnings");

	l->marks = work_array(l->w, struct str, f->n);
	for (size_t r = 0; r < f->n; r++) {
		const struct value *warnings = frame_get(f, r, "warnings");
		struct text marks = { .w = l->w };

		for (size_t i = 0; !shown && list && warnings->type == V_LIST && i < warnings->list.n; i++)
			row_mark(l, text_of(&warnings->list.items[i], "text"), &marks);
		if (!shown && (!list || warnings->type != V_LIST))
			row_mark(l, cell_text(l->w, frame_get(f, r, "warning")), &marks);
		if (reasons[r].n > REASON_BYTES) {
			row_mark(l, reasons[r], &marks);
			reasons[r] = reasons[r].p[0] == 'r' ? STR("refused") : STR("unscored");
		}
		l->marks[r] = text_str(&marks);
	}
	l->marked = l->notes_n;
}

static int notes_read(struct layout *l)
{
	size_t n;
	const struct value *notes = field_list(l->w, "notes", &n);

	for (size_t i = 0; i < n; i++) {
		if (notes[i].type != V_STR)
			return l->w->host->fail(l->w->job, "notes", NULL, "item %zu of 'notes' is no text", i + 1);
		(void)note_number(l, notes[i].s);
	}
	return 0;
}

static int label_check(const struct work *w, struct str label)
{
	for (size_t i = 0; i < label.n; i++)
		if ((unsigned char)label.p[i] <= ' ' || strchr("\\{}%#&~^$", label.p[i]))
			return w->host->fail(w->job, "label", "letters, digits and : . - _, such as tab:budgets",
			                     "'%.*s' cannot be a label in LaTeX", STR_ARG(label));
	return 0;
}

static int table_run(const struct host *host, struct job *job)
{
	const struct work w = { host, job };
	struct text csv = { .w = &w }, md = { .w = &w }, tex = { .w = &w };
	struct layout l = { .w = &w, .digits = (int)field_int(&w, "digits", 4), .title = field_text(&w, "title"),
		            .label = field_text(&w, "label") };
	struct frame f;

	if (frame_read(&w, field_text(&w, "of"), "of", &f) || label_check(&w, l.label) || layout_pick(&l, &f))
		return -1;
	struct str *reasons = reasons_read(&l, &f);

	marks_read(&l, &f, reasons);
	if (notes_read(&l))
		return -1;
	for (size_t c = 0; c < l.n; c++)
		layout_measure(&l, &l.columns[c], reasons);
	layout_csv(&l, &csv);
	layout_markdown(&l, &md);
	layout_latex(&l, &tex);
	return text_save(&csv, "csv") || text_save(&md, "md") || text_save(&tex, "tex") ? -1 : 0;
}

const struct kind kind_table = {
	.abi = RUNG_ABI,
	.struct_size = sizeof(struct kind),
	.name = "table",
	.version = 2,
	.summary = "a table in CSV, Markdown and LaTeX",
	.exec = EXEC_WORKER,
	.fields = fields,
	.outputs = outputs,
	.run = table_run,
};
