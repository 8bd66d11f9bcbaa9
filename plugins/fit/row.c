/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One row of `fit`. What is missing is null; its columns are described in docs/statistics.md.
 */
#include <math.h>
#include <string.h>

#include "engine/stat/fastmath.h"
#include "plugins/fit/fit.h"

#define DRAWS_KEPT 4000 /* the replication of Chinchilla draws so many */

static const struct value null_value = { .type = V_NULL };

static struct value real_or_null(double v)
{
	return isfinite(v) ? value_real(v) : null_value;
}

static struct value text_value(const char *z)
{
	return z ? value_str(str_of(z)) : null_value;
}

static struct value list_new(const struct work *w, size_t n)
{
	return (struct value){ .type = V_LIST, .list = { work_array(w, struct value, n), n } };
}

static struct value reals(const struct work *w, const double *v, size_t n)
{
	struct value list = list_new(w, n);

	for (size_t i = 0; i < n; i++)
		list.list.items[i] = real_or_null(v[i]);
	return list;
}

static const char *end_name(enum fit_end end)
{
	static const char *const names[] = { "found", "open", "bound", NULL };

	return names[end];
}

static void put_key(struct row *row, struct str name, const char *suffix, struct value v)
{
	struct text t = { .w = row->w };

	text_printf(&t, "%.*s%s", STR_ARG(name), suffix);
	row_put(row, text_str(&t), v);
}

static void put_parameters(struct row *row, const struct fitted *f)
{
	struct value names = list_new(row->w, f->p);

	for (size_t k = 0; k < f->p; k++) {
		const struct fit_interval *i = f->main ? &f->main[k] : NULL;
		double unit[FIT_PARAMS] = { 0 }, df, se = NAN;

		unit[k] = 1;
		if (f->spread.kind != SPREAD_NONE)
			se = spread_se(&f->spread, unit, &df);
		names.list.items[k] = value_str(f->names[k]);
		put_key(row, f->names[k], "", f->refused ? null_value : real_or_null(f->r.params[k]));
		put_key(row, f->names[k], "_se", se > 0 ? real_or_null(se) : null_value);
		put_key(row, f->names[k], "_low", i && i->low_end == FIT_END_FOUND ? real_or_null(i->low) : null_value);
		put_key(row, f->names[k], "_high", i && i->high_end == FIT_END_FOUND ? real_or_null(i->high) : null_value);
		put_key(row, f->names[k], "_low_end", i ? text_value(end_name(i->low_end)) : null_value);
		put_key(row, f->names[k], "_high_end", i ? text_value(end_name(i->high_end)) : null_value);
	}
	row_set(row, "parameters", names);
}

static void put_method(struct row *into, const char *name, const struct fitted *f, const struct fit_interval *all, bool there)
{
	struct row row = { .w = into->w, .map.type = V_MAP };

	for (size_t k = 0; there && k < f->p; k++) {
		const double ends[2] = { all[k].low, all[k].high };

		row_put(&row, f->names[k], reals(into->w, ends, 2));
	}
	if (there)
		row_set(into, name, row.map);
}

static void put_intervals(struct row *row, const struct fitted *f)
{
	struct row all = { .w = row->w, .map.type = V_MAP };

	row_set(row, "interval", text_value(f->method));
	row_set(row, "level", value_real(f->s->level));
	put_method(&all, "delta", f, f->delta, f->has_delta);
	put_method(&all, "profile", f, f->profile, f->has_profile);
	put_method(&all, "bootstrap", f, f->boot, f->has_boot);
	row_set(row, "intervals", all.map);
}

static struct value named(const struct work *w, const struct fitted *f, const double *params)
{
	struct row row = { .w = w, .map.type = V_MAP };

	for (size_t k = 0; k < f->p; k++)
		row_put(&row, f->names[k], real_or_null(params[k]));
	return row.map;
}

static void put_quality(struct row *row, const struct fitted *f)
{
	const struct fit_result *r = &f->r;
	const bool there = !f->refused;

	row_real(row, "s", there ? sqrt(r->s2) : NAN);
	row_real(row, "rmse", there ? sqrt(r->rss / (double)r->n) : NAN);
	row_real(row, "r2", there ? r->r2 : NAN);
	row_set(row, "r2_space", text_value(f->s->space == FIT_LOG ? "log" : "raw"));
	row_real(row, "aicc", there ? r->aicc : NAN);
	row_real(row, "bic", there ? r->bic : NAN);
	row_real(row, "objective", there ? r->objective : NAN);
	row_real(row, "gradient", there ? r->gradient : NAN);
	row_set(row, "starts", value_int((int64_t)r->starts));
	row_set(row, "reached_best", value_int((int64_t)r->reached_best));
	row_real(row, "next_objective", there && r->has_next ? r->next_objective : NAN);
	row_set(row, "next", there && r->has_next ? named(row->w, f, r->next_params) : null_value);
}

static void put_covariance(struct row *row, const struct fitted *f)
{
	struct value all = list_new(row->w, f->p);

	for (size_t k = 0; k < f->p; k++)
		all.list.items[k] = reals(row->w, f->spread.covariance + k * f->p, f->p);
	row_set(row, "covariance", f->spread.kind == SPREAD_NONE ? null_value : all);
	row_real(row, "df", f->spread.kind == SPREAD_NONE ? NAN : f->spread.df);
}

static void put_checks(struct row *row, const struct fitted *f)
{
	const struct holdout *h = &f->hold;
	struct value all = list_new(row->w, f->sensitivity_n);

	row_set(row, "holdout_n", value_int((int64_t)h->n));
	row_real(row, "holdout_above", h->done ? h->above : NAN);
	row_real(row, "holdout_rmsle", h->done ? h->rmsle : NAN);
	row_real(row, "holdout_bias", h->done ? h->bias : NAN);
	row_real(row, "holdout_coverage", h->done ? h->coverage : NAN);
	row_real(row, "last_value_rmsle", h->done ? h->last_value : NAN);
	row_real(row, "power2_rmsle", h->done ? h->power2 : NAN);
	row_real(row, "f", f->f.possible ? f->f.f : NAN);
	row_real(row, "f_p", f->f.possible ? f->f.p : NAN);
	row_set(row, "f_against", f->f.possible ? text_value(f->f_against) : null_value);
	row_real(row, "runs_p", f->runs_p);
	row_real(row, "lag1", f->lag1);
	row_set(row, "loo_parameter", isfinite(f->loo_low) ? value_str(f->names[f->loo_parameter]) : null_value);
	row_real(row, "loo_low", f->loo_low);
	row_real(row, "loo_high", f->loo_high);
	for (size_t i = 0; i < f->sensitivity_n; i++) {
		struct row one = { .w = row->w, .map.type = V_MAP };

		row_set(&one, "what", text_value(f->sensitivity[i].what));
		for (size_t k = 0; k < f->p; k++)
			row_put(&one, f->names[k], real_or_null(f->sensitivity[i].params[k]));
		all.list.items[i] = one.map;
	}
	row_set(row, "sensitivity", all);
	row_set(row, "chosen", value_bool(f->chosen));
}

static void put_notes(struct row *row, const struct fitted *f)
{
	struct value all = list_new(row->w, f->notes_n);
	struct text text = { .w = row->w };

	for (size_t i = 0; i < f->notes_n; i++) {
		struct row one = { .w = row->w, .map.type = V_MAP };

		row_set(&one, "code", text_value(f->notes[i].code));
		row_set(&one, "text", text_value(f->notes[i].text));
		all.list.items[i] = one.map;
		text_printf(&text, "%s%s", i ? "; " : "", f->notes[i].text);
	}
	row_set(row, "warnings", all);
	row_set(row, "warning", f->notes_n ? value_str(text_str(&text)) : null_value);
	row_set(row, "refused", text_value(f->refused));
}

/* ---- curve and points --------------------------------------------------------------------------------------------- */

static struct value x_value(const struct work *w, const double *x, size_t columns)
{
	return columns == 1 ? value_real(*x) : reals(w, x, columns);
}

static struct value band_row(const struct fitted *f, const double *x)
{
	struct row row = { .w = f->s->w, .map.type = V_MAP };
	const struct band b = fit_band(f, x, f->seeds);
	bool inside = true;

	for (size_t c = 0; c < f->g->columns; c++) {
		double low = INFINITY, high = -INFINITY;

		for (size_t i = 0; i < f->g->n; i++) {
			low = fmin(low, f->g->x[i * f->g->columns + c]);
			high = fmax(high, f->g->x[i * f->g->columns + c]);
		}
		inside &= x[c] >= low && x[c] <= high;
	}
	row_set(&row, "x", x_value(f->s->w, x, f->g->columns));
	row_real(&row, "y", b.y);
	row_real(&row, "mean_low", b.mean_low);
	row_real(&row, "mean_high", b.mean_high);
	row_real(&row, "low", b.low);
	row_real(&row, "high", b.high);
	row_set(&row, "inside", value_bool(inside));
	return row.map;
}

/* From half of the least x to twice the largest where x is a scale of ratios, else a tenth of the range on either side. */
static struct value curve_value(const struct fitted *f)
{
	const struct sample *g = f->g;
	const double first = g->places ? g->place_x[0] : 0, last = g->places ? g->place_x[g->places - 1] : 0;
	const bool ratios = f->law ? f->law->domain != LAW_ANY_X : first > 0;
	struct value list = list_new(f->s->w, 0);

	if (f->refused || g->columns > 1)
		return list;
	double low = ratios ? first / 2 : first - (last - first) / 10, high = ratios ? last * 2 : last + (last - first) / 10;

	if (f->law && f->law->domain == LAW_X_ABOVE_1)
		low = fmax(low, 1 + (first - 1) / 2);
	list = list_new(f->s->w, CURVE_PLACES + 1);
	for (size_t i = 0; i <= CURVE_PLACES; i++) {
		const double share = (double)i / CURVE_PLACES;
		const double x = ratios ? fm_exp(fm_log(low) * (1 - share) + fm_log(high) * share) : low * (1 - share) + high * share;

		list.list.items[i] = band_row(f, &x);
	}
	return list;
}

static struct value points_value(const struct fitted *f)
{
	const struct sample *g = f->g;
	struct value list = list_new(f->s->w, g->places);

	for (size_t c = 0; c < g->places; c++) {
		struct row row = { .w = f->s->w, .map.type = V_MAP };
		double sum = 0, residual = 0, squares = 0;
		size_t n = 0;

		for (size_t i = 0; i < g->n; i++) {
			if (g->place[i] != c)
				continue;
			sum += g->y[i];
			residual += f->refused ? NAN : f->r.residual[i];
			n++;
		}
		for (size_t i = 0; i < g->n; i++)
			if (g->place[i] == c)
				squares += (g->y[i] - sum / (double)n) * (g->y[i] - sum / (double)n);
		row_set(&row, "x", x_value(f->s->w, g->place_x + c * g->columns, g->columns));
		row_real(&row, "y", sum / (double)n);
		row_real(&row, "sd", n > 1 ? sqrt(squares / (double)(n - 1)) : NAN);
		row_set(&row, "n", value_int((int64_t)n));
		row_real(&row, "residual", residual / (double)n);
		list.list.items[c] = row.map;
	}
	return list;
}

static struct value predict_value(const struct fitted *f)
{
	const struct value *asked = f->s->predict;
	struct value list = list_new(f->s->w, 0);

	if (f->refused || !asked || asked->type != V_LIST)
		return list;
	list = list_new(f->s->w, asked->list.n);
	for (size_t i = 0; i < asked->list.n; i++) {
		const struct value *v = &asked->list.items[i];
		double x[SAMPLE_COLUMNS] = { 0 };

		if (v->type == V_LIST)
			for (size_t c = 0; c < v->list.n && c < SAMPLE_COLUMNS; c++)
				(void)value_number(&v->list.items[c], &x[c]);
		else
			(void)value_number(v, &x[0]);
		list.list.items[i] = band_row(f, x);
	}
	return list;
}

static struct value draws_value(const struct fitted *f)
{
	struct value list = list_new(f->s->w, f->draws_n < DRAWS_KEPT ? f->draws_n : DRAWS_KEPT);

	for (size_t i = 0; i < list.list.n; i++)
		if (isfinite(f->draws[i * f->p]))
			list.list.items[i] = reals(f->s->w, f->draws + i * f->p, f->p);
	return list;
}

/* ---- the row ------------------------------------------------------------------------------------------------------ */

static void put_what(struct row *row, const struct fitted *f)
{
	const struct fit_settings *s = f->s;
	struct text loss = { .w = row->w };
	struct value x = list_new(row->w, s->columns.columns);

	for (size_t c = 0; c < s->columns.columns; c++)
		x.list.items[c] = value_str(s->columns.x[c]);
	if (s->loss == FIT_HUBER)
		text_printf(&loss, "huber %.*s", STR_ARG(number_text(row->w, s->delta)));
	else
		text_z(&loss, s->loss == FIT_L1 ? "l1" : "l2");
	row_set(row, "law", text_value(f->name));
	row_set(row, "formula", text_value(f->law ? f->law->formula : s->formula_text));
	row_set(row, "latex", text_value(f->law ? f->law->latex : NULL));
	row_set(row, "x", s->columns.columns == 1 ? x.list.items[0] : x);
	row_set(row, "y", value_str(s->columns.y));
	row_set(row, "space", text_value(s->space == FIT_LOG ? "log" : "raw"));
	row_set(row, "loss", value_str(text_str(&loss)));
	row_set(row, "weights", s->columns.weight.n ? value_str(s->columns.weight) : null_value);
	row_set(row, "n", value_int((int64_t)f->g->n));
	row_set(row, "n_x", value_int((int64_t)f->g->places));
	row_set(row, "clusters", s->columns.over.n ? value_int((int64_t)f->g->clusters) : null_value);
	row_set(row, "left_out", value_int((int64_t)f->g->left_out));
}

static void put_range(struct row *row, const struct sample *g)
{
	double low[SAMPLE_COLUMNS], high[SAMPLE_COLUMNS];

	for (size_t c = 0; c < g->columns; c++) {
		low[c] = INFINITY;
		high[c] = -INFINITY;
		for (size_t i = 0; i < g->n; i++) {
			low[c] = fmin(low[c], g->x[i * g->columns + c]);
			high[c] = fmax(high[c], g->x[i * g->columns + c]);
		}
	}
	row_set(row, "x_min", g->n ? x_value(row->w, low, g->columns) : null_value);
	row_set(row, "x_max", g->n ? x_value(row->w, high, g->columns) : null_value);
}

struct value fit_row(const struct fitted *f, const struct sample_set *set)
{
	const struct sample *g = f->g;
	struct row row = { .w = f->s->w };

	for (size_t i = 0; i < set->by_count; i++)
		row_put(&row, set->by_names[i], g->by[i]);
	put_what(&row, f);
	put_parameters(&row, f);
	put_intervals(&row, f);
	put_quality(&row, f);
	put_range(&row, g);
	put_covariance(&row, f);
	row_set(&row, "influence", fit_influence(f));
	put_checks(&row, f);
	put_notes(&row, f);
	row_set(&row, "seeds", real_or_null(f->seeds));
	row_set(&row, "resamples", value_int((int64_t)(f->draws_n - f->draws_failed)));
	row_set(&row, "predict", predict_value(f));
	row_set(&row, "curve", curve_value(f));
	row_set(&row, "points", points_value(f));
	row_set(&row, "draws", draws_value(f));
	return row.map;
}
