/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * exp and ln for inner loops: two doubles at a time, no branches, no checks of the domain, as functions to be inlined.
 *
 * fastmath.h has the same for any argument; these are a third faster because they leave out what their callers rule out.
 * Plain IEEE +, -, ×, ÷ and whole-number operations of SSE2: the same bytes on every x86-64 machine. Accuracy is against
 * long double, over a million arguments (tests/unit/test_stat_vexp.c).
 */
#ifndef RUNG_STAT_VEXP_H
#define RUNG_STAT_VEXP_H

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "engine/stat/fastmath.h"

typedef uint64_t vexp_bits __attribute__((vector_size(16)));

/* What SSE2 has as one instruction and the compilers do not recognise. Of a NaN and a number, the second argument. */
static inline fm_pair vexp_larger(fm_pair a, fm_pair b)
{
#ifdef __SSE2__
	return (fm_pair)_mm_max_pd((__m128d)a, (__m128d)b);
#else
	return fm_select(a > b, a, b);
#endif
}

static inline fm_pair vexp_smaller(fm_pair a, fm_pair b)
{
#ifdef __SSE2__
	return (fm_pair)_mm_min_pd((__m128d)a, (__m128d)b);
#else
	return fm_select(a < b, a, b);
#endif
}

/* exp of both for |x| <= 700: 2^k (1 + r + r² q(r)), r = x - k ln 2, with q of degree 9, interpolated at Chebyshev's nodes
 * on |r| <= ln(2)/2. The polynomial is off by 1.3e-17, the result by at most 1.1 ulp. */
static inline fm_pair vexp(fm_pair x)
{
	const fm_pair magic = FM_SPLAT(0x1.8p52);
	fm_pair k = x * FM_SPLAT(1.44269504088896338700e+00) + magic, whole = k - magic;
	fm_pair r = (x - whole * FM_SPLAT(6.93147180369123816490e-01)) - whole * FM_SPLAT(1.90821492927058770002e-10);
	fm_pair r2 = r * r, r4 = r2 * r2;
	fm_pair q0 = FM_SPLAT(0x1.0000000000001p-1) + r * FM_SPLAT(0x1.5555555555556p-3);
	fm_pair q1 = FM_SPLAT(0x1.5555555553d63p-5) + r * FM_SPLAT(0x1.11111111109b3p-7);
	fm_pair q2 = FM_SPLAT(0x1.6c16c1788bd90p-10) + r * FM_SPLAT(0x1.a01a01a7c41d5p-13);
	fm_pair q3 = FM_SPLAT(0x1.a019b90d2ae7ap-16) + r * FM_SPLAT(0x1.71de0dae63bb3p-19);
	fm_pair q4 = FM_SPLAT(0x1.289185613a3d6p-22) + r * FM_SPLAT(0x1.af38a9b0ec855p-26);
	fm_pair q = (q0 + r2 * q1) + r4 * ((q2 + r2 * q3) + r4 * q4);
	fm_mask power = ((fm_mask)k << 52) + (fm_mask)FM_SPLAT(1.0);

	return (FM_SPLAT(1.0) + (r + r2 * q)) * (fm_pair)power;
}

/* ln x, and 1/x by the same division, for normal x > 0 up to 1e307. Off by at most 2.5 ulp of the larger of |ln x| and 1,
 * and by 2 ulp for 1/x.
 *
 * x = 2^k M with M in [1, 2); s = (M - √2)/(M + √2). ln M = ln √2 + 2 artanh s, a polynomial of degree 6 in s², interpolated
 * at Chebyshev's nodes (error 6e-17). */
static inline fm_pair vexp_log(fm_pair x, fm_pair *inverse)
{
	const fm_mask exponent = (fm_mask)FM_SPLAT(__builtin_inf());
	const fm_pair root = FM_SPLAT(0x1.6a09e667f3bcdp+0), half = FM_SPLAT(0.5), log_2 = FM_SPLAT(0x1.62e42fefa39efp-1);
	/* The exponent's bits, laid under 2^52, are the number k + 1023 beside it. */
	vexp_bits high = (vexp_bits)((fm_mask)x & exponent) >> 52;
	fm_pair k = (fm_pair)((fm_mask)FM_SPLAT(0x1p52) | (fm_mask)high) - FM_SPLAT(0x1p52 + 1023);
	fm_pair mantissa = (fm_pair)(((fm_mask)x & ~exponent) | (fm_mask)FM_SPLAT(1.0)), shifted = mantissa + root;
	fm_pair both = FM_SPLAT(1.0) / (x * shifted), s = (mantissa - root) * (both * x);
	fm_pair z = s * s, z2 = z * z, z4 = z2 * z2;
	fm_pair c0 = FM_SPLAT(0x1.0000000000001p+1) + z * FM_SPLAT(0x1.5555555552d50p-1);
	fm_pair c1 = FM_SPLAT(0x1.999999a435066p-2) + z * FM_SPLAT(0x1.249240b87155dp-2);
	fm_pair c2 = FM_SPLAT(0x1.c722cceee92f4p-3) + z * FM_SPLAT(0x1.732320a9c93b0p-3);
	fm_pair c = (c0 + z2 * c1) + z4 * (c2 + z2 * FM_SPLAT(0x1.58d5d4a93822dp-3));

	*inverse = both * shifted;
	return (k + half) * log_2 + s * c;
}

#endif
