/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Private to the kinds that write and read rows of `fit`: a power law y = E + A x^-alpha.
 */
#ifndef RUNG_KIND_POWER_H
#define RUNG_KIND_POWER_H

#include "engine/stat/fastmath.h"

struct power {
	double e, a, alpha;
};

static inline double power_at(const struct power *l, double x)
{
	return l->e + l->a * fm_exp(-l->alpha * fm_log(x));
}

#endif
