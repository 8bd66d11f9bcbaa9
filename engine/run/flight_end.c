/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What an attempt leaves: outputs and logs as objects, and an empty place where its folder was.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "engine/base/fs.h"
#include "engine/run/internal.h"

#define FULL_DISK ((uint64_t)1 << 20) /* less is free: a program that failed did so for want of room */
#define TAIL_LINES 20
#define TAIL_BYTES ((off_t)16 << 10)

/* Outputs by name and file: declared by the step, or by the kind. */
static struct spec_out *outputs_of(const struct flight *f, size_t *n)
{
	const struct output *o = f->site.step->kind->outputs;
	size_t count = 0;

	*n = f->spec.out_count;
	if (f->site.step->kind->exec == EXEC_COMMAND || !o)
		return f->spec.outs;
	while (o[count].name)
		count++;
	struct spec_out *outs = arena_array(f->a, struct spec_out, count + 1);

	for (size_t i = 0; i < count; i++)
		outs[i] = (struct spec_out){ .name = str_z(o[i].name), .file = str_z(o[i].file) };
	*n = count;
	return outs;
}

/* A kind whose output has no ending of its own (`fetch`) may be told the file's name, else it is the address's last part;
 * readers go by the ending. */
static struct str shown_file(const struct flight *f, struct str file)
{
	const struct value *name = spec_part(&f->spec, "file"), *url = spec_part(&f->spec, "url");

	if (f->site.step->kind->exec == EXEC_COMMAND || path_ext(file).n)
		return file;
	if (name && name->type == V_STR && name->s.n)
		return name->s;
	struct str base = url && url->type == V_STR ? path_base(url->s) : STR("");
	long query = str_find(base, STR("?"));

	base = query >= 0 ? str_from(base, 0, (size_t)query) : base;
	return base.n && base.n < 200 && !str_is(base, ".") && !str_is(base, "..") && !str_is(base, "/") ? base : file;
}

static bool store_failed(struct flight *f, const char *what, enum store_status status)
{
	f->ending = (struct ending){ .outcome = OUTCOME_STORE,
		.detail = arena_printf(f->a, "%s cannot be kept: %s", what, store_error(f->run->s)) };
	/* a full disk is not the task's fault: the run ends, a rerun goes on */
	if (status == STORE_FULL || status == STORE_READ_ONLY)
		run_store_failed(f->run, status, "keeping an output", store_error(f->run->s));
	return false;
}

/* Inside another output, or a link, perhaps to another: it is copied before that one is moved away. */
static bool goes_first(const struct flight *f, const struct spec_out *outs, size_t n, size_t at)
{
	struct str file = outs[at].file;
	struct stat st;

	if (lstat(site_out(&f->site, file).p, &st) == 0 && S_ISLNK(st.st_mode))
		return true;
	for (size_t i = 0; i < n; i++)
		if (i != at && file.n > outs[i].file.n && file.p[outs[i].file.n] == '/' &&
		    str_same(str_from(file, 0, outs[i].file.n), outs[i].file))
			return true;
	return false;
}

static bool take_output(struct flight *f, const struct spec_out *out, enum take take, struct artifact *x)
{
	struct str path = site_out(&f->site, out->file);

	*x = (struct artifact){ .name = out->name, .file = shown_file(f, out->file) };
	enum store_status status = store_put(f->run->s, path.p, take, x);

	if (status == STORE_OK)
		return true;
	if (!fs_exists(path.p))
		return f->ending = ending_missing(&f->site, out), false;
	(void)store_failed(f, arena_printf(f->a, "output '" STR_FMT "'", STR_ARG(out->name)).p, status);
	if (status == STORE_IO)
		f->ending.hint = STR("an output is a file, or a folder of files whose links stay inside it");
	return false;
}

bool flight_collect(struct flight *f)
{
	size_t n;
	struct spec_out *outs = outputs_of(f, &n);
	bool *first = arena_array(f->a, bool, n + 1);

	f->artifacts = arena_array(f->a, struct artifact, n + 1);
	/* all of them or none: nothing of a task that failed is kept */
	for (size_t i = 0; n > 1 && i < n; i++) {
		if (!fs_exists(site_out(&f->site, outs[i].file).p))
			return f->ending = ending_missing(&f->site, &outs[i]), false;
		first[i] = goes_first(f, outs, n, i);
	}
	for (size_t i = 0; i < n; i++)
		if (first[i] && !take_output(f, &outs[i], TAKE_COPY, &f->artifacts[i]))
			return false;
	for (size_t i = 0; i < n; i++)
		if (!first[i] && !take_output(f, &outs[i], TAKE_MOVE, &f->artifacts[i]))
			return false;
	f->artifact_count = n;
	return true;
}

void flight_note_full_disk(struct flight *f)
{
	struct statvfs fs;

	if (statvfs(f->run->attempts.p, &fs) != 0 || (uint64_t)fs.f_bavail * fs.f_frsize >= FULL_DISK)
		return;
	f->ending.outcome = OUTCOME_STORE;
	f->ending.detail = arena_printf(f->a, STR_FMT ", and the disk is full", STR_ARG(f->ending.detail));
	run_store_failed(f->run, STORE_FULL, "a task", arena_printf(f->a, STR_FMT ": no space left", STR_ARG(f->run->attempts)).p);
}

/* ---- logs --------------------------------------------------------------------------------------------------------- */

static bool keep_log(struct flight *f, const char *name, int *fd, struct digest *d, struct str *object)
{
	struct artifact x = { .name = STR("log") };
	struct stat st;

	if (*fd < 0 || fstat(*fd, &st) != 0 || st.st_size == 0)
		return false;
	close_fd(fd);
	enum store_status status = store_put(f->run->s, arena_printf(f->a, STR_FMT "/%s", STR_ARG(f->site.dir), name).p, TAKE_MOVE, &x);

	if (status != STORE_OK) {
		f->log_lost = true;
		/* metrics are read from it, and people look for it: without it the task is not done */
		if (f->ending.outcome == OUTCOME_DONE)
			(void)store_failed(f, name, status);
		return false;
	}
	*d = x.digest;
	*object = store_object_path(f->run->s, d, f->a);
	return true;
}

/* Empty logs are not kept. May be called twice: a hook reads what its command has said. */
void flight_keep_logs(struct flight *f)
{
	if (!f->site.dir.n)
		return;
	f->has_out = f->has_out || keep_log(f, "stdout", &f->out_fd, &f->out, &f->out_path);
	f->has_err = f->has_err || keep_log(f, "stderr", &f->err_fd, &f->err, &f->err_path);
}

static struct str tail_of(const char *path, struct arena *a)
{
	CLEANUP(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
	off_t size = fd >= 0 ? lseek(fd, 0, SEEK_END) : 0;
	char *bytes = arena_alloc(a, (size_t)TAIL_BYTES);

	if (fd < 0)
		return STR("");
	ssize_t n = pread(fd, bytes, (size_t)TAIL_BYTES, size > TAIL_BYTES ? size - TAIL_BYTES : 0);

	return n > 0 ? last_lines((struct str){ bytes, (size_t)n }, TAIL_LINES, a) : STR("");
}

struct str flight_tail(const struct flight *f)
{
	if (f->has_err)
		return tail_of(f->err_path.p, f->a);
	return f->has_out ? tail_of(f->out_path.p, f->a) : STR("");
}

static bool folder_is_empty(const char *path)
{
	DIR *folder = opendir(path);
	bool empty = folder != NULL;

	for (struct dirent *e = folder ? readdir(folder) : NULL; e && empty; e = readdir(folder))
		empty = strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0;
	if (folder)
		(void)closedir(folder);
	return empty;
}

/* The log is empty and nobody else has it open, or is not there. A write lease is given to the only one who has a file
 * open: a process that escaped its group must not write into the log of the next attempt. */
static bool log_is_clean(int fd)
{
	if (fd < 0)
		return true;
	return fcntl(fd, F_SETLEASE, F_WRLCK) == 0 && fcntl(fd, F_SETLEASE, F_UNLCK) == 0;
}

/* The usual case is that nothing came in, all that went out was taken and nothing was said: then the folder serves the
 * next attempt. Files that are made and removed at this rate slow down file systems (ext4 searches for inodes that were
 * not freed just now). */
static bool keep_clean(struct flight *f)
{
	struct run *r = f->run;

	if (f->site.has_in || f->log_lost || f->ending.outcome != OUTCOME_DONE || r->spare_dir_count == SPARE_DIRS)
		return false;
	if (!log_is_clean(f->out_fd) || !log_is_clean(f->err_fd) ||
	    !folder_is_empty(arena_printf(f->a, STR_FMT "/out", STR_ARG(f->site.dir)).p))
		return false;
	r->spare_dirs[r->spare_dir_count++] = (struct spare_dir){ arena_str(r->a, f->site.dir), f->out_fd, f->err_fd };
	f->out_fd = f->err_fd = -1;
	return true;
}

void flight_clean(struct flight *f)
{
	if (!f->site.dir.n || keep_clean(f))
		return;
	close_fd(&f->out_fd);
	close_fd(&f->err_fd);
	(void)fs_remove_tree(f->site.dir.p);
}

void spare_dirs_remove(struct run *r)
{
	while (r->spare_dir_count) {
		struct spare_dir *spare = &r->spare_dirs[--r->spare_dir_count];

		close_fd(&spare->out_fd);
		close_fd(&spare->err_fd);
		(void)fs_remove_tree(spare->path.p);
	}
}
