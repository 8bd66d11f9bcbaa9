/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The plan: the only place where the past (ledger) meets the present (graph). For every task it says: hit, stale, waits,
 * or skipped, and why.
 *
 *   hit      the key is known and its result is in the store
 *   stale    the key is known and there is no result: the task will run
 *   waits    the key is not known before an upstream task has run; it may turn out a hit (early cutoff)
 *   blocked  an upstream task failed in this run
 *   skipped  `when` is false, or what it reads at its own point was skipped; a gather reads the members that were not
 *
 * The key is SHA-256 over canonical bytes: kind, version of the kind, the spec's parts sorted by label, contents of the
 * inputs, tools' output. Labels that start with '~' are for execution only and are left out. docs/formats.md, "Keys", has the bytes.
 *
 * `needs:` orders tasks but enters no key: a task may be a hit while what it is ordered behind is stale.
 *
 * Memory: about 75 bytes a task and 40 an artifact of a done one; specs are made, hashed and dropped. No spec is made for
 * a task that waits; plan_settle makes it.
 * The same plan serves the run: `plan_settle` decides a waiting task once its inputs are known, `plan_finish` records how a
 * task ended. All functions belong to the coordinator's thread.
 */
#ifndef RUNG_PLAN_H
#define RUNG_PLAN_H

#include "engine/graph/spec.h"
#include "engine/store/store.h"

enum task_state { TASK_UNKNOWN, TASK_HIT, TASK_STALE, TASK_WAITS, TASK_BLOCKED, TASK_SKIPPED };

struct plan;

struct plan_counts {
	size_t tasks, hit, stale, waits, blocked, skipped;
};

struct reason {
	struct str part;      /* "temperature", "input corpus.out.gpt", "new", "forced", "result" (an object is missing) */
	struct str old, new_; /* shown values; empty where there is none */
	struct span at;
};

/* Makes the plan of all tasks, dependencies first. marks (task_count bytes) limits it to the marked tasks and what they
 * need; NULL = all. store may be NULL (no past). false: diagnostics were recorded (specs that cannot be made, inputs that
 * cannot be read). */
bool plan_make(const struct graph *g, struct front front, struct store *store, const unsigned char *marks, struct arena *a,
               struct diags *d, struct plan **out) MUST_USE;

/* What the file or folder holds now, as keys count it; false when it cannot be read. */
bool plan_look(struct plan *p, struct str absolute, struct digest *out);

const struct graph *plan_graph(const struct plan *p);
enum task_state plan_state(const struct plan *p, uint32_t task);
bool plan_wanted(const struct plan *p, uint32_t task); /* false = not selected */
void plan_count(const struct plan *p, struct plan_counts *out);
const struct digest *plan_key(const struct plan *p, uint32_t task); /* NULL while not known */

/* The spec with every late value that is known now. false: d says why. */
bool plan_spec(struct plan *p, uint32_t task, struct arena *a, struct spec *out, struct diags *d) MUST_USE;
/* Late values per mention of the task's step, as struct front wants them (known ones only). */
struct value *plan_late(struct plan *p, uint32_t task, struct arena *a);
/* A task whose direct dependencies are all finished: computes its key and looks it up. Returns HIT, STALE, SKIPPED, or
 * TASK_UNKNOWN after a diagnostic (the spec could not be made). `given` is a spec that a worker made (late values are
 * evaluated there); NULL = make it here. */
enum task_state plan_settle(struct plan *p, uint32_t task, const struct spec *given, struct diags *d);
bool plan_needs_late(const struct plan *p, uint32_t task); /* its spec reads a value of an earlier step */
/* How the task ended: OUTCOME_DONE and SKIPPED carry a result; anything else fails it. Dependents are not touched. */
void plan_finish(struct plan *p, uint32_t task, enum outcome outcome, const struct result *r);
void plan_block(struct plan *p, uint32_t task);
bool plan_done(const struct plan *p, uint32_t task); /* hit, skipped, or finished well: readers may use its result */

/* The result of a done task. */
bool plan_result(struct plan *p, uint32_t task, struct arena *a, struct result *out) MUST_USE;
/* The labelled parts for the ledger; the spec is the one that ran. */
struct key_parts plan_parts(struct plan *p, uint32_t task, const struct spec *s, struct arena *a);
/* Why the task is not a hit (or, for a hit, an empty list): compares the parts of its present key with those of the last
 * key of the same name. At least one reason for every task that is not a hit, each with a place. */
size_t plan_reasons(struct plan *p, uint32_t task, struct arena *a, struct reason **out);
/* The parts of a task's present key, for `rung why` and `rung diff`: label, shown value, place. */
size_t plan_shown_parts(struct plan *p, uint32_t task, struct arena *a, struct reason **out);
/* Marks a task stale although its result is known: why is "forced" for `--force`, else what is shown as the reason. Tasks
 * that read it wait from then on, unless they ended in this run. */
void plan_force(struct plan *p, uint32_t task, const char *why);
/* All keys known, sorted, 32 bytes each: what gc keeps for this study. */
struct str plan_keys(const struct plan *p, struct arena *a);

/* Output of a `tools:` command, run once per plan with a 30 s limit; false + a diagnostic when it fails. Exposed for doctor. */
bool tool_output(const char *root, struct str command, struct arena *a, struct str *out, struct str *why);

#endif
