/* SPDX-License-Identifier: GPL-3.0-or-later
 * `lua`: a function over tables. The host passes the tables by name; the function returns rows. */
#include "plugins/kinds.h"
#include "plugins/work.h"

static const struct field fields[] = {
	{ .name = "function", .type = T_LUA, .flags = F_PRIMARY | F_REQUIRED,
	  .help = "gets the tables by name and returns a list of rows, or one row" },
	{ .name = "of", .type = T_TABLE | T_LIST, .help = "the tables it reads" },
	{ .name = NULL },
};

static const struct output outputs[] = { { "table", "table.jsonl" }, { NULL, NULL } };

static const char *type_name(enum vtype type)
{
	static const char *const names[] = { "nothing", "true or false", "a number", "a number", "text", "a list", "a map" };

	return names[type];
}

static int lua_run(const struct host *host, struct job *job)
{
	const struct work w = { host, job };
	const char *hint = "return a list of rows, such as { {name = \"a\", score = 1} }";
	struct value result = { .type = V_NULL };
	const struct value *rows = &result;
	size_t n = 1;

	if (host->call(job, "function", NULL, 0, &result))
		return -1;
	if (result.type == V_LIST) {
		rows = result.list.items;
		n = result.list.n;
	} else if (result.type != V_MAP) {
		return host->fail(job, "function", hint, "the function returned %s instead of rows", type_name(result.type));
	} else if (!result.map.n) {
		n = 0; /* Lua cannot tell an empty list from an empty map */
	}
	for (size_t i = 0; i < n; i++)
		if (rows[i].type != V_MAP)
			return host->fail(w.job, "function", hint, "row %zu of the function's result is %s instead of a map", i + 1,
			                  type_name(rows[i].type));
	struct writer *out = host->rows_open(job, "table");

	if (!out)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (host->rows_put(out, &rows[i]))
			return -1;
	return 0;
}

const struct kind kind_lua = {
	.abi = RUNG_ABI,
	.struct_size = sizeof(struct kind),
	.name = "lua",
	.version = 1,
	.summary = "a Lua function over tables",
	.exec = EXEC_WORKER,
	.fields = fields,
	.outputs = outputs,
	.run = lua_run,
};
