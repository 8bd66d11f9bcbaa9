/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The files that a study is made of: found, read from the snapshot or the disk, remembered with their texts.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dsl/study/load.h"

#define FILE_MAX ((size_t)16 << 20)

static const struct study_file *in_snapshot(const struct study_options *o, struct str path)
{
	for (size_t i = 0; i < o->snapshot_count; i++)
		if (!o->snapshot[i].probe && str_same(o->snapshot[i].path, path))
			return &o->snapshot[i];
	return NULL;
}

static void too_big(struct load *l, struct span at, struct str shown, const char *path, const char *what)
{
	struct stat st;
	uint64_t bytes = stat(path, &st) == 0 ? (uint64_t)st.st_size : FILE_MAX + 1;

	diag_error(l->d, at, "file-too-big", "the %s '" STR_FMT "' has " STR_FMT " bytes; the limit is " STR_FMT, what, STR_ARG(shown),
	           STR_ARG(count_text(l->a, bytes)), STR_ARG(count_text(l->a, FILE_MAX)));
	diag_hint(l->d, "keep tables in files of their own and name them under 'datasets:'");
}

static bool read_text(struct load *l, struct str path, const char *disk, struct str shown, struct span at, const char *what,
                      struct str *text)
{
	int rc;

	if (l->o->snapshot) {
		const struct study_file *f = in_snapshot(l->o, path);

		if (f) {
			*text = f->text;
			return true;
		}
		rc = -ENOENT;
	} else {
		rc = fs_read(l->a, disk, FILE_MAX, text);
	}
	if (rc == 0)
		return true;
	if (rc == -EFBIG) {
		too_big(l, at, shown, disk, what);
		return false;
	}
	diag_error(l->d, at, "cannot-read", "cannot read the %s '" STR_FMT "': %s", what, STR_ARG(shown), strerror(-rc));
	if (at.file)
		diag_hint(l->d, "paths are relative to the folder of the study");
	return false;
}

static bool is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static void keep(struct load *l, struct str path, struct str text)
{
	VEC_PUSH(l->a, &l->s->files, ((struct study_file){ .path = path, .text = text }));
}

bool load_open(struct load *l)
{
	struct str given = arena_z(l->a, l->o->path ? l->o->path : "study.yaml"), text;

	if (!l->o->snapshot && l->o->path && is_folder(given.p))
		given = path_join(l->a, given, STR("study.yaml"));
	struct str dir = path_dir(given), name = path_base(given);
	char *root = realpath(arena_str(l->a, dir).p, NULL);

	l->s->path = given;
	l->s->root = root ? arena_z(l->a, root) : dir;
	free(root);
	l->shown_dir = str_is(dir, ".") ? STR("") : dir;
	if (!read_text(l, name, given.p, given, (struct span){ 0 }, "study", &text)) {
		if (!l->o->path && access(given.p, F_OK) != 0)
			diag_hint(l->d, "`rung init` makes one; or name the file: rung check FILE");
		return false;
	}
	keep(l, name, text);
	yaml_text_init(&l->text, l->a, l->d, diag_source(l->d, given, text));
	return true;
}

uint32_t load_source(struct load *l, struct str path, struct span at, const char *what)
{
	struct str clean = path_clean(l->a, path), text;

	if (!path.n || !path_inside(clean)) {
		diag_error(l->d, at, "outside", "the %s '" STR_FMT "' is not inside the study's folder", what, STR_ARG(path));
		diag_hint(l->d, "copy it there, or link to it from there: a study is one folder");
		return 0;
	}
	struct str shown = path_join(l->a, l->shown_dir, clean), disk = path_join(l->a, l->s->root, clean);

	if (!read_text(l, clean, disk.p, shown, at, what, &text))
		return 0;
	keep(l, clean, text);
	return diag_source(l->d, shown, text);
}

void study_probe(struct study *s, struct str path, bool folder)
{
	for (size_t i = 0; i < s->files.n; i++)
		if (s->files.data[i].probe && s->files.data[i].is_folder == folder && str_same(s->files.data[i].path, path))
			return;
	struct study_file f = { .path = arena_str(s->arena, path), .probe = true, .is_folder = folder };

	VEC_PUSH(s->arena, &s->files, f);
}

const struct study_file *study_files(const struct study *s, size_t *n)
{
	*n = s->files.n;
	return s->files.data;
}
