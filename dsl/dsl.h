/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The language: a study file becomes a checked study, a graph and a front end that makes specs. This header is all that
 * the rest of rung sees of YAML and Lua.
 *
 *   study_load   reads the file (and the Lua files it names), checks everything that needs no points, collects ALL mistakes
 *   study_expand multiplies the axes, applies `where`, resolves references, finds cycles → struct graph
 *   study_front  makes specs of tasks and runs hooks
 */
#ifndef RUNG_DSL_H
#define RUNG_DSL_H

#include "engine/graph/spec.h"

struct study;

/* A file that the study is made of. Probes are paths that were looked for: their coming or going changes the study. */
struct study_file {
	struct str path;  /* relative to the study's folder */
	struct str text;  /* empty for probes */
	bool probe, is_folder; /* a folder is probed for its entries (globs) */
};

struct study_options {
	const char *path;              /* the file, or a folder that holds study.yaml; NULL = "study.yaml" */
	const struct str *sets;        /* "epoch=5": params, by `-s` */
	size_t set_count;
	const struct str *only;        /* "model=a,b": axes */
	size_t only_count;
	struct str phase;              /* empty = none */
	const struct kind *const *kinds; /* NULL-terminated: what ships */
	const struct study_file *snapshot; /* texts to use instead of the disk (workers); NULL = the disk */
	size_t snapshot_count;
};

/* false: errors were recorded; *out may be NULL. Warnings may be recorded in either case. */
bool study_load(const struct study_options *o, struct arena *a, struct diags *d, struct study **out) MUST_USE;
bool study_expand(struct study *s, struct diags *d, struct graph **out) MUST_USE; /* the graph lives as long as the study */
struct front study_front(struct study *s);
void study_close(struct study *s); /* Lua states; NULL is fine */

struct str study_name(const struct study *s);
struct str study_about(const struct study *s);
struct str study_root(const struct study *s); /* absolute folder */
struct str study_path(const struct study *s); /* as messages show it */
/* Study file, Lua and plugin files, then probes; complete only after study_expand and the specs of all tasks. */
const struct study_file *study_files(const struct study *s, size_t *n);
/* Kinds of the study: those that ship and those of its `plugins:`; NULL-terminated. A kind written in Lua has run == NULL;
 * a worker calls it as the hook "@kind" with args = {fields = {…}, inputs = {name = rows}} and takes a list of rows. */
const struct kind *const *study_kinds(const struct study *s);
/* For completion and help: the names of the phases; the params as a V_MAP, after `set` of the phase and `-s`. */
const struct value *study_params(const struct study *s);
size_t study_phases(const struct study *s, const struct str **names);

/* The field tables of the language itself, for help, the JSON Schema and the reference: top level, and a step's common keys. */
extern const struct field study_fields[];
extern const struct field step_fields[];
/* Text of `rung help KIND` from a field table. */
void fields_help(const struct field *fields, struct sb *out, bool colour);

#endif
