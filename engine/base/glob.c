/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Globs. A pattern is taken part by part; only folders that the pattern can reach are read. `**` stands for any number
 * of folders and follows no links; as the last part it means every file below. Hidden names need a dot in the pattern.
 * A backslash takes the next character as it is.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/fs.h"
#include "engine/base/utf8.h"
#include "engine/base/vec.h"

#define MOST_BRACES 4096       /* texts that one pattern may expand to */
#define LONGEST_PATTERN 4096

typedef VEC(struct str) strs;

/* ---- braces ------------------------------------------------------------------------------------------------------- */

/* The first `{…}` with a comma of its own: offsets of the two braces. */
static bool find_braces(struct str s, size_t *open, size_t *close)
{
	for (size_t from = 0; from < s.n; from++) {
		int depth = 0;
		bool comma = false;

		if (s.p[from] == '\\')
			from++;
		else if (s.p[from] == '{')
			for (size_t i = from; i < s.n; i++) {
				char c = s.p[i];

				i += c == '\\';
				depth += (c == '{') - (c == '}');
				comma = comma || (c == ',' && depth == 1);
				if (depth == 0 && comma) {
					*open = from;
					*close = i;
					return true;
				}
				if (depth == 0)
					break;
			}
	}
	return false;
}

static void expand_braces(struct arena *a, struct str s, strs *out)
{
	size_t open, close, depth = 0;

	if (out->n > MOST_BRACES)
		return;
	if (!find_braces(s, &open, &close)) {
		VEC_PUSH(a, out, arena_str(a, s));
		return;
	}
	for (size_t start = open + 1, i = start; i <= close; i++) {
		char c = s.p[i];

		if (c == '\\') {
			i++;
		} else if ((c == ',' && depth == 0) || i == close) {
			expand_braces(a,
			              arena_printf(a, STR_FMT STR_FMT STR_FMT, STR_ARG(str_from(s, 0, open)),
			                           STR_ARG(str_from(s, start, i - start)),
			                           STR_ARG(str_from(s, close + 1, s.n))),
			              out);
			start = i + 1;
		} else {
			depth += c == '{';
			depth -= c == '}';
		}
	}
}

void fs_braces(struct arena *a, struct str pattern, struct str **out, size_t *n)
{
	strs list = { 0 };

	if (pattern.n <= LONGEST_PATTERN)
		expand_braces(a, pattern, &list);
	if (!list.n || list.n > MOST_BRACES) {
		list.n = 0; /* a bomb stays as it is written, and names nothing */
		VEC_PUSH(a, &list, arena_str(a, pattern));
	}
	*out = list.data;
	*n = list.n;
}

/* ---- one name against one part ------------------------------------------------------------------------------------ */

/* Does c belong to the class `[…]` at the start of s? *length = bytes of the class, 0 when it is not closed. */
static bool in_class(struct str s, char c, size_t *length)
{
	bool negated = s.n > 1 && (s.p[1] == '!' || s.p[1] == '^'), found = false;
	size_t first = negated ? 2 : 1;

	*length = 0;
	for (size_t i = first; i < s.n; i++) {
		if (s.p[i] == ']' && i > first) {
			*length = i + 1;
			return found != negated;
		}
		char low = s.p[i], high = low;

		if (i + 2 < s.n && s.p[i + 1] == '-' && s.p[i + 2] != ']') {
			high = s.p[i + 2];
			i += 2;
		}
		found = found || ((unsigned char)c >= (unsigned char)low && (unsigned char)c <= (unsigned char)high);
	}
	return false;
}

/* Bytes of the pattern that the next character of the name used up, 0 = no match. *name: bytes of the name. */
static size_t match_one(struct str pattern, struct str text, size_t *name)
{
	size_t length, character = utf8_sequence(text.p, text.n);
	bool in;

	*name = 1;
	switch (pattern.p[0]) {
	case '?':
		*name = character ? character : 1;
		return 1;
	case '[':
		in = in_class(pattern, text.p[0], &length);
		if (in && character)
			*name = character; /* "none of these" goes for whole characters */
		if (length)
			return in ? length : 0;
		break;
	case '\\':
		if (pattern.n > 1)
			return pattern.p[1] == text.p[0] ? 2 : 0;
		break;
	default:
		break;
	}
	return pattern.p[0] == text.p[0];
}

static bool matches(struct str pattern, struct str text)
{
	struct str star = { NULL, 0 }, retry = { NULL, 0 };

	/* Only the last star ever has to be tried again: what stood before it has matched as early as possible. */
	while (text.n) {
		size_t used = 0, name = 0;

		if (pattern.n && pattern.p[0] == '*') {
			pattern = star = str_from(pattern, 1, pattern.n);
			retry = text;
			continue;
		}
		if (pattern.n)
			used = match_one(pattern, text, &name);
		if (used) {
			pattern = str_from(pattern, used, pattern.n);
			text = str_from(text, name, text.n);
		} else if (star.p) {
			pattern = star;
			text = retry = str_from(retry, 1, retry.n);
		} else {
			return false;
		}
	}
	while (pattern.n && pattern.p[0] == '*')
		pattern = str_from(pattern, 1, pattern.n);
	return pattern.n == 0;
}

/* ---- walking the pattern ------------------------------------------------------------------------------------------ */

struct search {
	struct arena *a;
	struct str root;
	strs found;
};

static int search_part(struct search *s, struct str at, struct str pattern);

static const char *full_path(struct search *s, struct str at)
{
	return path_join(s->a, s->root, at).p;
}

static bool is_magic(struct str part)
{
	for (size_t i = 0; i < part.n; i++)
		if (memchr("*?[\\", part.p[i], 4))
			return true;
	return false;
}

static void close_dir(DIR **dir)
{
	if (*dir)
		closedir(*dir);
	*dir = NULL;
}

/* Names in the folder; one that is missing or is no folder has none. */
static int names_in(struct search *s, struct str at, strs *out)
{
	CLEANUP(close_dir) DIR *dir = opendir(full_path(s, at.n ? at : STR(".")));

	if (!dir)
		return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
	for (;;) {
		errno = 0;
		struct dirent *d = readdir(dir);

		if (!d)
			return -errno;
		if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0)
			VEC_PUSH(s->a, out, arena_z(s->a, d->d_name));
	}
}

/* `**` and what follows it: here, and in every folder below. */
static int search_below(struct search *s, struct str at, struct str after)
{
	int e = after.n ? search_part(s, at, after) : 0;
	strs names = { 0 };

	if (e == 0)
		e = names_in(s, at, &names);
	for (size_t i = 0; i < names.n && e == 0; i++) {
		struct str path = path_join(s->a, at, names.data[i]);
		struct stat st;

		if (names.data[i].p[0] == '.' || lstat(full_path(s, path), &st) < 0)
			continue;
		if (S_ISDIR(st.st_mode))
			e = search_below(s, path, after);
		else if (!after.n)
			VEC_PUSH(s->a, &s->found, path);
	}
	return e;
}

static int search_names(struct search *s, struct str at, struct str part, struct str after)
{
	strs names = { 0 };
	int e = names_in(s, at, &names);

	for (size_t i = 0; i < names.n && e == 0; i++) {
		struct str name = names.data[i], path;

		if ((name.p[0] == '.' && part.p[0] != '.') || !matches(part, name))
			continue;
		path = path_join(s->a, at, name);
		if (after.n)
			e = search_part(s, path, after);
		else
			VEC_PUSH(s->a, &s->found, path);
	}
	return e;
}

static int search_part(struct search *s, struct str at, struct str pattern)
{
	struct str after = pattern, part = { "", 0 };

	while (!part.n && str_split(&after, '/', &part))
		;
	while (after.n && after.p[0] == '/')
		after = str_from(after, 1, after.n);
	if (!part.n)
		return 0;
	if (str_is(part, "**")) {
		/* `**` twice says no more than once, but would walk every folder once for each way to split the path. */
		while (str_starts(after, "**/"))
			after = str_from(after, 3, after.n);
		return search_below(s, at, str_is(after, "**") ? STR("") : after);
	}
	if (is_magic(part))
		return search_names(s, at, part, after);
	struct str path = path_join(s->a, at, part);

	if (after.n)
		return search_part(s, path, after);
	if (fs_exists(full_path(s, path)))
		VEC_PUSH(s->a, &s->found, path);
	return 0;
}

static int by_bytes(const void *a, const void *b)
{
	const struct str *x = a, *y = b;

	return str_cmp(*x, *y);
}

int fs_glob(struct arena *a, const char *root, struct str pattern, struct str **out, size_t *n)
{
	struct search s = { .a = arena_new(), .root = str_z(root) };
	struct str *patterns, *unique;
	size_t count, kept = 0;
	int e = pattern.n && pattern.p[0] == '/' ? -EINVAL : 0; /* only below root */

	fs_braces(s.a, pattern, &patterns, &count);
	for (size_t i = 0; i < count && e == 0; i++)
		e = search_part(&s, STR(""), patterns[i]);
	if (e == 0) {
		if (s.found.n)
			qsort(s.found.data, s.found.n, sizeof(struct str), by_bytes);
		unique = arena_array(a, struct str, s.found.n);
		for (size_t i = 0; i < s.found.n; i++)
			if (!kept || !str_same(s.found.data[i], unique[kept - 1]))
				unique[kept++] = arena_str(a, s.found.data[i]);
		*out = unique;
		*n = kept;
	}
	arena_free(s.a);
	return e;
}
