/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Input files of the study. Their contents entered keys when the plan was made; a file that changes before the task that
 * reads it has ended would leave a result under a key that is not its own. So each is looked at once at the start and
 * again when a task that reads it ends; only a file whose stat has changed is hashed.
 */
#include <sys/stat.h>

#include "engine/base/fs.h"
#include "engine/plan/fresh.h"
#include "engine/run/internal.h"

static bool same_stat(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_size == b->st_size && a->st_dev == b->st_dev &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
	       a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec && !S_ISDIR(a->st_mode);
}

/* path: absolute */
static void file_see(struct run *r, struct str path)
{
	if (map_has(&r->files, path))
		return;
	struct file_seen *f = arena_make(r->a, struct file_seen);

	f->path = arena_str(r->a, path);
	f->known = stat(f->path.p, &f->st) == 0 && plan_look(r->p, f->path, &f->digest);
	(void)map_put(&r->files, f->path, f);
}

void files_see_all(struct run *r)
{
	struct fresh_facts facts = { 0 };

	plan_consulted(r->p, &facts, r->a);
	for (size_t i = 0; i < facts.input_count; i++)
		file_see(r, facts.inputs[i].path);
}

void files_see(struct run *r, const struct spec *s)
{
	struct arena_mark mark = arena_mark(r->scratch);

	for (size_t i = 0; i < s->file_count; i++)
		file_see(r, path_join(r->scratch, r->g->root, s->files[i]));
	arena_reset(r->scratch, mark);
}

static bool file_same(struct run *r, struct file_seen *f)
{
	struct stat now;
	struct digest d;

	if (!f->known)
		return !fs_exists(f->path.p);
	if (stat(f->path.p, &now) != 0)
		return false;
	if (same_stat(&now, &f->st))
		return true;
	if (!plan_look(r->p, f->path, &d) || !digest_same(&d, &f->digest))
		return false;
	f->st = now;
	return true;
}

bool files_same(struct run *r, const struct spec *s, struct arena *a, struct str *changed)
{
	for (size_t i = 0; i < s->file_count; i++) {
		struct file_seen *f = map_get(&r->files, path_join(a, r->g->root, s->files[i]));

		if (f && !file_same(r, f)) {
			*changed = arena_str(a, s->files[i]);
			return false;
		}
	}
	return true;
}
