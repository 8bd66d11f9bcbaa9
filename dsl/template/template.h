/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Templates: text with `${expression}`. Alone in a scalar an expression keeps its type; inside text it becomes text
 * (value_text; a list becomes its items joined by one blank; nothing, nil, is an error there); `$${` is a plain `${`.
 *
 * In a shell line each value is quoted for the place where it stands: bare, inside '…', inside "…"; a list in a bare place
 * becomes several words. Places that cannot be made safe (here-documents, backquotes, $(…) is fine and is scanned as code,
 * ${VAR} of the shell must be written $${VAR}) are errors with a hint. The result of a shell template holds every value,
 * tokens included, inside single quotes.
 */
#ifndef RUNG_TEMPLATE_H
#define RUNG_TEMPLATE_H

#include "dsl/lua/lua_host.h"

struct template_;

enum template_mode { TEMPLATE_TEXT, TEMPLATE_SHELL };

/* at: place of the scalar's first byte, its quote or its block header. Places inside are found by comparing with the source:
 * exact for plain, block and folded scalars and for the common escapes of quoted ones, else `at`; so `literal` is only a
 * remark. NULL: error recorded. */
struct template_ *template_parse(struct lua_host *h, struct str text, struct span at, enum template_mode mode, bool literal);
bool template_is_plain(const struct template_ *t);  /* no expressions: always the same text */
bool template_is_single(const struct template_ *t); /* one expression and nothing else */
size_t template_chunks(const struct template_ *t, const struct lua_chunk *const **out);
/* For T_COMMAND shell lines: the literal words (outside expressions) that could name files, unquoted; for inputs. A word
 * that is part literal, part expression is given by template_eval's result instead: see template_words. */
const struct str *template_literal_words(const struct template_ *t, size_t *n);
enum eval template_eval(const struct template_ *t, struct lua_host *h, const struct lua_scope *scope, struct arena *a,
                        struct value *out, struct diags *d);
/* The words of an evaluated shell line with its quoting removed; used to find words that name files of the study. */
void shell_words(struct str line, struct arena *a, struct str **out, size_t *n);
void shell_quote(struct str s, struct sb *out); /* 'it'\''s' */

#endif
