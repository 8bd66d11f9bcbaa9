/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Private to engine/run: what a command's task starts: words, environment, and for people the text of it.
 */
#ifndef RUNG_RUN_COMMAND_H
#define RUNG_RUN_COMMAND_H

#include "engine/run/site.h"

struct command {
	const char *const *argv;
	const char *const *envp;
	struct str text; /* as a person would type it */
	bool shell;
};

/* base: the environment of all commands. Fails the site when the spec holds no command. */
bool command_make(struct site *site, const char *const *base, struct command *out);
/* Wraps it in bubblewrap: only /usr and its like, the declared files and the attempt's folder are there (isolate.c). */
bool command_isolate(struct site *site, struct command *c);
void quote_word(struct str word, struct sb *out); /* bare where it can be, else in single quotes */

/* Keyed values under "NAME" as a map, or under "NAME.x" one by one; *n pairs in the arena. */
struct pair *spec_pairs(const struct spec *s, const char *label, struct arena *a, size_t *n);

#endif
