/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * JSON: the one file that knows jansson. What it parsed is converted at once and dropped.
 */
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "engine/base/utf8.h"
#include "engine/base/value_private.h"

static void drop_json(json_t **j)
{
	json_decref(*j);
}

static bool convert(struct arena *a, json_t *j, struct value *out, unsigned depth)
{
	*out = (struct value){ 0 };
	if (depth > VALUE_DEPTH)
		return false;
	switch (json_typeof(j)) {
	case JSON_NULL:
		return true;
	case JSON_TRUE:
	case JSON_FALSE:
		*out = value_bool(json_is_true(j));
		return true;
	case JSON_INTEGER:
		*out = value_int(json_integer_value(j));
		return true;
	case JSON_REAL:
		*out = value_real(json_real_value(j));
		return true;
	case JSON_STRING:
		*out = value_str(arena_str(a, (struct str){ json_string_value(j), json_string_length(j) }));
		return true;
	case JSON_ARRAY:
		*out = value_list(a, json_array_size(j));
		for (size_t i = 0; i < out->list.n; i++)
			if (!convert(a, json_array_get(j, i), &out->list.items[i], depth + 1))
				return false;
		return true;
	case JSON_OBJECT:
		*out = value_map(a, json_object_size(j));
		for (void *at = json_object_iter(j); at; at = json_object_iter_next(j, at)) {
			struct str key = { json_object_iter_key(at), json_object_iter_key_len(at) };
			struct value *v = value_set(out, arena_str(a, key), (struct value){ 0 });

			if (!convert(a, json_object_iter_value(at), v, depth + 1))
				return false;
		}
		return true;
	}
	BUG("a JSON value of type %d", (int)json_typeof(j));
}

bool json_parse(struct arena *a, struct str text, struct value *out, struct str *error)
{
	size_t flags = JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL;
	struct arena_mark before = arena_mark(a);
	json_error_t why;
	CLEANUP(drop_json) json_t *j = json_loadb(text.n ? text.p : "", text.n, flags, &why);
	struct value v;

	if (!j) {
		*error = arena_printf(a, "line %d column %d: %s", why.line > 0 ? why.line : 1,
		                      why.column > 0 ? why.column : 1, why.text);
		return false;
	}
	if (!convert(a, j, &v, 0)) {
		arena_reset(a, before);
		*error = arena_printf(a, "line 1 column 1: nested deeper than %d levels", VALUE_DEPTH);
		return false;
	}
	*out = v;
	return true;
}

/* ---- writing ------------------------------------------------------------------------------------------------------ */

static void quote_byte(unsigned char c, struct sb *out)
{
	static const char from[] = "\"\\\n\r\t\b\f", to[] = "\"\\nrtbf";
	const char *at = memchr(from, c, sizeof(from) - 1);

	if (at) {
		sb_char(out, '\\');
		sb_char(out, to[at - from]);
	} else {
		sb_printf(out, "\\u%04x", c);
	}
}

/* Length of the start of s that stands in JSON as it is. */
static size_t plain_length(struct str s)
{
	size_t n = 0;

	while (n < s.n && (unsigned char)s.p[n] >= 0x20 && s.p[n] != '"' && s.p[n] != '\\') {
		size_t step = utf8_sequence(s.p + n, s.n - n);

		if (!step)
			break;
		n += step;
	}
	return n;
}

void json_quote(struct str s, struct sb *out)
{
	sb_char(out, '"');
	for (;;) {
		size_t n = plain_length(s);

		sb_add(out, str_from(s, 0, n));
		if (n == s.n)
			break;
		if ((unsigned char)s.p[n] >= 0x80)
			sb_z(out, "\xef\xbf\xbd"); /* U+FFFD */
		else
			quote_byte((unsigned char)s.p[n], out);
		s = str_from(s, n + 1, s.n);
	}
	sb_char(out, '"');
}

static void write_real(double r, struct sb *out)
{
	char text[32];

	if (isfinite(r))
		sb_add(out, (struct str){ text, real_text(r, text) });
	else
		sb_z(out, "null");
}

static void write_items(const struct value *v, struct sb *out)
{
	sb_char(out, '[');
	for (size_t i = 0; i < v->list.n; i++) {
		if (i)
			sb_char(out, ',');
		json_write(&v->list.items[i], out);
	}
	sb_char(out, ']');
}

static void write_pairs(const struct value *v, struct sb *out)
{
	sb_char(out, '{');
	for (size_t i = 0; i < v->map.n; i++) {
		if (i)
			sb_char(out, ',');
		json_quote(v->map.pairs[i].key, out);
		sb_char(out, ':');
		json_write(&v->map.pairs[i].val, out);
	}
	sb_char(out, '}');
}

void json_write(const struct value *v, struct sb *out)
{
	switch (v->type) {
	case V_NULL:
		sb_z(out, "null");
		return;
	case V_BOOL:
		sb_z(out, v->b ? "true" : "false");
		return;
	case V_INT:
		sb_printf(out, "%lld", (long long)v->i);
		return;
	case V_REAL:
		write_real(v->r, out);
		return;
	case V_STR:
		json_quote(v->s, out);
		return;
	case V_LIST:
		write_items(v, out);
		return;
	case V_MAP:
		write_pairs(v, out);
		return;
	}
}
