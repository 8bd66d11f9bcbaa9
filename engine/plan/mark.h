/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Private to engine/plan: how a path stood when it was looked at.
 *
 * What changed less than the clock's granularity before it was looked at could change again without its times telling:
 * such a mark also has the content, a digest of the bytes or of a folder's names.
 */
#ifndef RUNG_PLAN_MARK_H
#define RUNG_PLAN_MARK_H

#include "engine/base/digest.h"
#include "engine/base/value.h"

#define MARK_GRANULARITY_NS INT64_C(2000000000) /* the coarsest clock of a file system in use: FAT's */

enum mark_kind {
	MARK_ABSENT,
	MARK_FILE,
	MARK_FOLDER,
	MARK_OTHER,
	MARK_EMPTY, /* absent or an empty file, as readers of SQLite leave its log: only set by the caller */
};

struct mark {
	enum mark_kind kind;
	uint64_t device, inode, size; /* size: of files */
	int64_t mtime_ns, ctime_ns;
	bool racy;                    /* content is set */
	struct digest content;
};

/* How the path stands now; racy by `now_ns`, the wall clock before the call. false: doubt (it cannot be read, or is
 * neither a file nor a folder). */
bool mark_take(const char *path, int64_t now_ns, struct mark *out) MUST_USE;
/* Without the content; false when it cannot be looked at. */
bool mark_look(const char *path, struct mark *out) MUST_USE;
/* Does the path still stand so? Hashes what was racy; *settled is set when its times can be relied on now. */
bool mark_holds(const char *path, const struct mark *then, int64_t now_ns, bool *settled);

struct value mark_value(const struct mark *m, struct arena *a);
bool mark_parse(const struct value *v, struct mark *out);

#endif
