/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Files. Functions return 0 or a negative errno and print nothing: the layer that knows the user's words writes the
 * sentence. Files appear only whole: temporary name beside, fsync, rename.
 */
#ifndef RUNG_FS_H
#define RUNG_FS_H

#include <sys/stat.h>
#include "engine/base/str.h"

/* Whole file into the arena; -EFBIG over the ceiling. NUL-terminated behind out->n. "-" is not special. */
int fs_read(struct arena *a, const char *path, size_t ceiling, struct str *out) MUST_USE;
int fs_write_atomic(const char *path, struct str bytes, mode_t mode) MUST_USE; /* makes the folders; fsyncs file and folder */
int fs_mkdirs(const char *path) MUST_USE; /* an existing folder is fine */
int fs_remove_tree(const char *path); /* -ENOENT is 0; copes with read-only folders; never follows links */
int fs_copy(const char *from, const char *to, mode_t mode) MUST_USE; /* atomic as above; uses reflink or copy_file_range where there is one */
int fs_sync_dir(const char *path);
bool fs_exists(const char *path);
/* Removes what a killed process left in the folder of what it was to rename: `.rung-PID-….tmp`, file or folder, of a PID
 * that is gone. */
void fs_sweep(const char *dir);

/* Calls `see` for everything below root (fifos, sockets and devices too) in byte order of the relative path; folders
 * before what they hold. A negative return of `see` stops and is returned; FS_SKIP skips the folder. */
#define FS_SKIP 1
typedef int (*fs_see)(void *user, const char *relative, const struct stat *st);
int fs_walk(const char *root, fs_see see, void *user) MUST_USE;

/* Glob with `*`, `?`, `[a-z]`, `{a,b}` and `**` below root; relative paths in byte order. Hidden files only where the
 * pattern's own part starts with a dot. */
int fs_glob(struct arena *a, const char *root, struct str pattern, struct str **out, size_t *n) MUST_USE;
/* Expands `{a,b}` alone: "x.{svg,pdf}" → 2 texts. */
void fs_braces(struct arena *a, struct str pattern, struct str **out, size_t *n);

struct str path_join(struct arena *a, struct str dir, struct str name); /* NUL-terminated; an absolute name stays */
struct str path_dir(struct str path);  /* "a/b" → "a"; "b" → "." */
struct str path_base(struct str path);
struct str path_ext(struct str path);  /* "csv" of "a/b.csv"; empty when none */
struct str path_clean(struct arena *a, struct str path); /* without "." , ".." and double slashes, as text */
bool path_inside(struct str clean_relative); /* does not climb out with ".." and is not absolute */

#endif
