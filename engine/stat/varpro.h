/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Variable projection: weighted least squares for the families of law.h, searched over the nonlinear parameters alone.
 *
 * For given θ the best coefficients follow from a linear fit, so what remains is a function of θ with the coefficients
 * projected out (Golub and Pereyra, SIAM J. Numer. Anal. 10, 1973); its Jacobian is taken in Kaufman's short form (BIT 15,
 * 1975) and followed by Levenberg–Marquardt in the inner coordinates of law.h. Bounds on coefficients are met exactly: the
 * best corner, edge or face of the box is found by trying them (at most 3³), so a floor E that the data press below 0 comes
 * out as 0 and not as nearly 0. Bounds on θ are met by projection. A parameter whose two bounds are equal is fixed.
 *
 * Work is in double with fastmath.h: the same bytes everywhere. The digits that cancel here are brought back by nls_polish.
 */
#ifndef RUNG_STAT_VARPRO_H
#define RUNG_STAT_VARPRO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/stat/law.h"
#include "engine/stat/mem.h"

struct varpro {
	const struct law *law;
	size_t n;
	const double *x;  /* n rows of law->columns */
	double *lx;       /* ln x, as x */
	struct law_span span;
	double low[LAW_PARAMS], high[LAW_PARAMS]; /* natural; the family's limits until narrowed by varpro_bound */
	double inner_low[LAW_NONLINEAR], inner_high[LAW_NONLINEAR];
	/* of the weights and values at hand */
	const double *y;
	double *root; /* √weight */
	/* of the place looked at last */
	double *phi, *dphi; /* √w φ_j by columns; √w ∂φ_j/∂inner_k by columns of j × nonlinear + k */
	double *q, *r, *j;  /* orthonormal columns, residuals √w (y - f), Jacobian */
	size_t q_n;
};

struct varpro_point {
	double rss;
	double inner[LAW_NONLINEAR], c[LAW_LINEAR];
	double gradient; /* largest |cos| of the residuals with a column of the projected Jacobian */
	unsigned iterations;
	bool converged;
};

/* x stays the caller's and lies in the law's domain. */
void varpro_init(struct varpro *v, const struct mem *m, const struct law *law, const double *x, size_t n);
/* Narrower bounds for parameter k (natural). False when nothing is left between them and the family's limits. */
bool varpro_bound(struct varpro *v, size_t k, double low, double high);
/* weight: NULL = all 1. y stays the caller's, weights are copied. */
void varpro_values(struct varpro *v, const double *y, const double *weight);

/* Best coefficients at p->inner; false when the family has no finite value there. */
bool varpro_look(struct varpro *v, struct varpro_point *p);
/* From p->inner downhill. False when even the start has no value. */
bool varpro_descend(struct varpro *v, unsigned max_iterations, struct varpro_point *p);

/* How many starts a search makes: 1, 48, 64 for 0, 1, 2 nonlinear parameters, 160 for 4, 320 for 7, 480 for 10. */
size_t varpro_starts(const struct law *law);
/* Descends from all starts: a logarithmic grid of the box for one nonlinear parameter, points of Sobol's sequence for more,
 * turned round by the seed unless it is 0. found: room for varpro_starts points; returns how many had a value, lowest sum
 * of squares first. */
size_t varpro_search(struct varpro *v, uint64_t seed, struct varpro_point *found);

/* All parameters in natural units. */
void varpro_params(const struct varpro *v, const struct varpro_point *p, double *params);
void varpro_start_at(const struct varpro *v, const double *params, struct varpro_point *p);

#endif
