/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * NIST StRD, nonlinear regression: 27 sets, two starts each, against the certified values in the files' headers.
 *
 * Prints the correct digits (LRE, log relative error; 11 are certified) of parameters, standard errors and residual sum of
 * squares; a start fails when a parameter has fewer than 8, or a standard error fewer than 4. Lanczos1's certified sum of
 * squares, 1.4e-25, lies below what the 14 digits of its data can show: its errors and sum of squares are not judged.
 * Derivatives are by complex steps in long double, so they are exact to rounding (Squire and Trapp, SIAM Review 40, 1998).
 * The data are looked for under $RUNG_DATA, else in ../shared/data beside the repository; absent sets are skipped.
 */
#include <complex.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/stat/nls.h"

#define POINTS_MAX 300
#define PARAMS_MAX 9
#define STEP 1e-40L
#define DIGITS_WANTED 8
#define DIGITS_STRETCH 10
#define SE_DIGITS_WANTED 4

typedef long double complex cl;

static const long double pi = 3.141592653589793238462643383279503L;

static cl misra1a(const cl *b, const long double *x) { return b[0] * (1 - cexpl(-b[1] * x[0])); }
static cl misra1b(const cl *b, const long double *x) { return b[0] * (1 - 1 / ((1 + b[1] * x[0] / 2) * (1 + b[1] * x[0] / 2))); }
static cl misra1c(const cl *b, const long double *x) { return b[0] * (1 - 1 / csqrtl(1 + 2 * b[1] * x[0])); }
static cl misra1d(const cl *b, const long double *x) { return b[0] * b[1] * x[0] / (1 + b[1] * x[0]); }
static cl bennett5(const cl *b, const long double *x) { return b[0] * cexpl(-clogl(b[1] + x[0]) / b[2]); }
static cl chwirut(const cl *b, const long double *x) { return cexpl(-b[0] * x[0]) / (b[1] + b[2] * x[0]); }
static cl danwood(const cl *b, const long double *x) { return b[0] * cexpl(b[1] * logl(x[0])); }

static cl eckerle4(const cl *b, const long double *x)
{
	const cl z = (x[0] - b[2]) / b[1];

	return b[0] / b[1] * cexpl(-z * z / 2);
}

static cl enso(const cl *b, const long double *x)
{
	const cl u = 2 * pi * x[0] / b[3], v = 2 * pi * x[0] / b[6];

	return b[0] + b[1] * cosl(2 * pi * x[0] / 12) + b[2] * sinl(2 * pi * x[0] / 12) + b[4] * ccosl(u) + b[5] * csinl(u) +
	       b[7] * ccosl(v) + b[8] * csinl(v);
}

static cl gauss(const cl *b, const long double *x)
{
	const cl u = (x[0] - b[3]) / b[4], v = (x[0] - b[6]) / b[7];

	return b[0] * cexpl(-b[1] * x[0]) + b[2] * cexpl(-u * u) + b[5] * cexpl(-v * v);
}

static cl cubic_ratio(const cl *b, const long double *x)
{
	const long double t = x[0];

	return (b[0] + t * (b[1] + t * (b[2] + t * b[3]))) / (1 + t * (b[4] + t * (b[5] + t * b[6])));
}

static cl kirby2(const cl *b, const long double *x)
{
	return (b[0] + x[0] * (b[1] + x[0] * b[2])) / (1 + x[0] * (b[3] + x[0] * b[4]));
}

static cl lanczos(const cl *b, const long double *x)
{
	return b[0] * cexpl(-b[1] * x[0]) + b[2] * cexpl(-b[3] * x[0]) + b[4] * cexpl(-b[5] * x[0]);
}

static cl mgh09(const cl *b, const long double *x)
{
	return b[0] * (x[0] * x[0] + x[0] * b[1]) / (x[0] * x[0] + x[0] * b[2] + b[3]);
}

static cl mgh10(const cl *b, const long double *x) { return b[0] * cexpl(b[1] / (x[0] + b[2])); }
static cl mgh17(const cl *b, const long double *x) { return b[0] + b[1] * cexpl(-x[0] * b[3]) + b[2] * cexpl(-x[0] * b[4]); }
static cl nelson(const cl *b, const long double *x) { return b[0] - b[1] * x[0] * cexpl(-b[2] * x[1]); }
static cl rat42(const cl *b, const long double *x) { return b[0] / (1 + cexpl(b[1] - b[2] * x[0])); }
static cl rat43(const cl *b, const long double *x) { return b[0] * cexpl(-clogl(1 + cexpl(b[1] - b[2] * x[0])) / b[3]); }
static cl roszman1(const cl *b, const long double *x) { return b[0] - b[1] * x[0] - catanl(b[2] / (x[0] - b[3])) / pi; }

static const struct set {
	const char *name;
	cl (*f)(const cl *b, const long double *x);
	size_t params, columns;
} sets[] = {
	{ "Misra1a", misra1a, 2, 1 }, { "Chwirut2", chwirut, 3, 1 }, { "Chwirut1", chwirut, 3, 1 },
	{ "Lanczos3", lanczos, 6, 1 }, { "Gauss1", gauss, 8, 1 }, { "Gauss2", gauss, 8, 1 },
	{ "DanWood", danwood, 2, 1 }, { "Misra1b", misra1b, 2, 1 }, { "Kirby2", kirby2, 5, 1 },
	{ "Hahn1", cubic_ratio, 7, 1 }, { "Nelson", nelson, 3, 2 }, { "MGH17", mgh17, 5, 1 },
	{ "Lanczos1", lanczos, 6, 1 }, { "Lanczos2", lanczos, 6, 1 }, { "Gauss3", gauss, 8, 1 },
	{ "Misra1c", misra1c, 2, 1 }, { "Misra1d", misra1d, 2, 1 }, { "Roszman1", roszman1, 4, 1 },
	{ "ENSO", enso, 9, 1 }, { "MGH09", mgh09, 4, 1 }, { "Thurber", cubic_ratio, 7, 1 },
	{ "BoxBOD", misra1a, 2, 1 }, { "Rat42", rat42, 3, 1 }, { "MGH10", mgh10, 3, 1 },
	{ "Eckerle4", eckerle4, 3, 1 }, { "Rat43", rat43, 4, 1 }, { "Bennett5", bennett5, 3, 1 },
};

struct certified {
	const struct set *set;
	size_t n;
	double start[2][PARAMS_MAX], b[PARAMS_MAX], se[PARAMS_MAX], rss;
	double y[POINTS_MAX];
	long double x[POINTS_MAX][2];
};

static bool data_line(struct certified *c, char *line)
{
	char *at = line, *end;
	double v[3];
	size_t got = 0;

	for (; got < c->set->columns + 1; got++, at = end) {
		v[got] = strtod(at, &end);
		if (end == at)
			return false;
	}
	if (c->n >= POINTS_MAX)
		return false;
	c->y[c->n] = c->set->f == nelson ? log(v[0]) : v[0];
	for (size_t k = 1; k < got; k++)
		c->x[c->n][k - 1] = v[k];
	c->n++;
	return true;
}

static bool read_set(const char *folder, const struct set *set, struct certified *c)
{
	char path[4096], line[512];
	size_t params = 0;
	bool data = false;

	*c = (struct certified){ .set = set };
	(void)snprintf(path, sizeof path, "%s/nist/nonlinear/%s.dat", folder, set->name);
	FILE *in = fopen(path, "r");

	if (!in)
		return false;
	while (fgets(line, sizeof line, in)) {
		double v[4];
		unsigned which;

		if (sscanf(line, " b%u = %lf %lf %lf %lf", &which, &v[0], &v[1], &v[2], &v[3]) == 5 && which <= PARAMS_MAX) {
			c->start[0][which - 1] = v[0];
			c->start[1][which - 1] = v[1];
			c->b[which - 1] = v[2];
			c->se[which - 1] = v[3];
			params++;
		} else if (sscanf(line, "Residual Sum of Squares: %lf", &v[0]) == 1) {
			c->rss = v[0];
		} else if (!strncmp(line, "Data:", 5) && params) {
			data = true;
		} else if (data) {
			(void)data_line(c, line);
		}
	}
	(void)fclose(in);
	return params == set->params && c->n > params;
}

static bool eval_long(void *user, const long double *p, long double *f, long double *j)
{
	const struct certified *c = user;
	cl b[PARAMS_MAX];

	for (size_t k = 0; k < c->set->params; k++)
		b[k] = p[k];
	for (size_t i = 0; i < c->n; i++) {
		f[i] = creall(c->set->f(b, c->x[i]));
		if (!isfinite(f[i]))
			return false;
		for (size_t k = 0; j && k < c->set->params; k++) {
			b[k] = p[k] + STEP * I; /* clang 14 has no CMPLXL */
			j[i * c->set->params + k] = cimagl(c->set->f(b, c->x[i])) / STEP;
			b[k] = p[k];
		}
	}
	return true;
}

static bool eval(void *user, const double *p, double *f, double *j)
{
	static long double fl[POINTS_MAX], jl[POINTS_MAX * PARAMS_MAX];
	const struct certified *c = user;
	long double wide[PARAMS_MAX];

	for (size_t k = 0; k < c->set->params; k++)
		wide[k] = p[k];
	if (!eval_long(user, wide, fl, j ? jl : NULL))
		return false;
	for (size_t i = 0; i < c->n; i++)
		f[i] = (double)fl[i];
	for (size_t i = 0; j && i < c->n * c->set->params; i++)
		j[i] = (double)jl[i];
	return true;
}

static double lre(double got, double want)
{
	if (got == want)
		return 11;
	double digits = -log10(fabs(got - want) / fabs(want));

	return digits > 11 ? 11 : digits > 0 ? digits : 0;
}

static void *take(void *owner, size_t bytes) /* kept until the process ends */
{
	void *p = calloc(1, bytes);

	(void)owner;
	if (!p)
		abort();
	return p;
}

struct tally {
	unsigned passed, failed, skipped, stretched;
};

static void judge(const struct certified *c, unsigned start, struct tally *t)
{
	static const struct mem mem = { take, NULL };
	const struct set *s = c->set;
	const struct nls_model m = { .n = c->n, .p = s->params, .user = (void *)c, .eval = eval, .eval_long = eval_long, .y = c->y };
	const bool exempt = !strcmp(s->name, "Lanczos1");
	struct nls_work w;
	struct nls_result r = { .solver = "none" };
	double p[PARAMS_MAX], inverse[PARAMS_MAX * PARAMS_MAX] = { 0 }, digits = 11, se_digits = 11;

	nls_work_init(&w, &mem, m.n, m.p);
	memcpy(p, c->start[start], sizeof p);
	bool ok = nls_solve(&m, &w, p, &r) && nls_information_inverse(&m, &w, p, inverse);

	for (size_t k = 0; k < s->params; k++) {
		double se = sqrt(r.rss / (double)(c->n - s->params) * inverse[k * s->params + k]);

		digits = fmin(digits, lre(p[k], c->b[k]));
		se_digits = fmin(se_digits, lre(se, c->se[k]));
	}
	const bool passed = ok && digits >= DIGITS_WANTED && (exempt || se_digits >= SE_DIGITS_WANTED);

	*(passed ? &t->passed : &t->failed) += 1;
	t->stretched += ok && digits >= DIGITS_STRETCH;
	printf("%-9s  %u     %6.2f     ", s->name, start + 1, digits);
	if (exempt)
		printf("exempt    exempt  ");
	else
		printf("%6.2f    %6.2f  ", se_digits, lre(r.rss, c->rss));
	printf("  %s%s\n", r.solver, passed ? "" : "  FAILED");
}

int main(void)
{
	static struct certified c;
	const char *data = getenv("RUNG_DATA");
	struct tally t = { 0 };

	if (!data)
		data = TEST_DATA "/../../shared/data";
	printf("set        start  LRE(par)  LRE(se)  LRE(rss)  solver\n");
	for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
		if (!read_set(data, &sets[i], &c)) {
			printf("%-9s  skipped: no whole %s/nist/nonlinear/%s.dat\n", sets[i].name, data, sets[i].name);
			t.skipped += 2;
			continue;
		}
		for (unsigned start = 0; start < 2; start++)
			judge(&c, start, &t);
	}
	printf("%u starts with %d digits or more\n", t.stretched, DIGITS_STRETCH);
	printf("%u passed, %u failed, %u skipped\n", t.passed, t.failed, t.skipped);
	return t.failed ? 1 : 0;
}
