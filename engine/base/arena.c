/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A list of chunks, newest first; allocation bumps `used` of the newest. Chunks double from 16 KiB to 4 MiB, so a small
 * arena stays small and a million tasks cost a few hundred system calls. Chunks come from calloc: pages that nobody
 * wrote are not even resident. `dirty` remembers how far a chunk was ever used, so that only memory that was handed out
 * before a reset is cleared again.
 *
 * One chunk survives a reset as `spare`: a scratch arena that is reset every turn of the loop asks the system once.
 */
#include "engine/base/arena.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/oom.h"
#include "engine/base/str.h"

#if defined(__SANITIZE_ADDRESS__)
#define OBJECT_EACH 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define OBJECT_EACH 1
#endif
#endif
#ifndef OBJECT_EACH
#define OBJECT_EACH 0
#endif

#define ALIGN 16u
#define CHUNK_MIN ((size_t)16 << 10)
#define CHUNK_MAX ((size_t)4 << 20)

struct chunk {
	struct chunk *older;
	size_t size;  /* bytes of data */
	size_t used;  /* handed out */
	size_t dirty; /* may hold anything but zeros up to here; >= used */
	_Alignas(ALIGN) char data[];
};

struct arena {
	struct chunk *newest;
	struct chunk *spare; /* kept by a reset; NULL = none */
	size_t next_size;
	size_t bytes; /* of all chunks, the spare too */
};

struct arena *arena_new(void)
{
	struct arena *a = grow_or_die(NULL, sizeof(*a));

	*a = (struct arena){ .next_size = CHUNK_MIN };
	return a;
}

static void chunk_drop(struct arena *a, struct chunk *c)
{
	a->bytes -= sizeof(*c) + c->size;
	free(c);
}

void arena_free(struct arena *a)
{
	if (!a)
		return;
	arena_reset(a, (struct arena_mark){ 0 });
	free(a->spare);
	free(a);
}

void arena_cleanup(struct arena **a)
{
	arena_free(*a);
	*a = NULL;
}

/* Puts a chunk with room for `bytes` in front. */
static void chunk_add(struct arena *a, size_t bytes)
{
	struct chunk *c = a->spare;

	if (c && c->size >= bytes) {
		a->spare = NULL;
	} else {
		size_t size = bytes;

		if (!OBJECT_EACH) {
			/* -sizeof: the block itself then is a whole number of pages with malloc's own header */
			size_t usual = a->next_size - sizeof(*c) - ALIGN;

			size = bytes > usual ? bytes : usual;
			a->next_size = a->next_size < CHUNK_MAX ? a->next_size * 2 : CHUNK_MAX;
		}
		c = calloc(1, sizeof(*c) + size);
		if (!c)
			oom(sizeof(*c) + size);
		c->size = size;
		a->bytes += sizeof(*c) + size;
	}
	c->older = a->newest;
	a->newest = c;
}

void *arena_alloc(struct arena *a, size_t bytes)
{
	struct chunk *c = a->newest;

	if (bytes > SIZE_MAX / 2)
		oom(bytes);
	size_t padded = (bytes + ALIGN - 1) & ~(size_t)(ALIGN - 1);

	if (OBJECT_EACH)
		padded = bytes; /* to the byte, so that the first one past the end is seen */
	if (OBJECT_EACH || !c || c->size - c->used < padded) {
		chunk_add(a, padded);
		c = a->newest;
	}
	char *p = c->data + c->used;

	if (c->used < c->dirty)
		memset(p, 0, c->dirty - c->used < padded ? c->dirty - c->used : padded);
	c->used += padded;
	if (c->dirty < c->used)
		c->dirty = c->used;
	return p;
}

void *arena_alloc_n(struct arena *a, size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		oom(SIZE_MAX);
	return arena_alloc(a, bytes);
}

struct arena_mark arena_mark(const struct arena *a)
{
	return (struct arena_mark){ a->newest, a->newest ? a->newest->used : 0 };
}

void arena_reset(struct arena *a, struct arena_mark mark)
{
	while (a->newest != mark.chunk) {
		struct chunk *c = a->newest;

		if (!c)
			BUG("reset to a mark of another arena, or to one that an earlier reset has freed");
		a->newest = c->older;
		c->used = 0;
		/* The bigger of two is the better spare; giants go back to the system. */
		if (OBJECT_EACH || c->size > CHUNK_MAX || (a->spare && a->spare->size >= c->size)) {
			chunk_drop(a, c);
			continue;
		}
		if (a->spare)
			chunk_drop(a, a->spare);
		a->spare = c;
	}
	if (a->newest)
		a->newest->used = mark.used;
}

size_t arena_bytes(const struct arena *a)
{
	return a->bytes;
}

struct str arena_str(struct arena *a, struct str s)
{
	char *copy = arena_alloc(a, s.n + 1);

	if (s.n)
		memcpy(copy, s.p, s.n);
	return (struct str){ copy, s.n };
}

struct str arena_z(struct arena *a, const char *z)
{
	return arena_str(a, str_z(z));
}

struct str arena_printf(struct arena *a, const char *fmt, ...)
{
	char small[256];
	va_list ap, again;

	va_start(ap, fmt);
	va_copy(again, ap);
	int n = vsnprintf(small, sizeof(small), fmt, ap);

	va_end(ap);
	if (n < 0)
		BUG("the format '%s' cannot be printed", fmt);
	char *text = arena_alloc(a, (size_t)n + 1);

	if ((size_t)n < sizeof(small))
		memcpy(text, small, (size_t)n);
	else
		(void)vsnprintf(text, (size_t)n + 1, fmt, again);
	va_end(again);
	return (struct str){ text, (size_t)n };
}
