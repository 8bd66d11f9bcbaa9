/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Random numbers for scheduling (back-off) and hooks; xoshiro256** seeded through splitmix64
 * (Blackman and Vigna, ACM TOMS 47(4), 2021; Steele et al., OOPSLA 2014). Same seed, same numbers, on every machine.
 */
#ifndef RUNG_RNG_H
#define RUNG_RNG_H

#include <stdint.h>

struct rng {
	uint64_t s[4];
};

void rng_seed(struct rng *r, uint64_t seed);
uint64_t rng_next(struct rng *r);
double rng_unit(struct rng *r); /* [0, 1), 53 bits */
uint64_t rng_below(struct rng *r, uint64_t n); /* unbiased; n > 0 */
uint64_t mix64(uint64_t z); /* the splitmix64 finaliser */

#endif
