/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The caps that do not live in the allocator: instructions by a count hook, wall time by a timer.
 *
 * Arming a timer for each call would cost more than most calls, so one timer ticks while Lua is in use and takes itself
 * down at the first tick that finds nobody inside. A tick compares the number of the present entry with the one it saw
 * before; an entry that outlives its wall time first gets a count hook that fires at the next instruction, and if no
 * instruction comes within another tick, one C function is running away: the signal handler leaves by the door.
 * That is why the time is taken by the clock on the wall, and late by up to two ticks.
 *
 * The timer belongs to the process (a signal handler can reach nothing else) and to the thread that used Lua last.
 */
#include <errno.h>
#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include "dsl/lua/lua_box.h"

#define TICK_MAX 25000000L /* ns */
#define TICK_MIN 2000000L
#define TICKS_PER_WALL 8

static struct {
	timer_t timer;
	bool created;
	pthread_t owner;
	volatile sig_atomic_t armed, expired;
	struct door *volatile inside; /* NULL = nobody */
	volatile sig_atomic_t entry, seen;
	long tick;
	int64_t deadline;
} watch;

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void set_timer(long tick)
{
	struct itimerspec every = { { 0, tick }, { 0, tick } };

	timer_settime(watch.timer, 0, &every, NULL);
}

static void on_tick(int signal_number)
{
	struct door *d = watch.inside;
	int saved = errno;

	(void)signal_number;
	if (!d) {
		watch.armed = 0;
		set_timer(0);
	} else if (watch.entry != watch.seen) {
		watch.seen = watch.entry;
		watch.deadline = now_ns() + (int64_t)(d->caps.wall_s * 1e9);
	} else if (now_ns() >= watch.deadline) {
		if (!watch.expired) {
			watch.expired = 1;
			lua_sethook(d->host->L, caps_hook, LUA_MASKCOUNT, 1); /* Lua allows this in a signal handler */
		} else if (!d->host->masked) {
			d->stop = STOP_WALL;
			siglongjmp(d->back, 1);
		}
	}
	errno = saved;
}

static void forget_timer(void)
{
	watch.created = false; /* timers do not cross a fork */
	watch.armed = 0;
}

static void create_timer(void)
{
	static bool prepared;
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGRTMIN + 3 };

	if (watch.created)
		timer_delete(watch.timer);
	if (!prepared) {
		/* NODEFER: the handler may leave by a jump, and the next tick must still come. */
		struct sigaction action = { .sa_handler = on_tick, .sa_flags = SA_RESTART | SA_NODEFER };

		sigemptyset(&action.sa_mask);
		sigaction(event.sigev_signo, &action, NULL);
		pthread_atfork(NULL, NULL, forget_timer);
		prepared = true;
	}
	event._sigev_un._tid = gettid();
	watch.owner = pthread_self();
	watch.armed = 0;
	watch.created = timer_create(CLOCK_MONOTONIC, &event, &watch.timer) == 0;
	if (!watch.created)
		BUG("no timer for Lua's wall time");
}

void caps_enter(struct door *d)
{
	if (!watch.created || !pthread_equal(watch.owner, pthread_self()))
		create_timer();
	if (watch.expired) {
		watch.expired = 0;
		lua_sethook(d->host->L, caps_hook, LUA_MASKCOUNT, HOOK_STEP);
	}
	watch.entry = (watch.entry + 1) & 0x3fffffff;
	watch.inside = d;
	if (watch.armed && d->caps.wall_s * 1e9 >= (double)watch.tick * (TICKS_PER_WALL / 2))
		return;
	double tick = d->caps.wall_s * 1e9 / TICKS_PER_WALL;

	watch.tick = tick > TICK_MAX ? TICK_MAX : tick < TICK_MIN ? TICK_MIN : (long)tick;
	watch.armed = 1;
	set_timer(watch.tick);
}

void caps_leave(struct door *d)
{
	watch.inside = d->outer; /* whose time starts anew: a callback's time is not its own */
	watch.entry = (watch.entry + 1) & 0x3fffffff;
}

NORETURN void caps_stop(struct lua_host *h, enum stop why)
{
	h->door->stop = why;
	siglongjmp(h->door->back, 1);
}

void caps_hook(lua_State *L, lua_Debug *ar)
{
	struct lua_host *h = host_of(L);
	struct door *d = h->door;

	(void)ar;
	if (watch.expired && d)
		fault_where(h, L), caps_stop(h, STOP_WALL);
	if (!d)
		return;
	d->instructions += HOOK_STEP;
	if (d->instructions > d->caps.instructions)
		fault_where(h, L), caps_stop(h, STOP_INSTRUCTIONS);
}

struct lua_caps caps_or(const struct lua_caps *caps, struct lua_caps fallback)
{
	struct lua_caps c = caps ? *caps : fallback;

	c.memory = c.memory ? c.memory : fallback.memory;
	c.instructions = c.instructions ? c.instructions : fallback.instructions;
	c.wall_s = c.wall_s > 0 ? c.wall_s : fallback.wall_s;
	return c;
}
