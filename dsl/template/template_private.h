/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Private to template.c (reading) and template_eval.c (filling in).
 */
#ifndef RUNG_TEMPLATE_PRIVATE_H
#define RUNG_TEMPLATE_PRIVATE_H

#include "dsl/template/shell_state.h"
#include "dsl/template/template.h"
#include "engine/base/vec.h"

struct piece {
	struct str text;         /* literal text, or what stands between the braces */
	struct lua_chunk *chunk; /* NULL = literal */
	struct span at;          /* of an expression */
	enum shell_place place;
	bool glued;              /* literal text or another value touches it, so it cannot be left out */
};

struct template_ {
	enum template_mode mode;
	struct span at;
	VEC(struct piece) pieces;
	const struct lua_chunk **chunks;
	size_t chunk_count;
	struct str *words; /* literal ones */
	size_t word_count;
};

#endif
