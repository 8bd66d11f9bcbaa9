/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * SQL over the ledger and over the rows of every step that the SQL names.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "engine/cli/command.h"
#include "engine/cli/rows_print.h"
#include "engine/store/sql.h"

static bool is_word_char(char c)
{
	return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

/* Does the SQL mention the name as a word? A mention inside a string costs only time. */
static bool mentions(struct str sql, struct str name)
{
	for (size_t i = 0; i + name.n <= sql.n; i++)
		if (strncasecmp(sql.p + i, name.p, name.n) == 0 && (i == 0 || !is_word_char(sql.p[i - 1])) &&
		    (i + name.n == sql.n || !is_word_char(sql.p[i + name.n])))
			return true;
	return false;
}

static int load_step(struct world *w, struct sql *q, uint32_t step)
{
	struct str name = w->graph->steps[step].name;
	const char *path = rows_temporary(w->arena);

	if (!path)
		return EXIT_WRONG;
	bool ok = run_rows(w->plan, w->store, step, NULL, 0, path, &w->diags);

	world_report(w);
	if (ok && !sql_load(q, name, path, name))
		ok = wrong("%s", sql_error(q)) == 0;
	(void)unlink(path);
	return ok ? 0 : EXIT_WRONG;
}

static int load_steps(struct world *w, struct sql *q, struct str text)
{
	int code = 0;

	for (uint32_t i = 0; !code && i < w->graph->step_count; i++) {
		if (!mentions(text, w->graph->steps[i].name))
			continue;
		code = world_plan(w, NULL);
		if (!code)
			code = load_step(w, q, i);
	}
	return code;
}

static bool take_row(void *user, size_t n, const struct str *columns, const struct value *values)
{
	struct rows *r = user;

	if (r->n == 0)
		rows_begin(r, n, columns);
	rows_put(r, columns, values);
	return true;
}

static void close_sql(struct sql **q)
{
	sql_free(*q);
}

static int run(struct world *w)
{
	struct rows r = { .arena = w->arena };

	if (w->word_count != 1)
		return world_usage(w, "one text of SQL is wanted, %zu words are given", w->word_count);
	int code = world_store(w, STORE_READ);

	if (!code && !w->store) {
		(void)wrong("nothing is known yet: there is no store");
		hint("'rung run' makes one");
		code = EXIT_WRONG;
	}
	if (code)
		return code;
	CLEANUP(close_sql) struct sql *q = sql_new();

	if (!q)
		return wrong("SQLite cannot be opened");
	code = load_steps(w, q, w->words[0]);
	if (code)
		return code;
	if (!sql_ledger(q, w->store))
		return wrong("%s", sql_error(q));
	r.as = w->json ? ROWS_JSON : args_has(&w->args, "csv") ? ROWS_CSV : ROWS_GRID;
	if (!sql_query(q, w->words[0], take_row, &r)) {
		(void)wrong("%s", sql_error(q));
		hint("tables: the steps of the study, and runs, tasks, attempts, results, artifacts, metrics, parts of the ledger");
		return EXIT_WRONG;
	}
	rows_end(&r);
	out_flush();
	if (r.as == ROWS_GRID)
		say("%zu row%s", r.n, plural(r.n));
	return EXIT_FINE;
}

static const struct option options[] = {
	{ "csv", 0, NULL, "rows as CSV" },
	{ 0 },
};

const struct command cmd_query = {
	.name = "query",
	.summary = "ask the ledger and the results in SQL",
	.usage = "[STUDY] SQL [--csv]",
	.about = "Tables: every step of the study by its name (axes, then metrics or the rows of its table), and those of the ledger:\n"
		 "runs, tasks, attempts, results, artifacts, metrics, parts, calls, charges, events. Reads only.\n\n"
		 "  rung query 'select source, budget, avg(accuracy) from score group by 1, 2'\n"
		 "  rung query 'select step, count(*), sum(seconds) from attempts group by step'\n",
	.options = options,
	.needs = NEEDS_GRAPH,
	.study = true,
	.run = run,
};
