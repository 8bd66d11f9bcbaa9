/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Private to engine/run: `save:` files. Which output goes where is decided on the coordinator's thread; the writing itself
 * touches files alone and may happen on any thread.
 */
#ifndef RUNG_RUN_PUBLISH_H
#define RUNG_RUN_PUBLISH_H

#include "engine/plan/plan.h"

enum publish_how { PUBLISH_COPY, PUBLISH_TREE, PUBLISH_CSV, PUBLISH_TSV };

struct publication {
	struct publication *next;
	enum publish_how how;
	struct artifact artifact;
	struct str from;    /* path of the object */
	struct str to;      /* absolute */
	struct str shown;   /* relative to the study */
	struct str aside;   /* where a conversion is written first */
	struct span at;
	/* what came of it */
	bool wrote;
	struct str error;   /* empty = fine */
	const char *remedy; /* of the error */
};

/* The publications of a done task, in the arena; all of them, also those that are up to date. */
struct publication *publications_of(struct plan *p, struct store *s, uint32_t task, const struct spec *spec, struct arena *a);
bool publication_fresh(const struct publication *x, struct store *s); /* the file is there as it should be */
void publication_write(struct publication *x, struct arena *a); /* any thread; not for PUBLISH_TREE */
void publication_place(struct publication *x, struct store *s, struct arena *a); /* PUBLISH_TREE */

#endif
