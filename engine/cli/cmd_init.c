/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/fs.h"
#include "engine/cli/command.h"

static const char starter[] =
	"# A first study. `rung plan` shows what would run, `rung run` runs it, a second `rung run` runs nothing.\n"
	"# It needs sh and awk only: throw darts, estimate pi, see how the error shrinks with the number of throws.\n"
	"\n"
	"study: first\n"
	"about: How does the error of a Monte Carlo estimate of pi shrink?\n"
	"language: 1\n"
	"\n"
	"# Settings that stay the same within a run; `-s radius=2` sets another value.\n"
	"params: {radius: 1}\n"
	"\n"
	"# What is varied. A step runs once per point of the axes that it names under `each`.\n"
	"axes:\n"
	"  throws: [100, 1000, 10000]\n"
	"  seed: [1, 2, 3, 4, 5]\n"
	"\n"
	"steps:\n"
	"  # ${…} is Lua; in a command every value is quoted for the shell. $${…} would be the shell's own.\n"
	"  # An output is declared under `out:`; its path is ${out.NAME}.\n"
	"  throw:\n"
	"    each: [throws, seed]\n"
	"    run: >-\n"
	"      awk -v n=${throws} -v seed=${seed} -v r=${radius}\n"
	"      'BEGIN { srand(seed);\n"
	"      for (i = 0; i < n; i++) { x = r * rand(); y = r * rand(); if (x * x + y * y <= r * r) hits++ }\n"
	"      printf \"%.6f\\n\", 4 * hits / n }' > ${out.estimate}\n"
	"    out: {estimate: estimate.txt}\n"
	"\n"
	"  # ${throw.out.estimate} is the estimate at the same throws and seed. Metrics are Lua over what the command printed.\n"
	"  score:\n"
	"    each: [throws, seed]\n"
	"    run: >-\n"
	"      awk '{ e = $1 - 3.14159265; if (e < 0) e = -e; print \"error\", e }' ${throw.out.estimate}\n"
	"    metrics: {error: 'tonumber(stdout:match(\"error (%S+)\"))'}\n"
	"\n"
	"  # This step names no axis, so it gets all 15 scores as a table. `save` publishes the result.\n"
	"  summary:\n"
	"    aggregate: {of: score, by: throws, error: [n, mean, std]}\n"
	"    save: results/errors.csv\n"
	"\n"
	"# Next: add a seed and run again (only the new points run), change the awk line, then ask\n"
	"# `rung why 'throw[throws=100,seed=1]'`.\n";

/* Lines that .gitignore lacks are added behind what it holds. */
static int add_ignores(struct world *w)
{
	static const char *const lines[] = { ".rung/", "results/" };
	struct str old = STR("");
	struct sb b;
	int err = fs_read(w->arena, ".gitignore", (size_t)1 << 24, &old);
	bool changed = false;

	if (err && err != -ENOENT)
		return wrong("cannot read .gitignore: %s", strerror(-err));
	sb_init(&b, (size_t)1 << 25);
	sb_add(&b, old);
	for (size_t i = 0; i < countof(lines); i++) {
		struct str rest = old, line;
		bool there = false;

		while (str_split(&rest, '\n', &line))
			there = there || str_is(str_trim(line), lines[i]);
		if (there)
			continue;
		if (b.n && b.s[b.n - 1] != '\n')
			sb_char(&b, '\n');
		sb_printf(&b, "%s\n", lines[i]);
		changed = true;
	}
	err = changed ? fs_write_atomic(".gitignore", sb_str(&b), 0666) : 0;
	sb_release(&b);
	if (err)
		return wrong("cannot write .gitignore: %s", strerror(-err));
	return EXIT_FINE;
}

static int run(struct world *w)
{
	struct str dir = w->word_count ? w->words[0] : STR(".");

	if (w->word_count > 1)
		return world_usage(w, "one folder is wanted, %zu are given", w->word_count);
	struct str folder = arena_str(w->arena, dir), file = path_join(w->arena, folder, STR("study.yaml"));

	if (fs_exists(file.p)) {
		(void)wrong("%s is there already and stays as it is", str_is(dir, ".") ? "study.yaml" : file.p);
		hint("'rung init DIR' starts a study in another folder");
		return EXIT_WRONG;
	}
	int err = fs_mkdirs(folder.p);

	if (!err)
		err = fs_write_atomic(file.p, str_z(starter), 0666);
	if (err)
		return wrong("cannot write %s: %s", file.p, strerror(-err));
	if (chdir(folder.p) != 0)
		return wrong("cannot go to %s: %s", folder.p, strerror(errno));
	int code = add_ignores(w);

	if (code)
		return code;
	if (w->json) {
		struct value v = value_map(w->arena, 2);

		(void)value_set(&v, STR("event"), value_str(STR("made")));
		(void)value_set(&v, STR("path"), value_str(file));
		out_json(&v);
	} else {
		struct str there = str_is(dir, ".") ? STR("") : arena_printf(w->arena, " " STR_FMT, STR_ARG(shell_word(w->arena, folder)));

		say("made %s; now: rung plan" STR_FMT ", rung run" STR_FMT, str_is(dir, ".") ? "study.yaml" : file.p, STR_ARG(there), STR_ARG(there));
	}
	return EXIT_FINE;
}

const struct command cmd_init = {
	.name = "init",
	.summary = "write a small commented study that runs",
	.usage = "[DIR]",
	.about = "Writes study.yaml and adds .rung/ and results/ to .gitignore. Never overwrites a study.\n",
	.run = run,
};
