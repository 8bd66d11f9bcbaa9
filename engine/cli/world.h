/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a command works on, brought up stage by stage: place → study → graph → store → plan. Every stage makes those below
 * it first. Functions return 0 or the exit code to end with; what went wrong has then been said.
 *
 * Diagnostics are printed once: `world_report` prints what came since the last call.
 */
#ifndef RUNG_CLI_WORLD_H
#define RUNG_CLI_WORLD_H

#include "engine/cli/options.h"
#include "engine/plan/fresh.h"
#include "engine/run/run.h"
#include "plugins/kinds.h"

struct command;

struct world {
	struct arena *arena; /* lives as long as the command */
	struct diags diags;
	const struct command *command;
	struct args args;
	struct str *words; /* of the command line, less the path of the study */
	size_t word_count;
	struct str line;   /* the command line, for the ledger and the lock */
	bool json;
	size_t errors;     /* reported so far */

	struct str path;   /* of the study as given; empty = study.yaml here */
	struct str root;   /* absolute folder of the study */
	struct str rung;   /* root/.rung */
	struct study_options made;
	struct study *study;
	struct graph *graph;
	struct store *store; /* NULL: there is none yet */
	struct plan *plan;
};

/* Takes a leading word that is a path as the study's, applies -C and the study options. */
int world_init(struct world *w);
int world_study(struct world *w);
int world_graph(struct world *w);
int world_store(struct world *w, enum store_mode mode);
/* marks: task_count bytes, NULL = all. Opens the store for reading where it is not open. */
int world_plan(struct world *w, const unsigned char *marks);
/* The plan of the tasks that the command line names and of what they need; of all when it names none. */
int world_plan_selected(struct world *w, enum store_mode mode);
void world_close(struct world *w);

void world_report(struct world *w);
/* Says what the store's status means; returns the exit code. */
int world_store_error(struct world *w, enum store_status status);

/* Tasks named by the words; all of them marked. Needs the graph. */
int world_select(struct world *w, const struct str *words, size_t n, unsigned char *marks);
unsigned char *world_marks(struct world *w); /* task_count zeros */
/* One task by its name, or the only one that the word selects. */
int world_task(struct world *w, struct str word, uint32_t *task);
struct str world_task_name(struct world *w, uint32_t task, struct arena *a);
/* The command's wrong use: says it and where help is. */
int world_usage(struct world *w, const char *fmt, ...) PRINTF(2, 3);
const char *state_name(enum task_state s);
int state_paint(enum task_state s);
/* Path as the user would write it from here. */
struct str path_shown(struct str absolute);
struct value value_span(struct world *w, struct span at, struct arena *a); /* "study.yaml:41:18" or null */

#endif
