/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `compare`: differences between arms, with tests, intervals, effect sizes, and what the rows could have shown.
 *
 * A row for each group, each two arms and each test; Friedman and Kruskal-Wallis give one for all arms of a group. p-values
 * of the same test are one family and adjusted together; how many p-values the table holds stands in every row.
 */
#include <math.h>
#include <string.h>

#include "engine/stat/adjust.h"
#include "plugins/compare/words.h"
#include "plugins/kinds.h"

#define RESAMPLES_MAX 1000000
#define TESTS "auto|t|welch|wilcoxon|mann_whitney|sign|permutation|mcnemar|mcnemar_mid_p|mcnemar_chi2|bootstrap|friedman|kruskal"

static const struct field bootstrap_fields[] = {
	{ .name = "resamples", .type = T_INT, .min = 99, .max = RESAMPLES_MAX, .fallback = "9999",
	  .help = "redrawn samples, and permutations drawn where there are too many to count" },
	{ .name = NULL },
};

static const struct field fields[] = {
	{ .name = "of", .type = T_TABLE, .flags = F_REQUIRED, .help = "the table" },
	{ .name = "y", .type = T_TEXT, .flags = F_REQUIRED, .help = "column that is compared" },
	{ .name = "between", .type = T_TEXT | T_LIST | T_MAP, .flags = F_REQUIRED,
	  .help = "the column of the arms, some arms as [manual, gpt], or both as {source: [manual, gpt]}" },
	{ .name = "by", .type = T_TEXT | T_LIST, .help = "columns that make the groups; a comparison in each" },
	{ .name = "pair", .type = T_TEXT | T_LIST, .help = "columns that pair the rows of the arms, such as seed or item" },
	{ .name = "cluster", .type = T_TEXT, .help = "column whose rows depend on each other, such as a document" },
	{ .name = "test", .type = T_TEXT | T_LIST, .choices = TESTS, .fallback = "auto",
	  .help = "auto: pairs of 0/1 mcnemar, other pairs permutation and t, unpaired welch" },
	{ .name = "alternative", .type = T_TEXT, .choices = "two_sided|greater|less", .fallback = "two_sided",
	  .help = "greater: the first arm is above the second" },
	{ .name = "correct", .type = T_TEXT, .choices = "holm|hochberg|hommel|bonferroni|bh|by|none", .fallback = "holm",
	  .help = "how the p-values of several comparisons are adjusted" },
	{ .name = "alpha", .type = T_NUMBER, .min = 1e-6, .max = 0.5, .fallback = "0.05",
	  .help = "chance of a false claim; intervals have the level 1 - alpha" },
	{ .name = "power", .type = T_NUMBER, .min = 0.5, .max = 0.9999, .fallback = "0.8",
	  .help = "of the smallest difference that can be detected" },
	{ .name = "exact", .type = T_TEXT, .choices = "auto|always|never", .fallback = "auto",
	  .help = "rank tests; auto: below 50 values without ties or zeros; always: with them too, to 100 values" },
	{ .name = "continuity", .type = T_BOOL, .fallback = "true", .help = "corrects approximate rank tests and mcnemar_chi2" },
	{ .name = "bootstrap", .type = T_MAP, .sub = bootstrap_fields, .help = "how often is redrawn" },
	{ .name = "seed", .type = T_INT | T_TEXT, .help = "of what is drawn; by default made from the task's key" },
	{ .name = NULL },
};

static const struct output outputs[] = { { "table", "table.jsonl" }, { NULL, NULL } };

struct compare {
	const struct work *w;
	struct arms arms;
	struct settings settings;
	struct wording wording;
	enum adjustment correct;
	bool wanted[TEST_NAMES];
	struct outcome *outcomes;
	size_t n, cap;
};

/* ---- fields ------------------------------------------------------------------------------------------------------- */

/* Which of the choices "a|b|c" the field has; the host has checked that it is one. */
static size_t choice(const struct work *w, const char *name, const char *choices)
{
	struct str text = field_text(w, name);
	size_t number = 0;

	for (const char *p = choices;; p++) {
		size_t n = strcspn(p, "|");

		if (str_same(text, (struct str){ p, n }))
			return number;
		p += n;
		if (!*p)
			return 0;
		number++;
	}
}

static double real_field(const struct work *w, const char *name, double absent)
{
	double out;

	return value_number(value_get(w->host->fields(w->job), name), &out) ? out : absent;
}

static int tests_read(struct compare *c)
{
	const struct host *h = c->w->host;
	size_t n;
	const struct value *names = field_list(c->w, "test", &n);

	for (size_t i = 0; i < n; i++) {
		struct str name = cell_text(c->w, &names[i]);
		size_t t = 0;

		while (t < TEST_NAMES && !str_is(name, test_kinds[t].name))
			t++;
		if (t == TEST_NAMES)
			return h->fail(c->w->job, "test", NULL, "'%.*s' is no test", STR_ARG(name));
		if (test_kinds[t].wants_pairs && !value_get(h->fields(c->w->job), "pair"))
			return h->fail(c->w->job, "test", "name the columns that pair the rows: `pair: seed`",
			               "'%s' compares paired rows", test_kinds[t].name);
		if ((t == USE_WELCH || t == USE_MANN_WHITNEY || t == USE_KRUSKAL) && value_get(h->fields(c->w->job), "pair"))
			return h->fail(c->w->job, "test", "leave `pair:` out, or take 't', 'wilcoxon', 'friedman'",
			               "'%s' takes the rows as unpaired", test_kinds[t].name);
		c->wanted[t] = true;
	}
	c->wanted[USE_AUTO] |= n == 0;
	return 0;
}

static int settings_read(struct compare *c)
{
	static const enum adjustment ways[] = { ADJUST_HOLM, ADJUST_HOCHBERG, ADJUST_HOMMEL, ADJUST_BONFERRONI, ADJUST_BH, ADJUST_BY,
		                                ADJUST_NONE };
	static const char *const names[] = { "holm", "hochberg", "hommel", "bonferroni", "bh", "by", NULL };
	const struct work *w = c->w;
	const struct value *all = w->host->fields(w->job), *seed = value_get(all, "seed"), *continuity = value_get(all, "continuity");
	const struct value *resamples = value_get(value_get(all, "bootstrap"), "resamples");
	size_t correct = choice(w, "correct", "holm|hochberg|hommel|bonferroni|bh|by|none");
	struct settings *s = &c->settings;

	s->alpha = real_field(w, "alpha", 0.05);
	s->power = real_field(w, "power", 0.8);
	s->options.level = 1 - s->alpha;
	s->options.alternative = (enum alternative)choice(w, "alternative", "two_sided|greater|less");
	s->options.exact = (enum exactness)choice(w, "exact", "auto|always|never");
	s->options.correct = !continuity || continuity->type != V_BOOL || continuity->b;
	s->resamples = resamples && resamples->type == V_INT ? (size_t)resamples->i : 9999;
	s->seed = !seed || seed->type == V_NULL ? w->host->seed(w->job)
	          : seed->type == V_INT         ? (uint64_t)seed->i
	                                        : fnv1a(cell_text(w, seed));
	c->correct = ways[correct];
	c->wording = (struct wording){ s, names[correct], correct == 0 || correct == 3, 0 };
	return tests_read(c);
}

/* ---- tests -------------------------------------------------------------------------------------------------------- */

static void outcome_add(struct compare *c, struct outcome o)
{
	o.arms = &c->arms;
	o.refused = words_refused(c->w, &o);
	c->outcomes = work_grow(c->w, c->outcomes, c->n, &c->cap, sizeof *c->outcomes);
	c->outcomes[c->n++] = o;
}

static void duel_tests(struct compare *c, const struct arm_group *g, size_t a, size_t b)
{
	struct duel *d = work_array(c->w, struct duel, 1);
	enum test_name chosen[2];
	bool wanted[TEST_NAMES];

	duel_make(c->w, &c->arms, g, a, b, &c->settings, d);
	memcpy(wanted, c->wanted, sizeof wanted);
	for (size_t i = 0, n = wanted[USE_AUTO] ? duel_auto(d, chosen) : 0; i < n; i++)
		wanted[chosen[i]] = true;
	/* Permutation and McNemar come first where `auto` chose: they assume least. */
	static const enum test_name order[] = { USE_MCNEMAR, USE_PERMUTATION, USE_T, USE_WELCH, USE_WILCOXON, USE_MANN_WHITNEY, USE_SIGN,
		                                USE_MCNEMAR_MID_P, USE_MCNEMAR_CHI2, USE_BOOTSTRAP };

	for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
		struct outcome o = { .group = g, .duel = d, .test = order[i], .r = test_absent(TEST_TOO_FEW) };
		bool mcnemar = order[i] == USE_MCNEMAR || order[i] == USE_MCNEMAR_MID_P || order[i] == USE_MCNEMAR_CHI2;

		if (!wanted[order[i]])
			continue;
		if (d->nx && d->ny && !(mcnemar && !d->binary))
			o.r = duel_test(c->w, d, order[i], &c->settings);
		outcome_add(c, o);
		if (mcnemar && !d->binary && d->n)
			c->outcomes[c->n - 1].refused = "mcnemar compares successes and failures: not every value is 0 or 1";
	}
}

static void group_tests(struct compare *c, const struct arm_group *g)
{
	for (enum test_name t = USE_FRIEDMAN; t <= USE_KRUSKAL; t++) {
		struct outcome o = { .group = g, .test = t };

		if (!c->wanted[t])
			continue;
		o.r = group_test(c->w, &c->arms, g, t, &o.dropped);
		outcome_add(c, o);
	}
}

/* p-values of one test are a family. */
static void adjust_all(struct compare *c)
{
	const struct mem m = job_mem(c->w);
	double *p = work_array(c->w, double, c->n);

	for (enum test_name t = 0; t < TEST_NAMES; t++) {
		size_t n = 0, k = 0;
		double smallest = 1;

		for (size_t i = 0; i < c->n; i++) {
			const struct outcome *o = &c->outcomes[i];
			double own = isfinite(o->r.smallest) ? o->r.smallest : 0;

			if (o->test != t || o->refused)
				continue;
			p[n++] = o->r.p;
			smallest = own < smallest ? own : smallest;
		}
		adjust_p(&m, p, n, c->correct, p);
		for (size_t i = 0; i < c->n; i++) {
			struct outcome *o = &c->outcomes[i];

			if (o->test != t || o->refused)
				continue;
			o->adjusted = p[k++];
			o->family = n;
			o->family_smallest = smallest;
		}
		c->wording.made += n;
	}
}

static int compare_run(const struct host *host, struct job *job)
{
	const struct work w = { host, job };
	struct compare c = { .w = &w };

	if (settings_read(&c) || arms_read(&w, &c.arms))
		return -1;
	for (size_t g = 0; g < c.arms.n; g++) {
		for (size_t a = 0; a < c.arms.names.n; a++)
			for (size_t b = a + 1; b < c.arms.names.n; b++)
				duel_tests(&c, &c.arms.groups[g], a, b);
		group_tests(&c, &c.arms.groups[g]);
	}
	adjust_all(&c);
	struct writer *out = host->rows_open(job, "table");

	if (!out)
		return -1;
	for (size_t i = 0; i < c.n; i++) {
		struct value row = words_row(&w, &c.outcomes[i], &c.wording);

		if (row_save(&w, out, &row))
			return -1;
	}
	return 0;
}

const struct kind kind_compare = {
	.abi = RUNG_ABI,
	.struct_size = sizeof(struct kind),
	.name = "compare",
	.version = 1,
	.summary = "differences between arms: tests, intervals, effect sizes, power",
	.exec = EXEC_WORKER,
	.fields = fields,
	.outputs = outputs,
	.run = compare_run,
};
