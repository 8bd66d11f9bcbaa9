/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugins/kinds.h"

const struct kind *const shipped_kinds[] = {
	&kind_run, &kind_lua, &kind_fetch, &kind_sample, &kind_query,
	&kind_aggregate, &kind_fit, &kind_crossover, &kind_threshold, &kind_compare, &kind_correlate,
	&kind_table, &kind_plot, NULL,
};
