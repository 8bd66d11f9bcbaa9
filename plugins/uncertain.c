/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugins/uncertain.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

int uncertain_decimals(double u)
{
	char z[32];

	if (!(fabs(u) > 0) || !isfinite(u))
		return -1;
	/* %e rounds first, so that 0.0996 counts as 0.10. */
	(void)snprintf(z, sizeof z, "%.*e", UNCERTAIN_DIGITS - 1, fabs(u));
	const char *e = z;

	while (*e != 'e')
		e++;
	int exponent = (int)strtol(e + 1, NULL, 10), decimals = UNCERTAIN_DIGITS - 1 - exponent;

	return decimals > 0 ? decimals : 0;
}

struct str fixed_text(const struct work *w, double r, int decimals)
{
	struct text t = { .w = w };
	bool zero = true;

	text_printf(&t, "%.*f", decimals, r);
	for (size_t i = 0; i < t.n; i++)
		zero &= t.p[i] == '-' || t.p[i] == '0' || t.p[i] == '.';
	if (zero && t.p[0] == '-')
		return (struct str){ t.p + 1, t.n - 1 };
	return text_str(&t);
}
