/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The last words of a run: counts, failures with what they said, what was published.
 */
#include <string.h>

#include "engine/base/fs.h"
#include "engine/base/map.h"
#include "engine/cli/command.h"
#include "engine/cli/progress.h"

#define FAILURES_SHOWN 10
#define PUBLISHED_SHOWN 12
#define TAIL_LINES 8

static void put_tail(struct sb *b, struct str tail, struct arena *a)
{
	struct str rest = str_trim(tail), part;
	size_t lines = 1, skip;

	for (size_t i = 0; i < rest.n; i++)
		lines += rest.p[i] == '\n';
	skip = lines > TAIL_LINES ? lines - TAIL_LINES : 0;
	while (str_split(&rest, '\n', &part)) {
		if (skip) {
			skip--;
			continue;
		}
		sb_printf(b, "    %s|%s ", paint_err(DIM), paint_err(PLAIN));
		sb_add(b, text_fit(a, part, 400));
		sb_char(b, '\n');
	}
}

static void say_failure(struct world *w, const struct failure *f)
{
	struct str at = span_text(&w->diags, f->at, w->arena);
	struct str rest = f->detail, first = STR(""); /* below the first line of a hook's error: the line and its caret */
	struct sb b;

	(void)str_split(&rest, '\n', &first);
	sb_init(&b, (size_t)1 << 20);
	sb_printf(&b, "%sfailed%s " STR_FMT ": %s: " STR_FMT, paint_err(RED), paint_err(PLAIN), STR_ARG(f->task), outcome_name(f->outcome),
	          STR_ARG(first));
	if (at.n)
		sb_printf(&b, " (" STR_FMT ")", STR_ARG(at));
	sb_char(&b, '\n');
	if (first.n < f->detail.n)
		sb_printf(&b, STR_FMT "\n", STR_ARG(rest));
	put_tail(&b, f->tail, w->arena);
	if (f->hint.n)
		sb_printf(&b, "    = hint: " STR_FMT "\n", STR_ARG(f->hint));
	sb_printf(&b, "    rung log " STR_FMT "\n", STR_ARG(shell_word(w->arena, f->task)));
	if (f->alike)
		sb_printf(&b, "    %zu more task%s failed with the same words\n", f->alike, plural(f->alike));
	err_text(sb_str(&b));
	sb_release(&b);
}

/* How many paths each folder got. */
static struct map count_folders(const struct progress *p)
{
	struct map m = { .arena = p->w->arena };

	for (size_t i = 0; i < p->published.n; i++) {
		struct str folder = path_dir(p->published.data[i]);

		(void)map_put(&m, folder, (void *)((uintptr_t)map_get(&m, folder) + 1));
	}
	return m;
}

/* A folder that got many files is one entry: "75 in results/manifests". */
static void say_published(struct progress *p)
{
	struct sb b;
	size_t shown = 0, rest = 0;

	if (!p->published.n)
		return;
	struct map folders = count_folders(p);

	sb_init(&b, (size_t)1 << 20);
	for (size_t i = 0; i < p->published.n; i++) {
		struct str path = path_shown(p->published.data[i]);
		size_t n = (size_t)map_get(&folders, path_dir(p->published.data[i]));

		if (!n)
			continue; /* said with the first of its folder */
		if (n > PUBLISHED_SHOWN)
			(void)map_put(&folders, path_dir(p->published.data[i]), NULL);
		if (shown == PUBLISHED_SHOWN) {
			rest += n > PUBLISHED_SHOWN ? n : 1;
			continue;
		}
		sb_z(&b, shown++ ? ", " : "");
		if (n > PUBLISHED_SHOWN)
			sb_printf(&b, "%zu in " STR_FMT, n, STR_ARG(path_dir(path)));
		else
			sb_add(&b, path);
	}
	if (rest)
		sb_printf(&b, " and %zu more", rest);
	say("published %s", b.s);
	sb_release(&b);
}

void progress_finish(struct progress *p, const struct run_counts *c)
{
	struct world *w = p->w;

	progress_clear(p);
	if (p->show == SHOW_JSON) {
		finished_json(c);
		return;
	}
	for (size_t i = 0; i < p->failures.n && i < FAILURES_SHOWN; i++)
		say_failure(w, &p->failures.data[i]);
	size_t said = 0;

	for (size_t i = 0; i < p->failures.n && i < FAILURES_SHOWN; i++)
		said += 1 + p->failures.data[i].alike;
	if (c->failed > said)
		say("%zu more failed; 'rung status' counts them", c->failed - said);
	say_published(p);
	summary_line(study_name(w->study), c);
}

void summary_line(struct str study, const struct run_counts *c)
{
	CLEANUP(arena_cleanup) struct arena *a = arena_new();
	struct sb b;

	sb_init(&b, 4096);
	sb_printf(&b, STR_FMT ": %zu task%s, %zu cached, ran %zu", STR_ARG(study), c->tasks, plural(c->tasks), c->cached, c->ran);
	if (c->failed)
		sb_printf(&b, ", %s%zu failed%s", paint_err(RED), c->failed, paint_err(PLAIN));
	if (c->blocked)
		sb_printf(&b, ", %zu blocked", c->blocked);
	if (c->skipped)
		sb_printf(&b, ", %zu skipped", c->skipped);
	size_t ended = c->ran + c->cached + c->failed + c->blocked + c->skipped;

	if (ended < c->tasks)
		sb_printf(&b, ", %zu not reached", c->tasks - ended);
	sb_printf(&b, " in " STR_FMT, STR_ARG(seconds_text(a, c->seconds)));
	if (c->spent)
		sb_printf(&b, ", $%.2f", (double)c->spent / 1e12);
	say("%s", b.s);
	sb_release(&b);
}
