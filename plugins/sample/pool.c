/* SPDX-License-Identifier: GPL-3.0-or-later
 * Reading the pool: one pass through the host's reader, with the checks on ids and fields. */
#include "plugins/sample/pool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define KEPT 2

static struct pool *kept[KEPT];
static uint64_t clock_of_use;

struct reading {
	const struct work *w;
	const struct input *input;
	struct table *table;
	struct columns columns;
	size_t id, *by, by_count, *require, require_count;
	struct groups strata;
	struct text id_text, stratum_text; /* written anew for each row */
	uint64_t at; /* in the mapping: where the next row should start */
	size_t last; /* stratum of the row before: neighbours often share it */
};

void pool_free(struct pool *p)
{
	if (!p)
		return;
	if (p->mapped)
		(void)munmap((void *)(uintptr_t)p->bytes, p->bytes_length);
	else
		free((void *)(uintptr_t)p->bytes);
	for (size_t i = 0; i < RANKINGS; i++) {
		free(p->rankings[i].rows);
		free(p->rankings[i].starts);
	}
	for (size_t i = 0; i < p->tie_count; i++)
		free(p->ties[i].id);
	for (size_t i = 0; p->strata && i < p->strata_count; i++)
		free((void *)(uintptr_t)p->strata[i].p);
	free(p->ties);
	free(p->strata);
	free(p->sizes);
	free(p->rows);
	free(p->header);
	free(p->key);
	free(p);
}

static int short_of_memory(const struct work *w)
{
	return w->host->fail(w->job, NULL, NULL, "out of memory while reading the pool");
}

static void *widen(void *data, size_t *cap, size_t want, size_t item)
{
	if (want <= *cap)
		return data;
	size_t next = *cap ? *cap : 1024;

	while (next < want)
		next += next / 2;
	void *p = realloc(data, next * item);

	if (p)
		*cap = next;
	return p;
}

/* ---- bytes of rows ------------------------------------------------------------------------------------------------ */

static void pool_map(struct pool *p, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (!fstat(fd, &p->stat) && S_ISREG(p->stat.st_mode) && p->stat.st_size > 0) {
		void *m = mmap(NULL, (size_t)p->stat.st_size, PROT_READ, MAP_PRIVATE, fd, 0);

		if (m != MAP_FAILED) {
			p->bytes = m;
			p->bytes_length = (size_t)p->stat.st_size;
			p->mapped = true;
		}
	}
	(void)close(fd);
}

/* From the first row that does not stand in the file as it is (compressed, an array), all rows are copied. */
static bool pool_unmap(struct pool *p)
{
	const char *map = p->bytes;
	size_t length = p->bytes_length, need = 0;

	p->mapped = false;
	p->bytes = NULL;
	p->bytes_length = p->bytes_cap = 0;
	for (size_t i = 0; i < p->n; i++)
		need += p->rows[i].length;
	char *copy = widen(NULL, &p->bytes_cap, need + 1, 1);

	for (size_t i = 0; copy && i < p->n; i++) {
		memcpy(copy + p->bytes_length, map + p->rows[i].offset, p->rows[i].length);
		p->rows[i].offset = p->bytes_length;
		p->bytes_length += p->rows[i].length;
	}
	p->bytes = copy;
	(void)munmap((void *)(uintptr_t)map, length);
	return copy != NULL;
}

/* Finds the row's bytes in the mapping, or copies them. */
static bool pool_place(struct pool *p, struct reading *r, struct str raw, uint64_t *offset)
{
	if (p->mapped) {
		while (r->at < p->bytes_length && (p->bytes[r->at] == '\n' || p->bytes[r->at] == '\r'))
			r->at++;
		/* A JSON line may have blanks in front that the reader leaves out. */
		while (r->at < p->bytes_length && raw.n && raw.p[0] != p->bytes[r->at] &&
		       (p->bytes[r->at] == ' ' || p->bytes[r->at] == '\t' || p->bytes[r->at] == '\n' || p->bytes[r->at] == '\r'))
			r->at++;
		if (r->at + raw.n <= p->bytes_length && memcmp(p->bytes + r->at, raw.p, raw.n) == 0) {
			*offset = r->at;
			r->at += raw.n;
			return true;
		}
		if (!pool_unmap(p))
			return false;
	}
	char *bytes = widen((void *)(uintptr_t)p->bytes, &p->bytes_cap, p->bytes_length + raw.n + 1, 1);

	if (!bytes)
		return false;
	p->bytes = bytes;
	memcpy(bytes + p->bytes_length, raw.p, raw.n);
	*offset = p->bytes_length;
	p->bytes_length += raw.n;
	return true;
}

/* ---- rows --------------------------------------------------------------------------------------------------------- */

static int pool_row(struct pool *p, struct reading *r, const struct value *cells)
{
	const struct work *w = r->w;
	struct str label = r->input->label;
	size_t line = w->host->table_line(r->table);

	for (size_t i = 0; i < r->require_count; i++)
		if (cell_missing(&cells[r->require[i]]))
			return w->host->fail(w->job, "require", NULL, "%.*s:%zu: '%.*s' is empty, and it is required", STR_ARG(label),
			                     line, STR_ARG(r->columns.names[r->require[i]]));
	for (size_t i = 0; i < r->by_count; i++)
		if (cell_missing(&cells[r->by[i]]))
			return w->host->fail(w->job, "by", NULL, "%.*s:%zu: '%.*s' is empty, so the row has no stratum", STR_ARG(label),
			                     line, STR_ARG(r->columns.names[r->by[i]]));
	struct str id = cells_key(&r->id_text, cells, &r->id, 1);

	if (!id.n)
		return w->host->fail(w->job, "id", NULL, "%.*s:%zu: the id column '%.*s' is empty", STR_ARG(label), line,
		                     STR_ARG(r->columns.names[r->id]));
	struct str stratum = r->by_count ? cells_key(&r->stratum_text, cells, r->by, r->by_count) : STR("");

	if (!r->strata.n || !str_same(r->strata.keys[r->last], stratum))
		r->last = groups_number(&r->strata, stratum);
	struct str raw = w->host->table_raw(r->table);
	struct pool_row *rows = widen(p->rows, &p->cap, p->n + 1, sizeof *rows);

	if (!rows)
		return short_of_memory(w);
	p->rows = rows;
	if (raw.n > UINT32_MAX || p->n >= UINT32_MAX - 1)
		return w->host->fail(w->job, "from", NULL, "%.*s:%zu: more than this kind can index", STR_ARG(label), line);
	struct pool_row *row = &rows[p->n];

	*row = (struct pool_row){ .hash = fnv1a(id), .length = (uint32_t)raw.n, .stratum = (uint32_t)r->last };
	if (!pool_place(p, r, raw, &row->offset))
		return short_of_memory(w);
	p->n++;
	return 0;
}

static int pool_columns(struct reading *r)
{
	const struct work *w = r->w;
	struct str id = field_text(w, "id");

	r->columns = (struct columns){ .label = r->input->label };
	r->columns.names = w->host->table_columns(r->table, &r->columns.n);
	if (columns_find(w, &r->columns, "id", id.n ? id : STR("id"), &r->id) ||
	    columns_find_all(w, &r->columns, "by", &r->by, &r->by_count) ||
	    columns_find_all(w, &r->columns, "require", &r->require, &r->require_count))
		return -1;
	return 0;
}

static int by_bytes(const void *a, const void *b)
{
	const struct str *x = *(const struct str *const *)a, *y = *(const struct str *const *)b;
	size_t n = x->n < y->n ? x->n : y->n;
	int d = n ? memcmp(x->p, y->p, n) : 0;

	return d ? d : (x->n > y->n) - (x->n < y->n);
}

/* Numbers the strata by their bytes, which is the order that breaks ties. */
static bool pool_strata(struct pool *p, const struct reading *r)
{
	size_t n = r->strata.n;
	const struct str **order = work_array(r->w, const struct str *, n);
	uint32_t *number = work_array(r->w, uint32_t, n);

	p->strata = calloc(n + 1, sizeof *p->strata);
	p->sizes = calloc(n + 1, sizeof *p->sizes);
	if (!p->strata || !p->sizes)
		return false;
	for (size_t i = 0; i < n; i++)
		order[i] = &r->strata.keys[i];
	if (n)
		qsort(order, n, sizeof *order, by_bytes);
	for (size_t i = 0; i < n; i++) {
		char *copy = malloc(order[i]->n + 1);

		if (!copy)
			return false;
		memcpy(copy, order[i]->p, order[i]->n);
		p->strata[i] = (struct str){ copy, order[i]->n };
		p->strata_count = i + 1;
		number[order[i] - r->strata.keys] = (uint32_t)i;
	}
	for (size_t i = 0; i < p->n; i++) {
		p->rows[i].stratum = number[p->rows[i].stratum];
		p->sizes[p->rows[i].stratum]++;
	}
	return true;
}

static bool pool_header(struct pool *p, struct reading *r)
{
	struct str header = r->w->host->table_header(r->table);

	p->header = malloc(header.n + 2);
	if (!p->header)
		return false;
	if (header.n)
		memcpy(p->header, header.p, header.n);
	p->header_length = header.n;
	p->crlf = header.n > 1 && header.p[header.n - 2] == '\r';
	if (header.n && header.p[header.n - 1] != '\n')
		p->header[p->header_length++] = '\n';
	if (p->mapped && header.n) {
		/* A byte-order mark may stand before the header. */
		size_t mark = p->bytes_length >= 3 && memcmp(p->bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

		while (mark < p->bytes_length && p->bytes[mark] != header.p[0] && (p->bytes[mark] == '\n' || p->bytes[mark] == '\r'))
			mark++;
		r->at = mark + header.n;
	}
	return true;
}

static int pool_read(const struct work *w, struct pool *p, const struct input *input)
{
	struct reading r = { .w = w, .input = input, .strata.w = w, .id_text.w = w, .stratum_text.w = w };
	const struct value *cells;
	int got;

	pool_map(p, input->path.p);
	r.table = w->host->table_open(w->job, input);
	if (!r.table || pool_columns(&r))
		return -1;
	if (!pool_header(p, &r))
		return short_of_memory(w);
	while ((got = w->host->table_next(r.table, &cells)) > 0)
		if (pool_row(p, &r, cells))
			return -1;
	if (got < 0)
		return -1;
	if (!pool_strata(p, &r))
		return short_of_memory(w);
	return pool_check_ids(w, p, input);
}

/* ---- the pools of this worker ------------------------------------------------------------------------------------- */

static void key_part(struct text *key, const char *field)
{
	size_t n;
	const struct value *items = field_list(key->w, field, &n);

	text_printf(key, ";%s", field);
	for (size_t i = 0; i < n; i++)
		if (items[i].type == V_STR)
			text_printf(key, ",%zu:%.*s", items[i].s.n, STR_ARG(items[i].s));
}

static bool pool_fresh(const struct pool *p, const struct input *input)
{
	struct stat now;

	if (!p->mapped)
		return true;
	return !stat(input->path.p, &now) && now.st_ino == p->stat.st_ino && now.st_size == p->stat.st_size &&
	       now.st_mtim.tv_sec == p->stat.st_mtim.tv_sec && now.st_mtim.tv_nsec == p->stat.st_mtim.tv_nsec;
}

struct pool *pool_get(const struct work *w, const struct input *input)
{
	struct text key = { .w = w };
	size_t oldest = 0;

	text_add(&key, input->digest);
	key_part(&key, "id");
	key_part(&key, "by");
	key_part(&key, "require");
	for (size_t i = 0; i < KEPT; i++) {
		struct pool *p = kept[i];

		if (p && str_same((struct str){ p->key, p->key_length }, text_str(&key))) {
			if (pool_fresh(p, input)) {
				p->used = ++clock_of_use;
				return p;
			}
			pool_free(p);
			kept[i] = NULL;
		}
		if (!kept[i] || (kept[oldest] && kept[i]->used < kept[oldest]->used))
			oldest = i;
	}
	pool_free(kept[oldest]); /* before the next is read, so that two are the most there ever are */
	struct pool *p = kept[oldest] = calloc(1, sizeof *p);

	if (p)
		p->key = malloc(key.n + 1);
	if (!p || !p->key) {
		(void)short_of_memory(w);
	} else {
		memcpy(p->key, key.p, key.n);
		p->key_length = key.n;
		p->used = ++clock_of_use;
		if (!pool_read(w, p, input))
			return p;
	}
	pool_free(p);
	kept[oldest] = NULL;
	return NULL;
}
