/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The event loop: libuv behind the few calls that a run needs.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <uv.h>

#include "engine/base/oom.h"
#include "engine/run/loop.h"

#define SIGNALS_MAX 4
#define POOL_THREADS 4 /* libuv's own number */

struct signal_watch {
	uv_signal_t handle;
	loop_signal_fn fn;
	void *user;
};

struct loop {
	uv_loop_t uv;
	struct signal_watch signals[SIGNALS_MAX];
	unsigned signal_count;
};

struct loop_timer {
	uv_timer_t handle;
	loop_fn fn;
	void *user;
};

struct loop_fd {
	uv_poll_t handle;
	loop_fd_fn fn;
	void *user;
};

struct work {
	uv_work_t request;
	loop_fn work, done;
	void *user;
};

static void *wait_for_gate(void *gate)
{
	pthread_mutex_lock(gate);
	pthread_mutex_unlock(gate);
	return NULL;
}

/* libuv aborts the process when it cannot start the threads of its pool. So as many are tried first. */
static bool threads_can_be_had(void)
{
	pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
	pthread_t threads[POOL_THREADS];
	int n = 0, err = 0;

	pthread_mutex_lock(&gate);
	while (n < POOL_THREADS && (err = pthread_create(&threads[n], NULL, wait_for_gate, &gate)) == 0)
		n++;
	pthread_mutex_unlock(&gate);
	for (int i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	errno = err;
	return err == 0;
}

static void nothing(void *user)
{
	(void)user;
}

struct loop *loop_new(void)
{
	struct loop *l = threads_can_be_had() ? calloc(1, sizeof(*l)) : NULL;

	if (l && uv_loop_init(&l->uv) != 0) {
		free(l);
		return NULL;
	}
	if (l)
		loop_work(l, nothing, nothing, NULL); /* the pool starts now, before tasks take what is left */
	return l;
}

void loop_free(struct loop *l)
{
	if (!l)
		return;
	for (unsigned i = 0; i < l->signal_count; i++)
		uv_close((uv_handle_t *)&l->signals[i].handle, NULL);
	/* the callbacks of closed handles free them; a stop that no run has seen yet would end the first one early */
	do {
		(void)uv_run(&l->uv, UV_RUN_DEFAULT);
	} while (uv_loop_alive(&l->uv));
	(void)uv_loop_close(&l->uv);
	free(l);
}

void loop_run(struct loop *l)
{
	(void)uv_run(&l->uv, UV_RUN_DEFAULT);
}

void loop_stop(struct loop *l)
{
	uv_stop(&l->uv);
}

static void on_signal(uv_signal_t *handle, int signal)
{
	struct signal_watch *w = handle->data;

	w->fn(w->user, signal);
}

bool loop_on_signal(struct loop *l, int signal, loop_signal_fn fn, void *user)
{
	if (l->signal_count == SIGNALS_MAX)
		BUG("more than %d signals", SIGNALS_MAX);
	struct signal_watch *w = &l->signals[l->signal_count];

	w->fn = fn;
	w->user = user;
	if (uv_signal_init(&l->uv, &w->handle) != 0)
		return false;
	w->handle.data = w;
	l->signal_count++;
	return uv_signal_start(&w->handle, on_signal, signal) == 0;
}

static void free_handle(uv_handle_t *handle)
{
	free(handle->data);
}

static void on_timer(uv_timer_t *handle)
{
	struct loop_timer *t = handle->data;

	t->fn(t->user);
}

struct loop_timer *loop_timer_new(struct loop *l, loop_fn fn, void *user)
{
	struct loop_timer *t = grow_or_die(NULL, sizeof(*t));

	t->fn = fn;
	t->user = user;
	(void)uv_timer_init(&l->uv, &t->handle);
	t->handle.data = t;
	return t;
}

void loop_timer_set(struct loop_timer *t, uint64_t ms, uint64_t repeat_ms)
{
	/* a turn of the loop may have taken long: the delay counts from now */
	uv_update_time(t->handle.loop);
	(void)uv_timer_start(&t->handle, on_timer, ms, repeat_ms);
}

void loop_timer_stop(struct loop_timer *t)
{
	(void)uv_timer_stop(&t->handle);
}

void loop_timer_free(struct loop_timer *t)
{
	if (t)
		uv_close((uv_handle_t *)&t->handle, free_handle);
}

static void on_poll(uv_poll_t *handle, int status, int events)
{
	struct loop_fd *f = handle->data;

	/* an error shows itself to whoever reads */
	f->fn(f->user, status < 0 || (events & (UV_READABLE | UV_DISCONNECT)), status >= 0 && (events & UV_WRITABLE));
}

struct loop_fd *loop_fd_new(struct loop *l, int fd, loop_fd_fn fn, void *user)
{
	struct loop_fd *f = grow_or_die(NULL, sizeof(*f));

	f->fn = fn;
	f->user = user;
	if (uv_poll_init(&l->uv, &f->handle, fd) != 0) {
		free(f);
		return NULL;
	}
	f->handle.data = f;
	return f;
}

void loop_fd_want(struct loop_fd *f, bool read, bool write)
{
	int events = (read ? UV_READABLE : 0) | (write ? UV_WRITABLE : 0);

	if (events)
		(void)uv_poll_start(&f->handle, events, on_poll);
	else
		(void)uv_poll_stop(&f->handle);
}

void loop_fd_free(struct loop_fd *f)
{
	if (!f)
		return;
	(void)uv_poll_stop(&f->handle);
	uv_close((uv_handle_t *)&f->handle, free_handle);
}

static void do_work(uv_work_t *request)
{
	struct work *w = request->data;

	w->work(w->user);
}

static void after_work(uv_work_t *request, int status)
{
	struct work *w = request->data;
	loop_fn done = w->done;
	void *user = w->user;

	(void)status; /* nothing is ever cancelled */
	free(w);
	done(user);
}

void loop_work(struct loop *l, loop_fn work, loop_fn done, void *user)
{
	struct work *w = grow_or_die(NULL, sizeof(*w));

	*w = (struct work){ .work = work, .done = done, .user = user };
	w->request.data = w;
	if (uv_queue_work(&l->uv, &w->request, do_work, after_work) != 0)
		BUG("libuv refuses work"); /* it does so only without a function */
}
