/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `threshold`: fitted laws against money: what a target costs, which way to it is cheaper at which prices, from which budget on
 * one group is better, where benefit exceeds cost; with intervals, and a second table of what each assumption moves.
 */
#include <math.h>

#include "plugins/kinds.h"
#include "plugins/threshold/threshold.h"

#define PICO 1e-12

static const struct field price_fields[] = {
	{ .name = "*", .type = T_MONEY, .min = 1e-12, .max = 1e6, .help = "of one unit of x for this group" },
	{ .name = NULL },
};

static const struct field fixed_fields[] = {
	{ .name = "*", .type = T_MONEY, .min = 0, .max = 1e6, .help = "paid once for this group, before the first unit" },
	{ .name = NULL },
};

static const struct field fields[] = {
	{ .name = "of", .type = T_TABLE, .flags = F_REQUIRED, .help = "a fit step" },
	{ .name = "price", .type = T_MAP, .flags = F_REQUIRED, .sub = price_fields,
	  .help = "what one unit of x costs in each group, such as {manual: 0.5 USD, gpt: 0.001 USD}" },
	{ .name = "fixed", .type = T_MAP, .sub = fixed_fields, .help = "what each group costs before its first unit" },
	{ .name = "worth", .type = T_MONEY, .min = 1e-12, .max = 1e6, .help = "what one unit of y is worth: asks where benefit exceeds cost" },
	{ .name = "baseline", .type = T_NUMBER, .fallback = "0", .help = "the y from which benefit counts" },
	{ .name = "target", .type = T_NUMBER | T_LIST, .help = "values of y to reach: asks for x, cost and break-even price ratio" },
	{ .name = "budget", .type = T_MONEY | T_LIST, .min = 1e-12, .max = 1e6, .help = "budgets at which groups are compared" },
	{ .name = "at", .type = T_TEXT, .help = "the column that holds the groups, where the laws are grouped by several" },
	{ .name = "law", .type = T_TEXT, .help = "which law, where the fit has several for a group; absent: the chosen one" },
	{ .name = "better", .type = T_TEXT, .choices = "higher|lower", .fallback = "higher", .help = "which y is better" },
	{ .name = "paired", .type = T_TEXT, .choices = "auto|yes|no", .fallback = "auto",
	  .help = "the groups share their seeds; auto: when the fit's clusters have the same names" },
	{ .name = "level", .type = T_NUMBER, .min = 0.5, .max = 0.999999, .fallback = "0.95", .help = "of the intervals" },
	{ .name = NULL },
};

static const struct output outputs[] = { { "table", "table.jsonl" }, { "sensitivity", "sensitivity.jsonl" }, { NULL, NULL } };

/* ---- fields ------------------------------------------------------------------------------------------------------- */

double dollars(const struct value *v)
{
	double pico;

	return value_number(v, &pico) ? pico * PICO : (double)NAN;
}

static int fixed_read(struct market *m)
{
	const struct value *fixed = value_get(m->w->host->fields(m->w->job), "fixed");

	for (size_t i = 0; fixed && fixed->type == V_MAP && i < fixed->map.n; i++) {
		size_t at = 0;

		while (at < m->n && !str_same(m->laws[at].name, fixed->map.pairs[i].key))
			at++;
		if (at == m->n)
			return m->w->host->fail(m->w->job, "fixed", "give it a price too", "'%.*s' has a fixed cost and no price",
			                        STR_ARG(fixed->map.pairs[i].key));
		m->base.fixed[at] = dollars(&fixed->map.pairs[i].val);
	}
	return 0;
}

static int market_read(struct market *m)
{
	const struct work *w = m->w;
	const struct value *all = w->host->fields(w->job), *price = value_get(all, "price");
	struct frame f;
	size_t column;

	m->lower_is_better = str_is(field_text(w, "better"), "lower");
	m->base.worth = dollars(value_get(all, "worth"));
	m->has_worth = !isnan(m->base.worth);
	if (!value_number(value_get(all, "level"), &m->level))
		m->level = 0.95;
	if (!value_number(value_get(all, "baseline"), &m->base.baseline))
		m->base.baseline = 0;
	if (!price || price->type != V_MAP || !price->map.n)
		return w->host->fail(w->job, "price", "write {manual: 0.5 USD, gpt: 0.001 USD}", "no group has a price");
	if (frame_read(w, field_text(w, "of"), "of", &f))
		return -1;
	if (field_text(w, "at").n && columns_find(w, &f.columns, "at", field_text(w, "at"), &column))
		return -1;
	m->n = price->map.n;
	m->laws = work_array(w, struct fitted_law, m->n);
	m->base.price = work_array(w, double, m->n);
	m->base.fixed = work_array(w, double, m->n);
	for (size_t i = 0; i < m->n; i++) {
		m->base.price[i] = dollars(&price->map.pairs[i].val);
		if (fitted_read(w, &f, price->map.pairs[i].key, "price", &m->laws[i]))
			return -1;
		if (!m->laws[i].refused && m->laws[i].x_min <= 0)
			return w->host->fail(w->job, "of", "leave such rows out of the fit", "the data of '%.*s' begin at %.*s = %.*s, which nobody can buy",
			                     STR_ARG(m->laws[i].name), STR_ARG(m->laws[i].x), STR_ARG(number_text(w, m->laws[i].x_min)));
	}
	return fixed_read(m);
}

static int threshold_run(const struct host *host, struct job *job)
{
	const struct work w = { host, job };
	struct threshold t = { .m = { .w = &w } };
	size_t targets;
	const struct value *target = field_list(&w, "target", &targets);

	if (market_read(&t.m))
		return -1;
	t.table = host->rows_open(job, "table");
	t.sensitivity = t.table ? host->rows_open(job, "sensitivity") : NULL;
	if (!t.sensitivity)
		return -1;
	for (size_t a = 0; a < t.m.n; a++) {
		for (size_t i = 0; i < targets; i++) {
			double v;

			if (value_number(&target[i], &v) && ask_target(&t, a, v))
				return -1;
		}
		if (t.m.has_worth && ask_benefit(&t, a))
			return -1;
	}
	for (size_t a = 0; a < t.m.n; a++)
		for (size_t b = a + 1; b < t.m.n; b++)
			if (ask_pair(&t, a, b))
				return -1;
	return 0;
}

const struct kind kind_threshold = {
	.abi = RUNG_ABI,
	.struct_size = sizeof(struct kind),
	.name = "threshold",
	.version = 1,
	.summary = "fitted laws against money: costs, budgets, break-even prices, benefit",
	.exec = EXEC_WORKER,
	.fields = fields,
	.outputs = outputs,
	.run = threshold_run,
};
