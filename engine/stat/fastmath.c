/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/stat/fastmath.h"

#include <math.h>
#include <string.h>

double fm_exp(double x)
{
	return fm_exp_pair(FM_SPLAT(x))[0];
}

void fm_exp_array(const double *x, double *out, size_t n)
{
	size_t i = 0;

	for (; i + 2 <= n; i += 2) {
		fm_pair e = fm_exp_pair((fm_pair){ x[i], x[i + 1] });

		out[i] = e[0];
		out[i + 1] = e[1];
	}
	if (i < n)
		out[i] = fm_exp(x[i]);
}

/* x = 2^k (1 + f) with 1 + f in [√½, √2); log(1 + f) = f - (f²/2 - s (f²/2 + R(s²))) where s = f/(2 + f). */
double fm_log(double x)
{
	int64_t bits, k = 0;

	if (!(x > 0))
		return x == 0 ? -INFINITY : NAN;
	if (!isfinite(x))
		return x;
	if (x < 0x1p-1022) {
		x *= 0x1p54;
		k = -54;
	}
	memcpy(&bits, &x, sizeof bits);
	/* Adding the distance of √½ from the next power of two moves the split of the exponent to √½. */
	int64_t shifted = bits + (0x3ff0000000000000 - 0x3fe6a09e00000000);

	k += (shifted >> 52) - 1023;
	bits = (shifted & 0x000fffffffffffff) + 0x3fe6a09e00000000;
	memcpy(&x, &bits, sizeof x);
	double f = x - 1, s = f / (2 + f), z = s * s, w = z * z, half = 0.5 * f * f, n = (double)k;
	double even = w * (3.999999999940941908e-01 + w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01));
	double odd = z * (6.666666666666735130e-01 +
	                  w * (2.857142874366239149e-01 + w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01)));

	return n * 6.93147180369123816490e-01 -
	       ((half - (s * (half + even + odd) + n * 1.90821492927058770002e-10)) - f);
}
