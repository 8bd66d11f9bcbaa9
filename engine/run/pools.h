/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Private to engine/run: what tasks share: cpus, memory, gpus and named pools. Pure.
 *
 * Steps with equal needs form a class, so that the scheduler asks once a class and not once a task.
 */
#ifndef RUNG_RUN_POOLS_H
#define RUNG_RUN_POOLS_H

#include "engine/graph/graph.h"

enum { POOL_CPUS, POOL_MEMORY, POOL_GPUS, POOL_NAMED };

struct pools {
	size_t n;
	struct str *names;
	double *total, *free;
	size_t class_count;
	double **class_needs;   /* per class, n amounts */
	uint32_t *class_of;     /* per step */
	struct str *never;      /* per step: why it can never run; empty = it can */
};

struct pool_sizes {
	double cpus, memory, gpus;
	const struct pool *pools; /* over the study's */
	size_t pool_count;
};

void pools_init(struct pools *p, const struct graph *g, const struct pool_sizes *sizes, struct arena *a);
bool pools_fit(const struct pools *p, uint32_t klass);
void pools_take(struct pools *p, uint32_t klass);
void pools_give(struct pools *p, uint32_t klass);
/* Both want a resource that `starved` lacks now. */
bool pools_compete(const struct pools *p, uint32_t klass, uint32_t starved);

#endif
