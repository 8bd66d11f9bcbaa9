/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The kinds that ship. To add one: a folder with a descriptor `const struct kind kind_NAME`, a line here, a line in kinds.c.
 */
#ifndef RUNG_KINDS_H
#define RUNG_KINDS_H

#include "engine/abi/rung_plugin.h"

extern const struct kind kind_run;
extern const struct kind kind_lua;
extern const struct kind kind_fetch;
extern const struct kind kind_sample;
extern const struct kind kind_query;
extern const struct kind kind_aggregate;
extern const struct kind kind_fit;
extern const struct kind kind_crossover;
extern const struct kind kind_threshold;
extern const struct kind kind_compare;
extern const struct kind kind_correlate;
extern const struct kind kind_table;
extern const struct kind kind_plot;

/* NULL-terminated; the order is the order in which `rung help` lists them. */
extern const struct kind *const shipped_kinds[];

#endif
