/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Folders into the store, and their digests without the store.
 *
 * A tree that a task made is closed: its links must stay inside. A folder that a study reads is what its author made of
 * it: a link that leads out of it counts as what it leads to, so that a change there is noticed.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/store/internal.h"

#define LINKED_FOLDERS_DEEP 8 /* links out that lead to folders with links out… */

enum links { LINKS_REFUSE_OUTSIDE, LINKS_FOLLOW_OUTSIDE };

/* One reading of a folder. */
struct reading {
	struct store *s;
	struct tree *tree;
	struct str root;   /* where it lies */
	struct str prefix; /* of its entries in the tree; empty at the top */
	enum links links;
	int depth;
	enum store_status status; /* why it stopped */
};

static enum store_status read_folder(struct reading *r);

/* A link that leads out of the folder. */
static enum store_status outside_link(struct reading *r, struct tree_entry *e, const char *path)
{
	struct arena *a = r->tree->arena;
	struct stat st;

	if (r->links == LINKS_REFUSE_OUTSIDE)
		return store_fail(r->s, STORE_IO, "%s: is a link that leads out of its folder: " STR_FMT, path, STR_ARG(e->target));
	if (stat(path, &st) != 0) {
		VEC_PUSH(a, &r->tree->entries, *e); /* leads nowhere: its text is all there is */
		return STORE_OK;
	}
	if (S_ISDIR(st.st_mode)) {
		struct reading below = { .s = r->s, .tree = r->tree, .root = arena_z(a, path),
			                 .prefix = e->path, .links = r->links, .depth = r->depth + 1 };

		if (below.depth > LINKED_FOLDERS_DEEP)
			return store_fail(r->s, STORE_IO, "%s: links lead in a circle, or through more than %d folders", path,
			                  LINKED_FOLDERS_DEEP);
		VEC_PUSH(a, &r->tree->entries, ((struct tree_entry){ .path = e->path, .mode = ENTRY_FOLDER }));
		return read_folder(&below);
	}
	e->mode = st.st_mode & S_IXUSR ? ENTRY_EXECUTABLE : ENTRY_FILE;
	e->size = (uint64_t)st.st_size;
	VEC_PUSH(a, &r->tree->entries, *e);
	return STORE_OK;
}

static enum store_status see_link(struct reading *r, struct tree_entry *e, const char *relative)
{
	struct arena *a = r->tree->arena;
	struct str path = path_join(a, r->root, str_z(relative));
	char target[PATH_MAX];
	ssize_t n = readlink(path.p, target, sizeof(target));

	if (n < 0)
		return store_fail_errno(r->s, path.p, errno);
	e->target = arena_str(a, (struct str){ target, (size_t)n });
	e->size = (uint64_t)n;
	/* inside the folder that is read, or inside the one that a link led to: both move with the tree */
	if (!tree_link_inside(str_z(relative), e->target))
		return outside_link(r, e, path.p);
	VEC_PUSH(a, &r->tree->entries, *e);
	return STORE_OK;
}

static int see_entry(void *user, const char *relative, const struct stat *st)
{
	struct reading *r = user;
	struct arena *a = r->tree->arena;
	struct str path = r->prefix.n ? path_join(a, r->prefix, str_z(relative)) : arena_z(a, relative);
	struct tree_entry e = { .path = path };

	if (S_ISLNK(st->st_mode)) {
		e.mode = ENTRY_LINK;
		r->status = see_link(r, &e, relative);
		return r->status == STORE_OK ? 0 : -ECANCELED;
	}
	if (S_ISDIR(st->st_mode)) {
		e.mode = ENTRY_FOLDER;
	} else if (!S_ISREG(st->st_mode)) {
		/* a fifo in a folder that the study reads is not ours to judge; in an output it would be lost without a word */
		if (r->links == LINKS_REFUSE_OUTSIDE)
			r->status = store_fail(r->s, STORE_IO, "%s: is neither a file nor a folder", path_join(a, r->root, str_z(relative)).p);
		return r->status == STORE_OK ? 0 : -ECANCELED;
	} else {
		e.mode = st->st_mode & S_IXUSR ? ENTRY_EXECUTABLE : ENTRY_FILE;
		e.size = (uint64_t)st->st_size;
	}
	VEC_PUSH(a, &r->tree->entries, e);
	return 0;
}

static enum store_status read_folder(struct reading *r)
{
	int err = fs_walk(r->root.p, see_entry, r);

	if (r->status != STORE_OK)
		return r->status;
	return err < 0 ? store_fail_errno(r->s, r->root.p, err) : STORE_OK;
}

static bool is_file(const struct tree_entry *e)
{
	return e->mode == ENTRY_FILE || e->mode == ENTRY_EXECUTABLE;
}

/* ---- a tree that a task made -------------------------------------------------------------------------------------- */

static enum store_status put_files(struct store *s, struct str root, enum take take, struct tree *t)
{
	for (size_t i = 0; i < t->entries.n; i++) {
		struct tree_entry *e = &t->entries.data[i];
		struct artifact file = { 0 };

		if (!is_file(e))
			continue;
		enum store_status status = put_file(s, path_join(t->arena, root, e->path).p, take, &file);

		if (status != STORE_OK)
			return status;
		e->mode = file.kind == ARTIFACT_EXECUTABLE ? ENTRY_EXECUTABLE : ENTRY_FILE;
		e->digest = file.digest;
		e->size = file.size;
	}
	return STORE_OK;
}

enum store_status put_tree(struct store *s, const char *path, enum take take, struct artifact *a)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new();
	struct tree t = { .arena = scratch };
	struct reading r = { .s = s, .tree = &t, .root = arena_z(scratch, path), .links = LINKS_REFUSE_OUTSIDE };
	enum store_status status = read_folder(&r);
	struct sb listing;

	if (status == STORE_OK)
		status = put_files(s, r.root, take, &t);
	if (status != STORE_OK)
		return status;
	sb_init(&listing, SMALL_OBJECT);
	tree_text(&t, &listing);
	if (listing.overflow)
		status = store_fail(s, STORE_IO, "%s: holds too many files", path);
	else
		status = store_put_bytes(s, sb_str(&listing), &a->digest);
	sb_release(&listing);
	if (status != STORE_OK)
		return status;
	a->kind = ARTIFACT_TREE;
	a->size = t.size;
	/* what is left are empty folders and links; if they stay, whoever clears the attempt's folder clears them */
	if (take == TAKE_MOVE)
		(void)fs_remove_tree(path);
	return STORE_OK;
}

enum store_status tree_read(struct store *s, const struct digest *d, struct arena *a, struct tree *out)
{
	struct str text;
	enum store_status status = store_read(s, d, SMALL_OBJECT, a, &text);

	if (status != STORE_OK)
		return status;
	*out = (struct tree){ .arena = a };
	if (!tree_parse(text, out))
		return store_fail(s, STORE_CORRUPT, "%s: is not the listing of a tree", store_object_path(s, d, a).p);
	return STORE_OK;
}

/* ---- digests of what lies outside the store ----------------------------------------------------------------------- */

#define TRIES 3 /* of a file that changes while it is read */

static enum store_status one_file_digest(struct store *s, const char *path, struct digest *out)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return store_fail_errno(s, path, errno);
	if (S_ISREG(st.st_mode) && stat_cache_find(s, &st, out))
		return STORE_OK;
	if (!S_ISREG(st.st_mode))
		return store_fail(s, STORE_IO, "%s: is neither a file nor a folder", path);
	CLEANUP(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return store_fail_errno(s, path, errno);
	int err = -EBUSY;
	struct digest d;

	for (int i = 0; i < TRIES && err == -EBUSY; i++) {
		int64_t before_ns = s->clock->wall_ns(s->clock);

		if (fstat(fd, &st) != 0 || lseek(fd, 0, SEEK_SET) != 0)
			return store_fail_errno(s, path, errno);
		err = hash_stable(s, fd, &st, &d);
		if (err == 0)
			stat_cache_add(s, &st, before_ns, &d);
	}
	if (err == -EBUSY)
		return store_fail(s, STORE_IO, "%s: changes while it is read", path);
	if (err < 0)
		return store_fail_errno(s, path, err);
	*out = d;
	return STORE_OK;
}

static enum store_status folder_digest(struct store *s, const char *path, struct digest *out)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new();
	struct tree t = { .arena = scratch };
	struct reading r = { .s = s, .tree = &t, .root = arena_z(scratch, path), .links = LINKS_FOLLOW_OUTSIDE };
	enum store_status status = read_folder(&r);
	struct sb listing;

	for (size_t i = 0; i < t.entries.n && status == STORE_OK; i++) {
		struct tree_entry *e = &t.entries.data[i];

		if (is_file(e))
			status = one_file_digest(s, path_join(scratch, r.root, e->path).p, &e->digest);
	}
	if (status != STORE_OK)
		return status;
	sb_init(&listing, SIZE_MAX / 2);
	tree_text(&t, &listing);
	*out = digest_of(sb_str(&listing));
	sb_release(&listing);
	return STORE_OK;
}

enum store_status store_file_digest(struct store *s, const char *path, struct digest *out)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return store_fail_errno(s, path, errno);
	return S_ISDIR(st.st_mode) ? folder_digest(s, path, out) : one_file_digest(s, path, out);
}
