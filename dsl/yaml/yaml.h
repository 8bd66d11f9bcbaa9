/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The YAML reader: a document as a tree of values with places; places in the text, the core types, and libyaml's complaints
 * in our words. Offsets are bytes from the start of the file.
 */
#ifndef RUNG_YAML_H
#define RUNG_YAML_H

#include "engine/base/diag.h"
#include "engine/base/value.h"

struct yaml_text {
	struct arena *arena;
	struct diags *d;
	uint32_t source;
	struct str text;
	size_t *lines; /* offset of each line's first byte */
	size_t line_count;
};

void yaml_text_init(struct yaml_text *t, struct arena *a, struct diags *d, uint32_t source);
/* The bytes from…to; at least one, and not beyond the end of the first line. */
struct span yaml_span(const struct yaml_text *t, size_t from, size_t to);
/* libyaml's mark of a value stands at its anchor or tag; this is where the value itself starts. */
size_t yaml_skip_properties(const struct yaml_text *t, size_t from, size_t to);
struct span yaml_tag_span(const struct yaml_text *t, size_t from, size_t to); /* the tag among them, as it is written */
/* UTF-8 without control characters? An error with its place otherwise. */
bool yaml_check_bytes(const struct yaml_text *t);
/* Texts of a study hold no TOKEN_MARK, or they could be taken for the path of an output. false: recorded. */
bool yaml_free_of_mark(struct diags *d, struct span at, struct str text);
/* libyaml gave up: problem and context are its texts (context may be NULL), at and from their offsets. */
void yaml_complain(const struct yaml_text *t, const char *problem, const char *context, size_t at, size_t from);

/* A plain scalar by the core types of YAML 1.2: null, true, 0x1f, 1e3, .inf; else text. *why: a number that does not fit,
 * or NULL. `at` of *out is left alone. */
void yaml_scalar(struct str text, struct value *out, const char **why);

/* 1234567 → "1,234,567". */
struct str count_text(struct arena *a, uint64_t n);

/* yaml.c: the only file that knows libyaml. One document, YAML 1.2 core scalars, duplicate keys, tabs, alias bombs,
 * invalid UTF-8 and too much nesting are errors with places. Errors are recorded; false when nothing useful came out. */
bool yaml_parse(struct arena *a, struct diags *d, uint32_t source, struct value *out);

#endif
