/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugins/aggregate/wanted.h"

static const struct {
	const char *name;
	enum stat stat;
	bool levelled; /* a level may follow, in percent */
} known[] = {
	{ "n", STAT_N, false },           { "mean", STAT_MEAN, false },     { "std", STAT_STD, false },
	{ "sem", STAT_SEM, false },       { "sum", STAT_SUM, false },       { "min", STAT_MIN, false },
	{ "max", STAT_MAX, false },       { "median", STAT_MEDIAN, false }, { "iqm", STAT_IQM, false },
	{ "mad", STAT_MAD, false },       { "bounds", STAT_BOUNDS, false }, { "ci", STAT_CI, true },
	{ "wilson", STAT_WILSON, true },  { "clopper", STAT_CLOPPER, true },
};

const char wanted_known[] = "n, mean, std, sem, sum, min, max, median, p5 (any percentile), iqm, mad, ci95, wilson, "
							"clopper (any level: wilson90), bounds";

/* What follows the prefix, as a number of percent. */
static bool percent_after(const struct work *w, struct str name, size_t prefix, double *out)
{
	const struct str rest = { name.p + prefix, name.n - prefix };

	return rest.n && rest.p[0] >= '0' && rest.p[0] <= '9' && w->host->number(rest, out) && *out >= 0 && *out <= 100;
}

static bool stat_parse(const struct work *w, struct str name, struct wanted *out)
{
	double percent;

	*out = (struct wanted){ .name = name, .p = 0.95 };
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		const struct str word = str_of(known[i].name);

		if (str_same(name, word) && known[i].stat != STAT_CI) {
			out->stat = known[i].stat;
			return true;
		}
		if (known[i].levelled && name.n > word.n && str_same((struct str){ name.p, word.n }, word) &&
		    percent_after(w, name, word.n, &percent) && percent > 0 && percent < 100) {
			out->stat = known[i].stat;
			out->p = percent / 100;
			return true;
		}
	}
	if (name.n < 2 || (name.p[0] != 'q' && name.p[0] != 'p') || !percent_after(w, name, 1, &percent))
		return false;
	out->stat = STAT_QUANTILE;
	out->p = percent / 100;
	return true;
}

static void needs(struct measured *m, enum stat stat)
{
	m->keeps |= stat == STAT_MEDIAN || stat == STAT_QUANTILE || stat == STAT_IQM || stat == STAT_MAD;
	m->truths |= stat == STAT_WILSON || stat == STAT_CLOPPER;
	m->shares |= stat == STAT_BOUNDS;
	m->bounded |= stat == STAT_BOUNDS;
}

static int measured_read(const struct work *w, const struct pair *pair, struct measured *m)
{
	const struct value *items = pair->val.type == V_LIST ? pair->val.list.items : &pair->val;
	struct text prefix = { .w = w }, field = { .w = w };

	text_add(&field, pair->key);
	text_printf(&prefix, "%.*s_", STR_ARG(pair->key));
	m->name = pair->key;
	m->prefix = text_str(&prefix);
	m->n = pair->val.type == V_LIST ? pair->val.list.n : 1;
	m->stats = work_array(w, struct wanted, m->n);
	for (size_t i = 0; i < m->n; i++) {
		struct text hint = { .w = w };

		text_printf(&hint, "there are %s", wanted_known);
		if (items[i].type != V_STR || !stat_parse(w, items[i].s, &m->stats[i]))
			return w->host->fail(w->job, field.p, hint.p, "'%.*s' is no statistic", STR_ARG(cell_text(w, &items[i])));
		for (size_t k = 0; k < i; k++)
			if (str_same(m->stats[k].name, m->stats[i].name))
				return w->host->fail(w->job, field.p, "name each statistic once", "'%.*s' is asked of '%.*s' twice",
				                     STR_ARG(m->stats[i].name), STR_ARG(m->name));
		needs(m, m->stats[i].stat);
	}
	return 0;
}

int wanted_read(const struct work *w, struct measured **out, size_t *n)
{
	const struct value *all = w->host->fields(w->job);

	*out = work_array(w, struct measured, all->map.n);
	*n = 0;
	for (size_t i = 0; i < all->map.n; i++) {
		const struct pair *pair = &all->map.pairs[i];

		if (str_is(pair->key, "of") || str_is(pair->key, "by") || pair->val.type == V_NULL)
			continue;
		if (measured_read(w, pair, &(*out)[(*n)++]))
			return -1;
	}
	if (!*n)
		return w->host->fail(w->job, NULL, "add a column and its statistics: `accuracy: [mean, std]`",
		                     "no column is aggregated");
	return 0;
}
