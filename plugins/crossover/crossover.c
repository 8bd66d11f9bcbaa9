/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `crossover`: where two fitted laws meet. Roots of their difference over log x, from a hundredth of the smallest x of the
 * data to a hundred times the largest; each with a percentile interval from the paired draws of the fit.
 */
#include <math.h>
#include <string.h>

#include "engine/stat/order.h"
#include "plugins/crossover/meet.h"
#include "plugins/kinds.h"

static const struct field fields[] = {
	{ .name = "of", .type = T_TABLE, .flags = F_REQUIRED, .help = "a fit step" },
	{ .name = "between", .type = T_LIST | T_TEXT, .flags = F_REQUIRED, .help = "the two groups, such as [manual, gpt]" },
	{ .name = "better", .type = T_TEXT, .choices = "higher|lower", .fallback = "higher", .help = "which y is better" },
	{ .name = NULL },
};

static const struct output outputs[] = { { "table", "table.jsonl" }, { NULL, NULL } };

struct crossover {
	const struct work *w;
	struct str names[2];
	struct meet_law laws[2];
	struct str x; /* what the x axis is called */
	double low, high; /* range of the data of both */
	bool lower_is_better;
	double share; /* of draws that cross inside the data's range; NaN without draws */
};

/* The group of the row: its cells before the column `law`, one of them or all joined by ", ". */
static bool row_is(const struct work *w, const struct frame *f, size_t row, struct str name)
{
	struct text all = { .w = w };

	for (size_t i = 0; i < f->columns.n && !str_is(f->columns.names[i], "law"); i++) {
		struct str cell = cell_text(w, frame_cell(f, row, i));

		if (str_same(cell, name))
			return true;
		text_printf(&all, "%s%.*s", i ? ", " : "", STR_ARG(cell));
	}
	return str_same(text_str(&all), name);
}

static int law_find(const struct work *w, const struct frame *f, struct str name, size_t *out)
{
	struct text there = { .w = w };
	size_t found = 0;

	for (size_t i = 0; i < f->n; i++) {
		if (row_is(w, f, i, name)) {
			*out = i;
			found++;
		}
		text_printf(&there, "%s%.*s", i ? ", " : "", STR_ARG(cell_text(w, frame_cell(f, i, 0))));
	}
	if (found == 1)
		return 0;
	if (found)
		return w->host->fail(w->job, "between", "name one of them, or give the step the axes that tell them apart",
		                     "%zu laws of %.*s are called '%.*s'", found, STR_ARG(f->columns.label), STR_ARG(name));
	return w->host->fail(w->job, "between", NULL, "%.*s has no law for '%.*s'; it has %s", STR_ARG(f->columns.label),
	                     STR_ARG(name), there.n ? there.p : "none");
}

static int law_read(struct crossover *c, const struct frame *f, size_t row, size_t which)
{
	const struct work *w = c->w;
	struct meet_law *l = &c->laws[which];
	const struct value *refused = frame_get(f, row, "refused"), *draws = frame_get(f, row, "draws");

	if (!cell_missing(refused))
		return w->host->fail(w->job, "of", NULL, "there is no law for '%.*s': %.*s", STR_ARG(c->names[which]),
		                     STR_ARG(cell_text(w, refused)));
	if (!meet_law_read(f, row, l))
		return w->host->fail(w->job, "of", "`of` names a step of kind fit", "%.*s is no table of fitted laws",
		                     STR_ARG(f->columns.label));
	meet_draws_read(w, draws, l);
	if (!which || l->x_min < c->low)
		c->low = l->x_min;
	if (!which || l->x_max > c->high)
		c->high = l->x_max;
	c->x = cell_text(w, frame_get(f, row, "x"));
	return 0;
}

static int crossover_fields(struct crossover *c)
{
	const struct work *w = c->w;
	struct frame f;
	size_t n;
	const struct value *names = field_list(w, "between", &n);

	c->lower_is_better = str_is(field_text(w, "better"), "lower");
	if (n != 2)
		return w->host->fail(w->job, "between", "write [manual, gpt]", "a crossover is between 2 groups, not %zu", n);
	if (frame_read(w, field_text(w, "of"), "of", &f))
		return -1;
	for (size_t i = 0; i < 2; i++) {
		size_t row = 0;

		c->names[i] = cell_text(w, &names[i]);
		if (law_find(w, &f, c->names[i], &row) || law_read(c, &f, row, i))
			return -1;
	}
	return 0;
}

/* ---- rows --------------------------------------------------------------------------------------------------------- */

/* Name of the group that is better where the difference a - b has this sign. */
static struct value better(const struct crossover *c, double difference)
{
	if (difference == 0)
		return (struct value){ .type = V_NULL };
	return value_str(c->names[(difference > 0) == c->lower_is_better]);
}

static bool inside(const struct crossover *c, double x)
{
	return x >= c->low && x <= c->high;
}

static void note_beyond(const struct crossover *c, double x, struct text *note)
{
	for (size_t i = 0; i < 2; i++) {
		const struct meet_law *l = &c->laws[i];

		if (x < l->x_min || x > l->x_max)
			text_printf(note, "%sbeyond the data of %.*s (%.*s to %.*s)", note->n ? "; " : "", STR_ARG(c->names[i]),
			            STR_ARG(digits_text(c->w, l->x_min, 4)), STR_ARG(digits_text(c->w, l->x_max, 4)));
	}
}

/* Percentile interval over the draws: each draw's root of the same direction that is nearest on the log axis. */
static void interval(const struct crossover *c, const struct meet_root *root, double *low, double *high)
{
	size_t n = 0, all = meet_draws(&c->laws[0], &c->laws[1]);
	double *near = work_array(c->w, double, all);

	for (size_t i = 0; i < all; i++) {
		struct meet_root roots[MEET_ROOTS];
		size_t found = meet_draw(c->laws, i, (double[2]){ c->low / 100, c->high * 100 }, roots);
		double best = INFINITY;

		for (size_t k = 0; k < found; k++)
			if ((roots[k].below > 0) == (root->below > 0) &&
			    fabs(log(roots[k].x / root->x)) < fabs(log(best / root->x)))
				best = roots[k].x;
		if (isfinite(best))
			near[n++] = best;
	}
	sort_reals(near, n);
	*low = n >= 20 ? quantile_sorted(near, n, 0.025) : NAN;
	*high = n >= 20 ? quantile_sorted(near, n, 0.975) : NAN;
}

static double share_crossing(const struct crossover *c)
{
	size_t all = meet_draws(&c->laws[0], &c->laws[1]), crossing = 0, tried = 0;

	for (size_t i = 0; i < all; i++) {
		struct meet_root roots[MEET_ROOTS];

		if (!meet_draw_known(c->laws, i))
			continue;
		tried++;
		crossing += meet_draw(c->laws, i, (double[2]){ c->low, c->high }, roots) > 0;
	}
	return tried ? (double)crossing / (double)tried : NAN;
}

static struct value crossover_row(const struct crossover *c, const struct meet_root *root)
{
	struct row row = { .w = c->w };
	struct text note = { .w = c->w };
	double low = NAN, high = NAN, difference = root ? root->below : meet_difference(c->laws, sqrt(c->low * c->high));
	static const char *const taken[] = { "a", "b", "crosses", "level", "low", "high", "inside" };
	struct str column = c->x.n ? c->x : STR("x");

	for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
		if (str_is(column, taken[i]))
			column = STR("x");
	if (root) {
		interval(c, root, &low, &high);
		note_beyond(c, root->x, &note);
	} else if (difference == 0) {
		text_z(&note, "the two laws are the same");
	} else {
		text_printf(&note, "the laws do not meet between %.*s and %.*s", STR_ARG(digits_text(c->w, c->low / 100, 4)),
		            STR_ARG(digits_text(c->w, c->high * 100, 4)));
	}
	row_set(&row, "a", value_str(c->names[0]));
	row_set(&row, "b", value_str(c->names[1]));
	row_set(&row, "crosses", value_bool(root != NULL));
	if (!str_is(column, "x")) /* which column holds the place */
		row_set(&row, "x", value_str(c->x));
	row_put(&row, column, root ? value_real(root->x) : (struct value){ .type = V_NULL });
	row_real(&row, "level", root ? power_at(&c->laws[0].law, root->x) : NAN);
	row_real(&row, "low", low);
	row_real(&row, "high", high);
	row_set(&row, "inside", value_bool(root && inside(c, root->x)));
	row_real(&row, "probability", c->share);
	row_set(&row, "better_below", better(c, difference));
	row_set(&row, "better_above", better(c, root ? root->above : difference));
	row_set(&row, "note", note.n ? value_str(text_str(&note)) : (struct value){ .type = V_NULL });
	return row.map;
}

static int row_write(const struct crossover *c, struct writer *out, const struct meet_root *root)
{
	struct value row = crossover_row(c, root);

	return c->w->host->rows_put(out, &row);
}

static int crossover_run(const struct host *host, struct job *job)
{
	const struct work w = { host, job };
	struct crossover c = { .w = &w };
	struct meet_root roots[MEET_ROOTS];

	if (crossover_fields(&c))
		return -1;
	c.share = share_crossing(&c);
	size_t n = meet_roots(c.laws, (double[2]){ c.low / 100, c.high * 100 }, MEET_FINE, roots);
	struct writer *out = host->rows_open(job, "table");

	if (!out)
		return -1;
	/* Meetings inside the data first: those are what was asked for, the others are extrapolations. */
	for (size_t pass = 0; pass < 2 && n; pass++)
		for (size_t i = 0; i < n; i++)
			if (inside(&c, roots[i].x) == (pass == 0) && row_write(&c, out, &roots[i]))
				return -1;
	return n ? 0 : row_write(&c, out, NULL);
}

const struct kind kind_crossover = {
	.abi = RUNG_ABI,
	.struct_size = sizeof(struct kind),
	.name = "crossover",
	.version = 2,
	.summary = "where two fitted laws meet, with an interval",
	.exec = EXEC_WORKER,
	.fields = fields,
	.outputs = outputs,
	.run = crossover_run,
};
