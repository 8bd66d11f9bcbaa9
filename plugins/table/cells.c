/* SPDX-License-Identifier: GPL-3.0-or-later
 * What the cells of a table show: digits chosen from the uncertainty, p-values by convention, never a blank. */
#include <math.h>
#include <string.h>

#include "plugins/table/layout.h"
#include "plugins/uncertain.h"

#define NOTHING "—"

size_t width_of_text(struct str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
	return n;
}

bool is_number_text(struct str s)
{
	size_t i = s.n && (s.p[0] == '-' || s.p[0] == '<' || s.p[0] == '>');

	return i < s.n && s.p[i] >= '0' && s.p[i] <= '9';
}

size_t point_of(struct str s)
{
	size_t i = 0;

	while (i < s.n && s.p[i] != '.' && s.p[i] != ' ' && s.p[i] != '*')
		i++;
	return width_of_text((struct str){ s.p, i });
}

struct str mark_name(const struct work *w, size_t number)
{
	struct text t = { .w = w };

	for (size_t i = 0; i <= number / 26; i++)
		text_printf(&t, "%c", (int)('a' + number % 26));
	return text_str(&t);
}

static bool cell_real(const struct layout *l, const struct value *v, double *out)
{
	if (v->type == V_STR)
		return v->s.n && l->w->host->number(v->s, out) && isfinite(*out);
	return value_number(v, out) && isfinite(*out);
}

/* Columns of a CSV hold text; one that reads as a number with a point or an exponent is a real. */
static bool is_real(const struct layout *l, const struct value *v)
{
	double x;

	if (v->type != V_STR)
		return v->type == V_REAL;
	if (!cell_real(l, v, &x))
		return false;
	for (size_t i = 0; i < v->s.n; i++)
		if (v->s.p[i] == '.' || v->s.p[i] == 'e' || v->s.p[i] == 'E')
			return true;
	return false;
}

static void decimals_decide(const struct layout *l, struct layout_column *c)
{
	double least = INFINITY, most = 0;

	for (size_t i = 0; i < l->rows; i++) {
		double v;

		if (!is_real(l, c->cells[i]) || !cell_real(l, c->cells[i], &v) || v == 0)
			continue;
		least = fmin(least, fabs(v));
		most = fmax(most, fabs(v));
	}
	if (most == 0)
		return;
	int top = (int)floor(log10(most)), bottom = (int)floor(log10(least));

	c->decimals = top < c->digits ? c->digits - 1 - top : 0;
	if (top - bottom > c->digits - 2 || top > 14 || top < -8)
		c->decimals = -1;
}

/* A real by significant digits, without exponent where that stays short. */
static struct str significant(const struct layout *l, double r, int digits)
{
	struct text t = { .w = l->w };
	double size = fabs(r);

	if (size != 0 && (size >= 1e15 || size < 1e-5)) {
		text_printf(&t, "%.*g", digits, r);
		return text_str(&t);
	}
	int decimals = size != 0 ? digits - 1 - (int)floor(log10(size)) : 0;

	return fixed_text(l->w, r, decimals > 0 ? decimals : 0);
}

/* ---- the ways to show a cell -------------------------------------------------------------------------------------- */

static struct str p_text(const struct layout *l, const struct layout_column *c, double p)
{
	struct text t = { .w = l->w };

	if (p < 0.001)
		text_z(&t, "<0.001");
	else if (p > 0.999)
		text_z(&t, ">0.999");
	else
		text_printf(&t, "%.3f", p);
	if (c->stars)
		text_z(&t, p < 0.001 ? "***" : p < 0.01 ? "**" : p < 0.05 ? "*" : "");
	return text_str(&t);
}

static struct str end_text(const struct layout *l, double v, bool there, bool high, int decimals)
{
	return there ? fixed_text(l->w, v, decimals) : high ? STR("∞") : STR("−∞");
}

/* "0.347 ± 0.015"; without an uncertainty, or with one of 0, the value alone. */
static struct str plus_minus(const struct layout *l, const struct layout_column *c, size_t row, double v, double scale)
{
	struct text t = { .w = l->w };
	double u;

	if (!cell_real(l, c->half[row], &u))
		return (struct str){ "", 0 };
	int decimals = uncertain_decimals(u * scale);

	if (decimals < 0)
		decimals = c->decimals < 0 ? 0 : c->decimals;
	text_printf(&t, "%.*s ± %.*s", STR_ARG(fixed_text(l->w, v * scale, decimals)),
	            STR_ARG(fixed_text(l->w, u * scale, decimals)));
	return text_str(&t);
}

/* "0.347 [0.317, 0.373]": digits from half the interval's width; an end that is absent has no bound. */
static struct str interval(const struct layout *l, const struct layout_column *c, size_t row, double v, double scale)
{
	struct text t = { .w = l->w };
	double low = NAN, high = NAN, half;
	bool has_low = cell_real(l, c->low[row], &low), has_high = cell_real(l, c->high[row], &high);

	if (!has_low && !has_high)
		return (struct str){ "", 0 };
	half = has_low && has_high ? (high - low) / 2 : has_low ? v - low : high - v;
	int decimals = uncertain_decimals(half * scale);

	if (decimals < 0)
		decimals = c->decimals < 0 ? 0 : c->decimals;
	text_printf(&t, "%.*s [%.*s, %.*s]", STR_ARG(fixed_text(l->w, v * scale, decimals)),
	            STR_ARG(end_text(l, low * scale, has_low, false, decimals)),
	            STR_ARG(end_text(l, high * scale, has_high, true, decimals)));
	return text_str(&t);
}

static struct str number_shown(const struct layout *l, const struct layout_column *c, size_t row, double v)
{
	const struct value *cell = c->cells[row];
	double scale = c->format == FORMAT_PERCENT ? 100 : 1;
	struct str with = { "", 0 };

	if (c->format == FORMAT_P)
		return p_text(l, c, v);
	if (c->format == FORMAT_COUNT)
		return fixed_text(l->w, v, 0);
	if (c->half)
		with = plus_minus(l, c, row, v, scale);
	else if (c->low)
		with = interval(l, c, row, v, scale);
	if (with.n)
		return with;
	if (c->format == FORMAT_PERCENT)
		return fixed_text(l->w, 100 * v, 1);
	if (cell->type != V_REAL && !(cell->type == V_STR && (c->half || c->low)))
		return cell_text(l->w, cell);
	/* A real that is whole (a budget that went through a fit) needs no decimals beside others that have none. */
	return c->decimals < 0 ? significant(l, v, c->digits) : fixed_text(l->w, v, c->decimals);
}

/* A cell without a value is never blank: the reason in the first such column of a refused row, else a dash. */
static struct str cell_shown(const struct layout *l, const struct layout_column *c, size_t row, struct str *reasons)
{
	const struct value *cell = c->cells[row];
	double v;

	if (cell_missing(cell)) {
		struct str why = reasons[row];

		reasons[row] = (struct str){ "", 0 };
		return why.n ? why : STR(NOTHING);
	}
	if (c->format != FORMAT_TEXT && cell_real(l, cell, &v))
		return number_shown(l, c, row, v);
	return cell_text(l->w, cell);
}

void layout_measure(const struct layout *l, struct layout_column *c, struct str *reasons)
{
	double v;

	c->digits = c->digits ? c->digits : l->digits;
	c->numbers = c->format != FORMAT_TEXT;
	c->text = work_array(l->w, struct str, l->rows);
	for (size_t i = 0; i < l->rows; i++)
		c->numbers &= cell_missing(c->cells[i]) || (c->cells[i]->type != V_BOOL && cell_real(l, c->cells[i], &v));
	decimals_decide(l, c);
	for (size_t i = 0; i < l->rows; i++)
		c->text[i] = cell_shown(l, c, i, reasons);
}
