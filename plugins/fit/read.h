/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Private to `fit`: its fields, and what follows from them alone.
 */
#ifndef RUNG_FIT_READ_H
#define RUNG_FIT_READ_H

#include "engine/stat/chinchilla.h"
#include "plugins/fit/fit.h"

extern const struct field fit_fields[];

int fit_formula_read(struct fit_settings *s, const struct value *law); /* {formula, parameters} */
int fit_settings_read(struct fit_settings *s);
/* Bounds of a parameter from `bounds`, `fixed` and, for the formula's own, its parameters; ±infinity where there are none. */
void fit_limits(const struct fit_settings *s, bool own, struct str name, double *low, double *high);
/* Fills starts of the problem from `starts` and from a formula's own. */
void fit_starts(const struct fitted *f, const struct sample *g, struct fit_problem *p);
/* fit_solve, or the faster search of the Chinchilla law where that serves. */
void fit_solve_it(const struct fitted *f, const struct fit_problem *p, const struct sample *g, struct fit_result *out);

bool fit_is_hoffmann(const struct fitted *f);
bool fit_hoffmann(const struct fitted *f, const struct sample *g, struct chinchilla *out);
void fit_from_hoffmann(const double *p, double *params);

#endif
