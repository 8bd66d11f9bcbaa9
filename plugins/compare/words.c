/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugins/compare/words.h"

#include <math.h>

#define FEW_TO_REDRAW 10 /* below, bootstrap intervals are known to cover too little */

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

static struct str y_name(const struct outcome *o)
{
	return o->arms->frame.columns.names[o->arms->y];
}

static struct str short_number(const struct work *w, double x)
{
	struct text t = { .w = w };

	text_printf(&t, "%.3g", x);
	return text_str(&t);
}

/* ---- refused ------------------------------------------------------------------------------------------------------ */

static const char *units_of(const struct duel *d)
{
	return d->arms->clustered ? "cluster" : d->paired ? "pair" : "value";
}

static const char *empty_arm(const struct work *w, const struct outcome *o)
{
	struct text t = { .w = w };
	const struct duel *d = o->duel;
	const struct arm *a = &o->group->arms[d->a], *b = &o->group->arms[d->b];

	if (d->nx && d->ny)
		return NULL;
	if (a->n && b->n)
		text_printf(&t, "no row of %.*s has a partner among those of %.*s", STR_ARG(arm_name(o->arms, d->a)),
		            STR_ARG(arm_name(o->arms, d->b)));
	else
		text_printf(&t, "%.*s has no values here", STR_ARG(arm_name(o->arms, a->n ? d->b : d->a)));
	return t.p;
}

const char *words_refused(const struct work *w, const struct outcome *o)
{
	struct text t = { .w = w };
	const struct duel *d = o->duel;
	const char *empty = d ? empty_arm(w, o) : NULL;

	if (empty)
		return empty;
	if (d && d->all_equal) {
		text_printf(&t, "every %.*s is %.*s in both arms: there is no difference to test", STR_ARG(y_name(o)),
		            STR_ARG(number_text(w, d->x[0])));
		return t.p;
	}
	if (d && o->test == USE_PERMUTATION && d->arms->clustered && !d->paired)
		return "whole clusters are permuted for paired rows only: take welch or bootstrap, or name `pair:`";
	if (o->r.state == TEST_OK)
		return NULL;
	if (!d) {
		text_printf(&t, o->r.state == TEST_TOO_FEW ? (o->test == USE_FRIEDMAN ? "no %s is there in every arm" : "an arm has no values")
		                                          : "all values are the same: nothing to rank", "pair key");
		return t.p;
	}
	if (o->r.state == TEST_TOO_FEW)
		text_printf(&t, "%zu %s%s: too few for a spread", d->units, units_of(d), plural(d->units));
	else if (d->paired && !d->wins && !d->losses)
		text_printf(&t, "all %zu differences are 0", d->n);
	else if (o->r.state == TEST_ALL_ZERO)
		text_printf(&t, "the differences of every cluster add up to 0");
	else if (d->paired)
		text_printf(&t, "all %zu differences are %.*s: no spread to judge them by", d->n, STR_ARG(number_text(w, d->difference)));
	else
		text_printf(&t, "the values of both arms do not vary: no spread to judge the difference by");
	return t.p;
}

/* ---- verdict ------------------------------------------------------------------------------------------------------ */

static void verdict_p(const struct work *w, struct text *t, const struct outcome *o, const struct wording *with)
{
	text_printf(t, "p = %.*s", STR_ARG(short_number(w, o->adjusted)));
	if (o->family > 1 && with->correct)
		text_printf(t, " by %s over %zu", with->correct, o->family);
}

/* An exact test has its own smallest p: ties and zeros raise it. A t test is held to what an exact one could show, for with
 * so few rows its p-value rests on the normal law alone. */
static bool too_few(const struct work *w, struct text *t, const struct outcome *o, const struct wording *with)
{
	const struct duel *d = o->duel;
	double alpha = with->settings->alpha, own = isfinite(o->r.smallest) ? o->r.smallest : 0;

	if (d && d->smallest > alpha) {
		text_printf(t, "cannot be significant: no exact test of %zu %s%s gives p below %.*s", d->units, units_of(d),
		            plural(d->units), STR_ARG(short_number(w, d->smallest)));
		return true;
	}
	if (d && own > alpha) {
		text_printf(t, "cannot be significant: %s of %zu %s%s%s gives no p below %.*s", test_kinds[o->test].name, o->r.n, units_of(d),
		            plural(o->r.n), d->paired ? " that differ" : "", STR_ARG(short_number(w, own)));
		return true;
	}
	if (with->steps_down && o->family > 1 && o->family_smallest * (double)o->family > alpha) {
		text_printf(t, "cannot be significant: %s over %zu needs one p of %.*s, and none can be below %.*s", with->correct, o->family,
		            STR_ARG(short_number(w, alpha / (double)o->family)), STR_ARG(short_number(w, o->family_smallest)));
		return true;
	}
	return false;
}

static const char *verdict(const struct work *w, const struct outcome *o, const struct wording *with)
{
	struct text t = { .w = w };
	const struct duel *d = o->duel;
	enum alternative side = with->settings->options.alternative;

	if (too_few(w, &t, o, with)) {
		text_printf(&t, " (p = %.*s)", STR_ARG(short_number(w, o->r.p)));
	} else if (o->adjusted <= with->settings->alpha) {
		bool above = side == TWO_SIDED && d ? d->difference > 0 : side == GREATER;

		if (d)
			text_printf(&t, "%.*s is %s %.*s: ", STR_ARG(arm_name(o->arms, d->a)), above ? "above" : "below",
			            STR_ARG(arm_name(o->arms, d->b)));
		else
			text_printf(&t, "the %zu arms differ: ", o->arms->names.n);
		verdict_p(w, &t, o, with);
	} else {
		text_printf(&t, "no difference shown at %.*s: ", STR_ARG(short_number(w, with->settings->alpha)));
		verdict_p(w, &t, o, with);
	}
	return t.p;
}

/* ---- warnings ----------------------------------------------------------------------------------------------------- */

static void say(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void say(struct text *t, const char *fmt, ...)
{
	va_list ap;

	if (t->n)
		text_z(t, "; ");
	va_start(ap, fmt);
	text_vprintf(t, fmt, ap);
	va_end(ap);
}

static void warn_rows(struct text *t, const struct outcome *o)
{
	const struct duel *d = o->duel;

	if (!d) {
		if (o->dropped)
			say(t, "%zu row%s without a partner in every arm left out", o->dropped, plural(o->dropped));
		return;
	}
	if (d->unpaired_a)
		say(t, "%zu row%s of %.*s without a partner left out", d->unpaired_a, plural(d->unpaired_a),
		    STR_ARG(arm_name(o->arms, d->a)));
	if (d->unpaired_b)
		say(t, "%zu row%s of %.*s without a partner left out", d->unpaired_b, plural(d->unpaired_b),
		    STR_ARG(arm_name(o->arms, d->b)));
	if (d->torn)
		say(t, "%zu pair%s in two clusters: that of %.*s was taken", d->torn, plural(d->torn), STR_ARG(arm_name(o->arms, d->a)));
	if (d->missing)
		say(t, "%zu row%s without a value left out", d->missing, plural(d->missing));
}

static bool own_interval(const struct outcome *o)
{
	return test_kinds[o->test].by_t;
}

static void warn_interval(struct text *t, const struct outcome *o, const struct wording *with)
{
	const struct resample_bounds *b = &o->duel->bounds;
	bool made = !own_interval(o) && b->method != RESAMPLE_NONE && !(b->notes & RESAMPLE_CONSTANT);
	double low = own_interval(o) ? o->r.low : b->low, high = own_interval(o) ? o->r.high : b->high;

	if (!own_interval(o) && b->notes & RESAMPLE_CONSTANT)
		say(t, "no interval: every redrawn sample has the same difference");
	if (made && b->notes & RESAMPLE_OUTSIDE)
		say(t, "percentile interval: the difference lies outside of what was redrawn");
	if (made && b->notes & RESAMPLE_NO_ACCELERATION)
		say(t, "percentile interval: the acceleration of BCa is not defined");
	if (made && b->notes & RESAMPLE_FOLDED)
		say(t, "percentile interval: the acceleration of BCa is too large");
	if (made && b->notes & RESAMPLE_AT_EXTREME)
		say(t, "an end of the interval is the most extreme redrawn sample: raise `bootstrap: {resamples: N}`");
	if (made && o->duel->units < FEW_TO_REDRAW)
		say(t, "only %zu %ss to redraw: the interval comes out too narrow", o->duel->units, units_of(o->duel));
	if (!o->refused && with->settings->options.alternative == TWO_SIDED && (made || own_interval(o)) &&
	    (o->r.p <= with->settings->alpha) == (low <= 0 && high >= 0))
		say(t, "interval and p disagree: the interval %s 0", low <= 0 && high >= 0 ? "holds" : "does not hold");
}

static void warn_test(struct text *t, const struct outcome *o)
{
	const struct duel *d = o->duel;

	if (o->arms->clustered && !test_kinds[o->test].takes_clusters)
		say(t, "%s takes the rows as independent, but they come in clusters", test_kinds[o->test].name);
	if (o->refused)
		return;
	if (o->r.zeros)
		say(t, "%zu difference%s of 0 left out", o->r.zeros, plural(o->r.zeros));
	if ((o->test == USE_WILCOXON || o->test == USE_MANN_WHITNEY) && o->r.how == TEST_ASYMPTOTIC && o->r.n < 50)
		say(t, "approximate p because of %s: `exact: always` counts it", o->r.ties ? "ties" : o->r.zeros ? "zeros" : "`exact: never`");
	if (d && own_interval(o) && o->arms->clustered && o->duel->error.clusters < FEW_TO_REDRAW)
		say(t, "only %zu clusters: their standard error comes out too small", o->duel->error.clusters);
}

/* ---- the row ------------------------------------------------------------------------------------------------------ */

static void put_text(struct row *row, const char *key, const char *z)
{
	row_set(row, key, z ? value_str(str_of(z)) : (struct value){ .type = V_NULL });
}

static const char *method(const struct work *w, const struct outcome *o)
{
	struct text t = { .w = w };

	if (o->refused)
		return NULL;
	if (own_interval(o))
		return o->arms->clustered ? "t distribution, clustered standard error" : "t distribution";
	switch (o->r.how) {
	case TEST_EXACT: return o->r.ties ? "exact, over midranks" : "exact";
	case TEST_MID_P: return "mid-p";
	case TEST_MONTE_CARLO: text_printf(&t, "monte carlo, %zu drawn", o->r.drawn); return t.p;
	default: return o->r.corrected ? "asymptotic, corrected for continuity" : "asymptotic";
	}
}

static void put_interval(struct row *row, const struct outcome *o)
{
	static const char *const names[] = { NULL, "percentile", "bca", NULL };
	const struct duel *d = o->duel;
	bool own = own_interval(o), constant = d && d->bounds.notes & RESAMPLE_CONSTANT;

	if (!d || (own && o->refused) || (!own && (d->bounds.method == RESAMPLE_NONE || constant))) {
		row_real(row, "low", NAN);
		row_real(row, "high", NAN);
		put_text(row, "interval", NULL);
		return;
	}
	row_real(row, "low", own ? o->r.low : d->bounds.low);
	row_real(row, "high", own ? o->r.high : d->bounds.high);
	put_text(row, "interval", own ? "t" : names[d->bounds.method]);
}

static void put_effects(struct row *row, const struct outcome *o, double level)
{
	const struct duel *d = o->duel;
	bool odds = d && d->paired && d->binary;
	struct effect e = odds ? effect_odds(d->wins, d->losses, level) : (struct effect){ NAN, NAN, NAN };

	row_real(row, "d", d ? d->d_size : (double)NAN);
	row_real(row, "dz", d ? d->dz : (double)NAN);
	row_real(row, "g", d ? d->g.value : (double)NAN);
	row_real(row, "g_low", d ? d->g.low : (double)NAN);
	row_real(row, "g_high", d ? d->g.high : (double)NAN);
	row_real(row, "rank_biserial", d ? d->rank_biserial : (double)NAN);
	row_real(row, "cliffs_delta", d ? d->cliff : (double)NAN);
	row_real(row, "odds_ratio", e.value);
	row_real(row, "odds_low", e.low);
	row_real(row, "odds_high", e.high);
}

static const char *power_note(const struct work *w, const struct outcome *o, const struct settings *s)
{
	struct text t = { .w = w };
	const struct duel *d = o->duel;

	if (!d || !isfinite(d->mde) || !(d->mde > 0))
		return NULL;
	if (d->paired || d->arms->clustered)
		text_printf(&t, "%zu %s%s", d->units, units_of(d), plural(d->units));
	else
		text_printf(&t, "%zu and %zu values", d->nx, d->ny);
	text_printf(&t, " find a difference of %.*s with power %.*s", STR_ARG(short_number(w, d->mde)),
	            STR_ARG(short_number(w, s->power)));
	return t.p;
}

static void put_counts(struct row *row, const struct outcome *o)
{
	const struct duel *d = o->duel;
	size_t missing = d ? d->missing : 0;

	for (size_t i = 0; !d && i < o->arms->names.n; i++)
		missing += o->group->arms[i].missing;
	row_set(row, "n", value_int((int64_t)(d ? d->n : o->r.n)));
	if (d && !d->paired) {
		row_set(row, "n_a", value_int((int64_t)d->nx));
		row_set(row, "n_b", value_int((int64_t)d->ny));
	}
	row_set(row, "n_unpaired", value_int((int64_t)(d ? d->unpaired_a + d->unpaired_b : o->dropped)));
	row_set(row, "missing", value_int((int64_t)missing));
	if (o->arms->clustered) {
		row_set(row, "clusters", d ? value_int((int64_t)d->error.clusters) : (struct value){ .type = V_NULL });
		row_real(row, "design_effect", d ? d->error.design_effect : (double)NAN);
	}
	row_real(row, "mean_a", d ? d->mean_a : (double)NAN);
	row_real(row, "mean_b", d ? d->mean_b : (double)NAN);
	row_real(row, "difference", d && d->nx && d->ny ? d->difference : (double)NAN);
}

struct value words_row(const struct work *w, const struct outcome *o, const struct wording *with)
{
	struct row row = { .w = w };
	struct text warning = { .w = w };
	const struct duel *d = o->duel;
	double p = o->refused ? (double)NAN : o->r.p;

	for (size_t i = 0; i < o->arms->by_count; i++)
		row_put(&row, o->arms->frame.columns.names[o->arms->by[i]], o->group->by[i]);
	row_set(&row, "a", d ? value_str(arm_name(o->arms, d->a)) : (struct value){ .type = V_NULL });
	row_set(&row, "b", d ? value_str(arm_name(o->arms, d->b)) : (struct value){ .type = V_NULL });
	put_counts(&row, o);
	put_interval(&row, o);
	put_text(&row, "test", test_kinds[o->test].name);
	row_real(&row, "statistic", o->refused ? (double)NAN : o->r.statistic);
	row_real(&row, "df", o->refused ? (double)NAN : o->r.df);
	row_real(&row, "p", p);
	row_real(&row, "p_adjusted", o->refused ? (double)NAN : o->adjusted);
	put_text(&row, "method", method(w, o));
	put_effects(&row, o, with->settings->options.level);
	row_real(&row, "mde", d ? d->mde : (double)NAN);
	put_text(&row, "power", power_note(w, o, with->settings));
	row_real(&row, "smallest_p", d ? d->smallest : (double)NAN);
	row_set(&row, "tests_made", value_int((int64_t)with->made));
	warn_rows(&warning, o);
	warn_test(&warning, o);
	if (d)
		warn_interval(&warning, o, with);
	put_text(&row, "verdict", o->refused ? "no verdict" : verdict(w, o, with));
	put_text(&row, "warning", warning.n ? warning.p : NULL);
	put_text(&row, "refused", o->refused);
	return row.map;
}
