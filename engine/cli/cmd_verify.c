/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/base/fs.h"
#include "engine/cli/command.h"

static const char *fault_word(const struct verify_fault *f)
{
	return f->what == FAULT_CORRUPT ? "corrupt" : f->what == FAULT_MISSING ? "missing" : "stray";
}

static void fault_print(struct world *w, const struct verify_fault *f)
{
	if (w->json) {
		struct value v = value_map(w->arena, 4);

		(void)value_set(&v, STR("fault"), value_str(str_z(fault_word(f))));
		(void)value_set(&v, STR("path"), value_str(f->path));
		(void)value_set(&v, STR("task"), value_str(f->task));
		(void)value_set(&v, STR("output"), value_str(f->output));
		out_json(&v);
		return;
	}
	out_f("%s%s%s " STR_FMT, paint_out(f->what == FAULT_STRAY ? YELLOW : RED), fault_word(f), paint_out(PLAIN), STR_ARG(f->path));
	if (f->task.n)
		out_f(": " STR_FMT "%s" STR_FMT, STR_ARG(f->task), f->output.n ? ", output " : "", STR_ARG(f->output));
	out_text(STR("\n"));
}

static int run(struct world *w)
{
	bool repair = args_has(&w->args, "repair");
	struct verify_fault *faults;
	size_t n, checked, bad = 0;

	if (w->word_count)
		return world_usage(w, "'" STR_FMT "' is no study file", STR_ARG(w->words[0]));
	int code = fs_exists(w->rung.p) ? world_store(w, repair ? STORE_WRITE : STORE_READ) : 0;

	if (code)
		return code;
	if (!w->store) {
		say("there is no store: nothing to verify");
		return EXIT_FINE;
	}
	if (repair)
		fresh_forget(w->rung.p);
	enum store_status status = store_verify(w->store, repair, w->arena, &faults, &n, &checked);

	if (status != STORE_OK)
		return world_store_error(w, status);
	for (size_t i = 0; i < n; i++) {
		fault_print(w, &faults[i]);
		bad += faults[i].what != FAULT_STRAY;
	}
	if (w->json)
		out_f("{\"event\":\"verified\",\"objects\":%zu,\"faults\":%zu,\"repaired\":%s}\n", checked, n, repair && n ? "true" : "false");
	out_flush();
	if (!w->json)
		say("%zu object%s checked, %zu fault%s%s", checked, plural(checked), n, plural(n),
		    !n ? "" : repair ? ", mended: the tasks behind them run again" : "; 'rung verify --repair' mends them");
	return bad && !repair ? EXIT_FAILED : EXIT_FINE;
}

static const struct option options[] = {
	{ "repair", 0, NULL, "remove damaged objects and mark their tasks stale" },
	{ 0 },
};

const struct command cmd_verify = {
	.name = "verify",
	.summary = "hash every object and check every reference of the store",
	.usage = "[STUDY] [--repair]",
	.about = "Needs no study, only its folder. Exit code 1 when something is corrupt or missing and was not repaired.\n",
	.options = options,
	.study = true,
	.run = run,
};
