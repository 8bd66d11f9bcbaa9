/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/base/rng.h"

#include "engine/base/attr.h"

uint64_t mix64(uint64_t z)
{
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

void rng_seed(struct rng *r, uint64_t seed)
{
	/* splitmix64 never gives four zeros in a row, the one state xoshiro cannot leave. */
	for (size_t i = 0; i < countof(r->s); i++) {
		seed += 0x9e3779b97f4a7c15u;
		r->s[i] = mix64(seed);
	}
}

static uint64_t rotl(uint64_t x, unsigned k)
{
	return x << k | x >> (64 - k);
}

uint64_t rng_next(struct rng *r)
{
	uint64_t *s = r->s;
	uint64_t result = rotl(s[1] * 5, 7) * 9;
	uint64_t t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotl(s[3], 45);
	return result;
}

double rng_unit(struct rng *r)
{
	return (double)(rng_next(r) >> 11) * 0x1p-53;
}

uint64_t rng_below(struct rng *r, uint64_t n)
{
	if (!n)
		BUG("a random number below 0");
	/* Values under 2^64 mod n would make small results likelier: draw again. */
	uint64_t least = -n % n, x;

	do
		x = rng_next(r);
	while (x < least);
	return x % n;
}
