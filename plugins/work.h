/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Private to the kinds: what every one of them does with its job: reading fields, building text, hashing.
 *
 * A `struct work` pairs the host with the job, so that a function takes one argument for both. All memory is the job's.
 */
#ifndef RUNG_KIND_WORK_H
#define RUNG_KIND_WORK_H

#include <stdarg.h>

#include "engine/abi/rung_plugin.h"

struct work {
	const struct host *host;
	struct job *job;
};

#define work_array(w, type, n) ((type *)(w)->host->alloc((w)->job, ((n) + 1) * sizeof(type)))

/* Room for one more item behind n of them; the old memory stays with the job. */
void *work_grow(const struct work *w, void *data, size_t n, size_t *cap, size_t item);

/* ---- fields ---- */

struct str field_text(const struct work *w, const char *name); /* empty when absent */
int64_t field_int(const struct work *w, const char *name, int64_t absent);
/* The items of a list; one value stands for a list of one. NULL and 0 when absent. */
const struct value *field_list(const struct work *w, const char *name, size_t *n);
struct str str_of(const char *z);

/* ---- text ---- */

struct text {
	const struct work *w;
	char *p; /* NUL-terminated once something was added */
	size_t n, cap;
};

void text_add(struct text *t, struct str s);
void text_z(struct text *t, const char *z);
void text_printf(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void text_vprintf(struct text *t, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
struct str text_str(const struct text *t);
int text_save(const struct text *t, const char *output); /* writes it as that output */
int bytes_save(const struct work *w, struct str bytes, const char *path);

/* Shortest decimal text that reads back as the same double. */
struct str number_text(const struct work *w, double r);
/* 12345.6 → "12,346": for labels on axes and in notes; at most `digits` significant ones. */
struct str digits_text(const struct work *w, double r, int digits);

/* ---- hashes that results depend on: never change them ---- */

static inline uint64_t fnv1a(struct str s)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * 0x100000001b3u;
	return h;
}

/* The finaliser of splitmix64 (Steele, Lea and Flood, OOPSLA 2014). */
static inline uint64_t mix_bits(uint64_t z)
{
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

#endif
