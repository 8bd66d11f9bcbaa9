/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Building, comparing and encoding the value tree of the plugin contract.
 *
 * Canonical bytes (`value_canon`), the only thing that is ever hashed; injective, locale-free:
 *   null `n`   true `t`   false `f`
 *   integer `i` + decimal + `;`         a real with an integral value within ±2^53 is written as that integer (1e3 == 1000)
 *   real `d` + shortest decimal that reads back + `;`   NaN `d` `nan;`, infinities `dinf;` `d-inf;`
 *   text `s` + byte count + `:` + bytes
 *   list `l` + count + `:` + items      map `m` + count + `:` + (text key, value) sorted by key bytes
 */
#ifndef RUNG_VALUE_H
#define RUNG_VALUE_H

#include "engine/base/str.h"

/* Deeper trees are refused by whoever reads them, so that everything that walks a tree may recurse. */
#define VALUE_DEPTH 200

struct value value_copy(struct arena *a, const struct value *v); /* deep */
bool value_same(const struct value *a, const struct value *b);   /* equal canonical bytes; positions do not count */
void value_canon(const struct value *v, struct sb *out);
/* Reads canonical bytes back; false when they are not canonical. */
bool value_uncanon(struct arena *a, struct str bytes, struct value *out);

/* How a value stands inside text: 1000, 0.2, true, null → "", text itself, lists and maps as JSON. */
void value_text(const struct value *v, struct sb *out);
struct str value_show(const struct value *v, struct arena *a); /* for messages: JSON, cut at 60 bytes with … */
const char *value_type_name(const struct value *v); /* "text", "integer", "number", "true or false", "list", "map", "nothing" */

struct value value_list(struct arena *a, size_t n); /* n nulls */
struct value value_map(struct arena *a, size_t capacity); /* n = 0; value_set may be called `capacity` times */
struct value *value_set(struct value *map, struct str key, struct value v); /* appends; the caller knows it is new */

/* JSON. Parsing goes through jansson and is converted at once. NaN and infinities are written as null. */
bool json_parse(struct arena *a, struct str text, struct value *out, struct str *error); /* error: "line 3 column 5: …" */
void json_write(const struct value *v, struct sb *out); /* compact, keys in the map's order, UTF-8 kept; bad bytes → U+FFFD */
void json_quote(struct str s, struct sb *out); /* with quotes */

#endif
