/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cli/world.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/fs.h"
#include "engine/cli/command.h"

#define STUDY_FILE "study.yaml"

/* ---- place -------------------------------------------------------------------------------------------------------- */

static bool is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* A word that names a study: a YAML file, a folder with one, or at least a path that cannot be a selection of tasks. */
static bool names_study(struct arena *a, struct str word)
{
	const char *z = arena_str(a, word).p;

	if (str_ends(word, ".yaml") || str_ends(word, ".yml"))
		return str_find(word, STR("[")) < 0;
	if (is_folder(z))
		return fs_exists(path_join(a, word, STR(STUDY_FILE)).p) || str_find(word, STR("/")) >= 0 || str_is(word, ".");
	return str_find(word, STR("/")) >= 0 && str_find(word, STR("[")) < 0 && str_find(word, STR("=")) < 0 &&
	       str_find(word, STR(" ")) < 0;
}

static int find_root(struct world *w)
{
	char real[PATH_MAX];
	struct str path = w->path.n ? w->path : STR("."), folder = path;

	path = arena_str(w->arena, path);
	if (!is_folder(path.p))
		folder = path_dir(path);
	folder = arena_str(w->arena, folder);
	if (!realpath(folder.p, real))
		return wrong("cannot read the study '" STR_FMT "': %s", STR_ARG(path), strerror(errno));
	w->root = arena_z(w->arena, real);
	w->rung = path_join(w->arena, w->root, STR(".rung"));
	return 0;
}

int world_init(struct world *w)
{
	struct str dir = args_value(&w->args, "directory"), *list;

	diags_init(&w->diags, w->arena);
	w->words = w->args.words.data;
	w->word_count = w->args.words.n;
	w->json = args_has(&w->args, "json");
	if (dir.n && chdir(arena_str(w->arena, dir).p) != 0)
		return wrong("cannot go to " STR_FMT ": %s", STR_ARG(dir), strerror(errno));
	if (!w->command->study)
		return 0;
	w->path = args_value(&w->args, "file");
	if (!args_has(&w->args, "file") && w->word_count && names_study(w->arena, w->words[0])) {
		w->path = w->words[0];
		w->words++;
		w->word_count--;
	}
	struct study_options *o = &w->made;

	o->path = w->path.n ? arena_str(w->arena, w->path).p : NULL;
	o->set_count = args_values(&w->args, "set", &list);
	o->sets = list;
	o->only_count = args_values(&w->args, "only", &list);
	o->only = list;
	o->phase = args_value(&w->args, "phase");
	o->kinds = shipped_kinds;
	return find_root(w);
}

/* ---- stages ------------------------------------------------------------------------------------------------------- */

int world_study(struct world *w)
{
	if (w->study)
		return 0;
	bool ok = study_load(&w->made, w->arena, &w->diags, &w->study);

	/* Mistakes that show only in points are worth the same run. */
	if (ok)
		return 0;
	world_report(w);
	return EXIT_WRONG;
}

int world_graph(struct world *w)
{
	int code = w->graph ? 0 : world_study(w);

	if (code || w->graph)
		return code;
	bool ok = study_expand(w->study, &w->diags, &w->graph);

	world_report(w);
	return ok ? 0 : EXIT_WRONG;
}

static int held(const struct store_owner *owner)
{
	CLEANUP(arena_cleanup) struct arena *a = arena_new();

	if (!owner || !owner->pid) {
		(void)wrong("another run holds the store");
		return EXIT_HELD;
	}
	(void)wrong("another run holds the store: pid %lld on " STR_FMT " since " STR_FMT ": " STR_FMT, (long long)owner->pid,
	            STR_ARG(owner->host), STR_ARG(when_text(a, owner->since_ns)), STR_ARG(owner->command));
	hint("'rung status' shows how far it is; 'kill -INT %lld' asks it to stop", (long long)owner->pid);
	return EXIT_HELD;
}

int world_store_error(struct world *w, enum store_status status)
{
	const char *facts = w->store ? store_error(w->store) : "out of memory";

	switch (status) {
	case STORE_OK:
	case STORE_ABSENT:
		return 0;
	case STORE_HELD:
		return held(w->store ? store_owner(w->store) : NULL);
	case STORE_READ_ONLY:
		(void)wrong("the store cannot be written: %s", facts);
		hint("'status', 'plan' and 'show' only read it");
		break;
	case STORE_FULL:
		(void)wrong("no space left for the store: %s", facts);
		hint("'rung gc --delete' removes results that nothing needs; what is finished is kept, and a rerun continues");
		break;
	case STORE_CORRUPT:
		(void)wrong("the store is damaged: %s", facts);
		if (strstr(facts, "/ledger.db"))
			hint("move ledger.db, ledger.db-wal and ledger.db-shm to another folder and run again: the tasks run anew");
		else
			hint("'rung verify' names what is damaged, 'rung verify --repair' mends it");
		break;
	case STORE_TOO_NEW:
		(void)wrong("the store was written by a later rung: %s", facts);
		hint("this is rung " RUNG_VERSION "; use the later one, or move .rung away");
		break;
	case STORE_IO:
		(void)wrong("the store cannot be used: %s", facts);
		break;
	}
	return EXIT_WRONG;
}

int world_store(struct world *w, enum store_mode mode)
{
	if (w->store)
		return 0;
	enum store_status status = store_open(w->rung.p, mode, w->line.p, &system_clock, &w->store);

	if (status == STORE_OK)
		return 0;
	int code = world_store_error(w, status);

	store_close(w->store);
	w->store = NULL;
	return code;
}

int world_plan(struct world *w, const unsigned char *marks)
{
	int code = world_graph(w);

	if (!code)
		code = world_store(w, STORE_READ);
	if (code || w->plan)
		return code;
	bool ok = plan_make(w->graph, study_front(w->study), w->store, marks, w->arena, &w->diags, &w->plan);

	world_report(w);
	return ok ? 0 : EXIT_WRONG;
}

void world_close(struct world *w)
{
	store_close(w->store);
	study_close(w->study);
	w->store = NULL;
	w->study = NULL;
}

/* ---- diagnostics -------------------------------------------------------------------------------------------------- */

/* The one file in which all the errors are; an empty str when they are in several or nowhere. */
static struct str where_all(const struct diags *d)
{
	struct str path = STR("");

	for (size_t i = 0; i < d->n; i++) {
		if (d->list[i].severity != SEV_ERROR)
			continue;
		struct str here = d->list[i].at.file ? d->sources[d->list[i].at.file - 1].path : STR("");

		if (!here.n || (path.n && !str_same(path, here)))
			return STR("");
		path = here;
	}
	return path;
}

void world_report(struct world *w)
{
	struct diags *d = &w->diags;
	struct sb text;

	if (!d->n)
		return;
	sb_init(&text, (size_t)64 << 20);
	if (w->json) {
		diags_json(d, &text);
		out_text(sb_str(&text));
	} else {
		diags_render(d, &text, print_colour(true));
		struct str file = where_all(d);

		if (d->errors)
			sb_printf(&text, "%zu error%s%s" STR_FMT "\n", d->errors, plural(d->errors), file.n ? " in " : "", STR_ARG(file));
		err_text(sb_str(&text));
	}
	sb_release(&text);
	w->errors += d->errors;
	d->n = d->errors = d->warnings = d->dropped = 0;
}

int world_usage(struct world *w, const char *fmt, ...)
{
	va_list ap;
	struct sb b;

	sb_init(&b, (size_t)1 << 16);
	va_start(ap, fmt);
	sb_vprintf(&b, fmt, ap);
	va_end(ap);
	(void)wrong("%s", b.s);
	hint("usage: rung %s%s%s", w->command->name, w->command->usage[0] ? " " : "", w->command->usage);
	sb_release(&b);
	return EXIT_WRONG;
}

int world_plan_selected(struct world *w, enum store_mode mode)
{
	int code = world_graph(w);
	unsigned char *marks = NULL;

	if (!code && w->word_count) {
		marks = world_marks(w);
		code = world_select(w, w->words, w->word_count, marks);
		if (!code)
			graph_close_upstream(w->graph, marks);
	}
	if (!code)
		code = world_store(w, mode);
	return code ? code : world_plan(w, marks);
}

/* ---- tasks -------------------------------------------------------------------------------------------------------- */

unsigned char *world_marks(struct world *w)
{
	return arena_alloc(w->arena, w->graph->task_count + 1);
}

int world_select(struct world *w, const struct str *words, size_t n, unsigned char *marks)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t *tasks;
		size_t count;
		struct str why = { 0 };

		if (!graph_select(w->graph, words[i], w->arena, &tasks, &count, &why))
			return wrong(STR_FMT, STR_ARG(why));
		for (size_t t = 0; t < count; t++)
			marks[tasks[t]] = 1;
	}
	return 0;
}

int world_task(struct world *w, struct str word, uint32_t *task)
{
	uint32_t *tasks;
	size_t n;
	struct str why = { 0 };

	if (!graph_select(w->graph, word, w->arena, &tasks, &n, &why))
		return wrong(STR_FMT, STR_ARG(why));
	if (n > 1) {
		(void)wrong("'" STR_FMT "' names %zu tasks, one is wanted", STR_ARG(word), n);
		hint("for instance " STR_FMT, STR_ARG(shell_word(w->arena, world_task_name(w, tasks[0], w->arena))));
		return EXIT_WRONG;
	}
	*task = tasks[0];
	return 0;
}

struct str world_task_name(struct world *w, uint32_t task, struct arena *a)
{
	struct sb b;

	sb_init(&b, (size_t)1 << 20);
	graph_task_name(w->graph, task, &b);
	struct str name = sb_take(&b, a);

	sb_release(&b);
	return name;
}

const char *state_name(enum task_state s)
{
	static const char *const names[] = { "unknown", "hit", "stale", "waits", "blocked", "skipped" };

	return names[s];
}

int state_paint(enum task_state s)
{
	static const enum paint paints[] = { PLAIN, GREEN, YELLOW, CYAN, RED, DIM };

	return (int)paints[s];
}

struct str path_shown(struct str absolute)
{
	char here[PATH_MAX];

	if (!getcwd(here, sizeof(here)))
		return absolute;
	struct str cwd = str_z(here);

	if (absolute.n > cwd.n + 1 && memcmp(absolute.p, cwd.p, cwd.n) == 0 && absolute.p[cwd.n] == '/')
		return str_from(absolute, cwd.n + 1, absolute.n);
	return absolute;
}

struct value value_span(struct world *w, struct span at, struct arena *a)
{
	struct str text = span_text(&w->diags, at, a);

	return text.n ? value_str(text) : (struct value){ .type = V_NULL };
}
