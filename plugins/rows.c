/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugins/rows.h"

#include <math.h>
#include <string.h>

#define SHOWN_BYTES 60    /* of a cell in a message */
#define NAME_MAX_BYTES 64 /* longer names get no suggestion */

static const struct value null_cell = { .type = V_NULL };

/* ---- columns ------------------------------------------------------------------------------------------------------ */

static size_t distance(struct str a, struct str b)
{
	size_t last[NAME_MAX_BYTES + 1];

	if (a.n > NAME_MAX_BYTES || b.n > NAME_MAX_BYTES)
		return SIZE_MAX;
	for (size_t j = 0; j <= b.n; j++)
		last[j] = j;
	for (size_t i = 1; i <= a.n; i++) {
		size_t corner = last[0];

		last[0] = i;
		for (size_t j = 1; j <= b.n; j++) {
			size_t best = corner + (a.p[i - 1] != b.p[j - 1]);

			corner = last[j];
			if (last[j] + 1 < best)
				best = last[j] + 1;
			if (last[j - 1] + 1 < best)
				best = last[j - 1] + 1;
			last[j] = best;
		}
	}
	return last[b.n];
}

static int no_column(const struct work *w, const struct columns *in, const char *field, struct str name)
{
	struct text all = { .w = w }, hint = { .w = w };
	size_t nearest = 0, best = SIZE_MAX;

	if (!in->n)
		return w->host->fail(w->job, field, NULL, "%.*s has no rows, so it has no column '%.*s'",
		                     STR_ARG(in->label), STR_ARG(name));
	for (size_t i = 0; i < in->n; i++) {
		size_t d = distance(name, in->names[i]);

		if (d < best) {
			best = d;
			nearest = i;
		}
		text_printf(&all, "%s%.*s", i ? ", " : "", STR_ARG(in->names[i]));
	}
	if (best <= 1 + name.n / 3)
		text_printf(&hint, "did you mean '%.*s'?", STR_ARG(in->names[nearest]));
	return w->host->fail(w->job, field, hint.n ? hint.p : NULL, "%.*s has no column '%.*s'; it has %s",
	                     STR_ARG(in->label), STR_ARG(name), all.p);
}

int columns_find(const struct work *w, const struct columns *in, const char *field, struct str name, size_t *out)
{
	for (size_t i = 0; i < in->n; i++) {
		if (str_same(in->names[i], name)) {
			*out = i;
			return 0;
		}
	}
	return no_column(w, in, field, name);
}

int columns_find_all(const struct work *w, const struct columns *in, const char *field, size_t **out, size_t *n)
{
	const struct value *names = field_list(w, field, n);

	*out = work_array(w, size_t, *n);
	for (size_t i = 0; i < *n; i++) {
		if (names[i].type != V_STR)
			return w->host->fail(w->job, field, NULL, "item %zu of '%s' is no column name", i + 1, field);
		if (columns_find(w, in, field, names[i].s, &(*out)[i]))
			return -1;
	}
	return 0;
}

/* ---- frames ------------------------------------------------------------------------------------------------------- */

int frame_read(const struct work *w, struct str name, const char *field, struct frame *out)
{
	const struct host *h = w->host;
	const struct input *input = h->input(w->job, name);
	const struct value *cells;
	size_t cap = 0, n;
	int got;

	if (!input)
		return h->fail(w->job, field, NULL, "there is no table '%.*s' to read", STR_ARG(name));
	struct table *table = h->table_open(w->job, input);

	if (!table)
		return -1;
	*out = (struct frame){ .kind = input->kind, .columns.label = input->label };
	while ((got = h->table_next(table, &cells)) > 0) {
		(void)h->table_columns(table, &n);
		struct value *kept = work_array(w, struct value, n);

		for (size_t i = 0; i < n; i++)
			kept[i] = cell_copy(w, &cells[i]);
		out->rows = work_grow(w, out->rows, out->n, &cap, sizeof *out->rows);
		out->rows[out->n++] = (struct frame_row){ kept, n, h->table_line(table) };
	}
	const struct str *names = h->table_columns(table, &n);
	struct str *kept = work_array(w, struct str, n);

	for (size_t i = 0; i < n; i++)
		kept[i] = names[i];
	out->columns.names = kept;
	out->columns.n = n;
	return got;
}

const struct value *frame_cell(const struct frame *f, size_t row, size_t column)
{
	return column < f->rows[row].n ? &f->rows[row].cells[column] : &null_cell;
}

long frame_column(const struct frame *f, const char *name)
{
	for (size_t i = 0; i < f->columns.n; i++)
		if (str_is(f->columns.names[i], name))
			return (long)i;
	return -1;
}

const struct value *frame_get(const struct frame *f, size_t row, const char *name)
{
	long column = frame_column(f, name);

	return column < 0 ? &null_cell : frame_cell(f, row, (size_t)column);
}

/* ---- cells -------------------------------------------------------------------------------------------------------- */

bool text_truth(struct str s, bool *out)
{
	*out = str_is(s, "true") || str_is(s, "True") || str_is(s, "TRUE");
	return *out || str_is(s, "false") || str_is(s, "False") || str_is(s, "FALSE");
}

bool cell_number(const struct work *w, const struct value *cell, double *out)
{
	bool truth;

	if (cell->type == V_STR && w->host->number(cell->s, out))
		return isfinite(*out);
	if (cell->type == V_STR) {
		if (!text_truth(cell->s, &truth))
			return false;
		*out = truth ? 1 : 0;
		return true;
	}
	if (cell->type == V_BOOL) {
		*out = cell->b ? 1 : 0;
		return true;
	}
	return value_number(cell, out) && isfinite(*out);
}

static bool is_not_finite(struct str s)
{
	static const char *const words[] = { "nan", "inf", "infinity" };
	char word[9] = "";
	size_t n = 0;

	if (s.n && (s.p[0] == '-' || s.p[0] == '+'))
		s = (struct str){ s.p + 1, s.n - 1 };
	for (; n < s.n && n < sizeof word - 1; n++)
		word[n] = (char)(s.p[n] | 0x20);
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (n == s.n && strcmp(word, words[i]) == 0)
			return true;
	return false;
}

int cell_no_number(const struct work *w, const char *field, const struct columns *in, struct str column, size_t row,
                   const struct value *cell)
{
	const char *what = cell->type == V_LIST ? "a list" : cell->type == V_MAP ? "a map" : NULL;
	const char *is = cell->type == V_STR && is_not_finite(cell->s) ? "is not finite" : "is no number";

	return w->host->fail(w->job, field, "leave the cell empty where there is no value",
	                     "%.*s: column '%.*s', row %zu: %s%.*s%s %s", STR_ARG(in->label), STR_ARG(column), row,
	                     what ? what : "'", STR_ARG(cell_text(w, cell)), what ? "" : "'", is);
}

bool cell_missing(const struct value *cell)
{
	return cell->type == V_NULL || (cell->type == V_STR && cell->s.n == 0);
}

static void cell_append(struct text *t, const struct value *cell)
{
	if (cell->type == V_STR)
		text_add(t, cell->s);
	else if (cell->type == V_INT)
		text_printf(t, "%lld", (long long)cell->i);
	else if (cell->type == V_REAL)
		text_add(t, number_text(t->w, cell->r));
	else if (cell->type == V_BOOL)
		text_z(t, cell->b ? "true" : "false");
}

struct str cell_text(const struct work *w, const struct value *cell)
{
	struct text t = { .w = w };

	if (cell->type == V_STR)
		return cell->s;
	cell_append(&t, cell);
	return text_str(&t);
}

/* One line of it, with escapes for what would break the line, and not too much. */
static struct str cell_shown(const struct work *w, const struct value *cell)
{
	struct str s = cell_text(w, cell);
	struct text out = { .w = w };

	if (cell->type == V_LIST || cell->type == V_MAP)
		return str_of(cell->type == V_LIST ? "a list" : "a map");
	text_z(&out, "'");
	for (size_t i = 0; i < s.n && i < SHOWN_BYTES; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c == '\n')
			text_z(&out, "\\n");
		else if (c < ' ' || c == 0x7f)
			text_printf(&out, "\\x%02x", c);
		else
			text_add(&out, (struct str){ s.p + i, 1 });
	}
	text_z(&out, s.n > SHOWN_BYTES ? "…'" : "'");
	return text_str(&out);
}

int cell_refuse(const struct work *w, const char *field, const struct columns *in, struct str column, size_t row,
                const struct value *cell)
{
	return w->host->fail(w->job, field, "a number comes from where the column is made: tonumber(…) in a metric, a cell that holds nothing else",
	                     "%.*s: column '%.*s', row %zu: %.*s is no number", STR_ARG(in->label), STR_ARG(column), row,
	                     STR_ARG(cell_shown(w, cell)));
}

/* Units are separated by \x1f; one inside a cell is marked, so that no two rows share a key by accident. */
static void key_append(struct text *key, const struct value *cell)
{
	size_t from = key->n;
	bool plain = true;

	cell_append(key, cell);
	for (size_t i = from; i < key->n; i++)
		plain = plain && key->p[i] != '\x1f' && key->p[i] != '\x1e';
	if (plain)
		return;
	struct text raw = { .w = key->w };

	text_add(&raw, (struct str){ key->p + from, key->n - from });
	key->n = from;
	for (size_t i = 0; i < raw.n; i++) {
		if (raw.p[i] == '\x1f' || raw.p[i] == '\x1e')
			text_z(key, "\x1e");
		text_add(key, (struct str){ raw.p + i, 1 });
	}
}

struct str cells_key(struct text *scratch, const struct value *cells, const size_t *columns, size_t n)
{
	if (n == 1 && cells[columns[0]].type == V_STR)
		return cells[columns[0]].s;
	scratch->n = 0;
	for (size_t i = 0; i < n; i++) {
		if (i)
			text_z(scratch, "\x1f");
		key_append(scratch, &cells[columns[i]]);
	}
	return text_str(scratch);
}

static struct str str_copy(const struct work *w, struct str s)
{
	char *p = w->host->alloc(w->job, s.n + 1);

	if (s.n)
		memcpy(p, s.p, s.n);
	return (struct str){ p, s.n };
}

struct value cell_copy(const struct work *w, const struct value *cell)
{
	struct value v = *cell;

	if (v.type == V_STR) {
		v.s = str_copy(w, v.s);
	} else if (v.type == V_LIST) {
		v.list.items = work_array(w, struct value, v.list.n);
		for (size_t i = 0; i < v.list.n; i++)
			v.list.items[i] = cell_copy(w, &cell->list.items[i]);
	} else if (v.type == V_MAP) {
		v.map.pairs = work_array(w, struct pair, v.map.n);
		for (size_t i = 0; i < v.map.n; i++) {
			v.map.pairs[i] = cell->map.pairs[i];
			v.map.pairs[i].key = str_copy(w, cell->map.pairs[i].key);
			v.map.pairs[i].val = cell_copy(w, &cell->map.pairs[i].val);
		}
	}
	return v;
}

/* The word itself, or the word and a reason in parentheses. */
static bool says(struct str text, const char *word)
{
	const size_t n = strlen(word);

	return text.n >= n && memcmp(text.p, word, n) == 0 && (text.n == n || text.p[n] == '(');
}

enum row_status row_status(const struct value *unscored, const struct value *status)
{
	bool is;

	if (unscored && unscored->type == V_BOOL && unscored->b)
		return ROW_UNSCORED;
	if (unscored && unscored->type == V_STR && unscored->s.n && (!text_truth(unscored->s, &is) || is) &&
	    !str_is(unscored->s, "0"))
		return ROW_UNSCORED;
	if (!status || status->type != V_STR)
		return ROW_SCORED;
	return says(status->s, "unscored") ? ROW_UNSCORED : says(status->s, "error") ? ROW_FAILED : ROW_SCORED;
}

/* ---- building rows ------------------------------------------------------------------------------------------------ */

void row_put(struct row *r, struct str key, struct value v)
{
	r->map.type = V_MAP;
	r->map.map.pairs = work_grow(r->w, r->map.map.pairs, r->map.map.n, &r->cap, sizeof *r->map.map.pairs);
	r->map.map.pairs[r->map.map.n++] = (struct pair){ .key = key, .val = v };
}

void row_set(struct row *r, const char *key, struct value v)
{
	row_put(r, str_of(key), v);
}

int row_save(const struct work *w, struct writer *out, const struct value *row)
{
	for (size_t i = 0; i < row->map.n; i++)
		for (size_t k = 0; k < i; k++)
			if (str_same(row->map.pairs[i].key, row->map.pairs[k].key))
				return w->host->fail(w->job, "by", "give the column another name with `query`",
				                     "the result has a column '%.*s' of its own", STR_ARG(row->map.pairs[k].key));
	return w->host->rows_put(out, row);
}

void row_real(struct row *r, const char *key, double v)
{
	row_set(r, key, isfinite(v) ? value_real(v) : null_cell);
}

/* ---- groups ------------------------------------------------------------------------------------------------------- */

static uint32_t *groups_slot(const struct groups *g, struct str key, uint64_t hash)
{
	size_t mask = g->slot_count - 1;

	for (size_t i = hash & mask;; i = (i + 1) & mask) {
		uint32_t at = g->slots[i];

		if (!at || (g->hashes[at - 1] == hash && str_same(g->keys[at - 1], key)))
			return &g->slots[i];
	}
}

static void groups_widen(struct groups *g)
{
	g->slot_count = g->slot_count ? g->slot_count * 4 : 64;
	g->slots = work_array(g->w, uint32_t, g->slot_count);
	for (size_t i = 0; i < g->n; i++)
		*groups_slot(g, g->keys[i], g->hashes[i]) = (uint32_t)i + 1;
}

size_t groups_number(struct groups *g, struct str key)
{
	uint64_t hash = mix_bits(fnv1a(key));

	if (2 * (g->n + 1) > g->slot_count)
		groups_widen(g);
	uint32_t *slot = groups_slot(g, key, hash);

	if (*slot)
		return *slot - 1;
	g->keys = work_grow(g->w, g->keys, g->n, &g->cap, sizeof *g->keys);
	g->hashes = work_grow(g->w, g->hashes, g->n, &g->hash_cap, sizeof *g->hashes);
	g->keys[g->n] = str_copy(g->w, key);
	g->hashes[g->n] = hash;
	*slot = (uint32_t)++g->n;
	return g->n - 1;
}

bool groups_find(const struct groups *g, struct str key, size_t *number)
{
	if (!g->slot_count)
		return false;
	uint32_t slot = *groups_slot(g, key, mix_bits(fnv1a(key)));

	if (slot)
		*number = slot - 1;
	return slot != 0;
}
