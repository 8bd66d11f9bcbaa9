/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which output a `save:` means, and writing it. A file that is the same already is left alone, so that what watches or
 * commits it sees no change.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/fs.h"
#include "engine/base/table.h"
#include "engine/run/publish.h"
#include "engine/run/site.h"

static const struct artifact *artifact_by_ending(const struct result *r, struct str ext)
{
	for (size_t i = 0; ext.n && i < r->artifact_count; i++)
		if (str_same(path_ext(r->artifacts[i].file), ext))
			return &r->artifacts[i];
	return NULL;
}

static bool is_jsonl(const struct artifact *x)
{
	return x->kind != ARTIFACT_TREE && (str_ends(x->file, ".jsonl") || str_ends(x->file, ".ndjson"));
}

static const struct artifact *choose(const struct step *step, const struct result *r, const struct spec_save *save, enum publish_how *how)
{
	struct str ext = path_ext(save->path);
	const struct artifact *x = save->out.n ? artifact_named(step, r, save->out) : artifact_by_ending(r, ext);

	if (!x)
		x = artifact_named(step, r, STR(""));
	*how = PUBLISH_COPY;
	if (x && x->kind == ARTIFACT_TREE)
		*how = PUBLISH_TREE;
	else if (x && is_jsonl(x) && str_is(ext, "csv"))
		*how = PUBLISH_CSV;
	else if (x && is_jsonl(x) && str_is(ext, "tsv"))
		*how = PUBLISH_TSV;
	return x;
}

static struct publication *publication_new(struct plan *p, struct store *s, const struct artifact *x, struct str path, struct arena *a)
{
	struct publication *out = arena_make(a, struct publication);

	out->artifact = *x;
	out->from = store_object_path(s, &x->digest, a);
	out->shown = arena_str(a, path);
	out->remedy = "the result is in the store; make the folder writable and run again";
	out->to = path_join(a, plan_graph(p)->root, path);
	return out;
}

/* "results/fig" of "results/fig.svg". */
static struct str stem(struct str path)
{
	struct str ext = path_ext(path);

	return ext.n ? str_from(path, 0, path.n - ext.n - 1) : path;
}

static bool stem_was_seen(const struct spec *spec, size_t before)
{
	for (size_t i = 0; i < before; i++)
		if (str_same(stem(spec->saves[i].path), stem(spec->saves[before].path)))
			return true;
	return false;
}

struct publication *publications_of(struct plan *p, struct store *s, uint32_t task, const struct spec *spec, struct arena *a)
{
	const struct step *step = graph_step_of(plan_graph(p), task);
	struct publication *first = NULL, **last = &first;
	struct result r;

	if (!spec->save_count || !plan_result(p, task, a, &r))
		return NULL;
	for (size_t i = 0; i < spec->save_count; i++) {
		const struct spec_save *save = &spec->saves[i];
		enum publish_how how;
		const struct artifact *x = choose(step, &r, save, &how);
		const struct artifact *beside = step->kind->beside ? artifact_named(step, &r, str_z(step->kind->beside)) : NULL;

		if (!x)
			continue;
		*last = publication_new(p, s, x, save->path, a);
		(*last)->how = how;
		(*last)->at = save->at;
		last = &(*last)->next;
		if (!beside || stem_was_seen(spec, i))
			continue;
		*last = publication_new(p, s, beside, arena_printf(a, STR_FMT "." STR_FMT, STR_ARG(stem(save->path)),
		                        STR_ARG(path_ext(beside->file))), a);
		(*last)->at = save->at;
		last = &(*last)->next;
	}
	return first;
}

bool publication_fresh(const struct publication *x, struct store *s)
{
	struct digest d;

	if (x->how == PUBLISH_CSV || x->how == PUBLISH_TSV || !fs_exists(x->to.p))
		return false;
	return store_file_digest(s, x->to.p, &d) == STORE_OK && digest_same(&d, &x->artifact.digest);
}

/* ---- writing ------------------------------------------------------------------------------------------------------ */

static void failed(struct publication *x, struct arena *a, int err)
{
	if (err == -ENOSPC || err == -EDQUOT)
		x->remedy = "the result is in the store; make room and run again";
	x->error = arena_printf(a, "'" STR_FMT "' cannot be written: %s", STR_ARG(x->shown), strerror(-err));
}

static void tsv_cell(struct str text, struct sb *out)
{
	bool plain = true;

	for (size_t i = 0; i < text.n && plain; i++)
		plain = text.p[i] != '\t' && text.p[i] != '\n' && text.p[i] != '\r' && text.p[i] != '"';
	if (plain) {
		sb_add(out, text);
		return;
	}
	sb_char(out, '"');
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '"')
			sb_char(out, '"');
		sb_char(out, text.p[i]);
	}
	sb_char(out, '"');
}

static void tsv_row(const struct str *cells, size_t n, struct sb *out)
{
	for (size_t i = 0; i < n; i++) {
		if (i)
			sb_char(out, '\t');
		tsv_cell(cells[i], out);
	}
	sb_char(out, '\n');
}

/* The CSV at `aside`, with tabs instead. */
static int csv_to_tsv(struct publication *x, struct arena *a)
{
	const enum table_format format = TABLE_CSV;
	struct table *t = table_open(a, x->aside.p, x->shown, &format, &x->error);
	const struct value *cells;
	struct sb out;
	size_t n;
	int more;

	if (!t)
		return -EIO;
	sb_init(&out, SIZE_MAX / 2);
	const struct str *columns = table_columns(t, &n);

	tsv_row(columns, n, &out);
	struct str *texts = arena_array(a, struct str, n + 1);

	while ((more = table_next(t, &cells)) > 0) {
		for (size_t i = 0; i < n; i++)
			texts[i] = cells[i].type == V_STR ? cells[i].s : STR("");
		tsv_row(texts, n, &out);
	}
	int err = more < 0 ? -EIO : fs_write_atomic(x->aside.p, sb_str(&out), 0644);

	table_close(t);
	sb_release(&out);
	return err;
}

static bool same_bytes(const char *one, const char *other)
{
	struct digest a, b;
	uint64_t n, m;

	return digest_file(one, &a, &n) == 0 && digest_file(other, &b, &m) == 0 && n == m && digest_same(&a, &b);
}

static void write_converted(struct publication *x, struct arena *a)
{
	int err = 0;

	if (table_to_csv(a, x->from.p, x->aside.p, &x->error) != 0)
		return;
	x->error = STR("");
	if (x->how == PUBLISH_TSV)
		err = csv_to_tsv(x, a);
	if (err == 0 && !same_bytes(x->aside.p, x->to.p)) {
		err = fs_copy(x->aside.p, x->to.p, 0644);
		x->wrote = err == 0;
	}
	(void)unlink(x->aside.p);
	if (err < 0)
		failed(x, a, err);
}

/* What stands at the place is somebody's work, not ours to remove. */
static void in_the_way(struct publication *x, struct arena *a, const char *what)
{
	x->error = arena_printf(a, "'" STR_FMT "' cannot be written: %s stands there", STR_ARG(x->shown), what);
	x->remedy = "move it away and run again, or let `save` name another path";
}

void publication_write(struct publication *x, struct arena *a)
{
	struct stat st;
	int err;

	if (lstat(x->to.p, &st) == 0 && S_ISDIR(st.st_mode)) {
		in_the_way(x, a, "a folder");
		return;
	}
	if (x->how == PUBLISH_CSV || x->how == PUBLISH_TSV) {
		write_converted(x, a);
		return;
	}
	err = fs_copy(x->from.p, x->to.p, x->artifact.kind == ARTIFACT_EXECUTABLE ? 0755 : 0644);
	x->wrote = err == 0;
	if (err < 0)
		failed(x, a, err);
}

/* A name that fs_sweep removes when we were killed. */
static struct str beside(const struct publication *x, const char *what, struct arena *a)
{
	return arena_printf(a, STR_FMT "/.rung-%ld-%s-" STR_FMT ".tmp", STR_ARG(path_dir(x->to)), (long)getpid(), what,
	                    STR_ARG(path_base(x->to)));
}

/* Renames the new tree to its place. What is there must be one that was published: a folder which the store does not know
 * holds files that nobody could bring back. The old one is moved aside first, so that a killed run leaves no half of it. */
static int swap_in(struct publication *x, struct store *s, struct arena *a, struct str made)
{
	struct str old = beside(x, "old", a), above = arena_str(a, path_dir(x->to));
	struct digest d;

	if (rename(made.p, x->to.p) == 0)
		return fs_sync_dir(above.p); /* nothing there, or an empty folder */
	if (errno != ENOTEMPTY && errno != EEXIST && errno != ENOTDIR)
		return -errno;
	if (store_file_digest(s, x->to.p, &d) != STORE_OK || !store_has(s, &d)) {
		in_the_way(x, a, "something that no step has made");
		return -EEXIST;
	}
	(void)fs_remove_tree(old.p);
	if (rename(x->to.p, old.p) != 0)
		return -errno;
	if (rename(made.p, x->to.p) != 0) {
		int err = -errno;

		(void)rename(old.p, x->to.p);
		return err;
	}
	(void)fs_remove_tree(old.p);
	return fs_sync_dir(above.p);
}

void publication_place(struct publication *x, struct store *s, struct arena *a)
{
	struct str made = beside(x, "new", a);
	int err;

	(void)fs_remove_tree(made.p);
	if (store_place(s, &x->artifact, made.p, PLACE_COPY) != STORE_OK) {
		x->error = arena_printf(a, "'" STR_FMT "' cannot be written: %s", STR_ARG(x->shown), store_error(s));
		return;
	}
	err = swap_in(x, s, a, made);
	x->wrote = err == 0;
	if (err < 0)
		(void)fs_remove_tree(made.p);
	if (err < 0 && !x->error.n)
		failed(x, a, err);
}
