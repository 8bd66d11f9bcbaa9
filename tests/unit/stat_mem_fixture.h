/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * For tests of the numerics: memory that a teardown frees, and "close to".
 */
#ifndef RUNG_TEST_STAT_MEM_FIXTURE_H
#define RUNG_TEST_STAT_MEM_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "tests/unit/mem_fixture.h"

static struct mem_block *blocks;
static const struct mem mem = { mem_fixture_alloc, &blocks };

static inline int clear(void **state)
{
	(void)state;
	mem_fixture_clear(&blocks);
	return 0;
}

#define close_to(got, want, gap) close_to_at(got, want, gap, __FILE__, __LINE__)

static inline void close_to_at(double got, double want, double gap, const char *file, int line)
{
	if (fabs(got - want) <= gap)
		return;
	print_error("%.17g is not %.17g within %g\n", got, want, gap);
	_fail(file, line);
}

/* Equal to a relative 1e-9. */
#define same(got, want) close_to_at(got, want, 1e-9 * fabs((double)(want)), __FILE__, __LINE__)
#define countof(a) (sizeof(a) / sizeof *(a))

#endif
