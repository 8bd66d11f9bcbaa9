/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/base/clock.h"

#define NS 1000000000

static int64_t clock_ns(clockid_t id)
{
	struct timespec t = { 0 };

	(void)clock_gettime(id, &t); /* neither clock can fail on Linux */
	return (int64_t)t.tv_sec * NS + t.tv_nsec;
}

static int64_t system_wall(const struct clock *c)
{
	(void)c;
	return clock_ns(CLOCK_REALTIME);
}

static int64_t system_monotonic(const struct clock *c)
{
	(void)c;
	return clock_ns(CLOCK_MONOTONIC);
}

const struct clock system_clock = { .wall_ns = system_wall, .monotonic_ns = system_monotonic };

int64_t fixed_clock_ns(const struct clock *c)
{
	return c->fixed_ns;
}

int64_t clock_file_ns(struct timespec t)
{
	const int64_t end = INT64_MAX / 2;

	if (t.tv_sec >= end / NS)
		return end;
	return t.tv_sec <= -end / NS ? -end : (int64_t)t.tv_sec * NS + t.tv_nsec;
}

void clock_text(int64_t wall_ns, char out[32])
{
	time_t seconds = (time_t)(wall_ns / NS - (wall_ns % NS < 0));
	struct tm t = { 0 };

	(void)gmtime_r(&seconds, &t); /* 64 bits of ns end in the year 2262 */
	(void)strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &t); /* digits only: the same in every locale */
}
