/* SPDX-License-Identifier: GPL-3.0-or-later
 * The fields of `plot`. */
#include <math.h>

#include "plugins/plot/figure.h"

static struct str text_of(const struct value *map, const char *key)
{
	const struct value *v = value_get(map, key);

	return v && v->type == V_STR ? v->s : (struct str){ "", 0 };
}

/* A column name is not prose: macro_f1 → macro f1. */
static struct str prose(const struct work *w, struct str name)
{
	struct text t = { .w = w };

	for (size_t i = 0; i < name.n; i++)
		text_add(&t, name.p[i] == '_' ? STR(" ") : (struct str){ name.p + i, 1 });
	return text_str(&t);
}

static void axis_read(const struct work *w, const char *name, struct axis *out)
{
	const struct value *v = value_get(w->host->fields(w->job), name);
	struct str scale = text_of(v, "scale");

	*out = (struct axis){ .min = NAN, .max = NAN };
	if (v && v->type == V_STR)
		out->field = v->s;
	else if (v && v->type == V_LIST && v->list.n && v->list.items[0].type == V_STR)
		out->field = v->list.items[0].s;
	else
		out->field = text_of(v, "field");
	out->label = text_of(v, "label");
	if (!out->label.n)
		out->label = prose(w, out->field);
	out->low = text_of(v, "low");
	out->high = text_of(v, "high");
	out->scale = str_is(scale, "log") ? SCALE_LOG : str_is(scale, "linear") ? SCALE_LINEAR : SCALE_AUTO;
	out->min_set = value_number(value_get(v, "min"), &out->min);
	out->max_set = value_number(value_get(v, "max"), &out->max);
}

static bool axis_check(const struct axis *a)
{
	if ((a->min_set && !isfinite(a->min)) || (a->max_set && !isfinite(a->max)))
		return false;
	if (a->scale == SCALE_LOG && ((a->min_set && a->min <= 0) || (a->max_set && a->max <= 0)))
		return false;
	return !(a->min_set && a->max_set && a->min >= a->max);
}

static void real_field(const struct work *w, const char *name, double *out)
{
	(void)value_number(value_get(w->host->fields(w->job), name), out);
}

static bool truth_field(const struct work *w, const char *name)
{
	const struct value *v = value_get(w->host->fields(w->job), name);

	return v && v->type == V_BOOL && v->b;
}

/* A list of column names, each NUL-terminated. */
static int names_field(const struct work *w, const char *name, struct str **out, size_t *n)
{
	const struct value *items = field_list(w, name, n);

	if (*n == 1 && items->type == V_MAP) {
		items = value_get(items, "field");
		*n = items ? 1 : 0;
	}
	*out = work_array(w, struct str, *n);
	for (size_t i = 0; i < *n; i++) {
		struct text z = { .w = w };

		if (items[i].type != V_STR)
			return w->host->fail(w->job, name, NULL, "item %zu of '%s' is no column name", i + 1, name);
		text_add(&z, items[i].s);
		(*out)[i] = (struct str){ z.p, z.n };
	}
	return 0;
}

static enum bars bars_field(const struct work *w)
{
	struct str bars = field_text(w, "bars");

	return str_is(bars, "sd") ? BARS_SD : str_is(bars, "sem") ? BARS_SEM : str_is(bars, "none") ? BARS_NONE : BARS_CI95;
}

int figure_fields(struct figure *f)
{
	const struct work *w = f->w;

	axis_read(w, "x", &f->x);
	axis_read(w, "y", &f->y);
	f->title = field_text(w, "title");
	f->bars = bars_field(w);
	f->forest = str_is(field_text(w, "style"), "forest");
	f->residuals = truth_field(w, "residuals");
	f->width = 16;
	f->height = 10;
	real_field(w, "width", &f->width);
	real_field(w, "height", &f->height);
	if (names_field(w, "by", &f->by, &f->by_n) || names_field(w, "y", &f->labels, &f->labels_n))
		return -1;
	if (!f->forest && f->labels_n > 1)
		return w->host->fail(w->job, "y", "one plot a column, or `query` to put the columns under each other",
		                     "only `style: forest` takes several columns as 'y'");
	if (f->forest && f->residuals)
		return w->host->fail(w->job, "residuals", NULL, "`style: forest` shows no curve, so it has no residuals");
	for (size_t i = 0; i < 2; i++)
		if (!axis_check(i ? &f->y : &f->x))
			return w->host->fail(w->job, i ? "y" : "x", "min is below max, both are finite, and on a log axis both are above 0",
			                     "the axis has no range");
	return 0;
}
