/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Inside the language: the study as decoded from YAML, before any point exists. Private to dsl/.
 *
 * Every value keeps its place. Expressions are compiled once, at load, so that all syntax errors come out together.
 */
#ifndef RUNG_STUDY_H
#define RUNG_STUDY_H

#include "dsl/dsl.h"
#include "dsl/lua/lua_host.h"
#include "dsl/template/template.h"
#include "engine/base/map.h"
#include "engine/base/vec.h"

struct condition { /* an entry of `where` */
	struct lua_chunk *chunk;
	struct span at;
	uint32_t *axes;  /* the axes it reads, ascending */
	size_t axis_count;
	/* Params it reads: the arguments of lua_test are the axes' values, then these. */
	const struct value **params;
	size_t param_count;
};

/* A common or kind field of a step whose value holds templates or Lua. The tree mirrors the YAML value:
 * exactly one of `template_` (text with ${…}), `hook`, children or plain is meaningful, by `what`. */
enum node_what { NODE_PLAIN, NODE_TEMPLATE, NODE_HOOK, NODE_LIST, NODE_MAP };

struct node {
	enum node_what what;
	unsigned type;              /* field_type bits it must come out as */
	const struct field *field;  /* NULL below free maps */
	struct value plain;         /* NODE_PLAIN; for templates and hooks the text as decoded (V_STR); carries `at` for all */
	struct template_ *template_;
	struct lua_hook *hook;
	struct str *keys;           /* NODE_MAP */
	struct span *key_at;
	struct node *children;      /* NODE_LIST, NODE_MAP */
	size_t n;
};

struct step_decl {
	struct str name, about;
	struct span at;
	uint32_t index;
	const struct kind *kind;
	struct span kind_at;
	uint32_t *axes;             /* indices into study.axes, in the order of `each` */
	size_t axis_count;
	struct node fields;         /* NODE_MAP: the kind's fields, defaults filled in */
	struct lua_hook *when;
	struct value when_text;     /* V_STR with its place; V_NULL when there is no `when` */
	struct node out;            /* NODE_MAP name → file; n = 0 when absent; `out: x` is {out: x} */
	struct node metrics;        /* NODE_MAP name → hook */
	struct node save;           /* NODE_LIST of {path} templates, or NODE_MAP output → path */
	struct node env;            /* NODE_MAP */
	struct node inputs;         /* NODE_LIST of templates: paths and globs */
	struct node tools;          /* NODE_LIST */
	struct value needs;         /* V_LIST of step names */
	struct value version;       /* V_NULL when absent */
	double cpus, gpus, timeout_s;
	int64_t memory;
	struct pool_need *pools;
	size_t pool_count;
	uint32_t retries;
	bool isolate, network;
};

struct dataset {
	struct str name;
	struct span at;
	struct str path;            /* relative to the study */
	struct str id;              /* empty = none said */
	struct value require;       /* V_LIST of field names */
};

/* A kind that a plugin file defines: lua_kind_call wants the plugin's name. */
struct plugin_kind {
	const struct kind *kind;
	struct str plugin;
};

struct study {
	struct arena *arena;
	struct diags *diags;
	struct str name, about, root, path;
	struct value models;        /* V_MAP, as written; `models` in expressions */
	struct value params;        /* V_MAP after `set` of the phase and `-s` */
	struct axis *axes;          /* after `only` */
	size_t axis_count;
	struct condition *where;
	size_t where_count;
	struct step_decl *steps;
	size_t step_count;
	struct dataset *datasets;
	size_t dataset_count;
	struct pool *pools;
	size_t pool_count;
	struct str *phases;
	size_t phase_count;
	int64_t ceiling;            /* picodollars; -1 = none */
	const struct kind **kinds;  /* NULL-terminated */
	VEC(struct plugin_kind) plugin_kinds; /* those of them that are written in Lua */
	struct lua_host *lua;
	struct graph *graph;        /* after study_expand */
	struct map step_by_name, axis_by_name, dataset_by_name; /* values: pointers into the arrays */
	VEC(struct study_file) files;
	void *expansion;            /* expand.c's own tables */
};

/* Checks a value without expressions against the field's type, range and choices, and converts durations, sizes and money
 * as rung_plugin.h says. type: the bits of node.type (a list's items have T_LIST taken away). One item where a list is
 * wanted becomes a list of one. `f` may be NULL below free maps. false: recorded at in->at, or at f's place when that has none. */
bool field_convert(struct arena *a, struct diags *d, const struct field *f, unsigned type, const struct value *in,
                   struct value *out);


/* Remembers that the study's meaning depends on this path's existence (or entries). */
void study_probe(struct study *s, struct str path, bool is_folder);

#endif
