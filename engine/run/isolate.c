/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `isolate: true`: the command in a bubblewrap sandbox. The system's folders are there read-only, /tmp is empty, and of
 * the study's folder only the declared files; the attempt's out/ can be written. No network unless the step asks for it.
 * The study's folder itself exists (commands run there) and is empty but for those files.
 */
#include <string.h>

#include "engine/base/fs.h"
#include "engine/base/vec.h"
#include "engine/run/command.h"

struct words {
	struct arena *a;
	VEC(const char *) v;
};

static void add(struct words *w, const char *word)
{
	VEC_PUSH(w->a, &w->v, word);
}

static void bind(struct words *w, const char *how, const char *path)
{
	add(w, how);
	add(w, path);
	add(w, path);
}

static void system_folders(struct words *w)
{
	static const char *const folders[] = { "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/opt" };
	static const char *const files[] = { "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives",
		"/etc/passwd", "/etc/group", "/etc/nsswitch.conf", "/etc/localtime", "/etc/fonts", "/etc/ssl", "/etc/ca-certificates",
		"/etc/python3", "/etc/perl" };
	static const char *const net[] = { "/etc/resolv.conf", "/etc/hosts", "/etc/services", "/etc/protocols" };

	for (size_t i = 0; i < countof(folders); i++)
		bind(w, "--ro-bind-try", folders[i]);
	for (size_t i = 0; i < countof(files); i++)
		bind(w, "--ro-bind-try", files[i]);
	for (size_t i = 0; i < countof(net); i++)
		bind(w, "--ro-bind-try", net[i]);
	add(w, "--dev");
	add(w, "/dev");
	add(w, "--proc");
	add(w, "/proc");
	add(w, "--tmpfs");
	add(w, "/tmp");
}

bool command_isolate(struct site *site, struct command *c)
{
	const struct graph *g = plan_graph(site->p);
	struct words w = { .a = site->a };
	struct str out = arena_printf(site->a, STR_FMT "/out", STR_ARG(site->dir));
	struct str in = arena_printf(site->a, STR_FMT "/in", STR_ARG(site->dir));

	add(&w, "bwrap");
	add(&w, "--unshare-all");
	if (site->step->network)
		add(&w, "--share-net");
	/* the sandbox dies with us, and has no terminal to push characters into */
	add(&w, "--die-with-parent");
	add(&w, "--new-session");
	system_folders(&w);
	add(&w, "--tmpfs");
	add(&w, arena_str(site->a, g->root).p);
	for (size_t i = 0; i < site->spec->file_count; i++)
		bind(&w, "--ro-bind", path_join(site->a, g->root, site->spec->files[i]).p);
	if (site->has_in)
		bind(&w, "--ro-bind", in.p);
	bind(&w, "--bind", out.p);
	add(&w, "--remount-ro");
	add(&w, arena_str(site->a, g->root).p);
	add(&w, "--chdir");
	add(&w, arena_str(site->a, g->root).p);
	add(&w, "--setenv"); /* the one outside is not there */
	add(&w, "TMPDIR");
	add(&w, "/tmp");
	add(&w, "--");
	for (size_t i = 0; c->argv[i]; i++)
		add(&w, c->argv[i]);
	add(&w, NULL);
	c->argv = w.v.data;
	return true;
}
