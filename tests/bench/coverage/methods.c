/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "methods.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/stat/dist.h"

/* ---- standard errors ---------------------------------------------------------------------------------------------- */

struct error {
	double se, df;
};

/* One variance for all runs of a source, from the residuals about the law. */
static struct error pooled_error(const struct sample *s, enum quantity q)
{
	double total = 0, squares = 0;

	for (size_t i = 0; i < SOURCES; i++) {
		double part = 0;

		for (size_t k = first_cell(i); k < end_cell(i); k++)
			part += s->at.weight[q][k] * s->at.weight[q][k] * s->pooled[i] / (double)s->study.seeds;
		total += part;
		squares += part * part / s->df[i];
	}
	return (struct error){ sqrt(total), total * total / squares };
}

/* One variance for all runs, from the spread of the seeds within cells. */
static struct error pure_error(const struct sample *s, enum quantity q)
{
	double total = 0;

	for (size_t k = 0; k < CELLS; k++)
		total += s->at.weight[q][k] * s->at.weight[q][k] * s->pure / (double)s->study.seeds;
	return (struct error){ sqrt(total), s->pure_df };
}

/* A variance for each cell; degrees of freedom by Welch and Satterthwaite. */
static struct error welch_of(const double *weight, const struct study *s)
{
	double total = 0, squares = 0;

	for (size_t k = 0; k < CELLS; k++) {
		double part = weight[k] * weight[k] * s->var[k] / (double)s->seeds;

		total += part;
		squares += part * part / (double)(s->seeds - 1);
	}
	return (struct error){ sqrt(total), squares > 0 ? total * total / squares : 1 };
}

/* Whatever the cells share: the spread over the seeds of each seed's own contribution. */
static struct error seeds_of(const double *weight, const struct study *s)
{
	double squares = 0, n = (double)s->seeds;

	for (size_t g = 0; g < s->seeds; g++) {
		double part = 0;

		for (size_t k = 0; k < CELLS; k++)
			part += weight[k] * (s->y[k][g] - s->mean[k]);
		squares += part * part;
	}
	return (struct error){ sqrt(squares / (n - 1) / n), n - 1 };
}

static double critical(double df)
{
	return dist_t_inv(1 - (1 - LEVEL) / 2, df);
}

static bool around(double value, double half, struct range *out)
{
	*out = (struct range){ value - half, value + half };
	return isfinite(half);
}

/* On the logarithm of an exponent, where its estimate is closer to normal. */
static bool symmetric(const struct sample *s, enum quantity q, struct error e, struct range *out)
{
	return s->at.ok[q] && around(s->at.value[q], e.se * critical(e.df), out);
}

static bool symmetric_log(const struct sample *s, enum quantity q, struct error e, struct range *out)
{
	double v = s->at.value[q];

	if (q != Q_ALPHA_MANUAL && q != Q_ALPHA_GPT)
		return symmetric(s, q, e, out);
	if (!s->at.ok[q] || !around(log(v), e.se / v * critical(e.df), out))
		return false;
	*out = (struct range){ exp(out->low), exp(out->high) };
	return true;
}

static bool delta_pooled(const struct sample *s, enum quantity q, struct range *out)
{
	return symmetric(s, q, pooled_error(s, q), out);
}

static bool delta_pure(const struct sample *s, enum quantity q, struct range *out)
{
	return symmetric(s, q, pure_error(s, q), out);
}

static bool delta_welch(const struct sample *s, enum quantity q, struct range *out)
{
	return symmetric(s, q, welch_of(s->at.weight[q], &s->study), out);
}

static bool delta_seeds(const struct sample *s, enum quantity q, struct range *out)
{
	return symmetric(s, q, seeds_of(s->at.weight[q], &s->study), out);
}

static bool delta_log_pooled(const struct sample *s, enum quantity q, struct range *out)
{
	return symmetric_log(s, q, pooled_error(s, q), out);
}

static bool delta_log_seeds(const struct sample *s, enum quantity q, struct range *out)
{
	return symmetric_log(s, q, seeds_of(s->at.weight[q], &s->study), out);
}

/* Normal in place of t, as is often done. */
static bool delta_normal(const struct sample *s, enum quantity q, struct range *out)
{
	struct error e = welch_of(s->at.weight[q], &s->study);

	e.df = 1e9;
	return symmetric(s, q, e, out);
}

static bool jackknife(const struct sample *s, enum quantity q, struct range *out)
{
	double n = (double)s->study.seeds, mean = 0, squares = 0;

	for (size_t g = 0; g < s->study.seeds; g++)
		mean += s->left_out[q][g] / n;
	for (size_t g = 0; g < s->study.seeds; g++)
		squares += (s->left_out[q][g] - mean) * (s->left_out[q][g] - mean);
	return symmetric(s, q, (struct error){ sqrt((n - 1) / n * squares), n - 1 }, out);
}

/* ---- test inversion: all values that a test does not reject -------------------------------------------------------- */

typedef double tester(const struct sample *s, enum quantity q, double at, double *p); /* > 0: rejected */

/* Contrast of the cell means along the score, over its standard error. */
static double score_test(const struct sample *s, enum quantity q, double at, double *p,
                         struct error (*error)(const double *, const struct study *))
{
	double fitted[CELLS], score[CELLS], part = 0;

	if (constrained(q, at, s->study.mean, p, fitted, score) < 0)
		return NAN;
	for (size_t k = 0; k < CELLS; k++)
		part += score[k] * (s->study.mean[k] - fitted[k]);
	struct error e = error(score, &s->study);

	return fabs(part) - critical(e.df) * e.se;
}

static double score_seeds_test(const struct sample *s, enum quantity q, double at, double *p)
{
	return score_test(s, q, at, p, seeds_of);
}

static double score_welch_test(const struct sample *s, enum quantity q, double at, double *p)
{
	return score_test(s, q, at, p, welch_of);
}

/* Rise of the sum of squares against one residual variance (R's confint of nls; of both sources for the crossover). */
static double profile_test(const struct sample *s, enum quantity q, double at, double *p)
{
	double fitted[CELLS], score[CELLS], rss = constrained(q, at, s->study.mean, p, fitted, score), var, df;
	size_t source = q == Q_ALPHA_MANUAL || q == Q_FLOOR_MANUAL ? 0 : 1;

	if (rss < 0)
		return NAN;
	var = s->pooled[source];
	df = s->df[source];
	if (q == Q_CROSSOVER) {
		var = (s->pooled[0] * s->df[0] + s->pooled[1] * s->df[1]) / (s->df[0] + s->df[1]);
		df = s->df[0] + s->df[1];
	}
	return sqrt(fmax(rss - s->at.rss[0] - s->at.rss[1], 0) * (double)s->study.seeds / var) - critical(df);
}

/* The same against the spread within cells, as the delta method takes it for each quantity: the profile is as curved as
 * the law makes it and as wide as the seeds are apart. */
static double profile_scaled(const struct sample *s, enum quantity q, double at, double *p, struct error e)
{
	double fitted[CELLS], score[CELLS], rss = constrained(q, at, s->study.mean, p, fitted, score), length = 0;

	if (rss < 0)
		return NAN;
	for (size_t k = 0; k < CELLS; k++)
		length += s->at.weight[q][k] * s->at.weight[q][k];
	return sqrt(fmax(rss - s->at.rss[0] - s->at.rss[1], 0)) - critical(e.df) * e.se / sqrt(length);
}

static double profile_seeds_test(const struct sample *s, enum quantity q, double at, double *p)
{
	return profile_scaled(s, q, at, p, seeds_of(s->at.weight[q], &s->study));
}

static double profile_welch_test(const struct sample *s, enum quantity q, double at, double *p)
{
	return profile_scaled(s, q, at, p, welch_of(s->at.weight[q], &s->study));
}

static void limits(enum quantity q, double *low, double *high)
{
	bool alpha = q == Q_ALPHA_MANUAL || q == Q_ALPHA_GPT;

	*low = alpha ? 1e-3 : q == Q_CROSSOVER ? log(20.0) : -5;
	*high = alpha ? 8 : q == Q_CROSSOVER ? log(1e5) : 5;
}

/* Outward from the estimate in growing steps until the first rejection, then halving. No rejection before the limit: no
 * end. A failed search counts as not rejected. */
static double walk(const struct sample *s, enum quantity q, tester *test, double first)
{
	double low, high, at = s->at.value[q], p[PARAMS], kept[PARAMS], in = at, out;

	limits(q, &low, &high);
	memcpy(p, s->at.p, sizeof p);
	for (double step = first;; step *= 1.4) {
		out = in + step;
		if (out < low || out > high)
			return first > 0 ? INFINITY : -INFINITY;
		memcpy(kept, p, sizeof kept);
		if (test(s, q, out, p) > 0)
			break;
		in = out;
	}
	for (int i = 0; i < 24; i++) {
		double middle = 0.5 * (in + out);

		memcpy(p, kept, sizeof p);
		if (test(s, q, middle, p) > 0)
			out = middle;
		else
			in = middle;
	}
	return in;
}

static bool invert(const struct sample *s, enum quantity q, tester *test, struct range *out)
{
	if (!s->at.ok[q])
		return false;
	double step = fmax(0.2 * pure_error(s, q).se, 1e-5);

	*out = (struct range){ walk(s, q, test, -step), walk(s, q, test, step) };
	return true;
}

static bool profile(const struct sample *s, enum quantity q, struct range *out)
{
	return invert(s, q, profile_test, out);
}

static bool profile_seeds(const struct sample *s, enum quantity q, struct range *out)
{
	return invert(s, q, profile_seeds_test, out);
}

static bool profile_welch(const struct sample *s, enum quantity q, struct range *out)
{
	return invert(s, q, profile_welch_test, out);
}

static bool score_seeds(const struct sample *s, enum quantity q, struct range *out)
{
	return invert(s, q, score_seeds_test, out);
}

static bool score_welch(const struct sample *s, enum quantity q, struct range *out)
{
	return invert(s, q, score_welch_test, out);
}

/* ---- bootstraps --------------------------------------------------------------------------------------------------- */

static double quantile(const double *sorted, size_t n, double share)
{
	double at = share * (double)(n - 1);
	size_t i = (size_t)at;

	return i + 1 < n ? sorted[i] + (at - (double)i) * (sorted[i + 1] - sorted[i]) : sorted[n - 1];
}

static bool percentile_at(const struct sample *s, enum redraw b, enum quantity q, double tail, struct range *out)
{
	size_t n = s->drawn_n[b][q];

	if (!s->at.ok[q] || n < s->draws / 2)
		return false;
	*out = (struct range){ quantile(s->drawn[b][q], n, tail), quantile(s->drawn[b][q], n, 1 - tail) };
	return true;
}

static bool percentile(const struct sample *s, enum redraw b, enum quantity q, struct range *out)
{
	return percentile_at(s, b, q, (1 - LEVEL) / 2, out);
}

/* Hesterberg, The American Statistician 69(4), 2015: a share that makes up for n - 1 and for t. */
static bool expanded(const struct sample *s, enum redraw b, enum quantity q, struct range *out)
{
	double n = (double)s->study.seeds;

	return percentile_at(s, b, q, dist_normal(-sqrt(n / (n - 1)) * critical(n - 1)), out);
}

static bool bca(const struct sample *s, enum redraw b, enum quantity q, struct range *out)
{
	size_t n = s->drawn_n[b][q], below = 0;
	double mean = 0, cubes = 0, squares = 0, seeds = (double)s->study.seeds, ends[2];

	if (!s->at.ok[q] || n < s->draws / 2)
		return false;
	for (size_t i = 0; i < n; i++)
		below += s->drawn[b][q][i] < s->at.value[q];
	for (size_t g = 0; g < s->study.seeds; g++)
		mean += s->left_out[q][g] / seeds;
	for (size_t g = 0; g < s->study.seeds; g++) {
		double d = mean - s->left_out[q][g];

		squares += d * d;
		cubes += d * d * d;
	}
	double a = cubes / (6 * pow(squares, 1.5)), z0 = dist_normal_inv((double)below / (double)n);

	for (int i = 0; i < 2; i++) {
		double z = z0 + dist_normal_inv(i ? (1 + LEVEL) / 2 : (1 - LEVEL) / 2), share = dist_normal(z0 + z / (1 - a * z));

		if (!isfinite(share) || !(1 - a * z > 0))
			return percentile(s, b, q, out);
		ends[i] = quantile(s->drawn[b][q], n, share);
	}
	*out = (struct range){ ends[0], ends[1] };
	return true;
}

static bool student(const struct sample *s, enum redraw b, enum quantity q, struct error e, struct range *out)
{
	size_t n = s->student_n[b][q];
	const double *t = s->student[b][q];

	if (!s->at.ok[q] || n < s->draws / 2)
		return false;
	*out = (struct range){ s->at.value[q] - e.se * quantile(t, n, (1 + LEVEL) / 2),
		               s->at.value[q] - e.se * quantile(t, n, (1 - LEVEL) / 2) };
	return true;
}

#define BOOTSTRAP(name, call, redraw) \
	static bool name(const struct sample *s, enum quantity q, struct range *out) \
	{ \
		return call(s, redraw, q, out); \
	}
BOOTSTRAP(percentile_seed, percentile, BY_SEED)
BOOTSTRAP(percentile_cell, percentile, BY_CELL)
BOOTSTRAP(percentile_parametric, percentile, PARAMETRIC)
BOOTSTRAP(expanded_seed, expanded, BY_SEED)
BOOTSTRAP(expanded_cell, expanded, BY_CELL)
BOOTSTRAP(bca_seed, bca, BY_SEED)
BOOTSTRAP(bca_cell, bca, BY_CELL)
BOOTSTRAP(bca_parametric, bca, PARAMETRIC)

static bool student_seed(const struct sample *s, enum quantity q, struct range *out)
{
	return student(s, BY_SEED, q, seeds_of(s->at.weight[q], &s->study), out);
}

static bool student_cell(const struct sample *s, enum quantity q, struct range *out)
{
	return student(s, BY_CELL, q, welch_of(s->at.weight[q], &s->study), out);
}

const struct method methods[] = {
	{ "delta, normal", "cell variances, 1.96 in place of t", delta_normal, true },
	{ "delta, pooled, t", "one residual variance a source, t with N - 3", delta_pooled, false },
	{ "delta, ln, pooled, t", "the same on ln alpha", delta_log_pooled, false },
	{ "delta, pure, t", "one variance within cells", delta_pure, true },
	{ "delta, Welch", "cell variances, t by Satterthwaite", delta_welch, true },
	{ "delta, seeds, t", "clusters are seeds, t with G - 1", delta_seeds, true },
	{ "delta, ln, seeds, t", "the same on ln alpha", delta_log_seeds, true },
	{ "jackknife, seeds, t", "without each seed in turn, t with G - 1", jackknife, true },
	{ "profile, pooled", "rise of the sum of squares, F", profile, false },
	{ "profile, Welch", "the same, width by cell variances", profile_welch, false },
	{ "profile, seeds", "the same, width by clusters", profile_seeds, false },
	{ "score, Welch", "test inversion, cell variances", score_welch, false },
	{ "score, seeds", "test inversion, clusters, t with G - 1", score_seeds, false },
	{ "percentile, seeds", "bootstrap of whole seeds", percentile_seed, true },
	{ "expanded, seeds", "the same with Hesterberg's share", expanded_seed, true },
	{ "BCa, seeds", "bootstrap of whole seeds", bca_seed, true },
	{ "bootstrap-t, seeds", "bootstrap of whole seeds", student_seed, true },
	{ "percentile, cells", "bootstrap within each cell", percentile_cell, true },
	{ "expanded, cells", "the same with Hesterberg's share", expanded_cell, true },
	{ "BCa, cells", "bootstrap within each cell", bca_cell, true },
	{ "bootstrap-t, cells", "bootstrap within each cell", student_cell, true },
	{ "percentile, param.", "normal errors about the law, pooled variance", percentile_parametric, false },
	{ "BCa, param.", "the same", bca_parametric, false },
};
const size_t methods_n = sizeof methods / sizeof *methods;

/* ---- what they share ---------------------------------------------------------------------------------------------- */

void sample_reserve(struct sample *s, size_t draws)
{
	s->draws = draws;
	for (size_t b = 0; b < REDRAWS; b++)
		for (size_t q = 0; q < QUANTITIES; q++) {
			s->drawn[b][q] = malloc(draws * sizeof(double));
			s->student[b][q] = malloc(draws * sizeof(double));
			if (!s->drawn[b][q] || !s->student[b][q])
				abort();
		}
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void redraw(const struct sample *s, enum redraw b, struct dice *d, struct study *out)
{
	const struct study *from = &s->study;
	size_t pick[SEEDS];

	out->seeds = from->seeds;
	for (size_t k = 0; k < CELLS; k++) {
		size_t source = k < MANUAL_CELLS ? 0 : 1;
		const double *p = s->at.p + 3 * source;

		for (size_t g = 0; g < from->seeds; g++) {
			if (b == BY_CELL || (b == BY_SEED && k == 0))
				pick[g] = dice_below(d, from->seeds);
			out->y[k][g] = b == PARAMETRIC ? p[0] + p[1] * exp(-p[2] * log_x[k]) + sqrt(s->pooled[source]) * dice_normal(d)
			                               : from->y[k][pick[g]];
		}
	}
	summarise(out);
}

static void draw_once(struct sample *s, enum redraw b, struct dice *d)
{
	struct study again;
	struct estimate e;

	redraw(s, b, d, &again);
	estimate_of(again.mean, b != PARAMETRIC, &e);
	for (size_t q = 0; q < QUANTITIES; q++) {
		if (q == Q_CROSSOVER ? isnan(e.value[q]) : false)
			continue;
		s->drawn[b][q][s->drawn_n[b][q]++] = e.value[q]; /* a law at the end of its range is a value, too */
		if (b == PARAMETRIC || !e.ok[q] || !s->at.ok[q])
			continue;
		double se = b == BY_SEED ? seeds_of(e.weight[q], &again).se : welch_of(e.weight[q], &again).se;

		if (se > 1e-12)
			s->student[b][q][s->student_n[b][q]++] = (e.value[q] - s->at.value[q]) / se;
	}
}

static void leave_out(struct sample *s)
{
	size_t n = s->study.seeds;

	for (size_t g = 0; g < n; g++) {
		double mean[CELLS];
		struct estimate e;

		for (size_t k = 0; k < CELLS; k++)
			mean[k] = (s->study.mean[k] * (double)n - s->study.y[k][g]) / (double)(n - 1);
		estimate_of(mean, false, &e);
		for (size_t q = 0; q < QUANTITIES; q++)
			s->left_out[q][g] = e.value[q];
	}
}

void sample_prepare(struct sample *s, struct dice *d)
{
	const struct study *t = &s->study;
	double n = (double)t->seeds;

	estimate_of(t->mean, true, &s->at);
	s->pure = 0;
	s->pure_df = CELLS * (n - 1);
	for (size_t i = 0; i < SOURCES; i++) {
		double within = 0, cells = (double)(end_cell(i) - first_cell(i));

		for (size_t k = first_cell(i); k < end_cell(i); k++)
			within += t->var[k] * (n - 1);
		s->pure += within / s->pure_df;
		s->df[i] = n * cells - 3;
		s->pooled[i] = (within + n * s->at.rss[i]) / s->df[i];
	}
	leave_out(s);
	memset(s->drawn_n, 0, sizeof s->drawn_n);
	memset(s->student_n, 0, sizeof s->student_n);
	for (size_t b = 0; b < REDRAWS; b++) {
		for (size_t r = 0; r < s->draws; r++)
			draw_once(s, (enum redraw)b, d);
		for (size_t q = 0; q < QUANTITIES; q++) {
			qsort(s->drawn[b][q], s->drawn_n[b][q], sizeof(double), by_size);
			qsort(s->student[b][q], s->student_n[b][q], sizeof(double), by_size);
		}
	}
}
