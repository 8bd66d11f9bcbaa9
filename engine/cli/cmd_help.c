/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Pages of help: the overview, a command, a step kind, the language's own keys. All of them come from tables.
 */
#include <string.h>

#include "engine/cli/command.h"

#define HELP_COLUMNS 79

static const struct topic {
	const char *title;
	const char *names[12];
} groups[] = {
	{ "a study", { "init", "check", "plan", "run", "graph", "diff" } },
	{ "what is known", { "status", "why", "show", "log", "query", "exec" } },
	{ "the store", { "gc", "verify" } },
	{ "rung itself", { "doctor", "schema", "completion", "help", "version" } },
};

const char *command_group(const struct command *c)
{
	for (size_t g = 0; g < countof(groups); g++)
		for (size_t i = 0; i < countof(groups[g].names) && groups[g].names[i]; i++)
			if (strcmp(groups[g].names[i], c->name) == 0)
				return groups[g].title;
	return NULL;
}

int help_overview(void)
{
	out_f("usage: rung COMMAND [STUDY] [TASK…] [options]\n\n"
	      "rung runs studies: one file names the budgets, seeds, data and metrics; rung\n"
	      "runs what is not already known.\n");
	for (size_t g = 0; g < countof(groups); g++) {
		out_f("\n%s%s%s\n", paint_out(BOLD), groups[g].title, paint_out(PLAIN));
		for (size_t i = 0; i < countof(groups[g].names) && groups[g].names[i]; i++) {
			const struct command *c = command_named(str_z(groups[g].names[i]));

			out_f("  %s%-11s%s %s\n", paint_out(CYAN), c->name, paint_out(PLAIN), c->summary);
		}
	}
	out_f("\n'rung help COMMAND' explains a command, 'rung help KIND' a kind of step:\n ");
	for (size_t i = 0, column = 1; shipped_kinds[i]; i++) {
		size_t n = strlen(shipped_kinds[i]->name) + 1;
		bool full = column + n > 80;

		out_f("%s %s", full ? "\n " : "", shipped_kinds[i]->name);
		column = full ? 1 + n : column + n;
	}
	out_f("\n'rung help study' lists the keys of a study, 'rung help step' those that every\n"
	      "step has. Start with 'rung init'.\n");
	return 0;
}

static void put_options(const char *title, const struct option *o)
{
	if (!o || !o->name)
		return;
	out_f("\n%s%s%s\n", paint_out(BOLD), title, paint_out(PLAIN));
	for (; o->name; o++) {
		char left[64], letter[8] = "    ";

		if (o->letter)
			(void)snprintf(letter, sizeof(letter), "-%c, ", o->letter);
		(void)snprintf(left, sizeof(left), "%s--%s%s%s", letter, o->name, o->value ? " " : "", o->value ? o->value : "");
		out_f("  %-26s %s\n", left, o->help);
	}
}

/* Text flows into the width of a terminal; lines that begin with a blank, and empty ones, stand as they are. */
static void put_text(struct str text)
{
	struct str line, word;
	unsigned used = 0;

	if (str_ends(text, "\n"))
		text.n--;
	while (str_split(&text, '\n', &line)) {
		if (!line.n || line.p[0] == ' ') {
			out_f("%s" STR_FMT "\n", used ? "\n" : "", STR_ARG(line));
			used = 0;
			continue;
		}
		while (str_split(&line, ' ', &word)) {
			bool fits = used && used + 1 + text_width(word) <= HELP_COLUMNS;

			out_f("%s" STR_FMT, !used ? "" : fits ? " " : "\n", STR_ARG(word));
			used = (fits ? used + 1 : 0) + text_width(word);
		}
	}
	if (used)
		out_text(STR("\n"));
}

int help_command(const struct command *c)
{
	out_f("usage: rung %s%s%s\n\n%s\n", c->name, c->usage[0] ? " " : "", c->usage, c->summary);
	if (c->about) {
		out_text(STR("\n"));
		put_text(str_z(c->about));
	}
	put_options("options", c->options);
	if (c->study)
		put_options("the study", study_options_table);
	put_options("everywhere", common_options);
	return EXIT_FINE;
}

/* ---- kinds and the language --------------------------------------------------------------------------------------- */

static void put_fields(const char *title, const struct field *fields)
{
	struct sb b;

	sb_init(&b, (size_t)1 << 20);
	fields_help(fields, &b, print_colour(false));
	out_f("\n%s%s%s\n", paint_out(BOLD), title, paint_out(PLAIN));
	out_text(sb_str(&b));
	sb_release(&b);
}

static int help_kind(const struct kind *k)
{
	out_f("%s: %s\n", k->name, k->summary);
	const struct field *short_form = NULL;
	size_t required = 0;

	for (const struct field *f = k->fields; f && f->name; f++) {
		required += (f->flags & F_REQUIRED) != 0;
		short_form = f->flags & F_PRIMARY ? f : short_form;
	}
	if (short_form && required == 1)
		out_f("\n'%s: X' is short for '%s: {%s: X}'.\n", k->name, k->name, short_form->name);
	put_fields("fields", k->fields);
	if (k->outputs) {
		int width = 0;

		out_f("\n%soutputs%s\n", paint_out(BOLD), paint_out(PLAIN));
		for (const struct output *o = k->outputs; o->name; o++)
			width = (int)strlen(o->name) > width ? (int)strlen(o->name) : width;
		for (const struct output *o = k->outputs; o->name; o++)
			out_f("  %-*s  %s%s\n", width, o->name, o->file, o == k->outputs ? "  (the primary one)" : "");
	}
	out_f("\nEvery step has these keys too: 'rung help step'.\n");
	return EXIT_FINE;
}

static const struct kind *kind_named(const struct kind *const *kinds, struct str name)
{
	for (size_t i = 0; kinds && kinds[i]; i++)
		if (str_is(name, kinds[i]->name))
			return kinds[i];
	return NULL;
}

/* A kind that a plugin of the study in this folder brings. */
static const struct kind *kind_of_study(struct world *w, struct str name)
{
	w->made.kinds = shipped_kinds;
	if (!study_load(&w->made, w->arena, &w->diags, &w->study) || !w->study)
		return NULL;
	return kind_named(study_kinds(w->study), name);
}

static int unknown_topic(struct world *w, struct str word)
{
	VEC(struct str) names = { 0 };

	for (size_t i = 0; commands[i]; i++)
		if (!commands[i]->hidden)
			VEC_PUSH(w->arena, &names, str_z(commands[i]->name));
	for (size_t i = 0; shipped_kinds[i]; i++)
		VEC_PUSH(w->arena, &names, str_z(shipped_kinds[i]->name));
	VEC_PUSH(w->arena, &names, STR("study"));
	VEC_PUSH(w->arena, &names, STR("step"));
	struct str near = str_nearest(word, names.data, names.n);

	(void)wrong("no help on '" STR_FMT "'", STR_ARG(word));
	if (near.n)
		hint("did you mean '" STR_FMT "'?", STR_ARG(near));
	else
		hint("'rung help' lists commands and kinds");
	return EXIT_WRONG;
}

static int run(struct world *w)
{
	if (!w->word_count)
		return help_overview();
	struct str word = w->words[0];
	const struct command *c = command_named(word);
	const struct kind *k = kind_named(shipped_kinds, word);

	/* `run` and `query` are both; the command's page comes first and names the other. */
	if (w->word_count > 1 && str_is(word, "kind")) {
		word = w->words[1];
		c = NULL;
		k = kind_named(shipped_kinds, word);
	}
	if (c) {
		(void)help_command(c);
		if (k)
			out_f("\nThere is a kind of step of that name too: 'rung help kind %s'.\n", c->name);
		return EXIT_FINE;
	}
	if (str_is(word, "study")) {
		put_fields("keys of a study", study_fields);
		return EXIT_FINE;
	}
	if (str_is(word, "step")) {
		put_fields("keys of every step", step_fields);
		return EXIT_FINE;
	}
	if (!k)
		k = kind_of_study(w, word);
	w->diags.n = 0; /* a broken study is no matter here */
	return k ? help_kind(k) : unknown_topic(w, word);
}

const struct command cmd_help = {
	.name = "help",
	.summary = "explain a command, a kind of step, or the language's keys",
	.usage = "[COMMAND | [kind] KIND | study | step]",
	.run = run,
};
