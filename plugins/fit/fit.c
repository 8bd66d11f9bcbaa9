/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `fit`: a power law per group, with percentile intervals from a bootstrap.
 *
 * The bootstrap redraws clusters (the values of `over`, such as seeds) with replacement inside each group, or single rows
 * when there is no `over`. Groups with the same clusters get the same draws, so that differences between their laws are
 * paired; the draws stay in the row (`draws`: E, A, alpha, or null where a draw did not determine the law).
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/stat/fit.h"
#include "engine/stat/order.h"
#include "engine/stat/rng.h"
#include "plugins/fit/sample_set.h"
#include "plugins/kinds.h"
#include "plugins/stat/power.h"

#define RESAMPLES_MAX 2000 /* the draws travel in the row */
#define FEW_CLUSTERS 10    /* below, a percentile bootstrap is known to cover too little */

static const struct field bootstrap_fields[] = {
	{ .name = "resamples", .type = T_INT, .min = 1, .max = RESAMPLES_MAX, .fallback = "1000", .help = "redrawn samples" },
	{ .name = "over", .type = T_TEXT, .help = "column whose values are redrawn together, such as seed" },
	{ .name = NULL },
};

static const struct field fields[] = {
	{ .name = "of", .type = T_TABLE, .flags = F_REQUIRED, .help = "the table" },
	{ .name = "y", .type = T_TEXT, .flags = F_REQUIRED, .help = "column that is explained" },
	{ .name = "x", .type = T_TEXT, .flags = F_REQUIRED, .help = "column that explains; positive numbers" },
	{ .name = "by", .type = T_TEXT | T_LIST, .help = "columns that make the groups; a law for each" },
	{ .name = "law", .type = T_TEXT, .choices = "power2|power3", .fallback = "power3",
	  .help = "power2: y = A x^-alpha; power3: y = E + A x^-alpha" },
	{ .name = "bootstrap", .type = T_MAP, .sub = bootstrap_fields, .help = "intervals by redrawing" },
	{ .name = "seed", .type = T_INT | T_TEXT, .help = "of the bootstrap; by default made from the task's key" },
	{ .name = NULL },
};

static const struct output outputs[] = { { "table", "table.jsonl" }, { NULL, NULL } };

struct fit {
	const struct work *w;
	struct sample_set set;
	const struct law *family; /* power2 or power3 */
	size_t resamples;
	uint64_t seed;
	struct str x, y;
};

struct fitted {
	struct power law;
	bool edge;
	double rmse, r2, x_min, x_max;
	struct power *draws; /* alpha NaN: the draw did not determine the law */
	size_t draws_n, failed, at_edge;
};

static void *job_memory(void *owner, size_t bytes)
{
	const struct work *w = owner;

	return w->host->alloc(w->job, bytes);
}

/* alpha at the end of its search: the data do not show one. */
static struct power take(const struct fit *f, const double *params, const struct law_range *limit, bool *edge)
{
	const struct power l = { f->family->linear == 2 ? params[0] : 0, params[f->family->linear - 1], params[f->family->linear] };

	*edge = l.alpha <= limit->low || l.alpha >= limit->high;
	return l;
}

static void draw_once(const struct sample_group *g, struct dice *dice, double *weight)
{
	memset(weight, 0, g->n * sizeof *weight);
	for (size_t i = 0; i < g->clusters; i++) {
		size_t c = dice_below(dice, g->clusters);

		for (size_t k = g->cluster_at[c]; k < g->cluster_at[c + 1]; k++)
			weight[k] += 1;
	}
}

static void bootstrap(const struct fit *f, const struct sample_group *g, struct fit_again *again,
                      const struct law_range *limit, struct fitted *out)
{
	double *weight = work_array(f->w, double, g->n), params[FIT_PARAMS];

	out->draws = work_array(f->w, struct power, f->resamples);
	out->draws_n = f->resamples;
	for (size_t r = 0; r < f->resamples; r++) {
		struct dice dice;
		bool edge;

		/* The clusters' names are in the seed, so equal sets are drawn alike and others apart. */
		dice_seed(&dice, mix_bits(f->seed ^ g->clusters_hash) + r);
		draw_once(g, &dice, weight);
		if (fit_refit(again, weight, NULL, params) != FIT_REFIT_FAILED) {
			out->draws[r] = take(f, params, limit, &edge);
			out->at_edge += edge;
		} else {
			out->draws[r].alpha = NAN;
			out->failed++;
		}
	}
}

static const char *refusal(const struct fit *f, const struct sample_group *g, enum fit_status status)
{
	struct text why = { .w = f->w };

	if (status == FIT_FEW_POINTS || status == FIT_FEW_PLACES)
		text_printf(&why, "%.*s takes %zu value%s; a law of %zu parameters needs at least %zu", STR_ARG(f->x), g->places,
		            g->places == 1 ? "" : "s", law_params(f->family), law_params(f->family));
	else if (status == FIT_SAME_Y)
		text_printf(&why, "all %zu values of %.*s are the same", g->n, STR_ARG(f->y));
	else
		text_z(&why, "the points do not determine the law");
	return why.p;
}

/* NULL = fitted; else the reason why not. */
static const char *fit_group(const struct fit *f, const struct sample_group *g, struct fitted *out)
{
	const struct mem mem = { job_memory, (void *)(uintptr_t)f->w };
	double *x = work_array(f->w, double, g->n), *y = work_array(f->w, double, g->n);
	struct fit_problem *p = work_array(f->w, struct fit_problem, 1);
	struct fit_result r;

	for (size_t i = 0; i < g->n; i++) {
		x[i] = g->points[i].x;
		y[i] = g->points[i].y;
	}
	out->x_min = g->places ? g->x[0] : NAN;
	out->x_max = g->places ? g->x[g->places - 1] : NAN;
	*p = (struct fit_problem){ .law = f->family, .n = g->n, .x = x, .y = y };
	enum fit_status status = fit_solve(p, &mem, &r);

	if (status)
		return refusal(f, g, status);
	const struct law_span span = law_span_of(f->family, x, g->n);
	const struct law_range limit = law_limit(f->family, f->family->linear, &span);

	out->law = take(f, r.params, &limit, &out->edge);
	out->rmse = sqrt(r.rss / (double)g->n);
	out->r2 = r.r2;
	if (f->resamples)
		bootstrap(f, g, fit_again_new(p, &r, &mem), &limit, out);
	return NULL;
}

/* ---- rows --------------------------------------------------------------------------------------------------------- */

static double parameter(const struct power *l, size_t which)
{
	return which == 0 ? l->e : which == 1 ? l->a : l->alpha;
}

static void put_parameter(const struct fit *f, struct row *row, const struct fitted *out, size_t which, bool refused)
{
	static const char *const names[3][3] = { { "E", "E_low", "E_high" },
	                                         { "A", "A_low", "A_high" },
	                                         { "alpha", "alpha_low", "alpha_high" } };
	bool absent = refused || (which == 0 && f->family->linear == 1);
	double *all = work_array(f->w, double, out->draws_n);
	size_t n = 0;

	for (size_t i = 0; i < out->draws_n; i++)
		if (isfinite(out->draws[i].alpha))
			all[n++] = parameter(&out->draws[i], which);
	sort_reals(all, n);
	/* With fewer than 20 draws the ends of a 95 % interval are the extremes: better none. */
	bool interval = !absent && n >= 20;

	row_real(row, names[which][0], absent ? NAN : parameter(&out->law, which));
	row_real(row, names[which][1], interval ? quantile_sorted(all, n, 0.025) : NAN);
	row_real(row, names[which][2], interval ? quantile_sorted(all, n, 0.975) : NAN);
}

static struct value draws_value(const struct fit *f, const struct fitted *out)
{
	struct value list = { .type = V_LIST };

	list.list.items = work_array(f->w, struct value, out->draws_n);
	list.list.n = out->draws_n;
	for (size_t i = 0; i < out->draws_n; i++) {
		if (!isfinite(out->draws[i].alpha))
			continue; /* stays null */
		struct value *three = work_array(f->w, struct value, 3);

		for (size_t k = 0; k < 3; k++)
			three[k] = value_real(parameter(&out->draws[i], k));
		list.list.items[i] = (struct value){ .type = V_LIST, .list = { three, 3 } };
	}
	return list;
}

static const char *warning_of(const struct fit *f, const struct sample_group *g, const struct fitted *out)
{
	struct text t = { .w = f->w };

	if (out->edge)
		text_printf(&t, "%salpha ended at the end of its search: the data do not show the law's bend", t.n ? "; " : "");
	if (g->n == law_params(f->family))
		text_printf(&t, "%sas many points as parameters: the law goes through all of them", t.n ? "; " : "");
	if (out->draws_n && g->clusters < FEW_CLUSTERS)
		text_printf(&t, "%sonly %zu values to redraw: the intervals come out too narrow", t.n ? "; " : "", g->clusters);
	if (10 * out->failed > out->draws_n)
		text_printf(&t, "%s%zu of %zu redrawn samples did not determine the law", t.n ? "; " : "", out->failed, out->draws_n);
	if (10 * out->at_edge > out->draws_n)
		text_printf(&t, "%sin %zu of %zu redrawn samples alpha ended at the end of its search", t.n ? "; " : "",
		            out->at_edge, out->draws_n);
	if (g->left_out)
		text_printf(&t, "%s%zu rows without a value left out", t.n ? "; " : "", g->left_out);
	return t.n ? t.p : NULL;
}

static void put_text(struct row *row, const char *key, const char *z)
{
	row_set(row, key, z ? value_str(str_of(z)) : (struct value){ .type = V_NULL });
}

static struct value group_row(const struct fit *f, const struct sample_group *g)
{
	struct row row = { .w = f->w };
	struct fitted out = { .rmse = NAN, .r2 = NAN };
	const char *refused = fit_group(f, g, &out);

	for (size_t i = 0; i < f->set.by_count; i++)
		row_put(&row, f->set.by_names[i], g->by[i]);
	put_text(&row, "law", f->family->name);
	row_set(&row, "x", value_str(f->x));
	row_set(&row, "y", value_str(f->y));
	row_set(&row, "n", value_int((int64_t)g->n));
	for (size_t k = 0; k < 3; k++)
		put_parameter(f, &row, &out, k, refused != NULL);
	row_real(&row, "rmse", out.rmse);
	row_real(&row, "r2", out.r2);
	row_real(&row, "x_min", out.x_min);
	row_real(&row, "x_max", out.x_max);
	row_set(&row, "resamples", value_int((int64_t)(out.draws_n - out.failed)));
	put_text(&row, "warning", refused ? NULL : warning_of(f, g, &out));
	put_text(&row, "refused", refused);
	row_set(&row, "draws", draws_value(f, &out));
	return row.map;
}

static int fit_fields(struct fit *f, struct str *over)
{
	const struct host *host = f->w->host;
	const struct value *all = host->fields(f->w->job), *seed = value_get(all, "seed");
	const struct value *boot = value_get(all, "bootstrap");
	const struct value *resamples = value_get(boot, "resamples"), *column = value_get(boot, "over");

	f->family = &law_families[str_is(field_text(f->w, "law"), "power2") ? LAW_POWER2 : LAW_POWER3];
	f->x = field_text(f->w, "x");
	f->y = field_text(f->w, "y");
	if (boot && boot->type == V_MAP)
		f->resamples = resamples && resamples->type == V_INT && resamples->i > 0 ? (size_t)resamples->i : 1000;
	if (f->resamples > RESAMPLES_MAX)
		return host->fail(f->w->job, "bootstrap", NULL, "%zu resamples are more than %d", f->resamples, RESAMPLES_MAX);
	*over = column && column->type == V_STR ? column->s : (struct str){ "", 0 };
	if (seed && seed->type == V_INT)
		f->seed = (uint64_t)seed->i;
	else
		f->seed = seed && seed->type == V_STR ? fnv1a(seed->s) : host->seed(f->w->job);
	return 0;
}

static int fit_run(const struct host *host, struct job *job)
{
	const struct work w = { host, job };
	struct fit f = { .w = &w };
	struct str over;

	if (fit_fields(&f, &over) || sample_set_read(&w, f.x, f.y, over, &f.set))
		return -1;
	struct writer *out = host->rows_open(job, "table");

	if (!out)
		return -1;
	for (size_t g = 0; g < f.set.n; g++) {
		struct value row = group_row(&f, &f.set.groups[g]);

		if (host->rows_put(out, &row))
			return -1;
	}
	return 0;
}

const struct kind kind_fit = {
	.abi = RUNG_ABI,
	.struct_size = sizeof(struct kind),
	.name = "fit",
	.version = 2,
	.summary = "power laws by least squares, with bootstrap intervals",
	.exec = EXEC_WORKER,
	.fields = fields,
	.outputs = outputs,
	.run = fit_run,
};
