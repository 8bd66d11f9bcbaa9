/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a task said. Reads the store alone where it can, so that the log of a task which the study no longer has is found.
 */
#include "engine/cli/command.h"

#define ATTEMPTS_MAX 1000
#define OUTPUT_MAX ((size_t)256 << 20)

static struct str stream(struct world *w, bool has, const struct digest *d, struct arena *a)
{
	struct str text = STR("");

	if (has && store_read(w->store, d, OUTPUT_MAX, a, &text) != STORE_OK)
		return STR("(its object is missing or damaged)\n");
	return text;
}

static void attempt_json(const struct attempt *t, struct str out, struct str err, struct arena *a)
{
	struct value v = value_map(a, 17);
	char text[32];

	clock_text(t->started_ns, text);
	(void)value_set(&v, STR("task"), value_str(t->task));
	(void)value_set(&v, STR("run"), value_int(t->run));
	(void)value_set(&v, STR("attempt"), value_int(t->number));
	(void)value_set(&v, STR("outcome"), value_str(str_z(outcome_name(t->outcome))));
	(void)value_set(&v, STR("exit_code"), value_int(t->exit_code));
	(void)value_set(&v, STR("signal"), value_int(t->signal));
	(void)value_set(&v, STR("detail"), value_str(t->detail));
	(void)value_set(&v, STR("started"), value_str(arena_z(a, text)));
	(void)value_set(&v, STR("seconds"), value_real((double)(t->ended_ns - t->started_ns) / 1e9));
	(void)value_set(&v, STR("user_s"), value_real(t->user_s));
	(void)value_set(&v, STR("system_s"), value_real(t->system_s));
	(void)value_set(&v, STR("max_rss"), value_int(t->max_rss));
	(void)value_set(&v, STR("host"), value_str(t->host));
	(void)value_set(&v, STR("stdout"), value_str(out));
	(void)value_set(&v, STR("stderr"), value_str(err));
	out_json(&v);
}

static void put_stream(const char *name, struct str text)
{
	if (!text.n)
		return;
	out_f("%s--- %s%s\n", paint_out(DIM), name, paint_out(PLAIN));
	out_text(text);
	if (text.p[text.n - 1] != '\n')
		out_text(STR("\n"));
}

static void attempt_print(struct world *w, const struct attempt *t)
{
	CLEANUP(arena_cleanup) struct arena *a = arena_new();
	struct str out = stream(w, t->has_out, &t->out, a), err = stream(w, t->has_err, &t->err, a);
	bool well = t->outcome == OUTCOME_DONE || t->outcome == OUTCOME_SKIPPED;

	if (w->json) {
		attempt_json(t, out, err, a);
		return;
	}
	out_f("%s" STR_FMT "%s: %s%s%s", paint_out(BOLD), STR_ARG(t->task), paint_out(PLAIN), paint_out(well ? GREEN : RED),
	      outcome_name(t->outcome), paint_out(PLAIN));
	if (t->detail.n)
		out_f(": " STR_FMT, STR_ARG(t->detail));
	out_f("\n  attempt %d of run %lld, " STR_FMT ", took " STR_FMT, t->number, (long long)t->run, STR_ARG(when_text(a, t->started_ns)),
	      STR_ARG(seconds_text(a, (double)(t->ended_ns - t->started_ns) / 1e9)));
	if (t->host.n)
		out_f(" on " STR_FMT, STR_ARG(t->host));
	out_f("\n  user %.2f s, system %.2f s", t->user_s, t->system_s);
	if (t->max_rss > 0)
		out_f(", at most " STR_FMT " of memory", STR_ARG(bytes_text(a, (double)t->max_rss)));
	out_text(STR("\n"));
	put_stream("stdout", out);
	put_stream("stderr", err);
}

/* ---- which task --------------------------------------------------------------------------------------------------- */

static bool has_attempts(struct world *w, struct str name)
{
	CLEANUP(arena_cleanup) struct arena *a = arena_new();
	struct attempt *list;

	return store_attempts(w->store, name, 1, a, &list) > 0;
}

static int ambiguous(struct world *w, struct str word, const struct str *names, size_t n)
{
	(void)wrong("'" STR_FMT "' fits several tasks, one is wanted", STR_ARG(word));
	for (size_t i = 0; i < n && i < 5; i++)
		hint("rung log " STR_FMT, STR_ARG(shell_word(w->arena, names[i])));
	return EXIT_WRONG;
}

/* Tasks of the present study that the word selects and that have been tried. */
static int by_selection(struct world *w, struct str word, struct str *name)
{
	VEC(struct str) found = { 0 };
	uint32_t *tasks;
	size_t n;
	struct str why = { 0 };
	int code = world_graph(w);

	if (code)
		return code;
	if (!graph_select(w->graph, word, w->arena, &tasks, &n, &why))
		return wrong(STR_FMT, STR_ARG(why));
	for (size_t i = 0; i < n && found.n < 6; i++) {
		struct str one = world_task_name(w, tasks[i], w->arena);

		if (has_attempts(w, one))
			VEC_PUSH(w->arena, &found, one);
	}
	if (found.n > 1)
		return ambiguous(w, word, found.data, found.n);
	if (!found.n) {
		(void)wrong("'" STR_FMT "' has not run yet", STR_ARG(word));
		return EXIT_WRONG;
	}
	*name = found.data[0];
	return 0;
}

static int which(struct world *w, struct str word, struct str *name)
{
	struct str *names;

	if (has_attempts(w, word)) {
		*name = word;
		return 0;
	}
	size_t n = store_task_names(w->store, word, 6, w->arena, &names);

	if (n == 1) {
		*name = names[0];
		return 0;
	}
	return n ? ambiguous(w, word, names, n) : by_selection(w, word, name);
}

static int run(struct world *w)
{
	struct str name = { 0 };
	struct attempt *list;

	if (w->word_count != 1)
		return world_usage(w, "one task is wanted, %zu are given", w->word_count);
	int code = world_store(w, STORE_READ);

	if (!code && !w->store) {
		(void)wrong("nothing has run yet: there is no store");
		code = EXIT_WRONG;
	}
	if (!code)
		code = which(w, w->words[0], &name);
	if (code)
		return code;
	size_t n = store_attempts(w->store, name, args_has(&w->args, "all") ? ATTEMPTS_MAX : 1, w->arena, &list);

	for (size_t i = n; i-- > 0;) {
		attempt_print(w, &list[i]);
		if (i && !w->json)
			out_text(STR("\n"));
	}
	return EXIT_FINE;
}

static const struct option options[] = {
	{ "all", 'a', NULL, "every attempt, oldest first" },
	{ 0 },
};

const struct command cmd_log = {
	.name = "log",
	.summary = "show what a task printed, and how it ended",
	.usage = "[STUDY] TASK [--all]",
	.about = "The beginning of a name is enough where only one task fits. Tasks that the study no longer has are found too.\n",
	.options = options,
	.study = true,
	.run = run,
};
