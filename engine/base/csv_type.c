/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/base/table.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

enum csv_type csv_type_of(struct str s)
{
	int64_t i;
	double r;
	bool plain = true;

	if (!s.n)
		return CSV_EMPTY;
	struct str digits = s.p[0] == '-' ? str_from(s, 1, s.n) : s;

	if (!digits.n || (digits.n > 1 && digits.p[0] == '0' && is_digit(digits.p[1])))
		return CSV_TEXT;
	for (size_t k = 0; k < digits.n; k++)
		plain = plain && is_digit(digits.p[k]);
	if (plain)
		return str_int(s, &i) ? CSV_INTEGER : CSV_TEXT;
	/* real numbers begin with a digit or a point: no nan, no inf, no +5 */
	return (digits.p[0] == '.' || is_digit(digits.p[0])) && str_real(s, &r) ? CSV_REAL : CSV_TEXT;
}

void csv_types_see(enum csv_type *types, const struct value *cells, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (types[i] == CSV_TEXT || cells[i].type != V_STR)
			continue;
		enum csv_type now = csv_type_of(cells[i].s);

		if (now > types[i])
			types[i] = now;
	}
}

struct value csv_typed(const struct value *cell, enum csv_type type)
{
	struct value v = *cell;
	int64_t i;
	double r;

	if (v.type != V_STR || (type != CSV_INTEGER && type != CSV_REAL))
		return v;
	if (!v.s.n)
		v = (struct value){ .type = V_NULL };
	else if (type == CSV_INTEGER && str_int(v.s, &i))
		v = value_int(i);
	else if (type == CSV_REAL && str_real(v.s, &r))
		v = value_real(r);
	return v;
}
