/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Private to engine/run: sentences on how an attempt ended.
 */
#ifndef RUNG_RUN_OUTCOME_H
#define RUNG_RUN_OUTCOME_H

#include "engine/run/site.h"

#define PROCESS_LIMITS "a limit was reached: `ulimit -u` (processes), `ulimit -n` (open files) or memory; fewer at a time need less: -j"

struct ending {
	enum outcome outcome;
	int exit_code, signal;
	struct str detail, hint;
	bool passing; /* its cause may pass, whatever the outcome: another attempt is worth while */
};

/* wait_status as wait4 gives it. shell: /bin/sh ran it, so 126 and 127 are its words. */
struct ending ending_of_status(int wait_status, bool shell, struct arena *a);
struct ending ending_of_spawn(int err, const char *program, struct arena *a);
struct ending ending_timeout(double seconds, struct arena *a);
/* Names the output, its path, and what the out folder does hold. */
struct ending ending_missing(const struct site *site, const struct spec_out *out);
/* Tasks that the kernel's OOM killer ended since boot; -1 = not known. */
int64_t oom_kills(void);
void ending_note_memory(struct ending *e, struct arena *a); /* a death by signal 9 that was the OOM killer's */
struct str last_lines(struct str text, size_t lines, struct arena *a); /* clean text of the last lines */

#endif
