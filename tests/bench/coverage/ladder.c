/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ladder.h"

#include <math.h>
#include <string.h>

const char *const quantity_name[QUANTITIES] = { "exponent manual", "exponent gpt", "floor manual",
	                                        "floor gpt",       "crossover",    "mean" };

/* studies/label-budget/README.md: fitted laws, and standard deviations over its five seeds. */
static const double budget[CELLS] = { 100, 250, 500, 800, 1000, 100, 250, 500, 800, 1000, 2000, 5000, 10000, 20000, 40000 };
static const double deviation[CELLS] = { 0.0243, 0.0106, 0.0066, 0.0028, 0.0048, 0.0191, 0.0174, 0.0171,
	                                 0.0093, 0.0152, 0.0067, 0.0072, 0.0064, 0.0126, 0.0068 };
const double truth_law[PARAMS] = { 0.462, -2.25, 0.655, 0.722, -1.42, 0.255 };
double log_x[CELLS];

#define ALPHA_MIN 0.005
#define ALPHA_MAX 8.0
#define GRID 60

/* x^-alpha less its mean, scaled to length 1, for each alpha of a grid. */
static double grid_alpha[GRID], grid_basis[SOURCES][GRID][CELLS];

static double law_at(const double *p, double lx)
{
	return p[0] + p[1] * exp(-p[2] * lx);
}

/* ---- the laws ----------------------------------------------------------------------------------------------------- */

/* E and A for this alpha; returns the sum of squares. */
static double project(size_t source, const double *y, double alpha, double *p)
{
	size_t from = first_cell(source), to = end_cell(source);
	double n = (double)(to - from), x[CELLS], mx = 0, my = 0, sxx = 0, sxy = 0, rss = 0;

	for (size_t k = from; k < to; k++) {
		x[k] = exp(-alpha * log_x[k]);
		mx += x[k] / n;
		my += y[k] / n;
	}
	for (size_t k = from; k < to; k++) {
		sxx += (x[k] - mx) * (x[k] - mx);
		sxy += (x[k] - mx) * (y[k] - my);
	}
	p[1] = sxy / sxx;
	p[0] = my - p[1] * mx;
	p[2] = alpha;
	for (size_t k = from; k < to; k++)
		rss += (y[k] - p[0] - p[1] * x[k]) * (y[k] - p[0] - p[1] * x[k]);
	return rss;
}

/* Golden section in ln alpha between the neighbours of the best of the grid. */
static double fit_law(size_t source, const double *y, double *p, bool *edge)
{
	size_t best = 0;
	double most = -1;

	for (size_t i = 0; i < GRID; i++) {
		double part = 0;

		for (size_t k = first_cell(source); k < end_cell(source); k++)
			part += grid_basis[source][i][k] * y[k];
		if (part * part > most) {
			most = part * part;
			best = i;
		}
	}
	*edge = best == 0 || best == GRID - 1;
	if (*edge)
		return project(source, y, grid_alpha[best], p);
	double low = log(grid_alpha[best - 1]), high = log(grid_alpha[best + 1]), g = 0.6180339887498949;
	double a = high - g * (high - low), b = low + g * (high - low);
	double fa = project(source, y, exp(a), p), fb = project(source, y, exp(b), p);

	while (high - low > 2e-6)
		if (fa < fb) {
			high = b, b = a, fb = fa;
			a = high - g * (high - low);
			fa = project(source, y, exp(a), p);
		} else {
			low = a, a = b, fa = fb;
			b = low + g * (high - low);
			fb = project(source, y, exp(b), p);
		}
	return project(source, y, exp(0.5 * (low + high)), p);
}

void ladder_init(void)
{
	for (size_t k = 0; k < CELLS; k++)
		log_x[k] = log(budget[k]);
	for (size_t s = 0; s < SOURCES; s++)
		for (size_t i = 0; i < GRID; i++) {
			double mean = 0, length = 0, *v = grid_basis[s][i];

			grid_alpha[i] = ALPHA_MIN * pow(ALPHA_MAX / ALPHA_MIN, (double)i / (GRID - 1));
			for (size_t k = first_cell(s); k < end_cell(s); k++)
				mean += (v[k] = exp(-grid_alpha[i] * log_x[k])) / (double)(end_cell(s) - first_cell(s));
			for (size_t k = first_cell(s); k < end_cell(s); k++)
				length += (v[k] - mean) * (v[k] - mean);
			for (size_t k = first_cell(s); k < end_cell(s); k++)
				v[k] = (v[k] - mean) / sqrt(length);
		}
}

/* ---- small linear algebra ----------------------------------------------------------------------------------------- */

/* a x = b for n <= 6, by Gauss with pivots; both are overwritten. */
static bool solve(size_t n, double a[PARAMS][PARAMS], double *b)
{
	for (size_t c = 0; c < n; c++) {
		size_t p = c;

		for (size_t r = c + 1; r < n; r++)
			if (fabs(a[r][c]) > fabs(a[p][c]))
				p = r;
		if (!(fabs(a[p][c]) > 1e-300))
			return false;
		for (size_t k = 0; k < n; k++) {
			double t = a[c][k];

			a[c][k] = a[p][k];
			a[p][k] = t;
		}
		double t = b[c];

		b[c] = b[p];
		b[p] = t;
		for (size_t r = c + 1; r < n; r++) {
			double f = a[r][c] / a[c][c];

			for (size_t k = c; k < n; k++)
				a[r][k] -= f * a[c][k];
			b[r] -= f * b[c];
		}
	}
	for (size_t c = n; c-- > 0;) {
		for (size_t k = c + 1; k < n; k++)
			b[c] -= a[c][k] * b[k];
		b[c] /= a[c][c];
	}
	return true;
}

/* ∂ law / ∂ (E, A, alpha) */
static void slopes(const double *p, double lx, double *g)
{
	g[0] = 1;
	g[1] = exp(-p[2] * lx);
	g[2] = -p[1] * lx * g[1];
}

/* ---- estimates ---------------------------------------------------------------------------------------------------- */

static double gap(const double *p, double lx)
{
	return law_at(p, lx) - law_at(p + 3, lx);
}

/* The root nearest to 500 labels between 20 and 100,000; laws that differ by sign at no point of the scan have none. */
static bool crossing(const double *p, double *lx)
{
	double found = NAN, low = log(20.0), high = log(1e5), step = (high - low) / 64;

	for (int i = 0; i < 64; i++) {
		double a = low + step * i, b = a + step, fa = gap(p, a), fb = gap(p, b);

		if (!(fa * fb <= 0))
			continue;
		while (b - a > 1e-9) {
			double m = 0.5 * (a + b), fm = gap(p, m);

			if (fa * fm <= 0)
				b = m;
			else
				a = m, fa = fm;
		}
		if (!(fabs(a - log(500.0)) >= fabs(found - log(500.0))))
			found = a;
	}
	*lx = found;
	return !isnan(found);
}

double truth_of(enum quantity q)
{
	double lx;

	switch (q) {
	case Q_ALPHA_MANUAL: return truth_law[2];
	case Q_ALPHA_GPT: return truth_law[5];
	case Q_FLOOR_MANUAL: return truth_law[0];
	case Q_FLOOR_GPT: return truth_law[3];
	case Q_CROSSOVER: return crossing(truth_law, &lx) ? lx : NAN;
	default: return law_at(truth_law, log_x[0]);
	}
}

/* How parameters hang on the means of a source: (J'J)⁻¹ J' by rows. */
static bool hangs(size_t source, const double *p, double by[3][CELLS])
{
	double a[PARAMS][PARAMS] = { { 0 } }, g[CELLS][3];

	for (size_t k = first_cell(source); k < end_cell(source); k++) {
		slopes(p, log_x[k], g[k]);
		for (size_t i = 0; i < 3; i++)
			for (size_t j = 0; j < 3; j++)
				a[i][j] += g[k][i] * g[k][j];
	}
	for (size_t k = first_cell(source); k < end_cell(source); k++) {
		double copy[PARAMS][PARAMS], b[] = { g[k][0], g[k][1], g[k][2] };

		memcpy(copy, a, sizeof copy);
		if (!solve(3, copy, b))
			return false;
		for (size_t i = 0; i < 3; i++)
			by[i][k] = b[i];
	}
	return true;
}

static void weigh(struct estimate *e)
{
	double by[3][CELLS];

	memset(e->weight, 0, sizeof e->weight);
	e->weight[Q_MEAN][0] = 1;
	for (size_t s = 0; s < SOURCES; s++) {
		const double *p = e->p + 3 * s;

		if (!hangs(s, p, by)) {
			e->ok[Q_ALPHA_MANUAL + s] = e->ok[Q_FLOOR_MANUAL + s] = e->ok[Q_CROSSOVER] = false;
			continue;
		}
		double lx = e->value[Q_CROSSOVER], g[3], one[3], other[3];

		slopes(p, lx, g);
		slopes(e->p, lx, one);
		slopes(e->p + 3, lx, other);
		double tilt = -e->p[2] * e->p[1] * one[1] + e->p[5] * e->p[4] * other[1]; /* d gap / d ln x */

		for (size_t k = first_cell(s); k < end_cell(s); k++) {
			e->weight[Q_ALPHA_MANUAL + s][k] = by[2][k];
			e->weight[Q_FLOOR_MANUAL + s][k] = by[0][k];
			if (e->ok[Q_CROSSOVER])
				e->weight[Q_CROSSOVER][k] =
					(s ? 1 : -1) * (g[0] * by[0][k] + g[1] * by[1][k] + g[2] * by[2][k]) / tilt;
		}
	}
}

void estimate_of(const double *mean, bool weights, struct estimate *e)
{
	for (size_t s = 0; s < SOURCES; s++) {
		e->rss[s] = fit_law(s, mean, e->p + 3 * s, &e->edge[s]);
		e->value[Q_ALPHA_MANUAL + s] = e->p[3 * s + 2];
		e->value[Q_FLOOR_MANUAL + s] = e->p[3 * s];
		e->ok[Q_ALPHA_MANUAL + s] = e->ok[Q_FLOOR_MANUAL + s] = !e->edge[s];
	}
	e->ok[Q_CROSSOVER] = crossing(e->p, &e->value[Q_CROSSOVER]) && !e->edge[0] && !e->edge[1];
	e->value[Q_MEAN] = mean[0];
	e->ok[Q_MEAN] = true;
	if (weights)
		weigh(e);
}

/* ---- studies ------------------------------------------------------------------------------------------------------ */

static double error_of(struct dice *d, const struct noise *n)
{
	double z = dice_normal(d);

	if (n->tail > 0) {
		double size = dice_unit(d) < n->tail ? 3 : 1;

		z *= size / sqrt(1 + 8 * n->tail);
	}
	return z;
}

void summarise(struct study *s)
{
	for (size_t k = 0; k < CELLS; k++) {
		s->mean[k] = s->var[k] = 0;
		for (size_t g = 0; g < s->seeds; g++)
			s->mean[k] += s->y[k][g] / (double)s->seeds;
		for (size_t g = 0; g < s->seeds; g++)
			s->var[k] += (s->y[k][g] - s->mean[k]) * (s->y[k][g] - s->mean[k]) / (double)(s->seeds - 1);
	}
}

void simulate(struct dice *d, const struct noise *n, struct study *s)
{
	s->seeds = n->seeds;
	for (size_t g = 0; g < n->seeds; g++) {
		double shared = error_of(d, n);

		for (size_t k = 0; k < CELLS; k++) {
			const double *p = truth_law + (k < MANUAL_CELLS ? 0 : 3);
			double own = error_of(d, n), e = sqrt(n->correlation) * shared + sqrt(1 - n->correlation) * own;

			s->y[k][g] = law_at(p, log_x[k]) + (n->measured ? deviation[k] : 0.0115) * e;
		}
	}
	summarise(s);
}

/* ---- laws under a condition --------------------------------------------------------------------------------------- */

/* The free parameters z of the condition, all six, and ∂ six / ∂ z. */
static size_t unfold(enum quantity q, double at, const double *z, double *p, double d[PARAMS][PARAMS])
{
	size_t fixed = q == Q_ALPHA_MANUAL ? 2 : q == Q_ALPHA_GPT ? 5 : q == Q_FLOOR_MANUAL ? 0 : 3, n = 0;

	memset(d, 0, PARAMS * sizeof *d);
	for (size_t i = 0; i < PARAMS; i++)
		if (i != fixed) {
			p[i] = z[n];
			d[i][n++] = 1;
		}
	p[fixed] = at;
	if (q == Q_CROSSOVER) { /* E of gpt is what makes the laws meet at `at` */
		double one[3], other[3];

		slopes(p, at, one);
		slopes(p + 3, at, other);
		p[3] = law_at(p, at) - p[4] * other[1];
		d[3][0] = 1;
		d[3][1] = one[1];
		d[3][2] = one[2];
		d[3][3] = -other[1];
		d[3][4] = -other[2];
	}
	return n;
}

struct view {
	double p[PARAMS], fitted[CELLS], tangent[PARAMS][CELLS], rss; /* tangent: by free parameter */
};

static void look(enum quantity q, double at, const double *mean, const double *z, struct view *v)
{
	double d[PARAMS][PARAMS];
	size_t n = unfold(q, at, z, v->p, d);

	v->rss = 0;
	for (size_t k = 0; k < CELLS; k++) {
		size_t o = k < MANUAL_CELLS ? 0 : 3;
		double g[3];

		slopes(v->p + o, log_x[k], g);
		v->fitted[k] = law_at(v->p + o, log_x[k]);
		v->rss += (mean[k] - v->fitted[k]) * (mean[k] - v->fitted[k]);
		for (size_t i = 0; i < n; i++)
			v->tangent[i][k] = g[0] * d[o][i] + g[1] * d[o + 1][i] + g[2] * d[o + 2][i];
	}
}

/* One step of Levenberg and Marquardt's; false when it leads nowhere. */
static bool step(const struct view *v, const double *mean, const double *z, double damping, double *next)
{
	double a[PARAMS][PARAMS], b[PARAMS];

	for (size_t i = 0; i < PARAMS - 1; i++) {
		b[i] = 0;
		for (size_t k = 0; k < CELLS; k++)
			b[i] += v->tangent[i][k] * (mean[k] - v->fitted[k]);
		for (size_t j = 0; j < PARAMS - 1; j++) {
			a[i][j] = 0;
			for (size_t k = 0; k < CELLS; k++)
				a[i][j] += v->tangent[i][k] * v->tangent[j][k];
		}
		a[i][i] *= 1 + damping;
	}
	if (!solve(PARAMS - 1, a, b))
		return false;
	for (size_t i = 0; i < PARAMS - 1; i++)
		next[i] = z[i] + b[i];
	return true;
}

/* What is left of `score` beside the tangents, scaled to length 1. Twice, for the digits. */
static bool orthogonal(const struct view *v, double *score)
{
	double base[PARAMS][CELLS];

	for (size_t i = 0; i < PARAMS; i++) {
		double *u = i < PARAMS - 1 ? base[i] : score, length = 0;

		if (i < PARAMS - 1)
			memcpy(u, v->tangent[i], sizeof base[i]);
		for (int twice = 0; twice < 2; twice++)
			for (size_t j = 0; j < i; j++) {
				double part = 0;

				for (size_t k = 0; k < CELLS; k++)
					part += u[k] * base[j][k];
				for (size_t k = 0; k < CELLS; k++)
					u[k] -= part * base[j][k];
			}
		for (size_t k = 0; k < CELLS; k++)
			length += u[k] * u[k];
		if (!(length > 1e-26))
			return false;
		for (size_t k = 0; k < CELLS; k++)
			u[k] /= sqrt(length);
	}
	return true;
}

/* The direction that the condition forbids: of the parameter it fixes, or of gpt's floor. */
static void forbidden(enum quantity q, const double *p, double *score)
{
	size_t source = q == Q_ALPHA_MANUAL || q == Q_FLOOR_MANUAL ? 0 : 1, which = q == Q_ALPHA_MANUAL || q == Q_ALPHA_GPT ? 2 : 0;

	memset(score, 0, CELLS * sizeof *score);
	for (size_t k = first_cell(source); k < end_cell(source); k++) {
		double g[3];

		slopes(p + 3 * source, log_x[k], g);
		score[k] = g[which];
	}
}

double constrained(enum quantity q, double at, const double *mean, double *p, double *fitted, double *score)
{
	size_t fixed = q == Q_ALPHA_MANUAL ? 2 : q == Q_ALPHA_GPT ? 5 : q == Q_FLOOR_MANUAL ? 0 : 3, n = 0;
	double z[PARAMS], next[PARAMS], damping = 1e-4;
	struct view now, then;

	for (size_t i = 0; i < PARAMS; i++)
		if (i != fixed)
			z[n++] = p[i];
	look(q, at, mean, z, &now);
	for (int i = 0; i < 200 && damping < 1e12; i++) {
		if (!step(&now, mean, z, damping, next))
			return -1;
		look(q, at, mean, next, &then);
		if (!(then.rss <= now.rss)) {
			damping *= 8;
			continue;
		}
		bool still = now.rss - then.rss <= 1e-12 * now.rss;

		memcpy(z, next, sizeof z);
		now = then;
		damping = fmax(damping / 8, 1e-12);
		if (still)
			break;
	}
	memcpy(p, now.p, sizeof now.p);
	memcpy(fitted, now.fitted, sizeof now.fitted);
	forbidden(q, now.p, score);
	return orthogonal(&now, score) ? now.rss : -1;
}
