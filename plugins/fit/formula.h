/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Private to `fit`: arithmetic over named numbers, in Lua's notation: + - * / ^ ( ), unary minus, and exp log log10 sqrt abs
 * min max of arguments. It is compiled to a list of steps for a stack, because a fit evaluates it millions of times, and by
 * fastmath.h, so that its values are the same on every machine.
 */
#ifndef RUNG_FIT_FORMULA_H
#define RUNG_FIT_FORMULA_H

#include "plugins/work.h"

#define FORMULA_STEPS 256

struct formula {
	struct formula_step {
		enum formula_op { OP_NUMBER, OP_NAME, OP_ADD, OP_SUB, OP_MUL, OP_DIV, OP_POW, OP_NEG, OP_EXP, OP_LOG, OP_LOG10, OP_SQRT,
			          OP_ABS, OP_MIN, OP_MAX } op;
		double number;
		size_t name;
	} steps[FORMULA_STEPS];
	size_t n;
};

/* NULL, or why the text is no formula. */
const char *formula_parse(const struct work *w, struct str text, const struct str *names, size_t names_n, struct formula *out);
/* values: one for each name; NaN where the formula has no value. */
double formula_value(const struct formula *f, const double *values);

#endif
