/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What could stand where the cursor is: `rung complete -- WORD…`, the last word is the one being typed. One candidate a
 * line, each a whole word. Says nothing about mistakes: a study that cannot be read completes nothing.
 */
#include <string.h>
#include <unistd.h>

#include "engine/cli/command.h"

#define CANDIDATES_MAX 2000

struct typing {
	struct world *w;
	struct str word;
	struct str head; /* `--only=` of `--only=axis`: goes before every candidate */
	size_t n;
};

static void offer(struct typing *t, struct str s)
{
	if (s.n < t->word.n || memcmp(s.p, t->word.p, t->word.n) != 0 || t->n >= CANDIDATES_MAX)
		return;
	out_text(t->head);
	out_text(s);
	out_text(STR("\n"));
	t->n++;
}

static bool study_of(struct typing *t)
{
	struct world *w = t->w;

	return w->study || (study_load(&w->made, w->arena, &w->diags, &w->study) && w->study);
}

static bool graph_of(struct typing *t)
{
	struct world *w = t->w;

	return w->graph || (study_of(t) && study_expand(w->study, &w->diags, &w->graph));
}

/* ---- words of the study ------------------------------------------------------------------------------------------- */

static void offer_commands(struct typing *t)
{
	for (size_t i = 0; commands[i]; i++)
		if (!commands[i]->hidden)
			offer(t, str_z(commands[i]->name));
}

static void offer_options(struct typing *t, const struct option *o)
{
	for (; o && o->name; o++)
		offer(t, arena_printf(t->w->arena, "--%s", o->name));
}

static bool listed(struct str list, struct str value)
{
	struct str one;

	while (str_split(&list, ',', &one))
		if (str_same(one, value))
			return true;
	return false;
}

/* `axis=`, then `axis=value`, `axis=value,value`. */
static void offer_axes(struct typing *t)
{
	struct arena *a = t->w->arena;

	if (!graph_of(t))
		return;
	for (size_t i = 0; i < t->w->graph->axis_count; i++) {
		const struct axis *x = &t->w->graph->axes[i];
		struct str head = arena_printf(a, STR_FMT "=", STR_ARG(x->name));

		if (t->word.n < head.n || !str_starts(t->word, head.p)) {
			offer(t, head);
			continue;
		}
		size_t last = head.n;

		for (size_t k = head.n; k < t->word.n; k++)
			if (t->word.p[k] == ',')
				last = k + 1;
		for (size_t v = 0; v < x->n; v++)
			if (!listed(str_from(t->word, head.n, last - head.n), x->labels[v]))
				offer(t, arena_printf(a, STR_FMT STR_FMT, STR_ARG(str_from(t->word, 0, last)),
				                      STR_ARG(x->labels[v])));
	}
}

static void offer_params(struct typing *t)
{
	const struct value *params = study_of(t) ? study_params(t->w->study) : NULL;

	for (size_t i = 0; params && params->type == V_MAP && i < params->map.n; i++)
		offer(t, arena_printf(t->w->arena, STR_FMT "=", STR_ARG(params->map.pairs[i].key)));
}

static void offer_phases(struct typing *t)
{
	const struct str *names;
	size_t n = study_of(t) ? study_phases(t->w->study, &names) : 0;

	for (size_t i = 0; i < n; i++)
		offer(t, names[i]);
}

static void offer_pools(struct typing *t)
{
	for (size_t i = 0; graph_of(t) && i < t->w->graph->pool_count; i++)
		offer(t, arena_printf(t->w->arena, STR_FMT "=", STR_ARG(t->w->graph->pools[i].name)));
}

/* Names of steps; once a bracket is open, whole tasks. */
static void offer_tasks(struct typing *t)
{
	if (!graph_of(t))
		return;
	const struct graph *g = t->w->graph;
	bool open = str_find(t->word, STR("[")) >= 0;

	for (size_t i = 0; i < g->step_count; i++) {
		if (!open) {
			offer(t, g->steps[i].name);
			continue;
		}
		if (!str_starts(t->word, arena_printf(t->w->arena, STR_FMT "[", STR_ARG(g->steps[i].name)).p))
			continue;
		for (uint32_t k = g->steps[i].first; k < g->steps[i].first + g->steps[i].count && t->n < CANDIDATES_MAX; k++)
			offer(t, world_task_name(t->w, k, t->w->arena));
	}
}

static void offer_topics(struct typing *t, bool kinds_alone)
{
	if (!kinds_alone)
		offer_commands(t);
	for (size_t i = 0; shipped_kinds[i]; i++) /* `run` and `query` are commands too, and said */
		if (kinds_alone || !command_named(str_z(shipped_kinds[i]->name)))
			offer(t, str_z(shipped_kinds[i]->name));
	if (kinds_alone)
		return;
	offer(t, STR("kind"));
	offer(t, STR("study"));
	offer(t, STR("step"));
}

/* ---- where the cursor is ------------------------------------------------------------------------------------------ */

static bool is_option(struct str word, const char *name, char letter)
{
	return (word.n == 2 && word.p[0] == '-' && letter && word.p[1] == letter) ||
	       (word.n > 2 && str_starts(word, "--") && str_is(str_from(word, 2, word.n), name));
}

/* true: the word is the value of the option before it. */
static bool offer_value(struct typing *t, struct str before)
{
	if (is_option(before, "set", 's'))
		offer_params(t);
	else if (is_option(before, "only", 0))
		offer_axes(t);
	else if (is_option(before, "phase", 0))
		offer_phases(t);
	else if (is_option(before, "force", 0))
		offer_tasks(t);
	else if (is_option(before, "pool", 0))
		offer_pools(t);
	else if (is_option(before, "executor", 0))
		offer(t, STR("local"));
	else
		return is_option(before, "file", 'f') || is_option(before, "directory", 'C') || is_option(before, "jobs", 'j');
	return true;
}

/* Goes where -C says, and finds the command among the first n words: its index, n when it is not there yet. */
static size_t find_command(const struct world *w, size_t n)
{
	size_t at = n;

	for (size_t i = 0; i < n; i++) {
		bool folder = i && is_option(w->words[i - 1], "directory", 'C');

		if (folder && chdir(arena_str(w->arena, w->words[i]).p) != 0)
			return n + 1; /* no such folder: nothing of it can be completed */
		if (!folder && at == n && w->words[i].p[0] != '-')
			at = i;
	}
	return at;
}

/* The study that the words so far mean: -f FILE, or a path behind the command. */
static void take_study(struct world *w, size_t command, size_t n)
{
	const struct str *words = w->words;
	struct str path = { 0 };

	for (size_t i = 1; i < n; i++) {
		if (is_option(words[i - 1], "file", 'f'))
			path = words[i];
		else if (i == command + 1 && (str_ends(words[i], ".yaml") || str_find(words[i], STR("/")) >= 0) && str_find(words[i], STR("[")) < 0)
			path = words[i];
	}
	w->made.path = path.n ? arena_str(w->arena, path).p : NULL;
	w->made.kinds = shipped_kinds;
}

/* `--only=x` is `--only x` in one word. */
static bool offer_joined(struct typing *t)
{
	long eq = str_starts(t->word, "--") ? str_find(t->word, STR("=")) : -1;
	struct str name = str_from(t->word, 0, eq > 0 ? (size_t)eq : 0);

	if (eq < 0)
		return false;
	t->head = str_from(t->word, 0, (size_t)eq + 1);
	t->word = str_from(t->word, (size_t)eq + 1, t->word.n);
	(void)offer_value(t, name);
	return true;
}

static int run(struct world *w)
{
	struct typing t = { .w = w };

	if (!w->word_count)
		return EXIT_FINE;
	t.word = w->words[w->word_count - 1];
	size_t before = w->word_count - 1, at = find_command(w, before);
	const struct command *c = at < before ? command_named(w->words[at]) : NULL;

	take_study(w, at, before);
	if (offer_joined(&t) || (before && offer_value(&t, w->words[before - 1]))) {
		/* said */
	} else if (t.word.n && t.word.p[0] == '-') {
		offer_options(&t, c ? c->options : NULL);
		offer_options(&t, c && c->study ? study_options_table : NULL);
		offer_options(&t, common_options);
	} else if (at == before) {
		offer_commands(&t);
	} else if (c == &cmd_help) {
		offer_topics(&t, str_is(w->words[before - 1], "kind"));
	} else if (c == &cmd_completion) {
		offer(&t, STR("bash"));
		offer(&t, STR("zsh"));
		offer(&t, STR("fish"));
	} else if (c && strstr(c->usage, "TASK")) {
		offer_tasks(&t);
	}
	w->diags.n = w->diags.errors = w->diags.warnings = w->diags.dropped = 0;
	return EXIT_FINE;
}

const struct command cmd_complete = {
	.name = "complete",
	.summary = "candidates for the word being typed (asked by the shells)",
	.usage = "-- WORD…",
	.hidden = true,
	.run = run,
};
