/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Inside the Lua host. Private to dsl/lua_*.c, the only files that see lua.h.
 *
 * One door: C enters Lua only through lua_enter (lua_host.c). Behind it everything may raise, so no C resource lives there;
 * what a body makes goes into an arena.
 *
 * A hit cap never becomes a Lua error that somebody could catch: it leaves Lua by siglongjmp to the door, from the count
 * hook, from the allocator, or from the timer's signal when one C function runs on and on. The state is then `doomed`: its
 * memory is freed through the allocator's own list of blocks and the next call starts with a new one, `lua:` files included.
 *
 * `masked` > 0 says that memory outside the state is being worked on (malloc, an arena, a caller's callback): the signal waits.
 * Code that may raise is never masked.
 */
#ifndef RUNG_LUA_BOX_H
#define RUNG_LUA_BOX_H

#include <setjmp.h>
#include <signal.h>

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include "dsl/lua/lua_host.h"
#include "dsl/lua/lua_place.h"
#include "dsl/lua/lua_tokens.h"
#include "engine/base/rng.h"

#define HOOK_STEP 10000 /* instructions between two looks at the caps */

enum stop { STOP_NONE, STOP_INSTRUCTIONS, STOP_WALL, STOP_MEMORY };

struct block { /* in front of everything the state allocates */
	_Alignas(16) struct block *prev;
	struct block *next;
	size_t size;
};

/* Compiled code in the present state; made anew when the state was. */
struct lua_code {
	int ref;
	uint32_t generation; /* 0 = never compiled */
};

struct lua_chunk {
	struct str text;
	struct span at;
	uint32_t line;        /* of the first byte, as Lua counts */
	struct names names;   /* free */
	struct names parts;   /* of a path; n = 0: it is none */
	const struct str *args; /* of a condition: bound by position */
	size_t arg_count;
	struct lua_code *code;
};

struct lua_hook {
	struct lua_chunk *chunk;
	struct names names;
	struct str source;
};

struct lua_file { /* a file of `lua:`, or a plugin's */
	uint32_t source;
	struct str name; /* plugin; empty = `lua:` */
};

struct lua_env { /* what files define under one name */
	struct str name; /* empty = `lua:` */
	int ref;         /* the table of globals, in the present state */
	int result;      /* what the file returned */
	struct lua_items items;
	struct names defines; /* its globals */
};

/* What the last error was; texts live in host.scratch. */
struct fault {
	const char *code; /* NULL = none */
	struct str text;
	bool in_chunk;    /* else in the file `source` */
	uint32_t source, line;
	struct str token; /* to underline; may be empty */
	const struct str *names; /* to suggest from */
	size_t name_count;
	struct str hint;
};

struct lua_call { /* what one entry works with */
	const struct lua_chunk *chunk; /* for places; may be NULL */
	struct span at;                /* the place when neither chunk nor file has one */
	const struct lua_scope *scope; /* may be NULL */
	const struct lua_caps *caps;   /* NULL = the host's */
	bool seeded;
	uint64_t seed;
};

struct door {
	sigjmp_buf back;
	struct door *outer;
	struct lua_host *host;
	const struct lua_call *call;
	struct lua_caps caps;
	uint64_t instructions;
	enum stop stop;
	bool waits; /* a late value is missing: sticky, pcall passes it on */
	struct rng rng;
};

struct lua_host {
	struct arena *arena, *scratch; /* scratch: emptied when the outermost door closes */
	struct diags *diags;
	struct lua_caps caps;
	lua_State *L;
	uint32_t generation; /* of the state, from 1 */
	bool doomed;         /* a cap was hit: nothing may touch the state any more */
	bool dirty;          /* a function of a file ran: files are put back as they were before the next call */
	struct block blocks; /* a ring */
	size_t used;
	bool denied;         /* the last request was refused: Lua has collected garbage and asks again */
	volatile sig_atomic_t masked;
	struct door *door;   /* innermost; NULL = outside */
	struct fault fault, detail; /* detail: what a raising function of ours knows beside the text */
	int base, env, env_meta, file_meta, proxy_meta, map_meta, pairs_step, snapshot, skip; /* references in the state */
	VEC(struct lua_file) files;
	VEC(struct lua_env *) envs; /* envs.data[0] is `lua:` */
};

/* ---- lua_host.c --------------------------------------------------------------------------------------------------- */
enum door_end { DOOR_OK, DOOR_ERROR, DOOR_WAITS };
/* Runs body(L) with `arg` as light userdata on its stack. After an error `fault` says what it was. */
enum door_end lua_enter(struct lua_host *h, const struct lua_call *call, lua_CFunction body, void *arg);
void *door_arg(lua_State *L); /* inside a body */
struct lua_host *host_of(lua_State *L);
struct lua_env *host_env(struct lua_host *h, struct str name); /* NULL when there is none */
void host_push(lua_State *L, int ref); /* the referenced object */
void mask(struct lua_host *h);
void unmask(struct lua_host *h); /* leaves by the door when a callback's own call doomed the state */

/* ---- lua_load.c --------------------------------------------------------------------------------------------------- */
void reload_files(struct lua_host *h); /* in a new state */

/* ---- lua_caps.c --------------------------------------------------------------------------------------------------- */
void caps_enter(struct door *d);
void caps_leave(struct door *d);
NORETURN void caps_stop(struct lua_host *h, enum stop why);
void caps_hook(lua_State *L, lua_Debug *ar);
struct lua_caps caps_or(const struct lua_caps *caps, struct lua_caps fallback);

/* ---- lua_error.c -------------------------------------------------------------------------------------------------- */
int fault_record(lua_State *L); /* the message handler */
void fault_where(struct lua_host *h, lua_State *L); /* the Lua line that runs now */
void fault_stopped(struct lua_host *h, const struct door *door); /* the text of a cap */
/* Takes "\1c:12: " and the like off the text; true with the innermost place when there was one. */
bool fault_strip(struct str *text, struct fault *place);
void fault_report(struct lua_host *h, const struct lua_call *call, struct diags *d);
NORETURN void raise_refusal(lua_State *L, const struct refusal *r); /* names and hint must live until the outermost call ends */

/* ---- lua_place.c -------------------------------------------------------------------------------------------------- */
struct span place_of_chunk_line(const struct diags *d, const struct lua_chunk *c, uint32_t line, struct str token);
struct span place_of_file_line(const struct diags *d, uint32_t source, uint32_t line, struct str token);

/* ---- lua_sandbox.c, lua_string.c, lua_stats.c, lua_pairs.c ------------------------------------------------------------------------- */
void sandbox_open(lua_State *L); /* fills base */
void sandbox_strings(lua_State *L);
void sandbox_stats(lua_State *L);
int sandbox_pairs(lua_State *L);
void sandbox_text(lua_State *L, int i); /* pushes the deterministic text of any value */

/* ---- lua_freeze.c ------------------------------------------------------------------------------------------------- */
void freeze_files(lua_State *L); /* remembers everything that the files define */
void thaw_files(lua_State *L);   /* puts it back */

/* ---- lua_value.c -------------------------------------------------------------------------------------------------- */
void push_value(lua_State *L, const struct value *v); /* may raise */
/* The value at i into the arena; raises a text when it cannot be one. functions: true stands for a function. */
void pull_value(lua_State *L, int i, struct arena *a, bool functions, struct value *out);

/* ---- lua_scope.c, lua_proxy.c ----------------------------------------------------------------------------------------- */
void scope_open(lua_State *L);
void scope_fresh_env(lua_State *L); /* a new environment on the stack, and the present one */
void proxy_open(lua_State *L);
void push_step(lua_State *L, uint32_t step);
void push_own_out(lua_State *L);
bool is_proxy(lua_State *L, int i);
/* The text of a bare step, of its `out`, of `out`; false with *why. Only while masked. */
bool proxy_text(lua_State *L, int i, struct str *text, struct refusal *why);
NORETURN void raise_waits(lua_State *L);

/* ---- lua_path.c --------------------------------------------------------------------------------------------------- */
enum eval path_eval(struct lua_host *h, const struct lua_chunk *c, const struct lua_scope *scope, struct arena *a,
                    struct value *out, struct diags *d);

/* ---- lua_expr.c --------------------------------------------------------------------------------------------------- */
void push_code(lua_State *L, const struct lua_chunk *c); /* compiles when it must; may raise */
int load_text(lua_State *L, struct str text, uint32_t line, const char *name, const char *prefix, size_t prefix_n);
struct lua_chunk *chunk_new(struct lua_host *h, struct str text, struct span at);
bool chunk_compile(struct lua_host *h, const struct lua_chunk *c); /* false: error recorded */

#endif
