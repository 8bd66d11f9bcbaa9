/* SPDX-License-Identifier: GPL-3.0-or-later
 * Preloaded into rung by clock.sh: the wall clock goes 37 s back whenever it is read. */
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *out)
{
	static long reads;
	int result = (int)syscall(SYS_clock_gettime, clock, out);

	if (clock == CLOCK_REALTIME)
		out->tv_sec -= 37 * reads++;
	return result;
}
