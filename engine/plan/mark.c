/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How paths stood. As a value: [kind, device, inode, size, mtime, ctime] and, when it was racy, the content's 32 bytes. Kind:
 * 0 absent, 1 file, 2 folder, 4 absent or an empty file.
 */
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/clock.h"
#include "engine/plan/mark.h"

static void close_dir(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

bool mark_look(const char *path, struct mark *out)
{
	struct stat st;

	*out = (struct mark){ .kind = MARK_ABSENT };
	if (stat(path, &st) != 0)
		return errno == ENOENT || errno == ENOTDIR;
	out->kind = S_ISREG(st.st_mode) ? MARK_FILE : S_ISDIR(st.st_mode) ? MARK_FOLDER : MARK_OTHER;
	out->device = st.st_dev;
	out->inode = st.st_ino;
	out->size = S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
	out->mtime_ns = clock_file_ns(st.st_mtim);
	out->ctime_ns = clock_file_ns(st.st_ctim);
	return out->kind != MARK_OTHER;
}

static bool is_racy(const struct mark *m, int64_t now_ns)
{
	int64_t changed = m->mtime_ns > m->ctime_ns ? m->mtime_ns : m->ctime_ns;

	return m->kind != MARK_ABSENT && changed + MARK_GRANULARITY_NS > now_ns;
}

/* Of a folder: the exclusive or of the digests of its names, which needs no order. */
static bool content_of(const char *path, enum mark_kind kind, struct digest *out)
{
	if (kind == MARK_FILE)
		return digest_file(path, out, NULL) == 0;
	CLEANUP(close_dir) DIR *dir = opendir(path);

	*out = (struct digest){ 0 };
	if (!dir)
		return false;
	for (;;) {
		errno = 0;
		struct dirent *e = readdir(dir);

		if (!e)
			return errno == 0;
		struct digest name = digest_of(str_z(e->d_name));

		for (size_t i = 0; i < DIGEST_BYTES; i++)
			out->b[i] ^= name.b[i];
	}
}

bool mark_take(const char *path, int64_t now_ns, struct mark *out)
{
	if (!mark_look(path, out))
		return false;
	out->racy = is_racy(out, now_ns);
	return !out->racy || content_of(path, out->kind, &out->content);
}

static bool same_stat(const struct mark *x, const struct mark *y)
{
	return x->kind == y->kind && x->device == y->device && x->inode == y->inode && x->size == y->size &&
	       x->mtime_ns == y->mtime_ns && x->ctime_ns == y->ctime_ns;
}

bool mark_holds(const char *path, const struct mark *then, int64_t now_ns, bool *settled)
{
	struct mark now;
	struct digest content;

	*settled = false;
	if (!mark_look(path, &now))
		return false;
	if (then->kind == MARK_EMPTY)
		return now.kind == MARK_ABSENT || (now.kind == MARK_FILE && !now.size);
	if (!same_stat(then, &now))
		return false;
	if (!then->racy)
		return true;
	if (!content_of(path, then->kind, &content) || !digest_same(&content, &then->content))
		return false;
	*settled = !is_racy(then, now_ns);
	return true;
}

struct value mark_value(const struct mark *m, struct arena *a)
{
	struct value v = value_list(a, m->racy ? 7 : 6), *to = v.list.items;

	to[0] = value_int(m->kind);
	to[1] = value_int((int64_t)m->device);
	to[2] = value_int((int64_t)m->inode);
	to[3] = value_int((int64_t)m->size);
	to[4] = value_int(m->mtime_ns);
	to[5] = value_int(m->ctime_ns);
	if (m->racy)
		to[6] = value_str(arena_str(a, (struct str){ (const char *)m->content.b, DIGEST_BYTES }));
	return v;
}

bool mark_parse(const struct value *v, struct mark *out)
{
	if (v->type != V_LIST || v->list.n < 6 || v->list.n > 7)
		return false;
	const struct value *from = v->list.items;

	for (size_t i = 0; i < 6; i++)
		if (from[i].type != V_INT)
			return false;
	*out = (struct mark){ (enum mark_kind)from[0].i, (uint64_t)from[1].i, (uint64_t)from[2].i, (uint64_t)from[3].i,
		              from[4].i, from[5].i, v->list.n == 7, { { 0 } } };
	if (!out->racy)
		return true;
	if (from[6].type != V_STR || from[6].s.n != DIGEST_BYTES)
		return false;
	memcpy(out->content.b, from[6].s.p, DIGEST_BYTES);
	return true;
}
