/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Resources of a run and the classes of steps that need the same.
 */
#include <math.h>
#include <string.h>

#include "engine/run/pools.h"

/* Shares such as 0.1 cpus add up with rounding errors; this much is forgiven. */
#define SLACK 1e-9

static size_t pool_named(const struct pools *p, struct str name)
{
	for (size_t i = POOL_NAMED; i < p->n; i++)
		if (str_same(p->names[i], name))
			return i;
	return p->n;
}

static void pool_add(struct pools *p, const struct pool *pool)
{
	size_t at = pool_named(p, pool->name);

	p->names[at] = pool->name;
	p->total[at] = pool->amount;
	p->n += at == p->n;
}

static struct str amount_text(struct arena *a, size_t what, double amount)
{
	char number[32];

	if (what == POOL_MEMORY)
		return arena_printf(a, "%.0f MiB", ceil(amount / (1 << 20)));
	return arena_str(a, (struct str){ number, real_text(amount, number) });
}

static struct str why_never(const struct pools *p, const struct step *s, const double *need, struct arena *a)
{
	for (size_t i = 0; i < s->pool_count; i++)
		if (pool_named(p, s->pools[i].name) == p->n)
			return arena_printf(a, "asks pool '" STR_FMT "', which does not exist", STR_ARG(s->pools[i].name));
	for (size_t i = 0; i < p->n; i++) {
		if (need[i] <= p->total[i] * (1 + SLACK) + SLACK)
			continue;
		return arena_printf(a, "asks " STR_FMT " %s" STR_FMT ", have " STR_FMT, STR_ARG(amount_text(a, i, need[i])),
		                    i >= POOL_NAMED ? "of pool " : i == POOL_MEMORY ? "of " : "", STR_ARG(p->names[i]),
		                    STR_ARG(amount_text(a, i, p->total[i])));
	}
	return STR("");
}

static uint32_t class_with(struct pools *p, double *need)
{
	for (uint32_t c = 0; c < p->class_count; c++)
		if (memcmp(p->class_needs[c], need, p->n * sizeof(*need)) == 0)
			return c;
	p->class_needs[p->class_count] = need;
	return (uint32_t)p->class_count++;
}

void pools_init(struct pools *p, const struct graph *g, const struct pool_sizes *sizes, struct arena *a)
{
	size_t room = POOL_NAMED + g->pool_count + sizes->pool_count;

	*p = (struct pools){ .n = POOL_NAMED, .names = arena_array(a, struct str, room + 1),
		.total = arena_array(a, double, room + 1), .class_needs = arena_array(a, double *, g->step_count + 1),
		.class_of = arena_array(a, uint32_t, g->step_count + 1), .never = arena_array(a, struct str, g->step_count + 1) };
	p->names[POOL_CPUS] = STR("cpus");
	p->names[POOL_MEMORY] = STR("memory");
	p->names[POOL_GPUS] = STR("gpus");
	p->total[POOL_CPUS] = sizes->cpus;
	p->total[POOL_MEMORY] = sizes->memory;
	p->total[POOL_GPUS] = sizes->gpus;
	for (size_t i = 0; i < g->pool_count; i++)
		pool_add(p, &g->pools[i]);
	for (size_t i = 0; i < sizes->pool_count; i++)
		pool_add(p, &sizes->pools[i]);
	p->free = arena_array(a, double, p->n);
	memcpy(p->free, p->total, p->n * sizeof(double));
	for (size_t i = 0; i < g->step_count; i++) {
		const struct step *s = &g->steps[i];
		double *need = arena_array(a, double, p->n + 1);

		need[POOL_CPUS] = s->cpus;
		need[POOL_MEMORY] = (double)s->memory;
		need[POOL_GPUS] = s->gpus;
		for (size_t k = 0; k < s->pool_count; k++)
			need[pool_named(p, s->pools[k].name)] += s->pools[k].amount;
		p->never[i] = why_never(p, s, need, a);
		need[p->n] = 0;
		p->class_of[i] = class_with(p, need);
	}
}

bool pools_fit(const struct pools *p, uint32_t klass)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->class_needs[klass][i] > p->free[i] + SLACK * (1 + p->total[i]))
			return false;
	return true;
}

void pools_take(struct pools *p, uint32_t klass)
{
	for (size_t i = 0; i < p->n; i++)
		p->free[i] -= p->class_needs[klass][i];
}

void pools_give(struct pools *p, uint32_t klass)
{
	for (size_t i = 0; i < p->n; i++)
		p->free[i] += p->class_needs[klass][i];
}

bool pools_compete(const struct pools *p, uint32_t klass, uint32_t starved)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->class_needs[starved][i] > p->free[i] + SLACK * (1 + p->total[i]) && p->class_needs[klass][i] > 0)
			return true;
	return false;
}
