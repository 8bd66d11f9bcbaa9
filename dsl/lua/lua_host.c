/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The Lua state: its memory, its one door, and how it is made anew after a cap was hit.
 */
#include <stdlib.h>
#include <string.h>

#include "dsl/lua/lua_box.h"
#include "engine/base/oom.h"

#define MEMORY_DEFAULT ((size_t)256 << 20)
#define INSTRUCTIONS_DEFAULT UINT64_C(1000000000)
#define WALL_DEFAULT 2.0
#define STACK_NEEDED 12 /* slots that a nested entry takes before its body runs */

/* ---- memory ------------------------------------------------------------------------------------------------------- */

static void link_block(struct lua_host *h, struct block *b)
{
	b->next = h->blocks.next;
	b->prev = &h->blocks;
	b->next->prev = b;
	h->blocks.next = b;
}

static void unlink_block(struct block *b)
{
	b->prev->next = b->next;
	b->next->prev = b->prev;
}

static size_t memory_cap(const struct lua_host *h)
{
	return h->door ? h->door->caps.memory : h->caps.memory;
}

/* Refused once, Lua collects its garbage and asks again; refused twice, the cap is hit. */
static bool refused(struct lua_host *h, size_t more)
{
	if (h->used + more <= memory_cap(h) && more <= memory_cap(h))
		return false;
	if (!h->denied || !h->door || !h->L) {
		h->denied = true;
		return true;
	}
	fault_where(h, h->L);
	caps_stop(h, STOP_MEMORY);
}

static void *allocate(void *ud, void *p, size_t old, size_t size)
{
	struct lua_host *h = ud;
	struct block *b = p ? (struct block *)p - 1 : NULL;

	(void)old; /* for a new object it is a type, not a size */
	if (size == 0) {
		if (b) {
			h->masked++;
			h->used -= b->size;
			unlink_block(b);
			free(b);
			h->masked--;
		}
		return NULL;
	}
	size_t had = b ? b->size : 0;

	if (size > had && refused(h, size - had))
		return NULL;
	h->masked++;
	if (b)
		unlink_block(b);
	b = grow_or_die(b, sizeof(*b) + size);
	b->size = size;
	link_block(h, b);
	h->used = h->used - had + size;
	if (size > had)
		h->denied = false;
	h->masked--;
	return b + 1;
}

static void free_blocks(struct lua_host *h)
{
	while (h->blocks.next != &h->blocks) {
		struct block *b = h->blocks.next;

		unlink_block(b);
		free(b);
	}
	h->used = 0;
	h->denied = false;
	h->L = NULL;
}

void mask(struct lua_host *h)
{
	h->masked++;
}

void unmask(struct lua_host *h)
{
	h->masked--;
	/* A call made by a callback hit a cap: this state is gone, so its other users leave as well. */
	if (h->doomed)
		caps_stop(h, h->door->stop ? h->door->stop : STOP_WALL);
}

/* ---- the state ---------------------------------------------------------------------------------------------------- */

struct lua_host *host_of(lua_State *L)
{
	struct lua_host *h;

	memcpy(&h, lua_getextraspace(L), sizeof(h));
	return h;
}

void host_push(lua_State *L, int ref)
{
	lua_rawgeti(L, LUA_REGISTRYINDEX, ref);
}

static int at_panic(lua_State *L)
{
	BUG("Lua was entered beside the door: %s", lua_tostring(L, -1));
}

static int open_body(lua_State *L)
{
	struct lua_host *h = host_of(L);

	lua_newtable(L);
	h->env = luaL_ref(L, LUA_REGISTRYINDEX);
	sandbox_open(L);
	proxy_open(L);
	scope_open(L);
	return 0;
}

static void new_state(struct lua_host *h)
{
	free_blocks(h);
	h->doomed = h->dirty = false;
	h->generation++;
	h->masked = 0;
	lua_State *L = lua_newstate(allocate, h);

	if (!L)
		oom(memory_cap(h));
	memcpy(lua_getextraspace(L), &h, sizeof(h));
	lua_atpanic(L, at_panic);
	h->L = L;
	lua_sethook(L, caps_hook, LUA_MASKCOUNT, HOOK_STEP);
}

/* The state may be small enough to hold no library; then nothing works, and each call says why. */
static void renew(struct lua_host *h)
{
	new_state(h);
	if (lua_enter(h, &(struct lua_call){ 0 }, open_body, NULL) == DOOR_OK)
		reload_files(h);
}

struct lua_env *host_env(struct lua_host *h, struct str name)
{
	for (size_t i = 0; i < h->envs.n; i++)
		if (str_same(h->envs.data[i]->name, name))
			return h->envs.data[i];
	return NULL;
}

struct lua_host *lua_host_new(struct arena *a, struct diags *d, struct lua_caps caps)
{
	struct lua_host *h = arena_make(a, struct lua_host);
	struct lua_env *shared = arena_make(a, struct lua_env);

	h->arena = a;
	h->diags = d;
	h->scratch = arena_new();
	h->caps = caps_or(&caps, (struct lua_caps){ MEMORY_DEFAULT, INSTRUCTIONS_DEFAULT, WALL_DEFAULT });
	h->blocks.next = h->blocks.prev = &h->blocks;
	VEC_PUSH(a, &h->envs, shared);
	renew(h);
	return h;
}

void lua_host_free(struct lua_host *h)
{
	if (!h)
		return;
	/* The blocks are all there is: the box has no finalizers and no files. */
	free_blocks(h);
	arena_free(h->scratch);
	h->scratch = NULL;
}

struct arena *lua_host_arena(struct lua_host *h)
{
	return h->arena;
}

struct diags *lua_host_diags(struct lua_host *h)
{
	return h->diags;
}

/* ---- the door ----------------------------------------------------------------------------------------------------- */

void *door_arg(lua_State *L)
{
	return lua_touserdata(L, 1);
}

/* stack: as it was */
static int through(struct lua_host *h, lua_CFunction body, void *arg)
{
	lua_State *L = h->L;
	int top = lua_gettop(L), status;

	if (h->door->outer && !lua_checkstack(L, STACK_NEEDED))
		return LUA_ERRMEM;
	if (h->door->outer)
		host_push(L, h->env);
	lua_pushcfunction(L, fault_record);
	lua_pushcfunction(L, body);
	lua_pushlightuserdata(L, arg);
	status = lua_pcall(L, 1, 0, -3);
	if (h->door->outer) {
		lua_pushvalue(L, top + 1);
		lua_rawseti(L, LUA_REGISTRYINDEX, h->env);
	}
	lua_settop(L, top);
	return status;
}

static void leave(struct lua_host *h, struct door *door)
{
	caps_leave(door);
	h->door = door->outer;
}

/* What pcall gave back, when the message handler had no say. */
static void settle(struct lua_host *h, int status)
{
	if (status == LUA_ERRMEM)
		h->door->stop = STOP_MEMORY, h->doomed = true, fault_stopped(h, h->door);
	else if (status == LUA_ERRERR)
		h->fault = (struct fault){ .code = "lua-error", .text = STR("an error while an error was handled") };
}

static enum door_end inside(struct lua_host *h, struct door *door, lua_CFunction body, void *arg)
{
	int masked = h->masked, status; /* a callback that enters again is masked itself */

	h->masked = 0;
	status = through(h, body, arg);
	h->masked = masked;
	if (status == LUA_OK)
		return DOOR_OK;
	settle(h, status);
	return door->waits ? DOOR_WAITS : DOOR_ERROR;
}

/* A cap was hit: the jump from somewhere inside has come here. */
static enum door_end landed(struct lua_host *h, struct door *door)
{
	caps_leave(door); /* no second jump */
	h->doomed = true;
	h->masked = door->outer ? 1 : 0; /* back in the callback that called */
	if (door->stop == STOP_WALL && !h->fault.line)
		fault_where(h, h->L);
	fault_stopped(h, door);
	return DOOR_ERROR;
}

enum door_end lua_enter(struct lua_host *h, const struct lua_call *call, lua_CFunction body, void *arg)
{
	struct door door;
	enum door_end end;

	if (!h->door && h->doomed)
		renew(h);
	if (!h->door && arena_bytes(h->scratch))
		arena_reset(h->scratch, (struct arena_mark){ 0 });
	door.outer = h->door;
	door.host = h;
	door.call = call;
	door.caps = caps_or(call->caps, h->caps);
	door.instructions = 0;
	door.stop = STOP_NONE;
	door.waits = false;
	if (call->seeded)
		rng_seed(&door.rng, call->seed);
	h->fault = h->detail = (struct fault){ 0 };
	if (h->doomed) { /* an outer call is still on its way out */
		h->fault = (struct fault){ .code = "lua-cap", .text = STR("hook stopped: an inner call hit a cap") };
		return DOOR_ERROR;
	}
	h->door = &door;
	if (sigsetjmp(door.back, 0) == 0) {
		caps_enter(&door);
		end = inside(h, &door, body, arg);
	} else {
		end = landed(h, &door);
	}
	leave(h, &door);
	return end;
}
