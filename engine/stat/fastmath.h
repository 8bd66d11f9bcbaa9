/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * exp and log that give the same bytes on every machine.
 *
 * libm's do not: it picks a variant by the processor (with or without fused multiply-add). These use +, -, ×, ÷ in double
 * with round-to-nearest alone, which IEEE 754 fixes to the bit; the methods and constants are fdlibm's (Sun Microsystems,
 * 1993, e_exp.c and e_log.c, freely redistributable). Error below 1 ulp; against long double 0.87 was seen. exp: overflow
 * gives infinity, underflow 0, NaN stays NaN. log: 0 gives -infinity, a negative number NaN.
 */
#ifndef RUNG_STAT_FASTMATH_H
#define RUNG_STAT_FASTMATH_H

#include <stddef.h>
#include <stdint.h>

/* Two doubles at a time; a compiler without vectors of two makes scalars of them, with the same result. */
typedef double fm_pair __attribute__((vector_size(16)));
typedef int64_t fm_mask __attribute__((vector_size(16)));

double fm_exp(double x);
double fm_log(double x);
void fm_exp_array(const double *x, double *out, size_t n); /* out may be x */

#define FM_SPLAT(v) ((fm_pair){ (v), (v) })

static inline fm_pair fm_select(fm_mask where, fm_pair yes, fm_pair no)
{
	return (fm_pair)(((fm_mask)yes & where) | ((fm_mask)no & ~where));
}

/* 2^k for whole k in -1022 … 1023: the low bits of k + 1.5×2^52 become the exponent. */
static inline fm_pair fm_scale(fm_pair k)
{
	return (fm_pair)(((fm_mask)(k + FM_SPLAT(0x1.8p52)) << 52) + (fm_mask)FM_SPLAT(1.0));
}

/* exp of both: k = x/ln 2 rounded, r = x - k ln 2 in two parts, e^r = 1 + 2r/(R - r) with a Remez polynomial in r², and 2^k
 * in two halves, so that subnormal results are reached. */
static inline fm_pair fm_exp_pair(fm_pair x)
{
	const fm_pair magic = FM_SPLAT(0x1.8p52), one = FM_SPLAT(1.0);

	x = fm_select(x > FM_SPLAT(710.0), FM_SPLAT(710.0), x);
	x = fm_select(x < FM_SPLAT(-746.0), FM_SPLAT(-746.0), x);
	fm_pair k = (x * FM_SPLAT(1.44269504088896338700e+00) + magic) - magic;
	fm_pair high = x - k * FM_SPLAT(6.93147180369123816490e-01), low = k * FM_SPLAT(1.90821492927058770002e-10);
	fm_pair r = high - low, t = r * r;
	fm_pair c = FM_SPLAT(-1.65339022054652515390e-06) + t * FM_SPLAT(4.13813679705723846039e-08);

	c = FM_SPLAT(-2.77777777770155933842e-03) + t * (FM_SPLAT(6.61375632143793436117e-05) + t * c);
	c = r - t * (FM_SPLAT(1.66666666666666019037e-01) + t * c);
	fm_pair y = one - ((low - (r * c) / (FM_SPLAT(2.0) - c)) - high);
	fm_pair half = (k * FM_SPLAT(0.5) + magic) - magic;

	return y * fm_scale(half) * fm_scale(k - half);
}

#endif
