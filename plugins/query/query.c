/* SPDX-License-Identifier: GPL-3.0-or-later
 * `query`: SQL over the tables of other steps; the host owns SQLite. */
#include "plugins/kinds.h"
#include "plugins/work.h"

static const struct field fields[] = {
	{ .name = "sql", .type = T_SQL, .flags = F_PRIMARY | F_REQUIRED, .help = "one SELECT; steps are its tables, by name" },
	{ .name = "of", .type = T_TABLE | T_LIST, .help = "tables it reads; those named in the SQL are found without it" },
	{ .name = NULL },
};

static const struct output outputs[] = { { "table", "table.jsonl" }, { NULL, NULL } };

static int query_run(const struct host *host, struct job *job)
{
	const struct work w = { host, job };

	return host->sql(job, field_text(&w, "sql"), "table");
}

const struct kind kind_query = {
	.abi = RUNG_ABI,
	.struct_size = sizeof(struct kind),
	.name = "query",
	.version = 1,
	.summary = "SQL over the tables of other steps",
	.exec = EXEC_WORKER,
	.fields = fields,
	.outputs = outputs,
	.run = query_run,
};
