/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The tables of the language itself: the top level of a study and a step's common keys. They drive checking, suggestions,
 * help, the JSON Schema and the reference, exactly as a kind's table does.
 */
#include <math.h>

#include "dsl/dsl.h"

#define ANYTHING { .name = "*", .type = T_ANY }
#define END { .name = NULL }

static const struct field any_value[] = { ANYTHING, END };

static const struct field amounts[] = {
	{ .name = "*", .type = T_NUMBER, .flags = F_PLAIN, .min = 1e-9, .max = 1e15, .help = "how much there is of it" },
	END,
};

static const struct field dataset_fields[] = {
	{ .name = "path", .type = T_TEXT, .flags = F_REQUIRED | F_PRIMARY | F_PLAIN, .help = "CSV or JSON Lines file of the study" },
	{ .name = "id", .type = T_TEXT, .flags = F_PLAIN, .help = "field that names a row" },
	{ .name = "require", .type = T_LIST | T_TEXT, .flags = F_PLAIN, .help = "fields that every row must have" },
	END,
};

static const struct field dataset_table[] = {
	{ .name = "*", .type = T_TEXT | T_MAP, .flags = F_PLAIN, .sub = dataset_fields, .help = "a dataset" },
	END,
};

static const struct field phase_fields[] = {
	{ .name = "about", .type = T_TEXT, .flags = F_PLAIN, .help = "one line on what it is for" },
	{ .name = "only", .type = T_MAP, .flags = F_PLAIN, .help = "axis: the values that stay" },
	{ .name = "set", .type = T_MAP, .flags = F_PLAIN, .help = "param: its value in this phase" },
	{ .name = "ceiling", .type = T_MONEY, .flags = F_PLAIN, .help = "what this phase may cost" },
	END,
};

static const struct field phase_table[] = {
	{ .name = "*", .type = T_MAP, .flags = F_PLAIN, .sub = phase_fields, .help = "a phase" },
	END,
};

const struct field study_fields[] = {
	{ .name = "study", .type = T_TEXT, .flags = F_REQUIRED | F_PLAIN, .help = "its name: lower case, digits, '-' and '_'" },
	{ .name = "about", .type = T_TEXT, .flags = F_PLAIN, .help = "one line on the question it answers" },
	{ .name = "language", .type = T_INT, .flags = F_PLAIN, .min = 1, .max = 1, .fallback = "1",
	  .help = "version of this language" },
	{ .name = "params", .type = T_MAP, .flags = F_PLAIN, .sub = any_value, .help = "named values, changed by -s name=value" },
	{ .name = "axes", .type = T_MAP, .flags = F_PLAIN, .sub = any_value,
	  .help = "what is varied: a list of values or {from, to, step | points, scale}" },
	{ .name = "where", .type = T_LIST | T_LUA, .help = "conditions over axes: the points that stay" },
	{ .name = "phases", .type = T_MAP, .flags = F_PLAIN, .sub = phase_table, .help = "named slices, for --phase" },
	{ .name = "lua", .type = T_LIST | T_TEXT, .flags = F_PLAIN, .help = "files with shared functions" },
	{ .name = "datasets", .type = T_MAP, .flags = F_PLAIN, .sub = dataset_table, .help = "tables that steps read" },
	{ .name = "plugins", .type = T_LIST | T_TEXT, .flags = F_PLAIN, .help = "Lua files that define kinds" },
	{ .name = "pools", .type = T_MAP, .flags = F_PLAIN, .sub = amounts, .help = "resources of your own and their sizes" },
	{ .name = "models", .type = T_MAP, .flags = F_PLAIN, .sub = any_value, .help = "models and where they are served" },
	{ .name = "ceiling", .type = T_MONEY, .flags = F_PLAIN, .help = "what the whole study may cost" },
	{ .name = "steps", .type = T_MAP, .flags = F_REQUIRED, .sub = any_value, .help = "what is done, by name: see 'rung help step' and 'rung help KIND'" },
	END,
};

static const struct field resource_fields[] = {
	{ .name = "cpus", .type = T_NUMBER, .flags = F_PLAIN | F_UNKEYED, .min = 0.001, .max = 1e6, .fallback = "1",
	  .help = "cores" },
	{ .name = "memory", .type = T_SIZE, .flags = F_PLAIN | F_UNKEYED, .min = 1, .max = INFINITY, .help = "main memory" },
	{ .name = "gpus", .type = T_NUMBER, .flags = F_PLAIN | F_UNKEYED, .min = 0, .max = 1e6, .help = "graphics cards" },
	{ .name = "pools", .type = T_MAP, .flags = F_PLAIN | F_UNKEYED, .sub = amounts, .help = "how much of each pool" },
	END,
};

static const struct field retry_fields[] = {
	{ .name = "times", .type = T_INT, .flags = F_PLAIN | F_REQUIRED | F_UNKEYED, .min = 0, .max = 1000,
	  .help = "attempts after the first" },
	END,
};

static const struct field isolate_fields[] = {
	{ .name = "network", .type = T_BOOL, .flags = F_PLAIN | F_UNKEYED, .fallback = "false", .help = "the network may be used" },
	END,
};

static const struct field metric_table[] = {
	{ .name = "*", .type = T_LUA, .help = "Lua over `stdout` and `stderr`" },
	END,
};

static const struct field file_table[] = {
	{ .name = "*", .type = T_TEXT, .flags = F_PLAIN, .help = "file name" },
	END,
};

static const struct field save_table[] = {
	{ .name = "*", .type = T_LIST | T_TEXT, .help = "path in the study's folder" },
	END,
};

static const struct field env_table[] = {
	{ .name = "*", .type = T_TEXT | T_INT | T_NUMBER | T_BOOL, .help = "its value" },
	END,
};

const struct field step_fields[] = {
	{ .name = "about", .type = T_TEXT, .flags = F_PLAIN | F_UNKEYED, .help = "one line on what it is for" },
	{ .name = "each", .type = T_LIST | T_TEXT, .flags = F_PLAIN, .help = "axes: the step runs once per point of them" },
	{ .name = "when", .type = T_LUA, .help = "runs only where this holds" },
	{ .name = "needs", .type = T_LIST | T_TEXT, .flags = F_PLAIN | F_UNKEYED, .help = "steps that must be done before" },
	{ .name = "inputs", .type = T_LIST | T_PATH, .help = "files and globs that the command reads" },
	{ .name = "out", .type = T_TEXT | T_MAP, .flags = F_PLAIN, .sub = file_table,
	  .help = "name: file, the outputs of a command" },
	{ .name = "metrics", .type = T_MAP, .sub = metric_table, .help = "name: Lua over what the command printed" },
	{ .name = "save", .type = T_LIST | T_TEXT | T_MAP, .flags = F_UNKEYED, .sub = save_table, .help = "where results are put" },
	{ .name = "resources", .type = T_MAP, .flags = F_PLAIN | F_UNKEYED, .sub = resource_fields, .help = "what a task occupies" },
	{ .name = "timeout", .type = T_DURATION, .flags = F_PLAIN | F_UNKEYED, .min = 0.001, .max = 1e9,
	  .help = "the task is ended then" },
	{ .name = "retry", .type = T_INT | T_MAP, .flags = F_PLAIN | F_UNKEYED, .min = 0, .max = 1000, .fallback = "0",
	  .sub = retry_fields, .help = "attempts after the first" },
	{ .name = "env", .type = T_MAP, .sub = env_table, .help = "environment variables; part of the key" },
	{ .name = "tools", .type = T_LIST | T_COMMAND, .help = "commands whose output is part of the key: python3 --version" },
	{ .name = "isolate", .type = T_BOOL | T_MAP, .flags = F_PLAIN | F_UNKEYED, .sub = isolate_fields, .fallback = "false",
	  .help = "the command sees only its inputs" },
	{ .name = "network", .type = T_BOOL, .flags = F_PLAIN | F_UNKEYED, .fallback = "false",
	  .help = "an isolated command may use the network" },
	{ .name = "version", .type = T_TEXT | T_INT | T_NUMBER, .flags = F_PLAIN, .help = "change it to run the step again" },
	END,
};
