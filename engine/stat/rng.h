/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Random numbers that results depend on: the same seed gives the same numbers on every machine, for ever.
 *
 * `struct dice` is what rung uses. `struct mt19937` is there to repeat published resamples bit for bit (numpy's legacy
 * stream, R's, GSL's): nothing else should use it.
 */
#ifndef RUNG_STAT_RNG_H
#define RUNG_STAT_RNG_H

#include <stddef.h>
#include <stdint.h>

/* xoshiro256** (Blackman and Vigna, ACM TOMS 47(4), 2021), seeded through splitmix64. */
struct dice {
	uint64_t s[4];
};

/* The finaliser of splitmix64 (Steele, Lea and Flood, OOPSLA 2014): makes unrelated seeds of related numbers. */
uint64_t rng_mix(uint64_t z);
void dice_seed(struct dice *d, uint64_t seed);
uint64_t dice_next(struct dice *d);
size_t dice_below(struct dice *d, size_t n); /* 0 … n-1; n > 0, below 2^32 */
double dice_unit(struct dice *d);            /* in [0, 1), 53 bits */
double dice_open(struct dice *d);            /* in (0, 1) */
double dice_normal(struct dice *d);          /* by inversion of dice_open */

/* Matsumoto and Nishimura, ACM TOMACS 8(1), 1998, with the initialisation of 2002. */
struct mt19937 {
	uint32_t s[624];
	size_t at;
};

void mt19937_seed(struct mt19937 *g, uint32_t seed);
uint32_t mt19937_next(struct mt19937 *g);
/* 0 … n-1 as numpy's RandomState.randint does for a 64-bit default integer and n ≤ 2^32: masked draws, too large ones rejected. */
size_t mt19937_below(struct mt19937 *g, size_t n);

#endif
