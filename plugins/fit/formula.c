/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugins/fit/formula.h"

#include <math.h>
#include <string.h>

#include "engine/stat/fastmath.h"
#include "plugins/fit/read.h"

#define DEPTH_MAX 40

struct parser {
	const struct work *w;
	struct str text;
	size_t at, depth;
	const struct str *names;
	size_t names_n;
	struct formula *out;
	const char *error;
};

static void parse_sum(struct parser *p);

static void complain(struct parser *p, const char *fmt, struct str what)
{
	struct text t = { .w = p->w };

	if (p->error)
		return;
	text_printf(&t, "%s'%.*s' at character %zu", fmt, STR_ARG(what), p->at + 1);
	p->error = t.p;
}

static void emit(struct parser *p, struct formula_step step)
{
	if (p->out->n == FORMULA_STEPS)
		complain(p, "the formula is too long before ", STR(""));
	else
		p->out->steps[p->out->n++] = step;
}

static char peek(struct parser *p)
{
	while (p->at < p->text.n && (p->text.p[p->at] == ' ' || p->text.p[p->at] == '\n' || p->text.p[p->at] == '\t'))
		p->at++;
	return p->at < p->text.n ? p->text.p[p->at] : '\0';
}

static bool take(struct parser *p, char c)
{
	if (peek(p) != c)
		return false;
	p->at++;
	return true;
}

static void expect(struct parser *p, char c)
{
	if (!take(p, c))
		complain(p, "expected ", (struct str){ &c, 1 });
}

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static void parse_number(struct parser *p)
{
	size_t end = p->at;
	double v;

	while (end < p->text.n) {
		const char c = p->text.p[end], before = end > p->at ? p->text.p[end - 1] : ' ';
		const bool sign = (c == '-' || c == '+') && (before == 'e' || before == 'E');

		if (!digit(c) && c != '.' && c != 'e' && c != 'E' && !sign)
			break;
		end++;
	}
	const struct str text = { p->text.p + p->at, end - p->at };

	if (!p->w->host->number(text, &v))
		complain(p, "no number: ", text);
	emit(p, (struct formula_step){ .op = OP_NUMBER, .number = v });
	p->at = end;
}

static void parse_call(struct parser *p, struct str name)
{
	static const struct { const char *name; enum formula_op op; int arguments; } all[] = {
		{ "exp", OP_EXP, 1 }, { "log", OP_LOG, 1 }, { "log10", OP_LOG10, 1 }, { "sqrt", OP_SQRT, 1 }, { "abs", OP_ABS, 1 },
		{ "min", OP_MIN, 2 }, { "max", OP_MAX, 2 },
	};

	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		if (!str_is(name, all[i].name))
			continue;
		parse_sum(p);
		if (all[i].arguments == 2) {
			expect(p, ',');
			parse_sum(p);
		}
		expect(p, ')');
		emit(p, (struct formula_step){ .op = all[i].op });
		return;
	}
	complain(p, "unknown function ", name);
}

static void parse_name(struct parser *p)
{
	size_t end = p->at;

	while (end < p->text.n && (letter(p->text.p[end]) || digit(p->text.p[end]) || p->text.p[end] == '.'))
		end++;
	struct str name = { p->text.p + p->at, end - p->at };

	if (name.n > 5 && !memcmp(name.p, "math.", 5))
		name = (struct str){ name.p + 5, name.n - 5 };
	for (size_t i = 0; i < p->names_n; i++)
		if (str_same(name, p->names[i])) {
			p->at = end;
			emit(p, (struct formula_step){ .op = OP_NAME, .name = i });
			return;
		}
	size_t here = p->at;

	p->at = end;
	if (take(p, '(')) {
		parse_call(p, name);
		return;
	}
	p->at = here;
	complain(p, "neither a parameter nor a column of x: ", name);
	p->at = end;
}

static void parse_unary(struct parser *p);

/* a ^ b ^ c is a ^ (b ^ c), and -a ^ b is -(a ^ b), as in Lua. */
static void parse_power(struct parser *p)
{
	const char c = peek(p);

	if (take(p, '(')) {
		parse_sum(p);
		expect(p, ')');
	} else if (digit(c) || c == '.') {
		parse_number(p);
	} else if (letter(c)) {
		parse_name(p);
	} else {
		complain(p, c ? "expected a number, a name or '(', not " : "the formula ends too early: ",
		         c ? (struct str){ &p->text.p[p->at], 1 } : p->text);
	}
	if (!p->error && take(p, '^')) {
		parse_unary(p);
		emit(p, (struct formula_step){ .op = OP_POW });
	}
}

static void parse_unary(struct parser *p)
{
	if (p->error)
		return;
	if (++p->depth > DEPTH_MAX) {
		complain(p, "nested too deep: ", STR(""));
	} else if (take(p, '-')) {
		parse_unary(p);
		emit(p, (struct formula_step){ .op = OP_NEG });
	} else {
		parse_power(p);
	}
	p->depth--;
}

static void parse_product(struct parser *p)
{
	parse_unary(p);
	for (char c = peek(p); !p->error && (c == '*' || c == '/'); c = peek(p)) {
		p->at++;
		parse_unary(p);
		emit(p, (struct formula_step){ .op = c == '*' ? OP_MUL : OP_DIV });
	}
}

static void parse_sum(struct parser *p)
{
	parse_product(p);
	for (char c = peek(p); !p->error && (c == '+' || c == '-'); c = peek(p)) {
		p->at++;
		parse_product(p);
		emit(p, (struct formula_step){ .op = c == '+' ? OP_ADD : OP_SUB });
	}
}

const char *formula_parse(const struct work *w, struct str text, const struct str *names, size_t names_n, struct formula *out)
{
	struct parser p = { .w = w, .text = text, .names = names, .names_n = names_n, .out = out };

	out->n = 0;
	parse_sum(&p);
	if (!p.error && peek(&p))
		complain(&p, "what stands here belongs to nothing: ", (struct str){ text.p + p.at, 1 });
	return p.error;
}

static double power(double a, double b)
{
	const double whole = floor(b);

	if (a > 0)
		return fm_exp(b * fm_log(a));
	if (!(b < whole) && !(b > whole) && fabs(b) < 1e6) { /* (-2)^3 */
		const double size = a < 0 ? fm_exp(b * fm_log(-a)) : b > 0 ? 0 : b < 0 ? NAN : 1;

		return a < 0 && fmod(whole, 2) != 0 ? -size : size;
	}
	return !(a < 0) && b > 0 ? 0 : NAN;
}

static double binary(enum formula_op op, double a, double b)
{
	switch (op) {
	case OP_ADD: return a + b;
	case OP_SUB: return a - b;
	case OP_MUL: return a * b;
	case OP_DIV: return a / b;
	case OP_POW: return power(a, b);
	case OP_MIN: return a < b ? a : b;
	default: return a > b ? a : b;
	}
}

static double unary(enum formula_op op, double a)
{
	switch (op) {
	case OP_NEG: return -a;
	case OP_EXP: return fm_exp(a);
	case OP_LOG: return a > 0 ? fm_log(a) : NAN;
	case OP_LOG10: return a > 0 ? fm_log(a) / 2.302585092994046 : NAN;
	case OP_SQRT: return a >= 0 ? sqrt(a) : NAN;
	default: return fabs(a);
	}
}

double formula_value(const struct formula *f, const double *values)
{
	double stack[FORMULA_STEPS + 1];
	size_t n = 0;

	for (size_t i = 0; i < f->n; i++) {
		const struct formula_step *s = &f->steps[i];
		const bool two = (s->op >= OP_ADD && s->op <= OP_POW) || s->op == OP_MIN || s->op == OP_MAX;

		if (s->op == OP_NUMBER) {
			stack[n++] = s->number;
		} else if (s->op == OP_NAME) {
			stack[n++] = values[s->name];
		} else if (two) {
			n--;
			stack[n - 1] = binary(s->op, stack[n - 1], stack[n]);
		} else {
			stack[n - 1] = unary(s->op, stack[n - 1]);
		}
	}
	return n == 1 ? stack[0] : NAN;
}

/* ---- the field ---------------------------------------------------------------------------------------------------- */

struct custom {
	struct formula formula;
	size_t columns, params;
};

static double custom_at(void *user, const double *x, const double *params)
{
	const struct custom *c = user;
	double values[SAMPLE_COLUMNS + FIT_PARAMS];

	memcpy(values, x, c->columns * sizeof *x);
	memcpy(values + c->columns, params, c->params * sizeof *params);
	return formula_value(&c->formula, values);
}

/* One parameter: a start, or {start, low, high}; ends go where `bounds` would put them. */
static int parameter_read(struct fit_settings *s, const struct pair *p, size_t k)
{
	const struct host *h = s->w->host;

	s->formula_names[k] = p->key;
	if (!value_number(&p->val, &s->formula_start[k]) && !value_number(value_get(&p->val, "start"), &s->formula_start[k]))
		return h->fail(s->w->job, "law", "write `parameters: {E: 0.3, A: {start: 1, low: 0}}`", "parameter '%.*s' has no start",
		               STR_ARG(p->key));
	s->formula_low[k] = -INFINITY;
	s->formula_high[k] = INFINITY;
	(void)value_number(value_get(&p->val, "low"), &s->formula_low[k]);
	(void)value_number(value_get(&p->val, "high"), &s->formula_high[k]);
	return 0;
}

int fit_formula_read(struct fit_settings *s, const struct value *law)
{
	const struct work *w = s->w;
	const struct value *text = value_get(law, "formula"), *parameters = value_get(law, "parameters");
	struct custom *c = work_array(w, struct custom, 1);
	struct fit_formula *f = work_array(w, struct fit_formula, 1);
	struct str names[SAMPLE_COLUMNS + FIT_PARAMS];
	struct text copy = { .w = w };

	if (!text || text->type != V_STR || !parameters || parameters->type != V_MAP || !parameters->map.n)
		return w->host->fail(w->job, "law", "write `law: {formula: \"E + A * x^-alpha\", parameters: {E: 0.3, A: 1, alpha: 0.5}}`",
		                     "a law of your own needs `formula` and `parameters`");
	if (parameters->map.n > FIT_PARAMS)
		return w->host->fail(w->job, "law", NULL, "%zu parameters are more than %d", parameters->map.n, FIT_PARAMS);
	c->columns = s->columns.columns;
	c->params = parameters->map.n;
	s->formula_names = work_array(w, struct str, FIT_PARAMS);
	s->formula_start = work_array(w, double, FIT_PARAMS);
	s->formula_low = work_array(w, double, FIT_PARAMS);
	s->formula_high = work_array(w, double, FIT_PARAMS);
	for (size_t i = 0; i < c->columns; i++)
		names[i] = c->columns == 1 ? STR("x") : s->columns.x[i];
	for (size_t k = 0; k < c->params; k++) {
		if (parameter_read(s, &parameters->map.pairs[k], k))
			return -1;
		names[c->columns + k] = s->formula_names[k];
	}
	const char *error = formula_parse(w, text->s, names, c->columns + c->params, &c->formula);

	if (error)
		return w->host->fail(w->job, "law", c->columns == 1 ? "the column of `x` is called x in a formula" : NULL, "formula: %s", error);
	*f = (struct fit_formula){ custom_at, c, c->columns, c->params };
	s->formula = f;
	text_add(&copy, text->s);
	s->formula_text = copy.p;
	return 0;
}
