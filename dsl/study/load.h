/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Private to loading: what the study_*.c and schema_*.c files share. Each part decodes one top-level key of the study,
 * records every mistake it finds and goes on; `d->errors` says at the end whether there is a study.
 */
#ifndef RUNG_LOAD_H
#define RUNG_LOAD_H

#include "dsl/study/study.h"
#include "dsl/yaml/yaml.h"
#include "engine/base/fs.h"

struct load {
	struct study *s;
	struct arena *a;
	struct diags *d;
	const struct study_options *o;
	struct yaml_text text;      /* the study file */
	struct str shown_dir;       /* the study's folder as the user named it; for paths in messages */
	struct value doc;           /* the study file's map */
	struct map names;           /* name → struct named: axes, params, steps, datasets share one space */
	struct map chosen;          /* axis name → struct value *, from the command line or the phase */
	uint32_t line;              /* source of the command line; 0 = nothing was given */
	bool torn;                  /* mistakes of YAML left holes: what is missing is not told */
};

/* ---- schema: tables of fields -------------------------------------------------------------------------------------- */

/* What a value is decoded as. */
struct subject {
	const struct field *field; /* may be NULL below free maps */
	unsigned type;             /* its bits; T_LIST is gone below a list */
	struct str name;           /* in messages */
	struct span at;            /* blamed when the value has no place of its own */
};

struct subject subject_of(const struct field *f, struct str name);
/* "text", "an integer or a list". */
struct str type_words(unsigned type, struct arena *a);
/* "the integer 5", "text 'abc'", "a map". */
struct str value_words(const struct value *v, struct arena *a);
bool wrong_type(struct arena *a, struct diags *d, const struct subject *s, const struct value *v);
/* field_convert with a name for messages. */
bool subject_convert(struct arena *a, struct diags *d, const struct subject *s, const struct value *in, struct value *out);
/* The row that describes the key, "*" included; NULL = unknown. */
const struct field *field_find(const struct field *fields, struct str key);
/* "unknown key 'x' in 'sample'" with a suggestion; owner may be empty. */
void unknown_key(struct arena *a, struct diags *d, const struct pair *p, const struct field *fields, struct str owner);

/* A value of the study with its expressions. false: errors were recorded; *out is still safe to look at. */
bool node_decode(struct load *l, const struct subject *s, const struct value *v, struct node *out);
/* A map by its table: unknown and missing keys, defaults. owner: the word in messages; at: where a missing key is told. */
bool node_table(struct load *l, const struct value *map, const struct field *fields, struct str owner, struct span at,
                struct node *out);
/* Does the map lack this required key, and is that worth telling? Not when YAML left holes, nor when an unknown key of the
 * map is a misspelling of it: that has been told. */
bool lacks(const struct load *l, const struct value *map, const struct field *fields, const struct field *f);
void node_spread(struct arena *a, struct node *n); /* a plain list or map becomes NODE_LIST or NODE_MAP */
const struct node *node_get(const struct node *map, const char *key); /* NULL when absent */
/* A Lua field: expression, block or function name. NULL: error recorded. */
struct lua_hook *hook_decode(struct load *l, const struct value *v);
/* Where the scalar's text starts. true when it stands there verbatim, so that places inside it are exact. */
bool scalar_place(const struct load *l, const struct value *v, struct span *at);
/* Text over several lines that is no block: error recorded, true. */
bool folded_lua(struct load *l, const struct value *v, bool verbatim);

/* ---- names --------------------------------------------------------------------------------------------------------- */

bool is_identifier(struct str s);
/* Is the name fit for expressions, not reserved, and new? what: "axis", "param", "step", "dataset". */
bool claim_name(struct load *l, struct str name, struct span at, const char *what);
void keys_of(struct arena *a, const struct value *map, const struct str **out, size_t *n);

/* ---- the parts of a study ------------------------------------------------------------------------------------------ */

/* Reads a file of the study, from the snapshot or the disk; at: where it is named. Remembers it. 0 = error recorded. */
uint32_t load_source(struct load *l, struct str path, struct span at, const char *what);
bool load_open(struct load *l);                    /* finds and reads the study file; sets root and path */
void load_lua(struct load *l, const struct value *v);
void load_plugins(struct load *l, const struct value *v);
void load_datasets(struct load *l, const struct value *v);
void load_models(struct load *l, const struct value *v);
void load_pools(struct load *l, const struct value *v);
void load_params(struct load *l, const struct value *v);
void load_axes(struct load *l, const struct value *v);  /* all values, before any choice */
bool axis_range(struct load *l, const struct value *map, struct str name, struct value *list);
struct str axis_label(struct arena *a, const struct value *v);
void load_phases(struct load *l, const struct value *v);
void load_overrides(struct load *l);               /* `-s`, `--only`, then narrows the axes */
void load_where(struct load *l, const struct value *v);
void load_steps(struct load *l, const struct value *v);
void load_common(struct load *l, struct step_decl *step, const struct value *map); /* a step's common keys */
bool set_param(struct load *l, struct str path, struct span at, const struct value *v); /* "lr.gpt" */
void choose_values(struct load *l, struct str axis, struct span at, const struct value *list);

#endif
