/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Canonical bytes; the format stands in value.h. Reading back accepts exactly what writing makes: a second spelling of
 * the same value is refused, so equal digests and equal bytes stay the same thing.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/oom.h"
#include "engine/base/value_private.h"

#define SMALL_MAP 32

/* A letter, the decimal of n, a mark. */
static void put_number(struct sb *out, char letter, uint64_t n, bool negative, char mark)
{
	char text[24], *p = text + sizeof(text);

	*--p = mark;
	do
		*--p = (char)('0' + n % 10);
	while (n /= 10);
	if (negative)
		*--p = '-';
	*--p = letter;
	sb_add(out, (struct str){ p, (size_t)(text + sizeof(text) - p) });
}

static void put_text(struct sb *out, struct str s)
{
	put_number(out, 's', s.n, false, ':');
	sb_add(out, s);
}

static void put_int(struct sb *out, int64_t i)
{
	put_number(out, 'i', i < 0 ? -(uint64_t)i : (uint64_t)i, i < 0, ';');
}

static void put_real(struct sb *out, double r)
{
	char text[32];
	int64_t whole;

	if (real_is_integer(r, &whole)) {
		put_int(out, whole);
		return;
	}
	sb_char(out, 'd');
	sb_add(out, (struct str){ text, real_text(r, text) });
	sb_char(out, ';');
}

static int by_key(const void *a, const void *b)
{
	const struct pair *const *p = a, *const *q = b;

	return str_cmp((*p)->key, (*q)->key);
}

static void put_map(struct sb *out, const struct value *v)
{
	const struct pair *small[SMALL_MAP], **sorted = small;
	size_t n = v->map.n;
	bool in_order = true;

	put_number(out, 'm', n, false, ':');
	if (n > SMALL_MAP)
		sorted = grow_or_die(NULL, n * sizeof(struct pair *));
	for (size_t i = 0; i < n; i++) {
		sorted[i] = &v->map.pairs[i];
		in_order = in_order && (i == 0 || str_cmp(sorted[i - 1]->key, sorted[i]->key) < 0);
	}
	if (!in_order)
		qsort(sorted, n, sizeof(struct pair *), by_key);
	for (size_t i = 0; i < n; i++) {
		put_text(out, sorted[i]->key);
		value_canon(&sorted[i]->val, out);
	}
	if (sorted != small)
		free(sorted);
}

void value_canon(const struct value *v, struct sb *out)
{
	switch (v->type) {
	case V_NULL:
		sb_char(out, 'n');
		return;
	case V_BOOL:
		sb_char(out, v->b ? 't' : 'f');
		return;
	case V_INT:
		put_int(out, v->i);
		return;
	case V_REAL:
		put_real(out, v->r);
		return;
	case V_STR:
		put_text(out, v->s);
		return;
	case V_LIST:
		put_number(out, 'l', v->list.n, false, ':');
		for (size_t i = 0; i < v->list.n; i++)
			value_canon(&v->list.items[i], out);
		return;
	case V_MAP:
		put_map(out, v);
		return;
	}
}

/* ---- reading back ------------------------------------------------------------------------------------------------- */

struct reader {
	struct arena *a;
	struct str rest;
};

/* The text up to the mark, which is dropped. */
static bool take_until(struct reader *r, char mark, struct str *out)
{
	size_t n = r->rest.n < 32 ? r->rest.n : 32; /* no number is longer */
	const char *at = n ? memchr(r->rest.p, mark, n) : NULL;

	if (!at)
		return false;
	*out = (struct str){ r->rest.p, (size_t)(at - r->rest.p) };
	r->rest = str_from(r->rest, out->n + 1, r->rest.n);
	return true;
}

/* Is it what an integer is written as: no plus, no leading zeros, no minus zero? */
static bool plain_int(struct str s, int64_t *out)
{
	size_t sign = s.n && s.p[0] == '-';

	if (!str_int(s, out) || s.p[0] == '+')
		return false;
	return s.p[sign] != '0' || s.n == 1;
}

/* A count of things of which each takes at least one byte. */
static bool take_count(struct reader *r, size_t *out)
{
	struct str text;
	int64_t n;

	if (!take_until(r, ':', &text) || !plain_int(text, &n) || n < 0 || (uint64_t)n > r->rest.n)
		return false;
	*out = (size_t)n;
	return true;
}

static bool take_text(struct reader *r, struct str *out)
{
	size_t n;

	if (!take_count(r, &n))
		return false;
	*out = arena_str(r->a, str_from(r->rest, 0, n));
	r->rest = str_from(r->rest, n, r->rest.n);
	return true;
}

static bool take_real(struct reader *r, double *out)
{
	char again[32];
	struct str text;
	int64_t whole;

	if (!take_until(r, ';', &text))
		return false;
	if (str_is(text, "nan"))
		*out = NAN;
	else if (str_is(text, "inf"))
		*out = INFINITY;
	else if (str_is(text, "-inf"))
		*out = -INFINITY;
	else if (!str_real(text, out) || real_is_integer(*out, &whole))
		return false;
	return str_same(text, (struct str){ again, real_text(*out, again) });
}

static bool take_value(struct reader *r, struct value *out, unsigned depth);

static bool take_list(struct reader *r, struct value *out, unsigned depth)
{
	size_t n;

	if (!take_count(r, &n))
		return false;
	*out = value_list(r->a, n);
	for (size_t i = 0; i < n; i++)
		if (!take_value(r, &out->list.items[i], depth))
			return false;
	return true;
}

static bool take_map(struct reader *r, struct value *out, unsigned depth)
{
	size_t n;

	if (!take_count(r, &n))
		return false;
	*out = value_map(r->a, n);
	for (size_t i = 0; i < n; i++) {
		struct pair *p = &out->map.pairs[i];

		if (!r->rest.n || r->rest.p[0] != 's')
			return false;
		r->rest = str_from(r->rest, 1, r->rest.n);
		if (!take_text(r, &p->key) || (i && str_cmp(p[-1].key, p->key) >= 0) || !take_value(r, &p->val, depth))
			return false;
		out->map.n = i + 1;
	}
	return true;
}

static bool take_value(struct reader *r, struct value *out, unsigned depth)
{
	struct str text;

	if (!r->rest.n || depth > VALUE_DEPTH)
		return false;
	char letter = r->rest.p[0];

	r->rest = str_from(r->rest, 1, r->rest.n);
	*out = (struct value){ 0 };
	switch (letter) {
	case 'n':
		return true;
	case 't':
	case 'f':
		*out = value_bool(letter == 't');
		return true;
	case 'i':
		out->type = V_INT;
		return take_until(r, ';', &text) && plain_int(text, &out->i);
	case 'd':
		out->type = V_REAL;
		return take_real(r, &out->r);
	case 's':
		out->type = V_STR;
		return take_text(r, &out->s);
	case 'l':
		return take_list(r, out, depth + 1);
	case 'm':
		return take_map(r, out, depth + 1);
	default:
		return false;
	}
}

bool value_uncanon(struct arena *a, struct str bytes, struct value *out)
{
	struct reader r = { a, bytes };
	struct value v;

	if (!take_value(&r, &v, 0) || r.rest.n)
		return false;
	*out = v;
	return true;
}
