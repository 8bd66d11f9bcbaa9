/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Private to `compare`: what a row says in words, and the row itself.
 */
#ifndef RUNG_COMPARE_WORDS_H
#define RUNG_COMPARE_WORDS_H

#include "plugins/compare/duel.h"

/* One test of two arms (duel), or of all arms of a group (duel NULL). */
struct outcome {
	const struct arms *arms;
	const struct arm_group *group;
	const struct duel *duel;
	enum test_name test;
	struct test_result r;
	size_t dropped;      /* rows without a partner */
	const char *refused; /* NULL: there is a p-value */
	double adjusted;
	size_t family;       /* p-values of the same test that were adjusted together */
	double family_smallest; /* the smallest p that an exact test of the family can give */
};

struct wording {
	const struct settings *settings;
	const char *correct; /* holm, … */
	bool steps_down;     /* the first p-value must be below alpha / family: Holm, Bonferroni */
	size_t made;         /* p-values in the whole table */
};

/* Why there is no p-value; NULL when there is one. */
const char *words_refused(const struct work *w, const struct outcome *o);
struct value words_row(const struct work *w, const struct outcome *o, const struct wording *with);

#endif
