/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Statistics as SQL aggregates, over engine/stat. NULL is no value and is passed over, as SQL does; of too few values the
 * result is NULL. Text that is no number, and a number that is not finite, is an error: it would be 0 for SQLite's own.
 */
#include "engine/store/sql_private.h"

#include <math.h>
#include <stdlib.h>

#include "engine/stat/moments.h"
#include "engine/stat/order.h"
#include "engine/stat/proportion.h"

#define LEVEL 0.95

enum stat {
	STAT_VARIANCE,
	STAT_STDDEV,
	STAT_SEM,
	STAT_CI_LOW,
	STAT_CI_HIGH,
	STAT_WILSON_LOW,
	STAT_WILSON_HIGH,
	STAT_CLOPPER_LOW,
	STAT_CLOPPER_HIGH,
	STAT_CORR,
	STAT_GEOMEAN,
	STAT_MEDIAN,
	STAT_QUANTILE,
	STAT_IQM,
};

struct statistic {
	const char *name;
	enum stat stat;
	int arguments;
};

static const struct statistic statistics[] = {
	{ "variance", STAT_VARIANCE, 1 },       { "stddev", STAT_STDDEV, 1 },           { "sem", STAT_SEM, 1 },
	{ "ci95_low", STAT_CI_LOW, 1 },         { "ci95_high", STAT_CI_HIGH, 1 },       { "wilson_low", STAT_WILSON_LOW, 1 },
	{ "wilson_high", STAT_WILSON_HIGH, 1 }, { "clopper_low", STAT_CLOPPER_LOW, 1 }, { "clopper_high", STAT_CLOPPER_HIGH, 1 },
	{ "corr", STAT_CORR, 2 },               { "geomean", STAT_GEOMEAN, 1 },         { "median", STAT_MEDIAN, 1 },
	{ "quantile", STAT_QUANTILE, 2 },       { "iqm", STAT_IQM, 1 },
};

/* What one call has seen of its group. Freed by stat_final, which runs after an error too. */
struct seen {
	struct moments m;
	struct comoments pairs;
	double *x; /* for those that need the values */
	size_t n, cap;
	double p;
	bool failed;
};

static void fail(sqlite3_context *c, struct seen *s, const char *fmt, ...) PRINTF(3, 4);
static void fail(sqlite3_context *c, struct seen *s, const char *fmt, ...)
{
	const struct statistic *of = sqlite3_user_data(c);
	char what[160], text[256];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	(void)snprintf(text, sizeof(text), "%s(): %s", of->name, what);
	sqlite3_result_error(c, text, -1);
	s->failed = true;
}

/* The argument as a number. One text in a CSV column makes texts of its numbers too; truths are texts anyway. */
static bool number(sqlite3_context *c, struct seen *s, sqlite3_value *v, double *out)
{
	const int type = sqlite3_value_type(v);

	if (type == SQLITE_INTEGER || type == SQLITE_FLOAT) {
		*out = sqlite3_value_double(v);
		if (isfinite(*out))
			return true;
		fail(c, s, "a value is not finite");
		return false;
	}
	const struct str text = type == SQLITE_TEXT ? str_z((const char *)sqlite3_value_text(v)) : STR("a blob");

	if (type == SQLITE_TEXT && str_real(text, out))
		return true;
	*out = str_is(text, "true") || str_is(text, "True") || str_is(text, "TRUE");
	if (*out != 0 || str_is(text, "false") || str_is(text, "False") || str_is(text, "FALSE"))
		return true;
	fail(c, s, "'%.*s' is no number; leave out such rows with WHERE, or make them NULL", text.n > 40 ? 40 : (int)text.n,
	     text.p);
	return false;
}

static bool keep(sqlite3_context *c, struct seen *s, double x)
{
	if (s->n == s->cap) {
		const size_t cap = s->cap ? s->cap * 2 : 64;
		double *more = sqlite3_realloc64(s->x, cap * sizeof(*more));

		if (!more) {
			sqlite3_result_error_nomem(c);
			return !(s->failed = true);
		}
		s->x = more;
		s->cap = cap;
	}
	s->x[s->n++] = x;
	return true;
}

/* The second argument of quantile: the same in every row. */
static bool take_p(sqlite3_context *c, struct seen *s, sqlite3_value *v)
{
	double p;

	if (sqlite3_value_type(v) == SQLITE_NULL || !number(c, s, v, &p)) {
		if (!s->failed)
			fail(c, s, "the second argument is NULL; it must be a number from 0 to 1");
		return false;
	}
	if (!(p >= 0 && p <= 1))
		fail(c, s, "the second argument is %.15g; it must be from 0 to 1", p);
	else if (s->n && p != s->p)
		fail(c, s, "the second argument changes from %.15g to %.15g inside a group", s->p, p);
	s->p = p;
	return !s->failed;
}

/* SQLite's own memory is aligned to 8 bytes, a long double to 16: it keeps the pointer. */
static struct seen *seen_of(sqlite3_context *c)
{
	struct seen **s = sqlite3_aggregate_context(c, sizeof(*s));

	if (s && !*s)
		*s = calloc(1, sizeof(**s));
	return s ? *s : NULL;
}

static void stat_step(sqlite3_context *c, int n, sqlite3_value **values)
{
	const struct statistic *of = sqlite3_user_data(c);
	struct seen *s = seen_of(c);
	double x, y;

	(void)n;
	if (!s) {
		sqlite3_result_error_nomem(c);
		return;
	}
	if (s->failed || sqlite3_value_type(values[0]) == SQLITE_NULL ||
	    (of->stat == STAT_CORR && sqlite3_value_type(values[1]) == SQLITE_NULL) || !number(c, s, values[0], &x))
		return;
	if (of->stat == STAT_CORR) {
		if (number(c, s, values[1], &y))
			comoments_add(&s->pairs, x, y);
		return;
	}
	if (of->stat == STAT_QUANTILE && !take_p(c, s, values[1]))
		return;
	if (of->stat >= STAT_WILSON_LOW && of->stat <= STAT_CLOPPER_HIGH && x != 0 && x != 1)
		fail(c, s, "%.15g is neither 0 nor 1", x);
	else if (of->stat == STAT_GEOMEAN && !(x > 0))
		fail(c, s, "%.15g is not above 0, so it has no logarithm", x);
	else if (of->stat >= STAT_GEOMEAN)
		(void)keep(c, s, x);
	else
		moments_add(&s->m, x);
}

static double proportion(enum stat stat, const struct summary *s)
{
	const bool wilson = stat == STAT_WILSON_LOW || stat == STAT_WILSON_HIGH;
	const uint64_t right = (uint64_t)llround(s->sum);
	struct interval v;

	if (!(wilson ? proportion_wilson(right, s->n, LEVEL, &v) : proportion_clopper_pearson(right, s->n, LEVEL, &v)))
		return NAN;
	return stat == STAT_WILSON_LOW || stat == STAT_CLOPPER_LOW ? v.low : v.high;
}

static double result(const struct statistic *of, struct seen *s)
{
	const struct summary sum = moments_summary(&s->m);

	if (of->stat >= STAT_MEDIAN)
		sort_reals(s->x, s->n);
	switch (of->stat) {
	case STAT_VARIANCE: return sum.variance;
	case STAT_STDDEV: return sum.sd;
	case STAT_SEM: return sum.sem;
	case STAT_CI_LOW: return sum.mean - summary_half_width(&sum, LEVEL);
	case STAT_CI_HIGH: return sum.mean + summary_half_width(&sum, LEVEL);
	case STAT_CORR: return comoments_r(&s->pairs);
	case STAT_GEOMEAN: return geometric_mean(s->x, s->n);
	case STAT_MEDIAN: return median_sorted(s->x, s->n);
	case STAT_QUANTILE: return quantile_sorted(s->x, s->n, s->p);
	case STAT_IQM: return iqm_sorted(s->x, s->n);
	case STAT_WILSON_LOW:
	case STAT_WILSON_HIGH:
	case STAT_CLOPPER_LOW:
	case STAT_CLOPPER_HIGH: break;
	}
	return proportion(of->stat, &sum);
}

static void stat_final(sqlite3_context *c)
{
	struct seen **s = sqlite3_aggregate_context(c, 0);

	if (!s || !*s)
		return; /* no rows: NULL */
	const double r = (*s)->failed ? NAN : result(sqlite3_user_data(c), *s);

	if (!(*s)->failed && isfinite(r))
		sqlite3_result_double(c, r);
	sqlite3_free((*s)->x);
	free(*s);
	*s = NULL;
}

bool sql_statistics(struct sql *q)
{
	for (size_t i = 0; i < countof(statistics); i++)
		if (sqlite3_create_function(q->h, statistics[i].name, statistics[i].arguments, SQLITE_UTF8 | SQLITE_DETERMINISTIC,
		                            (void *)(uintptr_t)&statistics[i], NULL, stat_step, stat_final) != SQLITE_OK)
			return false;
	return true;
}
