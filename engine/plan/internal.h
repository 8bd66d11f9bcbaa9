/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Private to engine/plan: what a plan remembers, and what its files say to each other.
 *
 * Per task: a state, flags, the key, and of done tasks what readers depend on (a digest for rows, digests of artifacts).
 * The columns come zeroed from the system, so those of tasks that have not run cost address space only.
 * Everything is in the study's arena; there is nothing to close. What a `const struct plan` points to may change: a
 * forced task makes its readers wait, which is worked out when the next question is asked (`plan_refresh`).
 */
#ifndef RUNG_PLAN_INTERNAL_H
#define RUNG_PLAN_INTERNAL_H

#include "engine/base/fs.h"
#include "engine/base/map.h"
#include "engine/base/vec.h"
#include "engine/plan/fresh.h"
#include "engine/plan/plan.h"

enum task_flag {
	FLAG_WANTED = 1u << 0,
	FLAG_KEY = 1u << 1,      /* keys[task] is set */
	FLAG_FORCED = 1u << 2,   /* a result does not make it a hit; until it is finished */
	FLAG_FINISHED = 1u << 3, /* ended in this run */
	FLAG_FAILED = 1u << 4,   /* and not well */
	FLAG_MISSING = 1u << 5,  /* its result is known, but an object is gone */
};

struct artifact_note { /* an artifact of a done task */
	struct digest digest;
	uint32_t name; /* index into plan->names */
	enum artifact_kind kind;
};

struct group_sum { /* what a reader of a whole group depends on */
	enum token_what what;
	struct str name;
	struct digest digest;
	struct group_sum *next;
};

struct segment { /* [label, value] of a part that all tasks of a step share, as canonical bytes */
	struct str label, bytes;
};

struct step_notes {
	bool read_as_table, reads_values; /* by others; of others */
	const struct value *common;       /* what segments were made of; NULL = not yet */
	struct segment *segments;         /* sorted by label */
	size_t segment_count;
};

struct file_note {
	struct digest digest;
	int err;       /* negative errno: it cannot be read */
	bool reported;
	bool is_tree;
};

struct tool_note {
	struct str output, why;
	bool ok, reported;
};

/* What changes although the plan is const. */
struct live {
	bool dirty; /* a task was forced: readers are to be looked at */
	struct plan_counts counts;
	/* By group, enum ready + 1, 0 = not asked. Only during a walk in the order of the tasks, where an answer stays true;
	 * NULL else. */
	unsigned char *group_ready;
};

struct plan {
	const struct graph *g;
	struct front front;
	struct store *store; /* NULL = no past */
	struct arena *a;
	struct diags *d; /* its sources give the places their text */
	bool past;       /* the store had results when the plan was made */

	unsigned char *state, *flags;
	struct digest *keys, *tables;
	uint32_t *first_artifact;
	uint16_t *artifact_count;
	VEC(struct artifact_note) artifacts;
	VEC(struct str) names;
	struct map name_of; /* output → index + 1 */

	struct step_notes *steps;
	struct group_sum **sums;     /* by group */
	struct value **late_groups;  /* by group: the list a late expression sees; NULL = not made */
	const char **forced;         /* by task: why; NULL before the first plan_force */
	struct map finished;         /* key (32 bytes) → struct result that the store does not have */
	struct map files, tools, env; /* path → file_note, command → tool_note, name → struct value */
	VEC(struct fresh_input) consulted; /* what file inputs are made of: files and, of trees, folders */
	bool looking_again; /* by plan_look: nothing is noted */
	struct live *live;
};

/* One settling's memory: reused from task to task, so that a task costs no malloc. */
struct work {
	struct arena *scratch;
	struct sb key, part;
};
void work_begin(struct work *w);
void work_end(struct work *w);

enum ready { READY, READY_SKIP, READY_WAIT };

/* ---- state.c ------------------------------------------------------------------------------------------------------ */

void plan_set(const struct plan *p, uint32_t task, enum task_state state);
void plan_refresh(const struct plan *p);
/* May the task's key be made? READY_SKIP: what it reads was skipped. `blame` (may be NULL) gets the mention that waits. */
enum ready plan_ready(const struct plan *p, const struct step *s, uint32_t task, size_t *blame, uint32_t *blame_task);
/* Keeps of a result what readers depend on. */
void plan_remember(struct plan *p, const struct step *s, uint32_t task, const struct result *r, struct work *w);

/* ---- sums.c ------------------------------------------------------------------------------------------------------- */

/* The canonical value that stands in a key for the token, appended to out; false: the task behind it is not done. */
bool token_canon(struct plan *p, const struct step *s, uint32_t task, const struct token *t, struct work *w, struct sb *out);
/* The digest alone, and how many tasks it is over (0 = one task, not a group). */
bool token_digest(struct plan *p, const struct step *s, uint32_t task, const struct token *t, struct work *w,
                  struct digest *out, uint32_t *over);

/* ---- key.c -------------------------------------------------------------------------------------------------------- */

/* Makes the key. `ours`: the spec's common part is the front's, so it is canonicalised once per step. false: an input or a
 * tool cannot be read, diagnostics were recorded; or a token's task is not done. */
bool key_make(struct plan *p, const struct step *s, uint32_t task, const struct spec *spec, bool ours, struct work *w,
              struct diags *d, struct digest *out);
bool part_is_keyed(struct str label);

/* ---- inputs.c ----------------------------------------------------------------------------------------------------- */

/* d NULL: nothing is reported. */
bool input_digest(struct plan *p, struct str path, struct span at, struct diags *d, struct digest *out);
bool input_tool(struct plan *p, struct str command, struct span at, struct diags *d, struct str *out);
void input_env(struct plan *p, const struct value *env);

/* ---- parts.c ------------------------------------------------------------------------------------------------------ */

struct part {
	struct str label;   /* "epochs", "params.epoch", "input train.model", "file a.csv", "tool cc --version", "kind" */
	struct value value; /* shortened when long */
	struct span at;
	struct str place;   /* as text: "study.yaml:7:10" */
	bool keyed, shared; /* shared: stored once for all tasks that have the same */
};
typedef VEC(struct part) parts;
void parts_of(struct plan *p, uint32_t task, const struct spec *spec, struct arena *a, parts *out);
bool parts_decode(struct str bytes, struct arena *a, parts *out); /* appends */
struct str part_shown(const struct value *v, struct arena *a);    /* whole, on one line */

#endif
