/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Paths as text: nothing here asks the file system.
 */
#include <string.h>

#include "engine/base/fs.h"
#include "engine/base/vec.h"

static struct str without_end_slashes(struct str path)
{
	while (path.n > 1 && path.p[path.n - 1] == '/')
		path.n--;
	return path;
}

/* Index of the last slash or -1. */
static long last_slash(struct str path)
{
	const char *at = path.n ? memrchr(path.p, '/', path.n) : NULL;

	return at ? (long)(at - path.p) : -1;
}

struct str path_join(struct arena *a, struct str dir, struct str name)
{
	if (!dir.n || (name.n && name.p[0] == '/'))
		return arena_str(a, name);
	if (!name.n)
		return arena_str(a, dir);
	bool slash = dir.p[dir.n - 1] != '/';
	char *p = arena_alloc(a, dir.n + slash + name.n + 1);

	memcpy(p, dir.p, dir.n);
	if (slash)
		p[dir.n] = '/';
	memcpy(p + dir.n + slash, name.p, name.n);
	return (struct str){ p, dir.n + slash + name.n };
}

struct str path_dir(struct str path)
{
	path = without_end_slashes(path);
	long slash = last_slash(path);

	if (slash < 0)
		return STR(".");
	return without_end_slashes((struct str){ path.p, slash ? (size_t)slash : 1 });
}

struct str path_base(struct str path)
{
	path = without_end_slashes(path);
	if (path.n == 1 && path.p[0] == '/')
		return path;
	return str_from(path, (size_t)(last_slash(path) + 1), path.n);
}

struct str path_ext(struct str path)
{
	struct str base = path_base(path);
	const char *dot = base.n ? memrchr(base.p, '.', base.n) : NULL;

	if (!dot || dot == base.p)
		return STR("");
	return str_from(base, (size_t)(dot - base.p) + 1, base.n);
}

struct str path_clean(struct arena *a, struct str path)
{
	bool absolute = path.n && path.p[0] == '/';
	char *out = arena_alloc(a, path.n + 2);
	struct str part;
	size_t n = 0, floor; /* below floor nothing can be taken back: "/" or leading ".." */

	if (absolute)
		out[n++] = '/';
	floor = n;
	while (str_split(&path, '/', &part)) {
		if (!part.n || str_is(part, "."))
			continue;
		bool up = str_is(part, "..");

		if (up && n > floor) {
			while (n > floor && out[n - 1] != '/')
				n--;
			n -= n > floor; /* the slash before the part */
			continue;
		}
		if (up && absolute)
			continue; /* the root is its own parent */
		if (n && out[n - 1] != '/')
			out[n++] = '/';
		memcpy(out + n, part.p, part.n);
		n += part.n;
		if (up)
			floor = n;
	}
	if (!n)
		out[n++] = '.';
	out[n] = '\0';
	return (struct str){ out, n };
}

bool path_inside(struct str clean_relative)
{
	return clean_relative.n && clean_relative.p[0] != '/' && !str_is(clean_relative, "..") &&
	       !str_starts(clean_relative, "../");
}
