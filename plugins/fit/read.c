/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugins/fit/read.h"

#include <math.h>
#include <string.h>

#define RESAMPLES_MAX 20000
#define STARTS_MAX 10000
#define LAW_NAMES "linear|log|power2|power3|power4|mmf4|exp3|weibull4|ilog2|bnsl1|bnsl2|bnsl3|chinchilla"

static const struct field loss_fields[] = {
	{ .name = "huber", .type = T_NUMBER, .min = 1e-12, .max = 1e12, .help = "delta: beyond it residuals count by their size, not its square" },
	{ .name = NULL },
};

static const struct field weight_fields[] = {
	{ .name = "se", .type = T_TEXT, .help = "column of standard errors; the weight is 1/SE^2" },
	{ .name = NULL },
};

static const struct field bootstrap_fields[] = {
	{ .name = "resamples", .type = T_INT, .min = 1, .max = RESAMPLES_MAX, .fallback = "2000",
	  .help = "redrawn samples; the first 4,000 draws stay in the row" },
	{ .name = "over", .type = T_TEXT, .help = "column whose values are redrawn together, such as seed; the same as `over` of the step" },
	{ .name = "kind", .type = T_TEXT, .choices = "cases|residual|wild|stratified", .fallback = "cases",
	  .help = "stratified: within each x; residual: residuals move between points; wild: their signs are drawn" },
	{ .name = "interval", .type = T_TEXT, .choices = "percentile|bca", .fallback = "percentile", .help = "how ends are read off" },
	{ .name = "generator", .type = T_TEXT, .choices = "rung|numpy", .fallback = "rung",
	  .help = "numpy: one stream of mt19937 over single rows, in the order of the table, as np.random.choice" },
	{ .name = "seed", .type = T_INT | T_TEXT, .help = "of the draws" },
	{ .name = "from", .type = T_LIST | T_NUMBER, .help = "one start for every refit, a number for each parameter: A, B, E, alpha, beta of chinchilla" },
	{ .name = NULL },
};

static const struct field holdout_fields[] = {
	{ .name = "above", .type = T_NUMBER, .help = "rows beyond are held out" },
	{ .name = "share", .type = T_NUMBER, .min = 0.01, .max = 0.9, .help = "this share of the places, the largest x" },
	{ .name = "of", .type = T_TEXT, .help = "column that `above` and `share` speak of; by default x" },
	{ .name = NULL },
};

static const struct field range_fields[] = {
	{ .name = "low", .type = T_TEXT, .flags = F_REQUIRED, .help = "column: x is at least this" },
	{ .name = "high", .type = T_TEXT, .flags = F_REQUIRED, .help = "column: x is at most this" },
	{ .name = NULL },
};

static const struct field law_fields[] = {
	{ .name = "formula", .type = T_TEXT, .flags = F_REQUIRED, .help = "as \"E + A * x^-alpha\": arithmetic over x and the parameters" },
	{ .name = "parameters", .type = T_MAP, .flags = F_REQUIRED, .help = "their starts: {E: 0.3, A: {start: 1, low: 0}}" },
	{ .name = NULL },
};

const struct field fit_fields[] = {
	{ .name = "of", .type = T_TABLE, .flags = F_REQUIRED, .help = "the table" },
	{ .name = "y", .type = T_TEXT, .flags = F_REQUIRED, .help = "column that is explained" },
	{ .name = "x", .type = T_TEXT | T_LIST, .flags = F_REQUIRED, .help = "column that explains; two of them for chinchilla: [N, D]" },
	{ .name = "by", .type = T_TEXT | T_LIST, .help = "columns that make the groups; a law for each" },
	{ .name = "law", .type = T_TEXT | T_LIST | T_MAP, .sub = law_fields, .fallback = "power3", .choices = LAW_NAMES "|best",
	  .help = "one, several, `best` by held-out error, or {formula: ..., parameters: ...}" },
	{ .name = "space", .type = T_TEXT, .choices = "raw|log", .fallback = "raw", .help = "of y: residuals of y, or of its logarithm" },
	{ .name = "loss", .type = T_TEXT | T_MAP, .sub = loss_fields, .choices = "l2|l1", .fallback = "l2", .help = "what is minimised" },
	{ .name = "weights", .type = T_TEXT | T_MAP, .sub = weight_fields, .help = "column of weights (counts), or {se: column}" },
	{ .name = "bounds", .type = T_MAP, .help = "ends of parameters: {E: [0, 1]}" },
	{ .name = "fixed", .type = T_MAP, .help = "parameters that are known: {E: 0}" },
	{ .name = "starts", .type = T_INT | T_TEXT, .min = 1, .max = STARTS_MAX, .choices = "hoffmann",
	  .help = "so many besides the automatic ones; hoffmann: the grid of 4,500 of his paper, for chinchilla" },
	{ .name = "over", .type = T_TEXT, .help = "column of the seeds: its values are independent repeats of the whole curve" },
	{ .name = "interval", .type = T_TEXT, .choices = "auto|delta|profile|bootstrap|sandwich", .fallback = "auto",
	  .help = "auto: profiles scaled to whole seeds, else to the variances of the cells; profile, delta: one variance for all" },
	{ .name = "level", .type = T_NUMBER, .min = 0.5, .max = 0.9999, .fallback = "0.95", .help = "of intervals and bands" },
	{ .name = "bootstrap", .type = T_MAP, .sub = bootstrap_fields, .help = "draws and an interval by redrawing" },
	{ .name = "seed", .type = T_INT | T_TEXT, .help = "of what is drawn; by default made from the task's key" },
	{ .name = "holdout", .type = T_MAP | T_TEXT, .sub = holdout_fields, .choices = "auto|none", .fallback = "auto",
	  .help = "auto: x above half of the largest" },
	{ .name = "x_range", .type = T_MAP, .sub = range_fields, .help = "x is known within limits only: redrawn between them, even in its logarithm" },
	{ .name = "predict", .type = T_LIST | T_NUMBER, .help = "x at which the row predicts" },
	{ .name = "seeds", .type = T_INT, .min = 1, .max = 1e6, .help = "prediction bands are for a mean of so many new runs" },
	{ .name = NULL },
};

/* ---- small readers ------------------------------------------------------------------------------------------------ */

static struct str text_at(const struct value *map, const char *key)
{
	const struct value *v = value_get(map, key);

	return v && v->type == V_STR ? v->s : (struct str){ "", 0 };
}

static double real_at(const struct value *map, const char *key, double absent)
{
	double v;

	return value_number(value_get(map, key), &v) ? v : absent;
}

static bool seed_at(const struct value *map, uint64_t *out)
{
	const struct value *v = value_get(map, "seed");

	if (v && v->type == V_INT)
		*out = (uint64_t)v->i;
	else if (v && v->type == V_STR)
		*out = fnv1a(v->s);
	else
		return false;
	return true;
}

/* ---- laws --------------------------------------------------------------------------------------------------------- */

static int law_add(struct fit_settings *s, struct str name)
{
	struct text z = { .w = s->w };

	text_printf(&z, "%.*s", STR_ARG(name));
	const struct law *law = law_named(z.p ? z.p : "");

	if (!law)
		return s->w->host->fail(s->w->job, "law", NULL, "'%.*s' is no law; there are %s", STR_ARG(name), LAW_NAMES);
	if (law->columns != s->columns.columns)
		return s->w->host->fail(s->w->job, "law", law->columns == 2 ? "name both: `x: [N, D]`" : NULL,
		                        "'%s' takes %zu column%s of x, not %zu", law->name, law->columns, law->columns > 1 ? "s" : "",
		                        s->columns.columns);
	for (size_t i = 0; i < s->laws_n; i++)
		if (s->laws[i] == law)
			return s->w->host->fail(s->w->job, "law", NULL, "'%s' is named twice", law->name);
	s->laws[s->laws_n++] = law;
	return 0;
}

/* What `best` chooses from: laws of few parameters that curves of this trade are known to follow. */
static int laws_best(struct fit_settings *s)
{
	static const char *const names[] = { "log", "power2", "power3", "power4", "mmf4", "exp3", "weibull4", "ilog2" };

	s->best = true;
	if (s->columns.columns == 2)
		return s->w->host->fail(s->w->job, "law", "name the law: `law: chinchilla`", "'best' chooses between laws of one x");
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (law_add(s, str_of(names[i])))
			return -1;
	return 0;
}

static int laws_read(struct fit_settings *s)
{
	const struct value *v = value_get(s->w->host->fields(s->w->job), "law");
	size_t n;

	if (v && v->type == V_MAP)
		return fit_formula_read(s, v);
	const struct value *names = field_list(s->w, "law", &n);

	if (!n)
		return law_add(s, STR("power3"));
	for (size_t i = 0; i < n; i++) {
		if (n == 1 && names[i].type == V_STR && str_is(names[i].s, "best"))
			return laws_best(s);
		if (names[i].type != V_STR || law_add(s, names[i].s))
			return names[i].type == V_STR ? -1 : s->w->host->fail(s->w->job, "law", NULL, "a law is named by text");
	}
	return 0;
}

/* ---- the rest ----------------------------------------------------------------------------------------------------- */

static int loss_read(struct fit_settings *s, const struct value *all)
{
	const struct value *loss = value_get(all, "loss");

	s->space = str_is(text_at(all, "space"), "log") ? FIT_LOG : FIT_RAW;
	if (loss && loss->type == V_MAP) {
		s->loss = FIT_HUBER;
		s->delta = real_at(loss, "huber", NAN);
		if (!(s->delta > 0))
			return s->w->host->fail(s->w->job, "loss", "write `loss: {huber: 0.001}`", "huber needs a delta above 0");
	} else if (str_is(text_at(all, "loss"), "l1")) {
		s->loss = FIT_L1;
	}
	return 0;
}

static int bootstrap_read(struct fit_settings *s, const struct value *all)
{
	static const char *const kinds[] = { "cases", "residual", "wild", "stratified" };
	const struct value *boot = value_get(all, "bootstrap");
	const struct str over = text_at(all, "over"), own = text_at(boot, "over");

	s->columns.over = over.n ? over : own;
	if (!seed_at(boot, &s->seed) && !seed_at(all, &s->seed))
		s->seed = s->w->host->seed(s->w->job);
	if (!boot || boot->type != V_MAP) {
		if (s->ask == ASK_BOOTSTRAP)
			s->resamples = 2000;
		return 0;
	}
	s->resamples = (size_t)real_at(boot, "resamples", 2000);
	if (s->resamples > RESAMPLES_MAX)
		return s->w->host->fail(s->w->job, "bootstrap", NULL, "%zu resamples are more than %d", s->resamples, RESAMPLES_MAX);
	for (size_t i = 0; i < 4; i++)
		if (str_is(text_at(boot, "kind"), kinds[i]))
			s->boot = (enum boot_kind)i;
	s->bca = str_is(text_at(boot, "interval"), "bca");
	s->numpy = str_is(text_at(boot, "generator"), "numpy");
	s->columns.keep_order = s->numpy;
	if (s->numpy && (s->boot != BOOT_CASES || s->columns.over.n))
		return s->w->host->fail(s->w->job, "bootstrap", "leave `kind` and `over` out", "generator numpy redraws single rows");
	const struct value *from = value_get(boot, "from");

	if (!from || from->type != V_LIST)
		return 0;
	double *start = work_array(s->w, double, FIT_PARAMS);

	for (size_t i = 0; i < from->list.n && i < FIT_PARAMS; i++)
		if (!value_number(&from->list.items[i], &start[i]))
			return s->w->host->fail(s->w->job, "bootstrap.from", NULL, "a start is a list of numbers");
	s->boot_from = start;
	return 0;
}

static int columns_read(struct fit_settings *s, const struct value *all)
{
	const struct work *w = s->w;
	const struct value *weights = value_get(all, "weights"), *range = value_get(all, "x_range");
	size_t n;
	const struct value *x = field_list(w, "x", &n);

	if (n < 1 || n > SAMPLE_COLUMNS)
		return w->host->fail(w->job, "x", NULL, "a curve takes one or two columns of x, not %zu", n);
	for (size_t i = 0; i < n; i++) {
		if (x[i].type != V_STR)
			return w->host->fail(w->job, "x", NULL, "a column is named by text");
		s->columns.x[i] = x[i].s;
	}
	s->columns.columns = n;
	s->columns.y = field_text(w, "y");
	s->columns.weight_is_se = weights && weights->type == V_MAP;
	s->columns.weight = s->columns.weight_is_se ? text_at(weights, "se") : text_at(all, "weights");
	s->columns.low = text_at(range, "low");
	s->columns.high = text_at(range, "high");
	if (s->columns.low.n && n > 1)
		return w->host->fail(w->job, "x_range", NULL, "x_range serves laws of one x");
	return 0;
}

static void holdout_read(struct fit_settings *s, const struct value *all)
{
	const struct value *hold = value_get(all, "holdout");

	s->hold = !str_is(text_at(all, "holdout"), "none");
	s->hold_at = NAN;
	if (!hold || hold->type != V_MAP)
		return;
	s->hold_at = real_at(hold, "above", NAN);
	s->hold_share = !isfinite(s->hold_at);
	if (s->hold_share)
		s->hold_at = real_at(hold, "share", NAN);
	s->columns.split = text_at(hold, "of");
}

static void *job_memory(void *owner, size_t bytes)
{
	const struct work *w = owner;

	return w->host->alloc(w->job, bytes);
}

/* Bounds and fixed name parameters that at least one law has. */
static int names_check(const struct fit_settings *s, const struct value *map, const char *field)
{
	for (size_t i = 0; map && map->type == V_MAP && i < map->map.n; i++) {
		bool known = false;

		for (size_t l = 0; l < s->laws_n; l++)
			for (size_t k = 0; k < law_params(s->laws[l]); k++)
				known |= str_is(map->map.pairs[i].key, s->laws[l]->params[k].name);
		for (size_t k = 0; s->formula && k < s->formula->params; k++)
			known |= str_same(map->map.pairs[i].key, s->formula_names[k]);
		if (!known)
			return s->w->host->fail(s->w->job, field, NULL, "no law here has a parameter '%.*s'", STR_ARG(map->map.pairs[i].key));
	}
	return 0;
}

int fit_settings_read(struct fit_settings *s)
{
	static const char *const asks[] = { "auto", "delta", "profile", "bootstrap", "sandwich" };
	const struct value *all = s->w->host->fields(s->w->job);

	s->mem = (struct mem){ job_memory, (void *)(uintptr_t)s->w };
	for (size_t i = 0; i < 5; i++)
		if (str_is(text_at(all, "interval"), asks[i]))
			s->ask = (enum fit_ask)i;
	s->level = real_at(all, "level", 0.95);
	s->seeds = real_at(all, "seeds", NAN);
	s->more_starts = (size_t)real_at(all, "starts", 0);
	s->hoffmann = str_is(text_at(all, "starts"), "hoffmann");
	s->bounds = value_get(all, "bounds");
	s->fixed = value_get(all, "fixed");
	s->predict = value_get(all, "predict");
	if (s->predict && s->predict->type != V_LIST && s->predict->type != V_NULL) {
		struct value *one = work_array(s->w, struct value, 1);

		*one = (struct value){ .type = V_LIST, .list = { (struct value *)(uintptr_t)s->predict, 1 } };
		s->predict = one;
	}
	holdout_read(s, all);
	if (columns_read(s, all) || loss_read(s, all) || bootstrap_read(s, all) || laws_read(s))
		return -1;
	return names_check(s, s->bounds, "bounds") || names_check(s, s->fixed, "fixed") ? -1 : 0;
}

void fit_limits(const struct fit_settings *s, bool own, struct str name, double *low, double *high)
{
	*low = -INFINITY;
	*high = INFINITY;
	for (size_t k = 0; own && k < s->formula->params; k++)
		if (str_same(s->formula_names[k], name)) {
			*low = s->formula_low[k];
			*high = s->formula_high[k];
		}
	for (size_t i = 0; s->bounds && s->bounds->type == V_MAP && i < s->bounds->map.n; i++) {
		const struct pair *p = &s->bounds->map.pairs[i];

		if (!str_same(p->key, name) || p->val.type != V_LIST || p->val.list.n != 2)
			continue;
		(void)value_number(&p->val.list.items[0], low);
		(void)value_number(&p->val.list.items[1], high);
	}
	for (size_t i = 0; s->fixed && s->fixed->type == V_MAP && i < s->fixed->map.n; i++)
		if (str_same(s->fixed->map.pairs[i].key, name) && value_number(&s->fixed->map.pairs[i].val, low))
			*high = *low;
}
