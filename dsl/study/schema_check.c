/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A value against a field: type, unit, range, choices. Messages say what it is and what was expected.
 */
#include <math.h>

#include "dsl/study/load.h"
#include "engine/base/digest.h"

struct subject subject_of(const struct field *f, struct str name)
{
	bool named = f && !name.n && !str_is(str_z(f->name), "*");

	return (struct subject){ f, f ? f->type : T_ANY, named ? str_z(f->name) : name, { 0 } };
}

struct str type_words(unsigned type, struct arena *a)
{
	static const struct {
		unsigned bit;
		const char *words;
	} all[] = {
		{ T_TEXT, "text" },
		{ T_BOOL, "true or false" },
		{ T_INT, "an integer" },
		{ T_NUMBER, "a number" },
		{ T_DURATION, "a duration such as 10m" },
		{ T_SIZE, "a size such as 512MiB" },
		{ T_MONEY, "money such as 0.50 USD" },
		{ T_SHA256, "64 hex digits" },
		{ T_PATH, "a path" },
		{ T_TABLE, "the name of a step or a dataset" },
		{ T_COMMAND, "a command" },
		{ T_LUA, "Lua" },
		{ T_SQL, "SQL" },
		{ T_LIST, "a list" },
		{ T_MAP, "a map" },
		{ T_ANY, "any value" },
	};
	struct str out = STR("");
	size_t left = 0, done = 0;

	if (type & T_NUMBER)
		type &= ~(unsigned)T_INT;
	if (type & T_PATH && type & T_TEXT)
		type &= ~(unsigned)T_PATH;
	for (size_t i = 0; i < countof(all); i++)
		left += (type & all[i].bit) != 0;
	for (size_t i = 0; i < countof(all); i++) {
		if (!(type & all[i].bit))
			continue;
		const char *between = !done ? "" : done + 1 == left ? " or " : ", ";

		out = arena_printf(a, STR_FMT "%s%s", STR_ARG(out), between, all[i].words);
		done++;
	}
	return out;
}

struct str value_words(const struct value *v, struct arena *a)
{
	struct str shown;

	if (v->type == V_REAL && !isfinite(v->r))
		return isnan(v->r) ? STR("not a number") : STR("an infinite number");
	switch (v->type) {
	case V_NULL:
		return STR("nothing");
	case V_LIST:
		return STR("a list");
	case V_MAP:
		return STR("a map");
	case V_STR:
		if (!v->s.n)
			return STR("empty text");
		return v->s.n > 60 ? arena_printf(a, "text '%.*s…'", 57, v->s.p) : arena_printf(a, "text '" STR_FMT "'", STR_ARG(v->s));
	default:
		shown = value_show(v, a);
		return arena_printf(a, "%s" STR_FMT, v->type == V_BOOL ? "" : v->type == V_INT ? "the integer " : "the number ",
		                    STR_ARG(shown));
	}
}

static struct span place_of(const struct subject *s, const struct value *v)
{
	return v->at.file ? v->at : s->at;
}

/* "'cpus'", or "this value" below free maps. */
static struct str subject_words(const struct subject *s, struct arena *a)
{
	return s->name.n ? arena_printf(a, "'" STR_FMT "'", STR_ARG(s->name)) : STR("this value");
}

bool wrong_type(struct arena *a, struct diags *d, const struct subject *s, const struct value *v)
{
	struct str wanted = type_words(s->type, a), is = value_words(v, a), name = subject_words(s, a);
	bool number = v->type == V_INT || v->type == V_REAL;

	diag_error(d, place_of(s, v), "wrong-type", STR_FMT " must be " STR_FMT ", not " STR_FMT, STR_ARG(name), STR_ARG(wanted),
	           STR_ARG(is));
	struct str shown = value_show(v, a);

	if (number && s->type & T_DURATION)
		diag_hint(d, "write the unit: " STR_FMT "s, " STR_FMT "m or " STR_FMT "h", STR_ARG(shown), STR_ARG(shown), STR_ARG(shown));
	else if (number && s->type & T_SIZE)
		diag_hint(d, "write the unit: " STR_FMT "MiB or " STR_FMT "GB", STR_ARG(shown), STR_ARG(shown));
	else if (number && s->type & T_MONEY)
		diag_hint(d, "write the currency: " STR_FMT " USD", STR_ARG(shown));
	else if (s->type & T_SHA256)
		diag_hint(d, number ? "put them in quotes: without these they are a number" : "`sha256sum FILE` prints them");
	else if ((number || v->type == V_BOOL) && s->type & (T_TEXT | T_PATH | T_TABLE))
		diag_hint(d, "put it in quotes: \"" STR_FMT "\"", STR_ARG(shown));
	return false;
}

/* ---- range and choices --------------------------------------------------------------------------------------------- */

static bool in_range(struct arena *a, struct diags *d, const struct subject *s, const struct value *written, double number)
{
	const struct field *f = s->field;

	if (!f || (f->min == 0 && f->max == 0) || (number >= f->min && number <= f->max))
		return true;
	struct str shown = value_show(written, a), name = subject_words(s, a);
	char low[32], high[32];
	struct str min = { low, real_text(f->min, low) }, max = { high, real_text(f->max, high) };
	const char *unit = s->type & T_DURATION ? "s" : "";

	if (written->type == V_STR)
		shown = written->s;
	min = arena_printf(a, STR_FMT "%s", STR_ARG(min), unit);
	max = arena_printf(a, STR_FMT "%s", STR_ARG(max), unit);
	if (f->max >= 1e15)
		diag_error(d, place_of(s, written), "out-of-range", STR_FMT " is " STR_FMT "; it must be at least " STR_FMT,
		           STR_ARG(name), STR_ARG(shown), STR_ARG(min));
	else if (f->min <= -1e15)
		diag_error(d, place_of(s, written), "out-of-range", STR_FMT " is " STR_FMT "; it must be at most " STR_FMT,
		           STR_ARG(name), STR_ARG(shown), STR_ARG(max));
	else if (f->min == f->max)
		diag_error(d, place_of(s, written), "out-of-range", STR_FMT " is " STR_FMT "; it must be " STR_FMT, STR_ARG(name),
		           STR_ARG(shown), STR_ARG(min));
	else
		diag_error(d, place_of(s, written), "out-of-range",
		           STR_FMT " is " STR_FMT "; it must lie between " STR_FMT " and " STR_FMT, STR_ARG(name), STR_ARG(shown),
		           STR_ARG(min), STR_ARG(max));
	return false;
}

/* The choices of a field as a list; n = 0 when any text will do. */
static void choices_of(const struct subject *s, struct arena *a, const struct str **out, size_t *n)
{
	struct str rest = str_z(s->field ? s->field->choices : NULL), part;
	VEC(struct str) list = { 0 };

	while (str_split(&rest, '|', &part))
		VEC_PUSH(a, &list, part);
	*out = list.data;
	*n = list.n;
}

static bool is_choice(struct arena *a, struct diags *d, const struct subject *s, const struct value *v)
{
	const struct str *choices;
	size_t n;

	if (!s->field || !s->field->choices)
		return true;
	choices_of(s, a, &choices, &n);
	for (size_t i = 0; i < n; i++)
		if (str_same(choices[i], v->s))
			return true;
	struct str name = subject_words(s, a);

	diag_error(d, place_of(s, v), "unknown-choice", STR_FMT " cannot be '" STR_FMT "'", STR_ARG(name), STR_ARG(v->s));
	diag_suggest(d, v->s, choices, n);
	return false;
}

/* ---- conversion ---------------------------------------------------------------------------------------------------- */

static bool convert_text(struct arena *a, struct diags *d, const struct subject *s, const struct value *in, struct value *out)
{
	struct digest digest;
	double seconds;
	int64_t whole;

	if (s->type & T_SHA256 && digest_parse(in->s, &digest))
		return true;
	if (s->type & T_DURATION && str_duration(in->s, &seconds)) {
		*out = value_real(seconds);
		return in_range(a, d, s, in, seconds);
	}
	if (s->type & T_SIZE && str_size(in->s, &whole)) {
		*out = value_int(whole);
		return in_range(a, d, s, in, (double)whole);
	}
	if (s->type & T_MONEY && str_money(in->s, &whole)) {
		*out = value_int(whole);
		return in_range(a, d, s, in, (double)whole / 1e12);
	}
	if (s->type & (T_TEXT | T_PATH | T_TABLE | T_COMMAND | T_LUA | T_SQL))
		return is_choice(a, d, s, in);
	return wrong_type(a, d, s, in);
}

static bool convert_number(struct arena *a, struct diags *d, const struct subject *s, const struct value *in, struct value *out)
{
	double number = in->type == V_INT ? (double)in->i : in->r;

	if (!(s->type & (T_INT | T_NUMBER)))
		return wrong_type(a, d, s, in);
	if (in->type == V_REAL && !(s->type & T_NUMBER)) { /* 1e3 is as good as 1000 */
		if (!(fabs(number) <= 9007199254740992.0) || number != floor(number))
			return wrong_type(a, d, s, in);
		*out = value_int((int64_t)number);
	}
	if (!isfinite(number)) {
		struct str name = subject_words(s, a);

		diag_error(d, place_of(s, in), "out-of-range", STR_FMT " must be finite", STR_ARG(name));
		return false;
	}
	return in_range(a, d, s, in, number);
}

static bool convert_list(struct arena *a, struct diags *d, const struct subject *s, const struct value *in, struct value *out)
{
	struct subject item = *s;
	bool ok = true;

	if (s->type & T_LIST)
		item.type &= ~(unsigned)T_LIST;
	else if (s->type & T_COMMAND)
		item.type = T_TEXT | T_INT | T_NUMBER;
	else
		return wrong_type(a, d, s, in);
	*out = value_list(a, in->list.n);
	for (size_t i = 0; i < in->list.n; i++)
		ok &= subject_convert(a, d, &item, &in->list.items[i], &out->list.items[i]);
	return ok;
}

static bool convert_map(struct arena *a, struct diags *d, const struct subject *s, const struct value *in, struct value *out)
{
	const struct field *sub = s->field ? s->field->sub : NULL;
	bool ok = true;

	if (!(s->type & T_MAP))
		return wrong_type(a, d, s, in);
	if (!sub)
		return true;
	*out = value_map(a, in->map.n);
	for (size_t i = 0; i < in->map.n; i++) {
		const struct pair *p = &in->map.pairs[i];
		const struct field *f = field_find(sub, p->key);
		struct value v;

		if (!f) {
			unknown_key(a, d, p, sub, s->name);
			ok = false;
			continue;
		}
		struct subject below = subject_of(f, p->key);

		below.at = place_of(s, in);
		ok &= subject_convert(a, d, &below, &p->val, &v);
		value_set(out, p->key, v);
		out->map.pairs[out->map.n - 1].at = p->at;
	}
	return ok;
}

bool subject_convert(struct arena *a, struct diags *d, const struct subject *s, const struct value *in, struct value *out)
{
	struct subject item = *s;
	bool ok = true;

	*out = *in;
	if (s->type & T_ANY)
		return true;
	if (s->type & T_LIST && in->type != V_LIST && in->type != V_NULL && in->type != V_MAP) {
		item.type &= ~(unsigned)T_LIST;
		*out = value_list(a, 1);
		out->at = in->at;
		return subject_convert(a, d, &item, in, &out->list.items[0]);
	}
	if (in->type == V_STR)
		ok = convert_text(a, d, s, in, out);
	else if (in->type == V_INT || in->type == V_REAL)
		ok = convert_number(a, d, s, in, out);
	else if (in->type == V_LIST)
		ok = convert_list(a, d, s, in, out);
	else if (in->type == V_MAP)
		ok = convert_map(a, d, s, in, out);
	else if (!(in->type == V_BOOL && s->type & T_BOOL))
		ok = wrong_type(a, d, s, in);
	if (!ok && !(in->type == V_LIST && s->type & T_LIST) && !(in->type == V_MAP && s->type & T_MAP))
		out->type = V_NULL; /* nobody mistakes it for what it should have been */
	out->at = in->at;
	return ok;
}

bool field_convert(struct arena *a, struct diags *d, const struct field *f, unsigned type, const struct value *in,
                   struct value *out)
{
	struct subject s = subject_of(f, STR(""));

	s.type = type;
	return subject_convert(a, d, &s, in, out);
}
