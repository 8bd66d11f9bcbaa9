/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Private to the kinds that reckon with fitted laws (`crossover`, `threshold`): a law out of a row of `fit`, and intervals of
 * what follows from one or two of them.
 */
#ifndef RUNG_CROSSOVER_FITTED_H
#define RUNG_CROSSOVER_FITTED_H

#include "engine/stat/cross.h"
#include "plugins/rows.h"

#define FITTED_DRAWS_MIN 20 /* with fewer the ends of an interval are the extremes: better none */

struct fitted_law {
	struct str name;          /* the group's, as the step wrote it */
	const struct law *law;    /* NULL: a formula, known by its curve alone */
	struct str law_name, x, y, space;
	const char *refused;      /* why there is no law; NULL = there is one */
	double x_min, x_max;
	double *params, *low, *high; /* ends of their intervals, NaN = none */
	struct cross_curve curve, cells; /* cells: means of the data, n = 0 when the row has none */
	double *cells_variance;   /* of those means, n × n; NULL = unknown */
	double cells_df;
	struct cross_spread spread;
	struct str *clusters;     /* spread.clusters names */
	double *draws;            /* draws_n × p; the first of a draw NaN: unknown */
	size_t draws_n;
};

/* The row of the group: `name` is one of the cells before the column `law` (in column `at` if given), or all of them joined by
 * ", ". Among several laws of a group: the one that field `law` names, or the chosen one. */
int fitted_read(const struct work *w, const struct frame *f, struct str name, const char *field, struct fitted_law *out);

/* Why these two cannot be set against each other; NULL = they can. */
const char *fitted_mismatch(const struct work *w, const struct fitted_law *a, const struct fitted_law *b);
/* Whether both were fitted over the same clusters; if so, b's are brought into a's order. */
bool fitted_pair(const struct work *w, const struct fitted_law *a, struct fitted_law *b);

/* What `paired: auto|yes|no` comes to. Fails when `yes` cannot be had. */
int fitted_pairing(const struct work *w, const struct fitted_law *a, struct fitted_law *b, bool *paired);

/* An estimate on the scale on which its interval is symmetric. */
struct estimate {
	double value, se, low, high, boot_low, boot_high;
	const char *method; /* of low and high; NULL = none */
};

/* low and high from the error; nothing when it is unknown. source: what its covariance came from, for `method`. */
void estimate_delta(const struct work *w, struct estimate *e, const struct cross_error *error, double level, const char *source);
/* boot_low and boot_high from n draws, which it sorts; low and high too when they have none. */
void estimate_draws(struct estimate *e, double *draws, size_t n, double level);
/* "percentile intervals over 5 seeds …"; NULL when there are 10 or more, or none. */
const char *fitted_few_seeds(const struct work *w, const struct fitted_law *l);

#endif
