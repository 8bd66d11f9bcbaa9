/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <gsl/gsl_errno.h>
#include <gsl/gsl_qrng.h>
#include <math.h>
#include <stdlib.h>

#include "engine/stat/rng.h"
#include "engine/stat/varpro.h"

#define FIRST_DESCENT 60 /* iterations of every start */
#define LONG_DESCENT 600 /* of the most promising eighth */

size_t varpro_starts(const struct law *law)
{
	static const size_t starts[LAW_NONLINEAR + 1] = { 1, 48, 64, 96, 160, 160, 160, 320, 320, 320, 480 };

	return starts[law->nonlinear];
}

static int by_rss(const void *a, const void *b)
{
	const struct varpro_point *p = a, *q = b;

	if (p->rss != q->rss)
		return p->rss > q->rss ? 1 : -1;
	return (p->inner[0] > q->inner[0]) - (p->inner[0] < q->inner[0]);
}

/* The box that starts are drawn from: the family's, cut to the bounds; the bounds themselves where they lie outside it. */
static struct law_range box_of(const struct varpro *v, size_t k)
{
	struct law_range box = law_box(v->law, v->law->linear + k, &v->span);

	box.low = box.low > v->inner_low[k] ? box.low : v->inner_low[k];
	box.high = box.high < v->inner_high[k] ? box.high : v->inner_high[k];
	if (!(box.low <= box.high))
		box = (struct law_range){ v->inner_low[k], v->inner_high[k] };
	return box;
}

size_t varpro_search(struct varpro *v, uint64_t seed, struct varpro_point *found)
{
	const size_t k_n = v->law->nonlinear, starts = varpro_starts(v->law);
	double unit[LAW_NONLINEAR] = { 0 }, turn[LAW_NONLINEAR] = { 0 };
	size_t n = 0;
	struct dice dice;

	(void)gsl_set_error_handler_off();
	gsl_qrng *sobol = k_n > 1 ? gsl_qrng_alloc(gsl_qrng_sobol, (unsigned)k_n) : NULL;

	dice_seed(&dice, seed);
	for (size_t k = 0; seed && k < k_n; k++)
		turn[k] = dice_unit(&dice);
	for (size_t s = 0; s < starts; s++) {
		struct varpro_point p = { 0 };

		if (sobol)
			(void)gsl_qrng_get(sobol, unit);
		else
			unit[0] = ((double)s + 0.5) / (double)starts;
		for (size_t k = 0; k < k_n; k++) {
			struct law_range box = box_of(v, k);
			double at = unit[k] + (sobol ? turn[k] : 0);

			p.inner[k] = box.low + (at >= 1 ? at - 1 : at) * (box.high - box.low);
		}
		if (varpro_descend(v, FIRST_DESCENT, &p))
			found[n++] = p;
	}
	if (sobol)
		gsl_qrng_free(sobol);
	qsort(found, n, sizeof *found, by_rss);
	for (size_t i = 0; i < n && i < starts / 8 + 8; i++)
		if (!found[i].converged)
			(void)varpro_descend(v, LONG_DESCENT, &found[i]);
	qsort(found, n, sizeof *found, by_rss);
	return n;
}
