/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The certificate of "nothing changed": lets a run of a study that is all hits end without reading it again.
 *
 * After a run in which every task ended well, the command writes `.rung/fresh`: what was asked (a digest of the command
 * line's selection and overrides, rung's version), the stat of the ledger's files, the stat of every file and folder the
 * study was made of (study, Lua, inputs, probes), the output of each tool and value of each environment variable that
 * entered a key, the stat of every published file, and the stat of the object folders. If all of it still holds, the plan
 * must be the same (invariant 1: same study, same store → same plan). Anything else: no certificate, the long way.
 *
 * A file whose mtime is not older than the certificate by the clock's granularity is hashed instead (the racy window).
 * Order: close the store, then `fresh_write`: closing moves SQLite's log into ledger.db, and its stat is the ledger's
 * generation. Whoever takes results away (`gc`, `verify --repair`) also changes that stat.
 */
#ifndef RUNG_FRESH_H
#define RUNG_FRESH_H

#include "engine/base/clock.h"
#include "engine/plan/plan.h"

struct fresh_input {
	struct str path;   /* absolute; one that does not exist is certified to be absent */
	bool is_folder;    /* its entries count: mtime of the folder */
	/* What was read: a file that changed since this process began can be certified only when its content is this. */
	bool was_read;
	struct digest read; /* digest_of its text */
};
struct fresh_env {
	struct str name, value; /* value as it entered keys; has = false: it was unset */
	bool has;
};
struct fresh_tool {
	struct str command, output;
};

struct fresh_facts {
	struct str asked;  /* canonical text of everything on the command line that can change the plan */
	struct fresh_input *inputs; /* read or probed */
	size_t input_count;
	struct str *published; /* absolute paths under save: */
	size_t published_count;
	struct fresh_env *envs;
	size_t env_count;
	struct fresh_tool *tools;
	size_t tool_count;
	size_t tasks, skipped; /* what to report */
	struct str study;      /* its name */
	int64_t since_ns;      /* wall clock before the first input was read; 0 = when this process began */
};

struct fresh_place {
	const char *rung_dir, *root; /* absolute: `.rung`, the study's folder */
	const struct clock *clock;   /* what the times of files are compared with */
};

/* 1 = still fresh, *tasks and *skipped set; 0 = not. Never an error: doubt is "not". */
int fresh_check(const struct fresh_place *place, struct str asked, struct arena *a, struct fresh_facts *out);
/* Writes it, or removes the old one when it cannot be valid. Failure is harmless and silent. After store_close. */
void fresh_write(const struct fresh_place *place, const struct fresh_facts *facts);
void fresh_forget(const char *rung_dir);

/* What planning consulted, for the facts: files of all specs, tools, env. Sets inputs, tools and envs; the caller appends
 * the study's own files. */
void plan_consulted(const struct plan *p, struct fresh_facts *facts, struct arena *a);

#endif
