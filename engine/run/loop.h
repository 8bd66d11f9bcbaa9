/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Private to engine/run: the event loop. loop.c is the one file that knows libuv; everything that waits goes through here.
 *
 * All callbacks run on the thread that calls loop_run. `loop_work` runs `work` on a thread of the pool and then `done` on
 * the loop's. Handles are owned by whoever made them and are freed before the loop.
 */
#ifndef RUNG_RUN_LOOP_H
#define RUNG_RUN_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct loop;
struct loop_timer;
struct loop_fd;

typedef void (*loop_fn)(void *user);
typedef void (*loop_signal_fn)(void *user, int signal);
typedef void (*loop_fd_fn)(void *user, bool readable, bool writable);

struct loop *loop_new(void); /* NULL: the system refused */
void loop_free(struct loop *l); /* NULL is fine */
void loop_run(struct loop *l); /* until loop_stop */
void loop_stop(struct loop *l);
bool loop_on_signal(struct loop *l, int signal, loop_signal_fn fn, void *user); /* until loop_free; at most 4 */

struct loop_timer *loop_timer_new(struct loop *l, loop_fn fn, void *user);
void loop_timer_set(struct loop_timer *t, uint64_t ms, uint64_t repeat_ms); /* repeat 0 = once */
void loop_timer_stop(struct loop_timer *t);
void loop_timer_free(struct loop_timer *t); /* NULL is fine */

struct loop_fd *loop_fd_new(struct loop *l, int fd, loop_fd_fn fn, void *user);
void loop_fd_want(struct loop_fd *f, bool read, bool write);
void loop_fd_free(struct loop_fd *f); /* before the descriptor is closed; NULL is fine */

void loop_work(struct loop *l, loop_fn work, loop_fn done, void *user);

#endif
