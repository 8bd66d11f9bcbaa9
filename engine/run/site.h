/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Private to engine/run: the folder of one attempt, and what the tokens of its spec stand for.
 *
 *   DIR/in/<step>/<file>           outputs of other steps, links into the store; a gather: in/<step>/<point>/<file>
 *   DIR/out/<file>                 what the task makes
 *   DIR/stdout, DIR/stderr         what it said
 *
 * Only what the task needs is made. A site does not decide how a task ends: it says what went wrong and the caller does.
 */
#ifndef RUNG_RUN_SITE_H
#define RUNG_RUN_SITE_H

#include "engine/base/vec.h"
#include "engine/plan/plan.h"

/* What a token stands for. */
struct token_value {
	struct str *paths; /* absolute, NUL-terminated */
	const struct artifact **artifacts; /* one a path; NULL for outputs of the task itself */
	size_t n;
	uint32_t step;     /* that made it */
};

struct placed {
	const struct artifact *artifact;
	const struct step *from;
};

struct site {
	struct arena *a;
	struct plan *p;
	struct store *s;
	uint32_t task;
	const struct step *step;
	const struct spec *spec;
	struct str dir;               /* absolute */
	struct token_value *tokens;   /* one per token of the spec */
	VEC(struct placed) placed;    /* the inputs in in/ */
	bool has_in;                  /* in/ was made */
	bool has_out;                 /* out/ is there already */
	/* what went wrong */
	enum outcome outcome;
	struct str error, hint;
	bool passing;                 /* and may go well another time */
};

/* Makes DIR/out and places the inputs; DIR itself exists. */
bool site_fill(struct site *site);
struct str site_out(const struct site *site, struct str file); /* DIR/out/file */
bool site_fail(struct site *site, enum outcome outcome, const char *hint, const char *fmt, ...) PRINTF(4, 5); /* false */

/* The input that the task wrote to; NULL = none. */
const struct placed *site_spoiled(const struct site *site);

/* Text with its tokens filled in. */
enum fill { FILL_PLAIN, FILL_SHELL };
void site_text(const struct site *site, struct str text, enum fill how, struct sb *out);
/* The same for a whole value; a list item or a text that is one token with several paths becomes a list. */
struct value site_value(const struct site *site, const struct value *v);
/* The token that is all of the text; NULL when the text is something else. */
const struct token_value *site_single(const struct site *site, struct str text);
/* The artifact of that name, or the primary one for an empty name; NULL = none. */
const struct artifact *artifact_named(const struct step *step, const struct result *r, struct str name);

#endif
