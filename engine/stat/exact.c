/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/stat/exact.h"

#include <string.h>

/* p: probabilities of 0 … top. */
static struct exact_tails tails_of(const double *p, size_t top, size_t s)
{
	struct exact_tails t = { 0, 0 };

	for (size_t i = 0; i <= top && i <= s; i++)
		t.lower += p[i];
	for (size_t i = top + 1; i-- > s;)
		t.upper += p[i];
	return t;
}

struct exact_tails exact_signed(const struct mem *m, const unsigned *weight, size_t n, unsigned s)
{
	size_t top = 0;

	for (size_t i = 0; i < n; i++)
		top += weight[i];
	double *p = mem_array(m, double, top + 1);

	p[0] = 1;
	top = 0;
	for (size_t i = 0; i < n; i++) {
		top += weight[i];
		for (size_t v = top + 1; v-- > 0;)
			p[v] = p[v] / 2 + (v >= weight[i] ? p[v - weight[i]] / 2 : 0);
	}
	return tails_of(p, top, s);
}

/* p[k][v]: number of ways to take k of the weights seen so far with the sum v; below 2^100, so a double holds it to 53 bits. */
struct exact_tails exact_subset(const struct mem *m, const unsigned *weight, size_t n, size_t take, unsigned s)
{
	size_t top = 0;

	for (size_t i = 0; i < n; i++)
		top += weight[i];
	double *p = mem_array(m, double, (take + 1) * (top + 1)), all = 0;

	p[0] = 1;
	top++;
	for (size_t i = 0, sum = 0; i < n; i++) {
		sum += weight[i];
		for (size_t k = i + 1 < take ? i + 1 : take; k > 0; k--) {
			double *to = p + k * top;
			const double *from = to - top;

			for (size_t v = sum; v >= weight[i]; v--) {
				to[v] += from[v - weight[i]];
				if (!v)
					break;
			}
		}
	}
	double *last = p + take * top;

	for (size_t v = 0; v < top; v++)
		all += last[v];
	for (size_t v = 0; v < top; v++)
		last[v] /= all;
	return tails_of(last, top - 1, s);
}

/* Putting the i-th element into one of i places makes 0 … i-1 new concordant pairs, each as likely. */
struct exact_tails exact_kendall(const struct mem *m, size_t n, unsigned s)
{
	size_t top = n * (n - 1) / 2;
	double *p = mem_array(m, double, top + 1), *next = mem_array(m, double, top + 1);

	p[0] = 1;
	for (size_t i = 2, reach = 0; i <= n; i++) {
		reach += i - 1;
		memset(next, 0, (reach + 1) * sizeof *next);
		for (size_t v = 0; v <= reach; v++)
			for (size_t k = 0; k < i && k <= v; k++)
				next[v] += p[v - k];
		for (size_t v = 0; v <= reach; v++)
			p[v] = next[v] / (double)i;
	}
	return tails_of(p, top, s);
}

/* ways[set][v]: permutations that map the first |set| numbers onto `set` with the sum v. */
struct exact_tails exact_spearman(const struct mem *m, size_t n, unsigned s)
{
	size_t top = n * (n * n - 1) / 3, sets = (size_t)1 << n;
	double *ways = mem_array(m, double, sets * (top + 1)), all = 1;

	ways[0] = 1;
	for (size_t set = 0; set + 1 < sets; set++) {
		const double *from = ways + set * (top + 1);
		size_t i = (size_t)__builtin_popcountll(set);

		for (size_t j = 0; j < n; j++) {
			if (set >> j & 1)
				continue;
			size_t add = (i > j ? i - j : j - i) * (i > j ? i - j : j - i);
			double *to = ways + (set | (size_t)1 << j) * (top + 1);

			for (size_t v = 0; v + add <= top; v++)
				to[v + add] += from[v];
		}
	}
	double *p = ways + (sets - 1) * (top + 1);

	for (size_t i = 2; i <= n; i++)
		all *= (double)i;
	for (size_t v = 0; v <= top; v++)
		p[v] /= all;
	return tails_of(p, top, s);
}
