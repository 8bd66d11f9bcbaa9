/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Text: views (`struct str` of the plugin contract) and the builder `struct sb`.
 *
 * A view never owns. A builder grows up to the ceiling named at init and then sets `overflow` and drops the rest, so no
 * input can make it unbounded; whoever reads untrusted input checks `overflow`. sb.s is NUL-terminated at all times.
 *
 *   struct sb b; sb_init(&b, 1 << 20);  sb_printf(&b, "%d", 1);  ... sb.s, sb.n ...  sb_release(&b);
 */
#ifndef RUNG_STR_H
#define RUNG_STR_H

#include <stdarg.h>
#include "engine/base/arena.h"

struct sb {
	char *s;
	size_t n, cap, ceiling;
	bool overflow;
};

void sb_init(struct sb *b, size_t ceiling);
void sb_release(struct sb *b);
void sb_clear(struct sb *b); /* empty again, memory kept, overflow reset */
void sb_add(struct sb *b, struct str s);
void sb_z(struct sb *b, const char *z);
void sb_char(struct sb *b, char c);
void sb_printf(struct sb *b, const char *fmt, ...) PRINTF(2, 3);
void sb_vprintf(struct sb *b, const char *fmt, va_list ap) PRINTF(2, 0);
struct str sb_str(const struct sb *b);               /* a view of it */
struct str sb_take(struct sb *b, struct arena *a);   /* a copy in the arena */

struct str str_z(const char *z); /* view of a C string; NULL = empty */
int str_cmp(struct str a, struct str b); /* bytewise; a prefix is smaller */
bool str_starts(struct str s, const char *prefix);
bool str_ends(struct str s, const char *suffix);
struct str str_trim(struct str s); /* without blanks, tabs, CR and LF at both ends */
struct str str_from(struct str s, size_t from, size_t n); /* clipped to s */
long str_find(struct str s, struct str needle); /* first index or -1 */
/* Cuts the part before the first `sep` off *rest; false when *rest is empty at the start. */
bool str_split(struct str *rest, char sep, struct str *part);
uint64_t str_hash(struct str s, uint64_t seed); /* for tables in memory only, never stored */
bool str_utf8(struct str s, size_t *bad); /* valid UTF-8? *bad = offset of the first wrong byte */

/* Edit distance (Damerau) with early exit: > limit gives limit + 1. For "did you mean". */
size_t str_distance(struct str a, struct str b, size_t limit);
/* The nearest of n candidates, close enough to suggest; an empty str when none is. */
struct str str_nearest(struct str wrong, const struct str *candidates, size_t n);

/* Numbers, locale-free, the whole text or nothing. Reals accept 1, 1.5, 1e3, .5, nan, inf only where said so. */
bool str_int(struct str s, int64_t *out);
bool str_real(struct str s, double *out);
/* Shortest decimal text that reads back as the same double; integers up to 2^53 without exponent. At most 32 bytes. */
size_t real_text(double r, char out[32]);
bool str_duration(struct str s, double *seconds);      /* 90s 10m 2h 1d 250ms */
bool str_size(struct str s, int64_t *bytes);           /* 512MiB 2GB 100KB 10B */
bool str_money(struct str s, int64_t *picodollars);    /* 0.50 USD; USD only */

/* secret.c: is the variable, "NAME=value" or "NAME", one that no started program is to see? */
bool variable_is_secret(const char *variable);

#endif
