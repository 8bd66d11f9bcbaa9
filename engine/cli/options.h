/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The command line: one parser for every command. Options are rows of tables; what was given is kept in order, so that an
 * option may repeat. `--opt=value`, `--opt value`, `-o value`, `-ovalue`, bundled flags (`-ab`), and `--` ends options.
 */
#ifndef RUNG_CLI_OPTIONS_H
#define RUNG_CLI_OPTIONS_H

#include "engine/base/str.h"
#include "engine/base/vec.h"

struct option {
	const char *name;  /* without the dashes; NULL ends the table */
	char letter;       /* 0 = none */
	const char *value; /* what stands for its value in help: "N", "DIR"; NULL = a flag */
	const char *help;
};

struct given {
	const struct option *option;
	struct str value;
};

struct args {
	struct arena *arena;
	const struct option *tables[3]; /* the command's, the study's, the common ones; NULL = none */
	VEC(struct given) given;
	VEC(struct str) words; /* what is no option */
	struct str problem, hint; /* after a failure */
};

/* Parses argv[0…argc). first_word: stop there, *used says how many were taken. false: problem and hint are set. */
bool args_parse(struct args *args, int argc, char **argv, bool first_word, int *used);

bool args_has(const struct args *args, const char *name); /* given at all; for flags too */
/* The last value given; an empty str when absent. */
struct str args_value(const struct args *args, const char *name);
/* All values of a repeated option. */
size_t args_values(const struct args *args, const char *name, struct str **out);

#endif
