/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The canonical listing of a folder: the object that a tree's digest names. Text, one line an entry, in byte order of
 * the path:
 *
 *   rung-tree 1 LF
 *   mode TAB size TAB what TAB path LF
 *
 * mode f (file), x (executable): what = digest of the bytes in hex. l (link): what = target, size = its length. d (a
 * folder with nothing in it; the others follow from the paths): what = "-", size 0. In paths and targets the bytes
 * 00-1f, 7f and the backslash stand as \xHH.
 *
 * Times, owners and other permission bits are left out: they differ between two runs that made the same thing.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/store/internal.h"

static const struct str header = { "rung-tree 1\n", 12 };

static void escaped(struct str s, struct sb *out)
{
	size_t plain = 0;

	for (size_t i = 0; i <= s.n; i++) {
		unsigned char c = i < s.n ? (unsigned char)s.p[i] : 0;

		if (i < s.n && c >= 0x20 && c != 0x7f && c != '\\')
			continue;
		sb_add(out, str_from(s, plain, i - plain));
		if (i < s.n)
			sb_printf(out, "\\x%02x", c);
		plain = i + 1;
	}
}

static bool unescaped(struct str s, struct arena *a, struct str *out)
{
	char *p = arena_alloc(a, s.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] != '\\') {
			p[n++] = s.p[i];
			continue;
		}
		if (i + 3 >= s.n || s.p[i + 1] != 'x')
			return false;
		int high = hex_value(s.p[i + 2]), low = hex_value(s.p[i + 3]);

		/* no name holds a NUL: behind one, "..\x00" would be checked as a name and placed as ".." */
		if (high < 0 || low < 0 || !(high | low))
			return false;
		p[n++] = (char)(high << 4 | low);
		i += 3;
	}
	*out = (struct str){ p, n };
	return true;
}

static int by_path(const void *a, const void *b)
{
	const struct tree_entry *x = a, *y = b;

	return str_cmp(x->path, y->path);
}

/* Does anything sorted behind `at` lie in that folder? Entries such as "a.txt" may stand between "a" and "a/b". */
static bool holds_something(const struct tree *t, size_t at)
{
	struct str folder = t->entries.data[at].path;
	size_t low = at + 1, high = t->entries.n;

	/* the first entry that is not below folder + "/" */
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		struct str path = t->entries.data[middle].path;
		int order = str_cmp(str_from(path, 0, folder.n), folder);

		if (order < 0 || (order == 0 && (path.n <= folder.n || (unsigned char)path.p[folder.n] < '/')))
			low = middle + 1;
		else
			high = middle;
	}
	if (low == t->entries.n)
		return false;
	struct str path = t->entries.data[low].path;

	return path.n > folder.n && path.p[folder.n] == '/' && str_same(str_from(path, 0, folder.n), folder);
}

static void entry_text(const struct tree_entry *e, struct sb *out)
{
	char hex[DIGEST_HEX + 1];

	sb_printf(out, "%c\t%llu\t", (char)e->mode, (unsigned long long)e->size);
	if (e->mode == ENTRY_LINK) {
		escaped(e->target, out);
	} else if (e->mode == ENTRY_FOLDER) {
		sb_char(out, '-');
	} else {
		digest_hex(&e->digest, hex);
		sb_z(out, hex);
	}
	sb_char(out, '\t');
	escaped(e->path, out);
	sb_char(out, '\n');
}

void tree_text(struct tree *t, struct sb *out)
{
	size_t kept = 0;

	if (t->entries.n)
		qsort(t->entries.data, t->entries.n, sizeof(*t->entries.data), by_path);
	/* kept entries move to the front, so what is behind `i` is still as it was */
	for (size_t i = 0; i < t->entries.n; i++)
		if (t->entries.data[i].mode != ENTRY_FOLDER || !holds_something(t, i))
			t->entries.data[kept++] = t->entries.data[i];
	t->entries.n = kept;
	t->size = 0;
	sb_add(out, header);
	for (size_t i = 0; i < kept; i++) {
		entry_text(&t->entries.data[i], out);
		if (t->entries.data[i].mode == ENTRY_FILE || t->entries.data[i].mode == ENTRY_EXECUTABLE)
			t->size += t->entries.data[i].size;
	}
}

bool tree_link_inside(struct str path, struct str target)
{
	size_t depth = 0, up = 0;
	struct str part;

	for (size_t i = 0; i < path.n; i++)
		depth += path.p[i] == '/';
	if (!target.n || target.p[0] == '/')
		return false;
	/* ".." only in front: behind a name it would climb out of wherever that name leads, if it is a link itself */
	bool named = false;

	while (str_split(&target, '/', &part)) {
		if (!part.n || str_is(part, "."))
			continue;
		if (!str_is(part, ".."))
			named = true;
		else if (named || ++up > depth)
			return false;
	}
	return true;
}

static bool entry_parse(struct str line, struct arena *a, struct tree_entry *e)
{
	struct str mode, size, what;
	int64_t bytes;

	if (!str_split(&line, '\t', &mode) || !str_split(&line, '\t', &size) || !str_split(&line, '\t', &what))
		return false;
	if (mode.n != 1 || !strchr("fxld", mode.p[0]) || !str_int(size, &bytes) || bytes < 0)
		return false;
	*e = (struct tree_entry){ .mode = (enum entry_mode)mode.p[0], .size = (uint64_t)bytes };
	if (!line.n || !unescaped(line, a, &e->path))
		return false;
	/* nothing may be placed outside, whatever the listing says */
	if (!str_same(path_clean(a, e->path), e->path) || !path_inside(e->path))
		return false;
	switch (e->mode) {
	case ENTRY_LINK:
		return unescaped(what, a, &e->target) && tree_link_inside(e->path, e->target);
	case ENTRY_FOLDER:
		return str_is(what, "-");
	case ENTRY_FILE:
	case ENTRY_EXECUTABLE:
		return digest_parse(what, &e->digest);
	}
	return false;
}

bool tree_parse(struct str text, struct tree *out)
{
	struct str line, last = { 0 };

	if (!str_starts(text, header.p))
		return false;
	text = str_from(text, header.n, text.n);
	while (str_split(&text, '\n', &line)) {
		struct tree_entry e;

		if (!entry_parse(line, out->arena, &e) || (out->entries.n && str_cmp(last, e.path) >= 0))
			return false;
		last = e.path;
		VEC_PUSH(out->arena, &out->entries, e);
		if (e.mode == ENTRY_FILE || e.mode == ENTRY_EXECUTABLE)
			out->size += e.size;
	}
	return true;
}
