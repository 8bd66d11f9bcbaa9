/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugins/fit/read.h"

int fit_formula_read(struct fit_settings *s, const struct value *law)
{
	(void)law;
	return s->w->host->fail(s->w->job, "law", NULL, "formulas come next");
}
