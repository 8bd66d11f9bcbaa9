/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Collecting diagnostics; diag_render.c shows them.
 */
#include "engine/base/diag.h"

#include <string.h>

#include "engine/base/vec.h"

#define KEPT 100
#define KEPT_WARNINGS 50 /* so that warnings never push out the errors */
#define LISTED 12        /* candidates named when none is near */

void diags_init(struct diags *d, struct arena *arena)
{
	*d = (struct diags){ .arena = arena };
}

uint32_t diag_source(struct diags *d, struct str path, struct str text)
{
	d->sources = vec_grow(d->arena, d->sources, d->source_count, &d->source_cap, 1, sizeof(*d->sources));
	d->sources[d->source_count++] = (struct source){ path, text };
	return (uint32_t)d->source_count;
}

PRINTF(2, 0) static struct str text_of(struct arena *a, const char *fmt, va_list ap)
{
	struct sb text;

	sb_init(&text, 16 << 10); /* a message that quotes an input stays a message */
	sb_vprintf(&text, fmt, ap);
	struct str s = sb_take(&text, a);

	sb_release(&text);
	return s;
}

static void record(struct diags *d, enum severity severity, struct span at, const char *code, struct str message)
{
	size_t *count = severity == SEV_ERROR ? &d->errors : &d->warnings;

	d->muted = d->n >= KEPT || (severity == SEV_WARNING && *count >= KEPT_WARNINGS);
	++*count;
	if (d->muted) {
		d->dropped++;
		return;
	}
	d->list = vec_grow(d->arena, d->list, d->n, &d->cap, 1, sizeof(*d->list));
	d->list[d->n++] = (struct diag){ .severity = severity, .code = code, .at = at, .message = message };
}

bool diag_error(struct diags *d, struct span at, const char *code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	record(d, SEV_ERROR, at, code, text_of(d->arena, fmt, ap));
	va_end(ap);
	return false;
}

void diag_warn(struct diags *d, struct span at, const char *code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	record(d, SEV_WARNING, at, code, text_of(d->arena, fmt, ap));
	va_end(ap);
}

static void append(struct diags *d, struct diag_note **list, struct span at, struct str text)
{
	struct diag_note *note = arena_make(d->arena, struct diag_note);

	*note = (struct diag_note){ .at = at, .text = text };
	while (*list)
		list = &(*list)->next;
	*list = note;
}

void diag_note(struct diags *d, struct span at, const char *fmt, ...)
{
	va_list ap;

	if (!d->n || d->muted)
		return;
	va_start(ap, fmt);
	append(d, &d->list[d->n - 1].notes, at, text_of(d->arena, fmt, ap));
	va_end(ap);
}

void diag_hint(struct diags *d, const char *fmt, ...)
{
	va_list ap;

	if (!d->n || d->muted)
		return;
	va_start(ap, fmt);
	append(d, &d->list[d->n - 1].hints, (struct span){ 0 }, text_of(d->arena, fmt, ap));
	va_end(ap);
}

void diag_suggest(struct diags *d, struct str wrong, const struct str *candidates, size_t n)
{
	struct str near = str_nearest(wrong, candidates, n);
	struct sb names;

	if (near.n) {
		diag_hint(d, "did you mean '" STR_FMT "'?", STR_ARG(near));
		return;
	}
	if (!n)
		return;
	sb_init(&names, 4 << 10);
	for (size_t i = 0; i < n && i < LISTED; i++)
		sb_printf(&names, "%s'" STR_FMT "'", i ? ", " : "", STR_ARG(candidates[i]));
	if (n > LISTED)
		sb_printf(&names, " and %zu more", n - LISTED);
	diag_hint(d, "%s %s", n == 1 ? "there is only" : "one of", names.s);
	sb_release(&names);
}
