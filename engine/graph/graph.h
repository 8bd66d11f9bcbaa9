/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The graph: what a study expands to, as pure data. A front end (dsl/) builds it; plan and run read it. Nothing here
 * knows YAML, Lua, SQLite or the clock.
 *
 * A step has axes and one task per point. Tasks of a step are contiguous and stand in axis order (the last axis of `each`
 * varies fastest). A step's `mentions` are the places where it names earlier steps; task t of step s has one dependency
 * slot per mention, `graph_dep(g, t, m)`: a task, a group of tasks (a gather), or nothing.
 *
 * Groups are shared: all tasks that gather the same set point at one group, so that edges stay linear in points.
 *
 * Ownership: everything is in the study's arena. Tasks are named by index; no pointers to tasks are kept.
 * Limits: GRAPH_TASK_MAX tasks; the front end refuses bigger studies with their arithmetic.
 */
#ifndef RUNG_GRAPH_H
#define RUNG_GRAPH_H

#include "engine/base/diag.h"
#include "engine/base/value.h"

#define GRAPH_TASK_MAX 20000000u
#define DEP_NONE UINT32_MAX
#define DEP_GROUP 0x80000000u /* bit: the rest is an index into groups */

struct axis {
	struct str name;
	struct span at;
	struct value *values; /* scalars, or maps with `name` (linked settings) */
	struct str *labels;   /* how each value stands in a task name: "gpt", "1000"; commas, brackets, control characters percent-encoded */
	size_t n;
};

enum mention_what {
	MENTION_OUT,   /* paths of outputs: `${train.out.model}`, `${manifest}` */
	MENTION_TABLE, /* rows: `of: score`, SQL, a table read by a Lua step */
	MENTION_VALUE, /* a value read by an expression: `${score.accuracy}`; evaluated late */
	MENTION_ORDER, /* `needs:` */
};

struct mention {
	uint32_t step; /* the step that is named */
	enum mention_what what;
	struct span at;
};

struct pool_need {
	struct str name;
	double amount;
};

struct step {
	struct str name, about;
	struct span at;
	const struct kind *kind;
	const uint32_t *axes; /* indices into graph->axes, in the order of `each` */
	size_t axis_count;
	uint32_t first, count;  /* its tasks */
	const uint32_t *coords; /* count × axis_count value indices */
	const struct mention *mentions;
	size_t mention_count;
	const uint32_t *deps;   /* count × mention_count */

	/* how it runs; none of it is in a key */
	double cpus;            /* default 1 */
	int64_t memory;         /* bytes; 0 = not said */
	double gpus;
	const struct pool_need *pools;
	size_t pool_count;
	double timeout_s;       /* 0 = none */
	uint32_t retries;
	bool isolate, network;  /* isolate: only declared inputs are visible; network: allowed although isolated */
};

struct group {
	const uint32_t *tasks;
	uint32_t n;
};

struct pool {
	struct str name;
	double amount;
};

struct graph {
	struct arena *arena;
	struct str study;       /* its name */
	struct str root;        /* absolute folder of the study; commands run there */
	const struct axis *axes;
	size_t axis_count;
	const struct step *steps;
	size_t step_count;
	uint32_t task_count;
	const struct group *groups;
	size_t group_count;
	const uint32_t *order;  /* all tasks so that dependencies come first; NULL = the identity is such an order */
	const struct pool *pools; /* named pools and their sizes */
	size_t pool_count;
	int64_t ceiling;        /* picodollars; -1 = none */
};

const struct step *graph_step_of(const struct graph *g, uint32_t task); /* binary search over `first` */
uint32_t graph_step_named(const struct graph *g, struct str name);      /* step index; UINT32_MAX = none */
uint32_t graph_dep(const struct graph *g, const struct step *s, uint32_t task, size_t mention);
const uint32_t *graph_coords(const struct step *s, uint32_t task);
/* "train[source=gpt,budget=1000]"; a step without axes is its bare name. */
void graph_task_name(const struct graph *g, uint32_t task, struct sb *out);
struct value graph_point(const struct graph *g, uint32_t task, struct arena *a); /* V_MAP axis → value; a linked map gives its `name` */
/* Tasks selected by a name or a part of it: "train", "train[source=gpt]", "source=gpt,seed=42", "train[gpt,1000]" is not
 * one. false + *why (and a suggestion) when it is malformed or names an unknown step, axis or value, or selects nothing. */
bool graph_select(const struct graph *g, struct str pattern, struct arena *a, uint32_t **tasks, size_t *n, struct str *why);
/* Calls see for every task that `task` depends on directly, groups spread out. */
void graph_each_dep(const struct graph *g, uint32_t task, void (*see)(void *user, uint32_t dep), void *user);
/* Adds all upstream tasks of those marked; marks has task_count bytes. */
void graph_close_upstream(const struct graph *g, unsigned char *marks);

#endif
