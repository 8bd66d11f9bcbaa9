/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "engine/base/fs.h"
#include "engine/cli/command.h"

static int64_t runs_to_keep(struct world *w)
{
	int64_t n = 10;

	if (args_has(&w->args, "keep-runs") && (!str_int(args_value(&w->args, "keep-runs"), &n) || n < 0))
		return -1;
	return n;
}

static void step_json(struct world *w, const struct gc_step *s)
{
	struct value v = value_map(w->arena, 4);

	(void)value_set(&v, STR("step"), value_str(s->step));
	(void)value_set(&v, STR("results"), value_int((int64_t)s->results));
	(void)value_set(&v, STR("bytes"), value_int((int64_t)s->bytes));
	(void)value_set(&v, STR("recompute_s"), value_real((double)s->recompute_ms / 1000));
	out_json(&v);
}

static void report_print(struct world *w, const struct gc_report *r)
{
	static const char *const header[] = { "step", "results", "bytes", "to make again" };
	struct grid g = grid_new(w->arena, countof(header), header);

	g.right[1] = g.right[2] = g.right[3] = true;
	for (size_t i = 0; i < r->step_count; i++) {
		const struct gc_step *s = &r->steps[i];

		if (w->json) {
			step_json(w, s);
			continue;
		}
		grid_row(&g);
		grid_put(&g, 0, s->step);
		grid_put(&g, 1, arena_printf(w->arena, "%zu", s->results));
		grid_put(&g, 2, bytes_text(w->arena, (double)s->bytes));
		grid_put(&g, 3, seconds_text(w->arena, (double)s->recompute_ms / 1000));
	}
	if (!w->json && r->step_count)
		grid_print(&g);
}

static void report_total(struct world *w, const struct gc_report *r, bool dry)
{
	if (w->json) {
		out_f("{\"event\":\"gc\",\"dry\":%s,\"results_removed\":%zu,\"objects_removed\":%zu,\"bytes_removed\":%llu,\"objects_kept\":%zu,"
		      "\"bytes_kept\":%llu}\n",
		      dry ? "true" : "false", r->results_removed, r->objects_removed, (unsigned long long)r->bytes_removed, r->objects_kept,
		      (unsigned long long)r->bytes_kept);
		return;
	}
	out_flush();
	say("%s %zu result%s, %zu object%s, " STR_FMT "; %zu object%s, " STR_FMT " stay", dry ? "would remove" : "removed", r->results_removed,
	    plural(r->results_removed), r->objects_removed, plural(r->objects_removed),
	    STR_ARG(bytes_text(w->arena, (double)r->bytes_removed)), r->objects_kept, plural(r->objects_kept),
	    STR_ARG(bytes_text(w->arena, (double)r->bytes_kept)));
	if (dry && r->objects_removed + r->results_removed)
		say("nothing was removed: 'rung gc --delete' does it");
}

static int run(struct world *w)
{
	bool dry = !args_has(&w->args, "delete");
	int64_t keep_runs = runs_to_keep(w);
	struct gc_report r = { 0 };

	if (w->word_count)
		return world_usage(w, "'" STR_FMT "' is no study file", STR_ARG(w->words[0]));
	if (keep_runs < 0)
		return world_usage(w, "'--keep-runs " STR_FMT "': a number is wanted", STR_ARG(args_value(&w->args, "keep-runs")));
	int code = world_graph(w);

	if (!code && (!dry || fs_exists(w->rung.p)))
		code = world_store(w, dry ? STORE_READ : STORE_WRITE);
	if (!code)
		code = world_plan(w, NULL);
	if (code)
		return code;
	if (!w->store) {
		say("there is no store: nothing to remove");
		return EXIT_FINE;
	}
	struct str keys = plan_keys(w->plan, w->arena);
	struct digest *keep = arena_array(w->arena, struct digest, keys.n / DIGEST_BYTES + 1);

	if (keys.n)
		memcpy(keep, keys.p, keys.n);
	enum store_status status = store_gc(w->store, keep, keys.n / DIGEST_BYTES, (size_t)keep_runs, dry, w->arena, &r);

	if (status != STORE_OK)
		return world_store_error(w, status);
	if (!dry)
		fresh_forget(w->rung.p);
	report_print(w, &r);
	report_total(w, &r, dry);
	return EXIT_FINE;
}

static const struct option options[] = {
	{ "delete", 0, NULL, "remove it; without this only what would go is shown" },
	{ "keep-runs", 0, "N", "keep the results of the last N runs (default: 10)" },
	{ 0 },
};

const struct command cmd_gc = {
	.name = "gc",
	.summary = "remove results that nothing needs",
	.usage = "[STUDY] [--delete] [--keep-runs N]",
	.about = "Kept are the results of the present study, of the last N runs, and what running work needs. Shows first what would\n"
		 "go and how long it would take to make again.\n",
	.options = options,
	.study = true,
	.run = run,
};
