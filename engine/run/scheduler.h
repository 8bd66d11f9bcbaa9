/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Private to engine/run: which task is next. Pure: it knows edges, resources and durations, and starts nothing.
 *
 * A live task waits for its live dependencies; then it is `free` (its key can be settled); the caller makes it `ready`;
 * `sched_next` gives the ready task with the longest path below it that fits, its resources taken. A small task may
 * overtake a big one that does not fit, but not for ever: after OVERTAKE_MAX starts the big one's resources are kept free.
 *
 * Memory: 17 bytes a task and 4 an edge; groups are nodes, so gathers stay linear.
 */
#ifndef RUNG_RUN_SCHEDULER_H
#define RUNG_RUN_SCHEDULER_H

#include "engine/run/pools.h"

#define OVERTAKE_MAX 16u

struct sched;

/* live: per task, 1 = to be worked on. seconds: expected duration per task. */
struct sched *sched_new(const struct graph *g, const unsigned char *live, const float *seconds, struct pools *pools,
                        struct arena *a);
bool sched_free(struct sched *s, uint32_t *task); /* the next task whose dependencies are all done; each once */
void sched_ready(struct sched *s, uint32_t task);
bool sched_next(struct sched *s, uint32_t *task);
bool sched_has_ready(const struct sched *s);
void sched_release(struct sched *s, uint32_t task); /* its resources */
void sched_done(struct sched *s, uint32_t task);
/* The task failed: everything live below it that was not blocked before, in no particular order. */
void sched_block(struct sched *s, uint32_t task, void (*see)(void *user, uint32_t blocked), void *user);
void sched_drop(struct sched *s, uint32_t task); /* it will never be free or ready */
float sched_path(const struct sched *s, uint32_t task); /* seconds of the longest chain that starts with it */

#endif
