/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Lua in a box: one sandboxed state per study and process. `lua.h` is included only by dsl/lua_*.c.
 *
 * The box: allow-listed libraries (string, table, math without randomness, utf8, select/pairs/ipairs/… ); no io, os, debug,
 * load, require, collectgarbage, print; `pairs` walks in sorted order (integers, then strings by bytes); text chunks only.
 * `random` exists only when a call has a seed. Globals written by hooks do not survive the call.
 *
 * Caps: memory by the allocator, instructions by a count hook, wall time by a timer that also ends a runaway pattern match
 * inside one C function. A hit cap is no Lua error, so nothing in the box can catch it: the call ends, the state is thrown away
 * and made anew, `lua:` files included.
 *
 * Names: first the library (lua_reserved), then globals of `lua:` files, then the scope. What a hook changes in tables and
 * locals of a file is put back before the next call. A step is a proxy: step.out.name and a bare step are texts, step.metric is
 * a value, over a gather the list of them; a gathered step is also a list of maps (#, [i], ipairs, pairs).
 *
 * Places: chunks are compiled so that Lua's own line numbers are the YAML file's; messages carry a span on the true line.
 *
 * C enters Lua through one protected door in lua_host.c; no C resource lives in a frame that may raise.
 */
#ifndef RUNG_LUA_HOST_H
#define RUNG_LUA_HOST_H

#include "engine/base/diag.h"
#include "engine/base/value.h"

struct lua_host;
struct lua_chunk; /* a compiled expression or block */
struct lua_hook;  /* a field declared as Lua: expression, block with `function`, or the name of a function in `lua:` */

struct lua_caps {
	size_t memory;         /* bytes; default 256 MiB */
	uint64_t instructions; /* default 1e9; a plan allows more than its time does, so that it is the time that ends it */
	double wall_s;         /* default 2 s at plan time, 10 s in workers */
};

/* What a free name of an expression means. */
enum name_what { NAME_UNKNOWN, NAME_VALUE, NAME_STEP, NAME_OUT /* `out`: the task's own outputs */ };
struct name_meaning {
	enum name_what what;
	struct value value;  /* NAME_VALUE */
	uint32_t step;       /* NAME_STEP */
};

/* Why a callback of the scope has no answer. Only `text` is needed (no dot at the end); all of it lives until the call ends. */
struct refusal {
	const char *code; /* NULL = "lua-error" */
	struct str text;
	struct str wrong; /* the name that was not found: to underline it, and to suggest the nearest of `names` */
	const struct str *names;
	size_t name_count;
	struct str hint;  /* instead of names */
};

/* The world around one evaluation. `user` is passed to each. Callbacks may not raise into Lua: they return. */
struct lua_scope {
	void *user;
	struct name_meaning (*name)(void *user, struct str name);
	/* Every readable name, for "which names exist and which is nearest". */
	size_t (*names)(void *user, const struct str **out);
	/* train{budget = prev(budget)}.out.model: `over` is a V_MAP axis → value ({} when there are no braces); prev(v) arrives
	 * as V_MAP {prev = v}. The result is the text that stands for it (a token). false: *why says it. */
	bool (*step_out)(void *user, uint32_t step, const struct value *over, struct str output, struct str *text,
	                 struct refusal *why);
	/* A value of an earlier step: its metrics as V_MAP (or V_LIST of V_MAPs for a gather). LATE: not known yet. */
	enum late { LATE_OK, LATE_WAITS, LATE_ERROR } (*step_value)(void *user, uint32_t step, const struct value *over,
	                                                            struct value *out, struct refusal *why);
	bool (*own_out)(void *user, struct str output, struct str *text, struct refusal *why);
	/* A name was read as a value: for the reads of a task. May be NULL. */
	void (*read)(void *user, struct str name, const struct value *v);
};

/* Lua's keywords and the names of the box's library: they cannot be names of axes, params or steps. */
bool lua_reserved(struct str name);

struct lua_host *lua_host_new(struct arena *a, struct diags *d, struct lua_caps caps);
void lua_host_free(struct lua_host *h);
struct arena *lua_host_arena(struct lua_host *h); /* of chunks and templates */
struct diags *lua_host_diags(struct lua_host *h); /* of compiling */
/* Loads the study's `lua:` file (or a plugin file, name != NULL: its globals are kept apart under that name). */
bool lua_host_load(struct lua_host *h, uint32_t source, struct str name);
/* true when the `lua:` files define this global: it comes before the study's names. */
bool lua_host_defines(const struct lua_host *h, struct str name);
/* Plugin files: the table of kinds that the file returns, as a value: [{name=, version=, summary=, fields={…}, run=true}];
 * nothing when it returns no table. at: where the file is named. */
bool lua_host_kinds(struct lua_host *h, struct str name, struct span at, struct arena *a, struct value *out);

/* Compiles an expression. at: place of its first byte in its source. Places of errors are found by comparing text and source
 * (lua_place.h); where the text does not stand there they are those of `at`. NULL: error recorded. */
struct lua_chunk *lua_expression(struct lua_host *h, struct str text, struct span at);
/* The free names it mentions (lexically; fields after a dot and table keys are not names), unique, in order. */
const struct str *lua_chunk_names(const struct lua_chunk *c, size_t *n);
/* true when the expression is nothing but a name, or name.field.field: evaluated without entering Lua. */
bool lua_chunk_is_path(const struct lua_chunk *c, const struct str **parts, size_t *n);

enum eval { EVAL_OK, EVAL_WAITS, EVAL_ERROR };
/* Evaluates; the value is deep-copied into the arena. A bare step gives its primary output's text (step_out with an empty
 * output). Reading an unknown name is an error that lists the names and suggests the nearest. A field of a path that is not
 * there is an error; inside a longer expression it is nil, as ever in Lua. EVAL_ERROR: recorded. */
enum eval lua_eval(struct lua_host *h, const struct lua_chunk *c, const struct lua_scope *scope, struct arena *a,
                   struct value *out, struct diags *d);
/* The fast way for `where` over millions of points: arguments by position, truthiness out. names as given at compile. */
struct lua_chunk *lua_condition(struct lua_host *h, struct str text, struct span at, const struct str *args, size_t n);
enum eval lua_test(struct lua_host *h, const struct lua_chunk *c, const struct value *const *args, size_t n, bool *out,
                   struct diags *d);

/* A hook. text: the scalar, an expression; if its value is a function (`function(row) … end`, dialogues.critique,
 * graders[dataset]), that is called with the arguments. NULL: error recorded. */
struct lua_hook *lua_hook(struct lua_host *h, struct str text, struct span at);
const struct str *lua_hook_names(const struct lua_hook *k, size_t *n); /* free names, through called functions of `lua:` too */
/* Canonical source: tokens without comments and layout, followed by those of every function of `lua:` that it can reach,
 * sorted by name. Same meaning, same text; a comment or a moved line changes nothing. */
struct str lua_hook_source(const struct lua_hook *k);
/* Calls it: free names through the scope; a function gets `args` by position (rung passes what its kind says). */
bool lua_hook_call(struct lua_host *h, const struct lua_hook *k, const struct lua_scope *scope, const struct value *args,
                   size_t n, uint64_t seed, bool seeded, const struct lua_caps *caps, struct arena *a, struct value *out,
                   struct diags *d);
/* Calls the function `run` of a kind that a plugin file defines. */
bool lua_kind_call(struct lua_host *h, struct str plugin_name, struct str kind, const struct value *arg, uint64_t seed,
                   const struct lua_caps *caps, struct arena *a, struct value *out, struct diags *d);
struct str lua_kind_source(struct lua_host *h, struct str plugin_name, struct str kind); /* canonical, as above */

#endif
