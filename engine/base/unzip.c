/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The one file that knows libarchive. It is not linked: loading it and what it needs takes longer than most commands.
 */
#include "engine/base/unzip.h"

#include <archive.h>
#include <archive_entry.h>
#include <assert.h>
#include <dlfcn.h>
#include <string.h>

#define LIBRARY "libarchive.so.13"
#define BLOCK (64u << 10)

/* The functions that are used, by their own types. */
struct calls {
	__typeof__(&archive_read_new) new;
	__typeof__(&archive_read_support_filter_gzip) gzip;
	__typeof__(&archive_read_support_filter_zstd) zstd;
	__typeof__(&archive_read_support_format_raw) raw;
	__typeof__(&archive_read_support_format_empty) empty;
	__typeof__(&archive_read_open_filename) open;
	__typeof__(&archive_read_next_header) header;
	__typeof__(&archive_read_data) data;
	__typeof__(&archive_error_string) error;
	__typeof__(&archive_read_free) free;
};

struct unzip {
	struct arena *a;
	struct calls call;
	struct archive *archive;
	bool empty; /* nothing was compressed: there is no entry */
};

static bool load(struct calls *out, struct arena *a, struct str *error)
{
	static const char *const names[] = {
		"archive_read_new",
		"archive_read_support_filter_gzip",
		"archive_read_support_filter_zstd",
		"archive_read_support_format_raw",
		"archive_read_support_format_empty",
		"archive_read_open_filename",
		"archive_read_next_header",
		"archive_read_data",
		"archive_error_string",
		"archive_read_free",
	};
	void *found[countof(names)];
	void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);

	static_assert(sizeof(found) == sizeof(*out), "a name for every call");
	if (!library) {
		*error = arena_printf(a, "compressed files need %s: %s", LIBRARY, dlerror());
		return false;
	}
	for (size_t i = 0; i < countof(names); i++) {
		found[i] = dlsym(library, names[i]);
		if (!found[i]) {
			*error = arena_printf(a, "%s has no '%s'", LIBRARY, names[i]);
			return false;
		}
	}
	memcpy(out, found, sizeof(found));
	return true;
}

static struct str why(struct unzip *u)
{
	const char *text = u->call.error(u->archive);

	return arena_printf(u->a, "cannot be decompressed: %s", text ? text : "no reason given");
}

struct unzip *unzip_open(struct arena *a, const char *path, struct str *error)
{
	struct unzip *u = arena_make(a, struct unzip);
	struct archive_entry *entry;

	u->a = a;
	if (!load(&u->call, a, error))
		return NULL;
	u->archive = u->call.new();
	if (!u->archive) {
		*error = STR("cannot be decompressed: out of memory");
		return NULL;
	}
	/* "raw" is a file that is only compressed; "empty" is one that holds nothing. Without zstd compiled in, libarchive
	 * runs the zstd program and warns: that is fine. */
	if (u->call.gzip(u->archive) < ARCHIVE_WARN || u->call.zstd(u->archive) < ARCHIVE_WARN ||
	    u->call.raw(u->archive) < ARCHIVE_WARN || u->call.empty(u->archive) < ARCHIVE_WARN ||
	    u->call.open(u->archive, path, BLOCK) < ARCHIVE_WARN) {
		*error = why(u);
		unzip_close(u);
		return NULL;
	}
	int e = u->call.header(u->archive, &entry);

	u->empty = e == ARCHIVE_EOF;
	if (e != ARCHIVE_EOF && e < ARCHIVE_WARN) {
		*error = why(u);
		unzip_close(u);
		return NULL;
	}
	return u;
}

ssize_t unzip_read(struct unzip *u, char *p, size_t n, struct str *error)
{
	ssize_t got = u->empty ? 0 : u->call.data(u->archive, p, n);

	if (got < 0)
		*error = why(u);
	return got < 0 ? -1 : got;
}

void unzip_close(struct unzip *u)
{
	if (u && u->archive)
		u->call.free(u->archive);
	if (u)
		u->archive = NULL;
}
