/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/base/value_private.h"

#include <math.h>
#include <string.h>

#define EXACT 9007199254740992.0 /* 2^53 */
#define SHOWN 60                 /* bytes of a value inside a message */

bool real_is_integer(double r, int64_t *out)
{
	if (!(r >= -EXACT && r <= EXACT) || r != trunc(r))
		return false;
	*out = (int64_t)r;
	return true;
}

struct value value_copy(struct arena *a, const struct value *v)
{
	struct value copy = *v;

	if (v->type == V_STR) {
		copy.s = arena_str(a, v->s);
	} else if (v->type == V_LIST) {
		copy.list.items = arena_array(a, struct value, v->list.n);
		for (size_t i = 0; i < v->list.n; i++)
			copy.list.items[i] = value_copy(a, &v->list.items[i]);
	} else if (v->type == V_MAP) {
		copy.map.pairs = arena_array(a, struct pair, v->map.n);
		for (size_t i = 0; i < v->map.n; i++) {
			const struct pair *from = &v->map.pairs[i];

			copy.map.pairs[i] = (struct pair){ arena_str(a, from->key), from->at, value_copy(a, &from->val) };
		}
	}
	return copy;
}

static bool number_same(const struct value *a, const struct value *b)
{
	int64_t i = a->i, j = b->i;
	bool a_whole = a->type == V_INT || real_is_integer(a->r, &i);
	bool b_whole = b->type == V_INT || real_is_integer(b->r, &j);

	if (a_whole || b_whole)
		return a_whole && b_whole && i == j;
	return a->r == b->r || (isnan(a->r) && isnan(b->r));
}

static bool map_same(const struct value *a, const struct value *b)
{
	if (a->map.n != b->map.n)
		return false;
	for (size_t i = 0; i < a->map.n; i++) {
		const struct pair *p = &a->map.pairs[i], *q = &b->map.pairs[i];

		/* Mostly the order is the same; keys are unique, so looking each one up settles the rest. */
		for (size_t j = 0; !str_same(p->key, q->key); j++) {
			if (j == b->map.n)
				return false;
			q = &b->map.pairs[j];
		}
		if (!value_same(&p->val, &q->val))
			return false;
	}
	return true;
}

static bool is_number(const struct value *v)
{
	return v->type == V_INT || v->type == V_REAL;
}

bool value_same(const struct value *a, const struct value *b)
{
	if (is_number(a) && is_number(b))
		return number_same(a, b);
	if (a->type != b->type)
		return false;
	switch (a->type) {
	case V_NULL:
	case V_INT:
	case V_REAL:
		return true; /* numbers are done above */
	case V_BOOL:
		return a->b == b->b;
	case V_STR:
		return str_same(a->s, b->s);
	case V_LIST:
		if (a->list.n != b->list.n)
			return false;
		for (size_t i = 0; i < a->list.n; i++)
			if (!value_same(&a->list.items[i], &b->list.items[i]))
				return false;
		return true;
	case V_MAP:
		return map_same(a, b);
	}
	BUG("a value of type %d", (int)a->type);
}

void value_text(const struct value *v, struct sb *out)
{
	char text[32];

	switch (v->type) {
	case V_NULL:
		return;
	case V_STR:
		sb_add(out, v->s);
		return;
	case V_REAL:
		sb_add(out, (struct str){ text, real_text(v->r, text) }); /* JSON has no nan */
		return;
	case V_BOOL:
	case V_INT:
	case V_LIST:
	case V_MAP:
		json_write(v, out);
		return;
	}
}

struct str value_show(const struct value *v, struct arena *a)
{
	struct sb text;
	struct str shown;

	sb_init(&text, SHOWN + 4); /* a little more than is shown, to see where the last character ends */
	json_write(v, &text);
	if (text.n <= SHOWN) {
		shown = sb_take(&text, a);
	} else {
		size_t n = SHOWN;

		while (n && (text.s[n] & 0xc0) == 0x80)
			n--; /* not in the middle of a character */
		shown = arena_printf(a, "%.*s…", (int)n, text.s);
	}
	sb_release(&text);
	return shown;
}

const char *value_type_name(const struct value *v)
{
	static const char *const names[] = {
		[V_NULL] = "nothing", [V_BOOL] = "true or false", [V_INT] = "integer", [V_REAL] = "number",
		[V_STR] = "text",     [V_LIST] = "list",          [V_MAP] = "map",
	};

	return names[v->type];
}

struct value value_list(struct arena *a, size_t n)
{
	return (struct value){ .type = V_LIST, .list = { arena_array(a, struct value, n), n } };
}

struct value value_map(struct arena *a, size_t capacity)
{
	return (struct value){ .type = V_MAP, .map = { arena_array(a, struct pair, capacity), 0 } };
}

struct value *value_set(struct value *map, struct str key, struct value v)
{
	struct pair *p = &map->map.pairs[map->map.n++];

	*p = (struct pair){ .key = key, .val = v };
	return &p->val;
}
