/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Closeness for tests of the numerics: relative, absolute where the expected value is 0.
 */
#ifndef RUNG_TEST_STAT_FIXTURE_H
#define RUNG_TEST_STAT_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "tests/unit/mem_fixture.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

#define close_to(got, want, relative) close_at(got, want, relative, #got, __FILE__, __LINE__)

static inline void close_at(double got, double want, double relative, const char *what, const char *file, int line)
{
	if (fabs(got - want) <= relative * (want != 0 ? fabs(want) : 1))
		return;
	print_error("%s:%d: %s is %.17g, not %.17g within %g\n", file, line, what, got, want, relative);
	_fail(file, line);
}

#endif
