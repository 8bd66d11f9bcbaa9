/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Before the runs: the power of a plan, the size it needs, the smallest difference it can detect, the smallest p-value an
 * exact test of it can give.
 *
 * Two-sided power counts rejections on the side of the difference only, as R's power.t.test and power.prop.test do by
 * default; what the other side would add is a rejection with the wrong sign. Functions that search give NaN when there is
 * nothing to find: no difference, power not above alpha, arguments out of range.
 */
#ifndef RUNG_STAT_POWER_H
#define RUNG_STAT_POWER_H

#include <stdbool.h>
#include <stddef.h>

enum power_design { POWER_ONE_SAMPLE, POWER_TWO_SAMPLE }; /* paired: one sample, of differences */

/* Student's t: n values (pairs) or n in each arm, n > 1, may be a fraction; effect: difference / standard deviation (of the
 * differences when paired). Noncentral t with effect·√n or effect·√(n/2). */
double power_t(enum power_design design, double n, double effect, double alpha, bool two_sided);
double power_t_n(enum power_design design, double effect, double alpha, double power, bool two_sided);
/* The smallest effect (in standard deviations) that is found with this power. */
double power_t_effect(enum power_design design, double n, double alpha, double power, bool two_sided);

/* Two proportions, n in each arm, normal approximation without continuity correction. */
double power_proportions(double n, double p1, double p2, double alpha, bool two_sided);
double power_proportions_n(double p1, double p2, double alpha, double power, bool two_sided);

/* Questions for a paired comparison of two models that answer each question K times (Miller, arXiv 2411.00640):
 * n = (z_{1-α/2} + z_power)²(ω² + σ_A²/K_A + σ_B²/K_B)/δ²; ω²: variance over questions of the difference of expected scores,
 * σ²: mean variance within a question. */
struct power_questions {
	double omega2, sigma2_a, sigma2_b, k_a, k_b;
};
double power_questions_n(const struct power_questions *q, double difference, double alpha, double power);
double power_questions_mde(const struct power_questions *q, double n, double alpha, double power);

/* Sign flips, Wilcoxon signed ranks, sign test, McNemar: 2/2^n, one-sided 1/2^n. */
double power_smallest_signs(size_t n, bool two_sided);
/* Permutation of two arms by the difference of means: 2/C(nx + ny, nx), half of it when one-sided or when the arms differ in
 * size (no other deal is then as far on the other side). */
double power_smallest_arms(size_t nx, size_t ny, bool two_sided);
/* Rank sum: 2/C(nx + ny, nx), one-sided half of it. */
double power_smallest_ranks(size_t nx, size_t ny, bool two_sided);

#endif
