/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/stat/law.h"

#include <math.h>
#include <string.h>

#include "engine/stat/fastmath.h"

#define REAL double
#define EXP fm_exp
#define LOG fm_log
#define BASIS(name) name##_basis
#include "engine/stat/law_basis.h"

#define REAL long double
#define EXP expl
#define LOG logl
#define BASIS(name) name##_basis_long
#include "engine/stat/law_basis.h"

#define C(name, latex) { name, latex, LAW_COEFFICIENT, 0 }
#define P(name, latex, role) { name, latex, role, 0 }
#define BREAK(i) P("c" #i, "c_" #i, LAW_SIGNED), P("d" #i, "d_" #i, LAW_PLACE), P("f" #i, "f_" #i, LAW_WIDTH)
#define BASES(name) .basis = name##_basis, .basis_long = name##_basis_long

const struct law law_families[LAW_FAMILIES] = {
	[LAW_LINE] = { "linear", "a + b x", "a + b x", 1, 2, 0, LAW_ANY_X, { C("a", "a"), C("b", "b") }, BASES(linear) },
	[LAW_LOG] = { "log", "a + b ln x", "a + b \\ln x", 1, 2, 0, LAW_POSITIVE_X, { C("a", "a"), C("b", "b") }, BASES(log) },
	[LAW_POWER2] = { "power2", "A x^-alpha", "A x^{-\\alpha}", 1, 1, 1, LAW_POSITIVE_X,
	                 { C("A", "A"), P("alpha", "\\alpha", LAW_SIGNED) }, BASES(power2) },
	[LAW_POWER3] = { "power3", "E + A x^-alpha", "E + A x^{-\\alpha}", 1, 2, 1, LAW_POSITIVE_X,
	                 { C("E", "E"), C("A", "A"), P("alpha", "\\alpha", LAW_EXPONENT) }, BASES(power3) },
	[LAW_POWER4] = { "power4", "E + A (x + d)^-alpha", "E + A (x + d)^{-\\alpha}", 1, 2, 2, LAW_POSITIVE_X,
	                 { C("E", "E"), C("A", "A"), P("alpha", "\\alpha", LAW_EXPONENT), P("d", "d", LAW_SHIFT) },
	                 BASES(power4) },
	[LAW_MMF4] = { "mmf4", "c + (a - c) / (1 + (x/h)^d)", "c + \\frac{a - c}{1 + (x/h)^d}", 1, 2, 2, LAW_POSITIVE_X,
	               { C("a", "a"), C("c", "c"), P("h", "h", LAW_PLACE), P("d", "d", LAW_SHAPE) }, BASES(mmf4) },
	[LAW_EXP3] = { "exp3", "E + A exp(-k x)", "E + A e^{-k x}", 1, 2, 1, LAW_ANY_X,
	               { C("E", "E"), C("A", "A"), P("k", "k", LAW_RATE) }, BASES(exp3) },
	[LAW_WEIBULL4] = { "weibull4", "E + A exp(-(x/h)^d)", "E + A e^{-(x/h)^d}", 1, 2, 2, LAW_POSITIVE_X,
	                   { C("E", "E"), C("A", "A"), P("h", "h", LAW_PLACE), P("d", "d", LAW_SHAPE) }, BASES(weibull4) },
	[LAW_ILOG2] = { "ilog2", "E + A / ln x", "E + A / \\ln x", 1, 2, 0, LAW_X_ABOVE_1, { C("E", "E"), C("A", "A") },
	                BASES(ilog2) },
	[LAW_BNSL1] = { "bnsl1", "a + b x^-c0 (1 + (x/d1)^(1/f1))^(-c1 f1)",
	                "a + b x^{-c_0} \\bigl(1 + (x/d_1)^{1/f_1}\\bigr)^{-c_1 f_1}", 1, 2, 4, LAW_POSITIVE_X,
	                { C("a", "a"), C("b", "b"), P("c0", "c_0", LAW_SIGNED), BREAK(1) }, BASES(bnsl1) },
	[LAW_BNSL2] = { "bnsl2", "a + b x^-c0 Π_(i=1..2) (1 + (x/di)^(1/fi))^(-ci fi)",
	                "a + b x^{-c_0} \\prod_{i=1}^{2} \\bigl(1 + (x/d_i)^{1/f_i}\\bigr)^{-c_i f_i}", 1, 2, 7, LAW_POSITIVE_X,
	                { C("a", "a"), C("b", "b"), P("c0", "c_0", LAW_SIGNED), BREAK(1), BREAK(2) }, BASES(bnsl2) },
	[LAW_BNSL3] = { "bnsl3", "a + b x^-c0 Π_(i=1..3) (1 + (x/di)^(1/fi))^(-ci fi)",
	                "a + b x^{-c_0} \\prod_{i=1}^{3} \\bigl(1 + (x/d_i)^{1/f_i}\\bigr)^{-c_i f_i}", 1, 2, 10, LAW_POSITIVE_X,
	                { C("a", "a"), C("b", "b"), P("c0", "c_0", LAW_SIGNED), BREAK(1), BREAK(2), BREAK(3) }, BASES(bnsl3) },
	[LAW_CHINCHILLA] = { "chinchilla", "E + A N^-alpha + B D^-beta", "E + A N^{-\\alpha} + B D^{-\\beta}", 2, 3, 2,
	                     LAW_POSITIVE_X,
	                     { C("E", "E"), C("A", "A"), C("B", "B"), { "alpha", "\\alpha", LAW_EXPONENT, 0 },
	                       { "beta", "\\beta", LAW_EXPONENT, 1 } },
	                     BASES(chinchilla) },
};

const struct law *law_named(const char *name)
{
	for (size_t i = 0; i < LAW_FAMILIES; i++)
		if (!strcmp(law_families[i].name, name))
			return &law_families[i];
	return NULL;
}

bool law_takes(const struct law *l, const double *x)
{
	for (size_t c = 0; c < l->columns; c++)
		if (!isfinite(x[c]) || (l->domain == LAW_POSITIVE_X && x[c] <= 0) || (l->domain == LAW_X_ABOVE_1 && x[c] <= 1))
			return false;
	return true;
}

double law_gradient(const struct law *l, const double *params, const double *x, double *gradient)
{
	double phi[LAW_LINEAR], d[LAW_LINEAR * LAW_NONLINEAR], lx[LAW_COLUMNS], y = 0;

	for (size_t c = 0; c < l->columns; c++)
		lx[c] = l->domain == LAW_ANY_X ? 0 : fm_log(x[c]);
	l->basis(x, lx, params + l->linear, phi, gradient ? d : NULL);
	for (size_t j = 0; j < l->linear; j++)
		y += params[j] * phi[j];
	if (!gradient)
		return y;
	for (size_t j = 0; j < l->linear; j++)
		gradient[j] = phi[j];
	for (size_t k = 0; k < l->nonlinear; k++) {
		gradient[l->linear + k] = 0;
		for (size_t j = 0; j < l->linear; j++)
			gradient[l->linear + k] += params[j] * d[j * l->nonlinear + k];
	}
	return y;
}

double law_at(const struct law *l, const double *params, const double *x)
{
	return law_gradient(l, params, x, NULL);
}

struct law_span law_span_of(const struct law *l, const double *x, size_t n)
{
	struct law_span s;

	for (size_t c = 0; c < l->columns; c++) {
		double min = INFINITY, max = 0;

		for (size_t i = 0; i < n; i++) {
			double v = fabs(x[i * l->columns + c]);

			if (v > 0 && v < min)
				min = v;
			if (v > max)
				max = v;
		}
		s.min[c] = isfinite(min) ? min : 1;
		s.max[c] = max > 0 ? max : 1;
	}
	return s;
}

static bool by_logarithm(enum law_role role)
{
	return role != LAW_SIGNED && role != LAW_COEFFICIENT;
}

static double shift_of(const struct law *l, size_t k, const struct law_span *s)
{
	return l->params[k].role == LAW_SHIFT ? s->min[l->params[k].column] : 0;
}

double law_inner(const struct law *l, size_t k, const struct law_span *s, double natural)
{
	return by_logarithm(l->params[k].role) ? fm_log(natural + shift_of(l, k, s)) : natural;
}

double law_natural(const struct law *l, size_t k, const struct law_span *s, double inner)
{
	return by_logarithm(l->params[k].role) ? fm_exp(inner) - shift_of(l, k, s) : inner;
}

double law_natural_slope(const struct law *l, size_t k, const struct law_span *s, double inner)
{
	(void)s;
	return by_logarithm(l->params[k].role) ? fm_exp(inner) : 1;
}

static struct law_range inner_range(const struct law *l, size_t k, const struct law_span *s, double low, double high)
{
	return (struct law_range){ law_inner(l, k, s, low), law_inner(l, k, s, high) };
}

struct law_range law_box(const struct law *l, size_t k, const struct law_span *s)
{
	const double min = s->min[l->params[k].column], max = s->max[l->params[k].column];

	switch (l->params[k].role) {
	case LAW_EXPONENT:
		return inner_range(l, k, s, 0.02, 5);
	case LAW_SIGNED:
		return (struct law_range){ -2, 3 };
	case LAW_SHAPE:
		return inner_range(l, k, s, 0.1, 5);
	case LAW_RATE:
		return inner_range(l, k, s, 0.05 / max, 20 / min);
	case LAW_PLACE:
		return inner_range(l, k, s, min / 3, max * 3);
	case LAW_WIDTH:
		return inner_range(l, k, s, 0.05, 2);
	case LAW_SHIFT:
		return (struct law_range){ fm_log(min / 10), fm_log(max * 10) };
	case LAW_COEFFICIENT:
		break;
	}
	return (struct law_range){ -INFINITY, INFINITY };
}

struct law_range law_limit(const struct law *l, size_t k, const struct law_span *s)
{
	const double min = s->min[l->params[k].column], max = s->max[l->params[k].column];

	switch (l->params[k].role) {
	case LAW_EXPONENT:
		return (struct law_range){ 1e-3, 20 };
	case LAW_SIGNED:
		return (struct law_range){ -20, 20 };
	case LAW_SHAPE:
		return (struct law_range){ 0.01, 50 };
	case LAW_RATE:
		return (struct law_range){ 1e-3 / max, 1000 / min };
	case LAW_PLACE:
		return (struct law_range){ min / 1000, max * 1000 };
	case LAW_WIDTH:
		return (struct law_range){ 0.01, 20 };
	case LAW_SHIFT:
		return (struct law_range){ min / 1000 - min, max * 1000 };
	case LAW_COEFFICIENT:
		break;
	}
	return (struct law_range){ -INFINITY, INFINITY };
}

void law_order(const struct law *l, double *params)
{
	if (l != &law_families[LAW_BNSL2] && l != &law_families[LAW_BNSL3])
		return;
	const size_t breaks = (l->nonlinear - 1) / 3;
	double *b = params + l->linear + 1;

	for (size_t i = 1; i < breaks; i++)
		for (size_t j = i; j > 0 && b[3 * j + 1] < b[3 * j - 2]; j--)
			for (size_t k = 0; k < 3; k++) {
				double hold = b[3 * j + k];

				b[3 * j + k] = b[3 * j - 3 + k];
				b[3 * j - 3 + k] = hold;
			}
}
