/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Results in memory: a plan of 90,000 tasks asks for each of them. One record a result, packed behind its fixed part;
 * open addressing over the key's first eight bytes, which are as good as random. A record never moves, and a replaced
 * one stays where it is until the index goes: results are replaced rarely.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/store/internal.h"

struct record {
	struct digest key, content;
	int64_t attempt, duration_ms;
	uint32_t step; /* index into steps */
	uint16_t outcome_n;
	uint32_t task_n, metrics_n, artifacts_n;
	char bytes[]; /* outcome, task, metrics, artifacts */
};

struct step {
	struct str name;
	int64_t median_ms; /* -1 = not computed */
};

struct index {
	struct arena *arena;
	struct record **slots;
	size_t n, cap; /* cap: a power of two */
	VEC(struct step) steps;
	struct map step_of; /* name → index + 1 */
	size_t last_step;   /* results of a step stand together */
	bool medians;       /* computed; of the past, so a result that comes later does not count */
};

static struct record **slot_of(const struct index *x, const struct digest *key)
{
	uint64_t h;

	memcpy(&h, key->b, sizeof(h));
	size_t at = h & (x->cap - 1);

	while (x->slots[at] && !digest_same(&x->slots[at]->key, key))
		at = (at + 1) & (x->cap - 1);
	return &x->slots[at];
}

struct index *index_new(size_t expected)
{
	struct arena *a = arena_new();
	struct index *x = arena_make(a, struct index);

	x->arena = a;
	x->step_of = (struct map){ .arena = a };
	x->cap = 1024;
	while (x->cap < expected + expected / 2)
		x->cap *= 2;
	x->slots = arena_array(a, struct record *, x->cap);
	return x;
}

void index_free(struct index *x)
{
	if (x)
		arena_free(x->arena);
}

static void grow(struct index *x)
{
	struct record **old = x->slots;
	size_t old_cap = x->cap;

	x->cap *= 2;
	x->slots = arena_array(x->arena, struct record *, x->cap);
	for (size_t i = 0; i < old_cap; i++)
		if (old[i])
			*slot_of(x, &old[i]->key) = old[i];
}

static uint32_t step_index(struct index *x, struct str name)
{
	if (x->steps.n && str_same(x->steps.data[x->last_step].name, name))
		return (uint32_t)x->last_step;
	uintptr_t known = (uintptr_t)map_get(&x->step_of, name);

	if (!known) {
		struct step s = { .name = arena_str(x->arena, name), .median_ms = -1 };

		VEC_PUSH(x->arena, &x->steps, s);
		known = x->steps.n;
		(void)map_put(&x->step_of, s.name, (void *)known);
	}
	x->last_step = known - 1;
	return (uint32_t)x->last_step;
}

static char *pack(char *to, struct str s)
{
	if (s.n)
		memcpy(to, s.p, s.n);
	return to + s.n;
}

void index_add(struct index *x, const struct result_row *row)
{
	size_t bytes = row->outcome.n + row->task.n + row->metrics.n + row->artifacts.n;

	if ((x->n + 1) * 4 > x->cap * 3)
		grow(x);
	struct record *r = arena_alloc(x->arena, sizeof(*r) + bytes), **slot = slot_of(x, &row->key);

	r->key = row->key;
	r->content = row->content;
	r->attempt = row->attempt;
	r->duration_ms = row->duration_ms;
	r->step = step_index(x, row->step);
	r->outcome_n = (uint16_t)row->outcome.n;
	r->task_n = (uint32_t)row->task.n;
	r->metrics_n = (uint32_t)row->metrics.n;
	r->artifacts_n = (uint32_t)row->artifacts.n;
	(void)pack(pack(pack(pack(r->bytes, row->outcome), row->task), row->metrics), row->artifacts);
	x->n += !*slot;
	*slot = r;
}

bool index_find(const struct index *x, const struct digest *key, struct result_row *out)
{
	const struct record *r = *slot_of(x, key);

	if (!r)
		return false;
	const char *p = r->bytes;

	*out = (struct result_row){ .key = r->key, .content = r->content, .attempt = r->attempt, .duration_ms = r->duration_ms };
	out->step = x->steps.data[r->step].name;
	out->outcome = (struct str){ p, r->outcome_n };
	out->task = (struct str){ p += r->outcome_n, r->task_n };
	out->metrics = (struct str){ p += r->task_n, r->metrics_n };
	out->artifacts = (struct str){ p + r->metrics_n, r->artifacts_n };
	return true;
}

size_t index_count(const struct index *x)
{
	return x->n;
}

static int by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* A skipped task took no time, which says nothing about the step. */
static bool has_duration(const struct record *r)
{
	return r && str_is((struct str){ r->bytes, r->outcome_n }, "done");
}

/* All medians at once: the durations grouped by step (counted, then dealt out), each group sorted. */
static void medians_compute(struct index *x)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new();
	size_t *next = arena_array(scratch, size_t, x->steps.n + 1);
	int64_t *times = arena_array(scratch, int64_t, x->n + 1);

	for (size_t i = 0; i < x->cap; i++)
		if (has_duration(x->slots[i]))
			next[x->slots[i]->step + 1]++;
	for (size_t i = 0; i < x->steps.n; i++)
		next[i + 1] += next[i];
	for (size_t i = 0; i < x->cap; i++)
		if (has_duration(x->slots[i]))
			times[next[x->slots[i]->step]++] = x->slots[i]->duration_ms;
	/* next[i] is now where group i ends */
	for (size_t i = 0; i < x->steps.n; i++) {
		size_t from = i ? next[i - 1] : 0, n = next[i] - from;

		qsort(times + from, n, sizeof(*times), by_size);
		x->steps.data[i].median_ms = n ? times[from + n / 2] : -1;
	}
	x->medians = true;
}

int64_t index_step_duration(struct index *x, struct str step)
{
	uintptr_t known = (uintptr_t)map_get(&x->step_of, step);

	if (!known)
		return -1;
	if (!x->medians)
		medians_compute(x);
	return x->steps.data[known - 1].median_ms;
}
