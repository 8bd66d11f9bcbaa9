/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "engine/stat/chinchilla.h"

#define K CHINCHILLA_PARAMS

/* By Cholesky's factor S = L L': the square of the length of L⁻¹ (p - q). */
double chinchilla_wald(const double *p, const double *q, const double *covariance)
{
	double l[K][K], z[K], sum = 0;

	for (size_t i = 0; i < K; i++) {
		for (size_t j = 0; j <= i; j++) {
			double rest = covariance[i * K + j];

			for (size_t k = 0; k < j; k++)
				rest -= l[i][k] * l[j][k];
			if (i == j && !(rest > 0))
				return NAN;
			l[i][j] = i == j ? sqrt(rest) : rest / l[j][j];
		}
		z[i] = p[i] - q[i];
		for (size_t k = 0; k < i; k++)
			z[i] -= l[i][k] * z[k];
		z[i] /= l[i][i];
		sum += z[i] * z[i];
	}
	return sum;
}

/* ln(exp u + exp v + exp e), u = a - α ln N, v = b - β ln D */
static double log_loss(const double *p, double log_n, double log_d)
{
	double u = p[CHINCHILLA_A] - p[CHINCHILLA_ALPHA] * log_n, v = p[CHINCHILLA_B] - p[CHINCHILLA_BETA] * log_d;
	double top = fmax(fmax(u, v), p[CHINCHILLA_E]);

	return top + fm_log(fm_exp(u - top) + fm_exp(v - top) + fm_exp(p[CHINCHILLA_E] - top));
}

struct chinchilla_errors chinchilla_errors(const struct chinchilla *c, const double *p)
{
	struct chinchilla_errors e = { 0 };
	double n = (double)c->rows;

	for (size_t i = 0; i < c->rows; i++) {
		const struct chinchilla_pair *row = &c->pair[i / 2];
		double log_n = row->n[i % 2] * c->spread_n + c->mid_n, log_d = row->d[i % 2] * c->spread_d + c->mid_d;
		double error = log_loss(p, log_n, log_d) - row->loss[i % 2];

		e.rmsle += error * error / n;
		e.bias += error / n;
		e.worst = fmax(e.worst, fabs(error));
	}
	e.rmsle = sqrt(e.rmsle);
	return e;
}

struct chinchilla_optimum chinchilla_optimum(const double *p, double flop)
{
	double alpha = p[CHINCHILLA_ALPHA], beta = p[CHINCHILLA_BETA], both = alpha + beta;

	if (!(alpha > 0) || !(beta > 0) || !(flop > 0) || !isfinite(flop))
		return (struct chinchilla_optimum){ NAN, NAN, NAN, NAN, NAN };
	double log_g = (p[CHINCHILLA_A] - p[CHINCHILLA_B] + fm_log(alpha) - fm_log(beta)) / both, log_c = fm_log(flop / 6);
	double log_n = log_g + beta / both * log_c, log_d = log_c - log_n;

	return (struct chinchilla_optimum){ .params = fm_exp(log_n), .tokens = fm_exp(log_d), .ratio = fm_exp(log_d - log_n),
		                            .loss = fm_exp(log_loss(p, log_n, log_d)), .exponent = beta / both };
}
