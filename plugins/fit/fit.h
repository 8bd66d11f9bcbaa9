/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Private to `fit`: what was asked for, what came out of one group and one law, and the parts that fill it.
 *
 * fit.c reads the fields and goes through groups and laws; sample.c the table; interval.c intervals and bands; boot.c the
 * bootstrap; check.c what a reviewer asks next (held-out points, other losses, left-out points); row.c writes the
 * row, influence.c its column for quantities of several laws.
 */
#ifndef RUNG_FIT_FIT_H
#define RUNG_FIT_FIT_H

#include "engine/stat/fit.h"
#include "engine/stat/spread.h"
#include "plugins/fit/sample.h"

#define FIT_LAWS 16
#define CURVE_PLACES 100

enum fit_ask { ASK_AUTO, ASK_DELTA, ASK_PROFILE, ASK_BOOTSTRAP, ASK_SANDWICH };
enum boot_kind { BOOT_CASES, BOOT_RESIDUAL, BOOT_WILD, BOOT_STRATIFIED };

struct fit_settings {
	const struct work *w;
	struct mem mem;
	struct sample_columns columns;
	const struct law *laws[FIT_LAWS];
	size_t laws_n;
	bool best;                 /* law: best */
	const struct fit_formula *formula; /* instead of laws */
	const char *formula_text;
	struct str *formula_names;
	double *formula_start, *formula_low, *formula_high;
	enum fit_space space;
	enum fit_loss loss;
	double delta, level;
	const struct value *bounds, *fixed; /* maps, or NULL */
	size_t more_starts;
	bool hoffmann;             /* starts: hoffmann */
	enum fit_ask ask;
	bool over_given;
	size_t resamples;          /* 0: no bootstrap */
	enum boot_kind boot;
	bool bca, numpy;
	const double *boot_from;   /* one start for each refit of a Chinchilla law */
	uint64_t seed;
	bool hold, hold_share;     /* how rows are held out */
	double hold_at;            /* NaN: x above half of the largest */
	const struct value *predict;
	double seeds;              /* a new mean of so many; NaN: the usual number per place */
};

struct note {
	const char *code, *text;
};

struct holdout {
	bool done;
	size_t n;
	double above, rmsle, bias, coverage, last_value, power2; /* NaN: not to be had */
};

struct sensitivity {
	const char *what;
	double params[FIT_PARAMS];
};

struct fitted {
	const struct fit_settings *s;
	const struct sample *g;
	const struct law *law;          /* NULL: the formula */
	const char *name;
	size_t p;
	struct str names[FIT_PARAMS];
	struct fit_problem problem;
	struct fit_result r;
	const char *refused;
	struct spread spread;           /* the main one */
	const char *method;             /* of the main interval; NULL: none */
	const struct fit_interval *main; /* one of these, or NULL */
	struct fit_interval delta[FIT_PARAMS], profile[FIT_PARAMS], boot[FIT_PARAMS];
	bool has_delta, has_profile, has_boot;
	double *draws;                  /* draws_n × p; NaN: that resample did not determine the law */
	size_t draws_n, draws_failed;
	struct holdout hold;
	struct fit_f_test f;
	const char *f_against;
	double runs_p, lag1;
	size_t loo_parameter;
	double loo_low, loo_high;       /* NaN: not done */
	struct sensitivity *sensitivity;
	size_t sensitivity_n;
	bool chosen;
	double seeds;                   /* m of the prediction bands */
	struct note notes[24];
	size_t notes_n;
};

void fit_note(struct fitted *f, const char *code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* The problem of a sample; low and high are filled from bounds and fixed. */
void fit_problem_of(const struct fitted *f, const struct sample *g, struct fit_problem *out);
/* Solves; NULL or the reason why not. */
const char *fit_refusal(const struct fitted *f, const struct sample *g, const struct fit_result *r);

void fit_intervals(struct fitted *f);
struct band {
	double y, mean_low, mean_high, low, high;
};
/* low, high: for a mean of m new runs. */
struct band fit_band(const struct fitted *f, const double *x, double m);

void fit_bootstrap(struct fitted *f);
void fit_checks(struct fitted *f);
void fit_choose(struct fitted *const *all, size_t n);
struct value fit_influence(const struct fitted *f); /* null: no clusters, or no least squares */
struct value fit_row(const struct fitted *f, const struct sample_set *set);

#endif
