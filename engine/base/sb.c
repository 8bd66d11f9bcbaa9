/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The text builder. Memory doubles; the ceiling counts bytes of text, the NUL comes on top.
 */
#include "engine/base/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/oom.h"

/* What an empty builder shows. Never written: every write is behind cap > 0. */
static char nothing[1];

void sb_init(struct sb *b, size_t ceiling)
{
	*b = (struct sb){ .s = nothing, .ceiling = ceiling };
}

void sb_release(struct sb *b)
{
	if (b->cap)
		free(b->s);
	sb_init(b, b->ceiling);
}

void sb_clear(struct sb *b)
{
	if (b->cap)
		b->s[0] = '\0';
	b->n = 0;
	b->overflow = false;
}

/* Makes room for up to `more` bytes and the NUL; returns how many of them the ceiling allows. */
static size_t sb_room(struct sb *b, size_t more)
{
	if (b->overflow)
		return 0;
	if (more > b->ceiling - b->n) {
		more = b->ceiling - b->n;
		b->overflow = true;
	}
	size_t want = b->n + more + 1;

	if (want > b->cap) {
		size_t cap = b->cap ? b->cap * 2 : 64;

		if (cap < want)
			cap = want;
		b->s = grow_or_die(b->cap ? b->s : NULL, cap);
		b->cap = cap;
	}
	return more;
}

void sb_add(struct sb *b, struct str s)
{
	size_t n = sb_room(b, s.n);

	if (!n)
		return;
	memcpy(b->s + b->n, s.p, n);
	b->n += n;
	b->s[b->n] = '\0';
}

void sb_z(struct sb *b, const char *z)
{
	sb_add(b, str_z(z));
}

void sb_char(struct sb *b, char c)
{
	if (b->n + 1 >= b->cap || b->n >= b->ceiling || b->overflow) {
		sb_add(b, (struct str){ &c, 1 });
		return;
	}
	b->s[b->n++] = c;
	b->s[b->n] = '\0';
}

void sb_vprintf(struct sb *b, const char *fmt, va_list ap)
{
	char small[256];
	va_list again;

	va_copy(again, ap);
	int n = vsnprintf(small, sizeof(small), fmt, ap);

	if (n < 0)
		BUG("the format '%s' cannot be printed", fmt);
	if ((size_t)n < sizeof(small)) {
		sb_add(b, (struct str){ small, (size_t)n });
	} else {
		char *text = grow_or_die(NULL, (size_t)n + 1);

		(void)vsnprintf(text, (size_t)n + 1, fmt, again);
		sb_add(b, (struct str){ text, (size_t)n });
		free(text);
	}
	va_end(again);
}

void sb_printf(struct sb *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	sb_vprintf(b, fmt, ap);
	va_end(ap);
}

struct str sb_str(const struct sb *b)
{
	return (struct str){ b->s, b->n };
}

struct str sb_take(struct sb *b, struct arena *a)
{
	return arena_str(a, sb_str(b));
}
