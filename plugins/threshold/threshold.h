/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Private to `threshold`: threshold.c reads the fields, ask.c finds the answers, write.c writes them and what moves them.
 */
#ifndef RUNG_THRESHOLD_THRESHOLD_H
#define RUNG_THRESHOLD_THRESHOLD_H

#include "plugins/threshold/question.h"

struct threshold {
	struct market m;
	struct writer *table, *sensitivity;
};

struct answer {
	const struct question *q;
	bool there;
	struct estimate e;
	int below, above, here; /* group that is better: index, or -1 */
	const char *note, *refused;
};

int write_answer(struct threshold *t, const struct answer *a);
/* A row for each number that the answer rests on. */
int write_sensitivity(struct threshold *t, const struct question *q);

double dollars(const struct value *v); /* of picodollars */
int ask_target(struct threshold *t, size_t a, double target);
int ask_benefit(struct threshold *t, size_t a);
int ask_pair(struct threshold *t, size_t a, size_t b);

#endif
