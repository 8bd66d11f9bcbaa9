/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/stat/rng.h"

#include "engine/stat/dist.h"

uint64_t rng_mix(uint64_t z)
{
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

void dice_seed(struct dice *d, uint64_t seed)
{
	for (size_t i = 0; i < 4; i++)
		d->s[i] = rng_mix(seed += 0x9e3779b97f4a7c15u);
}

static uint64_t turn(uint64_t x, unsigned k)
{
	return x << k | x >> (64 - k);
}

uint64_t dice_next(struct dice *d)
{
	uint64_t *s = d->s, result = turn(s[1] * 5, 7) * 9, t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = turn(s[3], 45);
	return result;
}

size_t dice_below(struct dice *d, size_t n)
{
	/* Multiply and shift; the bias is below n / 2^64. */
	return (size_t)((unsigned __int128)dice_next(d) * n >> 64);
}

double dice_unit(struct dice *d)
{
	return (double)(dice_next(d) >> 11) * 0x1p-53;
}

double dice_open(struct dice *d)
{
	return ((double)(dice_next(d) >> 12) + 0.5) * 0x1p-52;
}

double dice_normal(struct dice *d)
{
	return dist_normal_inv(dice_open(d));
}

void mt19937_seed(struct mt19937 *g, uint32_t seed)
{
	g->s[0] = seed;
	for (uint32_t i = 1; i < 624; i++)
		g->s[i] = 1812433253u * (g->s[i - 1] ^ (g->s[i - 1] >> 30)) + i;
	g->at = 624;
}

static void mt19937_twist(struct mt19937 *g)
{
	for (size_t i = 0; i < 624; i++) {
		uint32_t y = (g->s[i] & 0x80000000u) | (g->s[(i + 1) % 624] & 0x7fffffffu);

		g->s[i] = g->s[(i + 397) % 624] ^ (y >> 1) ^ (y & 1 ? 0x9908b0dfu : 0);
	}
	g->at = 0;
}

uint32_t mt19937_next(struct mt19937 *g)
{
	if (g->at >= 624)
		mt19937_twist(g);
	uint32_t y = g->s[g->at++];

	y ^= y >> 11;
	y ^= (y << 7) & 0x9d2c5680u;
	y ^= (y << 15) & 0xefc60000u;
	return y ^ (y >> 18);
}

size_t mt19937_below(struct mt19937 *g, size_t n)
{
	uint32_t mask = (uint32_t)(n - 1), v;

	if (n <= 1)
		return 0;
	for (unsigned k = 1; k < 32; k *= 2)
		mask |= mask >> k;
	do
		v = mt19937_next(g) & mask;
	while (v > n - 1);
	return v;
}
