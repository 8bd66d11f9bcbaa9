/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Diagnostics are data: code, severity, place, message, notes with places of their own, hints. They are collected,
 * sorted by place and printed once, by the command line; all mistakes of a study come out in one go.
 *
 * Message style: cause first, lower case, no full stop, names in single quotes, the value and what was expected; the
 * hint says how to mend it ("did you mean 'temperature'?"). Every code has a golden case under tests/cases.
 *
 * Sources: the texts that spans point into. Index 0 means "no place". A source stays open as long as the arena.
 *
 *   return diag_error(d, at, "unknown-key", "unknown key '%s'", k), diag_hint(d, "did you mean '%s'?", s), false;
 *
 * Limits: at most 100 diagnostics are kept, 50 of them warnings; the rest is counted.
 */
#ifndef RUNG_DIAG_H
#define RUNG_DIAG_H

#include "engine/base/str.h"

enum severity { SEV_ERROR, SEV_WARNING };

struct source {
	struct str path; /* as the user should see it: relative to where they stand */
	struct str text;
};

struct diag_note {
	struct span at; /* file 0 = no place */
	struct str text;
	struct diag_note *next;
};

struct diag {
	enum severity severity;
	const char *code; /* stable word such as "unknown-key"; static storage */
	struct span at;
	struct str message;
	struct diag_note *notes, *hints; /* in order */
};

struct diags {
	struct arena *arena;
	struct source *sources;
	size_t source_count, source_cap;
	struct diag *list;
	size_t n, cap;
	size_t errors, warnings, dropped; /* errors and warnings count the dropped ones too */
	bool muted;                       /* the last one was dropped, so its notes and hints are as well */
};

void diags_init(struct diags *d, struct arena *arena);
/* Adds a source, returns its index (from 1). path and text are not copied. */
uint32_t diag_source(struct diags *d, struct str path, struct str text);

/* Record; the last one recorded takes the notes and hints that follow. diag_error returns false for `return diag_error(…)`. */
bool diag_error(struct diags *d, struct span at, const char *code, const char *fmt, ...) PRINTF(4, 5);
void diag_warn(struct diags *d, struct span at, const char *code, const char *fmt, ...) PRINTF(4, 5);
void diag_note(struct diags *d, struct span at, const char *fmt, ...) PRINTF(3, 4);
void diag_hint(struct diags *d, const char *fmt, ...) PRINTF(2, 3);
/* hint "did you mean 'x'?" when a candidate is near, else the list of the candidates (at most 12). */
void diag_suggest(struct diags *d, struct str wrong, const struct str *candidates, size_t n);

/* All of them sorted by file, line, column:
 *   study.yaml:12:5: error: unknown key 'temprature' [unknown-key]
 *      12 |     temprature: 0.2
 *         |     ^~~~~~~~~~
 *         = hint: did you mean 'temperature'?
 * Hints and notes without a place follow the line; notes with a place come below, each with its own line. Control
 * characters and bytes that are no UTF-8 are shown as '?', tabs as a blank; a line longer than 160 columns is cut around
 * the caret. */
void diags_render(const struct diags *d, struct sb *out, bool colour);
/* One JSON object a line: {"severity","code","message","at":"study.yaml:12:5","hints":[…],"notes":[{"at","text"}]}. */
void diags_json(const struct diags *d, struct sb *out);
/* "study.yaml:41:18"; empty for no place. */
struct str span_text(const struct diags *d, struct span at, struct arena *a);

#endif
