/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Private to the kinds: how many digits a number deserves. An uncertainty is given with two significant digits and the
 * value with as many decimals: 0.34729 ± 0.01540 becomes 0.347 ± 0.015 (Particle Data Group's and NIST's custom, without
 * the former's exceptions).
 */
#ifndef RUNG_KIND_UNCERTAIN_H
#define RUNG_KIND_UNCERTAIN_H

#include "plugins/work.h"

#define UNCERTAIN_DIGITS 2

/* Decimals that show two significant digits of u, after rounding (0.0996 → 0.10, two decimals); 0 for u of 10 and more.
 * -1 when u is 0 or not finite: it says nothing about digits. */
int uncertain_decimals(double u);

/* r with that many decimals; never "-0.00". */
struct str fixed_text(const struct work *w, double r, int decimals);

#endif
