/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Lua files: `lua:` of the study, whose globals every expression sees, and plugin files, each with globals of its own.
 */
#include "dsl/lua/lua_box.h"

struct loading {
	const struct lua_file *file;
	struct lua_env *env;
	struct str text;
};

/* stack: +1, the table of globals */
static void push_globals(lua_State *L, struct lua_env *env)
{
	if (env->ref) {
		host_push(L, env->ref);
		return;
	}
	lua_newtable(L);
	host_push(L, host_of(L)->file_meta);
	lua_setmetatable(L, -2);
	lua_pushvalue(L, -1);
	env->ref = luaL_ref(L, LUA_REGISTRYINDEX);
}

static int load_body(lua_State *L)
{
	const struct loading *l = door_arg(L);
	struct lua_host *h = host_of(L);
	const char *name = lua_pushfstring(L, "@\1f%d", (int)l->file->source);

	scope_fresh_env(L);
	if (load_text(L, l->text, 1, name, "", 0) != LUA_OK) {
		h->fault.code = "lua-syntax";
		return lua_error(L);
	}
	push_globals(L, l->env);
	lua_setupvalue(L, -2, 1);
	lua_call(L, 0, 1);
	if (l->env->result)
		luaL_unref(L, LUA_REGISTRYINDEX, l->env->result);
	l->env->result = luaL_ref(L, LUA_REGISTRYINDEX);
	freeze_files(L);
	return 0;
}

static bool run_file(struct lua_host *h, const struct lua_file *file, bool report)
{
	struct lua_call call = { 0 };
	struct loading l = { file, host_env(h, file->name), h->diags->sources[file->source - 1].text };

	if (lua_enter(h, &call, load_body, &l) == DOOR_OK)
		return true;
	if (report)
		fault_report(h, &call, h->diags);
	return false;
}

void reload_files(struct lua_host *h)
{
	h->snapshot = 0;
	for (size_t i = 0; i < h->envs.n; i++)
		h->envs.data[i]->ref = h->envs.data[i]->result = 0;
	/* They loaded before; if one meets a cap now, its names are unknown to the next call, which says so. */
	for (size_t i = 0; i < h->files.n && !h->doomed; i++)
		(void)run_file(h, &h->files.data[i], false);
}

static void find_globals(struct lua_host *h, struct lua_env *env)
{
	struct names locals = { 0 };

	env->defines = (struct names){ 0 };
	for (size_t i = 0; i < env->items.n; i++) {
		const struct lua_item *item = &env->items.data[i];

		for (size_t k = 0; k < item->defines.n; k++) {
			struct str name = item->defines.data[k];

			if (item->local_)
				names_add(&locals, h->arena, name);
			else if (!names_have(&locals, name) && !str_is(name, "return"))
				names_add(&env->defines, h->arena, name);
		}
	}
}

bool lua_host_load(struct lua_host *h, uint32_t source, struct str name)
{
	struct lua_file file = { source, name };
	struct lua_env *env = host_env(h, name);

	if (!source || source > h->diags->source_count)
		BUG("no source %u", source);
	if (!env) {
		env = arena_make(h->arena, struct lua_env);
		env->name = arena_str(h->arena, name);
		VEC_PUSH(h->arena, &h->envs, env);
	}
	file.name = env->name;
	if (!run_file(h, &file, true))
		return false;
	VEC_PUSH(h->arena, &h->files, file);
	lua_items_add(&env->items, h->arena, h->diags->sources[source - 1].text);
	find_globals(h, env);
	return true;
}

bool lua_host_defines(const struct lua_host *h, struct str name)
{
	return names_have(&h->envs.data[0]->defines, name);
}
