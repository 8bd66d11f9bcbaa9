/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Where in a shell line a value would stand: a walk over the line's literal text that knows the quoting rules of sh.
 * Private to template*.c.
 *
 * The walk need not understand every line. It must never be wrong without knowing: what it cannot follow with certainty
 * makes every later place unsafe, and unsafe places take no values.
 */
#ifndef RUNG_SHELL_STATE_H
#define RUNG_SHELL_STATE_H

#include "engine/base/str.h"

#define SHELL_DEPTH 32

enum shell_place { SHELL_BARE, SHELL_SINGLE /* inside '…' */, SHELL_DOUBLE /* inside "…" */, SHELL_COMMENT, SHELL_UNSAFE };

enum shell_level {
	LEVEL_CODE,  /* the line itself */
	LEVEL_PAREN, /* ( … ) */
	LEVEL_SUBST, /* $( … ) */
	LEVEL_DOUBLE,
	LEVEL_MATH,  /* $(( … )) */
	LEVEL_PARAM, /* ${ … } of the shell */
	LEVEL_BACK,  /* ` … ` */
};

struct shell_state {
	enum shell_level levels[SHELL_DEPTH];
	unsigned parens[SHELL_DEPTH]; /* open ones, of LEVEL_MATH */
	size_t n;                     /* of levels, at least 1 */
	bool single, escaped, comment, word_start;
	bool copying, copying_word;   /* behind >& or <&; and the word there has begun */
	struct str delimiter;         /* of the here-document that comes after this line; p == NULL: none */
	bool tabs;                    /* <<-: its lines lose their tabs */
	const char *unsafe, *hint;    /* why no value may stand behind here; NULL = it may */
};

void shell_start(struct shell_state *s);
void shell_walk(struct shell_state *s, struct str literal); /* all text up to the next expression */
void shell_value(struct shell_state *s);                    /* a value stood here */
/* SHELL_UNSAFE: *why, *hint say it. */
enum shell_place shell_place(const struct shell_state *s, const char **why, const char **hint);

#endif
