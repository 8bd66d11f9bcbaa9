/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The basis functions of law.c, once for each precision: the includer defines REAL, EXP, LOG and BASIS(name).
 * An argument of exp beyond ±700 is one whose function has vanished or left the range of double; what is then stored is
 * finite, so that 0 × infinity never makes a NaN.
 */
static void BASIS(linear)(const REAL *x, const REAL *lx, const REAL *t, REAL *phi, REAL *d)
{
	(void)lx, (void)t, (void)d;
	phi[0] = 1;
	phi[1] = x[0];
}

static void BASIS(log)(const REAL *x, const REAL *lx, const REAL *t, REAL *phi, REAL *d)
{
	(void)x, (void)t, (void)d;
	phi[0] = 1;
	phi[1] = lx[0];
}

static void BASIS(ilog2)(const REAL *x, const REAL *lx, const REAL *t, REAL *phi, REAL *d)
{
	(void)x, (void)t, (void)d;
	phi[0] = 1;
	phi[1] = 1 / lx[0];
}

static void BASIS(power2)(const REAL *x, const REAL *lx, const REAL *t, REAL *phi, REAL *d)
{
	(void)x;
	phi[0] = EXP(-t[0] * lx[0]);
	if (d)
		d[0] = -lx[0] * phi[0];
}

static void BASIS(power3)(const REAL *x, const REAL *lx, const REAL *t, REAL *phi, REAL *d)
{
	(void)x;
	phi[0] = 1;
	phi[1] = EXP(-t[0] * lx[0]);
	if (d) {
		d[0] = 0;
		d[1] = -lx[0] * phi[1];
	}
}

static void BASIS(power4)(const REAL *x, const REAL *lx, const REAL *t, REAL *phi, REAL *d)
{
	const REAL moved = x[0] + t[1], l = LOG(moved);

	(void)lx;
	phi[0] = 1;
	phi[1] = EXP(-t[0] * l);
	if (d) {
		d[0] = d[1] = 0;
		d[2] = -l * phi[1];
		d[3] = -t[0] / moved * phi[1];
	}
}

static void BASIS(exp3)(const REAL *x, const REAL *lx, const REAL *t, REAL *phi, REAL *d)
{
	(void)lx;
	phi[0] = 1;
	phi[1] = EXP(-t[0] * x[0]);
	if (d) {
		d[0] = 0;
		d[1] = -x[0] * phi[1];
	}
}

/* θ = h, d; u = (x/h)^d. */
static void BASIS(weibull4)(const REAL *x, const REAL *lx, const REAL *t, REAL *phi, REAL *d)
{
	const REAL far = lx[0] - LOG(t[0]), e = t[1] * far, u = EXP(e < 700 ? e : 700);

	(void)x;
	phi[0] = 1;
	phi[1] = u < 700 ? EXP(-u) : 0;
	if (d) {
		const REAL slope = phi[1] > 0 ? -phi[1] * u : 0;

		d[0] = d[1] = 0;
		d[2] = -slope * t[1] / t[0];
		d[3] = slope * far;
	}
}

/* 1 / (1 + e^-t) */
static REAL BASIS(logistic)(REAL t)
{
	if (t > 0)
		return 1 / (1 + EXP(-t));
	const REAL e = EXP(t);

	return e / (1 + e);
}

/* θ = h, d; the shares of a and of c sum to 1. */
static void BASIS(mmf4)(const REAL *x, const REAL *lx, const REAL *t, REAL *phi, REAL *d)
{
	const REAL far = lx[0] - LOG(t[0]), e = t[1] * far;

	(void)x;
	phi[0] = BASIS(logistic)(-e);
	phi[1] = BASIS(logistic)(e);
	if (d) {
		const REAL slope = phi[0] * phi[1];

		d[0] = slope * t[1] / t[0];
		d[1] = -slope * far;
		d[2] = -d[0];
		d[3] = -d[1];
	}
}

/* ln(1 + e^t) */
static REAL BASIS(softplus)(REAL t)
{
	if (t > 50)
		return t;
	return t > 0 ? t + LOG(1 + EXP(-t)) : LOG(1 + EXP(t));
}

/* θ = c0, then c, d, f of each break. ln φ = -c0 ln x - Σ c f softplus((ln x - ln d)/f). */
static void BASIS(bnsl)(size_t breaks, const REAL *lx, const REAL *t, REAL *phi, REAL *d)
{
	const size_t k = 1 + 3 * breaks;
	REAL e = -t[0] * lx[0];

	for (size_t i = 0; i < breaks; i++) {
		const REAL *b = t + 1 + 3 * i, far = (lx[0] - LOG(b[1])) / b[2], soft = BASIS(softplus)(far);

		e -= b[0] * b[2] * soft;
		if (d) {
			const REAL share = BASIS(logistic)(far);
			REAL *out = d + k + 1 + 3 * i;

			out[0] = -b[2] * soft;
			out[1] = b[0] * share / b[1];
			out[2] = -b[0] * (soft - far * share);
		}
	}
	phi[0] = 1;
	phi[1] = EXP(e < 700 ? e : 700);
	if (d) {
		d[k] = -lx[0];
		for (size_t i = 0; i < k; i++) {
			d[i] = 0;
			d[k + i] *= phi[1];
		}
	}
}

static void BASIS(bnsl1)(const REAL *x, const REAL *lx, const REAL *t, REAL *phi, REAL *d)
{
	(void)x;
	BASIS(bnsl)(1, lx, t, phi, d);
}

static void BASIS(bnsl2)(const REAL *x, const REAL *lx, const REAL *t, REAL *phi, REAL *d)
{
	(void)x;
	BASIS(bnsl)(2, lx, t, phi, d);
}

static void BASIS(bnsl3)(const REAL *x, const REAL *lx, const REAL *t, REAL *phi, REAL *d)
{
	(void)x;
	BASIS(bnsl)(3, lx, t, phi, d);
}

static void BASIS(chinchilla)(const REAL *x, const REAL *lx, const REAL *t, REAL *phi, REAL *d)
{
	(void)x;
	phi[0] = 1;
	phi[1] = EXP(-t[0] * lx[0]);
	phi[2] = EXP(-t[1] * lx[1]);
	if (d) {
		d[0] = d[1] = d[3] = d[4] = 0;
		d[2] = -lx[0] * phi[1];
		d[5] = -lx[1] * phi[2];
	}
}

#undef REAL
#undef EXP
#undef LOG
#undef BASIS
