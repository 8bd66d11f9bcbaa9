/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a run shows while it goes: a live line on a terminal, plain lines elsewhere, JSON events for scripts; and the
 * summary at the end. Fed by the run's events, the only thing it knows.
 */
#ifndef RUNG_CLI_PROGRESS_H
#define RUNG_CLI_PROGRESS_H

#include "engine/cli/world.h"

enum show { SHOW_LINES, SHOW_LIVE, SHOW_JSON, SHOW_QUIET };

struct failure {
	struct str task, detail, hint, tail;
	enum outcome outcome;
	struct span at;
	size_t alike; /* more tasks that failed with the same words */
};

struct progress {
	struct world *w;
	enum show show;
	int64_t last_ns;      /* when the live line was drawn */
	bool drawn;           /* the live line stands on the terminal */
	size_t blocked;
	VEC(struct failure) failures;
	VEC(struct str) published;
	struct run_counts counts; /* of the end */
};

void progress_event(void *progress, const struct event *e); /* an event_sink */
void progress_clear(struct progress *p);                    /* wipes the live line */
/* The last words of a run; JSON: the `finished` event. */
void progress_finish(struct progress *p, const struct run_counts *c);
/* "rung: label-budget: 236 tasks, 236 cached, ran 0 in 0.00 s" on stderr */
void summary_line(struct str study, const struct run_counts *c);
void finished_json(const struct run_counts *c);

#endif
