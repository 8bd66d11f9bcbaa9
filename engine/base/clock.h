/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Time as a seam: everything that needs the time is handed a `struct clock`, so tests move it by hand.
 */
#ifndef RUNG_CLOCK_H
#define RUNG_CLOCK_H

#include <stdint.h>
#include <stddef.h>
#include <time.h>

struct clock {
	int64_t (*wall_ns)(const struct clock *);      /* since 1970, UTC */
	int64_t (*monotonic_ns)(const struct clock *); /* never goes back */
	int64_t fixed_ns; /* used by clocks of tests */
};

extern const struct clock system_clock;
int64_t fixed_clock_ns(const struct clock *c); /* returns c->fixed_ns: both functions of a test's clock */
/* "2026-01-31T12:00:00Z" (UTC); out holds at least 32 bytes. */
void clock_text(int64_t wall_ns, char out[32]);
/* A file's time. Anyone may set it to the year 3000: what lies outside 1823 to 2116 becomes one of these ends, so that a
 * margin can be added to it. */
int64_t clock_file_ns(struct timespec t);

#endif
