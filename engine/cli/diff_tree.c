/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cli/diff_tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/fs.h"
#include "engine/cli/command.h"
#include "engine/cli/program.h"

#define LIST_MAX ((size_t)256 << 20)

static int git_failed(struct str said, const char *what)
{
	struct str line = str_trim(said), first;

	if (str_split(&line, '\n', &first))
		return wrong("%s: " STR_FMT, what, STR_ARG(first));
	return wrong("%s", what);
}

static int find_revision(struct arena *a, struct str root, struct str rev)
{
	struct str said, commit = arena_printf(a, STR_FMT "^{commit}", STR_ARG(rev));
	const char *inside[] = { "git", "-C", root.p, "rev-parse", "--is-inside-work-tree", NULL };
	const char *verify[] = { "git", "-C", root.p, "rev-parse", "--verify", "--quiet", "--end-of-options", commit.p, NULL };
	int code = program_run(a, inside, LIST_MAX, &said);

	if (code < 0) {
		(void)wrong("git is not here, and 'rung diff' needs it");
		hint("apt-get install git");
		return EXIT_WRONG;
	}
	if (code || !str_is(str_trim(said), "true")) {
		(void)wrong(STR_FMT " is in no git repository", STR_ARG(root));
		hint("'rung diff' compares the study with an earlier commit; 'rung plan' compares it with what has run");
		return EXIT_WRONG;
	}
	if (program_run(a, verify, LIST_MAX, &said) != 0)
		return wrong("'" STR_FMT "' is no revision of this repository", STR_ARG(rev));
	return 0;
}

static int extract(struct arena *a, struct str root, struct str rev, const struct old_tree *t)
{
	struct str said, tar = path_join(a, t->folder, STR("tree.tar")), z = arena_str(a, rev);
	const char *archive[] = { "git", "-C", root.p, "archive", "--format=tar", "-o", tar.p, z.p, NULL };
	const char *unpack[] = { "tar", "-xf", tar.p, "-C", t->root.p, NULL };

	if (program_run(a, archive, LIST_MAX, &said) != 0)
		return git_failed(said, "git cannot give the folder at that revision");
	if (program_run(a, unpack, LIST_MAX, &said) != 0)
		return git_failed(said, "the folder at that revision cannot be unpacked");
	(void)unlink(tar.p);
	return 0;
}

/* What git does not track is taken from the present folder. */
static int link_untracked(struct arena *a, struct str root, const struct old_tree *t)
{
	const char *list[] = { "git", "-C", root.p, "ls-files", "-z", "--others", "--directory", NULL };
	struct str said, path;

	if (program_run(a, list, LIST_MAX, &said) != 0)
		return git_failed(said, "git cannot list what it does not track");
	while (str_split(&said, '\0', &path)) {
		if (path.n && path.p[path.n - 1] == '/')
			path.n--;
		if (!path.n || str_is(path, ".rung") || str_starts(path, ".rung/"))
			continue;
		struct str to = path_join(a, t->root, path), from = path_join(a, root, path);
		int err = fs_exists(to.p) ? 0 : fs_mkdirs(arena_str(a, path_dir(to)).p);

		if (!err && !fs_exists(to.p) && symlink(from.p, to.p) != 0)
			err = -errno;
		if (err)
			return wrong("cannot make %s: %s", to.p, strerror(-err));
	}
	return 0;
}

int old_tree_make(struct arena *a, struct str root, struct str file, struct str rev, struct old_tree *out)
{
	const char *dir = getenv("TMPDIR");
	struct str name = arena_printf(a, "%s/rung-diff-XXXXXX", dir && dir[0] ? dir : "/tmp");
	struct str zroot = arena_str(a, root);
	int code = find_revision(a, zroot, rev);

	*out = (struct old_tree){ 0 };
	if (code)
		return code;
	if (!mkdtemp((char *)(uintptr_t)name.p)) /* ours, in the arena */
		return wrong("cannot make a temporary folder %s: %s", name.p, strerror(errno));
	out->folder = name;
	out->root = path_join(a, name, STR("tree"));
	int err = fs_mkdirs(out->root.p);

	if (err)
		return wrong("cannot make %s: %s", out->root.p, strerror(-err));
	code = extract(a, zroot, rev, out);
	if (code)
		return code;
	if (!fs_exists(path_join(a, out->root, file).p))
		return wrong(STR_FMT " does not exist at '" STR_FMT "'", STR_ARG(file), STR_ARG(rev));
	return link_untracked(a, zroot, out);
}

void old_tree_remove(const struct old_tree *t)
{
	if (t->folder.n)
		(void)fs_remove_tree(t->folder.p);
}
