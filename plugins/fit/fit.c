/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `fit`: curves by group, with intervals, bands and the checks that a reviewer asks for. A row for each group and law.
 */
#include "plugins/fit/fit.h"

#include <math.h>
#include <string.h>

#include "plugins/fit/read.h"
#include "plugins/kinds.h"

static const struct output outputs[] = { { "table", "table.jsonl" }, { NULL, NULL } };

void fit_note(struct fitted *f, const char *code, const char *fmt, ...)
{
	struct text t = { .w = f->s->w };
	va_list ap;

	if (f->notes_n == sizeof f->notes / sizeof *f->notes)
		return;
	va_start(ap, fmt);
	text_vprintf(&t, fmt, ap);
	va_end(ap);
	f->notes[f->notes_n++] = (struct note){ code, t.p };
}

void fit_problem_of(const struct fitted *f, const struct sample *g, struct fit_problem *out)
{
	const struct fit_settings *s = f->s;
	double *low = work_array(s->w, double, FIT_PARAMS), *high = work_array(s->w, double, FIT_PARAMS);

	*out = (struct fit_problem){ .law = f->law, .formula = f->law ? NULL : s->formula, .n = g->n, .x = g->x, .y = g->y,
		                     .weight = g->weight, .space = s->space, .loss = s->loss, .delta = s->delta };
	for (size_t k = 0; k < f->p; k++)
		fit_limits(s, !f->law, f->names[k], &low[k], &high[k]);
	out->low = low;
	out->high = high;
	fit_starts(f, g, out);
}

static const char *row_refusal(const struct fitted *f, const struct sample *g, const struct fit_result *r, struct text *why)
{
	const struct sample_point *p = &g->points[r->row];
	const struct work *w = f->s->w;

	if (r->status == FIT_Y_NOT_POSITIVE)
		text_printf(why, "column '%.*s', row %zu: %.*s has no logarithm: fit in space raw, or leave such rows out",
		            STR_ARG(f->s->columns.y), p->row, STR_ARG(number_text(w, p->y)));
	else if (r->status == FIT_X_OUTSIDE)
		text_printf(why, "column '%.*s', row %zu: %.*s is not above %d, where %s has no value", STR_ARG(f->s->columns.x[0]),
		            p->row, STR_ARG(number_text(w, p->x[0])), f->law && f->law->domain == LAW_X_ABOVE_1 ? 1 : 0, f->name);
	else
		text_printf(why, "row %zu: a value is not finite", p->row);
	return why->p;
}

const char *fit_refusal(const struct fitted *f, const struct sample *g, const struct fit_result *r)
{
	struct text why = { .w = f->s->w };
	const size_t free = r->free ? r->free : f->p;

	switch (r->status) {
	case FIT_DONE:
		return NULL;
	case FIT_BAD_VALUE:
	case FIT_X_OUTSIDE:
	case FIT_Y_NOT_POSITIVE:
		return row_refusal(f, g, r, &why);
	case FIT_FEW_POINTS:
	case FIT_FEW_PLACES:
		text_printf(&why, "%.*s takes %zu value%s; a law of %zu parameters needs at least %zu", STR_ARG(f->s->columns.x[0]),
		            g->places, g->places == 1 ? "" : "s", free, free);
		break;
	case FIT_SAME_Y:
		text_printf(&why, "all %zu values of %.*s are the same", g->n, STR_ARG(f->s->columns.y));
		break;
	case FIT_BAD_BOUNDS:
		text_printf(&why, "nothing lies between the bounds of %.*s", STR_ARG(f->names[r->row]));
		break;
	case FIT_NO_START:
		text_z(&why, "the formula has neither starts nor bounds on every parameter");
		break;
	case FIT_NO_VALUE:
		text_z(&why, "the curve has no value at any start");
		break;
	}
	return why.p ? why.p : "the points do not determine the law";
}

/* What people stumble over in a result that is there. */
static void plain_notes(struct fitted *f)
{
	const struct fit_result *r = &f->r;

	for (size_t k = 0; k < f->p; k++)
		if (r->at_low[k] || r->at_high[k])
			fit_note(f, "at-bound", "%.*s ended at the %s end of its search: the data do not show it", STR_ARG(f->names[k]),
			         r->at_low[k] ? "low" : "high");
	if (!r->converged)
		fit_note(f, "not-converged", "the search did not come to an end: the objective still falls");
	if (f->g->left_out)
		fit_note(f, "left-out", "%zu rows without a value left out", f->g->left_out);
	if (r->starts >= 10 && 10 * r->reached_best < r->starts && r->has_next)
		fit_note(f, "many-optima", "only %zu of %zu starts reached the best minimum; the next has %.3g times its objective",
		         r->reached_best, r->starts, r->next_objective / r->objective);
	double low = INFINITY, high = 0;

	for (size_t i = 0; i < f->g->n; i++) {
		low = fmin(low, fabs(f->g->y[i]));
		high = fmax(high, fabs(f->g->y[i]));
	}
	if (f->s->space == FIT_RAW && low > 0 && high / low >= 1e9)
		fit_note(f, "scale", "%.*s spans %.1e: least squares sees the largest values alone; think of `space: log`",
		         STR_ARG(f->s->columns.y), high / low);
}

/* The usual number of runs at a place. */
static double seeds_of(const struct fitted *f)
{
	if (isfinite(f->s->seeds))
		return f->s->seeds;
	return f->g->places ? fmax(1, floor((double)f->g->n / (double)f->g->places + 0.5)) : 1;
}

static void fit_one(struct fitted *f)
{
	f->seeds = seeds_of(f);
	f->runs_p = f->lag1 = f->loo_low = f->loo_high = NAN;
	if (!f->g->n) {
		f->refused = "there are no rows with a value";
		return;
	}
	fit_problem_of(f, f->g, &f->problem);
	fit_solve_it(f, &f->problem, f->g, &f->r);
	f->refused = fit_refusal(f, f->g, &f->r);
	if (f->refused)
		return;
	plain_notes(f);
	fit_intervals(f);
	fit_checks(f);
}

static struct fitted *fitted_new(const struct fit_settings *s, const struct sample *g, const struct law *law)
{
	struct fitted *f = work_array(s->w, struct fitted, 1);

	f->s = s;
	f->g = g;
	f->law = law;
	f->name = law ? law->name : "formula";
	f->p = law ? law_params(law) : s->formula->params;
	for (size_t k = 0; k < f->p; k++)
		f->names[k] = law ? str_of(law->params[k].name) : s->formula_names[k];
	return f;
}

static int fit_run(const struct host *host, struct job *job)
{
	const struct work w = { host, job };
	struct fit_settings s = { .w = &w };
	struct sample_set set;

	if (fit_settings_read(&s) || sample_read(&w, &s.columns, &set))
		return -1;
	struct writer *out = host->rows_open(job, "table");

	if (!out)
		return -1;
	for (size_t g = 0; g < set.n; g++) {
		const size_t n = s.formula ? 1 : s.laws_n;
		struct fitted *all[FIT_LAWS];

		for (size_t i = 0; i < n; i++) {
			all[i] = fitted_new(&s, &set.groups[g], s.formula ? NULL : s.laws[i]);
			fit_one(all[i]);
			if (n == 1 && all[i]->r.status == FIT_X_OUTSIDE)
				return host->fail(job, "x", "leave such rows out with `query`", "%.*s: %s",
				                  STR_ARG(field_text(&w, "of")), all[i]->refused);
		}
		fit_choose(all, n);
		for (size_t i = 0; i < n; i++) {
			struct value row = fit_row(all[i], &set);

			if (row_save(&w, out, &row))
				return -1;
		}
	}
	return 0;
}

const struct kind kind_fit = {
	.abi = RUNG_ABI,
	.struct_size = sizeof(struct kind),
	.name = "fit",
	.version = 3,
	.summary = "curves by group: parameters, intervals, prediction bands, held-out error",
	.exec = EXEC_WORKER,
	.fields = fit_fields,
	.outputs = outputs,
	.run = fit_run,
};
