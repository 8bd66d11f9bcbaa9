/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What this machine lacks, and how to get it. A study beside it decides what is needed rather than merely useful.
 */
#include <dlfcn.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "engine/base/fs.h"
#include "engine/cli/command.h"
#include "engine/cli/program.h"

enum verdict { GOOD, NOTE, BAD };

struct exam {
	struct world *w;
	size_t bad;
};

static void put(struct exam *e, enum verdict v, const char *what, struct str found, const char *cure)
{
	static const char *const words[] = { "ok", "missing", "needed" };
	static const enum paint paints[] = { GREEN, YELLOW, RED };

	e->bad += v == BAD;
	if (e->w->json) {
		struct value o = value_map(e->w->arena, 4);

		(void)value_set(&o, STR("check"), value_str(str_z(what)));
		(void)value_set(&o, STR("state"), value_str(str_z(words[v])));
		(void)value_set(&o, STR("found"), value_str(found));
		if (v != GOOD && cure)
			(void)value_set(&o, STR("cure"), value_str(str_z(cure)));
		out_json(&o);
		return;
	}
	out_f("%s%-8s%s %-12s " STR_FMT "\n", paint_out(paints[v]), words[v], paint_out(PLAIN), what, STR_ARG(found));
	if (v != GOOD && cure)
		out_f("         %-12s   %s\n", "", cure);
}

/* ---- what the study uses ------------------------------------------------------------------------------------------ */

struct wants {
	bool plot, isolate, fetch, packed;
};

static bool packed_name(struct str path)
{
	return str_ends(path, ".gz") || str_ends(path, ".zst") || str_ends(path, ".bz2") || str_ends(path, ".xz");
}

static struct wants wants_of(struct world *w)
{
	struct wants u = { 0 };
	size_t n = 0;

	for (size_t i = 0; w->graph && i < w->graph->step_count; i++) {
		const struct step *s = &w->graph->steps[i];

		u.plot = u.plot || strcmp(s->kind->name, "plot") == 0;
		u.fetch = u.fetch || strcmp(s->kind->name, "fetch") == 0;
		u.isolate = u.isolate || s->isolate;
	}
	const struct study_file *files = w->study ? study_files(w->study, &n) : NULL;

	for (size_t i = 0; i < n; i++)
		u.packed = u.packed || packed_name(files[i].path);
	return u;
}

/* ---- checks ------------------------------------------------------------------------------------------------------- */

static void program(struct exam *e, const char *name, bool needed, const char *use)
{
	struct arena *a = e->w->arena;
	const char *path = program_find(a, name);
	static const struct {
		const char *name, *package;
	} packages[] = { { "gnuplot", "gnuplot-nox" }, { "bwrap", "bubblewrap" }, { "git", "git" }, { "sh", "dash" }, { "tar", "tar" } };
	const char *package = name;

	for (size_t i = 0; i < countof(packages); i++)
		if (strcmp(packages[i].name, name) == 0)
			package = packages[i].package;
	if (path)
		put(e, GOOD, name, arena_printf(a, "%s (%s)", path, use), NULL);
	else
		put(e, needed ? BAD : NOTE, name, str_z(use), arena_printf(a, "apt-get install %s", package).p);
}

static void library(struct exam *e, const char *name, const char *file, bool needed, const char *package)
{
	void *handle = dlopen(file, RTLD_LAZY);
	const char *use = strcmp(name, "libcurl") == 0 ? "for 'fetch' and model calls" : "for .gz and .zst tables";

	if (handle)
		put(e, GOOD, name, arena_printf(e->w->arena, "%s (%s)", file, use), NULL);
	else
		put(e, needed ? BAD : NOTE, name, str_z(use), arena_printf(e->w->arena, "apt-get install %s", package).p);
	if (handle)
		dlclose(handle);
}

/* bwrap may be there and still be forbidden to make namespaces. */
static void sandbox(struct exam *e, bool needed)
{
	static const char *const argv[] = { "bwrap", "--ro-bind", "/", "/", "--unshare-all", "--die-with-parent", "true", NULL };
	struct str out;

	program(e, "bwrap", needed, "for 'isolate: true'");
	if (!program_find(e->w->arena, "bwrap"))
		return;
	if (program_run(e->w->arena, argv, 4096, &out) != 0)
		put(e, needed ? BAD : NOTE, "isolation", arena_printf(e->w->arena, "bwrap cannot isolate: " STR_FMT, STR_ARG(str_trim(out))),
		    "allow user namespaces: sysctl -w kernel.unprivileged_userns_clone=1");
	else
		put(e, GOOD, "isolation", STR("bwrap can isolate"), NULL);
}

static void disk(struct exam *e)
{
	struct statvfs st;
	struct arena *a = e->w->arena;

	if (statvfs(e->w->root.p, &st) != 0)
		return;
	double free_bytes = (double)st.f_bavail * (double)st.f_frsize;
	struct str text = arena_printf(a, STR_FMT " free", STR_ARG(bytes_text(a, free_bytes)));

	put(e, free_bytes < 1e8 ? BAD : free_bytes < 1e9 ? NOTE : GOOD, "disk", text, "'rung gc' shows what can go");
	if (access(e->w->root.p, W_OK) != 0)
		put(e, BAD, "folder", arena_printf(a, STR_FMT " cannot be written", STR_ARG(e->w->root)), "chmod, or work elsewhere");
}

static void store(struct exam *e)
{
	struct world *w = e->w;
	enum store_status status = store_open(w->rung.p, STORE_READ, w->line.p, &system_clock, &w->store);

	if (status == STORE_OK) {
		put(e, GOOD, "store", arena_printf(w->arena, STR_FMT ": %zu results, journal %s", STR_ARG(path_shown(w->rung)),
		                                   store_result_count(w->store), store_journal(w->store)), NULL);
		const struct store_owner *o = store_holder(w->store);

		if (o && o->pid)
			put(e, GOOD, "lock", arena_printf(w->arena, "pid %lld on " STR_FMT " is running", (long long)o->pid, STR_ARG(o->host)), NULL);
	} else if (status == STORE_ABSENT) {
		put(e, GOOD, "store", STR("none yet; 'rung run' makes it"), NULL);
	} else {
		put(e, BAD, "store", str_z(store_error(w->store)), "'rung verify' looks closer");
	}
}

static void the_study(struct exam *e)
{
	struct world *w = e->w;
	struct str file = w->path.n ? arena_str(w->arena, w->path) : STR("study.yaml");

	if (!fs_exists(file.p)) {
		put(e, GOOD, "study", STR("none here; 'rung init' writes one"), NULL);
		return;
	}
	bool ok = study_load(&w->made, w->arena, &w->diags, &w->study) && study_expand(w->study, &w->diags, &w->graph);

	if (ok)
		put(e, GOOD, "study", arena_printf(w->arena, STR_FMT ": %zu steps, %u tasks", STR_ARG(study_name(w->study)),
		                                   w->graph->step_count, w->graph->task_count), NULL);
	else
		put(e, BAD, "study", arena_printf(w->arena, "%zu mistake%s", w->diags.errors, plural(w->diags.errors)), "rung check");
	w->diags.n = w->diags.errors = w->diags.warnings = w->diags.dropped = 0;
	if (!ok)
		w->graph = NULL;
}

static int run(struct world *w)
{
	struct exam e = { .w = w };

	if (w->word_count)
		return world_usage(w, "'" STR_FMT "' is no study file", STR_ARG(w->words[0]));
	the_study(&e);
	struct wants u = wants_of(w);

	program(&e, "sh", true, "for 'run' as a shell line");
	program(&e, "gnuplot", u.plot, "for 'plot'");
	sandbox(&e, u.isolate);
	library(&e, "libcurl", "libcurl.so.4", u.fetch, "libcurl4");
	library(&e, "libarchive", "libarchive.so.13", u.packed, "libarchive13");
	program(&e, "git", false, "for 'rung diff'");
	program(&e, "tar", false, "for 'rung diff'");
	disk(&e);
	store(&e);
	if (!w->json) {
		out_flush();
		if (e.bad)
			say("%zu thing%s to mend", e.bad, plural(e.bad));
		else
			say("all that is needed is here");
	}
	return e.bad ? EXIT_FAILED : EXIT_FINE;
}

const struct command cmd_doctor = {
	.name = "doctor",
	.summary = "say what is missing on this machine and how to install it",
	.usage = "[STUDY]",
	.about = "'needed' is what the study here cannot do without; 'missing' would be useful. Exit code 1 when something needed\n"
		 "is missing.\n",
	.study = true,
	.run = run,
};
